"""Look at the batches of a question, all at once: who is cancelling them, and how they stand."""

import asyncio
from dataclasses import dataclass, replace

from bot.domain.answer import Answer
from bot.domain.batch import Batch
from bot.domain.clicks import Live
from bot.domain.refusal import Refusal
from bot.domain.request import Request, Target
from bot.errors import RespanError, RespanRateLimited, RowUnreadable
from bot.steps.decision import Tools, log, log_failure
from bot.steps.refusals import log_rejection, refusal_of
from bot.views.private import looking_up


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found: the batches with their facts, and why some are not asked about.

    `unread` are the errors of those that may be read later, `others` the cancellations that are
    under way; `of_another_version` tells that one of them can't be read.
    """

    targets: tuple[Target, ...]
    unread: tuple[RespanError, ...] = ()
    others: tuple[Live, ...] = ()
    of_another_version: bool = False


async def look_up(tools: Tools, request: Request) -> Looked:
    """Return what is known of each batch; what was read before is not read again.

    Whoever waits too long for it is told once that it is being looked up.
    """
    unread = [target for target in request.open_targets if target.batch is None]
    found: dict[str, Target] = {}
    others: list[Live] = []
    is_strange = False
    for target in unread:
        try:
            other = await tools.records.live(target.batch_id)
        except RowUnreadable as error:
            event = "a cancellation of the batch can't be read"
            log.error(event, id=error.row_id, error=str(error))
            found[target.batch_id] = replace(target, refusal=Refusal.ALREADY_CANCELLING)
            is_strange = True
            continue
        if other is not None:
            others.append(other)
            by = other.cancellation.user_id
            found[target.batch_id] = replace(target, refusal=Refusal.ALREADY_CANCELLING, by=by)
    left = [target for target in unread if target.batch_id not in found]
    errors: list[RespanError] = []
    for target, result in zip(left, await _retrieve_all(tools, request, left), strict=True):
        if isinstance(result, RespanError) and not result.is_definite:
            errors.append(result)
        else:
            found[target.batch_id] = _with_result(target, result)
    targets = tuple(found.get(target.batch_id, target) for target in request.targets)
    return Looked(targets, tuple(errors), tuple(others), is_strange)


def _with_result(target: Target, result: Batch | RespanError) -> Target:
    """Return the batch with its facts, or with why it can't be cancelled."""
    if isinstance(result, RespanError):
        return replace(target, refusal=refusal_of(result))
    if result.is_final:
        return replace(target, batch=result, refusal=Refusal.FINAL)
    if result.is_cancelling:
        return replace(target, batch=result, refusal=Refusal.ALREADY_CANCELLING)
    return replace(target, batch=result)


async def _retrieve_all(
    tools: Tools, request: Request, targets: list[Target]
) -> list[Batch | RespanError]:
    """Return each batch, or why it could not be read."""
    reading = [asyncio.ensure_future(_retrieve(tools, t.batch_id)) for t in targets]
    try:
        if reading and not request.attempts and request.claim <= 1:
            _, pending = await asyncio.wait(reading, timeout=tools.patience)
            if pending:
                await tools.records.put(
                    Answer(
                        request.command_url or "",
                        request.user_id,
                        looking_up(request),
                        replace=request.replaces,
                    )
                )
        return list(await asyncio.gather(*reading))
    finally:
        for task in reading:
            task.cancel()


async def _retrieve(tools: Tools, batch_id: str) -> Batch | RespanError:
    """Return the batch, or the error: RespanRateLimited too where our own budget is used up."""
    try:
        wait = await tools.records.take_call()
        if wait:
            raise RespanRateLimited("the app's own budget of calls is used up", wait)
        return await tools.respan.retrieve(batch_id)
    except RespanError as error:
        tell = log_rejection if error.is_definite else log_failure
        tell("a batch could not be read for its confirmation", error, batch_id=batch_id)
        return error

"""Look at the batches of a question, all at once: who is cancelling them, and how they stand."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.answer import Answer
from bot.domain.batch import Batch
from bot.domain.clicked import Live
from bot.domain.refusal import Refusal
from bot.domain.request import Request, Target
from bot.domain.schedule import LOOK_UP_PATIENCE, retry_gap
from bot.errors import RespanError, RespanRateLimited, RowUnreadable
from bot.links import announcement_for
from bot.steps.decision import Decision, Tools, log, log_failure
from bot.steps.refusals import log_rejection, refusal_of
from bot.views.private import looking_up


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found: the batches with their facts, and why some are not asked about.

    `unread` are the errors of those that may be read later, `others` the cancellations that are
    under way, `unreadable` the ids of those whose cancellation is another version's.
    """

    targets: tuple[Target, ...]
    unread: tuple[RespanError, ...] = ()
    others: tuple[Live, ...] = ()
    unreadable: tuple[str, ...] = ()


async def look_up(tools: Tools, request: Request) -> Looked:
    """Return what is known of each batch; what was read before is not read again.

    One that somebody is cancelling is not read: it is not asked about. Whoever waits too long is
    told once that it is being looked up.
    """
    unread = _unread(request)
    others, unreadable = await _under_way(tools, unread)
    live = {other.cancellation.batch_id: other for other in others}
    found = {
        target.batch_id: _taken(tools, request, target, live.get(target.batch_id))
        for target in unread
        if target.batch_id in live or target.batch_id in unreadable
    }
    left = [target for target in unread if target.batch_id not in found]
    read, errors = await _read(tools, request, left)
    return Looked(_with(request, found | read), errors, others, unreadable)


async def look_at(tools: Tools, request: Request) -> Looked:
    """Return the same for somebody who only looks: each is read, whoever is cancelling it."""
    read, errors = await _read(tools, request, _unread(request))
    others, unreadable = await _under_way(tools, request.targets)
    return Looked(_with(request, read), errors, others, unreadable)


def try_again(
    tools: Tools, request: Request, looked: Looked, took: float
) -> Decision[Request] | None:
    """Return the decision to look once more, None where nobody should wait for that."""
    left = LOOK_UP_PATIENCE - (request.now + took - request.asked_at)
    asked_to_wait = max(error.retry_after or 0.0 for error in looked.unread)
    if left <= 0 or asked_to_wait > left:
        return None
    wait = max(retry_gap(request.attempts + 1, tools.jitter()), asked_to_wait)
    is_told = request.attempts or took > tools.patience
    told = _slow(request)
    tried = replace(request, attempts=request.attempts + 1)
    return Decision(tried, min(wait, left), () if is_told else (told,))


def _unread(request: Request) -> list[Target]:
    return [target for target in request.open_targets if target.batch is None]


def _with(request: Request, found: dict[str, Target]) -> tuple[Target, ...]:
    return tuple(found.get(target.batch_id, target) for target in request.targets)


async def _under_way(
    tools: Tools, targets: Sequence[Target]
) -> tuple[tuple[Live, ...], tuple[str, ...]]:
    """Return the cancellations of these batches, and the ids of those that can't be read."""
    others: list[Live] = []
    unreadable: list[str] = []
    for target in targets:
        try:
            other = await tools.records.live(target.batch_id)
        except RowUnreadable as error:
            event = "a cancellation of the batch can't be read"
            log.error(event, id=error.row_id, error=str(error))
            unreadable.append(target.batch_id)
        else:
            others += [] if other is None else [other]
    return tuple(others), tuple(unreadable)


def _taken(tools: Tools, request: Request, target: Target, other: Live | None) -> Target:
    """Return the batch with who is cancelling it, as far as that can be read."""
    taken = replace(target, refusal=Refusal.ALREADY_CANCELLING)
    if other is None:
        return taken
    row, link = other.cancellation, announcement_for(tools.slack, other.request, request.user_id)
    return replace(taken, by=row.user_id, since=row.confirmed_at, link=link)


async def _read(
    tools: Tools, request: Request, targets: list[Target]
) -> tuple[dict[str, Target], tuple[RespanError, ...]]:
    """Return the batches that were read, or never can be, and the errors of the others."""
    found: dict[str, Target] = {}
    errors: list[RespanError] = []
    for target, result in zip(targets, await _retrieve_all(tools, request, targets), strict=True):
        if isinstance(result, RespanError) and not result.is_definite:
            errors.append(result)
        else:
            found[target.batch_id] = _with_result(target, result)
    return found, tuple(errors)


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
                await tools.records.put(_slow(request))
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


def _slow(request: Request) -> Answer:
    """Return what somebody reads who waits; in place of the list, where they picked from one."""
    url, user = request.command_url or "", request.user_id
    return Answer(url, user, looking_up(request), replace=request.replaces)

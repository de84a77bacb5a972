"""Read the list of batches, and show the person what they can pick to be cancelled."""

import asyncio
from dataclasses import replace
from functools import partial

from bot.domain.answer import Answer
from bot.domain.message import Message
from bot.domain.picker import MOST_PAGES, Choice, Listed, choice_of, with_page
from bot.domain.refusal import Refusal
from bot.domain.request import Request, RequestState
from bot.domain.schedule import (
    COMMAND_STALE,
    CONFIRMATION_VALID,
    LOOK_UP_PATIENCE,
    retry_gap,
)
from bot.domain.sweep import PAGE
from bot.errors import RespanError, RespanRateLimited
from bot.people import as_known
from bot.steps.decision import Decision, Tools, known_denial, log_failure, unless_denied
from bot.steps.refusals import log_rejection, refusal_of
from bot.views.look import not_looked_at
from bot.views.owners import Owners
from bot.views.picker import (
    being_listed,
    list_unreadable,
    nothing_matches,
    nothing_to_cancel,
    picker,
)
from bot.views.private import too_late_to_ask


async def list_batches(tools: Tools, request: Request) -> Decision[Request]:
    """Return the request with its menu, answered where there is nothing to pick, or refused.

    A list that can't be read is tried for a few seconds: whoever knows an id needs none.
    """
    if request.now - request.asked_at > COMMAND_STALE:
        return _refuse(request, Refusal.INTERRUPTED)
    started = tools.clock.time()
    refusal = known_denial(tools, request)
    if refusal is not None:
        return _refuse(request, refusal)
    try:
        reading = _told_if_slow(tools, request, started + LOOK_UP_PATIENCE)
        listed = await unless_denied(tools, request, reading)
    except RespanError as error:
        return _after_error(tools, request, error, tools.clock.time() - started)
    if isinstance(listed, Refusal):
        return _refuse(request, listed)
    choice = choice_of(listed, tuple((request.words or "").split()))
    if choice.shown:
        now = request.now + tools.clock.time() - started
        return _show(tools, request, listed, choice, now)
    message = (
        nothing_matches(request.words or "", choice.running, listed)
        if choice.running
        else nothing_to_cancel(listed)
    )
    return _close(request, RequestState.ANSWERED, None, message)


async def _told_if_slow(tools: Tools, request: Request, until: float) -> Listed:
    """Return the list; whoever waits too long for it is told once. Raises RespanError."""
    reading = asyncio.ensure_future(tools.list.get(partial(_read, tools, until)))
    try:
        if not request.attempts and request.claim <= 1:
            _, pending = await asyncio.wait({reading}, timeout=tools.patience)
            if pending:
                await tools.records.put(_interim(request))
        return await reading
    finally:
        reading.cancel()


async def _read(tools: Tools, until: float) -> Listed:
    """Return the newest pages; what comes after one that fails, or is slow, is left out.

    No page but the first is begun after `until`, counted from the step's beginning: the step would
    be cut off before the end of a third one that takes as long as a call may, and all read again.
    Raises RespanError where there is no page at all.
    """
    listed = await _with_next(tools, Listed(), None)
    for _ in range(MOST_PAGES - 1):
        before = listed
        if listed.is_whole:
            return listed
        if not listed.batches or tools.clock.time() >= until:
            return replace(listed, is_cut_short=True)
        try:
            listed = await _with_next(tools, listed, listed.batches[-1].id)
        except RespanError as error:
            log_failure("a page of the list for a person could not be read", error)
            return replace(listed, is_cut_short=True)
        if len(listed.batches) == len(before.batches) and not listed.is_whole:
            return replace(listed, is_cut_short=True)  # the same page again, or an empty one
    return listed


async def _with_next(tools: Tools, listed: Listed, after: str | None) -> Listed:
    """Return the list with the page after that batch; a page costs a call of the budget.

    All but the first leave the calls that are kept for people: who looks up an id comes first.
    """
    wait = await tools.records.take_call(spare=after is not None)
    if wait:
        raise RespanRateLimited("the app's own budget of calls is used up", wait)
    page = await tools.respan.page(after, PAGE)
    return with_page(listed, page.batches, has_more=page.has_more)


def _after_error(
    tools: Tools, request: Request, error: RespanError, took: float
) -> Decision[Request]:
    """Return the decision to try once more, or to say that the list can't be read."""
    left = LOOK_UP_PATIENCE - (request.now + took - request.asked_at)
    if error.is_definite or left <= 0 or (error.retry_after or 0.0) > left:
        tell = log_rejection if error.is_definite else log_failure
        tell("the list of batches could not be read for a person", error, id=request.id)
        refusal = refusal_of(error)
        return _close(request, RequestState.REFUSED, refusal, list_unreadable(refusal))
    log_failure("the list of batches could not be read; it is tried again", error, id=request.id)
    wait = retry_gap(request.attempts + 1, tools.jitter(), error.retry_after)
    is_told = request.attempts or took > tools.patience
    tried = replace(request, attempts=request.attempts + 1)
    return Decision(tried, min(wait, left), () if is_told else (_interim(request),))


def _interim(request: Request) -> Answer:
    return Answer(request.command_url or "", request.user_id, being_listed())


def _show(
    tools: Tools, request: Request, listed: Listed, choice: Choice, now: float
) -> Decision[Request]:
    """Return the request with its menu; nobody looks at it before it expires."""
    shown = replace(request, shown_at=now, expires_at=now + CONFIRMATION_VALID, attempts=0)
    person = as_known(tools.slack, tools.policy, request.user_id)
    menu = picker(shown, listed, choice, now, Owners(tools.policy, person))
    answer = Answer(
        url=request.command_url or "",
        user_id=request.user_id,
        message=menu,
        fallback=menu,
        late=too_late_to_ask(shown),
    )
    return Decision(shown, CONFIRMATION_VALID, (answer,))


def _refuse(request: Request, refusal: Refusal) -> Decision[Request]:
    return _close(request, RequestState.REFUSED, refusal, not_looked_at(refusal))


def _close(
    request: Request, state: RequestState, refusal: Refusal | None, message: Message
) -> Decision[Request]:
    closed = replace(request, state=state, refusal=refusal)
    answer = Answer(request.command_url or "", request.user_id, message, fallback=message)
    return Decision(closed, answers=(answer,))

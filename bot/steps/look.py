"""Show how batches stand, and what is being cancelled: somebody only looks, nothing is asked."""

from dataclasses import replace

from bot.domain.answer import Answer
from bot.domain.history import MOST_UNDER_WAY
from bot.domain.message import Message
from bot.domain.refusal import Refusal
from bot.domain.request import Request, RequestState
from bot.domain.schedule import COMMAND_STALE
from bot.links import announcement_for, link_for
from bot.steps.decision import Decision, Tools, check_permission
from bot.steps.look_up import Looked, look_at, try_again
from bot.views.history import under_way
from bot.views.look import UnderWay, card, not_looked_at


async def look(tools: Tools, request: Request) -> Decision[Request]:
    """Return the request as answered, or refused with its sentence.

    What can't be read is tried for a few seconds; then the answer has what is known.
    """
    if request.now - request.asked_at > COMMAND_STALE:
        return _refuse(request, Refusal.INTERRUPTED)
    started = tools.clock.time()
    refusal = await check_permission(tools, request)
    if refusal is not None:
        return _refuse(request, refusal)
    if not request.targets:
        return await _all_under_way(tools, request)
    looked = await look_at(tools, request)
    request = replace(request, targets=looked.targets)
    took = tools.clock.time() - started
    if looked.unread:
        later = try_again(tools, request, looked, took)
        if later is not None:
            return later
    now = request.now + took
    return _answer(request, card(request, _standing(tools, request, looked), now), now)


async def _all_under_way(tools: Tools, request: Request) -> Decision[Request]:
    """Answer with all that is being cancelled; Respan is not asked about it."""
    found = await tools.records.under_way(MOST_UNDER_WAY)
    links = [
        link_for(tools.slack, e.announcement, e.thread_ts, e.cancellation.user_id, request.user_id)
        for e in found.shown
    ]
    return _answer(request, under_way(found, links), request.now)


def _standing(tools: Tools, request: Request, looked: Looked) -> UnderWay:
    """Return who is cancelling what, with the addresses that the person can open."""
    rows = {
        other.cancellation.batch_id: (
            other.cancellation,
            announcement_for(tools.slack, other.request, request.user_id),
        )
        for other in looked.others
    }
    return UnderWay(rows, looked.unreadable)


def _answer(request: Request, message: Message, now: float) -> Decision[Request]:
    answered = replace(request, state=RequestState.ANSWERED, shown_at=now, attempts=0)
    answer = Answer(request.command_url or "", request.user_id, message, fallback=message)
    return Decision(answered, answers=(answer,))


def _refuse(request: Request, refusal: Refusal) -> Decision[Request]:
    closed = replace(request, state=RequestState.REFUSED, refusal=refusal)
    message = not_looked_at(refusal)
    answer = Answer(request.command_url or "", request.user_id, message, fallback=message)
    return Decision(closed, answers=(answer,))

"""Show how batches stand, and what is or was cancelled: somebody looks, and nothing is asked."""

from dataclasses import replace

from bot.domain.answer import Answer
from bot.domain.command import ShowHistory, read_filter
from bot.domain.history import MOST_LATEST, MOST_UNDER_WAY, MOST_WAITING, Entries
from bot.domain.message import Message
from bot.domain.refusal import Refusal
from bot.domain.request import Request, RequestState
from bot.domain.schedule import COMMAND_STALE
from bot.links import announcement_for, link_for
from bot.people import as_known
from bot.steps.decision import Decision, Tools, denial_by_slack, known_denial, unless_denied
from bot.steps.look_up import Looked, look_at, try_again
from bot.steps.owners import with_owners
from bot.views.history import Asked, history, under_way
from bot.views.look import UnderWay, card, not_looked_at

_MOST_READ = 200
"""Requests that wait for a second person, which are looked through for a batch."""


async def look(tools: Tools, request: Request) -> Decision[Request]:
    """Return the request as answered, or refused with its sentence.

    What can't be read is tried for a few seconds; then the answer has what is known. Who has typed
    `history` has `words`, perhaps none that say whose.
    """
    if request.now - request.asked_at > COMMAND_STALE:
        return _refuse(request, Refusal.INTERRUPTED)
    started = tools.clock.time()
    refusal = known_denial(tools, request)
    if refusal is not None:
        return _refuse(request, refusal)
    if request.words is not None or not request.targets:
        refusal = await denial_by_slack(tools, request)
        return await _stored(tools, request) if refusal is None else _refuse(request, refusal)
    looked = await unless_denied(tools, request, look_at(tools, request))
    if isinstance(looked, Refusal):
        return _refuse(request, looked)
    request = replace(request, targets=looked.targets)
    if looked.unread:
        later = try_again(tools, request, looked, tools.clock.time() - started)
        if later is not None:
            return later
    person = as_known(tools.slack, tools.policy, request.user_id)
    request = replace(request, targets=await with_owners(tools, person, request.targets))
    now = request.now + tools.clock.time() - started
    asked = await _waiting(tools, request, _MOST_READ)
    shown = card(request, _standing(tools, request, looked, asked), now, tools.policy)
    return _answer(request, shown, now)


async def _stored(tools: Tools, request: Request) -> Decision[Request]:
    """Answer with what the database holds; Respan is not asked about it."""
    if request.words is not None:
        return await _latest(tools, request, read_filter(request.words, request.batch_ids))
    return await _all_under_way(tools, request)


async def _latest(tools: Tools, request: Request, which: ShowHistory) -> Decision[Request]:
    """Answer with the latest cancellations of a person, of batches, or of all."""
    user = request.user_id
    of_whom = replace(which, user_id=user) if which.own else which
    found = await tools.records.history(of_whom, MOST_LATEST)
    links = _links(tools, request, found)
    return _answer(request, history(which, found, links), request.now)


async def _all_under_way(tools: Tools, request: Request) -> Decision[Request]:
    """Answer with all that is being cancelled."""
    found = await tools.records.under_way(MOST_UNDER_WAY)
    asked = await _waiting(tools, request, MOST_WAITING)
    shown = under_way(found, _links(tools, request, found), request.user_id, asked)
    return _answer(request, shown, request.now)


async def _waiting(tools: Tools, request: Request, most: int) -> list[tuple[Request, str | None]]:
    """Return requests that wait for a second person, with the addresses that one can open."""
    found = await tools.records.waiting(most)
    return [(one, announcement_for(tools.slack, one, request.user_id)) for one in found]


def _links(tools: Tools, request: Request, found: Entries) -> list[str | None]:
    """Return the addresses that the person can open, one for each entry that is shown."""
    return [
        link_for(tools.slack, e.announcement, e.thread_ts, e.cancellation.user_id, request.user_id)
        for e in found.shown
    ]


def _standing(tools: Tools, request: Request, looked: Looked, asked: Asked) -> UnderWay:
    """Return who is cancelling what, or asks for it, with the addresses that one can open."""
    rows = {
        other.cancellation.batch_id: (
            other.cancellation,
            announcement_for(tools.slack, other.request, request.user_id),
        )
        for other in looked.others
    }
    waits = {target.batch_id: one for one in reversed(asked) for target in one[0].open_targets}
    return UnderWay(rows, looked.unreadable, waits)


def _answer(request: Request, message: Message, now: float) -> Decision[Request]:
    answered = replace(request, state=RequestState.ANSWERED, shown_at=now, attempts=0)
    answer = Answer(request.command_url or "", request.user_id, message, fallback=message)
    return Decision(answered, answers=(answer,))


def _refuse(request: Request, refusal: Refusal) -> Decision[Request]:
    closed = replace(request, state=RequestState.REFUSED, refusal=refusal)
    message = not_looked_at(refusal)
    answer = Answer(request.command_url or "", request.user_id, message, fallback=message)
    return Decision(closed, answers=(answer,))

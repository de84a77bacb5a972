"""Read the batches that somebody asked about, and show them the confirmation."""

import asyncio
from dataclasses import replace

from bot.domain.answer import Answer
from bot.domain.message import Message
from bot.domain.money import models_to_price
from bot.domain.person import Person
from bot.domain.refusal import Refusal
from bot.domain.request import Request, RequestState
from bot.domain.schedule import COMMAND_STALE, CONFIRMATION_VALID
from bot.links import announcement_for
from bot.people import as_known
from bot.steps.decision import (
    Decision,
    Tools,
    customer_identifier,
    known_denial,
    unless_denied,
)
from bot.steps.look_up import Looked, look_up, try_again
from bot.steps.owners import with_owners
from bot.views.confirmation import confirmation, direct_confirmation
from bot.views.private import of_another_version, too_late_to_ask
from bot.views.status import being_cancelled, refused


async def ask(tools: Tools, request: Request) -> Decision[Request]:
    """Return the request with its confirmation, or refused with its sentence.

    A batch that can't be read is tried for a few seconds; then the question comes without numbers,
    for that is when somebody may need it most.
    """
    if request.now - request.asked_at > COMMAND_STALE:
        return _refuse(request, Refusal.INTERRUPTED)
    started = tools.clock.time()
    refusal = known_denial(tools, request)
    if refusal is not None:
        return _refuse(request, refusal)
    looked = await unless_denied(tools, request, look_up(tools, request))
    if isinstance(looked, Refusal):
        return _refuse(request, looked)
    request = replace(request, targets=looked.targets)
    if not request.open_targets:
        return _close(request, _why_none(tools, request, looked))
    if looked.unread:
        later = try_again(tools, request, looked, tools.clock.time() - started)
        if later is not None:
            return later
    person = as_known(tools.slack, tools.policy, request.user_id)
    return await _show(tools, request, person, started)


async def _show(
    tools: Tools, request: Request, person: Person, started: float
) -> Decision[Request]:
    """Return the request with its question; nobody looks at it before the question expires."""
    batches = [target.batch for target in request.open_targets]
    identifier, prices, targets = await asyncio.gather(
        customer_identifier(tools, request.user_id),
        tools.prices.of(models_to_price(batches)),
        with_owners(tools, person, request.targets),
    )
    now = request.now + tools.clock.time() - started
    shown = replace(request, shown_at=now, expires_at=now + CONFIRMATION_VALID, attempts=0)
    shown = replace(shown, identifier=identifier, targets=targets)
    question = confirmation(shown, now, prices, tools.policy)
    direct = direct_confirmation(shown, now, prices, tools.policy)
    answer = replace(_answer(shown, question), fallback=direct, late=too_late_to_ask(shown))
    return Decision(shown, CONFIRMATION_VALID, (answer,))


def _answer(request: Request, message: Message) -> Answer:
    """Return an answer where the person asked; in place of the list, where they picked from one."""
    return Answer(request.command_url or "", request.user_id, message, replace=request.replaces)


def unstorable(request: Request) -> Decision[Request]:
    """Return the request refused, where what was read can't be stored: a defect of ours."""
    return _refuse(request, Refusal.NOT_STORED)


def _refuse(request: Request, refusal: Refusal) -> Decision[Request]:
    """Return the request refused as a whole."""
    closed = replace(request, refusal=refusal)
    return _close(closed, refused(closed))


def _why_none(tools: Tools, request: Request, looked: Looked) -> Message:
    """Return why no batch is asked about; for a single one, by whom it is being cancelled."""
    if len(request.targets) > 1:
        return refused(request)
    if looked.unreadable:
        return of_another_version(request.batch_ids[0])
    if looked.others:
        (other,) = looked.others
        link = announcement_for(tools.slack, other.request, request.user_id)
        return being_cancelled([(other.cancellation, link)], request.user_id, request.id)
    return refused(request)


def _close(request: Request, message: Message) -> Decision[Request]:
    refusal = request.refusal or (request.targets[0].refusal if len(request.targets) == 1 else None)
    closed = replace(request, state=RequestState.REFUSED, refusal=refusal)
    return Decision(closed, answers=(replace(_answer(request, message), fallback=message),))

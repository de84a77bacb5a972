"""Ask about a confirmation once more: it could not be sent for long, and much may have changed."""

from dataclasses import replace

from bot.domain.answer import Answer
from bot.domain.cancellation import Cancellation, State
from bot.domain.message import MessageState
from bot.domain.money import models_to_price
from bot.domain.refusal import Refusal
from bot.domain.request import Request, RequestState, Target
from bot.domain.schedule import CONFIRMATION_VALID
from bot.people import as_known
from bot.steps.decision import Decision, Tools, log
from bot.steps.followers import tell_all
from bot.steps.owners import with_owners
from bot.views.confirmation import asked_again
from bot.views.follow import ended_without_reply
from bot.views.unsent import not_confirmed_again


async def ask_again(tools: Tools, request: Request) -> Decision[Request]:
    """Return the request as a new question, with new buttons, about what was not sent."""
    person = as_known(tools.slack, tools.policy, request.user_id)
    asked = replace(
        request,
        state=RequestState.ASKED,
        token=tools.new_token(),
        targets=await with_owners(tools, person, _targets(request)),
        shown_at=request.now,
        expires_at=request.now + CONFIRMATION_VALID,
        confirmed_at=None,
        command_url=None,
        click_url=None,
        asked_again=request.asked_again + 1,
        after_change=False,
        changed_told=False,
        wait_told=False,
        attempts=0,
        reply=MessageState(),
        cancellations=(),
    )
    log.warning("a confirmation could not be sent for long and is asked again", id=request.id)
    batches = [target.batch for target in asked.open_targets]
    prices = await tools.prices.of(models_to_price(batches))
    question = asked_again(asked, request.now, prices, tools.policy)
    late = not_confirmed_again(asked)
    answer = Answer("", request.user_id, question, fallback=question, late=late, name=asked.token)
    told = await tell_all(tools, request, ended_without_reply(request))
    return Decision(asked, CONFIRMATION_VALID, (answer, *told))


def _targets(request: Request) -> tuple[Target, ...]:
    """Return the batches of the new question; what the person withdrew is none of its."""
    of_batch = {row.batch_id: row for row in request.cancellations}
    targets = [(target, of_batch.get(target.batch_id)) for target in request.targets]
    return tuple(
        target if row is None else _target(request, target, row)
        for target, row in targets
        if row is None or row.state is not State.WITHDRAWN
    )


def _target(request: Request, target: Target, row: Cancellation) -> Target:
    bare = Target(row.batch_id, row.batch, owner=target.owner, owner_id=target.owner_id)
    if row.request_id != request.id:
        why, since = Refusal.ALREADY_CANCELLING, row.confirmed_at
        return replace(bare, refusal=why, by=row.user_id, since=since)
    return replace(bare, refusal=row.refusal)

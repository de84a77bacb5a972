"""Ask once more about batches of which much has run since the person looked at them."""

from dataclasses import replace

from bot.domain.answer import Answer
from bot.domain.approval import again, has_all_changed
from bot.domain.cancellation import State
from bot.domain.money import models_to_price
from bot.domain.request import Request, Target
from bot.domain.schedule import CONFIRMATION_VALID
from bot.people import as_known
from bot.steps.decision import Decision, Tools, go_on, link_to_announcement, log
from bot.steps.followers import tell_all
from bot.steps.owners import with_owners
from bot.views.approval_answers import approval_asked_again, waits_for_approval
from bot.views.confirmation import asked_after_change
from bot.views.follow import ended_without_reply
from bot.views.unsent import not_confirmed_again


async def ask_changed(tools: Tools, request: Request) -> Decision[Request]:
    """Return the request, and a new one that asks about what was not sent.

    The question takes the place of the last answer, unless that one still tells of other batches.
    What was approved, and has changed as a whole, waits for approval again.
    """
    if has_all_changed(request):
        return await _approval_again(tools, request)
    person = as_known(tools.slack, tools.policy, request.user_id)
    alone = all(row.state is State.CHANGED for row in request.cancellations)
    asks = Request(
        id=tools.new_id(),
        token=tools.new_token(),
        user_id=request.user_id,
        channel_id=request.channel_id,
        asked_at=request.now,
        targets=await with_owners(tools, person, _targets(request)),
        team_id=request.team_id,
        channel_kind=request.channel_kind,
        user_name=request.user_name,
        thread_ts=request.thread_ts,
        command_url=request.click_url if alone else None,
        identifier=request.identifier,
        shown_at=request.now,
        expires_at=request.now + CONFIRMATION_VALID,
        after_change=True,
    )
    event = "a batch has changed since it was shown, and is asked about once more"
    log.info(event, id=request.id, batch_ids=list(asks.batch_ids), request_id=asks.id)
    prices = await tools.prices.of(models_to_price(row.batch for row in request.changed))
    question = asked_after_change(asks, request.now, prices, tools.policy)
    answer = Answer(
        url=request.click_url or "",
        user_id=request.user_id,
        message=question,
        replace=alone,
        fallback=question,
        late=not_confirmed_again(asks),
        beside=not alone,
        name="" if alone else asks.token,
    )
    told = go_on(replace(request, changed_told=True), (answer,))
    return replace(told, asks=asks)


def _targets(request: Request) -> tuple[Target, ...]:
    """Return what was not sent, as the batches are now; whose they are stays known."""
    shown = {target.batch_id: target for target in request.targets}
    return tuple(
        Target(row.batch_id, row.batch, owner=of.owner, owner_id=of.owner_id)
        for row, of in ((row, shown[row.batch_id]) for row in request.changed)
    )


async def _approval_again(tools: Tools, request: Request) -> Decision[Request]:
    """Return the request as it waits for approval of the new numbers; who agreed hears of it."""
    waits = again(request, tools.policy, request.now)
    person = as_known(tools.slack, tools.policy, request.user_id)
    waits = replace(waits, targets=await with_owners(tools, person, waits.targets))
    link = link_to_announcement(tools.slack, request)
    log.info("an approved batch has changed, and waits for approval once more", id=request.id)
    asker = waits_for_approval(waits, tools.policy, link)
    approver = approval_asked_again(waits, link)
    answers = (
        Answer(request.click_url or "", request.user_id, asker, replace=True, fallback=asker),
        Answer("", request.decided_by or "", approver, fallback=approver),
    )
    told = await tell_all(tools, request, ended_without_reply(request))
    return Decision(waits, answers=(*answers, *told))

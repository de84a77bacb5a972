"""A second person is asked: the message in the channel in all its forms, and why nothing came."""

from typing import assert_never

from bot.domain.approval import value_of
from bot.domain.cancellation import Cancellation
from bot.domain.message import Block, Message
from bot.domain.money import NO_PRICES, PriceList
from bot.domain.policy import Policy
from bot.domain.refusal import DENIALS, OF_APPROVER, UNCHECKED, Refusal
from bot.domain.request import Request, RequestState
from bot.views.facts import facts_of_all
from bot.views.follow import CHOOSE_TELL, tell_offer
from bot.views.lines import fitting, in_blocks
from bot.views.money import what_it_would_save
from bot.views.second_person import who_may_agree, why_second
from bot.views.standing import brief_standing, standing
from bot.views.words import (
    button,
    code,
    command,
    context,
    fields,
    listed,
    mention,
    moment,
    section,
    sentence,
    subject,
    verb,
)

APPROVE_ACTION = "approve_cancellation"
DISAPPROVE_ACTION = "decline_approval"

_MEANS = (
    "Approve sends it to Respan at once, and that cannot be undone: completed requests are billed,"
    " requests not run yet give no results."
)
_OF_WHO_ASKED = DENIALS - OF_APPROVER - UNCHECKED - {Refusal.WRONG_CHANNEL}


def approval_question(request: Request, policy: Policy, prices: PriceList = NO_PRICES) -> Message:
    """Return the message in the channel that asks for a second person's word."""
    who, at = mention(request.user_id), request.confirmed_at or request.asked_at
    headline = f"{who} asks to cancel {subject(request)}: a second person must agree."
    viewer = None if policy.owner_key is None else ""
    told, shown = facts_of_all(request, at, viewer, "approve")
    money = what_it_would_save([target.batch for target in request.open_targets], prices)
    lead = [_ran_on(request)] if request.asked_again and request.after_change else []
    why = sentence(f"why: {why_second(request, policy) or 'the app is set so'}")
    agree = f"Who may agree: {who_may_agree(policy, request.user_id)}."
    until = (
        f"It waits until {moment(request.expires_at or at)}: if nobody has approved it by then,"
        f" nothing is cancelled. {who} can't approve it, but may withdraw it with Decline."
    )
    parts = [headline, *lead, told, money, why, agree, _MEANS, until, "Choose Approve or Decline."]
    value = value_of(request)
    buttons = [
        button("Approve", APPROVE_ACTION, value) | {"style": "danger"},
        button("Decline", DISAPPROVE_ACTION, value),
    ]
    blocks: list[Block] = [
        section("\n".join([f"*{headline}*", *lead])),
        *shown,
        *([section(money)] if money else []),
        section(f"{why}\n{agree}\n{_MEANS}"),
        {"type": "actions", "elements": buttons},
        context(until),
    ]
    return Message(" ".join(part for part in parts if part), blocks)


def _ran_on(request: Request) -> str:
    it_has, its = verb(request, "it has", "they have"), verb(request, "its", "their")
    return (
        f"It was approved, but {it_has} run on since, so nothing was sent to Respan yet. These are"
        f" {its} numbers now."
    )


def approved(request: Request) -> Message:
    """Return the same message once it is approved, and nothing is accepted by Respan yet."""
    who, what = mention(request.user_id), subject(request)
    headline = f"{who} asked to cancel {what}, and {_by(request)} approved it."
    rest = "Respan is being asked. What comes of it is told in this thread."
    facts = [("Approved", approval_fact(request))]
    return Message(
        f"{headline} {listed(*facts)} {rest}",
        [section(headline), fields(*facts), section(rest)],
    )


def approval_fact(request: Request) -> str:
    """Return by whom it was approved, and when."""
    return f"by {_by(request)}, {moment(_decided_at(request))}"


def _by(request: Request) -> str:
    return mention(request.decided_by) if request.decided_by else "Somebody"


def _decided_at(request: Request) -> float:
    return request.decided_at if request.decided_at is not None else request.asked_at


def closed(request: Request) -> Message:
    """Return the same message in its last form, where nothing came of it: without its buttons."""
    who, what = mention(request.user_id), subject(request)
    nothing = "Nothing was begun." if _is_taken(request) else "Nothing was cancelled."
    return _lines(f"{who} asked to cancel {what}. {nothing}", *why_closed(request))


def closed_reply(request: Request) -> Message:
    """Return what the thread hears then, once."""
    who = mention(request.user_id)
    first, *more = why_closed(request)
    lead = first if first.startswith(who) else f"{who}: {first}"
    return _lines(lead, *more, _how(request))


def closed_privately(request: Request) -> Message:
    """Return what who asked reads then, in place of what they were told before."""
    told = _lines(*why_closed(request), _how(request))
    if not _is_taken(request):
        return told
    return Message(f"{told.text} {CHOOSE_TELL}", [*told.blocks, *tell_offer(request.id)])


def _how(request: Request) -> str:
    """Return what that means, and what to do; to ask again helps not everybody."""
    whys = {row.refusal for row in request.own} or {request.refusal}
    if _is_taken(request):
        return "So nothing was begun."
    if whys == {Refusal.FINAL}:
        return "So there was nothing left to cancel."
    if whys == {Refusal.WRONG_CHANNEL}:
        return "So nothing was cancelled. Use a channel that the app's administrator allows."
    if whys <= _OF_WHO_ASKED:
        return "So nothing was cancelled. Ask the app's administrator who may."
    return f"So nothing was cancelled. To ask again, type {command(request)}."


def _is_taken(request: Request) -> bool:
    """Return whether it was approved, and others are cancelling all of it."""
    return request.refusal is Refusal.ALREADY_CANCELLING


def _lines(first: str, *more: str) -> Message:
    """Return lines as a message; the first and the last may be long."""
    *inner, last = more or ("",)
    ends = [section(last)] if last else []
    blocks = [section(first), *in_blocks(inner), *ends]
    return Message(" ".join(part for part in (first, *more) if part), blocks)


def why_closed(request: Request) -> list[str]:
    """Return why nothing came of it: by whom and when, or a line for each batch."""
    at, what = moment(_decided_at(request)), subject(request)
    after = f" after {_approver(request)} had approved it" if request.own else ""
    match request.ends_as:
        case RequestState.DECLINED:
            return [f"{_by(request)} declined the cancellation of {what} ({at})."]
        case RequestState.WITHDRAWN:
            return [f"{_by(request)} withdrew the cancellation of {what}{after} ({at})."]
        case RequestState.EXPIRED:
            until = moment(request.expires_at or _decided_at(request))
            return [f"Nobody approved the cancellation of {what} by {until}."]
        case (
            None
            | RequestState.REFUSED
            | RequestState.PICKING
            | RequestState.LOOKING
            | RequestState.ASKED
            | RequestState.NEEDS_APPROVAL
            | RequestState.CONFIRMED
            | RequestState.CLOSING
            | RequestState.REPORTED
            | RequestState.ABANDONED
            | RequestState.ANSWERED
        ):
            return _what_came(request) if request.own else [_why_refused(request)]
        case unknown:
            assert_never(unknown)


def _what_came(request: Request) -> list[str]:
    """Return how each batch stands of an approved request of which nothing was accepted."""
    rows = request.own
    lead = f"{_approver(request)} approved it, but it was not carried out:"
    return [
        lead,
        *fitting(
            [f"{code(row.batch_id)} {_not_sent(request, row)}." for row in rows],
            [f"{code(row.batch_id)} {brief_standing(row)}." for row in rows],
            [f"{code(row.batch_id)}." for row in rows],
        ),
    ]


def _approver(request: Request) -> str:
    names = [row.approved_by for row in request.own if row.approved_by]
    return mention(names[0]) if names else "Somebody"


def _not_sent(request: Request, row: Cancellation) -> str:
    """Return how a batch stands, in words that everyone reads: who asked, or agreed, is named."""
    if row.refusal in OF_APPROVER:
        return f"was not sent: {_approver(request)} may not approve it any more"
    if row.refusal in _OF_WHO_ASKED:
        return f"was not sent: {mention(request.user_id)} may not cancel batches here any more"
    return standing(row)


def _why_refused(request: Request) -> str:
    """Return why an approval could not count."""
    what = subject(request)
    if request.refusal is Refusal.ALREADY_CANCELLING:
        return f"{_by(request)} approved it, but others are cancelling {what} already."
    if request.refusal is Refusal.WRONG_CHANNEL:
        return f"{what} can't be cancelled from this channel any more."
    return f"{mention(request.user_id)}, who asked to cancel {what}, may not do that any more."

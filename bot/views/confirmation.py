"""The question before anything is stopped: what it is, what it costs, and two buttons."""

from bot.domain.message import Message
from bot.domain.money import NO_PRICES, PriceList
from bot.domain.policy import NO_POLICY, Policy, approval_ahead
from bot.domain.request import Request
from bot.domain.schedule import UNSENT_ASKED_AGAIN
from bot.views.facts import facts_of_all
from bot.views.follow import CHOOSE_TELL, is_offered, tell_button
from bot.views.money import what_it_would_save
from bot.views.owners import not_yours
from bot.views.second_person import IF_APPROVED, second_person
from bot.views.words import (
    batches,
    button,
    code,
    context,
    moment,
    place,
    quoted,
    section,
    span,
    verb,
)

CONFIRM_ACTION = "confirm_cancellation"
DECLINE_ACTION = "keep_running"

_FINAL = "This cannot be undone."
_COST = "Completed requests are billed; requests not run yet give no results."


def confirmation(
    request: Request, now: float, prices: PriceList = NO_PRICES, policy: Policy = NO_POLICY
) -> Message:
    """Return the question about the batches, for the person who asked, where they asked."""
    return _question(request, now, f"Cancel {_what(request)}?", "", prices, policy)


def direct_confirmation(
    request: Request, now: float, prices: PriceList = NO_PRICES, policy: Policy = NO_POLICY
) -> Message:
    """Return the question for the person's direct messages, where it can't be shown in place."""
    asked = "command" if request.thread_ts is None else "shortcut"
    why = f"Slack did not take the answer to your {asked} in {place(request)}, so it comes here."
    return _question(request, now, f"Cancel {_what(request)}?", why, prices, policy)


def asked_again(
    request: Request, now: float, prices: PriceList = NO_PRICES, policy: Policy = NO_POLICY
) -> Message:
    """Return the question about a confirmation that could not be sent for long."""
    why = (
        f"You confirmed it in {place(request)}, but Respan could not be asked for"
        f" {span(UNSENT_ASKED_AGAIN)}, so nothing was cancelled, and nothing will be unless you"
        " confirm again."
    )
    return _question(request, now, f"Still cancel {_what(request)}?", why, prices, policy)


def asked_after_change(
    request: Request, now: float, prices: PriceList = NO_PRICES, policy: Policy = NO_POLICY
) -> Message:
    """Return the question about batches of which much has run since the person looked.

    Or a second person must agree by now: numbers that were small are not, or the settings changed.
    """
    it_has, its = verb(request, "it has", "they have"), verb(request, "its", "their")
    by_now = ", or a second person must agree by now" if second_person(request, policy) else ""
    why = (
        f"You confirmed, but {it_has} run on since you looked{by_now}, so nothing was sent to"
        f" Respan yet. These are {its} numbers now."
    )
    return _question(request, now, f"Still cancel {_what(request)}?", why, prices, policy)


def question_again(
    request: Request, now: float, prices: PriceList, policy: Policy = NO_POLICY
) -> tuple[Message, Message]:
    """Return the question of a request once more: where it was asked, and for a direct message."""
    if request.asked_again:
        message = asked_again(request, now, prices, policy)
        return message, message
    if request.after_change:
        message = asked_after_change(request, now, prices, policy)
        return message, message
    here = confirmation(request, now, prices, policy)
    return here, direct_confirmation(request, now, prices, policy)


def _what(request: Request) -> str:
    """Return what would be cancelled: the one batch by its id, several by their number."""
    asked = request.open_targets
    return code(asked[0].batch_id) if len(asked) == 1 else batches(len(asked))


def _question(
    request: Request, now: float, headline: str, why: str, prices: PriceList, policy: Policy
) -> Message:
    until = request.expires_at if request.expires_at is not None else now
    valid = f"Only you can answer, here, until {moment(until)}."
    asked = len(request.open_targets)
    second = second_person(request, policy)
    label = "Cancel batch" if asked == 1 else f"Cancel {batches(asked)}"
    label += IF_APPROVED if second else ""
    names_owners = policy.owner_key is not None
    told, shown = facts_of_all(request, now, request.user_id if names_owners else None)
    money = what_it_would_save([target.batch for target in request.open_targets], prices)
    whose = not_yours(request) if names_owners else ""
    means = f"{_undo(request, label, policy)} {_COST}"
    choose = f"{means} Choose {quoted(label) if second else label} or Keep running."
    offered = is_offered(request)
    choose += f" {CHOOSE_TELL}" if offered else ""
    text = " ".join(
        part for part in (headline, why, told, money, whose, second, choose, valid) if part
    )
    blocks = [
        section(f"*{headline}*" + (f"\n{why}" if why else "")),
        *shown,
        *([section(money)] if money else []),
        *([section(whose)] if whose else []),
        *([section(second)] if second else []),
        section(means),
        {
            "type": "actions",
            "elements": [
                button(label, CONFIRM_ACTION, request.token) | {"style": "danger"},
                button("Keep running", DECLINE_ACTION, request.token),
                *([tell_button(request.id)] if offered else []),
            ],
        },
        context(valid),
    ]
    return Message(text, blocks)


def _undo(request: Request, label: str, policy: Policy) -> str:
    """Return for how long it can be undone, if at all: what was approved has no such window."""
    if not policy.undo or approval_ahead(policy, request):
        return _FINAL
    return f"After {label} you have {span(policy.undo)} to undo it; then it cannot be undone."

"""What somebody reads whose confirmed cancellation is not sent yet, or was withdrawn before it."""

from bot.domain.cancellation import Cancellation, Refusal
from bot.domain.message import Message
from bot.domain.schedule import UNSENT_ASKED_AGAIN
from bot.views.words import button, code, command, say, section, span

WITHDRAW_ACTION = "withdraw_cancellation"


def still_trying(row: Cancellation, why: Refusal) -> Message:
    """Return what somebody reads whose confirmed cancellation did not get through at once.

    Until it is sent they can withdraw it; one whose answer was lost may have been taken.
    """
    what = code(row.batch_id)
    if not row.is_unsent:
        return say(
            f"Respan was asked to cancel {what} and its answer was lost, so it is not known whether"
            " it took it. The app looks until it knows, and tells you; you need not do anything."
        )
    reason = _reason(why)
    text = (
        f"{reason}, so the cancellation of {what} is not accepted yet. The app keeps trying for"
        f" {span(UNSENT_ASKED_AGAIN)}, then asks you again. Until it is sent you can withdraw it."
    )
    elements = [button("Withdraw", WITHDRAW_ACTION, row.id)]
    return Message(text, [section(text), {"type": "actions", "elements": elements}])


def _reason(why: Refusal) -> str:
    if why is Refusal.RATE_LIMITED:
        return "Respan asks for fewer requests at the moment"
    if why is Refusal.UNREADABLE:
        return "Respan's answer could not be read"
    return "Respan does not answer at the moment"


def withdrawn(row: Cancellation) -> Message:
    """Return the answer to Withdraw, where the batch was certainly not cancelled."""
    what = code(row.batch_id)
    if row.is_unsent:
        return say(f"Withdrawn: nothing was sent to Respan, and {what} goes on.")
    return say(
        f"Withdrawn: Respan did not take the cancellation of {what}, which goes on. It was not sent"
        " again."
    )


def sent_already(row: Cancellation) -> Message:
    """Return the answer to a Withdraw that came after the cancel call."""
    return say(
        f"The cancellation of {code(row.batch_id)} was sent to Respan already, so it can't be"
        " withdrawn for certain: Respan's answer is not known yet. If Respan did not take it, it is"
        " not sent again. You read here what comes of it."
    )


def not_confirmed_again(row: Cancellation) -> Message:
    """Return what somebody reads who did not answer the question that was asked again."""
    return say(
        f"You did not confirm again in time, so {code(row.batch_id)} was not cancelled. Type"
        f" {command(row)} to see how it stands now."
    )

"""How a cancellation stands, and why a batch is not cancelled: the end of a line about it."""

from typing import assert_never

from bot.domain.batch import Batch
from bot.domain.cancellation import Cancellation, State
from bot.domain.refusal import Refusal
from bot.domain.schedule import GIVE_UP_AFTER, UNSENT_ASKED_AGAIN
from bot.views.words import (
    code,
    ending,
    hours,
    mention,
    progress,
    span,
    time_of_day,
)


def standing(row: Cancellation) -> str:
    """Return how a cancellation stands, as the end of a sentence about its batch."""
    match row.state:
        case State.CONFIRMED:
            return _unaccepted(row)
        case State.CANCELLING:
            return f"is being cancelled: {progress(row.batch)}"
        case State.ENDED:
            return f"{ending(row.batch)}: {progress(row.batch)}"
        case State.REFUSED:
            return f"was not cancelled: {reason(row.refusal, row.batch, None)}"
        case State.WITHDRAWN | State.EXPIRED | State.ABANDONED | State.CHANGED:
            return brief_standing(row)
        case unknown:
            assert_never(unknown)


def brief_standing(row: Cancellation) -> str:  # noqa: PLR0911 - one line for each state
    """Return the same without numbers and reasons."""
    match row.state:
        case State.CONFIRMED:
            return "is not accepted yet"
        case State.CANCELLING:
            return "is being cancelled"
        case State.ENDED:
            return ending(row.batch)
        case State.REFUSED:
            return "was not cancelled"
        case State.WITHDRAWN if row.is_unsent and row.rejection is None:
            return "was withdrawn before it was sent, and goes on"
        case State.WITHDRAWN:
            return "was withdrawn, Respan did not take it, and it goes on"
        case State.EXPIRED:
            return f"was not cancelled: Respan could not be asked for {span(UNSENT_ASKED_AGAIN)}"
        case State.CHANGED:
            return f"was not sent: {reason(Refusal.CHANGED, None, None)}"
        case State.ABANDONED:
            return (
                f"has an end that was not seen within {hours(GIVE_UP_AFTER)}: look at it in Respan"
            )
        case unknown:
            assert_never(unknown)


def in_window(row: Cancellation) -> str:
    """Return when it is sent where it can be undone until then, "" where it has no such window."""
    if not row.is_unsent or row.waits_for is not None or row.not_before is None:
        return ""
    return f"Respan is asked at {time_of_day(row.not_before)}, unless it is undone before"


def _unaccepted(row: Cancellation) -> str:
    if not row.is_unsent:
        return "was sent to Respan, whose answer was lost: the app looks until it knows"
    window = in_window(row)
    if window:
        return f"is confirmed: {window}"
    if row.waits_for is None:
        return "is confirmed: Respan is being asked"
    return f"is not accepted yet: {reason(row.waits_for, row.batch, None)}"


def reason(  # noqa: C901, PLR0911, PLR0912 - one line for each
    refusal: Refusal | None, batch: Batch | None, by: str | None
) -> str:
    """Return why a batch is not, or not yet, cancelled, as a part of its line."""
    match refusal:
        case Refusal.FINAL:
            return f"it is {code('unknown' if batch is None else batch.status)} already"
        case Refusal.ALREADY_CANCELLING:
            whom = f" by {mention(by)}" if by else ""
            return f"it is being cancelled already{whom}"
        case Refusal.NOT_FOUND:
            return "Respan knows no such batch behind this app's API key"
        case Refusal.KEY_REFUSED:
            return "Respan refuses this app's API key, which its administrator can set"
        case Refusal.NO_PERMISSION:
            return "this app's API key may not, which its administrator can change in Respan"
        case Refusal.BLOCKED:
            return "something such as a firewall refuses the request; the app's log says more"
        case Refusal.NO_PROVIDER_ID:
            return f"the app's administrator must set {code('RESPAN_PROVIDER_ID')}"
        case Refusal.NO_OPENAI_KEY:
            return "Respan holds no OpenAI key that works"
        case Refusal.REFUSED | None:
            return "Respan refuses it; the app's log says why"
        case Refusal.UNAVAILABLE:
            return "Respan does not answer"
        case Refusal.RATE_LIMITED:
            return "Respan asks for fewer requests"
        case Refusal.UNREADABLE:
            return "Respan's answer can't be read"
        case Refusal.WRONG_CHANNEL:
            return "batches can't be cancelled from this channel"
        case Refusal.NOT_ALLOWED:
            return "you are not among the people who may cancel batches here"
        case Refusal.GUEST:
            return "guests of this workspace may not cancel batches"
        case Refusal.STRANGER:
            return "people of other workspaces may not cancel batches here"
        case Refusal.BOT:
            return "bots may not cancel batches"
        case Refusal.DEACTIVATED:
            return "the account of the person who asked is deactivated"
        case Refusal.PERSON_UNKNOWN:
            return "Slack did not say whether the person is a full member of the workspace"
        case Refusal.GROUPS_UNKNOWN:
            return "Slack did not say who is in the allowed user groups"
        case Refusal.OWN_REQUEST | Refusal.NOT_APPROVER:
            return "the person who approved it may not approve it any more"
        case Refusal.NOT_INVITED:
            return "the app can't ask for approval in this channel"
        case Refusal.NOT_STORED:
            return "what was read about it can't be stored here"
        case Refusal.CHANGED:
            return "much of it ran since it was shown, so it is asked about once more"
        case Refusal.INTERRUPTED:
            return "the app was interrupted, and the question is too old"
        case unknown:
            assert_never(unknown)

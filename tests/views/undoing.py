"""What people read in the undo window, and after it."""

from dataclasses import replace

from bot.domain.cancellation import State
from bot.domain.message import Message
from bot.domain.policy import Policy
from bot.domain.refusal import Refusal
from bot.views import confirmation, look, status, undo, unsent
from tests.rows import ASKED_AT, BATCH, request_in, row_in, several_in

LINK = "https://example.slack.com/archives/C0BATCHES/p1711475161000100"
NOW = ASKED_AT + 1
ENDS = ASKED_AT + 70
TEN = Policy(undo=10.0)
HELD = row_in(State.CONFIRMED, not_before=ENDS)
SENT = replace(HELD, requesting_since=ENDS)
UNDONE = replace(HELD, state=State.WITHDRAWN)
WAITS = replace(HELD, waits_for=Refusal.UNAVAILABLE)
TAKEN = row_in(State.CANCELLING, not_before=ENDS)


def undoing() -> dict[str, Message]:
    """Return them all, in all the forms in which they differ."""
    return _questions() | _answers() | _late() | _standing()


def _questions() -> dict[str, Message]:
    ask = confirmation.confirmation
    return {
        "confirmation_with_undo": ask(request_in("asked"), NOW, policy=TEN),
        "several_confirmation_with_undo": ask(several_in("asked"), NOW, policy=TEN),
    }


def _answers() -> dict[str, Message]:
    one = request_in("confirmed", not_before=ENDS)
    two = [replace(HELD, batch_id="batch_aaa"), replace(HELD, batch_id="batch_bbb")]
    gone = [replace(row, state=State.WITHDRAWN) for row in two]
    joined = replace(TAKEN, request_id="e" * 32, batch_id="batch_ccc", user_id="U0BEN")
    return {
        "in_window": undo.in_window(one),
        "several_in_window": undo.in_window(several_in("confirmed", *two, joined)),
        "undone": undo.undone(request_in("withdrawn", not_before=ENDS)),
        "undone_after_a_refusal": undo.undone(
            request_in("withdrawn", not_before=ENDS, rejection=Refusal.REFUSED)
        ),
        "withdrawn_after_a_refusal": unsent.withdrawn(
            request_in("withdrawn", rejection=Refusal.REFUSED)
        ),
        "several_undone": undo.undone(several_in("withdrawn", *gone)),
        "several_undone_but_joined": undo.undone(several_in("withdrawn", *gone, joined)),
        "several_undone_partly": undo.undone(
            several_in("confirmed", gone[0], replace(TAKEN, batch_id="batch_bbb"))
        ),
    }


def _late() -> dict[str, Message]:
    late = undo.too_late_to_undo
    sent = request_in("confirmed", not_before=ENDS, requesting_since=ENDS)
    two = (replace(SENT, batch_id="batch_aaa"), replace(TAKEN, batch_id="batch_bbb"))
    return {
        "too_late_to_undo": late(request_in("cancelling"), LINK),
        "too_late_to_undo_unknown": late(sent, None),
        "too_late_to_undo_ended": late(request_in("reported"), None),
        "too_late_to_undo_given_up": late(request_in("abandoned"), None),
        "several_too_late_to_undo": late(several_in("cancelling", *two), LINK),
        "several_too_late_to_undo_without_link": late(several_in("cancelling", *two), None),
    }


def _standing() -> dict[str, Message]:
    held = several_in("confirmed", replace(HELD, batch_id="batch_aaa"), WAITS)
    return {
        "status_of_batch_in_window": status.status_of_batch(HELD, "U0BEN", None),
        "status_of_batch_after_window": status.status_of_batch(WAITS, "U0ANA", None),
        "several_current_status_in_window": status.current_status(held, "U0ANA", None),
        "card_in_window": look.card(
            replace(request_in("looking"), targets=request_in("asked").targets),
            look.UnderWay({BATCH.id: (HELD, None)}),
            NOW,
        ),
    }

"""What somebody reads in the undo window: until when nothing is sent, and what became of it."""

from bot.domain.cancellation import State
from bot.domain.message import Message
from bot.domain.request import Request
from bot.views.lines import with_standing
from bot.views.standing import standing
from bot.views.words import (
    batches,
    button,
    code,
    follow_link,
    say,
    section,
    span,
    subject,
    time_of_day,
    verb,
)

UNDO_ACTION = "undo_cancellation"
NOW_ACTION = "cancel_now"


def in_window(request: Request) -> Message:
    """Return what takes the question's place where its cancellations wait for their window."""
    own = request.waiting
    what = code(own[0].batch_id) if len(own) == 1 else batches(len(own))
    ends = max(row.not_before or row.confirmed_at for row in own)
    left = span(round(ends - min(row.confirmed_at for row in own)))
    it = "it" if len(own) == 1 else "them"
    text = (
        f"Cancelling {what} in {left}, at {time_of_day(ends)}: nothing is sent to Respan before."
        f" Choose Undo to keep {it} running, or Cancel now to wait no longer."
    )
    actions = {
        "type": "actions",
        "elements": [
            button("Undo", UNDO_ACTION, request.id),
            button("Cancel now", NOW_ACTION, request.id),
        ],
    }
    return Message(text, [section(text), actions])


def undone(request: Request) -> Message:
    """Return the answer to Undo, where it counts: what is not sent, and how the rest stands."""
    rows = request.cancellations
    is_unsent = all(row.is_unsent and row.rejection is None for row in rows)
    if is_unsent and all(row.state is State.WITHDRAWN for row in rows):
        goes_on = verb(request, "goes on", "go on")
        return say(f"Undone: nothing was sent to Respan, and {subject(request)} {goes_on}.")
    return with_standing(request, "Undone, as far as it was not sent to Respan.")


def too_late_to_undo(request: Request, link: str | None) -> Message:
    """Return the answer to an Undo that comes after the cancel call, and what happens now."""
    see = follow_link(link)
    if len(request.cancellations) > 1:
        told = with_standing(request, "It is too late to undo: Respan was asked to cancel them.")
        return Message(
            f"{told.text}{see}", [*told.blocks, *([section(see.strip())] if see else [])]
        )
    (row,) = request.cancellations
    what = code(row.batch_id)
    if row.state is State.CONFIRMED:
        return say(
            f"It is too late to undo: Respan was asked to cancel {what}, and its answer is not"
            " known yet. You read here what comes of it."
        )
    return say(f"It is too late to undo: {what} {standing(row)}.{see}")

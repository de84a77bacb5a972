"""The question before anything is stopped: what it is, what it costs, and two buttons."""

from bot.domain.batch import Batch
from bot.domain.cancellation import Cancellation
from bot.domain.message import Block, Message
from bot.domain.schedule import UNSENT_ASKED_AGAIN
from bot.views.words import (
    button,
    code,
    context,
    fields,
    listed,
    moment,
    place,
    progress,
    progress_lines,
    section,
    sentence,
    span,
)

CONFIRM_ACTION = "confirm_cancellation"
DECLINE_ACTION = "keep_running"

_COST = (
    "This cannot be undone. Completed requests are billed; requests not run yet give no results."
)


_NO_NUMBERS = (
    "Its numbers can't be read at the moment. You can confirm: the cancellation is sent as soon as"
    " Respan takes it."
)


def confirmation(row: Cancellation, now: float) -> Message:
    """Return the question about the row's batch, for the person who asked, where they asked."""
    return _question(row, now, f"Cancel {code(row.batch_id)}?", "")


def direct_confirmation(row: Cancellation, now: float) -> Message:
    """Return the question for the person's direct messages, where it can't be shown in place."""
    why = f"Slack did not take the answer to your command in {place(row)}, so it comes here."
    return _question(row, now, f"Cancel {code(row.batch_id)}?", why)


def asked_again(row: Cancellation, now: float) -> Message:
    """Return the question about a confirmation that could not be sent for long."""
    why = (
        f"You confirmed it in {place(row)}, but Respan could not be asked for"
        f" {span(UNSENT_ASKED_AGAIN)}, so nothing was cancelled, and nothing will be unless you"
        " confirm again."
    )
    return _question(row, now, f"Still cancel {code(row.batch_id)}?", why)


def _question(row: Cancellation, now: float, headline: str, why: str) -> Message:
    until = row.expires_at if row.expires_at is not None else now
    valid = f"Only you can answer, here, until {moment(until)}."
    told, shown = _no_numbers() if row.batch is None else _numbers(row.batch, now)
    text = " ".join(
        part
        for part in (headline, why, told, f"{_COST} Choose Cancel batch or Keep running.", valid)
        if part
    )
    blocks = [
        section(f"*{headline}*" + (f"\n{why}" if why else "")),
        *shown,
        section(_COST),
        {
            "type": "actions",
            "elements": [
                button("Cancel batch", CONFIRM_ACTION, row.token) | {"style": "danger"},
                button("Keep running", DECLINE_ACTION, row.token),
            ],
        },
        context(valid),
    ]
    return Message(text, blocks)


def _numbers(batch: Batch, now: float) -> tuple[str, list[Block]]:
    """Return what is known of the batch, as text and as blocks."""
    facts = _facts(batch, now)
    text = f"{sentence(progress(batch))} {listed(*facts)}"
    return text, [fields(*facts), section(progress_lines(batch))]


def _no_numbers() -> tuple[str, list[Block]]:
    return _NO_NUMBERS, [section(_NO_NUMBERS)]


def _facts(batch: Batch, now: float) -> list[tuple[str, str]]:
    started, expires = batch.running_since, batch.expires_at
    return [
        ("Status", code(batch.status)),
        ("Endpoint", code(batch.endpoint) if batch.endpoint else "not known"),
        ("Model", code(batch.model) if batch.model else "not known"),
        ("Running for", span(now - started) if started is not None else "not known"),
        ("Expires", moment(expires) if expires is not None else "not known"),
    ]

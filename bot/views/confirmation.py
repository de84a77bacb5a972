"""The question before anything is stopped: what it is, what it costs, and two buttons."""

from bot.domain.batch import Batch
from bot.domain.cancellation import Cancellation
from bot.domain.message import Block, Message
from bot.views.words import (
    code,
    context,
    fields,
    listed,
    moment,
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


def confirmation(row: Cancellation, now: float) -> Message:
    """Return the question about the row's batch, for the person who asked."""
    batch = row.batch or Batch(row.batch_id, "unknown")
    until = row.expires_at if row.expires_at is not None else now
    valid = f"Only you can answer, here, until {moment(until)}."
    facts = _facts(batch, now)
    text = (
        f"Cancel {code(batch.id)}? {sentence(progress(batch))} {listed(*facts)} {_COST} Choose"
        f" Cancel batch or Keep running. {valid}"
    )
    blocks = [
        section(f"*Cancel {code(batch.id)}?*"),
        fields(*facts),
        section(progress_lines(batch)),
        section(_COST),
        {
            "type": "actions",
            "elements": [
                _button("Cancel batch", CONFIRM_ACTION, row.token) | {"style": "danger"},
                _button("Keep running", DECLINE_ACTION, row.token),
            ],
        },
        context(valid),
    ]
    return Message(text, blocks)


def _facts(batch: Batch, now: float) -> list[tuple[str, str]]:
    started, expires = batch.running_since, batch.expires_at
    return [
        ("Status", code(batch.status)),
        ("Endpoint", code(batch.endpoint) if batch.endpoint else "not known"),
        ("Model", code(batch.model) if batch.model else "not known"),
        ("Running for", span(now - started) if started is not None else "not known"),
        ("Expires", moment(expires) if expires is not None else "not known"),
    ]


def _button(label: str, action_id: str, value: str) -> Block:
    text = {"type": "plain_text", "text": label}
    return {"type": "button", "text": text, "action_id": action_id, "value": value}

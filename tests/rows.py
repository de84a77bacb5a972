"""Rows and batches that tests begin from."""

from dataclasses import replace
from typing import Any

from bot.domain.batch import Batch, Counts
from bot.domain.cancellation import Cancellation, MessageState, State

ASKED_AT = 1_711_475_100.0
"""When the example row was asked: 2024-03-26 17:45:00 UTC."""

BATCH = Batch(
    id="batch_abc123",
    status="in_progress",
    endpoint="/v1/chat/completions",
    model="gpt-4o-mini",
    counts=Counts(total=100, completed=23, failed=1),
    created_at=1_711_471_533.0,
    in_progress_at=1_711_471_538.0,
    expires_at=1_711_557_933.0,
)

ROW = Cancellation(
    id="c" * 32,
    token="the-token",
    batch_id=BATCH.id,
    user_id="U0ANA",
    channel_id="C0BATCHES",
    asked_at=ASKED_AT,
    batch=BATCH,
    shown_at=ASKED_AT + 1,
    expires_at=ASKED_AT + 601,
    command_url="https://slack.test/commands/1",
    claimed_at=ASKED_AT + 1,
)
"""Asked and shown."""


def row_in(state: State, **changes: Any) -> Cancellation:
    """Return the example row as it typically stands in a state."""
    row = replace(ROW, state=state)
    if state in {State.ASKED, State.DECLINED, State.EXPIRED}:
        return replace(row, **changes)
    row = replace(row, confirmed_at=ASKED_AT + 60, click_url="https://slack.test/actions/1")
    if state in {State.CANCELLING, State.ENDED, State.TOLD, State.ABANDONED}:
        row = replace(
            row,
            batch=replace(BATCH, status="cancelling"),
            accepted_at=ASKED_AT + 61,
            announcement=MessageState(channel="C0BATCHES", ts="1711475161.000100"),
        )
    if state in {State.ENDED, State.TOLD}:
        row = replace(row, batch=ended_as("cancelled"), ended_at=ASKED_AT + 155)
    return replace(row, **changes)


def ended_as(status: str, **changes: Any) -> Batch:
    """Return the example batch as it ended, with a few more requests done."""
    ended = replace(
        BATCH,
        status=status,
        counts=Counts(total=100, completed=28, failed=1),
        ended_at=ASKED_AT + 155,
        output_file_id="file-out123",
        error_file_id="file-err123",
    )
    return replace(ended, **changes)

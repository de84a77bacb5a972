"""Rows of the table and cancellations of the domain, each made from the other."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import RowMapping

from bot.domain.batch import read_batch
from bot.domain.cancellation import Cancellation, Post, Refusal, State
from bot.domain.message import Message

_PLAIN = (
    "id",
    "token",
    "batch_id",
    "user_id",
    "channel_id",
    "team_id",
    "asked_at",
    "command_url",
    "click_url",
    "identifier",
    "shown_at",
    "expires_at",
    "confirmed_at",
    "requesting_since",
    "accepted_at",
    "was_cancelling",
    "refreshed",
    "ended_at",
    "finalized",
    "told_at",
    "polls",
    "attempts",
    "claim",
    "claimed_at",
)
"""The fields that stand in the table as they are."""

_OWNED_BY_CLAIMS = ("id", "token", "claim", "claimed_at")
"""What a step may not change."""


def to_columns(row: Cancellation) -> dict[str, Any]:
    """Return the row's columns, without those that belong to claims."""
    columns: dict[str, Any] = {
        name: getattr(row, name) for name in _PLAIN if name not in _OWNED_BY_CLAIMS
    }
    return columns | {
        "state": str(row.state),
        "batch": None if row.batch is None else row.batch.as_dict(),
        "no_from_respan": row.no_from_respan,
        "refusal": row.refusal,
        "announcement": asdict(row.announcement),
        "slow_note": None if row.slow_note is None else asdict(row.slow_note),
        "reply": asdict(row.reply),
    }


def to_cancellation(columns: RowMapping) -> Cancellation:
    """Return the cancellation that stands in the row."""
    batch, slow_note = columns["batch"], columns["slow_note"]
    return Cancellation(
        **{name: columns[name] for name in _PLAIN},
        state=State(columns["state"]),
        batch=None if batch is None else read_batch(batch),
        no_from_respan=_refusal(columns["no_from_respan"]),
        refusal=_refusal(columns["refusal"]),
        announcement=Post(**columns["announcement"]),
        slow_note=None if slow_note is None else Post(**slow_note),
        reply=Post(**columns["reply"]),
    )


def _refusal(word: str | None) -> Refusal | None:
    return None if word is None else Refusal(word)


def message_to_json(message: Message | None) -> dict[str, Any] | None:
    """Return a message as JSON-able data."""
    return None if message is None else asdict(message)


def message_from_json(data: dict[str, Any] | None) -> Message | None:
    """Return the message that stands in a JSON column."""
    return None if data is None else Message(text=data["text"], blocks=data["blocks"])

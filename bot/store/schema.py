"""The tables, as they are after the newest migration. Times are seconds since the epoch.

Their indexes of some rows alone stand in `store/indexes.py`.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    false,
)

metadata = MetaData()

_json = JSON(none_as_null=True)


def _leased() -> list[Column[Any]]:
    """Return the columns of a table that is worked on: `store/leases.py` says what they do.

    A row without `next_attempt_at` waits until something wakes it; one with `finished_at` is over.
    """
    return [
        Column("claim", BigInteger, nullable=False),
        Column("claimed_at", Double, nullable=False),
        Column("next_attempt_at", Double),
        Column("lease_until", Double),
        Column("owner", String(64)),
        Column("finished_at", Double),
        Column("set_aside_by", Text),
    ]


requests = Table(
    "requests",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("token", String(64), nullable=False, unique=True),
    Column("request_key", String(64), unique=True),
    Column("user_id", String(64), nullable=False),
    Column("channel_id", String(64), nullable=False),
    Column("team_id", String(64)),
    Column("channel_kind", String(80)),
    Column("state", String(16), nullable=False),
    Column("asked_at", Double, nullable=False),
    Column("targets", _json, nullable=False),
    Column("user_name", String(80)),
    Column("words", String(200)),
    Column("thread_ts", String(32)),
    Column("command_url", Text),
    Column("replaces", Boolean, nullable=False, server_default=false()),
    Column("click_url", Text),
    Column("identifier", String(254)),
    Column("shown_at", Double),
    Column("expires_at", Double),
    Column("confirmed_at", Double),
    Column("refusal", String(32)),
    Column("asked_again", Integer, nullable=False),
    Column("after_change", Boolean, nullable=False, server_default=false()),
    Column("changed_told", Boolean, nullable=False, server_default=false()),
    Column("decided_by", String(64)),
    Column("decided_at", Double),
    Column("ends_as", String(16)),
    Column("wait_told", Boolean, nullable=False),
    Column("announcement", _json, nullable=False),
    Column("cannot_post", String(80)),
    Column("uneditable", Boolean, nullable=False),
    Column("refreshed", String(64)),
    Column("slow_note", _json),
    Column("blind_note", _json),
    Column("reply", _json, nullable=False),
    Column("reported_at", Double),
    Column("attempts", Integer, nullable=False),
    Column("wakes", BigInteger, nullable=False),
    *_leased(),
)

cancellations = Table(
    "cancellations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("request_id", String(32), nullable=False, index=True),
    Column("batch_id", String(200), nullable=False),
    Column("user_id", String(64), nullable=False),
    Column("channel_id", String(64), nullable=False),
    Column("confirmed_at", Double, nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("round", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("after_change", Boolean, nullable=False, server_default=false()),
    Column("team_id", String(64)),
    Column("identifier", String(254)),
    Column("approved_by", String(64)),
    Column("not_before", Double),
    Column("batch", _json),
    Column("requesting_since", Double),
    Column("withdrawn_at", Double),
    Column("waits_for", String(32)),
    Column("accepted_at", Double),
    Column("was_cancelling", Boolean, nullable=False),
    Column("rejection", String(32)),
    Column("refusal", String(32)),
    Column("unread_since", Double),
    Column("unread_why", String(32)),
    Column("is_blind", Boolean, nullable=False),
    Column("is_slow", Boolean, nullable=False),
    Column("ended_at", Double),
    Column("polls", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    *_leased(),
)

joins = Table(
    "joins",
    metadata,
    Column("request_id", String(32), primary_key=True),
    Column("cancellation_id", String(32), primary_key=True, index=True),
)

followers = Table(
    "followers",
    metadata,
    Column("request_id", String(32), primary_key=True),
    Column("user_id", String(64), primary_key=True),
    Column("at", Double, nullable=False),
)

answers = Table(
    "answers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("url", Text, nullable=False),
    Column("user_id", String(64), nullable=False),
    Column("message", _json, nullable=False),
    Column("replace", Boolean, nullable=False),
    Column("fallback", _json),
    Column("late", _json),
    Column("version", Integer, nullable=False),
    Column("created_at", Double, nullable=False, index=True),
    Column("next_attempt_at", Double, nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("lease_until", Double),
    Column("owner", String(64)),
    Column("direct_tries", Integer, nullable=False, server_default="0"),
    Column("set_aside_by", Text),
    Column("request_id", String(32)),
)

answered = Table(
    "answered",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("at", Double, nullable=False, index=True),
)

poll_budget = Table(
    "poll_budget",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("tokens", Double, nullable=False),
    Column("refilled_at", Double, nullable=False),
    Column("paused_until", Double, nullable=False),
    Column("recent", _json),
)

facts = Table(
    "facts",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False, index=True),
    Column("event", String(32), nullable=False),
    Column("user_id", String(64)),
    Column("team_id", String(64)),
    Column("channel_id", String(64)),
    Column("request_id", String(32)),
    Column("batch_ids", Text, nullable=False),
    Column("identifier", String(254)),
    Column("request_key", String(64)),
    Column("details", Text, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
"""Only ever added to: triggers refuse UPDATE, and DELETE of what retention does not forget."""

audit_chain = Table(
    "audit_chain",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("last_hash", String(64), nullable=False),
    Column("pruned_seq", BigInteger, nullable=False),
    Column("pruned_hash", String(64), nullable=False),
)
"""The two ends of the audit, in one row: the newest record, and the newest that was forgotten."""

"""What the audit holds: one record for each decision, and the hash that chains it to the last.

Its fields and events are documented in docs/audit.md, and stay as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from json import dumps
from typing import Any


class Event(StrEnum):
    """What was decided or done."""

    ASKED = "asked"
    SHOWN = "shown"
    DENIED = "denied"
    DECLINED = "declined"
    EXPIRED = "expired"
    CONFIRMED = "confirmed"
    SENT_FOR_APPROVAL = "sent_for_approval"
    APPROVED = "approved"
    UNDONE = "undone"
    CANCEL_NOW = "cancel_now"
    WITHDRAWN = "withdrawn"
    JOINED = "joined"
    INTENT = "intent"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    ENDED = "ended"
    REPORTED = "reported"
    GIVEN_UP = "given_up"


class Of(StrEnum):
    """What a record is about that may be about several things: it stands in its details."""

    REQUEST = "request"
    BATCH = "batch"
    CALL = "call"
    REPLY = "reply"


class At(StrEnum):
    """Where somebody was denied: it stands in the details of the record."""

    GATE = "gate"
    COMMAND = "command"
    CLICK = "click"
    STEP = "step"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class Record:
    """One decision, before it has its place. `user_id` is who decided or acted, or for whom.

    `identifier` is the `customer_identifier` that is sent, `key` the transport's key of the
    interaction that it came from. `details` is JSON-able data, the same shape for each event.
    """

    event: Event
    user_id: str | None = None
    team_id: str | None = None
    channel_id: str | None = None
    request_id: str | None = None
    batch_ids: tuple[str, ...] = ()
    identifier: str | None = None
    key: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def chained(record: Record, seq: int, at: float, previous_hash: str) -> dict[str, Any]:
    """Return the record's columns as the one of that number, after the one with that hash.

    `at` is in seconds since the epoch, of which whole microseconds are kept: so that the time as
    people read it, and the number that is hashed, are the same.
    """
    columns = {
        "seq": seq,
        "at": round(float(at), 6),
        "event": str(record.event),
        "user_id": record.user_id,
        "team_id": record.team_id,
        "channel_id": record.channel_id,
        "request_id": record.request_id,
        "batch_ids": " ".join(record.batch_ids),
        "identifier": record.identifier,
        "request_key": record.key,
        "details": details_of(record),
        "previous_hash": previous_hash,
    }
    return columns | {"hash": hash_of(columns)}


def details_of(record: Record) -> str:
    """Return the details as they are stored: JSON with sorted keys, without spaces."""
    return _json(record.details)


def hash_of(columns: Mapping[str, Any]) -> str:
    """Return the hash of a record as it is stored, over all its columns but the hash itself.

    `columns` has those of the table: `seq`, `at` in seconds, `previous_hash`, and the rest. Raises
    TypeError for a value that no record has.
    """
    told = {name: value for name, value in columns.items() if name != "hash"}
    return sha256(_json(told).encode()).hexdigest()


def _json(data: Mapping[str, Any]) -> str:
    return dumps(data, sort_keys=True, separators=(",", ":"))

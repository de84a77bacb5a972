"""What the audit holds: one record for each decision, and the hash that chains it to the last."""

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
    WITHDRAWN = "withdrawn"
    JOINED = "joined"
    INTENT = "intent"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    ENDED = "ended"
    REPORTED = "reported"
    GIVEN_UP = "given_up"


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


def details_of(record: Record) -> str:
    """Return the details as they are stored: JSON with sorted keys, without spaces."""
    return dumps(record.details, sort_keys=True, separators=(",", ":"))


def hash_of(columns: Mapping[str, Any]) -> str:
    """Return the hash of a record as it is stored, over all its columns but the hash itself.

    `columns` has those of the table: `seq`, `at` in seconds, `previous_hash`, and the rest.
    """
    told = {name: value for name, value in sorted(columns.items()) if name != "hash"}
    return sha256(dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

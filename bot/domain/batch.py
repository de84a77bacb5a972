"""An OpenAI batch as Respan describes it: only `id` and `status` are sure."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

FINAL_STATUSES = frozenset({"completed", "failed", "expired", "cancelled"})
"""The statuses that a batch never leaves. A status nobody has heard of is not one of them."""

_KNOWN_STATUSES = FINAL_STATUSES | {
    *("validating", "pending", "in_progress", "finalizing", "cancelling")
}
_OTHER_SPELLINGS = {
    "canceled": "cancelled",
    "canceling": "cancelling",
    "inprogress": "in_progress",
}

_LATEST_TIME = 32_503_680_000  # the year 3000: beyond it a number is no time that a person can read
_LONGEST_WORD = 200


class NotABatch(ValueError):
    """The data has no readable `id` and `status`."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The requests of a batch. `completed` ones are billed."""

    total: int
    completed: int
    failed: int

    @property
    def not_run(self) -> int:
        """Return how many requests have not run; zero where the numbers don't add up."""
        return max(0, self.total - self.completed - self.failed)


@dataclass(frozen=True, slots=True)
class Batch:
    """What is known of a batch. Times are seconds since the epoch; None means unknown, not zero.

    `status` is spelled as OpenAI documents it where it is one of OpenAI's, whatever spelling came.
    `ended_at` is when it reached its final status, as far as Respan tells. `error` is the first
    of the batch's own errors, in one line.
    """

    id: str
    status: str
    endpoint: str | None = None
    model: str | None = None
    counts: Counts | None = None
    created_at: float | None = None
    in_progress_at: float | None = None
    expires_at: float | None = None
    ended_at: float | None = None
    output_file_id: str | None = None
    error_file_id: str | None = None
    error: str | None = None

    @property
    def is_final(self) -> bool:
        """Return whether the batch has ended, however it did."""
        return self.status in FINAL_STATUSES

    @property
    def is_cancelling(self) -> bool:
        """Return whether a cancellation has been accepted and is not over yet."""
        return self.status == "cancelling"

    @property
    def running_since(self) -> float | None:
        """Return when it began to run, or else when it was made."""
        return self.in_progress_at if self.in_progress_at is not None else self.created_at

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON-able data that `read_batch` understands."""
        data = {field.name: getattr(self, field.name) for field in fields(self)}
        counts: Counts | None = data.pop("counts")
        return data | {"request_counts": None if counts is None else asdict(counts)}


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list of all batches, newest first; `has_more` tells of older ones."""

    batches: tuple[Batch, ...]
    has_more: bool = False


def read_batch(data: object) -> Batch:
    """Return the batch that `data`, decoded JSON, describes.

    Tolerates unknown fields, unknown statuses and wrong types in all but `id` and `status`; raises
    NotABatch where those two can't be read.
    """
    if not isinstance(data, Mapping):
        raise NotABatch("the answer is no JSON object")
    batch_id, status = _word(data.get("id")), _status(data.get("status"))
    if batch_id is None or status is None:
        raise NotABatch("the answer has no id and status")
    return Batch(
        id=batch_id,
        status=status,
        endpoint=_word(data.get("endpoint")),
        model=_word(data.get("model")),
        counts=_counts(data.get("request_counts")),
        created_at=_time(data.get("created_at")),
        in_progress_at=_time(data.get("in_progress_at")),
        expires_at=_time(data.get("expires_at")),
        ended_at=_ended_at(data, status),
        output_file_id=_word(data.get("output_file_id")),
        error_file_id=_word(data.get("error_file_id")),
        error=_line(data.get("error")) or _first_error(data.get("errors")),
    )


def _status(value: object) -> str | None:
    """Return a status: the spelling is ours where we know it, an unknown one stays as it came."""
    word = _word(value)
    if word is None:
        return None
    plain = re.sub(r"[\s-]+", "_", word.lower())
    plain = _OTHER_SPELLINGS.get(plain, plain)
    return plain if plain in _KNOWN_STATUSES else word


def _ended_at(data: Mapping[str, Any], status: str) -> float | None:
    """Return when a final status was reached; `ended_at` is our own name for it."""
    if status not in FINAL_STATUSES:
        return None
    names = ["ended_at", f"{status}_at"]
    if status == "cancelled":
        names.append("canceled_at")
    return next((time for time in map(_time, map(data.get, names)) if time is not None), None)


def _first_error(value: object) -> str | None:
    """Return the first of `errors.data`, in its own words or else by its code."""
    entries = value.get("data") if isinstance(value, Mapping) else value
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, Mapping):
            told = _line(entry.get("message")) or _line(entry.get("code"))
            if told is not None:
                return told
    return None


def _line(value: object) -> str | None:
    """Return a text as one printable line of at most 200 characters, None for anything else."""
    if not isinstance(value, str):
        return None
    seen = "".join(c if c.isprintable() else " " for c in value[: 4 * _LONGEST_WORD])
    line = " ".join(seen.split())
    return (line if len(line) <= _LONGEST_WORD else f"{line[: _LONGEST_WORD - 1]}…") or None


def _word(value: object) -> str | None:
    """Return a short printable string, or None: ids may be "" and anything may be anything."""
    if not isinstance(value, str) or not value.isprintable():
        return None
    return value.strip() or None if len(value) <= _LONGEST_WORD else None


def _time(value: object) -> float | None:
    """Return a time that lies between 1970 and the year 3000, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value < _LATEST_TIME else None


def _counts(value: object) -> Counts | None:
    """Return the counts, or None where they are absent or zero: that is unknown, not a fact."""
    if not isinstance(value, Mapping):
        return None
    total, completed, failed = (_number(value.get(k)) for k in ("total", "completed", "failed"))
    if not total:
        return None
    return Counts(total, completed, failed)


def _number(value: object) -> int:
    """Return a count of requests, zero where it can't be one."""
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return max(0, value) if value < 10**12 else 0

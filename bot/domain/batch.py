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
_MOST_METADATA = 16  # OpenAI takes no more pairs (reference of the batch object)
_OWNER_KEYS = ("owner", "slack_user", "user", "user_email", "email", "created_by")
_MOST = 10**12  # requests or tokens: beyond it a number is none that a batch can have


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

    @property
    def adds_up(self) -> bool:
        """Return whether no more requests are done than there are."""
        return self.completed + self.failed <= self.total


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens of all requests that ran. `cached_tokens` are some of the `input_tokens`."""

    input_tokens: int
    cached_tokens: int
    output_tokens: int

    def as_dict(self) -> dict[str, Any]:
        """Return it in OpenAI's form."""
        return {
            "input_tokens": self.input_tokens,
            "input_tokens_details": {"cached_tokens": self.cached_tokens},
            "output_tokens": self.output_tokens,
        }


@dataclass(frozen=True, slots=True)
class Batch:
    """What is known of a batch. Times are seconds since the epoch; None means unknown, not zero.

    `status` is spelled as OpenAI documents it where it is one of OpenAI's, whatever spelling came.
    `ended_at` is when it reached its final status, as far as Respan tells. `error` is the first
    of the batch's own errors, in one line. `metadata` are the pairs that its maker gave it.
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
    metadata: tuple[tuple[str, str], ...] = ()
    usage: Usage | None = None

    @property
    def is_final(self) -> bool:
        """Return whether the batch has ended, however it did."""
        return self.status in FINAL_STATUSES

    @property
    def is_cancelling(self) -> bool:
        """Return whether a cancellation has been accepted and is not over yet."""
        return self.status == "cancelling"

    @property
    def owner(self) -> str | None:
        """Return whose it is, where its metadata says so under one of the usual names."""
        named = {key.lower(): value for key, value in self.metadata}
        return next((named[key] for key in _OWNER_KEYS if key in named), None)

    @property
    def running_since(self) -> float | None:
        """Return when it began to run, or else when it was made."""
        return self.in_progress_at if self.in_progress_at is not None else self.created_at

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON-able data that `read_batch` understands."""
        data = {field.name: getattr(self, field.name) for field in fields(self)}
        counts: Counts | None = data.pop("counts")
        usage = None if self.usage is None else self.usage.as_dict()
        data |= {"metadata": dict(self.metadata), "usage": usage}
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
        metadata=_metadata(data.get("metadata")),
        usage=_usage(data.get("usage")),
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


def _metadata(value: object) -> tuple[tuple[str, str], ...]:
    """Return the pairs of texts, each in one line."""
    pairs = value.items() if isinstance(value, Mapping) else ()
    told = ((_line(key), _line(text)) for key, text in pairs)
    return tuple((key, text) for key, text in told if key and text)[:_MOST_METADATA]


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


def _usage(value: object) -> Usage | None:
    """Return the tokens, None where one of the numbers can't be one: half a usage says nothing.

    Requests without input there are none; zero is what OpenAI writes before it knows. Embeddings
    have no output, and what is not told of the cache is none.
    """
    if not isinstance(value, Mapping):
        return None
    details = value.get("input_tokens_details")
    told = details.get("cached_tokens") if isinstance(details, Mapping) else None
    read, cached = _tokens(value.get("input_tokens")), _tokens(told)
    written = _tokens(value.get("output_tokens"))
    if not read or cached is None or written is None or cached > read:
        return None
    return Usage(read, cached, written)


def _tokens(value: object) -> int | None:
    """Return a count of tokens: zero where none is told, None where it can't be one."""
    if value is None:
        return 0
    return value if type(value) is int and 0 <= value < _MOST else None


def _number(value: object) -> int:
    """Return a count of requests, zero where it can't be one."""
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return max(0, value) if value < _MOST else 0

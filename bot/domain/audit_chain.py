"""Whether the chain of the audit is whole: each record follows the one before it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any

from bot.domain.audit import hash_of


@dataclass(frozen=True, slots=True)
class Place:
    """A record of the chain: its number and its hash. Before the first one there is 0 and ""."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Ends:
    """What the chain knows of itself: the newest record that was forgotten, and the newest."""

    pruned: Place
    last: Place


class Wrong(StrEnum):
    """What is wrong with the first record that is."""

    REMOVED = auto()
    CHANGED = auto()
    PUT_IN = auto()
    REPLACED = auto()


@dataclass(frozen=True, slots=True)
class Fault:
    """The first record that is not as it was written, by its number.

    One that was removed is not there any more. One that was replaced is right by itself, but does
    not fit to its neighbour: it, or that one, was written anew.
    """

    wrong: Wrong
    seq: object


def fault_of(before: Place, columns: Mapping[str, Any]) -> Fault | None:
    """Return what is wrong with the next record, None where it follows the one before it."""
    seq, expected = columns["seq"], before.seq + 1
    if type(seq) is not int or seq < expected:
        return Fault(Wrong.PUT_IN, seq)
    if seq > expected:
        return Fault(Wrong.REMOVED, expected)
    if not _is_as_written(columns):
        return Fault(Wrong.CHANGED, seq)
    return None if columns["previous_hash"] == before.hash else Fault(Wrong.REPLACED, seq)


def fault_at_end(before: Place, last: Place) -> Fault | None:
    """Return what is wrong after the last record that is there, None where it is the newest."""
    if before.seq < last.seq:
        return Fault(Wrong.REMOVED, before.seq + 1)
    if before.seq > last.seq:
        return Fault(Wrong.PUT_IN, last.seq + 1)
    return None if before.hash == last.hash else Fault(Wrong.REPLACED, last.seq)


def _is_as_written(columns: Mapping[str, Any]) -> bool:
    try:
        return bool(hash_of(columns) == columns["hash"])
    except TypeError:  # no record holds such a value
        return False

"""What a person typed or pasted after `/cancel-batch`."""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

from bot.domain.request import MOST_BATCHES

_ID = re.compile(r"batch_[A-Za-z0-9_-]{1,128}")
_WORD = re.compile(r"[^\W_]+")
_LINK = re.compile(r"<([^<>|]*)\|([^<>]*)>")
_HYPHENS = {"-", "\u2010", "\u2011", "\u2012", "\u2013", "\ufe63", "\uff0d"}
_MARKUP = "_-"


@dataclass(frozen=True, slots=True)
class Usage:
    """They want to know how it is used."""


@dataclass(frozen=True, slots=True)
class NoBatchId:
    """What they typed holds no batch id."""


@dataclass(frozen=True, slots=True)
class CancelBatches:
    """They want these batches to be cancelled, in the order in which they stand in the text."""

    batch_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TooManyBatches:
    """They named more different batches than one request may be about."""

    count: int


Argument = Usage | NoBatchId | CancelBatches | TooManyBatches


def read_argument(text: str | None) -> Argument:
    """Return what `text`, the words after the command, asks for.

    Every batch id in it counts, whatever stands around it: words, a URL, Slack's markup, JSON.
    """
    given = text or ""
    ids = batch_ids(given)
    if len(ids) > MOST_BATCHES:
        return TooManyBatches(len(ids))
    if ids:
        return CancelBatches(ids)
    words = _WORD.findall(given.lower())
    return Usage() if words in ([], ["help"]) else NoBatchId()


def batch_ids(text: str) -> tuple[str, ...]:
    """Return the different batch ids in a text, in their order.

    A run of letters, digits, `_` and `-` counts as a whole or not at all: a part of it would be
    the id of another batch.
    """
    found = [_id_in(run) for run in _runs(_LINK.sub(_target, unquote(text)))]
    return tuple(dict.fromkeys(batch_id for batch_id in found if batch_id is not None))


def _target(link: re.Match[str]) -> str:
    """Return the address of one of Slack's links `<address|label>`: its label may be shortened.

    Where only the label holds an id, the label.
    """
    address, label = link.groups()
    return f" {address} " if _ID.search(address) else f" {label} "


def _runs(text: str) -> list[str]:
    """Return the runs of what an id could be made of, or could have been broken by.

    Letters of every script, invisible characters and the hyphens that look like `-` keep a run
    together, so that what stands before one of them is no id by itself.
    """
    return "".join(c if _may_belong(c) else " " for c in text).split()


def _may_belong(character: str) -> bool:
    return (
        character.isalnum()
        or character == "_"
        or character in _HYPHENS
        or unicodedata.category(character) in {"Cf", "Mn"}
    )


def _id_in(run: str) -> str | None:
    """Return the id that a run is, less what markup and invisible characters put around it."""
    seen = run.strip("".join(c for c in run if unicodedata.category(c) == "Cf"))
    if _ID.fullmatch(seen):
        return seen
    bare = seen.lstrip(_MARKUP)
    wrapped = seen[: len(seen) - len(bare)][::-1]
    bare = bare.removesuffix(wrapped)
    return bare if _ID.fullmatch(bare) else None

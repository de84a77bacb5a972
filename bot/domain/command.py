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
_BROKEN_ID = re.compile(r"batch[^\w\s]|batch_", re.IGNORECASE)
_PLAIN_WORD = re.compile(r"""[^\s`"'<>|,;()\[\]{}*~!]+""")
_PERSON = re.compile(r"@?([UW][A-Z0-9]{2,39})")
_MENTION = re.compile(r"<@([A-Z0-9]{2,40})(?:\|[^<>]*)?>")

LONGEST_FILTER = 100
"""Characters of the words by which the list is filtered: a longer text was pasted by mistake."""


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
class PickBatches:
    """They want to choose from the list; only batches that have all the words, in lower case."""

    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LookAtBatches:
    """They want to see how these batches stand; without any, what is being cancelled."""

    batch_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShowHistory:
    """They want the latest cancellations: all, one person's (by id, name, or their own), or of ids.

    A mention comes as the person's name where the app's manifest does not let Slack escape it.
    """

    batch_ids: tuple[str, ...] = ()
    user_id: str | None = None
    user_name: str | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class TooManyBatches:
    """They named more different batches than one request may be about."""

    count: int


Argument = (
    Usage | NoBatchId | CancelBatches | PickBatches | LookAtBatches | ShowHistory | TooManyBatches
)


def read_argument(text: str | None) -> Argument:
    """Return what `text`, the words after the command, asks for.

    Every batch id in it counts, whatever stands around it: words, a URL, Slack's markup, JSON.
    """
    given = text or ""
    first, rest = _first_word(given)
    ids = batch_ids(given)
    if len(ids) > MOST_BATCHES:
        return TooManyBatches(len(ids))
    match first:
        case "history":
            return _history(rest, ids)
        case "status" if ids or not _words(rest):
            return LookAtBatches(ids)
    if ids:
        return CancelBatches(ids)
    return Usage() if _WORD.findall(given.lower()) == ["help"] else _filter(given)


def _first_word(text: str) -> tuple[str, str]:
    """Return the first word in lower case, without markup, and what stands after it."""
    found = _WORD.search(text)
    if found is None or text[found.end() : found.end() + 1] in {"_", "-"}:
        return "", text
    return found.group().lower(), text[found.end() :]


def _filter(text: str) -> PickBatches | NoBatchId:
    """Return the words by which the list is filtered; what was meant as an id is none of them."""
    words = _words(text)
    is_id = _BROKEN_ID.search(unquote(text)) is not None
    return NoBatchId() if is_id or len(" ".join(words)) > LONGEST_FILTER else PickBatches(words)


def _words(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case, without the signs around them."""
    seen = "".join(c for c in text if unicodedata.category(c)[0] != "C" or c.isspace())
    found = (word.strip(".:?-_@") for word in _PLAIN_WORD.findall(seen.lower()))
    return tuple(dict.fromkeys(word for word in found if _WORD.search(word)))


def _history(text: str, ids: tuple[str, ...]) -> ShowHistory:
    """Return whose cancellations, or which batches', are asked for."""
    if ids:
        return ShowHistory(ids)
    person = _MENTION.search(text) or _PERSON.fullmatch(text.strip())
    if person is not None:
        return ShowHistory(user_id=person.group(1))
    words = _words(text)
    if words == ("me",):
        return ShowHistory(own=True)
    return ShowHistory(user_name=" ".join(words)[:LONGEST_FILTER] or None)


def filter_words(which: ShowHistory) -> str:
    """Return the words of the command that ask for that, less its ids: see `read_filter`."""
    if which.own:
        return "me"
    return which.user_name or "" if which.user_id is None else f"<@{which.user_id}>"


def read_filter(words: str, ids: tuple[str, ...]) -> ShowHistory:
    """Return what was asked for with these words, or with these ids."""
    return _history(words, ids)


def is_batch_id(text: str) -> bool:
    """Return whether a text is an id, and nothing else."""
    return _ID.fullmatch(text) is not None


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

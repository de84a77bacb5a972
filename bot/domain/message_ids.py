"""Which batches a message in Slack names, wherever in it they stand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from bot.domain.command import batch_ids

MOST_CHARACTERS, MOST_VALUES, DEEPEST = 100_000, 20_000, 40
"""How much of a message is read: longer than any that Slack lets people or alerts write."""

_PARTS = ("text", "blocks", "attachments")
"""What people see of a message, in this order; all else of it is Slack's own."""

_ORDER = {
    name: place
    for place, name in enumerate(
        ("pretext", "author_name", "title", "title_link", "text", "fields", "rows", "elements")
    )
}
_LAST = {"fallback": 1, "footer": 1}

_MACHINERY = frozenset(
    {
        *("type", "subtype", "style", "color", "mrkdwn_in", "name", "unicode", "skin_tone"),
        *("ts", "thread_ts", "message_ts", "client_msg_id", "block_id", "action_id"),
        *("callback_id", "app_id", "bot_id", "id", "user", "user_id", "usergroup_id", "team"),
        *("team_id", "channel", "channel_id", "author_id", "metadata", "bot_profile"),
    }
)
"""Keys whose values nobody sees: an id in one of them was put there by a program for itself."""

_CUT = re.compile(r"(batch_[A-Za-z0-9_-]+)(?:\u2026|\.\.)")


@dataclass(frozen=True, slots=True)
class NamedBatches:
    """The ids in a message, each once, in their order; `is_whole` tells that all of it was read."""

    batch_ids: tuple[str, ...]
    is_whole: bool = True


def ids_in_message(message: object) -> NamedBatches:
    """Return the batch ids in a message, as Slack's JSON has it: its text, blocks and attachments.

    They are read whatever their kind, those that are unknown today too. Anything that
    is no message names none. It takes a bounded time, whatever the message holds.
    """
    parts = message if isinstance(message, dict) else {}
    reader, found = _Reader(), dict[str, bool]()
    for text in reader.texts([parts.get(name) for name in _PARTS]):
        cut = set(_CUT.findall(text))
        for batch_id in batch_ids(text):
            found[batch_id] = batch_id in cut and found.get(batch_id, True)
    return NamedBatches(_without_cut_ones(found), reader.is_whole)


def _without_cut_ones(found: dict[str, bool]) -> tuple[str, ...]:
    """Leave out the beginnings of other ids: a title or a label may have been shortened (`…`).

    `found` says of each id whether it stood nowhere but before an ellipsis.
    """
    beginnings = {one for one, next_one in pairwise(sorted(found)) if next_one.startswith(one)}
    return tuple(one for one, is_cut in found.items() if not (is_cut and one in beginnings))


class _Reader:
    """Reads the texts out of any JSON, until it has read enough."""

    def __init__(self) -> None:
        self._characters, self._values = MOST_CHARACTERS, MOST_VALUES
        self.is_whole = True

    def texts(self, value: object, depth: int = 0) -> Iterator[str]:
        """Yield every string that may hold an id; keys are none."""
        if isinstance(value, str):
            if _may_hold_one(value) and self._may_read(characters=len(value)):
                yield value
        elif isinstance(value, dict | list) and self._may_read(values=len(value), depth=depth):
            for part in _parts_of(value):
                yield from self.texts(part, depth + 1)

    def _may_read(self, *, characters: int = 0, values: int = 0, depth: int = 0) -> bool:
        self._characters -= characters
        self._values -= values
        if min(self._characters, self._values, DEEPEST - depth) < 0:
            self.is_whole = False
        return self.is_whole


def _may_hold_one(text: str) -> bool:
    return "batch_" in text or "%" in text


def _parts_of(value: dict[Any, Any] | list[Any]) -> list[Any]:
    """Return what is in an object or a list, in the order in which people see it."""
    if isinstance(value, list):
        return value
    url, label = value.get("url"), value.get("text")
    if value.get("type") == "link" and isinstance(url, str) and isinstance(label, str):
        return [_link(url, label)]
    return [value[key] for key in sorted(value.keys() - _MACHINERY, key=_place)]


def _link(url: str, label: str) -> str:
    """Return a link as Slack's markup has it, for its label may be shortened there as here."""
    bare = (re.sub("[<>|]", " ", part) for part in (url, label))
    return "<" + "|".join(bare) + ">"


def _place(key: str) -> tuple[int, int, str]:
    return _LAST.get(key, 0), _ORDER.get(key, len(_ORDER)), key

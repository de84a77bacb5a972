"""What a person typed after `/cancel-batch`."""

import re
from dataclasses import dataclass

_BATCH_ID = re.compile(r"batch_[A-Za-z0-9_-]{1,128}")
_WRAPPING = " \t\r\n\u00a0\u200b`'\"\u2018\u2019\u201c\u201d<>"
"""What comes along when an id is pasted: spaces, code marks, quotes of all kinds, brackets."""


@dataclass(frozen=True, slots=True)
class Usage:
    """They want to know how it is used."""


@dataclass(frozen=True, slots=True)
class NoBatchId:
    """What they typed is no batch id."""


@dataclass(frozen=True, slots=True)
class CancelBatch:
    """They want this batch to be cancelled."""

    batch_id: str


def read_argument(text: str | None) -> Usage | NoBatchId | CancelBatch:
    """Return what `text`, the words after the command, asks for."""
    word = (text or "").strip(_WRAPPING)
    if word.lower() in {"", "help"}:
        return Usage()
    return CancelBatch(word) if _BATCH_ID.fullmatch(word) else NoBatchId()

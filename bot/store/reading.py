"""Dataclasses out of what the database holds: what this version can't read is told, not guessed."""

from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from json import loads
from math import isfinite
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from bot.domain.answer import WaitingAnswer
from bot.domain.batch import Batch, NotABatch, read_batch
from bot.domain.cancellation import Cancellation
from bot.domain.request import Request

T = TypeVar("T")

_LONGEST_NAME = 60


class Unreadable(ValueError):
    """The data is no such thing, or not one that this version knows; the text names the place."""


class NoJson:
    """What stands for the text of a JSON column that is no JSON."""


def from_json(text: str | bytes) -> object:
    """Return the data of a JSON column; the other rows of a result must not suffer from one."""
    try:
        return loads(text)
    except (ValueError, RecursionError):
        return NoJson()


def read(kind: type[T], data: object, name: str = "") -> T:
    """Return the dataclass `kind` that `data` describes; raises Unreadable.

    A key that is missing has its default, for an older version may have written it. A key that
    nobody knows is refused, for it would be lost when the row is written again.
    """
    if not isinstance(data, dict):
        raise Unreadable(f"{name or kind.__name__} is no object")
    known = _plan(kind)  # type: ignore[arg-type]  # a class is hashable
    strange = [key for key in data if key not in known]
    if strange:
        raise Unreadable(_where(name, strange[0]) + " is unknown")
    values = {
        key: data[key]
        if type(data.get(key, MISSING)) in plain
        else _value(hint, data[key], _where(name, key))
        for key, (field, hint, plain) in known.items()
        if key in data or _is_required(field, _where(name, key))
    }
    return kind(**values)


@cache
def _plan(kind: Any) -> dict[str, tuple[Field[Any], Any, frozenset[type]]]:  # noqa: ANN401 - a dataclass
    """Return the fields of a dataclass by their names, each with its type.

    With it come the classes of which any value is one that `_value` returns as it is.
    """
    hints = get_type_hints(kind)
    return {f.name: (f, hints[f.name], _plain(hints[f.name])) for f in fields(kind)}


def _plain(hint: Any) -> frozenset[type]:  # noqa: ANN401 - what stands in a type hint
    kinds = get_args(hint) if NoneType in get_args(hint) else (hint,)
    return frozenset(kind for kind in kinds if kind in {str, int, bool, NoneType})


def _is_required(field: Field[Any], where: str) -> bool:
    if field.default is MISSING and field.default_factory is MISSING:
        raise Unreadable(f"{where} is missing")
    return False


def _value(hint: Any, value: object, where: str) -> Any:  # noqa: ANN401 - of the hint's type
    kinds = get_args(hint) if NoneType in get_args(hint) else ()
    if value is None and kinds:
        return None
    kind = next((kind for kind in kinds if kind is not NoneType), hint)
    if get_origin(kind) is tuple:
        return _several(get_args(kind)[0], value, where)
    if kind is Batch:
        return _batch(value, where)
    if is_dataclass(kind) and isinstance(kind, type):
        return read(kind, value, where)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _word(kind, value, where)
    if not _fits(kind, value):
        raise Unreadable(f"{where} is of the wrong kind ({type(value).__name__})")
    return float(value) if kind is float and isinstance(value, int) else value


def _several(kind: Any, value: object, where: str) -> tuple[Any, ...]:  # noqa: ANN401 - a dataclass
    if not isinstance(value, list):
        raise Unreadable(f"{where} is of the wrong kind ({type(value).__name__})")
    return tuple(read(kind, part, f"{where}[{at}]") for at, part in enumerate(value))


def _batch(value: object, where: str) -> Batch:
    """Return a batch as it was kept: what Respan says more of it is left out, then as now."""
    try:
        return read_batch(value)
    except NotABatch:
        raise Unreadable(f"{where} is no batch") from None


def _word(kind: type[StrEnum], value: object, where: str) -> StrEnum:
    if not isinstance(value, str):
        raise Unreadable(f"{where} is of the wrong kind ({type(value).__name__})")
    try:
        return kind(value)
    except ValueError:
        raise Unreadable(f"{where} {value[:_LONGEST_NAME]!r} is unknown") from None


def _fits(kind: Any, value: object) -> bool:  # noqa: ANN401 - what stands in a type hint
    if get_origin(kind) is list:
        return isinstance(value, list) and all(isinstance(part, dict) for part in value)
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)


def _where(name: str, key: object) -> str:
    place = key if isinstance(key, str) and key.isidentifier() else repr(key)
    return (f"{name}." if name else "") + place[:_LONGEST_NAME]


def fingerprint() -> str:
    """Return a short word for what this version can read: another one has another word."""
    shape = sorted(
        {line for kind in (Request, Cancellation, WaitingAnswer) for line in _shape(kind)}
    )
    return sha256("\n".join(shape).encode()).hexdigest()[:16]


def _shape(kind: Any) -> set[str]:  # noqa: ANN401 - a type, or what stands in a type hint
    """Return a line for each field, and for each word, of all that the kind is made of."""
    lines: set[str] = set()
    if isinstance(kind, type) and is_dataclass(kind):
        for name, (_, hint, _) in _plan(kind).items():
            lines |= {f"{kind.__qualname__}.{name}: {hint}"} | _shape(hint)
    elif isinstance(kind, type) and issubclass(kind, StrEnum):
        lines = {f"{kind.__qualname__}: {word}" for word in kind}
    for part in get_args(kind):
        lines |= _shape(part)
    return lines

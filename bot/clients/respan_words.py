"""What an answer of Respan's says: one line that may stand in a log, without a secret."""

import html
import json
import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import quote

MASK = "[masked]"

_LONGEST = 200
_LONGEST_READ = 2000
_LONGEST_PAGE = 20_000
_MOST_PARTS = 30
_DEEPEST = 8
_SHORT_KEY = 8

_LOUD = (
    *("message", "msg", "detail", "details", "error", "errors"),
    *("error_description", "title", "description", "reason"),
)
"""The names under which APIs put their sentence. What stands under another keeps its name."""

_QUIET = frozenset(
    {"type", "status", "status_code", "object", "instance", "url", "input", "ctx", "success"}
)
"""What says nothing new beside a sentence."""

_SECRETS = (
    re.compile(r"(?i)(?<=bearer )[\w.~+/=%*-]{8,}"),
    re.compile(r"\b(?:sk|pk|rk|xox[a-z]|xapp)-[\w*.-]{4,}"),
    re.compile(r"\b(?:\w{8}\.)?(?!batch_|file_)(?=[A-Za-z_]*\d)\w{32,}"),
    re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"),
)
"""Keys in headers, of OpenAI and Slack, of Respan (`8.32` letters), and passwords in URLs."""


def words_of(data: object, text: str | None) -> str:
    """Return all that an answer says, on one line; `text` is the body where it is no JSON."""
    parts = _page(text) if text is not None else _parts(data)
    found = [_one_line(part).rstrip(" .") for part in islice(parts, _MOST_PARTS)]
    return "; ".join(dict.fromkeys(part for part in found if part))[:_LONGEST_READ]


def shown(words: str, api_key: str) -> str:
    """Return the words as they may be shown: without a secret, and not too long."""
    for pattern in (*_forms_of(api_key), *_SECRETS):
        words = pattern.sub(MASK, words)
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"


def is_page(text: str | None) -> bool:
    """Return whether that is a page for a browser, or XML: nothing that Respan's API says."""
    return text is not None and text.lstrip("\ufeff \t\r\n").startswith("<")


def _page(text: str) -> Iterator[str]:
    """Yield what a body says that is no JSON: its text, or the title of its page."""
    text = text[:_LONGEST_PAGE]
    if not is_page(text):
        yield text
        return
    title = re.search(r"(?is)<title[^<>]*>([^<]*)", text)
    if re.search(r"(?i)<!doctype html|<html|<head|<body", text):
        yield f"an HTML page, {html.unescape(title[1])}" if title else "an HTML page"
    else:
        yield html.unescape(re.sub(r"<[^<>]*>", " ", text))


def _parts(value: object, label: str = "", depth: int = 0) -> Iterator[str]:
    """Yield each thing that decoded JSON says, the sentences first."""
    if isinstance(value, dict) and depth < _DEEPEST:
        for name in sorted(value, key=_rank):
            if name not in _QUIET or not value.keys() & set(_LOUD):
                yield from _parts(value[name], label if name in _LOUD else name, depth + 1)
    elif isinstance(value, list) and all(isinstance(item, str | int) for item in value):
        yield from _parts(", ".join(str(item)[:_LONGEST_READ] for item in value[:10]), label)
    elif isinstance(value, list) and depth < _DEEPEST:
        for item in value[:10]:
            yield from _parts(item, label, depth + 1)
    elif isinstance(value, str | int | float) and not isinstance(value, bool) and value != "":
        yield f"{label}: {value}" if label else str(value)


def _rank(name: str) -> int:
    return _LOUD.index(name) if name in _LOUD else len(_LOUD)


def _one_line(text: str) -> str:
    """Return the text without line breaks and whatever else can't be printed."""
    printable = (c if c.isprintable() else " " for c in text[:_LONGEST_READ])
    return " ".join("".join(printable).split())


def _forms_of(api_key: str) -> Iterator[re.Pattern[str]]:
    """Yield what finds the key; one that may be a word is one only where a key stands."""
    forms = {api_key, quote(api_key, safe=""), json.dumps(api_key)[1:-1]}
    either = "|".join(sorted(map(re.escape, forms), key=len, reverse=True))
    if len(api_key) >= _SHORT_KEY:
        yield re.compile(either)
    else:
        yield re.compile(rf"(?i)(?<=[:='\"])(?:{either})(?!\w)|(?<=[:=] )(?:{either})(?!\w)")
        yield re.compile(rf"(?i)(?<=bearer )(?:{either})(?!\w)")

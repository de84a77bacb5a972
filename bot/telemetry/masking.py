"""Takes secrets out of text, and whatever would forge a line or move a cursor.

A secret is known from the settings, or looks like one. A known one is found as it is, and as URLs,
JSON, Python and HTML write it. What is too short to be told from an everyday word is masked only
where a credential stands.
"""

import html
import json
import re
from base64 import b64decode
from collections.abc import Iterable
from itertools import groupby
from math import isfinite
from urllib.parse import quote

MASK = "[masked]"

_SHORT, _SHORT_AND_ODD = 8, 4
"""Below this length a secret may be any word, `bot` for example; the latter where it has other
characters than letters and digits, as in `p@ss`."""

_WORD = 16
"""Below this length letters and digits are masked as a word of their own: `postgres` for example,
but not in `postgresql`."""

_LONGEST_NUMBER = 1024
"""In bits. Python refuses to print numbers that are much longer."""

_PATTERNS = (
    re.compile(r"x(?:ox[a-z]|app)-[\w.%-]+"),
    re.compile(r"(?i)(?<=bearer )[\w.~+/=%-]+"),
    re.compile(r"(?i)wss?://\S+"),
    re.compile(r"(?i)https?://hooks\.slack[^\s\"'\\<>]*"),
    re.compile(r"(?i)https?://[^\s\"'\\<>]*/(?:response|commands|actions)/[^\s\"'\\<>]*"),
    re.compile(r"(?<=://)[^/\s:@]*:[^/\s\"<>]*(?=@)"),
)
"""Tokens, keys in headers, socket tickets, response URLs, and user:password in URLs."""

_PASSWORD = r"(?:password|passwd|passphrase|pwd|secret)"  # noqa: S105 - the name of one, not one
_CREDENTIAL = rf"(?:{_PASSWORD}|token|key|authorization)"
_QUOTE = r"\\{0,8}[\"']"

_ASSIGNED = re.compile(
    rf"(?i)({_PASSWORD}=)(?!{re.escape(MASK)})(?:'[^']*'|\"[^\"]*\"|[^\s&;,'\"<>)}}\]]+)"
)
_QUOTED = re.compile(
    rf"(?i)({_PASSWORD}{_QUOTE}\s*:\s*)({_QUOTE})(?!{re.escape(MASK)})(?:(?!\2)(?:\\.|[\s\S]))*"
)
_BEFORE_ONE = (
    rf"{_CREDENTIAL}(?:{_QUOTE})?\s*[=:]\s*(?:{_QUOTE})?|(?:bearer|basic)\s+|://[^/\s:@]*:"
)
"""What stands before a credential: its name, the scheme of a header, the user in a URL."""
_BASIC = re.compile(r"(?i)(?<=basic )[\w+/-]{4,}={0,2}")
_PASSWORD_KEY = re.compile(rf"(?i).*{_PASSWORD}")
_CREDENTIAL_KEY = re.compile(rf"(?i).*{_CREDENTIAL}")

_WORD_BEGINS = (
    r"(?:(?<![^\W_])|(?<=\\[abfnrtv0])|(?<=%[0-9A-Fa-f]{2})"
    r"|(?<=\\x[0-9A-Fa-f]{2})|(?<=\\u[0-9A-Fa-f]{4}))"
)
"""No letter or digit before it, unless that is the end of something escaped."""

_WORD_ENDS = r"(?![^\W_])"


def printable(text: str) -> str:
    """Return text on one line without control characters: each is written as Python writes it."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


class Masker:
    """Knows the secrets of one process."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Know these secrets."""
        known = sorted({s for s in secrets if s}, key=len, reverse=True)
        self._short = frozenset(s for s in known if _may_be_a_word(s))
        long = [_found(s) for s in known if s not in self._short]
        short = [_written(s) for s in known if s in self._short]
        self._anywhere = re.compile("|".join(long) or r"(?!)")
        self._as_credential = re.compile(
            rf"(?i:({_BEFORE_ONE}))(?:{'|'.join(short) or '(?!)'}){_WORD_ENDS}"
        )

    def mask(self, text: str) -> str:
        """Return a text from outside without secrets."""
        text = self._anywhere.sub(MASK, text)
        text = self._as_credential.sub(rf"\1{MASK}", text)
        text = _ASSIGNED.sub(rf"\1{MASK}", text)
        text = _QUOTED.sub(rf"\1\2{MASK}", text)
        return mask_lookalikes(_BASIC.sub(_without_password, text))

    def clean(self, value: object, key: str = "") -> object:
        """Return a value that JSON knows, without secrets; the keys of mappings stay.

        `key` is what the value is called. Raises whatever a value's own `repr` raises.
        """
        match value:
            case str():
                return self._named(value, key)
            case bytes() | bytearray():
                return self._named(value.decode("utf-8", "backslashreplace"), key)
            case dict():
                pairs = ((self._key(k), v) for k, v in value.items())
                return {k: self.clean(v, k) for k, v in pairs}
            case list() | tuple() | set() | frozenset():
                return [self.clean(v, key) for v in value]
            case _:
                return value if _is_plain(value) else self.mask(repr(value))

    def _key(self, key: object) -> str:
        """Return a key: a word of ours as it is, anything else as masked text."""
        return key if isinstance(key, str) else self.mask(repr(key))

    def _named(self, text: str, key: str) -> str:
        """Return a text that stands under a name without its secrets."""
        if _PASSWORD_KEY.fullmatch(key) or (text in self._short and _CREDENTIAL_KEY.fullmatch(key)):
            return MASK
        return self.mask(text)


def mask_lookalikes(text: str) -> str:
    """Return a text without what looks like a secret, known or not."""
    for pattern in _PATTERNS:
        text = pattern.sub(MASK, text)
    return text


def _is_plain(value: object) -> bool:
    """Return whether a value is a number or nothing, and JSON knows it."""
    match value:
        case None | bool():
            return True
        case int():
            return value.bit_length() < _LONGEST_NUMBER
        case float():
            return isfinite(value)
        case _:
            return False


def _without_password(found: re.Match[str]) -> str:
    """Return MASK for the base64 of `user:password`, and any other word as it is."""
    try:
        return MASK if b":" in b64decode(found[0] + "==") else found[0]
    except ValueError:
        return found[0]


def _may_be_a_word(secret: str) -> bool:
    return len(secret) < (_SHORT if secret.isalnum() else _SHORT_AND_ODD)


def _found(secret: str) -> str:
    """Return the pattern that finds a secret that is long enough to be told from other text."""
    if secret.isalnum() and len(secret) < _WORD:
        return _WORD_BEGINS + _written(secret) + _WORD_ENDS
    return _written(secret)


def _written(secret: str) -> str:
    """Return the pattern of a secret in every way that it may be written."""
    runs = [(c, len(list(run))) for c, run in groupby(secret)]
    return "".join(_backslashes(n) if c == "\\" else _character(c) * n for c, n in runs)


def _backslashes(count: int) -> str:
    """Return the pattern of backslashes, each of which becomes two whenever they are escaped."""
    return rf"(?:\\{{{count},{8 * count}}}|(?i:%5c|%255c|\\{{1,8}}u005c){{{count}}})"


def _character(c: str) -> str:
    """Return the pattern of one character."""
    if c.isascii() and c.isalnum():
        return c
    as_url = quote(c, safe="")
    escaped = {json.dumps(c)[1:-1], ascii(c)[1:-1], f"\\u{ord(c):04x}", f"\\x{ord(c):02x}"}
    forms = [re.escape(form).replace(r"\\", r"\\{1,8}") for form in escaped if "\\" in form]
    forms += map(re.escape, {as_url, as_url.replace("%", "%25"), html.escape(c)} - {c})
    # The longest first, or `%` would be found in `%25`, and the rest of it would stay.
    longest = "|".join(sorted(forms, key=len, reverse=True))
    plus = r"|\+" if c == " " else ""
    return rf"(?:(?i:{longest})|\\{{0,8}}{re.escape(c)}{plus})"

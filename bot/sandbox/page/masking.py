"""What must not be seen, taken out of what is shown. Nothing reaches the page but through here."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

MASK = "••••••"
TOO_DEEP = "Nested too deeply to be shown."

_SECRET_NAMES = frozenset({"authorization", "x-slack-signature", "token", "trigger_id", "cookie"})
_PATTERNS = (
    (re.compile(r"(/response/[^/\s\"]+/)[\w-]+"), rf"\g<1>{MASK}"),
    (re.compile(r"([?&]ticket=)[\w-]+"), rf"\g<1>{MASK}"),
    (re.compile(r"\b(xox[a-z]|xapp)-[\w-]+"), rf"\g<1>-{MASK}"),
)


class Masker:
    """Takes secrets out of texts and of anything that JSON can hold."""

    def __init__(self, secrets: Callable[[], Iterable[str]]) -> None:
        """`secrets` gives the values that are known to be secret at the moment."""
        self._secrets = secrets

    def text(self, text: str) -> str:
        """Return a text without its secrets."""
        for pattern, instead in _PATTERNS:
            text = pattern.sub(instead, text)
        for secret in self._secrets():
            text = text.replace(secret, MASK)
        return text

    def value(self, value: Any, name: str = "") -> Any:
        """Return a decoded value without its secrets; `name` is what it stands under."""
        if name.lower() in _SECRET_NAMES and isinstance(value, str) and value:
            scheme, _, rest = value.partition(" ")
            return f"{scheme} {MASK}" if rest and scheme == "Bearer" else MASK
        if isinstance(value, dict):
            return {str(key): self.value(inner, str(key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.value(inner) for inner in value]
        return self.text(value) if isinstance(value, str) else value

    def body(self, body: str, content_type: str) -> Any:
        """Return a body decoded as far as it can be, without its secrets.

        One that is nested too deeply is not shown: secrets that only their names tell stay hidden.
        """
        try:
            return self.value(_decoded(body, content_type))
        except RecursionError:
            return TOO_DEEP


def _decoded(body: str, content_type: str) -> Any:
    """Return JSON and forms as what they hold, JSON inside a form included; else the text."""
    if "x-www-form-urlencoded" in content_type:
        pairs = parse_qsl(body, keep_blank_values=True)
        return {name: _json_or_text(value) for name, value in pairs}
    return _json_or_text(body)


def _json_or_text(text: str) -> Any:
    if not text.startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text

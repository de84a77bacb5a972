"""The kinds of settings: how a value is read, and what is said of a wrong one."""

import re
import sys
from collections.abc import Callable
from decimal import Decimal
from ipaddress import ip_address
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode


def secret(check: Callable[[str], None]) -> AfterValidator:
    """Return a check of a secret's shape that never repeats the secret."""

    def checked(value: SecretStr) -> SecretStr:
        check(value.get_secret_value())
        return value

    return AfterValidator(checked)


strip: BeforeValidator = BeforeValidator(
    lambda value: value.strip() if isinstance(value, str) else value
)


def database(value: SecretStr) -> SecretStr:
    """Return the URL of a database of a kind that is known; raises ValueError."""
    if not re.match(r"(sqlite:///|postgres(ql)?://).", value.get_secret_value()):
        raise ValueError("must begin with sqlite:///, postgres:// or postgresql://")
    return value


def _ids(value: object) -> object:
    """Split a comma-separated list."""
    if not isinstance(value, str):
        return value
    return frozenset(part.strip() for part in value.split(",") if part.strip())


def _of_kind(letters: str, example: str) -> AfterValidator:
    """Return a check that each id begins with one of the letters, as Slack's do."""

    def check(values: frozenset[str]) -> frozenset[str]:
        if not all(re.fullmatch(rf"[{letters}][A-Z0-9]{{1,40}}", value) for value in values):
            raise ValueError(f"must be a comma-separated list of ids such as {example}")
        return values

    return AfterValidator(check)


def ip(value: str) -> str:
    """Return an IP address in its one form; raises ValueError."""
    try:
        return str(ip_address(value))
    except ValueError:
        raise ValueError("must be an IP address such as 127.0.0.1") from None


def upper(value: object) -> object:
    """Return a word in capitals, and anything else as it is."""
    return value.upper() if isinstance(value, str) else value


def lower(value: object) -> object:
    """Return a word in small letters, and anything else as it is."""
    return value.lower() if isinstance(value, str) else value


def default_log_format() -> Literal["console", "json"]:
    """Return the form for whoever reads it: a person at a terminal, or a collector."""
    return "console" if sys.stdout.isatty() else "json"


UserIds = Annotated[frozenset[str], NoDecode, BeforeValidator(_ids), _of_kind("UW", "U012ABCDEF")]
GroupIds = Annotated[frozenset[str], NoDecode, BeforeValidator(_ids), _of_kind("S", "S012ABCDEF")]
ChannelIds = Annotated[
    frozenset[str], NoDecode, BeforeValidator(_ids), _of_kind("CGD", "C012ABCDEF")
]
Dollars = Annotated[Decimal, Field(ge=0, le=1_000_000)]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]

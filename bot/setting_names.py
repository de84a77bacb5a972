"""What stands in the environment beside the settings: names that were meant to be some."""

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values

PREFIXES = (
    *("ALLOWED_", "APPROVAL_", "APPROVER", "BIND_", "CUSTOMER_", "KEEP_", "OWNER_", "PRICE_"),
    *("RESPAN_", "SLACK_", "UNDO_"),
)
"""Beginnings of settings that no platform sets by itself, as many do with LOG_ and DATABASE_."""

_SLACKS_OWN = frozenset(
    {
        "SLACK_APP_ID",
        "SLACK_CLIENT_ID",
        "SLACK_CLIENT_SECRET",
        "SLACK_SCOPES",
        "SLACK_USER_SCOPES",
        "SLACK_VERIFICATION_TOKEN",
    }
)
"""What the page of a Slack app and Slack's libraries call their own; nothing here reads them."""

_ENV_FILE = Path(".env")


def given_settings() -> dict[str, str]:
    """Return what the environment and `.env` set, by upper-case names; the environment wins.

    Raises OSError and UnicodeDecodeError for a file that can't be read.
    """
    # What `.env` says is read as pydantic-settings reads it.
    written = dotenv_values(_ENV_FILE, encoding="utf-8") if _ENV_FILE.is_file() else {}
    both: Mapping[str, str | None] = {**written, **os.environ}
    return {name.upper(): value for name, value in both.items() if value is not None}


def misspelled(given: Mapping[str, str], known: Iterable[str]) -> list[str]:
    """Return a line for each name that begins like a setting and is none."""
    names = [name.upper() for name in known]
    strangers = (n for n, value in given.items() if n.startswith(PREFIXES) and value.strip())
    return [_line(name, names) for name in sorted(set(strangers) - set(names) - _SLACKS_OWN)]


def _line(name: str, names: list[str]) -> str:
    nearest = get_close_matches(name, names, n=1, cutoff=0.6)
    meant = f": did you mean {nearest[0]}?" if nearest else ""
    return f"{name} is no setting of this bot{meant or '; remove it'}"


def names_nobody(given: Mapping[str, str], lists: Iterable[str]) -> list[str]:
    """Return a line for each list of who may that is set and names nobody.

    It would let everybody do what it was meant to restrict.
    """
    return [
        f"{name} is set and names nobody: list ids, or remove it (then there is no restriction)"
        for name in (each.upper() for each in lists)
        if name in given and not given[name].replace(",", " ").split()
    ]


def readable_by_others() -> str | None:
    """Return the path of an `.env` that other users of the machine can read, None for none."""
    try:
        mode = _ENV_FILE.stat().st_mode
    except OSError:
        return None
    return str(_ENV_FILE) if mode & 0o044 else None

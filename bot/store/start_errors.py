"""Why a database can't be used, in a sentence that names DATABASE_URL and says what to do."""

import re
from typing import Any

from sqlalchemy.engine import URL

from bot.errors import DatabaseRefused, StoreUnavailable

_MINUTE = 60.0
"""Seconds: what a person may be setting up just now (`docker compose` starts all at once)."""

_LONGEST = 200

_SQLITE = {
    "SQLITE_CANTOPEN": "can't be opened or made there: let the bot write in that folder, or set",
    "SQLITE_READONLY": "can't be written: let the bot write it and its folder, or set",
    "SQLITE_PERM": "can't be opened: let the bot read and write it, or set",
    "SQLITE_NOTADB": "is no SQLite database: name another file in",
    "SQLITE_CORRUPT": "is damaged: bring it back from a copy, or name another file in",
}
"""What SQLite's errors mean for a file; each ends before the setting's name."""

_POSTGRESQL = (
    (
        r"28P01|password authentication failed|no password supplied|SASL",
        "{where} refuses the password of the role {user}: correct it in the URL",
    ),
    (
        r"28000|no pg_hba\.conf entry|role .* does not exist|is not permitted to log in",
        "{where} does not let the role {user} in: make it, or allow it in pg_hba.conf ({words})",
    ),
    (
        r'3D000|database ".*" does not exist',
        "{where} has no database {database}: create it, or correct its name in the URL",
    ),
    (
        r"invalid .* value|invalid connection option|invalid integer|SSL|certificate|encryption",
        "the URL does not fit the server at {where}: {words}",
    ),
    (
        r"25006|read-only transaction",
        "{where} takes no changes: name the primary server, not a copy of it",
    ),
)
"""What a server that answers says for good: SQLSTATE or its English words, and our sentence."""

_NO_CREATE = (
    "DATABASE_URL: the role {user} may not create tables at {where}: grant it CREATE on the schema,"
    " or run `python -m bot migrate` once with a role that may"
)

_AWAY = (
    (r"refused|No such file", "no PostgreSQL listens at {at}"),
    (r"translate host name|not known|resolve|nodename", "the host of {at} is not known"),
    (r"timeout|timed out", "{where} does not answer in time"),
    (r"unreachable|No route", "there is no way to {at}"),
)
"""What waiting may mend."""


def sqlite_error(error: object, url: URL) -> StoreUnavailable:
    """Return our error for one of SQLite's; DatabaseRefused where no waiting mends it."""
    name = str(getattr(error, "sqlite_errorname", ""))
    for known, meaning in _SQLITE.items():
        if name.startswith(known):
            return DatabaseRefused(f"DATABASE_URL: the file {url.database} {meaning} DATABASE_URL")
    return StoreUnavailable(f"the database could not be used ({name or type(error).__name__})")


def postgresql_error(error: object, url: URL) -> StoreUnavailable:
    """Return our error for one of psycopg's; DatabaseRefused for a definite no of the server."""
    state, text = str(getattr(error, "sqlstate", None) or ""), str(error)
    names = _names(url, text)
    if state == "42501" and "schema" in text:
        return DatabaseRefused(_NO_CREATE.format(**names))
    for pattern, meaning in _POSTGRESQL:
        if re.search(pattern, state) or re.search(pattern, text):
            return DatabaseRefused("DATABASE_URL: " + meaning.format(**names), _MINUTE)
    if "FATAL" in text:
        return StoreUnavailable("{where} refuses for now: {words}".format(**names))
    if state or not _is_about_connecting(text):
        return StoreUnavailable(f"the database could not be used ({type(error).__name__})")
    for pattern, meaning in _AWAY:
        if re.search(pattern, text, re.IGNORECASE):
            return StoreUnavailable("DATABASE_URL: " + meaning.format(**names))
    return StoreUnavailable("DATABASE_URL: {where} can't be reached: {words}".format(**names))


def _is_about_connecting(text: str) -> bool:
    words = ("connection failed", "connection to server", "connection time", "host name", "resolve")
    return any(word in text for word in words)


def _names(url: URL, text: str) -> dict[str, Any]:
    """Return what the sentences name; no password is among it."""
    socket = url.query.get("host")
    host = url.host or (socket if isinstance(socket, str) else None) or "localhost"
    at = (f"[{host}]" if ":" in host else host) + f":{url.port or 5432}"
    return {
        "at": at,
        "where": f"PostgreSQL at {at}",
        "user": url.username or "of this process",
        "database": url.database or "of that name",
        "words": _last_words(text, url.password),
    }


def _last_words(text: str, password: object) -> str:
    """Return the last thing that the server or libpq said, as one short line without a password."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("\t")]
    words = re.sub(r"^.*(?:FATAL|ERROR|failed):\s*", "", lines[-1]) if lines else ""
    shown = "".join(c for c in words if c.isprintable())[:_LONGEST]
    return shown.replace(str(password), "[masked]") if password else shown

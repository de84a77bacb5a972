"""What DATABASE_URL may be, and what is said about one that can't be used."""

import re

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import SettingsError

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
_HOST = re.compile(r"[A-Za-z0-9_.-]+|[0-9A-Fa-f:.%]+|/[!-~]*|")
_ENCODE = "special characters in the user name or the password must be percent-encoded (@ is %40)"
_MOST_PORTS = 65535


def read_url(text: str) -> URL:
    """Return the SQLAlchemy URL of `sqlite:///…`, `postgres://…` or `postgresql://…`.

    Raises SettingsError, in whose text no password stands.
    """
    if not text.isprintable() or text != text.strip():
        raise SettingsError("DATABASE_URL holds line breaks, spaces or control characters")
    try:
        url = make_url(text.replace("postgres://", "postgresql://", 1))
    except (ArgumentError, ValueError):
        raise SettingsError(f"DATABASE_URL is no URL that can be read: {_ENCODE}") from None
    driver = _DRIVERS.get(url.get_backend_name())
    if driver is None:
        raise SettingsError("DATABASE_URL must begin with sqlite:///, postgres:// or postgresql://")
    url = url.set(drivername=driver)
    (_check_sqlite if driver.startswith("sqlite") else _check_postgresql)(url)
    return url


def _check_sqlite(url: URL) -> None:
    if url.database in {None, "", ":memory:"}:
        raise SettingsError(
            "DATABASE_URL must name a file after sqlite:///: what is kept in memory is lost at the"
            " next start"
        )
    if url.query:
        raise SettingsError(
            f"DATABASE_URL holds the option {_name(url)}: a SQLite file has none, take it out"
        )


def _check_postgresql(url: URL) -> None:
    if not _HOST.fullmatch(url.host or ""):
        raise SettingsError(f"DATABASE_URL names no host that can be: {_ENCODE}")
    if url.port is not None and not 0 < url.port <= _MOST_PORTS:
        raise SettingsError(f"DATABASE_URL names the port {url.port}, which there is not")
    unknown = sorted(set(url.query) - _options())
    if unknown:
        raise SettingsError(
            f"DATABASE_URL holds the option {_name(url, unknown)}, which PostgreSQL's own driver"
            " does not know (other drivers do): take it out"
        )


def _name(url: URL, names: list[str] | None = None) -> str:
    """Return the first option's name, as short as a name is."""
    return (names or sorted(url.query))[0][:60]


def _options() -> set[str]:
    """Return the names that libpq knows, "options" among them."""
    try:
        from psycopg import pq  # noqa: PLC0415 - only PostgreSQL needs it, and it may be missing
    except ImportError:
        raise SettingsError(
            "DATABASE_URL names a PostgreSQL database, but its driver is not installed: run"
            " `pip install 'psycopg[binary]'` (`make` does), or use a file, sqlite:///…"
        ) from None
    return {option.keyword.decode() for option in pq.Conninfo.get_defaults()}

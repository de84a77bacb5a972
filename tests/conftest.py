"""Fixtures that many tests share."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from _pytest.terminal import TerminalReporter
from hypothesis import settings

from tests.databases import empty, give_schema, migrated_file
from tests.postgres import fresh_database, postgres_server

_PROMISES = Path(__file__).parent / "promises"

# A machine that is busy with something else fails no example.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is left out of the coverage, which makes everything half as fast."""
    for item in items:
        on_postgres = "postgres" in getattr(item, "fixturenames", ()) or "[postgres" in item.name
        if on_postgres or item.path.is_relative_to(_PROMISES):
            item.add_marker("uncounted")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Give the URL of a PostgreSQL server that lives as long as the tests."""
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def kept_postgres(postgres: str) -> Iterator[str]:
    """Give the URL of a database with the schema that the tests have one after another."""
    with fresh_database(postgres) as url:
        give_schema(url)
        yield url


@pytest.fixture(scope="session")
def kept_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a SQLite file with the schema that the tests have copies of."""
    return migrated_file(tmp_path_factory.mktemp("kept"))


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of a database with the schema and no rows, once of each kind."""
    if request.param == "sqlite":
        copy = shutil.copy(request.getfixturevalue("kept_file"), tmp_path / "test.db")
        return f"sqlite:///{copy}"
    url: str = request.getfixturevalue("kept_postgres")
    empty(url)
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def new_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a database in which there is nothing at all, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    with fresh_database(request.getfixturevalue("postgres")) as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """Print tracebacks as the bot does: structlog's own, with all variables, take seconds."""
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[structlog.processors.add_log_level, plain])


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests out of them."""
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "RESPAN_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Give what a test calls with a figure that the README quotes; it is printed at the end."""
    return lambda text: record_property("figure", text)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Print the measured figures."""
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    found = [value for r in reports for name, value in r.user_properties if name == "figure"]
    if found:
        terminalreporter.section("figures")
        for text in dict.fromkeys(sorted(map(str, found))):
            terminalreporter.line(text)

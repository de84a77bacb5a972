"""Fixtures that many tests share."""

import gc
import os
import pwd
import shutil
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import AsyncExitStack, ExitStack
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
import structlog
from _pytest.terminal import TerminalReporter
from coverage import Coverage
from httpx import create_ssl_context
from hypothesis import settings

from bot.sandbox.world import SandboxWorld
from tests import skipped
from tests.databases import compile_once, empty, give_schema, migrated_file
from tests.postgres import fresh_database, is_installed, kept_server, postgres_server
from tests.simulation import BATCH, Simulation

_PROMISES = Path(__file__).parent / "promises"
_BLACKBOX = Path(__file__).parent / "blackbox"
_COUNTED = {"test_flow", "test_process"}
"""What runs a bot as a process and counts its lines: a start, a stop, and all between them."""

_LONG = 8.0
"""Seconds from which a test is left out where it says the same as others."""

_TABLES = {"engine", "steps", "listeners", "telemetry"}
"""Where nearly each test is a simulation on each database: the store is not their subject."""
_ENOUGH = 4
"""How many tests of a file of those run on PostgreSQL too."""
_POSTGRES = pytest.StashKey[str]()

# A machine that is busy with something else fails no example.
settings.register_profile("few", deadline=None, max_examples=40)
settings.register_profile("many", deadline=None, max_examples=500)
settings.load_profile("many" if "ALL_EXAMPLES" in os.environ else "few")


def pytest_configure() -> None:
    """Collect no garbage while the tests are loaded: there is none."""
    gc.disable()
    _forget_the_machine()


def _forget_the_machine() -> None:
    """Keep what psycopg and pytest read in the environment from having a say.

    pytest names its temporary folder after the user in the environment. After `setpriv`, `runuser`
    or `docker exec -u` that is somebody else, whose folder it is then refused.
    """
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]
    try:
        os.environ["LOGNAME"] = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        os.environ["LOGNAME"] = str(os.getuid())


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give all workers one PostgreSQL, which starts when the first of them asks for it."""
    if os.environ.get("TEST_DATABASE_URL") or not is_installed():
        return
    stash = node.config.stash
    if _POSTGRES not in stash:
        stack = ExitStack()
        stash[_POSTGRES] = stack.enter_context(kept_server()).control
        node.config.add_cleanup(stack.close)
    node.workerinput["postgres"] = stash[_POSTGRES]


def pytest_collection_finish() -> None:
    """Leave what was loaded out of every later collection."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is left out of the coverage, and let the longest tests begin first.

    To count the lines doubles the time: what runs the same lines as others is left out.
    """
    few, rest = _few_on_postgres(items)
    if rest:
        config.hook.pytest_deselected(items=rest)
    seen: set[str] = set()
    for item in few:
        on_postgres = "postgres" in getattr(item, "fixturenames", ()) or "[postgres" in item.name
        in_processes = item.path.parent == _BLACKBOX and item.path.stem not in _COUNTED
        long = item.path.is_relative_to(_PROMISES) or _seconds(item) >= _LONG
        if on_postgres or in_processes or long or (_is_simulation(item) and _test(item) in seen):
            item.add_marker("uncounted")
        else:
            seen.add(_test(item))
    items[:] = _longest_first(few)


def _is_simulation(item: pytest.Item) -> bool:
    """Return whether it is one of those that have many cases, each with a bot of its own."""
    return item.path.parent.name in _TABLES


def _test(item: pytest.Item) -> str:
    """Return what all cases of a test have in common."""
    return item.nodeid.partition("[")[0]


def _few_on_postgres(items: list[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Return what is run, and what of the steps' tests is not: the same SQL with other data.

    The first case of the first tests of each file is run on PostgreSQL too, but no long one; all of
    them with ALL_ON_POSTGRES (`make chaos`).
    """
    few: list[pytest.Item] = []
    rest: list[pytest.Item] = []
    taken: dict[Path, set[str]] = {}
    for item in items:
        is_case = "[postgres" in item.name and _is_simulation(item)
        of_file = taken.setdefault(item.path, set())
        full = _test(item) in of_file or len(of_file) >= _ENOUGH or _seconds(item) >= _LONG
        enough = is_case and full
        if is_case and not full:
            of_file.add(_test(item))
        (rest if enough and "ALL_ON_POSTGRES" not in os.environ else few).append(item)
    return few, rest


def _longest_first(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return long and short tests in turn, so that no long one is alone at the end.

    pytest-xdist keeps one test waiting behind each that runs: better a short one than a long one.
    """
    long = sorted((i for i in items if _seconds(i)), key=_seconds, reverse=True)
    short = [i for i in items if not _seconds(i)]
    pairs = zip_longest(long, short[: len(long)])
    return [item for pair in pairs for item in pair if item] + short[len(long) :]


def _seconds(item: pytest.Item) -> float:
    """Return how long a test is marked to take."""
    mark = item.get_closest_marker("seconds")
    return float(mark.args[0]) if mark else 0.0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Count no lines in a test that is left out of the coverage, nor in its processes."""
    counting = Coverage.current()
    if counting is None or item.get_closest_marker("uncounted") is None:
        return (yield)
    counting.stop()
    kept = {name: os.environ.pop(name) for name in [*os.environ] if name.startswith("COVERAGE_")}
    try:
        return (yield)
    finally:
        os.environ.update(kept)
        counting.start()


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Iterator[str]:
    """Give the URL of a PostgreSQL server that lives as long as the tests."""
    of_the_run = getattr(pytestconfig, "workerinput", {}).get("postgres")
    with postgres_server(of_the_run) as url:
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
def home_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the home of whoever runs the tests out of them: after `setpriv` it is another's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """Print tracebacks as the bot does: structlog's own, with all variables, take seconds."""
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[structlog.processors.add_log_level, plain])


@pytest.fixture(scope="session", autouse=True)
def certificates_read_once() -> Iterator[None]:
    """Share what httpx reads anew for each client, which takes longer than many a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", cache(create_ssl_context))
        yield


@pytest.fixture(scope="session", autouse=True)
def statements_compiled_once() -> Iterator[None]:
    """Share what SQLAlchemy compiles anew for each database."""
    with pytest.MonkeyPatch.context() as patch:
        compile_once(patch)
        yield


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
    """Print the measured figures, and what was skipped and why."""
    left_out = skipped.of_reports(terminalreporter.getreports("skipped"))
    if not hasattr(terminalreporter.config, "workerinput"):  # a worker's are the controller's too
        skipped.note(left_out)
    for line in left_out:
        terminalreporter.line(f"skipped: {line}", yellow=True)
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    found = [value for r in reports for name, value in r.user_properties if name == "figure"]
    if found:
        terminalreporter.section("figures")
        for text in dict.fromkeys(sorted(map(str, found))):
            terminalreporter.line(text)


@pytest.fixture
async def prepared_world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[SandboxWorld]:
    """Give both services without a bot, and the settings of one in the environment."""
    made = SandboxWorld(tmp_path)
    async with AsyncExitStack() as stack:
        await made.open(stack)
        for name, value in made.environment().items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
async def sim(database_url: str) -> AsyncIterator[Simulation]:
    """Give a simulation in which the example batch runs."""
    async with Simulation(database_url) as made:
        made.respan.add_batch(BATCH)
        yield made


@pytest.fixture
async def seeing(database_url: str) -> AsyncIterator[Simulation]:
    """Give the same where the bot may look into channels."""
    scopes = ("channels:history", "im:history")
    async with Simulation(database_url, scopes=scopes) as made:
        made.respan.add_batch(BATCH)
        yield made

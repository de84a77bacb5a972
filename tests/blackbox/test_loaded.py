"""What a start loads, and what only where it is needed: each of it is there then, and works."""

import re
import sqlite3
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from alembic import command
from sqlalchemy import create_engine

from bot.sandbox.process import BotProcess
from bot.sandbox.world import SandboxWorld
from bot.store.migrate import alembic_config
from tests.databases import migrated_file
from tests.postgres import fresh_database
from tests.webhooks import SECRET, event_of, signed

BATCH = "batch_abc123"
TRACED: dict[str, Any] = {"PYTHONPROFILEIMPORTTIME": "1"}
"""Python itself prints each module that it loads into the log."""

MIGRATIONS = {"alembic", "mako", "bot.store.indexes"}
POSTGRESQL = {"psycopg", "sqlalchemy.dialects.postgresql"}
WEBSOCKETS = {
    "bot.transports.socket_mode",
    "bot.transports.socket_connection",
    "slack_sdk.socket_mode",
    "slack_bolt.adapter.socket_mode",
}
WEBHOOKS = {"standardwebhooks"}
PRICES = {"genai_prices", "httpx2"}
COMMANDS = {"bot.checks", "bot.sandbox"}
LATER = MIGRATIONS | POSTGRESQL | WEBSOCKETS | WEBHOOKS | PRICES | COMMANDS


def loaded(bot: BotProcess) -> set[str]:
    """Return what of `LATER` the process has loaded, of which the whole bot must be seen."""
    names = set(re.findall(r"^import time: .*\|\s*(\S+)$", bot.log_text(), re.MULTILINE))
    assert {"bot.app", "bot.store.migrate", "sqlalchemy", "slack_bolt.app.async_app"} <= names
    return names & LATER


async def cancel_one(world: SandboxWorld, usage: dict[str, int] | None = None) -> None:
    """Go the whole way, from the command to the reply in the thread."""
    world.respan.add_batch(BATCH, cancel_seconds=0.1, fields={"usage": usage})
    await world.cancel(BATCH)
    await world.reply(BATCH)


def at(folder: Path, revision: str) -> None:
    """Make the world's SQLite file with the schema of an older version."""
    engine = create_engine(f"sqlite:///{folder / 'bot.db'}")
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), revision)
    engine.dispose()


def at_the_newest(folder: Path) -> None:
    """Make the world's SQLite file as the bot leaves it."""
    migrated_file(folder).rename(folder / "bot.db")


@pytest.mark.seconds(6)
async def test_over_http_on_the_current_schema(tmp_path: Path) -> None:
    """The plainest bot loads none of it, in a whole cancellation."""
    at_the_newest(tmp_path)
    async with SandboxWorld(tmp_path, **TRACED) as world:
        await cancel_one(world)
        assert loaded(world.bot) == set()


@pytest.mark.seconds(6)
async def test_a_fresh_database_is_migrated(tmp_path: Path) -> None:
    """Alembic is loaded where there is no file yet, and nothing else for that."""
    async with SandboxWorld(tmp_path, **TRACED) as world:
        await cancel_one(world)
        assert loaded(world.bot) >= MIGRATIONS
        assert not loaded(world.bot) & (WEBSOCKETS | WEBHOOKS | COMMANDS | {"psycopg"})
        assert '"before": null' in world.bot.log_text()


@pytest.mark.seconds(6)
@pytest.mark.parametrize("revision", ["0001", "0006", "0007"])
async def test_an_older_database_is_migrated(tmp_path: Path, revision: str) -> None:
    """No needed migration is passed over."""
    at(tmp_path, revision)
    async with SandboxWorld(tmp_path, **TRACED) as world:
        assert f'"before": "{revision}"' in world.bot.log_text()
        assert loaded(world.bot) >= MIGRATIONS
        await cancel_one(world)


@pytest.mark.seconds(6)
async def test_a_newer_database_is_left_as_it_is(tmp_path: Path) -> None:
    """The log warns of it as before, and Alembic, which could not read it, is not loaded."""
    at_the_newest(tmp_path)
    with sqlite3.connect(tmp_path / "bot.db") as rows:
        rows.execute("UPDATE alembic_version SET version_num = '9999'")
    async with SandboxWorld(tmp_path, **TRACED) as world:
        await cancel_one(world)
        assert loaded(world.bot) == set()
        assert "the database's schema is of a newer version" in world.bot.log_text()


@pytest.mark.seconds(6)
async def test_in_socket_mode(tmp_path: Path) -> None:
    """WebSockets come with SLACK_APP_TOKEN, and nothing else."""
    at_the_newest(tmp_path)
    async with SandboxWorld(tmp_path, transport="socket", **TRACED) as world:
        await cancel_one(world)
        assert loaded(world.bot) == WEBSOCKETS


@pytest.mark.seconds(6)
async def test_with_webhooks(tmp_path: Path) -> None:
    """The library that checks signatures comes with OPENAI_WEBHOOK_SECRET."""
    at_the_newest(tmp_path)
    async with SandboxWorld(tmp_path, OPENAI_WEBHOOK_SECRET=SECRET, **TRACED) as world:
        assert loaded(world.bot) == WEBHOOKS
        body = event_of(BATCH)
        async with aiohttp.ClientSession(world.bot.url) as http:
            for headers, status in ((signed(body), 200), (signed(body, age=600), 401)):
                async with http.post("/openai/webhook", data=body, headers=headers) as answer:
                    assert answer.status == status


@pytest.mark.seconds(6)
async def test_with_tokens(tmp_path: Path) -> None:
    """OpenAI's prices come with the first question about a batch whose tokens are told."""
    at_the_newest(tmp_path)
    async with SandboxWorld(tmp_path, **TRACED) as world:
        assert loaded(world.bot) == set()
        await cancel_one(world, {"input_tokens": 12_000_000, "output_tokens": 3_600_000})
        assert loaded(world.bot) == PRICES
        (reply,) = [m for m in world.slack.workspace.messages if m.thread_ts is not None]
        assert "About $1.98 spent" in reply.text


@pytest.mark.seconds(6)
async def test_with_a_contract(tmp_path: Path) -> None:
    """A price of one's own needs no list."""
    at_the_newest(tmp_path)
    own: dict[str, Any] = {"PRICE_INPUT_PER_MTOK": "1", "PRICE_OUTPUT_PER_MTOK": "2"}
    async with SandboxWorld(tmp_path, **own, **TRACED) as world:
        await cancel_one(world, {"input_tokens": 12_000_000, "output_tokens": 3_600_000})
        assert loaded(world.bot) == set()
        (reply,) = [m for m in world.slack.workspace.messages if m.thread_ts is not None]
        assert "About $19.20 spent" in reply.text


@pytest.mark.seconds(10)
async def test_on_postgresql(postgres: str, tmp_path: Path) -> None:
    """Its driver and dialect come with its URL; the second start needs no Alembic."""
    with fresh_database(postgres) as url:
        async with SandboxWorld(tmp_path, database_url=url, **TRACED) as world:
            assert loaded(world.bot) == MIGRATIONS | POSTGRESQL
        (tmp_path / "bot0.log").unlink()
        async with SandboxWorld(tmp_path, database_url=url, **TRACED) as world:
            await cancel_one(world)
            assert loaded(world.bot) == POSTGRESQL


@pytest.mark.seconds(6)
async def test_check_loads_what_it_checks(tmp_path: Path) -> None:
    """The command has its own code, and WebSockets to try; it finds all as it should be."""
    at_the_newest(tmp_path)
    world = SandboxWorld(tmp_path, **TRACED)
    async with AsyncExitStack() as stack:
        await world.open(stack)
        bot = BotProcess(world.environment(), tmp_path, "check", "check")
        stack.push_async_callback(bot.kill)
        await bot.launch()
        assert await bot.exit_code() == 0
        assert loaded(bot) == {"bot.checks"} | WEBSOCKETS

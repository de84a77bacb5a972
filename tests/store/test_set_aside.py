"""A row that this version can't read is set aside and logged once; the others go on."""

import json
from dataclasses import make_dataclass
from typing import Any

import pytest
from pytest_mock import MockerFixture
from sqlalchemy import text

from bot.store import aside, reading
from bot.store.stores import Stores
from tests.simulation import Simulation

BROKEN, OTHERS = "batch_broken", ("batch_one", "batch_two")

BREAKS = {
    "cancellations": [
        "state = 'paused'",
        "refusal = 'too_costly'",
        """batch = '{"status": "cancelling"}'""",
        """batch = '[]'""",
    ],
    "requests": [
        "state = 'paused'",
        """announcement = '{"tries": 0, "color": "red"}'""",
        """reply = '{"since": null, "tries": {"a": 1}}'""",
        "announcement = '[]'",
        "slow_note = '7'",
        """reply = '{"tries": "many"}'""",
        """targets = '[{"batch_id": "batch_broken", "mood": "bad"}]'""",
        """targets = '{"batch_id": "batch_broken"}'""",
    ],
}
"""States, reasons and fields of another version, and what is no such thing at all."""

BREAKS_OF_SQLITE = {
    "cancellations": ["polls = 'many'"],
    "requests": ["announcement = '{\"tries\": '", "user_id = x'00ff'"],
}
PAUSED = "state = 'paused'"
WHERE = {
    "cancellations": f"batch_id = '{BROKEN}'",
    "requests": f"CAST(targets AS TEXT) LIKE '%{BROKEN}%'",
}

Lines = list[dict[str, Any]]


@pytest.fixture
def lines(mocker: MockerFixture) -> Lines:
    """Give what is logged of rows that are set aside."""
    said: Lines = []
    mocker.patch.object(aside.log, "error", lambda _event, **more: said.append(more))
    return said


async def _watched(sim: Simulation) -> None:
    for batch_id in (BROKEN, *OTHERS):
        sim.respan.add_batch(batch_id, cancel_seconds=30)
        await sim.confirm(batch_id)
    await sim.pass_time(5)


async def _change(stores: Stores, change: str, table: str = "cancellations") -> None:
    async with stores.database.writing() as connection:
        await connection.execute(text(f"UPDATE {table} SET {change} WHERE {WHERE[table]}"))


async def _row(stores: Stores, table: str) -> dict[str, Any]:
    """Return the columns of the row that is broken."""
    async with stores.database.reading() as connection:
        query = text(f"SELECT * FROM {table} WHERE {WHERE[table]}")
        return dict((await connection.execute(query)).mappings().one())


async def _states(stores: Stores, table: str = "requests") -> list[str]:
    """Return the states of a table's rows, in alphabetical order."""
    async with stores.database.reading() as connection:
        return sorted((await connection.execute(text(f"SELECT state FROM {table}"))).scalars())


def _breaks(url: str) -> list[tuple[str, str]]:
    kinds = [BREAKS, BREAKS_OF_SQLITE] if url.startswith("sqlite") else [BREAKS]
    return [
        (table, change) for kind in kinds for table, changes in kind.items() for change in changes
    ]


@pytest.mark.seconds(15)
async def test_each_break_is_set_aside(database_url: str, lines: Lines) -> None:
    """The others come to their end; a start is one more try, and what can be read again goes on."""
    for table, change in _breaks(database_url):
        async with Simulation(database_url) as sim:
            stores = sim.crew[0].stores
            await _forget_all(stores)
            await _watched(sim)
            whole = _as_change(await _row(stores, table))
            lines.clear()
            await _change(stores, change, table)
            await sim.pass_time(120)
            assert (await _states(stores)).count("reported") == 2, change
            assert [line["table"] for line in lines] == [table], change
            is_named = "targets" not in change and lines[0]["batch_id"] == BROKEN
            assert is_named or "targets" in change, change
            assert "start the version again" in lines[0]["what_to_do"]
            assert await stores.aside.count() == NONE | {table: 1}, change
            for queue in (stores.request_queue, stores.cancellation_queue):
                assert await queue.wait_seconds() is None
            await stores.aside.try_again()
            await sim.pass_time(5)
            assert len(lines) == 2, change
            await _change_back(stores, whole, table, lines)
            await stores.aside.try_again()
            await sim.pass_time(120)
            assert await _states(stores) == ["reported"] * 3, change
            assert len(sim.respan.cancels) == 3
            assert len(sim.replies()) == 3


NONE = {"requests": 0, "cancellations": 0, "answers": 0}


def _as_change(row: dict[str, Any]) -> str:
    """Return the change that brings a row's content back as it was."""
    kept = ("state", "refusal", "announcement", "reply", "slow_note", "batch", "polls")
    names = [name for name in (*kept, "user_id", "targets") if name in row]
    return ", ".join(f"{name} = {_literal(row[name])}" for name in names)


async def _change_back(stores: Stores, whole: str, table: str, lines: Lines) -> None:
    async with stores.database.writing() as connection:
        where = f"id = '{lines[0]['id']}'"
        await connection.execute(text(f"UPDATE {table} SET {whole} WHERE {where}"))


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    # PostgreSQL's driver decodes JSON by itself.
    word = json.dumps(value) if isinstance(value, dict | list) else str(value)
    return "'" + word.replace("'", "''") + "'"


async def _forget_all(stores: Stores) -> None:
    async with stores.database.writing() as connection:
        for table in ("requests", "cancellations", "answers", "answered"):
            await connection.execute(text(f"DELETE FROM {table}"))


async def test_another_version_takes_it_up_at_once(
    database_url: str, lines: Lines, mocker: MockerFixture
) -> None:
    """What one version has set aside is due for a version that reads other rows."""
    async with Simulation(database_url) as sim:
        await _watched(sim)
        stores = sim.crew[0].stores
        await _change(stores, PAUSED)
        await sim.pass_time(120)
        assert len(lines) == 1
        await _change(stores, "state = 'cancelling'")
        assert await stores.cancellation_queue.wait_seconds() is None
        mocker.patch.object(aside, "_MINE", "another-version")
        await sim.pass_time(120)
        assert await _states(stores) == ["reported"] * 3
        assert len(lines) == 1


async def test_a_crowd_keeps_nobody_waiting(database_url: str, lines: Lines) -> None:
    """More unreadable rows than fit into one claim cost one look each, and a hundred lines."""
    async with Simulation(database_url) as sim:
        for number in range(130):
            sim.respan.add_batch(f"batch_{number}")
            await sim.slack.command(f"batch_{number}", user=f"U{number}")
        stores = sim.crew[0].stores
        async with stores.database.writing() as connection:
            await connection.execute(text("UPDATE requests SET state = 'paused'"))
        sim.respan.add_batch("batch_after")
        shown = await sim.ask("batch_after")
        assert "batch_after" in shown.text
        assert await stores.aside.count() == NONE | {"requests": 130}
        assert len(lines) == 100


@pytest.mark.parametrize(
    "message", ["[]", "7", '{"text": 7, "blocks": []}', '{"text": "x", "blocks": [], "mood": 1}']
)
async def test_an_answer_that_can_not_be_read(
    database_url: str, message: str, lines: Lines
) -> None:
    """It is set aside too, and the answers after it arrive."""
    async with Simulation(database_url) as sim:
        await sim.slack.command("help", user="U0BEN")
        stores = sim.crew[0].stores
        async with stores.database.writing() as connection:
            await connection.execute(text(f"UPDATE answers SET message = '{message}'"))
        await sim.slack.command("help")
        await sim.pass_time(5)
        assert any("lets you choose" in text for text in sim.private())
        assert sim.private("U0BEN") == []
        assert [line["table"] for line in lines] == ["answers"]
        assert await stores.aside.count() == NONE | {"answers": 1}


async def test_a_mark_that_fails_harms_nobody(
    database_url: str, lines: Lines, mocker: MockerFixture
) -> None:
    """Where a row can't be set aside either, the others go on, and it is tried again."""
    async with Simulation(database_url) as sim:
        await _watched(sim)
        stores = sim.crew[0].stores
        await _change(stores, PAUSED)
        mocker.patch.object(stores.aside, "_database", None)
        await sim.pass_time(120)
        assert (await _states(stores)).count("reported") == 2
        assert lines
        assert all(line["error"] == "AttributeError" for line in lines)


@pytest.mark.parametrize("change", [PAUSED, "announcement = '[]'"])
async def test_who_clicks_is_answered(
    database_url: str, change: str, mocker: MockerFixture, lines: Lines
) -> None:
    """A question of another version says what it is; nothing moves."""
    mocker.patch("bot.listeners.handler.log.error")
    async with Simulation(database_url) as sim:
        sim.respan.add_batch(BROKEN)
        shown = await sim.ask(BROKEN)
        await _change(sim.crew[0].stores, change, "requests")
        await sim.press(shown)
        assert "can't read the question any more" in sim.private()[-1]
        assert await _states(sim.crew[0].stores, "cancellations") == []


@pytest.mark.parametrize(
    ("change", "table"),
    [(PAUSED, "cancellations"), ("batch = '[]'", "cancellations"), (PAUSED, "requests")],
)
async def test_who_asks_is_answered(
    database_url: str, change: str, table: str, lines: Lines
) -> None:
    """Who asks about a batch that another version deals with reads so; nothing is asked of it."""
    async with Simulation(database_url) as sim:
        sim.respan.add_batch(BROKEN, cancel_seconds=1e9)
        await sim.confirm(BROKEN)
        await sim.pass_time(5)
        await _change(sim.crew[0].stores, change, table)
        assert "another version of the app" in (await sim.ask(BROKEN, "U0BEN")).text
        assert len(sim.respan.cancels) == 1


def test_the_fingerprint_is_of_the_form(mocker: MockerFixture) -> None:
    """It is the same for the same form, and another one for one more word."""
    assert reading.fingerprint() == reading.fingerprint() == aside._MINE
    mocker.patch.object(reading, "Cancellation", make_dataclass("Cancellation", [("mood", str)]))
    assert reading.fingerprint() != aside._MINE

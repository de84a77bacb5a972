"""A row that this version can't read is set aside and logged once; the others go on."""

import json
from enum import StrEnum
from typing import Any

import pytest
from pytest_mock import MockerFixture
from sqlalchemy import text

from bot.domain.cancellation import State
from bot.store import aside, reading
from bot.store.stores import Stores
from tests.simulation import Simulation

BROKEN, OTHERS = "batch_broken", ("batch_one", "batch_two")

BREAKS = {
    "a state of another version": "state = 'paused'",
    "a step of another version": "step = 'pause'",
    "a reason of another version": "refusal = 'too_costly'",
    "an unknown key": """announcement = '{"tries": 0, "color": "red"}'""",
    "an unknown key deeper down": """reply = '{"since": null, "tries": {"a": 1}}'""",
    "a list for an object": "announcement = '[]'",
    "a number for an object": "slow_note = '7'",
    "a word for a number": """reply = '{"tries": "many"}'""",
    "a batch without an id": """batch = '{"status": "cancelling"}'""",
}
BREAKS_OF_SQLITE = {
    "JSON that is none": "announcement = '{\"tries\": '",
    "a word for a number in a column": "polls = 'many'",
    "bytes for a word": "user_id = x'00ff'",
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


async def _change(stores: Stores, change: str) -> None:
    async with stores.database.writing() as connection:
        await connection.execute(
            text(f"UPDATE cancellations SET {change} WHERE batch_id = '{BROKEN}'")
        )


async def _column(stores: Stores, name: str) -> dict[str, Any]:
    async with stores.database.reading() as connection:
        found = await connection.execute(text(f"SELECT batch_id, {name} FROM cancellations"))
        return {row[0]: row[1] for row in found}


def _breaks(url: str) -> list[str]:
    kinds = BREAKS | (BREAKS_OF_SQLITE if url.startswith("sqlite") else {})
    return [*kinds.values()]


@pytest.mark.seconds(15)
async def test_each_break_is_set_aside(database_url: str, lines: Lines) -> None:
    """The others come to their end; a start is one more try, and what can be read again goes on."""
    for change in _breaks(database_url):
        async with Simulation(database_url) as sim:
            stores = sim.crew[0].stores
            await _forget_all(stores)
            await _watched(sim)
            whole = await _everything(stores)
            lines.clear()
            await _change(stores, change)
            await sim.pass_time(120)
            states = await _column(stores, "state")
            assert [states[batch_id] for batch_id in OTHERS] == [State.TOLD, State.TOLD], change
            assert len(lines) == 1, change
            assert lines[0]["batch_id"] == BROKEN
            assert "start the version again" in lines[0]["what_to_do"]
            assert await stores.aside.count() == {"cancellations": 1, "answers": 0}
            assert await stores.queue.wait_seconds() is None
            await stores.aside.try_again()
            await sim.pass_time(5)
            assert len(lines) == 2, change
            await _change(stores, whole)
            await stores.aside.try_again()
            await sim.pass_time(120)
            assert (await _column(stores, "state"))[BROKEN] == State.TOLD
            assert len(sim.respan.cancels) == 3
            assert len(sim.replies()) == 3


async def _everything(stores: Stores) -> str:
    """Return the change that brings the row back as it was."""
    names = ("state", "step", "refusal", "announcement", "reply", "slow_note", "batch", "polls")
    values = {name: (await _column(stores, name))[BROKEN] for name in (*names, "user_id")}
    return ", ".join(f"{name} = {_literal(value)}" for name, value in values.items())


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    # PostgreSQL's driver decodes JSON by itself.
    word = json.dumps(value) if isinstance(value, dict) else str(value)
    return "'" + word.replace("'", "''") + "'"


async def _forget_all(stores: Stores) -> None:
    async with stores.database.writing() as connection:
        for table in ("cancellations", "answers", "answered"):
            await connection.execute(text(f"DELETE FROM {table}"))


async def test_another_version_takes_it_up_at_once(
    database_url: str, lines: Lines, mocker: MockerFixture
) -> None:
    """What one version has set aside is due for a version that reads other rows."""
    async with Simulation(database_url) as sim:
        await _watched(sim)
        stores = sim.crew[0].stores
        await _change(stores, BREAKS["a state of another version"])
        await sim.pass_time(120)
        assert len(lines) == 1
        await _change(stores, "state = 'cancelling'")
        assert await stores.queue.wait_seconds() is None
        mocker.patch.object(aside, "_MINE", "another-version")
        await sim.pass_time(120)
        assert (await _column(stores, "state"))[BROKEN] == State.TOLD
        assert len(lines) == 1


async def test_a_crowd_keeps_nobody_waiting(database_url: str, lines: Lines) -> None:
    """More unreadable rows than fit into one claim cost one look each, and a hundred lines."""
    async with Simulation(database_url) as sim:
        for number in range(130):
            sim.respan.add_batch(f"batch_{number}")
            await sim.slack.command(f"batch_{number}", user=f"U{number}")
        stores = sim.crew[0].stores
        async with stores.database.writing() as connection:
            await connection.execute(text("UPDATE cancellations SET state = 'paused'"))
        sim.respan.add_batch("batch_after")
        shown = await sim.ask("batch_after")
        assert "batch_after" in shown.text
        assert await stores.aside.count() == {"cancellations": 130, "answers": 0}
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
        assert any("Type /cancel-batch" in text for text in sim.private())
        assert sim.private("U0BEN") == []
        assert [line["table"] for line in lines] == ["answers"]
        assert await stores.aside.count() == {"cancellations": 0, "answers": 1}


async def test_a_mark_that_fails_harms_nobody(
    database_url: str, lines: Lines, mocker: MockerFixture
) -> None:
    """Where a row can't be set aside either, the others go on, and it is tried again."""
    async with Simulation(database_url) as sim:
        await _watched(sim)
        stores = sim.crew[0].stores
        await _change(stores, BREAKS["a state of another version"])
        mocker.patch.object(stores.aside, "_database", None)
        await sim.pass_time(120)
        states = await _column(stores, "state")
        assert [states[batch_id] for batch_id in OTHERS] == [State.TOLD, State.TOLD]
        assert lines
        assert all(line["error"] == "AttributeError" for line in lines)


@pytest.mark.parametrize("change", [BREAKS["a state of another version"], "announcement = '[]'"])
async def test_people_are_answered(
    database_url: str, change: str, lines: Lines, mocker: MockerFixture
) -> None:
    """Who asks about a batch of another version, or clicks on its question, reads what that is."""
    mocker.patch("bot.listeners.handler.log.error")
    async with Simulation(database_url) as sim:
        sim.respan.add_batch(BROKEN)
        shown = await sim.ask(BROKEN)
        await _change(sim.crew[0].stores, change)
        await sim.press(shown)
        assert "can't read the question any more" in sim.private()[-1]
        await _change(sim.crew[0].stores, "state = 'cancelling', step = 'follow'")
        await _change(sim.crew[0].stores, change)
        assert "another version of the app" in (await sim.ask(BROKEN, "U0BEN")).text
        assert sim.respan.cancels == []
        await sim.pass_time(3600)
        assert len(sim.respan.exchanges) == 1


def test_the_fingerprint_is_of_the_form(mocker: MockerFixture) -> None:
    """It is the same for the same form, and another one for one more word."""
    assert reading.fingerprint() == reading.fingerprint() == aside._MINE
    mocker.patch.object(reading, "Step", StrEnum("Step", ["ASK", "PAUSE"]))
    assert reading.fingerprint() != aside._MINE

"""An older schema is brought up to date: each row, however it stands, comes to its end once."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from bot.clock import SteadyClock
from bot.domain.answer import Answer
from bot.domain.cancellation import Step, next_step
from bot.domain.message import Message
from bot.sandbox.slack.workspace import Ephemeral, SandboxMessage
from bot.store.audit import Audit, Which
from bot.store.database import Database
from bot.store.migrate import _known, alembic_config, is_up_to_date, migrate, newest_revision
from bot.store.stores import stores_on
from tests.rows import BATCH as KNOWN
from tests.rows import ended_as
from tests.simulation import BATCH, CONFIRM, Simulation

NEWEST = "0011"
ID = "c" * 32
Json = dict[str, Any]
NO_POST: dict[str, Any] = {"since": None, "tries": 0, "channel": None, "ts": None}


async def _at(database: Database, revision: str) -> None:
    """Bring an empty database to an older schema."""

    def run(connection: Connection) -> None:
        command.upgrade(alembic_config(connection), revision)

    async with database.writing() as connection:
        await connection.run_sync(run)


async def _insert(database: Database, row: dict[str, Any]) -> None:
    async with database.writing() as connection:
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        await connection.execute(
            text(f"INSERT INTO cancellations ({names}) VALUES ({values})"), row
        )


def _row(now: float, state: str, step: str | None, **more: Any) -> Json:
    """Return a row as the version before wrote it."""
    row: dict[str, Any] = {
        "id": ID,
        "token": "the-token",
        "request_key": "key",
        "batch_id": BATCH,
        "user_id": "U0ANA",
        "channel_id": "C0BATCHES",
        "team_id": "T0",
        "state": state,
        "asked_at": now - 100,
        "identifier": "U0ANA",
        "batch": KNOWN.as_dict(),
        "shown_at": now - 90,
        "expires_at": now + 500,
        "was_cancelling": False,
        "asked_again": 0,
        "announcement": NO_POST,
        "uneditable": False,
        "reply": NO_POST,
        "finalized": False,
        "polls": 0,
        "attempts": 0,
        "step": step,
        "next_attempt_at": now,
        "claim": 3,
        "claimed_at": now - 5,
        "finished_at": None if step else now - 1,
    }
    row |= more
    return {n: json.dumps(v) if isinstance(v, dict) else v for n, v in row.items()}


def _post(sim: Simulation, thread_ts: str | None = None, kind: str = "announcement") -> Json:
    """Let a message of the version before stand in the channel; return what its row knows."""
    payload = {"id": ID, "kind": kind}
    mark = {"event_type": "batch_cancellation", "event_payload": payload}
    workspace = sim.slack.workspace
    message = workspace.add(
        SandboxMessage("C0BATCHES", workspace.new_ts(), "old", [], thread_ts, mark)
    )
    return NO_POST | {"channel": "C0BATCHES", "ts": message.ts}


def _asked(now: float, **more: Any) -> Json:
    return {"state": "asked", "step": "expire", "next_attempt_at": now + 500, **more}


def _accepted(sim: Simulation, state: str, step: str, **more: Any) -> Json:
    now = sim.clock.time()
    sim.respan.batches[BATCH].cancelled_at = now
    own = {"confirmed_at": now - 60, "accepted_at": now - 50, "polls": 4}
    return {"state": state, "step": step, **own, **more}


def _ended(sim: Simulation, step: str | None, **more: Any) -> Json:
    now = sim.clock.time()
    ended = {"batch": ended_as("cancelled").as_dict(), "ended_at": now - 5}
    row = _accepted(sim, "ended", "report") | ended | {"step": step} | more
    sim.respan.batches[BATCH].cancelled_at = now - 30
    return row


def _confirmed(sim: Simulation, **more: Any) -> Json:
    return {"state": "confirmed", "step": "request", "confirmed_at": sim.clock.time() - 30, **more}


def _replied(sim: Simulation) -> Json:
    parent = _post(sim)
    reply = _post(sim, parent["ts"], "reply")
    return _ended(sim, "report", announcement=parent, reply=reply)


Begin = Callable[[Simulation], Json]
STANDS: dict[str, tuple[Begin, str, int]] = {
    "asked, not looked up": (
        lambda s: (
            _asked(s.clock.time(), step="ask", shown_at=None, expires_at=None)
            | {"batch": None, "next_attempt_at": s.clock.time(), "command_url": None}
        ),
        "asked",
        0,
    ),
    "asked": (lambda s: _asked(s.clock.time()), "reported", 1),
    "asked again": (lambda s: _asked(s.clock.time(), asked_again=1), "reported", 1),
    "confirmed": (_confirmed, "reported", 1),
    "confirmed and waiting": (lambda s: _confirmed(s, attempts=3), "reported", 1),
    "confirmed and sent": (
        lambda s: (
            _accepted(s, "confirmed", "request", accepted_at=None, polls=0)
            | {"requesting_since": s.clock.time() - 20}
        ),
        "reported",
        0,
    ),
    "accepted": (lambda s: _accepted(s, "cancelling", "announce"), "reported", 0),
    "being announced": (
        lambda s: (
            _accepted(s, "cancelling", "announce")
            | {"announcement": NO_POST | {"since": s.clock.time() - 10, "tries": 1}}
        ),
        "reported",
        0,
    ),
    "watched": (
        lambda s: _accepted(s, "cancelling", "follow", announcement=_post(s)),
        "reported",
        0,
    ),
    "to be noted": (
        lambda s: _accepted(s, "cancelling", "note", announcement=_post(s), slow_note=NO_POST),
        "reported",
        0,
    ),
    "ended": (lambda s: _ended(s, "report", announcement=_post(s)), "reported", 0),
    "replied": (_replied, "reported", 0),
    "abandoned": (
        lambda s: _accepted(s, "abandoned", "report", announcement=_post(s)),
        "abandoned",
        0,
    ),
    "told": (
        lambda s: (
            _ended(s, None, state="told", announcement=_post(s), finalized=True)
            | {"reply": _post(s, "1.0", "reply"), "told_at": s.clock.time()}
        ),
        "reported",
        0,
    ),
    "declined": (lambda _: {"state": "declined", "step": None}, "declined", 0),
    "withdrawn": (lambda s: _confirmed(s, state="withdrawn", step=None), "withdrawn", 0),
    "expired": (lambda _: {"state": "expired", "step": None}, "expired", 0),
    "refused": (
        lambda _: {"state": "refused", "step": None, "refusal": "not_found", "batch": None},
        "refused",
        0,
    ),
    "refused after the click": (
        lambda s: _confirmed(s, state="refused", step=None, refusal="final"),
        "refused",
        0,
    ),
}


@pytest.mark.parametrize("stands", STANDS)
async def test_a_row_comes_to_its_end_once(new_database_url: str, stands: str) -> None:
    """Whatever the version before left undone is done once, and what it did is not done again."""
    begin, end, cancels = STANDS[stands]
    scopes = ("channels:history", "im:history")
    sim = Simulation(new_database_url, scopes=scopes)
    sim.respan.add_batch(BATCH, cancel_seconds=20)
    now = sim.clock.time()
    async with Database(new_database_url, SteadyClock()) as database:
        await _at(database, "0006")
        row = begin(sim)
        await _insert(database, _row(now, **row))
        assert not await is_up_to_date(database)
        assert await migrate(database) == ("0006", NEWEST)
    async with sim:
        (request,) = await sim.requests()
        assert (request.id, request.token, request.batch_ids) == (ID, "the-token", (BATCH,))
        await _press(sim)
        await sim.pass_time(300)
        assert await sim.stage() == end
        assert len(sim.respan.cancels) == cancels
        is_reported = end in {"reported", "abandoned"}
        notes = 1 if stands == "to be noted" else 0
        parents = [m for m in sim.parents() if m.channel == "C0BATCHES"]
        assert len(parents) == (1 if is_reported else 0)
        expected = 1 + notes if is_reported else 0
        assert len([m for m in sim.replies() if m.channel == "C0BATCHES"]) == expected
        assert await _said(sim), stands


async def _press(sim: Simulation) -> None:
    """Press the button that the version before has shown."""
    shown = Ephemeral("U0ANA", "C0BATCHES", sim.slack.workspace.new_ts(), "old", [])
    sim.slack.workspace.show(shown)
    await sim.press(shown, CONFIRM, value="the-token")


async def _said(sim: Simulation) -> bool:
    """Return whether the click was answered."""
    return bool(sim.private()) and sim.private()[-1] != "old"


async def test_rows_of_all_kinds_at_once(new_database_url: str) -> None:
    """Ten thousand rows take seconds; JSON that is none keeps nobody from the upgrade."""
    sim = Simulation(new_database_url)
    sim.respan.add_batch(BATCH)
    async with Database(new_database_url, SteadyClock()) as database:
        await _at(database, "0006")
        row = _row(sim.clock.time(), state="refused", step=None, refusal="final")
        rows = [
            row | {"id": f"{n:032}", "token": f"t{n}", "request_key": f"k{n}"}
            for n in range(10_000)
        ]
        if database.is_sqlite:
            rows[7]["batch"] = '{"id": '
        async with database.writing() as connection:
            names = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            insert = text(f"INSERT INTO cancellations ({names}) VALUES ({values})")
            await connection.execute(insert, rows)
        assert await migrate(database) == ("0006", NEWEST)
        async with database.reading() as connection:
            counted = text("SELECT count(*), count(targets) FROM requests")
            assert tuple((await connection.execute(counted)).one()) == (10_000, 10_000)


async def test_the_first_schema_too(new_database_url: str) -> None:
    """A database of the first version is brought all the way."""
    async with Database(new_database_url, SteadyClock()) as database:
        await _at(database, "0001")
        assert await migrate(database) == ("0001", NEWEST)


OLDER_ANSWER = (
    "INSERT INTO answers (id, url, user_id, message, replace, version, created_at,"
    " next_attempt_at, attempts, direct_tries) VALUES (:id, 'https://slack.test/1', 'U0ANA',"
    """ '{"text": "hello", "blocks": []}', :no, 1, :now, :now, 0, 0)"""
)
"""How version 0008 puts an answer in the outbox."""


@pytest.mark.parametrize("when", ["before the upgrade", "beside this version"])
async def test_an_answer_of_the_version_before(new_database_url: str, when: str) -> None:
    """It is delivered as any other; that it names no request is known, and nothing is made up."""
    async with Database(new_database_url, SteadyClock()) as database:
        await _at(database, "0008" if when == "before the upgrade" else NEWEST)
        row = {"id": "a" * 64, "no": False, "now": await database.time()}
        async with database.writing() as connection:
            await connection.execute(text(OLDER_ANSWER), row)
        await migrate(database)
        stores = stores_on(database, 60)
        (waiting,) = await stores.answers.claim("me", 10, 28)
        assert (waiting.answer.message.text, waiting.answer.request_id) == ("hello", None)


async def test_the_last_step_can_be_taken_back(new_database_url: str) -> None:
    """The version before finds its own schema again, with the answers that were waiting."""

    def down(connection: Connection) -> None:
        command.downgrade(alembic_config(connection), "0010")

    async with Database(new_database_url, SteadyClock()) as database:
        await migrate(database)
        await stores_on(database, 60).answers.put(
            Answer("https://slack.test/1", "U0ANA", Message("hello"), request_id=ID)
        )
        async with database.writing() as connection:
            await connection.run_sync(down)
        assert await migrate(database) == ("0010", NEWEST)
        (waiting,) = await stores_on(database, 60).answers.claim("me", 10, 28)
        assert (waiting.answer.message.text, waiting.answer.request_id) == ("hello", ID)


async def test_there_is_no_way_back(new_database_url: str) -> None:
    """A request about several batches has no place in the older form: a backup has."""

    def down(connection: Connection) -> None:
        command.downgrade(alembic_config(connection), "0006")

    async with Database(new_database_url, SteadyClock()) as database:
        await migrate(database)
        with pytest.raises(NotImplementedError, match="restore a backup"):
            async with database.writing() as connection:
                await connection.run_sync(down)


async def test_the_newest_revision_is_the_one_that_alembic_knows(new_database_url: str) -> None:
    """The names of the files tell the same as the chain of migrations: none is passed over."""

    def read(connection: Connection) -> tuple[str | None, set[str]]:
        scripts = ScriptDirectory.from_config(alembic_config(connection))
        return scripts.get_current_head(), {one.revision for one in scripts.walk_revisions()}

    async with (
        Database(new_database_url, SteadyClock()) as database,
        database.reading() as connection,
    ):
        head, every = await connection.run_sync(read)
    assert (newest_revision(), _known()) == (head, every)


OLDER_REQUEST = (
    "INSERT INTO requests (id, token, user_id, channel_id, state, asked_at, targets, asked_again,"
    " wait_told, announcement, uneditable, reply, attempts, wakes, claim, claimed_at,"
    " next_attempt_at) VALUES (:id, 't', 'U0ANA', 'C0BATCHES', 'asked', :now, :targets, 0, :no,"
    " '{}', :no, '{}', 0, 0, 0, 0, :now)"
)
"""How versions 0009 and 0010 store a question."""

OLDER_CANCELLATION = (
    "INSERT INTO cancellations (id, request_id, batch_id, user_id, channel_id, confirmed_at, state,"
    " round, position, was_cancelling, is_blind, is_slow, polls, attempts, claim, claimed_at,"
    " next_attempt_at) VALUES (:id, :id, 'batch_abc123', 'U0ANA', 'C0BATCHES', :now, 'confirmed',"
    " 0, 0, :no, :no, :no, 0, 0, 0, 0, :now)"
)
"""How they store what was confirmed."""


@pytest.mark.parametrize("when", ["before the upgrade", "beside this version"])
async def test_a_confirmation_of_the_version_before(new_database_url: str, when: str) -> None:
    """Nobody else had to agree to it, it has no undo window, and is sent at once."""
    async with Database(new_database_url, SteadyClock()) as database:
        await _at(database, "0010" if when == "before the upgrade" else NEWEST)
        async with database.writing() as connection:
            row = {"id": ID, "no": False, "now": 1.0}
            await connection.execute(text(OLDER_CANCELLATION), row)
        await migrate(database)
        (found,) = await stores_on(database, 60).cancellation_queue.claim(10, 28)
        assert (found.approved_by, found.not_before, found.team_id) == (None, None, None)
        assert next_step(found) is Step.CANCEL
        assert [one async for one in Audit(database).records(Which())] == []


@pytest.mark.parametrize("when", ["before the upgrade", "beside this version"])
async def test_a_question_of_the_version_before(new_database_url: str, when: str) -> None:
    """It picks nothing, stands in no thread, and was asked for the first time."""
    async with Database(new_database_url, SteadyClock()) as database:
        await _at(database, "0009" if when == "before the upgrade" else NEWEST)
        row = {"id": ID, "no": False, "now": 1.0, "targets": '[{"batch_id": "batch_abc123"}]'}
        async with database.writing() as connection:
            await connection.execute(text(OLDER_REQUEST), row)
        await migrate(database)
        (request,) = await stores_on(database, 60).request_queue.claim(10, 28)
        assert request.batch_ids == (BATCH,)
        assert (request.words, request.thread_ts, request.user_name) == (None, None, None)
        flags = (request.replaces, request.after_change, request.changed_told)
        assert flags == (False, False, False)
        assert (request.decided_by, request.decided_at, request.ends_as) == (None, None, None)

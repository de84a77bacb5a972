"""The audit in both databases: only ever added to, in the transaction of what it tells."""

import asyncio
import json
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.domain.audit import Event, Record
from bot.domain.audit_chain import Ends, Fault, Place, Wrong, fault_at_end, fault_of
from bot.domain.cancellation import State
from bot.domain.clicked import Click
from bot.domain.clicks import decline, why_not_follow
from bot.domain.person import Person
from bot.domain.policy import Policy
from bot.errors import LeaseLost, StoreError, StoreUnavailable
from bot.sandbox.event_bus import SandboxClock
from bot.store.audit import Which, append
from bot.store.stores import Stores
from tests.rows import BATCH
from tests.store.questions import ANSWER, ask, cancellation, press, shown

DAY = 86400.0


async def add(stores: Stores, *records: Record) -> None:
    """Add records in a transaction of their own."""
    async with stores.database.writing() as connection:
        await append(connection, records, stores.database.now())


async def records(stores: Stores, **which: Any) -> list[dict[str, Any]]:
    """Return the records in their order."""
    return [columns async for columns in stores.audit.records(Which(**which))]


async def events(stores: Stores) -> list[str]:
    """Return what is recorded, in order."""
    return [columns["event"] for columns in await records(stores)]


async def ends(stores: Stores) -> Ends:
    """Return the two ends of the chain."""
    async for found in stores.audit.chain():
        assert isinstance(found, Ends)
        return found
    raise AssertionError


async def fault(stores: Stores) -> Fault | None:
    """Return the first record that is not as it was written."""
    before, last = Place(0, ""), Place(0, "")
    async for found in stores.audit.chain():
        if isinstance(found, Ends):
            before, last = found.pruned, found.last
            continue
        wrong = fault_of(before, found)
        if wrong is not None:
            return wrong
        before = Place(found["seq"], found["hash"])
    return fault_at_end(before, last)


async def run(stores: Stores, statement: str) -> None:
    """Do to the database what nobody should."""
    async with stores.database.writing() as connection:
        await connection.execute(text(statement))


async def tamper(stores: Stores, statement: str) -> None:
    """Do it past the triggers, as whoever owns the database can."""
    if stores.database.is_sqlite:
        for word in ("changed", "removed", "replaced"):
            await run(stores, f"DROP TRIGGER audit_is_not_{word}")
        await run(stores, statement)
        return
    async with stores.database.writing() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(text(statement))


async def test_what_is_asked_and_decided_is_one_chain(stores: Stores) -> None:
    """From the question to the end: each once, in order, with what it needs."""
    row = await shown(stores)
    await press(stores, row)
    sending = await cancellation(stores)
    intent = replace(sending, requesting_since=5.0)
    await stores.cancellation_queue.save_intent(sending, intent)
    taken = replace(intent, state=State.CANCELLING, accepted_at=6.0)
    await stores.cancellation_queue.save(sending, taken, 0.0)
    (watching,) = await stores.cancellation_queue.claim_watches([BATCH.id], 28, early=True)
    await stores.cancellation_queue.save_many(
        [(watching, replace(watching, state=State.ENDED, ended_at=7.0), 0.0)]
    )
    found = await records(stores)
    assert [columns["event"] for columns in found] == [
        *("asked", "shown", "confirmed", "intent", "accepted", "ended"),
    ]
    assert [columns["seq"] for columns in found] == [1, 2, 3, 4, 5, 6]
    assert {columns["request_id"] for columns in found} == {row.id}
    assert {columns["batch_ids"] for columns in found} == {BATCH.id}
    assert {columns["team_id"] for columns in found} == {"T0"}
    assert [columns["identifier"] for columns in found if columns["event"] == "intent"] == ["U0ANA"]
    assert found[0]["request_key"].startswith("U0ANA")
    assert found[2]["request_key"].startswith("click-")
    assert await fault(stores) is None
    assert await ends(stores) == Ends(Place(0, ""), Place(6, found[-1]["hash"]))


async def test_what_is_taken_back_leaves_no_record(stores: Stores) -> None:
    """A write that fails after its record has none, and the next one has its number."""
    row = await shown(stores)
    before = await records(stores)
    with pytest.raises(LeaseLost):
        await stores.request_queue.save(replace(row, claim=9), replace(row, shown_at=None), None)
    with pytest.raises(ZeroDivisionError):
        await _fail_after(stores)
    assert await records(stores) == before
    await add(stores, Record(Event.ASKED))
    assert [columns["seq"] for columns in await records(stores)] == [1, 2, 3]
    assert await fault(stores) is None


async def _fail_after(stores: Stores) -> None:
    async with stores.database.writing() as connection:
        await append(connection, [Record(Event.ASKED)], stores.database.now())
        raise ZeroDivisionError


async def test_many_writers_keep_one_chain(stores: Stores, others: Stores) -> None:
    """Also where every third of them fails, and several processes write."""

    async def write(number: int) -> None:
        one = (stores, others)[number % 2]
        async with one.database.writing() as connection:
            record = Record(Event.ASKED, f"U{number}", details={"n": number})
            await append(connection, [record] * (1 + number % 2), one.database.now())
            if number % 3 == 0:
                raise ZeroDivisionError

    done = await asyncio.gather(*(write(n) for n in range(60)), return_exceptions=True)
    assert sum(isinstance(one, ZeroDivisionError) for one in done) == 20
    written = [n for n in range(60) if n % 3]
    found = await records(stores)
    assert len(found) == sum(1 + n % 2 for n in written)
    assert {columns["user_id"] for columns in found} == {f"U{n}" for n in written}
    assert await fault(stores) is None


async def test_a_replay_has_no_second_record(stores: Stores) -> None:
    """Neither an answer nor a click that came before is recorded again, nor a command."""
    row = await shown(stores)
    click = Click(row.user_id, row.channel_id, row.token, "https://x.test/1", "key")
    deciding = decline(click, Policy(), Person(row.user_id))
    denied = Record(Event.DENIED, "U0BEN", details={"rule": "guest"})
    for _ in range(2):
        await stores.requests.click_on_token(row.token, deciding, lambda _: ANSWER, click)
        await stores.answers.put_once(ANSWER, "one", denied)
        await ask(stores, "batch_x", key="two")
    assert await events(stores) == ["asked", "shown", "declined", "denied", "asked"]


async def test_who_may_not_follow(stores: Stores) -> None:
    """A denial of a click on Tell me too is recorded, and nothing else of it."""
    row = await shown(stores)
    for key, user in (("one", "U0EVE"), ("two", row.user_id), ("two", "U0EVE")):
        click = Click(user, row.channel_id, row.id, "https://x.test/1", key)
        refuse = partial(why_not_follow, click, Policy(), Person(user))
        await stores.follows.follow(row.id, refuse, lambda _: ANSWER, click)
    *_, denied = await records(stores)
    assert await events(stores) == ["asked", "shown", "denied"]
    assert (denied["user_id"], denied["request_id"]) == ("U0EVE", row.id)
    assert json.loads(denied["details"])["rule"] == "wrong_person"


REFUSED = [
    "UPDATE audit SET user_id = 'U0EVE'",
    "UPDATE audit SET seq = seq + 100",
    "DELETE FROM audit",
    "DELETE FROM audit WHERE seq = 1",
]
OF_SQLITE = [
    "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 1",
    "UPDATE OR REPLACE audit SET seq = 1 WHERE seq = 2",
    "REPLACE INTO audit SELECT * FROM audit",
]
OF_POSTGRESQL = [
    "TRUNCATE audit",
    "TRUNCATE audit, audit_chain",
    "INSERT INTO audit SELECT * FROM audit ON CONFLICT (seq) DO UPDATE SET user_id = 'U0EVE'",
]


async def test_the_triggers_refuse(stores: Stores) -> None:
    """Nothing of it is changed or removed, whatever the statement."""
    await add(stores, Record(Event.ASKED, "U0ANA"), Record(Event.SHOWN, "U0ANA"))
    before = await records(stores)
    own = OF_SQLITE if stores.database.is_sqlite else OF_POSTGRESQL
    for statement in REFUSED + own:
        with pytest.raises((DBAPIError, StoreError)) as refused:
            await run(stores, statement)
        assert "only ever added to" in str(refused.value), statement
        assert await records(stores) == before
    await run(stores, "DELETE FROM audit_chain")
    with pytest.raises((DBAPIError, StoreError)):
        await run(stores, "DELETE FROM audit")


async def test_nothing_is_done_unrecorded(stores: Stores) -> None:
    """Where the chain's own row is gone, the write fails, and the question is not stored."""
    await run(stores, "DELETE FROM audit_chain")
    with pytest.raises(StoreUnavailable, match="audit_chain"):
        await shown(stores)
    with pytest.raises(StoreUnavailable, match="audit_chain"):
        await fault(stores)
    assert await stores.request_queue.claim(10, 28) == []


async def test_records_are_forgotten_from_the_beginning(
    stores: Stores, clock: SandboxClock
) -> None:
    """In order, in small steps; a younger one keeps what comes after it, however old that says."""
    for number in range(5):
        await add(stores, Record(Event.ASKED, f"U{number}"))
        clock.advance(DAY)
    whole = await records(stores)
    assert await stores.audit.prune(4.5 * DAY, 10) == 1
    assert await stores.audit.prune(4.5 * DAY, 10) == 0
    assert await stores.audit.prune(1.5 * DAY, 2) == 2
    assert await records(stores) == whole[3:]
    assert await fault(stores) is None
    assert (await ends(stores)).pruned == Place(3, whole[2]["hash"])
    with pytest.raises((DBAPIError, StoreError)):
        await run(stores, "DELETE FROM audit")
    assert await stores.audit.prune(-DAY, 10) == 2
    assert await records(stores) == []
    assert await fault(stores) is None
    await add(stores, Record(Event.ASKED))
    assert [columns["seq"] for columns in await records(stores)] == [6]
    assert await fault(stores) is None


async def test_a_clock_that_went_back_makes_no_gap(stores: Stores, clock: SandboxClock) -> None:
    """What is older than the record before it waits for that one."""
    await add(stores, Record(Event.ASKED))
    clock.advance(-10 * DAY)
    await add(stores, Record(Event.SHOWN))
    clock.advance(11 * DAY)
    assert await stores.audit.prune(5 * DAY, 10) == 0
    assert await stores.audit.prune(DAY / 2, 10) == 2


async def test_which_records(stores: Stores, clock: SandboxClock) -> None:
    """By time, person and batch; an id that is the beginning of another is another."""
    begun = await stores.database.time()
    await add(stores, Record(Event.ASKED, "U0ANA", batch_ids=("batch_a", "batch_a_b")))
    clock.advance(10)
    await add(stores, Record(Event.ASKED, "U0BEN", batch_ids=("batch_a",)))
    clock.advance(10)
    await add(stores, Record(Event.ASKED, "U0ANA", batch_ids=("batchXa", "batch_a_bc")))

    async def numbers(**which: Any) -> list[int]:
        return [columns["seq"] for columns in await records(stores, **which)]

    assert await numbers() == [1, 2, 3]
    assert await numbers(user_id="U0ANA") == [1, 3]
    assert await numbers(batch_id="batch_a") == [1, 2]
    assert await numbers(batch_id="batch_a_b") == [1]
    assert await numbers(since=begun + 9) == [2, 3]
    first = (await records(stores))[0]["at"]
    assert await numbers(since=first, until=first + 5) == [1]
    assert await numbers(until=first) == []
    assert await numbers(user_id="U0ANA", batch_id="batch_a", since=begun - 1) == [1]


async def test_pages_are_one_whole(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many records there are, and whatever is added meanwhile."""
    monkeypatch.setattr("bot.store.audit._AT_ONCE", 3)
    for count in (2, 1, 3, 4):
        await add(stores, *[Record(Event.ASKED)] * count)
        seen: list[int] = []
        async for columns in stores.audit.records(Which()):
            if not seen:
                await add(stores, Record(Event.SHOWN))
            seen.append(columns["seq"])
        assert seen == list(range(1, len(await records(stores))))
    assert await fault(stores) is None


TAMPERED = [
    ("UPDATE audit SET user_id = 'U0EVE' WHERE seq = 3", Fault(Wrong.CHANGED, 3)),
    ("UPDATE audit SET at = at + 1 WHERE seq = 1", Fault(Wrong.CHANGED, 1)),
    ("UPDATE audit SET hash = previous_hash WHERE seq = 5", Fault(Wrong.CHANGED, 5)),
    ("DELETE FROM audit WHERE seq = 1", Fault(Wrong.REMOVED, 1)),
    ("DELETE FROM audit WHERE seq IN (3, 4)", Fault(Wrong.REMOVED, 3)),
    ("DELETE FROM audit WHERE seq = 5", Fault(Wrong.REMOVED, 5)),
    ("DELETE FROM audit", Fault(Wrong.REMOVED, 1)),
    (
        (
            "INSERT INTO audit SELECT 6, at, event, user_id, team_id, channel_id, request_id,"
            " batch_ids, identifier, request_key, details, previous_hash, hash FROM audit"
            " WHERE seq = 5"
        ),
        Fault(Wrong.CHANGED, 6),
    ),
    ("UPDATE audit SET seq = 0 WHERE seq = 1", Fault(Wrong.PUT_IN, 0)),
    ("UPDATE audit_chain SET last_seq = 4", Fault(Wrong.PUT_IN, 5)),
    ("UPDATE audit_chain SET last_hash = ''", Fault(Wrong.REPLACED, 5)),
    ("UPDATE audit_chain SET pruned_hash = 'x'", Fault(Wrong.REPLACED, 1)),
    ("UPDATE audit_chain SET pruned_seq = 2", Fault(Wrong.PUT_IN, 1)),
]


@pytest.mark.parametrize(("statement", "expected"), TAMPERED)
async def test_each_kind_of_tampering_is_found(
    stores: Stores, statement: str, expected: Fault
) -> None:
    """By whoever took the triggers away first: the first record that is wrong is named."""
    await add(stores, *(Record(Event.ASKED, f"U{n}") for n in range(5)))
    assert await fault(stores) is None
    await tamper(stores, statement)
    assert await fault(stores) == expected

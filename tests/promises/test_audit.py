"""The audit alone explains every cancel call, and every denial stands in it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from pytest_mock import MockerFixture

from bot.clients.respan import RespanClient
from bot.domain.batch import Batch
from bot.domain.request import RequestState
from bot.sandbox.slack.workspace import Person
from bot.views.unsent import WITHDRAW_ACTION
from tests.simulation import BATCH, CONFIRM, DECLINE, Simulation

WHOLE = ["asked", "shown", "confirmed", "intent", "accepted", "ended", "reported"]
Play = Callable[[Simulation], Awaitable[None]]


def _guest(sim: Simulation) -> None:
    person = sim.slack.workspace.people["U0EVE"] = Person("U0EVE", "eve", "Eve", "eve@test.test")
    object.__setattr__(person, "guest", True)


async def at_the_command(sim: Simulation) -> None:
    """Somebody types it who is not on the list."""
    await sim.ask(user="U0EVE")


async def by_the_shortcut(sim: Simulation) -> None:
    """Somebody uses the shortcut who is not on the list."""
    alert = sim.slack.workspace.say(f"`{BATCH}` runs", "U0BEN", "C0BATCHES")
    await sim.shortcut(alert, user="U0EVE")


async def where_it_is_looked_up(sim: Simulation) -> None:
    """Ask as a guest; nobody knew it before Slack was asked."""
    _guest(sim)
    await sim.ask(user="U0EVE")


async def where_it_is_listed(sim: Simulation) -> None:
    """Ask for the list as a guest."""
    _guest(sim)
    await sim.ask("", user="U0EVE")


async def where_it_is_only_looked_at(sim: Simulation) -> None:
    """Ask for the status as a guest."""
    _guest(sim)
    await sim.ask(f"status {BATCH}", user="U0EVE")


async def in_another_channel(sim: Simulation) -> None:
    """Somebody asks where nobody may."""
    await sim.ask(user="U0EVE", channel="C0GENERAL")


async def of_another_person(sim: Simulation) -> None:
    """Somebody presses the button of somebody else's question."""
    shown = await sim.ask()
    await sim.press(shown, user="U0EVE")


async def in_another_place(sim: Simulation) -> None:
    """Their own question, clicked in another channel."""
    shown = await sim.ask(user="U0EVE")
    await sim.press(shown, channel="C0GENERAL")


async def at_the_click(sim: Simulation) -> None:
    """Ask with the list as it was; who clicks later is none of it any more."""
    shown = await sim.ask(user="U0EVE")
    handler = sim.crew[0].work.handler
    object.__setattr__(handler, "policy", replace(handler.policy, users=frozenset({"U0ANA"})))
    await sim.press(shown)


async def before_the_call(sim: Simulation) -> None:
    """Somebody confirmed, and was deactivated before the cancel call."""
    await sim.confirm(user="U0EVE")
    _guest(sim)
    await sim.pass_time(60)


DENIED: list[tuple[Play, dict[str, Any], str, str]] = [
    (at_the_command, {"allowed_users": "U0ANA"}, "not_allowed", "command"),
    (by_the_shortcut, {"allowed_users": "U0ANA"}, "not_allowed", "command"),
    (in_another_channel, {"allowed_channels": "C0BATCHES"}, "wrong_channel", "command"),
    (where_it_is_looked_up, {}, "guest", "step"),
    (where_it_is_listed, {}, "guest", "step"),
    (where_it_is_only_looked_at, {}, "guest", "step"),
    (of_another_person, {}, "wrong_person", "click"),
    (in_another_place, {}, "wrong_place", "click"),
    (at_the_click, {"allowed_users": "U0EVE"}, "not_allowed", "click"),
    (before_the_call, {}, "guest", "call"),
]


@pytest.mark.parametrize(("play", "settings", "rule", "at"), DENIED)
async def test_every_denial_has_its_record(
    database_url: str, play: Play, settings: dict[str, Any], rule: str, at: str
) -> None:
    """One, with its rule, where it applied, and whom; and nothing of theirs is called."""
    async with Simulation(database_url, **settings) as sim:
        sim.respan.add_batch(BATCH)
        await play(sim)
        await sim.pass_time(60)
        (denied,) = [one for one in await sim.records() if one["event"] == "denied"]
        assert denied["user_id"] == "U0EVE"
        assert denied["details"] == {"rule": rule, "at": at, "role": "asker", "other": None}
        assert denied["team_id"] == "T0SANDBOX"
        assert denied["batch_ids"] == ("" if play is where_it_is_listed else BATCH)
        assert sim.respan.cancels == []
        assert "intent" not in await sim.events()


async def test_a_replay_of_a_denial_is_one_record(database_url: str) -> None:
    """Slack sends again what it thinks was not answered: nothing is decided twice."""
    async with Simulation(database_url, allowed_users="U0BEN") as sim:
        delivery = await sim.slack.command(BATCH)
        await sim.slack.post_raw(delivery.body.encode(), delivery.headers)
        await sim.pass_time(5)
        assert await sim.events() == ["denied"]


async def test_the_whole_of_it(database_url: str) -> None:
    """A cancellation, in order: what was shown, in whose name, and how it ended."""
    async with Simulation(database_url) as sim:
        sim.respan.add_batch(BATCH, cancel_seconds=5)
        await sim.confirm()
        await sim.pass_time(60)
        found = await sim.records()
        assert [one["event"] for one in found] == WHOLE
        shown, ended = found[1]["details"]["batches"][0], found[5]["details"]
        assert (shown["id"], shown["status"], shown["total"]) == (BATCH, "in_progress", 100)
        assert ended["status"] == "cancelled"
        assert [one["request_key"] is not None for one in found] == [
            one < 1 or one == 2 for one in range(7)
        ]
        await explained(sim)


async def explained(sim: Simulation, seen: int | None = None) -> None:
    """Fail unless the audit explains each cancel call: an intent in that name, and its decision."""
    found = await sim.records()
    calls = Counter((one.batch_id, one.identifier) for one in sim.respan.cancels)
    intents = [one for one in found if one["event"] == "intent"]
    told = Counter((one["batch_ids"], one["identifier"]) for one in intents)
    assert calls <= told
    if seen is not None:
        assert told.total() == seen
    for intent in intents:
        decided = [
            one
            for one in found[: found.index(intent)]
            if one["event"] in {"confirmed", "approved"}
            and one["request_id"] == intent["request_id"]
            and intent["batch_ids"] in one["batch_ids"].split()
        ]
        assert decided, intent
        by = decided[-1]
        assert by["user_id"] == (intent["details"]["approved_by"] or intent["user_id"])


async def test_killed_between_the_intent_and_the_call(
    database_url: str, mocker: MockerFixture
) -> None:
    """Its record is there, and the call never was: the next try has a record of its own."""
    async with Simulation(database_url) as sim:
        sim.respan.add_batch(BATCH, cancel_seconds=5)
        await sim.confirm()
        dead = sim.crew[0]
        real = RespanClient.cancel
        turn: asyncio.Task[int] | None = None

        async def die(_self: RespanClient, _batch_id: str, _identifier: str) -> Batch:
            assert turn is not None
            turn.cancel()
            await asyncio.sleep(60)
            raise AssertionError

        mocker.patch.object(RespanClient, "cancel", die)
        turn = asyncio.ensure_future(sim._turn(dead))
        await asyncio.wait({turn})
        sim.crew.remove(dead)
        mocker.patch.object(RespanClient, "cancel", real)
        await sim.take_over()
        assert await sim.events() == WHOLE[:4]
        assert sim.respan.cancels == []
        await sim.pass_time(60)
        assert await sim.events() == [*WHOLE[:4], "intent", *WHOLE[4:]]
        assert len(sim.respan.cancels) == 1
        await explained(sim, 2)


@pytest.mark.parametrize("when", ["before_processing", "after_answer"])
async def test_killed_at_each_call(database_url: str, when: str) -> None:
    """However often the bot dies, no decision has two records, and each call has its intent."""
    async with Simulation(database_url) as sim:
        sim.respan.add_batch(BATCH, cancel_seconds=5)
        shown = await sim.ask()
        await sim.press(shown)
        calls = 0
        for _ in range(12):
            name = await sim.crash(sim.crew[0], when)
            calls += name == "cancel"
            if name:
                await sim.take_over()
            else:
                await sim.pass_time(2)
        await sim.pass_time(600)
        found = Counter(await sim.events())
        assert found.pop("intent") >= max(1, calls)
        assert found == Counter(one for one in WHOLE if one != "intent")
        await explained(sim)


async def test_what_others_cancel_is_joined(database_url: str) -> None:
    """Who comes second has the record of what they wait for; who has nothing of it is refused."""
    async with Simulation(database_url) as sim:
        for batch_id in ("batch_a", "batch_b"):
            sim.respan.add_batch(batch_id, cancel_seconds=5)
        first = await sim.ask("batch_a")
        second = await sim.ask("batch_a batch_b", user="U0BEN")
        third = await sim.ask("batch_a", user="U0EVE")
        for shown in (first, second, third):
            await sim.press(shown)
        await sim.pass_time(60)
        ana, ben, eve = sorted(await sim.requests(), key=lambda request: request.user_id)
        events = Counter((one["event"], one["request_id"]) for one in await sim.records())
        assert events["joined", ben.id] == events["refused", eve.id] == 1
        (joined,) = [one for one in await sim.records() if one["event"] == "joined"]
        other = {"id": "batch_a", "request_id": ana.id, "user_id": "U0ANA"}
        assert joined["details"] == {"others": [other]}
        assert eve.state is RequestState.REFUSED
        await explained(sim, 2)


async def test_declined_expired_and_withdrawn(database_url: str) -> None:
    """Each way in which nothing is cancelled is told, with who did it."""
    async with Simulation(database_url) as sim:
        for batch_id in ("batch_a", "batch_b", "batch_c"):
            sim.respan.add_batch(batch_id)
        await sim.press(await sim.ask("batch_a"), DECLINE)
        await sim.ask("batch_b")
        await sim.pass_time(700)
        sim.respan.faults.add("retrieve", "status", times=None, code=503)
        sim.respan.faults.add("cancel", "status", times=None, code=503)
        shown = await sim.ask("batch_c")
        await sim.pass_time(20)
        (mine,) = [one for one in await sim.requests() if one.batch_ids == ("batch_c",)]
        await sim.press(shown, CONFIRM, value=mine.token)
        await sim.pass_time(10)
        await sim.press(shown, WITHDRAW_ACTION, value=mine.id)
        await sim.pass_time(60)
        found = Counter(await sim.events())
        assert found["declined"] == found["expired"] == found["withdrawn"] == 1
        assert found["confirmed"] == 1
        await explained(sim)

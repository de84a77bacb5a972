"""Whatever a message shortcut carries, it is answered or dropped, and nothing is cancelled."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.listeners.shortcut import thread_of
from bot.sandbox.slack.workspace import BOT_USER, SandboxMessage
from tests.simulation import BATCH, Simulation


@pytest.fixture
async def sim(tmp_path: Path) -> AsyncIterator[Simulation]:
    """Give a simulation in which the example batch runs."""
    async with Simulation(f"sqlite:///{tmp_path / 'bot.db'}") as made:
        made.respan.add_batch(BATCH)
        yield made


def alert(sim: Simulation, words: str = f"look at {BATCH}", **more: Any) -> SandboxMessage:
    """Let another app write something."""
    return sim.slack.workspace.alert(words, "C0BATCHES", **more)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"user": None}, ""),
        ({"user": {}}, ""),
        ({"user": "U0ANA"}, ""),
        ({"user": {"id": "<!channel>"}}, ""),
        ({"channel": None}, ""),
        ({"channel": {"id": ["C0BATCHES"]}}, ""),
        ({"channel": "C0BATCHES"}, ""),
        ({"message": None}, "holds no batch id"),
        ({"message": BATCH}, "holds no batch id"),
        ({"message": [BATCH]}, "holds no batch id"),
        ({"message": {"text": {"text": 7}, "blocks": "x", "ts": BATCH}}, "holds no batch id"),
        ({"message": {"text": "batch_ " * 100_000}}, "too long to be read"),
        ({"message": {"text": "batch_\ud800\u0000"}}, "holds no batch id"),
        ({"message": {"text": BATCH}}, "Cancel `batch_abc123`?"),
        ({"message": {"text": BATCH, "ts": 7, "thread_ts": ["1.1"]}}, "Cancel `batch_abc123`?"),
        ({"message_ts": None}, "Cancel `batch_abc123`?"),
        ({"team": None}, "Cancel `batch_abc123`?"),
        ({"channel": {"id": "C0BATCHES", "name": ["x"]}}, "Cancel `batch_abc123`?"),
        ({"channel": {"id": "C0BATCHES", "name": "x\u0000"}}, "Cancel `batch_abc123`?"),
        ({"user": {"id": "U0ANA", "name": 7}}, "Cancel `batch_abc123`?"),
        ({"type": "shortcut"}, "does not know this shortcut"),
        ({"callback_id": "made_up"}, "does not know this shortcut"),
        ({"callback_id": None}, ""),
        ({"team": {"id": "T0OTHER"}}, "serves another workspace"),
        ({"is_enterprise_install": True, "team": None}, "not for the organization"),
    ],
)
async def test_odd_payloads(sim: Simulation, changes: dict[str, Any], outcome: str) -> None:
    """Odd fields are never a 5xx; who can be told what is wrong is told."""
    delivery = await sim.shortcut(alert(sim), changes=changes)
    assert delivery.acked
    await sim.pass_time(5)
    assert (outcome in sim.private()[-1]) if outcome else sim.private() == []
    assert sim.respan.cancels == []


async def test_without_a_response_url_it_is_answered_directly(sim: Simulation) -> None:
    """Nobody is left without an answer."""
    await sim.shortcut(alert(sim), changes={"response_url": None})
    await sim.pass_time(5)
    (direct,) = [m for m in sim.slack.workspace.messages if m.channel == "D0ANA"]
    assert "the answer to your shortcut in <#C0BATCHES>" in direct.text


async def test_who_is_dropped_stands_in_the_log(sim: Simulation) -> None:
    """Slack sends no such thing; if it does, somebody can see it."""
    with capture_logs() as logs:
        await sim.shortcut(alert(sim), changes={"user": None})
    events = [line["event"] for line in logs]
    assert "a shortcut without a user or a channel was dropped" in events


async def test_who_may_not(tmp_path: Path) -> None:
    """Permissions count as for the command, and the message is not even read."""
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    async with Simulation(url, allowed_users="U0BEN", allowed_channels="C0BATCHES") as sim:
        await sim.shortcut(alert(sim))
        elsewhere = sim.slack.workspace.alert(BATCH, "C0GENERAL")
        await sim.shortcut(elsewhere, user="U0BEN")
        await sim.pass_time(5)
        assert "You are not among the people" in sim.private()[-1]
        assert "can't be cancelled from this channel" in sim.private("U0BEN")[-1]
        assert await sim.requests() == []


@pytest.mark.parametrize(("count", "words"), [(20, "Cancel"), (21, "names 21 batches")])
async def test_how_many(sim: Simulation, count: int, words: str) -> None:
    """Twenty are asked about, twenty-one are too many."""
    ids = [f"batch_{number:03d}" for number in range(count)]
    for batch_id in ids:
        sim.respan.add_batch(batch_id)
    await sim.shortcut(alert(sim, " ".join(ids)))
    await sim.pass_time(5)
    assert words in sim.private()[-1]
    assert len(await sim.requests()) == (1 if count == 20 else 0)


async def test_the_place_is_kept_and_the_words_are_not(sim: Simulation) -> None:
    """The row has the ids, the thread and the names of person and place."""
    on = alert(sim, f"s3cret {BATCH}")
    with capture_logs() as logs:
        await sim.shortcut(on)
    await sim.pass_time()
    request = await sim.request()
    assert (request.batch_ids, request.thread_ts) == ((BATCH,), on.ts)
    assert (request.user_name, request.channel_kind) == ("ana", "batches")
    assert "s3cret" not in repr(request) + repr(logs)


async def test_on_the_bots_own_message(sim: Simulation) -> None:
    """Its announcement names a batch as any other message does."""
    own = sim.slack.workspace.say(f"is cancelling `{BATCH}`", BOT_USER, "C0BATCHES")
    await sim.shortcut(own, user="U0BEN")
    await sim.pass_time()
    assert f"Cancel `{BATCH}`?" in sim.private("U0BEN")[-1]


async def test_a_replay_is_not_answered_twice(sim: Simulation) -> None:
    """The signature tells it from a second use."""
    delivery = await sim.shortcut(alert(sim))
    await sim.slack.post_raw(delivery.body.encode(), delivery.headers)
    await sim.pass_time(5)
    assert len(sim.private()) == len(await sim.requests()) == 1


async def test_another_message_is_another_question(sim: Simulation) -> None:
    """The same batch in another thread is asked about there too; the same message is not."""
    first, second = alert(sim), alert(sim)
    for on in (first, second, first):
        await sim.shortcut(on)
        await sim.pass_time(1)
    assert [r.thread_ts for r in await sim.requests()] == [first.ts, second.ts]
    assert len(sim.private()) == 3


@pytest.mark.parametrize(
    ("body", "thread"),
    [
        ({"message": {"ts": "1.2", "thread_ts": "1.1"}, "message_ts": "1.3"}, "1.1"),
        ({"message": {"ts": "1.2"}, "message_ts": "1.3"}, "1.2"),
        ({"message": "x", "message_ts": "1.3"}, "1.3"),
        ({"message": {"ts": 1.2, "thread_ts": None}}, None),
        ({"message_ts": "1711475161.000100\n"}, None),
        ({"message_ts": "1" * 17 + ".0"}, None),
        ({"message_ts": "\u0661.\u0661"}, None),
        ({}, None),
    ],
)
def test_thread_of(body: dict[str, Any], thread: str | None) -> None:
    """The parent, else the message; only what can be a ts."""
    assert thread_of(body) == thread

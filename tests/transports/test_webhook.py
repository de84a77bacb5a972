"""OpenAI says that a batch has ended: it is read at once. Nobody else can say so."""

import base64
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from pytest_mock import MockerFixture

from bot.errors import StoreUnavailable
from bot.store.cancellation_queue import CancellationQueue
from bot.transports.webhook import ended_batch
from tests.simulation import BATCH, Simulation
from tests.webhooks import SECRET, event_of, signed

OTHER = "whsec_" + base64.b64encode(b"another secret of somebody else").decode()


@pytest.fixture
async def watching(database_url: str) -> AsyncIterator[Simulation]:
    """Give a simulation in which a batch has been watched for a while, and hears webhooks."""
    async with Simulation(database_url, openai_webhook_secret=SECRET) as sim:
        sim.respan.add_batch(BATCH, cancel_seconds=1e9)
        await sim.confirm()
        await sim.pass_time(900)
        yield sim


async def _post(sim: Simulation, body: bytes, headers: dict[str, str]) -> int:
    url = f"http://127.0.0.1:{sim.server.port}/openai/webhook"
    async with (
        aiohttp.ClientSession() as http,
        http.post(url, data=BytesIO(body), headers=headers) as answer,
    ):
        return answer.status


async def _looks(sim: Simulation) -> int:
    """Return how many looks a second of the bot brings."""
    before = len(sim.respan.exchanges)
    await sim.pass_time(1.0)
    return len(sim.respan.exchanges) - before


@pytest.mark.parametrize("kind", ["cancelled", "completed", "failed", "expired"])
async def test_an_end_is_told_at_once(watching: Simulation, kind: str) -> None:
    """The batch is read in Respan, whose word alone counts; the reply comes within a second."""
    watching.respan.batches[BATCH].ends_as = kind
    watching.respan.batches[BATCH].cancel_seconds = 0.0
    body = event_of(BATCH, f"batch.{kind}")
    assert await _post(watching, body, signed(body)) == 200
    await watching.pass_time(1.0)
    assert await watching.stage() == "reported"
    expected = "is cancelled" if kind == "cancelled" else f"was not cancelled: it {kind}"
    assert expected in watching.replies()[-1].text


async def test_what_respan_does_not_know_yet(watching: Simulation) -> None:
    """It is looked at again soon, not in a minute; nothing is told before."""
    body = event_of(BATCH)
    assert await _post(watching, body, signed(body)) == 200
    await watching.pass_time(1.0)
    assert await watching.stage() == "cancelling"
    watching.respan.batches[BATCH].cancel_seconds = 0.0
    await watching.pass_time(7.0)
    assert await watching.stage() == "reported"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"webhook-signature": "v1,AAAA"}, 401),
        ({"webhook-signature": "v1"}, 401),
        ({"webhook-signature": "v1,,"}, 401),
        ({"webhook-signature": "é"}, 401),
        ({"webhook-signature": ""}, 401),
        ({"webhook-signature": "v2,AAAA v1,!!!!"}, 401),
        ({"webhook-timestamp": "0"}, 401),
        ({"webhook-timestamp": "nan"}, 401),
        ({"webhook-timestamp": "1e400"}, 401),
        ({"webhook-timestamp": ""}, 401),
        ({"webhook-id": "another"}, 401),
        ({"webhook-id": ""}, 401),
        ({}, 200),
    ],
)
async def test_forged_ones_change_nothing(
    watching: Simulation, change: dict[str, str], status: int
) -> None:
    """Whatever a stranger makes of a good one; the last line is the good one itself."""
    body = event_of(BATCH)
    assert await _post(watching, body, signed(body) | change) == status
    assert await _looks(watching) == (1 if status == 200 else 0)


async def test_other_bodies_ages_and_secrets(watching: Simulation) -> None:
    """A changed body, one of another secret, a stale one, one from the future, none at all."""
    body = event_of(BATCH)
    for wrong in (
        await _post(watching, body + b" ", signed(body)),
        await _post(watching, body, signed(body, secret=OTHER)),
        await _post(watching, body, signed(body, age=301)),
        await _post(watching, body, signed(body, age=-302)),
        await _post(watching, b"\xff\xfe", signed(b"x")),
        await _post(watching, body, {}),
    ):
        assert wrong == 401
    assert await _looks(watching) == 0


async def test_a_replay_changes_nothing(watching: Simulation) -> None:
    """OpenAI repeats what had no answer in time: it is answered again, and looked at once."""
    body = event_of(BATCH)
    headers = signed(body)
    assert [await _post(watching, body, headers) for _ in range(3)] == [200] * 3
    assert await _looks(watching) == 1
    await watching.pass_time(20)
    before = await watching.requests()
    assert await _post(watching, body, headers) == 200
    assert await watching.requests() == before


@pytest.mark.parametrize(
    "body",
    [
        event_of("batch_unknown"),
        event_of(BATCH, "batch.in_progress"),
        event_of(BATCH, "response.completed"),
        event_of(BATCH).replace(BATCH.encode(), b"\\u0000"),
        b"{}",
        b"[]",
        b"7",
        b"not json",
        b'{"type": ["batch.cancelled"], "data": {"id": "batch_abc123"}}',
        b'{"type": "batch.cancelled", "data": {"id": 7}}',
        b'{"type": "batch.cancelled", "data": []}',
        b"[" * 100_000,
    ],
    ids=range(12),
)
async def test_what_is_of_no_use(watching: Simulation, body: bytes) -> None:
    """It is answered, for nobody is to send it again, and changes nothing."""
    assert await _post(watching, body, signed(body)) == 200
    assert await _looks(watching) == 0


async def test_an_oversized_one(watching: Simulation) -> None:
    """It is refused before it is read to its end."""
    body = b" " * 2_000_000 + event_of(BATCH)
    assert await _post(watching, body, signed(body)) == 413
    assert await _looks(watching) == 0


async def test_while_the_database_is_away(watching: Simulation, mocker: MockerFixture) -> None:
    """It is not acknowledged: OpenAI sends it again, and then it counts."""
    body = event_of(BATCH)
    headers = signed(body)
    away = mocker.patch.object(CancellationQueue, "look_now", side_effect=StoreUnavailable("x"))
    assert await _post(watching, body, headers) == 503
    mocker.stop(away)
    assert await _post(watching, body, headers) == 200
    assert await _looks(watching) == 1


async def test_a_look_under_way_is_outdated(watching: Simulation) -> None:
    """One that began before the end and is answered after the webhook does not put it off."""
    queue = watching.crew[0].stores.cancellation_queue
    (held,) = await queue.claim_watches([BATCH], 26.0, early=True)
    body = event_of(BATCH)
    assert await _post(watching, body, signed(body)) == 200
    watching.respan.batches[BATCH].cancel_seconds = 0.0
    written: list[Any] = await queue.save_many([(held, held, 60.0)])
    assert written == []
    await watching.pass_time(1.0)
    assert await watching.stage() == "reported"


async def test_without_a_secret_there_is_no_such_place(sim: Simulation) -> None:
    """Nobody can knock where nobody listens."""
    body = event_of(BATCH)
    assert await _post(sim, body, signed(body)) == 404


async def test_before_the_bot_is_ready(watching: Simulation) -> None:
    """It is sent again later."""
    watching.server.open_for(None)
    body = event_of(BATCH)
    assert await _post(watching, body, signed(body)) == 503


def test_the_longest_id() -> None:
    """What can be no id of a batch is none."""
    assert ended_batch(event_of("b" * 200)) == "b" * 200
    assert ended_batch(event_of("b" * 201)) is None
    assert ended_batch(event_of("")) is None

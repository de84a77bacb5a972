"""The local Respan's batches live and end as real ones do."""

import aiohttp
import pytest

from bot.sandbox.respan.batches import SandboxBatch
from bot.sandbox.respan.server import SandboxRespan


def test_a_batch_runs_until_it_is_done() -> None:
    """It completes by itself, and can't be cancelled then."""
    batch = SandboxBatch("batch_a", 0.0, total=10, completed=0, failed=0, rate=1.0)
    assert batch.as_json(5.0)["request_counts"]["completed"] == 5
    assert batch.status_at(10.0) == "completed"
    assert not batch.cancel(10.0)


def test_a_cancellation_takes_its_time() -> None:
    """More completes while it is being cancelled; what is left has not run."""
    batch = SandboxBatch("batch_a", 0.0, cancel_seconds=10.0, grows=10)
    assert batch.cancel(100.0)
    assert batch.cancel(101.0)
    assert batch.as_json(105.0)["request_counts"]["completed"] == 28
    ended = batch.as_json(110.0)
    assert (ended["status"], ended["cancelled_at"]) == ("cancelled", 110)
    assert ended["request_counts"] == {"total": 100, "completed": 33, "failed": 1}
    assert batch.cancel(200.0)


@pytest.mark.parametrize("ends_as", ["completed", "failed", "expired"])
def test_a_cancellation_may_come_too_late(ends_as: str) -> None:
    """It ends as it was to end; a completed one has run in full."""
    batch = SandboxBatch("batch_a", 0.0, cancel_seconds=1.0, ends_as=ends_as)
    batch.cancel(0.0)
    ended = batch.as_json(2.0)
    assert ended["status"] == ends_as
    assert (ended["request_counts"]["completed"] == 99) is (ends_as == "completed")


def test_a_stuck_one_stays() -> None:
    """It never leaves `cancelling`."""
    batch = SandboxBatch("batch_a", 0.0, stuck=True)
    batch.cancel(0.0)
    assert batch.status_at(1e9) == "cancelling"


async def test_the_api_around_it() -> None:
    """Lists are paged newest first and sparse; the key and the method matter, the slash doesn't."""
    async with SandboxRespan() as respan, aiohttp.ClientSession() as http:
        for number in range(3):
            respan.add_batch(f"batch_{number}")
        key = {"Authorization": f"Bearer {respan.api_key}"}
        base = f"{respan.base_url}/v1/batches"
        async with http.get(f"{base}/?limit=2", headers=key) as answer:
            page = await answer.json()
        assert [b["id"] for b in page["data"]] == ["batch_2", "batch_1"]
        assert page["has_more"]
        async with http.get(f"{base}/?after=batch_1", headers=key) as answer:
            rest = await answer.json()
        assert (rest["first_id"], rest["has_more"]) == ("batch_0", False)
        for path, method, headers, status in (
            ("/batch_0", "GET", key, 200),
            ("/batch_0/", "GET", {}, 401),
            ("/batch_0/cancel/", "GET", key, 405),
            ("/batch_9/", "GET", key, 404),
        ):
            async with http.request(
                method, base + path, headers=headers, allow_redirects=False
            ) as answer:
                assert answer.status == status
        async with http.get(f"{respan.base_url}/files/file-1/content/", headers=key) as answer:
            assert answer.status == 200

"""The local Respan's batches live and end as real ones do."""

from typing import Any

import aiohttp
import pytest

from bot.sandbox.demo.alerts import NAMED
from bot.sandbox.demo.scenarios import set_up
from bot.sandbox.respan.batches import SandboxBatch, Tokens
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


def test_usage_grows_with_what_is_completed() -> None:
    """It is exactly what the completed requests used; an older batch has none."""
    tokens = Tokens(1000, output=200, cached=600, reasoning=50)
    batch = SandboxBatch("batch_a", 0.0, completed=2, rate=1.0, tokens=tokens)
    for now, done in ((0.0, 2), (10.0, 12)):
        assert batch.as_json(now)["usage"] == {
            "input_tokens": 1000 * done,
            "input_tokens_details": {"cached_tokens": 600 * done},
            "output_tokens": 200 * done,
            "output_tokens_details": {"reasoning_tokens": 50 * done},
            "total_tokens": 1200 * done,
        }
    assert "usage" not in SandboxBatch("batch_b", 0.0).as_json(0.0)


async def _pages(respan: SandboxRespan, limit: int) -> list[list[dict[str, Any]]]:
    """Return the pages of the list, each after the last of the one before."""
    key = {"Authorization": f"Bearer {respan.api_key}"}
    url = f"{respan.base_url}/v1/batches/?limit={limit}"
    pages: list[list[dict[str, Any]]] = []
    after, more = "", True
    async with aiohttp.ClientSession() as http:
        while more:
            async with http.get(url + after, headers=key) as answer:
                page = await answer.json()
            pages.append(page["data"])
            after, more = f"&after={page['last_id']}", page["has_more"]
    return pages


async def test_a_thousand_batches_are_ten_pages() -> None:
    """Newest first, each once, as sparse or as full as it is asked for."""
    async with SandboxRespan() as respan:
        ids = respan.add_batches(1000, model="gpt-4.1", metadata={"name": "nightly-eval"})
        pages = await _pages(respan, 100)
        assert [batch["id"] for page in pages for batch in page] == ids[::-1]
        assert [len(page) for page in pages] == [100] * 10
        assert all(batch.keys() == {"id", "status"} for page in pages for batch in page)
        respan.list_is_full = True
        respan.batches[ids[-1]].sparse = True
        respan.sparsely_listed = {ids[-2]}
        *sparse, full = (await _pages(respan, 100))[0][:3]
        assert [one.keys() for one in sparse] == [{"id", "status"}] * 2
        assert (full["model"], full["metadata"]) == ("gpt-4.1", {"name": "nightly-eval"})


async def test_the_list_alone_can_fail() -> None:
    """As often as it is told to; the batches themselves can still be read."""
    key = {"Authorization": "Bearer sandbox-key"}
    async with SandboxRespan() as respan, aiohttp.ClientSession() as http:
        (one,) = respan.add_batches(1)
        respan.faults.add("list", "status", code=424, times=1)
        url = f"{respan.base_url}/v1/batches/"
        for path, status in (("", 424), (f"{one}/", 200), ("", 200)):
            async with http.get(url + path, headers=key) as answer:
                assert answer.status == status


async def test_the_demos_batches_differ() -> None:
    """Newest first, with models, endpoints, names and usage that make a choice worth looking at."""
    async with SandboxRespan() as respan:
        set_up(respan, "normal")
        ((*batches,),) = await _pages(respan, 100)
        described = [b for b in batches if b.keys() > {"id", "status"}]
    assert len(batches) - len(described) == 2
    ages = [batch["created_at"] for batch in described]
    assert ages == sorted(ages, reverse=True)
    assert len({batch["model"] for batch in described}) > 4
    assert {"/v1/chat/completions", "/v1/responses"} < {batch["endpoint"] for batch in described}
    assert sum("name" in batch["metadata"] for batch in described) > 4
    assert {batch["metadata"].get("slack_user") for batch in described} == {"U0ANA", "U0BEN", None}
    assert {"usage" in batch for batch in described} == {True, False}
    assert set(NAMED) <= {batch["id"] for batch in batches if batch["status"] == "in_progress"}

"""The clients that others wrote for Respan's batches work at the local Respan as they are."""

import base64
import json
from collections.abc import AsyncIterator

import httpx
import openai
import pytest

from bot.sandbox.respan.server import SandboxRespan


@pytest.fixture
async def respan() -> AsyncIterator[SandboxRespan]:
    """Give a local Respan with five batches."""
    async with SandboxRespan() as server:
        for number in range(5):
            server.add_batch(f"batch_{number}")
        yield server


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """Give a plain client that reads nothing of the machine's."""
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture
def sdk(respan: SandboxRespan, http: httpx.AsyncClient) -> openai.AsyncOpenAI:
    """Give the OpenAI SDK, which is told nothing but where Respan is."""
    return official(respan, http, respan.api_key)


def official(respan: SandboxRespan, http: httpx.AsyncClient, key: str) -> openai.AsyncOpenAI:
    """Return OpenAI's SDK for the local Respan."""
    return openai.AsyncOpenAI(
        api_key=key, base_url=f"{respan.base_url}/v1", max_retries=0, http_client=http
    )


async def test_the_sdk_retrieves(sdk: openai.AsyncOpenAI) -> None:
    """A batch is a batch to OpenAI's own types."""
    batch = await sdk.batches.retrieve("batch_3")
    assert (batch.id, batch.status, batch.object) == ("batch_3", "in_progress", "batch")
    assert batch.request_counts is not None
    assert batch.request_counts.total == 100


async def test_the_sdk_lists_page_by_page(sdk: openai.AsyncOpenAI, respan: SandboxRespan) -> None:
    """The limit holds, and the pages together are every batch, newest first, once."""
    page = await sdk.batches.list(limit=2)
    assert [batch.id for batch in page.data] == ["batch_4", "batch_3"]
    assert page.has_next_page()
    all_of_them = [batch.id async for batch in sdk.batches.list(limit=2)]
    assert all_of_them == [f"batch_{number}" for number in (4, 3, 2, 1, 0)]
    assert "after=batch_3" in respan.calls("list")[2].path


async def test_the_sdk_cancels(sdk: openai.AsyncOpenAI, respan: SandboxRespan) -> None:
    """A POST without the closing slash is a cancellation, with its header and its query."""
    batch = await sdk.batches.cancel(
        "batch_2",
        extra_headers={"X-Data-Respan-Params": '{"customer_identifier": "U0ANA"}'},
        extra_query={"provider_id": "openai"},
    )
    (cancel,) = respan.cancels
    assert batch.status == "cancelling"
    assert (cancel.batch_id, cancel.identifier) == ("batch_2", "U0ANA")
    assert cancel.provider_id == "openai"
    assert [(e.method, e.status) for e in respan.exchanges] == [("POST", 200)]


async def test_the_sdk_knows_each_error(
    sdk: openai.AsyncOpenAI, respan: SandboxRespan, http: httpx.AsyncClient
) -> None:
    """What Respan refuses is the SDK's own exception for it."""
    with pytest.raises(openai.NotFoundError, match="No such batch: batch_9"):
        await sdk.batches.retrieve("batch_9")
    with pytest.raises(openai.AuthenticationError, match="credentials were not provided"):
        await official(respan, http, "wrong").batches.retrieve("batch_1")
    respan.add_batch("batch_done", status="completed")
    with pytest.raises(openai.BadRequestError, match="already completed"):
        await sdk.batches.cancel("batch_done")
    respan.no_openai_key = True
    with pytest.raises(openai.BadRequestError, match="OpenAI API key not configured"):
        await sdk.batches.cancel("batch_1")
    respan.faults.add("retrieve", "rate_limited", retry_after=3)
    with pytest.raises(openai.RateLimitError) as caught:
        await sdk.batches.retrieve("batch_1")
    assert caught.value.response.headers["retry-after"] == "3"


async def test_no_batch_is_made_here(sdk: openai.AsyncOpenAI, respan: SandboxRespan) -> None:
    """Create is told in words that the local Respan makes no batches, and gets no list."""
    with pytest.raises(openai.APIStatusError, match="makes no batches") as caught:
        await sdk.batches.create(
            completion_window="24h", endpoint="/v1/chat/completions", input_file_id="file-1"
        )
    assert caught.value.status_code == 405
    assert caught.value.response.headers["allow"] == "GET"
    assert len(respan.batches) == 5


@pytest.mark.parametrize("slash", ["", "/"])
async def test_both_forms_of_every_path(
    respan: SandboxRespan, http: httpx.AsyncClient, slash: str
) -> None:
    """With and without a closing slash it is the same, and no answer is a redirect."""
    respan.params_encoding = "base64"
    base = f"{respan.base_url}/v1/batches"
    key = {"Authorization": f"Bearer {respan.api_key}"}
    name = base64.b64encode(json.dumps({"customer_identifier": "U0ANA"}).encode()).decode()
    named = key | {"X-Data-Respan-Params": name}
    query = {"provider_id": "openai"}
    one = await http.get(f"{base}/batch_1{slash}", headers=key, params=query)
    page = await http.get(f"{base}{slash}", headers=key, params={"limit": "1", **query})
    gone = await http.post(f"{base}/batch_1/cancel{slash}", headers=named, params=query, json={})
    file = await http.get(f"{respan.base_url}/files/file-1/content{slash}", headers=key)
    assert [a.status_code for a in (one, page, gone, file)] == [200] * 4
    assert [b["id"] for b in page.json()["data"]] == ["batch_4"]
    assert [e.name for e in respan.exchanges] == ["retrieve", "list", "cancel", "file"]
    assert respan.polls("batch_1") == 1
    (cancel,) = respan.cancels
    assert (cancel.identifier, cancel.provider_id) == ("U0ANA", "openai")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "/batches/batch_1", 405),
        ("POST", "/batches/batch_1", 405),
        ("GET", "/batches/batch_1/cancel", 405),
        ("DELETE", "/batches", 405),
        ("POST", "/batches?limit=2", 405),
        ("GET", "/batches?limit=many", 400),
        ("GET", "/batches/batch_1/output", 404),
        ("GET", "/elsewhere", 404),
    ],
)
@pytest.mark.parametrize("slash", ["", "/"])
async def test_what_is_wrong_is_told_as_json(
    respan: SandboxRespan,
    http: httpx.AsyncClient,
    method: str,
    path: str,
    status: int,
    slash: str,
) -> None:
    """Another method, a limit that is no number, a path that nobody serves: each has its words."""
    place, _, query = path.partition("?")
    url = f"{respan.base_url}/v1{place}{slash}?{query}"
    answer = await http.request(method, url, headers={"Authorization": f"Bearer {respan.api_key}"})
    assert answer.status_code == status
    assert answer.json()["error"]["message"]
    assert respan.cancels == []

"""Whatever Respan answers is a batch or one of our errors."""

import base64
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from bot import __version__
from bot.clients.respan import RespanClient
from bot.domain.batch import Batch
from bot.errors import (
    BatchNotFound,
    OpenAIKeyMissing,
    PermissionMissing,
    ProviderIdNeeded,
    RespanBlocked,
    RespanError,
    RespanKeyRefused,
    RespanRateLimited,
    RespanRefused,
    RespanUnavailable,
    RespanUnreachable,
    RespanUnreadable,
)
from bot.sandbox.respan.server import SandboxRespan

BATCH = "batch_abc123"


async def test_retrieve(client: RespanClient, respan: SandboxRespan) -> None:
    """The batch is read with the key, at the address with its closing slash."""
    batch = await client.retrieve(BATCH)
    (call,) = respan.exchanges
    assert (batch.id, batch.status, batch.model) == (BATCH, "in_progress", "gpt-4o-mini")
    assert (call.method, call.path) == ("GET", f"/api/v1/batches/{BATCH}/")
    assert call.headers["authorization"] == f"Bearer {respan.api_key}"
    assert "x-data-respan-params" not in call.headers


async def test_cancel_names_the_person(client: RespanClient, respan: SandboxRespan) -> None:
    """The header carries the identifier as JSON, and the answer is the batch."""
    batch = await client.cancel(BATCH, "U0ANA")
    (call,) = respan.exchanges
    assert batch.status == "cancelling"
    assert (call.method, call.path) == ("POST", f"/api/v1/batches/{BATCH}/cancel/")
    assert json.loads(call.headers["x-data-respan-params"]) == {"customer_identifier": "U0ANA"}


async def test_base64_and_provider(respan: SandboxRespan) -> None:
    """Both newer forms are sent when the settings say so."""
    respan.params_encoding = "base64"
    async with RespanClient(
        respan.base_url, respan.api_key, respan.clock, encoding="base64", provider_id="openai"
    ) as client:
        await client.cancel(BATCH, "änä@example.com")
    (cancel,) = respan.cancels
    assert (cancel.identifier, cancel.provider_id) == ("änä@example.com", "openai")
    header = respan.exchanges[0].headers["x-data-respan-params"]
    assert json.loads(base64.b64decode(header)) == {"customer_identifier": "änä@example.com"}


@pytest.mark.parametrize("identifier", ["x" * 300, "a\r\nX-Evil: 1", "ü" * 300, '"}{', "\u2028"])
async def test_no_identifier_breaks_the_header(
    client: RespanClient, respan: SandboxRespan, identifier: str
) -> None:
    """It stays ASCII, on one line, and is cut at 254 characters."""
    await client.cancel(BATCH, identifier)
    (cancel,) = respan.cancels
    assert cancel.identifier == identifier[:254]
    assert "x-evil" not in respan.exchanges[0].headers


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        ("status", {"code": 400, "body": {"error": "x"}}, RespanRefused),
        ("status", {"code": 401, "body": {"error": "Authentication"}}, RespanKeyRefused),
        ("status", {"code": 401}, RespanKeyRefused),
        ("status", {"code": 403}, RespanRefused),
        ("status", {"code": 403, "body": {"detail": "Missing scopes: batches"}}, PermissionMissing),
        ("status", {"code": 403, "body": "error code: 1010"}, RespanBlocked),
        ("status", {"code": 403, "body": "<html>" + "x" * (2 << 20)}, RespanBlocked),
        ("status", {"code": 400, "body": {"provider_id": ["required"]}}, ProviderIdNeeded),
        ("status", {"code": 400, "body": {"error": "OpenAI API key not set"}}, OpenAIKeyMissing),
        ("status", {"code": 404, "body": {"error": {"message": "No such batch"}}}, BatchNotFound),
        ("status", {"code": 404, "body": "nothing here"}, RespanRefused),
        ("status", {"code": 408}, RespanUnavailable),
        ("status", {"code": 409, "body": []}, RespanRefused),
        ("status", {"code": 422, "body": {"detail": "x", "errors": {}}}, RespanRefused),
        ("status", {"code": 424}, RespanRefused),
        ("status", {"code": 429}, RespanRateLimited),
        ("status", {"code": 500, "body": "<html>"}, RespanUnavailable),
        ("status", {"code": 599}, RespanUnavailable),
        ("status", {"code": 301, "headers": {"Location": "/elsewhere"}}, RespanRefused),
        ("status", {"code": 200, "body": "[1, 2"}, RespanUnreadable),
        ("status", {"code": 200, "body": "[" * 200_000}, RespanUnreadable),
        ("status", {"code": 200, "body": {"id": "batch_other", "status": "x"}}, RespanUnreadable),
        ("status", {"code": 200, "body": {"id": BATCH}}, RespanUnreadable),
        ("redirect", {}, RespanRefused),
        ("garbage", {}, RespanUnreadable),
        ("wrong_types", {}, RespanUnreadable),
        ("empty", {}, RespanUnreadable),
        ("huge", {}, RespanUnreadable),
        ("drop_before", {}, RespanUnavailable),
        ("drop_after", {}, RespanUnavailable),
        ("half_body", {}, RespanUnavailable),
    ],
)
@pytest.mark.parametrize("call", ["retrieve", "cancel"])
async def test_every_answer_has_its_meaning(
    client: RespanClient,
    respan: SandboxRespan,
    call: str,
    kind: str,
    options: dict[str, Any],
    expected: type[RespanError],
) -> None:
    """Each becomes exactly one of our errors, after one request, with no secret in its words."""
    respan.faults.add(call, kind, **options)
    attempt = client.cancel(BATCH, "U0ANA") if call == "cancel" else client.retrieve(BATCH)
    with pytest.raises(expected) as caught:
        await attempt
    assert type(caught.value) is expected
    assert respan.api_key not in str(caught.value)
    assert len(respan.exchanges) == 1


async def test_a_broken_compression_is_unreadable(
    client: RespanClient, respan: SandboxRespan
) -> None:
    """A body that is not what its header says is told as such."""
    headers = {"Content-Encoding": "gzip"}
    respan.faults.add("retrieve", "status", code=200, body="not gzip", headers=headers)
    with pytest.raises(RespanUnreadable):
        await client.retrieve(BATCH)


async def test_nobody_listens() -> None:
    """No connection means that nothing was asked."""
    server = SandboxRespan()
    async with RespanClient("http://127.0.0.1:9/api", "key", server.clock) as client:
        with pytest.raises(RespanUnreachable):
            await client.cancel(BATCH, "U0ANA")


async def test_a_slow_answer_is_cut_off(
    client: RespanClient, respan: SandboxRespan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call takes no longer than its time-out, however slowly it drips."""
    monkeypatch.setattr("bot.clients.respan._TIMEOUT", 0.05)
    respan.faults.add("retrieve", "delay", seconds=0.5)
    with pytest.raises(RespanUnavailable):
        await client.retrieve(BATCH)


@pytest.mark.parametrize(
    ("body", "header", "expected"),
    [
        ({"retry_after": 30}, None, 30),
        ({}, "12", 12),
        ({"retry_after": 30}, "12", 30),
        ({"retry_after": "7.5"}, None, 7.5),
        ({"retry_after": -5}, None, 0),
        ({"retry_after": 1e9}, None, 3600),
        ({"retry_after": "soon"}, None, None),
        ({"retry_after": True}, None, None),
        ({"retry_after": None}, "later", None),
        ({"retry_after": "nan"}, None, None),
        ([], None, None),
    ],
)
async def test_how_long_to_wait(
    client: RespanClient,
    respan: SandboxRespan,
    body: Any,
    header: str | None,
    expected: float | None,
) -> None:
    """The longer of the header's and the body's time holds; nonsense is no time."""
    headers = {} if header is None else {"Retry-After": header}
    respan.faults.add("retrieve", "status", code=429, body=body, headers=headers)
    with pytest.raises(RespanRateLimited) as caught:
        await client.retrieve(BATCH)
    assert caught.value.retry_after == expected


async def test_a_date_to_wait_for(client: RespanClient, respan: SandboxRespan) -> None:
    """A Retry-After may be a date."""
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    respan.faults.add("retrieve", "status", code=429, headers={"Retry-After": until})
    with pytest.raises(RespanRateLimited) as caught:
        await client.retrieve(BATCH)
    assert caught.value.retry_after == pytest.approx(40, abs=3)


async def test_the_missing_openai_key_has_its_error(
    client: RespanClient, respan: SandboxRespan
) -> None:
    """The one 400 that an administrator can mend is told from others."""
    respan.no_openai_key = True
    with pytest.raises(OpenAIKeyMissing) as caught:
        await client.cancel(BATCH, "U0ANA")
    assert caught.value.status == 400
    assert str(caught.value) == (
        "Respan refused (400): OpenAI API key not configured."
        " Set a valid OpenAI key in Respan under Settings → Providers"
    )


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        ("status", {"code": 503, "body": "<title>Origin down</title><html>"}, "Origin down"),
        ("status", {"code": 429, "body": {"detail": "Request was throttled."}}, "was throttled"),
        ("status", {"code": 404, "body": {"error": {"message": "No such batch"}}}, "No such batch"),
        ("garbage", {}, "no JSON object: an HTML page"),
    ],
)
async def test_every_error_carries_what_respan_says(
    client: RespanClient, respan: SandboxRespan, kind: str, options: dict[str, Any], expected: str
) -> None:
    """An outage, a 429, a 404 and a page instead of a batch are told with their words too."""
    respan.faults.add("retrieve", kind, **options)
    with pytest.raises(RespanError, match=expected):
        await client.retrieve(BATCH)


async def test_requests_say_who_sends_them(client: RespanClient, respan: SandboxRespan) -> None:
    """Firewalls that refuse a library's User-Agent meet one of our own, with our version."""
    await client.retrieve(BATCH)
    await client.cancel(BATCH, "U0ANA")
    agents = {call.headers["user-agent"] for call in respan.exchanges}
    assert agents == {f"batch-cancellation-bot/{__version__}"}


async def test_calls_are_observed(respan: SandboxRespan) -> None:
    """Each call is counted by what came of it."""
    seen: list[tuple[str, str]] = []
    async with RespanClient(
        respan.base_url,
        respan.api_key,
        respan.clock,
        observe=lambda call, error: seen.append((call, type(error).__name__)),
    ) as client:
        assert isinstance(await client.retrieve(BATCH), Batch)
        with pytest.raises(BatchNotFound):
            await client.retrieve("batch_nothere")
    assert seen == [("retrieve", "NoneType"), ("retrieve", "BatchNotFound")]

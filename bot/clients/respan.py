"""Respan's batches over HTTP. The only file that knows httpx."""

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import perf_counter
from typing import Any, Literal, Self

import httpx
import structlog

from bot.clock import Clock
from bot.domain.batch import Batch, NotABatch, read_batch
from bot.errors import (
    BatchNotFound,
    RespanError,
    RespanKeyRefused,
    RespanRateLimited,
    RespanRefused,
    RespanUnavailable,
    RespanUnreachable,
    RespanUnreadable,
    SettingsError,
)

log = structlog.get_logger(__name__)

_TIMEOUT = 8.0
_LONGEST_BODY = 1 << 20
_LONGEST_IDENTIFIER = 254
_LONGEST_WAIT = 3600.0
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_SOME_TROUBLE_OF_THEIRS = frozenset({408, 425})


@dataclass(frozen=True, slots=True)
class _Reply:
    """What came back: the status, the waiting time of the header, and the JSON, if it is any."""

    status: int
    retry_after: str | None
    data: object
    is_json: bool


class RespanClient:
    """Retrieves and cancels batches. Raises RespanError, and nothing else."""

    def __init__(
        self,
        api_url: str,
        api_key: str,
        clock: Clock,
        *,
        encoding: Literal["json", "base64"] = "json",
        provider_id: str | None = None,
        proxy: str | None = None,
        observe: Callable[[str, str], None] = lambda _call, _outcome: None,
    ) -> None:
        """Prepare the connections; `api_url` ends in `/api`, `observe` hears of each call."""
        self._encoding = encoding
        self._clock = clock
        self._observe = observe
        self._url = api_url
        self._params = {} if provider_id is None else {"provider_id": provider_id}
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {api_key}", "Accept": "application/json"},
            follow_redirects=False,
            timeout=_TIMEOUT,
            transport=_transport(proxy),
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        """Return itself, to be closed at the end."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def retrieve(self, batch_id: str) -> Batch:
        """Return the batch as it is now."""
        return await self._call("retrieve", "GET", f"/v1/batches/{batch_id}/", batch_id, {})

    async def cancel(self, batch_id: str, identifier: str) -> Batch:
        """Ask for the cancellation in the name of `identifier`; return the batch as answered."""
        headers = {"X-Data-Respan-Params": self._header(identifier)}
        return await self._call(
            "cancel", "POST", f"/v1/batches/{batch_id}/cancel/", batch_id, headers
        )

    def _header(self, identifier: str) -> str:
        """Return the header's value: ASCII only, whatever the identifier holds."""
        text = json.dumps({"customer_identifier": identifier[:_LONGEST_IDENTIFIER]})
        return base64.b64encode(text.encode()).decode() if self._encoding == "base64" else text

    async def _call(
        self, call: str, method: str, path: str, batch_id: str, headers: dict[str, str]
    ) -> Batch:
        """Make one request and read its answer; every trouble becomes one of ours."""
        started = perf_counter()
        try:
            batch = self._read(await self._send(method, path, headers), batch_id)
        except RespanError as error:
            seconds = round(perf_counter() - started, 3)
            self._observe(call, type(error).__name__)
            log.debug("a call to Respan failed", call=call, batch_id=batch_id, seconds=seconds)
            raise
        self._observe(call, "ok")
        return batch

    async def _send(self, method: str, path: str, headers: dict[str, str]) -> _Reply:
        request = self._http.build_request(
            method, self._url + path, params=self._params, headers=headers
        )
        try:
            async with asyncio.timeout(_TIMEOUT):
                return await self._exchange(request)
        except _NEVER_SENT as error:
            raise RespanUnreachable(f"Respan can't be reached ({type(error).__name__})") from None
        except (httpx.DecodingError, httpx.InvalidURL) as error:
            raise RespanUnreadable(f"Respan's answer is broken ({type(error).__name__})") from None
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:  # TimeoutError is an OSError
            raise RespanUnavailable(f"Respan did not answer ({type(error).__name__})") from None

    async def _exchange(self, request: httpx.Request) -> _Reply:
        response = await self._http.send(request, stream=True)
        try:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > _LONGEST_BODY:
                    raise RespanUnreadable(f"Respan's answer is too long ({response.status_code})")
        finally:
            await response.aclose()
        data, is_json = _decode(bytes(body))
        return _Reply(response.status_code, response.headers.get("retry-after"), data, is_json)

    def _read(self, reply: _Reply, batch_id: str) -> Batch:
        """Return the batch that was asked for, or raise what the status means."""
        if not httpx.codes.is_success(reply.status):
            raise self._error(reply)
        try:
            batch = read_batch(reply.data)
        except NotABatch as error:
            raise RespanUnreadable(f"Respan answered {reply.status}, but {error}") from None
        if batch.id != batch_id:
            raise RespanUnreadable("Respan answered with another batch")
        return batch

    def _error(self, reply: _Reply) -> RespanError:
        status = reply.status
        if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            return RespanKeyRefused(f"Respan refused the API key ({status})")
        if status == httpx.codes.TOO_MANY_REQUESTS:
            return RespanRateLimited("Respan asked for fewer requests (429)", self._wait(reply))
        if httpx.codes.is_server_error(status) or status in _SOME_TROUBLE_OF_THEIRS:
            return RespanUnavailable(f"Respan is in trouble ({status})")
        if status == httpx.codes.NOT_FOUND:
            return _not_found(reply)
        if httpx.codes.is_client_error(status):
            return RespanRefused(f"Respan refused ({status})", status, _reason(reply.data))
        return RespanRefused(f"Respan answered {status}: RESPAN_BASE_URL may be wrong", status)

    def _wait(self, reply: _Reply) -> float | None:
        """Return the longer of the header's and the body's waiting time, in seconds."""
        body = reply.data.get("retry_after") if isinstance(reply.data, dict) else None
        waits = [_seconds(body), _seconds(reply.retry_after) or self._until(reply.retry_after)]
        return max((wait for wait in waits if wait is not None), default=None)

    def _until(self, date: str | None) -> float | None:
        """Return the seconds until an HTTP date."""
        try:
            until = parsedate_to_datetime(date or "").timestamp()
        except (ValueError, OverflowError, OSError):
            return None
        return min(max(0.0, until - self._clock.time()), _LONGEST_WAIT)


def _transport(proxy: str | None) -> httpx.AsyncHTTPTransport:
    """Return the way out, through that proxy; raises SettingsError for unreadable certificates.

    The environment says, as ever, which certificates are trusted, the proxy's own included.
    """
    limits = httpx.Limits(max_connections=50, max_keepalive_connections=10)
    secure = proxy is not None and proxy.startswith("https:")
    try:
        own = httpx.create_ssl_context() if secure else None
        through = None if proxy is None else httpx.Proxy(proxy, ssl_context=own)
        return httpx.AsyncHTTPTransport(limits=limits, proxy=through)
    except OSError as error:
        kind = type(error).__name__
        raise SettingsError(f"SSL_CERT_FILE names no file of certificates ({kind})") from None


def _decode(body: bytes) -> tuple[Any, bool]:
    """Return the JSON and whether it is any; nested or odd JSON is none."""
    try:
        return json.loads(body), True
    except (ValueError, RecursionError):
        return None, False


def _seconds(value: object) -> float | None:
    """Return a waiting time of 0 to 3600 seconds; None for what is no number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return min(max(0.0, seconds), _LONGEST_WAIT) if seconds == seconds else None  # noqa: PLR0124 - not a number


def _not_found(reply: _Reply) -> RespanError:
    """Return what a 404 means: the batch is unknown, or this is not Respan's API at all."""
    if reply.is_json:
        return BatchNotFound("Respan knows no such batch (404)")
    return RespanRefused("Respan answered 404 without a word: RESPAN_BASE_URL may be wrong", 404)


def _reason(data: object) -> str:
    text = json.dumps(data) if isinstance(data, dict) else ""
    return "no_openai_key" if "OpenAI API key not configured" in text else "refused"

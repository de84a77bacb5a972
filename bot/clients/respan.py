"""Respan's batches over HTTP. The only file that knows httpx."""

import asyncio
import base64
import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import perf_counter
from typing import Any, Literal, Self, TypeVar

import httpx
import structlog

from bot import __version__
from bot.clients.respan_errors import Reader, Reply
from bot.clock import Clock
from bot.domain.batch import Batch, NotABatch, Page, read_batch
from bot.errors import (
    RespanError,
    RespanUnavailable,
    RespanUnreachable,
    RespanUnreadable,
    SettingsError,
)
from bot.ports import Observe

log = structlog.get_logger(__name__)

T = TypeVar("T")

_USER_AGENT = f"batch-cancellation-bot/{__version__}"
_TIMEOUT = 8.0
_LONGEST_BODY = 1 << 20
_LONGEST_IDENTIFIER = 254
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


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
        observe: Observe = lambda _call, _error: None,
    ) -> None:
        """Prepare the connections; `api_url` ends in `/api`, `observe` hears of each call."""
        self._encoding = encoding
        self._clock = clock
        self._observe = observe
        self._url = api_url
        self._reader = Reader(api_key, provider_id)
        self._params = {} if provider_id is None else {"provider_id": provider_id}
        self._http = httpx.AsyncClient(
            headers={
                "Authorization": f"Bearer {api_key}",
                "Accept": "application/json",
                "User-Agent": _USER_AGENT,
            },
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
        path = f"/v1/batches/{batch_id}/"
        return await self._call("retrieve", "GET", path, partial(self._read, batch_id))

    async def cancel(self, batch_id: str, identifier: str) -> Batch:
        """Ask for the cancellation in the name of `identifier`; return the batch as answered."""
        headers = {"X-Data-Respan-Params": self._header(identifier)}
        path = f"/v1/batches/{batch_id}/cancel/"
        return await self._call("cancel", "POST", path, partial(self._read, batch_id), headers)

    async def page(self, after: str | None, limit: int) -> Page:
        """Return a page of all batches behind the key, newest first, after that batch.

        Raises RespanUnreadable where the answer is no list; items that are no batch are left out.
        """
        query = {"limit": str(limit)} | ({} if after is None else {"after": after})
        return await self._call("list", "GET", "/v1/batches/", self._read_list, None, **query)

    def _header(self, identifier: str) -> str:
        """Return the header's value: ASCII only, whatever the identifier holds."""
        text = json.dumps({"customer_identifier": identifier[:_LONGEST_IDENTIFIER]})
        return base64.b64encode(text.encode()).decode() if self._encoding == "base64" else text

    async def _call(
        self,
        call: str,
        method: str,
        path: str,
        read: Callable[[Reply], T],
        headers: dict[str, str] | None = None,
        **query: str,
    ) -> T:
        """Make one request and read its answer; every trouble becomes one of ours."""
        started = perf_counter()
        request = self._http.build_request(
            method, self._url + path, params=self._params | query, headers=headers
        )
        try:
            answer = read(await self._send(request))
        except RespanError as error:
            seconds = round(perf_counter() - started, 3)
            self._observe(call, error)
            log.debug("a call to Respan failed", call=call, path=path, seconds=seconds)
            raise
        self._observe(call, None)
        return answer

    async def _send(self, request: httpx.Request) -> Reply:
        try:
            async with asyncio.timeout(_TIMEOUT):
                return await self._exchange(request)
        except _NEVER_SENT as error:
            raise RespanUnreachable(f"Respan can't be reached ({type(error).__name__})") from None
        except (httpx.DecodingError, httpx.InvalidURL) as error:
            raise RespanUnreadable(f"Respan's answer is broken ({type(error).__name__})") from None
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:  # TimeoutError is an OSError
            raise RespanUnavailable(f"Respan did not answer ({type(error).__name__})") from None

    async def _exchange(self, request: httpx.Request) -> Reply:
        response = await self._http.send(request, stream=True)
        try:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > _LONGEST_BODY and response.is_success:
                    raise RespanUnreadable(f"Respan's answer is too long ({response.status_code})")
                if len(body) > _LONGEST_BODY:
                    break  # the status says no already; so long a page says no more
        finally:
            await response.aclose()
        return Reply(response.status_code, response.headers, *_decode(bytes(body)))

    def _read(self, batch_id: str, reply: Reply) -> Batch:
        """Return the batch that was asked for, or raise what the answer means."""
        self._refuse_troubles(reply)
        try:
            batch = read_batch(reply.data)
        except NotABatch as error:
            raise self._unreadable(reply, str(error)) from None
        if batch.id != batch_id:
            raise RespanUnreadable("Respan answered with another batch")
        return batch

    def _read_list(self, reply: Reply) -> Page:
        """Return the page, or raise what the answer means."""
        self._refuse_troubles(reply)
        data = reply.data if isinstance(reply.data, dict) else {}
        items = data.get("data")
        if not isinstance(items, list):
            raise self._unreadable(reply, "the answer is no list of batches")
        batches = []
        for item in items:
            with suppress(NotABatch):
                batches.append(read_batch(item))
        return Page(tuple(batches), has_more=data.get("has_more") is True)

    def _refuse_troubles(self, reply: Reply) -> None:
        if not httpx.codes.is_success(reply.status):
            raise self._reader.error(reply, self._clock.time())

    def _unreadable(self, reply: Reply, what: str) -> RespanUnreadable:
        """Return the error for an answer of another kind, with its words where it is no JSON."""
        because = "" if reply.text is None else self._reader.because(reply)
        return RespanUnreadable(f"Respan answered {reply.status}, but {what}{because}")


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


def _decode(body: bytes) -> tuple[Any, str | None]:
    """Return the JSON, or None and the text that is none; nested or odd JSON is none."""
    try:
        return json.loads(body), None
    except (ValueError, RecursionError):
        return None, body.decode("utf-8", "replace")

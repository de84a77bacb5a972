"""The HTTP server under the local Slack and the local Respan: it records, delays and breaks."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, Self

from aiohttp import web

from bot.sandbox.event_bus import EventBus, Exchange
from bot.sandbox.faults import Fault, Faults

Hook = Callable[[Exchange], Awaitable[None]]

HUGE = 10 << 20


class SandboxServer:
    """A server on 127.0.0.1. Subclasses say what a request is called and what it does.

    `before_processing` and `after_answer` are awaited at the two moments at which a client may be
    killed: its request has arrived and nothing is done; its answer was sent.
    """

    def __init__(self, name: str, bus: EventBus | None = None, seed: int = 0) -> None:
        """Listen on nothing yet."""
        self.name = name
        self.bus = bus if bus is not None else EventBus()
        self.clock = self.bus.clock
        self.faults = Faults(seed)
        self.exchanges: list[Exchange] = []
        self.before_processing: Hook | None = None
        self.after_answer: Hook | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        """Listen."""
        app = web.Application(client_max_size=HUGE)
        self.add_routes(app)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        await self._runner.cleanup()

    def calls(self, name: str) -> list[Exchange]:
        """Return the recorded calls of that name."""
        return [exchange for exchange in self.exchanges if exchange.name == name]

    def add_routes(self, app: web.Application) -> None:
        """Add routes that by-pass recording and faults, such as WebSockets."""

    def name_of(self, request: web.Request) -> str:
        """Return the short name of what the request asks for."""
        raise NotImplementedError

    async def process(self, exchange: Exchange) -> web.Response:
        """Do what the request asks for, and return the answer."""
        raise NotImplementedError

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        exchange, started = await self._record(request), time.perf_counter()
        if self.before_processing is not None:
            await self.before_processing(exchange)
        fault = self.faults.take(exchange.name, request.path)
        if fault is not None:
            exchange.fault = fault.kind
            if fault.kind == "delay":
                await asyncio.sleep(fault.options.get("seconds", 1.0))
        answer = await self._answer(exchange, fault)
        exchange.status = None if answer is None else answer.status
        half = fault is not None and fault.kind == "half_body"
        response = await _send(request, answer, half=half)
        exchange.seconds = time.perf_counter() - started
        if answer is not None:
            exchange.answer_headers = {k.lower(): v for k, v in answer.headers.items()}
            exchange.sent = _text_of(answer)
        self.bus.publish("exchange", exchange=exchange)
        if self.after_answer is not None:
            await self.after_answer(exchange)
        return response

    async def _record(self, request: web.Request) -> Exchange:
        body = (await request.read()).decode("utf-8", "replace")
        exchange = Exchange(
            server=self.name,
            name=self.name_of(request),
            method=request.method,
            path=request.path_qs,
            headers={name.lower(): value for name, value in request.headers.items()},
            args=await _arguments(request, body),
            at=self.clock.time(),
            body=body,
        )
        self.exchanges.append(exchange)
        return exchange

    async def _answer(self, exchange: Exchange, fault: Fault | None) -> web.Response | None:
        """Return the answer, None where the connection is dropped instead."""
        if fault is None or fault.kind == "delay" or fault.after_processing:
            response = await self.process(exchange)
            exchange.processed = True
            exchange.answer = _decoded(response)
            if fault is None or fault.kind in {"delay", "half_body"}:
                return response
        return None if fault.kind in {"drop_before", "drop_after"} else _broken(fault)


def _broken(fault: Fault) -> web.Response:  # noqa: PLR0911 - one for each kind
    """Return the wrong answer that a fault stands for."""
    options = fault.options
    match fault.kind:
        case "status":
            body = options.get("body", "")
            return web.Response(
                status=options.get("code", 500),
                text=body if isinstance(body, str) else json.dumps(body),
                headers=options.get("headers"),
            )
        case "rate_limited":
            return _rate_limited(options.get("retry_after", 1), options.get("where", "header"))
        case "garbage":
            return web.Response(
                text="<html><body>Bad gateway</body></html>", content_type="text/html"
            )
        case "wrong_types":
            return web.json_response({"ok": "yes", "id": 7, "status": ["x"], "error": 9})
        case "huge":
            return web.Response(text="x" * HUGE)
        case "redirect":
            return web.Response(status=302, headers={"Location": options.get("to", "/elsewhere")})
        case "slack_error":
            return web.json_response({"ok": False, "error": options.get("code", "internal_error")})
        case _:
            return web.Response()


def _rate_limited(retry_after: float, where: str) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error": "ratelimited", "detail": "Request was throttled."}
    headers = {}
    if where in {"header", "both"}:
        headers["Retry-After"] = str(retry_after)
    if where in {"body", "both"}:
        body["retry_after"] = retry_after
    return web.json_response(body, status=429, headers=headers)


async def _send(
    request: web.Request, answer: web.Response | None, *, half: bool
) -> web.StreamResponse:
    """Send the answer, half of it, or nothing; the connection is dropped after the last two."""
    if answer is None:
        _hang_up(request)
        return web.Response()
    if half:
        return await _half_of(request, answer)
    await answer.prepare(request)
    await answer.write_eof()
    return answer


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _half_of(request: web.Request, response: web.Response) -> web.StreamResponse:
    """Send half of the body and hang up."""
    body = response.body if isinstance(response.body, bytes) else b""
    half = web.StreamResponse(status=response.status, headers={"Content-Length": str(len(body))})
    half.content_type = response.content_type
    await half.prepare(request)
    await half.write(body[: len(body) // 2])
    _hang_up(request)
    return half


async def _arguments(request: web.Request, body: str) -> dict[str, Any]:
    """Return the decoded arguments, from the query and from a form or JSON body."""
    arguments: dict[str, Any] = dict(request.query)
    try:
        if request.content_type == "application/json" and body:
            decoded = json.loads(body)
            return arguments | (decoded if isinstance(decoded, dict) else {})
    except ValueError:
        return arguments
    return arguments | {name: str(value) for name, value in (await request.post()).items()}


def _decoded(response: web.Response) -> Any:
    text = _text_of(response)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _text_of(response: web.Response) -> str:
    """Return the body as text, whatever it is."""
    body = response.body
    return bytes(body).decode(errors="replace") if isinstance(body, bytes | bytearray) else ""

"""The page's server: its files, what it shows, and what can be done on it. On 127.0.0.1 only."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any, Self

from aiohttp import web

from bot.sandbox.page.actions import Actions
from bot.sandbox.page.guards import add_safe_headers, guard
from bot.sandbox.page.state import Session
from bot.sandbox.page.traffic import Traffic

_FILES = Path(__file__).parent / "static"
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_LOOK_EVERY = 0.2
"""Seconds after which the batches are looked at, which move without telling anybody."""
_REST = 0.1
"""Seconds between two events at least."""
_ALIVE_EVERY = 10.0


class PageServer:
    """Serves the page. `port` 0 takes any free one."""

    def __init__(self, session: Session, traffic: Traffic, port: int = 0) -> None:
        """Listen on nothing yet."""
        self._session, self._traffic, self.port = session, traffic, port
        self._stopping = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Listen; OSError when the port is taken."""
        app = web.Application(client_max_size=64 << 10, middlewares=[guard])
        app.on_response_prepare.append(add_safe_headers)
        app.router.add_get("/", _index)
        app.router.add_get("/page/{name:[a-z_]+[.](?:css|js|svg)}", _file)
        app.router.add_get("/events", self._events)
        app.router.add_post("/api/{action:[a-z]+}", Actions(self._session, self._traffic).handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening, and let open pages go."""
        self._stopping.set()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Return the address for the browser."""
        return f"http://127.0.0.1:{self.port}"

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        page = _Reader(response, self._session, self._traffic)
        with self._session.world.bus.subscribe() as changes:
            while not self._stopping.is_set():
                try:
                    await page.tell()
                except ConnectionError:
                    break
                await _next_change(changes)
        return response


class _Reader:
    """One open page, and what it was told last."""

    def __init__(self, response: web.StreamResponse, session: Session, traffic: Traffic) -> None:
        self._response, self._session, self._traffic = response, session, traffic
        self._state, self._epoch, self._row, self._told_at = "", -1, 0, 0.0

    async def tell(self) -> None:
        """Send what is new, or a sign of life from time to time."""
        state = json.dumps(self._session.as_json())
        if state != self._state:
            self._state = state
            await self._send("state", state)
        fresh, self._epoch = self._epoch != self._traffic.epoch, self._traffic.epoch
        rows = self._traffic.since(self._row)
        if rows or fresh:
            self._row = rows[-1]["id"] if rows else self._row
            await self._send("traffic", json.dumps({"fresh": fresh, "rows": rows}))
        if time.monotonic() - self._told_at > _ALIVE_EVERY:
            await self._send("alive", "{}")

    async def _send(self, kind: str, data: str) -> None:
        self._told_at = time.monotonic()
        await self._response.write(f"event: {kind}\ndata: {data}\n\n".encode())


async def _next_change(changes: "asyncio.Queue[Any]") -> None:
    """Wait until something happens or the batches may have moved, and take all that came."""
    started = time.monotonic()
    try:
        await asyncio.wait_for(changes.get(), _LOOK_EVERY)
    except TimeoutError:
        return
    await asyncio.sleep(max(0.0, _REST - (time.monotonic() - started)))
    while not changes.empty():
        changes.get_nowait()


async def _index(_request: web.Request) -> web.Response:
    return _answer(_FILES / "index.html")


async def _file(request: web.Request) -> web.Response:
    path = _FILES / request.match_info["name"]
    if not path.is_file():
        raise web.HTTPNotFound
    return _answer(path)


def _answer(path: Path) -> web.Response:
    return web.Response(text=path.read_text("utf-8"), content_type=_TYPES[path.suffix])

"""Wiring only: builds everything from Settings, starts it, and drains it."""

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from typing import Any

import structlog

from bot.clock import SteadyClock
from bot.errors import SettingsError, StoreError
from bot.housekeeping import keep_house
from bot.metrics import Metrics
from bot.outages import Outages
from bot.prepare import prepare, presence_at
from bot.settings import Settings
from bot.store.stores import Stores
from bot.transports.http import Server
from bot.transports.socket_mode import SocketMode
from bot.wiring import Work, build, open_edges

log = structlog.get_logger(__name__)

_LISTENERS_DRAIN = 2.0
_RUNNERS_DRAIN = 5.0
"""Seconds for what is in flight. With the server's own time they stay below ten."""


class Readiness:
    """Why the bot is not ready, for `/readyz`."""

    def __init__(self, stores: Stores) -> None:
        """Begin with a bot that starts."""
        self._stores = stores
        self.reason: str | None = "starting"
        self.socket: SocketMode | None = None

    async def why_not(self) -> str | None:
        """Return the reason, None when requests are taken and can be stored."""
        if self.reason is not None:
            return self.reason
        if self.socket is not None and not await self.socket.is_connected():
            return "no connection to Slack"
        try:
            async with asyncio.timeout(3):
                await self._stores.database.ping()
        except (StoreError, TimeoutError):
            return "the database can't be reached"
        return None


async def run(settings: Settings) -> int:
    """Run the bot until SIGTERM or SIGINT; return the exit code.

    Raises SettingsError for what can't work with these settings.
    """
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    metrics, clock = Metrics(), SteadyClock()
    outages = Outages(clock)
    async with AsyncExitStack() as stack:
        edges = await open_edges(settings, metrics, outages, clock, stack)
        readiness = Readiness(edges.stores)
        server = await _listen(settings, metrics, readiness, edges.stores, stack)
        presence = stack.enter_context(presence_at(edges.stores.database))
        if not await _finishes(prepare(edges.stores, presence, edges.slack, clock), stop):
            return 0
        work = build(settings, edges, metrics, outages)
        loops = [asyncio.create_task(work.rows.run()), asyncio.create_task(work.answers.run())]
        keeping = asyncio.create_task(keep_house(edges.stores, settings.keep_finished_days))
        try:
            return await _serve(work, server, readiness, stop)
        finally:
            keeping.cancel()
            await _drain(work, server, readiness, edges.stores)
            await asyncio.gather(*loops)


async def _listen(
    settings: Settings, metrics: Metrics, ready: Readiness, stores: Stores, stack: AsyncExitStack
) -> Server:
    async def scrape() -> None:
        with suppress(StoreError):
            metrics.backlog(*await stores.queue.backlog())

    address, port = settings.bind_address, settings.port
    server = Server(address, port, metrics, ready.why_not, scrape)
    secret = settings.slack_signing_secret
    if secret is not None and not settings.socket_mode:
        server.take_events(secret.get_secret_value())
    try:
        await server.start()
    except OSError as error:
        where = f"PORT {port}" if address is None else f"BIND_ADDRESS {address} with PORT {port}"
        raise SettingsError(f"{where} can't be used ({error.strerror})") from None
    stack.push_async_callback(server.stop)
    return server


async def _serve(work: Work, server: Server, readiness: Readiness, stop: asyncio.Event) -> int:
    """Take requests until `stop`; return 1 when the way in broke for good."""
    sockets = work.sockets
    if sockets is None:
        server.open_for(work.bolt)
        readiness.reason = None
        log.info("the bot is ready", port=server.port)
        await stop.wait()
        return 0
    readiness.socket = sockets
    try:
        if not await _finishes(sockets.start(), stop):
            return 0
        readiness.reason = None
        log.info("the bot is ready, in Socket Mode", port=server.port)
        return 1 if await _finishes(sockets.watch(), stop) else 0
    finally:
        sockets.take_no_more()
        await sockets.stop()


async def _finishes(work: Coroutine[Any, Any, None], stop: asyncio.Event) -> bool:
    """Return True when the work is done, False when `stop` came first; its errors are raised."""
    task = asyncio.ensure_future(work)
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
            return True
        return False
    finally:
        task.cancel()
        stopped.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)


async def _drain(work: Work, server: Server, readiness: Readiness, stores: Stores) -> None:
    """Take nothing new, finish what is in flight, and give the rest back."""
    log.info("the bot stops")
    readiness.reason = "stopping"
    server.open_for(None)
    if work.desk.in_flight:
        await asyncio.wait(work.desk.in_flight, timeout=_LISTENERS_DRAIN)
    await asyncio.gather(work.rows.stop(_RUNNERS_DRAIN), work.answers.stop(_RUNNERS_DRAIN))
    work.desk.repeats.flush()
    with suppress(StoreError, TimeoutError):
        async with asyncio.timeout(1):
            await stores.queue.release()
            await stores.answers.release(stores.owner)
    log.info("the bot has stopped")

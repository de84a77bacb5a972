"""Wiring only: builds everything from Settings, starts it, and drains it."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Collection, Coroutine
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from bot.clock import SteadyClock
from bot.engine.retention import run_retention
from bot.engine.runner import Runner
from bot.errors import SettingsError, StoreError
from bot.ownership import must_be_its_account
from bot.prepare import lock_at, prepare
from bot.settings import Settings
from bot.store.stores import Stores
from bot.telemetry.backlog import BacklogGauges, BacklogMeter
from bot.telemetry.loop_errors import said_once_a_minute
from bot.telemetry.loop_lag import LoopLag
from bot.telemetry.metrics import Metrics
from bot.telemetry.outages import Outages
from bot.transports.http import Server
from bot.views.who_may import who_agrees, who_may
from bot.wiring import Work, build, open_edges

if TYPE_CHECKING:
    from bot.transports.socket_mode import SocketMode

log = structlog.get_logger(__name__)

_ACKS_DRAIN = 0.5
_LISTENERS_DRAIN = 5.0
_RUNNERS_DRAIN = 5.0
_SOCKETS_CLOSE = 1.0
_RELEASE = 1.0
"""Seconds for what is in flight. With the server's own second all of them stay below ten.

What was acknowledged waits 4 s for SQLite's lock, and whoever can't be stored is told then.
"""

_ENDED_FIRST = frozenset({"Socket Mode", "retention"})
"""Tasks that a stop ends at once: one opens what is to be closed, the other holds the database."""


class Readiness:
    """Why the bot is not ready, for `/readyz`."""

    def __init__(self, stores: Stores) -> None:
        """Begin with a bot that starts."""
        self._stores = stores
        self.runners: tuple[Runner[Any], ...] = ()
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
        failing = [runner.name for runner in self.runners if runner.is_failing]
        return f"work does not go on: {' and '.join(failing)} fail" if failing else None


async def run(settings: Settings) -> int:
    """Run the bot until SIGTERM or SIGINT; return the exit code.

    Raises SettingsError for what can't work with these settings.
    """
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    metrics, clock = Metrics(), SteadyClock()
    loop_lag = LoopLag(metrics.registry)
    outages = Outages(clock)
    async with AsyncExitStack() as stack:
        stack.enter_context(said_once_a_minute())
        edges = await open_edges(settings, metrics, outages, clock, stack)
        readiness = Readiness(edges.stores)
        kind = "sqlite" if edges.stores.database.is_sqlite else "postgresql"
        metrics.runs(kind, "socket_mode" if settings.socket_mode else "http")
        server = await _listen(settings, metrics, readiness, edges.stores, stack)
        lock = stack.enter_context(lock_at(edges.stores.database))
        key = settings.respan_api_key.get_secret_value()
        compare = partial(must_be_its_account, edges.stores, edges.respan, key)
        start = prepare(edges.stores, lock, edges.slack, settings.policy, compare, clock)
        if not await _finishes(start, stop):
            return 0
        policy = settings.policy
        log.info("who may cancel batches", who=who_may(policy), approval=who_agrees(policy))
        work = build(settings, edges, metrics, outages)
        readiness.runners = (work.requests, work.cancellations, work.answers)
        retention = run_retention(
            edges.stores, settings.keep_finished_days, settings.keep_audit_days
        )
        tasks = {
            "the runner of requests": work.requests.run(),
            "the runner of cancellations": work.cancellations.run(),
            "the runner of answers": work.answers.run(),
            "retention": retention,
            "the measuring of the event loop": loop_lag.measure(),
            "the HTTP server": server.serve(),
            **_way_in(work, server, readiness),
        }
        drain = partial(_drain, work, server, readiness, edges.stores)
        return await _run_all(tasks, stop, drain)


class TaskEnded(Exception):
    """A task that goes on as long as the process ended by itself; the text names it."""


async def _run_all(
    tasks: dict[str, Coroutine[Any, Any, None]],
    stop: asyncio.Event,
    drain: Callable[[], Awaitable[None]],
) -> int:
    """Run the tasks until `stop`, then drain; return 1 where one of them ended before.

    The process ends then, so that the platform starts it again: half a bot would leave people
    without an answer. Raises SettingsError where that is what ended a task.
    """
    try:
        async with asyncio.TaskGroup() as group:
            running = {n: group.create_task(_endless(n, t, stop)) for n, t in tasks.items()}
            await stop.wait()
            for name in _ENDED_FIRST & running.keys():
                running[name].cancel()
            await drain()
            for task in running.values():
                task.cancel()
    except BaseExceptionGroup as ended:
        await drain()
        return _why_it_ended(ended)
    return 0


async def _endless(name: str, task: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
    """Do the task; raise TaskEnded when it ends by itself: returns, raises or is cancelled."""
    own = asyncio.current_task()
    try:
        await task
    except asyncio.CancelledError as error:
        if stop.is_set() or (own is not None and own.cancelling()):
            raise
        raise TaskEnded(name) from error
    except SettingsError:
        raise
    except Exception as error:
        raise TaskEnded(name) from error
    if not stop.is_set():
        raise TaskEnded(name)


def _why_it_ended(group: BaseExceptionGroup[BaseException]) -> int:
    """Log the one task that ended first, and return the exit code; raises SettingsError."""
    first = group.exceptions[0]
    if not isinstance(first, TaskEnded):
        raise first
    cause = first.__cause__ if isinstance(first.__cause__, Exception) else None
    log.error("a task ended by itself, so the process ends", task=str(first), exc_info=cause)
    return 1


async def _listen(
    settings: Settings, metrics: Metrics, ready: Readiness, stores: Stores, stack: AsyncExitStack
) -> Server:
    meter = BacklogMeter(stores.backlog.count, BacklogGauges(metrics.registry))

    async def scrape() -> None:
        if ready.socket is not None:
            metrics.sockets(await ready.socket.ages())
        await meter.bring_up_to_date()

    address, port = settings.listen_on, settings.port
    server = Server(address, port, metrics, ready.why_not, scrape)
    secret = settings.slack_signing_secret
    if secret is not None and not settings.socket_mode:
        server.take_events(secret.get_secret_value())
    if settings.openai_webhook_secret is not None:
        server.take_webhooks(settings.openai_webhook_secret.get_secret_value())
    try:
        await server.start()
    except OSError as error:
        where = f"PORT {port}" if address is None else f"BIND_ADDRESS {address} with PORT {port}"
        raise SettingsError(f"{where} can't be used ({error.strerror})") from None
    stack.push_async_callback(server.stop)
    return server


def _way_in(
    work: Work, server: Server, readiness: Readiness
) -> dict[str, Coroutine[Any, Any, None]]:
    """Open the way in for requests; return the task that watches it, where there is one."""
    sockets = work.sockets
    if sockets is not None:
        server.open_for(None, work.look_now)
        return {"Socket Mode": _socket_mode(sockets, server, readiness)}
    server.open_for(work.bolt, work.look_now)
    readiness.reason = None
    log.info("the bot is ready", port=server.port)
    return {}


async def _socket_mode(sockets: "SocketMode", server: Server, readiness: Readiness) -> None:
    """Open the connections and watch them; returns when they were away for too long."""
    readiness.socket = sockets
    await sockets.start()
    readiness.reason = None
    log.info("the bot is ready, in Socket Mode", port=server.port)
    await sockets.watch()


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
    if work.sockets is not None:
        # An ack needs its connection. Until there is none to send, whatever comes is taken: Slack
        # may send what nobody takes to nobody else.
        await _wait_for(work.handler.in_flight, _ACKS_DRAIN)
        work.sockets.take_no_more()
    runners = (work.requests, work.cancellations, work.answers)
    await asyncio.gather(
        *(runner.stop(_RUNNERS_DRAIN) for runner in runners),
        _wait_for(work.handler.in_flight, _LISTENERS_DRAIN),
        *([] if work.sockets is None else [work.sockets.stop(_SOCKETS_CLOSE)]),
    )
    work.handler.repeats.flush()
    with suppress(StoreError, TimeoutError):
        async with asyncio.timeout(_RELEASE):
            await stores.request_queue.release()
            await stores.cancellation_queue.release()
            await stores.answers.release(stores.owner)
    log.info("the bot has stopped")


async def _wait_for(tasks: Collection[asyncio.Task[Any]], seconds: float) -> None:
    if tasks:
        await asyncio.wait(tasks, timeout=seconds)

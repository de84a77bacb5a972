"""A stop ends with code 0 within ten seconds, whatever hangs, and from the first moment on."""

import asyncio
import signal
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer
from pytest_mock import MockerFixture

from bot import app
from bot.clients.web_client import web_client
from bot.engine.runner import Runner
from bot.sandbox.world import SandboxWorld
from bot.telemetry.metrics import Metrics
from bot.transports.http import Server
from bot.transports.socket_mode import SocketMode
from tests.inner_run import ROOT
from tests.test_traps_of_socket_mode import bolt

CONTRACT = 10.0
"""Seconds from SIGTERM to the end of the process."""

WHILE_LOADING = """
import signal, sys, bot.__main__ as main
main._load = lambda _name: signal.raise_signal(signal.{name})
sys.exit(main.main([{command!r}]))
"""


@pytest.mark.parametrize(
    ("name", "command", "code"),
    [
        ("SIGTERM", "run", 0),
        ("SIGINT", "run", 130),
        ("SIGTERM", "migrate", -signal.SIGTERM),
        ("SIGTERM", "check", -signal.SIGTERM),
    ],
)
def test_a_stop_while_the_code_is_loaded(name: str, command: str, code: int) -> None:
    """As process 1 of a container it would not be heard at all; what was cut off is no success."""
    done = subprocess.run(  # noqa: S603 - our own probe
        [sys.executable, "-c", WHILE_LOADING.format(name=name, command=command)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


class Jumping(asyncio.SelectorEventLoop):
    """A loop whose time goes on at once to when something is due, where nothing else happens."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        selector: Any = self._selector  # type: ignore[attr-defined]
        really = selector.select

        def select(timeout: float | None) -> Any:
            found = really(0 if timeout is None or timeout < 1e-3 else 1e-3)
            if not found and timeout:
                self.now += timeout
            return found

        selector.select = select

    def time(self) -> float:
        """Return the moved time."""
        return self.now


async def _for_ever(*_: Any) -> None:
    await asyncio.sleep(1e6)


async def _hangs(what: set[str]) -> float:
    """Drain a bot of which so much hangs, as a whole process does; return the seconds."""
    loop = asyncio.get_running_loop()

    async def maybe(name: str) -> None:
        if name in what:
            await _for_ever()

    runner = Runner("requests", _never, _nothing, _for_ever)
    if "runners" in what:
        runner._start(None)
    listening = {asyncio.ensure_future(_for_ever())} if "listeners" in what else set()

    async def close(seconds: float = 1e6) -> None:
        await asyncio.wait([asyncio.ensure_future(maybe("sockets"))], timeout=seconds)

    work: Any = SimpleNamespace(
        sockets=SimpleNamespace(take_no_more=lambda: None, stop=close),
        handler=SimpleNamespace(in_flight=listening, repeats=SimpleNamespace(flush=lambda: None)),
        requests=runner,
        cancellations=Runner("cancellations", _never, _nothing, _for_ever),
        answers=Runner("answers", _never, _nothing, _for_ever),
    )
    queue = SimpleNamespace(release=lambda *_: maybe("database"))
    stores: Any = SimpleNamespace(
        request_queue=queue, cancellation_queue=queue, answers=queue, owner="me"
    )
    asked = asyncio.Event()

    async def why_not_ready() -> str | None:
        asked.set()
        await maybe("a request")
        return None

    async with AsyncExitStack() as stack:
        server = Server("127.0.0.1", 0, Metrics(), why_not_ready, _none)
        await server.start()
        stack.push_async_callback(server.stop)
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /readyz HTTP/1.1\r\nHost: here\r\n\r\n")
        await asked.wait()
        began = loop.time()
        await app._drain(work, server, app.Readiness(stores), stores)
    writer.close()
    for task in listening:
        task.cancel()
    return loop.time() - began


async def _never() -> float | None:
    return None


async def _nothing(_: int) -> list[None]:
    return []


async def _none() -> str | None:
    return None


EVERYTHING = {"a request", "sockets", "listeners", "runners", "database"}


@pytest.mark.parametrize("what", [set(), *({one} for one in sorted(EVERYTHING)), EVERYTHING])
def test_whatever_hangs_a_stop_is_in_time(what: set[str]) -> None:
    """All that a stop waits for adds up to less than the contract's, with a second for the exit."""
    with asyncio.Runner(loop_factory=Jumping) as runner:
        seconds = runner.run(_hangs(what))
    assert seconds <= CONTRACT - 1.0
    assert (seconds > 0.5) is bool(what)


async def test_all_connections_are_closed_at_once() -> None:
    """Where Slack does not answer the first one's goodbye, the second one is no longer open."""
    goodbyes = asyncio.Semaphore(0)
    over = asyncio.Event()

    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoclose=False)
        await socket.prepare(request)
        async for frame in socket:
            if frame.type is WSMsgType.CLOSE:
                break
        goodbyes.release()
        await over.wait()
        return socket

    server_app = web.Application()
    server_app.router.add_get("/", serve)
    async with TestServer(server_app) as server:

        async def address() -> str:
            return str(server.make_url("/"))

        sockets = SocketMode(
            bolt(web_client("xoxb-1", "https://slack.com/api/", None)), "xapp-1", address
        )
        await sockets.start()
        stopping = asyncio.ensure_future(sockets.stop(30.0))
        async with asyncio.timeout(5):
            await goodbyes.acquire()
            await goodbyes.acquire()
        assert not stopping.done()
        stopping.cancel()
        over.set()


async def test_a_stop_while_socket_mode_begins(tmp_path: Path) -> None:
    """Slack is slow to give an address: SIGTERM ends the process with 0 and opens nothing more."""
    world = SandboxWorld(tmp_path, transport="socket")
    async with AsyncExitStack() as stack:
        await world.open(stack)
        world.slack.faults.add("apps.connections.open", "delay", times=None, seconds=2.0)
        await world.bot.launch()
        while not world.slack.calls("apps.connections.open"):  # noqa: ASYNC110 - it comes from afar
            await asyncio.sleep(0.01)
        assert await world.bot.terminate() == 0
        assert world.slack.sockets.count == 0
        assert '"error"' not in world.bot.log_text()


async def test_an_idle_connection_holds_up_no_stop(mocker: MockerFixture) -> None:
    """From Python 3.12 on asyncio waits for every connection: a proxy keeps one for a minute."""
    mocker.patch.object(asyncio.Server, "wait_closed", _for_ever)
    server = Server("127.0.0.1", 0, Metrics(), _none, _none)
    await server.start()
    serving = asyncio.ensure_future(server.serve())
    await asyncio.sleep(0)
    serving.cancel()
    await asyncio.wait([serving], timeout=5)
    assert serving.cancelled()
    await server.stop()

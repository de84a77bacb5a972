"""A task that ends by itself ends the process, with code 1 and one line; none ends in silence."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pytest_mock import MockerFixture

from bot import app
from bot.engine.runner import Runner
from bot.errors import SettingsError, StoreUnavailable
from bot.sandbox.world import SandboxWorld
from bot.setting_reading import load_settings
from bot.settings import Settings
from bot.telemetry.loop_lag import LoopLag
from bot.transports.http import Server
from bot.transports.socket_mode import SocketMode

ENDED = "a task ended by itself, so the process ends"
Ending = Callable[..., Awaitable[None]]


async def _returns(*_: object) -> None:
    """End at once."""


async def _raises(*_: object) -> None:
    raise ValueError("a defect")


async def _is_cancelled(*_: object) -> None:
    raise asyncio.CancelledError


@pytest.fixture
def signals() -> Iterator[None]:
    """Leave no handler of the bot behind."""
    yield
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, signal.default_int_handler if name == signal.SIGINT else signal.SIG_DFL)


@pytest.fixture
async def settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signals: None
) -> AsyncIterator[Settings]:
    """Give the settings of a bot in Socket Mode between local services."""
    world = SandboxWorld(tmp_path, transport="socket")
    async with AsyncExitStack() as stack:
        await world.open(stack)
        for name, value in world.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("PORT", "0")
        monkeypatch.setenv("BIND_ADDRESS", "127.0.0.1")
        yield load_settings()


TASKS = {
    "the runner of requests": (Runner, "run"),
    "the runner of cancellations": (Runner, "run"),
    "the runner of answers": (Runner, "run"),
    "retention": (app, "run_retention"),
    "the HTTP server": (Server, "serve"),
    "the measuring of the event loop": (LoopLag, "measure"),
    "Socket Mode": (SocketMode, "watch"),
}


@pytest.mark.parametrize("ending", [_returns, _raises, _is_cancelled])
@pytest.mark.parametrize("name", TASKS)
async def test_a_task_that_ends_ends_the_process(
    settings: Settings, mocker: MockerFixture, name: str, ending: Ending
) -> None:
    """Each of them, however it ends: code 1, one line that names it, all within ten seconds."""
    where, attribute = TASKS[name]
    real = getattr(where, attribute)

    async def runs(runner: Any) -> None:
        await (ending() if name.endswith(runner.name) else real(runner))

    mocker.patch.object(where, attribute, runs if where is Runner else ending)
    error = mocker.patch.object(app.log, "error", create=True)
    started = time.monotonic()
    assert await app.run(settings) == 1
    assert time.monotonic() - started < 10
    (call,) = error.call_args_list
    assert (call.args, call.kwargs["task"]) == ((ENDED,), name)
    assert isinstance(call.kwargs["exc_info"], ValueError) is (ending is _raises)


async def test_a_server_that_listens_no_more(settings: Settings, mocker: MockerFixture) -> None:
    """Whoever closes the listening socket ends the process: nobody could reach it."""
    error = mocker.patch.object(app.log, "error", create=True)
    real = Server.serve

    async def closes(server: Server) -> None:
        assert server._listener is not None
        asyncio.get_running_loop().call_later(0.1, server._listener.close)
        await real(server)

    mocker.patch.object(Server, "serve", closes)
    assert await app.run(settings) == 1
    assert error.call_args.kwargs["task"] == "the HTTP server"


async def test_a_wrong_setting_is_no_defect(settings: Settings, mocker: MockerFixture) -> None:
    """What a task finds wrong with the settings is told as such."""
    mocker.patch.object(
        SocketMode, "start", side_effect=SettingsError("SLACK_APP_TOKEN was refused")
    )
    with pytest.raises(SettingsError, match="SLACK_APP_TOKEN"):
        await app.run(settings)


async def test_a_stop_is_no_end_by_itself(settings: Settings, mocker: MockerFixture) -> None:
    """SIGTERM ends all tasks with code 0 and no alarm."""
    error = mocker.patch.object(app.log, "error", create=True)
    real = app._socket_mode

    async def watches(*arguments: Any) -> None:
        asyncio.get_running_loop().call_later(0.3, signal.raise_signal, signal.SIGTERM)
        await real(*arguments)

    mocker.patch.object(app, "_socket_mode", watches)
    assert await app.run(settings) == 0
    assert error.call_args_list == []


async def test_readiness_tells_of_failing_work(settings: Settings, mocker: MockerFixture) -> None:
    """While rounds fail, /readyz is 503 and names the work; then it is 200 again."""
    failing = True
    real = Runner._round

    async def maybe(runner: Any) -> float:
        if failing and runner.name == "cancellations":
            raise StoreUnavailable("away")
        return await real(runner)

    mocker.patch.object(Runner, "_round", maybe)
    listened = mocker.spy(Server, "start")
    running = asyncio.create_task(app.run(settings))
    while not listened.spy_return_list:  # noqa: ASYNC110 - a spy has no event
        await asyncio.sleep(0.01)
    url = f"http://127.0.0.1:{listened.call_args.args[0].port}/readyz"
    expected = (503, {"ready": False, "why": "work does not go on: cancellations fail"})
    assert await _answer(url, expected) == expected
    failing = False
    assert await _answer(url, (200, {"ready": True})) == (200, {"ready": True})
    signal.raise_signal(signal.SIGTERM)
    assert await running == 0


async def _answer(url: str, awaited: object) -> tuple[int, Any]:
    """Return the answer that is awaited, or the last one within ten seconds."""
    async with aiohttp.ClientSession() as http:
        for _ in range(200):
            async with http.get(url) as response:
                answer = response.status, await response.json()
            if answer == awaited:
                break
            await asyncio.sleep(0.05)
    return answer

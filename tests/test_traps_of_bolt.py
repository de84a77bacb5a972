"""Traps of Bolt that the bot works around: an upgrade that changes one is seen here.

Each test shows what Bolt does by itself over HTTP, and what the bot makes of it.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer
from pytest_mock import MockerFixture
from slack_bolt import BoltResponse
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_sdk.oauth.installation_store import FileInstallationStore
from slack_sdk.oauth.state_store import FileOAuthStateStore

from bot.domain.asking import Asking, Question
from bot.sandbox.slack.server import SandboxSlack
from tests.bolt_apps import COMMAND, PATH, Ack, app, counting, dispatch, plain
from tests.simulation import BATCH, Simulation


@pytest.fixture(autouse=True)
def no_oauth_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin without Bolt's own variables."""
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def oauth_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Set what other Slack apps' settings may have left in the environment.

    Bolt's files for it are in the home of whoever imported it, unless it is told of other places.
    """
    monkeypatch.setenv("SLACK_CLIENT_ID", "1")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "2")
    states = partial(FileOAuthStateStore, base_dir=str(tmp_path / "states"))
    monkeypatch.setattr("slack_bolt.oauth.async_oauth_settings.FileOAuthStateStore", states)
    store = FileInstallationStore(base_dir=str(tmp_path / "installations"))
    stores = "slack_bolt.oauth.async_internals.default_installation_stores"
    monkeypatch.setattr(stores, {"1": store})


@pytest.fixture
async def sim(tmp_path: Path) -> AsyncIterator[Simulation]:
    """Give the bot itself."""
    async with Simulation(f"sqlite:///{tmp_path / 'bot.db'}") as made:
        made.respan.add_batch(BATCH)
        yield made


@pytest.mark.parametrize(("make", "calls"), [(plain, 1), (app, 0)])
async def test_who_it_is_costs_the_first_user_a_call(
    make: Callable[[SandboxSlack], AsyncApp], calls: int
) -> None:
    """With a token Bolt calls auth.test inside the first request; with `authorize=` never."""
    async with SandboxSlack() as slack:
        bolt = make(slack)
        runs = counting(bolt)
        assert [await dispatch(bolt, slack) for _ in range(3)] == [200] * 3
        assert len(runs) == 3
        assert len(slack.calls("auth.test")) == calls


async def test_the_bot_asks_who_it_is_at_its_start_only(sim: Simulation) -> None:
    """No interaction waits for it."""
    for _ in range(3):
        await sim.ask()
    assert len(sim.slack.calls("auth.test")) == 1


async def test_two_variables_switch_an_app_to_oauth(
    request: pytest.FixtureRequest,
) -> None:
    """With both in the environment Bolt looks for an installation, and runs no listener."""
    async with SandboxSlack() as slack:
        before = plain(slack)
        request.getfixturevalue("oauth_variables")
        after = plain(slack)
        ran_before, ran_after = counting(before), counting(after)
        await dispatch(before, slack)
        await dispatch(after, slack)
    assert (before.oauth_flow, ran_before) == (None, ["ran"])
    assert isinstance(after.oauth_flow, AsyncOAuthFlow)
    assert ran_after == []


async def test_authorize_keeps_listeners_but_opens_the_install_page(
    oauth_variables: None, tmp_path: Path
) -> None:
    """With `authorize=` the listeners run; Bolt's own server has an install page all the same."""
    async with SandboxSlack() as slack:
        bolt = app(slack)
        runs = counting(bolt)
        assert await dispatch(bolt, slack) == 200
        assert runs == ["ran"]
        async with TestClient(TestServer(bolt.web_app())) as http:
            assert (await http.get("/slack/install")).status == 200
    assert len([*tmp_path.glob("states/1/*")]) == 1


async def test_the_bot_is_not_switched_to_oauth(oauth_variables: None, sim: Simulation) -> None:
    """It answers as ever, asks Slack for nothing but who they are, and has no install page."""
    shown = await sim.ask()
    assert len(shown.buttons) == 2
    assert [call.name for call in sim.slack.exchanges] == [
        "auth.test",
        "users.info",
        "response_url",
    ]
    async with ClientSession() as http:
        for path in ("/slack/install", "/slack/oauth_redirect"):
            async with http.get(f"http://127.0.0.1:{sim.server.port}{path}") as answer:
                assert answer.status == 404


async def no_answer(error: Exception) -> None:
    assert str(error) == "after the ack"


async def answer_500(error: Exception) -> BoltResponse:
    return BoltResponse(status=500)


async def answer_200(error: Exception) -> BoltResponse:
    return BoltResponse(status=200)


@pytest.mark.parametrize(
    ("handler", "status", "reported"),
    [
        (None, 404, []),
        (no_answer, 404, []),
        (answer_200, 200, [AssertionError]),
        (answer_500, 200, [AssertionError]),
    ],
)
async def test_an_error_after_the_ack_takes_it_back(
    handler: Callable[..., Awaitable[Any]] | None, status: int, reported: list[type[Exception]]
) -> None:
    """Unless an error handler returns a BoltResponse, Slack hears 404 to what was acked.

    What keeps the ack then is an assertion in Bolt that fails before it would be taken back;
    asyncio reports it.
    """
    record: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: record.append(context))
    async with SandboxSlack() as slack:
        bolt = app(slack)
        bolt.command("/x")(_fails_after_the_ack)
        if handler is not None:
            bolt.error(handler)
        assert bolt._async_listeners[0].ack_timeout == 3
        if status == 404:
            bolt._async_listeners[0].ack_timeout = 0.1  # type: ignore[assignment]  # not to wait
        assert await dispatch(bolt, slack) == status
    gc.collect()
    assert [type(context["exception"]) for context in record] == reported


async def _fails_after_the_ack(ack: Ack) -> None:
    await ack()
    raise RuntimeError("after the ack")


async def test_the_bots_ack_stays(sim: Simulation, mocker: MockerFixture) -> None:
    """Whatever fails after it: the person's command was taken."""
    handler, said = sim.crew[0].work.handler, mocker.patch("bot.listeners.handler.log.error")
    failure = RuntimeError("no")
    mocker.patch.object(handler.metrics, "interaction", side_effect=failure)
    delivery = await sim.slack.command(BATCH)
    assert delivery.status == 200
    assert len(await sim.requests()) == 1
    said.assert_called_once_with("a listener failed", exc_info=failure)


async def _looks_of_bolt(mocker: MockerFixture, work: Awaitable[object]) -> int:
    """Return how often Bolt looks meanwhile whether a listener has acknowledged."""
    its = mocker.patch("slack_bolt.listener.asyncio_runner.asyncio", wraps=asyncio)
    await work
    mocker.stop(its)
    return int(its.sleep.call_count)


async def test_bolt_looks_for_an_ack_now_and_then(mocker: MockerFixture) -> None:
    """It sends one up to 10 ms after it was given."""
    async with SandboxSlack() as slack:
        bolt = app(slack)
        counting(bolt)
        assert await _looks_of_bolt(mocker, dispatch(bolt, slack)) == 1


async def test_the_bots_ack_goes_out_at_once(sim: Simulation, mocker: MockerFixture) -> None:
    """Nobody looks for it."""
    assert await _looks_of_bolt(mocker, sim.slack.command(BATCH)) == 0


async def test_bolt_waits_for_no_listener() -> None:
    """Its server stops while a listener that has acked is still at work."""
    async with SandboxSlack() as slack:
        bolt, go_on, done = app(slack), asyncio.Event(), asyncio.Event()

        async def listener(ack: Ack) -> None:
            await ack()
            await go_on.wait()
            done.set()

        bolt.command("/x")(listener)
        async with TestClient(TestServer(bolt.web_app())) as http:
            answer = await http.post(PATH, data=COMMAND, headers=slack.signed(COMMAND))
            assert answer.status == 200
        assert not done.is_set()
        go_on.set()
        await asyncio.wait_for(done.wait(), 10)


async def test_the_bot_keeps_what_is_in_flight(sim: Simulation, mocker: MockerFixture) -> None:
    """An interaction that is acked before it is stored is known until it is."""
    handler, go_on = sim.crew[0].work.handler, asyncio.Event()
    mocker.patch("bot.listeners.handler._STORE_BEFORE_ACK", 0.05)
    ask = handler.requests.ask

    async def slow(question: Question) -> Asking:
        await go_on.wait()
        return await ask(question)

    mocker.patch.object(handler.requests, "ask", slow)
    assert (await sim.slack.command(BATCH)).acked
    assert (len(handler.in_flight), await sim.requests()) == (1, [])
    go_on.set()
    await asyncio.gather(*handler.in_flight)
    assert (len(handler.in_flight), len(await sim.requests())) == (0, 1)

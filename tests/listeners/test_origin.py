"""Requests of another workspace, another app or an organization: signed, and none of ours."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pytest_mock import MockerFixture
from structlog.testing import capture_logs

from bot.domain.installation import Foreign, Installation, Origin
from bot.errors import SettingsError
from bot.listeners.origin import Gate
from bot.ownership import must_be_its_own
from bot.store.facts import APP
from tests.simulation import BATCH, Simulation

ELSEWHERE: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "workspace": (
        {"team_id": "T0OTHER"},
        {"team": {"id": "T0OTHER"}},
        "This app serves another workspace",
    ),
    "app": (
        {"api_app_id": "A0OTHER"},
        {"api_app_id": "A0OTHER"},
        "This came from another Slack app",
    ),
    "organization": (
        {"is_enterprise_install": "true"},
        {"is_enterprise_install": True, "team": None, "enterprise": {"id": "E0OTHER"}},
        "not for the organization",
    ),
}


@pytest.fixture
async def known(database_url: str) -> AsyncIterator[Simulation]:
    """Give a bot that knows its app, from its first request."""
    async with Simulation(database_url) as sim:
        sim.respan.add_batch(BATCH)
        await sim.slack.command("help", user="U0BEN")
        await sim.pass_time()
        yield sim


@pytest.mark.parametrize("what", ELSEWHERE)
async def test_a_command_of_elsewhere(known: Simulation, what: str) -> None:
    """It asks nothing, its person is told why, and the log says where it came from."""
    flat, _, words = ELSEWHERE[what]
    with capture_logs() as logs:
        assert (await known.slack.command(BATCH, **flat)).acked
        await known.pass_time(5)
    assert await known.requests() == []
    assert words in known.private()[-1]
    (line,) = [one for one in logs if one["event"] == "a request from elsewhere was refused"]
    assert line["why"] == what
    (record,) = await known.records()
    assert (record["event"], record["user_id"]) == ("denied", "U0ANA")
    denied = {"rule": "elsewhere", "at": "gate", "role": "asker", "other": what}
    assert record["details"] == denied
    assert record["team_id"] == flat.get("team_id", "T0SANDBOX")


@pytest.mark.parametrize("what", ELSEWHERE)
async def test_a_click_of_elsewhere(known: Simulation, what: str) -> None:
    """It confirms nothing; the question stays open for its own person."""
    _, nested, words = ELSEWHERE[what]
    shown = await known.ask()
    assert (await known.press(shown, changes=nested)).acked
    await known.pass_time(5)
    assert await known.stage() == "asked"
    assert words in known.private()[-1]
    assert known.respan.cancels == []
    await known.press(shown)
    await known.pass_time(60)
    assert len(known.respan.cancels) == 1


@pytest.mark.parametrize("what", ELSEWHERE)
async def test_whatever_else_comes_from_elsewhere(known: Simulation, what: str) -> None:
    """Another command and an unknown button are told the same."""
    flat, nested, words = ELSEWHERE[what]
    shown = await known.ask()
    await known.slack.command("x", command="/other", **flat)
    await known.press(shown, "made_up", changes=nested)
    await known.pass_time(5)
    assert [words in text for text in known.private()[-2:]] == [True, True]


async def test_the_apps_id_is_kept(known: Simulation) -> None:
    """Another bot on the same database knows it from its start."""
    app = await known.crew[0].stores.facts.get(APP)
    assert app
    member = await known.join()
    slack = member.work.handler.slack
    slack.app_id = "A0OTHER"  # type: ignore[attr-defined]  # the client's own
    with pytest.raises(SettingsError, match="belongs to the Slack app"):
        await must_be_its_own(member.stores, slack)  # type: ignore[arg-type]  # the same


async def test_a_slow_database_holds_up_no_acknowledgement(mocker: MockerFixture) -> None:
    """The app's id is learned by a later request; what can be compared is compared."""
    mocker.patch("bot.listeners.origin._KEEP_WITHIN", 0.01)
    slow, learned = asyncio.Event(), list[str]()

    async def keep(app_id: str) -> str:
        await slow.wait()
        learned.append(app_id)
        return app_id

    gate = Gate(Installation("T1"), keep)
    async with asyncio.timeout(2):
        assert await gate.why_not(Origin("T1", "A1")) is None
        assert await gate.why_not(Origin("T2", "A1")) is Foreign.WORKSPACE
    slow.set()
    assert await gate.why_not(Origin("T1", "A1")) is None
    assert await gate.why_not(Origin("T1", "A2")) is Foreign.APP
    assert learned == ["A1"]

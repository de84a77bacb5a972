"""Every click gets its answer, and one confirmation is one cancellation."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.simulation import BATCH, CONFIRM, DECLINE, Simulation


@pytest.fixture
async def sim(database_url: str) -> AsyncIterator[Simulation]:
    """Give a simulation in which the example batch runs."""
    async with Simulation(database_url) as made:
        made.respan.add_batch(BATCH, cancel_seconds=20)
        yield made


async def test_two_people_confirm_at_once(sim: Simulation) -> None:
    """One call goes out; the other reads who was first, and has no button left."""
    ana, ben = await sim.ask(user="U0ANA"), await sim.ask(user="U0BEN")
    await asyncio.gather(sim.press(ana), sim.press(ben))
    await sim.pass_time(60)
    assert len(sim.respan.cancels) == 1
    texts = sorted([ana.text, ben.text], key=lambda text: "confirmed already" in text)
    assert "Respan accepted" in texts[0]
    assert "confirmed already" in texts[1]
    actions = [button["action_id"] for button in (*ana.buttons, *ben.buttons)]
    assert actions == ["tell_me_too"]
    states = sorted((row.state for row in await sim.requests()), key=str)
    assert states == ["refused", "reported"]


async def test_a_storm_of_clicks(sim: Simulation) -> None:
    """However often it is pressed, Respan is asked once, and each click is answered."""
    shown = await sim.ask()
    token = (await sim.request()).token
    await asyncio.gather(*(sim.slack.click(shown, CONFIRM, value=token) for _ in range(25)))
    await sim.pass_time(60)
    assert len(sim.respan.cancels) == 1
    assert len(sim.replies()) == 1
    answered = sum("You confirmed already" in text for text in sim.private())
    assert answered == 24


async def test_both_buttons_at_once(sim: Simulation) -> None:
    """The first one counts, and the other hears which it was."""
    shown = await sim.ask()
    token = (await sim.request()).token
    await asyncio.gather(
        sim.slack.click(shown, DECLINE, value=token), sim.slack.click(shown, CONFIRM, value=token)
    )
    await sim.pass_time(60)
    (row,) = await sim.requests()
    assert len(sim.respan.cancels) == (0 if row.state == "declined" else 1)
    assert row.state in {"declined", "reported"}


@pytest.mark.parametrize("action", [CONFIRM, DECLINE])
async def test_clicks_that_do_nothing(sim: Simulation, action: str) -> None:
    """Somebody else's, one from elsewhere, a made-up token: each is answered, none acts."""
    shown = await sim.ask()
    for more in ({"user": "U0BEN"}, {"channel": "C0GENERAL"}, {"value": "made-up"}):
        await sim.slack.click(shown, action, **more)  # type: ignore[arg-type]  # one of three
        await sim.pass_time()
    assert "Only <@U0ANA>" in sim.private("U0BEN")[0]
    assert any("belongs to another channel" in text for text in sim.private())
    assert "does not know this question" in shown.text
    assert await sim.stage() == "asked"
    assert sim.respan.cancels == []


@pytest.mark.parametrize("action", [CONFIRM, DECLINE])
async def test_who_was_taken_off_the_list_may_not_click(database_url: str, action: str) -> None:
    """The list of users and of channels is read again at the click."""
    async with Simulation(database_url, allowed_channels="C0BATCHES") as sim:
        sim.respan.add_batch(BATCH)
        shown = await sim.ask()
        await sim.slack.click(shown, action, channel="C0GENERAL")
        await sim.pass_time()
        assert any("can't be cancelled from this channel" in text for text in sim.private())
        assert sim.respan.cancels == []


async def test_a_late_click_hears_how_it_ended(sim: Simulation) -> None:
    """After the end, a click says that it is over and where it was."""
    shown = await sim.ask()
    token = (await sim.request()).token
    await sim.press(shown)
    await sim.pass_time(60)
    await sim.press(shown, value=token)
    await sim.pass_time()
    assert "it is over: `batch_abc123` was cancelled" in shown.text


async def test_the_same_batch_again_after_its_end(sim: Simulation) -> None:
    """A batch that was cancelled is told as final; nothing is asked of Respan again."""
    await sim.confirm()
    await sim.pass_time(60)
    shown = await sim.ask(user="U0BEN")
    assert "is `cancelled`, so there is nothing left to cancel" in shown.text


async def test_a_question_that_outlives_the_first_cancellation(sim: Simulation) -> None:
    """An open question about a batch that ended meanwhile is told so at the click."""
    ben = await sim.ask(user="U0BEN")
    await sim.confirm()
    await sim.pass_time(60)
    await sim.press(ben)
    await sim.pass_time(10)
    assert "is `cancelled` by now" in ben.text
    assert len(sim.respan.cancels) == 1

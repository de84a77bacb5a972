"""Somebody only looks: how batches stand and who cancels them, privately, and nothing is done."""

from typing import Any

import pytest

from bot.domain.request import MOST_BATCHES
from tests.simulation import BATCH, Simulation
from tests.steps.test_several import FIVE


async def look(sim: Simulation, text: str = "", user: str = "U0BEN") -> str:
    """Type the command with `status`, and return what the person reads."""
    shown = await sim.ask(f"status {text}".strip(), user)
    assert shown.buttons == []
    return shown.text


async def test_a_batch_that_runs(sim: Simulation) -> None:
    """The card has the confirmation's facts and no button; the request is over with it."""
    said = await look(sim, BATCH)
    assert said.startswith(f"`{BATCH}` is `in_progress`. 23 of 100 requests done")
    for part in ("Endpoint:", "Model:", "Running for:", "Expires:", "Type `/cancel-batch batch_"):
        assert part in said
    request = await sim.request()
    assert (request.state, request.command_url) == ("answered", None)
    assert request.shown_at is not None
    assert sim.respan.cancels == []
    assert sim.slack.workspace.messages == []


@pytest.mark.parametrize("status", ["completed", "failed", "expired", "cancelled"])
async def test_a_batch_that_is_over(sim: Simulation, status: str) -> None:
    """How it ended is said; there is nothing to type."""
    sim.respan.add_batch("batch_over", status=status)
    said = await look(sim, "batch_over")
    assert f"`batch_over` is `{status}`." in said
    assert "Ended:" in said
    assert "Type" not in said


async def test_a_batch_that_nobody_knows(sim: Simulation) -> None:
    """It is said, alone and among others."""
    unknown = "Respan knows no such batch behind this app's API key."
    assert await look(sim, "batch_nothere") == f"`batch_nothere`: {unknown}"
    assert f"`batch_nothere`: {unknown}" in await look(sim, f"{BATCH} batch_nothere")


async def test_who_is_cancelling_it(sim: Simulation) -> None:
    """The card says who, since when, and where; to the person themselves, "you"."""
    sim.respan.batches[BATCH].cancel_seconds = 100
    await sim.confirm()
    await sim.pass_time(5)
    said = await look(sim, BATCH)
    assert f"`{BATCH}` is `cancelling`." in said
    assert "<@U0ANA> is cancelling it since <!date^" in said
    assert "/archives/C0BATCHES/p" in said
    assert "You are cancelling it since" in await look(sim, BATCH, "U0ANA")


async def test_a_link_that_only_one_can_open(sim: Simulation) -> None:
    """What went to Ana directly is linked for her alone."""
    sim.respan.batches[BATCH].cancel_seconds = 100
    await sim.confirm(channel="C0PRIVATE")
    await sim.pass_time(5)
    assert "/archives/" not in await look(sim, BATCH)
    assert "/archives/" not in await look(sim)
    assert "/archives/D0ANA/p" in await look(sim, BATCH, "U0ANA")
    assert "/archives/D0ANA/p" in await look(sim, "", "U0ANA")


@pytest.mark.parametrize(
    ("kind", "options"), [("status", {"code": 500}), ("rate_limited", {}), ("drop_before", {})]
)
async def test_a_batch_that_can_not_be_read(
    sim: Simulation, kind: str, options: dict[str, Any]
) -> None:
    """It is tried for some seconds, then the answer has what is known."""
    sim.respan.faults.add("retrieve", kind, times=None, **options)
    await sim.slack.command(f"status {BATCH}", "U0BEN")
    await sim.pass_time(9)
    assert sim.private("U0BEN")[-1].startswith(
        f"`{BATCH}`: its numbers can't be read at the moment."
    )
    assert (await sim.request()).state == "answered"


async def test_what_is_cancelled_here_is_known_without_respan(sim: Simulation) -> None:
    """While Respan can't be read, the card has what the watch saw last."""
    sim.respan.batches[BATCH].cancel_seconds = 100
    await sim.confirm()
    await sim.pass_time(5)
    sim.respan.faults.add("retrieve", "status", times=None, code=500)
    await sim.slack.command(f"status {BATCH}", "U0BEN")
    await sim.pass_time(9)
    assert "23 of 100 requests done" in sim.private("U0BEN")[-1]
    assert "<@U0ANA> is cancelling it since" in sim.private("U0BEN")[-1]


async def test_twenty_batches_fit(sim: Simulation) -> None:
    """A line each, with the longest ids too; the twenty-first is refused before a read."""
    ids = [f"batch_{n:0128}" for n in range(MOST_BATCHES + 1)]
    for batch_id in ids:
        sim.respan.add_batch(batch_id)
    said = await look(sim, " ".join(ids[:-1]))
    assert said.count("`in_progress`") == MOST_BATCHES
    assert len(said) <= 4000
    assert "At most 20" in await look(sim, " ".join(ids))


async def test_an_old_command_and_a_person_who_may_not(database_url: str) -> None:
    """Neither is looked up; each is told why."""
    scopes = ("usergroups:read",)
    async with Simulation(database_url, scopes=scopes, allowed_usergroups="S0ML") as sim:
        sim.slack.workspace.usergroups["S0ML"] = ["U0ANA"]
        await look(sim, BATCH)
        assert "Nothing was looked up. You are not among" in sim.private("U0BEN")[-1]
        await sim.slack.command(f"status {BATCH}")
        sim.clock.advance(31 * 60)
        await sim.pass_time(5)
        assert "the app was interrupted" in sim.slack.workspace.messages[-1].text
        assert [r.state for r in await sim.requests()] == ["refused"] * 2
        # It was read once while Slack was asked who they are; then that is known.
        assert len(sim.respan.exchanges) == 1
        await sim.slack.command(f"status {BATCH}", user="U0BEN")
        assert len(sim.respan.exchanges) == 1


async def test_nothing_is_being_cancelled(sim: Simulation) -> None:
    """It is said, with what to type; Respan is not asked."""
    assert (await look(sim)).startswith("Nothing is being cancelled at the moment. Type")
    assert sim.respan.exchanges == []


async def test_what_is_being_cancelled(sim: Simulation) -> None:
    """Newest first, whoever does it, with the message's address; what is over is not among it."""
    for batch_id in FIVE:
        sim.respan.add_batch(batch_id, cancel_seconds=100.0)
    sim.respan.batches[FIVE[4]].cancel_seconds = 1.0
    for number, batch_id in enumerate(FIVE):
        await sim.confirm(batch_id, ("U0ANA", "U0BEN")[number % 2])
        await sim.pass_time(5)
    calls = len(sim.respan.exchanges)
    said = await look(sim)
    assert said.startswith("4 batches are being cancelled, newest first:")
    places = [said.index(f"`{batch_id}` is being cancelled") for batch_id in FIVE[:4]]
    assert places == sorted(places, reverse=True)
    assert said.count("/archives/C0BATCHES/p") == 4
    assert len(sim.respan.exchanges) == calls


async def test_the_same_twice(sim: Simulation) -> None:
    """Who types it again before the answer came reads that it is on its way."""
    for text in ("status", f"status {BATCH}"):
        await sim.slack.command(text, "U0BEN")
        await sim.slack.command(text, "U0BEN")
        await sim.pass_time()
    said = sim.private("U0BEN")
    assert sum("a moment ago, and the answer comes here." in text for text in said) == 2
    assert len(said) == 4

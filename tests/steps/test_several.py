"""Several batches are one question, one confirmation, one thread and one reply."""

import pytest

from bot.domain.cancellation import State
from bot.domain.request import MOST_BATCHES
from tests.simulation import BATCH, DECLINE, Simulation

WITHDRAW = "withdraw_cancellation"
FIVE = [f"batch_{name}" for name in ("aaa", "bbb", "ccc", "ddd", "eee")]


def _add(sim: Simulation, *batch_ids: str, **fields: object) -> str:
    """Let these batches run; return the words to type."""
    for batch_id in batch_ids:
        sim.respan.add_batch(batch_id, **fields)
    return " ".join(batch_ids)


def _calls(sim: Simulation, name: str) -> int:
    return sum(e.name == name for server in (sim.slack, sim.respan) for e in server.exchanges)


async def test_the_whole_way(sim: Simulation) -> None:
    """A line a batch, the sum, and one of everything."""
    shown = await sim.ask(_add(sim, *FIVE, cancel_seconds=30.0))
    for batch_id in FIVE:
        assert f"`{batch_id}`: `in_progress`" in shown.text
    assert "Together: 115 of 500 requests done, 5 failed, 380 not run yet" in shown.text
    assert [b["text"]["text"] for b in shown.buttons] == ["Cancel 5 batches", "Keep running"]
    await sim.press(shown)
    await sim.pass_time(5)
    assert sorted(cancel.batch_id for cancel in sim.respan.cancels) == FIVE
    assert {cancel.identifier for cancel in sim.respan.cancels} == {"U0ANA"}
    (parent,) = sim.parents()
    assert parent.text.startswith("<@U0ANA> is cancelling 5 batches.")
    assert "Respan accepted 5 of 5 batches. Follow them" in shown.text
    await sim.pass_time(120)
    (reply,) = sim.replies()
    assert "All 5 batches are cancelled." in reply.text
    assert all(f"`{batch_id}` was cancelled: completed (billed)" in reply.text for batch_id in FIVE)
    assert parent.text.startswith("<@U0ANA> cancelled 5 batches.")
    assert await sim.stage() == "reported"


@pytest.mark.parametrize(
    "typed", ["{} {}", "{},{}", "{}\n{}\n", "{} {} {}", "please {} and {} now"]
)
async def test_ids_that_stand_twice_count_once(sim: Simulation, typed: str) -> None:
    """Spaces, commas, newlines, words: two ids are two batches."""
    _add(sim, *FIVE[:2])
    shown = await sim.ask(typed.format(*FIVE[:2], FIVE[0]))
    assert "Cancel 2 batches?" in shown.text
    assert (await sim.request()).batch_ids == (FIVE[0], FIVE[1])


async def test_the_reply_waits_for_the_last(sim: Simulation) -> None:
    """What ends earlier is shown in the announcement, and told with the rest."""
    _add(sim, *FIVE[:2], cancel_seconds=5.0)
    sim.respan.batches[FIVE[1]].cancel_seconds = 200.0
    shown = await sim.ask(" ".join(FIVE[:2]))
    await sim.press(shown)
    await sim.pass_time(100)
    assert sim.replies() == []
    assert f"`{FIVE[0]}` was cancelled" in sim.parents()[0].text
    assert f"`{FIVE[1]}` is being cancelled" in sim.parents()[0].text
    await sim.pass_time(200)
    assert len(sim.replies()) == 1


async def test_what_can_not_be_cancelled_is_named(sim: Simulation) -> None:
    """With its reason; the rest has one confirmation."""
    _add(sim, FIVE[0], FIVE[1])
    _add(sim, FIVE[2], status="completed")
    _add(sim, FIVE[3], status="cancelling")
    shown = await sim.ask(" ".join(FIVE))
    assert "Cancel 2 batches?" in shown.text
    for reason in (
        f"`{FIVE[2]}`: it is `completed` already.",
        f"`{FIVE[3]}`: it is being cancelled already.",
        f"`{FIVE[4]}`: Respan knows no such batch behind this app's API key.",
    ):
        assert reason in shown.text
    await sim.press(shown)
    await sim.pass_time(60)
    assert sorted(cancel.batch_id for cancel in sim.respan.cancels) == FIVE[:2]
    assert "All 2 batches are cancelled." in sim.replies()[0].text


async def test_none_can_be_cancelled(sim: Simulation) -> None:
    """No question, no button: a line for each."""
    _add(sim, FIVE[0], status="completed")
    shown = await sim.ask(" ".join(FIVE[:2]))
    assert shown.text.startswith("None of the 2 batches is cancelled:")
    assert shown.buttons == []
    assert await sim.stage() == "refused"


async def test_one_that_is_refused_and_one_that_ends_otherwise(sim: Simulation) -> None:
    """Each is said in its line; the rest goes its way."""
    _add(sim, *FIVE[:3], cancel_seconds=20.0)
    sim.respan.batches[FIVE[1]].ends_as = "completed"
    shown = await sim.ask(" ".join(FIVE[:3]))
    sim.respan.batches[FIVE[2]].status = "failed"
    await sim.press(shown)
    await sim.pass_time(120)
    (reply,) = sim.replies()
    assert "1 of 3 batches is cancelled." in reply.text
    assert f"`{FIVE[1]}` completed before the cancellation took effect" in reply.text
    assert f"`{FIVE[2]}` was not cancelled: it is `failed` already" in reply.text


async def test_keep_running_keeps_all(sim: Simulation) -> None:
    """One button for all of them."""
    shown = await sim.ask(_add(sim, *FIVE))
    await sim.press(shown, DECLINE)
    await sim.pass_time(60)
    assert "The 5 batches keep running." in shown.text
    assert sim.respan.cancels == []


async def test_what_another_cancels_is_joined(sim: Simulation) -> None:
    """Confirmed by somebody else meanwhile: no second call, and its end is told here too."""
    _add(sim, *FIVE[:2], cancel_seconds=40.0)
    mine, theirs = await sim.ask(" ".join(FIVE[:2])), await sim.ask(FIVE[0], user="U0BEN")
    await sim.press(theirs)
    await sim.press(mine)
    await sim.pass_time(10)
    assert sorted(cancel.batch_id for cancel in sim.respan.cancels) == FIVE[:2]
    ours = next(m for m in sim.parents() if "2 batches" in m.text)
    assert f"`{FIVE[0]}` (asked for by <@U0BEN>) is being cancelled" in ours.text
    await sim.pass_time(120)
    told = next(m for m in sim.replies() if m.thread_ts == ours.ts)
    assert "All 2 batches are cancelled." in told.text
    assert len(sim.replies()) == 2
    assert {r.state for r in await sim.requests()} == {"reported"}


async def test_all_of_them_are_taken(sim: Simulation) -> None:
    """Nothing is begun, and each is named with who cancels it."""
    _add(sim, *FIVE[:2], cancel_seconds=40.0)
    mine, theirs = [await sim.ask(" ".join(FIVE[:2]), user=user) for user in ("U0ANA", "U0BEN")]
    await sim.press(theirs)
    await sim.press(mine)
    await sim.pass_time(5)
    assert mine.text.startswith("All of them are being cancelled already")
    assert len(sim.respan.cancels) == 2
    assert len(sim.parents()) == 1


async def test_the_same_question_in_another_order(sim: Simulation) -> None:
    """It is the same question, with the same button; a part of it is another one."""
    first = await sim.ask(_add(sim, *FIVE[:2]))
    second = await sim.ask(" ".join(reversed(FIVE[:2])))
    third = await sim.ask(FIVE[0])
    values = [shown.buttons[0]["value"] for shown in (first, second, third)]
    assert values[0] == values[1] != values[2]


@pytest.mark.parametrize("count", [MOST_BATCHES, MOST_BATCHES + 1])
async def test_twenty_at_most(sim: Simulation, count: int) -> None:
    """Twenty are asked about; of twenty-one none is looked up."""
    shown = await sim.ask(_add(sim, *(f"batch_{n:02}" for n in range(count))))
    if count > MOST_BATCHES:
        assert shown.text.startswith("You named 21 batches. At most 20")
        assert _calls(sim, "retrieve") == 0
        return
    assert "Cancel 20 batches?" in shown.text
    await sim.press(shown)
    await sim.pass_time(60)
    assert len(sim.respan.cancels) == MOST_BATCHES
    assert len(sim.parents()) == len(sim.replies()) == 1


async def test_more_than_the_budget_has(database_url: str) -> None:
    """Ten calls at once are free: the rest is tried for 8 s, and asked about without numbers."""
    async with Simulation(database_url, respan_calls_per_minute=30) as sim:
        await sim.slack.command(_add(sim, *(f"batch_{n:02}" for n in range(MOST_BATCHES))))
        await sim.pass_time(9)
        shown = sim.slack.workspace.private("U0ANA")[-1]
        assert "Cancel 20 batches?" in shown.text
        unread = shown.text.count("its numbers can't be read at the moment")
        assert 0 < unread < MOST_BATCHES // 2
        assert _calls(sim, "retrieve") == MOST_BATCHES - unread
        await sim.press(shown)
        await sim.pass_time(200)
        assert len(sim.respan.cancels) == MOST_BATCHES
        assert len(sim.replies()) == 1


async def test_what_was_read_is_not_read_again(sim: Simulation) -> None:
    """One batch that can't be read for a moment costs one more call, not five."""
    _add(sim, *FIVE)
    sim.respan.faults.add("retrieve", "status", times=1, code=503)
    await sim.slack.command(" ".join(FIVE))
    await sim.pass_time(9)
    shown = sim.slack.workspace.private("U0ANA")[-1]
    assert "Together: 115 of 500" in shown.text
    assert _calls(sim, "retrieve") == len(FIVE) + 1


async def test_who_may_not_any_more(database_url: str) -> None:
    """Whoever was taken off the group reads so once, for all batches."""
    groups = {"scopes": ("usergroups:read",), "allowed_usergroups": "S0ML"}
    async with Simulation(database_url, **groups) as sim:  # type: ignore[arg-type]  # settings
        sim.slack.workspace.usergroups["S0ML"] = ["U0ANA"]
        shown = await sim.ask(_add(sim, *FIVE[:2]))
        sim.slack.workspace.usergroups["S0ML"] = []
        await sim.press(shown)
        await sim.pass_time(5)
        assert shown.text.startswith("None of the 2 batches is cancelled:")
        assert sim.respan.cancels == []


async def test_notes_name_what_they_are_about(sim: Simulation) -> None:
    """Slow, and blind: once each, however many batches are."""
    _add(sim, *FIVE[:3], cancel_seconds=1500.0)
    sim.respan.batches[FIVE[0]].cancel_seconds = 5.0
    shown = await sim.ask(" ".join(FIVE[:3]))
    await sim.press(shown)
    await sim.pass_time(700)
    (slow,) = sim.replies()
    assert FIVE[0] not in slow.text
    assert "still being cancelled after 10 minutes" in slow.text
    sim.respan.faults.add("*", "status", times=None, code=503)
    await sim.pass_time(300)
    _, blind = sim.replies()
    assert "can't see whether" in blind.text
    sim.respan.faults.clear()
    await sim.pass_time(900)
    assert len(sim.replies()) == 3
    assert {c.state for c in (await sim.request()).cancellations} == {State.ENDED}


@pytest.mark.parametrize(
    ("seconds", "grows", "polls", "updates"), [(0.0, 0, 1, 1), (30.0, 20, 6, 6)]
)
async def test_a_plain_command_costs_the_same_calls(
    sim: Simulation, seconds: float, grows: int, polls: int, updates: int
) -> None:
    """As many as when a row was the question and the batch at once: counted there and here."""
    batch = sim.respan.batches[BATCH]
    batch.cancel_seconds, batch.grows = seconds, grows
    await sim.confirm()
    await sim.pass_time(300)
    names = ("retrieve", "cancel", "response_url", "chat.postMessage", "chat.update")
    assert [_calls(sim, name) for name in names] == [2 + polls, 1, 3, 2, updates]
    assert _calls(sim, "list") == 0

"""Who knows no id picks batches from Respan's list; what is picked is asked about as ever."""

from typing import Any

import pytest

from bot.domain.refusal import Refusal
from bot.domain.request import RequestState
from bot.domain.schedule import CONFIRMATION_VALID
from bot.sandbox.event_bus import Exchange
from bot.sandbox.faults import Fault
from bot.sandbox.slack.workspace import Ephemeral
from bot.views.picker import REVIEW_ACTION
from tests.simulation import BATCH, CONFIRM, Simulation

MENU = "multi_static_select"


def options(shown: Ephemeral) -> list[str]:
    """Return the ids in a list's menu."""
    return [
        option["value"]
        for block in shown.blocks
        if block["type"] == "input" and block["element"]["type"] == MENU
        for option in block["element"]["options"]
    ]


def lists(sim: Simulation) -> int:
    """Return how often the list was read."""
    return sum(exchange.name == "list" for exchange in sim.respan.exchanges)


async def test_one_command_one_choice_one_button_one_confirmation(sim: Simulation) -> None:
    """That is all that a person without an id needs, and it is one message all along."""
    for name in ("batch_two", "batch_three"):
        sim.respan.add_batch(name)
    shown = await sim.ask("")
    assert options(shown) == ["batch_three", "batch_two", BATCH]
    assert "3 batches can be cancelled." in shown.text
    assert sim.respan.cancels == []
    question = await pick_from(sim, shown, BATCH, "batch_two")
    assert "Cancel 2 batches?" in question.text
    assert len(sim.private()) == 1
    await sim.press(question, CONFIRM)
    await sim.pass_time(3600)
    request = await sim.request()
    assert request.state is RequestState.REPORTED
    assert sorted(c.batch_id for c in sim.respan.cancels) == [BATCH, "batch_two"]
    assert len(sim.parents()) == len(sim.replies()) == 1


async def review(sim: Simulation, shown: Ephemeral, *batch_ids: str, user: str = "U0ANA") -> None:
    """Choose these in a list's menu, and press Review."""
    await sim.slack.choose(shown, batch_ids, user=user)
    await sim.press(shown, REVIEW_ACTION, user=user)


async def pick_from(sim: Simulation, shown: Ephemeral, *batch_ids: str) -> Ephemeral:
    """Choose in a list that is shown, and press Review."""
    await review(sim, shown, *batch_ids)
    await sim.pass_time()
    return sim.slack.workspace.private("U0ANA")[-1]


async def test_words_filter_the_list(sim: Simulation) -> None:
    """Only what has them is in it; where nothing has them, that is said."""
    sim.respan.list_is_full = True
    sim.respan.add_batch("batch_two", model="gpt-4o")
    assert options(await sim.ask("embeddings")) == []
    shown = await sim.ask("two gpt-4o")
    assert options(shown) == ["batch_two"]
    await sim.ask("nothing like it")
    assert "None of the 2 batches" in sim.private()[-1]
    assert "no batch id" in sim.private()[-1]


async def test_nothing_to_cancel(sim: Simulation) -> None:
    """What is over or being cancelled is not in the list; an empty one is said to be so."""
    sim.respan.batches[BATCH].status = "completed"
    await sim.ask("")
    assert "No batch can be cancelled" in sim.private()[-1]
    assert (await sim.request()).state is RequestState.ANSWERED
    sim.respan.batches.clear()
    await sim.pass_time(5)
    await sim.ask("")
    assert "holds no batch" in sim.private()[-1]


async def test_a_sparse_list(sim: Simulation) -> None:
    """Where only id and status are known, that is what the menu has."""
    shown = await sim.ask("")
    assert options(shown) == [BATCH]
    assert "`batch_abc123` (in progress)" in shown.text


@pytest.mark.parametrize(("count", "calls"), [(150, 2), (1000, 5)])
async def test_many_batches(sim: Simulation, count: int, calls: int) -> None:
    """The menu has the hundred newest; what it does not show is said; five pages are the most."""
    for number in range(count - 1):
        sim.respan.add_batch(f"batch_{number:04}")
    shown = await sim.ask("")
    assert len(options(shown)) == 100
    assert options(shown)[0] == f"batch_{count - 2:04}"
    assert f"The menu has the 100 newest of {min(count, 500)}." in shown.text
    assert ("Only the 500 newest batches" in shown.text) is (count > 500)
    assert lists(sim) == calls


@pytest.mark.parametrize(
    ("kind", "more", "refusal"),
    [
        ("status", {"code": 404, "body": {"detail": "Not found."}}, Refusal.NOT_FOUND),
        ("status", {"code": 405}, Refusal.REFUSED),
        ("status", {"code": 424}, Refusal.REFUSED),
        ("status", {"code": 401}, Refusal.KEY_REFUSED),
        ("status", {"code": 500}, Refusal.UNAVAILABLE),
        ("garbage", {}, Refusal.UNREADABLE),
        ("rate_limited", {}, Refusal.RATE_LIMITED),
    ],
)
async def test_a_list_that_fails(
    sim: Simulation, kind: str, more: dict[str, Any], refusal: Refusal
) -> None:
    """A definite no is said at once, all else after some tries; an id does as before."""
    sim.respan.faults.add("list", kind, times=None, **more)
    await sim.slack.command("")
    await sim.pass_time(10)
    request = await sim.request()
    assert (request.state, request.refusal) == (RequestState.REFUSED, refusal)
    assert "can't be listed" in sim.private()[-1]
    assert "a batch id instead" in sim.private()[-1]
    assert len(sim.private()) <= 2
    assert len((await sim.ask(BATCH)).buttons) == 2


async def test_a_later_page_that_fails(sim: Simulation) -> None:
    """What was read is shown, and that it is not all."""
    for number in range(120):
        sim.respan.add_batch(f"batch_{number:04}")
    fails = Fault("list", "status", options={"code": 500})
    sim.respan.faults.put(Fault("list", "delay", then=(fails,), options={"seconds": 0.0}))
    shown = await sim.ask("")
    assert len(options(shown)) == 100
    assert "because Respan did not give more" in shown.text


async def test_a_list_that_is_slow(sim: Simulation) -> None:
    """No page is begun that the step, which is cut off at some time, would not see the end of."""
    for number in range(250):
        sim.respan.add_batch(f"batch_{number:04}")

    async def take_long(_exchange: Exchange) -> None:
        sim.clock.advance(7.0)

    sim.respan.before_processing = take_long
    shown = await sim.ask("")
    assert lists(sim) == 2
    assert len(options(shown)) == 100
    assert "because Respan did not give more" in shown.text


async def test_a_crowd_asks_for_the_list(sim: Simulation) -> None:
    """Who asks again and again, and who asks meanwhile, gets what was read a moment ago."""
    for _ in range(9):
        assert options(await sim.ask("")) == [BATCH]
        assert options(await sim.ask("", "U0BEN")) == [BATCH]
    assert lists(sim) == 1
    sim.respan.add_batch("batch_new")
    await sim.pass_time(6)
    assert len(options(await sim.ask(""))) == 2
    assert lists(sim) == 2


async def test_those_who_wait_together_hear_of_one_failure(sim: Simulation) -> None:
    """It is no list to remember: the next try reads anew."""
    sim.respan.faults.add("list", "status", code=500)
    await sim.slack.command("")
    await sim.slack.command("", "U0BEN")
    await sim.pass_time(5)
    for user in ("U0ANA", "U0BEN"):
        assert options(sim.slack.workspace.private(user)[-1]) == [BATCH]
    assert lists(sim) in {2, 3}  # the second may have come after the first one's failure


async def test_a_long_list_leaves_calls_to_others(database_url: str) -> None:
    """Where the budget has few calls left, the newest page is enough, and an id is read as ever."""
    async with Simulation(database_url, respan_calls_per_minute=12) as sim:
        sim.respan.add_batches(500)
        sim.respan.add_batch(BATCH)
        shown = await sim.ask("")
        assert len(options(shown)) == 100
        assert "because Respan did not give more" in shown.text
        assert lists(sim) == 2
        assert "0 of" not in (await sim.ask(BATCH, "U0BEN")).text
        assert sim.respan.polls(BATCH) == 1


async def test_a_list_that_repeats_itself(sim: Simulation) -> None:
    """One that does not know `after` is read twice, and not told as the whole."""
    sim.respan.list_ignores_after = True
    for number in range(120):
        sim.respan.add_batch(f"batch_{number:04}")
    shown = await sim.ask("")
    assert len(options(shown)) == 100
    assert "because Respan did not give more" in shown.text
    assert lists(sim) == 2


async def test_what_vanished_in_between(sim: Simulation) -> None:
    """A batch that is gone, or over by now, is left out of the question, and said."""
    for name in ("batch_two", "batch_three"):
        sim.respan.add_batch(name)
    shown = await sim.ask("")
    del sim.respan.batches["batch_two"]
    sim.respan.batches["batch_three"].status = "completed"
    question = await pick_from(sim, shown, BATCH, "batch_two", "batch_three")
    assert f"Cancel `{BATCH}`?" in question.text
    assert "Respan knows no such batch" in question.text
    assert "`completed` already" in question.text


async def test_all_vanished(sim: Simulation) -> None:
    """Then there is no question."""
    shown = await sim.ask("")
    del sim.respan.batches[BATCH]
    answer = await pick_from(sim, shown, BATCH)
    assert answer.buttons == []
    assert "Respan knows no batch" in answer.text
    assert len(sim.private()) == 1


async def test_review_without_a_choice(sim: Simulation) -> None:
    """It is said, and the list stays."""
    shown = await sim.ask("")
    await sim.press(shown, REVIEW_ACTION)
    await sim.pass_time()
    assert "You have chosen no batch" in sim.private()[-1]
    assert "Review" in sim.private()[0]
    assert (await sim.request()).state is RequestState.PICKING


async def test_review_twice(sim: Simulation) -> None:
    """The second click neither asks again nor takes the question away."""
    shown = await sim.ask("")
    for _ in range(2):
        await review(sim, shown, BATCH)
    await sim.pass_time()
    texts = sim.private()
    assert sum("Cancel `batch_abc123`?" in text for text in texts) == 1
    assert any("Nothing was cancelled yet" in text for text in texts)
    assert len(await sim.requests()) == 1


async def test_a_list_runs_out(sim: Simulation) -> None:
    """Nothing is said unasked; who presses Review then reads that it is too late."""
    shown = await sim.ask("")
    await sim.pass_time(CONFIRMATION_VALID + 1)
    assert (await sim.request()).state is RequestState.EXPIRED
    assert len(sim.private()) == 1
    await review(sim, shown, BATCH)
    await sim.pass_time()
    assert "is over, so nothing was cancelled" in sim.private()[-1]


async def test_a_newer_list_takes_the_place_of_an_older_one(sim: Simulation) -> None:
    """However often somebody looks, they have one open list, and may ask as ever."""
    first = await sim.ask("")
    for _ in range(7):
        await sim.ask("")
    states = [request.state for request in await sim.requests()]
    assert states.count(RequestState.PICKING) == 1
    await review(sim, first, BATCH)
    await sim.pass_time()
    assert "is over, so nothing was cancelled" in sim.private()[0]
    assert len((await sim.ask(BATCH)).buttons) == 2


async def test_the_same_list_while_it_is_read(sim: Simulation) -> None:
    """Each command gets its answer; the list is read once."""
    await sim.slack.command("")
    await sim.slack.command("")
    await sim.pass_time()
    assert any("it is being read" in text for text in sim.private())
    assert lists(sim) == 1


async def test_nobody_else_reviews(sim: Simulation) -> None:
    """A list belongs to who asked for it."""
    shown = await sim.ask("")
    await review(sim, shown, BATCH, user="U0BEN")
    await sim.pass_time()
    assert (await sim.request()).state is RequestState.PICKING
    assert "Only <@U0ANA>" in sim.private("U0BEN")[-1]


async def test_who_may_not_gets_no_list(database_url: str) -> None:
    """Neither a list nor a call to Respan."""
    async with Simulation(database_url, allowed_users="U0BEN") as sim:
        await sim.ask("")
        assert "not among the people" in sim.private()[-1]
        assert lists(sim) == 0


async def test_a_plain_command_reads_no_list(sim: Simulation) -> None:
    """Who names an id costs what they did before: one look."""
    await sim.ask(BATCH)
    assert [exchange.name for exchange in sim.respan.exchanges] == ["retrieve"]


async def test_a_list_that_comes_too_late(sim: Simulation) -> None:
    """Who asked long ago, while no bot ran, reads why they get none."""
    await sim.slack.command("")
    sim.clock.advance(31 * 60)
    await sim.pass_time()
    assert (await sim.request()).refusal is Refusal.INTERRUPTED
    told = [m.text for m in sim.parents() if m.channel == "D0ANA"] + sim.private()
    assert told == ["Nothing was looked up: the app was interrupted, and the question is too old."]


async def test_the_same_by_its_id(sim: Simulation) -> None:
    """What was picked from a filtered list and is asked about is not asked about twice."""
    sim.respan.list_is_full = True
    question = await pick_from(sim, await sim.ask("gpt-4o"), BATCH)
    again = await sim.ask(BATCH)
    assert again.text == question.text
    assert len(await sim.requests()) == 1

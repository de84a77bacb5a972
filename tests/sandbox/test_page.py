"""The page's server with the real bot behind it: what is told, what is done, what is masked."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from bot.sandbox.world import SandboxWorld
from tests.sandbox.pages import Page, opened

Both = tuple[SandboxWorld, Page]


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Both]:
    """Give a world and a viewer of its page; cancellations are fast."""
    async with opened(tmp_path) as (world, page):
        await page.post("speed", speed="fast")
        yield world, page


@pytest.mark.seconds(5)
async def test_from_the_command_to_the_thread(both: Both) -> None:
    """The question is marked as one person's, the reply comes once, and no secret is ever sent."""
    world, page = both
    await page.cancel("batch_wrong_prompt")
    (reply,) = await page.until(lambda p: p.replies("batch_wrong_prompt"))
    assert reply["only_for"] is None
    private = [m for m in page.state["messages"] if m["only_for"]]
    assert {m["only_for"] for m in private} == {"U0ANA"}
    assert private[0]["text"].startswith("Respan accepted")
    ended = await page.until(lambda p: [m for m in p.said("@U0ANA> cancelled") if m["edited"]])
    assert ended[0]["ts"] == reply["thread_ts"]
    assert page.batch("batch_wrong_prompt")["status"] == "cancelled"
    await page.until(lambda p: {row["name"] for row in p.rows} >= {"command", "click", "cancel"})
    _nothing_secret(world, page)


def _nothing_secret(world: SandboxWorld, page: Page) -> None:
    secrets = [
        *world.secrets(),
        *(d.response_url.rsplit("/", 1)[-1] for d in world.slack.deliveries),
        *(d.payload["trigger_id"] for d in world.slack.deliveries),
        *(d.headers["X-Slack-Signature"] for d in world.slack.deliveries),
    ]
    assert len(secrets) == 4 + 3 * 2
    assert [secret for secret in secrets if secret in page.received] == []
    for said in ("/response/T0SANDBOX/", "authorization", "x-slack-signature", "trigger_id"):
        assert said in page.received


@pytest.mark.seconds(10)
async def test_the_bot_is_killed_under_way(both: Both) -> None:
    """The page sees it down and running again, and one reply."""
    _, page = both
    await page.post("speed", speed="normal")
    before = page.state["bot"]["pid"]
    await page.cancel("batch_wrong_prompt")
    await page.until(lambda p: p.said("is cancelling"))
    await page.post("kill")
    await page.until(lambda p: p.state["bot"]["state"] == "down")
    await page.until(lambda p: p.state["bot"]["state"] == "running")
    assert page.state["bot"]["pid"] != before
    await page.until(lambda p: p.replies("batch_wrong_prompt"))
    await page.until(lambda p: not p.said("is cancelling"))
    assert len(page.replies("batch_wrong_prompt")) == 1


@pytest.mark.seconds(5)
async def test_from_where_the_bot_is_no_member(both: Both) -> None:
    """The message and its thread come as direct messages, to the person who asked."""
    _, page = both
    await page.cancel("batch_wrong_prompt", channel="C0PRIVATE")
    (reply,) = await page.until(lambda p: p.replies("batch_wrong_prompt"))
    assert reply["channel"] == "D0ANA"


async def test_somebody_elses_question(both: Both) -> None:
    """A click in another name does nothing and is told so; one on no button is not sent."""
    world, page = both
    await page.command("batch_wrong_prompt")
    question = await page.until(lambda p: p.question("batch_wrong_prompt"))
    await page.post("click", user="U0BEN", ts=question["ts"], action_id="confirm_cancellation")
    (told,) = await page.until(lambda p: p.said("who asked, can answer this"))
    assert told["only_for"] == "U0BEN"
    assert world.respan.cancels == []
    gone = await page.post("click", user="U0ANA", ts=question["ts"], action_id="launch")
    assert gone == {"error": "That button is not there any more."}


@pytest.mark.seconds(15)
async def test_each_batch_does_what_is_said_of_it(both: Both) -> None:
    """Stuck, throttled, failing, too late or without a key: each ends in its own way, told once."""
    world, page = both
    for batch_id in ("batch_stuck", "batch_rate_limited", "batch_flaky_api", "batch_nightly_eval"):
        await page.cancel(batch_id)
    await page.cancel("batch_no_key")
    await page.command("batch_already_done")
    await page.until(lambda p: p.said("Respan holds no OpenAI key"))
    await page.until(lambda p: p.said("there is nothing left to cancel"))
    for batch_id in ("batch_nightly_eval", "batch_rate_limited", "batch_flaky_api"):
        await page.until(partial(Page.replies, batch_id=batch_id), 60)
    assert page.batch("batch_nightly_eval")["status"] == "completed"
    assert page.batch("batch_stuck")["status"] == "cancelling"
    await page.post("release", batch="batch_stuck")
    await page.until(lambda p: p.replies("batch_stuck"), 60)
    cancelled = [cancel.batch_id for cancel in world.respan.cancels]
    assert len(cancelled) == len(set(cancelled)) == 4
    assert [len(page.replies(batch_id)) for batch_id in cancelled] == [1] * 4
    assert _failed(world, "batch_rate_limited") == [429] * 3
    assert _failed(world, "batch_flaky_api") == [500] * 3
    assert _failed(world, "batch_no_key") == [400]


@pytest.mark.seconds(15)
async def test_an_emergency(both: Both) -> None:
    """A batch that can't be read is stopped without numbers, by two: it may be a big one.

    An end that can't be seen is told.
    """
    world, page = both
    await page.command("batch_unreadable")
    await page.cancel("batch_out_of_sight")
    question = await page.until(lambda p: p.question("batch_unreadable"), 30)
    assert "Its numbers can't be read at the moment" in question["text"]
    await page.press("batch_unreadable", "Cancel batch if approved")
    await page.press("batch_unreadable", "Approve", user="U0BEN")
    for batch_id in ("batch_unreadable", "batch_out_of_sight"):
        await page.until(partial(Page.said, words=f"`{batch_id}` is cancelled"), 60)
    assert [c.batch_id for c in world.respan.cancels] == ["batch_out_of_sight", "batch_unreadable"]
    blind, end = page.replies("batch_out_of_sight")
    assert "Respan refuses this app's API key" in blind["text"]
    assert "is cancelled" in end["text"]
    assert _failed(world, "batch_unreadable") == [500] * 8
    assert _failed(world, "batch_out_of_sight") == [401] * 5


def _failed(world: SandboxWorld, batch_id: str) -> list[int]:
    statuses = [e.status or 0 for e in world.respan.exchanges if batch_id in e.path]
    return [status for status in statuses if status >= 400]


@pytest.mark.seconds(10)
async def test_the_undo_window_is_switched(both: Both) -> None:
    """The bot ends in good order and runs anew with what was chosen last, after its death too."""
    _, page = both
    assert page.state["undo"] == {"on": False, "seconds": 10}
    before = page.state["bot"]["pid"]
    await page.post("undo", on=False)
    for on, seconds in ((True, "10"), (False, "0")):
        await page.post("undo", on=on)
        assert await _runs_anew(page, before) == seconds
        assert page.state["undo"]["on"] is on
        before = page.state["bot"]["pid"]
    await page.post("undo", on=True)
    await page.post("restart")
    assert await _runs_anew(page, before) == "10"
    before = page.state["bot"]["pid"]
    await page.post("kill")
    assert await _runs_anew(page, before) == "10"
    before = page.state["bot"]["pid"]
    for on in (False, True, False):
        await page.post("undo", on=on)
    assert await _runs_anew(page, before) == "0"
    assert page.state["undo"]["on"] is False


async def _runs_anew(page: Page, before: int) -> str:
    """Return for how many seconds the next bot lets a confirmed cancellation wait."""
    await page.until(lambda p: p.state["bot"]["pid"] != before)
    await page.until(lambda p: p.state["bot"]["state"] == "running")
    return psutil.Process(page.state["bot"]["pid"]).environ()["UNDO_SECONDS"]


@pytest.mark.seconds(10)
async def test_starting_again(both: Both) -> None:
    """Everything said and done is gone, and the same batch can be cancelled anew."""
    _, page = both
    for _ in range(2):
        await page.cancel("batch_wrong_prompt")
        await page.until(lambda p: p.replies("batch_wrong_prompt"))
        await page.post("restart")
        await page.until(lambda p: not p.said("batch_wrong_prompt"))
        await page.until(lambda p: p.state["bot"]["state"] == "running")
        assert page.batch("batch_wrong_prompt")["status"] == "in_progress"
        assert not any(row["name"] == "cancel" for row in page.rows)

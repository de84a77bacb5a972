"""What can go wrong, and how each promise is kept before the viewer's eyes."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import WIDE, Open
from tests.browser.viewer import CONFIRM, PRIVATE, Viewer

BATCH = "batch_wrong_prompt"


def test_a_killed_bot_tells_the_end_once(ana: Viewer) -> None:
    """Killed in the middle of a cancellation, it starts again and the thread gets its one reply."""
    ana.speed("Fast").cancel(BATCH)
    expect(ana.messages("@ana is cancelling")).to_be_visible()
    ana.press("Kill the bot")
    expect(ana.bot).to_contain_text("down")
    expect(ana.bot).to_contain_text("running")
    ana.open_thread(f"cancelled {BATCH}")
    expect(ana.replies("is cancelled", "Completed (billed)")).to_have_count(1)
    expect(ana.messages(f"@ana cancelled {BATCH}")).to_have_count(1)
    assert ana.replies().count() == 2


def test_a_click_that_nobody_hears_can_be_made_again(ana: Viewer) -> None:
    """While the bot is down a click gets a warning; the button stays, and works afterwards."""
    ana.command(BATCH)
    expect(ana.confirmation).to_be_visible()
    ana.press("Kill the bot")
    expect(ana.bot).to_contain_text("down")
    ana.press(CONFIRM)
    expect(ana.confirmation.get_by_role("alert")).not_to_be_empty()
    expect(ana.button(CONFIRM)).to_be_enabled()
    expect(ana.bot).to_contain_text("running")
    ana.press(CONFIRM)
    expect(ana.messages(f"@ana is cancelling {BATCH}")).to_be_visible()


def test_a_command_that_nobody_hears_is_told(ana: Viewer) -> None:
    """A command to a bot that is down fails in private, in the words of the workspace."""
    ana.press("Kill the bot")
    expect(ana.bot).to_contain_text("down")
    ana.command(BATCH)
    expect(ana.messages(PRIVATE, "operation_timeout")).to_be_visible()


def test_a_stuck_batch_stays_until_it_is_let_go(ana: Viewer) -> None:
    """It stays in `cancelling`, the channel says so, and its end is told when it comes."""
    stuck = "batch_stuck"
    ana.speed("Fast").cancel(stuck)
    cancelling = ana.messages("@ana is cancelling")
    expect(cancelling).to_contain_text("It is not over yet")
    expect(ana.batch(stuck)).to_contain_text("cancelling")
    assert cancelling.get_by_role("button", name=re.compile("repl")).count() == 0
    ana.batch(stuck).get_by_role("button", name="Let it end").click()
    ana.open_thread(f"cancelled {stuck}")
    expect(ana.replies("is cancelled")).to_have_count(1)


def test_each_trouble_comes_to_its_own_end(ana: Viewer) -> None:
    """Respan answers with errors for a while, or a batch completes first: each end is told, once.

    All three at once, because each takes its time.
    """
    completed = "was not cancelled: it completed before the cancellation took effect"
    ends = {
        "batch_rate_limited": "is cancelled.",
        "batch_flaky_api": "is cancelled.",
        "batch_nightly_eval": completed,
    }
    ana.speed("Fast")
    for batch_id in ends:
        ana.cancel(batch_id)
        expect(ana.button(CONFIRM)).to_have_count(0)
    for batch_id, end in ends.items():
        ana.open_thread(batch_id)
        expect(ana.replies(batch_id, end)).to_have_count(1)
        assert ana.replies().count() == 2


def test_an_emergency_stop(ana: Viewer) -> None:
    """A batch that can't be read is asked about without numbers, and can be stopped by two."""
    unreadable = "batch_unreadable"
    ana.speed("Fast").command(unreadable)
    expect(ana.messages(PRIVATE, "Looking up")).to_be_visible()
    question = ana.messages(PRIVATE, "Its numbers can't be read", "its size is not known")
    expect(question).to_be_visible(timeout=30_000)
    ana.press("Cancel batch if approved")
    ana.act_as("Ben").press("Approve").open_thread(f"cancelled {unreadable}")
    expect(ana.replies(unreadable, "is cancelled")).to_have_count(1)


def test_a_watch_that_can_not_see_the_end(ana: Viewer) -> None:
    """The thread says why, and that the watch goes on; then it tells the end."""
    ana.speed("Fast").cancel("batch_out_of_sight")
    ana.open_thread("@ana is cancelling batch_out_of_sight")
    expect(ana.replies("can't see whether", "refuses this app's API key")).to_be_visible()
    expect(ana.replies("is cancelled")).to_have_count(1, timeout=60_000)


def test_without_an_openai_key_it_is_refused(ana: Viewer) -> None:
    """The person reads whose task it is; the channel reads nothing."""
    ana.cancel("batch_no_key")
    expect(ana.messages(PRIVATE, "Respan holds no OpenAI key")).to_be_visible()
    expect(ana.button(CONFIRM)).to_have_count(0)
    assert ana.messages("is cancelling").count() == 0


@pytest.mark.parametrize(
    ("batch_id", "sentence"),
    [
        ("batch_already_done", "there is nothing left to cancel"),
        ("batch_nothere", "Respan knows no batch"),
        ("not a batch", "That is no batch id"),
    ],
)
def test_what_needs_no_question_has_no_buttons(look: Open, batch_id: str, sentence: str) -> None:
    """A batch that can't be cancelled gets a sentence instead of a question."""
    ana = look(viewport=WIDE)
    ana.command(batch_id)
    answer = ana.messages(PRIVATE, sentence)
    expect(answer).to_be_visible()
    assert answer.get_by_role("button").count() == 0


def test_start_again_empties_everything(ana: Viewer) -> None:
    """New batches, an empty channel and a bot that remembers nothing, without a reload."""
    ana.cancel(BATCH)
    expect(ana.messages("@ana is cancelling")).to_be_visible()
    ana.press("Start again")
    expect(ana.messages(BATCH)).to_have_count(0)
    expect(ana.batch(BATCH)).to_contain_text("in_progress")
    expect(ana.bot).to_contain_text("running")
    ana.cancel(BATCH)
    expect(ana.messages("@ana is cancelling")).to_have_count(1)

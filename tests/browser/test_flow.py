"""The main job at the page, by mouse: asked in private, confirmed, told in channel and thread."""

import re

from playwright.sync_api import Route, expect

from tests.browser.conftest import WIDE, Open
from tests.browser.viewer import CONFIRM, DECLINE, PRIVATE, Viewer

BATCH = "batch_wrong_prompt"
EDITED = "(edited)"


def test_the_command_is_completed_and_answered_in_private(ana: Viewer) -> None:
    """The composer completes the command and the id; the question is for the asker alone."""
    ana.composer.press_sequentially("/can")
    expect(ana.suggestions).to_contain_text(["/cancel-batch"])
    ana.suggestions.first.click()
    ana.composer.press_sequentially("batch_w")
    expect(ana.suggestions).to_have_count(1)
    ana.suggestions.first.click()
    expect(ana.composer).to_have_value(re.compile(rf"^/cancel-batch {BATCH}\s*$"))
    ana.press("Send")
    expect(ana.confirmation).to_contain_text(PRIVATE)
    expect(ana.confirmation).to_contain_text(BATCH)
    expect(ana.composer).to_have_value("")
    ana.act_as("Ben")
    expect(ana.messages(BATCH)).to_have_count(0)
    ana.act_as("Ana")
    expect(ana.confirmation).to_be_visible()


def test_a_batch_is_one_press_from_its_command(look: Open) -> None:
    """The button beside a batch writes the command and leaves the sending to the person."""
    ana = look(viewport=WIDE)
    before = ana.messages().count()
    ana.press(f"Cancel {BATCH}")
    expect(ana.composer).to_have_value(f"/cancel-batch {BATCH}")
    expect(ana.composer).to_be_focused()
    assert ana.messages().count() == before


def test_keep_running_cancels_nothing(ana: Viewer) -> None:
    """Keep running closes the question; the batch goes on and the channel hears nothing."""
    ana.command(BATCH)
    ana.confirmation.get_by_role("button", name=DECLINE).click()
    expect(ana.messages(PRIVATE, "keeps running. Nothing was cancelled")).to_be_visible()
    expect(ana.button(CONFIRM)).to_have_count(0)
    expect(ana.batch(BATCH)).to_contain_text("in_progress")
    assert ana.messages().filter(has_not_text=PRIVATE).filter(has_text="cancel").count() == 0


def test_a_cancellation_is_told_to_its_end(ana: Viewer) -> None:
    """One message in the channel that changes with the batch, and one reply with the receipt."""
    ana.speed("Fast").cancel(BATCH)
    expect(ana.messages(PRIVATE, "Respan accepted")).to_be_visible()
    expect(ana.messages("is cancelling")).to_contain_text("It is not over yet")
    expect(ana.batch(BATCH)).to_contain_text("cancelled")
    told = ana.messages(f"@ana cancelled {BATCH}")
    expect(told).to_contain_text(EDITED)
    expect(told).to_contain_text("The receipt is in the thread.")
    ana.open_thread(f"cancelled {BATCH}")
    expect(ana.replies("is cancelled", "Completed (billed)", "Not run")).to_have_count(1)
    assert ana.replies().count() == 2
    ana.press("Close thread")
    expect(ana.thread).to_be_hidden()


def test_a_click_is_made_once(ana: Viewer) -> None:
    """While a click is under way its button is off, and a second one on it does not go out."""
    held: list[Route] = []

    def hold(click: Route) -> None:
        held.append(click)

    ana.page.route("**/api/click", hold)
    ana.command(BATCH)
    ana.press(CONFIRM)
    expect(ana.button(CONFIRM)).to_be_disabled()
    expect(ana.button(CONFIRM)).to_have_attribute("aria-busy", "true")
    ana.button(CONFIRM).dispatch_event("click")
    (click,) = held
    click.continue_()
    expect(ana.messages(PRIVATE, "Respan accepted")).to_be_visible()
    expect(ana.button(CONFIRM)).to_have_count(0)
    assert len(held) == 1


def test_where_the_bot_is_no_member(ana: Viewer) -> None:
    """The direct messages take the private channel's place, with the hint how to change it."""
    ana.speed("Fast").open_channel("#ml-private")
    ana.cancel(BATCH)
    expect(ana.messages(PRIVATE, "The app can't post in this channel")).to_be_visible()
    expect(ana.channel("batch-bot")).to_have_accessible_name(re.compile(r"new|unread"))
    ana.open_channel("batch-bot")
    expect(ana.composer).to_be_hidden()
    expect(ana.page.get_by_text("it is read-only")).to_be_visible()
    expect(ana.messages("/invite")).to_contain_text("#ml-private")
    ana.open_thread("/invite")
    expect(ana.replies("is cancelled", "Completed (billed)")).to_have_count(1)
    ana.open_channel("#ml-private")
    assert ana.messages().filter(has_not_text=PRIVATE).filter(has_text="cancelled").count() == 0


def test_only_the_asker_can_answer(ana: Viewer) -> None:
    """Somebody else's click does nothing but tell that person so; the question stays open."""
    ana.command(BATCH)
    expect(ana.confirmation).to_be_visible()
    ana.act_as("Ben").press("Try to answer for Ana")
    expect(ana.messages(PRIVATE, "Only @ana, who asked, can answer this")).to_be_visible()
    ana.act_as("Ana")
    expect(ana.batch(BATCH)).to_contain_text("in_progress")
    ana.press(CONFIRM)
    expect(ana.messages("@ana is cancelling")).to_be_visible()


def test_two_viewers_see_the_same_channel(ana: Viewer, visit: Open) -> None:
    """What is public comes to everybody without a reload; what is private to nobody else."""
    ben = visit().act_as("Ben")
    ana.say("I started the wrong one")
    expect(ben.messages("I started the wrong one")).to_contain_text("Ana")
    ana.cancel(BATCH)
    expect(ben.messages(f"@ana is cancelling {BATCH}")).to_be_visible()
    expect(ben.batch(BATCH)).to_contain_text("cancelling")
    assert ben.messages(PRIVATE).count() == 0


def test_what_people_write_stays_text(look: Open) -> None:
    """A message with markup in it is shown as it was typed, and runs nothing."""
    ana = look(viewport=WIDE)
    typed = '<img src=x onerror="alert(1)"> & <b>bold</b>'
    ana.say(typed)
    expect(ana.messages("onerror")).to_contain_text(typed)
    assert ana.messages("onerror").locator("[onerror], [src=x]").count() == 0
    assert ana.messages("onerror").locator("b", has_text="bold").count() == 0

"""Without an id, with the real bot: pick, look, join, and cancel from an alert."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import WIDE, Open
from tests.browser.demo import post
from tests.browser.measures import nameless, small_targets, too_faint
from tests.browser.test_reach import tab_to
from tests.browser.viewer import PRIVATE, Viewer

BATCH, OTHER = "batch_wrong_prompt", "batch_nightly_eval"
ALERT = "Spend alert"
BOTH = "Cancel 2 batches"


def test_two_are_chosen_from_the_list(ana: Viewer) -> None:
    """The composer proposes it; typing finds; Review asks; one message and one reply tell both."""
    ana.speed("Fast").composer.press_sequentially("/can")
    expect(ana.suggestions.first).to_contain_text("Choose from the running batches")
    ana.suggestions.first.click()
    ana.press("Send")
    expect(ana.messages(PRIVATE, "11 batches can be cancelled.")).to_be_visible()
    ana.press("Review")
    expect(ana.messages(PRIVATE, "You have chosen no batch")).to_be_visible()
    ana.pick("wrong", "NIGHTLY").press("Review")
    expect(ana.messages(PRIVATE, "Cancel 2 batches?")).to_contain_text(OTHER)
    expect(ana.picker).to_have_count(0)
    ana.press(BOTH)
    ana.open_thread("@ana asked to cancel 2 batches")
    expect(ana.replies("billed", BATCH, OTHER)).to_have_count(1)
    expect(ana.batch(BATCH)).to_contain_text("cancelled")
    expect(ana.batch(OTHER)).to_contain_text("completed")
    expect(ana.batch("batch_stuck")).to_contain_text("in_progress")


def test_an_alert_and_its_thread(ana: Viewer) -> None:
    """The shortcut in the alert's menu asks in private; what happens stands in its thread."""
    ana.speed("Fast").more_actions(ALERT).click()
    ana.shortcut.click()
    expect(ana.messages(PRIVATE, "Cancel 2 batches?")).to_contain_text("batch_second_copy")
    ana.press(BOTH)
    ana.open_thread(ALERT)
    expect(ana.replies("@ana", "2 batches")).to_have_count(2)
    expect(ana.replies("All 2 batches are cancelled", "billed")).to_have_count(1)
    assert ana.messages().filter(has_not_text=PRIVATE).filter(has_text="batch_second").count() == 1


def test_two_people_join(ana: Viewer, visit: Open) -> None:
    """Ben reads that Ana is at it, presses Tell me too, and is mentioned in the reply."""
    ana.cancel(BATCH)
    ben = visit(viewport=WIDE).act_as("Ben")
    expect(ben.messages("@ana is cancelling")).to_be_visible()
    ben.command(BATCH)
    expect(ben.messages(PRIVATE, "@ana confirmed already")).to_be_visible()
    ben.press("Tell me too")
    expect(ben.messages(PRIVATE, "You will be mentioned in the thread")).to_be_visible()
    expect(ben.button("Tell me too")).to_have_count(0)
    ben.speed("Fast").open_thread(f"cancelled {BATCH}")
    expect(ben.replies("@ana @ben", "is cancelled")).to_have_count(1)


def test_status_and_history(ana: Viewer) -> None:
    """Both are proposed, private, and say what was done by whom."""
    ana.speed("Fast")
    for word, nothing in (("status", "Nothing is being"), ("history", "No cancellation is known")):
        _propose(ana, word)
        expect(ana.messages(PRIVATE, nothing)).to_be_visible()
    ana.cancel(BATCH)
    expect(ana.messages(f"@ana cancelled {BATCH}")).to_be_visible()
    _propose(ana, "history")
    expect(ana.messages(PRIVATE, "The latest cancellation")).to_contain_text(f"{BATCH} was cancel")
    ana.command(f"status {BATCH} {OTHER} batch_nothere")
    shown = ana.messages(PRIVATE, "3 batches, as they stand now")
    expect(shown).to_contain_text("Respan knows no such batch")
    expect(shown.get_by_role("button", name=re.compile("Cancel|Keep|Tell"))).to_have_count(0)
    ana.act_as("Ben")
    expect(ana.messages(PRIVATE)).to_have_count(0)


def _propose(viewer: Viewer, word: str) -> None:
    """Choose a command by its first letter, and send it."""
    viewer.composer.press_sequentially(f"/cancel-batch {word[0]}")
    expect(viewer.suggestions).to_have_count(1)
    viewer.suggestions.click()
    expect(viewer.composer).to_have_value(f"/cancel-batch {word}")
    viewer.press("Send")


def test_by_keyboard_alone(ana: Viewer) -> None:
    """From the command to the thread with keys: the menu, its search, Review, and the question."""
    post(ana.url, "speed", speed="fast")
    page, keys = ana.page, ana.page.keyboard
    keys.type("/can")
    expect(ana.suggestions.first).to_be_visible()
    keys.press("Enter")
    expect(ana.composer).to_have_value("/cancel-batch ")
    keys.press("Enter")
    expect(ana.picker).to_be_visible()
    tab_to(page, ana.picker, "Shift+Tab")
    for part in ("wrong", "nightly"):
        keys.type(part)
        expect(ana.listed).to_have_count(1)
        keys.press("Enter")
    keys.press("Escape")
    expect(ana.chosen).to_have_count(2)
    tab_to(page, ana.button("Review"))
    keys.press("Enter")
    expect(ana.button(BOTH)).to_be_visible()
    assert page.evaluate("document.activeElement !== document.body")
    tab_to(page, ana.button(BOTH), "Shift+Tab")
    keys.press("Enter")
    replies = ana.messages("2 batches").get_by_role("button", name="1 reply")
    expect(replies).to_be_visible()
    tab_to(page, replies, "Shift+Tab")
    keys.press("Enter")
    expect(ana.replies("billed", OTHER)).to_have_count(1)


def test_on_a_phone(visit: Open) -> None:
    """At 360 pixels, with fingers, in both schemes: it fits, can be hit, can be read, has names."""
    ana = visit(viewport={"width": 360, "height": 740}, has_touch=True)
    post(ana.url, "speed", speed="fast")
    ana.composer.fill("/cancel-batch")
    ana.button("Send").tap()
    ana.picker.tap()
    expect(ana.listed).to_have_count(11)
    _measure(ana)
    for name in (BATCH, OTHER):
        ana.listed.filter(has_text=name).tap()
    expect(ana.chosen).to_have_count(2)
    ana.picker.press("Escape")
    _measure(ana)
    ana.button("Review").tap()
    expect(ana.button(BOTH)).to_be_visible()
    _measure(ana)
    ana.button(BOTH).tap()
    ana.open_thread("2 batches")
    expect(ana.replies("billed", BATCH)).to_have_count(1)
    _measure(ana)
    ana.press("Close thread")
    ana.more_actions(ALERT).tap()
    _measure(ana)
    ana.shortcut.tap()
    expect(ana.messages(PRIVATE, "batch_second_copy")).to_be_visible()
    expect(ana.button(BOTH)).to_be_visible()
    expect(ana.more_actions(ALERT)).not_to_have_attribute("aria-busy", "true")
    _measure(ana)


def _measure(viewer: Viewer) -> None:
    assert viewer.fits(360)
    for scheme in ("light", "dark"):
        viewer.page.emulate_media(color_scheme=scheme)
        assert too_faint(viewer.page) == []
    assert nameless(viewer.page) == []
    assert small_targets(viewer.page) == []

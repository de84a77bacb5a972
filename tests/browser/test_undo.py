"""The undo window: switched on beside the batches, and what is confirmed can be taken back."""

import re

from playwright.sync_api import expect

from tests.browser.test_reach import tab_to
from tests.browser.viewer import PRIVATE, Viewer

BATCH = "batch_wrong_prompt"


def test_the_undo_window_is_switched(ana: Viewer) -> None:
    """By keys or by mouse; the bot restarts with it, and the page tells the truth when loaded."""
    switch = ana.page.get_by_role("switch", name="Undo window (10 s)")
    expect(switch).not_to_be_checked()
    expect(switch).to_have_accessible_description(re.compile("restarts the bot"))
    first = ana.bot.inner_text()
    tab_to(ana.page, switch)
    ana.page.keyboard.press("Space")
    expect(switch).to_be_checked()
    expect(ana.bot).not_to_have_text(first)
    expect(ana.bot).to_contain_text("running (")
    second = ana.bot.inner_text()
    assert second != first
    ana.page.reload()
    expect(switch).to_be_checked()
    expect(ana.bot).to_have_text(second)
    switch.click()
    expect(switch).not_to_be_checked()
    expect(ana.bot).not_to_have_text(second)
    expect(ana.bot).to_contain_text("running (")
    ana.page.reload()
    expect(ana.bot).to_contain_text("running (")
    expect(switch).not_to_be_checked()


def _switch_undo(viewer: Viewer) -> None:
    """Switch the window on, and wait for the bot that has it."""
    first = viewer.bot.inner_text()
    viewer.page.get_by_role("switch", name="Undo window").click()
    expect(viewer.bot).not_to_have_text(first)
    expect(viewer.bot).to_contain_text("running (")


def test_what_is_confirmed_can_be_undone(ana: Viewer) -> None:
    """In the window Undo takes it back, and nothing was sent; whoever else presses it can't."""
    _switch_undo(ana)
    ana.cancel(BATCH)
    expect(ana.messages(PRIVATE, f"Cancelling {BATCH} in 10 s")).to_be_visible()
    ana.act_as("Ben").press("Try to answer for Ana")
    expect(ana.messages(PRIVATE, "Only @ana")).to_be_visible()
    ana.act_as("Ana").press("Undo")
    expect(ana.messages(PRIVATE, "Undone: nothing was sent to Respan")).to_be_visible()
    expect(ana.button("Undo")).to_have_count(0)
    expect(ana.batch(BATCH)).to_contain_text("in_progress")
    assert ana.messages("is cancelling").count() == 0


def test_who_is_sure_waits_no_longer(ana: Viewer) -> None:
    """Cancel now sends it at once; who presses nothing sees it sent when the window is over."""
    ana.speed("Fast")
    _switch_undo(ana)
    ana.cancel(BATCH)
    ana.press("Cancel now")
    expect(ana.messages("@ana is cancelling")).to_be_visible(timeout=8_000)
    expect(ana.button("Undo")).to_have_count(0)
    ana.open_thread(f"cancelled {BATCH}")
    expect(ana.replies("is cancelled")).to_have_count(1)
    other = "batch_flaky_api"
    ana.cancel(other)
    expect(ana.button("Cancel now")).to_be_visible()
    expect(ana.batch(other)).to_contain_text("in_progress")
    ana.open_thread(f"cancelled {other}")
    expect(ana.replies("is cancelled")).to_have_count(1)


def test_the_window_outlives_the_bot(ana: Viewer) -> None:
    """Killed within it, the bot sends nothing before its end; Undo works afterwards as well."""
    ana.speed("Fast")
    _switch_undo(ana)
    ana.cancel(BATCH)
    ana.press("Kill the bot")
    expect(ana.bot).to_contain_text("down")
    expect(ana.bot).to_contain_text("running (")
    ana.press("Undo")
    expect(ana.messages(PRIVATE, "Undone: nothing was sent to Respan")).to_be_visible()
    expect(ana.batch(BATCH)).to_contain_text("in_progress")

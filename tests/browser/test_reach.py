"""The whole job without a mouse, and on a narrow screen."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import WIDE, Open
from tests.browser.demo import post
from tests.browser.measures import small_targets
from tests.browser.viewer import CONFIRM, PRIVATE, Viewer

BATCH = "batch_wrong_prompt"
_STOPS = 80
"""More stops than a walk through the whole page has."""


def tab_to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Press a key until the focus is there, as somebody does who has no mouse."""
    for _ in range(_STOPS):
        page.keyboard.press(key)
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError(f"{key} never reaches {wanted}")


def test_by_keyboard_alone(ana: Viewer) -> None:
    """From the loaded page to the reply in the thread, with nothing but keys."""
    post(ana.url, "speed", speed="fast")
    page, keyboard = ana.page, ana.page.keyboard
    expect(ana.composer).to_be_focused()
    keyboard.type("/can")
    expect(ana.suggestions.first).to_be_visible()
    keyboard.press("ArrowDown")
    keyboard.press("ArrowUp")
    keyboard.press("Enter")
    keyboard.type("batch_w")
    expect(ana.suggestions).to_have_count(1)
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    expect(ana.composer).to_have_value(re.compile(BATCH))
    keyboard.press("Enter")
    expect(ana.confirmation).to_be_visible()
    tab_to(page, ana.button(CONFIRM), "Shift+Tab")
    keyboard.press("Enter")
    expect(ana.messages(PRIVATE, "Respan accepted")).to_be_visible()
    # The pressed button is gone; the next key goes on from where it was.
    assert page.evaluate("document.activeElement !== document.body")
    replies = ana.messages("cancelled").get_by_role("button", name="1 reply")
    expect(replies).to_be_visible()
    tab_to(page, replies, "Shift+Tab")
    keyboard.press("Enter")
    expect(ana.replies("is cancelled")).to_have_count(1)
    keyboard.press("Escape")
    expect(ana.thread).to_be_hidden()
    expect(replies).to_be_focused()


def test_escape_closes_the_suggestions_first(look: Open) -> None:
    """Escape takes away what is open and keeps what was typed."""
    ana = look(viewport=WIDE)
    ana.composer.press_sequentially("/can")
    expect(ana.suggestions.first).to_be_visible()
    ana.page.keyboard.press("Escape")
    expect(ana.suggestions).to_have_count(0)
    expect(ana.composer).to_have_value("/can")
    expect(ana.composer).to_be_focused()


def test_at_360_pixels(visit: Open) -> None:
    """Nothing is wider than a narrow screen or small for a finger; all can be done on it."""
    ana = visit(viewport={"width": 360, "height": 740})
    assert ana.fits(360)
    ana.press("Menu")
    expect(ana.channel("#batches")).to_be_visible()
    assert ana.fits(360)
    ana.open_channel("#batches")
    _panel(ana, "Batches")
    assert ana.fits(360)
    assert small_targets(ana.page) == []
    ana.speed("Fast").press(f"Cancel {BATCH}")
    expect(ana.composer).to_have_value(f"/cancel-batch {BATCH}")
    ana.press("Send")
    expect(ana.confirmation).to_be_visible()
    assert ana.fits(360)
    assert small_targets(ana.page) == []
    ana.press(CONFIRM)
    ana.open_thread(f"cancelled {BATCH}")
    expect(ana.replies("is cancelled")).to_have_count(1)
    assert ana.fits(360)
    assert small_targets(ana.page) == []
    ana.press("Close thread")
    _panel(ana, "What travels")
    expect(ana.page.get_by_role("region", name="What travels")).to_contain_text("/cancel/")
    assert ana.fits(360)
    assert small_targets(ana.page) == []
    _panel(ana, "Chat")
    expect(ana.messages(f"@ana cancelled {BATCH}")).to_be_visible()


def _panel(viewer: Viewer, name: str) -> None:
    tab = viewer.page.get_by_role("tab", name=name)
    tab.or_(viewer.button(name)).filter(visible=True).click()

"""The menu of a message with the app's shortcut in it, and other apps' messages in the channel."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import WIDE, Open
from tests.browser.local import LocalPage
from tests.browser.measures import nameless, small_targets, too_faint
from tests.browser.test_reach import tab_to
from tests.browser.viewer import Viewer

ALERT = "Spend alert"


def _more(viewer: Viewer, *parts: str) -> Locator:
    return viewer.messages(*parts).get_by_role("button", name="More actions")


def _item(viewer: Viewer) -> Locator:
    menu = viewer.page.get_by_role("menu", name="Message actions")
    return menu.get_by_role("menuitem", name="Cancel batch…")


def test_an_alert_of_another_app(come: Open, local: LocalPage) -> None:
    """It stands in the channel from the beginning, under its own name, and names two batches."""
    ana = come(viewport=WIDE)
    alert = ana.messages(ALERT)
    for part in ("spend-watch", "APP", "batch_runaway_loop", "batch_second_copy", "@ben"):
        expect(alert).to_contain_text(part)
    for batch_id in ("batch_runaway_loop", "batch_second_copy"):
        expect(ana.batch(batch_id)).to_contain_text("in_progress")
    local.post("x", attachments=[{"fallback": "only <b>this</b>", "color": "red;x"}], user="U0BEN")
    expect(ana.messages("only <b>this</b>")).to_be_visible()


def test_by_mouse(come: Open, local: LocalPage) -> None:
    """The shortcut sends that message to the app, in the name of the person who chose it."""
    ana = come(viewport=WIDE)
    ana.act_as("Ben")
    _more(ana, ALERT).click()
    _item(ana).click()
    expect(_item(ana)).to_have_count(0)
    expect(_more(ana, ALERT)).not_to_have_attribute("aria-busy", "true")
    (payload,) = local.sent("message_action")
    assert payload["callback_id"] == "cancel_batch_of_message"
    assert payload["user"]["id"] == "U0BEN"
    assert "batch_runaway_loop" in payload["message"]["blocks"][0]["text"]["text"]
    assert "batch_second_copy" in payload["message"]["attachments"][0]["text"]
    _more(ana, ALERT).click()
    ana.composer.click()
    expect(_item(ana)).to_have_count(0)


def test_by_keyboard(come: Open, local: LocalPage) -> None:
    """It is reached by Tab, opened by Enter or an arrow, left by Escape or Tab."""
    ana = come(viewport=WIDE)
    keys, more = ana.page.keyboard, _more(ana, ALERT)
    expect(more).to_have_attribute("aria-expanded", "false")
    tab_to(ana.page, more, "Shift+Tab")
    keys.press("ArrowDown")
    expect(_item(ana)).to_be_focused()
    expect(more).to_have_attribute("aria-expanded", "true")
    keys.press("Escape")
    expect(_item(ana)).to_have_count(0)
    expect(more).to_be_focused()
    keys.press("Enter")
    expect(_item(ana)).to_be_focused()
    local.post("something else", user="U0BEN")
    expect(ana.messages("something else")).to_be_visible()
    expect(_item(ana)).to_be_focused()
    keys.press("Tab")
    expect(_item(ana)).to_have_count(0)
    expect(more).not_to_be_focused()
    assert local.deliveries == []
    more.focus()
    keys.press("Enter")
    keys.press("Enter")
    expect(more).to_be_focused()
    expect(more).not_to_have_attribute("aria-busy", "true")
    assert len(local.sent("message_action")) == 1


def test_any_message_but_a_private_one(come: Open, local: LocalPage) -> None:
    """People's, the app's own, replies in a thread; what only one person sees has no shortcuts."""
    parent = local.post("batch_a is wrong", user="U0BEN")
    reply = local.post("batch_b too", user="U0CLEO", thread_ts=parent.ts)
    own = local.post("batch_c is cancelled")
    local.ask(text="batch_d?")
    ana = come(viewport=WIDE)
    expect(ana.messages("batch_d?")).to_be_visible()
    expect(_more(ana, "batch_d?")).to_have_count(0)
    ana.open_thread("batch_a is wrong")
    in_thread = ana.replies("batch_b too").get_by_role("button", name="More actions")
    for button in (_more(ana, "batch_a is wrong"), _more(ana, "batch_c"), in_thread):
        button.click()
        _item(ana).click()
        expect(button).not_to_have_attribute("aria-busy", "true")
    stamps = [payload["message_ts"] for payload in local.sent("message_action")]
    assert stamps == [parent.ts, own.ts, reply.ts]


def test_an_app_that_does_not_answer(come: Open, local: LocalPage) -> None:
    """The person reads so at the message, and can choose it again."""
    local.status = 500
    ana = come(viewport=WIDE)
    _more(ana, ALERT).click()
    _item(ana).click()
    expect(ana.messages(ALERT).get_by_role("alert")).to_contain_text("did not answer")
    local.status = 200
    _more(ana, ALERT).click()
    _item(ana).click()
    expect(ana.messages(ALERT).get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("width", [320, 360])
def test_on_a_phone(come: Open, local: LocalPage, width: int) -> None:
    """The menu is within the window, and everything is large enough for a finger."""
    local.post("A long message about batch_a " * 9, user="U0BEN")
    ana = come(viewport={"width": width, "height": 640}, has_touch=True)
    for scheme in ("light", "dark"):
        ana.page.emulate_media(color_scheme=scheme)
        for more in _more(ana).all():
            more.tap()
            box = _item(ana).bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["y"] + box["height"] <= 640
            assert ana.fits(width)
            assert too_faint(ana.page) == []
            assert nameless(ana.page) == []
            assert small_targets(ana.page) == []
    _item(ana).tap()
    expect(_item(ana)).to_have_count(0)
    expect(_more(ana).last).not_to_have_attribute("aria-busy", "true")
    assert len(local.sent("message_action")) == 1

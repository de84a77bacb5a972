"""What the composer proposes while one types a command: by mouse, keys and fingers."""

from playwright.sync_api import expect

from tests.browser.conftest import WIDE, Open
from tests.browser.local import LocalPage
from tests.browser.measures import nameless, small_targets, too_faint

PROPOSED = ["/cancel-batch", "/cancel-batch status", "/cancel-batch history"]


def test_a_slash_proposes_what_the_app_can_do(come: Open, local: LocalPage) -> None:
    """All three, each with what it is for; further letters leave those that begin so."""
    ana = come(viewport=WIDE)
    for typed, left in (("/", PROPOSED), ("cancel-batch", PROPOSED), (" h", PROPOSED[2:])):
        ana.composer.press_sequentially(typed)
        expect(ana.suggestions).to_contain_text(left)
        expect(ana.suggestions).to_have_count(len(left))
    ana.composer.fill("")
    ana.composer.press_sequentially("/other")
    expect(ana.suggestions).to_have_count(0)
    ana.composer.fill("")
    ana.composer.press_sequentially("what about /cancel-batch ")
    expect(ana.suggestions).to_have_count(0)
    assert local.deliveries == []


def test_by_keyboard(come: Open, local: LocalPage) -> None:
    """Arrows choose, Enter takes, and Enter sends what is complete."""
    ana = come(viewport=WIDE)
    keys = ana.page.keyboard
    ana.composer.press_sequentially("/c")
    for place in (1, 2, 0, 1):
        keys.press("ArrowDown")
        active = ana.composer.get_attribute("aria-activedescendant")
        assert active == ana.suggestions.nth(place).get_attribute("id")
    keys.press("Enter")
    expect(ana.composer).to_have_value("/cancel-batch status")
    expect(ana.suggestions).to_have_count(0)
    keys.press("Enter")
    expect(ana.composer).to_have_value("")
    assert [payload["text"] for payload in local.heard(1)] == ["status"]


def test_batches_stand_before_the_rest(come: Open, local: LocalPage) -> None:
    """With the command alone, Enter sends it as it is; ids come first, then the other two."""
    ana = come(viewport=WIDE)
    ana.composer.press_sequentially("/cancel-batch ")
    expect(ana.suggestions.first).to_contain_text("batch_")
    expect(ana.suggestions.last).to_contain_text("/cancel-batch history")
    ana.page.keyboard.press("Enter")
    expect(ana.composer).to_have_value("")
    assert [payload["text"] for payload in local.heard(1)] == [""]


def test_on_a_phone(come: Open, local: LocalPage) -> None:
    """A touch takes a proposal; it is large enough, and nothing is too wide or too faint."""
    ana = come(viewport={"width": 360, "height": 640}, has_touch=True)
    for scheme in ("light", "dark"):
        ana.page.emulate_media(color_scheme=scheme)
        ana.composer.fill("")
        ana.composer.press_sequentially("/")
        expect(ana.suggestions).to_have_count(3)
        assert ana.fits(360)
        assert too_faint(ana.page) == []
        assert nameless(ana.page) == []
        assert small_targets(ana.page) == []
    ana.suggestions.last.tap()
    expect(ana.composer).to_have_value("/cancel-batch history")
    expect(ana.composer).to_be_focused()
    ana.button("Send").tap()
    expect(ana.composer).to_have_value("")
    assert [payload["text"] for payload in local.heard(1)] == ["history"]

"""What travels: a page of Respan's list says for how many batches it answers."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.conftest import WIDE, Open
from tests.browser.measures import too_faint
from tests.browser.viewer import Viewer

BATCHES = ("batch_wrong_prompt", "batch_nightly_eval", "batch_stuck")
WORDS = "1 call, 3 batches"


def _rows(viewer: Viewer, *parts: str) -> Locator:
    """Return the rows of what travels that contain these parts."""
    found = viewer.page.get_by_role("region", name="What travels").get_by_role("listitem")
    for part in parts:
        found = found.filter(has_text=part)
    return found


def _cancel_all(viewer: Viewer) -> None:
    """Name them all in one command, confirm once, and look at what travels."""
    viewer.command(" ".join(BATCHES)).press(f"Cancel {len(BATCHES)} batches")
    viewer.button("What travels").filter(visible=True).click()


def test_one_call_for_several_batches(ana: Viewer) -> None:
    """The call of the list says so in words, in both colour schemes; no other row does."""
    _cancel_all(ana)
    sweep = _rows(ana, WORDS).first
    expect(sweep).to_contain_text(re.compile(r"bot → Respan.*GET /api/v1/batches/\?limit=100"))
    said = _rows(ana).filter(has_text=re.compile(r"\b1 call, \d+ batches"))
    assert said.filter(has_not_text="/batches/?limit=100").count() == 0
    expect(_rows(ana, "/cancel/")).to_have_count(len(BATCHES))
    for scheme in ("light", "dark"):
        ana.page.emulate_media(color_scheme=scheme)
        assert too_faint(ana.page) == []


def test_a_single_batch_says_nothing(ana: Viewer) -> None:
    """One batch is read by itself, and no row speaks of several."""
    ana.speed("Fast").cancel(BATCHES[0]).press("What travels")
    expect(ana.messages(f"@ana cancelled {BATCHES[0]}")).to_be_visible()
    expect(_rows(ana, "bot → Respan").first).to_be_visible()
    expect(_rows(ana, "1 call")).to_have_count(0)


def test_it_is_read_on_a_phone(visit: Open) -> None:
    """At 320 and 360 pixels the words are all within the window."""
    ana = visit(viewport={"width": 360, "height": 740})
    _cancel_all(ana)
    words = _rows(ana, WORDS).first.get_by_text(WORDS)
    expect(words).to_be_visible()
    for width in (360, 320):
        ana.page.set_viewport_size({"width": width, "height": 740})
        assert ana.fits(width)
        box = words.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


def test_further_ids_are_completed(look: Open) -> None:
    """After one batch the composer offers the others, and takes nothing unasked on Enter."""
    ana = look(viewport=WIDE)
    ana.composer.press_sequentially(f"/cancel-batch {BATCHES[0]} batch_n")
    expect(ana.suggestions).to_contain_text(["batch_nightly_eval", "batch_no_key"])
    ana.suggestions.first.click()
    expect(ana.composer).to_have_value(f"/cancel-batch {BATCHES[0]} {BATCHES[1]}")
    ana.composer.press_sequentially(" ")
    expect(ana.suggestions.filter(has_text=BATCHES[0])).to_have_count(0)
    expect(ana.suggestions.filter(has_text=BATCHES[2])).to_have_count(1)
    expect(ana.suggestions.and_(ana.page.locator("[aria-selected=true]"))).to_have_count(0)

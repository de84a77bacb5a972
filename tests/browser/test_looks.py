"""What everybody can read and reach: names, focus marks and contrast in both colour schemes."""

from typing import Literal

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import WIDE, Open
from tests.browser.measures import nameless, too_faint, unmarked_stops
from tests.browser.viewer import Viewer

BATCH = "batch_wrong_prompt"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def _full(viewer: Viewer) -> Viewer:
    """Let everything be on the page: a question, a finished thread, the drawer, suggestions."""
    viewer.say("Good morning").command("batch_stuck")
    expect(viewer.confirmation).to_be_visible()
    viewer.speed("Fast").command(BATCH)
    viewer.messages(BATCH).get_by_role("button", name="Cancel batch").click()
    viewer.open_thread(f"cancelled {BATCH}")
    viewer.press("What travels")
    return viewer


def test_contrast_names_and_focus(visit: Open) -> None:
    """Every text has a contrast of 4.5 at least, every control a name and a mark for the focus."""
    viewer = _full(visit(viewport=WIDE))
    for scheme in SCHEMES:
        viewer.page.emulate_media(color_scheme=scheme)
        viewer.composer.fill("/can")
        expect(viewer.suggestions.first).to_be_visible()
        assert too_faint(viewer.page) == []
        assert nameless(viewer.page) == []
        viewer.composer.fill("")
        stops, unmarked = unmarked_stops(viewer.page)
        assert stops > 15
        assert unmarked == []


def test_the_schemes_differ(look: Open) -> None:
    """Dark is dark and light is light."""
    shade = "getComputedStyle(document.body).backgroundColor"
    shades = {str(look(color_scheme=s).page.evaluate(shade)) for s in SCHEMES}
    assert len(shades) == 2


@pytest.mark.parametrize("width", [320, 360, 820, 1440])
def test_no_width_scrolls_sideways(look: Open, width: int) -> None:
    """At each width everything is within the window."""
    assert look(viewport={"width": width, "height": 740}).fits(width)

"""What everybody can read and reach: names, focus marks and contrast in both colour schemes."""

from typing import Literal

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
    """Dark is dark and light is light, and each follows a change of the system's at once."""
    page = look().page
    shades = set()
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        shades.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(shades) == 2


def test_no_width_scrolls_sideways(look: Open) -> None:
    """At each width, and while it changes, everything is within the window."""
    viewer = look()
    for width in (1440, 1000, 999, 820, 760, 759, 360, 320):
        viewer.page.set_viewport_size({"width": width, "height": 740})
        assert viewer.fits(width), width

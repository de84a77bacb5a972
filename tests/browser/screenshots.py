"""Takes the README's pictures: the list, the question, the thread, and the list on a phone.

Run it from the top level.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, expect

from tests.browser.chromium import HOW_TO_GET_IT, chromium, find_chromium
from tests.browser.demo import ROOT, running_demo
from tests.browser.palette import with_palette
from tests.browser.viewer import CONFIRM, Viewer

_BATCH = "batch_wrong_prompt"
_OTHER = "batch_runaway_loop"
SIZE: ViewportSize = {"width": 1100, "height": 720}
PHONE: ViewportSize = {"width": 360, "height": 640}
PICTURES = ("picker.png", "confirmation.png", "thread.png", "phone.png")


def main() -> int:
    """Write all pictures; 1 where there is no browser to take them with."""
    path = find_chromium()
    if path is None:
        print(f"No Chromium was found. {HOW_TO_GET_IT}", file=sys.stderr)
        return 1
    with chromium(path) as browser, running_demo() as address:
        take_pictures(browser, address, ROOT / "docs")
    return 0


def take_pictures(browser: Browser, address: str, folder: Path) -> None:
    """Pick two batches and cancel one of them, then pick on a phone; write `PICTURES`."""
    with _viewer(browser, address, SIZE) as viewer:
        viewer.speed("Fast").say("Who started all this? I am stopping what I know")
        viewer.command("").pick(_BATCH, _OTHER)
        _take(browser, viewer, folder / PICTURES[0])
        viewer.chosen.last.click()
        viewer.press("Review")
        expect(viewer.confirmation).to_be_visible()
        _take(browser, viewer, folder / PICTURES[1])
        viewer.press(CONFIRM).open_thread(f"cancelled {_BATCH}")
        expect(viewer.replies("is cancelled")).to_be_visible()
        _take(browser, viewer, folder / PICTURES[2])
    with _viewer(browser, address, PHONE) as viewer:
        viewer.command("")
        viewer.picker.fill("batch_r")
        expect(viewer.listed).to_have_count(2)
        _take(browser, viewer, folder / PICTURES[3])


@contextmanager
def _viewer(browser: Browser, address: str, size: ViewportSize) -> Iterator[Viewer]:
    context = browser.new_context(viewport=size, device_scale_factor=2, color_scheme="light")
    yield Viewer(context.new_page(), address)
    context.close()


def _take(browser: Browser, viewer: Viewer, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    picture = viewer.page.screenshot(animations="disabled", caret="hide")
    path.write_bytes(with_palette(browser, picture))
    print(f"{path}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    sys.exit(main())

"""Takes the README's pictures: the question, and the finished thread. Run it from the top level."""

import sys
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, expect

from tests.browser.chromium import HOW_TO_GET_IT, chromium, find_chromium
from tests.browser.demo import ROOT, running_demo
from tests.browser.palette import with_palette
from tests.browser.viewer import CONFIRM, Viewer

_BATCH = "batch_wrong_prompt"
_SIZE: ViewportSize = {"width": 1100, "height": 720}


def main() -> int:
    """Write both pictures; 1 where there is no browser to take them with."""
    path = find_chromium()
    if path is None:
        print(f"No Chromium was found. {HOW_TO_GET_IT}", file=sys.stderr)
        return 1
    with chromium(path) as browser, running_demo() as address:
        take_pictures(browser, address, ROOT / "docs")
    return 0


def take_pictures(browser: Browser, address: str, folder: Path) -> None:
    """Play one cancellation, and write `confirmation.png` and `thread.png`."""
    context = browser.new_context(viewport=_SIZE, device_scale_factor=2, color_scheme="light")
    viewer = Viewer(context.new_page(), address)
    viewer.speed("Fast").say("I started this one with the wrong prompt, stopping it")
    viewer.command(_BATCH)
    expect(viewer.confirmation).to_be_visible()
    _take(browser, viewer, folder / "confirmation.png")
    viewer.press(CONFIRM).open_thread(f"cancelled {_BATCH}")
    expect(viewer.replies("is cancelled")).to_be_visible()
    _take(browser, viewer, folder / "thread.png")
    context.close()


def _take(browser: Browser, viewer: Viewer, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    picture = viewer.page.screenshot(animations="disabled", caret="hide")
    path.write_bytes(with_palette(browser, picture))
    print(f"{path}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    sys.exit(main())

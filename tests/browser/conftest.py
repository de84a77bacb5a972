"""One browser and one demo for all tests here, begun anew for each that changes something.

Playwright's form without `await` keeps an event loop in this thread: it ends with this folder, so
that the asynchronous tests of other folders can have theirs.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.browser.chromium import HOW_TO_GET_IT, chromium, find_chromium
from tests.browser.demo import post, running_demo
from tests.browser.local import LocalPage, local_page
from tests.browser.viewer import Viewer
from tests.skipped import absent

_HERE = Path(__file__).parent
_PATIENCE = 60_000.0
"""Milliseconds that a promise of the page may take at the most on a busy machine."""

WIDE: ViewportSize = {"width": 1440, "height": 900}

Open = Callable[..., Viewer]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Give a running Chromium; without one, skip, or fail under CI."""
    path = find_chromium()
    if path is None:
        absent(f"no Chromium was found. {HOW_TO_GET_IT}")
    expect.set_options(timeout=_PATIENCE)
    with chromium(path) as started:
        yield started


@pytest.fixture(scope="package")
def address(browser: Browser) -> Iterator[str]:
    """Give the address of a running demo."""
    with running_demo() as url:
        yield url


@pytest.fixture
def anew(address: str) -> str:
    """Give the same address after everything began anew: batches, channels, bot and settings."""
    post(address, "undo", on=False)
    post(address, "restart")
    post(address, "speed", speed="normal")
    return address


@pytest.fixture
def look(browser: Browser, address: str) -> Iterator[Open]:
    """Give what opens a viewer that only looks at whatever is there."""
    with viewers(browser, address) as open_one:
        yield open_one


@pytest.fixture
def visit(browser: Browser, anew: str) -> Iterator[Open]:
    """Give what opens a viewer of a demo in which nothing has happened yet."""
    with viewers(browser, anew) as open_one:
        yield open_one


@pytest.fixture
def local(browser: Browser) -> Iterator[LocalPage]:
    """Give a page whose Slack the test writes into; no bot runs."""
    with local_page() as page:
        yield page


@pytest.fixture
def come(browser: Browser, local: LocalPage) -> Iterator[Open]:
    """Give what opens a viewer of that page."""
    with viewers(browser, local.url) as open_one:
        yield open_one


@contextmanager
def viewers(browser: Browser, url: str) -> Iterator[Open]:
    """Give what opens a viewer, with options of a browser context such as `viewport`.

    In the end no viewer may have met an error, or a request to anywhere but the page's own server.
    """
    opened: list[Viewer] = []
    with ExitStack() as stack:

        def open_one(**options: Any) -> Viewer:
            context = browser.new_context(**{"locale": "en-GB", "timezone_id": "UTC"} | options)
            stack.callback(context.close)
            opened.append(Viewer(context.new_page(), url))
            return opened[-1]

        yield open_one
        for viewer in opened:
            assert viewer.complaints == []
            assert viewer.foreign_requests() == []


@pytest.fixture
def ana(visit: Open) -> Viewer:
    """Give somebody who has just opened the page: Ana, in #batches, on a wide screen."""
    return visit(viewport=WIDE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here, so that `-m "not browser"` leaves it out."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker("browser")

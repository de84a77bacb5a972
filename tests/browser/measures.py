"""What can be measured of a page in a browser: names, focus marks, contrast."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_NAMED = frozenset(
    {"button", "link", "textbox", "combobox", "radio", "tab", "option", "checkbox", "listbox"}
    | {"progressbar", "navigation", "region", "log", "complementary", "radiogroup", "article"}
    | {"switch"}
)

_HERE = Path(__file__).parent
_DESCRIBE = """
() => {
  const element = document.activeElement;
  return element === document.body ? '' : element.outerHTML.slice(0, 120);
}
"""


def too_faint(page: Page, least: float = 4.5) -> list[str]:
    """Return the visible texts whose contrast with their ground is less than WCAG AA asks for."""
    measured = page.evaluate((_HERE / "contrast.js").read_text(), least)
    assert measured["seen"] > 20
    return list(measured["found"])


def nameless(page: Page) -> list[str]:
    """Return the roles in the accessibility tree that have no name and need one."""
    session = page.context.new_cdp_session(page)
    tree: list[dict[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    seen = [node for node in tree if not node["ignored"] and _role(node) in _NAMED]
    assert len(seen) > 10
    return [str(_role(node)) for node in seen if not node.get("name", {}).get("value", "").strip()]


def _role(node: dict[str, Any]) -> Any:
    return node.get("role", {}).get("value")


def unmarked_stops(page: Page, stops: int = 120) -> tuple[int, list[str]]:
    """Walk through by Tab; return how many stops there are, and those without a focus mark."""
    focus_changes = (_HERE / "focus.js").read_text()
    seen: list[str] = []
    unmarked: list[str] = []
    for _ in range(stops):
        page.keyboard.press("Tab")
        here = str(page.evaluate(_DESCRIBE))
        if not here or (seen and here == seen[0]):
            break
        seen.append(here)
        if not page.evaluate(focus_changes):
            unmarked.append(here)
    return len(seen), unmarked


def small_targets(page: Page, least: float = 44.0) -> list[str]:
    """Return what can be hit on the page and is smaller than a finger needs, in CSS pixels.

    Links and mentions within a sentence are as high as their line.
    """
    measured = page.evaluate((_HERE / "targets.js").read_text(), least)
    assert measured["seen"] > 5
    return list(measured["found"])

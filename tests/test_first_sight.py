"""What newcomers see first says what is there: the help, Slack's hint, the README's pictures."""

import re
from pathlib import Path
from typing import Any

import yaml

from bot.domain.command import (
    CancelBatches,
    LookAtBatches,
    PickBatches,
    ShowHistory,
    Usage,
    read_argument,
)
from bot.views.private import usage
from bot.views.words import COMMAND
from tests.browser.screenshots import PHONE, PICTURES, SIZE

ROOT = Path(__file__).resolve().parents[1]
FORMS = [PickBatches, PickBatches, CancelBatches, LookAtBatches, ShowHistory]


def _manifest() -> Any:
    return yaml.safe_load((ROOT / "manifest.yml").read_text())["features"]


def test_the_help_is_understood() -> None:
    """Each form that it shows does what it says, and it names the shortcut as Slack does."""
    text = usage().text
    shown = re.findall(rf"`{COMMAND} ?([^`]*)`", text)
    assert [type(read_argument(form)) for form in shown] == FORMS
    (shortcut,) = _manifest()["shortcuts"]
    assert shortcut["name"] in text
    assert text.count("\n") == len(FORMS) + 1


def test_the_hint_is_understood() -> None:
    """The words that Slack shows while somebody types are those that the command knows."""
    (command,) = _manifest()["slash_commands"]
    assert command["command"] == COMMAND
    words = command["usage_hint"].strip("[]").split(" | ")
    assert words == ["batch ids", "words", "status", "history", "help"]
    meant = [type(read_argument(word)) for word in words[2:]]
    assert meant == [LookAtBatches, ShowHistory, Usage]


def test_the_pictures() -> None:
    """The README shows those that the script takes, twice as sharp as the window, and no other."""
    readme = (ROOT / "README.md").read_text()
    assert re.findall(r"docs/([\w-]+\.png)", readme) == list(PICTURES)
    assert sorted(path.name for path in (ROOT / "docs").glob("*.png")) == sorted(PICTURES)
    for name in PICTURES:
        head = (ROOT / "docs" / name).read_bytes()[:24]
        assert head[:8] == b"\x89PNG\r\n\x1a\n", name
        size = PHONE if name == "phone.png" else SIZE
        width, height = int.from_bytes(head[16:20]), int.from_bytes(head[20:24])
        assert (width, height) == (2 * size["width"], 2 * size["height"]), name

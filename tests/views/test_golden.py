"""Every message that a person can get stands in `golden/`, word by word.

`make golden` writes the files anew; what changed is then read in the diff.
"""

import json
import os
from inspect import getmembers, isfunction
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bot.domain.message import Message
from bot.sandbox.slack.blocks import problem_of
from bot.views import (
    approval,
    approval_answers,
    channel,
    confirmation,
    follow,
    history,
    look,
    picker,
    private,
    receipt,
    status,
    undo,
    unsent,
)
from tests.views.catalogue import catalogue

GOLDEN = Path(__file__).parent / "golden"
MESSAGES = catalogue()


def _as_json(message: Message) -> str:
    data = {"text": message.text, "blocks": message.blocks}
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _texts(value: Any) -> list[str]:
    """Return the words of every text object in order, but for those inside of a menu."""
    if isinstance(value, list):
        return [text for part in value for text in _texts(part)]
    if not isinstance(value, dict):
        return []
    if value.get("type") in {"mrkdwn", "plain_text"}:
        return [value["text"]]
    if value.get("type") == "multi_static_select":
        return []
    return [text for part in value.values() for text in _texts(part)]


def _makers(module: ModuleType) -> set[str]:
    return {
        name
        for name, function in getmembers(module, isfunction)
        if function.__module__ == module.__name__
        and function.__annotations__.get("return") is Message
        and not name.startswith("_")
    }


@pytest.mark.parametrize("name", MESSAGES)
def test_word_by_word(name: str) -> None:
    """The message is the one in its golden file."""
    path, now = GOLDEN / f"{name}.json", _as_json(MESSAGES[name])
    if os.environ.get("GOLDEN") == "write":
        path.write_text(now)
    assert path.read_text() == now


def test_no_golden_file_is_left_over() -> None:
    """Each file belongs to a message."""
    assert sorted(path.stem for path in GOLDEN.glob("*.json")) == sorted(MESSAGES)


def test_the_catalogue_is_complete() -> None:
    """Every function that makes a message is in the catalogue under its name."""
    makers = {
        maker
        for module in (
            approval,
            approval_answers,
            confirmation,
            follow,
            history,
            look,
            picker,
            private,
            receipt,
            status,
            undo,
            unsent,
        )
        for maker in _makers(module)
    }
    for maker in makers | {"slow_note", "blind_note"}:
        forms = (maker, f"several_{maker}")
        assert any(name.startswith(forms) for name in MESSAGES), maker
    assert _makers(channel) == {"announcement", "slow_note", "blind_note"}


@pytest.mark.parametrize("name", MESSAGES)
def test_the_text_alone_says_all(name: str) -> None:
    """Whoever hears or reads nothing but the top-level text misses no word and no figure."""
    message = MESSAGES[name]
    record = message.text.lower()
    for shown in _texts(message.blocks):
        for line in shown.lower().split("\n"):
            words = line.strip("*")
            is_bar = "█" in words or "░" in words
            assert is_bar or words in record, words


@pytest.mark.parametrize("name", MESSAGES)
def test_slack_takes_it(name: str) -> None:
    """It keeps Block Kit's limits, and those of a text."""
    message = MESSAGES[name]
    assert problem_of(message.blocks) is None
    assert 0 < len(message.text) <= 4000


@pytest.mark.parametrize("name", MESSAGES)
def test_the_house_style(name: str) -> None:
    """No exclamation mark, no blame, no emoji; it ends as a sentence."""
    text = MESSAGES[name].text
    assert "!" not in text.replace("<!date", "").replace("<!subteam", "")
    assert text.rstrip(")").endswith((".", "`"))
    assert all(ord(c) < 0x2500 for c in text)

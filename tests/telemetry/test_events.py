"""Each line of ours has a key, and keys are words that can be grepped."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from bot.domain.schedule import GIVE_UP_AFTER
from bot.telemetry.events import KEYS, add_key
from bot.views.who_may import env_file_is_open


def test_keys_are_words() -> None:
    """In snake_case, and a sentence that means another thing has another key."""
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", key) for key in KEYS.values())
    shared = [key for key in KEYS.values() if [*KEYS.values()].count(key) > 1]
    assert set(shared) == {"ready"}


def test_a_line_gets_its_key() -> None:
    """Ours does, whatever else stands in it; what libraries say has none."""
    ours = add_key(None, "info", {"event": "the bot stops", "a": 1})
    assert ours == {"event_id": "stopping", "event": "the bot stops", "a": 1}
    theirs = {"event": "Task was destroyed but it is pending!"}
    assert add_key(None, "info", dict(theirs)) == theirs


def test_sentences_with_figures() -> None:
    """Those that are made elsewhere are the ones that stand in the table."""
    assert "other users of this machine can read .env" in env_file_is_open(".env")
    assert env_file_is_open(".env") in KEYS
    assert f"a reply could not be posted for {GIVE_UP_AFTER / 3600:.0f} hours" in KEYS


_BOT = Path(__file__).parents[2] / "bot"
_TELL = {"debug", "info", "warning", "error", "exception", "log_failure", "log_rejection", "tell"}


def _said() -> Iterator[str]:
    """Return each sentence that the source gives to the log, or names `event` before that."""
    for path in _BOT.rglob("*.py"):
        if "sandbox" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr=name) | ast.Name(id=name),
                    args=[ast.Constant(value=str(sentence)), *_],
                ) if name in _TELL:
                    yield sentence
                case ast.Assign(
                    targets=[ast.Name(id="event")], value=ast.Constant(value=str(sentence))
                ):
                    yield sentence


def test_every_sentence_in_the_source_has_a_key() -> None:
    """Also those of rare failures, which no other test logs."""
    said = set(_said())
    assert len(said) > 80
    assert said - KEYS.keys() == set()

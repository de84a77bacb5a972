"""Each line of ours has a key, and keys are words that can be grepped."""

import re

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

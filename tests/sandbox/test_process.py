"""The bot's process, as the sandbox keeps it."""

from pathlib import Path

import pytest

from bot.sandbox import process
from bot.sandbox.process import BotProcess


def test_a_port_is_kept_while_its_bot_is_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another world gets another port, and this one only once the bot is done with."""
    bot = BotProcess({}, tmp_path)
    monkeypatch.setattr(process, "_PORTS", [bot.port])
    with pytest.raises(RuntimeError, match="no free port"):
        BotProcess({}, tmp_path)
    port = bot.port
    del bot
    assert BotProcess({}, tmp_path).port == port


def test_a_given_port_is_taken(tmp_path: Path) -> None:
    """Whoever names a port knows why."""
    assert BotProcess({"PORT": "4711"}, tmp_path).port == 4711

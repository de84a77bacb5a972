"""The demo in the terminal: the whole conversation, and an honest exit code."""

import pytest

from bot.sandbox import terminal
from bot.sandbox.terminal import run_demo
from bot.sandbox.world import SandboxWorld


async def test_the_conversation_is_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the command to the reply, as people see it; real tokens are ignored aloud."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-real-one")
    assert await run_demo() == 0
    said = capsys.readouterr().out
    parts = [
        "SLACK_BOT_TOKEN in the environment: ignored",
        "ana: /cancel-batch batch_abc123",
        "only visible to ana): Cancel `batch_abc123`?",
        "[Cancel batch]  [Keep running]",
        "ana: presses [Cancel batch]",
        "in the thread: batch-bot: @ana `batch_abc123` is cancelled. Receipt:",
    ]
    at = [said.index(part) for part in parts]
    assert at == sorted(at)
    assert "xoxb" not in said


async def test_without_the_reply_it_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 0 only if the reply came; otherwise the end of the log is shown."""
    monkeypatch.setattr(terminal, "_DEADLINE", 3.0)

    async def stuck(world: SandboxWorld) -> None:
        world.respan.faults.add("*", "status", times=None, code=503)
        await world.slack.command("batch_abc123")
        await world.reply("batch_abc123", 2.0)

    monkeypatch.setattr(terminal, "_cancel", stuck)
    assert await run_demo() == 1
    said = capsys.readouterr().out
    assert "The reply did not come" in said
    assert "the bot is ready" in said

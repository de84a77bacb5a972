"""The clock against Slack's, and the command itself, each with something broken."""

from pathlib import Path

import pytest

from bot.sandbox.process import BotProcess
from bot.sandbox.world import SandboxWorld
from tests.checks.services import Run, unseen


@pytest.mark.parametrize(
    ("moved", "socket", "code", "said"),
    [
        (30, False, 0, "ok: 30 s behind Slack's"),
        (-30, False, 0, "ok: 30 s ahead of Slack's"),
        (90, False, 0, "warning: this machine's clock is 90 s behind Slack's: set it, by NTP"),
        (-90, False, 0, "warning: this machine's clock is 90 s ahead of Slack's: set it, by NTP"),
        (400, False, 1, "failed: this machine's clock is 400 s behind Slack's: set it, by NTP"),
        (-400, False, 1, "failed: this machine's clock is 400 s ahead of Slack's: set it, by NTP"),
        (400, True, 0, "warning: this machine's clock is 400 s behind Slack's: set it, by NTP"),
    ],
)
async def test_the_clock(
    world: SandboxWorld,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    moved: int,
    socket: bool,
    code: int,
    said: str,
) -> None:
    """A minute off is told; five break the signatures, where anything is signed."""
    if socket:
        monkeypatch.setenv("SLACK_APP_TOKEN", world.slack.app_token)
    world.slack.clock.advance(moved)
    found, lines = await run()
    seconds = {f"{abs(moved) + by} s" for by in (-1, 0, 1)}  # Slack's own is cut to whole seconds
    like = {said.replace(f"{abs(moved)} s", near) for near in seconds}
    assert lines["Clock"].startswith(tuple(like))
    assert found == code


async def test_an_answer_without_a_readable_date(world: SandboxWorld, run: Run) -> None:
    """That is no reason to call the clock wrong, nor to call it right."""
    answer = {"ok": True, "user_id": "U1", "team_id": "T1", "bot_id": "B1"}
    headers = {"Content-Type": "application/json", "Date": "today"}
    world.slack.faults.add("auth.test", "status", times=9, code=200, body=answer, headers=headers)
    code, lines = await run()
    assert code == 0
    assert lines["Clock"].startswith("warning: Slack's answer has no date: see yourself")


@pytest.mark.parametrize(
    ("broken", "code", "said"),
    [
        ("", 0, "Channel C0BATCHES: ok: the bot may post there; nothing was posted\n"),
        ("channel", 1, "Channel C0BATCHES: failed: the bot can't post there (is_archived): name"),
        ("deletion", 1, "Channel C0BATCHES: failed: the trial message could not be deleted"),
        ("clock", 1, "Clock: failed: this machine's clock is "),
        ("folder", 1, "Database: failed: "),
        ("key", 1, "Respan's header: not tried: mend Respan first\n"),
    ],
)
@pytest.mark.seconds(3)
async def test_the_command_itself(
    world: SandboxWorld, tmp_path: Path, broken: str, code: int, said: str
) -> None:
    """As a process, with its exit code, and no secret in what it prints."""
    settings = world.environment()
    if broken == "channel":
        world.slack.workspace.channels["C0BATCHES"].archived = True
    elif broken == "deletion":
        world.slack.faults.add("chat.deleteScheduledMessage", "drop_before", times=None)
    elif broken == "clock":
        world.slack.clock.advance(3600)
    elif broken == "folder":
        settings["DATABASE_URL"] = f"sqlite:///{tmp_path / 'none' / 'bot.db'}"
    elif broken == "key":
        settings["RESPAN_API_KEY"] = "another"
    command = BotProcess(settings, tmp_path, "check", "check", ["--channel", "C0BATCHES"])
    await command.launch()
    assert await command.exit_code() == code
    printed = command.log_text()
    assert said in printed
    assert not [secret for secret in world.secrets() if secret in printed]
    assert unseen(world) is (broken != "deletion")

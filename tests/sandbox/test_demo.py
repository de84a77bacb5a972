"""The demo: in the terminal the whole conversation, in the browser until it is stopped."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from bot.__main__ import main
from bot.sandbox.demo import terminal
from bot.sandbox.demo.terminal import run_demo
from bot.sandbox.process import BotProcess
from bot.sandbox.world import SandboxWorld


@pytest.mark.seconds(10)
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


def start(*arguments: str, **environment: str) -> "subprocess.Popen[str]":
    """Start the demo as a process of its own."""
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "bot", "demo", *arguments],
        env=os.environ | environment,
        cwd=Path(__file__).resolve().parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.seconds(5)
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_it_is_told_to(how: signal.Signals) -> None:
    """One line with the address, then exit code 0 and no process left behind."""
    with start("--port", "0", SLACK_BOT_TOKEN="xoxb-real-one") as demo:
        assert demo.stdout is not None
        said = iter(demo.stdout.readline, "")
        lines = [line for line in (next(said), next(said), next(said)) if line.strip()]
        assert lines[0].startswith("SLACK_BOT_TOKEN in the environment: ignored")
        assert re.fullmatch(
            r"Open http://127\.0\.0\.1:\d+ in a browser\. Ctrl-C stops it\.\n", lines[1]
        )
        children = psutil.Process(demo.pid).children(recursive=True)
        assert len(children) == 1
        demo.send_signal(how)
        assert demo.wait(20) == 0
        assert list(said) == []
        assert not [child for child in children if child.is_running()]


def test_it_stops_while_it_starts() -> None:
    """Somebody who changes their mind at once leaves nothing behind either."""
    with start("--port", "0") as demo:
        process = psutil.Process(demo.pid)
        while not (children := process.children()):
            assert demo.poll() is None
        demo.terminate()
        assert demo.wait(20) == 0
        assert not [child for child in children if child.is_running()]


def test_a_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    """The one that somebody asked for is not replaced in silence."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert main(["demo", "--port", str(port)]) == 1
    assert f"port {port} is taken" in capsys.readouterr().err


def test_a_bot_that_does_not_start(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of its log is shown, and the exit code is 1."""
    made: Callable[..., None] = BotProcess.__init__

    def without_a_token(self: BotProcess, settings: dict[str, str], *rest: Path | str) -> None:
        made(self, settings | {"SLACK_BOT_TOKEN": "wrong"}, *rest)

    monkeypatch.setattr(BotProcess, "__init__", without_a_token)
    assert main(["demo", "--port", "0"]) == 1
    said = capsys.readouterr().err
    assert "The demo could not start" in said
    assert "SLACK_BOT_TOKEN" in said


RICH = "█░ 1…2 \u2013 “a” \u2019 → • José 日"


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", RICH),
        ("latin-1", '#. 1...2 - "a" \' -> * José ?'),
        ("ascii", '#. 1...2 - "a" \' -> * Jose ?'),
    ],
)
def test_plain_letters(encoding: str, shown: str) -> None:
    """Only what a terminal lacks is shown by something plainer."""
    assert terminal.plain(RICH, encoding) == shown


POOR = [
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "latin-1"},
    {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]


@pytest.mark.seconds(10)
@pytest.mark.parametrize("environment", POOR, ids=["ascii", "latin-1", "LANG=C"])
def test_a_terminal_without_utf_8(environment: dict[str, str]) -> None:
    """It shows the whole conversation there, in letters that the terminal has."""
    with start("--terminal", **environment) as demo:
        assert demo.stdout is not None
        said = demo.stdout.read()
    assert demo.returncode == 0
    assert "That was the whole way" in said
    assert said.isascii()
    assert "\\u" not in said

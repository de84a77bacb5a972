"""`check`, `migrate`, and what the command line says."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture

from bot.__main__ import main
from bot.checks import check
from bot.errors import RespanRefused, StoreUnavailable
from bot.sandbox.world import SandboxWorld
from bot.settings import load_settings


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give both services, and their settings in the environment."""
    made = SandboxWorld(tmp_path)
    async with AsyncExitStack() as stack:
        await made.open(stack)
        for name, value in made.environment().items():
            monkeypatch.setenv(name, value)
        yield made


async def test_check_says_that_all_is_well(
    world: SandboxWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line for each thing outside, and exit code 0."""
    assert await check(load_settings()) == 0
    said = capsys.readouterr().out
    lines = [line for line in said.splitlines() if "[debug" not in line]
    assert lines == [
        "Database: ok: sqlite",
        "Slack: ok: the bot is U0BATCHBOT in https://sandbox.slack.com/",
        "Respan: ok: the API key is accepted",
    ]


async def test_check_says_what_is_wrong(
    world: SandboxWorld, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each failure is a sentence, without the secret, and the exit code is 1."""
    monkeypatch.setenv("RESPAN_API_KEY", "wrong-key")
    monkeypatch.setenv("CUSTOMER_IDENTIFIER", "email")
    monkeypatch.setenv("ALLOWED_USERGROUPS", "S0ML")
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:pw@127.0.0.1:9/d")
    assert await check(load_settings()) == 1
    said = capsys.readouterr().out
    assert "Database: failed: the database could not be used" in said
    assert "lacks the scopes usergroups:read, users:read, users:read.email" in said
    assert "Respan: failed: Respan refused the API key (401)" in said
    assert "wrong-key" not in said


async def test_check_with_a_refused_token(
    world: SandboxWorld, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token's setting is named."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-wrong")
    world.respan.add_batch("batch_does_not_exist")
    assert await check(load_settings()) == 1
    said = capsys.readouterr().out
    assert "Slack: failed: SLACK_BOT_TOKEN was refused" in said
    assert "Respan: ok: it answers" in said


async def test_migrate(world: SandboxWorld, capsys: pytest.CaptureFixture[str]) -> None:
    """It says from where to where, and does nothing the second time."""
    for before in ("nothing", "0004"):
        assert await asyncio.to_thread(main, ["migrate"]) == 0
        assert f"The schema is at 0004 (it was at {before})." in capsys.readouterr().out


async def test_a_database_that_is_away_is_one_line(
    world: SandboxWorld, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An expected failure is a sentence and exit code 1, without a traceback."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:pw@127.0.0.1:9/d")
    assert await asyncio.to_thread(main, ["migrate"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "pw" not in said


def test_wrong_settings(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Exit code 2."""
    monkeypatch.chdir(tmp_path)
    assert main([]) == 2
    assert "SLACK_BOT_TOKEN is missing" in capsys.readouterr().err


async def test_what_nobody_expected_is_masked_too(
    world: SandboxWorld, capsys: pytest.CaptureFixture[str], mocker: MockerFixture
) -> None:
    """A traceback that ends the process goes through the log, which knows the secrets."""
    key = world.respan.api_key
    mocker.patch("bot.commands.migrate", side_effect=RuntimeError(f"a bug near {key}"))
    assert await asyncio.to_thread(main, ["migrate"]) == 1
    said = "".join(capsys.readouterr())
    assert "RuntimeError: a bug near [masked]" in said
    assert key not in said


async def test_an_expected_failure_is_masked_too(
    world: SandboxWorld, capsys: pytest.CaptureFixture[str], mocker: MockerFixture
) -> None:
    """What others put into its sentence holds no secret, and moves no cursor."""
    key = world.respan.api_key
    error = StoreUnavailable(f"somebody said {key}\x1b[2J")
    mocker.patch("bot.commands.migrate", side_effect=error)
    assert await asyncio.to_thread(main, ["migrate"]) == 1
    assert capsys.readouterr().err == "somebody said [masked]\\x1b[2J\n"


async def test_check_is_masked_too(
    world: SandboxWorld, capsys: pytest.CaptureFixture[str], mocker: MockerFixture
) -> None:
    """Whatever a service says of itself or of a failure is one line without a secret."""
    key = world.respan.api_key
    error = RespanRefused(f"Respan said {key}\nSlack: ok", 400)
    mocker.patch("bot.checks.RespanClient.retrieve", side_effect=error)
    assert await check(load_settings()) == 1
    said = capsys.readouterr().out
    assert "Respan: failed: Respan said [masked]\\nSlack: ok\n" in said


def test_an_unknown_command() -> None:
    """The command line explains itself."""
    with pytest.raises(SystemExit) as caught:
        main(["fly"])
    assert caught.value.code == 2

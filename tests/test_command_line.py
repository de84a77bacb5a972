"""`check`, `migrate`, and what the command line says."""

import asyncio
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture
from structlog.testing import capture_logs

from bot.__main__ import main
from bot.app import run
from bot.checks import check
from bot.clients.slack import SlackClient
from bot.clock import SteadyClock
from bot.errors import RespanRefused, SettingsError, StoreUnavailable
from bot.sandbox.world import SandboxWorld
from bot.scopes import must_know_people
from bot.setting_reading import load_settings
from bot.store.migrate import newest_revision


@pytest.fixture
def world(prepared_world: SandboxWorld) -> SandboxWorld:
    """Give both services, and their settings in the environment."""
    return prepared_world


async def test_check_says_that_all_is_well(
    world: SandboxWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line for each thing outside, and exit code 0."""
    assert await check(load_settings()) == 0
    said = capsys.readouterr().out
    lines = [line for line in said.splitlines() if "[debug" not in line]
    assert lines == [
        "Database: ok: sqlite",
        f"Schema: ok: there is none yet; the first start makes it ({newest_revision()})",
        lines[2],
        "Slack: ok: the bot is U0BATCHBOT in https://sandbox.slack.com/",
        lines[4],
        "Respan: ok: the API key is accepted",
        (
            "Respan's list: ok: it answers; there is no batch yet, so that how full it is can't be"
            " seen"
        ),
        (
            "Respan's header: ok: Respan needs no provider_id, as in its older documents, which"
            " write JSON, and so does RESPAN_PARAMS_ENCODING=json"
        ),
        (
            "Who may cancel: every full member of the workspace, no guest, bot or person of another"
            " organization (ALLOWED_USERS, ALLOWED_USERGROUPS); in every channel (ALLOWED_CHANNELS)"
        ),
        "Who must agree: nobody (APPROVAL_OVER_REQUESTS, APPROVAL_FOR_OTHERS)",
        (
            "Respan: note: who cancelled travels in the header X-Data-Respan-Params, as JSON"
            " (RESPAN_PARAMS_ENCODING=json). A header in the wrong form is ignored in silence."
            " After the first cancellation look among Respan's customers: if the person isn't"
            " there, set RESPAN_PARAMS_ENCODING=base64; where Respan asks for provider_id, set"
            " RESPAN_PROVIDER_ID=openai."
        ),
    ]
    assert lines[2].startswith("Disk: ")
    assert lines[4].startswith("Clock: ok: ")


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
    assert "Database: failed: DATABASE_URL: no PostgreSQL listens at 127.0.0.1:9" in said
    assert "lacks the scopes usergroups:read, users:read.email" in said
    assert (
        "Respan: failed: Respan refused the API key (401): Authentication credentials were not"
        " provided. RESPAN_API_KEY must be a valid API key of Respan\n"
    ) in said
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


@pytest.mark.parametrize("header", [{}, {"X-OAuth-Scopes": ""}, {"X-OAuth-Scopes": " , "}])
async def test_check_where_slack_names_no_scopes(
    world: SandboxWorld, capsys: pytest.CaptureFixture[str], header: dict[str, str]
) -> None:
    """That nothing was said about the scopes is no reason to call one missing."""
    answer = {"ok": True, "user_id": "U1", "team_id": "T1", "bot_id": "B1"}
    headers = header | {"Content-Type": "application/json"}
    world.slack.faults.add("auth.test", "status", code=200, body=answer, headers=headers)
    assert await check(load_settings()) == 0
    said = capsys.readouterr().out
    unsaid = "Slack did not say which scopes the token has"
    assert f"Slack: ok: the bot is U1 in T1; {unsaid}" in said


UNSAID = {"ok": True, "user_id": "U0BATCHBOT", "team_id": "T1", "bot_id": "B1"}


def _without_people(world: SandboxWorld, *, is_said: bool) -> None:
    """Take `users:read` away; a stand-in may not say which scopes there are."""
    world.slack.scopes.discard("users:read")
    if not is_said:
        kind = {"Content-Type": "application/json"}
        world.slack.faults.add("auth.test", "status", code=200, body=UNSAID, headers=kind)


@pytest.mark.parametrize("is_said", [True, False])
async def test_nobody_may_without_the_scope(
    world: SandboxWorld,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_said: bool,
) -> None:
    """Where nobody is listed either: `check` and the start say so, and what to do; exit code 2."""
    monkeypatch.setenv("PORT", "0")
    for start in (check, run):
        _without_people(world, is_said=is_said)
        if start is check:
            assert await check(load_settings()) == 1
            said = capsys.readouterr().out
        else:
            with pytest.raises(SettingsError) as caught:
                await run(load_settings())
            said = str(caught.value)
        assert "SLACK_BOT_TOKEN lacks the scope users:read" in said
        assert "add users:read under OAuth & Permissions of the app, and install it again" in said
        assert "or list who may by ALLOWED_USERS" in said


@pytest.mark.parametrize("is_said", [True, False])
async def test_only_the_listed_may_without_the_scope(
    world: SandboxWorld, monkeypatch: pytest.MonkeyPatch, *, is_said: bool
) -> None:
    """Who is listed by name needs it not; beside them nobody may, and that is logged."""
    _without_people(world, is_said=is_said)
    for settings, warned in (({"ALLOWED_USERS": "U1"}, 0), ({"ALLOWED_USERGROUPS": "S1"}, 1)):
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        given = load_settings()
        token, url = given.slack_bot_token.get_secret_value(), given.slack_api_url
        async with SlackClient(token, url, SteadyClock()) as slack:
            await slack.start()
            with capture_logs() as logs:
                await must_know_people(slack, given.policy)
        assert [one["log_level"] for one in logs if "users:read" in one["event"]] == (
            ["warning"] * warned
        )


@pytest.mark.parametrize(
    ("settings", "missing", "line"),
    [
        (
            {"ALLOWED_USERS": "U1", "ALLOWED_USERGROUPS": "S1"},
            {"users:read"},
            "Slack: failed: the bot's token lacks the scopes users:read: add them",
        ),
        (
            {"APPROVAL_OVER_REQUESTS": "5", "APPROVER_USERGROUPS": "S1"},
            {"usergroups:read"},
            "Slack: failed: the bot's token lacks the scopes usergroups:read: add them",
        ),
        (
            {"ALLOWED_USERS": "U1", "OWNER_METADATA_KEY": "email"},
            {"users:read", "users:read.email"},
            "without the scope users:read.email nobody is known by their address",
        ),
        ({"ALLOWED_USERS": "U1"}, {"users:read"}, "Slack: ok: "),
        (
            {"ALLOWED_USERS": "U1", "APPROVAL_OVER_REQUESTS": "5"},
            set(),
            "that is only the person who may ask, who can't approve their own: set APPROVERS",
        ),
    ],
)
async def test_check_says_which_scope_a_setting_needs(
    world: SandboxWorld,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, str],
    missing: set[str],
    line: str,
) -> None:
    """Who may by a group, who may agree, and whose an address is: each needs one."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    world.slack.scopes |= {"usergroups:read", "users:read.email"}
    world.slack.scopes -= missing
    code = await check(load_settings())
    said = capsys.readouterr().out
    assert line in said
    assert code == ("failed" in line)


@pytest.mark.parametrize(
    ("code", "todo"),
    [
        ("account_inactive", "install the app again"),
        ("token_revoked", "install the app again"),
        ("token_expired", "token rotation off"),
        ("not_allowed_token_type", "copy the Bot User OAuth Token"),
        ("access_denied", "installed and allowed in this workspace"),
        ("a_word_of_next_year", "installed and allowed in this workspace"),
    ],
)
async def test_check_says_what_to_do_about_a_refused_token(
    world: SandboxWorld, capsys: pytest.CaptureFixture[str], code: str, todo: str
) -> None:
    """Any definite no names the setting, Slack's word and the next step."""
    world.slack.faults.add("auth.test", "slack_error", times=None, code=code)
    assert await check(load_settings()) == 1
    said = capsys.readouterr().out
    assert f"Slack: failed: SLACK_BOT_TOKEN was refused by Slack ({code}): " in said
    assert todo in said


@pytest.fixture
def socket_world(world: SandboxWorld, monkeypatch: pytest.MonkeyPatch) -> SandboxWorld:
    """Give the same services, with an app-level token in the environment."""
    monkeypatch.setenv("SLACK_APP_TOKEN", world.slack.app_token)
    return world


async def test_check_opens_a_connection_and_closes_it(
    socket_world: SandboxWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    """With an app-level token there is one more line."""
    assert await check(load_settings()) == 0
    assert "\nSocket Mode: ok: a connection opens\n" in capsys.readouterr().out
    assert len(socket_world.slack.calls("apps.connections.open")) == 1
    sockets = socket_world.slack.sockets
    await socket_world.bus.wait_for(lambda: sockets.count == 0, what="no connection")


@pytest.mark.parametrize(
    ("trouble", "options", "sentence"),
    [
        ("slack_error", {"code": "missing_scope"}, "SLACK_APP_TOKEN was refused by Slack (missing"),
        ("slack_error", {"code": "internal_error"}, "Slack is in trouble (200 internal_error)"),
        ("status", {"code": 503}, "Slack is in trouble (503 unknown)"),
        ("drop_before", {}, "Slack's answer was lost (ServerDisconnectedError)"),
        ("sockets", {}, "no WebSocket to Slack opens (WSServerHandshakeError)"),
        ("another app", {}, "SLACK_APP_TOKEN belongs to the app A0OTHER"),
    ],
)
async def test_check_says_what_is_wrong_with_socket_mode(
    socket_world: SandboxWorld,
    capsys: pytest.CaptureFixture[str],
    trouble: str,
    options: dict[str, Any],
    sentence: str,
) -> None:
    """A refused token, a Slack that is away, a way that is barred: a sentence, and exit code 1."""
    slack = socket_world.slack
    if trouble == "sockets":
        slack.sockets.refusing = True
    elif trouble == "another app":
        slack.scopes.add("users:read")
        slack.sockets.app_id = "A0OTHER"
    else:
        slack.faults.add("apps.connections.open", trouble, times=None, **options)
    assert await check(load_settings()) == 1
    assert f"Socket Mode: failed: {sentence}" in capsys.readouterr().out


async def test_migrate(world: SandboxWorld, capsys: pytest.CaptureFixture[str]) -> None:
    """It says from where to where, and does nothing the second time."""
    for before in ("nothing", "0011"):
        assert await asyncio.to_thread(main, ["migrate"]) == 0
        assert f"The schema is at 0011 (it was at {before})." in capsys.readouterr().out


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
    mocker.patch("bot.clients.respan.RespanClient.retrieve", side_effect=error)
    assert await check(load_settings()) == 1
    said = capsys.readouterr().out
    assert "Respan: failed: Respan said [masked]\\nSlack: ok\n" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        ["run", "--channel", "C1"],
        ["check", "--channel"],
        ["check", "--channel", "#batches"],
    ],
)
def test_what_the_command_line_does_not_know(arguments: list[str]) -> None:
    """It explains itself; a channel is named by its id."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_without_utf_8(
    encoding: str, monkeypatch: pytest.MonkeyPatch, mocker: MockerFixture
) -> None:
    """Whatever a command prints, in an encoding that lacks it: escaped, and no error."""
    out = TextIOWrapper(BytesIO(), encoding=encoding, errors="strict", write_through=True)
    monkeypatch.setattr("sys.stdout", out)
    perform = mocker.patch("bot.commands.perform", side_effect=lambda *_: print("… 日\udcff") or 0)
    assert main(["check"]) == 0
    assert perform.call_count == 1
    assert out.buffer.getvalue() == b"\\u2026 \\u65e5\\udcff\n"

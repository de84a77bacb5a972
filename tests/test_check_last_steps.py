"""The last steps of `check`: each thing broken in turn, and the line that says how to mend it."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture

from bot.checks import check
from bot.sandbox.event_bus import Exchange
from bot.sandbox.process import BotProcess
from bot.sandbox.world import SandboxWorld
from bot.settings import load_settings
from bot.store.migrate import newest_revision
from bot.views.trial import OPENING, trial_text
from tests.databases import migrated_file

Run = Callable[..., Awaitable[tuple[int, dict[str, str]]]]


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SandboxWorld]:
    """Give both services, and their settings in the environment."""
    made = SandboxWorld(tmp_path)
    async with AsyncExitStack() as stack:
        await made.open(stack)
        for name, value in made.environment().items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def run(world: SandboxWorld, capsys: pytest.CaptureFixture[str]) -> Run:
    """Give what checks with channels, and returns the exit code and the lines by their names."""

    async def checked(*channels: str) -> tuple[int, dict[str, str]]:
        code = await check(load_settings(), channels)
        said = capsys.readouterr().out.splitlines()
        pairs = [line.partition(": ") for line in said if "[debug" not in line]
        return code, {name: rest for name, _, rest in pairs if not rest.startswith("note: ")}

    return checked


def unseen(world: SandboxWorld) -> bool:
    """Return whether nobody saw anything, nothing waits to be seen, and nothing was cancelled."""
    slack = world.slack
    public = slack.calls("chat.postMessage") + slack.calls("chat.update")
    assert world.respan.cancels == []
    assert world.respan.calls("cancel") == []
    return not (public or slack.workspace.messages or slack.api.scheduled.waiting)


async def test_a_channel_in_which_the_bot_may_post(world: SandboxWorld, run: Run) -> None:
    """The message is scheduled far off and deleted; a channel that is named twice is tried once."""
    code, lines = await run("C0BATCHES", "C0GENERAL", "C0BATCHES")
    assert code == 0
    for place in ("C0BATCHES", "C0GENERAL"):
        assert lines[f"Channel {place}"] == "ok: the bot may post there; nothing was posted"
    asked = world.slack.calls("chat.scheduleMessage")
    assert [e.args["channel"] for e in asked] == ["C0BATCHES", "C0GENERAL"]
    assert all(e.args["post_at"] > world.slack.clock.time() + 99 * 86_400 for e in asked)
    assert unseen(world)


async def test_without_a_channel_nothing_is_scheduled(world: SandboxWorld, run: Run) -> None:
    """The two calls belong to `--channel`."""
    code, lines = await run()
    assert code == 0
    assert not [name for name in lines if name.startswith("Channel")]
    assert not [e for e in world.slack.exchanges if "cheduled" in e.name or "schedule" in e.name]


@pytest.mark.parametrize(
    ("place", "trouble", "said"),
    [
        ("C0NO", "", "the bot can't post there (channel_not_found): correct the id"),
        (
            "C0PRIVATE",
            "",
            "(channel_not_found): correct the id; if it is that of a private channel",
        ),
        ("C0OLD", "", "the bot can't post there (is_archived): name another channel, or unarchive"),
        ("C0GENERAL", "not public", "(not_in_channel): type /invite and the app's name there"),
        ("C0BATCHES", "restricted", "(restricted_action): let the app post, in the channel's"),
        ("C0BATCHES", "restricted_action_read_only_channel", "let the app post, in the channel's"),
        (
            "C0BATCHES",
            "missing_scope",
            "Slack refused (missing_scope): give the app the scope chat",
        ),
        (
            "C0BATCHES",
            "time_too_far",
            "Slack refused (time_too_far): this machine's clock is wrong",
        ),
        ("C0BATCHES", "restricted_too_many", "try again in five minutes"),
        ("C0BATCHES", "ekm_access_denied", "see that the app is allowed there"),
        ("C0BATCHES", "internal_error", "Slack is in trouble (200 internal_error): try again in a"),
    ],
)
async def test_a_channel_in_which_it_may_not(
    world: SandboxWorld, run: Run, place: str, trouble: str, said: str
) -> None:
    """Slack's word, what to do about it, exit code 1; no other line suffers."""
    if trouble == "not public":
        world.slack.scopes.discard("chat:write.public")
    elif trouble == "restricted":
        world.slack.workspace.channels[place].restricted = True
    elif trouble:
        world.slack.faults.add("chat.scheduleMessage", "slack_error", code=trouble)
    code, lines = await run(place)
    assert code == 1
    assert lines[f"Channel {place}"].startswith("failed: ")
    assert said in lines[f"Channel {place}"]
    assert [name for name, line in lines.items() if line.startswith("failed")] == [
        f"Channel {place}"
    ]
    assert unseen(world)


async def test_a_token_without_the_scope_says_it_once(world: SandboxWorld, run: Run) -> None:
    """What needs Slack is not tried where Slack's own line has failed."""
    world.slack.scopes.discard("chat:write")
    code, lines = await run("C0BATCHES")
    assert code == 1
    assert "lacks the scopes chat:write: add them under OAuth & Permissions" in lines["Slack"]
    assert lines["Channel C0BATCHES"] == lines["Clock"] == "not tried: mend Slack first"
    assert unseen(world)


async def test_a_channel_outside_the_list(
    world: SandboxWorld, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot may post where nobody may ask it to: that is said, and nothing is broken."""
    monkeypatch.setenv("ALLOWED_CHANNELS", "C0GENERAL")
    code, lines = await run("C0BATCHES", "C0GENERAL")
    assert code == 0
    assert lines["Channel C0BATCHES"].startswith("warning: the bot may post there, but the command")
    assert lines["Channel C0GENERAL"].startswith("ok: ")


@pytest.mark.parametrize("kind", ["drop_after", "half_body"])
async def test_an_answer_that_was_lost_leaves_nothing_behind(
    world: SandboxWorld, run: Run, kind: str
) -> None:
    """What may have been scheduled is looked for, and deleted."""
    world.slack.faults.add("chat.scheduleMessage", kind)
    code, lines = await run("C0BATCHES")
    assert code == 1
    assert lines["Channel C0BATCHES"].endswith(": that deletes what Slack may have scheduled late")
    assert unseen(world)


async def test_who_interrupts_the_check_leaves_nothing_behind(
    world: SandboxWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C comes between the two calls: the second is made all the same."""

    async def interrupt(exchange: Exchange) -> None:
        if exchange.name == "chat.scheduleMessage":
            checking.cancel()

    world.slack.after_answer = interrupt
    checking = asyncio.create_task(check(load_settings(), ["C0BATCHES"]))
    with pytest.raises(asyncio.CancelledError):
        await checking
    assert len(world.slack.calls("chat.deleteScheduledMessage")) == 1
    assert unseen(world)


async def test_what_an_earlier_check_left_and_still_stays(world: SandboxWorld, run: Run) -> None:
    """The line names the one that stays, and not the one that is gone."""
    scheduled, now = world.slack.api.scheduled, int(world.slack.clock.time())
    left = scheduled.add("C0BATCHES", trial_text(), [], now + 9000)["scheduled_message_id"]

    async def refuse_the_second(exchange: Exchange) -> None:
        if exchange.name == "chat.deleteScheduledMessage":
            world.slack.faults.add("chat.deleteScheduledMessage", "status", times=None, code=503)

    world.slack.after_answer = refuse_the_second
    code, lines = await run("C0BATCHES")
    assert code == 1
    assert lines["Channel C0BATCHES"].endswith(f"scheduled_message_id={left}")
    assert list(scheduled.waiting) == [left]


async def test_a_deletion_that_was_lost_is_tried_again(world: SandboxWorld, run: Run) -> None:
    """The second one finds nothing to delete, and that is as good."""
    world.slack.faults.add("chat.deleteScheduledMessage", "drop_after")
    assert (await run("C0BATCHES"))[0] == 0
    assert len(world.slack.calls("chat.deleteScheduledMessage")) == 2
    assert unseen(world)


async def test_an_own_message_that_the_list_does_not_show_is_deleted(
    world: SandboxWorld, run: Run
) -> None:
    """The list is for what earlier checks left: without it the own message goes all the same."""
    world.slack.faults.add("chat.scheduledMessages.list", "status", code=503)
    assert (await run("C0BATCHES"))[0] == 0
    assert unseen(world)


@pytest.mark.parametrize(
    ("kind", "options", "calls"),
    [("slack_error", {"code": "missing_scope"}, 1), ("status", {"code": 503}, 3)],
)
async def test_a_message_that_stays_is_told_and_the_next_check_deletes_it(
    world: SandboxWorld, run: Run, kind: str, options: dict[str, Any], calls: int
) -> None:
    """The line says when it would be seen and how to delete it; nobody else's goes with it."""
    slack = world.slack
    other = slack.api.scheduled.add("C0BATCHES", "a reminder", [], int(slack.clock.time()) + 9000)
    slack.faults.add("chat.deleteScheduledMessage", kind, times=None, **options)
    code, lines = await run("C0BATCHES")
    assert code == 1
    said = lines["Channel C0BATCHES"]
    assert said.startswith("failed: the trial message could not be deleted (Slack ")
    assert "run `python -m bot check --channel C0BATCHES` again before then" in said
    assert "with channel=C0BATCHES and scheduled_message_id=Q0000000002" in said
    assert len(slack.calls("chat.deleteScheduledMessage")) == calls
    slack.faults.clear()
    assert (await run("C0BATCHES"))[0] == 0
    assert list(slack.api.scheduled.waiting) == [other["scheduled_message_id"]]


async def test_what_people_would_read_if_nobody_deleted_it(world: SandboxWorld, run: Run) -> None:
    """It explains itself."""
    world.slack.faults.add("chat.deleteScheduledMessage", "status", times=None, code=503)
    await run("C0BATCHES")
    world.slack.clock.advance(101 * 86_400)
    world.slack.api.call("auth.test", {})
    (message,) = world.slack.workspace.messages
    assert message.text == trial_text()
    assert message.text.startswith(OPENING)


async def test_nobody_knows_whether_a_message_stays(world: SandboxWorld, run: Run) -> None:
    """The answer is lost, and the list away: the line says what to do all the same."""
    world.slack.faults.add("chat.scheduleMessage", "drop_after")
    world.slack.faults.add("chat.scheduledMessages.list", "status", code=503)
    code, lines = await run("C0BATCHES")
    assert code == 1
    assert lines["Channel C0BATCHES"].endswith("chat.deleteScheduledMessage with channel=C0BATCHES")
    assert (await run("C0BATCHES"))[0] == 0
    assert unseen(world)


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


def at(file: Path, revision: str) -> None:
    """Note another revision in a database."""
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.close()


@pytest.mark.parametrize(
    ("revision", "said"),
    [
        ("", "ok: {own} is this version's own"),
        ("0001", "ok: 0001 is of an older version; the next start brings it to {own}"),
        ("9999", "warning: 9999 is of a newer version, this one's is {own}. It works"),
    ],
)
async def test_the_schema(
    world: SandboxWorld, run: Run, tmp_path: Path, revision: str, said: str
) -> None:
    """Current, older and newer; to look changes nothing."""
    file = Path(shutil.copy(migrated_file(tmp_path), tmp_path / "bot.db"))
    if revision:
        at(file, revision)
    code, lines = await run()
    assert code == 0
    assert lines["Schema"].startswith(said.format(own=newest_revision()))
    if revision:
        assert (await run())[1]["Schema"] == lines["Schema"]


async def test_a_newer_schema_that_lacks_what_this_version_needs(
    world: SandboxWorld, run: Run, tmp_path: Path
) -> None:
    """The bot would not start on it."""
    file = Path(shutil.copy(migrated_file(tmp_path), tmp_path / "bot.db"))
    at(file, "9999")
    with sqlite3.connect(file) as connection:
        connection.execute("DROP TABLE requests")
    connection.close()
    code, lines = await run()
    assert code == 1
    assert lines["Schema"].startswith("failed: DATABASE_URL names a database of a newer version")
    assert lines["Schema"].endswith("start the newer version again, or use another database")


@pytest.mark.parametrize(
    ("free", "code", "said"),
    [
        (5_000_000_000, 0, "ok: 5,000 MB are free in "),
        (150_000_000, 0, "warning: only 150 MB are free in "),
        (4_500_000, 1, "failed: only 4.5 MB are free in "),
        (None, 0, "warning: the room in "),
    ],
)
async def test_the_room_on_the_disk(
    world: SandboxWorld,
    run: Run,
    mocker: MockerFixture,
    tmp_path: Path,
    free: int | None,
    code: int,
    said: str,
) -> None:
    """SQLite's folder is looked at, and what to do is said where it is nearly full."""
    usage = mocker.patch("bot.checks.database.shutil.disk_usage")
    if free is None:
        usage.side_effect = OSError
    usage.return_value.free = free
    found, lines = await run()
    assert found == code
    assert lines["Disk"].startswith(said)
    assert str(tmp_path) in lines["Disk"]
    usage.assert_called_once_with(tmp_path)


async def test_on_a_database_that_is_away(
    world: SandboxWorld, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What needs it is not tried; the rest is."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:pw@127.0.0.1:9/d")
    code, lines = await run("C0BATCHES")
    assert code == 1
    assert lines["Schema"] == "not tried: mend Database first"
    assert lines["Disk"].startswith("ok: ")
    assert lines["Channel C0BATCHES"].startswith("ok: ")


async def test_on_postgresql(
    world: SandboxWorld, run: Run, monkeypatch: pytest.MonkeyPatch, kept_postgres: str
) -> None:
    """The schema is looked at there too; the room is its server's."""
    monkeypatch.setenv("DATABASE_URL", kept_postgres)
    code, lines = await run()
    assert code == 0
    assert lines["Schema"] == f"ok: {newest_revision()} is this version's own"
    assert lines["Disk"] == "ok: PostgreSQL keeps the data: watch the room on its server"


@pytest.mark.parametrize(
    ("count", "full", "said"),
    [
        (0, False, "ok: it answers; there is no batch yet"),
        (1, True, "ok: 1 batch on the first page, each in full; no more follow"),
        (3, False, "ok: 3 batches on the first page, 3 of them sparse"),
        (120, True, "ok: 100 batches on the first page, each in full; more follow"),
        (120, False, "ok: 100 batches on the first page, 100 of them sparse"),
    ],
)
async def test_how_full_the_list_is(
    world: SandboxWorld, run: Run, count: int, full: bool, said: str
) -> None:
    """How many, whether older ones follow, and whether the items hold more than is sure."""
    for number in range(count):
        world.respan.add_batch(f"batch_{number}")
    world.respan.list_is_full = full
    code, lines = await run()
    assert code == 0
    assert lines["Respan's list"].startswith(said)


@pytest.mark.parametrize(
    ("status", "body", "code", "said"),
    [
        (
            404,
            {"detail": "Not found."},
            0,
            "warning: Respan knows no such batch (404): Not found. ",
        ),
        (405, {"detail": "Not here."}, 0, "warning: Respan refused (405): Not here. The bot works"),
        (200, {"data": 7}, 0, "warning: Respan answered 200, but the answer is no list of batches"),
        (200, {"data": [7], "has_more": True}, 0, "warning: the page holds no batch that can be"),
        (
            424,
            {"error": "OpenAI API key not configured"},
            1,
            "failed: Respan refused (424): OpenAI",
        ),
        (503, {}, 1, "failed: Respan is in trouble (503). Try again in a minute"),
    ],
)
async def test_a_list_that_can_not_be_used(
    world: SandboxWorld, run: Run, status: int, body: dict[str, Any], code: int, said: str
) -> None:
    """The watch does without; what would stop a cancellation too is a failure."""
    world.respan.faults.add("list", "status", code=status, body=body)
    found, lines = await run()
    assert lines["Respan's list"].startswith(said)
    assert found == code


@pytest.mark.parametrize(
    ("needed", "provider", "encoding", "said"),
    [
        (False, "", "json", "ok: Respan needs no provider_id"),
        (False, "openai", "json", "ok: Respan needs no provider_id"),
        (False, "", "base64", "warning: Respan needs no provider_id, "),
        (True, "openai", "base64", "ok: Respan insists on provider_id, "),
        (True, "openai", "json", "warning: Respan insists on provider_id, "),
        (True, "", "json", "not tried: mend Respan first"),
    ],
)
async def test_the_form_of_the_header(
    world: SandboxWorld,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    needed: bool,
    provider: str,
    encoding: str,
    said: str,
) -> None:
    """What can be told without a cancellation: a sign, and the setting to change."""
    world.respan.needs_provider_id = needed
    monkeypatch.setenv("RESPAN_PARAMS_ENCODING", encoding)
    if provider:
        monkeypatch.setenv("RESPAN_PROVIDER_ID", provider)
    code, lines = await run()
    assert lines["Respan's header"].startswith(said)
    assert code == (1 if said.startswith("not tried") else 0)
    if said.startswith("warning"):
        other = "base64" if encoding == "json" else "json"
        assert lines["Respan's header"].endswith(f"set RESPAN_PARAMS_ENCODING={other}")
    assert unseen(world)


async def test_the_form_of_the_header_where_respan_is_in_trouble(
    world: SandboxWorld, run: Run
) -> None:
    """Then nothing can be told of it."""
    for answers in (404, 503):
        body = {"error": {"message": "No such batch: x"}} if answers == 404 else {}
        world.respan.faults.add("retrieve", "status", code=answers, body=body)
    code, lines = await run()
    assert code == 0
    assert lines["Respan's header"].startswith("warning: which form Respan reads can't be told")


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

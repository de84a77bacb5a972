"""May the bot post in a channel: nobody sees the trial, and each no says how to mend it."""

import asyncio
from typing import Any

import pytest

from bot.checks import check
from bot.sandbox.event_bus import Exchange
from bot.sandbox.world import SandboxWorld
from bot.setting_reading import load_settings
from bot.views.trial import OPENING, trial_text
from tests.checks.services import Run, unseen


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

"""Messages are in Slack once, whatever Slack answers or doesn't."""

from typing import Any

import pytest

from tests.simulation import BATCH, Simulation

UNKNOWN: list[tuple[str, dict[str, Any]]] = [
    ("slack_error", {"code": "internal_error"}),
    ("slack_error", {"code": "fatal_error"}),
    ("status", {"code": 503}),
    ("drop_after", {}),
    ("half_body", {}),
    ("garbage", {}),
]
NOT_DONE: list[tuple[str, dict[str, Any]]] = [
    ("rate_limited", {"retry_after": 7}),
    ("slack_error", {"code": "ratelimited"}),
    ("slack_error", {"code": "invalid_auth"}),
    ("slack_error", {"code": "missing_scope"}),
]


def posts(sim: Simulation) -> int:
    """Return how often a message was posted, or tried to."""
    return len(sim.slack.calls("chat.postMessage"))


@pytest.mark.parametrize(("kind", "options"), UNKNOWN)
@pytest.mark.parametrize("nth", [1, 2])
async def test_with_a_history_scope_an_unknown_post_is_found(
    seeing: Simulation, kind: str, options: dict[str, Any], nth: int
) -> None:
    """A message or a reply whose answer was lost is found by its metadata, not posted again."""
    await seeing.confirm()
    if nth == 2:
        await seeing.pass_time(0.5)
    seeing.slack.faults.add("chat.postMessage", kind, processed=True, **options)
    await seeing.pass_time(60)
    assert posts(seeing) == 2
    assert len(seeing.parents()) == len(seeing.replies()) == 1
    assert await seeing.stage() == "reported"


@pytest.mark.parametrize(("kind", "options"), UNKNOWN)
async def test_without_one_it_is_repeated_once_at_most(
    sim: Simulation, kind: str, options: dict[str, Any]
) -> None:
    """Where Slack does not say whether a post arrived, there are two at worst."""
    await sim.confirm()
    sim.slack.faults.add("chat.postMessage", kind, processed=True, **options)
    await sim.pass_time(60)
    assert len(sim.parents()) == 2
    assert len(sim.replies()) == 1
    assert await sim.stage() == "reported"


async def test_slack_that_never_says_is_given_up_in_the_channel(sim: Simulation) -> None:
    """After two unknown posts the direct message is tried, twice at most; the watch goes on."""
    await sim.confirm()
    sim.slack.faults.add("chat.postMessage", "slack_error", times=4, code="fatal_error")
    await sim.pass_time(120)
    row = await sim.request()
    assert row.announcement.given_up
    assert row.state == "reported"
    (reply,) = sim.slack.workspace.messages
    assert reply.channel == "D0ANA"
    assert "is cancelled" in reply.text


@pytest.mark.parametrize(("kind", "options"), NOT_DONE)
async def test_what_was_not_posted_is_posted_later(
    sim: Simulation, kind: str, options: dict[str, Any]
) -> None:
    """429 and what an administrator can mend only delay the message."""
    await sim.confirm()
    sim.slack.faults.add("chat.postMessage", kind, **options)
    await sim.pass_time(60)
    assert len(sim.parents()) == len(sim.replies()) == 1
    first, second = (e.at for e in sim.slack.calls("chat.postMessage")[:2])
    assert second - first >= options.get("retry_after", 1)
    assert len(sim.respan.cancels) == 1


@pytest.mark.parametrize(
    "code", ["not_in_channel", "is_archived", "restricted_action_read_only_channel", "no_such_word"]
)
async def test_where_it_may_not_post_it_writes_directly(sim: Simulation, code: str) -> None:
    """The requester gets the message with a hint, and the thread lives there."""
    shown = await sim.confirm()
    sim.slack.faults.add("chat.postMessage", "slack_error", code=code)
    await sim.pass_time(60)
    (message,) = sim.parents()
    (reply,) = sim.replies()
    assert message.channel == reply.channel == "D0ANA"
    assert reply.thread_ts == message.ts
    advice = "use the command in another channel" if code == "is_archived" else "/invite"
    assert advice in message.text
    assert "follow it in <https://sandbox.slack.com/archives/D0ANA/p" in shown.text


async def test_nowhere_to_post_is_said_in_the_confirmation(sim: Simulation) -> None:
    """Where neither place takes a message, the person reads so where the buttons were."""
    shown = await sim.confirm()
    sim.slack.workspace.people["U0ANA"].dms = False
    sim.slack.faults.add("chat.postMessage", "slack_error", times=None, code="channel_not_found")
    await sim.pass_time(60)
    assert "could not post about it" in shown.text
    row = await sim.request()
    assert row.state == "abandoned"
    assert len(sim.respan.cancels) == 1


async def test_a_refused_thread_falls_back_to_the_person(sim: Simulation) -> None:
    """A message that was deleted takes no reply: the receipt comes directly."""
    await sim.confirm()
    await sim.pass_time(0.5)
    sim.slack.workspace.messages.clear()
    await sim.pass_time(60)
    (reply,) = sim.slack.workspace.messages
    assert reply.channel == "D0ANA"
    assert "completed (billed)" in reply.text
    assert await sim.stage() == "reported"


async def test_refused_blocks_leave_the_text(sim: Simulation) -> None:
    """A message whose blocks Slack doesn't take is sent as text, which says all."""
    await sim.confirm()
    sim.slack.faults.add("chat.postMessage", "slack_error", code="invalid_blocks")
    await sim.pass_time(0.5)
    (message,) = sim.parents()
    assert message.blocks == []
    assert "is cancelling" in message.text


@pytest.mark.parametrize("kind", ["rate_limited", "slack_error", "drop_before"])
async def test_a_look_that_fails_is_made_again(seeing: Simulation, kind: str) -> None:
    """Nothing is posted again before a look has told that it isn't there."""
    await seeing.confirm()
    seeing.slack.faults.add("chat.postMessage", "drop_after")
    seeing.slack.faults.add("conversations.history", kind, times=2)
    await seeing.pass_time(60)
    assert len(seeing.parents()) == 1
    assert len(seeing.slack.calls("conversations.history")) >= 2


async def test_a_post_that_is_not_there_is_posted(seeing: Simulation) -> None:
    """A look that finds nothing lets the message be posted."""
    await seeing.confirm()
    seeing.slack.faults.add("chat.postMessage", "drop_before")
    await seeing.pass_time(60)
    assert len(seeing.parents()) == len(seeing.replies()) == 1


async def test_the_final_form_waits_for_slack(sim: Simulation) -> None:
    """The reply is there first; the message follows when Slack takes updates again."""
    await sim.confirm()
    await sim.pass_time(0.5)
    sim.slack.faults.add("chat.update", "rate_limited", times=2, retry_after=20)
    await sim.pass_time(20)
    assert len(sim.replies()) == 1
    assert await sim.stage() == "ended"
    await sim.pass_time(60)
    assert sim.parents()[0].text.startswith("<@U0ANA> cancelled")
    assert await sim.stage() == "reported"


async def test_a_message_that_cannot_be_edited_is_left(sim: Simulation) -> None:
    """What Slack refuses for good ends nothing: the reply has said it."""
    await sim.confirm()
    await sim.pass_time(0.5)
    sim.slack.faults.add("chat.update", "slack_error", times=None, code="edit_window_closed")
    await sim.pass_time(60)
    assert await sim.stage() == "reported"


async def test_updates_that_never_work_end_after_days(sim: Simulation) -> None:
    """After four days the message is left as it is, and the row is done."""
    await sim.confirm()
    await sim.pass_time(0.5)
    sim.slack.faults.add("chat.update", "status", times=None, code=503)
    await sim.pass_time(30)
    sim.clock.advance(97 * 3600)
    await sim.pass_time(90)
    assert await sim.stage() == "reported"


async def test_a_reply_that_cannot_be_posted_ends_after_days(sim: Simulation) -> None:
    """While Slack refuses every post the row waits; after 48 hours it ends, aloud in the log."""
    await sim.confirm()
    await sim.pass_time(0.5)
    sim.slack.faults.add("chat.postMessage", "slack_error", times=None, code="invalid_auth")
    await sim.pass_time(60)
    assert await sim.stage() == "ended"
    sim.clock.advance(49 * 3600)
    await sim.pass_time(90)
    row = await sim.request()
    assert row.state == "abandoned"
    assert row.reply.given_up
    assert sim.parents()[0].text.startswith("<@U0ANA> cancelled `" + BATCH)

"""What was asked for from a message stands in the thread of that message, where Slack lets it."""

from typing import Any

import pytest

from bot.domain.message import MessageState
from bot.sandbox.slack.workspace import SandboxMessage
from bot.steps.kinds import Destination, Kind, destination_of
from tests.rows import request_in
from tests.simulation import BATCH, Simulation

DIRECT = "D0ANA"


def alert(sim: Simulation, channel: str = "C0BATCHES", **more: Any) -> SandboxMessage:
    """Let another app write about the example batch."""
    return sim.slack.workspace.alert(f"[FIRING] {BATCH} costs too much", channel, **more)


async def confirm(sim: Simulation, on: SandboxMessage) -> SandboxMessage:
    """Use the shortcut on a message, and press Cancel batch; return the message."""
    assert (await sim.shortcut(on)).acked
    await sim.pass_time()
    await sim.press(sim.slack.workspace.private("U0ANA")[-1])
    return on


def own(sim: Simulation) -> list[SandboxMessage]:
    """Return the bot's own messages."""
    return [m for m in sim.slack.workspace.messages if m.user == "U0BATCHBOT"]


def is_announcement(message: SandboxMessage) -> bool:
    """Return whether a message is the one that is kept up to date."""
    return "confirmed:" in message.text.lower()


async def test_all_of_it_is_in_that_thread(sim: Simulation) -> None:
    """The announcement, what is noted and the reply; the announcement is kept up to date there."""
    sim.respan.batches[BATCH].cancel_seconds = 1000.0
    on = await confirm(sim, alert(sim))
    await sim.pass_time(1100)
    announcement, note, reply = own(sim)
    assert {m.thread_ts for m in own(sim)} == {on.ts}
    assert announcement.text.startswith(f"<@U0ANA> cancelled `{BATCH}`")
    assert announcement.edits > 0
    assert "still being cancelled" in note.text
    assert f"`{BATCH}` is cancelled. Receipt:" in reply.text
    assert await sim.stage() == "reported"


async def test_a_message_in_a_thread(sim: Simulation) -> None:
    """Its thread's parent is the parent."""
    parent = alert(sim)
    inside = alert(sim, thread_ts=parent.ts)
    await confirm(sim, inside)
    await sim.pass_time(60)
    assert [m.thread_ts for m in own(sim)] == [parent.ts, parent.ts]


async def test_where_to_follow(sim: Simulation) -> None:
    """The person gets a link that opens the thread, and so does who asks about it."""
    on = await confirm(sim, alert(sim))
    await sim.pass_time(1)
    (announcement,) = own(sim)
    place = f"C0BATCHES/p{announcement.ts.replace('.', '')}?thread_ts={on.ts}&amp;cid=C0BATCHES"
    link = f"https://sandbox.slack.com/archives/{place}"
    asked = {"channel": "C0BATCHES", "message_ts": announcement.ts}
    permalink = sim.slack.api.call("chat.getPermalink", asked)["permalink"]
    assert link == permalink.replace("&", "&amp;")
    told = f"Follow it <{link}|in the thread of that message>; the result comes there."
    assert sim.private()[-1].endswith(told)
    await sim.shortcut(on, user="U0BEN")
    await sim.pass_time(1)
    assert f"<{link}|here>" in sim.private("U0BEN")[-1]


@pytest.mark.parametrize(
    "code",
    [
        *("thread_not_found", "message_not_found", "cannot_reply_to_message"),
        *("restricted_action_thread_locked", "no_such_word"),
    ],
)
async def test_a_thread_that_takes_nothing(sim: Simulation, code: str) -> None:
    """The channel itself gets it, with a thread of its own; nobody hears of the refusal."""
    await confirm(sim, alert(sim))
    sim.slack.faults.add("chat.postMessage", "slack_error", code=code)
    await sim.pass_time(60)
    announcement, reply = own(sim)
    assert (announcement.channel, announcement.thread_ts) == ("C0BATCHES", None)
    assert (reply.channel, reply.thread_ts) == ("C0BATCHES", announcement.ts)
    assert "|in the channel>; the result comes in that thread." in sim.private()[-1]
    request = await sim.request()
    assert (request.thread_ts, request.cannot_post) == (None, None)


async def test_a_message_that_is_gone(sim: Simulation) -> None:
    """One that was deleted, or was for one person only, begins no thread."""
    on = await confirm(sim, alert(sim))
    sim.slack.workspace.messages.remove(on)
    await sim.pass_time(60)
    announcement, reply = own(sim)
    assert [announcement.thread_ts, reply.thread_ts] == [None, announcement.ts]


async def test_a_channel_that_takes_nothing(sim: Simulation) -> None:
    """Then the person gets it directly, as always."""
    on = alert(sim)
    sim.slack.workspace.channels["C0BATCHES"].archived = True
    await confirm(sim, on)
    await sim.pass_time(60)
    announcement, reply = own(sim)
    assert announcement.channel == reply.channel == DIRECT
    assert [announcement.thread_ts, reply.thread_ts] == [None, announcement.ts]
    assert "is archived" in announcement.text
    assert len(sim.slack.calls("chat.postMessage")) == 4
    assert "The app can't post in this channel: follow it in" in sim.private()[-1]


async def test_nowhere_at_all(sim: Simulation) -> None:
    """After thread, channel and person the confirmation says it; the watch goes on."""
    sim.slack.workspace.people["U0ANA"].dms = False
    await confirm(sim, alert(sim))
    sim.slack.faults.add("chat.postMessage", "slack_error", times=None, code="channel_not_found")
    await sim.pass_time(60)
    assert "could not post about it" in sim.private()[-1]
    assert own(sim) == []
    assert await sim.stage() == "abandoned"


async def test_a_reply_that_the_thread_refuses(sim: Simulation) -> None:
    """A thread that is locked meanwhile: the receipt comes directly, and makes sense alone."""
    on = await confirm(sim, alert(sim))
    await sim.pass_time(0.5)
    code = "restricted_action_thread_locked"
    sim.slack.faults.add("chat.postMessage", "slack_error", code=code)
    await sim.pass_time(60)
    announcement, reply = own(sim)
    assert announcement.thread_ts == on.ts
    assert (reply.channel, reply.thread_ts) == (DIRECT, None)
    assert f"`{BATCH}` is cancelled. Receipt:" in reply.text


@pytest.mark.parametrize("kind", ["drop_after", "half_body"])
async def test_an_unknown_outcome_is_looked_for_in_the_thread(
    seeing: Simulation, kind: str
) -> None:
    """With a history scope it is found there, not posted again."""
    on = await confirm(seeing, alert(seeing))
    seeing.slack.faults.add("chat.postMessage", kind, processed=True)
    await seeing.pass_time(60)
    assert [m.thread_ts for m in own(seeing)] == [on.ts, on.ts]
    looks = [e.args["ts"] for e in seeing.slack.calls("conversations.replies")]
    assert set(looks) == {on.ts}
    assert await seeing.stage() == "reported"


async def test_without_a_look_it_is_repeated_once(sim: Simulation) -> None:
    """Where nobody can look, a thread has two of them at worst."""
    on = await confirm(sim, alert(sim))
    sim.slack.faults.add("chat.postMessage", "drop_after")
    await sim.pass_time(60)
    assert sum(is_announcement(m) for m in own(sim)) == 2
    assert {m.thread_ts for m in own(sim)} == {on.ts}


async def test_slack_that_never_says(sim: Simulation) -> None:
    """Two unknown posts in the thread, two in the channel, two directly; then it is given up."""
    await confirm(sim, alert(sim))
    sim.slack.faults.add("chat.postMessage", "slack_error", times=6, code="fatal_error")
    await sim.pass_time(180)
    tried = [
        (e.args["channel"], e.args.get("thread_ts") is not None)
        for e in sim.slack.calls("chat.postMessage")
    ]
    in_thread, in_channel = ("C0BATCHES", True), ("C0BATCHES", False)
    assert tried[:6] == [in_thread] * 2 + [in_channel] * 2 + [("U0ANA", False)] * 2
    (reply,) = own(sim)
    assert (reply.channel, "is cancelled" in reply.text) == (DIRECT, True)


def test_where_each_message_goes() -> None:
    """The thread counts only where the announcement stands in it."""
    asked = request_in("cancelling", thread_ts="1.2")
    own_ts = asked.announcement.ts
    cases = {
        "in the thread": (asked, "C0BATCHES", "1.2"),
        "in the channel": (request_in("cancelling"), "C0BATCHES", own_ts),
        "given up": (
            request_in(
                "cancelling", thread_ts="1.2", announcement=MessageState(ts=None, given_up=True)
            ),
            "U0ANA",
            None,
        ),
        "directly": (
            request_in(
                "cancelling",
                thread_ts="1.2",
                announcement=MessageState(channel=DIRECT, ts="3.4", direct=True),
            ),
            DIRECT,
            "3.4",
        ),
    }
    for name, (request, channel, thread_ts) in cases.items():
        expected = Destination(channel, "U0ANA", thread_ts)
        assert destination_of(request, Kind.REPLY) == expected, name
        assert destination_of(request, Kind.SLOW_NOTE) == expected, name
    announcing = destination_of(request_in("confirmed", thread_ts="1.2"), Kind.ANNOUNCEMENT)
    assert announcing == Destination("C0BATCHES", "U0ANA", "1.2")

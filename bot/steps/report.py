"""Tell the thread how it ended, once, and give the channel message its final form."""

from dataclasses import replace

from bot.domain.cancellation import Cancellation, MessageState, State
from bot.domain.message import Message
from bot.domain.schedule import GIVE_UP_AFTER
from bot.errors import SlackError
from bot.ports import Marker, MessageRef
from bot.steps.decision import Decision, Tools, again, log, log_failure
from bot.steps.posting import Destination, may_still_come, post_once
from bot.views.channel import announcement
from bot.views.receipt import reply


async def report(tools: Tools, row: Cancellation) -> Decision:
    """Post the reply first, then the message's final form; the row is told when both are done."""
    if row.reply.settled:
        return await _finalize(tools, row)
    since = row.ended_at if row.ended_at is not None else row.now
    if row.state is State.ENDED and row.now - since > GIVE_UP_AFTER:
        log.error("a reply could not be posted for 48 hours", id=row.id)
        return Decision(replace(row, reply=replace(row.reply, given_up=True)))
    return await _reply(tools, row)


async def _reply(tools: Tools, row: Cancellation) -> Decision:
    thread = row.announcement

    def message(_direct: bool) -> Message:  # noqa: FBT001 - one argument, named by its only caller
        return reply(row)

    async def save_intent(post: MessageState) -> None:
        await tools.records.save_intent(row, replace(row, reply=post))

    place = Destination(thread.channel or row.user_id, row.user_id, thread.ts)
    mark = Marker(row.id, "reply")
    done = await post_once(tools, row, row.reply, place, mark, message, save_intent)
    after = replace(row, reply=done.post)
    if not done.post.settled:
        return Decision(replace(after, attempts=row.attempts + 1), done.delay)
    return Decision(replace(after, attempts=0))


async def _finalize(tools: Tools, row: Cancellation) -> Decision:
    """Update the message; what Slack refuses for good is left as it is."""
    post = row.announcement
    try:
        if post.channel is not None and post.ts is not None:
            mark = Marker(row.id, "announcement")
            await tools.slack.update(MessageRef(post.channel, post.ts), announcement(row), mark)
    except SlackError as error:
        waits = error.is_outage and not _is_too_late(row)
        log_failure(
            f"a message {'waits for' if waits else 'has not'} its final form", error, id=row.id
        )
        if waits:
            return again(tools, row, error.retry_after)
    left = may_still_come(post, row.now)
    if left:
        # An older form that had no answer in time may still come, and must not be the last.
        return Decision(row, left)
    state = State.TOLD if row.state is State.ENDED and row.reply.ts else State.ABANDONED
    return Decision(replace(row, state=state, finalized=True, told_at=row.now))


def _is_too_late(row: Cancellation) -> bool:
    since = row.ended_at if row.ended_at is not None else row.confirmed_at
    return since is not None and row.now - since > 2 * GIVE_UP_AFTER

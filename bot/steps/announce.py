"""Put the one message about a cancellation in the channel, or else in a direct message."""

from dataclasses import replace

from bot.domain.answer import Answer
from bot.domain.cancellation import Cancellation, MessageState
from bot.domain.message import Message
from bot.domain.schedule import FIRST_POLL
from bot.ports import Marker
from bot.steps.decision import Decision, Tools, link_to_announcement
from bot.steps.posting import Destination, post_once
from bot.views.channel import announcement
from bot.views.private import where_to_follow


async def announce(tools: Tools, row: Cancellation) -> Decision:
    """Return the row with its message's channel and ts, and tell the person where to follow."""

    def message(direct: bool) -> Message:  # noqa: FBT001 - one argument, named by its only caller
        return announcement(replace(row, announcement=replace(row.announcement, direct=direct)))

    async def save_intent(post: MessageState) -> None:
        await tools.records.save_intent(row, replace(row, announcement=post))

    place = Destination(row.channel_id, row.user_id)
    mark = Marker(row.id, "announcement")
    done = await post_once(tools, row, row.announcement, place, mark, message, save_intent)
    after = replace(row, announcement=done.post, cannot_post=done.why or row.cannot_post)
    if not done.post.settled:
        return Decision(replace(after, attempts=row.attempts + 1), done.delay)
    return Decision(replace(after, attempts=0), _until_first_poll(row), _tell(tools, after))


def _until_first_poll(row: Cancellation) -> float:
    """Return the seconds until the first poll: counted from when Respan accepted."""
    since = row.accepted_at if row.accepted_at is not None else row.now
    return max(0.0, FIRST_POLL - (row.now - since))


def _tell(tools: Tools, row: Cancellation) -> tuple[Answer, ...]:
    if not row.click_url:
        return ()
    message = where_to_follow(row, link_to_announcement(tools.slack, row))
    fallback = None if row.announcement.ts else message
    return (Answer(row.click_url, row.user_id, message, replace=True, fallback=fallback),)

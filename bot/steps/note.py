"""Tell the thread, once, that the batch takes its time."""

from dataclasses import replace

from bot.domain.cancellation import Cancellation, Post
from bot.domain.message import Message
from bot.domain.schedule import poll_gap
from bot.ports import PostMark
from bot.steps.decision import Decision, Tools
from bot.steps.posting import Place, post_once
from bot.views.channel import slow_note

_MOST_ATTEMPTS = 5
"""A note is no news that a watch should wait for: it goes on without it."""


async def note(tools: Tools, row: Cancellation) -> Decision:
    """Return the row with its note posted, or given up."""
    thread = row.announcement
    post = row.slow_note if row.slow_note is not None else Post()

    def message(_direct: bool) -> Message:  # noqa: FBT001 - one argument, named by its only caller
        return slow_note(row)

    async def hold(tried: Post) -> None:
        await tools.records.hold(row, replace(row, slow_note=tried))

    place = Place(thread.channel or row.user_id, row.user_id, thread.ts)
    mark = PostMark(row.id, "slow_note")
    done = await post_once(tools, row, post, place, mark, message, hold)
    if done.post.settled or row.attempts >= _MOST_ATTEMPTS or done.post.direct:
        settled = replace(done.post, given_up=done.post.ts is None)
        return Decision(
            replace(row, slow_note=settled, attempts=0), poll_gap(row.polls, tools.chance())
        )
    return Decision(replace(row, slow_note=done.post, attempts=row.attempts + 1), done.delay)

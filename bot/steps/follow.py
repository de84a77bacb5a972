"""Follow a batch that is being cancelled, until its status is final. No error ends a watch."""

from dataclasses import replace
from hashlib import sha256
from json import dumps

from bot.domain.batch import Batch
from bot.domain.cancellation import Cancellation, Post, State
from bot.domain.message import Message
from bot.domain.schedule import GIVE_UP_AFTER, SLOW_AFTER, poll_gap
from bot.errors import RespanError, RespanRateLimited, SlackError, SlackTimedOut
from bot.ports import Posted, PostMark
from bot.steps.decision import Decision, Tools, again, note
from bot.views.channel import announcement


async def follow(tools: Tools, row: Cancellation) -> Decision:
    """Poll the batch once."""
    waited = row.now - (row.accepted_at if row.accepted_at is not None else row.now)
    try:
        batch = await tools.respan.retrieve(row.batch_id)
    except RespanError as error:
        return _unread(tools, row, error, waited)
    row = replace(row, batch=batch, polls=row.polls + 1, attempts=0)
    if batch.is_final:
        ended = replace(row, state=State.ENDED, ended_at=_ended_at(row, batch))
        return Decision(ended)
    if waited > GIVE_UP_AFTER:
        return Decision(replace(row, state=State.ABANDONED))
    if _is_slow(row, waited):
        return Decision(replace(row, slow_note=Post()))
    row = await _refresh(tools, row)
    return Decision(row, poll_gap(row.polls, tools.chance()))


def _unread(tools: Tools, row: Cancellation, error: RespanError, waited: float) -> Decision:
    """Return the row for later: a poll error is ours, and says nothing about the batch."""
    note("a batch could not be polled", error, id=row.id)
    if waited > GIVE_UP_AFTER:
        return Decision(replace(row, state=State.ABANDONED, attempts=0))
    if _is_slow(row, waited):
        return Decision(replace(row, slow_note=Post(), attempts=row.attempts + 1))
    if isinstance(error, RespanRateLimited):
        pause = error.retry_after
        return replace(again(tools, row, pause), pause=pause)
    return again(tools, row)


def _is_slow(row: Cancellation, waited: float) -> bool:
    """Return whether the thread should hear that it takes long, and has not heard it yet."""
    is_cancelling = row.batch is not None and not row.batch.is_final
    return waited > SLOW_AFTER and row.slow_note is None and is_cancelling


def _ended_at(row: Cancellation, batch: Batch) -> float:
    """Return when the batch ended: its own word for it where that is possible, else now."""
    told = batch.ended_at if batch.ended_at is not None else row.now
    earliest = row.confirmed_at if row.confirmed_at is not None else told
    return min(max(told, earliest), row.now)


async def _refresh(tools: Tools, row: Cancellation) -> Cancellation:
    """Bring the message up to date where it says something new; if that fails, next time."""
    post = row.announcement
    message = announcement(row)
    print_now = fingerprint(message)
    if post.channel is None or post.ts is None or print_now == row.refreshed:
        return row
    try:
        mark = PostMark(row.id, "announcement")
        await tools.slack.update(Posted(post.channel, post.ts), message, mark)
    except SlackError as error:
        note("a message could not be refreshed", error, id=row.id)
        if isinstance(error, SlackTimedOut):
            return replace(row, announcement=replace(post, since=row.now, late=True))
        return row
    return replace(row, refreshed=print_now)


def fingerprint(message: Message) -> str:
    """Return a short word that differs where the message differs."""
    return sha256(dumps([message.text, message.blocks]).encode()).hexdigest()

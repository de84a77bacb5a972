"""Follow a batch that is being cancelled, until its status is final. No error ends a watch."""

from dataclasses import replace
from hashlib import sha256
from json import dumps

from bot.domain.batch import Batch
from bot.domain.cancellation import Cancellation, MessageState, Refusal, State
from bot.domain.message import Message
from bot.domain.schedule import BLIND_AFTER, GIVE_UP_AFTER, SLOW_AFTER, poll_gap
from bot.errors import RespanError, SlackError, SlackTimedOut
from bot.ports import Marker, MessageRef
from bot.steps.decision import Decision, Tools, again, log, log_failure
from bot.steps.refusals import refusal_of
from bot.views.channel import announcement

_OUTAGE = frozenset({Refusal.UNAVAILABLE, Refusal.RATE_LIMITED})


async def follow(tools: Tools, row: Cancellation) -> Decision:
    """Poll the batch once."""
    waited = row.now - (row.accepted_at if row.accepted_at is not None else row.now)
    try:
        batch = await tools.respan.retrieve(row.batch_id)
    except RespanError as error:
        return _unread(tools, row, error, waited)
    row = _read_again(row, batch)
    if batch.is_final:
        ended = replace(row, state=State.ENDED, ended_at=_ended_at(row, batch))
        return Decision(ended)
    if waited > GIVE_UP_AFTER:
        return Decision(replace(row, state=State.ABANDONED))
    if _is_slow(row, waited):
        return Decision(replace(row, slow_note=MessageState()))
    row = await _refresh(tools, row)
    return Decision(row, poll_gap(row.polls, tools.jitter()))


def _read_again(row: Cancellation, batch: Batch) -> Cancellation:
    """Return the row with what was read."""
    if row.unread_since is not None:
        seconds = round(row.now - row.unread_since)
        # The end of an outage is one line for all watches; only what began with a line ends so.
        tell = log.debug if row.unread_why in _OUTAGE else log.info
        tell("a watched batch can be read again", id=row.id, after_seconds=seconds)
    seen = replace(row, unread_since=None, unread_why=None)
    return replace(seen, batch=batch, polls=row.polls + 1, attempts=0)


def _unread(tools: Tools, row: Cancellation, error: RespanError, waited: float) -> Decision:
    """Return the row for later: a poll error is ours, and says nothing about the batch."""
    row = _note_unread(row, error)
    if waited > GIVE_UP_AFTER:
        return Decision(replace(row, state=State.ABANDONED, attempts=0))
    pause = error.retry_after
    if _is_blind(row, error, pause or 0.0):
        later = replace(row, blind_note=MessageState(), attempts=row.attempts + 1)
        return Decision(later, pause=pause)
    return replace(again(tools, row, pause), pause=pause)


def _note_unread(row: Cancellation, error: RespanError) -> Cancellation:
    """Return the row with the beginning and the reason of the failing reads; log it once."""
    if row.unread_since is None:
        log_failure("a watched batch can't be read; the watch goes on", error, id=row.id)
    since = row.now if row.unread_since is None else row.unread_since
    return replace(row, unread_since=since, unread_why=refusal_of(error))


def _is_blind(row: Cancellation, error: RespanError, pause: float) -> bool:
    """Return whether the thread is to hear, once, that the end can't be seen.

    At once where Respan said no for good or asks for a long pause, else when it has lasted.
    """
    if row.blind_note is not None or row.unread_since is None:
        return False
    lasted = row.now - row.unread_since
    return error.is_definite or lasted + max(pause, 0.0) >= BLIND_AFTER


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
    """Bring the message up to date where it says something new; if that fails, next time.

    What Slack refuses for good (the message was deleted, editing is over) is tried no more.
    """
    post = row.announcement
    message = announcement(row)
    print_now = fingerprint(message)
    if post.channel is None or post.ts is None or row.uneditable or print_now == row.refreshed:
        return row
    try:
        mark = Marker(row.id, "announcement")
        await tools.slack.update(MessageRef(post.channel, post.ts), message, mark)
    except SlackError as error:
        log_failure("a message could not be refreshed", error, id=row.id)
        if isinstance(error, SlackTimedOut):
            return replace(row, announcement=replace(post, since=row.now, late=True))
        return replace(row, uneditable=error.is_definite)
    return replace(row, refreshed=print_now)


def fingerprint(message: Message) -> str:
    """Return a short word that differs where the message differs."""
    return sha256(dumps([message.text, message.blocks]).encode()).hexdigest()

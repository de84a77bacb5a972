"""Watch a batch that is being cancelled, until its status is final. No error ends a watch."""

from dataclasses import replace

from bot.domain.batch import Batch
from bot.domain.cancellation import Cancellation, State
from bot.domain.refusal import Refusal
from bot.domain.schedule import BLIND_AFTER, GIVE_UP_AFTER, SLOW_AFTER
from bot.errors import RespanError
from bot.steps.decision import Decision, Tools, again, log, log_failure
from bot.steps.refusals import refusal_of

_OUTAGE = frozenset({Refusal.UNAVAILABLE, Refusal.RATE_LIMITED})


async def watch(tools: Tools, row: Cancellation) -> Decision[Cancellation]:
    """Poll the batch once."""
    waited = row.now - (row.accepted_at if row.accepted_at is not None else row.now)
    try:
        batch = await tools.respan.retrieve(row.batch_id)
    except RespanError as error:
        return _unread(tools, row, error, waited)
    return seen(row, batch, tools.gap(row))


def seen(row: Cancellation, batch: Batch, gap: float) -> Decision[Cancellation]:
    """Return what a look at the batch means; one that goes on is looked at after `gap` seconds."""
    waited = row.now - (row.accepted_at if row.accepted_at is not None else row.now)
    _tell_of_look(row, batch)
    row = _read_again(row, batch)
    if batch.is_final:
        ended = replace(row, state=State.ENDED, ended_at=_ended_at(row, batch))
        log.info("the end of a batch was seen", status=batch.status, id=row.id)
        return Decision(ended)
    if waited > GIVE_UP_AFTER:
        return Decision(replace(row, state=State.ABANDONED))
    return Decision(replace(row, is_slow=row.is_slow or waited > SLOW_AFTER), gap)


def _tell_of_look(row: Cancellation, batch: Batch) -> None:
    """Log a look; one that says nothing new says so to those who look closely only."""
    is_new = row.polls == 0 or row.batch is None or row.batch.status != batch.status
    tell = log.info if is_new else log.debug
    tell("a watched batch was looked at", status=batch.status, looks=row.polls + 1, id=row.id)


def _read_again(row: Cancellation, batch: Batch) -> Cancellation:
    """Return the row with what was read."""
    if row.unread_since is not None:
        seconds = round(row.now - row.unread_since)
        # The end of an outage is one line for all watches; only what began with a line ends so.
        tell = log.debug if row.unread_why in _OUTAGE else log.info
        tell("a watched batch can be read again", id=row.id, after_seconds=seconds)
    seen = replace(row, unread_since=None, unread_why=None, is_blind=False)
    return replace(seen, batch=batch, polls=row.polls + 1, attempts=0)


def _unread(
    tools: Tools, row: Cancellation, error: RespanError, waited: float
) -> Decision[Cancellation]:
    """Return the row for later: a poll error is ours, and says nothing about the batch."""
    row = _note_unread(row, error)
    if waited > GIVE_UP_AFTER:
        return Decision(replace(row, state=State.ABANDONED, attempts=0))
    pause = error.retry_after
    row = replace(row, is_blind=row.is_blind or _is_blind(row, error, pause or 0.0))
    return replace(again(tools, row, pause), pause=pause)


def _note_unread(row: Cancellation, error: RespanError) -> Cancellation:
    """Return the row with the beginning and the reason of the failing reads; log it once."""
    if row.unread_since is None:
        log_failure("a watched batch can't be read; the watch goes on", error, id=row.id)
    since = row.now if row.unread_since is None else row.unread_since
    return replace(row, unread_since=since, unread_why=refusal_of(error))


def _is_blind(row: Cancellation, error: RespanError, pause: float) -> bool:
    """Return whether the thread is to hear that the end can't be seen.

    At once where Respan said no for good or asks for a long pause, else when it has lasted.
    """
    lasted = row.now - (row.unread_since if row.unread_since is not None else row.now)
    return error.is_definite or lasted + max(pause, 0.0) >= BLIND_AFTER


def _ended_at(row: Cancellation, batch: Batch) -> float:
    """Return when the batch ended: its own word for it where that is possible, else now."""
    told = batch.ended_at if batch.ended_at is not None else row.now
    return min(max(told, row.confirmed_at), row.now)

"""The one message in the channel about a request, in all its forms, and the thread's notes."""

from typing import assert_never

from bot.domain.cancellation import Cancellation, State
from bot.domain.clicked import is_direct
from bot.domain.message import Block, Message
from bot.domain.request import Request
from bot.domain.schedule import GIVE_UP_AFTER, SLOW_AFTER
from bot.views.approval import approval_fact, approved
from bot.views.lines import in_blocks, named, standing_lines, together
from bot.views.refusals import unread_words
from bot.views.words import (
    batches,
    code,
    context,
    ending,
    fields,
    hours,
    listed,
    mention,
    minutes,
    moment,
    place,
    progress,
    progress_lines,
    section,
    sentence,
)

_MEANWHILE = (
    "It is not over yet: requests in flight may still complete, and those are billed. The result"
    " comes in this thread."
)
_MEANWHILE_ALL = (
    "Not all is over yet: requests in flight may still complete, and those are billed. The result"
    " comes in this thread when the last one has ended."
)
_AFTER = "The receipt is in the thread."


def announcement(request: Request) -> Message:
    """Return the message as it should be now. It differs only where something new is known."""
    if request.decided_by is not None and not (request.accepted or request.is_over):
        return approved(request)
    rows = request.cancellations
    if len(rows) == 1:
        headline, rest = _words(rows[0])
        facts = _facts(request, rows[0])
        told = f"{sentence(progress(rows[0].batch))} {listed(*facts)}"
        shown = [section(progress_lines(rows[0].batch)), fields(*facts)]
    else:
        headline, rest = _words_for_all(request)
        told, shown = _standing(request)
    text, blocks = f"{headline} {told} {rest}", [section(headline), *shown, section(rest)]
    if not request.announcement.direct:
        return Message(text, blocks)
    invite = _invite(request)
    return Message(f"{text} {invite}", [*blocks, context(invite)])


def _standing(request: Request) -> tuple[str, list[Block]]:
    """Return a line for each batch, their sum and the times, as text and as blocks."""
    lines, times = standing_lines(request), _times(request)
    whole = together([row.batch for row in request.cancellations if row.accepted_at is not None])
    parts = [" ".join(lines), whole, listed(*times)]
    blocks = in_blocks(lines) + ([section(whole)] if whole else [])
    blocks += [fields(*times)] if times else []
    return " ".join(part for part in parts if part), blocks


def slow_note(request: Request) -> Message:
    """Return what the thread hears when it takes long."""
    slow = [row for row in request.accepted if row.is_slow and not row.is_over]
    rows = slow or list(request.accepted)
    what, is_are = named([row.batch_id for row in rows]), "is" if len(rows) == 1 else "are"
    text = (
        f"{what} {is_are} still being cancelled after {minutes(SLOW_AFTER)}. OpenAI says that it"
        " takes up to 10 minutes; sometimes it takes longer. You need not do anything: the watch"
        " goes on, and this thread gets the result."
    )
    return Message(text, [section(text)])


def blind_note(request: Request) -> Message:
    """Return what the thread hears, once, when a batch can't be read any more."""
    blind = [row for row in request.accepted if row.is_blind and not row.is_over]
    rows = blind or list(request.accepted)
    first = rows[0]
    since = moment(first.unread_since if first.unread_since is not None else request.now)
    one, what = len(rows) == 1, named([row.batch_id for row in rows])
    text = (
        f"{mention(request.user_id)} The app can't see whether {what}"
        f" {'has' if one else 'have'} ended: since {since} {unread_words(first.unread_why)} The"
        " watch goes on, and this thread gets the result as soon as"
        f" {'the batch' if one else 'they'} can be read again."
    )
    return Message(text, [section(text)])


def _words(row: Cancellation) -> tuple[str, str]:
    """Return the first sentence about one batch and what it means for the reader."""
    who, what = mention(row.user_id), code(row.batch_id)
    match row.state:
        case State.ENDED:
            if row.batch is not None and row.batch.status == "cancelled":
                return f"{who} cancelled {what}.", _AFTER
            return f"{who} asked to cancel {what}, but it {ending(row.batch)}.", _AFTER
        case State.ABANDONED:
            limit = hours(GIVE_UP_AFTER)
            return (
                f"{who} asked to cancel {what}; its end was not seen within {limit}.",
                "The watch is over. Look at the batch in Respan or OpenAI.",
            )
        case (
            State.CONFIRMED
            | State.CANCELLING
            | State.REFUSED
            | State.WITHDRAWN
            | State.EXPIRED
            | State.CHANGED
        ):
            already = " It was being cancelled already." if row.was_cancelling else ""
            return f"{who} is cancelling {what}.{already}", _MEANWHILE
        case unknown:
            assert_never(unknown)


def _words_for_all(request: Request) -> tuple[str, str]:
    """Return the same about several batches."""
    who, what = mention(request.user_id), batches(len(request.cancellations))
    if not request.is_over:
        return f"{who} is cancelling {what}.", _MEANWHILE_ALL
    cancelled = count_cancelled(request)
    if cancelled == len(request.cancellations):
        return f"{who} cancelled {what}.", _AFTER
    were = "was" if cancelled == 1 else "were"
    return f"{who} asked to cancel {what}: {cancelled} {were} cancelled.", _AFTER


def count_cancelled(request: Request) -> int:
    """Return how many of the batches were really cancelled."""
    ends = [row.batch for row in request.cancellations if row.state is State.ENDED]
    return sum(batch is not None and batch.status == "cancelled" for batch in ends)


def _facts(request: Request, row: Cancellation) -> list[tuple[str, str]]:
    status = code("unknown" if row.batch is None else row.batch.status)
    return [("Status", status), *_times(request)]


def _times(request: Request) -> list[tuple[str, str]]:
    pairs = []
    if request.confirmed_at is not None:
        name = ("Confirmed", moment(request.confirmed_at))
        pairs.append(("Approved", approval_fact(request)) if request.decided_by else name)
    if request.is_over and request.over_at is not None:
        pairs.append(("Ended", moment(request.over_at)))
    return pairs


def _invite(request: Request) -> str:
    """Return why this comes directly, and what can be done about it there."""
    because = "This comes as a direct message because"
    where = place(request)
    if is_direct(request.channel_id) or (request.channel_kind or "").startswith("mpdm-"):
        return (
            f"{because} the app can't post in {where}. To have it where others see it, use the"
            " command in a channel."
        )
    if request.cannot_post == "is_archived":
        return (
            f"{because} {where} is archived. To have it where others see it, use the command"
            " in another channel."
        )
    return (
        f"{because} the app can't post in {where}. To have it there next time, type `/invite`"
        " and the app's name in that channel."
    )

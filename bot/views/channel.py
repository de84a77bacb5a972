"""The one message in the channel about a cancellation, in all its forms, and the thread's note."""

from typing import assert_never

from bot.domain.cancellation import Cancellation, State
from bot.domain.clicks import is_direct
from bot.domain.message import Message
from bot.domain.schedule import GIVE_UP_AFTER, SLOW_AFTER
from bot.views.refusals import unread_words
from bot.views.words import (
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


def announcement(row: Cancellation) -> Message:
    """Return the message as it should be now. It differs only where the row says something new."""
    headline, rest = _words(row)
    facts = _facts(row)
    text = f"{headline} {sentence(progress(row.batch))} {listed(*facts)} {rest}"
    blocks = [
        section(headline),
        section(progress_lines(row.batch)),
        fields(*facts),
        section(rest),
    ]
    if not row.announcement.direct:
        return Message(text, blocks)
    return Message(f"{text} {_invite(row)}", [*blocks, context(_invite(row))])


def slow_note(row: Cancellation) -> Message:
    """Return what the thread hears when it takes long."""
    text = (
        f"{code(row.batch_id)} is still being cancelled after {minutes(SLOW_AFTER)}. OpenAI says"
        " that it takes up to 10 minutes; sometimes it takes longer. You need not do anything: the"
        " watch goes on, and this thread gets the result."
    )
    return Message(text, [section(text)])


def blind_note(row: Cancellation) -> Message:
    """Return what the thread hears, once, when the batch can't be read any more."""
    since = moment(row.unread_since if row.unread_since is not None else row.now)
    text = (
        f"{mention(row.user_id)} The app can't see whether {code(row.batch_id)} has ended: since"
        f" {since} {unread_words(row.unread_why)} The watch goes on, and this thread gets the"
        " result as soon as the batch can be read again."
    )
    return Message(text, [section(text)])


def _words(row: Cancellation) -> tuple[str, str]:
    """Return the first sentence and what it means for the reader."""
    who, what = mention(row.user_id), code(row.batch_id)
    match row.state:
        case State.ENDED | State.TOLD:
            return _ended(row, who, what)
        case State.ABANDONED if row.ended_at is not None:
            return _ended(row, who, what)
        case State.ABANDONED:
            limit = hours(GIVE_UP_AFTER)
            return (
                f"{who} asked to cancel {what}; its end was not seen within {limit}.",
                "The watch is over. Look at the batch in Respan or OpenAI.",
            )
        case (
            State.ASKED
            | State.CONFIRMED
            | State.CANCELLING
            | State.DECLINED
            | State.WITHDRAWN
            | State.EXPIRED
            | State.REFUSED
        ):
            already = " It was being cancelled already." if row.was_cancelling else ""
            return (
                f"{who} is cancelling {what}.{already}",
                _MEANWHILE,
            )
        case unknown:
            assert_never(unknown)


def _ended(row: Cancellation, who: str, what: str) -> tuple[str, str]:
    after = "The receipt is in the thread."
    if row.batch is not None and row.batch.status == "cancelled":
        return f"{who} cancelled {what}.", after
    return f"{who} asked to cancel {what}, but it {ending(row.batch)}.", after


def _facts(row: Cancellation) -> list[tuple[str, str]]:
    status = code("unknown" if row.batch is None else row.batch.status)
    pairs = [("Status", status)]
    if row.confirmed_at is not None:
        pairs.append(("Confirmed", moment(row.confirmed_at)))
    if row.ended_at is not None:
        pairs.append(("Ended", moment(row.ended_at)))
    return pairs


def _invite(row: Cancellation) -> str:
    """Return why this comes directly, and what can be done about it there."""
    because = "This comes as a direct message because"
    if is_direct(row.channel_id) or (row.channel_kind or "").startswith("mpdm-"):
        return (
            f"{because} the app can't post in {place(row)}. To have it where others see it, use the"
            " command in a channel."
        )
    if row.cannot_post == "is_archived":
        return (
            f"{because} {place(row)} is archived. To have it where others see it, use the command"
            " in another channel."
        )
    return (
        f"{because} the app can't post in {place(row)}. To have it there next time, type `/invite`"
        " and the app's name in that channel."
    )

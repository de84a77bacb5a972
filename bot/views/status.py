"""How a request or a batch stands, for one person who asks or clicks."""

from collections.abc import Sequence
from typing import assert_never

from bot.domain.cancellation import Cancellation, State
from bot.domain.message import Message
from bot.domain.refusal import Refusal
from bot.domain.request import Request, RequestState
from bot.domain.schedule import CONFIRMATION_VALID, GIVE_UP_AFTER
from bot.views.approval import closed_privately
from bot.views.approval_answers import cannot_ask
from bot.views.follow import CHOOSE_TELL, is_offered, tell_offer
from bot.views.lines import asked_lines, fitting, in_blocks, reason, standing, standing_lines
from bot.views.look import not_looked_at
from bot.views.refusals import refusal_words
from bot.views.second_person import waits_until
from bot.views.unsent import withdraw_button
from bot.views.words import (
    batches,
    code,
    command,
    ending,
    follow_link,
    hours,
    linked,
    mention,
    minutes,
    moment,
    progress,
    say,
    section,
    sentence,
    subject,
    verb,
)


def refused(request: Request) -> Message:
    """Return why nothing is cancelled for this request."""
    if request.refusal is Refusal.NOT_INVITED:
        return cannot_ask(request)
    if len(request.targets) > 1 and request.refusal is None:
        lines = standing_lines(request) if request.cancellations else asked_lines(request.targets)
        lead = f"None of the {batches(len(lines))} is cancelled:"
        offered = is_offered(request)
        text = " ".join([lead, *lines, *([CHOOSE_TELL] if offered else [])])
        offer = tell_offer(request.id) if offered else []
        return Message(text, [section(lead), *in_blocks(lines), *offer])
    if len(request.targets) > 1:
        return say(sentence(f"nothing was cancelled: {reason(request.refusal, None, None)}"))
    if not request.targets:
        return not_looked_at(request.refusal)
    (target,) = request.targets
    row = request.cancellations[0] if request.cancellations else None
    refusal = target.refusal or request.refusal or (row.refusal if row else None)
    batch = row.batch if row else target.batch
    by_now = request.confirmed_at is not None
    return say(refusal_words(target.batch_id, refusal, batch, by_now=by_now))


def where_to_follow(request: Request, link: str | None) -> Message:
    """Return where to follow what Respan accepted, and what it did not accept."""
    if len(request.targets) == 1:
        return say(
            f"Respan accepted: {subject(request)} is being cancelled. {_where(request, link)}"
        )
    taken, total = len(request.accepted), len(request.cancellations)
    lead, where = f"Respan accepted {taken} of {batches(total)}.", _where(request, link)
    if taken == total:
        return say(f"{lead} {where}")
    lines = standing_lines(request)
    withdraw = withdraw_button(request)
    where += " Choose Withdraw for what is not sent yet." if withdraw else ""
    blocks = [section(lead), *in_blocks(lines), section(where), *withdraw]
    return Message(" ".join([lead, *lines, where]), blocks)


def _where(request: Request, link: str | None) -> str:
    it = verb(request, "it", "them")
    if request.announcement.ts is None:
        return (
            "The app could not post about it, in the channel or to you. Ask the app's"
            " administrator to look at its log."
        )
    if request.announcement.direct:
        where = linked(link, "your direct messages with the app") if link else "a direct message"
        return f"The app can't post in this channel: follow {it} in {where}."
    if request.parent_ts is not None:
        where = "in the thread of that message"
        return f"Follow {it} {linked(link, where) if link else where}; the result comes there."
    where = linked(link, "in the channel") if link else "in this channel"
    return f"Follow {it} {where}; the result comes in that thread."


def question_expired(request: Request) -> Message:
    """Return the answer to a click that came too late."""
    if request.ends_as is not None:
        return closed_privately(request)
    stands = verb(request, "the batch stands", "the batches stand")
    return say(
        f"This question was valid for {minutes(CONFIRMATION_VALID)} and is over, so nothing was"
        f" cancelled. Type {command(request)} to see how {stands} now."
    )


def current_status(  # noqa: C901 - one line for each
    request: Request, viewer: str, link: str | None
) -> Message:
    """Return what already happened to a request, for somebody who comes after that."""
    who = "You" if viewer == request.user_id else mention(request.user_id)
    what = subject(request)
    if request.ends_as is not None:
        return closed_privately(request)
    match request.state:
        case RequestState.DECLINED:
            text = f"{who} chose to keep {what} running. Nothing was cancelled by this question."
        case RequestState.EXPIRED:
            return question_expired(request)
        case RequestState.REFUSED:
            return refused(request)
        case RequestState.ASKED:
            text = f"{who} asked about {what}. Nothing was cancelled yet."
        case RequestState.PICKING | RequestState.LOOKING | RequestState.ANSWERED:
            text = f"{who} asked for the list of batches. Nothing was cancelled by that."
        case RequestState.NEEDS_APPROVAL:
            text = waits_until(request, viewer, what, link)
        case RequestState.CLOSING:
            text = f"{who} asked to cancel {what}: it was decided, and nothing is cancelled by it."
        case RequestState.WITHDRAWN:
            it_goes = verb(request, "it was sent: it goes", "anything was sent: they go")
            text = f"{who} withdrew the cancellation of {what} before {it_goes} on."
        case RequestState.CONFIRMED | RequestState.REPORTED | RequestState.ABANDONED:
            if len(request.cancellations) == 1:
                return status_of_batch(request.cancellations[0], viewer, link)
            lead, lines = f"{who} confirmed already:", standing_lines(request)
            see = [follow_link(link).strip()] if link else []
            return Message(" ".join([lead, *lines, *see]), in_blocks([lead, *lines, *see]))
        case unknown:
            assert_never(unknown)
    return say(text)


def status_of_batch(row: Cancellation, viewer: str, link: str | None) -> Message:
    """Return how the cancellation of one batch stands, and who asked for it."""
    what, see = code(row.batch_id), follow_link(link)
    who = "You" if viewer == row.user_id else mention(row.user_id)
    agreed = f", approved by {mention(row.approved_by)}" if row.approved_by else ""
    when = f"{moment(row.confirmed_at)}{agreed}"
    match row.state:
        case State.CONFIRMED if row.not_before is not None and row.is_unsent:
            text = f"{who} confirmed already ({when}): {what} {standing(row)}. One is enough."
        case State.CONFIRMED:
            text = (
                f"{who} confirmed already ({when}): Respan is being asked to cancel {what}. One"
                " is enough."
            )
        case State.CANCELLING:
            text = (
                f"{who} confirmed already ({when}): {what} is being cancelled,"
                f" {progress(row.batch)}.{see}"
            )
        case State.ABANDONED:
            limit = hours(GIVE_UP_AFTER)
            text = f"{who} asked to cancel {what}; its end was not seen within {limit}.{see}"
        case State.ENDED:
            text = f"{who} confirmed already, and it is over: {what} {ending(row.batch)}.{see}"
        case State.REFUSED | State.WITHDRAWN | State.EXPIRED | State.CHANGED:
            text = f"{who} confirmed already, and it is over: {what} {standing(row)}."
        case unknown:
            assert_never(unknown)
    return say(text)


def being_cancelled(
    others: Sequence[tuple[Cancellation, str | None]], viewer: str, request_id: str
) -> Message:
    """Return who is cancelling the batches already; each comes with its announcement's link.

    `request_id` is the viewer's own request: others' ends can be followed by it.
    """
    told = _who_is_cancelling(others, viewer)
    if all(row.user_id == viewer for row, _ in others):
        return told
    return Message(f"{told.text} {CHOOSE_TELL}", [*told.blocks, *tell_offer(request_id)])


def _who_is_cancelling(others: Sequence[tuple[Cancellation, str | None]], viewer: str) -> Message:
    if len(others) == 1:
        ((row, link),) = others
        return status_of_batch(row, viewer, link)
    lines = fitting(
        [
            f"{code(row.batch_id)}: by {mention(row.user_id)} since {moment(row.confirmed_at)}."
            f"{follow_link(link)}"
            for row, link in others
        ],
        [f"{code(row.batch_id)}: by {mention(row.user_id)}." for row, _ in others],
    )
    lead = "All of them are being cancelled already, so nothing was begun:"
    return Message(" ".join([lead, *lines]), [section(lead), *in_blocks(lines)])

"""How batches stand, for somebody who only looks: the confirmation's facts without its buttons."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from bot.domain.batch import Batch
from bot.domain.cancellation import Cancellation, State
from bot.domain.message import Block, Message
from bot.domain.policy import NO_POLICY, Policy
from bot.domain.refusal import DENIALS, Refusal
from bot.domain.request import Request, Target
from bot.views.facts import numbers
from bot.views.lines import fitting, in_blocks, reason, standing
from bot.views.owners import owner_in_line, owner_of
from bot.views.refusals import denial_words
from bot.views.second_person import waits_until
from bot.views.words import (
    COMMAND,
    batches,
    code,
    context,
    fields,
    follow_link,
    listed,
    mention,
    moment,
    progress,
    progress_lines,
    say,
    section,
    sentence,
)

_UNREAD = "its numbers can't be read at the moment"
_STRANGE = "a cancellation of it was begun by another version of the app, which this one can't read"


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Who is cancelling what: cancellations by their batches' ids, with their messages' addresses.

    `unreadable` are the ids of those whose cancellation is another version's. `asked` are requests
    that wait for a second person, in the same way.
    """

    rows: Mapping[str, tuple[Cancellation, str | None]]
    unreadable: Collection[str] = ()
    asked: Mapping[str, tuple[Request, str | None]] = field(default_factory=dict)


def card(request: Request, others: UnderWay, now: float, policy: Policy = NO_POLICY) -> Message:
    """Return how the batches stand: all that is known of a single one, a line each of several."""
    names_owners = policy.owner_key is not None
    if len(request.targets) > 1:
        return _lines(request, others, names_owners=names_owners)
    (target,) = request.targets
    batch, who = _batch(target, others), _who(request.user_id, target.batch_id, others)
    more = " ".join(part for part in (who, _next(target, batch, who)) if part)
    if batch is None:
        return say(f"{code(target.batch_id)}: {_why_unread(target)}. {more}".strip())
    headline = f"{code(target.batch_id)} is {code(batch.status)}."
    owner = [("Owner", owner_of(target, request.user_id))] if names_owners else []
    told, shown = _ended(batch, owner) if batch.is_final else numbers(batch, now, owner)
    blocks = [section(f"*{headline}*"), *shown, *([context(more)] if more else [])]
    return Message(" ".join(part for part in (headline, told, more) if part), blocks)


def not_looked_at(refusal: Refusal | None) -> Message:
    """Return why nothing was looked up."""
    if refusal is not None and refusal in DENIALS:
        return say(f"Nothing was looked up. {denial_words(refusal)}")
    return say(sentence(f"nothing was looked up: {reason(refusal, None, None)}"))


def _batch(target: Target, others: UnderWay) -> Batch | None:
    """Return the batch as it was read, or else as whoever cancels it saw it last."""
    row, _ = others.rows.get(target.batch_id, (None, None))
    return target.batch or (row.batch if row is not None and target.refusal is None else None)


def _why_unread(target: Target) -> str:
    return _UNREAD if target.refusal is None else reason(target.refusal, None, None)


def _next(target: Target, batch: Batch | None, who: str) -> str:
    """Return what can be done about it, "" where nothing is left to do, or somebody does it."""
    if who or target.refusal is not None or (batch is not None and batch.is_final):
        return ""
    again = code(f"{COMMAND} {target.batch_id}")
    return f"Nothing is cancelled by looking. Type {again} to cancel it."


def _ended(batch: Batch, more: Sequence[tuple[str, str]]) -> tuple[str, list[Block]]:
    """Return how a batch ended, as text and as blocks."""
    facts = [
        ("Endpoint", code(batch.endpoint) if batch.endpoint else "not known"),
        ("Model", code(batch.model) if batch.model else "not known"),
        ("Ended", moment(batch.ended_at) if batch.ended_at is not None else "not known"),
    ]
    files = [("Output file", batch.output_file_id), ("Error file", batch.error_file_id)]
    facts += [(label, code(file_id)) for label, file_id in files if file_id]
    facts += more
    error = f"Its error: {code(batch.error)}." if batch.error else ""
    text = f"{sentence(progress(batch))} {listed(*facts)} {error}".strip()
    return text, [
        fields(*facts),
        section(progress_lines(batch)),
        *([section(error)] if error else []),
    ]


def _who(viewer: str, batch_id: str, others: UnderWay) -> str:
    """Return who is cancelling a batch since when, or asks for it, "" where nobody does."""
    if batch_id in others.unreadable:
        return sentence(_STRANGE)
    if batch_id not in others.rows:
        request, link = others.asked.get(batch_id, (None, None))
        return "" if request is None else waits_until(request, viewer, "it", link)
    row, link = others.rows[batch_id]
    who = "You" if row.user_id == viewer else mention(row.user_id)
    return f"{who} {_does(row, is_viewer=row.user_id == viewer)}.{follow_link(link)}"


def _does(row: Cancellation, *, is_viewer: bool) -> str:
    """Return what somebody is doing about a batch, or did, after their name."""
    since = moment(row.confirmed_at)
    match row.state:
        case State.CONFIRMED:
            return f"confirmed its cancellation ({since}), and Respan has not accepted it yet"
        case State.CANCELLING:
            return f"{'are' if is_viewer else 'is'} cancelling it since {since}"
        case (
            State.ENDED
            | State.REFUSED
            | State.WITHDRAWN
            | State.EXPIRED
            | State.ABANDONED
            | State.CHANGED
        ):
            return f"asked to cancel it ({since}): it {standing(row)}"
        case unknown:
            assert_never(unknown)


def _lines(request: Request, others: UnderWay, *, names_owners: bool) -> Message:
    viewer = request.user_id
    long = [_line(viewer, t, others, names_owners=names_owners) for t in request.targets]
    short = [_short(target, others) for target in request.targets]
    lines = fitting(long, short, _shortest(request, others))
    lead = f"{batches(len(lines))}, as they stand now. Nothing is cancelled by looking."
    return Message(" ".join([lead, *lines]), [section(lead), *in_blocks(lines)])


def _line(viewer: str, target: Target, others: UnderWay, *, names_owners: bool) -> str:
    batch, who = _batch(target, others), _who(viewer, target.batch_id, others)
    if batch is None:
        return f"{code(target.batch_id)}: {_why_unread(target)}. {who}".strip()
    model = f", {code(batch.model)}" if batch.model else ""
    ended = f" ({moment(batch.ended_at)})" if batch.is_final and batch.ended_at else ""
    whose = f", {owner_in_line(target, viewer)}" if names_owners else ""
    facts = f"{code(batch.status)}{ended}{model}, {progress(batch)}{whose}"
    return f"{code(target.batch_id)}: {facts}. {who}".strip()


def _short(target: Target, others: UnderWay) -> str:
    """Return a line without times, models and addresses."""
    batch = _batch(target, others)
    row, _ = others.rows.get(target.batch_id, (None, None))
    by = "" if row is None else f", by {mention(row.user_id)}"
    facts = _why_unread(target) if batch is None else f"{code(batch.status)}, {_share(batch)}"
    return f"{code(target.batch_id)}: {facts}{by}."


def _share(batch: Batch) -> str:
    counts = batch.counts
    if counts is None:
        return "its progress is not known"
    return f"{100 * min(counts.total, counts.completed + counts.failed) // counts.total}% done"


def _shortest(request: Request, others: UnderWay) -> list[str]:
    """Return a line for each batch for which there is room whatever its id is."""
    found = [(target, _batch(target, others)) for target in request.targets]
    return [
        f"{code(target.batch_id)}: "
        + (code(batch.status[:20]) if batch is not None else "not known")
        + (", being cancelled" if target.batch_id in others.rows else "")
        + "."
        for target, batch in found
    ]

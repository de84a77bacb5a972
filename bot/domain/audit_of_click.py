"""What is recorded of a click: who decided what, or was not let do it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.domain.audit import At, Event, Record
from bot.domain.audit_facts import denial
from bot.domain.audit_of import about, closed, refused, sent_for_approval
from bot.domain.cancellation import Cancellation, State
from bot.domain.clicked import (
    Click,
    ClickDenied,
    Moved,
    NotMoved,
    Taken,
    WrongPerson,
    WrongPlace,
)
from bot.domain.request import Request, RequestState


def of_click(
    click: Click, before: Request | None, clicked: Moved | NotMoved, at: float
) -> tuple[Record, ...]:
    """Return what is recorded of a click at a time; `before` is the request that it was on.

    A click on what is over, on no question, or with nothing chosen decides nothing.
    """
    if isinstance(clicked, Moved) and before is not None:
        return _of_move(click, before, clicked.request, at)
    return of_no_move(click, clicked)


def of_no_move(click: Click, clicked: object) -> tuple[Record, ...]:
    """Return what is recorded of a click that moves nothing: a denial, if it is one."""
    if isinstance(clicked, ClickDenied):
        record = _denied(click, clicked.request, denial(clicked.why, At.CLICK, clicked.role))
        return (replace(record, channel_id=clicked.channel),)
    if isinstance(clicked, WrongPerson | WrongPlace):
        return (_denied(click, clicked.request, denial(clicked.word, At.CLICK)),)
    if isinstance(clicked, Taken):
        return (refused(clicked.request, click.user, click.key),)
    return ()


def _denied(click: Click, request: Request | None, details: dict[str, object]) -> Record:
    about_none = Record(Event.DENIED, click.user, click.team, click.channel, key=click.key)
    record = replace(about_none, details=details)
    if request is None:
        return record
    team = click.team or request.team_id
    return replace(record, team_id=team, request_id=request.id, batch_ids=request.batch_ids)


def _of_move(click: Click, before: Request, after: Request, at: float) -> tuple[Record, ...]:
    by, key = click.user, click.key
    if after.state is RequestState.CONFIRMED is not before.state:
        return _begun(click, before, after)
    if after.state is RequestState.NEEDS_APPROVAL is not before.state:
        return (sent_for_approval(after, by, key),)
    if after.state is RequestState.ASKED is not before.state:
        return (about(after, Event.ASKED, {"picked": True}, by, key),)
    if before.state is not RequestState.CONFIRMED:
        return closed(before, after, by, key)
    return _of_rows(click, before, after, at)


def _begun(click: Click, before: Request, after: Request) -> tuple[Record, ...]:
    """Return the confirmation, or the approval of it, and which batches others cancel already."""
    own = tuple(row.batch_id for row in after.own)
    if before.state is RequestState.NEEDS_APPROVAL:
        details = {"asked_by": after.user_id, "round": after.asked_again}
        first = about(after, Event.APPROVED, details, click.user, click.key, batch_ids=own)
    else:
        ends = next((row.not_before for row in after.own), None)
        more = {"round": after.asked_again, "not_before": ends}
        first = about(after, Event.CONFIRMED, more, click.user, click.key, batch_ids=own)
    joined = [row for row in after.cancellations if row.request_id != after.id]
    if not joined:
        return (first,)
    others = [
        {"id": row.batch_id, "request_id": row.request_id, "user_id": row.user_id} for row in joined
    ]
    ids = tuple(row.batch_id for row in joined)
    return first, about(after, Event.JOINED, {"others": others}, key=click.key, batch_ids=ids)


def _of_rows(click: Click, before: Request, after: Request, at: float) -> tuple[Record, ...]:
    """Return what a click on a confirmed request does to its cancellations."""
    changed = [
        (old, new)
        for old, new in zip(before.cancellations, after.cancellations, strict=True)
        if old != new
    ]
    undone = [old for old, new in changed if _is_withdrawn(new) and _is_held(old, at)]
    rest = [new for old, new in changed if _is_withdrawn(new) and not _is_held(old, at)]
    sent = [new for old, new in changed if old.withdrawn_at is None is not new.withdrawn_at]
    at_once = [new for old, new in changed if old.not_before is not None and not new.not_before]
    withdrawn = [*rest, *sent]
    records = []
    if undone:
        records.append(_of(click, after, Event.UNDONE, undone, {}))
    if withdrawn:
        details = {"was": str(RequestState.CONFIRMED), "may_be_sent": [c.batch_id for c in sent]}
        records.append(_of(click, after, Event.WITHDRAWN, withdrawn, details))
    if at_once:
        records.append(_of(click, after, Event.CANCEL_NOW, at_once, {}))
    return tuple(records)


def _of(
    click: Click,
    request: Request,
    event: Event,
    rows: Sequence[Cancellation],
    details: Mapping[str, object],
) -> Record:
    ids = tuple(row.batch_id for row in rows)
    return about(request, event, details, click.user, click.key, batch_ids=ids)


def _is_withdrawn(row: Cancellation) -> bool:
    return row.state is State.WITHDRAWN


def _is_held(row: Cancellation, at: float) -> bool:
    """Return whether a cancellation waits for the end of its undo window at that time."""
    return row.is_unsent and row.not_before is not None and at < row.not_before

"""Rows and batches that tests begin from."""

from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

from bot.domain.batch import Batch, Counts, Usage
from bot.domain.cancellation import Cancellation, State
from bot.domain.message import MessageState
from bot.domain.money import Price, PriceList
from bot.domain.refusal import Refusal
from bot.domain.request import Request, RequestState, Target

ASKED_AT = 1_711_475_100.0
"""When the example question was asked: 2024-03-26 17:45:00 UTC."""

BATCH = Batch(
    id="batch_abc123",
    status="in_progress",
    endpoint="/v1/chat/completions",
    model="gpt-4o-mini",
    counts=Counts(total=100, completed=23, failed=1),
    created_at=1_711_471_533.0,
    in_progress_at=1_711_471_538.0,
    expires_at=1_711_557_933.0,
)

SPENT = replace(BATCH, usage=Usage(12_000_000, 4_000_000, 3_600_000))
"""The example batch as it is once Respan tells its tokens."""

PRICES: PriceList = {"gpt-4o-mini": Price(Decimal("0.075"), Decimal("0.3"), Decimal("0.0375"))}
"""What they cost: $1.83, and $6.05 for the 76 that have not run."""

REQUEST = Request(
    id="c" * 32,
    token="the-token",
    targets=(Target(BATCH.id, BATCH),),
    user_id="U0ANA",
    channel_id="C0BATCHES",
    asked_at=ASKED_AT,
    shown_at=ASKED_AT + 1,
    expires_at=ASKED_AT + 601,
    command_url="https://slack.test/commands/1",
    claimed_at=ASKED_AT + 1,
)
"""Asked and shown."""

ROW = Cancellation(
    id="d" * 32,
    request_id=REQUEST.id,
    batch_id=BATCH.id,
    user_id="U0ANA",
    channel_id="C0BATCHES",
    confirmed_at=ASKED_AT + 60,
    batch=BATCH,
    claimed_at=ASKED_AT + 1,
)
"""Confirmed."""

STAGES = (
    *("asked", "confirmed", "cancelling", "ended", "reported"),
    *("declined", "withdrawn", "expired", "refused", "abandoned"),
    *("picking", "looking", "answered"),
)
"""How far a request about one batch can have come."""

_OF_REQUEST = {field.name for field in fields(Request)}


def row_in(state: State, **changes: Any) -> Cancellation:
    """Return the example cancellation as it typically stands in a state."""
    row = replace(ROW, state=state)
    if state in {State.CANCELLING, State.ENDED, State.ABANDONED}:
        cancelling = replace(BATCH, status="cancelling")
        row = replace(row, batch=cancelling, accepted_at=ASKED_AT + 61)
    if state is State.ENDED:
        row = replace(row, batch=ended_as("cancelled"), ended_at=ASKED_AT + 155)
    return replace(row, **changes)


def request_in(stage: str, **changes: Any) -> Request:
    """Return the example request as it typically stands, with its one cancellation.

    A change of `batch` is one of what was shown, as long as nothing is confirmed.
    """
    own = {name: value for name, value in changes.items() if name in _OF_REQUEST}
    rest = {name: value for name, value in changes.items() if name not in _OF_REQUEST}
    if stage in {"picking", "looking", "asked", "declined", "expired", "refused", "answered"}:
        target = replace(REQUEST.targets[0], **rest)
        asked = replace(REQUEST, state=RequestState(stage), targets=(target,))
        return replace(asked, **own)
    row = row_in(State.ENDED if stage == "reported" else State(stage), **rest)
    return replace(_confirmed(stage, row), **own)


def _confirmed(stage: str, *rows: Cancellation) -> Request:
    ended = stage in {"reported", "withdrawn", "abandoned"}
    request = replace(
        REQUEST,
        state=RequestState(stage) if ended else RequestState.CONFIRMED,
        confirmed_at=ASKED_AT + 60,
        click_url="https://slack.test/actions/1",
        cancellations=rows,
    )
    if stage in {"confirmed", "withdrawn"}:
        return request
    posted = MessageState(channel="C0BATCHES", ts="1711475161.000100")
    return replace(request, announcement=posted)


def several_in(stage: str, *rows: Cancellation, **changes: Any) -> Request:
    """Return a request about several batches, with these cancellations or as many as it asks for.

    Of four batches one is final already; of one nothing is known but its id.
    """
    targets = (
        Target("batch_aaa", BATCH),
        Target("batch_bbb", replace(BATCH, model=None, counts=Counts(400, 100, 3))),
        Target("batch_ccc"),
        Target("batch_ddd", ended_as("completed"), Refusal.FINAL),
    )
    asked = replace(REQUEST, targets=targets)
    if stage in {"picking", "looking", "asked", "declined", "expired", "refused", "answered"}:
        return replace(asked, state=RequestState(stage), **changes)
    states = {"reported": State.ENDED, "ended": State.ENDED}
    made = rows or tuple(
        row_in(states.get(stage) or State(stage), batch_id=t.batch_id, id=t.batch_id)
        for t in targets[:3]
    )
    return replace(_confirmed(stage, *made), targets=targets, **changes)


def ended_as(status: str, **changes: Any) -> Batch:
    """Return the example batch as it ended, with a few more requests done."""
    ended = replace(
        BATCH,
        status=status,
        counts=Counts(total=100, completed=28, failed=1),
        ended_at=ASKED_AT + 155,
        output_file_id="file-out123",
        error_file_id="file-err123",
    )
    return replace(ended, **changes)

"""The undo window: who may take back what, and until when."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.approval import approve, value_of
from bot.domain.cancellation import MOVES, Cancellation, State
from bot.domain.clicked import (
    AlreadyHandled,
    AlreadySent,
    Click,
    Decide,
    Moved,
    Unknown,
    WrongPerson,
    WrongPlace,
)
from bot.domain.clicks import confirm
from bot.domain.message import MessageState
from bot.domain.person import Kind, Person
from bot.domain.policy import Policy
from bot.domain.request import REQUEST_MOVES, Request, RequestState
from bot.domain.request_steps import next_request_step
from bot.domain.undo import cancel_now, has_window, undo, undoable
from tests.rows import ASKED_AT, REQUEST, STAGES, request_in, row_in, several_in

ENDS = ASKED_AT + 70
IN_TIME, LATE = ENDS - 1, ENDS
HELD = row_in(State.CONFIRMED, not_before=ENDS)
NEXT = "https://slack.test/actions/2"


def click(user: str = "U0ANA", channel: str = "C0BATCHES") -> Click:
    return Click(user, channel, REQUEST.id, NEXT, "key")


def held(**changes: Any) -> Request:
    return request_in("confirmed", not_before=ENDS, **changes)


def two(*rows: Cancellation) -> Request:
    named = [replace(row, id=str(n), batch_id=f"batch_{n}") for n, row in enumerate(rows)]
    return several_in("confirmed", *named)


@pytest.mark.parametrize("deciding", [undo, cancel_now])
@pytest.mark.parametrize(
    ("user", "channel", "expected"),
    [
        ("U0ANA", "C0BATCHES", Moved),
        ("U0ANA", "D0ANA", Moved),
        ("U0ANA", "C0GENERAL", WrongPlace),
        ("U0BEN", "C0BATCHES", WrongPerson),
        ("U0BEN", "D0BEN", WrongPerson),
    ],
)
def test_who_may_and_where(deciding: Any, user: str, channel: str, expected: type) -> None:
    """Only who confirmed, where they did, or in their direct messages."""
    result = deciding(click(user, channel))(held(), IN_TIME)
    assert type(result) is expected


@pytest.mark.parametrize("deciding", [undo, cancel_now])
def test_of_nothing(deciding: Any) -> None:
    """A button of no request does nothing."""
    assert deciding(click())(None, IN_TIME) == Unknown()


@pytest.mark.parametrize(
    ("row", "at", "undone", "hurried"),
    [
        ({}, IN_TIME, Moved, Moved),
        ({}, LATE, Moved, AlreadyHandled),
        ({"not_before": None}, IN_TIME, Moved, AlreadyHandled),
        ({"requesting_since": ENDS}, LATE, AlreadySent, AlreadyHandled),
        ({"requesting_since": ENDS}, IN_TIME, AlreadySent, AlreadyHandled),
        ({"waits_for": "unavailable"}, LATE, Moved, AlreadyHandled),
        ({"state": State.CANCELLING}, LATE, AlreadySent, AlreadyHandled),
        ({"state": State.ENDED}, LATE, AlreadySent, AlreadyHandled),
        ({"state": State.ABANDONED}, LATE, AlreadySent, AlreadyHandled),
    ],
)
def test_until_when(row: dict[str, Any], at: float, undone: type, hurried: type) -> None:
    """What is not sent can be undone; the intent of the call is the border, not the deadline."""
    changes: dict[str, Any] = {"state": State.CONFIRMED, "not_before": ENDS} | row
    made = row_in(**changes)
    request = replace(held(), cancellations=(made,))
    assert type(undo(click())(request, at)) is undone
    assert type(cancel_now(click())(request, at)) is hurried


@pytest.mark.parametrize("stage", STAGES)
def test_in_every_state(stage: str) -> None:
    """Without a window nothing is hurried; what is over says whether Respan was asked."""
    request = request_in(stage)
    is_sent = request.state in {
        RequestState.CONFIRMED,
        RequestState.REPORTED,
        RequestState.ABANDONED,
    }
    expected: type = AlreadySent if is_sent else AlreadyHandled
    expected = Moved if stage == "confirmed" else expected
    assert type(undo(click())(request, IN_TIME)) is expected
    assert cancel_now(click())(request, IN_TIME) == AlreadyHandled(request)


def moved(decide: Decide, request: Request) -> Request:
    result = decide(request, IN_TIME)
    assert isinstance(result, Moved)
    return result.request


def test_undo_ends_the_request() -> None:
    """Its one cancellation is withdrawn, by moves that the store makes."""
    after = moved(undo(click()), held())
    assert after.state is RequestState.WITHDRAWN
    assert [row.state for row in after.cancellations] == [State.WITHDRAWN]
    assert after.click_url == NEXT
    assert RequestState.WITHDRAWN in REQUEST_MOVES[RequestState.CONFIRMED]
    assert State.WITHDRAWN in MOVES[State.CONFIRMED]


@pytest.mark.parametrize(
    ("other", "goes_on"),
    [
        (row_in(State.CONFIRMED, not_before=ENDS), False),
        (row_in(State.CONFIRMED, requesting_since=ENDS), True),
        (row_in(State.CANCELLING), True),
        (row_in(State.ENDED), True),
        (row_in(State.ABANDONED, accepted_at=None), True),
        (row_in(State.REFUSED), False),
        (row_in(State.CANCELLING, request_id="other"), False),
    ],
)
def test_undo_of_several(other: Cancellation, goes_on: bool) -> None:
    """What may have been sent goes on, and nothing of others is touched."""
    request = two(HELD, other)
    after = moved(undo(click()), request)
    assert after.cancellations[0].state is State.WITHDRAWN
    assert after.state is (RequestState.CONFIRMED if goes_on else RequestState.WITHDRAWN)
    if not (other.state is State.CONFIRMED and other.is_unsent):
        assert after.cancellations[1] == request.cancellations[1]


def test_cancel_now_lets_all_go_that_waits() -> None:
    """The window of each is over; what is under way already stays as it is."""
    sent = row_in(State.CONFIRMED, requesting_since=ENDS)
    request = two(HELD, HELD, sent)
    assert len(undoable(request, IN_TIME)) == 2
    after = moved(cancel_now(click()), request)
    assert [row.not_before for row in after.cancellations] == [None, None, None]
    assert after.cancellations[2] == request.cancellations[2]
    assert undoable(after, IN_TIME) == ()
    assert after.state is RequestState.CONFIRMED
    assert after.click_url == NEXT


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"not_before": None}, False),
        ({"requesting_since": ENDS}, False),
        ({"state": State.WITHDRAWN}, False),
    ],
)
def test_what_has_a_window(changes: dict[str, Any], expected: bool) -> None:
    """Whoever confirms without one reads what they read before there was any."""
    request = replace(held(), cancellations=(replace(HELD, **changes),))
    assert has_window(request) is expected


def test_a_request_in_its_window_has_nothing_to_do() -> None:
    """It is no trouble that anybody should be told of, and nothing is announced."""
    assert next_request_step(held()) is None
    assert next_request_step(two(HELD, HELD)) is None


def test_confirming_sets_the_deadline() -> None:
    """By the setting, and by none where it is off."""
    for seconds, expected in ((10.0, ASKED_AT + 15), (0.0, None)):
        deciding = confirm(click(), Policy(undo=seconds), Person("U0ANA"), lambda: "new")
        result = deciding(several_in("asked"), ASKED_AT + 5)
        assert isinstance(result, Moved)
        assert {row.not_before for row in result.request.cancellations} == {expected}


def test_what_a_second_person_approves_has_no_window() -> None:
    """Their word is the last one."""
    policy = Policy(undo=10.0, approval_over=0)
    sent = confirm(click(), policy, Person("U0ANA"), lambda: "new")(REQUEST, ASKED_AT + 5)
    assert isinstance(sent, Moved)
    waits = replace(sent.request, announcement=MessageState(channel="C0BATCHES", ts="1.1"))
    ben = Person("U0BEN", Kind.MEMBER, is_read=True)
    yes = replace(click("U0BEN"), value=value_of(waits))
    result = approve(yes, policy, Person, ben, lambda: "new")(waits, ASKED_AT + 10)
    assert isinstance(result, Moved)
    assert [row.not_before for row in result.request.cancellations] == [None]
    assert not has_window(result.request)

"""The states of a request, and what it does about its cancellations."""

from dataclasses import fields, replace
from typing import Any

import pytest

from bot.domain.cancellation import Cancellation, State
from bot.domain.message import MessageState
from bot.domain.refusal import Refusal
from bot.domain.request import REQUEST_MOVES, Request, RequestState, Target
from bot.domain.request_steps import NoteKind, RequestStep, next_request_step, note_to_post
from tests.rows import ASKED_AT, REQUEST, request_in, row_in, several_in

POSTED = MessageState(channel="C0BATCHES", ts="1.0")
BEGUN = MessageState(since=1.0, tries=1)
GIVEN_UP = MessageState(given_up=True)

ALL_MOVES = """
picking → asked, answered, expired, refused
looking → answered, refused
asked → needs_approval, confirmed, declined, expired, refused
needs_approval → confirmed, closing, refused
confirmed → reported, refused, withdrawn, abandoned, asked, needs_approval, closing
closing → declined, withdrawn, expired, refused
"""


def test_the_table_of_moves() -> None:
    """A request moves like this, and in no other way."""
    lines = (line.split(" → ") for line in ALL_MOVES.strip().splitlines())
    expected = {before: set(afters.split(", ")) for before, afters in lines}
    assert {before: afters for before, afters in REQUEST_MOVES.items() if afters} == expected
    assert set(REQUEST_MOVES) == set(RequestState)


def test_the_words_that_the_database_holds() -> None:
    """A state, a step and a note are written down in small letters."""
    for kind in (RequestState, RequestStep):
        assert [str(member) for member in kind] == [member.name.lower() for member in kind]
    assert [str(kind) for kind in NoteKind] == ["blind_note", "slow_note"]


def test_a_new_request_has_done_nothing() -> None:
    """What nobody has set is unknown, not done, or none at all."""
    row = Request("c" * 32, "token", "U0ANA", "C0BATCHES", ASKED_AT, (Target("batch_abc123"),))
    unset = {field.name: getattr(row, field.name) for field in fields(row)[6:]}
    nothing: dict[str, Any] = {"state": RequestState.ASKED, "claimed_at": 0.0, "cancellations": ()}
    nothing |= dict.fromkeys(("announcement", "reply"), MessageState())
    nothing |= dict.fromkeys(("attempts", "claim", "wakes", "asked_again"), 0)
    nothing |= dict.fromkeys(("wait_told", "uneditable", "replaces"), False)
    nothing |= dict.fromkeys(("after_change", "changed_told"), False) | {"followers": ()}
    assert unset == dict.fromkeys(unset) | nothing
    assert Target("batch_abc123") == Target("batch_abc123", None, None, None)
    assert row.request_id == row.id


def test_the_only_way_to_a_confirmation_is_a_question() -> None:
    """Nothing is confirmed that was not asked, and nothing reported that was not confirmed."""
    moves = REQUEST_MOVES
    confirmed, reported = RequestState.CONFIRMED, RequestState.REPORTED
    asked, waits = RequestState.ASKED, RequestState.NEEDS_APPROVAL
    assert [s for s in RequestState if confirmed in moves[s]] == [asked, waits]
    assert [s for s in RequestState if waits in moves[s]] == [asked, confirmed]
    assert [s for s in RequestState if reported in moves[s]] == [confirmed]
    before = [s for s in RequestState if RequestState.ASKED in moves[s]]
    assert before == [RequestState.PICKING, confirmed]


@pytest.mark.parametrize(
    ("stage", "changes", "expected"),
    [
        ("picking", {"shown_at": None}, RequestStep.LIST),
        ("picking", {}, RequestStep.EXPIRE),
        ("looking", {"shown_at": None}, RequestStep.LOOK),
        ("answered", {}, None),
        ("asked", {"shown_at": None}, RequestStep.ASK),
        ("asked", {}, RequestStep.EXPIRE),
        ("confirmed", {}, None),
        ("confirmed", {"waits_for": Refusal.UNAVAILABLE}, RequestStep.SAY_WAITING),
        ("confirmed", {"waits_for": Refusal.UNAVAILABLE, "wait_told": True}, None),
        ("confirmed", {"state_": State.REFUSED}, RequestStep.CLOSE),
        ("confirmed", {"state_": State.WITHDRAWN}, RequestStep.CLOSE),
        ("confirmed", {"state_": State.EXPIRED}, RequestStep.ASK_AGAIN),
        ("confirmed", {"state_": State.CHANGED}, RequestStep.ASK_CHANGED),
        ("confirmed", {"state_": State.CHANGED, "changed_told": True}, RequestStep.CLOSE),
        ("confirmed", {"state_": State.ABANDONED}, RequestStep.REPORT),
        ("cancelling", {"announcement": MessageState()}, RequestStep.ANNOUNCE),
        ("cancelling", {"announcement": BEGUN}, RequestStep.ANNOUNCE),
        ("cancelling", {"announcement": GIVEN_UP}, None),
        ("cancelling", {}, RequestStep.REFRESH),
        ("cancelling", {"is_slow": True}, RequestStep.NOTE),
        ("cancelling", {"is_slow": True, "slow_note": POSTED}, RequestStep.REFRESH),
        ("cancelling", {"is_slow": True, "slow_note": GIVEN_UP}, RequestStep.REFRESH),
        ("cancelling", {"is_blind": True}, RequestStep.NOTE),
        ("cancelling", {"slow_note": BEGUN}, RequestStep.NOTE),
        ("ended", {"announcement": MessageState()}, RequestStep.ANNOUNCE),
        ("ended", {"is_slow": True}, RequestStep.REPORT),
        ("ended", {"slow_note": BEGUN}, RequestStep.NOTE),
        ("ended", {"slow_note": MessageState(direct=True)}, RequestStep.REPORT),
        ("ended", {}, RequestStep.REPORT),
        ("ended", {"reply": POSTED}, RequestStep.REPORT),
        ("ended", {"announcement": GIVEN_UP}, RequestStep.REPORT),
        ("reported", {}, None),
        ("declined", {}, None),
        ("withdrawn", {}, None),
        ("expired", {}, None),
        ("refused", {}, None),
        ("abandoned", {}, None),
    ],
)
def test_what_comes_next_for_one_batch(
    stage: str, changes: dict[str, Any], expected: RequestStep | None
) -> None:
    """Each request has one next step, or none where all is done or others are at work."""
    state = changes.pop("state_", None)
    request = request_in(stage, **changes)
    changes |= {} if state is None else {"state_": state}
    if state is not None:
        row = row_in(state, accepted_at=None)
        request = replace(request, cancellations=(row,), announcement=MessageState())
    assert next_request_step(request) is expected


WAITS = row_in(State.CONFIRMED, waits_for=Refusal.UNAVAILABLE)
NEW = row_in(State.CONFIRMED)
TAKEN = row_in(State.CANCELLING)
OVER = row_in(State.ENDED)
NO = row_in(State.REFUSED)
RAN_OUT = row_in(State.EXPIRED)
CHANGED = row_in(State.CHANGED)
LOST = row_in(State.ABANDONED, accepted_at=None)
JOINED = row_in(State.CANCELLING, request_id="another")
JOINED_OVER = row_in(State.ENDED, request_id="another")


@pytest.mark.parametrize(
    ("rows", "changes", "expected"),
    [
        ([NEW, TAKEN], {}, None),
        ([CHANGED, NEW], {}, None),
        ([CHANGED, TAKEN], {}, RequestStep.ASK_CHANGED),
        ([CHANGED, TAKEN], {"changed_told": True}, RequestStep.ANNOUNCE),
        ([CHANGED, WAITS], {}, RequestStep.ASK_CHANGED),
        ([CHANGED, NO], {}, RequestStep.ASK_CHANGED),
        ([CHANGED, NO], {"changed_told": True}, RequestStep.CLOSE),
        ([CHANGED, RAN_OUT], {"changed_told": True}, RequestStep.ASK_AGAIN),
        ([WAITS, NEW, TAKEN], {"wait_told": True}, None),
        ([WAITS, TAKEN], {}, RequestStep.SAY_WAITING),
        ([WAITS, TAKEN], {"wait_told": True}, RequestStep.ANNOUNCE),
        ([TAKEN, OVER], {}, RequestStep.ANNOUNCE),
        ([NO, NO], {}, RequestStep.CLOSE),
        ([NO, NEW], {}, None),
        ([NO, RAN_OUT], {}, RequestStep.ASK_AGAIN),
        ([TAKEN, RAN_OUT], {}, RequestStep.ANNOUNCE),
        ([NO, JOINED], {}, RequestStep.CLOSE),
        ([RAN_OUT, JOINED], {}, RequestStep.ASK_AGAIN),
        ([OVER, JOINED], {"announcement": POSTED}, RequestStep.REFRESH),
        ([OVER, JOINED_OVER, NO], {"announcement": POSTED}, RequestStep.REPORT),
        ([OVER, WAITS], {"announcement": POSTED, "wait_told": True}, RequestStep.REFRESH),
        ([OVER, LOST], {"announcement": POSTED}, RequestStep.REPORT),
        ([LOST, NO], {}, RequestStep.REPORT),
        ([LOST, NEW], {}, None),
    ],
)
def test_what_comes_next_for_several(
    rows: list[Cancellation], changes: dict[str, Any], expected: RequestStep | None
) -> None:
    """It is announced when all first tries are over, and reported when everything is."""
    request = replace(several_in("confirmed", *rows), **changes)
    assert next_request_step(request) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"is_blind": True, "is_slow": True}, NoteKind.BLIND),
        ({"is_blind": True, "is_slow": True, "blind_note": POSTED}, NoteKind.SLOW),
        ({"is_blind": True, "blind_note": MessageState(direct=True)}, NoteKind.BLIND),
        ({"is_slow": True, "slow_note": POSTED}, None),
    ],
)
def test_which_note_comes_next(changes: dict[str, Any], expected: NoteKind | None) -> None:
    """First why nothing can be seen, then that it takes long; each once."""
    assert note_to_post(request_in("cancelling", **changes)) is expected


def test_what_it_knows_of_its_cancellations() -> None:
    """Its own are told from those that it joined, and the last end counts."""
    early = replace(OVER, id="early", ended_at=ASKED_AT + 100)
    request = several_in("cancelling", early, TAKEN, WAITS, NO, JOINED_OVER)
    assert request.own == (early, TAKEN, WAITS, NO)
    assert request.waiting == (WAITS,)
    assert request.accepted == (early, TAKEN)
    assert request.over_at == JOINED_OVER.ended_at
    assert not request.is_over
    assert replace(request, cancellations=(early, NO)).is_over
    assert replace(request, cancellations=(NO,)).over_at is None
    assert request.batch_ids == ("batch_aaa", "batch_bbb", "batch_ccc", "batch_ddd")
    assert [target.batch_id for target in request.open_targets] == [*request.batch_ids[:3]]


def test_now_is_when_it_was_claimed() -> None:
    """A step's time is the database's, taken when it claimed the row."""
    assert replace(REQUEST, claimed_at=7.0).now == 7.0


@pytest.mark.parametrize(
    ("announcement", "parent"),
    [
        (MessageState(channel="C1", ts="3.4"), "1.2"),
        (MessageState(channel="D1", ts="3.4", direct=True), None),
        (MessageState(), None),
        (MessageState(given_up=True), None),
    ],
)
def test_in_whose_thread_it_is_announced(announcement: MessageState, parent: str | None) -> None:
    """Only an announcement in the place of the question stands below the message."""
    request = request_in("cancelling", thread_ts="1.2", announcement=announcement)
    assert request.parent_ts == parent
    assert replace(request, thread_ts=None).parent_ts is None

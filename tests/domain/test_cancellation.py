"""The states, what comes next in each, and what a click is worth."""

from dataclasses import fields, replace
from enum import StrEnum
from typing import Any

import pytest

from bot.domain.cancellation import (
    LIVE,
    MOVES,
    Cancellation,
    MessageState,
    Refusal,
    State,
    Step,
    next_step,
)
from bot.domain.clicks import Verdict, judge_click, judge_withdrawal
from tests.rows import ASKED_AT, ROW, row_in

POSTED = MessageState(channel="C0BATCHES", ts="1.0")


ALL_MOVES = """
asked → confirmed, declined, expired, refused
confirmed → cancelling, refused, withdrawn, abandoned, asked
cancelling → ended, abandoned
ended → told, abandoned
"""


def test_the_table_of_moves() -> None:
    """A cancellation moves like this, and in no other way."""
    lines = (line.split(" → ") for line in ALL_MOVES.strip().splitlines())
    expected = {before: set(afters.split(", ")) for before, afters in lines}
    assert {before: afters for before, afters in MOVES.items() if afters} == expected


@pytest.mark.parametrize("kind", [State, Refusal, Step])
def test_the_words_that_the_database_holds(kind: type[StrEnum]) -> None:
    """A state, a refusal and a step are written down by their names, in small letters."""
    assert [str(member) for member in kind] == [member.name.lower() for member in kind]


def test_a_new_row_has_done_nothing() -> None:
    """What nobody has set is unknown, not done, or none at all."""
    row = Cancellation("c" * 32, "the-token", "batch_abc123", "U0ANA", "C0BATCHES", ASKED_AT)
    unset = {field.name: getattr(row, field.name) for field in fields(row)[6:]}
    nothing = {
        "state": State.ASKED,
        "announcement": MessageState(),
        "reply": MessageState(),
        "claimed_at": 0.0,
    }
    nothing |= dict.fromkeys(("polls", "attempts", "claim", "asked_again"), 0)
    nothing |= dict.fromkeys(("was_cancelling", "finalized", "uneditable"), False)
    assert unset == dict.fromkeys(unset) | nothing


def test_a_new_post_was_not_tried() -> None:
    """A post that nobody has begun has no intent, no tries and no place."""
    assert MessageState() == MessageState(
        None, 0, None, None, direct=False, given_up=False, late=False
    )


def test_every_state_has_its_moves() -> None:
    """The table names every state; nothing moves back, but to be asked again before it is sent."""
    assert set(MOVES) == set(State)
    order = list(State)
    for before, afters in MOVES.items():
        assert (State.ASKED in afters) is (before is State.CONFIRMED)
        onward = afters - {State.ASKED}
        assert all(order.index(after) > order.index(before) for after in onward)


def test_the_only_way_to_cancelling_is_a_confirmation() -> None:
    """Nothing is cancelled from any other state than `confirmed`, and nothing ended from others."""
    assert [s for s in State if State.CANCELLING in MOVES[s]] == [State.CONFIRMED]
    assert [s for s in State if State.CONFIRMED in MOVES[s]] == [State.ASKED]
    assert [s for s in State if State.ENDED in MOVES[s]] == [State.CANCELLING]
    assert [s for s in State if State.TOLD in MOVES[s]] == [State.ENDED]


def test_final_states_are_final() -> None:
    """What is told, declined, expired, refused or abandoned stays so; the rest can go on."""
    final = {s for s in State if not MOVES[s]}
    assert final == {*set(State) - LIVE - {State.ASKED}}
    assert {State.CONFIRMED, State.CANCELLING, State.ENDED} == LIVE


@pytest.mark.parametrize(
    ("state", "changes", "expected"),
    [
        (State.ASKED, {"shown_at": None}, Step.ASK),
        (State.ASKED, {}, Step.EXPIRE),
        (State.CONFIRMED, {}, Step.REQUEST),
        (State.CANCELLING, {"announcement": MessageState()}, Step.ANNOUNCE),
        (State.CANCELLING, {"announcement": MessageState(since=1.0, tries=1)}, Step.ANNOUNCE),
        (State.CANCELLING, {"announcement": MessageState(given_up=True)}, Step.FOLLOW),
        (State.CANCELLING, {}, Step.FOLLOW),
        (State.CANCELLING, {"slow_note": MessageState()}, Step.NOTE),
        (State.CANCELLING, {"slow_note": POSTED}, Step.FOLLOW),
        (State.CANCELLING, {"slow_note": MessageState(given_up=True)}, Step.FOLLOW),
        (State.CANCELLING, {"blind_note": MessageState()}, Step.NOTE),
        (State.CANCELLING, {"blind_note": POSTED, "slow_note": MessageState()}, Step.NOTE),
        (State.CANCELLING, {"blind_note": POSTED}, Step.FOLLOW),
        (State.WITHDRAWN, {}, None),
        (State.ENDED, {}, Step.REPORT),
        (State.ENDED, {"reply": POSTED}, Step.REPORT),
        (State.ABANDONED, {}, Step.REPORT),
        (State.ABANDONED, {"finalized": True}, None),
        (State.ABANDONED, {"confirmed_at": None}, None),
        (State.TOLD, {}, None),
        (State.DECLINED, {}, None),
        (State.EXPIRED, {}, None),
        (State.REFUSED, {}, None),
    ],
)
def test_what_comes_next(state: State, changes: dict[str, Any], expected: Step | None) -> None:
    """Each row has one next step, or none when all is done."""
    assert next_step(row_in(state, **changes)) is expected


def test_now_is_when_it_was_claimed() -> None:
    """A step's time is the database's, taken when it claimed the row."""
    assert replace(ROW, claimed_at=7.0).now == 7.0


@pytest.mark.parametrize(
    ("post", "settled"), [(MessageState(), False), (MessageState(since=1.0), False), (POSTED, True)]
)
def test_a_post_is_settled_by_its_ts(post: MessageState, settled: bool) -> None:
    """An intent alone is no post."""
    assert post.settled is settled
    assert replace(post, given_up=True).settled


@pytest.mark.parametrize(
    ("state", "changes", "user", "channel", "at", "expected"),
    [
        (State.ASKED, {}, "U0ANA", "C0BATCHES", 600.9, Verdict.VALID),
        (State.ASKED, {}, "U0ANA", "C0BATCHES", 601.0, Verdict.EXPIRED),
        (State.ASKED, {"expires_at": None}, "U0ANA", "C0BATCHES", 2.0, Verdict.EXPIRED),
        (State.ASKED, {"shown_at": None}, "U0ANA", "C0BATCHES", 2.0, Verdict.UNKNOWN),
        (State.ASKED, {}, "U0BEN", "C0BATCHES", 2.0, Verdict.WRONG_PERSON),
        (State.ASKED, {}, "U0ANA", "C0GENERAL", 2.0, Verdict.WRONG_PLACE),
        (State.ASKED, {}, "U0ANA", "", 2.0, Verdict.WRONG_PLACE),
        (State.ASKED, {}, "U0ANA", "D0ANA", 2.0, Verdict.VALID),
        (State.ASKED, {}, "U0BEN", "D0BEN", 2.0, Verdict.WRONG_PERSON),
        (State.WITHDRAWN, {}, "U0ANA", "C0BATCHES", 2.0, Verdict.HANDLED),
        (State.EXPIRED, {}, "U0ANA", "C0BATCHES", 2.0, Verdict.EXPIRED),
        (State.EXPIRED, {}, "U0BEN", "C0BATCHES", 2.0, Verdict.WRONG_PERSON),
        (State.DECLINED, {}, "U0ANA", "C0BATCHES", 2.0, Verdict.HANDLED),
        (State.CONFIRMED, {}, "U0ANA", "C0BATCHES", 2.0, Verdict.HANDLED),
        (State.CANCELLING, {}, "U0ANA", "C0BATCHES", 2.0, Verdict.HANDLED),
        (State.TOLD, {}, "U0ANA", "C0BATCHES", 2.0, Verdict.HANDLED),
        (State.REFUSED, {"shown_at": None}, "U0ANA", "C0BATCHES", 2.0, Verdict.HANDLED),
    ],
)
def test_what_a_click_is_worth(
    state: State, changes: dict[str, Any], user: str, channel: str, at: float, expected: Verdict
) -> None:
    """Only the person who asked, there, in time, on an open question, confirms."""
    row = row_in(state, **changes)
    assert judge_click(row, user, channel, ASKED_AT + at) is expected


@pytest.mark.parametrize(
    ("state", "changes", "user", "channel", "expected"),
    [
        (State.CONFIRMED, {}, "U0ANA", "C0BATCHES", Verdict.VALID),
        (State.CONFIRMED, {}, "U0ANA", "D0ANA", Verdict.VALID),
        (State.CONFIRMED, {"requesting_since": 1.0}, "U0ANA", "C0BATCHES", Verdict.SENT),
        (State.CONFIRMED, {}, "U0BEN", "C0BATCHES", Verdict.WRONG_PERSON),
        (State.CONFIRMED, {}, "U0ANA", "C0GENERAL", Verdict.WRONG_PLACE),
        (State.ASKED, {}, "U0ANA", "C0BATCHES", Verdict.VALID),
        (State.ASKED, {"shown_at": None}, "U0ANA", "C0BATCHES", Verdict.UNKNOWN),
        (State.CANCELLING, {}, "U0ANA", "C0BATCHES", Verdict.HANDLED),
        (State.WITHDRAWN, {}, "U0ANA", "C0BATCHES", Verdict.HANDLED),
        (State.EXPIRED, {}, "U0ANA", "C0BATCHES", Verdict.HANDLED),
    ],
)
def test_what_a_withdrawal_is_worth(
    state: State, changes: dict[str, Any], user: str, channel: str, expected: Verdict
) -> None:
    """Only the person who confirmed, and only until it is sent."""
    assert judge_withdrawal(row_in(state, **changes), user, channel) is expected


def test_a_withdrawal_of_nothing() -> None:
    """A click that names no row is worth nothing."""
    assert judge_withdrawal(None, "U0ANA", "C0BATCHES") is Verdict.UNKNOWN


def test_a_made_up_token_has_no_row() -> None:
    """A click whose token nobody gave out is worth nothing."""
    assert judge_click(None, "U0ANA", "C0BATCHES", ASKED_AT) is Verdict.UNKNOWN

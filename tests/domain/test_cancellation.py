"""The states of a cancellation, what comes next in each, and what its request has to hear."""

from dataclasses import fields, replace
from enum import StrEnum
from typing import Any

import pytest

from bot.domain.cancellation import (
    LIVE,
    MOVES,
    Cancellation,
    State,
    Step,
    next_step,
    says_more,
)
from bot.domain.message import MessageState
from bot.domain.refusal import Refusal
from tests.rows import ASKED_AT, ROW, ended_as, row_in

POSTED = MessageState(channel="C0BATCHES", ts="1.0")

ALL_MOVES = """
confirmed → cancelling, refused, withdrawn, expired, abandoned, changed
cancelling → ended, abandoned
"""


def test_the_table_of_moves() -> None:
    """A cancellation moves like this, and in no other way."""
    lines = (line.split(" → ") for line in ALL_MOVES.strip().splitlines())
    expected = {before: set(afters.split(", ")) for before, afters in lines}
    assert {before: afters for before, afters in MOVES.items() if afters} == expected
    assert set(MOVES) == set(State)


@pytest.mark.parametrize("kind", [State, Refusal, Step])
def test_the_words_that_the_database_holds(kind: type[StrEnum]) -> None:
    """A state, a refusal and a step are written down by their names, in small letters."""
    assert [str(member) for member in kind] == [member.name.lower() for member in kind]


def test_a_new_row_has_done_nothing() -> None:
    """What nobody has set is unknown, not done, or none at all."""
    row = Cancellation("d" * 32, "c" * 32, "batch_abc123", "U0ANA", "C0BATCHES", ASKED_AT)
    unset = {field.name: getattr(row, field.name) for field in fields(row)[6:]}
    nothing: dict[str, Any] = {"state": State.CONFIRMED, "claimed_at": 0.0}
    nothing |= dict.fromkeys(("polls", "attempts", "claim", "round", "position"), 0)
    nothing |= dict.fromkeys(("was_cancelling", "is_blind", "is_slow", "after_change"), False)
    assert unset == dict.fromkeys(unset) | nothing


def test_a_new_post_was_not_tried() -> None:
    """A post that nobody has begun has no intent, no tries and no place."""
    assert MessageState() == MessageState(
        None, 0, None, None, direct=False, given_up=False, late=False
    )


def test_the_only_way_to_cancelling_is_a_confirmation() -> None:
    """Nothing is cancelled from any other state than `confirmed`, and nothing ended from others."""
    assert [s for s in State if State.CANCELLING in MOVES[s]] == [State.CONFIRMED]
    assert [s for s in State if State.CONFIRMED in MOVES[s]] == []
    assert [s for s in State if State.ENDED in MOVES[s]] == [State.CANCELLING]


def test_what_is_live_can_go_on() -> None:
    """A batch has one cancellation that is not over at most, and any number that are."""
    assert {s for s in State if MOVES[s]} == LIVE == {State.CONFIRMED, State.CANCELLING}
    assert [row_in(state).is_over for state in State] == [state not in LIVE for state in State]


@pytest.mark.parametrize("state", State)
def test_what_comes_next(state: State) -> None:
    """What is confirmed is sent, what is accepted is watched, and the rest is over."""
    steps = {State.CONFIRMED: Step.CANCEL, State.CANCELLING: Step.WATCH}
    assert next_step(row_in(state)) is steps.get(state)


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
    ("changes", "tells"),
    [
        ({}, False),
        ({"attempts": 3, "claim": 4, "claimed_at": 9.0}, False),
        ({"requesting_since": 5.0}, False),
        ({"unread_since": 5.0, "unread_why": Refusal.UNAVAILABLE}, False),
        ({"polls": 1}, True),
        ({"state": State.ENDED}, True),
        ({"batch": ended_as("completed")}, True),
        ({"waits_for": Refusal.UNAVAILABLE}, True),
        ({"is_blind": True}, True),
        ({"is_slow": True}, True),
    ],
)
def test_what_a_request_hears_of(changes: dict[str, Any], tells: bool) -> None:
    """Whatever it shows or waits for; the first poll always, and later ones with news only."""
    row = row_in(State.CANCELLING)
    assert says_more(row, replace(row, **changes)) is tells


def test_a_later_poll_without_news() -> None:
    """It wakes nobody, nor does a first poll that is counted again."""
    row = row_in(State.CANCELLING, polls=1)
    assert not says_more(row, replace(row, polls=2))
    assert not says_more(row, row)

"""Whose end somebody is told of, and when it is too late for that."""

from dataclasses import replace

import pytest

from bot.domain.cancellation import State
from bot.domain.clicked import Live
from bot.domain.follow import Followed, Following, Wish, following, is_told_privately, wanted
from bot.domain.message import MessageState
from bot.domain.refusal import Refusal
from bot.domain.request import RequestState, Target
from tests.rows import request_in, row_in

ASKER = request_in("refused", id="b" * 32, user_id="U0BEN")
OTHER = request_in("cancelling")


def test_what_is_wanted() -> None:
    """What others were cancelling: when it was asked about, or when all was confirmed too late."""
    by_others = Target("batch_b", None, Refusal.ALREADY_CANCELLING, "U0ANA")
    targets = (Target("batch_a"), by_others, Target("batch_c", None, Refusal.FINAL))
    assert wanted(replace(ASKER, targets=targets)) == ("batch_b",)
    taken = replace(ASKER, targets=targets, refusal=Refusal.ALREADY_CANCELLING)
    assert wanted(taken) == ("batch_a", "batch_b")


@pytest.mark.parametrize("state", State)
def test_what_has_an_end_to_come(state: State) -> None:
    """Only what goes on, or has ended without being told, can be followed."""
    goes_on = state in {State.CONFIRMED, State.CANCELLING, State.ENDED}
    found = following(ASKER, Live(row_in(state), OTHER))
    assert found is (Following.FOLLOWED if goes_on else Following.OVER)


@pytest.mark.parametrize("state", RequestState)
def test_whose_reply_is_to_come(state: RequestState) -> None:
    """Only a confirmed request gets one."""
    found = following(ASKER, Live(row_in(State.CANCELLING), replace(OTHER, state=state)))
    assert (found is Following.FOLLOWED) is (state is RequestState.CONFIRMED)


@pytest.mark.parametrize(
    ("reply", "is_open"),
    [
        (MessageState(), True),
        (MessageState(tries=1, direct=True), True),
        (MessageState(since=1.0), False),
        (MessageState(channel="C0BATCHES", ts="1.1"), False),
        (MessageState(given_up=True), False),
    ],
)
def test_the_intent_of_the_reply_settles_it(reply: MessageState, *, is_open: bool) -> None:
    """Before it they are mentioned, from it on they are told at once."""
    found = following(ASKER, Live(row_in(State.ENDED), replace(OTHER, reply=reply)))
    assert found is (Following.FOLLOWED if is_open else Following.OVER)


def test_nobody_follows_themselves() -> None:
    """Their own reply mentions them anyway; what is over is over for them too."""
    own = replace(ASKER, user_id=OTHER.user_id)
    assert following(own, Live(row_in(State.CANCELLING), OTHER)) is Following.OWN
    assert following(own, Live(row_in(State.REFUSED), OTHER)) is Following.OVER


def test_the_word_of_the_click() -> None:
    """It says whether anybody is followed."""
    wishes = tuple(Wish(Live(row_in(State.ENDED), OTHER), f) for f in Following)
    assert Followed(ASKER, wishes).word == "followed"
    assert Followed(ASKER, wishes[1:]).word == "nothing_to_follow"
    assert Followed(ASKER, ()).word == "nothing_to_follow"


def test_who_is_told_privately() -> None:
    """Where the thread is one person's own, nobody else can be mentioned."""
    direct = MessageState(channel="D0ANA", ts="1.1")
    assert not is_told_privately(OTHER)
    assert is_told_privately(replace(OTHER, announcement=direct))
    assert is_told_privately(replace(OTHER, announcement=MessageState(direct=True)))
    assert is_told_privately(replace(OTHER, reply=MessageState(direct=True)))
    assert is_told_privately(replace(OTHER, channel_id="D0ANA", announcement=MessageState()))

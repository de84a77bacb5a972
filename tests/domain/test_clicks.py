"""What a click does: only the person who asked, there, in time, on an open question, confirms."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from bot.domain.approval import taken
from bot.domain.asking import Question
from bot.domain.cancellation import Cancellation, State
from bot.domain.clicked import (
    AlreadyHandled,
    BadChoice,
    Click,
    ClickDenied,
    Clicked,
    Decide,
    Moved,
    Taken,
    TooLate,
    Unknown,
    WrongPerson,
    WrongPlace,
    is_direct,
)
from bot.domain.clicks import confirm, decline, review, why_not_follow, withdraw
from bot.domain.person import Person
from bot.domain.policy import Policy, Role
from bot.domain.refusal import Refusal
from bot.domain.request import RequestState, Target
from tests.rows import ASKED_AT, request_in, row_in, several_in

EVERYONE = Policy()
URL = "https://slack.test/actions/9"


def click(user: str = "U0ANA", channel: str = "C0BATCHES") -> Click:
    return Click(user, channel, "the-token", URL, "key")


def confirming(clicked: Click, policy: Policy = EVERYONE) -> Decide:
    numbers = count(1)
    return confirm(clicked, policy, Person(clicked.user), lambda: f"new{next(numbers)}")


def declining(clicked: Click, policy: Policy = EVERYONE) -> Decide:
    return decline(clicked, policy, Person(clicked.user))


def choosing(*batch_ids: str, user: str = "U0ANA", channel: str = "C0BATCHES") -> Decide:
    return review(replace(click(user, channel), chosen=batch_ids), EVERYONE, Person(user))


ANSWERS = [
    ("asked", {}, "U0ANA", "C0BATCHES", 600.9, Moved),
    ("asked", {}, "U0ANA", "C0BATCHES", 601.0, TooLate),
    ("asked", {"expires_at": None}, "U0ANA", "C0BATCHES", 2.0, TooLate),
    ("asked", {"shown_at": None}, "U0ANA", "C0BATCHES", 2.0, Unknown),
    ("asked", {}, "U0BEN", "C0BATCHES", 2.0, WrongPerson),
    ("asked", {}, "U0ANA", "C0GENERAL", 2.0, WrongPlace),
    ("asked", {}, "U0ANA", "", 2.0, WrongPlace),
    ("asked", {}, "U0ANA", "D0ANA", 2.0, Moved),
    ("asked", {}, "U0BEN", "D0BEN", 2.0, WrongPerson),
    ("withdrawn", {}, "U0ANA", "C0BATCHES", 2.0, AlreadyHandled),
    ("expired", {}, "U0ANA", "C0BATCHES", 2.0, TooLate),
    ("expired", {}, "U0BEN", "C0BATCHES", 2.0, WrongPerson),
    ("declined", {}, "U0ANA", "C0BATCHES", 2.0, AlreadyHandled),
    ("confirmed", {}, "U0ANA", "C0BATCHES", 2.0, AlreadyHandled),
    ("cancelling", {}, "U0ANA", "C0BATCHES", 2.0, AlreadyHandled),
    ("reported", {}, "U0ANA", "C0BATCHES", 2.0, AlreadyHandled),
    ("refused", {"shown_at": None}, "U0ANA", "C0BATCHES", 2.0, AlreadyHandled),
]


@pytest.mark.parametrize("deciding", [confirming, declining])
@pytest.mark.parametrize(("stage", "changes", "user", "channel", "at", "expected"), ANSWERS)
def test_what_an_answer_is_worth(
    deciding: Callable[[Click], Decide],
    stage: str,
    changes: dict[str, Any],
    user: str,
    channel: str,
    at: float,
    expected: type[Clicked],
) -> None:
    """It is one result, which carries the request where there is one to speak of."""
    request = request_in(stage, **changes)
    result = deciding(click(user, channel))(request, ASKED_AT + at)
    assert type(result) is expected
    if not isinstance(result, Moved | Unknown | ClickDenied):
        assert result.request == request


@pytest.mark.parametrize(
    "deciding", [confirming(click()), declining(click()), withdraw(click()), choosing("batch_aaa")]
)
def test_a_made_up_button(deciding: Decide) -> None:
    """A click whose value nobody gave out does nothing."""
    assert deciding(None, ASKED_AT) == Unknown()


@pytest.mark.parametrize("deciding", [confirming, declining])
@pytest.mark.parametrize(
    ("policy", "user", "channel", "expected"),
    [
        (Policy(users=frozenset({"U0BEN"})), "U0ANA", "C0BATCHES", Refusal.NOT_ALLOWED),
        (Policy(users=frozenset({"U0ANA"})), "U0ANA", "C0BATCHES", None),
        (Policy(channels=frozenset({"C0X"})), "U0ANA", "C0BATCHES", Refusal.WRONG_CHANNEL),
        (Policy(channels=frozenset({"C0X"})), "U0BEN", "D0BEN", Refusal.WRONG_CHANNEL),
        (Policy(channels=frozenset({"C0BATCHES"})), "U0ANA", "D0ANA", None),
        (Policy(channels=frozenset({"C0BATCHES"})), "U0ANA", "C0BATCHES", None),
    ],
)
def test_who_may_not(
    deciding: Callable[..., Decide],
    policy: Policy,
    user: str,
    channel: str,
    expected: Refusal | None,
) -> None:
    """It comes first; a question in a direct message belongs to the channel where it was asked."""
    request = request_in("asked")
    result = deciding(click(user, channel), policy)(request, ASKED_AT + 2)
    if expected is None:
        assert isinstance(result, Moved)
        return
    where = channel if user != "U0ANA" else "C0BATCHES"
    assert result == ClickDenied(expected, where, Role.ASKER, request)


def test_who_may_not_on_nothing() -> None:
    """Whoever may not hears so, whatever the button was."""
    policy = Policy(users=frozenset({"U0BEN"}))
    result = confirming(click(), policy)(None, ASKED_AT)
    assert result == ClickDenied(Refusal.NOT_ALLOWED, "C0BATCHES")


def test_a_confirmation_begins_what_is_open() -> None:
    """One cancellation for each batch that was asked about, with what was shown of it."""
    asked = several_in("asked", identifier="ana@example.com", asked_again=2, attempts=3)
    asked = replace(asked, wait_told=True)
    result = confirming(click())(asked, ASKED_AT + 9)
    assert isinstance(result, Moved)
    after = result.request
    assert (after.state, after.confirmed_at) == (RequestState.CONFIRMED, ASKED_AT + 9)
    assert (after.click_url, after.attempts, after.wait_told) == (URL, 0, False)
    assert [row.batch_id for row in after.cancellations] == ["batch_aaa", "batch_bbb", "batch_ccc"]
    assert after.cancellations[1] == Cancellation(
        id="new2",
        request_id=asked.id,
        batch_id="batch_bbb",
        user_id="U0ANA",
        channel_id="C0BATCHES",
        confirmed_at=ASKED_AT + 9,
        round=2,
        position=1,
        identifier="ana@example.com",
        batch=asked.targets[1].batch,
    )


def test_a_confirmation_after_a_change_is_the_last_question() -> None:
    """Its cancellations know that they were asked about once more."""
    result = confirming(click())(request_in("asked", after_change=True), ASKED_AT + 2)
    assert isinstance(result, Moved)
    assert [row.after_change for row in result.request.cancellations] == [True]


@pytest.mark.parametrize(
    ("stage", "changes", "user", "channel", "at", "expected"),
    [
        ("picking", {}, "U0ANA", "C0BATCHES", 600.9, Moved),
        ("picking", {}, "U0ANA", "D0ANA", 2.0, Moved),
        ("picking", {}, "U0ANA", "C0BATCHES", 601.0, TooLate),
        ("picking", {"shown_at": None}, "U0ANA", "C0BATCHES", 2.0, Unknown),
        ("picking", {}, "U0BEN", "C0BATCHES", 2.0, WrongPerson),
        ("picking", {}, "U0ANA", "C0GENERAL", 2.0, WrongPlace),
        ("asked", {}, "U0ANA", "C0BATCHES", 2.0, AlreadyHandled),
        ("asked", {"shown_at": None, "replaces": True}, "U0ANA", "C0BATCHES", 2.0, AlreadyHandled),
        ("expired", {}, "U0ANA", "C0BATCHES", 2.0, TooLate),
        ("confirmed", {}, "U0ANA", "C0BATCHES", 2.0, AlreadyHandled),
        ("answered", {}, "U0ANA", "C0BATCHES", 2.0, AlreadyHandled),
    ],
)
def test_what_a_review_is_worth(
    stage: str, changes: dict[str, Any], user: str, channel: str, at: float, expected: type[Clicked]
) -> None:
    """Only the person who got the list, there, in time; a second click finds the question."""
    request = request_in(stage, **changes)
    result = choosing("batch_aaa", user=user, channel=channel)(request, ASKED_AT + at)
    assert type(result) is expected


def test_a_review_asks_about_what_was_chosen() -> None:
    """The list becomes the question, which is looked up and takes the list's place."""
    request = request_in("picking", words="nightly", attempts=3)
    result = choosing("batch_bbb", "batch_aaa")(replace(request, targets=()), ASKED_AT + 5)
    assert isinstance(result, Moved)
    asked = result.request
    assert asked.state is RequestState.ASKED
    assert asked.targets == (Target("batch_bbb"), Target("batch_aaa"))
    assert (asked.asked_at, asked.shown_at, asked.expires_at) == (ASKED_AT + 5, None, None)
    assert (asked.command_url, asked.replaces, asked.attempts) == (URL, True, 0)


@pytest.mark.parametrize("count_", [0, 21, 100])
def test_a_review_of_none_or_too_many(count_: int) -> None:
    """The list stays as it is."""
    request = request_in("picking")
    chosen = [f"batch_{n}" for n in range(count_)]
    assert choosing(*chosen)(request, ASKED_AT + 5) == BadChoice(request, count_)


def test_nobody_confirms_from_the_list() -> None:
    """Its token is no question's before something was chosen and shown."""
    for deciding in (confirming, declining):
        result = deciding(click())(request_in("picking"), ASKED_AT + 2)
        assert isinstance(result, AlreadyHandled)
        unseen = request_in("asked", shown_at=None, expires_at=None, replaces=True)
        assert isinstance(deciding(click())(unseen, ASKED_AT + 2), TooLate)


def test_keep_running_closes_the_question() -> None:
    """Nothing begins."""
    result = declining(click())(request_in("asked"), ASKED_AT + 2)
    assert result == Moved(request_in("declined"))


@pytest.mark.parametrize(
    ("stage", "changes", "user", "channel", "expected"),
    [
        ("confirmed", {}, "U0ANA", "C0BATCHES", Moved),
        ("confirmed", {}, "U0ANA", "D0ANA", Moved),
        ("confirmed", {"requesting_since": 1.0}, "U0ANA", "C0BATCHES", Moved),
        ("confirmed", {}, "U0BEN", "C0BATCHES", WrongPerson),
        ("confirmed", {}, "U0ANA", "C0GENERAL", WrongPlace),
        ("asked", {}, "U0ANA", "C0BATCHES", Moved),
        ("asked", {"shown_at": None}, "U0ANA", "C0BATCHES", Unknown),
        ("cancelling", {}, "U0ANA", "C0BATCHES", AlreadyHandled),
        ("withdrawn", {}, "U0ANA", "C0BATCHES", AlreadyHandled),
        ("expired", {}, "U0ANA", "C0BATCHES", AlreadyHandled),
    ],
)
def test_what_a_withdrawal_is_worth(
    stage: str, changes: dict[str, Any], user: str, channel: str, expected: type[Clicked]
) -> None:
    """Only the person who confirmed, and only until all of it is accepted."""
    request = request_in(stage, **changes)
    result = withdraw(click(user, channel))(request, ASKED_AT + 2)
    assert type(result) is expected
    if not isinstance(result, Moved | Unknown | ClickDenied):
        assert result.request == request


@pytest.mark.parametrize("stage", ["asked", "confirmed"])
def test_a_withdrawal_of_what_was_not_sent(stage: str) -> None:
    """Nothing is sent any more; a question that was asked again is declined by it."""
    result = withdraw(click())(request_in(stage), ASKED_AT + 99)
    assert isinstance(result, Moved)
    if stage == "asked":
        assert result == Moved(request_in("declined"))
        return
    assert result.request == replace(request_in("withdrawn"), click_url=URL)


def test_a_withdrawal_of_what_may_have_been_sent() -> None:
    """It is noted, once, and what Respan does not take is not sent again."""
    sent = request_in("confirmed", requesting_since=1.0)
    sent = replace(sent, cancellations=(replace(sent.cancellations[0], attempts=4),))
    for earlier, expected in ((None, ASKED_AT + 99), (5.0, 5.0)):
        before = replace(
            sent, cancellations=(replace(sent.cancellations[0], withdrawn_at=earlier),)
        )
        result = withdraw(click())(before, ASKED_AT + 99)
        assert isinstance(result, Moved)
        (row,) = result.request.cancellations
        assert (row.state, row.withdrawn_at, row.attempts) == (State.CONFIRMED, expected, 0)
        assert result.request.state is RequestState.CONFIRMED


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], RequestState.WITHDRAWN),
        ([row_in(State.REFUSED, id="r")], RequestState.WITHDRAWN),
        ([row_in(State.CANCELLING, id="c")], RequestState.CONFIRMED),
        ([row_in(State.ENDED, id="e")], RequestState.CONFIRMED),
        ([row_in(State.ABANDONED, id="a", accepted_at=None)], RequestState.CONFIRMED),
        ([row_in(State.CONFIRMED, id="s", requesting_since=1.0)], RequestState.CONFIRMED),
        ([row_in(State.CONFIRMED, id="j", request_id="another")], RequestState.WITHDRAWN),
    ],
)
def test_a_withdrawal_of_a_part(others: list[Cancellation], expected: RequestState) -> None:
    """What is accepted, or may be, goes its way; what others asked for is theirs."""
    request = several_in("confirmed", row_in(State.CONFIRMED), *others)
    result = withdraw(click())(request, ASKED_AT + 99)
    assert isinstance(result, Moved)
    after = result.request
    assert after.state is expected
    assert after.cancellations[0].state is State.WITHDRAWN
    unmoved = [row for row in others if row.id != "s"]
    assert [row for row in after.cancellations[1:] if row.id != "s"] == unmoved


def test_a_question_of_nowhere_in_particular() -> None:
    """What Slack did not say of a place is not known."""
    question = Question(("batch_abc",), "U0ANA", "C0BATCHES", URL, "key")
    assert (question.team_id, question.channel_kind) == (None, None)


def test_what_others_cancel_already_is_refused() -> None:
    """Nothing of it is this request's."""
    closed = taken(request_in("confirmed"))
    assert (closed.state, closed.refusal) == (RequestState.REFUSED, Refusal.ALREADY_CANCELLING)
    assert closed.cancellations == ()


def test_direct_conversations() -> None:
    """Their ids begin with D."""
    assert [is_direct(channel) for channel in ("D0ANA", "C0D", "G0D", "")] == [True] + [False] * 3


def test_each_result_has_its_word() -> None:
    """What stands in the metrics names it, and no two are the same."""
    kinds = (Moved, Taken, TooLate, WrongPerson, WrongPlace, AlreadyHandled, Unknown, ClickDenied)
    assert " ".join(kind.word for kind in kinds) == (
        "moved already_live expired wrong_person wrong_place handled unknown denied"
    )


@pytest.mark.parametrize(
    ("stage", "user", "channel", "expected"),
    [
        ("refused", "U0ANA", "C0BATCHES", None),
        ("asked", "U0ANA", "D0ANA", None),
        ("refused", "U0BEN", "C0BATCHES", WrongPerson),
        ("refused", "U0ANA", "C0GENERAL", WrongPlace),
    ],
)
def test_who_is_told_too(
    stage: str, user: str, channel: str, expected: type[Clicked] | None
) -> None:
    """Whoever asked, where they asked, also when the question is over."""
    person = Person(user)
    no = why_not_follow(click(user, channel), EVERYONE, person, request_in(stage))
    assert (None if no is None else type(no)) == expected
    nobody = Policy(users=frozenset({"U0CAT"}))
    denied = why_not_follow(click(user, channel), nobody, person, request_in(stage))
    assert isinstance(denied, ClickDenied)
    assert why_not_follow(click(user, channel), EVERYONE, person, None) == Unknown()

"""Who may decide what waits for a second person, until when, and what it then becomes."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from bot.domain.approval import (
    again,
    approve,
    closing,
    disapprove,
    has_all_changed,
    id_in,
    is_over_at,
    may_have_buttons,
    send_for_approval,
    taken,
    value_of,
    withdrawn,
)
from bot.domain.cancellation import State
from bot.domain.clicked import (
    AlreadyHandled,
    Click,
    ClickDenied,
    Clicked,
    Moved,
    TooLate,
    Unknown,
    WrongPlace,
)
from bot.domain.clicks import confirm, withdraw
from bot.domain.message import MessageState
from bot.domain.person import Kind, Person
from bot.domain.policy import Policy, Role
from bot.domain.refusal import Refusal
from bot.domain.request import REQUEST_MOVES, Request, RequestState, Target
from bot.domain.request_steps import RequestStep, next_request_step
from tests.rows import ASKED_AT, BATCH, ended_as, request_in, row_in, several_in

POST = MessageState(channel="C0BATCHES", ts="1711475161.000100")
OVER = Policy(approval_over=50)
UNTIL = ASKED_AT + 3660
NOW = ASKED_AT + 600
BEN = Person("U0BEN", Kind.MEMBER, frozenset(), is_read=True)
WAITING = replace(
    request_in("asked"),
    state=RequestState.NEEDS_APPROVAL,
    confirmed_at=ASKED_AT + 60,
    expires_at=UNTIL,
    click_url="https://slack.test/actions/1",
    announcement=POST,
    refreshed="shown",
)
APPROVED = replace(
    WAITING,
    state=RequestState.CONFIRMED,
    decided_by="U0BEN",
    decided_at=NOW,
    cancellations=(row_in(State.CONFIRMED, approved_by="U0BEN"),),
)


def known(user_id: str) -> Person:
    """Return somebody of whom nothing is known."""
    return Person(user_id)


def click(user: str = "U0BEN", **more: Any) -> Click:
    """Return a click on the message in the channel."""
    own = {"channel": "C0BATCHES", "value": value_of(WAITING), "key": "k", "message_ts": POST.ts}
    return Click(**({"user": user, "url": "https://slack.test/actions/9"} | own | more))


def approving(
    on: Request | None,
    now: float = NOW,
    *,
    by: Click | None = None,
    person: Person = BEN,
    policy: Policy = OVER,
    asker: Callable[[str], Person] = known,
) -> Clicked:
    """Press Approve."""
    numbers = count(1)
    return approve(by or click(), policy, asker, person, lambda: f"new{next(numbers)}")(on, now)


def declining(on: Request | None, now: float = NOW, **more: Any) -> Clicked:
    """Press Decline."""
    who, person = more.get("by") or click(), more.get("person", BEN)
    asker = more.get("asker", known)
    return disapprove(who, more.get("policy", OVER), asker, person)(on, now)


PRESSES = [approving, declining]


def moved(clicked: Clicked) -> Request:
    """Return the request after a click that counts, which is a move that it can make."""
    assert isinstance(clicked, Moved)
    assert clicked.request.state in REQUEST_MOVES[RequestState.NEEDS_APPROVAL]
    return clicked.request


def test_who_asked_presses_ask_for_approval() -> None:
    """It waits from the click on, as long as the policy says; nothing is cancelled yet."""
    asker = Person("U0ANA", Kind.MEMBER, frozenset(), is_read=True)
    by = click("U0ANA", value=WAITING.token)
    decide = confirm(by, replace(OVER, approval_valid=60.0), asker, lambda: "new")
    result = decide(request_in("asked"), ASKED_AT + 10)
    assert isinstance(result, Moved)
    after = result.request
    assert after.state is RequestState.NEEDS_APPROVAL
    assert after.state in REQUEST_MOVES[RequestState.ASKED]
    assert (after.confirmed_at, after.expires_at) == (ASKED_AT + 10, ASKED_AT + 70)
    assert (after.click_url, after.cancellations) == (by.url, ())
    assert next_request_step(after) is RequestStep.ASK_APPROVAL


def test_the_buttons_name_the_round() -> None:
    """Those of an older form are others, and each leads to the request."""
    values = [value_of(replace(WAITING, asked_again=n)) for n in range(3)]
    assert len(set(values)) == 3
    assert {id_in(value) for value in values} == {WAITING.id}


def test_approved() -> None:
    """There is a cancellation for each open batch, by the word of both."""
    on = replace(several_in("asked"), **_waits())
    after = moved(approving(on))
    assert after.state is RequestState.CONFIRMED
    assert (after.decided_by, after.decided_at, after.confirmed_at) == ("U0BEN", NOW, NOW)
    assert [row.batch_id for row in after.own] == ["batch_aaa", "batch_bbb", "batch_ccc"]
    assert {(r.user_id, r.approved_by, r.not_before) for r in after.own} == {
        ("U0ANA", "U0BEN", None)
    }
    assert after.click_url == WAITING.click_url
    assert next_request_step(after) is RequestStep.REFRESH


def _waits() -> dict[str, Any]:
    names = ("state", "confirmed_at", "expires_at", "click_url", "announcement", "refreshed")
    return {name: getattr(WAITING, name) for name in names}


def test_declined() -> None:
    """It is on its way to its end, and nothing is cancelled."""
    after = moved(declining(WAITING))
    assert (after.state, after.ends_as) == (RequestState.CLOSING, RequestState.DECLINED)
    assert (after.decided_by, after.decided_at) == ("U0BEN", NOW)
    assert after.cancellations == ()
    assert next_request_step(after) is RequestStep.CLOSE_ALOUD


def test_who_asked_may_not_agree_but_may_withdraw() -> None:
    """Whoever they are by now: to take it back needs no permission."""
    by = click("U0ANA")
    nobody = Policy(users=frozenset({"U0DAN"}), approval_over=50)
    ana = Person("U0ANA", Kind.GUEST, frozenset(), is_read=True)
    no = approving(WAITING, by=by, person=ana)
    assert no == ClickDenied(Refusal.OWN_REQUEST, "C0BATCHES", Role.APPROVER, WAITING)
    after = moved(declining(WAITING, by=by, person=ana, policy=nobody))
    assert (after.ends_as, after.decided_by) == (RequestState.WITHDRAWN, "U0ANA")
    late = declining(WAITING, UNTIL, by=by, person=ana)
    assert isinstance(late, TooLate)


@pytest.mark.parametrize("press", PRESSES)
@pytest.mark.parametrize(
    ("person", "policy", "why"),
    [
        (BEN, OVER, None),
        (Person("U0BEN", is_read=True), OVER, Refusal.PERSON_UNKNOWN),
        (Person("U0BEN"), OVER, Refusal.PERSON_UNKNOWN),
        *(
            (replace(BEN, kind=kind), OVER, Refusal(kind))
            for kind in (Kind.GUEST, Kind.STRANGER, Kind.BOT, Kind.DEACTIVATED)
        ),
        (BEN, replace(OVER, approvers=frozenset({"U0DAN"})), Refusal.NOT_APPROVER),
        (BEN, replace(OVER, approvers=frozenset({"U0BEN"})), None),
        (Person("U0BEN"), replace(OVER, approvers=frozenset({"U0BEN"})), None),
        (BEN, replace(OVER, approver_usergroups=frozenset({"S1"})), Refusal.NOT_APPROVER),
        (
            replace(BEN, groups=None),
            replace(OVER, approver_usergroups=frozenset({"S1"})),
            Refusal.GROUPS_UNKNOWN,
        ),
        (
            replace(BEN, groups=frozenset({"S1"})),
            replace(OVER, approver_usergroups=frozenset({"S1"})),
            None,
        ),
        (
            replace(BEN, kind=Kind.GUEST, groups=frozenset({"S1"})),
            replace(OVER, approver_usergroups=frozenset({"S1"})),
            Refusal.GUEST,
        ),
        (BEN, replace(OVER, users=frozenset({"U0ANA"})), Refusal.NOT_APPROVER),
    ],
)
def test_who_may_agree(
    press: Callable[..., Clicked], person: Person, policy: Policy, why: Refusal | None
) -> None:
    """Whoever can't be checked may not, and whoever may not changes nothing."""
    result = press(WAITING, person=person, policy=policy)
    if why is None:
        assert moved(result).decided_by == "U0BEN"
    else:
        assert result == ClickDenied(why, "C0BATCHES", Role.APPROVER, WAITING)


@pytest.mark.parametrize("press", PRESSES)
def test_who_asked_was_taken_off(press: Callable[..., Clicked]) -> None:
    """Whoever presses, nothing is carried out, and it is nobody's decision."""
    off = replace(OVER, users=frozenset({"U0BEN"}))
    after = moved(press(WAITING, policy=off))
    assert (after.state, after.ends_as) == (RequestState.CLOSING, RequestState.REFUSED)
    assert (after.refusal, after.decided_by) == (Refusal.NOT_ALLOWED, None)
    deactivated = moved(press(WAITING, asker=lambda who: Person(who, Kind.DEACTIVATED)))
    assert deactivated.refusal is Refusal.DEACTIVATED
    elsewhere = moved(press(WAITING, policy=replace(OVER, channels=frozenset({"C0OPS"}))))
    assert elsewhere.refusal is Refusal.WRONG_CHANNEL


@pytest.mark.parametrize("press", PRESSES)
def test_neither_may(press: Callable[..., Clicked]) -> None:
    """Who may not agree changes nothing, whatever is known of who asked."""
    result = press(WAITING, person=replace(BEN, kind=Kind.GUEST), policy=_without_ana())
    assert isinstance(result, ClickDenied)
    assert result.role is Role.APPROVER


def _without_ana() -> Policy:
    return replace(OVER, usergroups=frozenset({"S1"}), users=frozenset({"U0DAN"}))


@pytest.mark.parametrize("press", PRESSES)
@pytest.mark.parametrize(
    ("on", "at", "more", "expected"),
    [
        (None, NOW, {}, Unknown),
        (WAITING, NOW, {"channel": "C0GENERAL"}, WrongPlace),
        (replace(WAITING, announcement=MessageState()), NOW, {"channel": "C0GENERAL"}, WrongPlace),
        (WAITING, UNTIL - 0.1, {}, Moved),
        (WAITING, UNTIL, {}, TooLate),
        (replace(WAITING, expires_at=None), NOW, {}, TooLate),
        (replace(WAITING, state=RequestState.EXPIRED), NOW, {}, TooLate),
        (closing(WAITING, RequestState.EXPIRED, UNTIL), UNTIL, {}, TooLate),
        (closing(WAITING, RequestState.DECLINED, NOW, "U0DAN"), NOW, {}, AlreadyHandled),
        (APPROVED, NOW, {}, AlreadyHandled),
        (replace(WAITING, asked_again=1), NOW, {}, AlreadyHandled),
    ],
)
def test_what_counts(
    press: Callable[..., Clicked],
    on: Request | None,
    at: float,
    more: dict[str, Any],
    expected: type,
) -> None:
    """It must be that message, that round, in time, and undecided."""
    result = press(on, at, by=click(**more))
    assert type(result) is expected
    if isinstance(result, WrongPlace | TooLate | AlreadyHandled):
        assert result.request == on


@pytest.mark.parametrize("ts", [POST.ts, None])
def test_a_click_before_the_post_is_stored(ts: str | None) -> None:
    """The message that was clicked is the announcement, where the click tells which one it is."""
    on = replace(WAITING, announcement=MessageState(since=NOW - 1, tries=1))
    after = moved(approving(on, by=click(message_ts=ts)))
    seen = MessageState(channel="C0BATCHES", ts=POST.ts)
    assert after.announcement == (on.announcement if ts is None else seen)


def test_withdrawn_with_the_button_of_who_asked() -> None:
    """While it waits, and after it was approved, the channel hears of it; else nobody does."""
    by = click("U0ANA", value=WAITING.id)
    for on in (WAITING, APPROVED):
        result = withdraw(by)(on, NOW)
        assert isinstance(result, Moved)
        after = result.request
        assert (after.state, after.ends_as) == (RequestState.CLOSING, RequestState.WITHDRAWN)
        assert (after.decided_by, after.click_url) == ("U0ANA", None)
    plain = replace(APPROVED, decided_by=None)
    assert withdrawn(plain, NOW, "U0ANA") == replace(plain, state=RequestState.WITHDRAWN)


def test_it_waits_again() -> None:
    """New buttons, the numbers that were read, another deadline; what was left out stays so."""
    read = replace(BATCH, counts=None)
    rows = (row_in(State.CHANGED, batch=read, approved_by="U0BEN"),)
    left_out = Target("batch_ddd", ended_as("completed"), Refusal.FINAL)
    on = replace(APPROVED, targets=(*APPROVED.targets, left_out), cancellations=rows)
    after = again(on, OVER, NOW)
    assert after.state in REQUEST_MOVES[RequestState.CONFIRMED]
    assert after.state is RequestState.NEEDS_APPROVAL
    assert after.targets == (replace(WAITING.targets[0], batch=read), left_out)
    assert value_of(after) != value_of(on)
    assert (after.expires_at, after.refreshed) == (NOW + OVER.approval_valid, None)
    assert (after.decided_by, after.decided_at, after.cancellations) == (None, None, ())
    assert after.after_change
    assert next_request_step(after) is RequestStep.ASK_APPROVAL


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"decided_by": None}, False),
        ({"cancellations": ()}, False),
        ({"cancellations": (row_in(State.CHANGED), row_in(State.REFUSED))}, False),
        ({"cancellations": (row_in(State.CHANGED, request_id="e" * 32),)}, False),
    ],
)
def test_whether_all_has_changed(changes: dict[str, Any], expected: bool) -> None:
    """Only what was approved, and is the request's own as a whole, waits for approval again."""
    on = replace(APPROVED, cancellations=(row_in(State.CHANGED),))
    assert has_all_changed(replace(on, **changes)) is expected


def test_others_have_taken_all() -> None:
    """The channel hears of it where somebody had agreed, else who clicked reads it."""
    assert taken(APPROVED).state is RequestState.CLOSING
    assert taken(APPROVED).ends_as is RequestState.REFUSED
    assert taken(replace(APPROVED, decided_by=None)).state is RequestState.REFUSED
    assert taken(APPROVED).refusal is Refusal.ALREADY_CANCELLING


def test_whether_buttons_may_be_left() -> None:
    """Until Respan has accepted something of what is approved: that brings a newer form anyway."""
    accepted = replace(APPROVED, cancellations=(row_in(State.CANCELLING, approved_by="U0BEN"),))
    asked = [may_have_buttons(on) for on in (APPROVED, accepted, request_in("confirmed"))]
    assert asked == [True, False, False]


def test_since_when_it_is_over() -> None:
    """The last that happened to it counts."""
    assert is_over_at(closing(WAITING, RequestState.DECLINED, UNTIL + 1, "U0BEN")) == UNTIL + 1
    assert is_over_at(WAITING) == UNTIL
    assert is_over_at(replace(WAITING, expires_at=None)) == ASKED_AT + 60
    assert is_over_at(request_in("asked", expires_at=None)) == ASKED_AT


@pytest.mark.parametrize(
    ("on", "step"),
    [
        (WAITING, RequestStep.EXPIRE_APPROVAL),
        (replace(WAITING, announcement=MessageState()), RequestStep.ASK_APPROVAL),
        (replace(WAITING, refreshed=None), RequestStep.ASK_APPROVAL),
        (replace(WAITING, announcement=MessageState(given_up=True)), RequestStep.EXPIRE_APPROVAL),
        (closing(WAITING, RequestState.EXPIRED, UNTIL), RequestStep.CLOSE_ALOUD),
        (APPROVED, RequestStep.REFRESH),
        (replace(APPROVED, cancellations=(row_in(State.EXPIRED),)), RequestStep.CLOSE),
        (replace(APPROVED, cancellations=(row_in(State.REFUSED),)), RequestStep.CLOSE),
        (replace(APPROVED, cancellations=(row_in(State.CHANGED),)), RequestStep.ASK_CHANGED),
    ],
)
def test_what_is_next(on: Request, step: RequestStep) -> None:
    """What was approved is never asked again because it could not be sent."""
    assert next_request_step(on) is step


def test_it_is_sent_for_approval_once_more() -> None:
    """A new click begins a new wait, whatever the older form of the message was."""
    after = send_for_approval(WAITING, OVER, NOW, "https://slack.test/actions/2")
    assert (after.refreshed, after.attempts) == (None, 0)
    assert after.expires_at == NOW + OVER.approval_valid

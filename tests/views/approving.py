"""What people read where a second person must agree."""

from dataclasses import replace
from typing import Any

from bot.domain.cancellation import State
from bot.domain.command import ShowHistory
from bot.domain.history import MOST_UNDER_WAY, MOST_WAITING, Entries, Entry
from bot.domain.message import Message, MessageState
from bot.domain.policy import Policy
from bot.domain.refusal import Refusal
from bot.domain.request import Request, RequestState, Target
from bot.views import (
    approval,
    approval_answers,
    channel,
    confirmation,
    history,
    look,
    status,
    unsent,
)
from tests.rows import ASKED_AT, BATCH, PRICES, SPENT, ended_as, request_in, row_in, several_in

LINK = "https://example.slack.com/archives/C0BATCHES/p1711475161000100"
POST = MessageState(channel="C0BATCHES", ts="1711475161.000100")
NOW = ASKED_AT + 1
ALL = Policy(
    owner_key="owner",
    approval_over=50,
    approval_for_others=True,
    approvers=frozenset({"U0BEN", "U0ANA"}),
    approver_usergroups=frozenset({"S0OPS"}),
)
PLAIN = Policy(approval_over=50)
LONG = "batch_" + "x" * 128
OF_APPROVERS = (
    *(Refusal.OWN_REQUEST, Refusal.NOT_APPROVER, Refusal.GUEST, Refusal.STRANGER, Refusal.BOT),
    *(Refusal.DEACTIVATED, Refusal.PERSON_UNKNOWN, Refusal.GROUPS_UNKNOWN),
)


def approving() -> dict[str, Message]:
    """Return them all, in all the forms in which they differ."""
    return (
        _cards() | _questions() | _closed() | _private() | _clicks() | _looked_at() | _elsewhere()
    )


def waiting(request: Request | None = None, **changes: Any) -> Request:
    """Return a request that waits for a second person, as it typically stands."""
    waits: dict[str, Any] = {
        "state": RequestState.NEEDS_APPROVAL,
        "confirmed_at": ASKED_AT + 60,
        "expires_at": ASKED_AT + 3660,
        "click_url": "https://slack.test/actions/1",
        "announcement": POST,
    }
    return replace(request or request_in("asked"), **(waits | changes))


def closing(ends_as: RequestState, *states: State, **changes: Any) -> Request:
    """Return one that is closing; with `states` it was approved, and its cancellations are so."""
    base = request_in("asked") if len(states) < 2 else several_in("asked")
    rows = tuple(
        row_in(state, batch_id=target.batch_id, approved_by="U0BEN", **_why(state))
        for state, target in zip(states, base.targets, strict=False)
    )
    by = "U0ANA" if ends_as is RequestState.WITHDRAWN else "U0BEN"
    decided: dict[str, Any] = {} if ends_as is RequestState.EXPIRED else {"decided_by": by}
    more: dict[str, Any] = {
        "state": RequestState.CLOSING,
        "ends_as": ends_as,
        "cancellations": rows,
    }
    return waiting(base, **(more | decided | {"decided_at": ASKED_AT + 600} | changes))


def _why(state: State) -> dict[str, Any]:
    return (
        {"refusal": Refusal.FINAL, "batch": ended_as("completed")} if state is State.REFUSED else {}
    )


def again(request: Request | None = None) -> Request:
    """Return one whose numbers have changed since it was approved."""
    return waiting(request, asked_again=1, after_change=True)


def full(count: int = 20) -> Request:
    """Return one about as many batches with the longest ids as one may be about."""
    targets = tuple(Target(f"{LONG[:-2]}{n:02}", SPENT, owner="U0BEN") for n in range(count))
    return replace(request_in("asked"), targets=targets)


def _cards() -> dict[str, Message]:
    asked = request_in("asked")
    return {
        "confirmation_of_a_second_person": confirmation.confirmation(asked, NOW, policy=PLAIN),
        "several_confirmation_of_a_second_person": confirmation.confirmation(
            several_in("asked"), NOW, PRICES, ALL
        ),
        "confirmation_of_a_second_person_and_full": confirmation.confirmation(
            full(), NOW, PRICES, ALL
        ),
    }


def _questions() -> dict[str, Message]:
    ask = approval.approval_question
    bare = waiting(request_in("asked", batch=None), confirmed_at=None, expires_at=None)
    return {
        "approval_question": ask(waiting(), PLAIN),
        "approval_question_narrowed": ask(waiting(request_in("asked", batch=SPENT)), ALL, PRICES),
        "approval_question_again": ask(again(), PLAIN),
        "approval_question_of_nothing_known": ask(bare, PLAIN),
        "approval_question_of_other_settings": ask(waiting(), Policy()),
        "several_approval_question": ask(waiting(several_in("asked")), ALL, PRICES),
        "several_approval_question_again": ask(again(several_in("asked")), PLAIN),
        "approval_question_full": ask(again(full()), ALL, PRICES),
    }


def _approved(stage: str, **changes: Any) -> Request:
    agreed: dict[str, Any] = {
        "decided_by": "U0BEN",
        "decided_at": ASKED_AT + 600,
        "announcement": POST,
    }
    return replace(request_in(stage, approved_by="U0BEN"), **(agreed | changes))


def _closed() -> dict[str, Message]:
    refused, withdrawn = RequestState.REFUSED, RequestState.WITHDRAWN
    nobody: dict[str, Any] = {"decided_by": None, "decided_at": None}
    forms = {
        "declined": closing(RequestState.DECLINED),
        "withdrawn": closing(withdrawn),
        "withdrawn_after": closing(withdrawn, State.WITHDRAWN),
        "expired": closing(RequestState.EXPIRED, decided_at=None),
        "denied": closing(refused, refusal=Refusal.NOT_ALLOWED, **nobody),
        "denied_there": closing(refused, refusal=Refusal.WRONG_CHANNEL, **nobody),
        "taken": closing(refused, refusal=Refusal.ALREADY_CANCELLING),
        "unsent": closing(refused, State.EXPIRED),
        "final": closing(refused, State.REFUSED),
        "mixed": closing(refused, State.REFUSED, State.CHANGED, State.WITHDRAWN),
        **{f"row_{why}": _row_of(why) for why in (Refusal.NOT_APPROVER, Refusal.GUEST)},
        "row_unchecked": _row_of(Refusal.PERSON_UNKNOWN),
        "without_who": replace(_row_of(Refusal.FINAL, None), decided_by=None, decided_at=None),
        "full": _full_of(),
    }
    return {
        f"{name}_{form}": made(request)
        for name, made in (
            ("closed", approval.closed),
            ("closed_reply", approval.closed_reply),
            ("closed_privately", approval.closed_privately),
        )
        for form, request in forms.items()
    } | {"approved": approval.approved(_approved("confirmed"))}


def _row_of(why: Refusal, by: str | None = "U0BEN") -> Request:
    row = row_in(State.REFUSED, refusal=why, approved_by=by)
    return closing(RequestState.REFUSED, cancellations=(row,))


def _full_of() -> Request:
    request = full()
    rows = tuple(
        row_in(State.EXPIRED, batch_id=t.batch_id, approved_by="U0BEN") for t in request.targets
    )
    return closing(RequestState.REFUSED, targets=request.targets, cancellations=rows)


def _private() -> dict[str, Message]:
    wait, cannot = approval_answers.waits_for_approval, approval_answers.cannot_ask
    refused = replace(request_in("refused"), refusal=Refusal.NOT_INVITED)
    return {
        "waits_for_approval": wait(waiting(), PLAIN, None),
        "waits_for_approval_there": wait(waiting(), ALL, LINK),
        "waits_for_approval_again": wait(again(), PLAIN, LINK),
        "waits_for_approval_of_other_settings": wait(waiting(expires_at=None), Policy(), LINK),
        "several_waits_for_approval": wait(waiting(several_in("asked")), ALL, LINK),
        "not_seen_in_channel": approval_answers.not_seen_in_channel(waiting(), PLAIN),
        "cannot_ask": cannot(refused),
        "cannot_ask_in_an_archive": cannot(replace(refused, cannot_post="is_archived")),
        "cannot_ask_directly": cannot(replace(refused, channel_id="D0ANA")),
        "cannot_ask_in_a_group": cannot(replace(refused, channel_kind="mpdm-ana--ben-1")),
        "several_cannot_ask": cannot(several_in("refused", refusal=Refusal.NOT_INVITED)),
        "sent_by_approval": approval_answers.sent_by_approval(_approved("confirmed"), LINK),
        "sent_by_approval_without_link": approval_answers.sent_by_approval(
            _approved("confirmed", decided_by=None), None
        ),
    }


def _clicks() -> dict[str, Message]:
    counts, before = approval_answers.decision_counts, approval_answers.decided_before
    may_not = approval_answers.may_not_approve
    denied = closing(RequestState.REFUSED, refusal=Refusal.NOT_ALLOWED, decided_by=None)
    again_ = approval_answers.approval_asked_again
    return {
        "decision_counts_approved": counts(_approved("confirmed")),
        "decision_counts_declined": counts(closing(RequestState.DECLINED)),
        "decision_counts_withdrawn": counts(closing(RequestState.WITHDRAWN)),
        "decision_counts_denied": counts(denied),
        "taken_by_others": approval_answers.taken_by_others(closing(RequestState.REFUSED)),
        "decided_before_approved": before(_approved("cancelling")),
        "decided_before_declined": before(closing(RequestState.DECLINED)),
        "decided_before_changed": before(again()),
        "several_decided_before_changed": before(again(several_in("asked"))),
        "decided_before_not": before(request_in("asked")),
        "decided_before_without_time": before(_approved("cancelling", decided_at=None)),
        "approval_over": approval_answers.approval_over(waiting()),
        "approval_over_without_time": approval_answers.approval_over(waiting(expires_at=None)),
        **{f"may_not_approve_{why}": may_not(why) for why in OF_APPROVERS},
        "approval_asked_again": again_(again(), LINK),
        "approval_asked_again_without_link": again_(again(several_in("asked")), None),
        "elsewhere": approval_answers.elsewhere(),
        "unknown_approval": approval_answers.unknown_approval(),
    }


def _looked_at() -> dict[str, Message]:
    """Return what people read of it who only look."""
    one, several = (waiting(), LINK), (waiting(several_in("asked")), None)
    going = row_in(State.CANCELLING)
    card = replace(request_in("asked"), state=RequestState.LOOKING, user_id="U0BEN")
    longest = tuple(
        Entry(replace(going, batch_id=f"{LONG[:-2]}{n:02}"), POST) for n in range(MOST_UNDER_WAY)
    )
    most = [(waiting(full(1)), LINK)] * MOST_WAITING
    return {
        "card_waits_for_approval": look.card(card, look.UnderWay({}, (), {BATCH.id: one}), NOW),
        "under_way_waits_for_approval": history.under_way(Entries(), [], "U0BEN", [one, several]),
        "under_way_beside_approval": history.under_way(
            Entries((Entry(going, POST),)), [LINK], "U0ANA", [one]
        ),
        "under_way_and_approval_longest": history.under_way(
            Entries(longest), [LINK] * MOST_UNDER_WAY, "U0ANA", most
        ),
    }


def _elsewhere() -> dict[str, Message]:
    """Return what other messages say of an approval."""
    agreed = _approved("cancelling")
    entry = Entry(agreed.cancellations[0], POST)
    waits = _approved("confirmed")
    row = replace(waits.cancellations[0], waits_for=Refusal.UNAVAILABLE)
    now = status.current_status
    return {
        "announcement_approved": channel.announcement(_approved("confirmed")),
        "announcement_approved_and_accepted": channel.announcement(agreed),
        "announcement_approved_and_ended": channel.announcement(_approved("ended")),
        "history_of_what_was_approved": history.history(ShowHistory(), Entries((entry,)), [LINK]),
        "status_of_batch_approved": status.status_of_batch(agreed.cancellations[0], "U0ANA", LINK),
        "current_status_needs_approval": now(waiting(), "U0ANA", LINK),
        "current_status_needs_approval_of_others": now(waiting(expires_at=None), "U0BEN", None),
        "current_status_closing": now(closing(RequestState.DECLINED), "U0ANA", LINK),
        "current_status_closing_of_nothing": now(
            waiting(state=RequestState.CLOSING), "U0ANA", LINK
        ),
        "question_expired_after_approval_ran_out": status.question_expired(
            closing(RequestState.EXPIRED, state=RequestState.EXPIRED)
        ),
        "refused_not_invited_directly": status.refused(
            replace(request_in("refused"), channel_id="D0ANA", refusal=Refusal.NOT_INVITED)
        ),
        "still_trying_approved": unsent.still_trying(replace(waits, cancellations=(row,))),
        "withdrawal_of_what_waits": unsent.withdrawal(closing(RequestState.WITHDRAWN)),
    }

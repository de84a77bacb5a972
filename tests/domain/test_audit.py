"""What is recorded of each decision, and the chain that finds what was tampered with."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.audit import Event, Record, chained, details_of, hash_of
from bot.domain.audit_chain import Fault, Place, Wrong, fault_at_end, fault_of
from bot.domain.audit_of import of_new_request, of_request
from bot.domain.audit_of_click import of_click
from bot.domain.audit_of_row import of_cancellation, of_intent
from bot.domain.cancellation import MOVES, Cancellation, State
from bot.domain.clicked import (
    AlreadyHandled,
    BadChoice,
    Click,
    ClickDenied,
    Clicked,
    Live,
    Moved,
    Taken,
    TooLate,
    Unknown,
    WrongPerson,
    WrongPlace,
)
from bot.domain.message import MessageState
from bot.domain.policy import Role
from bot.domain.refusal import DENIALS, Refusal
from bot.domain.request import REQUEST_MOVES, Request, RequestState, Target
from bot.views.audit import jsonl
from tests.rows import ASKED_AT, BATCH, REQUEST, ROW, request_in, row_in, several_in

CLICK = Click("U0ANA", "C0BATCHES", "the-token", "https://slack.test/1", "the-key", team="T1")
WAITS = replace(REQUEST, state=RequestState.NEEDS_APPROVAL, team_id="T0", confirmed_at=ASKED_AT)


def told(*records: Record) -> list[tuple[Any, ...]]:
    """Return of each record what was decided, by whom, and the rule or what it is about."""
    return [
        (str(r.event), r.user_id, r.details.get("rule") or r.details.get("of") or "")
        for r in records
    ]


def test_a_command_is_recorded_with_its_key() -> None:
    """Who asked what where, by which interaction; who only looks or lists decides nothing."""
    (record,) = of_new_request(replace(REQUEST, team_id="T0"), "key")
    assert record == Record(
        Event.ASKED,
        "U0ANA",
        "T0",
        "C0BATCHES",
        REQUEST.id,
        (BATCH.id,),
        key="key",
        details={"picked": False},
    )
    for state in (RequestState.LOOKING, RequestState.PICKING):
        assert of_new_request(replace(REQUEST, state=state), "key") == ()


FACTS = {
    "id": BATCH.id,
    "status": "in_progress",
    "model": "gpt-4o-mini",
    "total": 100,
    "completed": 23,
    "failed": 1,
    "owner": "ben@example.com",
    "owner_id": "U0BEN",
    "rule": None,
}
OF_OTHERS = Target(BATCH.id, BATCH, owner="ben@example.com", owner_id="U0BEN")


def test_what_was_shown_is_recorded() -> None:
    """The facts of each batch as they stood there, and in whose name it would be cancelled."""
    unknown = Target("batch_x", None, Refusal.NOT_FOUND)
    new = replace(REQUEST, targets=(OF_OTHERS, unknown), identifier="ana@example.com")
    (record,) = of_request(replace(new, shown_at=None), new)
    assert record.event is Event.SHOWN
    assert record.identifier == "ana@example.com"
    assert record.batch_ids == (BATCH.id, "batch_x")
    nothing = dict.fromkeys(FACTS) | {"id": "batch_x", "rule": "not_found"}
    assert record.details == {
        "batches": [FACTS, nothing],
        "round": 0,
        "until": ASKED_AT + 601,
        "after": None,
    }
    (once_more,) = of_new_request(replace(new, after_change=True), None, after="e" * 32)
    assert once_more.event is Event.SHOWN
    assert once_more.details["after"] == "e" * 32
    again = replace(new, asked_again=1)
    (asked_again,) = of_request(replace(REQUEST, state=RequestState.CONFIRMED), again)
    assert (asked_again.event, asked_again.details["round"]) == (Event.SHOWN, 1)
    assert of_request(new, replace(new, attempts=3)) == ()


STEPS: list[tuple[str, dict[str, Any], list[tuple[str, str, str]]]] = [
    ("asked", {"state": "expired"}, [("expired", "U0ANA", "request")]),
    ("asked", {"state": "refused", "refusal": "guest"}, [("denied", "U0ANA", "guest")]),
    ("asked", {"state": "refused", "refusal": "final"}, [("refused", "U0ANA", "final")]),
    ("asked", {"state": "refused"}, [("refused", "U0ANA", "request")]),
    ("looking", {"state": "refused", "refusal": "bot"}, [("denied", "U0ANA", "bot")]),
    ("looking", {"state": "refused", "refusal": "interrupted"}, []),
    ("looking", {"state": "answered"}, []),
    ("picking", {"state": "expired"}, []),
    ("picking", {"state": "refused", "refusal": "stranger"}, [("denied", "U0ANA", "stranger")]),
    (
        "needs_approval",
        {"state": "refused", "refusal": "not_invited"},
        [("refused", "U0ANA", "not_invited")],
    ),
    (
        "needs_approval",
        {"state": "closing", "ends_as": "expired"},
        [("expired", "U0ANA", "request")],
    ),
    (
        "needs_approval",
        {"state": "closing", "ends_as": "refused", "refusal": "guest"},
        [("denied", "U0ANA", "guest")],
    ),
    ("closing", {"state": "expired"}, []),
    ("confirmed", {"state": "refused", "refusal": "final"}, []),
    ("confirmed", {"state": "withdrawn"}, []),
    ("confirmed", {"state": "reported"}, []),
    ("confirmed", {"state": "closing", "ends_as": "refused"}, []),
    ("confirmed", {"state": "needs_approval"}, [("sent_for_approval", "U0ANA", "")]),
]


def test_what_a_step_decides() -> None:
    """A request that ends before it is confirmed is told once; later its batches tell it."""
    for before, changes, expected in STEPS:
        known: dict[str, Any] = {
            "state": RequestState(changes["state"]),
            "ends_as": RequestState(changes["ends_as"]) if "ends_as" in changes else None,
            "refusal": Refusal(changes["refusal"]) if "refusal" in changes else None,
        }
        old = replace(REQUEST, state=RequestState(before))
        new = replace(old, **known)
        assert told(*of_request(old, new)) == expected, (before, changes)


def test_each_end_of_a_question_is_recorded_once() -> None:
    """Whatever the move: no decision has two records, and each way out of the question has one."""
    for before, moves in REQUEST_MOVES.items():
        for after in moves:
            for ends_as in (None, *REQUEST_MOVES[RequestState.CLOSING]):
                old = replace(REQUEST, state=before)
                new = replace(old, state=after, ends_as=ends_as, asked_again=1)
                assert len(of_request(old, new)) <= 1, (before, after)
    for old in (REQUEST, WAITS):
        for refusal in DENIALS:
            new = replace(old, state=RequestState.REFUSED, refusal=refusal)
            assert told(*of_request(old, new)) == [("denied", "U0ANA", str(refusal))]


def test_the_reply_is_recorded() -> None:
    """That it stands in the thread, and where; or that it was given up."""
    old = request_in("ended")
    there = replace(old, reply=MessageState(channel="C0BATCHES", ts="1.2"))
    (record,) = of_request(old, there)
    assert record.event is Event.REPORTED
    assert record.details == {"channel_id": "C0BATCHES", "ts": "1.2", "direct": False}
    assert of_request(there, replace(there, state=RequestState.REPORTED)) == ()
    lost = replace(old, reply=MessageState(given_up=True))
    assert told(*of_request(old, lost)) == [("given_up", "U0ANA", "reply")]
    assert of_request(lost, replace(lost, state=RequestState.ABANDONED)) == ()


def test_the_intent_is_recorded_with_what_is_sent() -> None:
    """One for each call: a new time of it; who is named is who stands in the header."""
    new = replace(ROW, requesting_since=5.0, identifier="ana@example.com", team_id="T0")
    (record,) = of_intent(ROW, replace(new, approved_by="U0BEN", attempts=2))
    assert record == Record(
        Event.INTENT,
        "U0ANA",
        "T0",
        "C0BATCHES",
        REQUEST.id,
        (BATCH.id,),
        "ana@example.com",
        details={"approved_by": "U0BEN", "round": 0, "tries": 2},
    )
    assert of_intent(new, new) == ()
    assert of_intent(new, replace(new, requesting_since=None)) == ()
    assert len(of_intent(new, replace(new, requesting_since=9.0))) == 1
    (nameless,) = of_intent(ROW, replace(ROW, requesting_since=5.0))
    assert nameless.identifier == "U0ANA"


AFTER: list[tuple[State, dict[str, Any], list[tuple[str, str, str]]]] = [
    (State.CANCELLING, {}, [("accepted", "U0ANA", "")]),
    (State.REFUSED, {"refusal": Refusal.FINAL}, [("refused", "U0ANA", "final")]),
    (State.REFUSED, {"refusal": Refusal.GUEST}, [("denied", "U0ANA", "guest")]),
    (
        State.REFUSED,
        {"refusal": Refusal.GUEST, "approved_by": "U0BEN"},
        [("denied", "U0ANA", "guest")],
    ),
    (
        State.REFUSED,
        {"refusal": Refusal.NOT_APPROVER, "approved_by": "U0BEN"},
        [("denied", "U0BEN", "not_approver")],
    ),
    (State.REFUSED, {"refusal": Refusal.OWN_REQUEST}, [("denied", "U0ANA", "own_request")]),
    (State.CHANGED, {"refusal": Refusal.CHANGED}, [("refused", "U0ANA", "changed")]),
    (State.EXPIRED, {}, [("expired", "U0ANA", "batch")]),
    (State.ABANDONED, {}, [("given_up", "U0ANA", "batch")]),
    (State.WITHDRAWN, {}, []),
    (State.CONFIRMED, {}, []),
    (
        State.CONFIRMED,
        {"rejection": Refusal.NO_PERMISSION},
        [("refused", "U0ANA", "no_permission")],
    ),
]


@pytest.mark.parametrize(("state", "changes", "expected"), AFTER)
def test_what_becomes_of_a_cancellation(
    state: State, changes: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    """What Respan says, what the batch says, and what is given up: each move is told once."""
    new = replace(ROW, state=state, **changes)
    assert told(*of_cancellation(ROW, new)) == expected
    assert of_cancellation(new, new) == ()


def test_the_status_is_recorded() -> None:
    """Of the batch as Respan accepted or refused it, and its numbers at the end."""
    (accepted,) = of_cancellation(ROW, row_in(State.CANCELLING))
    assert accepted.details == {"status": "cancelling", "was_cancelling": False}
    (ended,) = of_cancellation(row_in(State.CANCELLING), row_in(State.ENDED))
    assert ended.details == {"status": "cancelled", "total": 100, "completed": 28, "failed": 1}
    over = replace(BATCH, status="completed", counts=None)
    (refused,) = of_cancellation(ROW, row_in(State.REFUSED, batch=over, refusal=Refusal.FINAL))
    assert refused.details["batches"] == [{"id": BATCH.id, "rule": "final", "status": "completed"}]
    (unread,) = of_cancellation(ROW, row_in(State.REFUSED, batch=None, refusal=Refusal.NOT_FOUND))
    assert unread.details["batches"] == [{"id": BATCH.id, "rule": "not_found", "status": None}]


def test_each_move_of_a_cancellation_has_at_most_one_record() -> None:
    """And each but a withdrawal, which the click has told, has one."""
    for before, moves in MOVES.items():
        for after in moves:
            count = len(of_cancellation(replace(ROW, state=before), replace(ROW, state=after)))
            assert count == (0 if after is State.WITHDRAWN else 1), (before, after)


def clicked(before: Request | None, result: Clicked, at: float = ASKED_AT) -> list[Record]:
    """Return what is recorded of a click, each with its key and person."""
    records = of_click(CLICK, before, result, at)
    assert all(record.key == "the-key" for record in records)
    return list(records)


def test_the_confirmation() -> None:
    """Which batches begin, until when it can be undone, and which somebody else cancels already."""
    mine = replace(ROW, not_before=ASKED_AT + 10)
    theirs = replace(ROW, id="o", request_id="other", batch_id="batch_o", user_id="U0BEN")
    after = replace(REQUEST, state=RequestState.CONFIRMED, cancellations=(mine, theirs))
    confirmed, joined = clicked(REQUEST, Moved(after))
    assert (confirmed.event, confirmed.batch_ids) == (Event.CONFIRMED, (BATCH.id,))
    assert confirmed.details == {"round": 0, "not_before": ASKED_AT + 10}
    assert (joined.event, joined.batch_ids) == (Event.JOINED, ("batch_o",))
    other = {"id": "batch_o", "request_id": "other", "user_id": "U0BEN"}
    assert joined.details == {"others": [other]}


def test_the_approval() -> None:
    """Who asked for it stands beside who agreed, who is the person of the record."""
    asked = replace(WAITS, user_id="U0BEN", targets=(OF_OTHERS,))
    (sent,) = clicked(replace(asked, state=RequestState.ASKED), Moved(asked))
    assert (sent.event, sent.details["batches"]) == (Event.SENT_FOR_APPROVAL, [FACTS])
    after = replace(asked, state=RequestState.CONFIRMED, cancellations=(ROW,))
    (approved,) = clicked(asked, Moved(after))
    assert (approved.event, approved.user_id) == (Event.APPROVED, "U0ANA")
    assert approved.details == {"asked_by": "U0BEN", "round": 0}


@pytest.mark.parametrize(
    ("ends_as", "refusal", "expected"),
    [
        (RequestState.DECLINED, None, ("declined", "U0ANA", "")),
        (RequestState.WITHDRAWN, None, ("withdrawn", "U0ANA", "")),
        (RequestState.REFUSED, Refusal.DEACTIVATED, ("denied", "U0BEN", "deactivated")),
        (RequestState.REFUSED, Refusal.FINAL, ("refused", "U0ANA", "final")),
    ],
)
def test_an_approval_that_is_no_more(
    ends_as: RequestState, refusal: Refusal | None, expected: tuple[str, str, str]
) -> None:
    """By whom it was declined or withdrawn, and that who asked may not any more."""
    before = replace(WAITS, user_id="U0BEN")
    after = replace(before, state=RequestState.CLOSING, ends_as=ends_as, refusal=refusal)
    records = clicked(before, Moved(replace(after, decided_by="U0ANA")))
    assert told(*records) == [expected]
    assert of_request(after, replace(after, state=ends_as)) == ()
    if refusal is Refusal.DEACTIVATED:
        assert records[0].details["other"] == "U0ANA"


def test_review_and_keep_running() -> None:
    """What was picked from the list is asked; a question that is closed is declined."""
    picking = replace(REQUEST, state=RequestState.PICKING)
    (asked,) = clicked(picking, Moved(replace(REQUEST, shown_at=None)))
    assert (asked.event, asked.details) == (Event.ASKED, {"picked": True})
    (declined,) = clicked(REQUEST, Moved(replace(REQUEST, state=RequestState.DECLINED)))
    assert declined.details == {"asked_by": "U0ANA", "was": "asked"}


def _rows(*rows: Cancellation) -> Request:
    return several_in("confirmed", *rows)


def test_undo_cancel_now_and_withdraw() -> None:
    """In the window it is undone, after it withdrawn; what may be sent is only not repeated."""
    held = replace(ROW, batch_id="batch_a", not_before=ASKED_AT + 10)
    free = replace(ROW, batch_id="batch_b")
    sent = replace(ROW, batch_id="batch_c", requesting_since=ASKED_AT)
    over = row_in(State.ENDED, batch_id="batch_d")
    before = _rows(held, free, sent, over)
    gone = [replace(row, state=State.WITHDRAWN) for row in (held, free)]
    after = replace(before, cancellations=(*gone, replace(sent, withdrawn_at=ASKED_AT + 5), over))
    undone, withdrawn = clicked(before, Moved(after), ASKED_AT + 5)
    assert (undone.event, undone.batch_ids) == (Event.UNDONE, ("batch_a",))
    assert (withdrawn.event, withdrawn.batch_ids) == (Event.WITHDRAWN, ("batch_b", "batch_c"))
    assert withdrawn.details == {"was": "confirmed", "may_be_sent": ["batch_c"]}
    (late,) = clicked(before, Moved(after), ASKED_AT + 10)
    assert (late.event, late.batch_ids) == (
        Event.WITHDRAWN,
        ("batch_a", "batch_b", "batch_c"),
    )
    at_once = replace(before, cancellations=(replace(held, not_before=None), free, sent, over))
    (now,) = clicked(before, Moved(at_once), ASKED_AT + 5)
    assert (now.event, now.batch_ids) == (Event.CANCEL_NOW, ("batch_a",))
    assert clicked(after, Moved(after)) == []


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (ClickDenied(Refusal.GUEST, "C0PLACE"), ("guest", "asker", None, "T1", "C0PLACE")),
        (
            ClickDenied(Refusal.OWN_REQUEST, "C0PLACE", Role.APPROVER, WAITS),
            ("own_request", "approver", WAITS.id, "T1", "C0PLACE"),
        ),
        (WrongPerson(WAITS), ("wrong_person", "asker", WAITS.id, "T1", "C0BATCHES")),
        (WrongPlace(WAITS), ("wrong_place", "asker", WAITS.id, "T1", "C0BATCHES")),
    ],
)
def test_denied_clicks(result: Clicked, expected: tuple[Any, ...]) -> None:
    """By which rule, as whom, about which request, and where."""
    (record,) = clicked(WAITS, result)
    assert record.event is Event.DENIED
    assert record.details["at"] == "click"
    about = (record.request_id, record.team_id, record.channel_id)
    assert (record.details["rule"], record.details["role"], *about) == expected


@pytest.mark.parametrize(
    "result",
    [TooLate(REQUEST), AlreadyHandled(REQUEST), BadChoice(REQUEST, 0), Unknown()],
)
def test_clicks_that_decide_nothing(result: Clicked) -> None:
    """On what is over, on nothing, with nothing chosen."""
    assert clicked(REQUEST, result) == []
    assert clicked(None, Moved(REQUEST)) == []


def test_all_are_taken() -> None:
    """Where others cancel all, a confirmation begins nothing: it is refused by that rule."""
    closed = replace(REQUEST, state=RequestState.REFUSED, refusal=Refusal.ALREADY_CANCELLING)
    taken = Taken(closed, (Live(ROW, REQUEST),))
    assert told(*clicked(REQUEST, taken)) == [("refused", "U0ANA", "already_cancelling")]


_DOCS = Path(__file__).parents[2] / "docs/audit.md"
_LINE = re.compile(r"^\| `(\w+)` \| .* \| `(\{.*\})` \|$", re.MULTILINE)


def _every_record() -> list[Record]:
    """Return records of each kind, made in the ways in which there are several."""
    closing = replace(WAITS, state=RequestState.CLOSING)
    confirmed = replace(REQUEST, state=RequestState.CONFIRMED)
    joined = replace(ROW, request_id="other", batch_id="batch_o")
    held = replace(ROW, not_before=ASKED_AT + 9)
    found = [
        *of_new_request(REQUEST, "key"),
        *of_new_request(REQUEST, None, after="e" * 32),
        *of_request(replace(REQUEST, shown_at=None), REQUEST),
        *of_request(confirmed, WAITS),
        *of_request(confirmed, replace(confirmed, reply=MessageState(ts="1.2"))),
        *of_request(confirmed, replace(confirmed, reply=MessageState(given_up=True))),
        *of_intent(ROW, replace(ROW, requesting_since=1.0)),
        *of_cancellation(ROW, replace(ROW, rejection=Refusal.BLOCKED)),
        *clicked(REQUEST, Moved(replace(REQUEST, state=RequestState.DECLINED))),
        *clicked(REQUEST, Moved(replace(confirmed, cancellations=(ROW, joined)))),
        *clicked(WAITS, Moved(replace(confirmed, cancellations=(ROW,)))),
        *clicked(REQUEST, ClickDenied(Refusal.GUEST, "C0BATCHES")),
    ]
    for ends_as in sorted(REQUEST_MOVES[RequestState.CLOSING]):
        for refusal in (None, Refusal.GUEST):
            found += of_request(WAITS, replace(closing, ends_as=ends_as, refusal=refusal))
    for state in sorted(State):
        for refusal in (None, Refusal.NOT_APPROVER):
            found += of_cancellation(ROW, row_in(state, refusal=refusal, approved_by="U0BEN"))
    for row in (replace(held, state=State.WITHDRAWN), replace(held, not_before=None)):
        before, after = (replace(confirmed, cancellations=(one,)) for one in (held, row))
        found += [*clicked(before, Moved(after)), *clicked(before, Moved(after), ASKED_AT + 9)]
    return found


def test_the_details_are_as_documented() -> None:
    """Each event has one shape, however it comes about, and docs/audit.md has an example of it."""
    shapes: dict[str, set[tuple[str, ...]]] = {}
    for record in _every_record():
        shapes.setdefault(str(record.event), set()).add(tuple(sorted(record.details)))
    written = {
        event: {tuple(json.loads(example.replace("[…]", "[]")))}
        for event, example in _LINE.findall(_DOCS.read_text())
    }
    assert set(written) == {str(event) for event in Event}
    assert shapes == written


def test_the_fields_are_as_documented() -> None:
    """The example in docs/audit.md has the fields of an exported record, in their order."""
    (example,) = re.findall(r"```json\n(.*?)```", _DOCS.read_text(), re.DOTALL)
    line = jsonl(chained(Record(Event.INTENT), 4, ASKED_AT, ""))
    assert list(json.loads(example)) == list(json.loads(line))
    for name in FACTS:
        assert f"`{name}`" in _DOCS.read_text()


# The chain --------------------------------------------------------------------------------------

_text = st.text(max_size=8)
_record = st.builds(
    Record,
    st.sampled_from(Event),
    st.none() | _text,
    batch_ids=st.lists(_text, max_size=3).map(tuple),
    key=st.none() | _text,
    details=st.dictionaries(_text, st.none() | _text | st.integers() | st.booleans(), max_size=3),
)
_records = st.lists(_record, min_size=1, max_size=8)
_time = st.floats(1.7e9, 4e9)
NOTHING = Place(0, "")


def chain(records: list[Record], at: float = 1.8e9, after: Place = NOTHING) -> list[Any]:
    """Return the columns of records that follow one another."""
    rows: list[dict[str, Any]] = []
    for record in records:
        last = Place(rows[-1]["seq"], rows[-1]["hash"]) if rows else after
        rows.append(chained(record, last.seq + 1, at, last.hash))
    return rows


def first_fault(rows: list[dict[str, Any]], last: Place, pruned: Place = NOTHING) -> Fault | None:
    """Walk the chain."""
    before = pruned
    for columns in rows:
        found = fault_of(before, columns)
        if found is not None:
            return found
        before = Place(columns["seq"], columns["hash"])
    return fault_at_end(before, last)


def end_of(rows: list[dict[str, Any]]) -> Place:
    """Return the place of the last one."""
    return Place(rows[-1]["seq"], rows[-1]["hash"])


@given(_records, _time, st.integers(0, 7))
def test_a_whole_chain_has_no_fault(records: list[Record], at: float, pruned: int) -> None:
    """Also where its beginning was forgotten, and as it is read back from text."""
    rows = chain(records, at)
    rows = [json.loads(json.dumps(columns)) for columns in rows]
    cut = min(pruned, len(rows))
    start = end_of(rows[:cut]) if cut else Place(0, "")
    assert first_fault(rows[cut:], end_of(rows), start) is None
    assert all(json.loads(columns["details"]) is not None for columns in rows)


@given(_records, st.data())
def test_whatever_is_tampered_with_is_found(records: list[Record], data: st.DataObject) -> None:
    """One column changed, one record removed, put in, copied or exchanged for its neighbour."""
    rows = chain(records)
    last = end_of(rows)
    at = data.draw(st.integers(0, len(rows) - 1))
    kind = data.draw(st.sampled_from(["change", "remove", "put in", "rewrite"]))
    if kind == "change":
        name = data.draw(st.sampled_from(sorted(rows[at])))
        value = data.draw((_text | st.integers() | st.none()).filter(lambda v: v != rows[at][name]))
        rows[at] = rows[at] | {name: value}
    elif kind == "remove":
        del rows[at]
    elif kind == "put in":
        forged = chained(Record(Event.CONFIRMED, "U0EVE"), rows[at]["seq"] + 1, 1.8e9, last.hash)
        rows.insert(at + 1, forged)
    else:
        place = Place(rows[at]["seq"] - 1, rows[at]["previous_hash"])
        (rows[at],) = chain([Record(Event.CONFIRMED, "U0EVE", key="forged" * 9)], 1.8e9, place)
    found = first_fault(rows, last)
    assert found is not None
    if isinstance(found.seq, int) and kind != "change":
        assert abs(found.seq - (at + 1)) <= 1


def test_what_is_wrong_is_named() -> None:
    """The first record that is, by its number."""
    rows = chain([Record(Event.ASKED, str(n)) for n in range(4)])
    last = end_of(rows)
    assert first_fault(rows[1:], last) == Fault(Wrong.REMOVED, 1)
    assert first_fault(rows[:2], last) == Fault(Wrong.REMOVED, 3)
    assert first_fault([*rows[:1], *rows[2:]], last) == Fault(Wrong.REMOVED, 2)
    assert first_fault(rows, end_of(rows[:3])) == Fault(Wrong.PUT_IN, 4)
    assert first_fault([rows[0], rows[0], *rows[1:]], last) == Fault(Wrong.PUT_IN, 1)
    assert first_fault([rows[0] | {"seq": "1"}], last) == Fault(Wrong.PUT_IN, "1")
    assert first_fault([rows[0] | {"user_id": "U0EVE"}], last) == Fault(Wrong.CHANGED, 1)
    assert first_fault([rows[0] | {"user_id": b"U0EVE"}], last) == Fault(Wrong.CHANGED, 1)
    (forged,) = chain([Record(Event.ASKED, "U0EVE")])
    assert first_fault([forged, *rows[1:]], last) == Fault(Wrong.REPLACED, 2)
    assert first_fault([forged], end_of(rows[:1])) == Fault(Wrong.REPLACED, 1)
    assert first_fault([], Place(0, "")) is None


def test_the_hash_stays_what_it_is() -> None:
    """Whoever wrote the newest hash down elsewhere must find it again with every later version."""
    record = Record(Event.ASKED, "U0ANÄ", batch_ids=("a", "b"), details={"b": [1, None], "a": 1.5})
    assert details_of(record) == '{"a":1.5,"b":[1,null]}'
    columns = chained(record, 1, 1_711_475_100.1234567, "")
    assert columns["at"] == 1_711_475_100.123457
    assert columns["batch_ids"] == "a b"
    assert columns["hash"] == hash_of(columns) == HASH


HASH = "a48c618945593949e82c260878dc6f956bbf5b3d477dee6af98cbcc37650f372"

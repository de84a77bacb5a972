"""The audit explains every cancel call that Respan saw, and nothing else stands in it."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from json import loads
from typing import Any

from bot.domain.audit import Event
from bot.domain.audit_chain import Ends, Place, fault_at_end, fault_of
from bot.domain.cancellation import State
from bot.domain.refusal import DENIALS
from bot.domain.request import Request, RequestState
from bot.sandbox.event_bus import Exchange
from bot.sandbox.respan.server import batch_of
from bot.store.audit import Audit
from tests.promises.orders.stage import Stage

Row = dict[str, Any]

_GO_AHEAD = {Event.CONFIRMED, Event.APPROVED}
_ONCE_A_REQUEST = (
    (Event.REPORTED, RequestState.REPORTED),
    (Event.DECLINED, RequestState.DECLINED),
    (Event.EXPIRED, RequestState.EXPIRED),
)


def check_audit(stage: Stage) -> None:
    """Assert that the chain is whole, and what its records say against what happened."""
    rows = stage.run(_whole(stage))
    requests = {request.id: request for request in stage.requests()}
    _check_calls(stage, rows)
    _check_intents(rows)
    assert {row["request_id"] for row in rows} <= {None, *requests}
    _check_ends(rows, requests.values())
    _check_denials(rows, requests.values())
    keys = Counter((row["event"], row["request_key"]) for row in rows if row["request_key"])
    assert all(count == 1 for count in keys.values()), keys


async def _whole(stage: Stage) -> list[Row]:
    """Return all records; assert that none of them was changed, removed or put between."""
    rows: list[Row] = []
    async for found in Audit(stage.sim.crew[0].stores.database).chain():
        if isinstance(found, Ends):
            ends, before = found, found.pruned
            continue
        assert fault_of(before, found) is None
        before = Place(found["seq"], found["hash"])
        rows.append(found)
    assert fault_at_end(before, ends.last) is None
    return rows


def _check_calls(stage: Stage, rows: list[Row]) -> None:
    """Each call has its intent, stored before it: as many as calls, unless a bot died between."""
    seen = Counter(
        (batch_of(call), _identifier(stage, call))
        for call in stage.sim.respan.exchanges
        if call.name == "cancel"
    )
    intended = Counter(
        (row["batch_ids"], row["identifier"]) for row in rows if row["event"] == Event.INTENT
    )
    assert seen <= intended, (seen, intended)
    assert stage.troubled or seen == intended, (seen, intended)


def _identifier(stage: Stage, call: Exchange) -> str | None:
    return stage.sim.respan._identifier(call.headers.get("x-data-respan-params"))


def _check_intents(rows: list[Row]) -> None:
    """Each comes after the word that it needs: the approval where that was asked for last."""
    said: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["event"] == Event.INTENT:
            go_ahead = said[row["request_id"]][-1]
            assert go_ahead["event"] in _GO_AHEAD, (row, go_ahead)
            assert row["batch_ids"] in go_ahead["batch_ids"].split(" ")
            approved_by = loads(row["details"])["approved_by"]
            is_approved = go_ahead["event"] == Event.APPROVED
            assert approved_by == (go_ahead["user_id"] if is_approved else None)
            assert approved_by != row["user_id"]
        if row["event"] in {*_GO_AHEAD, Event.SENT_FOR_APPROVAL}:
            said[row["request_id"]].append(row)


def _check_ends(rows: list[Row], requests: Iterable[Request]) -> None:
    """Assert that what has ended has one record of that."""
    told = Counter((row["event"], row["request_id"]) for row in rows)
    for request in requests:
        for event, state in _ONCE_A_REQUEST:
            is_so = request.state is state and bool(request.targets)  # a list decides nothing
            assert told[event, request.id] >= is_so, (event, request)
        ended = sum(row.state is State.ENDED for row in request.own)
        assert told[Event.ENDED, request.id] == ended, request
        accepted = sum(row.accepted_at is not None for row in request.own)
        assert told[Event.ACCEPTED, request.id] == accepted, request


def _check_denials(rows: list[Row], requests: Iterable[Request]) -> None:
    """Whatever the policy denied has its record, by the same rule."""
    denied = Counter(
        (row["request_id"], loads(row["details"])["rule"])
        for row in rows
        if row["event"] == Event.DENIED
    )
    for request in requests:
        # A request of which nothing was sent says the same as its only cancellation.
        refused = [row.refusal for row in request.own] or [request.refusal]
        for why, count in Counter(refused).items():
            if why in DENIALS:
                assert denied[request.id, str(why)] >= count, (request, why)

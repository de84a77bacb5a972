"""What travels, as rows: for how many watched batches one page of Respan's list answers."""

import json
from typing import Any

import pytest

from bot.sandbox.event_bus import Event, EventBus, Exchange
from bot.sandbox.page.masking import TOO_DEEP, Masker
from bot.sandbox.page.traffic import Traffic

ALL = ("batch_a", "batch_b", "batch_c")


class Wire:
    """Traffic that is told what Respan answered; each call returns its row's `watched`."""

    def __init__(self) -> None:
        self.traffic = Traffic(EventBus(), Masker(tuple))

    def _sent(self, name: str, path: str, sent: str, status: int | None, fault: str | None) -> int:
        method = "POST" if name == "cancel" else "GET"
        exchange = Exchange("respan", name, method, path, {}, {}, 0.0)
        exchange.status, exchange.sent, exchange.fault = status, sent, fault
        self.traffic.take(Event("exchange", 0.0, {"exchange": exchange}))
        watched: int = self.traffic.rows[-1]["watched"]
        return watched

    def cancel(
        self, batch_id: str, status: int | None = 200, sent: str = "", fault: str | None = None
    ) -> int:
        """Answer a cancel call."""
        path = f"/api/v1/batches/{batch_id}/cancel/?provider_id=p"
        body = sent or json.dumps({"id": batch_id, "status": "cancelling"})
        return self._sent("cancel", path, body, status, fault)

    def retrieve(self, batch_id: str, batch_status: str, status: int = 200) -> int:
        """Answer a look at one batch."""
        body = json.dumps({"id": batch_id, "status": batch_status})
        return self._sent("retrieve", f"/api/v1/batches/{batch_id}/", body, status, None)

    def page(
        self, answer: Any, status: int | None = 200, *, after: str = "", fault: str | None = None
    ) -> int:
        """Answer a call of the list."""
        sent = answer if isinstance(answer, str) else json.dumps(answer)
        path = "/api/v1/batches/?limit=100" + (f"&after={after}" if after else "")
        return self._sent("list", path, sent, status, fault)


def _page(*ids: str, status: str = "cancelling", **more: Any) -> dict[str, Any]:
    items = [{"id": batch_id, "status": status} for batch_id in ids]
    return {"object": "list", "data": items} | more


@pytest.fixture
def wire() -> Wire:
    """Give traffic in which three batches were cancelled and one was only looked at."""
    wire = Wire()
    assert [wire.cancel(batch_id) for batch_id in ALL] == [0, 0, 0]
    assert wire.retrieve("batch_other", "in_progress") == 0
    return wire


def test_a_page_counts_the_watched_batches_on_it(wire: Wire) -> None:
    """Batches that nobody cancelled are on the page too, and are not counted."""
    assert wire.page(_page(*ALL, "batch_other", "batch_new")) == 3
    assert wire.page(_page("batch_other")) == 0


def test_each_page_counts_its_own(wire: Wire) -> None:
    """With more to come a page answers for those on it, and the next one for the rest."""
    assert wire.page(_page("batch_c", "batch_b", has_more=True)) == 2
    assert wire.page(_page("batch_a", "batch_a", has_more=False), after="batch_b") == 1


def test_a_batch_counts_until_its_end_was_shown(wire: Wire) -> None:
    """The page that shows the end still answers for it, a later one does not; so do reads."""
    assert wire.page(_page(*ALL, status="cancelled")) == 3
    assert wire.page(_page(*ALL, status="cancelled")) == 0
    wire.cancel("batch_a")
    wire.cancel("batch_b")
    wire.retrieve("batch_b", "completed")
    assert wire.page(_page("batch_a", "batch_b")) == 1


@pytest.mark.parametrize(
    ("answer", "status", "fault"),
    [
        ("<html>Bad gateway</html>", 200, "garbage"),
        ("[" * 100_000, 200, None),
        ("", 200, "empty"),
        ("[]", 200, None),
        ("null", 200, None),
        ({"data": "none"}, 200, None),
        ({"data": ["batch_a", None, 7, {"id": 7, "status": ["x"]}, {"id": "batch_a"}]}, 200, None),
        ({"ok": "yes", "id": 7, "status": ["x"]}, 200, "wrong_types"),
        (_page(*ALL, status="cancelled"), 500, "status"),
        (_page(*ALL, status="cancelled"), None, "drop_after"),
        (_page(*ALL, status="cancelled"), 200, "half_body"),
    ],
)
def test_an_answer_that_says_nothing_changes_nothing(
    wire: Wire, answer: Any, status: int | None, fault: str | None
) -> None:
    """What is no list, has no batches or did not arrive counts none, and ends none."""
    assert wire.page(answer, status, fault=fault) == 0
    assert wire.page(_page(*ALL)) == 3


@pytest.mark.parametrize("status", [400, 401, 404, 429])
def test_a_cancel_call_that_was_refused_begins_no_watch(wire: Wire, status: int) -> None:
    """Not even when the batch is later seen to be cancelling, by somebody else's call."""
    assert wire.cancel("batch_other", status, '{"error": "no"}') == 0
    assert wire.page(_page(*ALL, "batch_other")) == 3


@pytest.mark.parametrize(
    ("status", "fault"), [(500, "status"), (None, "drop_after"), (200, "half_body")]
)
def test_an_unknown_outcome_is_a_watch_once_it_is_seen(
    wire: Wire, status: int | None, fault: str | None
) -> None:
    """A cancel call with no clear answer counts when an answer shows the batch cancelling."""
    wire.cancel("batch_other", status, "Bad gateway", fault)
    assert wire.page(_page("batch_other", status="in_progress")) == 0
    wire.retrieve("batch_other", "cancelling")
    assert wire.page(_page(*ALL, "batch_other")) == 4


def test_an_accepted_call_counts_whatever_its_answer_says(wire: Wire) -> None:
    """A 200 whose body can't be read was still accepted; one that shows the end is over."""
    wire.cancel("batch_other", 200, "<html>")
    wire.cancel("batch_over", 200, '{"id": "batch_over", "status": "cancelled"}')
    assert wire.page(_page("batch_other", "batch_over")) == 1


def test_cleared_rows_leave_the_watches(wire: Wire) -> None:
    """Clear takes the rows away, not what the bot does; to start again forgets both."""
    epoch = wire.traffic.epoch
    wire.traffic.clear()
    assert wire.page(_page(*ALL)) == 3
    wire.traffic.start_again()
    assert wire.traffic.epoch == epoch + 2
    assert not wire.traffic.rows
    assert wire.page(_page(*ALL)) == 0


@pytest.mark.parametrize("depth", [500, 100_000])
def test_an_answer_nested_too_deeply_ends_no_traffic(wire: Wire, depth: int) -> None:
    """Its row says so in the body's place, and the rows after it come as before."""
    assert wire.page("[" * depth + '{"token": "xoxb-secret"}' + "]" * depth) == 0
    assert wire.traffic.rows[-1]["answer"]["body"] == TOO_DEEP
    assert wire.page(_page(*ALL)) == 3


def test_what_goes_to_slack_counts_nothing(wire: Wire) -> None:
    """A call of Slack's that is named "list" is none of Respan's."""
    exchange = Exchange("slack", "list", "POST", "/api/list", {}, {}, 0.0)
    exchange.status, exchange.sent = 200, json.dumps(_page(*ALL))
    wire.traffic.take(Event("exchange", 0.0, {"exchange": exchange}))
    assert wire.traffic.rows[-1]["watched"] == 0

"""No error of Respan's, and no reason of ours, is without words of its own."""

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot import errors
from bot.domain.refusal import Refusal
from bot.errors import RespanError
from bot.steps.refusals import REFUSALS, refusal_of
from bot.store.schema import cancellations
from tests.simulation import Simulation


def kinds_of(base: type[RespanError]) -> Iterator[type[RespanError]]:
    """Yield every error below that one."""
    for kind in base.__subclasses__():
        yield kind
        yield from kinds_of(kind)


def test_every_error_has_its_reason() -> None:
    """The table names each class of the tree: none gets the reason of its parent by default."""
    assert set(kinds_of(RespanError)) == set(REFUSALS)


def test_only_an_outage_shares_its_reason() -> None:
    """Two errors that a person can't tell apart are one reason, and only those."""
    shared = [kind for kind in REFUSALS if list(REFUSALS.values()).count(REFUSALS[kind]) > 1]
    assert set(shared) == {errors.RespanUnavailable, errors.RespanUnreachable}
    assert refusal_of(errors.RespanUnreachable("away")) is Refusal.UNAVAILABLE


@pytest.mark.parametrize("refusal", Refusal)
def test_a_reason_fits_its_column(refusal: Refusal) -> None:
    """PostgreSQL takes no longer word than the column is wide."""
    for column in (cancellations.c.refusal, cancellations.c.rejection):
        assert len(refusal) <= column.type.length  # type: ignore[attr-defined]  # it is a String


NOS: list[tuple[int, Any, Refusal, str]] = [
    (401, {"error": "Bad API key"}, Refusal.KEY_REFUSED, "refused this app's API key"),
    (401, {"detail": "Missing scopes: batch.write"}, Refusal.NO_PERMISSION, "the permission"),
    (403, "error code: 1010", Refusal.BLOCKED, "such as a firewall"),
    (400, {"provider_id": ["required"]}, Refusal.NO_PROVIDER_ID, "`RESPAN_PROVIDER_ID`"),
    (400, {"detail": "OpenAI API key not configured"}, Refusal.NO_OPENAI_KEY, "no OpenAI key"),
    (451, {"detail": "Not in your country"}, Refusal.REFUSED, "Respan refused the request"),
]
"""An answer, what it is to us, and a part of what the person reads."""


@pytest.mark.parametrize(("status", "body", "refusal", "words"), NOS)
@pytest.mark.parametrize("name", ["cancel", "retrieve"])
async def test_each_no_has_its_own_words(
    sim: Simulation, name: str, status: int, body: Any, refusal: Refusal, words: str
) -> None:
    """It is definite: nothing is sent again, the log has Respan's words, and the person ours."""
    shown = await sim.confirm()
    sim.respan.faults.add(name, "status", code=status, body=body)
    with capture_logs() as lines:
        await sim.pass_time(3600)
    row = await sim.request()
    assert (row.state, row.refusal) == ("refused", refusal)
    assert words in shown.text
    assert "administrator" in shown.text
    assert len(sim.respan.calls("cancel")) == (1 if name == "cancel" else 0)
    assert sim.respan.cancels == []
    (line,) = (line for line in lines if "error" in line)
    said = body if isinstance(body, str) else str(next(iter(body.values()))).strip("[]'")
    assert f"({status})" in line["error"]
    assert said in line["error"]
    assert ("sent" in line["event"]) is (name == "cancel")
    grave = refusal is not Refusal.REFUSED
    assert line["log_level"] == ("error" if grave else "warning")


async def test_a_firewall_that_stays_is_a_definite_no(sim: Simulation) -> None:
    """Where it stops the look after the cancellation too, the first no is what is told."""
    shown = await sim.confirm()
    sim.respan.faults.add("cancel", "status", code=403, body="error code: 1010")

    async def close(exchange: Any) -> None:
        if exchange.name == "cancel":
            sim.respan.faults.add("*", "status", times=None, code=403, body={"detail": "no"})

    sim.respan.after_answer = close
    await sim.pass_time(3600)
    assert (len(sim.respan.calls("cancel")), sim.respan.cancels) == (1, [])
    assert (await sim.request()).refusal is Refusal.BLOCKED
    assert "such as a firewall" in shown.text

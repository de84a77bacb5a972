"""Each call of an approval goes wrong once, in each way: it ends as it would have, and once.

The time is moved. Where the bot may look into channels, no message is there twice either.
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.promises.people import HISTORY
from tests.promises.test_kill_in_an_emergency import Flow, play
from tests.promises.test_kill_while_it_waits import (
    OVER,
    approved,
    changed,
    declined,
    ran_out,
    withdrawn,
)
from tests.simulation import Simulation

FLOWS: list[Flow] = [approved, declined, withdrawn, ran_out, changed]

SLACK = ("chat.postMessage", "chat.update", "response_url", "conversations.*")
RESPAN = ("retrieve", "cancel")
FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("drop_before", {}),
    ("drop_after", {}),
    ("half_body", {}),
    ("rate_limited", {"retry_after": 20}),
    ("status", {"code": 500}),
    ("status", {"code": 503, "processed": True}),
    ("empty", {"processed": True}),
]
"""What befalls a call; some have done their work all the same."""

SLOW: tuple[str, dict[str, Any]] = ("delay", {"seconds": 40.0})
"""No answer in time: the client's own time-out is not moved by the tests."""


async def _once(database_url: str, flow: Flow, name: str, fault: tuple[str, dict[str, Any]]) -> int:
    """Play a flow in which the first call of that name fails, and the one after; return how often.

    The flow itself says how it ends.
    """
    kind, options = fault
    more: dict[str, Any] = {"scopes": tuple(HISTORY), "approval_over_requests": OVER}
    async with Simulation(database_url, **more) as sim:
        server = sim.slack if name in SLACK else sim.respan
        # The first look at the batch is before the question: without it, its size is not known.
        server.faults.add(name, kind, times=1 if name == "retrieve" else 2, **options)
        await play(sim, flow)
        return sum(exchange.fault is not None for exchange in server.exchanges)


def _some(number: int) -> list[tuple[str, tuple[str, dict[str, Any]]]]:
    """Return every other call with one of the faults, others for each flow."""
    names = [*SLACK, *RESPAN][number % 2 :: 2]
    return [(name, FAULTS[(number + 2 * n) % len(FAULTS)]) for n, name in enumerate(names)]


@pytest.mark.seconds(20)
@pytest.mark.parametrize("number", range(len(FLOWS)))
async def test_each_call_fails_in_one_way(database_url: str, number: int) -> None:
    """One decision, one message, one reply, whatever went wrong at first."""
    hits = [await _once(database_url, FLOWS[number], name, fault) for name, fault in _some(number)]
    assert sum(hits) > 0


@pytest.mark.chaos
@pytest.mark.parametrize("flow", FLOWS)
async def test_each_call_fails_in_each_way(
    database_url: str, flow: Flow, figure: Callable[[str], None]
) -> None:
    """The same for all of them."""
    ways = [(name, fault) for name in (*SLACK, *RESPAN) for fault in [*FAULTS, SLOW]]
    hits = sum([await _once(database_url, flow, name, fault) for name, fault in ways])
    figure(f"faults over an approval, {flow.__name__}: {hits} in {len(ways)} runs, all ended well")

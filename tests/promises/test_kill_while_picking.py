"""Death, and a fault, at every outbound call of what somebody picked from the list, or an alert.

Three batches are chosen: one is final before the question or before the click, one is being
cancelled by somebody else at the click, one ends otherwise after its cancel call. The time is
moved here; `test_kill_at_every_call.py` kills the process itself.
"""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from bot.domain.request import Request
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.respan.server import batch_of
from bot.sandbox.slack.workspace import BOT_USER, Ephemeral
from bot.views.picker import REVIEW_ACTION
from tests.promises.people import HISTORY
from tests.promises.test_kill_in_an_emergency import MOMENTS, Flow, at_each_call, die, play
from tests.simulation import CONFIRM, Simulation

FINAL, JOINED, OTHERWISE = THREE = ("batch_final", "batch_joined", "batch_otherwise")


def _add(sim: Simulation) -> None:
    for batch_id in THREE:
        # Longer than a lease: who died over the cancel call sees that it was taken.
        sim.respan.add_batch(batch_id, cancel_seconds=60.0)
    sim.respan.batches[OTHERWISE].ends_as = "expired"


def _with(sim: Simulation, action: str, user: str = "U0ANA") -> list[Ephemeral]:
    """Return what a person can press; who died over an answer gives it twice, either will do."""
    shown = sim.slack.workspace.private(user)
    return [e for e in shown if any(b["action_id"] == action for b in e.buttons)]


async def _listed(sim: Simulation) -> Ephemeral:
    """Type the command alone, and return the list."""
    _add(sim)
    await sim.slack.command("")
    await sim.pass_time(90)
    return _with(sim, REVIEW_ACTION)[0]


async def _reviewed(sim: Simulation, shown: Ephemeral) -> Ephemeral:
    """Choose the three, and return the question."""
    await sim.choose(shown, *THREE)
    await sim.press(shown, REVIEW_ACTION)
    await sim.pass_time(90)
    return _with(sim, CONFIRM)[0]


async def _cancelled_by_ben(sim: Simulation) -> None:
    """Let somebody else confirm one of them."""
    await sim.slack.command(JOINED, user="U0BEN")
    await sim.pass_time(90)
    await sim.press(_with(sim, CONFIRM, "U0BEN")[0])


def _end(sim: Simulation) -> None:
    sim.respan.batches[FINAL].status = "completed"


async def picked(sim: Simulation) -> None:
    """One is over before it is asked about; it is left out, and said."""
    shown = await _listed(sim)
    _end(sim)
    question = await _reviewed(sim, shown)
    assert "Cancel 2 batches?" in question.text
    assert f"`{FINAL}`: it is `completed` already" in question.text
    await _confirmed(sim, question)


async def picked_too_late(sim: Simulation) -> None:
    """One is over between the question and the click."""
    question = await _reviewed(sim, await _listed(sim))
    assert "Cancel 3 batches?" in question.text
    _end(sim)
    await _confirmed(sim, question)


async def _confirmed(sim: Simulation, question: Ephemeral) -> None:
    """One cancel effect each for the two, one announcement and one reply for each request."""
    await _cancelled_by_ben(sim)
    await sim.press(question)
    await sim.pass_time(600)
    assert _effects(sim) == [(JOINED, "U0BEN"), (OTHERWISE, "U0ANA")]
    states = Counter(r.state for r in await sim.requests())
    assert states == {"reported": 2}
    assert len(sim.parents()) == len(sim.replies()) == 2
    reply = next(m for m in sim.replies() if "<@U0ANA>" in m.text)
    # What was left out of the question is not told again.
    is_told = f"`{FINAL}` was not cancelled: it is `completed` already" in reply.text
    assert is_told is ("Cancel 3 batches?" in "".join(question.history))
    assert f"`{JOINED}` (asked for by <@U0BEN>) was cancelled" in reply.text
    assert f"`{OTHERWISE}` expired before the cancellation took effect" in reply.text


def _effects(sim: Simulation) -> list[tuple[str, str | None]]:
    return sorted((c.batch_id, c.identifier) for c in sim.respan.cancels if c.began)


async def changed(sim: Simulation) -> None:
    """Much of one has run at the click: it is asked about once more, and the others go out."""
    question = await _reviewed(sim, await _listed(sim))
    if not await _is_asked_once_more(sim, question, FINAL):
        return
    assert _effects(sim) == [(JOINED, "U0ANA"), (OTHERWISE, "U0ANA")]
    again = [e for e in _with(sim, CONFIRM) if "Still cancel" in e.text]
    await sim.press(again[0])
    await sim.pass_time(600)
    assert _effects(sim) == [(batch_id, "U0ANA") for batch_id in THREE]
    first, second = sorted(await sim.requests(), key=lambda request: request.after_change)
    assert (first.state, second.state) == ("reported", "reported")
    assert len(sim.parents()) == len(sim.replies()) == 2


async def _is_asked_once_more(sim: Simulation, question: Ephemeral, batch_id: str) -> bool:
    """Let much of a batch run and confirm; what can't be read then is cancelled all the same."""
    sim.respan.batches[batch_id].completed += 40
    looks = len(sim.respan.exchanges)
    await sim.press(question)
    await sim.pass_time(90)
    since = [e for e in sim.respan.exchanges[looks:] if batch_of(e) == batch_id]
    if since[0].fault is None:
        return True
    assert (batch_id, "U0ANA") in _effects(sim)
    await sim.pass_time(600)
    assert len(sim.respan.cancels) == len((await sim.request()).targets)
    assert (await sim.request()).state == "reported"
    return False


async def changed_on_an_alert(sim: Simulation) -> None:
    """Let an alert's batch be asked about once more, and told in the alert's thread, once."""
    _add(sim)
    on = sim.slack.workspace.alert(f"[FIRING] {JOINED}", "C0BATCHES")
    await sim.shortcut(on)
    await sim.pass_time(90)
    if not await _is_asked_once_more(sim, _with(sim, CONFIRM)[0], JOINED):
        return
    assert _effects(sim) == []
    again = [e for e in _with(sim, CONFIRM) if "Still cancel" in e.text]
    await sim.press(again[0])
    await sim.pass_time(600)
    assert _effects(sim) == [(JOINED, "U0ANA")]
    assert [r.state for r in await _by_change(sim)] == ["refused", "reported"]
    announcement, reply = (m for m in sim.slack.workspace.messages if m.user == BOT_USER)
    assert [announcement.thread_ts, reply.thread_ts] == [on.ts, on.ts]


async def _by_change(sim: Simulation) -> list[Request]:
    return sorted(await sim.requests(), key=lambda request: request.after_change)


FLOWS = [picked, picked_too_late, changed, changed_on_an_alert]

FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("drop_before", {}),
    ("drop_after", {}),
    ("half_body", {}),
    ("rate_limited", {"retry_after": 2}),
    ("status", {"code": 500}),
    ("status", {"code": 503, "processed": True}),
    ("garbage", {}),
    ("wrong_types", {}),
    ("empty", {}),
]
_LIES = {"garbage", "wrong_types", "empty"}


class Nth(Faults):
    """Lets one of all calls to both services go wrong; `hit` is its name."""

    def __init__(self, k: int, kind: str, options: dict[str, Any]) -> None:
        """Wait for the k-th call."""
        super().__init__()
        self.left, self.kind, self.options, self.hit = k, kind, options, ""

    def take(self, name: str, path: str = "/") -> Fault | None:
        """Count down, and go wrong.

        A response URL that took an answer without doing anything could not be told from a good one.
        """
        del path
        if name == "auth.test":
            return None
        self.left -= 1
        if self.left != 0:
            return None
        self.hit = name
        lies = {"processed": True} if name == "response_url" and self.kind in _LIES else {}
        return Fault(name, self.kind, options=self.options | lies)


async def go_wrong(database_url: str, flow: Flow, k: int, fault: tuple[str, Any]) -> str:
    """Play a flow whose k-th call goes wrong; return the call's name, "" where there is none."""
    async with Simulation(database_url, scopes=tuple(HISTORY)) as sim:
        faults = Nth(k, *fault)
        sim.slack.faults = sim.respan.faults = faults
        await play(sim, flow)
        return faults.hit


@pytest.mark.seconds(10)
@pytest.mark.parametrize("flow", FLOWS)
async def test_death_at_some_calls(database_url: str, flow: Flow) -> None:
    """Whenever the process dies: one cancel effect a batch, one announcement, one reply.

    Each database takes every other of some calls; the long form takes all.
    """
    first = 1 if database_url.startswith("sqlite") else 6
    hits = [await die(database_url, flow, k, MOMENTS[k // 2 % 2]) for k in range(first, 18, 10)]
    assert "" not in hits


@pytest.mark.seconds(10)
@pytest.mark.parametrize("flow", FLOWS)
async def test_a_fault_at_some_calls(database_url: str, flow: Flow) -> None:
    """The same where a call goes wrong, each in another way."""
    first = 1 if database_url.startswith("sqlite") else 2
    hits = [await go_wrong(database_url, flow, k, FAULTS[k % 9]) for k in range(first, 18, 8)]
    assert "" not in hits


@pytest.mark.chaos
@pytest.mark.parametrize("flow", FLOWS)
async def test_death_at_every_call(
    database_url: str, flow: Flow, figure: Callable[[str], None]
) -> None:
    """The same for each call and both moments."""
    hits = await at_each_call(partial(die, database_url, flow), MOMENTS)
    figure(f"deaths while picking, {flow.__name__}: {len(hits)}, all ended well")


@pytest.mark.chaos
@pytest.mark.parametrize("flow", FLOWS)
async def test_a_fault_at_every_call(
    database_url: str, flow: Flow, figure: Callable[[str], None]
) -> None:
    """The same for each call and each kind of fault."""
    hits = await at_each_call(partial(go_wrong, database_url, flow), FAULTS)
    figure(f"faults while picking, {flow.__name__}: {len(hits)}, all ended well")

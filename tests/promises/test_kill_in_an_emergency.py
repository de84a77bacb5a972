"""Death at every outbound call of an emergency: asked without numbers, withdrawn, asked again.

These take half an hour and more, so that the time is moved, and the process is this one: a bot dies
by being cut off at the call, and another one takes over when its leases have run out.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import pytest

from bot.domain.request import REQUEST_MOVES
from bot.sandbox.slack.workspace import Ephemeral, SandboxMessage
from bot.views.unsent import WITHDRAW_ACTION
from tests.promises.people import HISTORY
from tests.simulation import BATCH, CONFIRM, Member, Simulation
from tests.webhooks import SECRET

T = TypeVar("T")

MOMENTS = ("before_processing", "after_answer")
MOST_CALLS = 60
"""More than any flow has."""


class Mortal(Simulation):
    """A simulation whose bot dies at its k-th call, once; `hit` is the name of that call."""

    left = 0
    moment = MOMENTS[0]
    hit = ""

    def was_hit(self) -> bool:
        """Return whether the one death has been."""
        return self.hit != ""

    async def _turn(self, member: Member) -> int:
        """Let one bot claim what is due and do it, or die over it."""
        if self.was_hit() or not self.left:
            return await super()._turn(member)
        turn = asyncio.ensure_future(super()._turn(member))

        async def strike(exchange: Any) -> None:
            self.left -= 1
            if self.left == 0:
                self.hit = exchange.name
                turn.cancel()

        for server in (self.slack, self.respan):
            setattr(server, self.moment, strike)
        await asyncio.wait({turn})
        for server in (self.slack, self.respan):
            setattr(server, self.moment, None)
        if not self.was_hit():
            return turn.result()
        with suppress(asyncio.CancelledError):
            turn.result()
        self.crew.remove(member)
        await self.take_over()
        return 1


def _fail(sim: Simulation, name: str, kind: str, **options: Any) -> None:
    sim.respan.faults.add(name, kind, times=None, **options)


def _asked(sim: Simulation) -> Ephemeral:
    """Return the question as it stands in the channel."""
    return next(e for e in sim.slack.workspace.private("U0ANA") if e.buttons)


def _direct(sim: Simulation) -> list[SandboxMessage]:
    return [m for m in sim.slack.workspace.messages if m.channel == "D0ANA"]


async def without_numbers(sim: Simulation) -> None:
    """Cancel while reads fail; its end is told when they work again."""
    _fail(sim, "retrieve", "status", code=500)
    await sim.slack.command(BATCH)
    await sim.pass_time(60)
    await sim.press(_asked(sim))
    await sim.pass_time(300)
    assert len(sim.respan.cancels) == 1
    sim.respan.faults.clear()
    await sim.pass_time(300)
    assert await sim.stage() == "reported"
    assert len(sim.parents()) == 1
    assert sum("Receipt" in m.text for m in sim.replies()) == 1
    # Who died over the cancel call doesn't know whether there is an end to see.
    blind = sum("can't see whether" in m.text for m in sim.replies())
    assert blind == (0 if getattr(sim, "hit", "") == "cancel" else 1)


async def withdrawn(sim: Simulation) -> None:
    """Take it back while nothing arrives; it stays so when everything works again."""
    shown = await sim.ask()
    await sim.pass_time(60)
    _fail(sim, "*", "rate_limited", retry_after=20)
    await sim.press(shown)
    await sim.pass_time(120)
    await sim.press(shown, WITHDRAW_ACTION, value=(await sim.request()).id)
    await sim.pass_time(60)
    sim.respan.faults.clear()
    await sim.pass_time(600)
    assert await sim.stage() == "withdrawn"
    assert sim.respan.cancels == []
    assert sim.slack.workspace.messages == []
    # Who died over the cancel call looks first, and then sends no other one.
    died = getattr(sim, "hit", "") == "cancel"
    told = "Withdrawn: Respan did not take" if died else "Withdrawn: nothing was sent"
    assert shown.text.startswith(told)


async def asked_again(sim: Simulation) -> None:
    """Confirm once more what could not be sent for half an hour."""
    shown = await sim.ask()
    await sim.pass_time(60)
    _fail(sim, "*", "rate_limited", retry_after=20)
    await sim.press(shown)
    await sim.pass_time(2000)
    sim.respan.faults.clear()
    await sim.pass_time(120)
    question = next(m for m in _direct(sim) if m.buttons)
    assert sim.respan.cancels == []
    await sim.slack.click(question, CONFIRM)
    await sim.pass_time(300)
    assert await sim.stage() == "reported"
    assert len(sim.respan.cancels) == 1
    assert len([m for m in sim.parents() if m.channel == "C0BATCHES"]) == 1
    assert len(sim.replies()) == 1


Flow = Callable[[Simulation], Awaitable[None]]
FLOWS = [without_numbers, withdrawn, asked_again]


async def die(database_url: str, flow: Flow, k: int, moment: str) -> str:
    """Play a flow with a death at its k-th call; return the call's name, "" where there is none."""
    more: dict[str, Any] = {"scopes": tuple(HISTORY), "openai_webhook_secret": SECRET}
    async with Mortal(database_url, **more) as sim:
        sim.left, sim.moment = k, moment
        await play(sim, flow)
        return sim.hit


async def at_each_call(begin: Callable[[int, T], Awaitable[str]], ways: Sequence[T]) -> list[str]:
    """Return the calls that were hit, each of a flow in each of the ways, until it has no more."""
    hits = []
    for way in ways:
        for k in range(1, MOST_CALLS + 1):
            hit = await begin(k, way)
            if not hit:
                break
            hits.append(hit)
    return hits


async def play(sim: Simulation, flow: Flow) -> None:
    """Play a flow to its end, at which nothing is left to do, and leave an empty database."""
    sim.respan.add_batch(BATCH)
    await flow(sim)
    assert not any(REQUEST_MOVES[row.state] for row in await sim.requests())
    assert await sim.crew[0].stores.answers.wait_seconds() is None
    await _emptied(sim)


@pytest.mark.seconds(10)
@pytest.mark.parametrize("flow", FLOWS)
async def test_death_at_the_first_calls(database_url: str, flow: Flow) -> None:
    """Whenever the process dies: what was to happen happens once, and everybody hears of it.

    Each database takes every other call.
    """
    first = 1 if database_url.startswith("sqlite") else 2
    hits = [await die(database_url, flow, k, MOMENTS[k // 2 % 2]) for k in range(first, 12, 2)]
    assert "" not in hits


@pytest.mark.chaos
@pytest.mark.parametrize("flow", FLOWS)
async def test_death_at_every_call(
    database_url: str, flow: Flow, figure: Callable[[str], None]
) -> None:
    """The same for each call and both moments."""
    hits = await at_each_call(partial(die, database_url, flow), MOMENTS)
    figure(f"deaths in an emergency, {flow.__name__}: {len(hits)}, all ended well")


async def _emptied(sim: Simulation) -> None:
    """Leave the database as it was, for the next death; the audit is only ever added to."""
    from bot.store.schema import metadata  # noqa: PLC0415 - only here do tests look past the store

    async with sim.crew[0].stores.database.writing() as connection:
        for table in metadata.sorted_tables:
            if table.name.startswith("audit"):
                continue
            await connection.execute(table.delete())

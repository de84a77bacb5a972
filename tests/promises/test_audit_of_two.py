"""The audit of what a second person decides, and of the undo window."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.domain.approval import value_of
from bot.views.approval import APPROVE_ACTION
from bot.views.undo import NOW_ACTION, UNDO_ACTION
from bot.views.unsent import WITHDRAW_ACTION
from tests.promises.test_audit import explained
from tests.simulation import BATCH, Simulation
from tests.steps.approvals import OVER, VALID, approve, ask_approval, decline, prepared, question

BEGUN = ["asked", "shown", "sent_for_approval"]
SENT = ["intent", "accepted", "ended", "reported"]
WINDOW = {"undo_seconds": 10}

Play = Callable[[Simulation], Awaitable[None]]


async def approved(sim: Simulation) -> None:
    """Somebody else agrees, after one who may not, and the person themselves."""
    await ask_approval(sim)
    await approve(sim, "U0ANA")
    await approve(sim, "U0CLEO")
    await approve(sim)
    await approve(sim, "U0DAN")


async def declined(sim: Simulation) -> None:
    """Somebody else declines; who comes later decides nothing."""
    await ask_approval(sim)
    await decline(sim)
    await approve(sim, "U0DAN")


async def taken_back(sim: Simulation) -> None:
    """Who asked withdraws it where they asked."""
    shown = await ask_approval(sim)
    await sim.press(shown, WITHDRAW_ACTION)


async def declined_by_who_asked(sim: Simulation) -> None:
    """Who asked presses Decline in the channel: they withdraw it."""
    await ask_approval(sim)
    await decline(sim, "U0ANA")


async def nobody(sim: Simulation) -> None:
    """Wait for longer than anybody could agree."""
    await ask_approval(sim)
    await sim.pass_time(VALID + 60)
    await approve(sim)


async def nowhere(sim: Simulation) -> None:
    """Ask where the bot can't post: nothing waits there."""
    shown = await sim.ask(BATCH, channel="C0PRIVATE")
    await sim.press(shown)


async def undone(sim: Simulation) -> None:
    """Press Undo in the window."""
    shown = await sim.confirm()
    await sim.pass_time(5)
    await sim.press(shown, UNDO_ACTION)


async def at_once(sim: Simulation) -> None:
    """Press Cancel now in the window."""
    shown = await sim.confirm()
    await sim.pass_time(5)
    await sim.press(shown, NOW_ACTION)


async def waited_for(sim: Simulation) -> None:
    """Let the window end, and press Undo then."""
    shown = await sim.confirm()
    await sim.pass_time()
    row = await sim.request()
    await sim.pass_time(15)
    await sim.press(shown, UNDO_ACTION, value=row.id)


PLAYS: list[tuple[Play, dict[str, Any], list[str]]] = [
    (approved, OVER, [*BEGUN, "denied", "denied", "approved", *SENT]),
    (declined, OVER, [*BEGUN, "declined", "reported"]),
    (taken_back, OVER, [*BEGUN, "withdrawn", "reported"]),
    (declined_by_who_asked, OVER, [*BEGUN, "withdrawn", "reported"]),
    (nobody, OVER, [*BEGUN, "expired", "reported"]),
    (nowhere, OVER, [*BEGUN, "refused"]),
    (undone, WINDOW, ["asked", "shown", "confirmed", "undone"]),
    (at_once, WINDOW, ["asked", "shown", "confirmed", "cancel_now", *SENT]),
    (waited_for, WINDOW, ["asked", "shown", "confirmed", *SENT]),
]


@pytest.mark.parametrize(("play", "settings", "expected"), PLAYS)
async def test_each_decision_is_recorded_once(
    database_url: str, play: Play, settings: dict[str, Any], expected: list[str]
) -> None:
    """In order, and the audit explains what was sent: by whom it was asked, and by whom agreed."""
    async with Simulation(database_url, **settings) as sim:
        prepared(sim)
        await play(sim)
        await sim.pass_time(600)
        assert await sim.events() == expected
        await explained(sim, expected.count("intent"))


async def test_who_agreed_stands_beside_who_asked(database_url: str) -> None:
    """In the approval, in the intent, and in the denials of who may not agree."""
    async with Simulation(database_url, **OVER) as sim:
        await approved(prepared(sim))
        await sim.pass_time(5)
        found = await sim.records()
        (agreed,) = [one for one in found if one["event"] == "approved"]
        assert (agreed["user_id"], agreed["details"]["asked_by"]) == ("U0BEN", "U0ANA")
        (intent,) = [one for one in found if one["event"] == "intent"]
        assert (intent["user_id"], intent["identifier"]) == ("U0ANA", "U0ANA")
        assert intent["details"]["approved_by"] == "U0BEN"
        denied = [one for one in found if one["event"] == "denied"]
        assert [(one["user_id"], one["details"]["rule"]) for one in denied] == [
            ("U0ANA", "own_request"),
            ("U0CLEO", "guest"),
        ]
        assert {one["details"]["role"] for one in denied} == {"approver"}


async def test_an_approver_who_was_taken_off(database_url: str) -> None:
    """Before the call nobody of both may be gone: it is told who, and nothing is sent."""
    async with Simulation(database_url, **OVER) as sim:
        await ask_approval(prepared(sim))
        value = value_of(await sim.request())
        await sim.press(question(sim), APPROVE_ACTION, user="U0BEN", value=value)
        sim.slack.workspace.people["U0BEN"].deleted = True
        await sim.pass_time(600)
        (denied,) = [one for one in await sim.records() if one["event"] == "denied"]
        details = {"rule": "not_approver", "at": "call", "role": "approver", "other": "U0ANA"}
        assert (denied["user_id"], denied["details"]) == ("U0BEN", details)
        assert sim.respan.cancels == []


async def test_what_has_changed_is_approved_once_more(database_url: str) -> None:
    """The second round has facts and an approval of its own."""
    async with Simulation(database_url, **OVER) as sim:
        batch = prepared(sim).respan.batches[BATCH]
        batch.total, batch.completed = 1000, 0
        await ask_approval(sim)
        message = question(sim)
        batch.completed = 500
        await approve(sim)
        await sim.pass_time(30)
        assert await sim.events() == [*BEGUN, "approved", "refused", "sent_for_approval"]
        await approve(sim, "U0DAN", on=message)
        await sim.pass_time(120)
        events = await sim.events()
        assert events[6:] == ["approved", *SENT]
        sent = [one for one in await sim.records() if one["event"] == "sent_for_approval"]
        shown = [one["details"]["batches"][0]["completed"] for one in sent]
        assert shown == [0, 500]
        await explained(sim, 1)

"""The question: built from a fresh look at the batch, or refused with its own sentence."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.domain.refusal import Refusal
from bot.sandbox.slack.workspace import Person
from tests.simulation import BATCH, DECLINE, Simulation


async def test_the_question_shows_the_batch(sim: Simulation) -> None:
    """It has the batch's numbers, both buttons, and a token that tells nothing."""
    shown = await sim.ask()
    row = await sim.request()
    for part in ("`in_progress`", "23 of 100 requests done, 1 failed, 76 not run yet", "billed"):
        assert part in shown.text
    cancel, keep = shown.buttons
    assert (cancel["text"]["text"], cancel["style"]) == ("Cancel batch", "danger")
    assert keep["text"]["text"] == "Keep running"
    assert cancel["value"] == keep["value"] == row.token
    assert BATCH not in row.token
    assert len(row.token) >= 32
    assert row.expires_at == pytest.approx(sim.clock.time() + 600, abs=5)
    assert sim.respan.cancels == []


async def test_sparse_batches_can_be_cancelled(sim: Simulation) -> None:
    """A batch of which only id and status are known is asked about all the same."""
    sim.respan.add_batch("batch_sparse", sparse=True)
    shown = await sim.ask("batch_sparse")
    assert len(shown.buttons) == 2
    assert "Its progress is not known" in shown.text


@pytest.mark.parametrize(
    ("kind", "options", "refusal"),
    [
        ("status", {"code": 401}, Refusal.KEY_REFUSED),
        ("status", {"code": 403, "body": {"detail": "no"}}, Refusal.REFUSED),
        ("status", {"code": 403, "body": {"detail": "Invalid API key"}}, Refusal.KEY_REFUSED),
        ("status", {"code": 401, "body": {"detail": "Missing scopes"}}, Refusal.NO_PERMISSION),
        ("status", {"code": 403, "body": "error code: 1010"}, Refusal.BLOCKED),
        ("status", {"code": 403, "body": "<html><title>No</title>"}, Refusal.BLOCKED),
        ("status", {"code": 400, "body": {"error": "provider_id?"}}, Refusal.NO_PROVIDER_ID),
        ("status", {"code": 404, "body": {"error": {"message": "No such"}}}, Refusal.NOT_FOUND),
        ("status", {"code": 404, "body": "<html>"}, Refusal.REFUSED),
        ("status", {"code": 422, "body": {"detail": "x", "errors": {}}}, Refusal.REFUSED),
        ("status", {"code": 500}, Refusal.UNAVAILABLE),
        ("status", {"code": 204}, Refusal.UNREADABLE),
        ("rate_limited", {}, Refusal.RATE_LIMITED),
        ("redirect", {}, Refusal.REFUSED),
        ("garbage", {}, Refusal.UNREADABLE),
        ("wrong_types", {}, Refusal.UNREADABLE),
        ("empty", {}, Refusal.UNREADABLE),
        ("huge", {}, Refusal.UNREADABLE),
        ("drop_before", {}, Refusal.UNAVAILABLE),
        ("half_body", {}, Refusal.UNAVAILABLE),
    ],
)
async def test_what_cannot_be_read_is_told(
    sim: Simulation, kind: str, options: dict[str, Any], refusal: Refusal
) -> None:
    """A definite no is one sentence without buttons; all else is tried again, and then asked."""
    sim.respan.faults.add("retrieve", kind, **options)
    await sim.slack.command(BATCH)
    await sim.pass_time(9)
    row, shown = await sim.request(), sim.slack.workspace.private("U0ANA")[-1]
    assert "html" not in "".join(sim.private())
    if refusal in {Refusal.UNAVAILABLE, Refusal.UNREADABLE, Refusal.RATE_LIMITED}:
        assert (row.state, len(shown.buttons)) == ("asked", 2)
        assert "Looking up" in sim.private()[0]
        assert len(sim.private()) == 2
        return
    assert (row.state, row.refusal) == ("refused", refusal)
    assert shown.buttons == []
    assert len(sim.private()) == 1


async def test_an_open_question_expires(sim: Simulation) -> None:
    """After ten minutes it is closed, and a click is told so."""
    shown = await sim.ask()
    await sim.pass_time(601)
    assert await sim.stage() == "expired"
    await sim.press(shown)
    await sim.pass_time()
    assert "valid for 10 minutes" in shown.text
    assert shown.buttons == []
    assert sim.respan.cancels == []


async def test_a_click_at_the_last_moment_and_after_it(sim: Simulation) -> None:
    """The time of the click decides, not when the question is closed."""
    shown = await sim.ask()
    sim.clock.advance(601)
    await sim.press(shown)
    await sim.pass_time(5)
    assert "valid for 10 minutes" in shown.text
    assert sim.respan.cancels == []


async def test_keep_running_closes_it(sim: Simulation) -> None:
    """Nothing is called, and a later click is told what was chosen."""
    shown = await sim.ask()
    token = (await sim.request()).token
    await sim.press(shown, DECLINE)
    await sim.pass_time()
    assert "keeps running" in shown.text
    await sim.press(shown, value=token)
    await sim.pass_time()
    assert "You chose to keep" in shown.text
    assert sim.respan.cancels == []


async def test_an_old_command_is_answered_directly(sim: Simulation) -> None:
    """A question that could not be asked for half an hour is told in a direct message."""
    await sim.slack.command(BATCH)
    sim.clock.advance(31 * 60)
    await sim.pass_time(5)
    (message,) = sim.slack.workspace.messages
    assert message.channel == "D0ANA"
    assert "interrupted" in message.text
    assert await sim.stage() == "refused"


async def test_a_batch_that_is_being_cancelled_here_is_pointed_to(sim: Simulation) -> None:
    """Whoever asks about it reads who confirmed, and where to follow."""
    sim.respan.batches[BATCH].cancel_seconds = 100
    await sim.confirm()
    await sim.pass_time(5)
    shown = await sim.ask(user="U0BEN")
    assert "<@U0ANA> confirmed already" in shown.text
    assert "/archives/C0BATCHES/p" in shown.text
    assert [button["action_id"] for button in shown.buttons] == ["tell_me_too"]


async def test_groups_say_who_may(database_url: str) -> None:
    """Members of an allowed group may, others may not, and Respan isn't asked for those."""
    groups = {"scopes": ("usergroups:read",), "allowed_usergroups": "S0ML"}
    async with Simulation(database_url, **groups) as sim:  # type: ignore[arg-type]  # settings
        sim.respan.add_batch(BATCH)
        sim.slack.workspace.usergroups["S0ML"] = ["U0ANA"]
        assert len((await sim.ask()).buttons) == 2
        before = len(sim.respan.exchanges)
        assert "not among the people" in (await sim.ask(user="U0BEN")).text
        assert len(sim.respan.exchanges) == before
        assert len(sim.slack.calls("usergroups.users.list")) == 1


async def test_who_left_the_group_may_not_confirm(database_url: str) -> None:
    """The group is asked again when the cancellation is confirmed."""
    groups = {"scopes": ("usergroups:read",), "allowed_usergroups": "S0ML"}
    async with Simulation(database_url, **groups) as sim:  # type: ignore[arg-type]  # settings
        sim.respan.add_batch(BATCH)
        sim.slack.workspace.usergroups["S0ML"] = ["U0ANA"]
        shown = await sim.ask()
        sim.slack.workspace.usergroups["S0ML"] = []
        sim.clock.advance(5)
        await sim.press(shown)
        with capture_logs() as logs:
            await sim.pass_time(5)
        (line,) = [one for one in logs if one["event"] == "a person was refused"]
        assert (line["user_id"], line["channel_id"]) == ("U0ANA", "C0BATCHES")
        assert "not among the people" in shown.text
        assert sim.respan.cancels == []


async def test_whoever_cannot_be_checked_may_not(database_url: str) -> None:
    """Without the scope, or while Slack is down, nobody is let in by a group."""
    async with Simulation(database_url, allowed_usergroups="S0ML") as sim:
        sim.respan.add_batch(BATCH)
        told = await sim.ask()
        assert "Slack did not say who is in the allowed user groups" in told.text
        assert told.buttons == []


@pytest.mark.parametrize(
    ("email", "scopes", "expected"),
    [
        ("ana@example.com", ("users:read", "users:read.email"), "ana@example.com"),
        ("ana@example.com", ("users:read",), "U0ANA"),
        (None, ("users:read", "users:read.email"), "U0ANA"),
        ("ana@example.com", (), "U0ANA"),
        ("änä@exämple.com", ("users:read", "users:read.email"), "änä@exämple.com"),
        ("a" * 400 + "@example.com", ("users:read", "users:read.email"), "a" * 254),
        ("ana\x00@exa\ud800mple.com\r\n", ("users:read", "users:read.email"), "ana@example.com"),
        ("\x00\ud800", ("users:read", "users:read.email"), "U0ANA"),
    ],
)
async def test_the_name_that_respan_hears(
    database_url: str, email: str | None, scopes: tuple[str, ...], expected: str
) -> None:
    """By setting it is the e-mail address; where there is none it is the user id."""
    async with Simulation(database_url, scopes=scopes, customer_identifier="email") as sim:
        sim.slack.workspace.people["U0ANA"] = Person("U0ANA", "ana", "Ana", email)
        sim.respan.add_batch(BATCH)
        await sim.confirm()
        await sim.pass_time(5)
        assert [c.identifier for c in sim.respan.cancels] == [expected]

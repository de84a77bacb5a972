"""Who somebody is decides at each step: what is known, what Slack tells, and when it does not."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.sandbox.slack.workspace import Person
from tests.simulation import BATCH, Simulation

MEMBER, STRANGE = "U0BEN", "U0STRANGE"

PEOPLE: dict[str, tuple[dict[str, Any], str]] = {
    "guest": ({"guest": True}, "Guests of this workspace may not cancel batches."),
    "single-channel guest": ({"single_channel": True}, "Guests of this workspace may not"),
    "stranger": ({"stranger": True}, "People of other workspaces may not cancel batches here."),
    "of another team": ({"team_id": "T0OTHER"}, "People of other workspaces may not"),
    "bot": ({"bot": True}, "Bots may not cancel batches."),
    "deactivated": ({"deleted": True}, "Slack says that your account is deactivated"),
}


def _add(sim: Simulation, **told: Any) -> None:
    sim.slack.workspace.people[STRANGE] = Person(STRANGE, "odd", "Odd One", **told)


def _refusals(logs: list[Any]) -> list[tuple[str, str]]:
    return [(x["user_id"], x["why"]) for x in logs if x["event"] == "a person was refused"]


@pytest.mark.parametrize("text", [BATCH, "", f"status {BATCH}", "status", "history"])
@pytest.mark.parametrize("kind", PEOPLE)
async def test_who_may_not_by_default(database_url: str, kind: str, text: str) -> None:
    """They are told why, once for each command, and their flood costs Respan one call at most."""
    told, words = PEOPLE[kind]
    async with Simulation(database_url) as sim:
        sim.respan.add_batch(BATCH)
        _add(sim, **told)
        with capture_logs() as logs:
            for _ in range(5):
                await sim.slack.command(text, user=STRANGE)
                await sim.pass_time(1)
        said = sim.private(STRANGE)
        assert len(said) == 5
        assert all(words in one for one in said), said
        assert all(not shown.buttons for shown in sim.slack.workspace.private(STRANGE))
        assert len(sim.respan.exchanges) <= 1
        assert len(sim.slack.calls("users.info")) == 1
        assert len(_refusals(logs)) == 5


@pytest.mark.parametrize("kind", PEOPLE)
async def test_whoever_is_listed_by_name_may(database_url: str, kind: str) -> None:
    """Whatever they are; Slack is not even asked."""
    async with Simulation(database_url, allowed_users=STRANGE) as sim:
        sim.respan.add_batch(BATCH, cancel_seconds=20)
        _add(sim, **PEOPLE[kind][0])
        await sim.confirm(user=STRANGE)
        await sim.pass_time(60)
        assert [one.identifier for one in sim.respan.cancels] == [STRANGE]
        assert sim.slack.calls("users.info") == []


async def test_what_somebody_is_is_kept_for_five_minutes(database_url: str) -> None:
    """A further command within that time asks Slack nothing; the call itself reads anew."""
    async with Simulation(database_url) as sim:
        sim.respan.add_batch(BATCH)
        for seconds, calls in ((0, 1), (200, 1), (99, 1), (2, 2)):
            sim.clock.advance(seconds)
            await sim.slack.command("status")
            await sim.pass_time(0)
            assert len(sim.slack.calls("users.info")) == calls
        await sim.confirm()
        await sim.pass_time(2)
        assert len(sim.respan.cancels) == 1
        assert len(sim.slack.calls("users.info")) == 3


async def test_slack_is_asked_beside_respan(database_url: str) -> None:
    """Both calls are under way at once: nobody waits for the one and then for the other."""
    async with Simulation(database_url) as sim:
        sim.respan.add_batch(BATCH)
        sim.slack.faults.add("users.info", "delay", times=1, seconds=0.4)
        sim.respan.faults.add("retrieve", "delay", times=1, seconds=0.4)
        await sim.ask()
        (info,), (read,) = sim.slack.calls("users.info"), sim.respan.calls("retrieve")
        assert abs(info.at - read.at) < 0.3


@pytest.mark.parametrize(
    ("fault", "options"),
    [
        ("drop_before", {}),
        ("status", {"code": 503}),
        ("status", {"code": 200, "body": {"ok": False, "error": "user_not_found"}}),
        ("status", {"code": 200, "body": {"ok": True, "user": None}}),
        ("rate_limited", {}),
    ],
)
async def test_slack_does_not_say(database_url: str, fault: str, options: Any) -> None:
    """Whoever can't be checked may not, is told so, and may try again."""
    async with Simulation(database_url) as sim:
        sim.respan.add_batch(BATCH)
        sim.slack.faults.add("users.info", fault, times=None, **options)
        with capture_logs() as logs:
            told = await sim.ask()
        assert "Slack did not say whether you are a full member" in told.text
        assert told.buttons == []
        assert _refusals(logs) == [("U0ANA", "person_unknown")]
        sim.slack.faults.clear()
        sim.clock.advance(60)
        assert len((await sim.ask()).buttons) == 2


CHANGES = {
    "guest": ("guest", "Guests of this workspace may not"),
    "deactivated": ("deleted", "your account is deactivated"),
    "stranger": ("stranger", "People of other workspaces may not"),
}


@pytest.mark.parametrize("when", ["before the click", "before the call"])
@pytest.mark.parametrize("kind", CHANGES)
async def test_who_was_taken_off_meanwhile(database_url: str, kind: str, when: str) -> None:
    """What Slack says right before the call counts; Respan hears nothing, the person does."""
    flag, words = CHANGES[kind]
    async with Simulation(database_url) as sim:
        sim.respan.add_batch(BATCH)
        shown = await sim.ask(user=MEMBER)
        person = sim.slack.workspace.people[MEMBER]
        if when == "before the click":
            setattr(person, flag, True)
        await sim.press(shown)
        setattr(person, flag, True)
        with capture_logs() as logs:
            await sim.pass_time(5)
        assert words in shown.text
        assert sim.respan.cancels == []
        assert _refusals(logs) == [(MEMBER, str(kind))]
        assert await sim.stage() == "refused"


async def test_the_call_waits_for_slack(database_url: str) -> None:
    """Where it does not say who somebody is, nothing is sent; then it goes on by itself."""
    async with Simulation(database_url) as sim:
        sim.respan.add_batch(BATCH, cancel_seconds=20)
        shown = await sim.ask()
        sim.clock.advance(400)  # what is known of them is forgotten
        sim.slack.faults.add("users.info", "status", times=None, code=503)
        await sim.press(shown)
        with capture_logs() as logs:
            await sim.pass_time(60)
        assert "Slack does not say at the moment who is a full member" in shown.text
        assert "you can withdraw it" in shown.text
        assert (sim.respan.cancels, _refusals(logs)) == ([], [])
        sim.slack.faults.clear()
        await sim.pass_time(120)
        assert len(sim.respan.cancels) == 1
        assert await sim.stage() == "reported"


async def test_the_call_does_not_wait_for_ever(database_url: str) -> None:
    """After half an hour it is asked anew, as with all that could not be sent."""
    async with Simulation(database_url) as sim:
        sim.respan.add_batch(BATCH)
        shown = await sim.ask()
        sim.clock.advance(400)
        sim.slack.faults.add("users.info", "status", times=None, code=503)
        await sim.press(shown)
        await sim.pass_time(2100)
        assert sim.respan.cancels == []
        (question,) = [m for m in sim.slack.workspace.messages if m.channel == "D0ANA"]
        assert len(question.buttons) == 2


async def test_a_lost_answer_is_not_repeated_for_who_may_not(database_url: str) -> None:
    """The second call is one too: whoever was taken off before it gets no other one."""
    async with Simulation(database_url) as sim:
        sim.respan.add_batch(BATCH)
        sim.respan.faults.add("cancel", "status", times=1, code=502)
        await sim.confirm()
        await sim.pass_time(1)
        assert [c.name for c in sim.respan.exchanges].count("cancel") == 1
        sim.slack.workspace.people["U0ANA"].guest = True
        await sim.pass_time(60)
        assert [c.name for c in sim.respan.exchanges].count("cancel") == 1
        assert await sim.stage() == "refused"
        assert "Guests of this workspace may not" in sim.private()[-1]

"""Who may, over both ways in: each kind of person, and whoever was taken off meanwhile."""

from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.slack.workspace import Person
from bot.sandbox.world import CONFIRM, SandboxWorld
from tests.blackbox.answers import told, typed
from tests.blackbox.conftest import every_line_has_its_key

BATCH = "batch_abc123"
ODD, GROUP = "U0ODDLY", "S0ML"

REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "guest": ({"guest": True}, "guest", "Guests of this workspace may not cancel batches."),
    "single": ({"single_channel": True}, "guest", "Guests of this workspace may not"),
    "stranger": ({"stranger": True}, "stranger", "People of other workspaces may not"),
    "elsewhere": ({"team_id": "T0ELSEWHERE"}, "stranger", "People of other workspaces may not"),
    "bot": ({"bot": True}, "bot", "Bots may not cancel batches."),
    "gone": ({"deleted": True}, "deactivated", "Slack says that your account is deactivated"),
}


def _add(world: SandboxWorld, user: str, **flags: Any) -> None:
    world.slack.workspace.people[user] = Person(user, user.lower(), "Somebody", **flags)


async def _why(world: SandboxWorld, user: str, why: str) -> None:
    """Wait until the log says who was refused, and why."""

    def said() -> bool:
        lines = world.bot.log_text().splitlines()
        return any("a person was refused" in x and user in x and f'"{why}"' in x for x in lines)

    await world.bus.wait_for(said, 10, f"a line about {user}: {why}")


async def test_by_default(world: SandboxWorld) -> None:
    """Unset, a full member may; each other kind is told so privately, and the log says why."""
    world.respan.add_batch(BATCH, cancel_seconds=0.5)
    for name, (flags, why, words) in REFUSED.items():
        user = f"U0{name.upper()}"
        _add(world, user, **flags)
        for _ in range(2):
            answer = await typed(world, BATCH, words, user)
            assert answer.buttons == []
        await _why(world, user, why)
        assert len([c for c in world.slack.calls("users.info") if c.args["user"] == user]) == 1
    assert world.respan.cancels == []
    assert len(world.respan.calls("retrieve")) <= len(REFUSED)
    await world.cancel(BATCH, "U0BEN")
    await world.reply(BATCH)
    assert [one.identifier for one in world.respan.cancels] == ["U0BEN"]


async def test_a_guest_who_is_listed(tmp_path: Path, transport: str) -> None:
    """By name everybody may, also a guest; and nobody else, not even a full member."""
    async with SandboxWorld(tmp_path, transport=transport, ALLOWED_USERS=ODD) as world:
        _add(world, ODD, guest=True)
        world.respan.add_batch(BATCH, cancel_seconds=0.5)
        await typed(world, BATCH, "You are not among the people who may cancel batches here.")
        await world.cancel(BATCH, ODD)
        await world.reply(BATCH)
        assert [one.identifier for one in world.respan.cancels] == [ODD]
        assert world.slack.calls("users.info") == []
        every_line_has_its_key(world)


def _leave(world: SandboxWorld, how: str) -> None:
    if how == "group":
        world.slack.workspace.usergroups[GROUP] = ["U0BEN"]
    else:
        world.slack.workspace.people["U0ANA"].deleted = True


LEFT = {
    "group": ("not_allowed", "You are not among the people who may cancel batches here."),
    "deactivated": ("deactivated", "Slack says that your account is deactivated"),
}


@pytest.mark.parametrize("how", LEFT)
@pytest.mark.parametrize("when", ["before the click", "before the call"])
async def test_taken_off_meanwhile(tmp_path: Path, transport: str, when: str, how: str) -> None:
    """Whoever was taken off between the question and the call hears so, and nothing is sent."""
    settings: dict[str, Any] = {"UNDO_SECONDS": "2"} | (
        {"ALLOWED_USERGROUPS": GROUP} if how == "group" else {}
    )
    why, words = LEFT[how]
    world = SandboxWorld(tmp_path, transport=transport, **settings)
    world.slack.scopes.add("usergroups:read")
    world.slack.workspace.usergroups[GROUP] = ["U0ANA"]
    async with world:
        world.respan.add_batch(BATCH, cancel_seconds=0.5)
        shown = await typed(world, BATCH, "Cancel `batch_abc123`?")
        if when == "before the click":
            _leave(world, how)
        await world.press(shown, CONFIRM)
        if when == "before the call":
            await told(world, "Cancelling `batch_abc123` in 2 s")
            _leave(world, how)
        await told(world, words)
        await _why(world, "U0ANA", why)
        assert shown.buttons == []
        assert world.respan.cancels == []
        assert world.announcements(BATCH) == []
        every_line_has_its_key(world)

"""Interactions that come again, byte for byte, and what the services saw of them."""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import Any
from uuid import uuid4

from bot.sandbox.slack.sending import Delivery
from bot.sandbox.world import DECLINE, SandboxWorld

BATCH, OTHER = "batch_abc123", "batch_other"


class Watched:
    """A world with its database beside it. Every envelope that goes to the bot is kept."""

    def __init__(self, world: SandboxWorld) -> None:
        """Watch a world that runs on an SQLite file."""
        self.world = world
        self._file = world.environment()["DATABASE_URL"].removeprefix("sqlite:///")
        self._sent: tuple[str, dict[str, Any], str] = ("", {}, "")
        self._remembered: list[str] = []
        self._called: list[str] = []
        self._really_send = world.slack.sockets.send
        setattr(world.slack.sockets, "send", self._send)  # noqa: B010 - mypy forbids the other way

    async def _send(self, kind: str, payload: dict[str, Any], wait: float) -> dict[str, Any] | None:
        self._sent = (kind, payload, uuid4().hex)
        return await self._really_send(*self._sent, wait=wait)

    async def again(self, delivery: Delivery) -> None:
        """Send the last interaction once more; it is acknowledged as it was before."""
        if delivery.transport == "socket":
            assert await self._really_send(*self._sent) is not None
        else:
            status, _ = await self.world.slack.post_raw(delivery.body.encode(), delivery.headers)
            assert status == 200

    def rows(self, query: str) -> list[Any]:
        """Return what a query finds in the bot's database."""
        with closing(sqlite3.connect(self._file)) as connection:
            return connection.execute(query).fetchall()

    def write(self, statement: str) -> None:
        """Change the bot's database, as time would; for a bot that is not running."""
        with closing(sqlite3.connect(self._file)) as connection:
            connection.execute(statement)
            connection.commit()

    def everything(self) -> list[str]:
        """Return all that stands in the database."""
        with closing(sqlite3.connect(self._file)) as connection:
            return list(connection.iterdump())

    def calls(self) -> list[str]:
        """Return the names of all calls that the bot has made."""
        return [exchange.name for exchange in self.world.outbound()]

    async def settled(self) -> None:
        """Wait until nothing is under way: no answer waits, and no row is being worked on."""
        busy = (
            "SELECT id FROM answers UNION SELECT id FROM requests "
            "WHERE owner IS NOT NULL OR state = 'confirmed' "
            "OR (state = 'asked' AND shown_at IS NULL)"
        )
        await self.world.bus.wait_for(lambda: not self.rows(busy), 20, "rest")

    async def rest(self) -> None:
        """Wait until all is settled, and remember what there is."""
        await self.settled()
        self._remembered, self._called = self.everything(), self.calls()

    def nothing_since(self, name: str) -> None:
        """Assert that since `rest` no row was changed and no call was made."""
        assert self.everything() == self._remembered, name
        assert self.calls() == self._called, name

    async def still_answers(self, user: str) -> None:
        """Type a real command: it is answered, and nothing else has happened since `rest`."""
        count = "SELECT count(*) FROM requests"
        before = self.rows(count)[0][0]
        assert (await self.world.slack.command(BATCH, user=user)).acked
        await self.world.confirmation(user)
        await self.settled()
        further = sorted(self.calls()[len(self._called) :])
        # Who they are may be known already: then Slack is not asked.
        assert [name for name in further if name != "users.info"] == ["response_url", "retrieve"]
        assert further.count("users.info") <= 1
        assert self.rows(count)[0][0] == before + 1


async def _asked(world: SandboxWorld) -> Delivery:
    return await world.slack.command(BATCH)


async def _helped(world: SandboxWorld) -> Delivery:
    return await world.slack.command("help")


async def _clicked_by_another(world: SandboxWorld) -> Delivery:
    return await world.press(await world.confirmation(), user="U0BEN")


async def _clicked_elsewhere(world: SandboxWorld) -> Delivery:
    shown = await world.confirmation()
    action = shown.buttons[0]["action_id"]
    return await world.slack.click(shown, action, channel="C0GENERAL")


async def _clicked_an_unknown_button(world: SandboxWorld) -> Delivery:
    return await world.slack.click(await world.confirmation(), "made_up")


async def _declined(world: SandboxWorld) -> Delivery:
    return await world.press(await world.confirmation(), DECLINE)


async def _confirmed(world: SandboxWorld) -> Delivery:
    await world.slack.command(OTHER)
    return await world.press(await world.confirmation(batch_id=OTHER))


Interaction = Callable[[SandboxWorld], Awaitable[Delivery]]

FOREIGN: dict[str, Interaction] = {
    "a click of somebody else": _clicked_by_another,
    "a click from another channel": _clicked_elsewhere,
    "a click on a button that nobody made": _clicked_an_unknown_button,
}
"""Slack's own, but of no use to who makes them: each is told so, once, and that is all."""

GESTURES: dict[str, Interaction] = {
    "a command that asks": _asked,
    "a command that is answered": _helped,
    **FOREIGN,
    "a click that declined": _declined,
    "a click that confirmed": _confirmed,
}


async def replay_all(watched: Watched) -> int:
    """Make each interaction, let it take its course, and send it three times more."""
    watched.world.respan.add_batch(OTHER, cancel_seconds=0.2)
    for name, interaction in GESTURES.items():
        delivery = await interaction(watched.world)
        assert delivery.acked, name
        await watched.rest()
        for _ in range(3):
            await watched.again(delivery)
            watched.nothing_since(f"{name}, again")
    await watched.still_answers("U0ANA")  # who has answered both of their questions
    return len(GESTURES)

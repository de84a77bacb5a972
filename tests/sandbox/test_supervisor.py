"""The demo's bot is started anew with what is set, however it ends."""

import asyncio

import pytest

from bot.sandbox import supervisor as supervising
from bot.sandbox.event_bus import EventBus
from bot.sandbox.process import BotProcess
from bot.sandbox.supervisor import Supervisor


class Deaf(BotProcess):
    """A bot that does not end when it is told to."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    async def start(self, seconds: float = 60.0) -> None:  # noqa: ARG002 - it is ready at once
        """Be ready at once."""
        self.calls.append("start")

    async def terminate(self) -> int:
        """Go on for ever."""
        self.calls.append("terminate")
        return await self.exit_code()

    async def kill(self) -> None:
        """End."""
        self.calls.append("kill")

    async def exit_code(self) -> int:
        """Never end by itself."""
        await asyncio.Event().wait()
        return 0


async def test_a_bot_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told to end first; the page hears that it restarts, starts and runs."""
    monkeypatch.setattr(supervising, "_ENDS_WITHIN", 0.01)
    bot, bus = Deaf(), EventBus()
    with bus.subscribe() as events:
        async with Supervisor(bot, bus) as supervisor:
            await supervisor.restart()
            said = [(await events.get()).data["state"] for _ in range(3)]
    assert said == ["restarting", "starting", "running"]
    assert bot.calls == ["terminate", "kill", "start"]

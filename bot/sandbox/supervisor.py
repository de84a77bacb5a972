"""Keeps the demo's bot alive: it is started again a moment after it dies, whoever killed it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from bot.sandbox.event_bus import EventBus
from bot.sandbox.process import BotProcess

DOWN_FOR = 1.5
"""How many seconds a dead bot stays dead, so that people see it."""


_ENDS_WITHIN = 12.0
"""How many seconds a bot that is told to stop may take: it says 10 itself."""


class Supervisor:
    """The bot's process and what it is doing: "starting", "running", "restarting" or "down"."""

    def __init__(self, bot: BotProcess, bus: EventBus, down_for: float = DOWN_FOR) -> None:
        """Take a bot that runs."""
        self.bot, self.state = bot, "running"
        self._feed, self._down_for = bus, down_for
        self._keeping: asyncio.Task[None] | None = None
        self._anew = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """Begin to watch it."""
        self._keeping = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Watch no longer; whoever made the bot ends it."""
        await self._let_go()

    def kill(self) -> None:
        """Kill it, as kill -9 does; it comes back by itself."""
        self.bot.kill_now()

    async def start_anew(self, forget: Callable[[], None]) -> None:
        """Kill it, let everything be forgotten, and start it again; the start is not awaited."""
        async with self._anew:
            await self._let_go()
            self._say("starting")
            await self.bot.kill()
            forget()
            self._keeping = asyncio.create_task(self._start_and_keep())

    async def restart(self) -> None:
        """Let it end what it has begun, and start it again; neither is awaited."""
        async with self._anew:
            await self._let_go()
            self._say("restarting")
            self._keeping = asyncio.create_task(self._restart_and_keep())

    async def _let_go(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeping

    async def _keep(self) -> None:
        while True:
            await self.bot.exit_code()
            self._say("down")
            await asyncio.sleep(self._down_for)
            await self._start()

    async def _restart_and_keep(self) -> None:
        try:
            async with asyncio.timeout(_ENDS_WITHIN):
                await self.bot.terminate()
        except TimeoutError:
            await self.bot.kill()
        await self._start_and_keep()

    async def _start_and_keep(self) -> None:
        await self._start()
        await self._keep()

    async def _start(self) -> None:
        """Start it; one that does not come up is found dead, and tried again."""
        self._say("starting")
        with suppress(RuntimeError):
            await self.bot.start()
            self._say("running")

    def _say(self, state: str) -> None:
        self.state = state
        self._feed.publish("bot", state=state)

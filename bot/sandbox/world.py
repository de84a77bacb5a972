"""A local Slack, a local Respan, and the real bot between them."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

from bot.sandbox.event_bus import EventBus, Exchange
from bot.sandbox.process import BotProcess
from bot.sandbox.respan.server import SandboxRespan
from bot.sandbox.slack.sending import Delivery
from bot.sandbox.slack.server import SandboxSlack
from bot.sandbox.slack.workspace import Ephemeral, SandboxMessage

CONFIRM, DECLINE = "Cancel batch", "Keep running"


class SandboxWorld:
    """Everything together. `bots` are processes on one database; people reach the first alive."""

    def __init__(
        self,
        folder: Path,
        *,
        transport: str = "http",
        database_url: str | None = None,
        bots: int = 1,
        seed: int = 0,
        **settings: str,
    ) -> None:
        """Start nothing yet; `settings` are further variables for the bot's environment."""
        self.bus = EventBus()
        self.slack = SandboxSlack(self.bus, seed)
        self.respan = SandboxRespan(bus=self.bus, seed=seed)
        self.slack.transport = transport
        self._folder, self._count, self._more = folder, bots, settings
        self._database_url = database_url or f"sqlite:///{folder / 'bot.db'}"
        self.bots: list[BotProcess] = []

    async def __aenter__(self) -> Self:
        """Start both services and the bots."""
        async with AsyncExitStack() as stack:
            await self.open(stack)
            for bot in self.bots:
                await bot.start()
            self._stack = stack.pop_all()
        return self

    async def open(self, stack: AsyncExitStack) -> None:
        """Start the services, and prepare the bots without starting them."""
        await stack.enter_async_context(self.slack)
        await stack.enter_async_context(self.respan)
        for number in range(self._count):
            bot = BotProcess(self.environment(), self._folder, f"bot{number}")
            stack.push_async_callback(bot.kill)
            self.bots.append(bot)
        self.route_to_live_bot()

    async def __aexit__(self, *error: object) -> None:
        """Kill the bots and stop the services."""
        await self._stack.aclose()

    @property
    def bot(self) -> BotProcess:
        """Return the first bot."""
        return self.bots[0]

    def environment(self) -> dict[str, str]:
        """Return the settings of a bot in this world."""
        way_in = (
            {"SLACK_APP_TOKEN": self.slack.app_token}
            if self.slack.transport == "socket"
            else {"SLACK_SIGNING_SECRET": self.slack.signing_secret}
        )
        return {
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_API_URL": self.slack.api_url,
            "RESPAN_API_KEY": self.respan.api_key,
            "RESPAN_BASE_URL": self.respan.base_url,
            "RESPAN_CALLS_PER_MINUTE": "6000",
            "DATABASE_URL": self._database_url,
            "LOG_FORMAT": "json",
            **way_in,
            **self._more,
        }

    def secrets(self) -> list[str]:
        """Return what nobody but the two sides of a request may see."""
        slack = self.slack
        return [slack.bot_token, slack.app_token, slack.signing_secret, self.respan.api_key]

    def route_to_live_bot(self) -> None:
        """Let interactions go to the first bot that lives, or to the first one."""
        alive = next((bot for bot in self.bots if bot.running), self.bots[0])
        self.slack.request_url = f"{alive.url}/slack/events"

    def forget(self) -> None:
        """Forget everything that was said and stored; for a bot that is not running."""
        self.slack.workspace.messages.clear()
        self.slack.workspace.ephemerals.clear()
        self.slack.choices.clear()
        for past in (self.slack.exchanges, self.respan.exchanges, self.slack.deliveries):
            past.clear()
        for path in self._folder.glob("bot.db*"):
            path.unlink()

    async def confirmation(
        self, user: str = "U0ANA", batch_id: str = "", seconds: float = 10.0
    ) -> Ephemeral:
        """Return the private message with buttons that a person got."""

        def found() -> Ephemeral | None:
            mine = self.slack.workspace.private(user)
            asked = (e for e in reversed(mine) if e.buttons and batch_id in e.text)
            return next(asked, None)

        shown = await self.bus.wait_for(found, seconds, f"a confirmation for {user}")
        if shown is None:
            raise TimeoutError
        return shown

    async def press(self, on: Ephemeral, label: str = CONFIRM, user: str | None = None) -> Delivery:
        """Press the button with that label; what is chosen in the message's menus goes with it."""
        button = next(b for b in on.buttons if b["text"]["text"] == label)
        return await self.slack.click(on, button["action_id"], user=user)

    async def choose(self, on: Ephemeral, *values: str, user: str | None = None) -> Delivery | None:
        """Choose these options, and no others, in a message's first menu."""
        return await self.slack.choose(on, values, user=user)

    async def cancel(
        self, batch_id: str, user: str = "U0ANA", channel: str = "C0BATCHES"
    ) -> Ephemeral:
        """Type the command and confirm it; return the private message that was clicked."""
        await self.slack.command(batch_id, user, channel)
        shown = await self.confirmation(user, batch_id)
        await self.press(shown)
        return shown

    def announcements(self, batch_id: str) -> list[SandboxMessage]:
        """Return the messages about a batch that are no replies."""
        messages = self.slack.workspace.messages
        return [m for m in messages if batch_id in m.text and m.thread_ts is None]

    def replies(self, batch_id: str) -> list[SandboxMessage]:
        """Return the threaded messages about a batch."""
        messages = self.slack.workspace.messages
        return [m for m in messages if batch_id in m.text and m.thread_ts is not None]

    async def reply(self, batch_id: str, seconds: float = 20.0) -> SandboxMessage:
        """Return the first reply about a batch, once it is there."""
        waiting = f"a reply about {batch_id}"
        return (await self.bus.wait_for(lambda: self.replies(batch_id), seconds, waiting))[0]

    def outbound(self) -> list[Exchange]:
        """Return every call that the bot has made, in order."""
        return sorted(self.slack.exchanges + self.respan.exchanges, key=lambda e: e.at)

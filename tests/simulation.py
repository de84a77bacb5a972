"""The bot inside the test's own process, in a time that the test moves.

Everything is real but the time: the store, the clients, the listeners behind a signed HTTP request,
the local Slack and the local Respan. What the runners do by themselves in the product is done here
when the test lets time pass.
"""

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any, Self, TypeVar

from bot.clients.respan import RespanClient
from bot.clients.slack import SlackClient
from bot.domain.request import Request, RequestState
from bot.engine.runner import LEASE, Runner
from bot.sandbox.event_bus import EventBus, SandboxClock
from bot.sandbox.faults import Faults
from bot.sandbox.respan.server import SandboxRespan
from bot.sandbox.slack.sending import Delivery
from bot.sandbox.slack.server import SandboxSlack
from bot.sandbox.slack.workspace import Ephemeral, SandboxMessage
from bot.settings import Settings
from bot.store.audit import Which
from bot.store.database import Database
from bot.store.migrate import migrate
from bot.store.stores import Stores, stores_on
from bot.telemetry.metrics import Metrics
from bot.telemetry.outages import Outages
from bot.transports.http import Server
from bot.wiring import Edges, Work, build, observer
from tests.webhooks import deliver, event_of, signed

BATCH = "batch_abc123"
CONFIRM, DECLINE = "confirm_cancellation", "keep_running"


T = TypeVar("T")


@dataclass(slots=True)
class Member:
    """One bot on the database: what it is made of, and what it is doing."""

    work: Work
    stores: Stores


class Simulation:
    """A workspace, a Respan, and `bots` bots on one database."""

    def __init__(
        self, database_url: str, *, bots: int = 1, scopes: tuple[str, ...] = (), **settings: Any
    ) -> None:
        """Start nothing yet; `scopes` are granted beside the least ones."""
        # It stands still while the machine works: a slow one sees no other order of events.
        self.bus = EventBus(SandboxClock(runs=False))
        self.clock = self.bus.clock
        self.slack = SandboxSlack(self.bus)
        self.respan = SandboxRespan(bus=self.bus)
        self.slack.scopes |= set(scopes)
        self._url, self._bots, self._more = database_url, bots, settings
        self.crew: list[Member] = []
        self.metrics, self.outages = Metrics(), Outages(self.clock)

    async def __aenter__(self) -> Self:
        """Start both services, and bring the database up to date."""
        self._stack = AsyncExitStack()
        await self._stack.enter_async_context(self.slack)
        await self._stack.enter_async_context(self.respan)
        self.settings = self._settings()
        for _ in range(self._bots):
            await self.join()
        await migrate(self.crew[0].stores.database)
        await self._open()
        return self

    async def __aexit__(self, *error: object) -> None:
        """Stop everything."""
        await self._stack.aclose()

    def _settings(self) -> Settings:
        given = {
            "slack_bot_token": self.slack.bot_token,
            "slack_signing_secret": self.slack.signing_secret,
            "slack_api_url": self.slack.api_url,
            "respan_api_key": self.respan.api_key,
            "respan_base_url": self.respan.base_url,
            "respan_calls_per_minute": 6000,
            "database_url": self._url,
            "port": 0,
        }
        return Settings.model_validate(given | self._more)

    async def join(self) -> Member:
        """Add one more bot on the database."""
        settings = self.settings
        hear = partial(observer, self.metrics, self.outages)
        database = Database(self._url, self.clock, own_time=True)
        slack = SlackClient(
            settings.slack_bot_token.get_secret_value(),
            settings.slack_api_url,
            self.clock,
            hear("Slack"),
        )
        respan = RespanClient(
            settings.respan_base_url,
            settings.respan_api_key.get_secret_value(),
            self.clock,
            observe=hear("Respan"),
        )
        for part in (database, slack, respan):
            await self._stack.enter_async_context(part)
        # A start waits for Slack until it answers; here it does at once.
        faults, self.slack.faults = self.slack.faults, Faults()
        await slack.start()
        self.slack.faults = faults
        stores = stores_on(database, settings.respan_calls_per_minute)
        edges = Edges(stores, respan, slack, self.clock)
        member = Member(build(settings, edges, self.metrics, self.outages), stores)
        self.crew.append(member)
        return member

    async def _open(self) -> None:
        async def ready() -> str | None:
            return None

        self.server = Server("127.0.0.1", 0, self.metrics, ready, ready)
        self.server.take_events(self.slack.signing_secret)
        if self.settings.openai_webhook_secret is not None:
            self.server.take_webhooks(self.settings.openai_webhook_secret.get_secret_value())
        await self.server.start()
        self._stack.push_async_callback(self.server.stop)
        self.server.open_for(self.crew[0].work.bolt, self.crew[0].work.look_now)
        self.slack.request_url = f"http://127.0.0.1:{self.server.port}/slack/events"

    # Time -------------------------------------------------------------------------------------

    async def pass_time(self, seconds: float = 0.0) -> None:
        """Let so many seconds pass, and everything that falls due in them be done."""
        until = self.clock.time() + seconds
        while True:
            done = await self.do_due()
            wait = await self._wait()
            if wait is None or self.clock.time() + wait > until:
                break
            self.clock.advance(max(wait, 0.0 if done else 0.1))
        self.clock.advance(max(0.0, until - self.clock.time()))
        await self.do_due()

    async def do_due(self) -> int:
        """Do everything that is due now; return how much it was."""
        total = 0
        while True:
            done = 0
            for member in self.crew:
                done += await self._turn(member)
            total += done
            if not done:
                return total

    async def _turn(self, member: Member) -> int:
        """Let one bot claim what is due and do it."""
        await asyncio.gather(*member.work.handler.in_flight)
        work = member.work
        done = [await _once(work.requests), await _once(work.cancellations)]
        return sum(done) + await _once(work.answers)

    async def _wait(self) -> float | None:
        stores = self.crew[0].stores
        queues = (stores.request_queue, stores.cancellation_queue, stores.answers)
        waits = [await queue.wait_seconds() for queue in queues]
        return min((wait for wait in waits if wait is not None), default=None)

    async def crash(self, member: Member, when: str = "before_processing") -> str:
        """Let one bot's next call outside be its last; return the call's name, "" if none came.

        Its leases stay in the database, as after kill -9.
        """
        hit: list[str] = []
        task: asyncio.Task[int] | None = None

        async def strike(exchange: Any) -> None:
            if not hit:
                hit.append(exchange.name)
                if task is not None:
                    task.cancel()

        servers = (self.slack, self.respan)
        for server in servers:
            setattr(server, when, strike)
        task = asyncio.create_task(self._turn(member))
        await asyncio.wait({task})
        for server in servers:
            setattr(server, when, None)
        if hit:
            self.crew.remove(member)
        return "".join(hit)

    async def take_over(self) -> Member:
        """Start another bot, and wait until the leases of the dead have run out."""
        member = await self.join()
        self.clock.advance(LEASE)
        self.server.open_for(self.crew[0].work.bolt, self.crew[0].work.look_now)
        return member

    # People -----------------------------------------------------------------------------------

    async def ask(
        self, batch_id: str = BATCH, user: str = "U0ANA", channel: str = "C0BATCHES"
    ) -> Ephemeral:
        """Type the command; return the private message that came last."""
        await self.slack.command(batch_id, user, channel)
        await self.pass_time()
        return self.slack.workspace.private(user)[-1]

    async def confirm(
        self, batch_id: str = BATCH, user: str = "U0ANA", channel: str = "C0BATCHES"
    ) -> Ephemeral:
        """Ask and press Cancel batch; nothing is done about it yet."""
        shown = await self.ask(batch_id, user, channel)
        await self.press(shown)
        return shown

    async def press(
        self, on: Ephemeral | SandboxMessage, action: str = CONFIRM, **more: Any
    ) -> Delivery:
        """Press a button."""
        delivery = await self.slack.click(on, action, **more)
        await asyncio.gather(*self.crew[0].work.handler.in_flight)
        return delivery

    async def choose(self, on: Ephemeral, *values: str, **more: Any) -> Delivery | None:
        """Choose these options, and no others, in a message's first menu."""
        delivery = await self.slack.choose(on, values, **more)
        await asyncio.gather(*self.crew[0].work.handler.in_flight)
        return delivery

    async def shortcut(self, on: SandboxMessage, **more: Any) -> Delivery:
        """Use the app's shortcut of a message."""
        delivery = await self.slack.shortcut(on, **more)
        await asyncio.gather(*self.crew[0].work.handler.in_flight)
        return delivery

    async def push(self, batch_id: str, kind: str = "batch.cancelled", **more: Any) -> int:
        """Let OpenAI say that a batch has ended, whether it has or not; return the status."""
        body = event_of(batch_id, kind)
        return await deliver(f"http://127.0.0.1:{self.server.port}", body, signed(body, **more))

    async def request(self, number: int = 0) -> Request:
        """Return a request, the first one if not said otherwise."""
        return (await self.requests())[number]

    async def requests(self) -> list[Request]:
        """Return every request with its cancellations, oldest first."""
        return await every_request(self.crew[0].stores.database)

    async def records(self, **which: Any) -> list[dict[str, Any]]:
        """Return the records of the audit in their order, with their details as data."""
        found = self.crew[0].stores.audit.records(Which(**which))
        return [columns | {"details": json.loads(columns["details"])} async for columns in found]

    async def events(self) -> list[str]:
        """Return what is recorded, in order."""
        return [columns["event"] for columns in await self.records()]

    async def stage(self, number: int = 0) -> str:
        """Return how far a request about one batch has come, in a word."""
        return stage_of(await self.request(number))

    def parents(self) -> list[SandboxMessage]:
        """Return the messages that are no replies."""
        return [m for m in self.slack.workspace.messages if m.thread_ts is None]

    def replies(self) -> list[SandboxMessage]:
        """Return the replies."""
        return [m for m in self.slack.workspace.messages if m.thread_ts is not None]

    def private(self, user: str = "U0ANA") -> list[str]:
        """Return what a person reads privately."""
        return [shown.text for shown in self.slack.workspace.private(user)]


async def _once(runner: Runner[T]) -> int:
    """Claim what is due and do it; return how much it was."""
    items = await runner._claim(20)
    await asyncio.gather(*(runner._work(item) for item in items))
    return len(items)


def stage_of(request: Request) -> str:
    """Return a request's state, or the state of its one cancellation while that goes on."""
    if request.state is RequestState.CONFIRMED and len(request.cancellations) == 1:
        return str(request.cancellations[0].state)
    return str(request.state)


async def every_request(database: Database) -> list[Request]:
    """Return every request of a database with its cancellations, oldest first."""
    from sqlalchemy import select  # noqa: PLC0415 - only here do tests look past the store

    from bot.store.aggregate import to_aggregate, with_cancellations  # noqa: PLC0415 - the same
    from bot.store.schema import requests  # noqa: PLC0415 - the same

    async with database.reading() as connection:
        query = select(requests).order_by(requests.c.asked_at)
        found = (await connection.execute(query)).mappings().all()
        return [to_aggregate(columns) for columns in await with_cancellations(connection, found)]

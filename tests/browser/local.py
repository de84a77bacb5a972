"""A page whose local Slack a test can write into: no bot runs, what it would get is recorded."""

import asyncio
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any, TypeVar

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.sandbox.page.masking import Masker
from bot.sandbox.page.server import PageServer
from bot.sandbox.page.state import Session
from bot.sandbox.page.traffic import Traffic
from bot.sandbox.slack.sending import Delivery
from bot.sandbox.slack.workspace import Ephemeral, SandboxMessage
from bot.sandbox.supervisor import Supervisor
from bot.sandbox.world import SandboxWorld

T = TypeVar("T")
Json = dict[str, Any]

_PATIENCE = 30.0


class LocalPage:
    """The page and the Slack behind it, in a thread with a loop of its own.

    `status` is what the app answers to an interaction.
    """

    def __init__(self) -> None:
        """Run nothing yet."""
        self.url, self.status = "", 200
        self._ready, self._stop = Event(), asyncio.Event()

    def run(self) -> None:
        """Serve until `stop`."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        app = web.Application()
        app.router.add_post("/slack/events", self._acknowledge)
        with tempfile.TemporaryDirectory() as folder:
            async with AsyncExitStack() as stack:
                self.world = SandboxWorld(Path(folder))
                await self.world.open(stack)
                server = await stack.enter_async_context(TestServer(app))
                self.world.slack.request_url = str(server.make_url("/slack/events"))
                await self._open_page(stack)
                self._ready.set()
                await self._stop.wait()

    async def _open_page(self, stack: AsyncExitStack) -> None:
        world = self.world
        session = Session(world, Supervisor(world.bot, world.bus))
        traffic = Traffic(world.bus, Masker(world.secrets))
        stack.callback(asyncio.create_task(traffic.follow()).cancel)
        self.url = (await stack.enter_async_context(PageServer(session, traffic))).url

    async def _acknowledge(self, _request: web.Request) -> web.Response:
        return web.Response(status=self.status)

    def wait(self) -> None:
        """Wait until the page is served."""
        assert self._ready.wait(_PATIENCE)

    def stop(self) -> None:
        """Let it end."""
        self._loop.call_soon_threadsafe(self._stop.set)

    def _do(self, work: Callable[[], T]) -> T:
        async def do() -> T:
            return work()

        doing: Coroutine[Any, Any, T] = do()
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(_PATIENCE)

    def ask(self, *blocks: Json, user: str = "U0ANA", text: str = "Which?") -> Ephemeral:
        """Show somebody a private message of the app in #batches."""
        workspace = self.world.slack.workspace

        def show() -> Ephemeral:
            ts = workspace.new_ts()
            return workspace.show(Ephemeral(user, "C0BATCHES", ts, text, list(blocks)))

        return self._do(show)

    def post(self, text: str, **more: Any) -> SandboxMessage:
        """Let the app, or somebody else, write something in #batches."""
        author = {"user": "U0BATCHBOT", "channel": "C0BATCHES"}
        return self._do(lambda: self.world.slack.workspace.say(text, **author | more))

    def edit(self, message: SandboxMessage, text: str) -> None:
        """Let the app change the text of its message."""
        self._do(lambda: self.world.slack.workspace.edit(message, text, message.blocks))

    def sent(self, kind: str) -> list[Json]:
        """Return the payloads of that type that the app got: block_actions, message_action."""
        return [d.payload for d in self.deliveries if d.payload.get("type") == kind]

    def heard(self, count: int) -> list[Json]:
        """Return every payload, once the app has got so many."""
        world = self.world
        waiting = world.bus.wait_for(lambda: len(world.slack.deliveries) >= count, _PATIENCE)
        asyncio.run_coroutine_threadsafe(waiting, self._loop).result(_PATIENCE)
        return [delivery.payload for delivery in self.deliveries]

    @property
    def deliveries(self) -> list[Delivery]:
        """Return everything that the app got."""
        return list(self.world.slack.deliveries)


@contextmanager
def local_page() -> Iterator[LocalPage]:
    """Give a running one."""
    page = LocalPage()
    thread = Thread(target=page.run, daemon=True)
    thread.start()
    page.wait()
    try:
        yield page
    finally:
        page.stop()
        thread.join(_PATIENCE)
        assert not thread.is_alive()

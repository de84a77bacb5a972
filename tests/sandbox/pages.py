"""What the page's tests share: an open page without a browser, and its stream of events."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiohttp

from bot.sandbox.demo.command import demo_world, open_page
from bot.sandbox.page.masking import Masker
from bot.sandbox.page.server import PageServer
from bot.sandbox.page.state import Session
from bot.sandbox.page.traffic import Traffic
from bot.sandbox.supervisor import Supervisor
from bot.sandbox.world import SandboxWorld

Json = dict[str, Any]


class Page:
    """A viewer: what the server last told, everything that it ever sent, and what it takes."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        """Listen to nothing yet."""
        self.url, self._http = url, http
        self.state: Json = {}
        self.rows: list[Json] = []
        self.received = ""
        self._told = asyncio.Condition()

    async def listen(self) -> None:
        """Take what the server sends, until it is cancelled."""
        kind = ""
        async with self._http.get(f"{self.url}/events") as stream:
            async for raw in stream.content:
                line = raw.decode()
                self.received += line
                if line.startswith("event: "):
                    kind = line[7:].strip()
                elif line.startswith("data: "):
                    await self._take(kind, json.loads(line[6:]))

    async def _take(self, kind: str, data: Json) -> None:
        async with self._told:
            if kind == "state":
                self.state = data
            elif kind == "traffic":
                self.rows = ([] if data["fresh"] else self.rows) + data["rows"]
            self._told.notify_all()

    async def until(self, condition: Callable[[Self], Any], seconds: float = 30.0) -> Any:
        """Return the condition's first true value; it is asked again whenever something comes."""
        async with asyncio.timeout(seconds), self._told:
            await self._told.wait_for(lambda: bool(self.state) and bool(condition(self)))
            return condition(self)

    async def post(self, action: str, **body: Any) -> Json:
        """Do something on the page; return the answer, which has `error` when it was refused."""
        async with self._http.post(f"{self.url}/api/{action}", json=body) as answer:
            told: Json = await answer.json()
            return told

    async def get(self, path: str) -> str:
        """Return a file."""
        async with self._http.get(self.url + path) as answer:
            answer.raise_for_status()
            return await answer.text()

    async def command(self, text: str, user: str = "U0ANA", channel: str = "C0BATCHES") -> Json:
        """Type the command with that text."""
        typed = f"/cancel-batch {text}"
        return await self.post("send", user=user, channel=channel, text=typed)

    async def cancel(self, batch_id: str, channel: str = "C0BATCHES") -> None:
        """Ask, and confirm."""
        await self.command(batch_id, channel=channel)
        question = await self.until(lambda page: page.question(batch_id))
        await self.post("click", user="U0ANA", ts=question["ts"], action_id="confirm_cancellation")

    async def press(self, words: str, label: str, user: str = "U0ANA") -> Json:
        """Press the button with that label, once a message with these words has one."""
        ts, action = await self.until(lambda page: page.button(words, label))
        return await self.post("click", user=user, ts=ts, action_id=action)

    def button(self, words: str, label: str) -> tuple[str, str] | None:
        """Return the message and the action of a button in a message with these words."""
        return next(
            (
                (message["ts"], element["action_id"])
                for message in self.said(words)
                for block in message["blocks"]
                for element in block.get("elements", [])
                if element["type"] == "button" and element["text"]["text"] == label
            ),
            None,
        )

    def question(self, batch_id: str) -> Json | None:
        """Return the message with the buttons about a batch."""
        asked = (m for m in self.said(batch_id) if any(b["type"] == "actions" for b in m["blocks"]))
        return next(asked, None)

    def said(self, words: str) -> list[Json]:
        """Return the messages that hold these words."""
        return [m for m in self.state["messages"] if words in m["text"]]

    def replies(self, batch_id: str) -> list[Json]:
        """Return the replies about a batch."""
        return [m for m in self.said(batch_id) if m["thread_ts"]]

    def batch(self, batch_id: str) -> Json:
        """Return a batch as the panel shows it."""
        found: Json = next(b for b in self.state["batches"] if b["id"] == batch_id)
        return found


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[SandboxWorld, Page]]:
    """Give a world with its page on a free port, and a viewer of it."""
    world = demo_world(folder)
    async with AsyncExitStack() as stack:
        server = await open_page(stack, world, 0)
        yield world, await _viewer(stack, server)


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[tuple[SandboxWorld, Page]]:
    """Give a world whose bot was never started, and a viewer of its page."""
    world = SandboxWorld(folder)
    async with AsyncExitStack() as stack:
        await world.open(stack)
        session = Session(world, Supervisor(world.bot, world.bus))
        traffic = Traffic(world.bus, Masker(world.secrets))
        stack.callback(asyncio.create_task(traffic.follow()).cancel)
        server = await stack.enter_async_context(PageServer(session, traffic))
        yield world, await _viewer(stack, server)


async def _viewer(stack: AsyncExitStack, server: PageServer) -> Page:
    http = await stack.enter_async_context(aiohttp.ClientSession())
    page = Page(server.url, http)
    listening = asyncio.create_task(page.listen())
    stack.callback(listening.cancel)
    await page.until(lambda seen: seen.state)
    return page

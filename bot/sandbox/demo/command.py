"""The demo: a page in the browser that looks and behaves like the channel the bot will live in."""

import asyncio
import signal
import sys
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from bot.sandbox.demo import terminal
from bot.sandbox.demo.scenarios import APPROVAL_OVER, OWNER_KEY
from bot.sandbox.page.masking import Masker
from bot.sandbox.page.server import PageServer
from bot.sandbox.page.state import Session
from bot.sandbox.page.traffic import Traffic
from bot.sandbox.supervisor import Supervisor
from bot.sandbox.world import SandboxWorld

DEFAULT_PORT = 4242
_HISTORY = ("channels:history", "groups:history", "im:history")


def main(port: int | None = None, *, in_terminal: bool = False) -> int:
    """Run the demo until it is stopped; return the exit code."""
    return asyncio.run(terminal.run_demo() if in_terminal else run_page(port))


async def run_page(port: int | None = None) -> int:
    """Serve the page until SIGINT or SIGTERM; 1 when it can't be served, with the reason said."""
    terminal.say_what_is_ignored()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        with tempfile.TemporaryDirectory(prefix="batch-bot-demo-") as folder:
            await _until(stop, _serve(Path(folder), port))
    except (OSError, RuntimeError) as error:
        sys.stderr.write(f"The demo could not start: {error}\n")
        return 1
    return 0


async def _until(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do the work, but no longer than until the event; a start that is under way is given up."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working


async def _serve(folder: Path, port: int | None) -> None:
    """Serve until it is cancelled."""
    async with AsyncExitStack() as stack:
        page = await open_page(stack, demo_world(folder), port)
        sys.stdout.write(f"Open {page.url} in a browser. Ctrl-C stops it.\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def demo_world(folder: Path) -> SandboxWorld:
    """Return the demo's world: batches have owners in it, and a big one needs a second person."""
    return SandboxWorld(
        folder, OWNER_METADATA_KEY=OWNER_KEY, APPROVAL_OVER_REQUESTS=str(APPROVAL_OVER)
    )


async def open_page(
    stack: AsyncExitStack, world: SandboxWorld, port: int | None = None
) -> PageServer:
    """Start everything; return the server that the page comes from.

    The app is installed with the optional history scopes: with them the bot finds a post again
    whose answer was lost when it was killed, so that what the page says of a kill always holds.
    """
    world.slack.scopes.update(_HISTORY)
    await stack.enter_async_context(world)
    supervisor = await stack.enter_async_context(Supervisor(world.bot, world.bus))
    traffic = Traffic(world.bus, Masker(world.secrets))
    where_to_follow = asyncio.create_task(traffic.follow())
    stack.callback(where_to_follow.cancel)
    return await _listen(stack, Session(world, supervisor), traffic, port)


async def _listen(
    stack: AsyncExitStack, session: Session, traffic: Traffic, port: int | None
) -> PageServer:
    """Listen on that port, or on any free one where nobody has asked for one and ours is taken."""
    try:
        wanted = PageServer(session, traffic, DEFAULT_PORT if port is None else port)
        return await stack.enter_async_context(wanted)
    except OSError as error:
        if port is not None:
            taken = f"port {port} is taken. Choose another with --port, or leave it out."
            raise RuntimeError(taken) from error
        return await stack.enter_async_context(PageServer(session, traffic))

"""What the event loop reports by itself, such as a file limit that is reached at each connection.

Python logs each of these with a traceback, thousands in a second if it has to.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from bot.telemetry.repeats import Repeats

log = structlog.get_logger(__name__)

Handler = Callable[[asyncio.AbstractEventLoop, dict[str, Any]], None]


@contextmanager
def said_once_a_minute() -> Iterator[None]:
    """Log what the running loop reports at once, and then once a minute with its count."""
    loop, repeats = asyncio.get_running_loop(), Repeats()
    before = loop.get_exception_handler()
    loop.set_exception_handler(_handler(repeats))
    try:
        yield
    finally:
        loop.set_exception_handler(before)
        repeats.flush()


def _handler(repeats: Repeats) -> Handler:
    def handle(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        said = str(context.get("message"))
        event = "the event loop reports an error"
        repeats.say(said, log.error, event, detail=said, exc_info=context.get("exception"))

    return handle

"""Who may keep a connection to the HTTP server: nobody for long without a whole request."""

import asyncio
import resource
from collections.abc import Callable
from enum import IntEnum, auto

import structlog

from bot.telemetry.repeats import Repeats

log = structlog.get_logger(__name__)

WHOLE_WITHIN = 10.0
"""Seconds within which a request must be there with its head and body."""

_MOST = 500
_SHARE_OF_FILES = 4
_FEWEST = 8


def most_connections() -> int:
    """Return how many connections may be open: a quarter of the files that may be, 500 at most.

    The rest is for the bot's own: the database, Slack, Respan, and connections on their way out.
    """
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = _MOST if files == resource.RLIM_INFINITY else files // _SHARE_OF_FILES
    return max(_FEWEST, min(_MOST, allowed))


class Rank(IntEnum):
    """Who makes room first where there are too many connections: the older of equal ones."""

    WAITS = auto()
    QUIET = auto()
    BUSY = auto()


class Connections:
    """The open connections. One that brings no whole request in time is closed.

    At the most of them, whoever has waited longest without a whole request makes room, and after
    those whoever says nothing: who has something to say says it at once.
    """

    def __init__(self, repeats: Repeats, most: int) -> None:
        """Begin with none; the log hears of what is closed by `repeats`."""
        self._repeats, self._most = repeats, most
        self._open: dict[object, Connection] = {}

    def guarded(
        self, made: Callable[[], asyncio.BaseProtocol]
    ) -> Callable[[], asyncio.BaseProtocol]:
        """Return what makes a guarded protocol around each of aiohttp's own."""
        return lambda: Connection(self, made())

    def of(self, handler: object) -> "Connection | None":
        """Return the connection of one of aiohttp's protocols, None where it is gone."""
        return self._open.get(handler)

    def opened(self, connection: "Connection") -> None:
        """Count one more; another one goes where there are too many."""
        self._open[connection.handler] = connection
        if len(self._open) > self._most:
            others = (one for one in self._open.values() if one is not connection)
            first = min(others, key=lambda one: one.rank, default=connection)
            (first if first.rank < Rank.BUSY else connection).close("too many at once")

    def closed(self, connection: "Connection") -> None:
        """Count one less."""
        self._open.pop(connection.handler, None)

    def say(self, why: str, peer: object) -> None:
        """Log that a connection was closed from here, a line a minute."""
        event = "a connection was closed from here"
        self._repeats.say(f"connection: {why}", log.warning, event, why=why, peer=peer)


class Connection(asyncio.Protocol):
    """One connection: hands everything to aiohttp's protocol, and watches the time.

    Time runs from the first moment, and later from the first byte of a request, until the request
    is whole. Between two requests it doesn't: load balancers keep connections open.
    """

    def __init__(self, connections: Connections, handler: asyncio.BaseProtocol) -> None:
        """Guard that protocol of aiohttp's."""
        self._all, self.handler = connections, handler
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._busy = self._more = False

    @property
    def rank(self) -> Rank:
        """Return how soon it makes room for others."""
        if self._timer is not None:
            return Rank.WAITS
        return Rank.BUSY if self._busy else Rank.QUIET

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let time run."""
        self._transport = transport if isinstance(transport, asyncio.Transport) else None
        self.handler.connection_made(transport)
        self._wait()
        self._all.opened(self)

    def is_whole(self) -> None:
        """Note that a whole request is there: the time it takes now is ours."""
        self._stop()
        self._busy, self._more = True, False

    def is_answered(self) -> None:
        """Note that the request has its answer; what came meanwhile begins another one."""
        self._busy = False
        if self._more:
            self._wait()

    def close(self, why: str) -> None:
        """Hang up."""
        self._stop()
        self._all.closed(self)
        if self._transport is not None and not self._transport.is_closing():
            peer = self._transport.get_extra_info("peername")
            self._transport.abort()
            self._all.say(why, peer[0] if peer else None)

    def connection_lost(self, error: Exception | None) -> None:
        """Forget it."""
        self._stop()
        self._all.closed(self)
        self.handler.connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Let time run, where a request begins."""
        if self._busy:
            self._more = True
        else:
            self._wait()
        if isinstance(self.handler, asyncio.Protocol):
            self.handler.data_received(data)

    def eof_received(self) -> bool | None:
        """Hand it on."""
        return self.handler.eof_received() if isinstance(self.handler, asyncio.Protocol) else None

    def pause_writing(self) -> None:
        """Hand it on."""
        self.handler.pause_writing()

    def resume_writing(self) -> None:
        """Hand it on."""
        self.handler.resume_writing()

    def _wait(self) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(WHOLE_WITHIN, self.close, "no whole request in time")

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

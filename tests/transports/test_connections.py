"""Connections that bring no whole request, and more of them than there is room for."""

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from pytest_mock import MockerFixture
from structlog.testing import capture_logs

from bot.sandbox.slack.server import SandboxSlack
from bot.telemetry.metrics import Metrics
from bot.transports import connections, http
from bot.transports.connections import most_connections
from bot.transports.http import Server

HALF_BODY = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
SLOW = b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"
SHORT = 0.3

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Door:
    """A server with short patience, and connections to it; `/readyz` waits for `go_on`."""

    def __init__(self, server: Server, go_on: asyncio.Event, stack: AsyncExitStack) -> None:
        self.server, self.go_on, self._stack = server, go_on, stack

    async def open(self, data: bytes = b"") -> Stream:
        """Open a connection and send so much."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        self._stack.callback(writer.close)
        writer.write(data)
        return reader, writer


@pytest.fixture
async def door(request: pytest.FixtureRequest, mocker: MockerFixture) -> AsyncIterator[Door]:
    """Give a server; its parameter is how many connections may be open."""
    mocker.patch.object(connections, "WHOLE_WITHIN", SHORT)
    mocker.patch.object(http, "most_connections", return_value=getattr(request, "param", 100))

    go_on = asyncio.Event()

    async def why() -> None:
        await go_on.wait()

    server = Server("127.0.0.1", 0, Metrics(), why, why)
    server.take_events(SandboxSlack().signing_secret)
    await server.start()
    server.open_for(mocker.Mock())
    async with AsyncExitStack() as stack:
        yield Door(server, go_on, stack)
    await server.stop()


async def rest(stream: Stream) -> bytes:
    """Return what comes until the connection is closed; fails where it is not."""
    try:
        return await asyncio.wait_for(stream[0].read(), SHORT * 10)
    except ConnectionResetError:
        return b""


async def answered(stream: Stream) -> bool:
    """Return whether one answer comes."""
    head = await asyncio.wait_for(stream[0].readuntil(b"\r\n\r\n"), 5)
    await stream[0].readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
    return head.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "data", [b"", b"G", b"GET /healthz HTTP/1.1\r\nHost: ", b"GET /", HALF_BODY], ids=repr
)
async def test_what_is_not_whole_is_closed(door: Door, data: bytes) -> None:
    """However much of a request came; thirty of them cost one line in the log."""
    with capture_logs() as logs:
        streams = [await door.open(data) for _ in range(30)]
        assert await asyncio.gather(*(rest(stream) for stream in streams)) == [b""] * 30
    (line,) = logs
    assert line["event"] == "a connection was closed from here"
    assert line["why"] == "no whole request in time"
    assert line["peer"] == "127.0.0.1"


async def test_a_byte_now_and_then_is_not_enough(door: Door) -> None:
    """The time is for the whole request, not from one byte to the next."""
    reader, writer = await door.open(b"GET /healthz HTTP/1.1\r\n")
    closed = asyncio.ensure_future(rest((reader, writer)))
    while not closed.done():
        writer.write(b"X")
        await asyncio.sleep(SHORT / 10)
    assert await closed == b""


async def test_a_second_request_has_to_be_whole_too(door: Door) -> None:
    """Between two requests a connection may stay open: load balancers keep theirs."""
    idle, half = await door.open(WHOLE), await door.open(WHOLE)
    assert await answered(idle)
    assert await answered(half)
    half[1].write(b"GET /healthz")
    assert await rest(half) == b""
    idle[1].write(WHOLE)
    assert await answered(idle)


async def test_half_a_request_behind_a_whole_one(door: Door) -> None:
    """What comes while an answer is made is timed from the answer on."""
    stream = await door.open(SLOW)
    await asyncio.sleep(0.05)
    stream[1].write(b"GET /he")
    await asyncio.sleep(0.05)
    door.go_on.set()
    assert await answered(stream)
    assert await rest(stream) == b""


@pytest.mark.parametrize("door", [3], indirect=True)
async def test_nobody_who_waits_for_an_answer_goes(door: Door) -> None:
    """Where all are busy, the new one goes."""
    busy = [await door.open(SLOW) for _ in range(3)]
    await asyncio.sleep(0.05)
    assert await rest(await door.open(WHOLE)) == b""
    door.go_on.set()
    assert all([await answered(stream) for stream in busy])


@pytest.mark.parametrize("door", [5], indirect=True)
async def test_who_says_something_gets_in(door: Door) -> None:
    """However many others say nothing; those who wait for an answer stay."""
    for _ in range(50):
        await door.open(b"GET")
    kept = await door.open(WHOLE)
    assert await answered(kept)
    for _ in range(50):
        await door.open(b"")
    assert await answered(await door.open(WHOLE))


@pytest.mark.parametrize("door", [3], indirect=True)
async def test_quiet_ones_go_after_those_who_wait(door: Door) -> None:
    """A connection that is kept between two requests makes room where nobody waits."""
    quiet = [await door.open(WHOLE) for _ in range(3)]
    for stream in quiet:
        assert await answered(stream)
    assert await answered(await door.open(WHOLE))
    assert await rest(quiet[0]) == b""
    quiet[2][1].write(WHOLE)
    assert await answered(quiet[2])


@pytest.mark.parametrize(
    ("files", "expected"),
    [(256, 64), (1024, 256), (1_000_000, 500), (resource.RLIM_INFINITY, 500), (16, 8)],
)
def test_how_many_there_may_be(mocker: MockerFixture, files: int, expected: int) -> None:
    """A quarter of the files that may be open; 500 are enough."""
    mocker.patch.object(resource, "getrlimit", return_value=(files, files))
    assert most_connections() == expected

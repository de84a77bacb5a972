"""A forward proxy on this machine, to made-up hosts behind which the local services are."""

import asyncio
import ssl
from base64 import b64decode
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

CERTIFICATE = Path(__file__).parent / "certificate.pem"
"""A certificate of its own for slack.test, respan.test and localhost, with its key."""

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Passage:
    """One connection through the proxy: `login` is what it was shown, user:password."""

    method: str
    host: str
    login: str


class Listener:
    """A TCP server on a free port of 127.0.0.1, over TLS if asked for."""

    def __init__(self, serve: Serve, *, tls: bool = False) -> None:
        """Listen on nothing yet."""
        self._serve, self.tls = serve, tls
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Listen."""
        tls = None
        if self.tls:
            tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            tls.load_cert_chain(CERTIFICATE)
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0, ssl=tls)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening, and hang up."""
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._work(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._serve(reader, writer)
        finally:
            writer.transport.abort()


def behind_tls(port: int) -> Listener:
    """Return a server over TLS that hands everything on to that port."""
    return Listener(partial(_hand_on, port, b""), tls=True)


class LoopbackProxy(Listener):
    """Takes CONNECT and the absolute form; `hosts` says which port each host leads to."""

    def __init__(self, hosts: dict[str, int], *, tls: bool = False) -> None:
        """Listen on nothing yet; with `tls` it is spoken to as https://."""
        super().__init__(self._forward, tls=tls)
        self.hosts = hosts
        self.seen: list[Passage] = []

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, target, *_ = head.decode().split(" ")
        host = urlsplit(f"//{target}" if method == "CONNECT" else target).hostname or ""
        self.seen.append(Passage(method, host, _login(head.decode())))
        if host not in self.hosts:
            writer.write(b"HTTP/1.1 502 Unknown\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            writer.close()
            await writer.wait_closed()
            return
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        await _hand_on(self.hosts[host], b"" if method == "CONNECT" else head, reader, writer)


def _login(head: str) -> str:
    """Return user:password, "" where none was shown."""
    _, _, shown = head.partition("Proxy-Authorization: Basic ")
    return b64decode(shown.partition("\r\n")[0]).decode()


async def _hand_on(
    port: int, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Carry bytes both ways until one side hangs up."""
    there_reader, there = await asyncio.open_connection("127.0.0.1", port)
    there.write(first)
    ways = (_carry(reader, there), _carry(there_reader, writer))
    carrying = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(carrying, return_when=asyncio.FIRST_COMPLETED)
    finally:
        there.transport.abort()
        for way in carrying:
            way.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
    writer.close()
    await writer.wait_closed()

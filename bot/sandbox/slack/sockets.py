"""Socket Mode: up to ten connections, each payload to one of them, an ack by envelope id."""

import asyncio
import json
from typing import Any
from uuid import uuid4

from aiohttp import WSCloseCode, WSMsgType, web

from bot.sandbox.slack.workspace import APP

_MOST = 10


class Sockets:
    """The open connections of one app; while `refusing`, no new one is opened."""

    def __init__(self) -> None:
        """Begin with none."""
        self._open: list[web.WebSocketResponse] = []
        self._acks: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._turn = 0
        self.app_id = APP
        self.refusing = False

    @property
    def count(self) -> int:
        """Return how many connections are open."""
        return len(self._open)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection until it ends."""
        if self.refusing:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if self.count >= _MOST:
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER)
            return socket
        self._open.append(socket)
        info = {"app_id": self.app_id}
        hello = {"type": "hello", "num_connections": self.count, "connection_info": info}
        await socket.send_json(hello)
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    self._take(frame.data)
        finally:
            self._open.remove(socket)
        return socket

    def _take(self, text: str) -> None:
        """Match an ack with its envelope."""
        answer = json.loads(text)
        waiting = self._acks.pop(str(answer.get("envelope_id")), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    async def send(
        self, kind: str, payload: dict[str, Any], envelope_id: str | None = None, wait: float = 3.0
    ) -> dict[str, Any] | None:
        """Give a payload to one connection; return the ack, None when none came in time."""
        if not self._open:
            return None
        self._turn += 1
        socket = self._open[self._turn % len(self._open)]
        envelope_id = envelope_id or str(uuid4())
        ack = self._acks[envelope_id] = asyncio.get_running_loop().create_future()
        envelope = {
            "envelope_id": envelope_id,
            "type": kind,
            "accepts_response_payload": True,
            "payload": payload,
        }
        try:
            await socket.send_json(envelope)
            return await asyncio.wait_for(ack, wait)
        except (TimeoutError, ConnectionError):
            return None

    async def refresh(self) -> None:
        """Ask every connection to come back, as Slack does every few hours."""
        for socket in list(self._open):
            await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})

    async def close(self) -> None:
        """Close every connection."""
        for socket in list(self._open):
            await socket.close()

"""How an interaction gets to the app: signed over HTTP or over a socket, with three seconds."""

import hashlib
import hmac
import io
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp

from bot.sandbox.event_bus import EventBus
from bot.sandbox.server import SandboxServer
from bot.sandbox.slack.sockets import Sockets
from bot.sandbox.slack.workspace import APP

_IN_TIME = 3.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One interaction, as it went to the bot. `status` is None where no answer came in time."""

    transport: str
    body: str
    headers: dict[str, str]
    response_url: str
    payload: dict[str, Any]
    status: int | None
    ack: str
    ack_seconds: float
    ack_headers: dict[str, str] = field(default_factory=dict)

    @property
    def acked(self) -> bool:
        """Return whether the person saw no time-out."""
        return self.status is not None and 200 <= self.status < 300


class Sender(SandboxServer):
    """The side of the local Slack that asks the app. `request_url` is where it does over HTTP."""

    def __init__(self, bus: EventBus | None = None, seed: int = 0) -> None:
        """Begin with made-up credentials."""
        super().__init__("slack", bus, seed)
        self.app_token = f"xapp-1-{APP}-1-{secrets.token_hex(12)}"
        self.signing_secret = secrets.token_hex(16)
        self.transport = "http"
        self.request_url = ""
        self.sockets = Sockets()
        self.deliveries: list[Delivery] = []

    async def __aenter__(self) -> Self:
        """Listen, and open what interactions are sent with."""
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_IN_TIME + 7))
        return await super().__aenter__()

    async def __aexit__(self, *error: object) -> None:
        """Close everything."""
        await self.sockets.close()
        await self._http.close()
        await super().__aexit__(*error)

    async def deliver(self, kind: str, payload: dict[str, Any], body: str, url: str) -> Delivery:
        """Give the app an interaction: `payload` over a socket, `body` over HTTP; keep the record.

        `kind` is the type of a socket's envelope, `url` the interaction's response URL.
        """
        started = time.perf_counter()
        headers: dict[str, str] = {}
        back: dict[str, str] = {}
        if self.transport == "socket":
            answer = await self.sockets.send(kind, payload, wait=_IN_TIME)
            status = None if answer is None else 200
            ack = "" if answer is None else json.dumps(answer.get("payload") or "")
        else:
            headers = self.signed(body)
            status, ack, back = await self._post(body.encode(), headers)
        seconds = time.perf_counter() - started
        delivery = Delivery(self.transport, body, headers, url, payload, status, ack, seconds, back)
        self.deliveries.append(delivery)
        self.bus.publish("delivery", delivery=delivery)
        return delivery

    def signed(self, body: str, timestamp: int | None = None) -> dict[str, str]:
        """Return the headers of a request that Slack has signed."""
        stamp = str(int(time.time()) if timestamp is None else timestamp)
        base = f"v0:{stamp}:{body}".encode()
        digest = hmac.new(self.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest}",
        }

    async def post_raw(self, body: bytes, headers: dict[str, str]) -> tuple[int | None, str]:
        """Post anything to the bot; return the status and text, None where nothing came."""
        status, text, _ = await self._post(body, headers)
        return status, text

    async def _post(
        self, body: bytes, headers: dict[str, str]
    ) -> tuple[int | None, str, dict[str, str]]:
        timeout = aiohttp.ClientTimeout(total=_IN_TIME)
        try:
            data = io.BytesIO(body)  # aiohttp warns of long bodies that are not streams
            posting = self._http.post(self.request_url, data=data, headers=headers, timeout=timeout)
            async with posting as response:
                back = {name.lower(): value for name, value in response.headers.items()}
                return response.status, await response.text(), back
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None, "", {}

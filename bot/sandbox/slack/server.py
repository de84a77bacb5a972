"""The local Slack: its Web API, its response URLs, and the interactions of the people in it."""

import hashlib
import hmac
import io
import json
import secrets
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from bot.sandbox.event_bus import EventBus, Exchange
from bot.sandbox.server import SandboxServer
from bot.sandbox.slack.interactions import click_payload
from bot.sandbox.slack.responses import ResponseUrls
from bot.sandbox.slack.sockets import Sockets
from bot.sandbox.slack.web_api import WebApi
from bot.sandbox.slack.workspace import APP, TEAM, Ephemeral, SandboxMessage, Workspace

_IN_TIME = 3.0
_SCOPES = frozenset({"commands", "chat:write", "chat:write.public"})


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


class SandboxSlack(SandboxServer):
    """The workspace behind an API. `request_url` is where interactions go over HTTP."""

    def __init__(self, bus: EventBus | None = None, seed: int = 0) -> None:
        """Begin with made-up credentials."""
        super().__init__("slack", bus, seed)
        self.bot_token = f"xoxb-sandbox-{secrets.token_hex(12)}"
        self.app_token = f"xapp-1-{APP}-1-{secrets.token_hex(12)}"
        self.signing_secret = secrets.token_hex(16)
        self.transport = "http"
        self.request_url = ""
        self.workspace = Workspace(self.bus)
        self.scopes = set(_SCOPES)
        self.api = WebApi(self.workspace, self.scopes)
        self.urls = ResponseUrls(self.workspace)
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

    @property
    def api_url(self) -> str:
        """Return what the bot's SLACK_API_URL should be."""
        return f"{self.url}/api/"

    def add_routes(self, app: web.Application) -> None:
        """Serve WebSockets beside the rest."""
        app.router.add_get("/link/", self.sockets.handle)

    def name_of(self, request: web.Request) -> str:
        """Return the method's name, or "response_url"."""
        if request.path.startswith("/response/"):
            return "response_url"
        return request.path.removeprefix("/api/") if request.path.startswith("/api/") else "unknown"

    async def process(self, exchange: Exchange) -> web.Response:
        """Answer as Slack does."""
        if exchange.name == "response_url":
            return self.urls.answer(exchange.path, exchange.args)
        if not exchange.path.startswith("/api/"):
            return web.Response(status=404)
        given = exchange.headers.get("authorization", "").removeprefix("Bearer ")
        token = given or exchange.args.get("token")
        if exchange.name == "apps.connections.open":
            return self._open_connection(token)
        if token != self.bot_token:
            return web.json_response({"ok": False, "error": "invalid_auth"})
        answer = self.api.call(exchange.name, exchange.args)
        scopes, date = ",".join(sorted(self.scopes)), formatdate(self.clock.time(), usegmt=True)
        return web.json_response(answer, headers={"x-oauth-scopes": scopes, "Date": date})

    def _open_connection(self, token: object) -> web.Response:
        if token != self.app_token:
            return web.json_response({"ok": False, "error": "invalid_auth"})
        address = f"ws{self.url[4:]}/link/?ticket={secrets.token_hex(8)}"
        return web.json_response({"ok": True, "url": address})

    async def command(
        self, text: str, user: str = "U0ANA", channel: str = "C0BATCHES", **more: Any
    ) -> Delivery:
        """Type `/cancel-batch` and a text; return once it is acknowledged, or was not in time."""
        place = self.workspace.channels.get(channel)
        person = self.workspace.people.get(user)
        url = self.url + self.urls.new(user, channel)
        fields = {
            "token": "deprecated",
            "team_id": TEAM,
            "team_domain": "sandbox",
            "channel_id": channel,
            "channel_name": place.name if place else "unknown",
            "user_id": user,
            "user_name": person.name if person else "unknown",
            "command": "/cancel-batch",
            "text": text,
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": url,
            "trigger_id": f"{time.time_ns()}.{secrets.token_hex(8)}",
        } | more
        self.bus.publish("typed", user=user, channel=channel, text=f"/cancel-batch {text}")
        delivery = await self._deliver("slash_commands", fields, urlencode(fields), url)
        if not delivery.acked:
            failed = "/cancel-batch failed with the error operation_timeout"
            self.tell(user, channel, failed)
        return delivery

    def tell(self, user: str, channel: str, text: str) -> None:
        """Show somebody a private message of the workspace itself."""
        ts = self.workspace.new_ts()
        self.workspace.show(Ephemeral(user, channel, ts, text, [], from_app=False))

    async def click(
        self,
        on: Ephemeral | SandboxMessage,
        action_id: str,
        *,
        user: str | None = None,
        channel: str | None = None,
        value: str | None = None,
        changes: dict[str, Any] | None = None,
    ) -> Delivery:
        """Press a button of a message, perhaps as somebody else or with another value.

        `changes` take the place of fields of the payload, which may then be of any shape.
        """
        button: dict[str, Any] = next((b for b in on.buttons if b["action_id"] == action_id), {})
        # In a direct conversation with the app the one person is whom its id names.
        owner = on.user if isinstance(on, Ephemeral) else f"U{on.channel[1:]}"
        who, where = user or owner, channel or on.channel
        url = self.url + self.urls.new(who, where, on)
        payload = click_payload(on, button, action_id, who, where) | {"response_url": url}
        if value is not None:
            payload["actions"][0]["value"] = value
        payload |= changes or {}
        label = (button.get("text") or {}).get("text", action_id)
        self.bus.publish("pressed", user=who, channel=where, label=label)
        body = urlencode({"payload": json.dumps(payload)})
        return await self._deliver("interactive", payload, body, url)

    async def _deliver(self, kind: str, payload: dict[str, Any], body: str, url: str) -> Delivery:
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

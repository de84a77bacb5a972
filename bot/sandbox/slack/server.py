"""The local Slack: its Web API, its response URLs, and the interactions of the people in it."""

import json
import secrets
from collections.abc import Sequence
from email.utils import formatdate
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bot.sandbox.event_bus import EventBus, Exchange
from bot.sandbox.slack.blocks import elements_of, with_ids
from bot.sandbox.slack.choices import Choices, Chosen, menu_of
from bot.sandbox.slack.interactions import (
    SHORTCUT,
    choice_payload,
    click_payload,
    shortcut_payload,
    trigger_id,
)
from bot.sandbox.slack.messages import in_full
from bot.sandbox.slack.responses import ResponseUrls
from bot.sandbox.slack.sending import Delivery, Sender
from bot.sandbox.slack.web_api import WebApi
from bot.sandbox.slack.workspace import APP, TEAM, Ephemeral, SandboxMessage, Workspace

_SCOPES = frozenset({"commands", "chat:write", "chat:write.public", "users:read"})


class SandboxSlack(Sender):
    """The workspace behind an API. `request_url` is where interactions go over HTTP."""

    def __init__(self, bus: EventBus | None = None, seed: int = 0) -> None:
        """Begin with made-up credentials."""
        super().__init__(bus, seed)
        self.bot_token = f"xoxb-sandbox-{secrets.token_hex(12)}"
        self.workspace = Workspace(self.bus)
        self.scopes = set(_SCOPES)
        self.api = WebApi(self.workspace, self.scopes)
        self.urls = ResponseUrls(self.workspace)
        self.choices = Choices()

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
        person = self.workspace.meet(user)
        url = self.url + self.urls.new(user, channel)
        fields = {
            "token": "deprecated",
            "team_id": TEAM,
            "team_domain": "sandbox",
            "channel_id": channel,
            "channel_name": place.name if place else "unknown",
            "user_id": user,
            "user_name": person.name,
            "command": "/cancel-batch",
            "text": text,
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": url,
            "trigger_id": trigger_id(),
        } | more
        self.bus.publish("typed", user=user, channel=channel, text=f"/cancel-batch {text}")
        delivery = await self.deliver("slash_commands", fields, urlencode(fields), url)
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
        chosen: Chosen | None = None,
        changes: dict[str, Any] | None = None,
    ) -> Delivery:
        """Press a button of a message, perhaps as somebody else or with another value.

        It tells what that person has chosen in the message's menus; `chosen` is chosen before.
        `changes` take the place of fields of the payload, which may then be of any shape.

        Raises:
            ValueError: nobody could choose that there.

        """
        button: dict[str, Any] = next((b for b in on.buttons if b["action_id"] == action_id), {})
        who, where = user or _owner(on), channel or on.channel
        self.workspace.meet(who)
        self.choices.take(who, on, chosen or {})
        more = self._context(on, who) | {"block_id": _block_of(on, action_id)}
        payload = click_payload(on, button, action_id, who, where, **more)
        if value is not None:
            payload["actions"][0]["value"] = value
        label = (button.get("text") or {}).get("text", action_id)
        self.bus.publish("pressed", user=who, channel=where, label=label)
        return await self._interact(payload | (changes or {}), self.urls.new(who, where, on))

    async def choose(
        self,
        on: Ephemeral | SandboxMessage,
        values: Sequence[str],
        *,
        action_id: str = "",
        block_id: str = "",
        user: str | None = None,
        changes: dict[str, Any] | None = None,
    ) -> Delivery | None:
        """Let the options with these values be all that is chosen in a menu.

        It is the message's first menu if not said otherwise. None is returned where the app hears
        of the choice only with a button.

        Raises:
            ValueError: there is no such menu or option, or they are more than may be chosen.

        """
        menu, who = menu_of(on.blocks, action_id, block_id), user or _owner(on)
        self.choices.choose(who, on.ts, menu, values)
        selected = self.choices.selected(who, on.ts, menu)
        labels = [option["text"]["text"] for option in selected]
        self.bus.publish("chosen", user=who, channel=on.channel, labels=labels)
        if not menu.dispatches:
            return None
        more = self._context(on, who) | {"block_id": menu.block_id}
        payload = choice_payload(on, selected, menu.action_id, who, on.channel, **more)
        return await self._interact(payload | (changes or {}), self.urls.new(who, on.channel, on))

    async def shortcut(
        self,
        on: SandboxMessage,
        *,
        user: str = "U0ANA",
        callback_id: str = SHORTCUT,
        changes: dict[str, Any] | None = None,
    ) -> Delivery:
        """Use the app's shortcut of a message, whoever wrote that."""
        self.workspace.meet(user)
        payload = shortcut_payload(on, self.workspace, user, callback_id)
        self.bus.publish("shortcut", user=user, channel=on.channel, ts=on.ts)
        return await self._interact(payload | (changes or {}), self.urls.new(user, on.channel))

    def _context(self, on: Ephemeral | SandboxMessage, user: str) -> dict[str, Any]:
        """Return what a payload tells of the message around an element."""
        message = None if isinstance(on, Ephemeral) else in_full(on, self.workspace)
        return {"message": message, "state": self.choices.state_of(user, on)}

    async def _interact(self, payload: dict[str, Any], path: str) -> Delivery:
        url = self.url + path
        payload = {"response_url": url} | payload
        body = urlencode({"payload": json.dumps(payload)})
        return await self.deliver("interactive", payload, body, url)


def _owner(on: Ephemeral | SandboxMessage) -> str:
    """Return who uses a message's elements: who sees it, or the one person of a direct channel."""
    return on.user if isinstance(on, Ephemeral) else f"U{on.channel[1:]}"


def _block_of(on: Ephemeral | SandboxMessage, action_id: str) -> str:
    """Return the id of the block with that element; "b1" where there is none any more."""
    found = (b for b, e in elements_of(with_ids(on.blocks)) if e.get("action_id") == action_id)
    block: dict[str, Any] = next(found, {"block_id": "b1"})
    return str(block["block_id"])

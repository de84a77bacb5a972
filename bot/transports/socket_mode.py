"""Socket Mode: two connections, so that one is open while Slack refreshes the other."""

import asyncio
from collections.abc import Sequence
from time import monotonic, time

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SettingsError

log = structlog.get_logger(__name__)

_CONNECTIONS = 2
_DOWN_TOO_LONG = 120.0
"""Seconds without any connection after which the process ends: a fresh start may help."""

_GESTURES = ("slash_commands", "interactive")
"""The types of the envelopes that carry what people do."""

_EVENTS = "events_api"
"""The type of the envelopes that carry events; the manifest asks for none."""

_REFUSED = frozenset({"invalid_auth", "not_authed", "not_allowed_token_type", "token_revoked"})
_TROUBLE = (SlackClientError, aiohttp.ClientError, OSError)


class SocketMode:
    """Takes Slack's requests over WebSockets and hands them to Bolt."""

    def __init__(self, app: AsyncApp, app_token: str, web: AsyncWebClient) -> None:
        """Prepare the connections; `web` opens them and has the Web API's base URL."""
        self._app, self._app_token, self._web = app, app_token, web
        self._clients: list[SocketModeClient] = []
        self._turns = asyncio.Lock()
        self._taking = True

    async def start(self) -> None:
        """Open all connections; slack-sdk tries again for as long as Slack can't be reached."""
        await self._check_token()
        for _ in range(_CONNECTIONS):
            client = SocketModeClient(
                app_token=self._app_token, web_client=self._web, ping_interval=10
            )
            # With one lock for all, they renew their connections in turn when Slack asks them at
            # once: each closes its old one first, and nobody would listen meanwhile.
            client.connect_operation_lock = self._turns
            client.socket_mode_request_listeners.append(self._handle)
            self._clients.append(client)
            await client.connect()  # type: ignore[no-untyped-call]  # slack-sdk leaves it untyped

    async def _check_token(self) -> None:
        """Raise SettingsError for a token that Slack refuses: no further try would help."""
        try:
            await self._web.apps_connections_open(app_token=self._app_token)
        except SlackApiError as error:
            code = str(error.response.get("error"))
            if code in _REFUSED:
                raise SettingsError(f"SLACK_APP_TOKEN was refused by Slack ({code})") from None
        except _TROUBLE as error:
            log.warning("Socket Mode can't connect yet", error=type(error).__name__)

    async def _handle(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Hand one payload to Bolt; what is not taken any more goes to another process."""
        if not self._taking or not _is_for_bolt(request):
            return
        started = time()
        headers: dict[str, str | Sequence[str]] = {"x-envelope-id": [request.envelope_id]}
        try:
            bolt_request = AsyncBoltRequest(
                mode="socket_mode", body=request.payload, headers=headers
            )
            response = await self._app.async_dispatch(bolt_request)
            await send_async_response(client, request, response, started)
        except _TROUBLE as error:
            log.warning("an acknowledgement could not be sent", error=type(error).__name__)
        except Exception:
            log.exception("a payload could not be understood")

    async def is_connected(self) -> bool:
        """Return whether any connection is open."""
        states = [await client.is_connected() for client in self._clients]
        return any(states)

    async def watch(self) -> None:
        """Return when no connection has been open for too long."""
        last_seen = monotonic()
        while monotonic() - last_seen < _DOWN_TOO_LONG:
            await asyncio.sleep(1)
            if await self.is_connected():
                last_seen = monotonic()
        log.error("Socket Mode was down for too long", seconds=_DOWN_TOO_LONG)

    def take_no_more(self) -> None:
        """Leave every further payload unacknowledged: Slack gives it to another connection."""
        self._taking = False

    async def stop(self) -> None:
        """Close all connections."""
        for client in self._clients:
            await client.close()  # type: ignore[no-untyped-call]  # slack-sdk leaves it untyped


def _is_for_bolt(request: SocketModeRequest) -> bool:
    """Return whether an envelope carries a gesture or an event, and an id to acknowledge it by.

    An event that nobody acknowledges is sent again; what calls itself one must be nothing else.
    """
    envelope_id: object = request.envelope_id
    if not isinstance(envelope_id, str) or not envelope_id:
        return False
    return request.type in _GESTURES or (request.type == _EVENTS and _is_event(request.payload))


def _is_event(payload: object) -> bool:
    return (
        isinstance(payload, dict)
        and payload.get("type") == "event_callback"
        and "command" not in payload
    )

"""Socket Mode: two connections, so that one is open while Slack refreshes the other."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from time import monotonic, time
from typing import Any

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.errors import SettingsError
from bot.proxies import ProxyFor, direct
from bot.transports.socket_connection import (
    TROUBLE,
    Connection,
    OpenUrl,
    app_of_hello,
    word_for,
)

log = structlog.get_logger(__name__)

_CONNECTIONS = 2
_DOWN_TOO_LONG = 120.0
"""Seconds without any connection after which the process ends: a fresh start may help."""

_PING_INTERVAL = 10.0
_LOOK_INTERVAL = 1.0
_TELL_EVERY = 5
"""Looks. Nobody hears of a connection that is renewed at once."""

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 15.0
_HELLO_WITHIN = 3.0

_GESTURES = ("slash_commands", "interactive")
"""The types of the envelopes that carry what people do."""

_EVENTS = "events_api"
"""The type of the envelopes that carry events; the manifest asks for none."""

_NOT_SENT = (SlackClientError, aiohttp.ClientError, OSError)


async def _unknown() -> str:
    return ""


class SocketMode:
    """Takes Slack's requests over WebSockets and hands them to Bolt."""

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        open_url: OpenUrl,
        *,
        proxy_for: ProxyFor = direct,
        own_app: Callable[[], Awaitable[str]] = _unknown,
        record: Callable[[str | None], None] = lambda _trouble: None,
        acknowledged: Callable[[float], None] = lambda _seconds: None,
        ping_interval: float = _PING_INTERVAL,
        look_interval: float = _LOOK_INTERVAL,
    ) -> None:
        """Prepare the connections; `open_url` gives each its address.

        `own_app` returns the id of the bot's app, "" where it isn't known; `record` is told whether
        Slack can be reached: None, or a word for the trouble; `acknowledged` hears how long each
        acknowledgement took. Intervals are in seconds.
        """
        self._app, self._app_token, self._open_url = app, app_token, open_url
        self._proxy_for, self._own_app, self._record = proxy_for, own_app, record
        self._acknowledged = acknowledged
        self._ping_interval, self._look_interval = ping_interval, look_interval
        self._clients: list[Connection] = []
        self._turns = asyncio.Lock()
        self._greeted, self._greeted_app = asyncio.Event(), ""
        self._taking = True

    async def start(self) -> None:
        """Open all connections; tries again for as long as Slack can't be reached.

        Raises SettingsError for a token that Slack refuses, or that is another app's.
        """
        own = await self._own_app()
        must_be_one_app(own, app_of_token(self._app_token))
        for _ in range(_CONNECTIONS):
            client = Connection(self._open_url, self._proxy_for, self._ping_interval)
            # With one lock for all, they renew their connections in turn when Slack asks them at
            # once: each closes its old one first, and nobody would listen meanwhile.
            client.connect_operation_lock = self._turns
            client.message_listeners.append(self._greet)
            client.socket_mode_request_listeners.append(self._handle)
            self._clients.append(client)
            await self._open(client)
        if own:
            must_be_one_app(own, await self._greeting())

    async def _open(self, client: Connection) -> None:
        wait = _FIRST_WAIT
        while True:
            try:
                await client.connect()
            except SettingsError:
                raise
            except TROUBLE as error:
                self._record(word_for(error))
                longer = getattr(error, "retry_after", None) or 0.0
                await asyncio.sleep(max(wait, longer))
                wait = min(_LONGEST_WAIT, wait * 2)
            else:
                self._record(None)
                return

    async def _greet(
        self, _client: AsyncBaseSocketModeClient, frame: dict[str, Any], _raw: str | None
    ) -> None:
        """Keep the id of the app that Slack greets."""
        if frame.get("type") == "hello":
            self._greeted_app = app_of_hello(frame)
            self._greeted.set()

    async def _greeting(self) -> str:
        """Return the id of the app that Slack greets, "" where it doesn't in time."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._greeted.wait(), _HELLO_WITHIN)
        return self._greeted_app

    async def _handle(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Hand one payload to Bolt; what is not taken any more goes to another process."""
        if not self._taking or not _is_for_bolt(request):
            return
        started, begun = time(), monotonic()
        headers: dict[str, str | Sequence[str]] = {"x-envelope-id": [request.envelope_id]}
        try:
            bolt_request = AsyncBoltRequest(
                mode="socket_mode", body=request.payload, headers=headers
            )
            response = await self._app.async_dispatch(bolt_request)
            await send_async_response(client, request, response, started)
            self._acknowledged(monotonic() - begun)
        except _NOT_SENT as error:
            log.warning("an acknowledgement could not be sent", error=type(error).__name__)
        except Exception:
            log.exception("a payload could not be understood")

    async def is_connected(self) -> bool:
        """Return whether any connection is open."""
        states = [await client.is_connected() for client in self._clients]
        return any(states)

    async def ages(self) -> list[float | None]:
        """Return for how many seconds each connection has been open, None for one that is not."""
        now = monotonic()
        return [
            now - client.opened_at if await client.is_connected() else None
            for client in self._clients
        ]

    async def watch(self) -> None:
        """Return when no connection has been open for too long."""
        last_seen, told = monotonic(), 0
        while (gone := monotonic() - last_seen) < _DOWN_TOO_LONG:
            await asyncio.sleep(self._look_interval)
            if await self.is_connected():
                last_seen, told = monotonic(), 0
                self._record(None)
            elif gone >= told * _TELL_EVERY * self._look_interval:
                told += 1
                self._record(self._trouble)
        log.error("Socket Mode was down for too long", seconds=gone, trouble=self._trouble)

    @property
    def _trouble(self) -> str:
        """Return a word for what keeps the connections away."""
        found = (client.trouble for client in self._clients if client.trouble is not None)
        return next(found, "no connection")

    def take_no_more(self) -> None:
        """Leave every further payload unacknowledged: Slack gives it to another connection."""
        self._taking = False

    async def stop(self, seconds: float = 1.0) -> None:
        """Close all connections at once; one that is not closed after so many seconds is dropped.

        In turn, the last would stay open meanwhile, and Slack would send it what nobody takes.
        """
        self.take_no_more()
        closing = [asyncio.ensure_future(client.close()) for client in self._clients]
        try:
            await asyncio.wait_for(asyncio.gather(*closing, return_exceptions=True), seconds)
        except TimeoutError:
            await asyncio.gather(*closing, return_exceptions=True)


def _is_for_bolt(request: SocketModeRequest) -> bool:
    """Return whether an envelope carries an interaction or event, and an id to acknowledge.

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


def app_of_token(app_token: str) -> str:
    """Return the id of the app that an app-level token names, "" for one of another form."""
    match = re.match(r"xapp-\d+-(A[A-Z0-9]+)-", app_token)
    return "" if match is None else match[1]


def must_be_one_app(own: str, other: str) -> None:
    """Raise SettingsError where both apps are known and differ: no command would come in."""
    if own and other and own != other:
        raise SettingsError(
            f"SLACK_APP_TOKEN belongs to the app {other} and SLACK_BOT_TOKEN to {own}: "
            "take both from the same app at https://api.slack.com/apps"
        )

"""One WebSocket of Socket Mode: slack-sdk's, but for how it is opened and what it says."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import aiohttp
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from bot.errors import BotError, SettingsError, SlackError
from bot.proxies import ProxyFor
from bot.redirects import no_redirects

OpenUrl = Callable[[], Awaitable[str]]
"""Returns the address of a new WebSocket. Raises SettingsError for a refused token, SlackError."""

TROUBLE = (BotError, SlackClientError, aiohttp.ClientError, OSError, ValueError)
"""What opening a WebSocket may end in; a time-out is an OSError, no address a ValueError."""

_OPENS_WITHIN = 15.0


class Connection(SocketModeClient):
    """Asks for a fresh address before each try, and chooses its proxy by that address.

    slack-sdk keeps an address that failed, though Slack takes each once; it goes through the proxy
    of its own reading of the environment; and it tries for ever, even where Slack has said no.
    """

    def __init__(self, open_url: OpenUrl, proxy_for: ProxyFor, ping_interval: float) -> None:
        """Connect to nothing yet. `trouble` is a word for what was last in the way."""
        # It logs each of its tries, with a traceback; `Outages` says it in one line.
        silent = logging.getLogger("bot.slack_sdk.socket_mode")
        silent.setLevel(logging.CRITICAL + 1)
        super().__init__("", logger=silent, ping_interval=ping_interval)
        self.aiohttp_client_session.trace_configs.append(no_redirects())
        self._open_url, self._proxy_for = open_url, proxy_for
        self.trouble: str | None = None
        self.opened_at = time.monotonic()

    async def issue_new_wss_url(self) -> str:
        """Return no address: `connect` asks for it."""
        return ""

    async def connect(self) -> None:
        """Open a session in place of the old one; raises one of TROUBLE where that fails.

        The session's monitor tries again, every `ping_interval` seconds.
        """
        self.auto_reconnect_enabled = False
        try:
            async with asyncio.timeout(_OPENS_WITHIN):
                await self._renew()
        except TROUBLE as error:
            self.trouble = word_for(error)
            raise
        finally:
            self.auto_reconnect_enabled = not self.closed
        self.trouble, self.stale = None, False
        self._follow()

    async def close(self) -> None:
        """Say goodbye and close; where that is cut off, the connection is dropped."""
        if self.current_session_monitor is not None:
            self.current_session_monitor.cancel()  # else it may open a new session meanwhile
        try:
            await super().close()  # type: ignore[no-untyped-call]  # slack-sdk leaves it untyped
        finally:
            await self.aiohttp_client_session.close()

    async def _renew(self) -> None:
        url = await self._open_url()
        if self.closed:
            raise SlackError("the connection was closed meanwhile")
        proxy = self._proxy_for(url)
        if self.current_session is not None:
            # Before the new one is open: Slack allows an app only so many at once.
            with suppress(*TROUBLE):
                await self.current_session.close()
        self.current_session = await self.aiohttp_client_session.ws_connect(
            url, autoping=False, heartbeat=self.ping_interval, proxy=proxy
        )
        self.last_ping_pong_time = None
        self.opened_at = time.monotonic()
        await self.current_session.ping(f"sdk-ping-pong:{time.time()}".encode())

    def _follow(self) -> None:
        """Let slack-sdk watch and read the new session instead of the old one."""
        for task in (self.current_session_monitor, self.message_receiver):
            if task is not None:
                task.cancel()
        self.current_session_monitor = asyncio.ensure_future(self.monitor_current_session())
        self.message_receiver = asyncio.ensure_future(self.receive_messages())


def word_for(error: BaseException) -> str:
    """Return what the log says of a trouble: a sentence of ours, or the error's name."""
    return str(error) if isinstance(error, BotError) else type(error).__name__


async def first_frame(open_url: OpenUrl, proxy_for: ProxyFor) -> dict[str, Any]:
    """Open a WebSocket, wait for what Slack sends first, and close it; return the frame.

    Raises SettingsError for a refused token or an unusable proxy, SlackError for anything else.
    """
    try:
        async with asyncio.timeout(_OPENS_WITHIN), _session() as http:
            url = await open_url()
            async with http.ws_connect(url, proxy=proxy_for(url)) as socket:
                frame = await socket.receive_json()
    except BotError:
        raise
    except (*TROUBLE, TypeError) as error:
        raise SlackError(f"no WebSocket to Slack opens ({type(error).__name__})") from None
    return frame if isinstance(frame, dict) else {}


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(trace_configs=[no_redirects()])


def must_be_greeted(frame: dict[str, Any]) -> str:
    """Return the id of the app that the first frame greets, "" where it names none.

    Raises SettingsError where Socket Mode is off, SlackError for any other frame than a greeting.
    """
    if frame.get("type") == "hello":
        return app_of_hello(frame)
    if frame.get("reason") == "link_disabled":
        raise SettingsError("Socket Mode is off: switch it on (Settings → Socket Mode of the app)")
    raise SlackError("Slack opens a WebSocket and closes it at once, without a greeting")


def app_of_hello(frame: dict[str, Any]) -> str:
    """Return the id of the app that a greeting names, "" where it names none."""
    info = frame.get("connection_info")
    app_id = info.get("app_id") if isinstance(info, dict) else None
    return app_id if isinstance(app_id, str) else ""

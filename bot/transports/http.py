"""The HTTP server: Slack's requests, health, readiness and metrics."""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.telemetry.metrics import Metrics
from bot.telemetry.repeats import Repeats
from bot.transports.connections import Connections, most_connections
from bot.transports.guards import Refusal, is_ssl_check, refusal_of, verifier_of
from bot.transports.peers import PeerLog
from bot.transports.webhook import LookNow, Webhooks

log = structlog.get_logger(__name__)

_LONGEST_BODY = 1 << 20
_LONGEST_ADDRESSES = 100
_BACKLOG = 128
_LOOK_INTERVAL = 1.0
_EVENTS = "/slack/events"
_WEBHOOK = "/openai/webhook"
_GONE = web.HTTPBadRequest.status_code

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

Why = Callable[[], Awaitable[str | None]]
"""Returns why the bot is not ready, None when it is."""

Scrape = Callable[[], Awaitable[object]]
"""Brings the figures up to date that are read when somebody looks."""


class Server:
    """Listens on the port from the beginning; takes Slack's requests once `open_for` was called."""

    def __init__(
        self, address: str | None, port: int, metrics: Metrics, why_not_ready: Why, scrape: Scrape
    ) -> None:
        """Prepare the routes; `scrape` brings the figures of the database up to date.

        `address` is the one to listen on, None for every address of the machine.
        """
        self._address, self._port = address, port
        self._metrics = metrics
        self._why_not_ready = why_not_ready
        self._scrape = scrape
        self._repeats = Repeats()
        self._connections = Connections(self._repeats, most_connections())
        self._app = web.Application(client_max_size=_LONGEST_BODY, middlewares=[self._watched])
        self._app.add_routes(
            [
                web.get("/healthz", self._healthz),
                web.get("/readyz", self._readyz),
                web.get("/metrics", self._show_metrics),
            ]
        )
        # Slack packs nothing, and a signature is over the bytes as they came.
        self._runner = web.AppRunner(
            self._app,
            access_log=None,
            logger=PeerLog(self._repeats),
            handle_signals=False,
            shutdown_timeout=0.5,
            auto_decompress=False,
        )
        self._bolt: AsyncApp | None = None
        self._webhooks: Webhooks | None = None
        self._listener: asyncio.Server | None = None

    def take_events(self, signing_secret: str) -> None:
        """Serve `POST /slack/events` too; must be called before `start`."""
        self._verifier = verifier_of(signing_secret)
        self._app.add_routes([web.post(_EVENTS, self._events), web.get(_EVENTS, self._ssl_check)])

    def take_webhooks(self, secret: str) -> None:
        """Serve `POST /openai/webhook` too; must be called before `start`."""
        self._webhooks = Webhooks(secret, self._metrics, self._repeats)
        self._app.add_routes([web.post(_WEBHOOK, self._webhooks.handle)])

    def open_for(self, bolt: AsyncApp | None, look_now: LookNow | None = None) -> None:
        """Hand requests on from now on, Slack's to Bolt; None takes no more."""
        self._bolt = bolt
        if self._webhooks is not None:
            self._webhooks.open_for(look_now)

    async def start(self) -> None:
        """Listen."""
        await self._runner.setup()
        loop, factory = asyncio.get_running_loop(), self._runner.server
        if factory is None:  # pragma: no cover - `setup` makes one
            raise RuntimeError("the HTTP server was not set up")
        self._listener = await loop.create_server(
            self._connections.guarded(factory),
            self._address,
            self._port,
            backlog=_BACKLOG,
            start_serving=False,
        )
        await self._listener.start_serving()
        log.info("the HTTP server listens", port=self.port)

    @property
    def port(self) -> int:
        """Return the port that it listens on, also where the system has chosen one.

        It chooses one for each kind of address; this is IPv4's where there is such an address.
        """
        sockets = () if self._listener is None else self._listener.sockets
        addresses = sorted((s.getsockname() for s in sockets), key=lambda at: ":" in at[0])
        return int(addresses[0][1]) if addresses else self._port

    async def serve(self) -> None:
        """Go on until cancelled, or until the server listens no more by itself.

        asyncio's own `serve_forever` ends, from Python 3.12 on, only when every connection has: a
        proxy keeps one open for a minute, and SIGTERM would take as long.
        """
        while self._is_listening():  # noqa: ASYNC110 - asyncio has no event for its end
            await asyncio.sleep(_LOOK_INTERVAL)

    def _is_listening(self) -> bool:
        return self._listener is not None and self._listener.is_serving()

    async def stop(self) -> None:
        """Stop listening."""
        if self._listener is not None:
            self._listener.close()
        await self._runner.cleanup()
        self._repeats.flush()

    @web.middleware
    async def _watched(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Read a request to its end, for which its sender has little time, and have it answered."""
        connection = self._connections.of(request.protocol)
        if connection is None:
            return await handler(request)
        try:
            if request.match_info.http_exception is None:
                await request.read()
            connection.is_whole()
            return await handler(request)
        except ConnectionError:  # whoever sent it is gone, by themselves or closed by us
            return web.Response(status=_GONE)
        finally:
            connection.is_answered()

    async def _ssl_check(self, request: web.Request) -> web.StreamResponse:
        """Answer Slack's look at the certificate; anything else is no such request."""
        if is_ssl_check(b"", request.query_string):
            return web.Response()
        raise web.HTTPMethodNotAllowed(request.method, ["POST"])

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Check a request, hand it to Bolt, and never answer 500 to what others send."""
        started, body = perf_counter(), await request.read()
        if is_ssl_check(body, request.query_string):
            return web.Response()
        if self._bolt is None:
            return web.Response(status=503, text="not ready")
        refusal = refusal_of(body, request.headers, self._verifier)
        if refusal is not None:
            return self._refuse(request, refusal)
        try:
            bolt_request = AsyncBoltRequest(
                body=body.decode(),
                query=request.query_string,
                headers={name: [value] for name, value in request.headers.items()},
            )
            answer = await to_aiohttp_response(await self._bolt.async_dispatch(bolt_request))
        except Exception as error:  # noqa: BLE001 - whatever Bolt makes of it
            # Signed by Slack, but of a shape that Bolt can't work with.
            event = "a signed request could not be understood"
            self._repeats.say("not understood", log.error, event, exc_info=error)
            return web.Response(status=400, text="not understood")
        self._metrics.acknowledged("http", perf_counter() - started)
        return answer

    def _refuse(self, request: web.Request, refusal: Refusal) -> web.Response:
        """Answer without a reason, which only the log tells, and that a few times a minute."""
        reason = refusal.reason.value
        self._metrics.interaction("request", reason)
        forwarded = request.headers.get("X-Forwarded-For")
        self._repeats.say(
            reason,
            log.warning,
            "a request was refused",
            reason=reason,
            meaning=refusal.meaning,
            status=refusal.status,
            peer=request.remote,
            **({} if forwarded is None else {"forwarded_for": forwarded[:_LONGEST_ADDRESSES]}),
        )
        return web.Response(status=refusal.status, text="refused")

    async def _healthz(self, _request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def _readyz(self, _request: web.Request) -> web.Response:
        why = await self._why_not_ready()
        ready = {"ready": why is None} | ({} if why is None else {"why": why})
        return web.json_response(ready, status=200 if why is None else 503)

    async def _show_metrics(self, _request: web.Request) -> web.Response:
        await self._scrape()
        body, content_type = self._metrics.render()
        return web.Response(body=body, headers={"Content-Type": content_type})

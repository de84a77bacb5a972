"""Builds the bot out of its parts: the edges from the settings, the inside from the edges."""

import os
import random
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.clients.prices import ContractPrices, ListPrices
from bot.clients.respan import RespanClient
from bot.clients.slack import SlackClient
from bot.clients.slack_tokens import new_socket_url
from bot.clients.web_client import web_client
from bot.clock import Clock, SteadyClock
from bot.domain.answer import WaitingAnswer
from bot.domain.cancellation import Cancellation, State
from bot.domain.money import Price
from bot.domain.request import Request
from bot.engine.looks import Kind
from bot.engine.moves import Moves
from bot.engine.pace import Pace
from bot.engine.runner import LEASE, Runner
from bot.engine.sender import Sender
from bot.engine.sweep import Sweep, Sweeper
from bot.engine.worker import (
    Around,
    Worker,
    next_of_cancellation,
    next_of_request,
    unstorable_request,
)
from bot.errors import BotError
from bot.listeners.handler import Handler
from bot.listeners.origin import Gate
from bot.listeners.register import register
from bot.ports import Observe, Prices
from bot.proxies import Proxies, usable_proxies
from bot.settings import Settings
from bot.steps.decision import Tools
from bot.steps.shared_list import SharedList
from bot.store.database import Database
from bot.store.facts import APP
from bot.store.requests import new_id, new_token
from bot.store.stores import Stores, stores_on
from bot.telemetry.metrics import Metrics
from bot.telemetry.outages import Outages
from bot.transports.webhook import LookNow

if TYPE_CHECKING:
    from bot.transports.socket_mode import SocketMode


@dataclass(frozen=True, slots=True)
class Edges:
    """Everything outside: the database, Respan, Slack, and the proxies on the way there."""

    stores: Stores
    respan: RespanClient
    slack: SlackClient
    clock: Clock
    proxies: Proxies = field(default_factory=lambda: Proxies({}, ""))


@dataclass(frozen=True, slots=True)
class Work:
    """Everything inside: what takes interactions, and what does the work.

    `sockets` is the way in by Socket Mode, None where it is HTTP. `look_now` hears of
    OpenAI's webhooks.
    """

    handler: Handler
    bolt: AsyncApp
    requests: Runner[Request]
    cancellations: Runner[Cancellation | Sweep]
    answers: Runner[WaitingAnswer]
    sockets: "SocketMode | None"
    look_now: LookNow


def observer(metrics: Metrics, outages: Outages, service: str) -> Observe:
    """Return what hears of each call to a service: its name, and its error if it failed."""

    def observe(call: str, error: BotError | None) -> None:
        name = None if error is None else type(error).__name__
        metrics.called(service.lower(), call, name or "ok")
        outages.record(service, name if error is not None and error.is_outage else None)

    return observe


async def open_edges(
    settings: Settings,
    metrics: Metrics,
    outages: Outages,
    clock: SteadyClock,
    stack: AsyncExitStack,
) -> Edges:
    """Return what is outside; it is closed with the stack."""
    proxies = usable_proxies(os.environ, settings.respan_base_url, settings.slack_api_url)
    database = Database(settings.database_url.get_secret_value(), clock)
    await stack.enter_async_context(database)
    respan = RespanClient(
        settings.respan_base_url,
        settings.respan_api_key.get_secret_value(),
        clock,
        encoding=settings.respan_params_encoding,
        provider_id=settings.respan_provider_id,
        proxy=proxies.for_url(settings.respan_base_url),
        observe=observer(metrics, outages, "Respan"),
    )
    slack = SlackClient(
        settings.slack_bot_token.get_secret_value(),
        settings.slack_api_url,
        clock,
        observe=observer(metrics, outages, "Slack"),
        proxy_for=proxies.for_url,
    )
    await stack.enter_async_context(respan)
    await stack.enter_async_context(slack)
    stores = stores_on(database, settings.respan_calls_per_minute)
    return Edges(stores, respan, slack, clock, proxies)


def build(settings: Settings, edges: Edges, metrics: Metrics, outages: Outages) -> Work:
    """Return everything inside, wired to the edges; nothing runs yet."""
    stores, record = edges.stores, partial(outages.record, "the database")
    pace = Pace(
        stores.facts,
        edges.clock,
        random.random,
        expects_webhooks=settings.openai_webhook_secret is not None,
    )
    prices = _prices(settings)
    tools = partial(
        Tools,
        respan=edges.respan,
        slack=edges.slack,
        prices=prices,
        list=SharedList(edges.clock),
        clock=edges.clock,
        policy=settings.policy,
        jitter=random.random,
        gap=pace.gap,
        new_token=new_token,
        new_id=new_id,
        names_by_email=settings.customer_identifier == "email",
    )
    sender = Sender(edges.slack, stores.answers, stores.owner, random.random)
    answers = Runner(
        "answers",
        stores.answers.wait_seconds,
        lambda limit: stores.answers.claim(stores.owner, limit, LEASE),
        sender.work,
        record,
        partial(metrics.round_failed, "answers"),
        gives_way=lambda: bool(handler.in_flight),  # made below
    )
    around = Around(
        stores.answers,
        stores.requests,
        stores.budget,
        metrics,
        answers.wake,
        stores.history,
        stores.follows,
    )
    moves = Moves(metrics, lambda: requests.wake(), edges.clock)  # noqa: PLW0108 - made below
    of_requests = Worker(
        tools, stores.request_queue, around, next_of_request, unstorable_request, moves.of_request
    )

    def looked_at(old: Cancellation, new: Cancellation) -> None:
        sweeper.looked_at(old, new)
        if old.state is State.CANCELLING:
            moves.polled(Kind.SINGLE, [(old, new)])
        moves.of_cancellation(old, new)

    of_cancellations = Worker(
        tools,
        stores.cancellation_queue,
        around,
        next_of_cancellation,
        lambda _step, _row: None,
        looked_at,
    )
    requests = Runner(
        "requests",
        stores.request_queue.wait_seconds,
        partial(stores.request_queue.claim, lease=LEASE),
        of_requests.work,
        record,
        partial(metrics.round_failed, "requests"),
        gives_way=lambda: bool(handler.in_flight),
    )
    sweeper = Sweeper(
        stores.cancellation_queue,
        edges.respan,
        stores.budget,
        edges.clock,
        pace,
        moves.of_cancellation,
        partial(moves.polled, Kind.PAGE),
    )

    async def cancel_or_watch(item: Cancellation | Sweep) -> None:
        await (sweeper.sweep(item) if isinstance(item, Sweep) else of_cancellations.work(item))

    cancellations = Runner(
        "cancellations",
        stores.cancellation_queue.wait_seconds,
        sweeper.claim,
        cancel_or_watch,
        record,
        partial(metrics.round_failed, "cancellations"),
    )

    def wake() -> None:
        for each in (requests, cancellations, answers):
            each.wake()

    handler = Handler(
        stores.requests,
        stores.follows,
        stores.answers,
        edges.slack,
        prices,
        settings.policy,
        metrics,
        wake,
    )
    bolt = _bolt(settings, edges.slack, handler, _gate(edges))
    sockets = _sockets(settings, edges, bolt, metrics, outages)

    async def look_now(batch_id: str, key: str) -> bool:
        is_news = await sweeper.look_now(batch_id, key)
        cancellations.wake()
        return is_news

    return Work(handler, bolt, requests, cancellations, answers, sockets, look_now)


def _prices(settings: Settings) -> Prices:
    """Return the prices of the contract, OpenAI's list without one."""
    read, written = settings.price_input_per_mtok, settings.price_output_per_mtok
    if read is None or written is None:
        return ListPrices()
    return ContractPrices(Price(read, written))


def _sockets(
    settings: Settings, edges: Edges, bolt: AsyncApp, metrics: Metrics, outages: Outages
) -> "SocketMode | None":
    """Return the way in by Socket Mode, None without an app-level token."""
    if settings.slack_app_token is None:
        return None
    from bot.transports.socket_mode import SocketMode  # noqa: PLC0415 - HTTP needs no WebSockets

    token, url = settings.slack_app_token.get_secret_value(), settings.slack_api_url
    web = web_client(token, url, None, edges.proxies.for_url(url))
    return SocketMode(
        bolt,
        token,
        partial(new_socket_url, web),
        proxy_for=edges.proxies.for_url,
        own_app=edges.slack.own_app,
        record=partial(outages.record, "Slack's Socket Mode"),
        acknowledged=partial(metrics.acknowledged, "socket_mode"),
    )


def _gate(edges: Edges) -> Gate:
    """Return what lets the requests of this installation through."""
    return Gate(edges.slack.installation, partial(edges.stores.facts.keep, APP))


def _bolt(settings: Settings, slack: SlackClient, handler: Handler, gate: Gate) -> AsyncApp:
    """Return Bolt with the one workspace that is known: it asks Slack for nothing by itself."""
    who = AuthorizeResult(
        enterprise_id=None,
        team_id=slack.team_id,
        bot_id=slack.bot_id,
        bot_user_id=slack.bot_user_id,
        bot_token=settings.slack_bot_token.get_secret_value(),
    )

    async def authorize() -> AuthorizeResult:
        return who

    # Bolt warns where its client has a token beside `authorize`, which brings it.
    client = copy(slack.web)
    client.token = None
    secret = settings.slack_signing_secret
    with _out_of_sight("SLACK_"):
        app = AsyncApp(
            name="batch-cancellation-bot",  # else Bolt reads the whole stack to find its caller
            authorize=authorize,
            client=client,
            raise_error_for_unhandled_request=True,  # else it prints the request itself
            process_before_response=True,  # else it looks every 10 ms whether a listener has acked
            signing_secret="" if secret is None else secret.get_secret_value(),
        )
    register(app, handler, gate)
    return app


@contextmanager
def _out_of_sight(prefix: str) -> Iterator[None]:
    """Hide the variables that begin so from whoever reads the environment by itself.

    Bolt warns of SLACK_BOT_TOKEN, and lets SLACK_CLIENT_ID and others switch it to OAuth.
    """
    hidden = {name: os.environ.pop(name) for name in [*os.environ] if name.startswith(prefix)}
    try:
        yield
    finally:
        os.environ.update(hidden)

"""What every listener works with, and how an interaction is stored, acknowledged and answered."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import uuid4

import structlog
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.domain.message import Message
from bot.domain.policy import Policy
from bot.errors import RowUnreadable, SlackError, StoreError
from bot.ports import Prices, Slack
from bot.store_ports import Follows, Outbox, Requests
from bot.telemetry.metrics import Metrics
from bot.telemetry.repeats import Repeats
from bot.views.private import question_of_another_version

log = structlog.get_logger(__name__)

_STORE_BEFORE_ACK = 0.5
"""Seconds that the acknowledgement waits for the database; Slack waits for three."""

_ID = re.compile(r"[A-Za-z0-9]{1,40}")
_LONGEST_URL = 4000
_LONGEST_NAME = 80

Ack = Callable[[], Awaitable[Any]]
Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Handler:
    """What the listeners share. `wake` tells the runners that there is work."""

    requests: Requests
    follows: Follows
    outbox: Outbox
    slack: Slack
    prices: Prices
    policy: Policy
    metrics: Metrics
    wake: Callable[[], None]
    in_flight: set[asyncio.Task[Any]] = field(default_factory=set)
    repeats: Repeats = field(default_factory=Repeats)

    async def handle(
        self, ack: Ack, work: Coroutine[Any, Any, str], interaction: str, url: str, apology: Message
    ) -> None:
        """Store an interaction, acknowledge it, and apologise where that fails.

        An acknowledged interaction is stored, unless the database is slow: then the person is told
        directly what became of it. Returns once it is acknowledged, for Bolt sends that then.
        """
        acked: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def acknowledge() -> None:
            await ack()
            acked.set_result(None)

        taking = asyncio.ensure_future(self._handle(acknowledge, work, interaction, url, apology))
        self.in_flight.add(taking)
        taking.add_done_callback(self.in_flight.discard)
        await asyncio.wait({taking, acked}, return_when=asyncio.FIRST_COMPLETED)
        if acked.done():
            taking.add_done_callback(_log_failure)
        else:
            await taking

    async def _handle(
        self, ack: Ack, work: Coroutine[Any, Any, str], interaction: str, url: str, apology: Message
    ) -> None:
        storing = asyncio.ensure_future(work)
        await asyncio.wait({storing}, timeout=_STORE_BEFORE_ACK)
        await ack()
        try:
            outcome = await storing
        except RowUnreadable as error:
            event = "an interaction concerns a row that can't be read"
            log.error(event, interaction=interaction, id=error.row_id, error=str(error))
            await self._apologise(interaction, url, question_of_another_version())
            return
        except StoreError as error:
            log.error(
                "an interaction could not be stored", interaction=interaction, error=str(error)
            )
            await self._apologise(interaction, url, apology)
            return
        except Exception:
            # A defect of ours; whoever clicked must not wait for an answer that never comes.
            log.exception(
                "an interaction could not be understood or stored", interaction=interaction
            )
            await self._apologise(interaction, url, apology)
            return
        self.metrics.interaction(interaction, outcome)
        self.wake()

    async def _apologise(self, interaction: str, url: str, apology: Message) -> None:
        self.metrics.interaction(interaction, "not_stored")
        try:
            await self.slack.answer(url, apology, replace=False)
        except SlackError as error:
            log.error("a person could not be told that nothing was done", error=str(error))


def _log_failure(taking: asyncio.Task[None]) -> None:
    """Log what failed after the acknowledgement: nobody waits for it any more."""
    if not taking.cancelled() and taking.exception() is not None:
        log.error("a listener failed", exc_info=taking.exception())


def log_denied(user: str, channel: str, why: str) -> None:
    """Log who was not let do what they tried, where and why."""
    log.warning("a person was refused", user_id=user, channel_id=channel, why=why)


def key_of(request: AsyncBoltRequest) -> str:
    """Return what is the same for a replay of this request and for no other request."""
    for name in ("x-slack-signature", "x-envelope-id"):
        values = request.headers.get(name)
        if values:
            return sha256(f"{name}:{values[0]}".encode()).hexdigest()
    return uuid4().hex


def slack_id(value: object) -> str | None:
    """Return an id as Slack makes them, None for anything else."""
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def kind_of(payload: Payload) -> str | None:
    """Return what Slack calls the place of an interaction, None where it names none."""
    return _name(payload.get("channel_name") or inner(payload, "channel", "name"))


def name_of(payload: Payload) -> str | None:
    """Return the name of the person who acts, None where Slack tells none.

    In lower case, as Slack has it: the history is filtered by it, on databases that don't agree on
    what else is the same.
    """
    name = _name(payload.get("user_name") or inner(payload, "user", "name"))
    return None if name is None else name.lower()[:_LONGEST_NAME]


def _name(name: object) -> str | None:
    fits = isinstance(name, str) and name.isprintable() and "\x00" not in name
    return name[:_LONGEST_NAME] if isinstance(name, str) and fits else None


def url_of(payload: Payload) -> str:
    """Return the response URL, "" where there is none that can be stored."""
    url = payload.get("response_url")
    fits = isinstance(url, str) and url.isascii() and url.isprintable() and len(url) < _LONGEST_URL
    return url if isinstance(url, str) and fits else ""


def inner(payload: Payload, *keys: str) -> object:
    """Return a value deep in a payload, None where anything on the way is not as expected."""
    value: object = payload
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value

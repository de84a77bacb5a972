"""Somebody chooses Cancel batch… from the menu of a message, perhaps an alert."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

from slack_bolt.request.async_request import AsyncBoltRequest

from bot.domain.asking import Question
from bot.domain.message import Message
from bot.domain.message_ids import NamedBatches, ids_in_message
from bot.domain.request import MOST_BATCHES
from bot.listeners.asking import answer_at_once, ask, denial_at_command, deny
from bot.listeners.handler import (
    Ack,
    Handler,
    Payload,
    inner,
    key_of,
    kind_of,
    log,
    name_of,
    slack_id,
    url_of,
)
from bot.views.private import (
    message_too_long,
    no_id_in_message,
    shortcut_not_recorded,
    too_many_in_message,
)

SHORTCUT = "cancel_batch_of_message"
"""Its callback id in the app's manifest."""

_TS = re.compile(r"[0-9]{1,16}\.[0-9]{1,10}")


def cancel_batch_of_message(handler: Handler) -> Callable[..., Awaitable[None]]:
    """Return the listener for the shortcut of a message."""

    async def listener(ack: Ack, body: Payload, request: AsyncBoltRequest) -> None:
        work = _handle(handler, body, key_of(request))
        await handler.handle(ack, work, "shortcut", url_of(body), shortcut_not_recorded())

    return listener


async def _handle(handler: Handler, body: Payload, key: str) -> str:
    """Store the question or its answer; return what became of it, in a word.

    Of the message only the ids and its place are kept.
    """
    user, channel = slack_id(inner(body, "user", "id")), slack_id(inner(body, "channel", "id"))
    if user is None or channel is None:
        log.warning("a shortcut without a user or a channel was dropped")
        return "malformed"
    url, team = url_of(body), slack_id(inner(body, "team", "id"))
    question = Question((), user, channel, url, key, team, kind_of(body), name_of(body))
    named = ids_in_message(body.get("message"))
    why = denial_at_command(handler, user, channel)
    if why is not None:
        ids = named.batch_ids[:MOST_BATCHES]
        return await deny(handler, replace(question, batch_ids=ids), why)
    why_not = _why_not(named)
    if why_not is not None:
        return await answer_at_once(handler, question, *why_not)
    asked = replace(question, batch_ids=named.batch_ids, thread_ts=thread_of(body))
    return await ask(handler, asked)


def _why_not(named: NamedBatches) -> tuple[Message, str] | None:
    """Return the answer where there is nothing to ask about, and the word for it in the metrics."""
    if not named.is_whole:
        return message_too_long(), "too_long"
    if not named.batch_ids:
        return no_id_in_message(), "no_batch_id"
    count = len(named.batch_ids)
    return (too_many_in_message(count), "too_many_batches") if count > MOST_BATCHES else None


def thread_of(body: Payload) -> str | None:
    """Return the thread that the message is in, or that it may begin; None where it has no ts."""
    places = (("message", "thread_ts"), ("message", "ts"), ("message_ts",))
    found = (inner(body, *place) for place in places)
    return next((ts for ts in found if isinstance(ts, str) and _TS.fullmatch(ts)), None)

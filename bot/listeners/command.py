"""Somebody types `/cancel-batch …`."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import assert_never

from slack_bolt.request.async_request import AsyncBoltRequest

from bot.domain.asking import Question
from bot.domain.command import (
    Argument,
    CancelBatches,
    LookAtBatches,
    NoBatchId,
    PickBatches,
    ShowHistory,
    TooManyBatches,
    Usage,
    filter_words,
    read_argument,
)
from bot.domain.message import Message
from bot.domain.request import RequestState
from bot.listeners.asking import answer_at_once, ask, denial_at_command, deny
from bot.listeners.handler import (
    Ack,
    Handler,
    Payload,
    key_of,
    kind_of,
    log,
    name_of,
    slack_id,
    url_of,
)
from bot.views.private import not_a_batch_id, not_recorded, too_many_batches, usage


def cancel_batch(handler: Handler) -> Callable[..., Awaitable[None]]:
    """Return the listener for the command."""

    async def listener(ack: Ack, body: Payload, request: AsyncBoltRequest) -> None:
        await handler.handle(
            ack, _handle(handler, body, key_of(request)), "command", url_of(body), not_recorded()
        )

    return listener


async def _handle(handler: Handler, body: Payload, key: str) -> str:
    """Store the question or its answer; return what became of it, in a word."""
    user, channel = slack_id(body.get("user_id")), slack_id(body.get("channel_id"))
    if user is None or channel is None:
        log.warning("a command without a user or a channel was dropped")
        return "malformed"
    url, team = url_of(body), slack_id(body.get("team_id"))
    question = Question((), user, channel, url, key, team, kind_of(body), name_of(body))
    text = body.get("text")
    argument = read_argument(text if isinstance(text, str) else None)
    why = denial_at_command(handler, user, channel)
    if why is not None:
        named = argument.batch_ids if isinstance(argument, CancelBatches) else ()
        return await deny(handler, replace(question, batch_ids=named), why)
    return await _carry_out(handler, question, argument)


async def _carry_out(handler: Handler, question: Question, argument: Argument) -> str:
    """Do what the text asks for."""
    match argument:
        case CancelBatches(batch_ids):
            return await ask(handler, replace(question, batch_ids=batch_ids))
        case PickBatches(words):
            state, filtered = RequestState.PICKING, " ".join(words) or None
            return await ask(handler, replace(question, state=state, words=filtered))
        case LookAtBatches(batch_ids):
            state = RequestState.LOOKING
            return await ask(handler, replace(question, state=state, batch_ids=batch_ids))
        case ShowHistory(batch_ids) as which:
            looking = replace(question, state=RequestState.LOOKING, words=filter_words(which))
            return await ask(handler, replace(looking, batch_ids=batch_ids))
        case Usage() | NoBatchId() | TooManyBatches() as answered:
            message, outcome = _words(answered)
            return await answer_at_once(handler, question, message, outcome)
        case unknown:
            assert_never(unknown)


def _words(argument: Usage | NoBatchId | TooManyBatches) -> tuple[Message, str]:
    """Return the answer to what needs no look at anything, and the word for it in the metrics."""
    match argument:
        case TooManyBatches(count):
            return too_many_batches(count), "too_many_batches"
        case NoBatchId():
            return not_a_batch_id(), "no_batch_id"
        case Usage():
            return usage(), "usage"
        case unknown:
            assert_never(unknown)

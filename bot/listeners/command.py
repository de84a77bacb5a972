"""Somebody types `/cancel-batch …`."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import assert_never

from slack_bolt.request.async_request import AsyncBoltRequest

from bot.domain.answer import Answer
from bot.domain.asking import Asked, AskedBefore, Asking, Question, Replayed, TooManyOpen
from bot.domain.command import CancelBatches, NoBatchId, TooManyBatches, Usage, read_argument
from bot.domain.message import Message
from bot.domain.money import PriceList, models_to_price
from bot.domain.request import Request
from bot.listeners.handler import (
    Ack,
    Handler,
    Payload,
    key_of,
    kind_of,
    log,
    log_denied,
    slack_id,
    url_of,
)
from bot.views.confirmation import asked_again, confirmation, direct_confirmation
from bot.views.private import (
    being_looked_up,
    denied,
    not_a_batch_id,
    not_recorded,
    too_late_to_ask,
    too_many_batches,
    too_many_questions,
    usage,
)

_TOO_MANY = "a person has as many open questions as one may have, and asked one more"


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
    url = url_of(body)

    async def answer(message: Message, outcome: str) -> str:
        return await _put(handler, Answer(url, user, message, fallback=message), key, outcome)

    denial = handler.permissions.denial(user, channel)
    if denial is not None:
        log_denied(user, channel, str(denial))
        return await answer(denied(denial), "denied")
    text = body.get("text")
    match read_argument(text if isinstance(text, str) else None):
        case CancelBatches(batch_ids):
            team, kind = slack_id(body.get("team_id")), kind_of(body)
            question = Question(batch_ids, user, channel, url, key, team, kind)
            return await _asked(handler, await handler.requests.ask(question), question)
        case TooManyBatches(count):
            return await answer(too_many_batches(count), "too_many_batches")
        case NoBatchId():
            return await answer(not_a_batch_id(), "no_batch_id")
        case Usage():
            return await answer(usage(), "usage")
        case unknown:
            assert_never(unknown)


async def _asked(handler: Handler, asking: Asking, question: Question) -> str:
    """Answer what no step will answer: the same question again, or one too many."""
    url, user, key = question.url, question.user_id, question.key
    match asking:
        case Asked(request_id):
            log.info(
                "a question is stored",
                request_id=request_id,
                batch_ids=list(question.batch_ids),
                user_id=user,
                channel_id=question.channel_id,
            )
            return "asked"
        case Replayed():
            return "replayed"
        case AskedBefore(request):
            log.debug("the same question is open already", request_id=request.id, user_id=user)
            prices = await handler.prices.of(models_to_price(t.batch for t in request.open_targets))
            return await _put(handler, _same_question(request, url, prices), key, "asked_before")
        case TooManyOpen(until):
            handler.repeats.say(
                f"too many questions of {user}", log.warning, _TOO_MANY, user_id=user
            )
            message = too_many_questions(until)
            return await _put(
                handler, Answer(url, user, message, fallback=message), key, "too_many"
            )
        case unknown:
            assert_never(unknown)


def _same_question(request: Request, url: str, prices: PriceList) -> Answer:
    """Return the open question once more, word for word; or that it is on its way."""
    return replace(_again(request, url, prices), request_id=request.id)


def _again(request: Request, url: str, prices: PriceList) -> Answer:
    if request.shown_at is None:
        message = being_looked_up(request)
        return Answer(url, request.user_id, message, fallback=message)
    if request.asked_again:
        question = direct = asked_again(request, request.shown_at, prices)
    else:
        question = confirmation(request, request.shown_at, prices)
        direct = direct_confirmation(request, request.shown_at, prices)
    return Answer(url, request.user_id, question, fallback=direct, late=too_late_to_ask(request))


async def _put(handler: Handler, answer: Answer, key: str, outcome: str) -> str:
    """Put an answer in the outbox, once for the request; return the outcome."""
    return outcome if await handler.outbox.put_once(answer, key) else "replayed"

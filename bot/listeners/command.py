"""Somebody types `/cancel-batch …`."""

from collections.abc import Awaitable, Callable
from typing import assert_never

from slack_bolt.request.async_request import AsyncBoltRequest

from bot.domain.answer import Answer
from bot.domain.command import CancelBatch, NoBatchId, SeveralBatches, Usage, read_argument
from bot.domain.message import Message
from bot.listeners.desk import Ack, Desk, Payload, key_of, log, slack_id, url_of
from bot.views.private import denied, not_a_batch_id, not_recorded, several_batches, usage


def cancel_batch(desk: Desk) -> Callable[..., Awaitable[None]]:
    """Return the listener for the command."""

    async def listener(ack: Ack, body: Payload, request: AsyncBoltRequest) -> None:
        await desk.take(
            ack, _take(desk, body, key_of(request)), "command", url_of(body), not_recorded()
        )

    return listener


async def _take(desk: Desk, body: Payload, key: str) -> str:
    """Store the question or its answer; return what became of it, in a word."""
    user, channel = slack_id(body.get("user_id")), slack_id(body.get("channel_id"))
    if user is None or channel is None:
        log.warning("a command without a user or a channel was dropped")
        return "malformed"
    url = url_of(body)

    async def answer(message: Message, outcome: str) -> str:
        await desk.outbox.put_once(Answer(url, user, message, fallback=message), key)
        return outcome

    denial = desk.permissions.denial(user, channel)
    if denial is not None:
        return await answer(denied(denial), "denied")
    text = body.get("text")
    match read_argument(text if isinstance(text, str) else None):
        case CancelBatch(batch_id):
            stored = await desk.records.ask(
                batch_id=batch_id,
                user_id=user,
                channel_id=channel,
                team_id=slack_id(body.get("team_id")),
                url=url,
                key=key,
            )
            return "asked" if stored else "replayed"
        case SeveralBatches(batch_ids):
            return await answer(several_batches(batch_ids), "several_batches")
        case NoBatchId():
            return await answer(not_a_batch_id(), "no_batch_id")
        case Usage():
            return await answer(usage(), "usage")
        case unknown:
            assert_never(unknown)

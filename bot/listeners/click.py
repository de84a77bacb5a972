"""What a click on one of our buttons carries, and what is answered when it can't be followed."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, assert_never

from slack_bolt.request.async_request import AsyncBoltRequest

from bot.domain.answer import Answer
from bot.domain.cancellation import LIVE, Cancellation
from bot.domain.clicks import Verdict, is_direct, judge_click
from bot.domain.message import Message
from bot.listeners.handler import (
    Ack,
    Handler,
    Payload,
    inner,
    key_of,
    log,
    log_denied,
    slack_id,
    url_of,
)
from bot.views.private import (
    click_not_recorded,
    current_status,
    denied,
    question_expired,
    unknown_question,
    wrong_person,
    wrong_place,
)

_UNKNOWN = (
    "a click on a question that this database does not hold: does another copy of the bot use the"
    " same app with another database?"
)


@dataclass(frozen=True, slots=True)
class Click:
    """Who clicked, where, on which question. `token` is "" where the click carries none.

    `key` names the request: a replay of it has the same.
    """

    user: str
    channel: str
    token: str
    url: str
    key: str


def read_click(body: Payload, key: str) -> Click | None:
    """Return the click, None where it names no user: Slack sends no such thing."""
    user = slack_id(inner(body, "user", "id"))
    channel = slack_id(inner(body, "channel", "id")) or slack_id(
        inner(body, "container", "channel_id")
    )
    if user is None:
        return None
    actions = body.get("actions")
    first = actions[0] if isinstance(actions, list) and actions else None
    value = first.get("value") if isinstance(first, dict) else None
    token = value if isinstance(value, str) and value.isascii() and value.isprintable() else ""
    return Click(user, channel or "", token[:64], url_of(body), key)


def on_click(
    handler: Handler, take: Callable[[Handler, Click], Coroutine[Any, Any, str]], interaction: str
) -> Callable[..., Awaitable[None]]:
    """Return the listener for a button; `take` says in a word what became of the click."""

    async def listener(ack: Ack, body: Payload, request: AsyncBoltRequest) -> None:
        click = read_click(body, key_of(request))
        work = _drop() if click is None else take(handler, click)
        await handler.handle(ack, work, interaction, url_of(body), click_not_recorded())

    return listener


async def _drop() -> str:
    log.warning("a click without a user was dropped")
    return "malformed"


async def judge(handler: Handler, click: Click) -> tuple[Verdict, Cancellation | None, float]:
    """Return what the click is worth, its row, and the time that it was judged by."""
    row = await handler.records.by_token(click.token) if click.token else None
    now = await handler.records.time()
    return judge_click(row, click.user, click.channel, now), row, now


async def refuse_click(
    handler: Handler, click: Click, verdict: Verdict, row: Cancellation | None
) -> str:
    """Tell the person why the click did nothing, or what happened before it."""
    if verdict in {Verdict.WRONG_PERSON, Verdict.WRONG_PLACE}:
        log_denied(click.user, click.channel, str(verdict))
    if verdict is Verdict.UNKNOWN:
        handler.repeats.say("unknown question", log.warning, _UNKNOWN, user_id=click.user)
    message, replace = _reason(handler, click, verdict, row)
    answer = Answer(click.url, click.user, message, replace=replace, fallback=message)
    await handler.outbox.put_once(answer, click.key)
    return str(verdict)


async def deny_click(handler: Handler, click: Click, row: Cancellation | None) -> str | None:
    """Tell somebody who may not click that they may not; None for everyone else.

    A question that went to the person directly belongs to the channel in which they asked.
    """
    is_theirs = row is not None and row.user_id == click.user and is_direct(click.channel)
    channel = row.channel_id if row is not None and is_theirs else click.channel
    denial = handler.permissions.denial(click.user, channel)
    if denial is None:
        return None
    log_denied(click.user, channel, str(denial))
    message = denied(denial)
    answer = Answer(click.url, click.user, message, fallback=message)
    await handler.outbox.put_once(answer, click.key)
    return "denied"


def _reason(
    handler: Handler, click: Click, verdict: Verdict, row: Cancellation | None
) -> tuple[Message, bool]:
    """Return the answer, and whether it takes the place of the buttons.

    A second click on a live question leaves the place to the answer that the first one gets.
    """
    if row is None:
        return unknown_question(), True
    match verdict:
        case Verdict.UNKNOWN:
            return unknown_question(), True
        case Verdict.WRONG_PERSON:
            return wrong_person(row), False
        case Verdict.WRONG_PLACE:
            return wrong_place(row), False
        case Verdict.EXPIRED:
            return question_expired(row), True
        case Verdict.HANDLED | Verdict.VALID | Verdict.SENT:
            return current_status(row, click.user, handler.link(row)), row.state not in LIVE
        case unknown:
            assert_never(unknown)

"""What a click on one of our buttons carries, and what is answered to it."""

import re
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, assert_never

from slack_bolt.request.async_request import AsyncBoltRequest

from bot.domain.answer import Answer
from bot.domain.clicked import (
    AlreadyHandled,
    AlreadySent,
    BadChoice,
    Click,
    ClickDenied,
    Clicked,
    Decide,
    Moved,
    NotMoved,
    Taken,
    TooLate,
    Unknown,
    WrongPerson,
    WrongPlace,
)
from bot.domain.command import is_batch_id
from bot.domain.message import Message
from bot.domain.refusal import Refusal
from bot.domain.request import UNDECIDED, Request, RequestState
from bot.links import announcement_for
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
from bot.store_ports import Reply
from bot.views.picker import PICK_ACTION, nothing_chosen, too_many_chosen
from bot.views.private import (
    click_not_recorded,
    denied,
    unknown_question,
    wrong_person,
    wrong_place,
)
from bot.views.status import being_cancelled, current_status, question_expired
from bot.views.undo import too_late_to_undo

_UNKNOWN = (
    "a click on a question that this database does not hold: does another copy of the bot use the"
    " same app with another database?"
)


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
    safe = value if isinstance(value, str) and value.isascii() and value.isprintable() else ""
    ts = inner(body, "container", "message_ts") or inner(body, "message", "ts")
    message_ts = ts if isinstance(ts, str) and re.fullmatch(r"[0-9.]{1,30}", ts) else None
    team = slack_id(inner(body, "team", "id"))
    return Click(user, channel or "", safe[:64], url_of(body), key, _chosen(body), message_ts, team)


def _chosen(body: Payload) -> tuple[str, ...]:
    """Return the batches that are chosen in the message's menu, in the order of its options.

    A click carries the state of all the menus of its message: `state.values[block][action]`.
    """
    values = inner(body, "state", "values")
    found: list[object] = []
    for block in values.values() if isinstance(values, dict) else ():
        options = inner({"block": block}, "block", PICK_ACTION, "selected_options")
        found += options if isinstance(options, list) else []
    ids = [option.get("value") for option in found if isinstance(option, dict)]
    return tuple(dict.fromkeys(i for i in ids if isinstance(i, str) and is_batch_id(i)))


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


@dataclass(frozen=True, slots=True)
class Effect:
    """What somebody reads whose click counts, and the word for it in the metrics.

    `more_comes` tells that nothing is lost without it: another answer follows.
    """

    message: Message
    word: str
    more_comes: bool = False


Moving = Callable[[Request], Effect]
Store = Callable[[str, Decide, Reply, Click], Awaitable[Clicked | None]]
"""Carries a click out in one transaction: a method of `Requests`."""


async def carry_out(
    handler: Handler,
    click: Click,
    store: Store,
    decide: Decide,
    moved: Moving,
) -> str:
    """Carry the click out; return what became of it, in a word: `moved` has it where it counts."""
    clicked = await store(click.value, decide, partial(_reply, handler, click, moved), click)
    if clicked is None:
        return "replayed"
    log_click(handler, click, clicked)
    return moved(clicked.request).word if isinstance(clicked, Moved) else clicked.word


def _reply(handler: Handler, click: Click, moved: Moving, clicked: Clicked) -> Answer:
    """Return the answer to a click; it takes the buttons' place where they do nothing more.

    A second click on what goes on leaves the place to the answer that the first one gets.
    """
    if isinstance(clicked, Moved):
        effect = moved(clicked.request)
        fallback = None if effect.more_comes else effect.message
        return Answer(click.url, click.user, effect.message, replace=True, fallback=fallback)
    return answer_to(handler, click, clicked)


def answer_to(handler: Handler, click: Click, clicked: NotMoved) -> Answer:
    """Return the answer to a click that moves nothing."""
    message, replace = _words(handler, click, clicked)
    return Answer(click.url, click.user, message, replace=replace, fallback=message)


def _words(  # noqa: PLR0911 - one line for each
    handler: Handler, click: Click, clicked: NotMoved
) -> tuple[Message, bool]:
    match clicked:
        case Taken(request, others):
            named = [
                (other.cancellation, announcement_for(handler.slack, other.request, click.user))
                for other in others
            ]
            return being_cancelled(named, click.user, request.id), True
        case Unknown():
            return unknown_question(), True
        case WrongPerson(request):
            return wrong_person(request), False
        case WrongPlace(request):
            return wrong_place(request), False
        case TooLate(request):
            return question_expired(request), True
        case AlreadyHandled(request):
            link = announcement_for(handler.slack, request, click.user)
            return current_status(request, click.user, link), not _has_more(request)
        case AlreadySent(request):
            link = announcement_for(handler.slack, request, click.user)
            return too_late_to_undo(request, link), not _has_more(request)
        case BadChoice(_, count):
            return too_many_chosen(count) if count else nothing_chosen(), False
        case ClickDenied(why):
            return denied(why), False
        case unknown:
            assert_never(unknown)


def _has_more(request: Request) -> bool:
    """Return whether the first click's answer leads on, and so must keep its place.

    More comes there, the question that asks once more stands there, or Tell me too.
    """
    is_taken = request.refusal is Refusal.ALREADY_CANCELLING
    goes_on = {*UNDECIDED, RequestState.CONFIRMED, RequestState.CLOSING}
    return request.state in goes_on or request.changed_told or is_taken


def log_click(handler: Handler, click: Click, clicked: Clicked) -> None:
    """Log a click on a request by its id, and who was not let do what they tried."""
    if not isinstance(clicked, Unknown | ClickDenied):
        log.info(
            "a click is stored",
            request_id=clicked.request.id,
            outcome=clicked.word,
            user_id=click.user,
            **_joins(clicked),
        )
    if isinstance(clicked, ClickDenied):
        log_denied(click.user, clicked.channel, str(clicked.why))
    if isinstance(clicked, WrongPerson | WrongPlace):
        log_denied(click.user, click.channel, clicked.word)
    if isinstance(clicked, Unknown):
        handler.repeats.say("unknown question", log.warning, _UNKNOWN, user_id=click.user)


def _joins(clicked: Moved | NotMoved) -> dict[str, list[str]]:
    """Return the other requests whose cancellations it waits for, or was told of, where any are."""
    if isinstance(clicked, Unknown | ClickDenied):
        return {}
    taken = clicked.others if isinstance(clicked, Taken) else ()
    ids = {row.request_id for row in clicked.request.cancellations}
    ids |= {other.request.id for other in taken}
    others = sorted(ids - {clicked.request.id})
    return {"joins": others} if others else {}

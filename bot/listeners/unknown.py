"""Somebody uses what nothing else handles: an older version's button, another app's command.

It is acknowledged, whoever can be answered is answered, and the log names it a few times a minute.
Bolt by itself answers 404 and prints the whole request.
"""

from collections.abc import Awaitable, Callable

from slack_bolt import BoltResponse
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.domain.answer import Answer
from bot.domain.clicked import Click
from bot.domain.message import Message
from bot.listeners.click import on_click
from bot.listeners.handler import Ack, Handler, Payload, inner, key_of, log, slack_id, url_of
from bot.telemetry.masking import printable
from bot.views.private import not_recorded, unknown_action, unknown_command, unknown_shortcut

_LONGEST_NAME = 40

_KINDS = {
    "event_callback": ("event", "type"),
    "block_suggestion": ("action_id",),
    "dialog_suggestion": ("callback_id",),
    "view_submission": ("view", "callback_id"),
    "view_closed": ("view", "callback_id"),
}
"""The types of payloads without an address for an answer, and where each has its name."""

_ASK_FOR_OPTIONS = frozenset({"block_suggestion", "dialog_suggestion"})


def unknown_click_listener(handler: Handler) -> Callable[..., Awaitable[None]]:
    """Return the listener for every other button, menu and dialog."""
    answer = on_click(handler, _take_click, "unknown")

    async def listener(ack: Ack, body: Payload, request: AsyncBoltRequest) -> None:
        actions = body.get("actions")
        first = actions[0] if isinstance(actions, list) and actions else None
        action = first if isinstance(first, dict) else {}
        _note(handler, "action", action.get("action_id") or body.get("callback_id"))
        await answer(ack, body, request)

    return listener


def unknown_command_listener(handler: Handler) -> Callable[..., Awaitable[None]]:
    """Return the listener for every other command."""

    async def listener(ack: Ack, body: Payload, request: AsyncBoltRequest) -> None:
        _note(handler, "command", body.get("command"))
        user = slack_id(body.get("user_id"))
        work = _answer(handler, user, url_of(body), key_of(request), unknown_command())
        await handler.handle(ack, work, "unknown", url_of(body), not_recorded())

    return listener


def unknown_shortcut_listener(handler: Handler) -> Callable[..., Awaitable[None]]:
    """Return the listener for every other shortcut."""

    async def listener(ack: Ack, body: Payload, request: AsyncBoltRequest) -> None:
        _note(handler, "shortcut", body.get("callback_id"))
        user = slack_id(inner(body, "user", "id"))
        work = _answer(handler, user, url_of(body), key_of(request), unknown_shortcut())
        await handler.handle(ack, work, "unknown", url_of(body), not_recorded())

    return listener


def acknowledge_unknown(handler: Handler, body: Payload) -> BoltResponse:
    """Return the acknowledgement of what no listener took; a menu gets no choices."""
    given = body.get("type")
    kind = given if isinstance(given, str) and given in _KINDS else "other"
    _note(handler, kind, inner(body, *_KINDS[kind]) if kind in _KINDS else given)
    handler.metrics.interaction("unknown", "unknown")
    return BoltResponse(status=200, body={"options": []} if kind in _ASK_FOR_OPTIONS else "")


async def _take_click(handler: Handler, click: Click) -> str:
    message = unknown_action()
    answer = Answer(click.url, click.user, message, fallback=message)
    await handler.outbox.put_once(answer, click.key)
    return "unknown"


async def _answer(handler: Handler, user: str | None, url: str, key: str, message: Message) -> str:
    """Answer where Slack gave an address for it; a shortcut outside of messages has none."""
    if user is not None and url:
        await handler.outbox.put_once(Answer(url, user, message, fallback=message), key)
    return "unknown"


def _note(handler: Handler, kind: str, name: object) -> None:
    """Log what came, by a name that somebody else has chosen."""
    safe = printable(name[:_LONGEST_NAME]) if isinstance(name, str) else None
    handler.repeats.say(
        f"unknown {kind}", log.warning, "nothing here handles a request", kind=kind, name=safe
    )

"""Somebody uses what nothing else handles: an older version's button, another app's command.

It is acknowledged, whoever can be answered is answered, and the log names it a few times a minute.
Bolt by itself answers 404 and prints the whole request.
"""

from collections.abc import Awaitable, Callable

from slack_bolt import BoltResponse
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.domain.answer import Answer
from bot.domain.message import Message
from bot.listeners.click import Click, on_click
from bot.listeners.desk import Ack, Desk, Payload, inner, key_of, log, slack_id, url_of
from bot.masking import printable
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


def stray_click(desk: Desk) -> Callable[..., Awaitable[None]]:
    """Return the listener for every other button, menu and dialog."""
    answer = on_click(desk, _take_click, "stray")

    async def listener(ack: Ack, body: Payload, request: AsyncBoltRequest) -> None:
        actions = body.get("actions")
        first = actions[0] if isinstance(actions, list) and actions else None
        action = first if isinstance(first, dict) else {}
        _note(desk, "action", action.get("action_id") or body.get("callback_id"))
        await answer(ack, body, request)

    return listener


def stray_command(desk: Desk) -> Callable[..., Awaitable[None]]:
    """Return the listener for every other command."""

    async def listener(ack: Ack, body: Payload, request: AsyncBoltRequest) -> None:
        _note(desk, "command", body.get("command"))
        user = slack_id(body.get("user_id"))
        work = _answer(desk, user, url_of(body), key_of(request), unknown_command())
        await desk.take(ack, work, "stray", url_of(body), not_recorded())

    return listener


def stray_shortcut(desk: Desk) -> Callable[..., Awaitable[None]]:
    """Return the listener for shortcuts: the app has none."""

    async def listener(ack: Ack, body: Payload, request: AsyncBoltRequest) -> None:
        _note(desk, "shortcut", body.get("callback_id"))
        user = slack_id(inner(body, "user", "id"))
        work = _answer(desk, user, url_of(body), key_of(request), unknown_shortcut())
        await desk.take(ack, work, "stray", url_of(body), not_recorded())

    return listener


def acknowledge_stray(desk: Desk, body: Payload) -> BoltResponse:
    """Return the acknowledgement of what no listener took; a menu gets no choices."""
    given = body.get("type")
    kind = given if isinstance(given, str) and given in _KINDS else "other"
    _note(desk, kind, inner(body, *_KINDS[kind]) if kind in _KINDS else given)
    desk.metrics.gesture("stray", "unknown")
    return BoltResponse(status=200, body={"options": []} if kind in _ASK_FOR_OPTIONS else "")


async def _take_click(desk: Desk, click: Click) -> str:
    message = unknown_action()
    answer = Answer(click.url, click.user, message, fallback=message)
    await desk.outbox.put_once(answer, click.key)
    return "unknown"


async def _answer(desk: Desk, user: str | None, url: str, key: str, message: Message) -> str:
    """Answer where Slack gave an address for it; a shortcut outside of messages has none."""
    if user is not None and url:
        await desk.outbox.put_once(Answer(url, user, message, fallback=message), key)
    return "unknown"


def _note(desk: Desk, kind: str, name: object) -> None:
    """Log what came, by a name that somebody else has chosen."""
    safe = printable(name[:_LONGEST_NAME]) if isinstance(name, str) else None
    desk.repeats.say(
        f"stray {kind}", log.warning, "nothing here handles a request", kind=kind, name=safe
    )

"""What people do on the page: type, say, press, and what a viewer does to the whole."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.sandbox.page.state import Session
from bot.sandbox.page.traffic import Traffic
from bot.sandbox.slack.sending import Delivery
from bot.sandbox.slack.workspace import Ephemeral, SandboxMessage

Json = dict[str, Any]

COMMAND = "/cancel-batch"
_LONGEST = 4000


class Actions:
    """The actions by name. Each takes a JSON object; ValueError says what is wrong with it."""

    def __init__(self, session: Session, traffic: Traffic) -> None:
        """Take what they work on."""
        self._session, self._traffic = session, traffic
        self._slack = session.world.slack
        self._actions: dict[str, Callable[[Json], Awaitable[Json]]] = {
            "send": self._send,
            "click": self._click,
            "choose": self._choose,
            "shortcut": self._shortcut,
            "kill": self._kill,
            "speed": self._speed,
            "undo": self._undo,
            "release": self._release,
            "restart": self._restart,
            "clear": self._clear,
        }

    async def handle(self, request: web.Request) -> web.Response:
        """Do what a request asks for."""
        action = self._actions.get(request.match_info["action"])
        if action is None:
            raise web.HTTPNotFound
        try:
            body = await request.json()
            if not isinstance(body, dict):
                return _wrong("The body must be a JSON object.")
            return web.json_response(await action(body))
        except (ValueError, KeyError) as error:
            return _wrong(str(error.args[0]) if error.args else "The body can't be read.")

    async def _send(self, body: Json) -> Json:
        """Take what somebody typed: a command for the app, or words for the channel."""
        user, channel, text = self._person(body), self._channel(body), _text(body, "text").strip()
        if not 1 <= len(text) <= _LONGEST:
            raise ValueError(f"Type 1 to {_LONGEST} characters.")
        first, _, rest = text.partition(" ")
        if first == COMMAND:
            return _outcome(await self._slack.command(rest.strip(), user, channel))
        if first.startswith("/"):
            self._slack.tell(user, channel, f"{_escaped(first)} is not a valid command.")
            return {"acked": True}
        workspace = self._slack.workspace
        if workspace.channels[channel].kind == "im":
            raise ValueError("The app reads no direct messages.")
        workspace.say(_escaped(text), user, channel)
        return {"acked": True}

    async def _click(self, body: Json) -> Json:
        """Press a button, perhaps of a question that somebody else was asked.

        `chosen` is what the page shows as chosen in the message's menus.
        """
        user, message = self._person(body), self._message(_text(body, "ts"))
        action_id, chosen = _text(body, "action_id"), _chosen(body)
        if all(button["action_id"] != action_id for button in message.buttons):
            raise ValueError("That button is not there any more.")
        return _outcome(await self._slack.click(message, action_id, user=user, chosen=chosen))

    async def _choose(self, body: Json) -> Json:
        """Choose options in a menu, all of them at once."""
        user, message = self._person(body), self._message(_text(body, "ts"))
        values = _texts(body.get("values"), "values")
        delivery = await self._slack.choose(
            message,
            values,
            action_id=_text(body, "action_id"),
            block_id=_text(body, "block_id"),
            user=user,
        )
        return {"acked": True} if delivery is None else _outcome(delivery)

    async def _shortcut(self, body: Json) -> Json:
        """Use the app's shortcut of a message that everybody sees."""
        user, message = self._person(body), self._message(_text(body, "ts"))
        if isinstance(message, Ephemeral):
            raise ValueError("A private message has no shortcuts.")  # noqa: TRY004 - as below
        return _outcome(await self._slack.shortcut(message, user=user))

    async def _kill(self, _body: Json) -> Json:
        self._session.supervisor.kill()
        return {}

    async def _speed(self, body: Json) -> Json:
        self._session.pace(_text(body, "speed"))
        return {}

    async def _undo(self, body: Json) -> Json:
        """Switch the undo window on or off."""
        on = body.get("on")
        if not isinstance(on, bool):
            raise ValueError("on must be true or false.")  # noqa: TRY004 - as below
        await self._session.offer_undo(on=on)
        return {}

    async def _release(self, body: Json) -> Json:
        batch_id = _text(body, "batch")
        if batch_id not in self._session.world.respan.batches:
            raise ValueError("There is no such batch.")
        self._session.release(batch_id)
        return {}

    async def _restart(self, _body: Json) -> Json:
        await self._session.start_again()
        self._traffic.start_again()
        return {}

    async def _clear(self, _body: Json) -> Json:
        self._traffic.clear()
        return {}

    def _person(self, body: Json) -> str:
        user = _text(body, "user")
        if user not in self._slack.workspace.people:
            raise ValueError("There is no such person.")
        return user

    def _channel(self, body: Json) -> str:
        channel = _text(body, "channel")
        if channel not in self._slack.workspace.channels:
            raise ValueError("There is no such channel.")
        return channel

    def _message(self, ts: str) -> Ephemeral | SandboxMessage:
        """Return the message that carries a button: a private one, or one of a conversation."""
        workspace = self._slack.workspace
        private = (e for e in workspace.ephemerals if e.ts == ts and not e.deleted)
        message = next(private, None) or next((m for m in workspace.messages if m.ts == ts), None)
        if message is None:
            raise ValueError("That message is not there any more.")
        return message


def _outcome(delivery: Delivery) -> Json:
    return {"acked": delivery.acked, "status": delivery.status}


def _text(body: Json, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a text.")  # noqa: TRY004 - it is the request that is wrong
    return value


def _texts(value: Any, name: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError(f"{name} must be a list of texts.")
    return value


def _chosen(body: Json) -> dict[str, dict[str, list[str]]]:
    """Return what is chosen, by block_id and action_id."""
    chosen = body.get("chosen", {})
    if not isinstance(chosen, dict) or not all(isinstance(one, dict) for one in chosen.values()):
        raise ValueError("chosen must hold an object for each block.")
    return {
        block_id: {action_id: _texts(values, "chosen") for action_id, values in actions.items()}
        for block_id, actions in chosen.items()
    }


def _escaped(text: str) -> str:
    """Return what somebody typed as Slack stores it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _wrong(why: str) -> web.Response:
    return web.json_response({"error": why}, status=400)

"""What Slack sends when somebody uses a button, a menu, or a shortcut of a message."""

import secrets
import time
from typing import Any

from bot.sandbox.slack.elements import MENU
from bot.sandbox.slack.messages import in_full
from bot.sandbox.slack.workspace import (
    APP,
    TEAM,
    Channel,
    Ephemeral,
    Person,
    SandboxMessage,
    Workspace,
)

Json = dict[str, Any]

SHORTCUT = "cancel_batch_of_message"
"""The callback_id of the app's message shortcut."""

_PLACES = {"private": "privategroup", "im": "directmessage"}
"""What a payload calls a channel whose name it doesn't tell."""


def click_payload(
    on: Ephemeral | SandboxMessage,
    button: Json,
    action_id: str,
    user: str,
    channel: str,
    *,
    block_id: str = "b1",
    message: Json | None = None,
    state: Json | None = None,
) -> Json:
    """Return a block_actions payload for a button.

    `message` is the message in full: that of an ephemeral message has no such key. `state` is what
    is chosen in all menus of the message.
    """
    action = {
        "text": button.get("text", {"type": "plain_text", "text": "?"}),
        "value": button.get("value", ""),
        "style": button.get("style", "default"),
        "type": "button",
    }
    made = _actions(on, user, channel, message, state)
    return made | {"actions": [_action(action_id, block_id) | action]}


def choice_payload(
    on: Ephemeral | SandboxMessage,
    selected: list[Json],
    action_id: str,
    user: str,
    channel: str,
    *,
    block_id: str,
    message: Json | None = None,
    state: Json | None = None,
) -> Json:
    """Return a block_actions payload for a choice: `selected` are all options chosen by now."""
    action = {"type": MENU, "selected_options": selected}
    made = _actions(on, user, channel, message, state)
    return made | {"actions": [_action(action_id, block_id) | action]}


def shortcut_payload(
    on: SandboxMessage, workspace: Workspace, user: str, callback_id: str = SHORTCUT
) -> Json:
    """Return a message_action payload. Source: Slack's reference of shortcut payloads.

    On an installation for a whole organization `team` is null.
    """
    person, place = workspace.people.get(user), workspace.channels.get(on.channel)
    return {
        "type": "message_action",
        "callback_id": callback_id,
        "token": "deprecated",
        "api_app_id": APP,
        "team": {"id": TEAM, "domain": "sandbox"},
        "enterprise": None,
        "is_enterprise_install": False,
        "user": _user(user, person),
        "channel": {"id": on.channel, "name": _name_of(place)},
        "message_ts": on.ts,
        "message": in_full(on, workspace),
        "trigger_id": trigger_id(),
        "action_ts": f"{time.time():.6f}",
    }


def trigger_id() -> str:
    """Return the id of one interaction."""
    return f"{time.time_ns()}.{secrets.token_hex(8)}"


def _actions(
    on: Ephemeral | SandboxMessage,
    user: str,
    channel: str,
    message: Json | None,
    state: Json | None,
) -> Json:
    """Return what all payloads about elements of a message have in common."""
    is_private = isinstance(on, Ephemeral)
    told = message or {"type": "message", "ts": on.ts, "text": on.text}
    return {
        "type": "block_actions",
        "user": _user(user),
        "api_app_id": APP,
        "token": "deprecated",
        "container": {
            "type": "message",
            "message_ts": on.ts,
            "channel_id": channel,
            "is_ephemeral": is_private,
        },
        "trigger_id": trigger_id(),
        "team": {"id": TEAM, "domain": "sandbox"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": channel, "name": "unknown"},
        "state": state or {"values": {}},
        **({} if is_private else {"message": told}),
    }


def _action(action_id: str, block_id: str) -> Json:
    return {"action_id": action_id, "block_id": block_id, "action_ts": f"{time.time():.6f}"}


def _user(user: str, person: Person | None = None) -> Json:
    name = user.lower() if person is None else person.name
    return {"id": user, "username": name, "name": name, "team_id": TEAM}


def _name_of(place: Channel | None) -> str:
    return "unknown" if place is None else _PLACES.get(place.kind, place.name)

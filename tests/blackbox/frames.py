"""What may come over a WebSocket and is none of the envelopes that Slack sends to this bot."""

import json
from typing import Any
from uuid import uuid4

from bot.sandbox.slack.workspace import TEAM

KINDS = ("slash_commands", "interactive")
_NEEDED = ("type", "envelope_id", "payload")


def frames(command: dict[str, Any], token: str) -> dict[str, str | bytes]:
    """Return every one by its name. `command` would ask, and `token` would confirm, if taken."""
    click = _click(token)
    odd = _odd_envelopes(command) | _odd_payloads() | _odd_clicks(click)
    texts = {name: json.dumps(envelope) for name, envelope in odd.items()}
    return _no_envelopes(command) | texts


def _no_envelopes(command: dict[str, Any]) -> dict[str, str | bytes]:
    whole = json.dumps(_envelope("slash_commands", command))
    return {
        "no JSON": "good morning",
        "empty": "",
        "a space before the JSON": " " + whole,
        "half an envelope": whole[: len(whole) // 2],
        "two envelopes in one": whole + whole,
        "a list": f"[{whole}]",
        "a text": json.dumps(whole),
        "a number": "7",
        "null": "null",
        "in bytes": whole.encode(),
        "bytes that are no text": b"\xff\xfe\x00",
        "without end": '{"a":' * 100_000,
        "an endless number": '{"type": ' + "9" * 5000 + "}",
    }


def _odd_envelopes(command: dict[str, Any]) -> dict[str, Any]:
    """Return envelopes around a command that would ask."""
    whole = _envelope("slash_commands", command)
    cases = {f"no {key}": {k: v for k, v in whole.items() if k != key} for key in _NEEDED}
    types: tuple[Any, ...] = (
        "made_up",
        "",
        "SLASH_COMMANDS",
        "events_api",
        None,
        7,
        ["slash_commands"],
        {},
    )
    ids: tuple[Any, ...] = (None, 7, "", [], {}, True)
    cases |= {f"type {kind!r}": whole | {"type": kind} for kind in types}
    cases |= {f"envelope_id {value!r}": whole | {"envelope_id": value} for value in ids}
    return cases | {"nothing in it": {}, "a second hello": {"type": "hello"}}


def _odd_payloads() -> dict[str, Any]:
    deep: Any = "x"
    for _ in range(400):
        deep = {"a": deep}
    payloads = {
        "nothing": None,
        "a text": "/cancel-batch batch_abc123",
        "a list": [{"command": "/cancel-batch"}],
        "a number": 7,
        "empty": {},
        "deep": deep,
        "huge": {"text": "x" * (1 << 20)},
        "wide": {f"k{number}": number for number in range(20_000)},
        "odd inner types": {"authorizations": 7, "enterprise": 7, "response_urls": 7},
        "another command": {"command": "/other", "user_id": "U0ANA", "channel_id": "C0BATCHES"},
        "nobody's command": {"command": "/cancel-batch", "text": "batch_abc123"},
        "a command of odd types": {"command": "/cancel-batch", "user_id": 7, "channel_id": []},
        "an event": {"type": "event_callback", "event": {"type": "message"}, "team_id": TEAM},
        "ssl_check": {"ssl_check": "1"},
        "url_verification": {"type": "url_verification", "challenge": "x"},
    }
    return {
        f"payload {name}, {kind}": _envelope(kind, payload)
        for name, payload in payloads.items()
        for kind in KINDS
    }


def _odd_clicks(click: dict[str, Any]) -> dict[str, Any]:
    """Return clicks that carry the token of an open question, and are not clicks of its person."""
    changes: dict[str, dict[str, Any]] = {
        "of nobody": {"user": None},
        "of a user without an id": {"user": {}},
        "of a number": {"user": {"id": 7}},
        "of an odd id": {"user": {"id": "<!channel>"}},
        "on nothing": {"actions": []},
        "on a text": {"actions": "confirm_cancellation"},
        "on an object": {"actions": {"action_id": "confirm_cancellation", "value": "x"}},
        "of another type": {"type": "made_up"},
        "in a view": {"type": "view_submission", "view": {"callback_id": "x"}},
        "as a suggestion": {"type": "block_suggestion", "action_id": "confirm_cancellation"},
    }
    return {f"click {k}": _envelope("interactive", click | v) for k, v in changes.items()}


def _click(token: str) -> dict[str, Any]:
    action = {"action_id": "confirm_cancellation", "type": "button", "value": token}
    return {
        "type": "block_actions",
        "user": {"id": "U0ANA", "team_id": TEAM},
        "team": {"id": TEAM},
        "channel": {"id": "C0BATCHES"},
        "container": {"type": "message", "channel_id": "C0BATCHES", "is_ephemeral": True},
        "actions": [action],
    }


def _envelope(kind: str, payload: Any) -> dict[str, Any]:
    return {"envelope_id": uuid4().hex, "type": kind, "payload": payload}

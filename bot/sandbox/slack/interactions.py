"""What Slack sends when somebody presses a button."""

import secrets
import time
from typing import Any

from bot.sandbox.slack.workspace import APP, TEAM, Ephemeral, SandboxMessage


def click_payload(
    on: Ephemeral | SandboxMessage, button: dict[str, Any], action_id: str, user: str, channel: str
) -> dict[str, Any]:
    """Return a block_actions payload; that of an ephemeral message has no `message` key."""
    is_private = isinstance(on, Ephemeral)
    message = {} if is_private else {"message": {"type": "message", "ts": on.ts, "text": on.text}}
    now = f"{time.time():.6f}"
    return {
        "type": "block_actions",
        "user": {"id": user, "username": user.lower(), "name": user.lower(), "team_id": TEAM},
        "api_app_id": APP,
        "token": "deprecated",
        "container": {
            "type": "message",
            "message_ts": on.ts,
            "channel_id": channel,
            "is_ephemeral": is_private,
        },
        "trigger_id": f"{time.time_ns()}.{secrets.token_hex(8)}",
        "team": {"id": TEAM, "domain": "sandbox"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": channel, "name": "unknown"},
        "state": {"values": {}},
        **message,
        "actions": [
            {
                "action_id": action_id,
                "block_id": "b1",
                "text": button.get("text", {"type": "plain_text", "text": "?"}),
                "value": button.get("value", ""),
                "style": button.get("style", "default"),
                "type": "button",
                "action_ts": now,
            }
        ],
    }

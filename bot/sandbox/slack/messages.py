"""A message as Slack's Web API and its payloads write it."""

from typing import Any

from bot.sandbox.slack.blocks import with_ids
from bot.sandbox.slack.workspace import APP, BOT_ID, BOT_USER, TEAM, SandboxMessage, Workspace

Json = dict[str, Any]


def shown(message: SandboxMessage, *, metadata: bool = False) -> Json:
    """Return a message as the methods of conversations return it."""
    made: Json = {
        "type": "message",
        **_author(message),
        "ts": message.ts,
        "text": message.text,
        "blocks": message.blocks,
    }
    if message.attachments:
        made["attachments"] = message.attachments
    if message.thread_ts:
        made["thread_ts"] = message.thread_ts
    return made | ({"metadata": message.metadata} if metadata and message.metadata else {})


def in_full(message: SandboxMessage, workspace: Workspace) -> Json:
    """Return a message as payloads hold it: with its team, and every block with an id.

    A message with replies names itself as their thread.
    """
    made = shown(message) | {"team": TEAM, "blocks": with_ids(message.blocks)}
    if workspace.thread(message.channel, message.ts):
        made["thread_ts"] = message.ts
    return made


def _author(message: SandboxMessage) -> Json:
    """Return who wrote it: a person, this app, or another one, be it without a user of its own."""
    if message.user == BOT_USER:
        return {"user": BOT_USER, "bot_id": BOT_ID, "app_id": APP}
    if message.bot_id is None:
        return {"user": message.user}
    if message.user:
        return {"user": message.user, "bot_id": message.bot_id}
    return {"subtype": "bot_message", "bot_id": message.bot_id, "username": message.username}

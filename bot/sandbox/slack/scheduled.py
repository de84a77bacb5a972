"""Messages that Slack keeps until their time comes."""

from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.slack.refused import Refused
from bot.sandbox.slack.workspace import SandboxMessage, Workspace

Json = dict[str, Any]

_LATEST = 120 * 86_400
_WINDOW, _MOST_IN_A_WINDOW = 300, 30
_TOO_NEAR = 60
"""Seconds: Slack deletes nothing that is posted so soon."""


@dataclass(frozen=True, slots=True)
class ScheduledMessage:
    """A message that nobody sees yet. Times are seconds since the epoch."""

    id: str
    channel: str
    text: str
    blocks: list[Json]
    post_at: int
    made_at: int


@dataclass(slots=True)
class Scheduled:
    """All that waits in one workspace."""

    workspace: Workspace
    waiting: dict[str, ScheduledMessage] = field(default_factory=dict)
    _count: int = 0

    def add(self, channel: str, text: str, blocks: list[Json], post_at: Any) -> Json:
        """Keep a message for a channel that may be posted to, and answer as Slack does."""
        when, now = _time(post_at), int(self.workspace.bus.clock.time())
        if when <= now:
            raise Refused("time_in_past")
        if when > now + _LATEST:
            raise Refused("time_too_far")
        near = [m for m in self._in(channel) if m.post_at // _WINDOW == when // _WINDOW]
        if len(near) >= _MOST_IN_A_WINDOW:
            raise Refused("restricted_too_many")
        self._count += 1
        made = ScheduledMessage(f"Q{self._count:010d}", channel, text, blocks, when, now)
        self.waiting[made.id] = made
        shown = {"text": text, "type": "delayed_message"}
        return {
            "channel": channel,
            "scheduled_message_id": made.id,
            "post_at": when,
            "message": shown,
        }

    def delete(self, channel: str, scheduled_id: str) -> Json:
        """Forget a message, unless it is gone, elsewhere, or all but posted."""
        found, now = self.waiting.get(scheduled_id), self.workspace.bus.clock.time()
        if found is None or found.channel != channel or found.post_at <= now + _TOO_NEAR:
            raise Refused("invalid_scheduled_message_id")
        del self.waiting[scheduled_id]
        return {}

    def listed(self, args: Json) -> Json:
        """Return a page of what waits, in one channel or in all."""
        channel = str(args.get("channel") or "")
        found = self._in(channel) if channel else list(self.waiting.values())
        start, limit = int(args.get("cursor") or 0), int(args.get("limit") or 100)
        more = start + limit < len(found)
        return {
            "scheduled_messages": [
                {
                    "id": m.id,
                    "channel_id": m.channel,
                    "post_at": m.post_at,
                    "date_created": m.made_at,
                    "text": m.text,
                }
                for m in found[start : start + limit]
            ],
            "response_metadata": {"next_cursor": str(start + limit) if more else ""},
        }

    def post_due(self) -> None:
        """Post what is due: it is looked at before each call, as nobody sees it earlier."""
        now = self.workspace.bus.clock.time()
        for message in [m for m in self.waiting.values() if m.post_at <= now]:
            del self.waiting[message.id]
            ts = self.workspace.new_ts()
            self.workspace.add(SandboxMessage(message.channel, ts, message.text, message.blocks))

    def _in(self, channel: str) -> list[ScheduledMessage]:
        return [message for message in self.waiting.values() if message.channel == channel]


def _time(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise Refused("invalid_time") from None

"""What the page shows at this moment, as JSON."""

from typing import Any

from bot.sandbox.demo.alerts import post_alert
from bot.sandbox.demo.scenarios import (
    NORMAL,
    SCENARIOS,
    SPEEDS,
    UNDO_SECONDS,
    change_speed,
    set_up,
)
from bot.sandbox.respan.batches import SandboxBatch
from bot.sandbox.slack.blocks import with_ids
from bot.sandbox.slack.workspace import BOT_USER, Ephemeral, SandboxMessage
from bot.sandbox.supervisor import Supervisor
from bot.sandbox.world import SandboxWorld

Json = dict[str, Any]


class Session:
    """A world with its scenarios: what is shown of it, and what can be done to it as a whole."""

    def __init__(self, world: SandboxWorld, supervisor: Supervisor) -> None:
        """Take a world that runs, and fill it."""
        self.world, self.supervisor, self.speed = world, supervisor, NORMAL
        self.can_undo = False
        self._fill()

    def _fill(self) -> None:
        set_up(self.world.respan, self.speed)
        for person in list(self.world.slack.workspace.people.values()):
            self.world.slack.workspace.direct(person.id)
        post_alert(self.world.slack.workspace)

    def pace(self, speed: str) -> None:
        """Let cancellations take as long as the speed says; ValueError for an unknown one."""
        if speed not in SPEEDS:
            raise ValueError(f"There is no speed {speed!r}: it is {', '.join(SPEEDS)}.")
        self.speed = speed
        change_speed(self.world.respan, speed)

    async def offer_undo(self, *, on: bool) -> None:
        """Let what is confirmed wait for a while, or not: the bot restarts with that setting."""
        if on is self.can_undo:
            return
        self.can_undo = on
        self.supervisor.bot.change(UNDO_SECONDS=str(UNDO_SECONDS if on else 0))
        await self.supervisor.restart()

    def release(self, batch_id: str) -> None:
        """Let a stuck batch end; KeyError for an unknown one."""
        self.world.respan.batches[batch_id].release(self.world.bus.clock.time())

    async def start_again(self) -> None:
        """Begin with new batches, empty channels and a bot that remembers nothing."""
        await self.supervisor.start_anew(self.world.forget)
        self._fill()

    def as_json(self) -> Json:
        """Return everything that the page shows, less what travels."""
        workspace, bot = self.world.slack.workspace, self.supervisor.bot
        people, channels = workspace.people.values(), workspace.channels.values()
        return {
            "bot": {"state": self.supervisor.state, "pid": bot.pid, "user": BOT_USER},
            "speed": self.speed,
            "seconds": SPEEDS[self.speed],
            "undo": {"on": self.can_undo, "seconds": UNDO_SECONDS},
            "people": [
                {"id": p.id, "name": p.name, "real_name": p.real_name, "guest": p.guest}
                for p in people
            ],
            "channels": [
                {"id": c.id, "name": c.name, "kind": c.kind, "member": c.member}
                for c in channels
                if not c.archived
            ],
            "messages": [_message(m) for m in workspace.messages]
            + [_private(e) for e in workspace.ephemerals if not e.deleted],
            "batches": self._batches(),
        }

    def _batches(self) -> list[Json]:
        now, batches = self.world.bus.clock.time(), self.world.respan.batches
        known = [(s, batches[s.batch_id]) for s in SCENARIOS if s.batch_id in batches]
        return [_batch(batch, now) | {"story": scenario.story} for scenario, batch in known]


def _message(message: SandboxMessage) -> Json:
    return {
        "channel": message.channel,
        "ts": message.ts,
        "user": message.user,
        "app": message.username,
        "text": message.text,
        "blocks": with_ids(message.blocks),
        "attachments": message.attachments,
        "thread_ts": message.thread_ts,
        "edited": message.edits > 0,
        "only_for": None,
    }


def _private(shown: Ephemeral) -> Json:
    return {
        "channel": shown.channel,
        "ts": shown.ts,
        "user": BOT_USER if shown.from_app else "",
        "app": "",
        "text": shown.text,
        "blocks": with_ids(shown.blocks),
        "attachments": [],
        "thread_ts": None,
        "edited": False,
        "only_for": shown.user,
    }


def _batch(batch: SandboxBatch, now: float) -> Json:
    seen = batch.as_json(now)
    return {
        "id": batch.id,
        "status": seen["status"],
        "counts": seen["request_counts"],
        "stuck": batch.stuck and batch.cancelled_at is not None,
    }

"""The local workspace: people, channels, messages. Plain state, no network."""

from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.event_bus import EventBus

BOT_USER, BOT_ID, TEAM, APP = "U0BATCHBOT", "B0BATCHBOT", "T0SANDBOX", "A0SANDBOX"
OTHER_BOT, OTHER_NAME = "B0SPENDWATCH", "spend-watch"
"""Another app in the workspace, which writes by an incoming webhook."""


@dataclass(slots=True)
class Person:
    """Somebody whom the workspace knows, with what `users.info` tells of them.

    `dms` tells whether apps may write to them; `enterprise_user` is there in an organization.
    """

    id: str
    name: str
    real_name: str
    email: str | None = None
    guest: bool = False
    single_channel: bool = False
    stranger: bool = False
    bot: bool = False
    deleted: bool = False
    team_id: str = TEAM
    enterprise_user: dict[str, Any] | None = None
    dms: bool = True

    def as_user(self) -> dict[str, Any]:
        """Return the user object of Slack's API, without the address."""
        told: dict[str, Any] = {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "deleted": self.deleted,
            "profile": {"real_name": self.real_name},
            "is_bot": self.bot,
        }
        if self.deleted:  # Slack tells no more of those
            return told
        told |= {
            "is_restricted": self.guest or self.single_channel,
            "is_ultra_restricted": self.single_channel,
        }
        if self.stranger:
            told["is_stranger"] = True
        if self.enterprise_user is not None:
            told["enterprise_user"] = self.enterprise_user
        return told


@dataclass(slots=True)
class Channel:
    """A place for messages. `member` tells whether the bot is in it.

    `restricted` lets only some people post, and no app.
    """

    id: str
    name: str
    kind: str = "public"
    member: bool = False
    archived: bool = False
    restricted: bool = False


def buttons_of(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the buttons in a message's blocks."""
    rows = [_elements(block) for block in blocks]
    return [element for row in rows for element in row if element.get("type") == "button"]


def _elements(block: dict[str, Any]) -> list[dict[str, Any]]:
    if block.get("type") == "actions":
        return list(block.get("elements", []))
    accessory = block.get("accessory")
    return [accessory] if isinstance(accessory, dict) else []


@dataclass(slots=True)
class SandboxMessage:
    """A message that everyone in its channel sees. `edits` counts how often it was changed.

    One of another app has that app's `bot_id`; without a `user` it is shown under `username`.
    """

    channel: str
    ts: str
    text: str
    blocks: list[dict[str, Any]]
    thread_ts: str | None = None
    metadata: dict[str, Any] | None = None
    edits: int = 0
    user: str = BOT_USER
    attachments: list[dict[str, Any]] = field(default_factory=list)
    bot_id: str | None = None
    username: str = ""

    @property
    def buttons(self) -> list[dict[str, Any]]:
        """Return the buttons that can be pressed now."""
        return buttons_of(self.blocks)


@dataclass(slots=True)
class Ephemeral:
    """A message that only one person sees. `history` holds what stood there before.

    `from_app` tells the app's messages from those of the workspace itself.
    """

    user: str
    channel: str
    ts: str
    text: str
    blocks: list[dict[str, Any]]
    history: list[str] = field(default_factory=list)
    deleted: bool = False
    from_app: bool = True

    @property
    def buttons(self) -> list[dict[str, Any]]:
        """Return the buttons that can be pressed now."""
        return buttons_of(self.blocks)


@dataclass(slots=True)
class Workspace:
    """Everything that is in the workspace."""

    bus: EventBus
    people: dict[str, Person] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    messages: list[SandboxMessage] = field(default_factory=list)
    ephemerals: list[Ephemeral] = field(default_factory=list)
    usergroups: dict[str, list[str]] = field(default_factory=dict)
    _count: int = 0

    def __post_init__(self) -> None:
        """Begin with three people and four channels."""
        for person in (
            Person("U0ANA", "ana", "Ana Lima", "ana@example.com"),
            Person("U0BEN", "ben", "Ben Okafor", "ben@example.com"),
            Person("U0CLEO", "cleo", "Cleo Winter", "cleo@example.com", guest=True),
        ):
            self.people[person.id] = person
        for channel in (
            Channel("C0BATCHES", "batches", member=True),
            Channel("C0GENERAL", "general"),
            Channel("C0PRIVATE", "ml-private", kind="private"),
            Channel("C0OLD", "old-project", archived=True),
        ):
            self.channels[channel.id] = channel

    def new_ts(self) -> str:
        """Return a ts that nothing else has."""
        self._count += 1
        return f"{int(self.bus.clock.time())}.{self._count:06d}"

    def meet(self, user_id: str) -> Person:
        """Return a person; whoever does something here without a name is a full member."""
        unnamed = Person(user_id, "unknown", "unknown")
        return self.people.setdefault(user_id, unnamed)

    def direct(self, user_id: str) -> Channel:
        """Return the bot's direct messages with a person."""
        channel_id = f"D0{user_id[2:]}"
        made = Channel(channel_id, f"dm-{user_id}", kind="im", member=True)
        return self.channels.setdefault(channel_id, made)

    def add(self, message: SandboxMessage) -> SandboxMessage:
        """Add a message and tell everyone."""
        self.messages.append(message)
        self.bus.publish("message", message=message)
        return message

    def say(self, text: str, user: str, channel: str, **more: Any) -> SandboxMessage:
        """Let a person write something, as Slack stores it; see SandboxMessage for the rest."""
        message = SandboxMessage(
            channel, self.new_ts(), text, **{"blocks": [], "user": user} | more
        )
        return self.add(message)

    def alert(self, text: str, channel: str, **more: Any) -> SandboxMessage:
        """Let another app write something, under its name and without a user of its own."""
        author = {"user": "", "bot_id": OTHER_BOT, "username": OTHER_NAME}
        return self.add(
            SandboxMessage(channel, self.new_ts(), text, **{"blocks": []} | author | more)
        )

    def edit(self, message: SandboxMessage, text: str, blocks: list[dict[str, Any]]) -> None:
        """Change a message and tell everyone."""
        message.text, message.blocks = text, blocks
        message.edits += 1
        self.bus.publish("edit", message=message)

    def find(self, channel: str, ts: str) -> SandboxMessage | None:
        """Return a message."""
        found = (m for m in self.messages if m.channel == channel and m.ts == ts)
        return next(found, None)

    def thread(self, channel: str, ts: str) -> list[SandboxMessage]:
        """Return the replies to a message."""
        return [m for m in self.messages if m.channel == channel and m.thread_ts == ts]

    def show(self, ephemeral: Ephemeral) -> Ephemeral:
        """Add a private message and tell everyone."""
        self.ephemerals.append(ephemeral)
        self.bus.publish("ephemeral", ephemeral=ephemeral)
        return ephemeral

    def private(self, user: str, channel: str | None = None) -> list[Ephemeral]:
        """Return what a person sees privately and has not lost."""
        return [
            e
            for e in self.ephemerals
            if e.user == user and not e.deleted and channel in {None, e.channel}
        ]

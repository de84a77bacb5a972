"""What becomes of a command that asks about batches."""

from dataclasses import dataclass

from bot.domain.request import Request


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks, where: `key` names the command, a replay of it has the same."""

    batch_ids: tuple[str, ...]
    user_id: str
    channel_id: str
    url: str
    key: str
    team_id: str | None = None
    channel_kind: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A new question is stored, as the request of this id."""

    request_id: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """This command was stored or answered before; it gets no second answer."""


@dataclass(frozen=True, slots=True)
class AskedBefore:
    """The person has an open question about the same batches in this channel."""

    request: Request


@dataclass(frozen=True, slots=True)
class TooManyOpen:
    """The person has as many open questions as they may; one is over `until` (seconds)."""

    until: float


Asking = Asked | Replayed | AskedBefore | TooManyOpen

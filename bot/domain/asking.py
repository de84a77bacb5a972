"""What becomes of a command, or a shortcut, that the bot has to look something up for."""

from dataclasses import dataclass

from bot.domain.request import Request, RequestState


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks, where: `key` names the command, a replay of it has the same.

    `state` is the one in which its request begins: it asks about batches, only looks at them, or
    picks some from the list that have all of the `words`; with `words` it looks at the history of
    these people or batches. `thread_ts` is the message in whose
    thread it is asked.
    """

    batch_ids: tuple[str, ...]
    user_id: str
    channel_id: str
    url: str
    key: str
    team_id: str | None = None
    channel_kind: str | None = None
    user_name: str | None = None
    state: RequestState = RequestState.ASKED
    words: str | None = None
    thread_ts: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A new question is stored, as the request of this id."""

    request_id: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """This command was stored or answered before; it gets no second answer."""


@dataclass(frozen=True, slots=True)
class AskedBefore:
    """The person has asked the same in this channel, and it is open."""

    request: Request


@dataclass(frozen=True, slots=True)
class TooManyOpen:
    """The person has as many open questions as they may; one is over `until` (seconds)."""

    until: float


Asking = Asked | Replayed | AskedBefore | TooManyOpen

"""A click on one of our buttons, and what may become of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from bot.domain.cancellation import Cancellation
from bot.domain.policy import Role
from bot.domain.refusal import Refusal
from bot.domain.request import Request


@dataclass(frozen=True, slots=True)
class Click:
    """Who clicked, where, on what. `value` is the button's, "" where the click carries none.

    `key` names the interaction: a replay of it has the same. `chosen` are the batches that are
    chosen in the message's menu, where it has one; `message_ts` is that of a message that others
    see too. `team` is the workspace in which they clicked.
    """

    user: str
    channel: str
    value: str
    url: str
    key: str
    chosen: tuple[str, ...] = ()
    message_ts: str | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """A cancellation that is under way, and the request that it belongs to."""

    cancellation: Cancellation
    request: Request


@dataclass(frozen=True, slots=True)
class Moved:
    """The click counts: the request as it is now, with what became of its cancellations."""

    word: ClassVar[str] = "moved"
    request: Request


@dataclass(frozen=True, slots=True)
class Taken:
    """Every batch of the request is being cancelled by others already: nothing was begun."""

    word: ClassVar[str] = "already_live"
    request: Request
    others: tuple[Live, ...]


@dataclass(frozen=True, slots=True)
class TooLate:
    """The question is over."""

    word: ClassVar[str] = "expired"
    request: Request


@dataclass(frozen=True, slots=True)
class WrongPerson:
    """Somebody else was asked."""

    word: ClassVar[str] = "wrong_person"
    request: Request


@dataclass(frozen=True, slots=True)
class WrongPlace:
    """It was asked in another channel."""

    word: ClassVar[str] = "wrong_place"
    request: Request


@dataclass(frozen=True, slots=True)
class AlreadyHandled:
    """An earlier click, or the bot, has decided it."""

    word: ClassVar[str] = "handled"
    request: Request


@dataclass(frozen=True, slots=True)
class AlreadySent:
    """They pressed Undo, and nothing of it can be undone any more: Respan was asked."""

    word: ClassVar[str] = "sent"
    request: Request


@dataclass(frozen=True, slots=True)
class BadChoice:
    """They pressed Review with no batch chosen, or with more than one question may be about."""

    word: ClassVar[str] = "bad_choice"
    request: Request
    count: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """No question has this button."""

    word: ClassVar[str] = "unknown"


@dataclass(frozen=True, slots=True)
class ClickDenied:
    """The policy says no: to the person who asked, or to who would approve, in that channel.

    `request` is None where the click is on none that this database holds.
    """

    word: ClassVar[str] = "denied"
    why: Refusal
    channel: str
    role: Role = Role.ASKER
    request: Request | None = None


NotMoved = (
    Taken
    | TooLate
    | WrongPerson
    | WrongPlace
    | AlreadyHandled
    | AlreadySent
    | BadChoice
    | Unknown
    | ClickDenied
)

Clicked = Moved | NotMoved
"""What became of a click; `word` names it in the metrics."""

Decide = Callable[[Request | None, float], Clicked]
"""Says what a click does to the request that it is about, at a time."""


def not_theirs(click: Click, request: Request) -> WrongPerson | WrongPlace | None:
    """Return why a click is not of who asked, where they asked: a direct place is theirs too."""
    if click.user != request.user_id:
        return WrongPerson(request)
    if click.channel != request.channel_id and not is_direct(click.channel):
        return WrongPlace(request)
    return None


def is_direct(channel: str) -> bool:
    """Return whether a channel's id is that of a direct conversation."""
    return channel.startswith("D")

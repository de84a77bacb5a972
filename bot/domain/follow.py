"""Who wants to be told of an end that somebody else began, and whether that is possible."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.cancellation import LIVE, State
from bot.domain.clicked import Live, NotMoved, is_direct
from bot.domain.refusal import Refusal
from bot.domain.request import Request, RequestState

_HAS_AN_END = LIVE | {State.ENDED}
"""The states of a cancellation whose end is told by a reply."""


class Following(StrEnum):
    """What becomes of the wish to be told of the end of one batch."""

    FOLLOWED = "followed"
    OWN = "own"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Wish:
    """One batch of a person: the cancellation by another request, and what becomes of the wish."""

    live: Live
    following: Following


@dataclass(frozen=True, slots=True)
class Followed:
    """The click counts: how each batch stands that others were cancelling, as far as is known."""

    request: Request
    wishes: tuple[Wish, ...]

    @property
    def word(self) -> str:
        """Return what became of the click, for the metrics."""
        is_any = any(wish.following is Following.FOLLOWED for wish in self.wishes)
        return "followed" if is_any else "nothing_to_follow"


FollowClick = Followed | NotMoved

Refuse = Callable[[Request | None], NotMoved | None]
"""Says why a click on a request does not count, None where it does."""


def wanted(request: Request) -> tuple[str, ...]:
    """Return the batches that others were cancelling when the person asked, or confirmed."""
    all_taken = request.refusal is Refusal.ALREADY_CANCELLING
    return tuple(
        target.batch_id
        for target in request.targets
        if target.refusal is Refusal.ALREADY_CANCELLING or (all_taken and target.refusal is None)
    )


def following(request: Request, live: Live) -> Following:
    """Return whether the person is told with the reply of the request that is cancelling the batch.

    Once the intent of that reply is stored, whom it mentions is settled.
    """
    other = live.request
    if other.state is not RequestState.CONFIRMED or live.cancellation.state not in _HAS_AN_END:
        return Following.OVER
    if other.user_id == request.user_id:
        return Following.OWN
    is_told = other.reply.settled or other.reply.since is not None
    return Following.OVER if is_told else Following.FOLLOWED


def is_told_privately(request: Request) -> bool:
    """Return whether its messages go to the person who asked alone: nobody can be mentioned."""
    post = request.announcement
    return post.direct or request.reply.direct or is_direct(post.channel or request.channel_id)

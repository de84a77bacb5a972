"""The cancellation of one batch, from the confirmation to its end: states, moves, what is next."""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from bot.domain.batch import Batch
from bot.domain.refusal import Refusal


class State(StrEnum):
    """Where a cancellation stands."""

    CONFIRMED = "confirmed"
    CANCELLING = "cancelling"
    ENDED = "ended"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    ABANDONED = "abandoned"
    CHANGED = "changed"


MOVES: dict[State, frozenset[State]] = {
    State.CONFIRMED: frozenset(
        {
            State.CANCELLING,
            State.REFUSED,
            State.WITHDRAWN,
            State.EXPIRED,
            State.ABANDONED,
            State.CHANGED,
        }
    ),
    State.CANCELLING: frozenset({State.ENDED, State.ABANDONED}),
    State.ENDED: frozenset(),
    State.REFUSED: frozenset(),
    State.WITHDRAWN: frozenset(),
    State.EXPIRED: frozenset(),
    State.ABANDONED: frozenset(),
    State.CHANGED: frozenset(),
}
"""Every move that a cancellation can make; the store makes no other.

One that could not be sent for long expires, and one whose batch has changed much since it was shown
is not sent: nothing is sent unasked then.
"""

LIVE = frozenset({State.CONFIRMED, State.CANCELLING})
"""At most one cancellation per batch may be in one of these."""


class Step(StrEnum):
    """What the bot does next with a cancellation. One file in `steps/` each."""

    CANCEL = "cancel"
    WATCH = "watch"


@dataclass(frozen=True, slots=True)
class Cancellation:
    """One row: one batch of one request. Times are seconds since the epoch.

    `round` is how often the request had been asked again when it was confirmed, `position` the
    batch's place in it. `after_change` tells that the person was asked once more because it had
    changed. `user_id`, `channel_id`, `team_id` and `identifier` are copies of the request's,
    `approved_by` is who agreed where a second person had to.

    `not_before` is when its undo window ends: nothing is sent before, unless the person says so.

    `claim` is the fence: every write is a compare-and-set on it. `claimed_at` is the time of the
    database when this copy was claimed, and "now" for the step that holds it.

    `requesting_since` is the intent of the cancel call, `rejection` the definite no to it.
    `withdrawn_at` is when the person pressed Withdraw while the outcome of the cancel call was not
    known: it is not sent again. `waits_for` is why it is not accepted at once.

    `unread_since` is when reads of the batch began to fail, `unread_why` why; `is_blind` tells that
    it lasted, `is_slow` that the cancellation takes longer than is usual.
    """

    id: str
    request_id: str
    batch_id: str
    user_id: str
    channel_id: str
    confirmed_at: float
    state: State = State.CONFIRMED
    round: int = 0
    position: int = 0
    after_change: bool = False
    team_id: str | None = None
    identifier: str | None = None
    approved_by: str | None = None
    not_before: float | None = None
    batch: Batch | None = None
    requesting_since: float | None = None
    withdrawn_at: float | None = None
    waits_for: Refusal | None = None
    accepted_at: float | None = None
    was_cancelling: bool = False
    rejection: Refusal | None = None
    refusal: Refusal | None = None
    unread_since: float | None = None
    unread_why: Refusal | None = None
    is_blind: bool = False
    is_slow: bool = False
    ended_at: float | None = None
    polls: int = 0
    attempts: int = 0
    claim: int = 0
    claimed_at: float = 0.0

    @property
    def now(self) -> float:
        """Return the time at which this copy was claimed."""
        return self.claimed_at

    @property
    def is_unsent(self) -> bool:
        """Return whether no cancel call is under way whose outcome is unknown."""
        return self.requesting_since is None

    @property
    def is_over(self) -> bool:
        """Return whether nothing more is done for the batch."""
        return not MOVES[self.state]


def next_step(row: Cancellation) -> Step | None:
    """Return what is to be done next, None when all is done."""
    match row.state:
        case State.CONFIRMED:
            return Step.CANCEL
        case State.CANCELLING:
            return Step.WATCH
        case (
            State.ENDED
            | State.REFUSED
            | State.WITHDRAWN
            | State.EXPIRED
            | State.ABANDONED
            | State.CHANGED
        ):
            return None
        case unknown:
            assert_never(unknown)


def says_more(old: Cancellation, new: Cancellation) -> bool:
    """Return whether a request has something to do about what changed.

    The first look after the cancel call always counts: that call's own answer may be sparse.
    """
    return new.polls == 1 != old.polls or any(
        before != after
        for before, after in (
            (old.state, new.state),
            (old.batch, new.batch),
            (old.waits_for, new.waits_for),
            (old.is_blind, new.is_blind),
            (old.is_slow, new.is_slow),
        )
    )

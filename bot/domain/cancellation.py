"""A cancellation: its states, the allowed moves between them, and what is to be done next."""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from bot.domain.batch import Batch


class State(StrEnum):
    """Where a cancellation stands."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    CANCELLING = "cancelling"
    ENDED = "ended"
    TOLD = "told"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REFUSED = "refused"
    ABANDONED = "abandoned"


MOVES: dict[State, frozenset[State]] = {
    State.ASKED: frozenset({State.CONFIRMED, State.DECLINED, State.EXPIRED, State.REFUSED}),
    State.CONFIRMED: frozenset(
        {State.CANCELLING, State.REFUSED, State.WITHDRAWN, State.ABANDONED, State.ASKED}
    ),
    State.CANCELLING: frozenset({State.ENDED, State.ABANDONED}),
    State.ENDED: frozenset({State.TOLD, State.ABANDONED}),
    State.TOLD: frozenset(),
    State.DECLINED: frozenset(),
    State.WITHDRAWN: frozenset(),
    State.EXPIRED: frozenset(),
    State.REFUSED: frozenset(),
    State.ABANDONED: frozenset(),
}
"""Every move that a cancellation can make; the store makes no other.

A confirmed one is asked again where it could not be sent for long: nothing is sent unasked then.
"""

LIVE = frozenset({State.CONFIRMED, State.CANCELLING, State.ENDED})
"""At most one cancellation per batch may be in one of these."""


class Refusal(StrEnum):
    """Why a cancellation was refused: the batch's own state, or the word of Respan.

    A word has at most 32 letters: so wide is its column.
    """

    FINAL = "final"
    ALREADY_CANCELLING = "already_cancelling"
    NOT_FOUND = "not_found"
    KEY_REFUSED = "key_refused"
    NO_PERMISSION = "no_permission"
    BLOCKED = "blocked"
    NO_PROVIDER_ID = "no_provider_id"
    NO_OPENAI_KEY = "no_openai_key"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"
    RATE_LIMITED = "rate_limited"
    UNREADABLE = "unreadable"
    NOT_ALLOWED = "not_allowed"
    GROUPS_UNKNOWN = "groups_unknown"
    INTERRUPTED = "interrupted"
    NOT_STORED = "not_stored"


class Step(StrEnum):
    """What the bot does next with a cancellation. One file in `steps/` each."""

    ASK = "ask"
    EXPIRE = "expire"
    REQUEST = "request"
    ANNOUNCE = "announce"
    FOLLOW = "follow"
    NOTE = "note"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class MessageState:
    """One message that must be in Slack once.

    `since` is the intent: it is set before the call and cleared by a definite answer, so a post
    with an intent and no `ts` may or may not be there. `ts` and `channel` are what Slack returned.
    `late` tells that the call of `since` had no answer in time, and may still be carried out.
    """

    since: float | None = None
    tries: int = 0
    channel: str | None = None
    ts: str | None = None
    direct: bool = False
    given_up: bool = False
    late: bool = False

    @property
    def settled(self) -> bool:
        """Return whether nothing more will be tried."""
        return self.ts is not None or self.given_up


@dataclass(frozen=True, slots=True)
class Cancellation:
    """One row: the truth about one cancellation. Times are seconds since the epoch.

    `claim` is the fence: every write is a compare-and-set on it. `claimed_at` is the time of the
    database when this copy was claimed, and "now" for the step that holds it.

    `withdrawn_at` is when the person pressed Withdraw while the outcome of the cancel call was not
    known: it is not sent again.

    `channel_kind` is what Slack calls the place of the command ("directmessage", "privategroup",
    …), `cannot_post` Slack's word for why the announcement went to the person directly.
    `uneditable` tells that Slack refused an update of it for good. `asked_again` counts the
    further questions about a confirmation that could not be sent. `unread_since` is when reads of
    the batch began to fail, `unread_why` why, and `blind_note` the post that told the thread so.
    """

    id: str
    token: str
    batch_id: str
    user_id: str
    channel_id: str
    asked_at: float
    state: State = State.ASKED
    team_id: str | None = None
    channel_kind: str | None = None
    command_url: str | None = None
    click_url: str | None = None
    identifier: str | None = None
    batch: Batch | None = None
    shown_at: float | None = None
    expires_at: float | None = None
    confirmed_at: float | None = None
    requesting_since: float | None = None
    withdrawn_at: float | None = None
    accepted_at: float | None = None
    was_cancelling: bool = False
    no_from_respan: Refusal | None = None
    refusal: Refusal | None = None
    asked_again: int = 0
    announcement: MessageState = MessageState()
    cannot_post: str | None = None
    uneditable: bool = False
    refreshed: str | None = None
    slow_note: MessageState | None = None
    unread_since: float | None = None
    unread_why: Refusal | None = None
    blind_note: MessageState | None = None
    ended_at: float | None = None
    reply: MessageState = MessageState()
    finalized: bool = False
    told_at: float | None = None
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
    def owes_note(self) -> bool:
        """Return whether one of the thread's notes is to be posted."""
        return any(
            note is not None and not note.settled for note in (self.blind_note, self.slow_note)
        )


def next_step(row: Cancellation) -> Step | None:  # noqa: PLR0911 - one line for each state
    """Return what is to be done next, None when all is done."""
    match row.state:
        case State.ASKED:
            return Step.ASK if row.shown_at is None else Step.EXPIRE
        case State.CONFIRMED:
            return Step.REQUEST
        case State.CANCELLING if not row.announcement.settled:
            return Step.ANNOUNCE
        case State.CANCELLING if row.owes_note:
            return Step.NOTE
        case State.CANCELLING:
            return Step.FOLLOW
        case State.ENDED:
            return Step.REPORT
        case State.ABANDONED if row.confirmed_at is not None and not row.finalized:
            return Step.REPORT
        case (
            State.TOLD
            | State.DECLINED
            | State.WITHDRAWN
            | State.EXPIRED
            | State.REFUSED
            | State.ABANDONED
        ):
            return None
        case unknown:
            assert_never(unknown)

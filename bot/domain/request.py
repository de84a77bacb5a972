"""A request: one question about some batches, and what becomes of it in Slack."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.batch import Batch
from bot.domain.cancellation import Cancellation, State
from bot.domain.message import MessageState
from bot.domain.refusal import Refusal

_NOT_TRIED = MessageState()

MOST_BATCHES = 20
"""How many batches one request may be about."""


class RequestState(StrEnum):
    """Where a request stands."""

    PICKING = "picking"
    LOOKING = "looking"
    ASKED = "asked"
    NEEDS_APPROVAL = "needs_approval"
    CONFIRMED = "confirmed"
    CLOSING = "closing"
    REPORTED = "reported"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REFUSED = "refused"
    ABANDONED = "abandoned"
    ANSWERED = "answered"


REQUEST_MOVES: dict[RequestState, frozenset[RequestState]] = {
    RequestState.PICKING: frozenset(
        {
            RequestState.ASKED,
            RequestState.ANSWERED,
            RequestState.EXPIRED,
            RequestState.REFUSED,
        }
    ),
    RequestState.LOOKING: frozenset({RequestState.ANSWERED, RequestState.REFUSED}),
    RequestState.ASKED: frozenset(
        {
            RequestState.NEEDS_APPROVAL,
            RequestState.CONFIRMED,
            RequestState.DECLINED,
            RequestState.EXPIRED,
            RequestState.REFUSED,
        }
    ),
    RequestState.NEEDS_APPROVAL: frozenset(
        {
            RequestState.CONFIRMED,
            RequestState.CLOSING,
            RequestState.REFUSED,
        }
    ),
    RequestState.CONFIRMED: frozenset(
        {
            RequestState.REPORTED,
            RequestState.REFUSED,
            RequestState.WITHDRAWN,
            RequestState.ABANDONED,
            RequestState.ASKED,
            RequestState.NEEDS_APPROVAL,
            RequestState.CLOSING,
        }
    ),
    RequestState.CLOSING: frozenset(
        {
            RequestState.DECLINED,
            RequestState.WITHDRAWN,
            RequestState.EXPIRED,
            RequestState.REFUSED,
        }
    ),
    RequestState.REPORTED: frozenset(),
    RequestState.DECLINED: frozenset(),
    RequestState.WITHDRAWN: frozenset(),
    RequestState.EXPIRED: frozenset(),
    RequestState.REFUSED: frozenset(),
    RequestState.ABANDONED: frozenset(),
    RequestState.ANSWERED: frozenset(),
}
"""Every move that a request can make; the store makes no other.

Who picks batches from the list is asked about them then. One that only looks is answered.
A confirmed one is asked again where none of its batches could be sent for long.

One that needs a second person waits in the channel, which hears what became of it while it is
closing, unless it is approved: then it goes on as confirmed. An approved one of which nothing was
sent waits for approval again where much has changed, and is closed otherwise.
"""


OPEN = frozenset({RequestState.ASKED, RequestState.LOOKING, RequestState.PICKING})
"""Those that nobody has confirmed, declined or been answered yet."""

UNDECIDED = OPEN | {RequestState.NEEDS_APPROVAL}
"""Those that wait for a person: whoever asks has few of them."""


@dataclass(frozen=True, slots=True)
class Target:
    """One batch that a request is about, with the facts that were shown.

    `refusal` is why it is not asked about. Where somebody is cancelling it already, `by` is who,
    `since` when that was confirmed, `link` the address of its announcement.

    `owner` is whose it is, as its metadata says under the key of the setting; `owner_id` is their
    Slack id, where that is known.
    """

    batch_id: str
    batch: Batch | None = None
    refusal: Refusal | None = None
    by: str | None = None
    since: float | None = None
    link: str | None = None
    owner: str | None = None
    owner_id: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One row, and the cancellations that it reads. Times are seconds since the epoch.

    `claim` is the fence: every write is a compare-and-set on it. `claimed_at` is the time of the
    database when this copy was claimed, and "now" for the step that holds it. `wakes` counts how
    often something that it waits for has moved.

    `channel_kind` is what Slack calls the place of the command ("directmessage", "privategroup",
    …), `cannot_post` Slack's word for why the announcement went to the person directly.
    `uneditable` tells that Slack refused an update of it for good, `refreshed` is the fingerprint
    of its newest form. `asked_again` counts the further questions about a confirmation that could
    not be sent, `wait_told` tells that the person knows that something waits. `slow_note` and
    `blind_note` are the thread's notes, None where there is nothing to note.

    `words` filter the list that somebody picks from, or say whose history is looked at: "" all
    people's. `replaces` tells that its answers take the
    place of the message that was clicked for it. `thread_ts` is the message, not of ours, in whose
    thread it was begun, None again where Slack takes no announcement there. `after_change` tells
    that it asks once more because its batches had changed, `changed_told` that what had changed is
    asked about by another request.

    `expires_at` is when the question is over, and then when nobody can agree any more.
    `decided_by` is who approved it, or declined or withdrew it while it waited for approval, and
    `decided_at` when. `ends_as` is the state in which one that is closing ends.

    `followers` are the people who want to be told of its end, beside who asked.

    `cancellations` are those of the last confirmation in the order of `targets`, with those of
    others that it joined.
    """

    id: str
    token: str
    user_id: str
    channel_id: str
    asked_at: float
    targets: tuple[Target, ...]
    state: RequestState = RequestState.ASKED
    team_id: str | None = None
    channel_kind: str | None = None
    user_name: str | None = None
    words: str | None = None
    thread_ts: str | None = None
    command_url: str | None = None
    replaces: bool = False
    click_url: str | None = None
    identifier: str | None = None
    shown_at: float | None = None
    expires_at: float | None = None
    confirmed_at: float | None = None
    refusal: Refusal | None = None
    asked_again: int = 0
    after_change: bool = False
    changed_told: bool = False
    decided_by: str | None = None
    decided_at: float | None = None
    ends_as: RequestState | None = None
    wait_told: bool = False
    announcement: MessageState = _NOT_TRIED
    cannot_post: str | None = None
    uneditable: bool = False
    refreshed: str | None = None
    slow_note: MessageState | None = None
    blind_note: MessageState | None = None
    reply: MessageState = _NOT_TRIED
    reported_at: float | None = None
    attempts: int = 0
    claim: int = 0
    claimed_at: float = 0.0
    wakes: int = 0
    followers: tuple[str, ...] = ()
    cancellations: tuple[Cancellation, ...] = ()

    @property
    def request_id(self) -> str:
        """Return the id by which the log finds it, as it does its cancellations."""
        return self.id

    @property
    def now(self) -> float:
        """Return the time at which this copy was claimed."""
        return self.claimed_at

    @property
    def parent_ts(self) -> str | None:
        """Return the message in whose thread its announcement stands, None where in none."""
        own = self.announcement
        return self.thread_ts if own.ts is not None and not own.direct else None

    @property
    def batch_ids(self) -> tuple[str, ...]:
        """Return the ids of the batches that it is about."""
        return tuple(target.batch_id for target in self.targets)

    @property
    def open_targets(self) -> tuple[Target, ...]:
        """Return the batches that a confirmation would cancel."""
        return tuple(target for target in self.targets if target.refusal is None)

    @property
    def own(self) -> tuple[Cancellation, ...]:
        """Return its own cancellations, without those that it joined."""
        return tuple(c for c in self.cancellations if c.request_id == self.id)

    @property
    def waiting(self) -> tuple[Cancellation, ...]:
        """Return its own cancellations that Respan has not accepted yet."""
        return tuple(c for c in self.own if c.state is State.CONFIRMED)

    @property
    def accepted(self) -> tuple[Cancellation, ...]:
        """Return its own cancellations that Respan has accepted, however they ended."""
        return tuple(c for c in self.own if c.accepted_at is not None)

    @property
    def changed(self) -> tuple[Cancellation, ...]:
        """Return its own cancellations that were not sent, as their batches had changed."""
        return tuple(c for c in self.own if c.state is State.CHANGED)

    @property
    def is_over(self) -> bool:
        """Return whether every batch that it waits for has come to its end."""
        return all(c.is_over for c in self.cancellations)

    @property
    def over_at(self) -> float | None:
        """Return when the last of its batches ended, None where none did."""
        ends = [c.ended_at for c in self.cancellations if c.ended_at is not None]
        return max(ends, default=None)

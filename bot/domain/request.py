"""A request: one question about some batches, and what becomes of it in Slack."""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

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
    CONFIRMED = "confirmed"
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
            RequestState.CONFIRMED,
            RequestState.DECLINED,
            RequestState.EXPIRED,
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
"""


OPEN = frozenset({RequestState.ASKED, RequestState.LOOKING, RequestState.PICKING})
"""Those that nobody has confirmed, declined or been answered yet: one person has few of them."""


class RequestStep(StrEnum):
    """What the bot does next with a request. One file in `steps/` each."""

    LIST = "list"
    LOOK = "look"
    ASK = "ask"
    EXPIRE = "expire"
    ASK_AGAIN = "ask_again"
    ASK_CHANGED = "ask_changed"
    CLOSE = "close"
    SAY_WAITING = "say_waiting"
    ANNOUNCE = "announce"
    NOTE = "note"
    REFRESH = "refresh"
    REPORT = "report"


class NoteKind(StrEnum):
    """A note in the thread, beside the reply: at most one of each."""

    BLIND = "blind_note"
    SLOW = "slow_note"


@dataclass(frozen=True, slots=True)
class Target:
    """One batch that a request is about, with the facts that were shown.

    `refusal` is why it is not asked about. Where somebody is cancelling it already, `by` is who,
    `since` when that was confirmed, `link` the address of its announcement.
    """

    batch_id: str
    batch: Batch | None = None
    refusal: Refusal | None = None
    by: str | None = None
    since: float | None = None
    link: str | None = None


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


def next_request_step(request: Request) -> RequestStep | None:
    """Return what is to be done next, None when it is over or waits for its cancellations."""
    match request.state:
        case RequestState.PICKING:
            return RequestStep.LIST if request.shown_at is None else RequestStep.EXPIRE
        case RequestState.LOOKING:
            return RequestStep.LOOK
        case RequestState.ASKED:
            return RequestStep.ASK if request.shown_at is None else RequestStep.EXPIRE
        case RequestState.CONFIRMED:
            return _after_the_click(request)
        case (
            RequestState.REPORTED
            | RequestState.DECLINED
            | RequestState.WITHDRAWN
            | RequestState.EXPIRED
            | RequestState.REFUSED
            | RequestState.ABANDONED
            | RequestState.ANSWERED
        ):
            return None
        case unknown:
            assert_never(unknown)


def _after_the_click(request: Request) -> RequestStep | None:
    """Return the next step of a confirmed one: what its cancellations ask for, in this order."""
    untold = _untold(request)
    if untold is not None:
        return untold
    if not request.waiting and not _is_begun(request):
        has_expired = any(c.state is State.EXPIRED for c in request.own)
        return RequestStep.ASK_AGAIN if has_expired else RequestStep.CLOSE
    if request.accepted and not request.announcement.settled:
        # The announcement has them all.
        return None if _is_being_tried(request) else RequestStep.ANNOUNCE
    if note_to_post(request) is not None:
        return RequestStep.NOTE
    if request.is_over:
        return RequestStep.REPORT
    return RequestStep.REFRESH if request.announcement.ts is not None else None


def _is_being_tried(request: Request) -> bool:
    """Return whether the first try of a cancellation is not over yet."""
    return any(c.waits_for is None for c in request.waiting)


def _untold(request: Request) -> RequestStep | None:
    """Return how the person hears that something they confirmed is not sent, None where all is."""
    # The first tries of all are over within seconds: one question is about all that has changed.
    if request.changed and not request.changed_told and not _is_being_tried(request):
        return RequestStep.ASK_CHANGED
    waits = not request.wait_told and any(c.waits_for is not None for c in request.waiting)
    return RequestStep.SAY_WAITING if waits else None


def _is_begun(request: Request) -> bool:
    """Return whether there is, or may be, something in Respan to report about."""
    return bool(request.accepted) or any(c.state is State.ABANDONED for c in request.own)


def note_to_post(request: Request) -> NoteKind | None:
    """Return which of the thread's notes is to be posted or looked for, None where none is.

    A note that nobody has begun is left out when all is over.
    """
    watched = request.accepted
    if _is_owed(request, request.blind_note, is_due=any(c.is_blind for c in watched)):
        return NoteKind.BLIND
    if _is_owed(request, request.slow_note, is_due=any(c.is_slow for c in watched)):
        return NoteKind.SLOW
    return None


def _is_owed(request: Request, note: MessageState | None, *, is_due: bool) -> bool:
    if note is None:
        return is_due and not request.is_over
    return not note.settled and (note.since is not None or not request.is_over)

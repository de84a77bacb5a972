"""What the inside needs from outside, as types: `clients/`, `store/` and `engine/` fulfil them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from bot.domain.answer import Answer, WaitingAnswer
from bot.domain.asking import Asking, Question
from bot.domain.audit import Record
from bot.domain.batch import Batch, Page
from bot.domain.cancellation import Cancellation
from bot.domain.clicked import Click, Clicked, Decide, Live
from bot.domain.command import ShowHistory
from bot.domain.follow import FollowClick, Refuse
from bot.domain.history import Entries
from bot.domain.message import Message
from bot.domain.money import PriceList
from bot.domain.person import Person
from bot.domain.request import Request
from bot.domain.sweep import Watched
from bot.errors import BotError

Row = TypeVar("Row", Request, Cancellation)
Row_contra = TypeVar("Row_contra", Request, Cancellation, contravariant=True)

Reply = Callable[[Clicked], Answer]
"""Says what somebody reads, and where, after a click."""

ToFollowers = Callable[[Request], Message]
"""Says what those read who wanted to be told of a request's end, which never comes."""

AlsoTold = Callable[[Clicked], Answer | None]
"""Says what somebody else reads after a click, None where it is no news to them."""

FollowReply = Callable[[FollowClick], Answer]
"""Says the same after a click on Tell me too."""

Observe = Callable[[str, BotError | None], None]
"""Hears of each call outside: its name, and the error where it failed."""


class Respan(Protocol):
    """The batches behind the API key. Every method raises RespanError, and nothing else."""

    async def retrieve(self, batch_id: str) -> Batch:
        """Return the batch as it is now."""
        ...  # pragma: no cover - a protocol has no body

    async def cancel(self, batch_id: str, identifier: str) -> Batch:
        """Ask for the cancellation in the name of `identifier`; return the batch as answered."""
        ...  # pragma: no cover - a protocol has no body

    async def page(self, after: str | None, limit: int) -> Page:
        """Return a page of all batches, newest first, from the one after `after` on."""
        ...  # pragma: no cover - a protocol has no body


@dataclass(frozen=True, slots=True)
class MessageRef:
    """Where a message stands: the channel and ts that Slack returned.

    `thread_ts` is the message in whose thread it stands, which only a link to it needs.
    """

    channel: str
    ts: str
    thread_ts: str | None = None


@dataclass(frozen=True, slots=True)
class Marker:
    """What a post carries as message metadata, so that it can be found again.

    `owner_id` is the id of the request or the answer that it belongs to.
    """

    owner_id: str
    kind: str


class Slack(Protocol):
    """The workspace. Every method raises SlackError, and nothing else."""

    async def ping(self) -> None:
        """Raise SlackError unless Slack answers a question that changes nothing."""
        ...  # pragma: no cover - a protocol has no body

    async def post(
        self, channel: str, message: Message, mark: Marker, thread_ts: str | None = None
    ) -> MessageRef:
        """Post a message once; a user's id as `channel` opens the direct message with them."""
        ...  # pragma: no cover - a protocol has no body

    async def update(self, posted: MessageRef, message: Message, mark: Marker) -> None:
        """Replace a message of the bot's own."""
        ...  # pragma: no cover - a protocol has no body

    async def find(
        self, channel: str, mark: Marker, since: float, thread_ts: str | None = None
    ) -> MessageRef | None:
        """Return the post that carries `mark`, None when it isn't there.

        Raises CannotLook where the installation's scopes or the channel do not allow a look.
        """
        ...  # pragma: no cover - a protocol has no body

    async def answer(self, response_url: str, message: Message, *, replace: bool) -> None:
        """Answer privately by a response URL; `replace` puts it in place of the clicked message."""
        ...  # pragma: no cover - a protocol has no body

    async def person(self, user_id: str, *, fresh: bool = False) -> Person:
        """Return what somebody is in the workspace, as it was five minutes ago at most, or is now.

        Their groups are not read by this.
        """
        ...  # pragma: no cover - a protocol has no body

    def known_person(self, user_id: str) -> Person | None:
        """Return the same as far as it was read in the last five minutes, without asking Slack."""
        ...  # pragma: no cover - a protocol has no body

    async def id_of_email(self, email: str) -> str | None:
        """Return the id of the person with that address, None where there is none."""
        ...  # pragma: no cover - a protocol has no body

    async def members_of(self, usergroup_id: str, *, fresh: bool = False) -> frozenset[str]:
        """Return the user ids of a user group, as they were a minute ago at most, or are now."""
        ...  # pragma: no cover - a protocol has no body

    def known_members_of(self, usergroup_id: str) -> frozenset[str] | None:
        """Return the same as far as they were read in the last minute, without asking Slack."""
        ...  # pragma: no cover - a protocol has no body

    def link_to(self, posted: MessageRef) -> str | None:
        """Return the address of a message, None while the workspace's own is unknown."""
        ...  # pragma: no cover - a protocol has no body


class Prices(Protocol):
    """What tokens cost. It raises nothing, and takes a second at most."""

    async def of(self, models: Collection[str | None]) -> PriceList:
        """Return the prices of the models, as far as they are known."""
        ...  # pragma: no cover - a protocol has no body


class Requests(Protocol):
    """The requests, as the listeners use them: `store.requests`."""

    async def ask(self, question: Question) -> Asking:
        """Store a question, unless the person has the same or too many open."""
        ...  # pragma: no cover - a protocol has no body

    async def click_on_token(
        self, value: str, decide: Decide, reply: Reply, click: Click
    ) -> Clicked | None:
        """Carry out a click on the question that carries this token, in one transaction."""
        ...  # pragma: no cover - a protocol has no body

    async def click_on_id(
        self,
        value: str,
        decide: Decide,
        reply: Reply,
        click: Click,
        to_followers: ToFollowers | None = None,
        also: AlsoTold | None = None,
    ) -> Clicked | None:
        """Carry out a click on the request of this id, in one transaction."""
        ...  # pragma: no cover - a protocol has no body


class Outbox(Protocol):
    """The private answers that are on their way: `store.answers`."""

    async def put(self, answer: Answer) -> None:
        """Put one in."""
        ...  # pragma: no cover - a protocol has no body

    async def put_once(self, answer: Answer, key: str, record: Record | None = None) -> bool:
        """Put one in, with its record; False when the request of that key has got its answer."""
        ...  # pragma: no cover - a protocol has no body

    async def delivered(self, waiting: WaitingAnswer, owner: str) -> None:
        """Forget one that arrived."""
        ...  # pragma: no cover - a protocol has no body

    async def later(
        self, waiting: WaitingAnswer, owner: str, delay: float, *, direct: bool
    ) -> None:
        """Keep one that did not; `direct` counts a direct message that may have arrived."""
        ...  # pragma: no cover - a protocol has no body


class Lookups(Protocol):
    """Where live cancellations are looked up: `store.requests`."""

    async def live(self, batch_id: str) -> Live | None:
        """Return the cancellation of this batch that is under way; raises RowUnreadable."""
        ...  # pragma: no cover - a protocol has no body


class History(Protocol):
    """What was cancelled, and what is being cancelled: `store.history`. All raises StoreError."""

    async def latest(self, which: ShowHistory, limit: int) -> Entries:
        """Return up to `limit` of the latest cancellations of a person, of batches, or of all."""
        ...  # pragma: no cover - a protocol has no body

    async def under_way(self, limit: int) -> Entries:
        """Return up to `limit` cancellations that are under way, and how many more there are."""
        ...  # pragma: no cover - a protocol has no body

    async def waiting(self, limit: int) -> tuple[Request, ...]:
        """Return up to `limit` of the requests that wait for a second person, newest first."""
        ...  # pragma: no cover - a protocol has no body


class Follows(Protocol):
    """Who wants to be told of an end that others began: `store.follows`. All raises StoreError."""

    async def follow(
        self, request_id: str, refuse: Refuse, reply: FollowReply, click: Click
    ) -> FollowClick | None:
        """Carry out a click on Tell me too in one transaction; raises RowUnreadable."""
        ...  # pragma: no cover - a protocol has no body

    async def followers(self, request_id: str) -> tuple[str, ...]:
        """Return who wants to be told of a request's end, those first who said so first."""
        ...  # pragma: no cover - a protocol has no body


class Calls(Protocol):
    """How often Respan may be asked: `store.budget`."""

    async def take_one(self, *, spare: bool = False) -> float:
        """Take one call; return 0.0, or the seconds to wait for it."""
        ...  # pragma: no cover - a protocol has no body

    async def pause(self, seconds: float) -> None:
        """Let nobody poll for so long."""
        ...  # pragma: no cover - a protocol has no body


class Rows(Protocol[Row_contra]):
    """Where the rows are: `store.queue`."""

    async def save_intent(self, old: Row_contra, new: Row_contra) -> None:
        """Write an intent and keep the row."""
        ...  # pragma: no cover - a protocol has no body

    async def save(
        self,
        old: Row_contra,
        new: Row_contra,
        delay: float | None,
        answers: tuple[Answer, ...] = (),
        asks: Request | None = None,
    ) -> None:
        """Write the outcome and let the row go; store the request that begins with it."""
        ...  # pragma: no cover - a protocol has no body


class Records(Protocol):
    """What a step may do to the database by itself, before its decision is saved."""

    async def save_intent(self, old: Row, new: Row) -> None:
        """Write an intent, and keep the row."""
        ...  # pragma: no cover - a protocol has no body

    async def live(self, batch_id: str) -> Live | None:
        """Return the cancellation of this batch that is under way; raises RowUnreadable."""
        ...  # pragma: no cover - a protocol has no body

    async def under_way(self, limit: int) -> Entries:
        """Return up to `limit` cancellations that are under way, and how many more there are."""
        ...  # pragma: no cover - a protocol has no body

    async def waiting(self, limit: int) -> tuple[Request, ...]:
        """Return up to `limit` of the requests that wait for a second person, newest first."""
        ...  # pragma: no cover - a protocol has no body

    async def history(self, which: ShowHistory, limit: int) -> Entries:
        """Return up to `limit` of the latest cancellations of a person, of batches, or of all."""
        ...  # pragma: no cover - a protocol has no body

    async def followers(self, request_id: str) -> tuple[str, ...]:
        """Return who wants to be told of a request's end; complete once its intent is stored."""
        ...  # pragma: no cover - a protocol has no body

    async def put(self, answer: Answer) -> None:
        """Send a private answer."""
        ...  # pragma: no cover - a protocol has no body

    async def take_call(self, *, spare: bool = False) -> float:
        """Take one call to Respan from the budget; return the seconds to wait where it has none.

        A `spare` one is none of those that are kept for people.
        """
        ...  # pragma: no cover - a protocol has no body


class Facts(Protocol):
    """What is known of the installation as a whole: `store.facts`. All raises StoreError."""

    async def get(self, name: str) -> str | None:
        """Return a value, None where there is none yet."""
        ...  # pragma: no cover - a protocol has no body

    async def put(self, name: str, value: str) -> None:
        """Keep a value in place of an older one."""
        ...  # pragma: no cover - a protocol has no body


class WatchQueue(Protocol):
    """The cancellations: `store.cancellation_queue`."""

    async def claim(self, limit: int, lease: float) -> list[Cancellation]:
        """Return due ones that are to be sent."""
        ...  # pragma: no cover - a protocol has no body

    async def due_watches(
        self, limit: int, named: Collection[str]
    ) -> tuple[list[Watched], list[Watched]]:
        """Return the watches that are due, and those that are due next; those `named` anyway."""
        ...  # pragma: no cover - a protocol has no body

    async def claim_watches(
        self, batch_ids: Sequence[str], lease: float, *, early: bool
    ) -> list[Cancellation]:
        """Return the watches of these batches that nobody has, `early` those not due too."""
        ...  # pragma: no cover - a protocol has no body

    async def take_calls(self, wanted: int) -> int:
        """Take calls out of the budget."""
        ...  # pragma: no cover - a protocol has no body

    async def give_back(self, calls: int) -> None:
        """Put calls back that were not used."""
        ...  # pragma: no cover - a protocol has no body

    async def look_now(self, batch_id: str, key: str) -> bool:
        """Make the watch of a batch due at once; False where that is no news."""
        ...  # pragma: no cover - a protocol has no body

    async def save_many(
        self, changes: Sequence[tuple[Cancellation, Cancellation, float]]
    ) -> list[tuple[Cancellation, Cancellation]]:
        """Write what a look at many brought; return what was written."""
        ...  # pragma: no cover - a protocol has no body

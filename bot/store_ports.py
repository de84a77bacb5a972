"""What the inside needs of the database, as types: `store/` and `engine/` fulfil them."""

from collections.abc import Callable, Collection, Sequence
from typing import Protocol, TypeVar

from bot.domain.answer import Answer, WaitingAnswer
from bot.domain.asking import Asking, Question
from bot.domain.audit import Record
from bot.domain.cancellation import Cancellation
from bot.domain.clicked import Click, Clicked, Decide, Live
from bot.domain.command import ShowHistory
from bot.domain.follow import FollowClick, Refuse
from bot.domain.history import Entries
from bot.domain.message import Message
from bot.domain.request import Request
from bot.domain.sweep import Watched

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

"""What the inside needs of Slack, Respan and the price list, as types: `clients/` fulfils them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from bot.domain.batch import Batch, Page
from bot.domain.message import Message
from bot.domain.money import PriceList
from bot.domain.person import Person
from bot.errors import BotError

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

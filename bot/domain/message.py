"""A message for Slack as data, and how far one that must be there once has come."""

from dataclasses import dataclass, field
from typing import Any

Block = dict[str, Any]
"""One Block Kit block, as Slack's JSON has it."""


@dataclass(frozen=True, slots=True)
class Message:
    """`text` says all that matters (screen readers and notifications read nothing else)."""

    text: str
    blocks: list[Block] = field(default_factory=list)


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

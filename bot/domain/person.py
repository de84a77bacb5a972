"""Somebody in Slack, as far as it was asked about them."""

from dataclasses import dataclass
from enum import StrEnum, auto


class Kind(StrEnum):
    """What somebody is in the workspace that the app is installed in."""

    MEMBER = auto()
    GUEST = auto()
    STRANGER = auto()
    BOT = auto()
    DEACTIVATED = auto()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as far as Slack was asked about them.

    `is_read` tells that it was: what is None then, Slack did not tell. `groups` are those of the
    policy's user groups that they are in. `email` is theirs in Slack.
    """

    id: str
    kind: Kind | None = None
    groups: frozenset[str] | None = None
    email: str | None = None
    is_read: bool = False

"""Who may ask for a cancellation and confirm one, and where."""

from dataclasses import dataclass
from enum import StrEnum, auto


class Denial(StrEnum):
    """Why somebody may not."""

    PERSON = auto()
    CHANNEL = auto()
    UNCHECKED = auto()


@dataclass(frozen=True, slots=True)
class Permissions:
    """The allowed Slack ids. An empty set allows everyone; users and groups add up."""

    users: frozenset[str] = frozenset()
    usergroups: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()

    def denial(self, user: str, channel: str) -> Denial | None:
        """Return why `user` may not in `channel`, as far as is known without asking Slack."""
        if self.channels and channel not in self.channels:
            return Denial.CHANNEL
        if self.users and not self.usergroups and user not in self.users:
            return Denial.PERSON
        return None

    def depends_on_groups(self, user: str) -> bool:
        """Return whether only the members of the user groups can tell if `user` may."""
        return bool(self.usergroups) and user not in self.users

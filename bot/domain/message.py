"""A message for Slack, as data."""

from dataclasses import dataclass, field
from typing import Any

Block = dict[str, Any]
"""One Block Kit block, as Slack's JSON has it."""


@dataclass(frozen=True, slots=True)
class Message:
    """`text` says all that matters (screen readers and notifications read nothing else)."""

    text: str
    blocks: list[Block] = field(default_factory=list)

"""What waits in the database at a moment, as `/metrics` shows it."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.cancellation import LIVE, State
from bot.domain.request import REQUEST_MOVES, RequestState

OPEN_REQUESTS: tuple[RequestState, ...] = tuple(s for s in RequestState if REQUEST_MOVES[s])
"""The states of a request for which something is still to be done."""

OPEN_CANCELLATIONS: tuple[State, ...] = tuple(s for s in State if s in LIVE)
"""The states of a cancellation for which something is still to be done."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits, and for how long: ages and pauses are in seconds.

    `requests` and `cancellations` are by state, `set_aside` (rows that this version can't read) by
    table. `answers` is the outbox. `calls_left` is what the polls' budget has at this moment, of
    `calls_per_minute` that flow in; nobody polls for `paused` seconds.
    """

    requests: Mapping[str, int]
    cancellations: Mapping[str, int]
    set_aside: Mapping[str, int]
    answers: int
    oldest_answer: float
    oldest_due: float
    calls_left: int
    calls_per_minute: int
    paused: float

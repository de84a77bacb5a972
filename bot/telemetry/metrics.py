"""What is counted for `/metrics`. No ids and no names: a label is one of a few words."""

from collections.abc import Iterable, Sequence
from functools import partial
from platform import python_version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from bot import __version__

_END_TO_REPLY = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800)
"""Seconds: from one, with a webhook, to half an hour, where nobody could be reached."""

_ACK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0)
"""Seconds: after three Slack tells the person that it failed."""


class Metrics:
    """The figures of one process, in a registry of its own."""

    def __init__(self) -> None:
        """Begin at zero."""
        # Else each counter has a second series that says when it was made. This holds for the whole
        # process, and for counters that are made after it.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it untyped
        self.registry = CollectorRegistry()
        counter = partial(Counter, registry=self.registry)
        histogram = partial(Histogram, registry=self.registry)
        gauge = partial(Gauge, registry=self.registry)
        self._interactions = counter(
            "batch_bot_interactions",
            "Commands and clicks by what became of them",
            ["interaction", "outcome"],
        )
        self._moves = counter(
            "batch_bot_moves",
            "Cancellations by the state they moved to",
            ["state"],
        )
        self._request_moves = counter(
            "batch_bot_request_moves",
            "Requests by the state they moved to",
            ["state"],
        )
        self._steps = histogram(
            "batch_bot_step_seconds",
            "How long steps took, with all calls outside",
            ["step"],
        )
        self._calls = counter(
            "batch_bot_calls",
            "Calls outside by what came of them",
            ["service", "call", "outcome"],
        )
        self._failed_rounds = counter(
            "batch_bot_failed_rounds",
            "Rounds of a runner, and pieces of its work, that failed, by the error's class",
            ["runner", "error"],
        )
        self._end_to_reply = histogram(
            "batch_bot_end_to_reply_seconds",
            "From the end of a request's last batch, by Respan's word, to the reply in the thread",
            buckets=_END_TO_REPLY,
        )
        self._polls = counter(
            "batch_bot_polls",
            "Calls that looked at watches, by kind: a page for many, or a single one",
            ["kind"],
        )
        self._looks = counter(
            "batch_bot_looks",
            "Watches that polls were made for, by the kind of poll and what it settled",
            ["kind", "settled"],
        )
        self._acks = histogram(
            "batch_bot_ack_seconds",
            "From a request of Slack's, read whole and known to be its own, to the acknowledgement",
            ["transport"],
            buckets=_ACK,
        )
        self._sockets_open = gauge(
            "batch_bot_socket_open",
            "Whether a connection of Socket Mode is open; none of them exists with HTTP",
            ["connection"],
        )
        self._socket_ages = gauge(
            "batch_bot_socket_age_seconds",
            "How long a connection of Socket Mode has been open, 0 where it is not",
            ["connection"],
        )
        self._build = gauge(
            "batch_bot_build_info",
            "1, with what runs here",
            ["version", "python", "database", "transport"],
        )
        ProcessCollector(registry=self.registry)

    def interaction(self, interaction: str, outcome: str) -> None:
        """Count a command or a click."""
        self._interactions.labels(interaction, outcome).inc()

    def moved(self, state: str) -> None:
        """Count a cancellation that reached a state."""
        self._moves.labels(state).inc()

    def request_moved(self, state: str) -> None:
        """Count a request that reached a state."""
        self._request_moves.labels(state).inc()

    def step_done(self, step: str, seconds: float) -> None:
        """Count a step and how long it took."""
        self._steps.labels(step).observe(seconds)

    def called(self, service: str, call: str, outcome: str) -> None:
        """Count a call to Slack or Respan; `outcome` is "ok" or the name of an error class."""
        self._calls.labels(service, call, outcome).inc()

    def round_failed(self, runner: str, error: str) -> None:
        """Count a round of work that failed; `error` is the name of an error class."""
        self._failed_rounds.labels(runner, error).inc()

    def replied(self, seconds: float) -> None:
        """Note how long after the end of the last batch the reply was posted."""
        self._end_to_reply.observe(max(0.0, seconds))

    def polled(self, kind: str, settled: Iterable[str]) -> None:
        """Count a call that looked at watches, with a word for what it settled of each."""
        self._polls.labels(kind).inc()
        for word in settled:
            self._looks.labels(kind, word).inc()

    def acknowledged(self, transport: str, seconds: float) -> None:
        """Note how long an acknowledgement took; `transport` is "http" or "socket_mode"."""
        self._acks.labels(transport).observe(seconds)

    def sockets(self, ages: Sequence[float | None]) -> None:
        """Set how long each connection of Socket Mode has been open in seconds, None for not."""
        for number, age in enumerate(ages, 1):
            self._sockets_open.labels(number).set(age is not None)
            self._socket_ages.labels(number).set(age or 0.0)

    def runs(self, database: str, transport: str) -> None:
        """Say what runs here."""
        self._build.labels(__version__, python_version(), database, transport).set(1)

    def render(self) -> tuple[bytes, str]:
        """Return the page and its content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST

"""What is counted for `/metrics`. No ids and no names: a label is one of a few words."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest


class Metrics:
    """The figures of one process, in a registry of its own."""

    def __init__(self) -> None:
        """Begin at zero."""
        # Else each counter has a second series that says when it was made. This holds for the whole
        # process, and for counters that are made after it.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it untyped
        self.registry = CollectorRegistry()
        self._interactions = Counter(
            "batch_bot_interactions",
            "Commands and clicks by what became of them",
            ["interaction", "outcome"],
            registry=self.registry,
        )
        self._moves = Counter(
            "batch_bot_moves",
            "Cancellations by the state they moved to",
            ["state"],
            registry=self.registry,
        )
        self._request_moves = Counter(
            "batch_bot_request_moves",
            "Requests by the state they moved to",
            ["state"],
            registry=self.registry,
        )
        self._steps = Histogram(
            "batch_bot_step_seconds",
            "How long steps took, with all calls outside",
            ["step"],
            registry=self.registry,
        )
        self._calls = Counter(
            "batch_bot_calls",
            "Calls outside by what came of them",
            ["service", "call", "outcome"],
            registry=self.registry,
        )
        self._unfinished = Gauge(
            "batch_bot_unfinished",
            "Open questions, and cancellations by state that are not reported yet, in the database",
            ["state"],
            registry=self.registry,
        )
        self._late = Gauge(
            "batch_bot_oldest_due_seconds",
            "How long the oldest due row has been waiting",
            registry=self.registry,
        )

        self._failed_rounds = Counter(
            "batch_bot_failed_rounds",
            "Rounds of a runner, and pieces of its work, that failed, by the error's class",
            ["runner", "error"],
            registry=self.registry,
        )
        self._set_aside = Gauge(
            "batch_bot_set_aside",
            "Unfinished rows that this version can't read, by table",
            ["table"],
            registry=self.registry,
        )

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

    def backlog(self, unfinished: dict[str, int], oldest_due: float) -> None:
        """Set what waits in the database."""
        self._unfinished.clear()
        for state, count in unfinished.items():
            self._unfinished.labels(state).set(count)
        self._late.set(oldest_due)

    def round_failed(self, runner: str, error: str) -> None:
        """Count a round of work that failed; `error` is the name of an error class."""
        self._failed_rounds.labels(runner, error).inc()

    def set_aside(self, rows: dict[str, int]) -> None:
        """Set how many rows of each table are set aside."""
        for table, count in rows.items():
            self._set_aside.labels(table).set(count)

    def render(self) -> tuple[bytes, str]:
        """Return the page and its content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST

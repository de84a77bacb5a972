"""The life of a batch at OpenAI, as a pure function of the time. All times are in seconds."""

from dataclasses import dataclass, field
from typing import Any

FINAL = frozenset({"completed", "failed", "expired", "cancelled"})
_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a completed request uses: `cached` of `input`, and `reasoning` of `output`."""

    input: int
    output: int = 0
    cached: int = 0
    reasoning: int = 0

    def used_by(self, completed: int) -> dict[str, Any]:
        """Return `usage` as OpenAI's batches have it, after so many completed requests."""
        return {
            "input_tokens": self.input * completed,
            "input_tokens_details": {"cached_tokens": self.cached * completed},
            "output_tokens": self.output * completed,
            "output_tokens_details": {"reasoning_tokens": self.reasoning * completed},
            "total_tokens": (self.input + self.output) * completed,
        }


@dataclass(slots=True)
class SandboxBatch:
    """One batch: it runs at `rate` requests a second, and ends `cancel_seconds` after a cancel.

    `grows` more requests complete while it is being cancelled. `ends_as` is how it ends then.
    `stuck` keeps it in `cancelling` for ever. `sparse` leaves all but id and status out, in the
    list too. It is `age` seconds old at the beginning. Without `tokens` it has no `usage`, as the
    older ones at OpenAI. `fields` take the place of what it would say.
    """

    id: str
    made_at: float
    total: int = 100
    completed: int = 23
    failed: int = 1
    status: str = "in_progress"
    rate: float = 0.0
    cancel_seconds: float = 1.0
    ends_as: str = "cancelled"
    grows: int = 0
    stuck: bool = False
    sparse: bool = False
    age: float = 120.0
    endpoint: str = "/v1/chat/completions"
    model: str = "gpt-4o-mini"
    metadata: dict[str, str] = field(default_factory=dict)
    tokens: Tokens | None = None
    cancelled_at: float | None = None
    paced_at: float | None = None
    paced_share: float = 0.0
    fields: dict[str, Any] = field(default_factory=dict)

    def status_at(self, now: float) -> str:
        """Return the status at that time."""
        if self.cancelled_at is not None:
            over = now - self.cancelled_at >= self.cancel_seconds and not self.stuck
            return self.ends_as if over else "cancelling"
        if self.status == "in_progress" and self._done(now) + self.failed >= self.total:
            return "completed"
        return self.status

    def _done(self, now: float) -> int:
        """Return how many requests have completed by then."""
        until = now if self.cancelled_at is None else self.cancelled_at
        ran = self.completed + int(self.rate * max(0.0, until - self.made_at))
        ran += int(self.grows * self._share(now))
        if self.cancelled_at is not None and self.status_at(now) == "completed":
            return self.total - self.failed
        return min(ran, self.total - self.failed)

    def _share(self, now: float) -> float:
        """Return how far the cancellation is, from 0 to 1."""
        if self.cancelled_at is None or self.cancel_seconds <= 0:
            return 0.0
        since, share = self.cancelled_at, 0.0
        if self.paced_at is not None:
            since, share = self.paced_at, self.paced_share
        left = self.cancelled_at + self.cancel_seconds - since
        if left <= 0:
            return 1.0
        return min(1.0, share + (1.0 - share) * max(0.0, now - since) / left)

    def pace(self, now: float, seconds: float) -> None:
        """Let a cancellation take that long; one under way goes on from where it is."""
        share = self._share(now)
        if self.cancelled_at is None:
            self.cancel_seconds = seconds
        elif share < 1.0:
            self.paced_at, self.paced_share = now, share
            self.cancel_seconds = now - self.cancelled_at + (1.0 - share) * seconds

    def release(self, now: float) -> None:
        """Let a stuck batch end: now, or when its cancellation has taken its time."""
        if self.cancelled_at is not None and self.stuck:
            self.cancel_seconds = max(self.cancel_seconds, now - self.cancelled_at)
        self.stuck = False

    def cancel(self, now: float) -> bool:
        """Begin the cancellation; False when the batch is over already."""
        status = self.status_at(now)
        if status in FINAL:
            return status == "cancelled"
        if self.cancelled_at is None:
            self.cancelled_at = now
        return True

    def as_json(self, now: float) -> dict[str, Any]:
        """Return it as Respan's API does."""
        status = self.status_at(now)
        if self.sparse:
            return {"id": self.id, "status": status} | self.fields
        done = self._done(now)
        ended_at = self._ended_at(now)
        stamps = {f"{name}_at": None for name in (*FINAL, "finalizing", "cancelling")}
        if self.cancelled_at is not None:
            stamps["cancelling_at"] = int(self.cancelled_at)  # type: ignore[assignment]
        if status in FINAL:
            stamps[f"{status}_at"] = ended_at  # type: ignore[assignment]
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": self.endpoint,
            "model": self.model,
            "errors": None,
            "input_file_id": f"file-{self.id[6:]}",
            "completion_window": "24h",
            "status": status,
            "output_file_id": f"file-out-{self.id[6:]}" if status in FINAL and done else None,
            "error_file_id": f"file-err-{self.id[6:]}" if status in FINAL and self.failed else None,
            "created_at": int(self.made_at - self.age),
            "in_progress_at": int(self.made_at - self.age / 2),
            "expires_at": int(self.made_at - self.age + _DAY),
            **stamps,
            "request_counts": {"total": self.total, "completed": done, "failed": self.failed},
            "metadata": self.metadata,
            **({} if self.tokens is None else {"usage": self.tokens.used_by(done)}),
        } | self.fields

    def _ended_at(self, now: float) -> int:
        if self.cancelled_at is not None:
            return int(self.cancelled_at + self.cancel_seconds)
        return int(now)

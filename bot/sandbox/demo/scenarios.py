"""The batches of the demo: what each of them does, and the troubles that belong to it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.faults import Fault
from bot.sandbox.respan.batches import Tokens
from bot.sandbox.respan.server import SandboxRespan

SPEEDS = {"fast": 3.0, "normal": 9.0, "slow": 30.0}
"""How many seconds a cancellation takes."""

NORMAL = "normal"

APPROVAL_OVER = 20_000
"""So many requests that have not run need no second person; more than all but one batch has."""

OWNER_KEY = "slack_user"
"""The key of the batches' metadata that names whose they are."""

UNDO_SECONDS = 10
"""How long the undo window is open, where it is switched on."""

_UNAVAILABLE = {"detail": "Internal server error"}


@dataclass(frozen=True, slots=True)
class Scenario:
    """One batch: what a viewer reads about it, how it begins, and what goes wrong with it."""

    batch_id: str
    story: str
    fields: dict[str, Any] = field(default_factory=dict)
    troubles: Callable[[str], tuple[Fault, ...]] = lambda _path: ()


def _rate_limited(path: str) -> tuple[Fault, ...]:
    options = {"retry_after": 3, "where": "both"}
    return (Fault("cancel", "rate_limited", 3, path=path, options=options),)


def _flaky(path: str) -> tuple[Fault, ...]:
    """First a cancel call without effect and a failing look, then one that had its effect."""
    failing = {"code": 500, "body": _UNAVAILABLE}
    look = Fault("retrieve", "status", 1, path=path, options=dict(failing))
    accepted = Fault("cancel", "status", 1, path=path, options=failing | {"processed": True})
    return (
        Fault("cancel", "status", 1, path=path, options=dict(failing), then=(look,)),
        accepted,
    )


def _no_key(path: str) -> tuple[Fault, ...]:
    options = {"code": 400, "body": {"error": "OpenAI API key not configured"}}
    return (Fault("cancel", "status", None, path=path, options=options),)


def _unreadable(path: str) -> tuple[Fault, ...]:
    """Fail as many looks as the question, the cancel call and its first polls take."""
    options = {"code": 500, "body": _UNAVAILABLE}
    return (Fault("retrieve", "status", 8, path=path, options=options),)


def _out_of_sight(path: str) -> tuple[Fault, ...]:
    """Take the cancel call, and refuse the key for a while after it."""
    options = {"code": 401, "body": {"detail": "Invalid API key"}}
    refused = Fault("retrieve", "status", 5, path=path, options=options)
    return (Fault("cancel", "delay", 1, path=path, options={"seconds": 0}, then=(refused,)),)


SCENARIOS = (
    Scenario(
        "batch_wrong_prompt",
        "Ends normally",
        {
            "total": 2000,
            "completed": 460,
            "failed": 3,
            "rate": 0.4,
            "grows": 35,
            "age": 540.0,
            "model": "gpt-4.1",
            "metadata": {"name": "summaries-v2", "slack_user": "U0ANA"},
            "tokens": Tokens(1240, 310, 900),
        },
    ),
    Scenario(
        "batch_nightly_eval",
        "Completes before the cancellation takes effect",
        {
            "total": 1200,
            "completed": 1042,
            "failed": 6,
            "grows": 152,
            "ends_as": "completed",
            "age": 5400.0,
            "model": "o4-mini",
            "endpoint": "/v1/responses",
            "metadata": {"name": "nightly-eval", "slack_user": "U0ANA"},
            "tokens": Tokens(2100, 1450, 1800, 1100),
        },
    ),
    Scenario(
        "batch_full_archive",
        f"Over {APPROVAL_OVER:,} requests have not run: a second person must agree",
        {
            "total": 48_000,
            "completed": 6120,
            "failed": 88,
            "rate": 1.0,
            "grows": 400,
            "age": 2100.0,
            "model": "gpt-4.1-mini",
            "metadata": {"name": "archive-labels", "slack_user": "U0ANA"},
            "tokens": Tokens(2300, 180),
        },
    ),
    Scenario(
        "batch_already_done",
        "Already completed: there is nothing to cancel",
        {
            "total": 500,
            "completed": 498,
            "failed": 2,
            "status": "completed",
            "age": 30_000.0,
            "metadata": {"name": "labels-october"},
            "tokens": Tokens(380, 24),
        },
    ),
    Scenario(
        "batch_stuck",
        "Gets stuck in cancelling until you let it end",
        {
            "total": 800,
            "completed": 212,
            "failed": 0,
            "rate": 0.1,
            "grows": 18,
            "stuck": True,
            "age": 2700.0,
            "metadata": {"name": "translate-docs", "slack_user": "U0BEN"},
            "tokens": Tokens(900, 870),
        },
    ),
    Scenario(
        "batch_rate_limited",
        "Respan answers 429 for a while",
        {
            "total": 5000,
            "completed": 1730,
            "failed": 12,
            "rate": 0.8,
            "grows": 120,
            "age": 1500.0,
            "model": "text-embedding-3-large",
            "endpoint": "/v1/embeddings",
            "metadata": {"name": "index-tickets", "slack_user": "U0BEN"},
            "tokens": Tokens(512),
        },
        _rate_limited,
    ),
    Scenario(
        "batch_flaky_api",
        "Respan answers 500 for a while, also to the cancel call",
        {
            "total": 640,
            "completed": 95,
            "failed": 1,
            "rate": 0.1,
            "grows": 14,
            "age": 840.0,
            "model": "gpt-4.1-mini",
            "endpoint": "/v1/responses",
            "metadata": {"name": "triage", "slack_user": "U0ANA"},
            "tokens": Tokens(640, 90),
        },
        _flaky,
    ),
    Scenario(
        "batch_unreadable",
        "Can't be read for a while: stop it without its numbers",
        {
            "total": 9000,
            "completed": 700,
            "failed": 0,
            "rate": 5.0,
            "grows": 90,
            "age": 7800.0,
            "model": "omni-moderation-latest",
            "endpoint": "/v1/moderations",
        },
        _unreadable,
    ),
    Scenario(
        "batch_out_of_sight",
        "Respan refuses the key after the cancellation: the end can't be seen for a while",
        {"total": 700, "completed": 310, "failed": 2, "rate": 0.2, "grows": 11, "age": 3900.0},
        _out_of_sight,
    ),
    Scenario(
        "batch_no_key",
        "Respan has no OpenAI key for it: refused",
        {
            "total": 300,
            "completed": 41,
            "failed": 0,
            "rate": 0.02,
            "age": 300.0,
            "metadata": {"team": "search"},
        },
        _no_key,
    ),
    Scenario(
        "batch_runaway_loop",
        "Named in an alert in #batches: cancel it from there",
        {
            "total": 12000,
            "completed": 5210,
            "failed": 40,
            "rate": 3.0,
            "grows": 260,
            "age": 1140.0,
            "model": "o3",
            "endpoint": "/v1/responses",
            "metadata": {"name": "agent-traces", "slack_user": "U0BEN"},
            "tokens": Tokens(6200, 4100, 1500, 3300),
        },
    ),
    Scenario(
        "batch_second_copy",
        "Named in the same alert: somebody started the loop twice",
        {
            "total": 12000,
            "completed": 1870,
            "failed": 11,
            "rate": 2.0,
            "grows": 140,
            "age": 1080.0,
            "model": "o3",
            "endpoint": "/v1/responses",
            "metadata": {"name": "agent-traces", "slack_user": "U0BEN"},
            "tokens": Tokens(6200, 4100, 1500, 3300),
        },
    ),
)


def set_up(respan: SandboxRespan, speed: str) -> None:
    """Begin with these batches as they are at first, and with their troubles."""
    respan.batches.clear()
    respan.cancels.clear()
    respan.faults.clear()
    respan.list_is_full = True
    respan.sparsely_listed = {"batch_unreadable", "batch_out_of_sight"}
    seconds = SPEEDS[speed]
    # The newest comes last: Respan's list begins with it.
    for scenario in sorted(SCENARIOS, key=lambda one: -one.fields["age"]):
        respan.add_batch(scenario.batch_id, **(scenario.fields | {"cancel_seconds": seconds}))
        respan.faults.put(*scenario.troubles(f"*/batches/{scenario.batch_id}/*"))


def change_speed(respan: SandboxRespan, speed: str) -> None:
    """Let cancellations take as long as the speed says, those under way included."""
    now = respan.clock.time()
    for batch in respan.batches.values():
        batch.pace(now, SPEEDS[speed])

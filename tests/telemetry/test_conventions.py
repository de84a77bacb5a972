"""The conventions for names of metrics are checked, here without any tool."""

import pytest

from bot.telemetry.backlog import BacklogGauges
from bot.telemetry.loop_lag import LoopLag
from bot.telemetry.metrics import Metrics
from tests.telemetry.conventions import faults


def test_ours_keep_them() -> None:
    """All that the bot registers, before anything has happened."""
    metrics = Metrics()
    BacklogGauges(metrics.registry)
    LoopLag(metrics.registry)
    metrics.runs("sqlite", "http")
    metrics.sockets([None, 3.0])
    assert faults(metrics.render()[0].decode()) == []


@pytest.mark.parametrize(
    ("kind", "name", "fault"),
    [
        ("gauge", "batch_bot_Age_seconds", "snake_case"),
        ("gauge", "other_age_seconds", "no name of ours"),
        ("gauge", "batch_bot_age_minutes", "base unit"),
        ("gauge", "batch_bot_age_gauge", "names its type"),
        ("gauge", "batch_bot_calls_total", "does not count"),
        ("gauge", "batch_bot_calls_count", "part of a histogram"),
    ],
)
def test_what_is_against_them_is_found(kind: str, name: str, fault: str) -> None:
    """Each rule can fail."""
    (found,) = faults(f"# HELP {name} What it is\n# TYPE {name} {kind}\n{name} 1\n")
    assert fault in found


def test_labels_and_help() -> None:
    """A metric without help, with an id as a label, or with buckets that it has not."""
    head = "# TYPE batch_bot_calls gauge\n"
    lines = "".join(f'batch_bot_calls{{id="{number}"}} 1\n' for number in range(200))
    assert faults(head + lines) == [
        "batch_bot_calls has no help",
        "batch_bot_calls has a series for too many values",
    ]
    bucket = "# HELP batch_bot_calls x\n" + head + 'batch_bot_calls{le="1"} 1\n'
    assert faults(bucket) == ["batch_bot_calls has the label of a bucket"]

"""Prometheus's conventions for names, as far as a text tells: what `promtool check metrics` says.

https://prometheus.io/docs/practices/naming/ and https://prometheus.io/docs/instrumenting/writing_exporters/
"""

import re
from collections.abc import Iterator

from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_OTHER_UNITS = frozenset(
    {
        *("ns", "us", "ms", "nanoseconds", "microseconds", "milliseconds"),
        *("minutes", "hours", "days", "weeks", "bits", "percent", "celsius"),
        *("kb", "mb", "gb", "kilobytes", "megabytes", "gigabytes"),
    }
)
_TYPES = frozenset({"counter", "gauge", "histogram", "summary"})
_OF_HISTOGRAMS = ("_bucket", "_count", "_sum")
_MOST_SERIES = 100
"""Of one metric, a histogram's buckets counted once."""


def faults(text: str, prefixes: tuple[str, ...] = ("batch_bot_", "process_")) -> list[str]:
    """Return what is against the conventions in a page of metrics, a sentence each."""
    return [
        f"{family.name} {fault}"
        for family in text_string_to_metric_families(text)
        for fault in _faults(family, prefixes)
    ]


def _faults(family: Metric, prefixes: tuple[str, ...]) -> Iterator[str]:
    words = set(family.name.split("_"))
    if not family.documentation:
        yield "has no help"
    if not _NAME.fullmatch(family.name) or not family.name.startswith(prefixes):
        yield "is no name of ours in snake_case"
    if words & _OTHER_UNITS:
        yield "is not in a base unit"
    if words & _TYPES:
        yield "names its type"
    yield from _faults_of_suffix(family)
    yield from _faults_of_labels(family)


def _faults_of_suffix(family: Metric) -> Iterator[str]:
    samples = {sample.name for sample in family.samples}
    if family.type == "counter" and not all(name.endswith("_total") for name in samples):
        yield "counts and does not end in _total"
    if family.type != "counter" and family.name.endswith("_total"):
        yield "ends in _total and does not count"
    if family.type != "histogram" and family.name.endswith(_OF_HISTOGRAMS):
        yield "ends as a part of a histogram does"
    if family.type == "histogram" and not family.name.endswith("_seconds"):
        yield "measures and names no unit"
    if any(name.endswith("_created") for name in samples):
        yield "has a series that says when it was made"


def _faults_of_labels(family: Metric) -> Iterator[str]:
    names = {name for sample in family.samples for name in sample.labels}
    if any(not _NAME.fullmatch(name) for name in names):
        yield "has a label that is no word"
    if "le" in names and family.type != "histogram":
        yield "has the label of a bucket"
    rest = {
        tuple(sorted((name, value) for name, value in sample.labels.items() if name != "le"))
        for sample in family.samples
    }
    if len(rest) > _MOST_SERIES:
        yield "has a series for too many values"

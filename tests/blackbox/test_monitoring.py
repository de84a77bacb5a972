"""What the running bot exposes, beside what alerts, dashboard and documents name."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from bot.sandbox.world import SandboxWorld
from tests.telemetry.conventions import faults

DOCS = Path(__file__).parents[2] / "docs"
ALERTS = DOCS / "monitoring" / "alerts.yml"
DASHBOARD = DOCS / "monitoring" / "dashboard.json"
METRIC = re.compile(r"\b(?:batch_bot|process)_[a-z_]*[a-z]\b")
BATCH = "batch_abc123"
ROUNDS = 40


def promtool(*arguments: str, given: str = "") -> str:
    """Return what promtool says; skip the test where there is none."""
    path = shutil.which("promtool")
    if path is None:
        pytest.skip("promtool is not installed")
    done = subprocess.run(  # noqa: S603 - a tool that the test names
        [path, *arguments], input=given, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def _rules() -> list[dict[str, Any]]:
    loaded = yaml.safe_load(ALERTS.read_text())
    return [rule for group in loaded["groups"] for rule in group["rules"]]


def _panels() -> list[dict[str, Any]]:
    panels: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return panels


def _named() -> Iterator[tuple[str, str]]:
    """Yield each metric that something names, with where."""
    for path in (ALERTS, DASHBOARD, DOCS / "monitoring.md", DOCS / "operating.md"):
        for name in METRIC.findall(path.read_text()):
            yield path.name, name


async def _page(world: SandboxWorld) -> str:
    async with aiohttp.ClientSession(world.bot.url) as http, http.get("/metrics") as answer:
        return await answer.text()


def _exposed(page: str) -> set[str]:
    """Return the names that a query may use."""
    names = set(re.findall(r"^# TYPE (\S+)", page, re.MULTILINE))
    histograms = re.findall(r"^# TYPE (\S+) histogram", page, re.MULTILINE)
    return names | {f"{name}_{part}" for name in histograms for part in ("bucket", "sum", "count")}


@pytest.mark.seconds(8)
async def test_what_is_named_is_there(world: SandboxWorld) -> None:
    """Every metric of the alerts, the dashboard and the documents, by the conventions."""
    world.respan.add_batch(BATCH, cancel_seconds=1)
    await world.cancel(BATCH)
    await world.reply(BATCH)
    # The reply is counted once Slack's answer to it is stored.
    await world.bus.wait_for(lambda: '"reported"' in world.bot.log_text(), 10, "the stored reply")
    page = await _page(world)
    exposed = _exposed(page)
    assert {(where, name) for where, name in _named() if name not in exposed} == set()
    written = (DOCS / "monitoring.md").read_text()
    families = set(re.findall(r"^# TYPE (\S+)", page, re.MULTILINE))
    assert {n for n in families if n.startswith("batch_bot_") and f"`{n}" not in written} == set()
    assert faults(page) == []
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }
    assert samples["batch_bot_end_to_reply_seconds_count",] == 1
    way = "http" if world.slack.transport == "http" else "socket_mode"
    assert samples["batch_bot_ack_seconds_count", way] == 2
    is_open = [samples.get(("batch_bot_socket_open", number)) for number in ("1", "2")]
    assert is_open == ([None, None] if way == "http" else [1, 1])


async def test_promtool_has_nothing_to_say(http_world: SandboxWorld) -> None:
    """Neither about the metrics nor about the rules."""
    assert promtool("check", "metrics", given=await _page(http_world)) == ""
    assert "SUCCESS" in promtool("check", "rules", str(ALERTS))


@pytest.mark.seconds(6)
async def test_a_stranger_adds_no_series(http_world: SandboxWorld) -> None:
    """Forged requests and signed ones with words of their own make no further label."""

    async def round_of(number: int) -> None:
        async with aiohttp.ClientSession(http_world.bot.url) as http:
            for path in ("/slack/events", f"/stranger{number}", f"/metrics?id={number}"):
                await http.post(path, data=f"x={number}", headers={"x-id": str(number)})
        for word in (f"batch_{number} {number}", f"stranger{number}", ""):
            await http_world.slack.command(word, user=f"U0STRANGER{number}")

    async def series() -> int:
        return len([line for line in (await _page(http_world)).splitlines() if line[:1] != "#"])

    await round_of(0)
    before = await series()
    for number in range(1, ROUNDS):
        await round_of(number)
    page = await _page(http_world)
    assert "stranger" not in page.lower()
    # What the first round had not come to yet is counted now, however many rounds there were.
    assert await series() - before < ROUNDS
    assert faults(page) == []


def test_each_alert_says_what_to_do() -> None:
    """In a sentence each, with a severity; no two have one name."""
    rules = _rules()
    assert len({rule["alert"] for rule in rules}) == len(rules) >= 10
    for rule in rules:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert set(rule["annotations"]) == {"summary", "what_to_do"}
        assert all(len(text) > 20 for text in rule["annotations"].values()), rule["alert"]
        assert METRIC.search(rule["expr"]), rule["alert"]


def test_each_panel_has_queries_and_a_unit() -> None:
    """And a sentence; no two lie on each other."""
    panels = _panels()
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len(panels)
    for panel in panels:
        assert panel["title"]
        assert panel["description"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["targets"]
        assert all(METRIC.search(target["expr"]) for target in panel["targets"])


def test_every_query_can_be_read(tmp_path: Path) -> None:
    """Those of the dashboard too, as rules with its variables filled in."""
    queries = [target["expr"] for panel in _panels() for target in panel["targets"]]
    rules = [
        {"record": f"query_{number}", "expr": query.replace("$__rate_interval", "5m")}
        for number, query in enumerate(queries)
    ]
    path = tmp_path / "queries.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    assert "SUCCESS" in promtool("check", "rules", str(path))

"""Any answer and any payload: no unhandled exception, no 5xx, bounded time and memory."""

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

import pytest
from aiohttp import web
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psutil import Process

from bot.clients.respan import RespanClient
from bot.clients.slack import SlackClient
from bot.domain.batch import Batch
from bot.domain.message import Message
from bot.errors import RespanError, SlackError
from bot.ports import Marker
from bot.sandbox.event_bus import Exchange
from bot.sandbox.server import SandboxServer
from tests.domain.test_batch import any_json
from tests.simulation import BATCH, Simulation

ANSWERS, PAYLOADS = (1000, 300) if "ALL_EXAMPLES" in os.environ else (200, 60)
"""Examples of each kind, as many as docs/promises.md says in `make chaos`."""
A_BATCH = json.dumps({"id": BATCH, "status": "cancelling"}).encode()
MOST_MEGABYTES = 150
"""What all of it together may leave in memory; hypothesis itself keeps a share of that."""

EVERYTHING = [HealthCheck.too_slow, HealthCheck.data_too_large]

texts = st.text(st.characters(codec="utf-8"), max_size=200)
headers = st.dictionaries(
    st.sampled_from(["Retry-After", "Content-Type", "Location", "Content-Encoding", "X-Odd"]),
    st.sampled_from(["0", "-1", "soon", "1e400", "nan", "text/html", "application/json", "gzip"])
    | st.from_regex(r"[ -~]{0,20}", fullmatch=True),
    max_size=3,
)
bodies = st.one_of(
    any_json.map(lambda data: json.dumps(data).encode()),
    texts.map(str.encode),
    st.binary(max_size=300),
    st.builds(
        lambda status, counts: json.dumps(
            {"id": BATCH, "status": status, "request_counts": counts}
        ).encode(),
        texts,
        any_json,
    ),
)
statuses = (
    st.just(200)
    | st.sampled_from([200, 201, 202, 204, 206, 300, 301, 302, 304, 307, 400, 401, 402])
    | st.integers(400, 599)
)


class Anything(SandboxServer):
    """A server that answers what it is told to."""

    next: tuple[int, bytes, dict[str, str]] = (200, b"", {})

    def name_of(self, _request: web.Request) -> str:
        """Return one name for all."""
        return "anything"

    async def process(self, _exchange: Exchange) -> web.Response:
        """Answer that."""
        status, body, more = self.next
        return web.Response(status=status, body=body, headers=more)


class Bench:
    """A server that answers anything, and both clients for it, in a loop of their own."""

    def __enter__(self) -> Self:
        """Start all of it."""
        self.loop = asyncio.new_event_loop()
        self.server = Anything("anything")
        self.run(self.server.__aenter__())
        self.respan = RespanClient(self.server.url + "/api", "s3cret-key", self.server.clock)
        self.slack = SlackClient("xoxb-1", self.server.url + "/api/", self.server.clock)
        self.run(self.slack.__aenter__())
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all of it."""
        self.run(self.respan.__aexit__())
        self.run(self.slack.__aexit__())
        self.run(self.server.__aexit__())
        self.loop.close()

    def run(self, work: Any) -> Any:
        """Let the loop do some work."""
        return self.loop.run_until_complete(work)

    def outcome(self, work: Any, expected: type[Exception]) -> Any:
        """Return what came of some work, or the error of the expected kind."""
        try:
            return self.run(work)
        except expected as error:
            return error


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    """Give one for all examples."""
    with Bench() as made:
        yield made


def _measured(run: Callable[[], None]) -> str:
    """Run it; return in words how long it took and what was left in memory."""
    started, before = time.perf_counter(), Process().memory_info().rss
    run()
    grown = (Process().memory_info().rss - before) / 1e6
    assert grown < MOST_MEGABYTES
    return f"{time.perf_counter() - started:.0f} s, {max(0.0, grown):.0f} MB more memory"


@pytest.mark.seconds(20)
def test_any_answer_of_respan(bench: Bench, figure: Callable[[str], None]) -> None:
    """Whatever it answers to either call is a batch or one of our errors, after one request."""
    seen = {"batches": 0, "errors": 0}

    @settings(max_examples=ANSWERS, deadline=None, suppress_health_check=EVERYTHING)
    @given(status=statuses, body=bodies, more=headers)
    @example(status=200, body=A_BATCH, more={})
    def answers(status: int, body: bytes, more: dict[str, str]) -> None:
        bench.server.next = (status, body, more)
        for call in (bench.respan.retrieve(BATCH), bench.respan.cancel(BATCH, "U0ANA")):
            bench.server.exchanges.clear()
            outcome = bench.outcome(call, RespanError)
            if isinstance(outcome, Batch):
                seen["batches"] += 1
                assert outcome.id == BATCH
            else:
                seen["errors"] += 1
                assert "s3cret-key" not in str(outcome)
            assert len(bench.server.exchanges) == 1

    spent = _measured(answers)
    figure(f"any answer of Respan: {sum(seen.values())} ({seen['batches']} batches), {spent}")
    assert sum(seen.values()) >= 2 * ANSWERS
    assert seen["batches"]


@pytest.mark.seconds(20)
def test_any_answer_of_slack(bench: Bench, figure: Callable[[str], None]) -> None:
    """The same for posts, updates, looks and response URLs."""
    mark, hello = Marker("c", "reply"), Message("hello")
    count = [0]

    @settings(max_examples=ANSWERS // 2, deadline=None, suppress_health_check=EVERYTHING)
    @given(status=statuses, body=bodies, more=headers)
    def answers(status: int, body: bytes, more: dict[str, str]) -> None:
        bench.server.next = (status, body, more)
        bench.server.exchanges.clear()
        bench.slack.scopes = frozenset({"channels:history"})
        url = bench.server.url + "/response/T0/s3cret"
        for call in (
            lambda: bench.slack.post("C1", hello, mark),
            lambda: bench.slack.find("C1", mark, 0.0),
            lambda: bench.slack.person("U1"),
            lambda: bench.slack.id_of_email("ana@example.com"),
            lambda: bench.slack.members_of("S1"),
            lambda: bench.slack.answer(url, hello, replace=True),
        ):
            bench.slack._not_before.clear()
            bench.slack._members._known.clear()
            bench.slack._people._known.clear()
            outcome = str(bench.outcome(call(), SlackError))
            assert "s3cret" not in outcome
            assert "xoxb" not in outcome
            count[0] += 1

    spent = _measured(answers)
    figure(f"any answer of Slack: {count[0]}, {spent}")


commands = st.fixed_dictionaries(
    {},
    optional={
        name: texts | st.sampled_from(["U0ANA", "C0BATCHES", BATCH, "help", "/cancel-batch"])
        for name in ("command", "text", "user_id", "channel_id", "team_id", "response_url")
    },
)
KINDS = ["block_actions", "message_action", "view_submission", "shortcut", "x"]
clicks = st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS)},
    optional={
        "user": any_json | st.just({"id": "U0ANA"}),
        "channel": any_json | st.just({"id": "C0BATCHES"}),
        "container": any_json,
        "team": any_json,
        "response_url": any_json,
        "callback_id": st.just("cancel_batch_of_message") | any_json,
        "message": any_json | st.fixed_dictionaries({"text": any_json, "blocks": any_json}),
        "message_ts": any_json,
        "actions": any_json
        | st.lists(
            st.fixed_dictionaries(
                {"action_id": st.sampled_from(["confirm_cancellation", "keep_running", "x"])},
                optional={"value": any_json, "type": st.just("button")},
            ),
            max_size=2,
        ),
    },
)


@pytest.mark.seconds(15)
def test_any_signed_payload(figure: Callable[[str], None]) -> None:
    """Fields that are missing or of any type: never a 5xx, and nothing is cancelled."""
    loop = asyncio.new_event_loop()
    with tempfile.TemporaryDirectory(prefix="batch-bot-any-") as folder:
        sim = Simulation(f"sqlite:///{Path(folder) / 'bot.db'}")
        loop.run_until_complete(sim.__aenter__())
        sim.respan.add_batch(BATCH)
        statuses_seen: dict[int | None, int] = {}

        async def send(body: str) -> None:
            status, _ = await sim.slack.post_raw(body.encode(), sim.slack.signed(body))
            statuses_seen[status] = statuses_seen.get(status, 0) + 1
            assert status is not None
            assert status < 500

        @settings(max_examples=PAYLOADS, deadline=None, suppress_health_check=EVERYTHING)
        @given(command=commands, click=clicks, raw=st.binary(max_size=100))
        def payloads(command: dict[str, str], click: dict[str, Any], raw: bytes) -> None:
            loop.run_until_complete(send(urlencode(command)))
            loop.run_until_complete(send(urlencode({"payload": json.dumps(click)})))
            loop.run_until_complete(send(raw.decode("latin-1")))

        spent = _measured(payloads)
        loop.run_until_complete(sim.pass_time(1))
        assert sim.respan.cancels == []
        loop.run_until_complete(sim.__aexit__(None, None, None))
    loop.close()
    figure(f"any signed payload: {sum(statuses_seen.values())}, {spent}")

"""Any order of events: a state machine over people, time, answers, errors, crashes."""

import asyncio
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from bot.domain.cancellation import LIVE, State
from bot.domain.request import REQUEST_MOVES, Request, RequestState
from bot.domain.schedule import UNSENT_ASKED_AGAIN
from bot.engine.runner import LEASE
from bot.sandbox.slack.sending import Delivery
from bot.transports.webhook import ENDINGS
from bot.views.unsent import WITHDRAW_ACTION as WITHDRAW
from tests.simulation import CONFIRM, DECLINE, Simulation
from tests.webhooks import SECRET

BATCHES = ["batch_a", "batch_b", "batch_c"]
PEOPLE = ["U0ANA", "U0BEN"]
CHANNELS = ["C0BATCHES", "C0PRIVATE"]
STATUSES = ["in_progress", "finalizing", "completed", "expired", "strange"]
FAULTS = ["drop_before", "drop_after", "half_body", "garbage", "wrong_types", "empty"]
CODES = [400, 401, 404, 409, 422, 429, 500, 503]
SLACK_CODES = ["internal_error", "channel_not_found", "ratelimited", "invalid_auth", "odd"]
OTHER = "whsec_" + "QSBzZWNyZXQgb2Ygc29tZWJvZHkgZWxzZSwgbm90IG91cnM="
CALLS = ["chat.postMessage", "chat.update", "response_url", "conversations.*", "*"]


class AnyOrder(RuleBasedStateMachine):
    """What people, Respan, Slack and the machine may do, in any order."""

    @initialize()
    def begin(self) -> None:
        """Start with one bot and two batches."""
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory(prefix="batch-bot-order-")
        url = f"sqlite:///{Path(self.folder.name) / 'bot.db'}"
        scopes = ("channels:history", "groups:history", "im:history")
        self.sim = Simulation(url, scopes=scopes, openai_webhook_secret=SECRET)
        self.run(self.sim.__aenter__())
        for batch_id in BATCHES:
            self.sim.respan.add_batch(batch_id, cancel_seconds=30.0)
        self.valid: dict[tuple[str, str], float] = {}
        self.withdrawn: dict[tuple[str, str], float] = {}
        self.interactions: list[Delivery] = []
        self.checked = 0

    def run(self, work: Any) -> Any:
        """Let the loop do some work."""
        return self.loop.run_until_complete(work)

    @rule(
        batch=st.sampled_from(BATCHES), user=st.sampled_from(PEOPLE), at=st.sampled_from(CHANNELS)
    )
    def ask(self, batch: str, user: str, at: str) -> None:
        """Somebody types the command."""
        self.interactions.append(self.run(self.sim.slack.command(batch, user, at)))

    @rule(
        batches=st.lists(st.sampled_from([*BATCHES, "batch_unknown"]), min_size=2, max_size=4),
        user=st.sampled_from(PEOPLE),
    )
    def ask_about_several(self, batches: list[str], user: str) -> None:
        """Somebody types the command with several ids, one perhaps twice, one of no batch."""
        self.interactions.append(self.run(self.sim.slack.command(" ".join(batches), user)))

    @rule(
        which=st.integers(0, 9),
        user=st.sampled_from(PEOPLE),
        action=st.sampled_from([CONFIRM, CONFIRM, DECLINE]),
        at=st.sampled_from(["", "", "", "C0GENERAL", "D0ANA", "D0BEN"]),
    )
    def click(self, which: int, user: str, action: str, at: str) -> None:
        """Somebody presses a button, perhaps on another's question, perhaps an old one."""
        rows = self.run(self.sim.requests())
        shown = [e for e in self.sim.slack.workspace.ephemerals if e.history or e.buttons]
        if not rows or not shown:
            return
        row: Request = rows[which % len(rows)]
        on = shown[which % len(shown)]
        channel = at or row.channel_id
        is_there = channel in {row.channel_id, f"D0{user[2:]}"}
        if action == CONFIRM and user == row.user_id and is_there:
            for target in row.open_targets:
                self.valid[target.batch_id, user] = self.sim.clock.time()
        delivery = self.run(self.sim.press(on, action, user=user, channel=channel, value=row.token))
        self.interactions.append(delivery)

    @rule(
        which=st.integers(0, 9),
        user=st.sampled_from(PEOPLE),
        at=st.sampled_from(["", "", "C0GENERAL", "D0ANA"]),
    )
    def withdraw(self, which: int, user: str, at: str) -> None:
        """Somebody presses Withdraw, perhaps on another's question, perhaps too late."""
        rows = self.run(self.sim.requests())
        shown = [e for e in self.sim.slack.workspace.ephemerals if e.history or e.buttons]
        if not rows or not shown:
            return
        row: Request = rows[which % len(rows)]
        on, channel = shown[which % len(shown)], at or row.channel_id
        press = self.sim.press(on, WITHDRAW, user=user, channel=channel, value=row.id)
        self.interactions.append(self.run(press))
        now = next(one for one in self.run(self.sim.requests()) if one.id == row.id)
        before = {c.id for c in row.own if c.state is State.WITHDRAWN}
        for c in now.own:
            if c.state is State.WITHDRAWN and c.id not in before:
                assert user == row.user_id
                self.withdrawn[c.batch_id, user] = self.sim.clock.time()

    @rule(batch=st.sampled_from(BATCHES), user=st.sampled_from(PEOPLE))
    def another_workspace_asks(self, batch: str, user: str) -> None:
        """Somebody of a workspace that is not ours types the command."""
        before = len(self.run(self.sim.requests()))
        self.interactions.append(self.run(self.sim.slack.command(batch, user, team_id="T0OTHER")))
        assert len(self.run(self.sim.requests())) == before

    @rule(which=st.integers(0, 9))
    def another_workspace_clicks(self, which: int) -> None:
        """Somebody of a workspace that is not ours presses a button of ours."""
        rows = self.run(self.sim.requests())
        shown = [e for e in self.sim.slack.workspace.ephemerals if e.history or e.buttons]
        if not rows or not shown:
            return
        row: Request = rows[which % len(rows)]
        team = {"team": {"id": "T0OTHER"}}
        where = {"user": row.user_id, "channel": row.channel_id, "value": row.token}
        press = self.sim.press(shown[which % len(shown)], CONFIRM, changes=team, **where)
        self.interactions.append(self.run(press))
        assert rows == self.run(self.sim.requests())

    @rule()
    def reads_fail_from_now_on(self) -> None:
        """Batches can't be read any more, but cancelled."""
        self.sim.respan.faults.add("retrieve", "status", times=None, code=500)

    @rule()
    def nothing_arrives_from_now_on(self) -> None:
        """Respan takes no call at all."""
        self.sim.respan.faults.add("*", "rate_limited", times=None, retry_after=20)

    @rule()
    def respan_works_again(self) -> None:
        """Everything arrives, and is answered."""
        self.sim.respan.faults.clear()

    @rule(
        batch=st.sampled_from([*BATCHES, "batch_unknown"]),
        kind=st.sampled_from([*sorted(ENDINGS), "batch.made_up"]),
        event_id=st.sampled_from(["", "wh_again"]),
    )
    def openai_says_that_it_ended(self, batch: str, kind: str, event_id: str) -> None:
        """Let a webhook arrive, true or not, perhaps for the second time."""
        assert self.run(self.sim.push(batch, kind, event_id=event_id)) == 200

    @rule(batch=st.sampled_from(BATCHES), age=st.sampled_from([0.0, 301.0, -400.0]))
    def somebody_else_says_it(self, batch: str, age: float) -> None:
        """Send a webhook that is forged or stale: it changes nothing.

        One of the future gets older on its way, on a busy machine by more than a second.
        """
        before = self.run(self.sim.requests())
        assert self.run(self.sim.push(batch, age=age, secret=SECRET if age else OTHER)) == 401
        assert self.run(self.sim.requests()) == before

    @rule(is_full=st.booleans())
    def the_list_says(self, is_full: bool) -> None:
        """Let the list say all of each batch from now on, or only what is sure."""
        self.sim.respan.list_is_full = is_full

    @rule(kind=st.sampled_from(FAULTS), code=st.sampled_from([0, 404, 405, 424, 500]))
    def the_list_fails(self, kind: str, code: int) -> None:
        """Its next pages are broken, or are not there."""
        how = ("status", {"code": code}) if code else (kind, {})
        self.sim.respan.faults.add("list", how[0], times=2, **how[1])

    @rule(which=st.integers(0, 30))
    def replay(self, which: int) -> None:
        """Send a signed request a second time, byte for byte."""
        if self.interactions:
            old = self.interactions[which % len(self.interactions)]
            self.run(self.sim.slack.post_raw(old.body.encode(), old.headers))

    @rule(seconds=st.sampled_from([0.0, 1.0, 5.0, 30.0, 700.0, 2000.0]))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.run(self.sim.pass_time(seconds))

    @rule(batch=st.sampled_from(BATCHES), status=st.sampled_from(STATUSES))
    def batch_changes(self, batch: str, status: str) -> None:
        """OpenAI does something with a batch."""
        self.sim.respan.batches[batch].status = status

    @rule(kind=st.sampled_from(FAULTS), times=st.integers(1, 3), processed=st.booleans())
    def respan_fails(self, kind: str, times: int, processed: bool) -> None:
        """Respan's next answers are broken."""
        self.sim.respan.faults.add("*", kind, times=times, processed=processed)

    @rule(code=st.sampled_from(CODES), times=st.integers(1, 3))
    def respan_refuses(self, code: int, times: int) -> None:
        """Respan answers with an error."""
        self.sim.respan.faults.add("*", "status", times=times, code=code, body={"detail": "x"})

    @rule(call=st.sampled_from(CALLS), kind=st.sampled_from(FAULTS), processed=st.booleans())
    def slack_fails(self, call: str, kind: str, processed: bool) -> None:
        """Slack's next answer is broken."""
        self.sim.slack.faults.add(call, kind, processed=processed)

    @rule(call=st.sampled_from(CALLS), code=st.sampled_from(SLACK_CODES))
    def slack_refuses(self, call: str, code: str) -> None:
        """Slack answers with an error."""
        self.sim.slack.faults.add(call, "slack_error", code=code)

    @rule(when=st.sampled_from(["before_processing", "after_answer"]))
    def crash(self, when: str) -> None:
        """Let a bot die at its next call; another one takes over."""
        if self.run(self.sim.crash(self.sim.crew[0], when)):
            self.run(self.sim.take_over())

    @rule()
    def a_second_bot_joins(self) -> None:
        """One more process works on the same database."""
        if len(self.sim.crew) < 3:
            self.run(self.sim.join())

    @invariant()
    def nothing_is_cancelled_without_a_valid_confirmation(self) -> None:
        """Each carries the name of somebody who clicked, not long ago, and took nothing back."""
        for cancel in self.sim.respan.cancels[self.checked :]:
            who = (cancel.batch_id, cancel.identifier or "")
            assert who in self.valid
            assert cancel.at - self.valid[who] <= UNSENT_ASKED_AGAIN + LEASE
            assert self.withdrawn.get(who, 0.0) <= self.valid[who]
        self.checked = len(self.sim.respan.cancels)

    @invariant()
    def one_live_row_for_each_batch(self) -> None:
        """And none has ended without a final status."""
        requests = self.run(self.sim.requests())
        rows = [c for request in requests for c in request.own]
        live = Counter(row.batch_id for row in rows if row.state in LIVE)
        assert all(count == 1 for count in live.values())
        for row in rows:
            if row.state is State.ENDED:
                assert row.batch is not None
                assert row.batch.is_final
        for request in requests:
            if request.state is RequestState.REPORTED:
                assert request.is_over

    @invariant()
    def every_message_is_there_once(self) -> None:
        """By its mark; what went to somebody directly may be there twice, for nobody can look."""
        marks = Counter(
            (m.metadata["event_payload"]["id"], m.metadata["event_payload"]["kind"])
            for m in self.sim.slack.workspace.messages
            if m.metadata and not m.channel.startswith("D")
        )
        assert all(count == 1 for count in marks.values()), marks

    def teardown(self) -> None:
        """When the faults stop, everything comes to its end and everyone has an answer."""
        if not hasattr(self, "sim"):
            return
        try:
            self.sim.slack.faults.clear()
            self.sim.respan.faults.clear()
            for batch in self.sim.respan.batches.values():
                if batch.status == "strange":
                    batch.status = "in_progress"
            self.run(self.sim.pass_time(7200))
            self.nothing_is_cancelled_without_a_valid_confirmation()
            self.every_message_is_there_once()
            left = [r.state for r in self.run(self.sim.requests()) if REQUEST_MOVES[r.state]]
            assert left == []
            assert self.run(self.sim.crew[0].stores.answers.wait_seconds()) is None
            self._everyone_has_an_answer()
        finally:
            self.run(self.sim.__aexit__(None, None, None))
            self.loop.close()
            self.folder.cleanup()

    def _everyone_has_an_answer(self) -> None:
        calls = self.sim.slack.calls("response_url")
        answered = {self.sim.slack.url + call.path for call in calls}
        direct = {m.channel for m in self.sim.slack.workspace.messages}
        for interaction in self.interactions:
            payload = interaction.payload
            user = payload.get("user_id") or payload["user"]["id"]
            record = interaction.response_url in answered or f"D0{user[2:]}" in direct
            assert record or not interaction.acked, interaction


QUICK = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking would take minutes
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.seconds(15)
def test_any_order() -> None:
    """No order of events breaks an invariant."""
    run_state_machine_as_test(AnyOrder, settings=QUICK)


@pytest.mark.chaos
def test_any_order_for_long() -> None:
    """The same for many more and longer orders."""
    run_state_machine_as_test(
        AnyOrder, settings=settings(QUICK, max_examples=300, stateful_step_count=50)
    )

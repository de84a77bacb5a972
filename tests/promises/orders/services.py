"""What OpenAI, Respan, Slack and the machine do."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from bot.transports.webhook import ENDINGS
from tests.promises.orders.stage import BATCHES, Stage
from tests.webhooks import SECRET

STATUSES = ["in_progress", "finalizing", "completed", "expired", "strange"]
FAULTS = ["drop_before", "drop_after", "half_body", "garbage", "wrong_types", "empty"]
CODES = [400, 401, 404, 409, 422, 429, 500, 503]
SLACK_CODES = ["internal_error", "channel_not_found", "ratelimited", "invalid_auth", "odd"]
OTHER = "whsec_" + "QSBzZWNyZXQgb2Ygc29tZWJvZHkgZWxzZSwgbm90IG91cnM="
CALLS = ["chat.postMessage", "chat.update", "response_url", "conversations.*", "*"]


class Services(Stage):
    """Everything that is no person."""

    @rule()
    def a_batch_begins(self) -> None:
        """One more batch runs."""
        self.begin_batch()

    @rule(batch=st.sampled_from(BATCHES), status=st.sampled_from(STATUSES))
    def batch_changes(self, batch: str, status: str) -> None:
        """OpenAI does something with a batch."""
        if batch in self.sim.respan.batches:
            self.sim.respan.batches[batch].status = status

    @rule(batch=st.sampled_from(BATCHES), requests=st.sampled_from([5, 25, 80]))
    def batch_runs_on(self, batch: str, requests: int) -> None:
        """OpenAI works on a batch."""
        if batch in self.sim.respan.batches:
            self.sim.respan.batches[batch].completed += requests

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
        before = self.requests()
        assert self.run(self.sim.push(batch, age=age, secret=SECRET if age else OTHER)) == 401
        assert self.requests() == before

    @rule(is_full=st.booleans())
    def the_list_says(self, *, is_full: bool) -> None:
        """Let the list say all of each batch from now on, or only what is sure."""
        self.sim.respan.list_is_full = is_full

    @rule(
        kind=st.sampled_from(FAULTS),
        code=st.sampled_from([0, 404, 405, 424, 500]),
        times=st.sampled_from([1, 2, 9]),
    )
    def the_list_fails(self, kind: str, code: int, times: int) -> None:
        """Its next pages are broken, or are not there."""
        how = ("status", {"code": code}) if code else (kind, {})
        self.sim.respan.faults.add("list", how[0], times=times, **how[1])

    @rule(kind=st.sampled_from(FAULTS), times=st.integers(1, 3), processed=st.booleans())
    def respan_fails(self, kind: str, times: int, *, processed: bool) -> None:
        """Respan's next answers are broken."""
        self.sim.respan.faults.add("*", kind, times=times, processed=processed)

    @rule(code=st.sampled_from(CODES), times=st.integers(1, 3))
    def respan_refuses(self, code: int, times: int) -> None:
        """Respan answers with an error."""
        self.sim.respan.faults.add("*", "status", times=times, code=code, body={"detail": "x"})

    @rule(call=st.sampled_from(CALLS), kind=st.sampled_from(FAULTS), processed=st.booleans())
    def slack_fails(self, call: str, kind: str, *, processed: bool) -> None:
        """Slack's next answer is broken."""
        self.troubled = True
        self.sim.slack.faults.add(call, kind, processed=processed)

    @rule(call=st.sampled_from(CALLS), code=st.sampled_from(SLACK_CODES))
    def slack_refuses(self, call: str, code: str) -> None:
        """Slack answers with an error."""
        self.troubled = True
        self.sim.slack.faults.add(call, "slack_error", code=code)

    @rule(when=st.sampled_from(["before_processing", "after_answer"]))
    def crash(self, when: str) -> None:
        """Let a bot die at its next call; another one takes over."""
        self.troubled = True
        if self.run(self.sim.crash(self.sim.crew[0], when)):
            self.run(self.sim.take_over())

    @rule()
    def a_second_bot_joins(self) -> None:
        """One more process works on the same database."""
        if len(self.sim.crew) < 3:
            self.run(self.sim.join())

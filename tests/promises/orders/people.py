"""What people do with questions: ask, confirm, withdraw, press old buttons, come from elsewhere."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from bot.domain.cancellation import State
from bot.domain.request import Request, RequestState
from bot.views.unsent import WITHDRAW_ACTION as WITHDRAW
from tests.promises.orders.stage import BATCHES, CHANNELS, PEOPLE, Stage
from tests.simulation import CONFIRM, DECLINE


class People(Stage):
    """Whoever knows an id."""

    @rule(
        batch=st.sampled_from(BATCHES), user=st.sampled_from(PEOPLE), at=st.sampled_from(CHANNELS)
    )
    def ask(self, batch: str, user: str, at: str) -> None:
        """Somebody types the command."""
        self.note(self.run(self.sim.slack.command(batch, user, at)))

    @rule(
        batches=st.lists(st.sampled_from([*BATCHES, "batch_unknown"]), min_size=2, max_size=4),
        user=st.sampled_from(PEOPLE),
    )
    def ask_about_several(self, batches: list[str], user: str) -> None:
        """Somebody types the command with several ids, one perhaps twice, one of no batch."""
        self.note(self.run(self.sim.slack.command(" ".join(batches), user)))

    @rule(
        batches=st.lists(st.sampled_from(BATCHES), min_size=1, max_size=3),
        user=st.sampled_from(PEOPLE),
        runs_on=st.integers(0, 30),
    )
    def ask_and_confirm(self, batches: list[str], user: str, runs_on: int) -> None:
        """Somebody asks and confirms; the first batch runs on in between, much or little."""
        self.note(self.run(self.sim.slack.command(" ".join(batches), user)))
        self.run(self.sim.pass_time())
        self._run_on(batches[0], runs_on)
        self.confirm_newest(user)

    def _run_on(self, batch: str, requests: int) -> None:
        if batch in self.sim.respan.batches:
            self.sim.respan.batches[batch].completed += requests

    def confirm_newest(self, user: str) -> None:
        """Press Cancel batch in the newest question of a person, where there is one."""
        row = self.newest(user, RequestState.ASKED)
        shown = [e for e in self.private_messages() if e.user == user]
        if row is not None and shown:
            self.confirm(shown[-1], user, row.channel_id, row.token)

    @rule(
        which=st.integers(0, 19),
        user=st.sampled_from(PEOPLE),
        action=st.sampled_from([CONFIRM, CONFIRM, DECLINE]),
        at=st.sampled_from(["", "", "", "C0GENERAL", "D0ANA", "D0BEN"]),
    )
    def click(self, which: int, user: str, action: str, at: str) -> None:
        """Somebody presses a button, perhaps on another's question, perhaps an old one."""
        rows = {row.id: row for row in self.requests()}
        shown = self.private_messages()
        if not rows or not shown:
            return
        token, request_id = [*self.tokens.items()][which % len(self.tokens)]
        on, channel = shown[which % len(shown)], at or rows[request_id].channel_id
        if action == CONFIRM:
            self.confirm(on, user, channel, token)
        else:
            press = self.sim.press(on, action, user=user, channel=channel, value=token)
            self.note(self.run(press))

    @rule(
        which=st.integers(0, 9),
        user=st.sampled_from(PEOPLE),
        at=st.sampled_from(["", "", "C0GENERAL", "D0ANA"]),
    )
    def withdraw(self, which: int, user: str, at: str) -> None:
        """Somebody presses Withdraw, perhaps on another's question, perhaps too late."""
        rows, shown = self.requests(), self.private_messages()
        if not rows or not shown:
            return
        row: Request = rows[which % len(rows)]
        on, channel = shown[which % len(shown)], at or row.channel_id
        press = self.sim.press(on, WITHDRAW, user=user, channel=channel, value=row.id)
        self.note(self.run(press))
        now = next(one for one in self.requests() if one.id == row.id)
        before = {c.id for c in row.own if c.state is State.WITHDRAWN}
        for c in now.own:
            if c.state is State.WITHDRAWN and c.id not in before:
                assert user == row.user_id
                self._take_back(row.id, c.batch_id, user)

    def _take_back(self, request_id: str, batch: str, user: str) -> None:
        """Count a confirmation no more."""
        given = self.confirmed[batch, user]
        self.confirmed[batch, user] = [one for one in given if one.request_id != request_id]

    @rule(
        text=st.sampled_from([*BATCHES[:2], "", "status", "history"]), user=st.sampled_from(PEOPLE)
    )
    def another_workspace_asks(self, text: str, user: str) -> None:
        """Somebody of a workspace that is not ours types the command."""
        before = len(self.requests())
        self.note(self.run(self.sim.slack.command(text, user, team_id="T0OTHER")))
        assert len(self.requests()) == before

    @rule(which=st.integers(0, 9))
    def another_workspace_clicks(self, which: int) -> None:
        """Somebody of a workspace that is not ours presses a button of ours."""
        rows, shown = self.requests(), self.private_messages()
        if not rows or not shown:
            return
        row: Request = rows[which % len(rows)]
        team = {"team": {"id": "T0OTHER"}}
        where = {"user": row.user_id, "channel": row.channel_id, "value": row.token}
        press = self.sim.press(shown[which % len(shown)], CONFIRM, changes=team, **where)
        self.note(self.run(press))
        assert rows == self.requests()

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

"""What people do who know no id, or only look: pick from the list, status, history, alerts."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from bot.domain.request import Request, RequestState
from bot.views.follow import TELL_ACTION as TELL
from bot.views.picker import PICK_ACTION, REVIEW_ACTION
from tests.promises.orders.people import People
from tests.promises.orders.stage import BATCHES, CHANNELS, PEOPLE

MORE_THAN_ENOUGH = [f"batch_{number:02}" for number in range(21)]
LOOKS = ["status", "status batch_a", "status batch_a batch_b batch_unknown"]
HISTORY = ["history", "history me", "history batch_a", "history ana", "history U0BEN", "help"]
TOLD_MEANWHILE = ["", "", "it ends", "much runs", "somebody cancels it", "it can't be read"]


class Onlookers(People):
    """Whoever looks first."""

    @rule(
        words=st.sampled_from(["", "", "gpt batch", "nothing_like_it"]),
        user=st.sampled_from(PEOPLE),
        at=st.sampled_from(CHANNELS),
    )
    def read_the_list(self, words: str, user: str, at: str) -> None:
        """Somebody types the command alone, or with words that filter."""
        self.note(self.run(self.sim.slack.command(words, user, at)))

    @rule(
        which=st.integers(0, 9),
        user=st.sampled_from(["", "", *PEOPLE]),
        chosen=st.sampled_from(
            [
                [],
                BATCHES[:1],
                BATCHES[:3],
                ["batch_unknown"],
                MORE_THAN_ENOUGH,
                MORE_THAN_ENOUGH[1:],
            ]
        ),
        times=st.integers(1, 2),
    )
    def review(self, which: int, user: str, chosen: list[str], times: int) -> None:
        """Somebody presses Review, perhaps twice, on any list of anybody, also an old one."""
        lists = [r for r in self.requests() if r.replaces or r.state is RequestState.PICKING]
        if lists:
            row = lists[which % len(lists)]
            for _ in range(times):
                self._press_review(row, user or row.user_id, chosen)

    def _press_review(self, row: Request, user: str, chosen: list[str]) -> None:
        """Press Review; a menu lets nobody choose 21, a forged click may have them."""
        shown = self.private_messages()
        if not shown:
            return
        options = [{"value": batch_id} for batch_id in chosen]
        state = {"values": {"b1": {PICK_ACTION: {"selected_options": options}}}}
        where: dict[str, Any] = {"user": user, "channel": row.channel_id, "value": row.token}
        press = self.sim.press(shown[-1], REVIEW_ACTION, changes={"state": state}, **where)
        self.note(self.run(press))

    @rule(
        user=st.sampled_from(PEOPLE),
        chosen=st.lists(st.sampled_from(BATCHES), min_size=1, max_size=3, unique=True),
        before=st.sampled_from(TOLD_MEANWHILE),
        after=st.sampled_from(TOLD_MEANWHILE),
    )
    def pick(self, user: str, chosen: list[str], before: str, after: str) -> None:
        """Somebody goes all the way; something happens before the question and before the click."""
        self.note(self.run(self.sim.slack.command("", user)))
        self.run(self.sim.pass_time())
        row = self.newest(user, RequestState.PICKING)
        if row is None:
            return
        self._meanwhile(before, chosen[0])
        self._press_review(row, user, chosen)
        self.run(self.sim.pass_time())
        self._meanwhile(after, chosen[-1])
        self.confirm_newest(user)

    def _meanwhile(self, what: str, batch: str) -> None:
        """Let something happen to a batch that somebody looks at."""
        one = self.sim.respan.batches.get(batch)
        if one is None:
            return
        match what:
            case "it ends":
                one.status = "completed"
            case "much runs":
                one.completed += 25
            case "somebody cancels it":
                self.note(self.run(self.sim.slack.command(batch, "U0BEN")))
                self.run(self.sim.pass_time())
                self.confirm_newest("U0BEN")
            case "it can't be read":
                self.sim.respan.faults.add("retrieve", "status", times=2, code=500)

    @rule(
        text=st.sampled_from([*LOOKS, *HISTORY]),
        user=st.sampled_from(PEOPLE),
        at=st.sampled_from(CHANNELS),
    )
    def look(self, text: str, user: str, at: str) -> None:
        """Somebody looks how batches stand, or what was cancelled."""
        self.note(self.run(self.sim.slack.command(text, user, at)))

    @rule(batch=st.sampled_from(BATCHES), user=st.sampled_from(PEOPLE), times=st.integers(0, 2))
    def ask_and_follow(self, batch: str, user: str, times: int) -> None:
        """Somebody asks about a batch and presses Tell me too, perhaps twice."""
        self.note(self.run(self.sim.slack.command(batch, user)))
        self.run(self.sim.pass_time())
        shown = [e for e in self.sim.slack.workspace.private(user) if e.buttons]
        offers = [e for e in shown if any(b["action_id"] == TELL for b in e.buttons)]
        for on in offers[-1:] * times:
            self.note(self.run(self.sim.press(on, TELL)))

    @rule(
        which=st.integers(0, 9),
        user=st.sampled_from(["", "", *PEOPLE]),
        at=st.sampled_from(["", "", "C0GENERAL", "D0ANA"]),
    )
    def follow(self, which: int, user: str, at: str) -> None:
        """Somebody presses Tell me too, on whatever request."""
        rows, shown = self.requests(), self.private_messages()
        if not rows or not shown:
            return
        row = rows[which % len(rows)]
        where = {"user": user or row.user_id, "channel": at or row.channel_id, "value": row.id}
        self.note(self.run(self.sim.press(shown[which % len(shown)], TELL, **where)))

    @rule(
        batches=st.lists(st.sampled_from(BATCHES), max_size=2),
        user=st.sampled_from(PEOPLE),
        at=st.sampled_from(CHANNELS),
        confirms=st.booleans(),
        vanishes=st.booleans(),
    )
    def act_on_an_alert(
        self, batches: list[str], user: str, at: str, *, confirms: bool, vanishes: bool
    ) -> None:
        """Somebody uses the shortcut of a message, which may be deleted then."""
        on = self.sim.slack.workspace.alert(f"too dear: {' '.join(batches)}", at)
        self.note(self.run(self.sim.shortcut(on, user=user)))
        if confirms:
            self.run(self.sim.pass_time())
            self.confirm_newest(user)
        if vanishes:
            self.sim.slack.workspace.messages.remove(on)

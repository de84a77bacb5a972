"""Who must agree and does or doesn't, who takes it back, and who may no more: at any moment."""

from dataclasses import dataclass
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import rule

from bot.domain.approval import value_of
from bot.domain.cancellation import State
from bot.domain.request import Request, RequestState
from bot.sandbox.slack.workspace import Person, SandboxMessage
from bot.views.approval import APPROVE_ACTION as APPROVE
from bot.views.approval import DISAPPROVE_ACTION as DISAPPROVE
from bot.views.undo import NOW_ACTION as CANCEL_NOW
from bot.views.undo import UNDO_ACTION as UNDO
from tests.promises.orders.endings import check_cancel_calls
from tests.promises.orders.onlookers import Onlookers
from tests.promises.orders.stage import BATCHES, Confirmed

THRESHOLD = 60
"""Requests that have not run: a fresh batch has more, one that ran on a little has fewer."""

UNDO_SECONDS = 10
GROUP = "S0ENGINEERS"
MEMBERS = ["U0ANA", "U0BEN", "U0DAN"]
NEVER = ["U0CLEO", "U0EVE", "U0ROBOT"]
"""A guest, somebody of another organization, a bot: all of them in the group."""

MEANWHILE = [
    *("", "", "", "it runs on", "undo", "now"),
    *("asker leaves", "asker is a guest", "approver leaves", "approver is gone"),
]

KEPT_FOR = 300.0
"""Seconds for which the bot may believe what Slack said, while Slack does not answer."""


@dataclass(frozen=True, slots=True)
class Way:
    """Who asks, who agrees, and what happens at each point; a small batch needs nobody else."""

    people: tuple[str, ...]
    is_small: bool
    before_click: str
    before_approval: str
    before_call: str


WAYS = st.builds(
    Way,
    people=st.permutations(MEMBERS).map(tuple),
    before_click=st.sampled_from(MEANWHILE),
    before_approval=st.sampled_from(MEANWHILE),
    before_call=st.sampled_from(MEANWHILE),
)


class Deciders(Onlookers):
    """The second person, and whoever changes what somebody may."""

    more: ClassVar[dict[str, Any]] = {
        "approval_over_requests": THRESHOLD,
        "allowed_usergroups": frozenset({GROUP}),
        "undo_seconds": UNDO_SECONDS,
    }

    def people_come(self) -> None:
        """Let there be one of each kind."""
        self.sim.slack.scopes.add("usergroups:read")
        self.people = self.sim.slack.workspace.people
        for person in (
            Person("U0DAN", "dan", "Dan Roy"),
            Person("U0EVE", "eve", "Eve Stern", stranger=True),
            Person("U0ROBOT", "robot", "Robot", bot=True),
        ):
            self.people[person.id] = person
        self.group = [*MEMBERS, *NEVER]
        self.sim.slack.workspace.usergroups[GROUP] = self.group
        self.off_since: dict[str, float] = {}
        self.sent: set[str] = set()
        self.hurried: set[str] = set()

    # Who may ------------------------------------------------------------------------------------

    @rule(user=st.sampled_from(MEMBERS), how=st.sampled_from(["group", "guest", "deactivated"]))
    def is_taken_off(self, user: str, how: str) -> None:
        """Somebody may no more, whatever they have begun."""
        match how:
            case "group":
                self.sim.slack.workspace.usergroups[GROUP] = [
                    one for one in self.sim.slack.workspace.usergroups[GROUP] if one != user
                ]
            case "guest":
                self.people[user].guest = True
            case "deactivated":
                self.people[user].deleted = True
        self.off_since.setdefault(user, self.sim.clock.time())

    @rule(user=st.sampled_from(MEMBERS))
    def may_again(self, user: str) -> None:
        """Somebody may again."""
        if user in self.off_since:
            self.people[user].guest = self.people[user].deleted = False
            self.sim.slack.workspace.usergroups[GROUP].append(user)
            del self.off_since[user]

    @rule(user=st.sampled_from(NEVER), batch=st.sampled_from([*BATCHES[:3], "", "status"]))
    def somebody_who_never_may_asks(self, user: str, batch: str) -> None:
        """Let a guest, a stranger or a bot type the command."""
        self.note(self.run(self.sim.slack.command(batch, user)))

    def may(self, user: str) -> bool:
        """Return whether somebody may now, or might while Slack does not answer."""
        off = self.off_since.get(user)
        since = None if off is None else self.sim.clock.time() - off
        return user in MEMBERS and (since is None or (self.troubled and since < KEPT_FOR))

    # Who agrees ---------------------------------------------------------------------------------

    def count(self, row: Request, approved_by: str | None = None) -> None:
        """Note a click on Cancel batch; where a second person must agree, it only asks for that."""
        left = [None if t.batch is None else t.batch.counts for t in row.open_targets]
        is_known = all(counts is not None for counts in left)
        not_run = sum(counts.not_run for counts in left if counts is not None)
        if approved_by is None and (not is_known or not_run > THRESHOLD):
            self.sent.add(row.id)
        else:
            super().count(row, approved_by)

    @rule(
        which=st.integers(0, 9),
        user=st.sampled_from([*MEMBERS, *MEMBERS, *NEVER]),
        action=st.sampled_from([APPROVE, APPROVE, DISAPPROVE]),
        stale=st.booleans(),
        times=st.integers(1, 2),
    )
    def decide(self, which: int, user: str, action: str, times: int, *, stale: bool) -> None:
        """Somebody presses a button of a request in the channel, perhaps of an older form."""
        rows = [r for r in self.requests() if r.id in self.sent]
        if rows:
            row = rows[which % len(rows)]
            for _ in range(times):
                self._press(row, user, action, f"{row.id}.0" if stale else value_of(row))

    @rule(ways=st.lists(WAYS, min_size=1, max_size=4))
    def go_the_whole_way(self, ways: list[Way]) -> None:
        """Somebody asks about a new batch, and another one agrees, again and again."""
        for way in ways:
            self._go(way)
            check_cancel_calls(self)  # the next one may take somebody off who might until now

    def _go(self, way: Way) -> None:
        """Let something happen to one of the two, or to the batch, at every point."""
        asker, approver, _ = way.people
        self.may_again(asker)
        self.may_again(approver)
        batch = f"batch_way_{len(self.sim.respan.batches)}"
        self.sim.respan.add_batch(batch, completed=70 if way.is_small else 0, cancel_seconds=5.0)
        self.note(self.run(self.sim.slack.command(batch, asker)))
        self.run(self.sim.pass_time())
        self._meanwhile_to(batch, way.before_click, asker, approver)
        self.confirm_newest(asker)
        self.run(self.sim.pass_time())
        self._meanwhile_to(batch, way.before_approval, asker, approver)
        waiting = [r for r in self.requests() if r.state is RequestState.NEEDS_APPROVAL]
        for row in waiting[-1:]:
            self._press(row, approver, APPROVE, value_of(row))
        self._meanwhile_to(batch, way.before_call, asker, approver)
        self.run(self.sim.pass_time(UNDO_SECONDS + 1))

    def _meanwhile_to(self, batch: str, what: str, asker: str, approver: str) -> None:
        """Let something happen that counts for what comes then."""
        match what:
            case "it runs on":
                self.sim.respan.batches[batch].completed += 25
            case "asker leaves" | "asker is a guest":
                self.is_taken_off(asker, "group" if what == "asker leaves" else "guest")
            case "approver leaves" | "approver is gone":
                self.is_taken_off(approver, "group" if what == "approver leaves" else "deactivated")
            case "undo" | "now":
                self._press_on_newest(asker, UNDO if what == "undo" else CANCEL_NOW)

    def _press_on_newest(self, user: str, action: str) -> None:
        row = self.newest(user, RequestState.CONFIRMED)
        if row is not None:
            self._undo_or_hurry(row, user, row.channel_id, action, -1)

    def _press(self, row: Request, user: str, action: str, value: str) -> None:
        row = next(r for r in self.requests() if r.id == row.id)
        on = self._message_of(row)
        if on is None:
            return
        in_time = row.expires_at is not None and self.sim.clock.time() < row.expires_at
        is_current = row.state is RequestState.NEEDS_APPROVAL and value == value_of(row) and in_time
        if action == APPROVE and is_current and user != row.user_id and self.may(user):
            self.count(row, user)
        self.note(self.run(self.sim.press(on, action, user=user, value=value)))

    def _message_of(self, row: Request) -> SandboxMessage | None:
        post = row.announcement
        if post.channel is None or post.ts is None:
            return None
        return self.sim.slack.workspace.find(post.channel, post.ts)

    def explains(self, one: Confirmed, at: float) -> bool:
        """Return whether who asked may now, who agreed too, and the undo window is over."""
        if one.approved_by is not None:
            return self.may(one.approved_by)
        return one.request_id in self.hurried or at >= one.at + UNDO_SECONDS

    # Who takes it back --------------------------------------------------------------------------

    @rule(
        which=st.integers(0, 9),
        user=st.sampled_from(["", "", *MEMBERS]),
        action=st.sampled_from([UNDO, CANCEL_NOW]),
        at=st.sampled_from(["", "", "C0GENERAL"]),
    )
    def undo_or_hurry(self, which: int, user: str, action: str, at: str) -> None:
        """Somebody presses Undo or Cancel now, perhaps on another's request, perhaps too late."""
        rows, shown = self.requests(), self.private_messages()
        if not rows or not shown:
            return
        row = rows[which % len(rows)]
        where = at or row.channel_id
        self._undo_or_hurry(row, user or row.user_id, where, action, which)

    def _undo_or_hurry(self, row: Request, who: str, where: str, action: str, which: int) -> None:
        shown = self.private_messages()
        if action == CANCEL_NOW and who == row.user_id and where == row.channel_id:
            self.hurried.add(row.id)
        on = shown[which % len(shown)]
        self.note(self.run(self.sim.press(on, action, user=who, channel=where, value=row.id)))
        before = {c.id for c in row.own if c.state is State.WITHDRAWN}
        now = next(one for one in self.requests() if one.id == row.id)
        for c in now.own:
            if c.state is State.WITHDRAWN and c.id not in before:
                assert who == row.user_id
                self._take_back(row.id, c.batch_id, who)

"""The stage of any order of events: the bot, its batches, and what people did so far."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from hypothesis.stateful import RuleBasedStateMachine, initialize

from bot.domain.request import Request, RequestState
from bot.sandbox.slack.sending import Delivery
from bot.sandbox.slack.workspace import Ephemeral
from tests.simulation import CONFIRM, Simulation
from tests.webhooks import SECRET

BATCHES = [f"batch_{name}" for name in "abcdef"]
"""The first three run from the beginning; Respan knows of the others when they begin."""

PEOPLE = ["U0ANA", "U0BEN", "U0CLEO"]
CHANNELS = ["C0BATCHES", "C0PRIVATE"]
SCOPES = ("channels:history", "groups:history", "im:history")


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A click on Cancel batch that counts for one batch: what was shown, and when it was clicked.

    Where a second person has to agree it is their click on Approve, `approved_by` them. `calls` is
    how many calls Respan had got by then, `ran` how many requests of `total` were shown to have
    run, None where no numbers were shown.
    """

    request_id: str
    at: float
    calls: int
    ran: int | None
    total: int
    after_change: bool
    approved_by: str | None = None


class Stage(RuleBasedStateMachine):
    """What the actors share. `more` are the bot's settings beside the usual ones."""

    more: ClassVar[dict[str, Any]] = {}

    @classmethod
    def new_database(cls, folder: Path) -> str:
        """Return the URL of an empty database, which may be a file in that folder."""
        return f"sqlite:///{folder / 'bot.db'}"

    @initialize()
    def begin(self) -> None:
        """Start with one bot and three batches."""
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory(prefix="batch-bot-order-")
        url = self.new_database(Path(self.folder.name))
        self.sim = Simulation(url, scopes=SCOPES, openai_webhook_secret=SECRET, **self.more)
        self.run(self.sim.__aenter__())
        self.begun = 0
        for _ in range(3):
            self.begin_batch()
        self.confirmed: dict[tuple[str, str], list[Confirmed]] = {}
        self.interactions: list[Delivery] = []
        self.tokens: dict[str, str] = {}
        self.checked = 0
        self.troubled = False
        self.people_come()

    def people_come(self) -> None:
        """Let those be there who are of use to the actors: the usual ones will do."""

    def begin_batch(self) -> None:
        """Let the next batch begin to run, where there is one."""
        if self.begun < len(BATCHES):
            ends_as = ["cancelled", "cancelled", "completed"][self.begun % 3]
            self.sim.respan.add_batch(BATCHES[self.begun], cancel_seconds=30.0, ends_as=ends_as)
            self.begun += 1

    def let_all_batches_be_known(self) -> None:
        """Let every batch exist, in a status that Respan documents.

        One that may have been asked to be cancelled, and is not there then, is given up after two
        days.
        """
        for _ in BATCHES:
            self.begin_batch()
        for batch in self.sim.respan.batches.values():
            if batch.status == "strange":
                batch.status = "in_progress"

    def run(self, work: Any) -> Any:
        """Let the loop do some work."""
        return self.loop.run_until_complete(work)

    def note(self, interaction: Delivery) -> None:
        """Remember what somebody did, who is to have an answer in the end."""
        self.interactions.append(interaction)

    def requests(self) -> list[Request]:
        """Return every request, oldest first; each token that was ever valid is remembered."""
        found: list[Request] = self.run(self.sim.requests())
        self.tokens |= {request.token: request.id for request in found}
        return found

    def newest(self, user: str, *states: RequestState) -> Request | None:
        """Return a person's newest request in one of these states that they have been shown."""
        theirs = (r for r in self.requests() if r.user_id == user and r.shown_at is not None)
        return next((r for r in reversed([*theirs]) if r.state in states), None)

    def private_messages(self) -> list[Ephemeral]:
        """Return the messages on which somebody may press something."""
        return [e for e in self.sim.slack.workspace.ephemerals if e.history or e.buttons]

    def confirm(self, on: Ephemeral, user: str, channel: str, token: str) -> None:
        """Press Cancel batch, with any token; note for which batches that counts."""
        row = next((r for r in self.requests() if r.token == token), None)
        if row is not None and self._counts(row, user, channel):
            self.count(row)
        press = self.sim.press(on, CONFIRM, user=user, channel=channel, value=token)
        self.note(self.run(press))

    def count(self, row: Request, approved_by: str | None = None) -> None:
        """Note that a request's batches may be cancelled, as they were shown."""
        for target in row.open_targets:
            counts = None if target.batch is None else target.batch.counts
            ran = None if counts is None else counts.total - counts.not_run
            confirmed = Confirmed(
                request_id=row.id,
                at=self.sim.clock.time(),
                calls=len(self.sim.respan.exchanges),
                ran=ran,
                total=0 if counts is None else counts.total,
                after_change=row.after_change,
                approved_by=approved_by,
            )
            self.confirmed.setdefault((target.batch_id, row.user_id), []).append(confirmed)

    def explains(self, one: Confirmed, at: float) -> bool:
        """Return whether a click may have led to a call at that time; others ask for more."""
        del one, at
        return True

    def _counts(self, row: Request, user: str, channel: str) -> bool:
        """Return whether a click is the valid answer of the one who was asked, there, in time.

        Nobody but the two is in a direct conversation, whose id the bot need not know.
        """
        is_open = row.state is RequestState.ASKED and row.shown_at is not None
        is_there = channel == row.channel_id or channel.startswith("D")
        in_time = row.expires_at is not None and self.sim.clock.time() < row.expires_at
        return is_open and is_there and in_time and user == row.user_id

"""Any order of events: a state machine over people, time, answers, errors, crashes."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from tests.databases import empty
from tests.promises.orders.endings import check_cancel_calls, check_end, check_messages, check_rows
from tests.promises.orders.onlookers import Onlookers
from tests.promises.orders.services import Services


class AnyOrder(Onlookers, Services):
    """What people, Respan, Slack and the machine may do, in any order."""

    @invariant()
    def nothing_is_cancelled_without_a_valid_confirmation(self) -> None:
        """Each carries the name of somebody who clicked on these numbers, and not long ago."""
        check_cancel_calls(self)

    @invariant()
    def one_live_row_for_each_batch(self) -> None:
        """And none has ended without a final status."""
        check_rows(self)

    @invariant()
    def every_message_is_there_once(self) -> None:
        """By its mark."""
        check_messages(self)

    def teardown(self) -> None:
        """When the faults stop, everything comes to its end and everyone has an answer."""
        if not hasattr(self, "sim"):
            return
        try:
            self.sim.slack.faults.clear()
            self.sim.respan.faults.clear()
            self.let_all_batches_be_known()
            self.run(self.sim.pass_time(7200))
            check_cancel_calls(self)
            check_messages(self)
            check_end(self)
        finally:
            self.run(self.sim.__aexit__(None, None, None))
            self.loop.close()
            self.folder.cleanup()


QUICK = settings(
    max_examples=10,
    stateful_step_count=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking would take minutes
    suppress_health_check=list(HealthCheck),
)
LONG = settings(QUICK, max_examples=300, stateful_step_count=50)


@pytest.mark.seconds(15)
def test_any_order() -> None:
    """No order of events breaks an invariant."""
    run_state_machine_as_test(AnyOrder, settings=QUICK)


@pytest.mark.chaos
def test_any_order_for_long() -> None:
    """The same for many more and longer orders."""
    run_state_machine_as_test(AnyOrder, settings=LONG)


@pytest.mark.chaos
def test_any_order_on_postgresql(kept_postgres: str) -> None:
    """The same on PostgreSQL, for fewer."""

    class OnPostgresql(AnyOrder):
        @classmethod
        def new_database(cls, folder: Path) -> str:
            del folder
            empty(kept_postgres)
            return kept_postgres

    run_state_machine_as_test(OnPostgresql, settings=settings(LONG, max_examples=100))

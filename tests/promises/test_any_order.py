"""Any order of events: a state machine over people, time, answers, errors, crashes."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from tests.databases import empty
from tests.promises.orders.deciders import Deciders
from tests.promises.orders.endings import check_cancel_calls, check_end, check_messages, check_rows
from tests.promises.orders.onlookers import Onlookers
from tests.promises.orders.recorded import check_audit
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
            check_audit(self)
            check_end(self)
        finally:
            self.run(self.sim.__aexit__(None, None, None))
            self.loop.close()
            self.folder.cleanup()


class AnyOrderOfTwo(Deciders, AnyOrder):
    """The same where a second person must agree, and what was confirmed can be undone."""


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


@pytest.mark.seconds(20)
def test_any_order_with_a_second_person() -> None:
    """No order of events sends what a second person has not agreed to, or who may no more."""
    run_state_machine_as_test(AnyOrderOfTwo, settings=QUICK)


@pytest.mark.chaos
@pytest.mark.parametrize("machine", [AnyOrder, AnyOrderOfTwo])
def test_any_order_for_long(machine: type[AnyOrder]) -> None:
    """The same for many more and longer orders."""
    run_state_machine_as_test(machine, settings=LONG)


@pytest.mark.chaos
@pytest.mark.parametrize("machine", [AnyOrder, AnyOrderOfTwo])
def test_any_order_on_postgresql(kept_postgres: str, machine: type[AnyOrder]) -> None:
    """The same on PostgreSQL, for fewer."""

    class OnPostgresql(machine):  # type: ignore[misc, valid-type]  # a machine of each kind
        @classmethod
        def new_database(cls, folder: Path) -> str:
            del folder
            empty(kept_postgres)
            return kept_postgres

    run_state_machine_as_test(OnPostgresql, settings=settings(LONG, max_examples=100))

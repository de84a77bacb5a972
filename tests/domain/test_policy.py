"""Who may, and who must agree."""

import pytest

from bot.domain.policy import Allowed, Case, Denied, Moment, Person, Policy, Role, may
from bot.domain.refusal import Refusal

ANA, BEN = frozenset({"U0ANA"}), frozenset({"U0BEN"})
HERE, GROUP = frozenset({"C0BATCHES"}), frozenset({"S0ML"})


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy(), None),
        (Policy(users=ANA), None),
        (Policy(users=BEN), Refusal.NOT_ALLOWED),
        (Policy(users=BEN, usergroups=GROUP), None),
        (Policy(usergroups=GROUP), None),
        (Policy(channels=HERE), None),
        (Policy(channels=frozenset({"C0GENERAL"})), Refusal.WRONG_CHANNEL),
        (Policy(users=BEN, channels=frozenset({"C0GENERAL"})), Refusal.WRONG_CHANNEL),
    ],
)
def test_who_was_not_read(policy: Policy, expected: Refusal | None) -> None:
    """What only Slack can tell denies nobody before it was asked."""
    verdict = may(policy, Moment.COMMAND, Case(Person("U0ANA"), "C0BATCHES"))
    assert verdict == (Allowed() if expected is None else Denied(expected))


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy(), frozenset()),
        (Policy(users=BEN), frozenset()),
        (Policy(usergroups=GROUP), GROUP),
        (Policy(users=BEN, usergroups=GROUP), GROUP),
        (Policy(users=ANA, usergroups=GROUP), frozenset()),
    ],
)
def test_when_groups_decide(policy: Policy, expected: frozenset[str]) -> None:
    """Slack is asked only for people whom the list of users doesn't allow already."""
    assert policy.groups_for("U0ANA", Role.ASKER) == expected

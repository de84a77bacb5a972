"""Who may ask and confirm, and where."""

import pytest

from bot.domain.permissions import Denial, Permissions

ANA, BEN = frozenset({"U0ANA"}), frozenset({"U0BEN"})
HERE, GROUP = frozenset({"C0BATCHES"}), frozenset({"S0ML"})


def test_nobody_is_named_at_first() -> None:
    """What is not set is an empty list."""
    assert Permissions() == Permissions(frozenset(), frozenset(), frozenset())


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        (Permissions(), None),
        (Permissions(users=ANA), None),
        (Permissions(users=BEN), Denial.PERSON),
        (Permissions(users=BEN, usergroups=GROUP), None),
        (Permissions(usergroups=GROUP), None),
        (Permissions(channels=HERE), None),
        (Permissions(channels=frozenset({"C0GENERAL"})), Denial.CHANNEL),
        (Permissions(users=BEN, channels=frozenset({"C0GENERAL"})), Denial.CHANNEL),
    ],
)
def test_denials(permissions: Permissions, expected: Denial | None) -> None:
    """An empty list allows all; groups may still allow whom the list of users doesn't."""
    assert permissions.denial("U0ANA", "C0BATCHES") is expected


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        (Permissions(), False),
        (Permissions(users=BEN), False),
        (Permissions(usergroups=GROUP), True),
        (Permissions(users=BEN, usergroups=GROUP), True),
        (Permissions(users=ANA, usergroups=GROUP), False),
    ],
)
def test_when_groups_decide(permissions: Permissions, expected: bool) -> None:
    """Slack is asked only for people whom the list of users doesn't allow already."""
    assert permissions.depends_on_groups("U0ANA") is expected

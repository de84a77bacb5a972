"""What the administrator reads about who may."""

import pytest

from bot.domain.policy import Policy
from bot.views.who_may import env_file_is_open, who_agrees, who_may

EVERYONE = (
    "every full member of the workspace, no guest, bot or person of another organization"
    " (ALLOWED_USERS, ALLOWED_USERGROUPS)"
)
ANYWHERE = "in every channel (ALLOWED_CHANNELS)"


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (Policy(), f"{EVERYONE}; {ANYWHERE}"),
        (Policy(users=frozenset({"U2", "U1"})), f"U1, U2; {ANYWHERE}"),
        (Policy(usergroups=frozenset({"S1"})), f"the full members of S1; {ANYWHERE}"),
        (
            Policy(frozenset({"U1"}), frozenset({"S1"}), frozenset({"C2", "C1"})),
            "U1, the full members of S1; in C1, C2",
        ),
    ],
)
def test_who_may(policy: Policy, words: str) -> None:
    """Everyone by name, and everyone else by the setting that would name them."""
    assert who_may(policy) == words


def test_an_open_file() -> None:
    """It says what to type."""
    assert env_file_is_open(".env").endswith("chmod 600 .env")


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (Policy(), "nobody (APPROVAL_OVER_REQUESTS, APPROVAL_FOR_OTHERS)"),
        (
            Policy(approval_over=10_000),
            "to more than 10,000 requests that have not run: anybody else who may cancel",
        ),
        (
            Policy(
                approval_for_others=True,
                approvers=frozenset({"U2", "U1"}),
                approver_usergroups=frozenset({"S1"}),
            ),
            "to batches that are not the person's own: U1, U2, the full members of S1",
        ),
        (
            Policy(approval_over=0, approval_for_others=True, approvers=frozenset({"U1"})),
            (
                "to more than 0 requests that have not run and to batches that are not the"
                " person's own: U1"
            ),
        ),
    ],
)
def test_who_must_agree(policy: Policy, words: str) -> None:
    """What needs a second person, and who that may be."""
    assert who_agrees(policy) == words


ONE = frozenset({"U1"})


@pytest.mark.parametrize(
    ("policy", "could"),
    [
        (Policy(users=ONE, approval_over=1), False),
        (Policy(users=ONE, approval_over=1, approvers=ONE), False),
        (Policy(users=ONE, approval_over=1, approvers=frozenset({"U2"})), True),
        (Policy(users=ONE, approval_over=1, approver_usergroups=frozenset({"S1"})), True),
        (Policy(users=ONE, usergroups=frozenset({"S1"}), approval_over=1), True),
        (Policy(users=frozenset({"U1", "U2"}), approval_over=1), True),
        (Policy(approval_over=1, approvers=ONE), True),
    ],
)
def test_where_nobody_could_agree(policy: Policy, could: bool) -> None:
    """The one who may ask can't approve their own: it is said, with what to set."""
    assert ("set APPROVERS" in who_agrees(policy)) is not could

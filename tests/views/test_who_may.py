"""What the administrator reads about who may."""

import pytest

from bot.domain.policy import Policy
from bot.views.who_may import env_file_is_open, who_may

EVERYONE = "every full member of the workspace (ALLOWED_USERS, ALLOWED_USERGROUPS)"
ANYWHERE = "in every channel (ALLOWED_CHANNELS)"


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (Policy(), f"{EVERYONE}; {ANYWHERE}"),
        (Policy(users=frozenset({"U2", "U1"})), f"U1, U2; {ANYWHERE}"),
        (Policy(usergroups=frozenset({"S1"})), f"the members of S1; {ANYWHERE}"),
        (
            Policy(frozenset({"U1"}), frozenset({"S1"}), frozenset({"C2", "C1"})),
            "U1, the members of S1; in C1, C2",
        ),
    ],
)
def test_who_may(policy: Policy, words: str) -> None:
    """Everyone by name, and everyone else by the setting that would name them."""
    assert who_may(policy) == words


def test_an_open_file() -> None:
    """It says what to type."""
    assert env_file_is_open(".env").endswith("chmod 600 .env")

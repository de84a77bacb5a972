"""What stands in the menu comes from whoever made the batch: none of it costs others the menu."""

from dataclasses import replace

import pytest

from bot.domain.batch import Batch
from bot.domain.person import Person
from bot.domain.policy import NO_POLICY, Policy
from bot.views.owners import Owners
from bot.views.picker import option_description, option_text
from tests.rows import BATCH

NOW = 1_800_000_000.0
ANA = Owners(NO_POLICY, Person("U0ANA", email="ana@example.com"))


def units(text: str) -> int:
    """Return how long a text is in UTF-16, in which an emoji counts twice."""
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    "hostile",
    [
        "\U0001f4a5" * 200,
        "e\u0301" * 100,
        "a" * 73 + "\U0001f4a5" * 9,
        "\u202egnp.exe" * 30,
        "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 40,
    ],
)
def test_a_text_fits_however_it_is_counted(hostile: str) -> None:
    """Slack refuses the whole menu for one option that is too long."""
    batch: Batch = replace(BATCH, id="batch_1", model=hostile, metadata=(("note", hostile),))
    for text in (option_text(batch), option_description(batch, ANA, NOW)):
        assert 0 < units(text) <= 75
        assert text.endswith("…")


@pytest.mark.parametrize(
    ("owner", "told"),
    [("Ana", ", of Ana"), ("WILMA", ", of WILMA"), ("U0ANA", ", yours"), ("U0BEN", "")],
)
def test_whose_it_is(owner: str, told: str) -> None:
    """An id of Slack's is no name; the viewer's own is theirs."""
    bare = option_description(BATCH, ANA, NOW)
    batch = replace(BATCH, metadata=(("slack_user", owner),))
    assert option_description(batch, ANA, NOW) == bare + told


@pytest.mark.parametrize(
    ("metadata", "told"),
    [
        ({"team_owner": "U0ANA"}, ", yours"),
        ({"team_owner": "Ana@Example.com"}, ", yours"),
        ({"team_owner": "ben@example.com"}, ", of ben@example.com"),
        ({"team_owner": "U0BEN"}, ""),
        ({"slack_user": "U0ANA"}, ", U0ANA"),
        ({}, ""),
    ],
)
def test_whose_it_is_by_the_setting(metadata: dict[str, str], told: str) -> None:
    """Where a key is set, nothing is guessed from others."""
    owners = replace(ANA, policy=Policy(owner_key="team_owner"))
    batch = replace(BATCH, metadata=tuple(metadata.items()))
    bare = option_description(BATCH, owners, NOW)
    assert option_description(batch, owners, NOW) == bare + told

"""Whose a batch is, by what its metadata says."""

from dataclasses import replace

import pytest

from bot.domain.owner import is_email, is_own, owner_of, slack_id_in
from bot.domain.person import Person
from tests.rows import BATCH


@pytest.mark.parametrize(
    ("metadata", "key", "owner"),
    [
        ((), "owner", None),
        ((("owner", "ana@example.com"),), None, None),
        ((("owner", "ana@example.com"),), "owner", "ana@example.com"),
        ((("Owner", "ana@example.com"),), "oWNER", "ana@example.com"),
        ((("owner", "exact"), ("Owner", "other")), "owner", "exact"),
        ((("owner", ""),), "owner", None),
        ((("owner", "<@U0ANA>"),), "owner", "U0ANA"),
        ((("owner", "<@W0ANA|ana>"),), "owner", "W0ANA"),
        ((("owner", "<@U0ANA> and more"),), "owner", "<@U0ANA> and more"),
    ],
)
def test_whose_a_batch_is(
    metadata: tuple[tuple[str, str], ...], key: str | None, owner: str | None
) -> None:
    """Its metadata says it, under the key of the setting."""
    assert owner_of(key, replace(BATCH, metadata=metadata)) == owner
    assert owner_of(key, None) is None


@pytest.mark.parametrize(
    ("owner", "slack_id", "by_mail"),
    [
        (None, None, False),
        ("U0ANALIMA", "U0ANALIMA", False),
        ("W0ANALIMA", "W0ANALIMA", False),
        ("U0", None, False),
        ("ana", None, False),
        ("ana@example.com", None, True),
        ("ana@example", None, False),
        ("<ana@example.com>", None, False),
    ],
)
def test_how_an_owner_is_named(owner: str | None, slack_id: str | None, by_mail: bool) -> None:
    """By a Slack id, by an address, or by words that nobody can be known by."""
    assert (slack_id_in(owner), is_email(owner)) == (slack_id, by_mail)


@pytest.mark.parametrize(
    ("owner", "email", "own"),
    [
        (None, "ana@example.com", False),
        ("U0ANA", None, True),
        ("U0BEN", "ana@example.com", False),
        ("Ana@Example.com", "ana@example.com", True),
        ("ana@example.com", None, False),
        ("ana", "ana", False),
    ],
)
def test_what_is_ones_own(owner: str | None, email: str | None, own: bool) -> None:
    """By the id or the address; names are chosen by people, and don't count."""
    assert is_own(owner, Person("U0ANA", email=email)) is own

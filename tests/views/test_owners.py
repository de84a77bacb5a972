"""Whose batches they are: what is somebody's input never becomes a person by itself."""

import re

import pytest

from bot.domain.policy import Policy
from bot.views.confirmation import confirmation
from bot.views.look import UnderWay, card
from bot.views.owners import told_to_owners
from bot.views.receipt import mentioned, reply
from tests.rows import ASKED_AT
from tests.views.owning import KEYED, asked, of_many, owned, told


def mentions(text: str) -> list[str]:
    return re.findall(r"<@(\w+)>", text)


@pytest.mark.parametrize(
    ("owner", "owner_id", "fact", "said"),
    [
        ("U0ANA", "U0ANA", "Owner: you.", ""),
        ("a@example.com", "U0ANA", "Owner: you.", ""),
        ("U0BEN", "U0BEN", "Owner: <@U0BEN>.", "This batch is <@U0BEN>'s, not yours."),
        ("b@example.com", None, "Owner: `b@example.com`.", "not known to be yours"),
        ("Ana", None, "Owner: `Ana`.", "not known to be yours: its metadata names `Ana`."),
        (None, None, "Owner: not known.", "Whose batch this is, its metadata does not say."),
    ],
)
def test_a_question_about_one(
    owner: str | None, owner_id: str | None, fact: str, said: str
) -> None:
    """The card says whose it is, and before the button that it is not one's own."""
    text = confirmation(asked(owned(owner, owner_id)), ASKED_AT, policy=KEYED).text
    assert fact in text
    assert said in text
    assert text.index(said) < text.index("Choose Cancel batch")
    assert ("not yours" in text or "not known" in text or "does not say" in text) is bool(said)


def test_a_question_about_several() -> None:
    """Each line says whose it is; a sentence says how many of whom, and names only some."""
    text = confirmation(asked(*of_many()), ASKED_AT, policy=KEYED).text
    assert "not run yet, yours." in text
    assert "not run yet, <@U0BEN>'s." in text
    assert "owner `a team with" in text
    assert "its numbers can't be read at the moment, owner not known." in text
    told_all = text[text.index("11 of these 12 batches are not known to be yours: ") :]
    assert "2 are <@U0BEN>'s, 1 is <@U0CLEO>'s" in told_all
    assert "1 names no owner, 1 can't be read." in told_all
    assert "<@U0MANY4>" not in told_all


@pytest.mark.parametrize("targets", [(owned(),), (owned("U0BEN", "U0BEN"),), of_many()])
def test_without_the_setting_nothing_is_said(targets: tuple[object, ...]) -> None:
    """No message changes, whatever a row has kept from before."""
    request = asked(*targets)  # type: ignore[arg-type]
    for message in (
        confirmation(request, ASKED_AT),
        confirmation(request, ASKED_AT, policy=Policy(undo=5.0)),
        card(request, UnderWay({}), ASKED_AT),
    ):
        assert "owner" not in message.text.lower()
        assert "yours" not in message.text


def test_the_owner_is_mentioned_once() -> None:
    """Beside who asked, also where they follow it; who asked is not told that it is theirs."""
    assert mentions(reply(told("U0BEN")).text) == ["U0ANA", "U0BEN"]
    assert mentions(reply(told("U0ANA")).text) == ["U0ANA"]
    assert mentions(reply(told("U0BEN", followers=("U0BEN",))).text) == ["U0ANA", "U0BEN"]
    several = reply(told("U0BEN", "U0CLEO", "U0BEN", "U0ANA")).text
    assert sorted(mentions(several)) == ["U0ANA", "U0BEN", "U0CLEO"]


def test_many_owners_and_many_followers_fit() -> None:
    """Mentions are bounded, and those who follow keep their message."""
    many = [f"U0MANY{n:02}" for n in range(12)]
    followers = tuple(f"U0FAR{n:03}" for n in range(300))
    request = told(*many, followers=followers)
    text = reply(request).text
    assert len(text) <= 4000
    assert "2 are of others" in told_to_owners(request)
    assert len(mentions(told_to_owners(request))) == 10
    assert 0 < len(mentioned(request)) < len(followers)

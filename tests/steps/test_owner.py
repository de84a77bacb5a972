"""Whose batch it is, by the key of the setting: found out beside all else, and told plainly."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.sandbox.slack.workspace import Ephemeral
from tests.simulation import BATCH, Simulation

KEY = "slack_user"
EMAIL = ("users:read.email",)


def owned(sim: Simulation, owner: str | None, batch_id: str = BATCH) -> str:
    """Add a batch of somebody; return its id."""
    metadata = {"name": "nightly"} if owner is None else {"name": "nightly", KEY: owner}
    sim.respan.add_batch(batch_id, metadata=metadata)
    return batch_id


@pytest.fixture
async def keyed(database_url: str) -> AsyncIterator[Simulation]:
    """Give a bot that knows which key names the owner, and may read addresses."""
    async with Simulation(database_url, scopes=EMAIL, owner_metadata_key=KEY) as sim:
        yield sim


def lookups(sim: Simulation) -> list[str]:
    """Return the calls by which an address was looked up."""
    return [e.name for e in sim.slack.exchanges if e.name == "users.lookupByEmail"]


@pytest.mark.parametrize(
    ("owner", "said", "calls"),
    [
        ("U0ANA", "Owner: you.", 0),
        ("<@U0ANA|ana>", "Owner: you.", 0),
        ("Ana@Example.com", "Owner: you.", 0),
        ("U0BEN", "This batch is <@U0BEN>'s, not yours.", 0),
        ("ben@example.com", "This batch is <@U0BEN>'s, not yours.", 1),
        ("nobody@example.com", "not known to be yours: its metadata names `nobody@example.com`", 1),
        ("ana", "not known to be yours: its metadata names `ana`.", 0),
        ("Ana Lima", "not known to be yours: its metadata names `Ana Lima`.", 0),
        ("URGENT", "not known to be yours: its metadata names `URGENT`.", 0),
        ("<!channel> <@U0BEN>", "its metadata names `&lt;!channel&gt; &lt;@U0BEN&gt;`.", 0),
        (None, "Whose batch this is, its metadata does not say.", 0),
    ],
)
async def test_whose_it_is(keyed: Simulation, owner: str | None, said: str, calls: int) -> None:
    """Ids and addresses make a person; names don't, for people choose theirs."""
    owned(keyed, owner)
    shown = await keyed.ask()
    assert said in shown.text
    assert len(lookups(keyed)) == calls
    again = await keyed.ask()
    assert said in again.text
    assert len(lookups(keyed)) == calls


async def test_an_address_is_kept_a_while(keyed: Simulation) -> None:
    """Slack is asked once in five minutes for each."""
    for number in range(3):
        owned(keyed, "ben@example.com", f"batch_{number}")
        await keyed.ask(f"batch_{number}")
    assert len(lookups(keyed)) == 1
    keyed.clock.advance(301)
    await keyed.ask("batch_1", user="U0BEN")
    assert "Owner: you." in keyed.private("U0BEN")[-1]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("status", {"code": 500}),
        ("rate_limited", {"retry_after": 30}),
    ],
)
async def test_without_an_answer_the_words_stand_there(
    keyed: Simulation, kind: str, options: dict[str, Any]
) -> None:
    """Errors of Slack cost nobody the question."""
    keyed.slack.faults.add("users.lookupByEmail", kind, **options)
    owned(keyed, "ben@example.com")
    shown = await keyed.ask()
    assert "not known to be yours: its metadata names `ben@example.com`." in shown.text
    assert shown.buttons


@pytest.mark.parametrize("owner", ["ana@example.com", "ben@example.com"])
async def test_without_the_scope_no_address_is_anybody_s(keyed: Simulation, owner: str) -> None:
    """The app can read neither one's own address nor whose another one is."""
    keyed.slack.scopes.discard(*EMAIL)
    owned(keyed, owner)
    shown = await keyed.ask()
    assert f"not known to be yours: its metadata names `{owner}`." in shown.text
    assert shown.buttons


@pytest.mark.seconds(4)
async def test_nobody_waits_long(keyed: Simulation) -> None:
    """A Slack that is slow holds the question up for about a second; nobody waits for its end."""
    keyed.slack.faults.add("users.lookupByEmail", "delay", seconds=4.0)
    owned(keyed, "ben@example.com")
    started = asyncio.get_running_loop().time()
    shown = await keyed.ask()
    assert asyncio.get_running_loop().time() - started < 3.8
    assert "its metadata names `ben@example.com`" in shown.text


async def test_several_of_several_people(keyed: Simulation) -> None:
    """A line says of each whose it is, and a sentence how many of whom."""
    owners = ["U0ANA", "ben@example.com", "U0BEN", "someone", None]
    ids = [owned(keyed, owner, f"batch_{n}") for n, owner in enumerate(owners)]
    shown = await keyed.ask(" ".join(ids))
    assert "not run yet, yours." in shown.text
    told = "4 of these 5 batches are not known to be yours: 2 are <@U0BEN>'s, 1 names `someone`"
    assert told in shown.text
    assert "1 names no owner." in shown.text


async def test_the_owner_is_told_in_the_thread(keyed: Simulation) -> None:
    """They are mentioned once, in the reply alone."""
    owned(keyed, "ben@example.com")
    await keyed.confirm()
    await keyed.pass_time(120)
    (reply,) = keyed.replies()
    assert reply.text.endswith("It is the batch of <@U0BEN>.")
    assert sum("<@U0BEN>" in m.text for m in keyed.slack.workspace.messages) == 1


@pytest.mark.parametrize("owner", ["U0ANA", "someone"])
async def test_nobody_else_is_mentioned(keyed: Simulation, owner: str) -> None:
    """Who asked knows that it is theirs, and words are nobody."""
    owned(keyed, owner)
    await keyed.confirm()
    await keyed.pass_time(120)
    (reply,) = keyed.replies()
    assert "batch of" not in reply.text


async def test_what_comes_directly_mentions_nobody(keyed: Simulation) -> None:
    """Nobody else reads it there, and the owner gets no message of their own."""
    owned(keyed, "U0BEN")
    await keyed.confirm(channel="C0PRIVATE")
    await keyed.pass_time(120)
    messages = keyed.slack.workspace.messages
    assert {m.channel for m in messages} == {"D0ANA"}
    assert not any("<@U0BEN>" in m.text for m in messages)


async def test_asked_once_more_it_is_still_theirs(keyed: Simulation) -> None:
    """Also where Slack does not tell it any more, and where the numbers came late."""
    owned(keyed, "ben@example.com")
    shown = await keyed.ask()
    keyed.respan.batches[BATCH].completed += 30
    keyed.clock.advance(301)
    keyed.slack.faults.add("users.lookupByEmail", "status", times=None, code=503)
    await keyed.press(shown)
    await keyed.pass_time()
    assert "Still cancel `batch_abc123`?" in shown.text
    assert "This batch is <@U0BEN>'s, not yours." in shown.text


async def test_asked_again_it_is_still_theirs(keyed: Simulation) -> None:
    """After half an hour in which nothing arrived, the question says so as before."""
    owned(keyed, "ben@example.com")
    shown = await keyed.ask()
    keyed.respan.faults.add("*", "rate_limited", times=None, retry_after=20)
    await keyed.press(shown)
    await keyed.pass_time(2000)
    keyed.respan.faults.clear()
    await keyed.pass_time(120)
    direct = [m.text for m in keyed.slack.workspace.messages if m.channel == "D0ANA"]
    assert "Still cancel `batch_abc123`?" in direct[-1]
    assert "This batch is <@U0BEN>'s, not yours." in direct[-1]


async def test_the_same_question_says_it_again(keyed: Simulation) -> None:
    """Whoever asks twice reads the same."""
    owned(keyed, "U0BEN")
    first = await keyed.ask()
    second = await keyed.ask()
    assert second is not first
    assert "This batch is <@U0BEN>'s, not yours." in second.text


async def test_who_looks_reads_it_too(keyed: Simulation) -> None:
    """By the same key, for one batch and for several."""
    ids = [owned(keyed, who, f"batch_{who[:3].lower()}") for who in ("ben@example.com", "U0ANA")]
    one = await keyed.ask(f"status {ids[0]}")
    assert "Owner: <@U0BEN>." in one.text
    both = await keyed.ask(f"status {' '.join(ids)}")
    assert "not run yet, <@U0BEN>'s." in both.text
    assert "not run yet, yours." in both.text


def described(shown: Ephemeral) -> str:
    """Return what stands under the first batch in the menu."""
    (menu,) = [block for block in shown.blocks if block["type"] == "input"]
    return str(menu["element"]["options"][0]["description"]["text"])


async def test_the_list_knows_ones_own(keyed: Simulation) -> None:
    """By id and by address; the keys that are guessed elsewhere count for nothing."""
    keyed.respan.list_is_full = True
    owned(keyed, "ana@example.com")
    assert ", yours, nightly" in described(await keyed.ask(""))
    keyed.respan.batches[BATCH].metadata = {"user": "U0ANA"}
    keyed.clock.advance(60)
    assert "yours" not in described(await keyed.ask("", user="U0BEN"))


async def test_without_the_setting_nothing_is_looked_up(database_url: str) -> None:
    """No message and no call changes."""
    async with Simulation(database_url, scopes=EMAIL) as sim:
        owned(sim, "ben@example.com")
        shown = await sim.ask()
        assert "wner" not in shown.text
        assert lookups(sim) == []
        await sim.press(shown)
        await sim.pass_time(120)
        assert "<@U0BEN>" not in sim.replies()[0].text

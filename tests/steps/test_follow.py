"""Tell me too: who asks about what somebody else cancels is told of its end, once."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.message import MessageState
from bot.listeners import follow
from bot.sandbox.slack.workspace import Ephemeral, Person
from tests.simulation import BATCH, Simulation
from tests.steps.test_several import FIVE

TELL = "tell_me_too"


@pytest.fixture
async def sim(database_url: str) -> Any:
    """Give a simulation in which the example batch takes a while to be cancelled."""
    async with Simulation(database_url) as made:
        made.respan.add_batch(BATCH, cancel_seconds=100)
        yield made


async def join(sim: Simulation, user: str = "U0BEN", text: str = BATCH) -> Ephemeral:
    """Ask about a batch that is being cancelled, and press Tell me too."""
    shown = await sim.ask(text, user)
    await sim.press(shown, TELL)
    await sim.pass_time()
    return shown


def add_person(sim: Simulation, user: str) -> str:
    """Add somebody to the workspace."""
    sim.slack.workspace.people[user] = Person(user, user.lower(), "One more", "x@test.test")
    return user


async def test_the_whole_way(sim: Simulation) -> None:
    """They read who cancels it since when, press the button, and are mentioned in the reply."""
    await sim.confirm()
    await sim.pass_time(5)
    shown = await sim.ask(user="U0BEN")
    assert shown.text.startswith("<@U0ANA> confirmed already (<!date^")
    assert "/archives/C0BATCHES/p" in shown.text
    (button,) = shown.buttons
    assert (button["text"]["text"], button["action_id"]) == ("Tell me too", TELL)
    assert button["value"] == (await sim.requests())[1].id
    await sim.press(shown, TELL)
    await sim.pass_time()
    assert shown.text.startswith(f"You will be mentioned in the thread when `{BATCH}`, which")
    assert "/archives/C0BATCHES/p" in shown.text
    assert shown.buttons == []
    await sim.pass_time(300)
    (reply,) = sim.replies()
    assert reply.text.startswith(f"<@U0ANA> <@U0BEN>: `{BATCH}` is cancelled.")
    assert len(sim.respan.cancels) == 1


async def test_nobody_follows_themselves(sim: Simulation) -> None:
    """Who asks twice sees no button, and is mentioned once."""
    await sim.confirm()
    await sim.pass_time(5)
    shown = await sim.ask()
    assert shown.text.startswith("You confirmed already")
    assert shown.buttons == []
    await sim.press(shown, TELL, value=(await sim.requests())[1].id)
    await sim.pass_time()
    assert "You are cancelling `batch_abc123` yourself" in "".join([shown.text, *sim.private()])
    await sim.pass_time(300)
    assert sim.replies()[0].text.count("<@U0ANA>") == 1


async def test_many_clicks_are_one_mention(sim: Simulation) -> None:
    """Each click has the same answer; somebody who asks twice is mentioned once too."""
    await sim.confirm()
    await sim.pass_time(5)
    shown = await sim.ask(user="U0BEN")
    value = shown.buttons[0]["value"]
    await asyncio.gather(*(sim.slack.click(shown, TELL, value=value) for _ in range(10)))
    await sim.pass_time()
    await join(sim)
    said = [text for e in sim.slack.workspace.private("U0BEN") for text in (e.text, *e.history)]
    assert sum("You will be mentioned" in text for text in said) >= 2
    await sim.pass_time(300)
    assert sim.replies()[0].text.count("<@U0BEN>") == 1


async def test_who_loses_the_race_of_two_clicks(sim: Simulation) -> None:
    """The click that came second offers it, before anything is accepted."""
    ana, ben = await sim.ask(), await sim.ask(user="U0BEN")
    await sim.press(ana)
    await sim.press(ben)
    await sim.do_due()
    assert [b["action_id"] for b in ben.buttons] == [TELL]
    await sim.press(ben, TELL)
    await sim.pass_time(300)
    assert sim.replies()[0].text.startswith("<@U0ANA> <@U0BEN>:")


async def test_a_double_click_that_loses_the_race(sim: Simulation) -> None:
    """The second click, whatever it reads, leaves the first one's Tell me too where it is."""
    ana, ben = await sim.ask(), await sim.ask(user="U0BEN")
    value = ben.buttons[0]["value"]
    await sim.press(ana)
    await sim.press(ben, value=value)
    await sim.press(ben, value=value)
    await sim.pass_time()
    assert [b["action_id"] for b in ben.buttons] == [TELL]
    assert "<@U0ANA> confirmed already" in ben.text


async def test_several_batches_of_several_people(sim: Simulation) -> None:
    """All are taken: one button follows all; an open question keeps its own buttons."""
    for batch_id in FIVE:
        sim.respan.add_batch(batch_id, cancel_seconds=100)
    await sim.confirm(FIVE[0])
    await sim.confirm(f"{FIVE[1]} {FIVE[2]}", add_person(sim, "U0CY"))
    await sim.pass_time(5)
    shown = await join(sim, text=" ".join(FIVE[:3]))
    assert shown.text.count("You will be mentioned in the thread") == 3
    mixed = await sim.ask(f"{FIVE[0]} {FIVE[3]}", add_person(sim, "U0DEE"))
    labels = [b["text"]["text"] for b in mixed.buttons]
    assert labels == ["Cancel batch", "Keep running", "Tell me too"]
    assert f"`{FIVE[0]}`: it is being cancelled already by <@U0ANA> since" in mixed.text
    await sim.press(mixed, TELL)
    await sim.pass_time()
    assert len(mixed.buttons) == 3
    assert "You will be mentioned" in sim.private("U0DEE")[-1]
    await sim.press(mixed)
    await sim.pass_time(300)
    said = sorted(reply.text.split("`")[0].split(" A")[0] for reply in sim.replies())
    assert said == ["<@U0ANA> <@U0BEN>, <@U0DEE>: ", "<@U0CY> <@U0BEN>:", "<@U0DEE> "]


async def test_a_thread_that_one_person_alone_can_open(sim: Simulation) -> None:
    """What goes to Ana directly can't mention Ben there: he gets the receipt directly too, once."""
    await sim.confirm(channel="C0PRIVATE")
    await sim.pass_time(5)
    shown = await join(sim)
    assert shown.text.startswith("You get a direct message when `batch_abc123`")
    assert "/archives/" not in shown.text
    await sim.pass_time(300)
    (reply,) = sim.replies()
    assert "<@U0BEN>" not in reply.text
    (told,) = [m.text for m in sim.slack.workspace.messages if m.channel == "D0BEN"]
    assert told.startswith("You wanted to be told how this ends: <@U0ANA> `batch_abc123` is")


@pytest.mark.seconds(20)
async def test_two_hundred_followers(sim: Simulation) -> None:
    """As many as there is room for are mentioned; all others are told directly, and counted."""
    await sim.confirm()
    await sim.pass_time(5)
    people = [add_person(sim, f"U0MANYPEOPLE{n:05}") for n in range(200)]
    for user in people:
        await sim.slack.command(BATCH, user)
    await sim.pass_time(1)
    for user in people:
        await sim.press(sim.slack.workspace.private(user)[-1], TELL)
    await sim.pass_time(300)
    (reply,) = sim.replies()
    direct = [m.channel for m in sim.slack.workspace.messages if m.channel.startswith("D0MANY")]
    assert len(reply.text) <= 4000
    mentioned = [user for user in people if reply.text.count(f"<@{user}>") == 1]
    assert mentioned == people[: len(mentioned)]
    assert 100 < len(mentioned) < 200
    assert direct == [f"D{user[1:]}" for user in people[len(mentioned) :]]
    assert f"{len(direct)} more get this as a direct message." in reply.text


@pytest.mark.parametrize("late", [0, 500])
async def test_a_click_after_the_end(sim: Simulation, late: float) -> None:
    """Who comes too late reads how it ended, and nobody is told twice."""
    await sim.confirm()
    await sim.pass_time(5)
    shown = await sim.ask(user="U0BEN")
    await sim.pass_time(300 + late)
    await sim.press(shown, TELL)
    await sim.pass_time()
    assert shown.text.startswith("`batch_abc123` was cancelled: 23 of 100 requests done")
    assert "<@U0ANA> asked for it." in shown.text
    assert sim.replies()[0].text.startswith("<@U0ANA> `batch_abc123`")


async def test_clicks_that_do_not_count(sim: Simulation) -> None:
    """Somebody else's, a made-up one, one of a person who may not any more: answered, no more."""
    await sim.confirm()
    await sim.pass_time(5)
    shown = await sim.ask(user="U0BEN")
    value = shown.buttons[0]["value"]
    await sim.press(shown, TELL, user="U0ANA", value=value)
    await sim.press(shown, TELL, channel="C0GENERAL", value=value)
    await sim.pass_time()
    assert "Only <@U0BEN>, who asked" in sim.private()[-1]
    assert "another channel" in sim.private("U0BEN")[-1]
    await sim.press(shown, TELL, value="made-up")
    await sim.pass_time()
    assert "does not know this question" in shown.text
    await sim.pass_time(300)
    assert "<@U0BEN>" not in sim.replies()[0].text


async def test_who_may_not_any_more(database_url: str) -> None:
    """Only those who may cancel may follow."""
    async with Simulation(database_url, allowed_channels="C0BATCHES") as sim:
        sim.respan.add_batch(BATCH, cancel_seconds=100)
        await sim.confirm()
        await sim.pass_time(5)
        shown = await sim.ask(user="U0BEN")
        await sim.press(shown, TELL, channel="C0GENERAL")
        await sim.pass_time(300)
        assert "can't be cancelled from this channel" in sim.private("U0BEN")[-1]
        assert "<@U0BEN>" not in sim.replies()[0].text


async def _unsent(sim: Simulation) -> None:
    """Let Ana confirm while Respan takes no cancellation, and Ben follow."""
    sim.respan.faults.add("cancel", "rate_limited", times=None)
    await sim.confirm()
    await sim.pass_time(5)
    await join(sim)


def _told(sim: Simulation, user: str = "U0BEN") -> list[str]:
    channel = f"D{user[1:]}"
    return [m.text for m in sim.slack.workspace.messages if m.channel == channel]


async def test_what_is_withdrawn_is_told(sim: Simulation) -> None:
    """There is no reply that could tell it: a direct message does, once."""
    await _unsent(sim)
    ana = next(e for e in sim.slack.workspace.private("U0ANA") if e.buttons)
    await sim.press(ana, "withdraw_cancellation")
    await sim.pass_time(300)
    (told,) = _told(sim)
    assert told.startswith("You wanted to be told how the cancellation by <@U0ANA> ends.")
    assert "was withdrawn before it was sent, and goes on" in told


async def test_what_is_refused_is_told(sim: Simulation) -> None:
    """The same for what Respan refuses."""
    await _unsent(sim)
    sim.respan.faults.clear()
    sim.respan.faults.add("cancel", "status", code=404, body={"error": {"message": "none"}})
    await sim.pass_time(120)
    assert await sim.stage() == "refused"
    (told,) = _told(sim)
    assert "was not cancelled: Respan knows no such batch" in told


async def test_what_could_not_be_sent_is_told(sim: Simulation) -> None:
    """Who confirmed is asked again, who follows is told that; and is mentioned if it ends yet."""
    await _unsent(sim)
    await sim.pass_time(34 * 60)
    (told,) = _told(sim)
    assert "Respan could not be asked for 30 min" in told
    sim.respan.faults.clear()
    question = next(m for m in sim.slack.workspace.messages if m.channel == "D0ANA")
    token = (await sim.request()).token
    await sim.slack.click(question, "confirm_cancellation", user="U0ANA", value=token)
    await sim.pass_time(300)
    assert sim.replies()[0].text.startswith("<@U0ANA> <@U0BEN>: `batch_abc123` is cancelled.")
    assert len(_told(sim)) == 1


@pytest.mark.parametrize("since", ["left", "unknown"])
async def test_who_is_in_no_allowed_group_any_more(
    database_url: str, since: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They don't follow, nor does anybody while Slack does not tell who is in the groups."""
    monkeypatch.setattr(follow, "_CHECK_WITHIN", 10.0)  # a busy machine is none of it
    scopes = ("usergroups:read",)
    async with Simulation(database_url, scopes=scopes, allowed_usergroups="S0ML") as sim:
        groups = sim.slack.workspace.usergroups
        groups["S0ML"] = ["U0ANA", "U0BEN"]
        sim.respan.add_batch(BATCH, cancel_seconds=200)
        await sim.confirm()
        await sim.pass_time(5)
        shown = await sim.ask(user="U0BEN")
        await sim.pass_time(61)  # what is known of the members is forgotten
        groups["S0ML"] = ["U0ANA"]
        if since == "unknown":
            sim.slack.faults.add("usergroups.users.list", "drop_before", times=None)
        await sim.press(shown, TELL)
        await sim.pass_time()
        said = sim.private("U0BEN")[-1]
        why = "You are not among" if since == "left" else "Slack did not say who is in"
        assert said.startswith(f"Nothing was done. {why}")
        assert shown.buttons
        sim.slack.faults.clear()
        await sim.pass_time(300)
        assert "<@U0BEN>" not in sim.replies()[0].text
        assert _told(sim) == []


async def test_a_reply_that_is_given_up(sim: Simulation) -> None:
    """Where no reply could be posted for two days, who follows is told directly, once."""
    await sim.confirm()
    await sim.pass_time(5)
    await join(sim)
    sim.slack.faults.add("chat.postMessage", "slack_error", times=None, code="invalid_auth")
    await sim.pass_time(200)
    assert await sim.stage() == "ended"
    sim.clock.advance(49 * 3600)
    sim.slack.faults.clear()
    await sim.pass_time(300)
    assert (await sim.request()).reply.given_up
    (told,) = _told(sim)
    assert told.startswith("You wanted to be told how this ends:")


async def test_death_before_the_question_that_asks_again(sim: Simulation) -> None:
    """The intent that a dead bot has left is none of the new confirmation's reply."""
    await _unsent(sim)
    queue = sim.crew[0].stores.request_queue
    sim.clock.advance(1)
    (request,) = [r for r in await sim.requests() if r.user_id == "U0ANA"]
    await queue.save_intent(request, replace(request, reply=MessageState(since=1.0)))
    await sim.pass_time(34 * 60)
    (again,) = [r for r in await sim.requests() if r.user_id == "U0ANA"]
    assert (again.asked_again, again.reply) == (1, MessageState())

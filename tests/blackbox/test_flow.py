"""The whole main job, as people see it."""

from pathlib import Path

import aiohttp
import pytest

from bot.sandbox.slack.workspace import Ephemeral
from bot.sandbox.world import DECLINE, SandboxWorld

BATCH = "batch_abc123"


async def _final_form(world: SandboxWorld, batch_id: str = BATCH) -> str:
    def final() -> bool:
        return "is cancelling" not in world.announcements(batch_id)[0].text

    await world.bus.wait_for(final, 20, "the final form")
    return world.announcements(batch_id)[0].text


async def test_from_the_command_to_the_reply(world: SandboxWorld) -> None:
    """A confirmed cancellation is one cancel call, one message, and one reply with the receipt."""
    world.respan.add_batch(BATCH, grows=5)
    shown = await world.cancel(BATCH)
    reply = await world.reply(BATCH)
    assert "Only you can answer" in shown.history[0]
    assert [c.identifier for c in world.respan.cancels] == ["U0ANA"]
    (message,) = world.announcements(BATCH)
    assert reply.thread_ts == message.ts
    assert reply.channel == "C0BATCHES"
    for part in ("<@U0ANA>", "is cancelled", "completed (billed): 28", "failed: 1", "not run: 71"):
        assert part in reply.text
    assert "<@U0ANA> cancelled `batch_abc123`" in await _final_form(world)
    assert len(world.replies(BATCH)) == 1
    assert not shown.buttons
    link = f"https://sandbox.slack.com/archives/C0BATCHES/p{message.ts.replace('.', '')}"
    assert link in shown.text


async def test_keep_running_calls_nothing(world: SandboxWorld) -> None:
    """Keep running closes the question, and Respan hears of no cancellation."""
    world.respan.add_batch(BATCH)
    await world.slack.command(BATCH)
    shown = await world.confirmation()
    await world.press(shown, DECLINE)
    await world.bus.wait_for(lambda: "keeps running" in shown.text, what="the answer")
    assert world.respan.cancels == []
    assert shown.buttons == []


NO_CONFIRMATION = [
    ("", "No batch can be cancelled: all that Respan lists are over"),
    ("help", "`/cancel-batch` lets you choose"),
    ("<!channel> batch", "No batch can be cancelled"),
    ("<!channel> batch_", "no batch id"),
    ("batch_nothere", "knows no batch `batch_nothere`"),
    ("`batch_over`", "nothing left to cancel"),
    ("<batch_cancelling>", "being cancelled already"),
]


async def test_what_needs_no_confirmation(http_world: SandboxWorld) -> None:
    """Everything that can't be cancelled gets a sentence, and no buttons."""
    http_world.respan.add_batch("batch_over", status="completed")
    http_world.respan.add_batch("batch_cancelling", status="cancelling")
    for text, expected in NO_CONFIRMATION:
        answer = await _answer_to(http_world, text)
        assert expected in answer.text
        assert "<!" not in answer.text
        assert answer.buttons == []


async def _answer_to(world: SandboxWorld, text: str) -> Ephemeral:
    private = world.slack.workspace.private
    before = len(private("U0ANA"))
    assert (await world.slack.command(text)).acked
    await world.bus.wait_for(lambda: len(private("U0ANA")) > before, what=f"an answer to {text}")
    (answer,) = private("U0ANA")[before:]
    return answer


async def test_where_the_bot_cannot_post(http_world: SandboxWorld) -> None:
    """The direct message takes the channel's place, with a hint, and the thread lives there."""
    http_world.respan.add_batch(BATCH)
    await http_world.cancel(BATCH, channel="C0PRIVATE")
    reply = await http_world.reply(BATCH)
    (message,) = http_world.announcements(BATCH)
    assert message.channel == reply.channel == "D0ANA"
    assert "/invite" in message.text


async def test_two_clicks_and_two_people(http_world: SandboxWorld) -> None:
    """However many confirm the same batch at once, Respan gets one call, and all get an answer."""
    http_world.respan.add_batch(BATCH)
    await http_world.slack.command(BATCH, "U0ANA")
    await http_world.slack.command(BATCH, "U0BEN")
    ana = await http_world.confirmation("U0ANA")
    ben = await http_world.confirmation("U0BEN")
    token = ana.buttons[0]["value"]
    await http_world.press(ana)
    await http_world.slack.click(ana, "confirm_cancellation", value=token)
    await http_world.press(ben)
    await http_world.reply(BATCH)
    assert len(http_world.respan.cancels) == 1
    assert len(http_world.announcements(BATCH)) == 1
    assert "<@U0ANA> confirmed already" in ben.text
    texts = [e.text for e in http_world.slack.workspace.private("U0ANA")]
    assert any("You confirmed already" in text for text in texts)


async def test_clicks_that_confirm_nothing(http_world: SandboxWorld) -> None:
    """A click by somebody else, from elsewhere, or with a made-up token is only answered."""
    http_world.respan.add_batch(BATCH)
    await http_world.slack.command(BATCH)
    shown = await http_world.confirmation()
    confirm = "confirm_cancellation"
    await http_world.slack.click(shown, confirm, user="U0BEN")
    await http_world.slack.click(shown, confirm, channel="C0GENERAL")
    await http_world.slack.click(shown, "no_such_button")
    private = http_world.slack.workspace.private
    await http_world.bus.wait_for(lambda: len(private("U0ANA")) == 3, what="two answers")
    await http_world.bus.wait_for(lambda: private("U0BEN"), what="Ben's answer")
    assert "Only <@U0ANA>" in private("U0BEN")[0].text
    await http_world.slack.click(shown, confirm, value="made-up")
    await http_world.bus.wait_for(lambda: "does not know" in shown.text, what="the answer")
    assert http_world.respan.cancels == []


async def test_people_who_may_not(tmp_path: Path) -> None:
    """Whoever is not allowed is told so, and Respan isn't asked for them."""
    async with SandboxWorld(tmp_path, ALLOWED_USERS="U0BEN") as world:
        world.respan.add_batch(BATCH)
        await world.slack.command(BATCH)
        private = world.slack.workspace.private
        await world.bus.wait_for(lambda: private("U0ANA"), what="an answer")
        assert "not among the people" in private("U0ANA")[0].text
        assert world.respan.exchanges == []


async def test_the_refused_key(http_world: SandboxWorld) -> None:
    """A refused API key is told to the person without the key, after the click too."""
    http_world.respan.add_batch(BATCH)
    await http_world.slack.command(BATCH)
    shown = await http_world.confirmation()
    http_world.respan.api_key = "another"
    await http_world.press(shown)
    await http_world.bus.wait_for(lambda: "refused this app's API key" in shown.text, what="it")
    assert "sandbox-key" not in shown.text
    assert "sandbox-key" not in http_world.bot.log_text()


async def test_slow_respan_is_told(http_world: SandboxWorld) -> None:
    """Whoever waits for more than two seconds reads meanwhile that the batch is looked up."""
    http_world.respan.add_batch(BATCH)
    http_world.respan.faults.add("retrieve", "delay", seconds=3.0)
    await http_world.slack.command(BATCH)
    await http_world.confirmation()
    texts = [e.text for e in http_world.slack.workspace.private("U0ANA")]
    assert texts[0].startswith("Looking up `batch_abc123`")
    assert len(texts) == 2


async def test_the_cost_of_a_short_cancellation(http_world: SandboxWorld) -> None:
    """A cancellation of one second costs at most 14 polls, and is told within 5 s of its end."""
    batch = http_world.respan.add_batch(BATCH, cancel_seconds=1.0)
    await http_world.cancel(BATCH)
    reply = await http_world.reply(BATCH)
    assert http_world.respan.polls(BATCH) <= 14
    assert batch.cancelled_at is not None
    assert float(reply.ts.split(".")[0]) - (batch.cancelled_at + 1.0) < 5.0


@pytest.mark.seconds(8)
async def test_no_secret_gets_out(tmp_path: Path, transport: str) -> None:
    """No token, key, signing secret or response URL stands in the metrics, or in any log line."""
    async with SandboxWorld(tmp_path, transport=transport, LOG_LEVEL="DEBUG") as world:
        world.respan.add_batch(BATCH)
        world.slack.faults.add("response_url", "drop_after", times=2)
        world.slack.faults.add("chat.postMessage", "status", code=503)
        world.respan.faults.add("cancel", "drop_after")
        await world.cancel(BATCH)
        await world.reply(BATCH, 40)
        async with aiohttp.ClientSession(world.bot.url) as http, http.get("/metrics") as page:
            metrics = await page.text()
        assert await world.bot.terminate() == 0
        log = world.bot.log_text()
        secrets = [world.slack.bot_token, world.slack.app_token, world.slack.signing_secret]
        for secret in [*secrets, world.respan.api_key, "/response/", "ticket="]:
            assert secret not in log
            assert secret not in metrics
        assert "U0ANA" not in metrics
        assert "a cancellation moved on" in log

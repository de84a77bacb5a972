"""Requests that are not Slack's change nothing and call nothing."""

import time
from pathlib import Path
from urllib.parse import urlencode

from bot.sandbox.world import SandboxWorld

BODY = urlencode({"command": "/cancel-batch", "text": "batch_abc123", "user_id": "U0ANA"})


def _cases(world: SandboxWorld) -> dict[str, tuple[bytes, dict[str, str], set[int]]]:
    good = world.slack.signed(BODY)
    now = int(time.time())
    raw = b"text=\xff\xfe"
    broken = "payload=%7Bbroken"
    deep = urlencode({"payload": "[" * 100_000})
    other = {"Content-Type": "application/json"}
    return {
        "unsigned": (BODY.encode(), {}, {401}),
        "forged": (BODY.encode(), good | {"X-Slack-Signature": "v0=" + "0" * 64}, {401}),
        "not ASCII": (BODY.encode(), good | {"X-Slack-Signature": "v0=ä"}, {400, 401}),
        "stale": (BODY.encode(), world.slack.signed(BODY, now - 400), {401}),
        "future": (BODY.encode(), world.slack.signed(BODY, now + 400), {401}),
        "nonsense time": (BODY.encode(), good | {"X-Slack-Request-Timestamp": "soon"}, {401}),
        "odd digits": (BODY.encode(), good | {"X-Slack-Request-Timestamp": "²"}, {400, 401}),
        "huge time": (BODY.encode(), good | {"X-Slack-Request-Timestamp": "9" * 400}, {401}),
        "changed body": (BODY.replace("abc", "xyz").encode(), good, {401}),
        "not UTF-8": (raw, good, {400, 401}),
        "broken JSON": (broken.encode(), world.slack.signed(broken), {400}),
        "deep JSON": (deep.encode(), world.slack.signed(deep), {400}),
        "JSON list": (b"[]", world.slack.signed("[]") | other, {400}),
        "too long": (b"x" * (2 << 20), good, {401, 413}),
    }


async def test_nothing_forged_gets_in(tmp_path: Path) -> None:
    """Each forged, stale or unreadable request is answered 400 or 401, and has no effect."""
    async with SandboxWorld(tmp_path) as world:
        world.respan.add_batch("batch_abc123")
        before = len(world.outbound())
        for name, (body, headers, expected) in _cases(world).items():
            status, _ = await world.slack.post_raw(body, headers)
            assert status in expected, name
        assert len(world.outbound()) == before
        assert "Traceback" not in world.bot.log_text()


async def test_a_replayed_request_is_one_request(tmp_path: Path) -> None:
    """A command that is sent again, byte for byte, asks once; a click confirms once."""
    async with SandboxWorld(tmp_path) as world:
        world.respan.add_batch("batch_abc123")
        command = await world.slack.command("batch_abc123")
        await world.slack.post_raw(command.body.encode(), command.headers)
        shown = await world.confirmation()
        click = await world.press(shown)
        for _ in range(5):
            status, _ = await world.slack.post_raw(click.body.encode(), click.headers)
            assert status == 200
        await world.reply("batch_abc123")
        assert len(world.respan.cancels) == 1
        asked = [
            e
            for e in world.slack.workspace.ephemerals
            if "Only you can" in "".join([e.text, *e.history])
        ]
        assert len(asked) == 1

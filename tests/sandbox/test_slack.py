"""The local Slack is as strict as the real one where it matters."""

from typing import Any

import aiohttp
import pytest

from bot.sandbox.faults import Faults
from bot.sandbox.slack.server import SandboxSlack
from bot.sandbox.slack.workspace import Ephemeral


def test_faults_come_as_ordered() -> None:
    """So many times, by name, and the same again for the same seed."""
    faults = Faults(seed=1)
    faults.add("chat.*", "garbage", times=2)
    taken = [faults.take(name) for name in ("users.info", "chat.update", "chat.update", "chat.x")]
    assert [f is not None for f in taken] == [False, True, True, False]
    with pytest.raises(ValueError, match="no such fault"):
        faults.add("*", "made_up")
    rolls = []
    for _ in range(2):
        again = Faults(seed=3)
        again.add("*", "empty", times=None, probability=0.5)
        rolls.append([again.take("x") is None for _ in range(20)])
    assert rolls[0] == rolls[1]
    assert len(set(rolls[0])) == 2


async def _call(slack: SandboxSlack, method: str, token: str = "", **args: Any) -> Any:
    headers = {"Authorization": f"Bearer {token or slack.bot_token}"}
    async with (
        aiohttp.ClientSession() as http,
        http.post(slack.api_url + method, json=args, headers=headers) as answer,
    ):
        return await answer.json()


@pytest.mark.parametrize(
    ("method", "args", "error"),
    [
        ("auth.test", {"token": "x"}, "invalid_auth"),
        ("no.such", {}, "unknown_method"),
        ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
        ("users.lookupByEmail", {"email": "ana@example.com"}, "missing_scope"),
        ("usergroups.users.list", {"usergroup": "S1"}, "missing_scope"),
        ("chat.postMessage", {"channel": "C0NO", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0PRIVATE", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0OLD", "text": "x"}, "is_archived"),
        ("chat.postMessage", {"channel": "C0BATCHES"}, "no_text"),
        ("chat.postMessage", {"channel": "C0BATCHES", "text": "x" * 40_001}, "msg_too_long"),
        (
            "chat.postMessage",
            {"channel": "C0BATCHES", "text": "x", "thread_ts": "1.1"},
            "thread_not_found",
        ),
        (
            "chat.postMessage",
            {"channel": "C0BATCHES", "text": "x", "blocks": [{"type": "alert"}]},
            "invalid_blocks",
        ),
        ("chat.update", {"channel": "C0BATCHES", "ts": "1.1", "text": "x"}, "message_not_found"),
        ("conversations.history", {"channel": "C0BATCHES"}, "missing_scope"),
        ("chat.scheduleMessage", {"channel": "C0NO", "text": "x"}, "channel_not_found"),
        ("chat.scheduleMessage", {"channel": "C0OLD", "text": "x"}, "is_archived"),
        ("chat.scheduleMessage", {"channel": "C0BATCHES", "post_at": 9e12}, "no_text"),
        ("chat.scheduleMessage", {"channel": "C0BATCHES", "text": "x"}, "invalid_time"),
        (
            "chat.scheduleMessage",
            {"channel": "C0BATCHES", "text": "x", "post_at": 1},
            "time_in_past",
        ),
        (
            "chat.scheduleMessage",
            {"channel": "C0BATCHES", "text": "x", "post_at": "9000000000"},
            "time_too_far",
        ),
        (
            "chat.deleteScheduledMessage",
            {"channel": "C0BATCHES", "scheduled_message_id": "Q1"},
            "invalid_scheduled_message_id",
        ),
        ("chat.deleteScheduledMessage", {"channel": "C0NO"}, "channel_not_found"),
        ("chat.scheduledMessages.list", {"channel": "C0PRIVATE"}, "channel_not_found"),
        ("apps.connections.open", {}, "invalid_auth"),
    ],
)
async def test_what_slack_refuses(method: str, args: dict[str, Any], error: str) -> None:
    """Each refusal has Slack's own word."""
    async with SandboxSlack() as slack:
        token = args.pop("token", "")
        assert (await _call(slack, method, token, **args))["error"] == error


async def test_a_bot_that_is_no_member_needs_the_scope() -> None:
    """Without `chat:write.public` only its own channels take its messages."""
    async with SandboxSlack() as slack:
        slack.scopes.discard("chat:write.public")
        refused = await _call(slack, "chat.postMessage", channel="C0GENERAL", text="x")
        assert refused["error"] == "not_in_channel"


async def test_a_restricted_channel_takes_no_message_of_an_app() -> None:
    """Neither one for now nor one for later."""
    async with SandboxSlack() as slack:
        slack.workspace.channels["C0BATCHES"].restricted = True
        for method in ("chat.postMessage", "chat.scheduleMessage"):
            refused = await _call(slack, method, channel="C0BATCHES", text="x")
            assert refused["error"] == "restricted_action"


async def test_a_scheduled_message_waits_is_listed_and_deleted_or_posted() -> None:
    """Nobody sees it before its time; in the last minute it can't be deleted any more."""
    async with SandboxSlack() as slack:
        ids: list[Any] = []
        where: Any = {"channel": "C0BATCHES"}
        for minutes in (10, 20, 30):
            post_at = int(slack.clock.time()) + 60 * minutes
            made = await _call(
                slack, "chat.scheduleMessage", text=f"in {minutes}", post_at=post_at, **where
            )
            assert made["post_at"] == post_at
            ids.append({"scheduled_message_id": made["scheduled_message_id"]})
        first = await _call(slack, "chat.scheduledMessages.list", limit=2, **where)
        assert [m["text"] for m in first["scheduled_messages"]] == ["in 10", "in 20"]
        cursor = first["response_metadata"]["next_cursor"]
        rest = await _call(slack, "chat.scheduledMessages.list", limit=2, cursor=cursor)
        assert [m["text"] for m in rest["scheduled_messages"]] == ["in 30"]
        elsewhere = await _call(slack, "chat.deleteScheduledMessage", channel="C0GENERAL", **ids[1])
        assert elsewhere["error"] == "invalid_scheduled_message_id"
        assert (await _call(slack, "chat.deleteScheduledMessage", **where, **ids[1]))["ok"]
        slack.clock.advance(9 * 60 + 30)
        late = await _call(slack, "chat.deleteScheduledMessage", **where, **ids[0])
        assert late["error"] == "invalid_scheduled_message_id"
        assert slack.workspace.messages == []
        slack.clock.advance(30 * 60)
        await _call(slack, "auth.test")
        assert [m.text for m in slack.workspace.messages] == ["in 10", "in 30"]


async def test_thirty_messages_for_one_time_are_enough() -> None:
    """Slack's limit for five minutes of one channel."""
    async with SandboxSlack() as slack:
        post_at = (int(slack.clock.time()) // 300 + 10) * 300
        said: Any = {"channel": "C0BATCHES", "text": "x", "post_at": post_at}
        for _ in range(30):
            assert (await _call(slack, "chat.scheduleMessage", **said))["ok"]
        refused = await _call(slack, "chat.scheduleMessage", **said)
        assert refused["error"] == "restricted_too_many"
        assert (await _call(slack, "chat.scheduleMessage", **said | {"post_at": post_at + 300}))[
            "ok"
        ]


async def test_response_urls_are_used_up() -> None:
    """Five uses and thirty minutes; ephemeral unless said otherwise; replaceable after a click."""
    async with SandboxSlack() as slack, aiohttp.ClientSession() as http:
        source = slack.workspace.show(Ephemeral("U0ANA", "C0BATCHES", "1.1", "old", []))
        url = slack.url + slack.urls.new("U0ANA", "C0BATCHES", source)

        async def post(**body: Any) -> int:
            async with http.post(url, json=body) as answer:
                return answer.status

        assert await post() == 400
        assert await post(text="new", replace_original=True) == 200
        assert (source.text, source.history) == ("new", ["old"])
        assert await post(text="private") == 200
        assert await post(text="public", response_type="in_channel") == 200
        assert await post(delete_original=True) == 200
        assert source.deleted
        assert [m.text for m in slack.workspace.messages] == ["public"]
        assert await post(text="fifth") == 200
        assert await post(text="sixth") == 404
        url = slack.url + slack.urls.new("U0ANA", "C0BATCHES")
        slack.clock.advance(31 * 60)
        assert await post(text="late") == 404
        url = slack.url + "/response/T0/made-up"
        assert await post(text="x") == 404


async def test_a_command_that_nobody_acks_times_out() -> None:
    """The person sees Slack's own words for it."""
    async with SandboxSlack() as slack:
        slack.request_url = "http://127.0.0.1:9/slack/events"
        delivery = await slack.command("help")
        assert not delivery.acked
        assert "operation_timeout" in slack.workspace.private("U0ANA")[0].text
        slack.transport = "socket"
        assert not (await slack.command("help")).acked

"""Whatever Slack answers is what was asked for, or one of our errors; nothing is sent twice."""

import asyncio
from typing import Any

import aiohttp
import pytest

from bot.clients.response_urls import ResponseUrls
from bot.clients.slack import SlackClient, fresh_blocks
from bot.domain.message import Message
from bot.errors import (
    CannotLook,
    CannotPostHere,
    InstallationRefused,
    ResponseUrlGone,
    SettingsError,
    SlackError,
    SlackOutcomeUnknown,
    SlackRateLimited,
    SlackRefused,
    SlackUnreachable,
)
from bot.ports import Marker, MessageRef
from bot.proxies import Proxies
from bot.sandbox.slack.server import SandboxSlack
from bot.sandbox.slack.workspace import SandboxMessage

MARK = Marker("c1", "reply")
HELLO = Message("hello", [{"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}])
JSON = {"Content-Type": "application/json"}


async def test_who_it_is(slack: SlackClient) -> None:
    """After the start it knows its ids, the workspace and its scopes."""
    assert (slack.bot_user_id, slack.team_id) == ("U0BATCHBOT", "T0SANDBOX")
    assert slack.scopes == {"commands", "chat:write", "chat:write.public", "users:read"}
    link = slack.link_to(MessageRef("C0BATCHES", "1711475161.000100"))
    assert link == "https://sandbox.slack.com/archives/C0BATCHES/p1711475161000100"
    reply = slack.link_to(MessageRef("C0BATCHES", "1711475161.000100", "1711475000.000200"))
    assert reply == f"{link}?thread_ts=1711475000.000200&cid=C0BATCHES"


REFUSALS = ("invalid_auth", "account_inactive", "token_revoked", "missing_scope", "access_denied")


@pytest.mark.parametrize("code", [*REFUSALS, "is_archived", "a_word_of_next_year"])
async def test_a_refused_token_is_a_wrong_setting(workspace: SandboxSlack, code: str) -> None:
    """No waiting mends it, so the start ends."""
    workspace.faults.add("auth.test", "slack_error", code=code)
    async with SlackClient(workspace.bot_token, workspace.api_url, workspace.clock) as client:
        with pytest.raises(SettingsError, match="SLACK_BOT_TOKEN"):
            await client.start()
        assert client.link_to(MessageRef("C1", "1.1")) is None


async def test_other_troubles_at_the_start_are_waited_for(workspace: SandboxSlack) -> None:
    """An outage is no wrong setting."""
    workspace.faults.add("auth.test", "status", code=503)
    async with SlackClient(workspace.bot_token, workspace.api_url, workspace.clock) as client:
        with pytest.raises(SlackOutcomeUnknown):
            await client.start()


@pytest.mark.parametrize("code", ["team_added_to_org", "org_login_required", "internal_error"])
async def test_words_that_mean_not_now(workspace: SandboxSlack, code: str) -> None:
    """A workspace that is being moved is waited for, as one that is in trouble."""
    workspace.faults.add("auth.test", "slack_error", code=code)
    async with SlackClient(workspace.bot_token, workspace.api_url, workspace.clock) as client:
        with pytest.raises(SlackError):
            await client.start()


async def test_without_a_word_about_scopes_nobody_looks(workspace: SandboxSlack) -> None:
    """Unknown is not none, but a look that may miss a post is worse than none."""
    answer = {"ok": True, "user_id": "U1", "bot_id": "B1"}
    workspace.faults.add("auth.test", "status", code=200, body=answer, headers=JSON)
    async with SlackClient(workspace.bot_token, workspace.api_url, workspace.clock) as client:
        await client.start()
        assert not client.scopes_known
        with pytest.raises(CannotLook):
            await client.find("C0BATCHES", MARK, 0.0)


async def test_an_answer_that_no_proxy_leads_to() -> None:
    """Its host needs a proxy that can't be used: refused with the variable's name, and no crash."""
    proxies = Proxies.from_environment({"HTTPS_PROXY": "socks5://proxy"})
    async with aiohttp.ClientSession() as session:
        urls = ResponseUrls(session, lambda *_: None, proxies.for_url, "")
        with pytest.raises(SlackRefused, match="HTTPS_PROXY can't be used"):
            await urls.answer("https://hooks.slack.com/response/x", HELLO, replace=False)


async def test_post_update_find(slack: SlackClient, workspace: SandboxSlack) -> None:
    """A post carries its mark, can be edited, and can be found where that is allowed."""
    posted = await slack.post("C0BATCHES", HELLO, MARK)
    await slack.update(posted, Message("edited"), MARK)
    (message,) = workspace.workspace.messages
    assert (message.text, message.blocks) == ("edited", [])
    with pytest.raises(CannotLook):
        await slack.find("C0BATCHES", MARK, 0.0)
    workspace.scopes.add("channels:history")
    await slack.start()
    assert await slack.find("C0BATCHES", MARK, 0.0) == posted
    assert await slack.find("C0BATCHES", Marker("c2", "reply"), 0.0) is None


async def test_replies_are_found_in_their_thread(
    slack: SlackClient, workspace: SandboxSlack
) -> None:
    """A reply is looked for under its message."""
    workspace.scopes.add("channels:history")
    await slack.start()
    parent = await slack.post("C0BATCHES", HELLO, Marker("c1", "announcement"))
    reply = await slack.post("C0BATCHES", HELLO, MARK, parent.ts)
    assert await slack.find("C0BATCHES", MARK, 0.0, parent.ts) == reply
    assert await slack.find("C0BATCHES", MARK, 0.0) is None


async def test_a_forged_mark_is_not_ours(slack: SlackClient, workspace: SandboxSlack) -> None:
    """Only a message of the bot's own counts, whatever metadata others write."""
    workspace.scopes.add("channels:history")
    await slack.start()
    await slack.post("C0BATCHES", HELLO, MARK)
    workspace.workspace.messages[0].user = "U0EVIL"
    assert await slack.find("C0BATCHES", MARK, 0.0) is None


async def test_a_long_history_is_paged(slack: SlackClient, workspace: SandboxSlack) -> None:
    """A post is found behind others; where too much was said, nobody pretends to know."""
    workspace.scopes.add("channels:history")
    await slack.start()
    posted = await slack.post("C0BATCHES", HELLO, MARK)
    for number in range(450):
        ts = f"{int(float(posted.ts)) + 1 + number}.000000"
        workspace.workspace.messages.append(SandboxMessage("C0BATCHES", ts, "noise", []))
    assert await slack.find("C0BATCHES", MARK, 0.0) == posted
    for number in range(600):
        ts = f"{int(float(posted.ts)) + 1000 + number}.000000"
        workspace.workspace.messages.append(SandboxMessage("C0BATCHES", ts, "noise", []))
    with pytest.raises(CannotLook):
        await slack.find("C0BATCHES", MARK, 0.0)


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        ("slack_error", {"code": "internal_error"}, SlackOutcomeUnknown),
        ("slack_error", {"code": "fatal_error"}, SlackOutcomeUnknown),
        *(
            ("status", {"code": 200, "body": body, "headers": JSON}, SlackOutcomeUnknown)
            for body in ("1", "[]", "null", '"ok"', "[" * 5000)
        ),
        ("slack_error", {"code": "ratelimited"}, SlackRateLimited),
        ("slack_error", {"code": "channel_not_found"}, CannotPostHere),
        ("slack_error", {"code": "not_in_channel"}, CannotPostHere),
        ("slack_error", {"code": "no_permission"}, CannotPostHere),
        ("slack_error", {"code": "access_denied"}, CannotPostHere),
        ("slack_error", {"code": "is_archived"}, CannotPostHere),
        ("slack_error", {"code": "restricted_action_non_threadable_channel"}, CannotPostHere),
        ("slack_error", {"code": "ekm_access_denied"}, CannotPostHere),
        ("slack_error", {"code": "team_access_not_granted"}, CannotPostHere),
        ("slack_error", {"code": "invalid_auth"}, InstallationRefused),
        ("slack_error", {"code": "xoxb-1 <evil>"}, SlackOutcomeUnknown),
        ("rate_limited", {}, SlackRateLimited),
        ("status", {"code": 500}, SlackOutcomeUnknown),
        ("status", {"code": 503, "body": "<html>"}, SlackOutcomeUnknown),
        ("garbage", {}, SlackOutcomeUnknown),
        ("wrong_types", {}, SlackOutcomeUnknown),
        ("empty", {}, SlackOutcomeUnknown),
        ("drop_before", {}, SlackOutcomeUnknown),
        ("drop_after", {}, SlackOutcomeUnknown),
        ("half_body", {}, SlackOutcomeUnknown),
    ],
)
async def test_every_answer_to_a_post_has_its_meaning(
    slack: SlackClient,
    workspace: SandboxSlack,
    kind: str,
    options: dict[str, Any],
    expected: type[SlackError],
) -> None:
    """Each becomes exactly one of our errors, after one request."""
    workspace.faults.add("chat.postMessage", kind, **options)
    with pytest.raises(SlackError) as caught:
        await slack.post("C0BATCHES", HELLO, MARK)
    assert type(caught.value) is expected
    assert workspace.bot_token not in str(caught.value)
    assert len(workspace.calls("chat.postMessage")) == 1


async def test_nobody_listens(workspace: SandboxSlack) -> None:
    """No connection means that nothing was posted."""
    async with SlackClient("xoxb-1", "http://127.0.0.1:9/api/", workspace.clock) as client:
        with pytest.raises(SlackUnreachable):
            await client.post("C1", HELLO, MARK)
        with pytest.raises(SlackUnreachable):
            await client.answer("http://127.0.0.1:9/response/x", HELLO, replace=False)


async def test_429_is_kept_in_mind(slack: SlackClient, workspace: SandboxSlack) -> None:
    """The place that answered 429 isn't asked before its time; other places are."""
    workspace.faults.add("chat.postMessage", "rate_limited", retry_after=30)
    for _ in range(2):
        with pytest.raises(SlackRateLimited):
            await slack.post("C0BATCHES", HELLO, MARK)
    assert len(workspace.calls("chat.postMessage")) == 1
    await slack.post("C0GENERAL", HELLO, MARK)
    workspace.clock.advance(31)
    await slack.post("C0BATCHES", HELLO, MARK)


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        ("status", {"code": 404, "body": {"ok": False, "error": "used_url"}}, ResponseUrlGone),
        ("status", {"code": 404}, ResponseUrlGone),
        ("status", {"code": 410}, ResponseUrlGone),
        ("status", {"code": 200, "body": {"ok": False, "error": "expired_url"}}, ResponseUrlGone),
        ("status", {"code": 200, "body": {"ok": False, "error": "no_text"}}, SlackRefused),
        ("status", {"code": 400}, SlackRefused),
        ("status", {"code": 302, "headers": {"Location": "/x"}}, SlackRefused),
        ("status", {"code": 500}, SlackOutcomeUnknown),
        ("rate_limited", {}, SlackRateLimited),
        ("drop_before", {}, SlackOutcomeUnknown),
        ("drop_after", {}, SlackOutcomeUnknown),
    ],
)
async def test_every_answer_of_a_response_url_has_its_meaning(
    slack: SlackClient,
    workspace: SandboxSlack,
    kind: str,
    options: dict[str, Any],
    expected: type[SlackError],
) -> None:
    """The status is checked, redirects are not followed, and the URL is never named."""
    url = workspace.url + workspace.urls.new("U0ANA", "C0BATCHES")
    workspace.faults.add("response_url", kind, **options)
    with pytest.raises(SlackError) as caught:
        await slack.answer(url, HELLO, replace=False)
    assert type(caught.value) is expected
    assert url not in str(caught.value)
    assert len(workspace.exchanges) == 2


async def test_a_private_answer_stays_private(slack: SlackClient, workspace: SandboxSlack) -> None:
    """It is declared ephemeral each time, and shown to one person."""
    url = workspace.url + workspace.urls.new("U0ANA", "C0BATCHES")
    await slack.answer(url, HELLO, replace=False)
    call = workspace.exchanges[-1]
    assert call.args["response_type"] == "ephemeral"
    assert [e.text for e in workspace.workspace.private("U0ANA")] == ["hello"]
    assert workspace.workspace.messages == []


@pytest.mark.parametrize("url", ["", "ftp://x", "https://", "http://[", "not a url"])
async def test_an_odd_response_url_is_gone(slack: SlackClient, url: str) -> None:
    """Whatever stands there, our own error comes of it."""
    with pytest.raises(SlackError):
        await slack.answer(url, HELLO, replace=False)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(
    slack: SlackClient, workspace: SandboxSlack, status: int
) -> None:
    """The message stays here, and the call may be made again: nothing was done."""
    async with SandboxSlack() as elsewhere:
        to = {"Location": f"{elsewhere.api_url}chat.postMessage"}
        workspace.faults.add("chat.postMessage", "status", code=status, headers=to, body="")
        with pytest.raises(SlackUnreachable):
            await slack.post("C0BATCHES", HELLO, MARK)
        assert elsewhere.exchanges == []


async def test_fresh_members_are_read_now(slack: SlackClient, workspace: SandboxSlack) -> None:
    """Whoever was taken out a moment ago is out; who asks at once shares one call."""
    workspace.scopes.add("usergroups:read")
    workspace.workspace.usergroups["S1"] = ["U0ANA"]
    assert await slack.members_of("S1") == {"U0ANA"}
    workspace.workspace.usergroups["S1"] = []
    together = await asyncio.gather(*(slack.members_of("S1", fresh=True) for _ in range(9)))
    assert set(together) == {frozenset()}
    assert len(workspace.calls("usergroups.users.list")) == 2
    assert await slack.members_of("S1") == frozenset()


async def test_members_that_can_not_be_read(slack: SlackClient, workspace: SandboxSlack) -> None:
    """Everyone who waits hears so; the next who asks tries again."""
    workspace.scopes.add("usergroups:read")
    workspace.faults.add("usergroups.users.list", "status", code=503, times=1)
    together = [slack.members_of("S1", fresh=True) for _ in range(3)]
    outcomes = await asyncio.gather(*together, return_exceptions=True)
    assert all(isinstance(outcome, SlackError) for outcome in outcomes)
    workspace.workspace.usergroups["S1"] = ["U0ANA"]
    assert await slack.members_of("S1", fresh=True) == {"U0ANA"}


@pytest.mark.parametrize(
    "answer",
    [
        {"ok": True, "user": {}},
        {"ok": True, "user": {"profile": 7}},
        {"ok": True, "user": {"profile": {"email": " "}}},
        {"ok": True, "user": {"profile": {"email": None}}},
    ],
)
async def test_no_email_is_none(slack: SlackClient, workspace: SandboxSlack, answer: Any) -> None:
    """Whatever users.info leaves out is not made up."""
    workspace.faults.add("users.info", "status", code=200, body=answer, headers=JSON)
    assert (await slack.person("U0ANA")).email is None


async def test_groups_are_read_once_a_minute(slack: SlackClient, workspace: SandboxSlack) -> None:
    """Their members are asked for again after a minute."""
    workspace.scopes.add("usergroups:read")
    workspace.workspace.usergroups["S1"] = ["U0ANA"]
    for _ in range(3):
        assert await slack.members_of("S1") == {"U0ANA"}
    assert len(workspace.calls("usergroups.users.list")) == 1
    workspace.clock.advance(61)
    workspace.faults.add(
        "usergroups.users.list", "status", code=200, body={"ok": True, "users": 7}, headers=JSON
    )
    assert await slack.members_of("S1") == frozenset()


def test_blocks_get_new_ids() -> None:
    """Clients keep showing an old block where its id is the same."""
    first, second = fresh_blocks(HELLO)[0], fresh_blocks(HELLO)[0]
    assert first["block_id"] != second["block_id"]
    assert "block_id" not in HELLO.blocks[0]

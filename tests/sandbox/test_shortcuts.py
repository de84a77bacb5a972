"""The app's shortcut of a message, as Slack sends it, and the messages that it is used on."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.signature import SignatureVerifier

from bot.sandbox.slack import sending
from bot.sandbox.slack.server import SandboxSlack
from bot.sandbox.slack.workspace import BOT_USER, SandboxMessage

Json = dict[str, Any]

BLOCKS: list[Json] = [{"type": "section", "text": {"type": "mrkdwn", "text": "`batch_a`"}}]
ATTACHMENTS: list[Json] = [{"color": "#b3241c", "text": "`batch_b`", "fallback": "batch_b"}]


class App:
    """What an app was asked over HTTP. `status` is what it answers, once `answers` is set."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.asked: list[tuple[bytes, dict[str, str]]] = []
        self.status = 200
        self.answers = asyncio.Event()
        self.answers.set()

    async def handle(self, request: web.Request) -> web.Response:
        """Take a request."""
        self.asked.append((await request.read(), dict(request.headers)))
        await self.answers.wait()
        return web.Response(status=self.status)


@pytest.fixture
def app() -> App:
    """Give an app."""
    return App()


@pytest.fixture
async def slack(app: App) -> AsyncIterator[SandboxSlack]:
    """Give a local Slack in front of that app."""
    served = web.Application()
    served.router.add_post("/slack/events", app.handle)
    async with SandboxSlack() as made, TestServer(served) as server:
        made.request_url = str(server.make_url("/slack/events"))
        yield made


async def test_what_is_sent(slack: SandboxSlack, app: App) -> None:
    """Everything that Slack documents, signed, with the alert in full, and an address to answer."""
    alert = slack.workspace.alert("Look", "C0GENERAL", blocks=BLOCKS, attachments=ATTACHMENTS)
    delivery = await slack.shortcut(alert, user="U0BEN")
    assert delivery.acked
    ((body, headers),) = app.asked
    assert SignatureVerifier(slack.signing_secret).is_valid_request(body, headers)
    payload = json.loads(parse_qs(body.decode())["payload"][0])
    assert payload == delivery.payload
    for secret in ("trigger_id", "action_ts", "token"):
        assert payload.pop(secret)
    assert payload == {
        "type": "message_action",
        "callback_id": "cancel_batch_of_message",
        "api_app_id": "A0SANDBOX",
        "team": {"id": "T0SANDBOX", "domain": "sandbox"},
        "enterprise": None,
        "is_enterprise_install": False,
        "user": {"id": "U0BEN", "username": "ben", "name": "ben", "team_id": "T0SANDBOX"},
        "channel": {"id": "C0GENERAL", "name": "general"},
        "message_ts": alert.ts,
        "message": {
            "type": "message",
            "subtype": "bot_message",
            "bot_id": "B0SPENDWATCH",
            "username": "spend-watch",
            "team": "T0SANDBOX",
            "ts": alert.ts,
            "text": "Look",
            "blocks": [BLOCKS[0] | {"block_id": "auto1"}],
            "attachments": ATTACHMENTS,
        },
        "response_url": delivery.response_url,
    }


@pytest.mark.parametrize(
    ("author", "told"),
    [
        ({"user": "U0CLEO"}, {"user": "U0CLEO"}),
        ({"user": BOT_USER}, {"user": BOT_USER, "bot_id": "B0BATCHBOT", "app_id": "A0SANDBOX"}),
        ({"user": "U0OTHER", "bot_id": "B0OTHER"}, {"user": "U0OTHER", "bot_id": "B0OTHER"}),
    ],
)
async def test_whoever_wrote_it(slack: SandboxSlack, author: Json, told: Json) -> None:
    """A person, the app itself, or another app with a user of its own."""
    message = slack.workspace.say("batch_a", channel="C0BATCHES", **author)
    sent = (await slack.shortcut(message)).payload["message"]
    names = ("user", "bot_id", "app_id", "subtype", "username")
    assert {name: sent[name] for name in names if name in sent} == told


async def test_where_it_stands(slack: SandboxSlack) -> None:
    """In a thread it names that; private places go without their names; `team` may be null."""
    parent = slack.workspace.say("batch_a", "U0BEN", "C0PRIVATE")
    assert "thread_ts" not in (await slack.shortcut(parent)).payload["message"]
    reply = slack.workspace.say("batch_b", "U0BEN", "C0PRIVATE", thread_ts=parent.ts)
    for message in (parent, reply):
        payload = (await slack.shortcut(message, changes={"team": None})).payload
        assert payload["message"]["thread_ts"] == parent.ts
        assert payload["channel"] == {"id": "C0PRIVATE", "name": "privategroup"}
        assert payload["team"] is None
    direct = slack.workspace.direct("U0ANA")
    told = slack.workspace.add(SandboxMessage(direct.id, "1.1", "x", []))
    payload = (await slack.shortcut(told)).payload
    assert payload["channel"] == {"id": "D0ANA", "name": "directmessage"}


async def test_over_a_socket(slack: SandboxSlack) -> None:
    """It is an interactive envelope, acknowledged like each."""
    slack.transport = "socket"
    message = slack.workspace.say("batch_a", "U0BEN", "C0BATCHES")
    assert not (await slack.shortcut(message)).acked
    opened = slack._open_connection(slack.app_token)
    async with aiohttp.ClientSession() as http:
        url = json.loads(opened.text or "")["url"]
        async with http.ws_connect(url.replace("ws:", "http:")) as socket:
            assert (await socket.receive_json())["type"] == "hello"

            async def answer() -> Json:
                envelope: Json = await socket.receive_json()
                await socket.send_json({"envelope_id": envelope["envelope_id"]})
                return envelope

            envelope, delivery = await asyncio.gather(answer(), slack.shortcut(message))
    assert delivery.acked
    assert envelope["type"] == "interactive"
    assert envelope["payload"] == delivery.payload


async def test_an_app_that_refuses_has_not_acknowledged(slack: SandboxSlack, app: App) -> None:
    """As with a command."""
    app.status = 404
    message = slack.workspace.say("batch_a", "U0BEN", "C0BATCHES")
    assert not (await slack.shortcut(message)).acked


async def test_an_app_that_is_late_has_not_acknowledged(
    slack: SandboxSlack, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack waits no longer than its time, which is shorter here, and keeps the response URL."""
    monkeypatch.setattr(sending, "_IN_TIME", 0.1)
    app.answers.clear()
    message = slack.workspace.say("batch_a", "U0BEN", "C0BATCHES")
    delivery = await slack.shortcut(message)
    app.answers.set()
    assert (delivery.acked, delivery.status) == (False, None)
    url = delivery.response_url
    async with aiohttp.ClientSession() as http, http.post(url, json={"text": "late"}) as answer:
        assert answer.status == 200
    assert [shown.text for shown in slack.workspace.private("U0ANA")] == ["late"]


async def test_its_answer_is_private_and_counted(slack: SandboxSlack) -> None:
    """Five uses and thirty minutes; nobody's message can be replaced by it."""
    alert = slack.workspace.alert("batch_a", "C0BATCHES")
    url = (await slack.shortcut(alert)).response_url
    async with aiohttp.ClientSession() as http:
        for number in range(6):
            body = {"text": f"answer {number}", "replace_original": number == 0}
            async with http.post(url, json=body) as answer:
                assert answer.status == (200 if number < 5 else 404)
    assert (alert.text, alert.edits) == ("batch_a", 0)
    assert [e.text for e in slack.workspace.private("U0ANA")] == [f"answer {n}" for n in range(5)]
    late = (await slack.shortcut(alert)).response_url
    slack.clock.advance(31 * 60)
    async with aiohttp.ClientSession() as http, http.post(late, json={"text": "x"}) as answer:
        assert answer.status == 404


async def test_the_app_answers_in_the_thread_of_an_alert(slack: SandboxSlack) -> None:
    """Its reply hangs below somebody else's message, which it can't change."""
    alert = slack.workspace.alert("batch_a", "C0BATCHES")
    place = {"channel": "C0BATCHES", "text": "on it"}
    posted = slack.api.call("chat.postMessage", place | {"thread_ts": alert.ts})
    assert posted["message"]["thread_ts"] == alert.ts
    assert [m.text for m in slack.workspace.thread("C0BATCHES", alert.ts)] == ["on it"]
    assert slack.api.call("chat.update", place | {"ts": alert.ts})["error"] == "cant_update_message"
    slack.workspace.messages.remove(alert)
    gone = slack.api.call("chat.postMessage", place | {"thread_ts": alert.ts})
    assert gone["error"] == "thread_not_found"

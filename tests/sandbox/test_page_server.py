"""The page's server alone: who may ask, what is refused, what people say. No bot is running."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox.page import server as page_server
from tests.sandbox.pages import Page, served

FILES = Path(page_server.__file__).parent / "static"


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    """Give a viewer of a page that has no bot behind it."""
    async with served(tmp_path) as (_, viewer):
        yield viewer


async def test_what_people_say(page: Page) -> None:
    """Words are stored as Slack stores them; an unknown command is answered in private."""
    say = {"user": "U0BEN", "channel": "C0GENERAL"}
    await page.post("send", **say, text="is 1 < 2 & <!channel>?")
    (said,) = await page.until(lambda p: p.said("1 &lt; 2 &amp; &lt;!channel&gt;?"))
    assert (said["user"], said["only_for"]) == ("U0BEN", None)
    await page.post("send", **say, text="/shrug <b>")
    (told,) = await page.until(lambda p: p.said("/shrug is not a valid command"))
    assert (told["user"], told["only_for"]) == ("", "U0BEN")


_SAY = {"user": "U0ANA", "channel": "C0BATCHES", "text": "hello"}


@pytest.mark.parametrize(
    ("action", "body", "why"),
    [
        ("send", _SAY | {"text": "  "}, "Type 1 to 4000 characters."),
        ("send", _SAY | {"text": 7}, "text must be a text."),
        ("send", _SAY | {"user": "U0EVE"}, "There is no such person."),
        ("send", _SAY | {"channel": "C0NONE"}, "There is no such channel."),
        ("send", _SAY | {"channel": "D0ANA"}, "The app reads no direct messages."),
        ("click", {"user": "U0ANA", "ts": "1.0", "action_id": "a"}, "That message is not there"),
        ("speed", {"speed": "warp"}, "There is no speed 'warp'"),
        ("undo", {"on": "yes"}, "on must be true or false."),
        ("release", {"batch": "batch_x"}, "There is no such batch."),
    ],
)
async def test_what_cannot_be_done(page: Page, action: str, body: Any, why: str) -> None:
    """It is refused with a sentence, and changes nothing."""
    before = page.state["messages"]
    assert (await page.post(action, **body))["error"].startswith(why)
    assert page.state["messages"] == before


async def test_who_may_ask(page: Page) -> None:
    """Only this page, by its own address; every answer carries the headers that keep it so."""
    own, port = page.url, page.url.rsplit(":", 1)[1]
    table: list[tuple[str, str, dict[str, str], int]] = [
        ("GET", "/", {}, 200),
        ("GET", "/", {"Host": f"localhost:{port}"}, 200),
        ("GET", "/", {"Host": "127.0.0.1"}, 403),
        ("GET", "/", {"Host": f"evil.example:{port}"}, 403),
        ("GET", "/", {"Host": f"127.0.0.1:{port}.evil.example"}, 403),
        ("GET", "/events", {"Origin": "https://evil.example"}, 403),
        ("GET", "/page/main.js", {"Origin": own}, 200),
        ("GET", "/page/nothing.js", {}, 404),
        ("GET", "/page/%2e%2e/server.py", {}, 404),
        ("POST", "/api/clear", {"Content-Type": "application/json"}, 200),
        ("POST", "/api/clear", {"Content-Type": "application/json", "Origin": own}, 200),
        ("POST", "/api/clear", {"Content-Type": "application/json", "Origin": "null"}, 403),
        ("POST", "/api/clear", {"Content-Type": "application/json", "Origin": own + "0"}, 403),
        ("POST", "/api/clear", {"Content-Type": "text/plain"}, 415),
        ("POST", "/api/clear", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ("POST", "/api/nothing", {"Content-Type": "application/json"}, 404),
        ("GET", "/api/clear", {}, 405),
    ]
    async with aiohttp.ClientSession() as http:
        for method, path, headers, status in table:
            sent = http.request(
                method, own + path, headers=headers, data=b"{}" if method == "POST" else None
            )
            async with sent as answer:
                assert answer.status == status, (method, path, headers)
                assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Cache-Control"] == "no-store"


async def test_all_its_files_are_its_own(page: Page) -> None:
    """Every file that another names is served; none asks a foreign host or takes data as HTML."""
    names = {path.name for path in FILES.iterdir()} - {"index.html"}
    texts = {"": await page.get("/")}
    for name in sorted(names):
        texts[name] = await page.get(f"/page/{name}")
    everything = "\n".join(texts.values())
    linked = set(re.findall(r'(?:/page/|from "\./)([a-z_]+\.\w+)"', everything))
    assert linked == names
    hosts = set(re.findall(r"https?:/?/[\w.]+", everything.replace("\\", "")))
    # A namespace, and the workspace's own permalinks, which the page opens by itself.
    assert hosts == {"http://www.w3.org", "https://sandbox.slack.com"}
    assert not re.findall(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", everything
    )


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'"x"'])
async def test_unreadable_bodies(page: Page, body: bytes) -> None:
    """They are a bad request, not a failure."""
    headers = {"Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{page.url}/api/clear", data=body, headers=headers) as answer,
    ):
        assert answer.status == 400
        assert "error" in await answer.json()

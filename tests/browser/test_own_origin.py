"""The page talks to its own server only, and the server to its own page only."""

import http.client
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.viewer import Viewer

BATCH = "batch_wrong_prompt"


def test_what_travels_is_shown_without_secrets(ana: Viewer) -> None:
    """Each way has its rows; an opened one shows what was sent, the credentials masked."""
    ana.press("What travels")
    ana.cancel(BATCH)
    expect(ana.messages(f"@ana is cancelling {BATCH}")).to_be_visible()
    travels = ana.page.get_by_role("region", name="What travels")
    rows = travels.get_by_role("listitem")
    expect(rows.filter(has_text=f"/api/v1/batches/{BATCH}/cancel/")).to_have_count(1)
    for name in ("/slack/events", "chat.postMessage", f"{BATCH}/cancel/"):
        rows.filter(has_text=name).first.locator("summary").click()
    for part in ("x-slack-signature: •", "authorization: Bearer •", '"status": "cancelling"'):
        expect(travels).to_contain_text(part)
    shown = travels.inner_text()
    for secret in ("sandbox-key", "xoxb-sandbox", "v0="):
        assert secret not in shown
    assert {urlsplit(url).netloc for url in ana.requested} == {urlsplit(ana.url).netloc}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1:1"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_others_are_refused(look: Open, headers: dict[str, str], status: int) -> None:
    """A page of somebody else, or a name that leads here, gets nothing from the server."""
    url = look().url
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
    connection.request("GET", "/", headers=headers)
    assert connection.getresponse().status == status
    connection.close()


def test_a_foreign_page_reads_and_does_nothing(look: Open) -> None:
    """From another origin the browser gets no answer to read, and what it sends has no effect."""
    viewer = look()
    before = viewer.bot.inner_text()
    foreign = viewer.page.context.new_page()
    read = "(url) => fetch(url).then(() => 'read', () => 'refused')"
    assert foreign.evaluate(read, f"{viewer.url}/") == "refused"
    send = "(url) => fetch(url, {method: 'POST', mode: 'no-cors', body: '{}'}).catch(() => null)"
    foreign.evaluate(send, f"{viewer.url}/api/kill")
    assert look().bot.inner_text() == before

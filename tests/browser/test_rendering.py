"""What the bot sent, as the page draws it: mrkdwn, dates in a time zone, Block Kit, and links."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Open, viewers

EVENING = 1764018000  # 2025-11-24 21:00:00 UTC, and 11:00 on the next day in Kiritimati
_DRAWN = """
async (message) => {
  const { body } = await import('/page/blocks.js');
  const box = document.createElement('div');
  box.append(...body(message, () => {}, () => null));
  return box.innerHTML;
}
"""
_DATE = """
async ([unix, format, timeZone, now]) => {
  const { formatDate } = await import('/page/dates.js');
  const told = { timeZone, locale: 'en-GB', now: new Date(now * 1000) };
  return formatDate(unix, format, 'the fallback', told);
}
"""


@pytest.fixture(scope="module")
def page(browser: Browser, address: str) -> Iterator[Page]:
    """Give one open page, whose modules are called."""
    with viewers(browser, address) as open_one:
        yield open_one().page


def _words(page: Page, text: str) -> str:
    """Return a message without blocks as the page draws it."""
    drawn = str(page.evaluate(_DRAWN, {"text": text, "blocks": []}))
    return drawn.removeprefix('<div class="words">').removesuffix("</div>")


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("a *bold* _word_ ~gone~", "a <strong>bold</strong> <em>word</em> <s>gone</s>"),
        ("2*3*4 and snake_case_name", "2*3*4 and snake_case_name"),
        ("* no * and _open", "* no * and _open"),
        ("`batch_a*b*c`", "<code>batch_a*b*c</code>"),
        ("*Cancel `batch_a`?*", "<strong>Cancel <code>batch_a</code>?</strong>"),
        ("one\ntwo", "one<br>two"),
        ("```a *b*\nc```", "<pre>a *b*\nc</pre>"),
        ("> quoted\n> more\nnot", "<blockquote>quoted<br>more</blockquote>not"),
        ("&lt;b&gt; &amp;amp; <b>", "&lt;b&gt; &amp;amp; &lt;b&gt;"),
        ("`&lt;img src=x&gt;`", "<code>&lt;img src=x&gt;</code>"),
        ("<@U0BEN>, hi", '<span class="mention">@ben</span>, hi'),
        ("<@U0NOBODY>", '<span class="mention">@U0NOBODY</span>'),
        ("<#C0GONE>", '<span class="mention">#C0GONE</span>'),
        ("<!channel>", '<span class="mention">@channel</span>'),
        ("<!subteam^S0LEADS>", '<span class="mention">@S0LEADS</span>'),
        ("<!subteam^S0LEADS|@leads>", '<span class="mention">@leads</span>'),
        ("<https://a.example/x?y=1&amp;z|a &lt;b&gt;>", "a &lt;b&gt;"),
        ("<javascript:alert(1)|click>", "<span>click</span>"),
        ("<http://a.example|plain>", "<span>plain</span>"),
        ("<data:text/html,x|data>", "<span>data</span>"),
    ],
)
def test_words(page: Page, text: str, drawn: str) -> None:
    """Each mark becomes its element; what is escaped, or no mark, stays text."""
    got = _words(page, text)
    if text.startswith("<https"):
        start = '<a href="https://a.example/x?y=1&amp;z" target="_blank" rel="noopener noreferrer">'
        assert got == f"{start}{drawn}</a>"
    else:
        assert got == drawn


@pytest.mark.parametrize(
    ("form", "zone", "now", "shown"),
    [
        ("{date_num} {time}", "UTC", EVENING, "2025-11-24 21:00"),
        ("{date_num} {time_secs}", "Pacific/Kiritimati", EVENING, "2025-11-25 11:00:00"),
        ("{date}", "UTC", EVENING, "November 24th, 2025"),
        ("{date_short}", "America/New_York", EVENING, "Nov 24, 2025"),
        ("{date_long}", "UTC", EVENING, "Monday, November 24th, 2025"),
        ("{date_pretty}", "UTC", EVENING, "today"),
        ("{date_short_pretty} at {time}", "Pacific/Kiritimati", EVENING, "today at 11:00"),
        ("{date_long_pretty}", "UTC", EVENING + 86400, "yesterday"),
        ("{date_pretty}", "UTC", EVENING - 86400, "tomorrow"),
        ("{date_short_pretty}", "UTC", EVENING + 3 * 86400, "Nov 24, 2025"),
        ("{date_in_words}", "UTC", EVENING, "the fallback"),
    ],
)
def test_dates(page: Page, form: str, zone: str, now: int, shown: str) -> None:
    """Each token is the viewer's own day and time; an unknown one gives the fallback."""
    assert page.evaluate(_DATE, [EVENING, form, zone, now]) == shown


def test_the_viewers_time_zone_counts(look: Open) -> None:
    """The same date in a message is another day elsewhere."""
    text = f"<!date^{EVENING}^{{date_num}} {{time}}|in UTC>"
    drawn = {}
    for zone in ("UTC", "Pacific/Kiritimati"):
        there = look(timezone_id=zone).page
        drawn[zone] = str(there.evaluate(_DRAWN, {"text": text, "blocks": []}))
    assert "2025-11-24 21:00" in drawn["UTC"]
    assert "2025-11-25 11:00" in drawn["Pacific/Kiritimati"]


def _mrkdwn(text: str) -> dict[str, str]:
    return {"type": "mrkdwn", "text": text}


def _plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


@pytest.mark.parametrize(
    ("block", "parts"),
    [
        ({"type": "section", "text": _mrkdwn("*a*")}, ["<strong>a</strong>"]),
        ({"type": "section", "text": _plain("*a*")}, ["*a*"]),
        (
            {"type": "section", "fields": [_mrkdwn("*Status*\n`x`"), _mrkdwn("b")]},
            ['class="field"', "<strong>Status</strong><br><code>x</code>", ">b<"],
        ),
        ({"type": "context", "elements": [_mrkdwn("_c_")]}, ["<em>c</em>"]),
        ({"type": "header", "text": _plain("Head")}, ["<h3", ">Head</h3>"]),
        ({"type": "divider"}, ["<hr>"]),
        (
            {
                "type": "actions",
                "elements": [
                    {"type": "button", "text": _plain("<Go>"), "action_id": "go", "style": "danger"}
                ],
            },
            ["<button", "danger", ">&lt;Go&gt;</button>"],
        ),
        ({"type": "carousel"}, ["the message's text"]),
    ],
)
def test_blocks(page: Page, block: dict[str, Any], parts: list[str]) -> None:
    """Each kind of block that the bot sends is drawn; an unknown one gives way to the text."""
    message = {"text": "the message's text", "blocks": [block]}
    drawn = str(page.evaluate(_DRAWN, message))
    assert [part for part in parts if part not in drawn] == []
    assert ("the message's text" in drawn) == (block["type"] == "carousel")

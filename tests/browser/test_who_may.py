"""Who may: a guest is refused, a big batch needs another person, a confirmation can be undone."""

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import WIDE, Open
from tests.browser.local import LocalPage
from tests.browser.measures import nameless, small_targets, too_faint
from tests.browser.test_reach import tab_to
from tests.browser.viewer import PRIVATE, Viewer

BATCH, BIG = "batch_wrong_prompt", "batch_full_archive"
Json = dict[str, Any]


def _button(label: str, style: str) -> Json:
    text = {"type": "plain_text", "text": label}
    value = {"action_id": label.lower(), "value": "token", "style": style}
    return {"type": "button", "text": text} | value


def _asked() -> list[Json]:
    words = "*<@U0ANA> asks to cancel `batch_a`*\n<!subteam^S0LEADS|@leads>: one of you must agree."
    elements = [_button("Approve", "primary"), _button("Decline", "danger")]
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": words}},
        {"type": "actions", "elements": elements},
    ]


def test_a_message_for_all_has_buttons(come: Open, local: LocalPage) -> None:
    """Whoever presses one there does it in their own name, and reads alone what went wrong."""
    message = local.post("Who agrees?", blocks=_asked())
    ben = come(viewport=WIDE).act_as("Ben")
    expect(ben.messages("one of you must agree")).to_contain_text("@leads")
    ben.press("Approve")
    local.heard(1)
    (payload,) = local.sent("block_actions")
    assert payload["user"]["id"] == "U0BEN"
    assert payload["container"]["is_ephemeral"] is False
    assert payload["message"]["ts"] == message.ts
    local.status = 500
    expect(ben.button("Approve")).not_to_have_attribute("aria-busy", "true")
    ben.press("Decline")
    expect(ben.messages("must agree").get_by_role("alert")).to_contain_text("did not answer")
    ben.act_as("Cleo")
    expect(ben.messages("must agree")).to_be_visible()
    expect(ben.messages("must agree").get_by_role("alert")).to_have_count(0)
    local.edit(message, "It is approved")
    expect(ben.messages("(edited)")).to_be_visible()


def test_its_buttons_can_be_read_and_hit(come: Open, local: LocalPage) -> None:
    """In both schemes, and on a narrow screen by a finger; in the thread they stand as well."""
    message = local.post("Who agrees?", blocks=_asked())
    local.post("It waits.", thread_ts=message.ts)
    ben = come(viewport={"width": 360, "height": 740}).act_as("Ben")
    for in_thread in (False, True):
        if in_thread:
            ben.open_thread("must agree")
            expect(ben.replies().first.get_by_role("button", name="Approve")).to_be_visible()
        for scheme in ("light", "dark"):
            ben.page.emulate_media(color_scheme=scheme)
            assert too_faint(ben.page) == []
            assert nameless(ben.page) == []
            assert small_targets(ben.page) == []
            assert ben.fits(360)


def test_the_guest_is_told_by_name(come: Open, local: LocalPage) -> None:
    """The switch between people and the messages say who is a guest."""
    ana = come(viewport=WIDE)
    people = ana.page.get_by_role("combobox", name="You are").get_by_role("option")
    expect(people).to_have_text(["Ana", "Ben", "Cleo (guest)"])
    local.post("I am new here", user="U0CLEO")
    expect(ana.messages("I am new here")).to_contain_text("guest")


def test_the_undo_window_is_switched(ana: Viewer) -> None:
    """By keys or by mouse; the bot restarts with it, and the page tells the truth when loaded."""
    switch = ana.page.get_by_role("switch", name="Undo window (10 s)")
    expect(switch).not_to_be_checked()
    expect(switch).to_have_accessible_description(re.compile("restarts the bot"))
    first = ana.bot.inner_text()
    tab_to(ana.page, switch)
    ana.page.keyboard.press("Space")
    expect(switch).to_be_checked()
    expect(ana.bot).not_to_have_text(first)
    expect(ana.bot).to_contain_text("running (")
    second = ana.bot.inner_text()
    assert second != first
    ana.page.reload()
    expect(switch).to_be_checked()
    expect(ana.bot).to_have_text(second)
    switch.click()
    expect(switch).not_to_be_checked()
    expect(ana.bot).not_to_have_text(second)
    expect(ana.bot).to_contain_text("running (")
    ana.page.reload()
    expect(ana.bot).to_contain_text("running (")
    expect(switch).not_to_be_checked()


def test_a_guest_is_refused(ana: Viewer) -> None:
    """Cleo reads why and what to do, alone; no button comes, and nothing is cancelled."""
    cleo = ana.act_as("Cleo").command(BATCH)
    refusal = cleo.messages(PRIVATE, "guest")
    expect(refusal).to_be_visible()
    expect(refusal.get_by_role("button")).to_have_count(0)
    cleo.act_as("Ben")
    expect(cleo.messages("guest")).to_have_count(0)
    expect(cleo.batch(BATCH)).to_contain_text("in_progress")
    cleo.press("What travels")
    rows = cleo.page.get_by_role("region", name="What travels").get_by_role("listitem")
    expect(rows.filter(has_text="users.info")).to_have_count(1)
    expect(rows.filter(has_text="/cancel/")).to_have_count(0)

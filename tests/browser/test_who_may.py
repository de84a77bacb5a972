"""Who may: a guest is refused, owners are named, and a big batch needs another person."""

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import WIDE, Open
from tests.browser.local import LocalPage
from tests.browser.measures import nameless, small_targets, too_faint
from tests.browser.viewer import CONFIRM, PRIVATE, Viewer

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


def test_whose_batch_it_is(ana: Viewer) -> None:
    """Before the button it is said whose it is; the thread tells the owner of its end."""
    other = "batch_runaway_loop"
    ana.speed("Fast").command(other)
    expect(ana.confirmation).to_contain_text("This batch is @ben's, not yours.")
    ana.press(CONFIRM)
    ana.open_thread(f"cancelled {other}")
    expect(ana.replies("It is the batch of @ben.")).to_have_count(1)
    ana.press("Close thread")
    ana.command(BATCH)
    expect(ana.confirmation).to_contain_text(re.compile(r"Owner\s*you"))


def _ask_for_approval(ana: Viewer) -> None:
    """Ask for the big batch to be cancelled; the channel is asked to agree."""
    ana.command(BIG)
    why = "more than 20,000 requests have not run"
    expect(ana.messages(PRIVATE, "A second person must agree", why)).to_be_visible()
    ana.press("Cancel batch if approved")
    expect(ana.messages(f"@ana asks to cancel {BIG}", why)).to_be_visible()
    expect(ana.button("Approve")).to_be_visible()


def test_a_big_batch_needs_a_second_person(ana: Viewer, visit: Open) -> None:
    """Ana asks and can't approve, Cleo neither, Ben can: the buttons go, the thread has the end."""
    ana.speed("Fast")
    ben = visit(viewport=WIDE).act_as("Ben")
    _ask_for_approval(ana)
    ana.press("Approve")
    expect(ana.messages(PRIVATE, "You asked for this yourself")).to_be_visible()
    ben.act_as("Cleo").press("Approve")
    expect(ben.messages(PRIVATE, "Guests of this workspace may not")).to_be_visible()
    expect(ben.batch(BIG)).to_contain_text("in_progress")
    ben.act_as("Ben").press("Approve")
    for viewer in (ana, ben):
        expect(viewer.button("Approve")).to_have_count(0)
        expect(viewer.button("Decline")).to_have_count(0)
    told = ana.messages(f"@ana cancelled {BIG}")
    expect(told).to_contain_text("@ben")
    ana.open_thread(f"cancelled {BIG}")
    expect(ana.replies("is cancelled", "Completed (billed)")).to_have_count(1)
    assert ana.messages().filter(has_not_text=PRIVATE).filter(has_text=BIG).count() == 1


def test_a_second_person_declines(ana: Viewer) -> None:
    """The batch goes on; the message loses its buttons, and its thread says who declined."""
    _ask_for_approval(ana)
    ana.act_as("Ben").press("Decline")
    expect(ana.button("Decline")).to_have_count(0)
    ana.open_thread("@ana asked to cancel", BIG, "Nothing was cancelled")
    expect(ana.replies("@ben declined")).to_have_count(2)
    expect(ana.batch(BIG)).to_contain_text("in_progress")


def test_it_waits_through_a_death(ana: Viewer) -> None:
    """Killed while it waits, the bot still takes the second person's word afterwards."""
    ana.speed("Fast")
    _ask_for_approval(ana)
    ana.press("Kill the bot")
    expect(ana.bot).to_contain_text("down")
    expect(ana.bot).to_contain_text("running (")
    ana.act_as("Ben").press("Approve")
    ana.open_thread(f"cancelled {BIG}")
    expect(ana.replies("is cancelled")).to_have_count(1)


def test_the_buttons_wait_only_where_the_bot_is(ana: Viewer) -> None:
    """Where it can't post, the person reads that it must be invited, and nothing waits."""
    ana.open_channel("#ml-private").command(BIG)
    ana.press("Cancel batch if approved")
    expect(ana.messages(PRIVATE, "/invite")).to_be_visible()
    expect(ana.button("Approve")).to_have_count(0)
    expect(ana.batch(BIG)).to_contain_text("in_progress")

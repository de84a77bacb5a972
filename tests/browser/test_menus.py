"""A menu in a message: found by typing, chosen by mouse, keys and fingers, told with the button."""

from typing import Any

from playwright.sync_api import Locator, expect

from tests.browser.conftest import WIDE, Open
from tests.browser.local import LocalPage
from tests.browser.measures import nameless, small_targets, too_faint
from tests.browser.viewer import Viewer

Json = dict[str, Any]


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


NAMES = (
    "nightly-eval",
    "nightly-labels",
    "triage",
    "index-tickets",
    "a-name-that-is-too-long-" * 2,
)


def _option(name: str) -> Json:
    text = f"{name} · batch_{name.replace('-', '_')}"[:75]
    return {"text": _plain(text), "value": name, "description": _plain("gpt-4.1, 40 of 100")}


def picker(**fields: Any) -> list[Json]:
    """Return the blocks of a question with a menu."""
    element = {
        "type": "multi_static_select",
        "action_id": "pick",
        "placeholder": _plain("Search batches"),
        "options": [_option(name) for name in NAMES],
    }
    button = {"type": "button", "action_id": "go", "text": _plain("Continue"), "value": "token"}
    return [
        {
            "type": "section",
            "block_id": "batches",
            "text": {"type": "mrkdwn", "text": "*Which batches?*"},
            "accessory": element | fields,
        },
        {"type": "actions", "elements": [button]},
    ]


def _field(viewer: Viewer, label: str = "Search batches") -> Locator:
    return viewer.page.get_by_role("combobox", name=label, exact=True)


def _options(viewer: Viewer, label: str = "Search batches") -> Locator:
    return viewer.page.get_by_role("listbox", name=label, exact=True).get_by_role("option")


def _chips(viewer: Viewer) -> Locator:
    chips = viewer.messages("Which batches?").get_by_role("list", name="Chosen")
    return chips.get_by_role("button")


def _said(viewer: Viewer) -> Locator:
    return viewer.messages("Which batches?").get_by_role("status")


def _values(state: Json) -> list[str]:
    return [one["value"] for one in state["batches"]["pick"]["selected_options"]]


def _actions(local: LocalPage, kind: str) -> list[Json]:
    """Return the payloads about a button or a menu."""
    return [p for p in local.sent("block_actions") if p["actions"][0]["type"] == kind]


def _go(viewer: Viewer, local: LocalPage, label: str = "Search batches") -> list[str]:
    """Close the list and press the button; return what its payload says is chosen."""
    _field(viewer, label).press("Escape")
    viewer.press("Continue")
    expect(viewer.button("Continue")).not_to_have_attribute("aria-busy", "true")
    return _values(_actions(local, "button")[-1]["state"]["values"])


def test_by_mouse(come: Open, local: LocalPage) -> None:
    """Typing filters; each choice goes to the app and becomes a chip; the button tells them all."""
    local.ask(*picker())
    ana = come(viewport=WIDE)
    _field(ana).click()
    expect(_options(ana)).to_have_count(len(NAMES))
    _field(ana).press_sequentially("NIGHTLY")
    expect(_options(ana)).to_have_count(2)
    expect(_said(ana)).to_contain_text("2 options match")
    _options(ana).last.click()
    expect(_chips(ana)).to_have_count(1)
    expect(_field(ana)).to_have_value("")
    _options(ana).filter(has_text="triage").click()
    expect(_options(ana).filter(has_text="triage")).to_have_attribute("aria-selected", "true")
    expect(_said(ana)).to_contain_text("2 chosen")
    assert _go(ana, local) == ["nightly-labels", "triage"]
    _chips(ana).first.click()
    expect(_chips(ana)).to_have_count(1)
    assert _go(ana, local) == ["triage"]
    local.heard(5)
    told = [_values(p["state"]["values"]) for p in _actions(local, "multi_static_select")]
    assert told == [["nightly-labels"], ["nightly-labels", "triage"], ["triage"]]


def test_by_keyboard(come: Open, local: LocalPage) -> None:
    """Arrows, Enter, Escape and Backspace do all of it; the focus never leaves the field."""
    local.ask(*picker())
    ana = come(viewport=WIDE)
    keys = ana.page.keyboard
    _field(ana).focus()
    expect(_options(ana)).to_have_count(0)
    listed = ana.page.get_by_role("listbox", name="Search batches", include_hidden=True)
    expect(listed).to_have_attribute("aria-multiselectable", "true")
    keys.press("ArrowDown")
    expect(_options(ana)).to_have_count(len(NAMES))
    active = _field(ana).get_attribute("aria-activedescendant")
    assert active == _options(ana).first.get_attribute("id")
    keys.press("ArrowUp")
    assert _field(ana).get_attribute("aria-activedescendant") == _options(ana).last.get_attribute(
        "id"
    )
    keys.press("ArrowDown")
    keys.press("Enter")
    keys.type("tri")
    expect(_options(ana)).to_have_count(1)
    keys.press("Enter")
    expect(_chips(ana)).to_have_count(2)
    keys.type("nothing like it")
    expect(_options(ana)).to_have_count(0)
    expect(_field(ana)).to_have_attribute("aria-expanded", "false")
    keys.press("Escape")
    expect(_field(ana)).to_have_value("")
    keys.press("Backspace")
    expect(_chips(ana)).to_have_count(1)
    expect(_field(ana)).to_be_focused()
    assert _go(ana, local) == ["nightly-eval"]


def test_it_stays_whatever_comes(come: Open, local: LocalPage) -> None:
    """New messages and another person's view leave it as it was, the typed letters too."""
    local.ask(*picker())
    ana = come(viewport=WIDE)
    _field(ana).click()
    _options(ana).first.click()
    _field(ana).press_sequentially("tri")
    local.post("something else", user="U0BEN")
    expect(ana.messages("something else")).to_be_visible()
    expect(_options(ana)).to_have_count(1)
    expect(_field(ana)).to_be_focused()
    expect(_field(ana)).to_have_value("tri")
    ana.act_as("Ben")
    expect(_field(ana)).to_have_count(0)
    ana.act_as("Ana")
    expect(_chips(ana)).to_have_count(1)
    assert _go(ana, local) == ["nightly-eval"]


def test_two_people_choose_apart(come: Open, local: LocalPage) -> None:
    """In a message for all, each has their own chips, and each click tells its own choice."""
    question = local.post("Which?", blocks=picker())
    ana, ben = come(viewport=WIDE), come(viewport=WIDE)
    ben.act_as("Ben")
    for viewer, name in ((ana, "triage"), (ben, "index-tickets")):
        _field(viewer).click()
        _options(viewer).filter(has_text=name).click()
        expect(_chips(viewer)).to_have_count(1)
    local.edit(question, "Which? (two have looked)")
    expect(ana.messages("(edited)")).to_be_visible()
    assert _go(ana, local) == ["triage"]
    assert _go(ben, local) == ["index-tickets"]


def test_no_more_than_may_be_chosen(come: Open, local: LocalPage) -> None:
    """At the limit the others can't be chosen, and it is said; what is chosen can be given back."""
    local.ask(*picker(max_selected_items=1, initial_options=[_option("triage")]))
    ana = come(viewport=WIDE)
    expect(_chips(ana)).to_have_count(1)
    _field(ana).click()
    first = _options(ana).first
    expect(first).to_have_attribute("aria-disabled", "true")
    expect(_said(ana)).to_contain_text("no more than 1")
    first.click(force=True)
    expect(_chips(ana)).to_have_accessible_name("Remove triage · batch_triage")
    _options(ana).filter(has_text="triage").click()
    expect(_chips(ana)).to_have_count(0)
    first.click()
    assert _go(ana, local) == ["nightly-eval"]


def test_a_choice_that_the_app_does_not_hear_is_told(come: Open, local: LocalPage) -> None:
    """The person reads so, keeps what was chosen, and the button tells it later."""
    local.ask(*picker())
    local.status = 500
    ana = come(viewport=WIDE)
    _field(ana).click()
    _options(ana).first.click()
    expect(ana.messages("Which batches?").get_by_role("alert")).to_contain_text("did not hear")
    expect(_chips(ana)).to_have_count(1)
    local.status = 200
    assert _go(ana, local) == ["nightly-eval"]


def test_an_input_block(come: Open, local: LocalPage) -> None:
    """Its label is the menu's name; the app hears of the choice with the button alone."""
    menu = picker()[0]["accessory"]
    entry = {
        "type": "input",
        "block_id": "batches",
        "label": _plain("Your batches"),
        "element": menu,
    }
    local.ask(entry, picker()[1])
    ana = come(viewport=WIDE)
    expect(ana.messages("Your batches")).to_be_visible()
    label = "Your batches"
    expect(_field(ana, label)).to_have_attribute("placeholder", "Search batches")
    _field(ana, label).click()
    _options(ana, label).first.click()
    assert _go(ana, local, label) == ["nightly-eval"]
    assert _actions(local, "multi_static_select") == []


def test_on_a_phone(come: Open, local: LocalPage) -> None:
    """With fingers at 360 pixels: nothing is too wide, too small to hit, too faint or nameless."""
    local.ask(*picker())
    ana = come(viewport={"width": 360, "height": 640}, has_touch=True)
    _field(ana).tap()
    for option in _options(ana).all()[:3]:
        option.tap()
    _options(ana).last.tap()
    expect(_chips(ana)).to_have_count(4)
    expect(_options(ana).last).to_have_attribute("aria-selected", "true")
    assert ana.fits(360)
    toggle = ana.button("Options")
    for scheme in ("light", "dark"):
        ana.page.emulate_media(color_scheme=scheme)
        assert too_faint(ana.page) == []
        assert nameless(ana.page) == []
        assert small_targets(ana.page) == []
    toggle.tap()
    expect(_options(ana)).to_have_count(0)
    _chips(ana).last.tap()
    expect(_chips(ana)).to_have_count(3)
    assert _go(ana, local) == list(NAMES[:3])

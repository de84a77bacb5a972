"""What people have chosen in the menus of messages, and how Slack tells it with each action."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.sandbox.slack.blocks import elements_of, with_ids
from bot.sandbox.slack.elements import MENU
from bot.sandbox.slack.workspace import Ephemeral, SandboxMessage

Json = dict[str, Any]

Chosen = Mapping[str, Mapping[str, Sequence[str]]]
"""The values of the chosen options, by block_id and action_id."""


@dataclass(frozen=True, slots=True)
class Menu:
    """One menu of a message. `dispatches` tells whether each choice is an action of its own.

    It is one in a section; in an input block only where that says `dispatch_action`.
    """

    block_id: str
    element: Json
    dispatches: bool

    @property
    def action_id(self) -> str:
        """Return its action_id, "" where it has none."""
        return str(self.element.get("action_id", ""))

    def options(self, values: Sequence[str]) -> list[Json]:
        """Return the options with these values, in that order; those that are gone are left out."""
        known = {option["value"]: option for option in self.element["options"]}
        return [_shown(known[value]) for value in values if value in known]

    def checked(self, values: Sequence[str]) -> list[str]:
        """Return the values; ValueError where nobody could choose them at the menu."""
        known = {option["value"] for option in self.element["options"]}
        if len(set(values)) != len(values) or not known.issuperset(values):
            raise ValueError("There is no such option.")
        most = self.element.get("max_selected_items")
        if most is not None and len(values) > most:
            raise ValueError(f"At most {most} options can be chosen.")
        return list(values)


def menus_of(blocks: list[Json]) -> Iterator[Menu]:
    """Return the menus of a message."""
    for block, element in elements_of(with_ids(blocks)):
        if element.get("type") == MENU:
            dispatches = block["type"] != "input" or bool(block.get("dispatch_action"))
            yield Menu(block["block_id"], element, dispatches)


def menu_of(blocks: list[Json], action_id: str = "", block_id: str = "") -> Menu:
    """Return the one menu that is meant, the first one if not said otherwise.

    Raises:
        ValueError: there is none like that.

    """
    meant = (
        menu
        for menu in menus_of(blocks)
        if action_id in {"", menu.action_id} and block_id in {"", menu.block_id}
    )
    found = next(meant, None)
    if found is None:
        raise ValueError("That menu is not there any more.")
    return found


class Choices:
    """What is chosen, for each person and message apart, as long as the menu keeps its two ids."""

    def __init__(self) -> None:
        """Begin with nothing chosen."""
        self._chosen: dict[tuple[str, str, str, str], list[str]] = {}

    def choose(self, user: str, ts: str, menu: Menu, values: Sequence[str]) -> None:
        """Let these be chosen, and nothing else in that menu; ValueError where they can't be."""
        self._chosen[user, ts, menu.block_id, menu.action_id] = menu.checked(values)

    def take(self, user: str, on: Ephemeral | SandboxMessage, chosen: Chosen) -> None:
        """Let all that be chosen in a message; ValueError where it can't be."""
        for block_id, actions in chosen.items():
            for action_id, values in actions.items():
                self.choose(user, on.ts, menu_of(on.blocks, action_id, block_id), values)

    def selected(self, user: str, ts: str, menu: Menu) -> list[Json]:
        """Return the chosen options; before the first choice those that the message begins with."""
        initial = [option["value"] for option in menu.element.get("initial_options", [])]
        key = (user, ts, menu.block_id, menu.action_id)
        return menu.options(self._chosen.get(key, initial))

    def state_of(self, user: str, on: Ephemeral | SandboxMessage) -> Json:
        """Return a payload's `state`: every menu of the message, those without a choice too."""
        values: dict[str, Json] = {}
        for menu in menus_of(on.blocks):
            told = {"type": MENU, "selected_options": self.selected(user, on.ts, menu)}
            values.setdefault(menu.block_id, {})[menu.action_id] = told
        return {"values": values}

    def clear(self) -> None:
        """Forget everything."""
        self._chosen.clear()


def _shown(option: Json) -> Json:
    """Return an option as payloads hold it: each text says whether it shows emoji."""
    texts = {name: option[name] for name in ("text", "description") if name in option}
    return option | {name: {"emoji": True} | text for name, text in texts.items()}

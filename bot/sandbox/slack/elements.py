"""Block Kit's elements and what they may hold. Sources: the reference of elements and objects."""

from typing import Any

Json = dict[str, Any]

MENU = "multi_static_select"
_MOST_OPTIONS = 100


def element_problem(element: Any, allowed: frozenset[str]) -> str | None:
    """Return what is wrong with an element of a block that takes `allowed` types of elements."""
    kind = element.get("type") if isinstance(element, dict) else None
    if kind not in allowed:
        return f"unsupported element here: {kind}"
    if len(str(element.get("action_id", ""))) > 255:
        return "action_id is at most 255 characters"
    return _menu_problem(element) if kind == MENU else _button_problem(element)


def text_problem(text: Any, longest: int, *, plain: bool = False) -> str | None:
    """Return what is wrong with a text object; `plain` takes no mrkdwn."""
    kinds = {"plain_text"} if plain else {"mrkdwn", "plain_text"}
    if not isinstance(text, dict) or text.get("type") not in kinds:
        return f"a text object has a type: {' or '.join(sorted(kinds))}"
    words = text.get("text")
    if not isinstance(words, str) or not 1 <= len(words) <= longest:
        return f"a text has 1 to {longest} characters"
    return None


def plain_problem(text: Any, longest: int) -> str | None:
    """Return what is wrong with a plain text that may be left out."""
    return None if text is None else text_problem(text, longest, plain=True)


def _button_problem(element: Json) -> str | None:
    if len(str(element.get("value", ""))) > 2000:
        return "a value is at most 2000 characters"
    if element.get("style") not in {None, "primary", "danger"}:
        return "unknown style"
    return text_problem(element.get("text"), 75, plain=True)


def _menu_problem(menu: Json) -> str | None:
    options, most = menu.get("options"), menu.get("max_selected_items")
    if not isinstance(options, list) or not 1 <= len(options) <= _MOST_OPTIONS:
        return f"a menu has 1 to {_MOST_OPTIONS} options"
    if most is not None and (type(most) is not int or most < 1):
        return "max_selected_items is a number from 1"
    problems = [plain_problem(menu.get("placeholder"), 150), *map(_option_problem, options)]
    found = next((problem for problem in problems if problem is not None), None)
    return found or _initial_problem(menu.get("initial_options"), options, most)


def _option_problem(option: Any) -> str | None:
    if not isinstance(option, dict):
        return "an option is an object"
    value = option.get("value")
    if not isinstance(value, str) or not 1 <= len(value) <= 150:
        return "the value of an option has 1 to 150 characters"
    problem = text_problem(option.get("text"), 75, plain=True)
    return problem or plain_problem(option.get("description"), 75)


def _initial_problem(initial: Any, options: list[Any], most: int | None) -> str | None:
    if initial is None:
        return None
    if not isinstance(initial, list) or not 1 <= len(initial) <= (most or len(options)):
        return "initial_options are a list of at least one, and no more than may be selected"
    return None if all(one in options for one in initial) else "initial_options are options"

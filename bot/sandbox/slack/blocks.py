"""Block Kit's limits, as Slack documents them. Source: the reference of blocks."""

from collections.abc import Callable, Iterator
from typing import Any

from bot.sandbox.slack.elements import MENU, element_problem, plain_problem, text_problem

Json = dict[str, Any]

_IN_A_SECTION = frozenset({"button", MENU})
_IN_ACTIONS = frozenset({"button"})
_IN_AN_INPUT = frozenset({MENU})


def problem_of(blocks: object) -> str | None:
    """Return what is wrong with the blocks of a message, None when Slack would take them."""
    if blocks is None:
        return None
    if not isinstance(blocks, list) or len(blocks) > 50:
        return "blocks must be a list of at most 50"
    ids = [b.get("block_id") for b in blocks if isinstance(b, dict) and b.get("block_id")]
    if len(ids) != len(set(map(str, ids))) or any(len(str(i)) > 255 for i in ids):
        return "block_id must be unique and at most 255 characters"
    return next((p for p in map(_block_problem, blocks) if p is not None), None)


def with_ids(blocks: list[Json]) -> list[Json]:
    """Return the blocks, each with an id: Slack gives one to a block that comes without."""
    return [{"block_id": f"auto{place}"} | block for place, block in enumerate(blocks, 1)]


def elements_of(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Return each element that somebody can use, after its block; see `with_ids` for the ids."""
    for block in blocks:
        match block.get("type"):
            case "actions":
                yield from ((block, element) for element in block.get("elements", []))
            case "section" if isinstance(block.get("accessory"), dict):
                yield block, block["accessory"]
            case "input":
                yield block, block["element"]


def _block_problem(block: Any) -> str | None:
    kind = block.get("type") if isinstance(block, dict) else None
    check = _CHECKS.get(kind) if isinstance(kind, str) else None
    return "unknown or unsupported block type" if check is None else check(block)


def _section_problem(block: Json) -> str | None:
    fields, text, accessory = block.get("fields"), block.get("text"), block.get("accessory")
    if text is None and not fields:
        return "a section has text or fields"
    if fields is not None and not 1 <= len(fields) <= 10:
        return "a section has 1 to 10 fields"
    problem = None if text is None else text_problem(text, 3000)
    problem = problem or _first(fields or [], 2000)
    return problem or (None if accessory is None else element_problem(accessory, _IN_A_SECTION))


def _actions_problem(block: Json) -> str | None:
    elements = block.get("elements") or []
    if not 1 <= len(elements) <= 25:
        return "actions have 1 to 25 elements"
    problems = (element_problem(element, _IN_ACTIONS) for element in elements)
    problem = next((found for found in problems if found is not None), None)
    if problem is not None:
        return problem
    action_ids = [e["action_id"] for e in elements if "action_id" in e]
    return None if len(set(action_ids)) == len(action_ids) else "action_id must be unique"


def _input_problem(block: Json) -> str | None:
    label, hint = block.get("label"), block.get("hint")
    problem = text_problem(label, 2000, plain=True) or plain_problem(hint, 2000)
    return problem or element_problem(block.get("element"), _IN_AN_INPUT)


def _first(texts: list[Any], longest: int) -> str | None:
    return next((p for p in (text_problem(t, longest) for t in texts) if p is not None), None)


def _context_problem(block: Json) -> str | None:
    elements = block.get("elements") or []
    wrong = not 1 <= len(elements) <= 10
    return "a context has 1 to 10 elements" if wrong else _first(elements, 2000)


_CHECKS: dict[str, Callable[[Json], str | None]] = {
    "section": _section_problem,
    "context": _context_problem,
    "actions": _actions_problem,
    "input": _input_problem,
    "header": lambda block: text_problem(block.get("text"), 150, plain=True),
    "divider": lambda _block: None,
}

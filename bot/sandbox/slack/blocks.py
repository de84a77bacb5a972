"""Block Kit's limits, as Slack documents them. Sources: the reference of blocks and elements."""

from typing import Any

_KNOWN = frozenset({"section", "context", "actions", "header", "divider"})


def problem_of(blocks: object) -> str | None:
    """Return what is wrong with the blocks of a message, None when Slack would take them."""
    if blocks is None:
        return None
    if not isinstance(blocks, list) or len(blocks) > 50:
        return "blocks must be a list of at most 50"
    ids = [b.get("block_id") for b in blocks if isinstance(b, dict) and b.get("block_id")]
    if len(ids) != len(set(ids)) or any(len(str(i)) > 255 for i in ids):
        return "block_id must be unique and at most 255 characters"
    return next((p for p in map(_block_problem, blocks) if p is not None), None)


def _block_problem(block: Any) -> str | None:
    if not isinstance(block, dict) or block.get("type") not in _KNOWN:
        return "unknown or unsupported block type"
    match block["type"]:
        case "section":
            return _section_problem(block)
        case "context":
            elements = block.get("elements") or []
            wrong = not 1 <= len(elements) <= 10
            return "a context has 1 to 10 elements" if wrong else _first(elements, 2000)
        case "actions":
            return _actions_problem(block)
        case "header":
            return _text_problem(block.get("text"), 150)
        case _:
            return None


def _section_problem(block: dict[str, Any]) -> str | None:
    fields = block.get("fields")
    if block.get("text") is None and not fields:
        return "a section has text or fields"
    if fields is not None and not 1 <= len(fields) <= 10:
        return "a section has 1 to 10 fields"
    text = block.get("text")
    problem = None if text is None else _text_problem(text, 3000)
    return problem or _first(fields or [], 2000)


def _actions_problem(block: dict[str, Any]) -> str | None:
    elements = block.get("elements") or []
    if not 1 <= len(elements) <= 25:
        return "actions have 1 to 25 elements"
    action_ids = [e.get("action_id") for e in elements]
    if len(set(action_ids)) != len(action_ids) or any(len(str(i)) > 255 for i in action_ids):
        return "action_id must be unique and at most 255 characters"
    for element in elements:
        if len(str(element.get("value", ""))) > 2000:
            return "a value is at most 2000 characters"
        problem = _text_problem(element.get("text"), 75)
        if problem:
            return problem
        if element.get("style") not in {None, "primary", "danger"}:
            return "unknown style"
    return None


def _first(texts: list[Any], longest: int) -> str | None:
    return next((p for p in (_text_problem(t, longest) for t in texts) if p is not None), None)


def _text_problem(text: Any, longest: int) -> str | None:
    if not isinstance(text, dict) or text.get("type") not in {"mrkdwn", "plain_text"}:
        return "a text object has a type"
    words = text.get("text")
    if not isinstance(words, str) or not 1 <= len(words) <= longest:
        return f"a text has 1 to {longest} characters"
    return None

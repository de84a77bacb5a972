"""What is known of the batches of a question, for whoever decides about it."""

from collections.abc import Sequence

from bot.domain.batch import Batch
from bot.domain.message import Block
from bot.domain.request import Request
from bot.views.lines import asked_lines, in_blocks, together
from bot.views.owners import owner_of
from bot.views.words import (
    code,
    fields,
    listed,
    moment,
    progress,
    progress_lines,
    section,
    sentence,
    span,
)

_SENT_SOON = "each cancellation is sent as soon as Respan takes it."
_LEFT_OUT = "Not asked about:"


def facts_of_all(
    request: Request, now: float, viewer: str | None = None, decide: str = "confirm"
) -> tuple[str, list[Block]]:
    """Return what is known of the batches, as text and as blocks: in full for a single one.

    With `viewer`, who reads it ("" for many people), it says whose the batches are. `decide` is
    what they may do where numbers can't be read.
    """
    if len(request.targets) == 1:
        (target,) = request.targets
        owner = [] if viewer is None else [("Owner", owner_of(target, viewer))]
        return _no_numbers(decide) if target.batch is None else numbers(target.batch, now, owner)
    asked = request.open_targets
    left_out = [target for target in request.targets if target.refusal is not None]
    # All lines together have to fit: they are made at once, those left out at the end.
    lines = asked_lines([*asked, *left_out], viewer)
    parts, blocks = lines[: len(asked)], in_blocks(lines[: len(asked)])
    whole = together([target.batch for target in asked]) if len(asked) > 1 else None
    unread = f"You can {decide} without numbers: {_SENT_SOON}" if _is_any_unread(request) else None
    for sentence_ in (whole, unread):
        if sentence_ is not None:
            parts.append(sentence_)
            blocks.append(section(sentence_))
    if left_out:
        out = [_LEFT_OUT, *lines[len(asked) :]]
        parts += out
        blocks += in_blocks(out)
    return " ".join(parts), blocks


def _is_any_unread(request: Request) -> bool:
    return any(target.batch is None for target in request.open_targets)


def numbers(
    batch: Batch, now: float, more: Sequence[tuple[str, str]] = ()
) -> tuple[str, list[Block]]:
    """Return what is known of the batch, with `more` facts, as text and as blocks."""
    facts = [*_facts(batch, now), *more]
    text = f"{sentence(progress(batch))} {listed(*facts)}"
    return text, [fields(*facts), section(progress_lines(batch))]


def _no_numbers(decide: str) -> tuple[str, list[Block]]:
    text = (
        f"Its numbers can't be read at the moment. You can {decide}: the cancellation is sent as"
        " soon as Respan takes it."
    )
    return text, [section(text)]


def _facts(batch: Batch, now: float) -> list[tuple[str, str]]:
    started, expires = batch.running_since, batch.expires_at
    return [
        ("Status", code(batch.status)),
        ("Endpoint", code(batch.endpoint) if batch.endpoint else "not known"),
        ("Model", code(batch.model) if batch.model else "not known"),
        ("Running for", span(now - started) if started is not None else "not known"),
        ("Expires", moment(expires) if expires is not None else "not known"),
    ]

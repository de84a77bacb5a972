"""A line for each of several batches, and their sum."""

from collections.abc import Sequence

from bot.domain.batch import Batch, Counts
from bot.domain.cancellation import Cancellation, State
from bot.domain.message import Block, Message
from bot.domain.request import Request, Target
from bot.views.owners import owner_in_line
from bot.views.standing import brief_standing, reason, standing
from bot.views.words import (
    batches,
    code,
    ending,
    linked,
    mention,
    moment,
    number,
    progress,
    section,
)

_ROOM = 2600
"""Characters of all lines together: with what stands around them they fit into one text."""

_AT_ONCE = 10
"""Lines in one block: with the longest ids they stay within Slack's limit for it."""


def asked_lines(targets: Sequence[Target], viewer: str | None = None) -> list[str]:
    """Return a line for each batch of a question, those that are left out among them.

    With `viewer`, who asks, each that is asked about says whose it is.
    """
    long = [f"{code(t.batch_id)}: {_facts(t)}{_whose(t, viewer)}." for t in targets]
    return fitting(long, [f"{code(t.batch_id)}: {_brief_facts(t)}." for t in targets])


def _whose(target: Target, viewer: str | None) -> str:
    if viewer is None or target.refusal is not None:
        return ""
    return f", {owner_in_line(target, viewer)}"


def named(batch_ids: Sequence[str]) -> str:
    """Return the ids of batches, or how many there are where they would fill the message."""
    ids = ", ".join(map(code, batch_ids))
    return ids if len(ids) <= _ROOM else batches(len(batch_ids))


def standing_lines(request: Request) -> list[str]:
    """Return a line for each batch that was confirmed: how it stands, and by whom."""
    rows = request.cancellations
    long = [f"{code(c.batch_id)}{_by(request, c)} {standing(c)}." for c in rows]
    return fitting(long, [f"{code(c.batch_id)} {brief_standing(c)}." for c in rows])


def with_standing(request: Request, lead: str) -> Message:
    """Return a sentence with a line for each batch that was confirmed: how it stands."""
    lines = standing_lines(request)
    return Message(" ".join([lead, *lines]), [section(lead), *in_blocks(lines)])


def receipt_lines(request: Request) -> list[str]:
    """Return a line for each batch: how it ended, what is billed, and where the results are."""
    rows = request.cancellations
    long = [f"{code(c.batch_id)}{_by(request, c)} {_receipt(c)}." for c in rows]
    return fitting(long, [f"{code(c.batch_id)} {brief_standing(c)}." for c in rows])


def fitting(*forms: list[str]) -> list[str]:
    """Return the first form of all lines for which there is room, else the last and shortest."""
    return next((lines for lines in forms if sum(map(len, lines)) <= _ROOM), forms[-1])


def in_blocks(lines: Sequence[str]) -> list[Block]:
    """Return lines as blocks, of which each keeps Slack's limit."""
    return [section("\n".join(lines[at : at + _AT_ONCE])) for at in range(0, len(lines), _AT_ONCE)]


def together(summed: Sequence[Batch | None]) -> str | None:
    """Return the sum of all batches as a sentence, None where no numbers are known."""
    counts = [batch.counts for batch in summed if batch is not None and batch.counts is not None]
    if not counts:
        return None
    whole = Counts(
        sum(c.total for c in counts),
        sum(c.completed for c in counts),
        sum(c.failed for c in counts),
    )
    is_final = all(batch is not None and batch.is_final for batch in summed)
    rest = "not run" if is_final else "not run yet"
    known = "" if len(counts) == len(summed) else ", as far as is known"
    return (
        f"Together{known}: {number(whole.completed)} of {number(whole.total)} requests done,"
        f" {number(whole.failed)} failed, {number(whole.not_run)} {rest}."
    )


def _facts(target: Target) -> str:
    if target.refusal is not None:
        since = "" if target.since is None else f" since {moment(target.since)}"
        see = f", {linked(target.link, 'follow it here')}" if target.link else ""
        return f"{reason(target.refusal, target.batch, target.by)}{since}{see}"
    if target.batch is None:
        return "its numbers can't be read at the moment"
    model = f", {code(target.batch.model)}" if target.batch.model else ""
    return f"{code(target.batch.status)}{model}, {progress(target.batch)}"


def _brief_facts(target: Target) -> str:
    if target.refusal is not None:
        return "is left out"
    return code("unknown" if target.batch is None else target.batch.status)


def _by(request: Request, row: Cancellation) -> str:
    return "" if row.request_id == request.id else f" (asked for by {mention(row.user_id)})"


def _receipt(row: Cancellation) -> str:
    batch = row.batch
    if row.state is not State.ENDED or batch is None or batch.counts is None:
        return standing(row)
    counts = batch.counts
    numbers = (
        f"completed (billed) {number(counts.completed)}, failed {number(counts.failed)},"
        f" not run {number(counts.not_run)}"
    )
    files = [("output file", batch.output_file_id), ("error file", batch.error_file_id)]
    named = "".join(f", {label} {code(file_id)}" for label, file_id in files if file_id)
    return f"{ending(batch)}: {numbers}{named}"

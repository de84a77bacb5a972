"""The one threaded update: how it ended, what is billed, and what is left."""

from itertools import accumulate

from bot.domain.batch import Batch, Counts
from bot.domain.cancellation import Cancellation
from bot.domain.follow import is_told_privately
from bot.domain.message import Message
from bot.domain.money import NO_PRICES, PriceList
from bot.domain.request import Request
from bot.domain.schedule import GIVE_UP_AFTER
from bot.views.channel import count_cancelled
from bot.views.lines import in_blocks, receipt_lines, together
from bot.views.money import what_it_cost
from bot.views.owners import told_to_owners
from bot.views.words import (
    batches,
    code,
    context,
    ending,
    fields,
    hours,
    mention,
    number,
    section,
    span,
)

LOGS = "https://platform.respan.ai/logs"


_LONGEST_TEXT, _LONGEST_SECTION = 3600, 2900
"""Characters of a text and of a paragraph, less the note and the money: who is mentioned must not
depend on whether a price is known at the moment."""


def reply(request: Request, prices: PriceList = NO_PRICES) -> Message:
    """Return the reply for a request whose batches ended, or that nobody waits for any longer.

    After the person who asked it mentions those who wanted to be told too, and those whose batches
    they were, each once. In direct messages it does not: nobody else reads them, and who did not
    ask gets no message that they can do nothing about.
    """
    bare, people = _receipt(request, prices), mentioned(request)
    owners = "" if is_told_privately(request) else told_to_owners(request, people)
    left = len(request.followers) - len(people)
    first = f"{mention(request.user_id)} "
    told = f"{first}{', '.join(map(mention, people))}: " if people else first
    note = f"{number(left)} more {'gets' if left == 1 else 'get'} this as a direct message."
    lead = bare.blocks[0]["text"]["text"]
    blocks = [section(told + lead.removeprefix(first)), *bare.blocks[1:]]
    blocks += [section(owners)] if owners else []
    text = told + " ".join(part for part in (bare.text.removeprefix(first), owners) if part)
    return Message(f"{text} {note}", [*blocks, context(note)]) if left else Message(text, blocks)


def mentioned(request: Request) -> tuple[str, ...]:
    """Return the followers that the reply mentions; the rest has to be told directly.

    That is nobody where the thread is one person's own, and those for whom it has room elsewhere.
    """
    if not request.followers or is_told_privately(request):
        return ()
    bare = _receipt(request)
    lead = bare.blocks[0]["text"]["text"]
    whole = len(bare.text) + len(told_to_owners(request))
    room = min(_LONGEST_TEXT - whole, _LONGEST_SECTION - len(lead))
    ends = accumulate(len(mention(person)) + 2 for person in request.followers)
    return tuple(who for who, end in zip(request.followers, ends, strict=True) if end <= room)


def told_directly(request: Request) -> Message:
    """Return the receipt for somebody who wanted to be told, and whom the reply can't mention."""
    bare, lead = _receipt(request), "You wanted to be told how this ends:"
    return Message(f"{lead} {bare.text}", [section(lead), *bare.blocks])


def _receipt(request: Request, prices: PriceList = NO_PRICES) -> Message:
    if len(request.cancellations) > 1:
        return _for_all(request, prices)
    (row,) = request.cancellations
    if row.ended_at is None:
        return _given_up(row)
    batch = row.batch or Batch(row.batch_id, "unknown")
    lead = _lead(row, batch)
    numbers, kept = _numbers(batch.counts), _kept(batch)
    took = span(row.ended_at - (row.confirmed_at or row.ended_at))
    files, money = _files(batch), what_it_cost(billed(request), prices)
    in_words = ", ".join(f"{label.lower()}: {value}" for label, value in numbers)
    text = (
        f"{lead} Receipt: {in_words}; from click to end: {took}."
        + "".join(f" {label}: {value}." for label, value in files)
        + "".join(f" {part}" for part in (money, kept) if part)
    )
    facts = fields(*numbers, ("From click to end", took), *files)
    told = [section(money)] if money else []
    return Message(text, [section(lead), facts, *told, context(kept)])


def billed(request: Request) -> list[Batch | None]:
    """Return the batches whose cost the reply tells, None for one whose end was not seen."""
    return [
        None if row.ended_at is None else row.batch
        for row in request.cancellations
        if row.accepted_at is not None
    ]


def _for_all(request: Request, prices: PriceList) -> Message:
    """Return the reply about several batches: a line for each, and the sum."""
    total, cancelled = len(request.cancellations), count_cancelled(request)
    if cancelled == total:
        result = f"All {batches(total)} are cancelled."
    else:
        some = f"{cancelled} of {batches(total)} {'is' if cancelled == 1 else 'are'} cancelled."
        result = some if cancelled else f"None of {batches(total)} is cancelled."
    lead, lines = f"{mention(request.user_id)} {result}", receipt_lines(request)
    ended = request.over_at
    took = "not known" if ended is None else span(ended - (request.confirmed_at or ended))
    whole = together([row.batch for row in request.cancellations if row.accepted_at is not None])
    money = what_it_cost(billed(request), prices)
    told = [whole, f"From click to end: {took}.", money]
    facts = " ".join(part for part in told if part)
    has_output = any(row.batch and row.batch.output_file_id for row in request.cancellations)
    kept = (
        "Completed requests are billed; their results are kept in the output files."
        if has_output
        else f"Completed requests are billed. For the results, look in {LOGS}."
    )
    text = " ".join([lead, *lines, facts, kept])
    return Message(text, [section(lead), *in_blocks(lines), section(facts), context(kept)])


def _lead(row: Cancellation, batch: Batch) -> str:
    who, what = mention(row.user_id), code(row.batch_id)
    if batch.status == "cancelled":
        return f"{who} {what} is cancelled."
    why = f" Its error: {code(batch.error)}." if batch.error else ""
    return f"{who} {what} was not cancelled: it {ending(batch)}.{why}"


def _numbers(counts: Counts | None) -> list[tuple[str, str]]:
    if counts is None:
        return [
            ("Completed (billed)", "not known"),
            ("Failed", "not known"),
            ("Not run", "not known"),
        ]
    return [
        ("Completed (billed)", number(counts.completed)),
        ("Failed", number(counts.failed)),
        ("Not run", number(counts.not_run)),
    ]


def _files(batch: Batch) -> list[tuple[str, str]]:
    files = [("Output file", batch.output_file_id), ("Error file", batch.error_file_id)]
    return [(label, code(file_id)) for label, file_id in files if file_id]


def _kept(batch: Batch) -> str:
    """Return what is known of the results, and nothing else."""
    if batch.output_file_id:
        return "The completed results are kept: they are in the output file."
    if batch.counts is None:
        return (
            "Respan names neither numbers nor an output file, so what completed is not known here."
            f" Look in {LOGS}."
        )
    if not batch.counts.completed:
        return "No request completed, so there are no results."
    return f"Respan names no output file for the completed requests. Look in {LOGS}."


def _given_up(row: Cancellation) -> Message:
    who, what = mention(row.user_id), code(row.batch_id)
    status = code("unknown" if row.batch is None else row.batch.status)
    if row.accepted_at is None:
        text = (
            f"{who} Respan could not be asked to cancel {what} for {hours(GIVE_UP_AFTER)}, and the"
            f" app gave up. Its last known status is {status}; it may still be running and cost"
            f" money. Look at it in Respan ({LOGS}), and type the command again to cancel it."
        )
    else:
        text = (
            f"{who} {what} has not ended within {hours(GIVE_UP_AFTER)} of its cancellation, and the"
            f" app stopped watching. Its last known status is {status}. Look at it in Respan"
            f" ({LOGS})."
        )
    return Message(text, [section(text)])

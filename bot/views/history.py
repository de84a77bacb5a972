"""What was cancelled, and what is being cancelled now: a line each, for one person."""

from collections.abc import Sequence

from bot.domain.cancellation import Cancellation
from bot.domain.command import ShowHistory
from bot.domain.history import Entries
from bot.domain.message import Message
from bot.domain.request import Request
from bot.views.lines import brief_standing, fitting, in_blocks, standing
from bot.views.second_person import waits_until
from bot.views.words import (
    COMMAND,
    batches,
    code,
    context,
    follow_link,
    mention,
    moment,
    number,
    say,
    section,
    subject,
)

Links = Sequence[str | None]
"""The addresses of the announcements, one for each entry that is shown."""

Asked = Sequence[tuple[Request, str | None]]
"""Requests that wait for a second person, with the addresses of their messages."""

Forms = tuple[str, str, str]
"""A line as it is where there is room, shorter, and at its shortest."""

_SEE = "See it"
_WAITING = "Asked for, and not sent before a second person agrees:"


def under_way(found: Entries, links: Links, viewer: str, asked: Asked = ()) -> Message:
    """Return what is being cancelled now, newest first, and what waits for a second person."""
    type_it = f"Type `{COMMAND} status batch_abc123` to see how a batch stands."
    total = len(found.shown) + found.more + found.unreadable
    if total:
        lead = f"{batches(total)} {'is' if total == 1 else 'are'} being cancelled, newest first:"
    else:
        lead = "Nothing is being cancelled at the moment."
        if not asked:
            return say(f"{lead} {type_it}")
    return _listed(lead, found, links, _left_out(found), type_it, _waiting(asked, viewer))


def _waiting(asked: Asked, viewer: str) -> list[Forms]:
    """Return a line in its three forms for each request that waits."""
    return [
        (
            waits_until(request, viewer, subject(request), link),
            f"{mention(request.user_id)} {subject(request)} waits for approval.",
            f"{subject(request)} {mention(request.user_id)}.",
        )
        for request, link in asked
    ]


def history(which: ShowHistory, found: Entries, links: Links) -> Message:
    """Return the latest cancellations, newest first; or that there are none, of whom or what."""
    of = _of(which)
    kept = "What is over is forgotten after some weeks."
    if not found.shown and not found.unreadable:
        return say(f"No cancellation{of} is known. {kept} {_how(which)}")
    count = len(found.shown)
    lead = "The latest cancellation" if count == 1 else f"The latest {count} cancellations"
    return _listed(f"{lead}{of}, newest first:", found, links, _left_out(found), _how(which))


def _of(which: ShowHistory) -> str:
    """Return whose or which cancellations they are, as the end of "the cancellations"."""
    if which.batch_ids:
        ids = which.batch_ids
        return f" of {code(ids[0])}" if len(ids) == 1 else f" of the {batches(len(ids))}"
    if which.own:
        return " of yours"
    if which.user_id is not None:
        return f" by {mention(which.user_id)}"
    return f" by {code(which.user_name)}" if which.user_name is not None else ""


def _how(which: ShowHistory) -> str:
    """Return how to see others."""
    if which == ShowHistory():
        return f"Type `{COMMAND} history me`, a person's name or a batch id to see fewer."
    return f"Type `{COMMAND} history` to see all."


def _left_out(found: Entries) -> str:
    """Return how many are not listed, and why, "" where all are."""
    more = f"{number(found.more)} more {'is' if found.more == 1 else 'are'} not listed."
    unreadable = (
        f"{number(found.unreadable)} can't be read by this version of the app; its log says more."
    )
    parts = (more if found.more else "", unreadable if found.unreadable else "")
    return " ".join(part for part in parts if part)


def _listed(
    lead: str, found: Entries, links: Links, left_out: str, how: str, waiting: Sequence[Forms] = ()
) -> Message:
    rows = [entry.cancellation for entry in found.shown]
    shown = [
        (_line(row, link), _short(row), f"{code(row.batch_id)} {mention(row.user_id)}.")
        for row, link in zip(rows, links, strict=True)
    ]
    lines = fitting(*([forms[n] for forms in (*shown, *waiting)] for n in range(3)))
    under_way, waits = lines[: len(shown)], lines[len(shown) :]
    waits = [_WAITING, *waits] if waits else []
    small = " ".join(part for part in (left_out, how) if part)
    blocks = [section(lead), *in_blocks(under_way), *in_blocks(waits), context(small)]
    return Message(" ".join([lead, *under_way, *waits, small]), blocks)


def _line(row: Cancellation, link: str | None) -> str:
    when, who = moment(row.confirmed_at), mention(row.user_id)
    agreed = f" (approved by {mention(row.approved_by)})" if row.approved_by else ""
    return f"{when}: {who} {code(row.batch_id)}{agreed} {standing(row)}.{follow_link(link, _SEE)}"


def _short(row: Cancellation) -> str:
    return f"{mention(row.user_id)} {code(row.batch_id)} {brief_standing(row)}."

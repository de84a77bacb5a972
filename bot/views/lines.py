"""A line for each of several batches, and their sum."""

from collections.abc import Sequence
from typing import assert_never

from bot.domain.batch import Batch, Counts
from bot.domain.cancellation import Cancellation, State
from bot.domain.message import Block, Message
from bot.domain.refusal import Refusal
from bot.domain.request import Request, Target
from bot.domain.schedule import GIVE_UP_AFTER, UNSENT_ASKED_AGAIN
from bot.views.owners import owner_in_line
from bot.views.words import (
    batches,
    code,
    ending,
    hours,
    linked,
    mention,
    moment,
    number,
    progress,
    section,
    span,
    time_of_day,
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


def standing(row: Cancellation) -> str:
    """Return how a cancellation stands, as the end of a sentence about its batch."""
    match row.state:
        case State.CONFIRMED:
            return _unaccepted(row)
        case State.CANCELLING:
            return f"is being cancelled: {progress(row.batch)}"
        case State.ENDED:
            return f"{ending(row.batch)}: {progress(row.batch)}"
        case State.REFUSED:
            return f"was not cancelled: {reason(row.refusal, row.batch, None)}"
        case State.WITHDRAWN | State.EXPIRED | State.ABANDONED | State.CHANGED:
            return brief_standing(row)
        case unknown:
            assert_never(unknown)


def brief_standing(row: Cancellation) -> str:  # noqa: PLR0911 - one line for each state
    """Return the same without numbers and reasons."""
    match row.state:
        case State.CONFIRMED:
            return "is not accepted yet"
        case State.CANCELLING:
            return "is being cancelled"
        case State.ENDED:
            return ending(row.batch)
        case State.REFUSED:
            return "was not cancelled"
        case State.WITHDRAWN if row.is_unsent and row.rejection is None:
            return "was withdrawn before it was sent, and goes on"
        case State.WITHDRAWN:
            return "was withdrawn, Respan did not take it, and it goes on"
        case State.EXPIRED:
            return f"was not cancelled: Respan could not be asked for {span(UNSENT_ASKED_AGAIN)}"
        case State.CHANGED:
            return f"was not sent: {reason(Refusal.CHANGED, None, None)}"
        case State.ABANDONED:
            return (
                f"has an end that was not seen within {hours(GIVE_UP_AFTER)}: look at it in Respan"
            )
        case unknown:
            assert_never(unknown)


def in_window(row: Cancellation) -> str:
    """Return when it is sent where it can be undone until then, "" where it has no such window."""
    if not row.is_unsent or row.waits_for is not None or row.not_before is None:
        return ""
    return f"Respan is asked at {time_of_day(row.not_before)}, unless it is undone before"


def _unaccepted(row: Cancellation) -> str:
    if not row.is_unsent:
        return "was sent to Respan, whose answer was lost: the app looks until it knows"
    window = in_window(row)
    if window:
        return f"is confirmed: {window}"
    if row.waits_for is None:
        return "is confirmed: Respan is being asked"
    return f"is not accepted yet: {reason(row.waits_for, row.batch, None)}"


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


def reason(  # noqa: C901, PLR0911, PLR0912 - one line for each
    refusal: Refusal | None, batch: Batch | None, by: str | None
) -> str:
    """Return why a batch is not, or not yet, cancelled, as a part of its line."""
    match refusal:
        case Refusal.FINAL:
            return f"it is {code('unknown' if batch is None else batch.status)} already"
        case Refusal.ALREADY_CANCELLING:
            whom = f" by {mention(by)}" if by else ""
            return f"it is being cancelled already{whom}"
        case Refusal.NOT_FOUND:
            return "Respan knows no such batch behind this app's API key"
        case Refusal.KEY_REFUSED:
            return "Respan refuses this app's API key, which its administrator can set"
        case Refusal.NO_PERMISSION:
            return "this app's API key may not, which its administrator can change in Respan"
        case Refusal.BLOCKED:
            return "something such as a firewall refuses the request; the app's log says more"
        case Refusal.NO_PROVIDER_ID:
            return f"the app's administrator must set {code('RESPAN_PROVIDER_ID')}"
        case Refusal.NO_OPENAI_KEY:
            return "Respan holds no OpenAI key that works"
        case Refusal.REFUSED | None:
            return "Respan refuses it; the app's log says why"
        case Refusal.UNAVAILABLE:
            return "Respan does not answer"
        case Refusal.RATE_LIMITED:
            return "Respan asks for fewer requests"
        case Refusal.UNREADABLE:
            return "Respan's answer can't be read"
        case Refusal.WRONG_CHANNEL:
            return "batches can't be cancelled from this channel"
        case Refusal.NOT_ALLOWED:
            return "you are not among the people who may cancel batches here"
        case Refusal.GUEST:
            return "guests of this workspace may not cancel batches"
        case Refusal.STRANGER:
            return "people of other workspaces may not cancel batches here"
        case Refusal.BOT:
            return "bots may not cancel batches"
        case Refusal.DEACTIVATED:
            return "the account of the person who asked is deactivated"
        case Refusal.PERSON_UNKNOWN:
            return "Slack did not say whether the person is a full member of the workspace"
        case Refusal.GROUPS_UNKNOWN:
            return "Slack did not say who is in the allowed user groups"
        case Refusal.OWN_REQUEST | Refusal.NOT_APPROVER:
            return "the person who approved it may not approve it any more"
        case Refusal.NOT_INVITED:
            return "the app can't ask for approval in this channel"
        case Refusal.NOT_STORED:
            return "what was read about it can't be stored here"
        case Refusal.CHANGED:
            return "much of it ran since it was shown, so it is asked about once more"
        case Refusal.INTERRUPTED:
            return "the app was interrupted, and the question is too old"
        case unknown:
            assert_never(unknown)

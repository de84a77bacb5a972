"""The small parts that all messages are made of. What comes from outside is made safe here."""

import unicodedata
from datetime import UTC, datetime

from bot.domain.batch import Batch, Counts
from bot.domain.clicked import is_direct
from bot.domain.message import Block, Message
from bot.domain.request import Request

COMMAND = "/cancel-batch"

_BAR_WIDTH = 20
_LONGEST = 200
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def escape(text: str) -> str:
    """Return text that Slack shows as it is: no markup, no mention, no direction marks."""
    visible = "".join(c for c in text[:_LONGEST] if unicodedata.category(c)[0] != "C")
    return visible.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def quoted(label: str) -> str:
    """Return a button's label in quotation marks: one that reads like a part of the sentence."""
    return f"“{label}”"


def code(text: str) -> str:
    """Return text in code marks, whatever it holds."""
    return f"`{escape(text).replace('`', chr(39))}`"


def mention(user_id: str) -> str:
    """Return the mention of a person."""
    return f"<@{escape(user_id)}>"


def linked(url: str, label: str) -> str:
    """Return a link; its label must hold no markup."""
    return f"<{url.replace('&', '&amp;')}|{label}>"


def place(request: Request) -> str:
    """Return where somebody typed the command, as they know it."""
    if is_direct(request.channel_id):
        return "a direct message"
    if (request.channel_kind or "").startswith("mpdm-"):
        return "a group message"
    return f"<#{escape(request.channel_id)}>"


def moment(at: float) -> str:
    """Return a time that Slack shows in the reader's own time zone."""
    fallback = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(at)}^{{date_short_pretty}} at {{time}}|{fallback}>"


def time_of_day(at: float) -> str:
    """Return a time that is near, to the second, in the reader's own time zone."""
    fallback = datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S UTC")
    return f"<!date^{int(at)}^{{time_secs}}|{fallback}>"


def span(seconds: float) -> str:
    """Return a length of time in its two largest units."""
    whole = max(0, int(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return _two(whole, _MINUTE, "min", 1, "s")
    if whole < _DAY:
        return _two(whole, _HOUR, "h", _MINUTE, "min")
    return _two(whole, _DAY, "d", _HOUR, "h")


def minutes(seconds: float) -> str:
    """Return a length of time that was chosen, in the words of a sentence."""
    return f"{round(seconds / _MINUTE)} minutes"


def hours(seconds: float) -> str:
    """Return a long one."""
    return f"{round(seconds / _HOUR)} hours"


def _two(whole: int, large: int, name: str, small: int, small_name: str) -> str:
    rest = whole % large // small
    return f"{whole // large} {name}" + (f" {rest} {small_name}" if rest else "")


def number(count: int) -> str:
    """Return a count with its thousands apart."""
    return f"{count:,}"


def progress(batch: Batch | None) -> str:
    """Return how far the batch is, or how far it came, in words."""
    if batch is None or batch.counts is None:
        return "its progress is not known"
    counts, rest = batch.counts, "not run" if batch.is_final else "not run yet"
    done = f"{number(counts.completed)} of {number(counts.total)} requests done"
    return f"{done}, {number(counts.failed)} failed, {number(counts.not_run)} {rest}"


def sentence(words: str) -> str:
    """Return words as a sentence of their own."""
    return f"{words[:1].upper()}{words[1:]}."


def progress_bar(counts: Counts) -> str:
    """Return the share of requests that have run, as a bar of text."""
    ran = min(counts.total, counts.completed + counts.failed)
    filled = _BAR_WIDTH * ran // counts.total
    return f"`{'█' * filled}{'░' * (_BAR_WIDTH - filled)}` {100 * ran // counts.total}%"


def progress_lines(batch: Batch | None) -> str:
    """Return the words with the bar above them, where there is anything to draw."""
    words = sentence(progress(batch))
    counts = None if batch is None else batch.counts
    return words if counts is None else f"{progress_bar(counts)}\n{words}"


def ending(batch: Batch | None) -> str:
    """Return what a final status means, as the end of "The batch …"."""
    status = "" if batch is None else batch.status
    endings = {
        "completed": "completed before the cancellation took effect",
        "failed": "failed before the cancellation took effect",
        "expired": "expired before the cancellation took effect",
        "cancelled": "was cancelled",
    }
    return endings.get(status, f"has the status {code(status or 'unknown')}")


def follow_link(link: str | None, words: str = "Follow it") -> str:
    """Return a sentence that leads to a message, after a space; "" where there is no address."""
    return f" {words} {linked(link, 'here')}." if link else ""


def say(text: str) -> Message:
    """Return a message of one paragraph."""
    return Message(text, [section(text)])


def command(request: Request) -> str:
    """Return the command that asks about the request's batches, to be typed."""
    if len(request.targets) > 1:
        return f"`{COMMAND}` and the ids"
    if not request.targets:
        return f"`{COMMAND}`"
    return code(f"{COMMAND} {request.batch_ids[0]}")


def batches(count: int) -> str:
    """Return a number of batches in words."""
    return "1 batch" if count == 1 else f"{number(count)} batches"


def subject(request: Request) -> str:
    """Return what a request asks about: the batch's id, or how many are not left out."""
    asked = request.open_targets or request.targets
    if not asked:
        return "the list of batches"
    if len(asked) > 1:
        return f"the {batches(len(asked))}"
    return code(asked[0].batch_id)


def verb(request: Request, one: str, more: str) -> str:
    """Return the form of a verb that goes with the request's subject."""
    return one if len(request.open_targets or request.targets) == 1 else more


def section(text: str) -> Block:
    """Return a paragraph."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def fields(*pairs: tuple[str, str]) -> Block:
    """Return labelled values, two to a line where there is room."""
    texts = [{"type": "mrkdwn", "text": f"*{label}*\n{value}"} for label, value in pairs]
    return {"type": "section", "fields": texts}


def listed(*pairs: tuple[str, str]) -> str:
    """Return labelled values as short sentences, for those who only get the text."""
    return " ".join(f"{label}: {value}." for label, value in pairs)


def context(text: str) -> Block:
    """Return a line in small print."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def button(label: str, action_id: str, value: str) -> Block:
    """Return a button; its value is what the click carries."""
    text = {"type": "plain_text", "text": label}
    return {"type": "button", "text": text, "action_id": action_id, "value": value}

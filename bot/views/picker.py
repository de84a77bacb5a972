"""The list that somebody picks batches from: a menu with search, and one button."""

import re
import unicodedata

from bot.domain.batch import Batch
from bot.domain.message import Block, Message
from bot.domain.person import Person
from bot.domain.picker import Choice, Listed
from bot.domain.policy import NO_POLICY
from bot.domain.refusal import Refusal
from bot.domain.request import MOST_BATCHES, Request
from bot.views.lines import reason
from bot.views.owners import Owners
from bot.views.words import (
    COMMAND,
    batches,
    button,
    code,
    context,
    escape,
    moment,
    number,
    say,
    section,
    span,
    verb,
)

PICK_ACTION = "pick_batches"
REVIEW_ACTION = "review_batches"

_LABEL = "Batches to cancel"
_OPTION = 75
"""Characters of an option's text, and of its description: Slack's limit for both."""

_SLACK_ID = re.compile(r"[UW](?=[A-Z]*[0-9])[A-Z0-9]{2,39}")

_LEAST_MODEL = 6
_NAMED = 3
"""Batches that the text names: whoever hears it can't search in the menu yet."""

_HOW = (
    f"Choose up to {MOST_BATCHES} batches to cancel and press Review: you see how each is doing"
    " then, and nothing is cancelled before you confirm."
)
_BY_ID = f"Type `{COMMAND}` and a batch id instead."


def picker(
    request: Request, listed: Listed, choice: Choice, now: float, owners: Owners | None = None
) -> Message:
    """Return the menu for the person who asked; nothing is cancelled by choosing in it."""
    known = owners or Owners(NO_POLICY, Person(request.user_id))
    until = request.expires_at if request.expires_at is not None else now
    match_es = "matches" if choice.matching == 1 else "match"
    filtered = f" and {match_es} {code(request.words)}" if request.words else ""
    lead = f"{batches(choice.matching)} can be cancelled{filtered}."
    limits = _limits(listed, choice)
    valid = f"Only you see this list. It is valid until {moment(until)}."
    shown = [
        section(f"*{lead}*" + (f"\n{limits}" if limits else "")),
        _menu(request, choice, known, now),
    ]
    review = button("Review", REVIEW_ACTION, request.token) | {"style": "primary"}
    blocks = [*shown, section(_HOW), {"type": "actions", "elements": [review]}, context(valid)]
    newest = _newest(choice, known, now)
    return Message(" ".join(part for part in (lead, limits, newest, _HOW, valid) if part), blocks)


def _newest(choice: Choice, owners: Owners, now: float) -> str:
    """Return the first few in words, for those who get nothing but the text."""
    first = choice.shown[:_NAMED]
    told = ((b.id, option_description(b, owners, now)) for b in first)
    named = "; ".join(f"{code(batch_id)} ({escape(facts)})" for batch_id, facts in told)
    return f"{'It is' if choice.matching == 1 else 'The newest:'} {named}."


def _menu(request: Request, choice: Choice, owners: Owners, now: float) -> Block:
    """Return the menu: an input block has a label, and sends nothing while somebody chooses."""
    return {
        "type": "input",
        "block_id": f"batches_of_{request.id}",
        "label": _plain(_LABEL),
        "element": {
            "type": "multi_static_select",
            "action_id": PICK_ACTION,
            "placeholder": _plain("Type to search"),
            "max_selected_items": MOST_BATCHES,
            "options": [_option(batch, owners, now) for batch in choice.shown],
        },
    }


def _option(batch: Batch, owners: Owners, now: float) -> Block:
    return {
        "text": _plain(option_text(batch)),
        "description": _plain(option_description(batch, owners, now)),
        "value": batch.id,
    }


def option_text(batch: Batch) -> str:
    """Return a batch's line in the menu, by which it is searched: its id and its model.

    Ids differ at their end: a long one loses its middle.
    """
    name = visible(batch.id)
    if len(name) > _OPTION:
        half = (_OPTION - 1) // 2
        return f"{name[:half]}…{name[-half:]}"
    room = _OPTION - len(name) - len(", ")
    if not batch.model or room < min(len(batch.model), _LEAST_MODEL):
        return name
    return f"{name}, {_cut(visible(batch.model), room)}"


def option_description(batch: Batch, owners: Owners, now: float) -> str:
    """Return the second line: how it stands, since when it runs, whose it is, what it is called."""
    parts = [batch.status.replace("_", " ")]
    if batch.counts is not None:
        share = 100 * min(batch.counts.completed, batch.counts.total) // batch.counts.total
        parts.append(f"{share}% of {number(batch.counts.total)}")
    if batch.running_since is not None:
        parts.append(span(now - batch.running_since))
    owner, is_theirs = owners.of(batch)
    parts += _owner(owner, is_theirs=is_theirs)
    parts += [value for key, value in batch.metadata if value != owner and key != "owner"]
    return _cut(visible(", ".join(parts)), _OPTION)


def _owner(owner: str | None, *, is_theirs: bool) -> list[str]:
    """Return whose it is: a menu shows no mention, and an id of Slack's tells nobody who it is."""
    if is_theirs:
        return ["yours"]
    return [] if owner is None or _SLACK_ID.fullmatch(owner) else [f"of {owner}"]


def visible(text: str) -> str:
    """Return text for a place without markup: no control characters, no direction marks."""
    return "".join(c for c in text if unicodedata.category(c)[0] != "C")


def _cut(text: str, room: int) -> str:
    """Return a text that fits, whether Slack counts characters, or what UTF-16 makes of them.

    One batch with a longer one, which its maker writes, would cost everybody the menu.
    """
    if _width(text) <= room:
        return text
    while _width(text) >= room:
        text = text[:-1]
    return f"{text}…"


def _width(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def _limits(listed: Listed, choice: Choice) -> str:
    """Return what the menu does not show, "" where it shows all."""
    parts = []
    if len(choice.shown) < choice.matching:
        parts.append(f"The menu has the {len(choice.shown)} newest of {number(choice.matching)}.")
    if not listed.is_whole:
        parts.append(_not_whole(listed))
    return " ".join(parts)


def _not_whole(listed: Listed) -> str:
    """Return how far the list was read."""
    why = " because Respan did not give more" if listed.is_cut_short else ""
    return (
        f"Only the {number(len(listed.batches))} newest batches of all were looked at{why}. For an"
        f" older one type `{COMMAND}` and its id."
    )


def reviewing(request: Request) -> Message:
    """Return what stands in place of the menu right after Review."""
    one = verb(request, "is", "are")
    return say(f"{_chosen(request)} {one} being looked up; the question comes here.")


def _chosen(request: Request) -> str:
    ids = request.batch_ids
    return code(ids[0]) if len(ids) == 1 else f"The {batches(len(ids))}"


def nothing_chosen() -> Message:
    """Return the answer to Review without a choice; the menu stays."""
    return say("You have chosen no batch, so nothing was done. Choose some, then press Review.")


def too_many_chosen(count: int) -> Message:
    """Return the answer to Review with more batches than one question may be about."""
    return say(
        f"You have chosen {batches(count)}. At most {MOST_BATCHES} are asked about at a time, so"
        " nothing was done. Choose fewer, then press Review."
    )


def being_listed() -> Message:
    """Return what somebody reads while Respan is slow."""
    return say("Reading the list of batches. Respan is slow at the moment; nothing is done yet.")


def list_is_on_its_way() -> Message:
    """Return the answer to a command that repeats one whose list is being read."""
    return say("You asked for the list a moment ago: it is being read, and comes here.")


def nothing_to_cancel(listed: Listed) -> Message:
    """Return that no batch runs, as far as was looked."""
    if not listed.batches:
        return say(f"Respan's list holds no batch, so there is nothing to cancel. {_BY_ID}")
    rest = "" if listed.is_whole else f" {_not_whole(listed)}"
    return say(
        "No batch can be cancelled: all that Respan lists are over, or being cancelled already."
        f" Nothing was done.{rest}"
    )


def nothing_matches(words: str, running: int, listed: Listed) -> Message:
    """Return that no batch has the words, and how many there are without them."""
    of_all = "The one batch that can be cancelled does not match"
    if running > 1:
        of_all = f"None of the {batches(running)} that can be cancelled matches"
    rest = "" if listed.is_whole else f" {_not_whole(listed)}"
    return say(
        f"{of_all} {code(words)}, and that is no batch id, so nothing was done. Type `{COMMAND}`"
        f" alone to see all.{rest}"
    )


def list_unreadable(refusal: Refusal) -> Message:
    """Return that there is no list, and why."""
    is_missing = refusal in {Refusal.NOT_FOUND, Refusal.REFUSED}
    why = "Respan gives no list here" if is_missing else reason(refusal, None, None)
    return say(f"The batches can't be listed: {why}. Nothing was done. {_BY_ID}")

"""The list that somebody picks batches from: which of them are in it, and what is left out."""

from dataclasses import dataclass

from bot.domain.batch import Batch
from bot.domain.command import is_batch_id

MOST_SHOWN = 100
"""Batches in the menu: Slack takes no more options (reference of `multi_static_select`)."""

MOST_PAGES = 5
"""Pages of Respan's list that are read for one person."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What was read of Respan's list, newest first, each batch once.

    `is_whole` tells that there are no older ones; `is_cut_short` that some pages could not be read.
    """

    batches: tuple[Batch, ...] = ()
    is_whole: bool = True
    is_cut_short: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody may pick from: up to a hundred of those that match, newest first.

    `matching` counts all that can be cancelled and have the words, `running` all that can be.
    """

    shown: tuple[Batch, ...]
    matching: int
    running: int


def choice_of(listed: Listed, words: tuple[str, ...]) -> Choice:
    """Return what can be picked; only batches that have every word (in lower case) are."""
    running = [batch for batch in listed.batches if can_be_cancelled(batch)]
    matching = [batch for batch in running if has_words(batch, words)]
    return Choice(tuple(matching[:MOST_SHOWN]), len(matching), len(running))


def can_be_cancelled(batch: Batch) -> bool:
    """Return whether a cancellation may make sense; one by an id that is none can't be asked."""
    return not batch.is_final and not batch.is_cancelling and is_batch_id(batch.id)


def has_words(batch: Batch, words: tuple[str, ...]) -> bool:
    """Return whether each word stands somewhere in what is known of the batch."""
    known = [batch.id, batch.status, batch.model, batch.endpoint]
    known += [part for pair in batch.metadata for part in pair]
    text = " ".join(part for part in known if part is not None).lower()
    return all(word in text for word in words)


def with_page(listed: Listed, batches: tuple[Batch, ...], *, has_more: bool) -> Listed:
    """Return the list with one more page: what stands on two of them is in it once."""
    seen = {batch.id for batch in listed.batches}
    new = {batch.id: batch for batch in batches if batch.id not in seen}
    return Listed((*listed.batches, *new.values()), is_whole=not has_more)

"""Which calls settle most of the watches that are due: pages of the list, or single batches.

Respan's list has the newest batches first, a hundred on a page, and can be begun after any batch. A
page answers for every watch on it and costs as much as a look at one batch.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from bot.domain.schedule import SHORTEST_SWEEP, poll_gap

PAGE = 100
"""Batches on a page: the most that the list gives at once."""

MOST_PAGES = 5
"""So many pages from the newest on are looked through for a batch whose place is not known."""


@dataclass(frozen=True, slots=True)
class Look:
    """One call: at a page of the list that has several batches, or at a single batch.

    The page begins after the batch `after`, at the newest one where that is None.
    """

    batch_ids: tuple[str, ...]
    is_page: bool = False
    after: str | None = None


@dataclass(slots=True)
class Places:
    """On which page of the list each watched batch was seen, as far as it was.

    A page that begins after a batch holds the same batches for ever. The first page does not: what
    is pushed off it is looked for on the next. `unlisted` are those that no page had.
    """

    after: dict[str, str | None] = field(default_factory=dict)
    depths: dict[str | None, int] = field(default_factory=lambda: {None: 0})
    unlisted: set[str] = field(default_factory=set)

    def note(self, look: Look, seen: Sequence[str], *, has_more: bool) -> None:
        """Note which of the batches that were looked for are on the page, of all that are there."""
        there, depth = frozenset(seen), self.depths.get(look.after, 0)
        onward = seen[-1] if seen and has_more and depth + 1 < MOST_PAGES else None
        for batch_id in look.batch_ids:
            if batch_id in there:
                self.after[batch_id] = look.after
            elif onward is not None:
                self.after[batch_id] = onward
                self.depths[onward] = depth + 1
            else:
                self.after.pop(batch_id, None)
                self.unlisted.add(batch_id)

    def forget(self, batch_id: str) -> None:
        """Forget a batch that is watched no more."""
        self.after.pop(batch_id, None)
        self.unlisted.discard(batch_id)


def plan(
    due: Sequence[str], soon: Sequence[str], places: Places, hurried: Collection[str] = ()
) -> list[Look]:
    """Return the calls that settle all watches that are due, in the order in which they are due.

    A page settles those that are due soon too, and is called for two watches or more: there are
    never more calls than watches. `hurried` are to be read in full, and come first.
    """
    looks = [Look((batch_id,)) for batch_id in due if batch_id in hurried]
    groups: dict[str | None, list[str]] = {}
    order: list[str | Look | None] = []
    for batch_id in due:
        if batch_id in hurried:
            continue
        if batch_id in places.unlisted:
            order.append(Look((batch_id,)))
            continue
        after = places.after.get(batch_id)
        if after not in groups:
            order.append(after)
        groups.setdefault(after, []).append(batch_id)
    for batch_id in soon:
        after = places.after.get(batch_id)
        if after in groups and batch_id not in places.unlisted and batch_id not in hurried:
            groups[after].append(batch_id)
    looks += [o if isinstance(o, Look) else _of_group(o, groups[o]) for o in order]
    return looks


def _of_group(after: str | None, batch_ids: Sequence[str]) -> Look:
    """Return the call for the watches of one page; more than a page has room for wait."""
    is_page = len(batch_ids) > 1
    return Look(tuple(batch_ids[:PAGE]), is_page=is_page, after=after if is_page else None)


def sweep_gap(polls: int, watches: int, jitter: float) -> float:
    """Return the seconds until a watch is looked at again whose page answered for so many.

    As one call stands for many it may come as much sooner: the calls stay as many as single ones
    would be, and each watch is looked at more often.
    """
    return max(SHORTEST_SWEEP, poll_gap(polls, jitter) / max(1, watches))

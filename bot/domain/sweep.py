"""Which calls settle most of the watches that are due: pages of the list, or single batches.

Respan's list has the newest batches first, a hundred on a page, and can be begun after any batch. A
page answers for every watch on it and costs as much as a look at one batch.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.batch import Batch
from bot.domain.schedule import SAFETY_NET, SHORTEST_SWEEP, SLOW_AFTER, SURE_POLLS, gap_at, poll_gap

PAGE = 100
"""Batches on a page: the most that the list gives at once."""

_KNOWN_PAGES = 64
"""Pages whose batches are remembered; where newer ones push all others on, they become many."""

_LEAST_MISSES, _MOST_MISSES = 2, 10
"""So many pages in a row that have none of those that are looked for end the search.

One of them alone was pushed off a page, to the next; a list without end must not keep many waiting.
"""


@dataclass(frozen=True, slots=True)
class Watched:
    """A watch as it is planned for: `late` is for how many seconds it has been due.

    That is negative for one that is due later. `polls` is how often it was looked at, `age` for how
    many seconds it has been watched.
    """

    batch_id: str
    late: float = 0.0
    polls: int = 0
    age: float = 0.0

    @property
    def urgency(self) -> float:
        """Return its lateness as a share of its own gap: one that is fresh becomes urgent sooner.

        Where there are too few calls for all, each waits as many times its own gap as the others.
        That is the gap of its age, as it would be with calls enough; only one that was hardly
        looked at yet, or was just pushed, has its first one.
        """
        gap = poll_gap(self.polls, 0.0)
        return self.late / (gap if self.polls <= 1 else max(gap, gap_at(self.age)))


@dataclass(frozen=True, slots=True)
class Look:
    """One call: at a page of the list that has several batches, or at a single batch.

    The page begins after the batch `after`, at the newest one where that is None. `sought` are
    batches that may be on it too, beyond those that a page has room for.
    """

    batch_ids: tuple[str, ...]
    is_page: bool = False
    after: str | None = None
    sought: tuple[str, ...] = ()


@dataclass(slots=True)
class Places:
    """What is known of the list: which batches a page had, and where others are looked for next.

    A page that begins after a batch holds the same batches for ever. The first page does not: what
    is pushed off it is looked for on the next. `misses` counts the pages in a row that were looked
    through for a batch and had none; `unlisted` are those that are looked for no more.
    """

    pages: dict[str | None, frozenset[str]] = field(default_factory=dict)
    search: dict[str, str | None] = field(default_factory=dict)
    misses: dict[str, int] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)

    def note(
        self,
        look: Look,
        seen: Sequence[Batch],
        made: Mapping[str, float] | None = None,
        *,
        has_more: bool,
    ) -> None:
        """Note what a page had, and where those are looked for that it lacks.

        `made` says when batches were created, in seconds since the epoch, as far as it is known:
        one that is newer than the oldest of the page is on no later page.
        """
        there = frozenset(batch.id for batch in seen)
        is_repeated = bool(there) and there in [p for a, p in self.pages.items() if a != look.after]
        is_of_use = not there.isdisjoint({*look.batch_ids, *look.sought})
        self._know(look.after, there)
        missing = [b for b in (*look.batch_ids, *look.sought) if not self._is_seen(b)]
        onward = seen[-1].id if seen and has_more and not is_repeated else None
        most = max(_LEAST_MISSES, min(_MOST_MISSES, len(missing)))
        oldest = min((b.created_at for b in seen if b.created_at is not None), default=None)
        for batch_id in missing:
            misses = self.misses[batch_id] = 0 if is_of_use else self.misses.get(batch_id, 0) + 1
            is_newer = oldest is not None and (made or {}).get(batch_id, oldest) > oldest
            if onward is None or is_newer or misses >= most:
                self.search.pop(batch_id, None)
                self.unlisted.add(batch_id)
            else:
                self.search[batch_id] = onward

    def _know(self, after: str | None, batch_ids: frozenset[str]) -> None:
        """Remember a page, and forget the one that was called longest ago if they are too many."""
        self.pages.pop(after, None)
        self.pages[after] = batch_ids
        if len(self.pages) > _KNOWN_PAGES:
            self.pages.pop(next(iter(self.pages)))
        for batch_id in batch_ids:
            self.forget(batch_id)

    def _is_seen(self, batch_id: str) -> bool:
        return any(batch_id in page for page in self.pages.values())

    def forget(self, batch_id: str) -> None:
        """Forget the search for a batch: it is found, or watched no more."""
        self.search.pop(batch_id, None)
        self.misses.pop(batch_id, None)
        self.unlisted.discard(batch_id)

    def groups(self, batch_ids: Iterable[str]) -> dict[str | None, set[str]]:
        """Return which of the batches each page has, or may have; those that none has are left out.

        A batch of which nothing is known may be among the newest.
        """
        wanted = set(batch_ids) - self.unlisted
        groups = {after: set(page & wanted) for after, page in self.pages.items()}
        for batch_id in wanted.difference(*groups.values()):
            groups.setdefault(self.search.get(batch_id), set()).add(batch_id)
        return groups


def plan(
    due: Sequence[Watched],
    soon: Sequence[Watched],
    places: Places,
    hurried: Collection[str] = (),
) -> list[Look]:
    """Return the calls that settle all watches that are due, the most urgent first.

    A page settles those too that are due soon, and is called for two watches or more: there are
    never more calls than watches. `hurried` are to be read in full by themselves, and come first.
    """
    due = by_urgency(due)
    first = [Look((w.batch_id,)) for w in due if w.batch_id in hurried]
    rest = {w.batch_id: w.urgency for w in due if w.batch_id not in hurried}
    later = [w.batch_id for w in soon if w.batch_id not in hurried]
    looks, left = _pages(rest, later, places)
    looks += [Look((batch_id,)) for batch_id in left]
    return first + sorted(looks, key=lambda look: -max(rest.get(b, 0.0) for b in look.batch_ids))


def by_urgency(due: Sequence[Watched]) -> list[Watched]:
    """Return the watches, the most urgent first."""
    return sorted(due, key=lambda watched: -watched.urgency)


def _pages(
    due: Mapping[str, float], soon: Sequence[str], places: Places
) -> tuple[list[Look], list[str]]:
    """Return the pages that settle most, one after the other, and what is left for single looks."""
    looks, left = [], set(due)
    groups = places.groups([*due, *soon])
    while groups:
        after = max(groups, key=lambda page: (len(groups[page] & left), len(groups[page])))
        on_it = groups.pop(after)
        if on_it & left and len(on_it) > 1:  # one by itself is looked at singly
            looks.append(_page(after, [b for b in (*due, *soon) if b in on_it], places))
            left -= on_it
            groups = {page: group - on_it for page, group in groups.items()}
    return looks, [batch_id for batch_id in due if batch_id in left]


def _page(after: str | None, batch_ids: Sequence[str], places: Places) -> Look:
    """Return the call of a page: it is claimed for as many watches as it has room for."""
    known = places.pages.get(after, frozenset())
    there = sorted(batch_ids, key=lambda batch_id: batch_id not in known)
    return Look(tuple(there[:PAGE]), is_page=True, after=after, sought=tuple(there[PAGE:]))


def watches_per_call(watched: Sequence[Watched], places: Places) -> float:
    """Return for how many watches a call stands, 1.0 where each is looked at by itself."""
    alike = [Watched(w.batch_id) for w in watched]
    return max(1.0, len(alike) / max(1, len(plan(alike, [], places))))


def look_gap(polls: int, waited: float, jitter: float, share: float, *, is_pushed: bool) -> float:
    """Return the seconds until a watch is looked at again, after `polls` looks.

    `share` is for how many watches a call stands: it may come as much sooner. The calls stay as
    many as single ones would be, and watches of one age are looked at as often, listed or not.

    One whose end will be pushed is looked at rarely; the note that it is slow, which is due
    `SLOW_AFTER` seconds after the beginning (`waited` ago), comes from a look of its own.
    """
    if not is_pushed or polls <= SURE_POLLS:
        return max(SHORTEST_SWEEP, poll_gap(polls, jitter) / share)
    gap, until_slow = SAFETY_NET * (1 + jitter / 10), SLOW_AFTER - waited
    return min(gap, until_slow + 1) if until_slow > 0 else gap

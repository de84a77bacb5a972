"""Which calls settle the watches that are due: never more than there are watches."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.batch import Batch
from bot.domain.schedule import (
    LONGEST_POLL,
    SAFETY_NET,
    SHORTEST_SWEEP,
    SLOW_AFTER,
    SURE_POLLS,
    poll_gap,
)
from bot.domain.sweep import PAGE, Look, Places, Watched, look_gap, plan, watches_per_call

NAMES = [f"batch_{n}" for n in range(5)]


def page(*batch_ids: str, after: str | None = None) -> Look:
    return Look(batch_ids, is_page=True, after=after)


def watched(*batch_ids: str, late: float = 0.0, polls: int = 9) -> list[Watched]:
    return [Watched(batch_id, late, polls) for batch_id in batch_ids]


def listed(*batch_ids: str, made: float | None = None) -> list[Batch]:
    return [Batch(batch_id, "cancelling", created_at=made) for batch_id in batch_ids]


def known(**pages: Sequence[str]) -> Places:
    """Return what is known of pages, by the batch that each begins after; `first` is the first."""
    return Places({None if a == "first" else a: frozenset(ids) for a, ids in pages.items()})


def test_a_page_settles_two_or_more() -> None:
    """What nobody has seen yet is looked for among the newest; one alone is looked at by itself."""
    assert plan(watched(*NAMES), [], Places()) == [page(*NAMES)]
    assert plan(watched(NAMES[0]), [], Places()) == [Look((NAMES[0],))]
    assert plan([], watched(*NAMES), Places()) == []


def test_each_page_is_one_call() -> None:
    """By where they were seen; what no page had, and what is hurried, is looked at by itself."""
    places = known(first=["a", "b", "x"], z=["c", "d"], y=["e"])
    places.unlisted.add("f")
    looks = plan(watched("f", "a", "c", "e", "b", "d", "h"), [], places, {"h"})
    assert looks[0] == Look(("h",))
    assert sorted(looks[1:], key=str) == sorted(
        [Look(("f",)), page("a", "b"), page("c", "d", after="z"), Look(("e",))], key=str
    )


def test_what_is_due_soon_comes_along() -> None:
    """One that is due makes a page of all that are on it."""
    places = known(first=["a", "b"], z=["c"])
    places.unlisted.add("f")
    looks = plan(watched("a"), watched("b", "c", "d", "f", "h", late=-9), places, {"h"})
    assert looks == [page("a", "b", "d")]
    assert plan(watched("c"), watched("a", late=-9), places) == [Look(("c",))]


def test_a_page_has_room_for_a_hundred() -> None:
    """The others may be on it too, and are looked for; those that were seen there come first."""
    many = [f"b{n}" for n in range(150)]
    (look,) = plan(watched(*many), [], known(first=many[100:]))
    assert len(look.batch_ids) == PAGE
    assert look.batch_ids[:50] == tuple(many[100:])
    assert sorted(look.batch_ids + look.sought) == sorted(many)


def test_pages_that_overlap_are_called_as_few_times_as_possible() -> None:
    """Newer batches push old ones on, so that many pages have the same ones."""
    places = known(first=["a"], x=["b", "c", "d"], y=["c", "d", "e", "f"], z=["d", "e"])
    assert plan(watched("b", "c", "d", "e", "f"), [], places) == [
        page("c", "d", "e", "f", after="y"),
        Look(("b",)),
    ]


def test_what_is_pushed_off_a_page_is_looked_for_on_the_next() -> None:
    """And is there, or on a page that is known."""
    places = known(first=["old", "new"], y=["known"])
    places.note(page("old", "new", "known"), listed("new", "x"), has_more=True)
    assert places.search == {"old": "x"}
    assert places.unlisted == set()
    assert plan(watched("old", "mate"), [], places) == [Look(("old",)), Look(("mate",))]
    places.note(page("old", "mate", after="x"), listed("old"), has_more=True)
    assert places.groups(["old", "new", "known"]) == {
        None: {"new"},
        "x": {"old"},
        "y": {"known"},
    }


def test_a_search_costs_no_more_than_single_looks() -> None:
    """Five are looked for on five pages at most, in vain, and two on two."""
    for count in (2, 5):
        places, calls = Places(), 0
        while looks := [look for look in plan(watched(*NAMES[:count]), [], places) if look.is_page]:
            (look,) = looks
            places.note(look, listed(f"x{calls}"), has_more=True)
            calls += 1
        assert calls == count
        assert places.unlisted == set(NAMES[:count])


def test_a_list_without_end_keeps_nobody_waiting() -> None:
    """Ten pages in a row that have none of them end the search; so does one that is repeated."""
    names = [f"b{n}" for n in range(500)]
    places, calls = Places(), 0
    while look := next((k for k in plan(watched(*names), [], places) if k.is_page), None):
        places.note(look, listed(f"x{calls}"), has_more=True)
        calls += 1
    assert calls == 10
    places = Places()
    for _ in range(2):
        (look,) = plan(watched(*names), [], places)
        places.note(look, listed("x", "y"), has_more=True)
    assert places.unlisted == set(names)


def test_a_thousand_are_found_with_one_call_a_page() -> None:
    """A page that was called for a hundred says of all others that they are further on."""
    names = [f"b{n}" for n in range(1000)]
    places = Places()
    for first in range(0, 1000, PAGE):
        look = next(k for k in plan(watched(*names), [], places) if k.after not in places.pages)
        places.note(look, listed(*names[first : first + PAGE]), has_more=first < 900)
    assert len(places.pages) == 10
    assert places.unlisted == set()
    assert watches_per_call(watched(*names), places) == 100.0
    assert [len(look.batch_ids) for look in plan(watched(*names), [], places)] == [100] * 10


def test_what_is_newer_than_the_page_is_not_looked_for() -> None:
    """The list has the newest first: a newer one that is not there is on no later page."""
    places = Places()
    made = {"newer": 60.0, "older": 40.0}
    look = page("newer", "older", "unknown")
    places.note(look, listed("x", made=50.0), made, has_more=True)
    assert places.unlisted == {"newer"}
    assert places.search == {"older": "x", "unknown": "x"}


def test_an_end_of_the_list() -> None:
    """What is not on the last page is not listed; an empty page has nothing."""
    for seen in ([], ["x"]):
        places = Places()
        places.note(page("a", "b"), listed(*seen), has_more=False)
        assert places.unlisted == {"a", "b"}
    places = Places()
    places.note(page("a", "b"), [], has_more=True)
    assert places.unlisted == {"a", "b"}


def test_what_is_found_again_is_listed() -> None:
    """A page that was called for others has it after all."""
    places = Places(unlisted={"a"}, misses={"a": 3})
    places.note(page("b", "c"), listed("a", "b", "c"), has_more=False)
    assert (places.unlisted, places.misses) == (set(), {})


def test_little_is_remembered() -> None:
    """Nothing of what is watched no more, and only the pages that were called last."""
    places = Places(search={"a": "x"}, misses={"a": 1}, unlisted={"b"})
    for name in ("a", "b", "c"):
        places.forget(name)
    assert (places.search, places.misses, places.unlisted) == ({}, {}, set())
    for number in range(200):
        places.note(page("a", "b", after=f"x{number}"), listed("a", "b"), has_more=True)
    assert len(places.pages) == 64
    assert "x199" in places.pages


IDS = [f"b{n}" for n in range(40)]


@given(
    due=st.lists(st.sampled_from(IDS), unique=True),
    soon=st.lists(st.sampled_from(IDS), unique=True),
    pages=st.dictionaries(st.sampled_from([None, "x", "y"]), st.frozensets(st.sampled_from(IDS))),
    search=st.dictionaries(st.sampled_from(IDS), st.sampled_from([None, "x", "z"])),
    unlisted=st.sets(st.sampled_from(IDS)),
    hurried=st.sets(st.sampled_from(IDS)),
)
def test_every_watch_is_settled_once(
    due: list[str],
    soon: list[str],
    pages: dict[str | None, frozenset[str]],
    search: dict[str, str | None],
    unlisted: set[str],
    hurried: set[str],
) -> None:
    """In no more calls than there are watches, whatever is known."""
    soon = [batch_id for batch_id in soon if batch_id not in due]
    places = Places(pages, search, unlisted=unlisted)
    looks = plan(watched(*due), watched(*soon, late=-1), places, hurried)
    settled = [batch_id for look in looks for batch_id in look.batch_ids]
    assert len(settled) == len(set(settled))
    assert set(due) <= set(settled) <= {*due, *soon}
    assert all(set(look.batch_ids) & set(due) for look in looks)
    assert all(look.is_page is (len(look.batch_ids) > 1) for look in looks)
    single = {look.batch_ids[0] for look in looks if not look.is_page}
    assert (hurried | (unlisted - set().union(*pages.values()))) & set(due) <= single


def test_the_most_urgent_is_looked_at_first() -> None:
    """Each by its own gap: a fresh one that is a little late comes before an old one that is more.

    Neither waits for ever: an old one's urgency grows as long as it waits.
    """
    fresh, old = Watched("fresh", 4.0, 1, 4.0), Watched("old", 30.0, 20, 900.0)
    assert plan([old, fresh], [], Places(unlisted={"fresh", "old"})) == [
        Look(("fresh",)),
        Look(("old",)),
    ]
    older = Watched("old", 90.0, 20)
    assert plan([fresh, older], [], Places(unlisted={"fresh", "old"}))[0] == Look(("old",))
    starved = Watched("starved", 60.0, 4, 900.0)
    assert plan([starved, fresh], [], Places(unlisted={"fresh", "starved"}))[0] == Look(("fresh",))
    crowd = [Watched(f"b{n}", 1.0, 20) for n in range(5)]
    assert plan([*crowd, fresh], [], Places(unlisted={"fresh"}))[0] == Look(("fresh",))


def test_a_page_comes_as_much_sooner_as_it_settles_more() -> None:
    """The sum of the calls stays that of single ones, down to a shortest gap."""

    def gap(polls: int, share: float, jitter: float = 0.0) -> float:
        return look_gap(polls, 0.0, jitter, share, is_pushed=False)

    assert gap(20, 1.0) == poll_gap(20, 0.0) == LONGEST_POLL == 60
    assert gap(20, 10.0) == 6
    assert gap(20, 1000.0, 0.5) == SHORTEST_SWEEP == 2
    assert PAGE == 100


@pytest.mark.parametrize(
    ("polls", "waited", "expected"),
    [
        (SURE_POLLS, 20.0, poll_gap(SURE_POLLS, 0.0) / 4),
        (SURE_POLLS + 1, 20.0, SAFETY_NET),
        (SURE_POLLS + 1, SLOW_AFTER - 100, 101.0),
        (SURE_POLLS + 1, SLOW_AFTER, SAFETY_NET),
        (50, 1e6, SAFETY_NET),
    ],
)
def test_what_is_pushed_is_looked_at_rarely(polls: int, waited: float, expected: float) -> None:
    """Less at the beginning, and less the look that says that it takes long."""
    assert look_gap(polls, waited, 0.0, 4.0, is_pushed=True) == pytest.approx(expected)


@given(st.lists(st.sampled_from(IDS), unique=True), st.sets(st.sampled_from(IDS)))
def test_a_call_stands_for_one_watch_at_least(names: list[str], unlisted: set[str]) -> None:
    """And for all of them where one page has them."""
    share = watches_per_call(watched(*names), Places(unlisted=unlisted))
    assert 1.0 <= share <= max(1, len(names))
    assert watches_per_call(watched(*names), Places()) == max(1, len(names))

"""Which calls settle the watches that are due: never more than there are watches."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.schedule import SHORTEST_SWEEP, poll_gap
from bot.domain.sweep import MOST_PAGES, PAGE, Look, Places, plan, sweep_gap

NAMES = [f"batch_{n}" for n in range(5)]


def page(*batch_ids: str, after: str | None = None) -> Look:
    return Look(batch_ids, is_page=True, after=after)


def test_a_page_settles_two_or_more() -> None:
    """What nobody has seen yet is looked for among the newest; one alone is looked at by itself."""
    assert plan(NAMES, [], Places()) == [page(*NAMES)]
    assert plan(NAMES[:1], [], Places()) == [Look((NAMES[0],))]
    assert plan([], NAMES, Places()) == []


def test_each_page_is_one_call() -> None:
    """By where they were seen; what no page had, and what is hurried, is looked at by itself."""
    places = Places(after={"a": None, "b": None, "c": "z", "d": "z", "e": "y"}, unlisted={"f"})
    looks = plan(["f", "a", "c", "e", "b", "d", "h"], [], places, {"h"})
    assert looks == [
        Look(("h",)),
        Look(("f",)),
        page("a", "b"),
        page("c", "d", after="z"),
        Look(("e",)),
    ]


def test_what_is_due_soon_comes_along() -> None:
    """One that is due makes a page of all that are on it; a page has room for a hundred."""
    places = Places(after={"a": None, "b": None, "c": "z"}, unlisted={"f"})
    assert plan(["a"], ["b", "c", "d", "f", "h"], places, {"h"}) == [page("a", "b", "d")]
    assert plan(["c"], ["a"], places) == [Look(("c",))]
    many = [f"b{n}" for n in range(150)]
    (look,) = plan(many, [], Places())
    assert look.batch_ids == tuple(many[:PAGE])


def test_what_is_pushed_off_a_page_is_looked_for_on_the_next() -> None:
    """Page after page, as far as it makes sense; then it counts as not listed."""
    places, look = Places(), page("old", "new")
    places.note(look, ["new", "x"], has_more=True)
    assert places.after == {"new": None, "old": "x"}
    for depth in range(1, MOST_PAGES):
        look = page("old", "other", after=f"x{depth}")
        places.depths[look.after] = depth
        places.note(look, [f"x{depth + 1}"], has_more=True)
    assert "old" in places.unlisted
    assert "old" not in places.after


def test_an_end_of_the_list() -> None:
    """What is not on the last page is not listed; an empty page has nothing."""
    for seen in ([], ["x"]):
        places = Places()
        places.note(page("a", "b"), seen, has_more=False)
        assert places.unlisted == {"a", "b"}
    places = Places()
    places.note(page("a", "b"), [], has_more=True)
    assert places.unlisted == {"a", "b"}


def test_what_is_watched_no_more_is_forgotten() -> None:
    """Nothing is kept of it."""
    places = Places(after={"a": None}, unlisted={"b"})
    for name in ("a", "b", "c"):
        places.forget(name)
    assert (places.after, places.unlisted) == ({}, set())


@given(
    due=st.lists(st.sampled_from([f"b{n}" for n in range(40)]), unique=True),
    after=st.dictionaries(
        st.sampled_from([f"b{n}" for n in range(40)]), st.sampled_from([None, "x", "y"])
    ),
    unlisted=st.sets(st.sampled_from([f"b{n}" for n in range(40)])),
    hurried=st.sets(st.sampled_from([f"b{n}" for n in range(40)])),
)
def test_every_watch_is_settled_once(
    due: list[str], after: dict[str, str | None], unlisted: set[str], hurried: set[str]
) -> None:
    """In no more calls than there are watches, whatever is known."""
    looks = plan(due, [], Places(after=after, unlisted=unlisted), hurried)
    settled = [batch_id for look in looks for batch_id in look.batch_ids]
    assert sorted(settled) == sorted(due)
    assert len(looks) <= len(due)
    assert all(look.is_page is (len(look.batch_ids) > 1) for look in looks)
    single = {look.batch_ids[0] for look in looks if not look.is_page}
    assert (unlisted | hurried) & set(due) <= single


def test_a_page_comes_as_much_sooner_as_it_settles_more() -> None:
    """The sum of the calls stays that of single ones, down to a shortest gap."""
    assert sweep_gap(20, 1, 0.0) == poll_gap(20, 0.0) == 60
    assert sweep_gap(20, 10, 0.0) == 6
    assert sweep_gap(20, 0, 0.0) == 60
    assert sweep_gap(20, 1000, 0.5) == SHORTEST_SWEEP == 2
    assert PAGE == 100

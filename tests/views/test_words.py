"""The small parts that messages are made of."""

import pytest

from bot.domain.batch import Batch, Counts
from bot.domain.refusal import Refusal
from bot.views.refusals import refusal_words, unread_words
from bot.views.words import ending, moment, number, progress, progress_bar, progress_lines, span


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h"),
        (3660, "1 h 1 min"),
        (86399, "23 h 59 min"),
        (86400, "1 d"),
        (90000, "1 d 1 h"),
        (172800, "2 d"),
    ],
)
def test_span(seconds: float, expected: str) -> None:
    """A length of time has its two largest units."""
    assert span(seconds) == expected


def test_progress_in_the_words_of_the_field() -> None:
    """Done, failed, and not run yet; what is over has not run at all."""
    counts = Counts(100, 23, 1)
    words = "23 of 100 requests done, 1 failed, 76 not run"
    assert progress(Batch("b", "in_progress", counts=counts)) == f"{words} yet"
    assert progress(Batch("b", "cancelled", counts=counts)) == words
    assert progress(Batch("b", "in_progress")) == "its progress is not known"
    assert progress(None) == "its progress is not known"


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (Counts(100, 0, 0), "`░░░░░░░░░░░░░░░░░░░░` 0%"),
        (Counts(100, 23, 1), "`████░░░░░░░░░░░░░░░░` 24%"),
        (Counts(100, 99, 0), "`███████████████████░` 99%"),
        (Counts(100, 100, 0), "`████████████████████` 100%"),
        (Counts(5, 9, 9), "`████████████████████` 100%"),
    ],
)
def test_progress_bar(counts: Counts, expected: str) -> None:
    """The bar is full only when everything has run, and never longer."""
    assert progress_bar(counts) == expected


def test_the_bar_needs_numbers() -> None:
    """Where nothing is known nothing is drawn."""
    assert progress_lines(Batch("b", "in_progress")) == "Its progress is not known."
    drawn = progress_lines(Batch("b", "in_progress", counts=Counts(2, 1, 0)))
    assert drawn == "`██████████░░░░░░░░░░` 50%\n1 of 2 requests done, 0 failed, 1 not run yet."


def test_number_has_its_thousands_apart() -> None:
    """50,000 is read at a glance."""
    assert number(50000) == "50,000"


def test_moment_is_shown_in_the_readers_time_zone() -> None:
    """Slack formats it; what can't, shows UTC."""
    expected = "<!date^1711475100^{date_short_pretty} at {time}|2024-03-26 17:45 UTC>"
    assert moment(1_711_475_100.7) == expected


def test_an_unknown_end_is_named_as_it_is() -> None:
    """A status without words of its own is shown."""
    assert ending(Batch("b", "cancelled")) == "was cancelled"
    assert ending(Batch("b", "paused")) == "has the status `paused`"
    assert ending(None) == "has the status `unknown`"


@pytest.mark.parametrize("why", [Refusal.FINAL, Refusal.NOT_ALLOWED, Refusal.NOT_STORED])
def test_no_read_fails_for_a_reason_of_ours(why: Refusal) -> None:
    """Only what Respan's errors mean has words for a watch that can't see."""
    with pytest.raises(ValueError, match="no error of Respan's"):
        unread_words(why)


@pytest.mark.parametrize("why", Refusal)
def test_every_refusal_has_its_words(why: Refusal) -> None:
    """Wherever one comes to be told, it says that of the batch, in one line."""
    words = refusal_words("batch_abc123", why, None, by_now=False)
    assert words.endswith(".")
    assert "`batch_abc123`" in words
    assert "\n" not in words

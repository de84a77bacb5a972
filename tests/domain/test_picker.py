"""The list that somebody picks from."""

from dataclasses import replace

import pytest

from bot.domain.batch import Batch
from bot.domain.picker import MOST_SHOWN, Choice, Listed, can_be_cancelled, choice_of, with_page
from tests.rows import BATCH

NIGHTLY = replace(BATCH, id="batch_n", metadata=(("name", "Nightly eval"), ("owner", "ana")))
EMBED = replace(BATCH, id="batch_e", model="text-embedding-3", endpoint="/v1/embeddings")
SPARSE = Batch("batch_s", "in_progress")


@pytest.mark.parametrize(
    ("batch", "expected"),
    [
        (BATCH, True),
        (SPARSE, True),
        (Batch("batch_v", "validating"), True),
        (Batch("batch_p", "pending"), True),
        (Batch("batch_f", "finalizing"), True),
        (Batch("batch_x", "something new"), True),
        (Batch("batch_c", "cancelling"), False),
        (Batch("batch_d", "completed"), False),
        (Batch("batch_d", "failed"), False),
        (Batch("batch_d", "expired"), False),
        (Batch("batch_d", "cancelled"), False),
        (Batch("batch_../x", "in_progress"), False),
        (Batch("b", "in_progress"), False),
    ],
)
def test_what_can_be_cancelled(batch: Batch, expected: bool) -> None:
    """What is not over and not being cancelled, by an id that can be asked about."""
    assert can_be_cancelled(batch) is expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), ["batch_n", "batch_e", "batch_s"]),
        (("gpt-4o",), ["batch_n"]),
        (("nightly",), ["batch_n"]),
        (("ana", "eval"), ["batch_n"]),
        (("nightly", "embedding"), []),
        (("/v1/emb",), ["batch_e"]),
        (("batch_s",), ["batch_s"]),
        (("in_progress",), ["batch_n", "batch_e", "batch_s"]),
        (("none",), []),
    ],
)
def test_each_word_stands_somewhere(words: tuple[str, ...], expected: list[str]) -> None:
    """In the id, the status, the model, the endpoint or the metadata, in any letters."""
    choice = choice_of(Listed((NIGHTLY, EMBED, SPARSE)), words)
    assert [batch.id for batch in choice.shown] == expected
    assert (choice.matching, choice.running) == (len(expected), 3)


def test_a_hundred_at_most() -> None:
    """The newest; the rest is counted."""
    many = tuple(replace(SPARSE, id=f"batch_{n}") for n in range(230))
    choice = choice_of(Listed((*many, Batch("batch_over", "completed"))), ())
    assert choice == Choice(many[:MOST_SHOWN], 230, 230)


def test_pages_are_put_together() -> None:
    """What stands on two pages, as the list grows meanwhile, is in it once."""
    first = with_page(Listed(), (NIGHTLY, EMBED), has_more=True)
    assert (first.batches, first.is_whole) == ((NIGHTLY, EMBED), False)
    second = with_page(first, (EMBED, SPARSE, SPARSE), has_more=False)
    assert (second.batches, second.is_whole) == ((NIGHTLY, EMBED, SPARSE), True)

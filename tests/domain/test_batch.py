"""Any JSON is a batch or a NotABatch, and only sure things are taken for sure."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.batch import FINAL_STATUSES, Batch, Counts, NotABatch, Usage, read_batch
from tests.rows import BATCH, ended_as

EXAMPLE = {
    "id": "batch_abc123",
    "object": "batch",
    "endpoint": "/v1/chat/completions",
    "errors": None,
    "status": "cancelling",
    "output_file_id": None,
    "created_at": 1711471533,
    "in_progress_at": 1711471538,
    "expires_at": 1711557933,
    "cancelling_at": 1711475163,
    "cancelled_at": None,
    "request_counts": {"total": 100, "completed": 23, "failed": 1},
    "metadata": {},
}

FIELDS = (
    *("id", "status", "endpoint", "model", "request_counts", "created_at", "in_progress_at"),
    *("expires_at", "ended_at", "cancelled_at", "output_file_id", "error_file_id"),
    *("errors", "error", "data", "message", "usage", "input_tokens", "output_tokens"),
    *("input_tokens_details", "cached_tokens"),
)

any_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=300),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from((*FIELDS, "total", "completed", "failed")), inner, max_size=8
        )
    ),
    max_leaves=20,
)


def test_the_documented_example() -> None:
    """The example of Respan's documentation is read in full."""
    assert read_batch(EXAMPLE) == Batch(
        id="batch_abc123",
        status="cancelling",
        endpoint="/v1/chat/completions",
        counts=Counts(100, 23, 1),
        created_at=1711471533,
        in_progress_at=1711471538,
        expires_at=1711557933,
    )


@pytest.mark.parametrize("data", [None, [], "x", 7])
def test_what_is_no_object_is_no_batch(data: object) -> None:
    """Whatever is no JSON object is no batch, and the log will say so."""
    with pytest.raises(NotABatch, match=r"^the answer is no JSON object$"):
        read_batch(data)


@pytest.mark.parametrize("data", [{}, {"id": "b"}, {"status": "x"}, {"id": "", "status": "x"}])
def test_without_id_and_status_it_is_none(data: object) -> None:
    """Whatever has no readable id and status is no batch, and the log will say so."""
    with pytest.raises(NotABatch, match=r"^the answer has no id and status$"):
        read_batch(data)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("endpoint", 7),
        ("endpoint", "x" * 201),
        ("endpoint", "line\nbreak"),
        ("model", "   "),
        ("output_file_id", ""),
        ("error_file_id", ["f"]),
        ("created_at", "1711471533"),
        ("created_at", True),
        ("in_progress_at", -1),
        ("in_progress_at", 0),
        ("expires_at", 32_503_680_000),
        ("expires_at", float("nan")),
        ("usage", 7),
        ("usage", {}),
        ("usage", {"input_tokens": 0, "output_tokens": 0}),
        ("usage", {"output_tokens": 5}),
        ("usage", {"input_tokens": -1}),
        ("usage", {"input_tokens": True}),
        ("usage", {"input_tokens": "5"}),
        ("usage", {"input_tokens": 5.0}),
        ("usage", {"input_tokens": 10**12}),
        ("usage", {"input_tokens": 10**30}),
        ("usage", {"input_tokens": 5, "output_tokens": -1}),
        ("usage", {"input_tokens": 5, "output_tokens": False}),
        ("usage", {"input_tokens": 5, "output_tokens": 10**30}),
        ("usage", {"input_tokens": 5, "input_tokens_details": {"cached_tokens": 6}}),
        ("usage", {"input_tokens": 5, "input_tokens_details": {"cached_tokens": "1"}}),
        ("usage", {"input_tokens": 5, "input_tokens_details": {"cached_tokens": -1}}),
        ("request_counts", []),
        ("request_counts", {"total": 0, "completed": 0, "failed": 0}),
        ("request_counts", {"total": None}),
        ("request_counts", {"total": True}),
        ("request_counts", {"total": 10**12}),
        ("request_counts", {"total": -1}),
        ("request_counts", {"total": 1.5}),
    ],
)
def test_odd_values_are_unknown(field: str, value: object) -> None:
    """A value of the wrong type or size is unknown, and the rest of the batch stands."""
    batch = read_batch({"id": "b", "status": "in_progress", field: value})
    assert batch == Batch("b", "in_progress")


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"total": 1}, Counts(1, 0, 0)),
        ({"total": 5, "completed": "x", "failed": 2}, Counts(5, 0, 2)),
        ({"total": 10**12 - 1, "completed": 3, "failed": 0}, Counts(10**12 - 1, 3, 0)),
    ],
)
def test_partial_counts(counts: dict[str, Any], expected: Counts) -> None:
    """A total is enough; what is missing beside it is none."""
    assert read_batch({"id": "b", "status": "s", "request_counts": counts}).counts == expected


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"input_tokens": 1}, Usage(1, 0, 0)),
        ({"input_tokens": 5, "output_tokens": None}, Usage(5, 0, 0)),
        ({"input_tokens": 5, "input_tokens_details": [], "output_tokens": 2}, Usage(5, 0, 2)),
        ({"input_tokens": 5, "input_tokens_details": {"cached_tokens": 5}}, Usage(5, 5, 0)),
        (
            {
                "input_tokens": 10**12 - 1,
                "input_tokens_details": {"cached_tokens": 7},
                "output_tokens": 10**12 - 1,
                "output_tokens_details": {"reasoning_tokens": 10**12},
                "total_tokens": -1,
            },
            Usage(10**12 - 1, 7, 10**12 - 1),
        ),
    ],
)
def test_usage(usage: dict[str, Any], expected: Usage) -> None:
    """Input is enough, as embeddings have it; it is stored in OpenAI's form, and read as such."""
    batch = read_batch({"id": "b", "status": "s", "usage": usage})
    assert batch.usage == expected
    assert read_batch(batch.as_dict()) == batch


def test_values_at_the_edge_are_known() -> None:
    """The longest word, the first and the last second count; words lose their outer spaces."""
    times = {"created_at": 1, "expires_at": 32503679999}
    batch = read_batch({"id": " b ", "status": "s", "model": "m" * 200, **times})
    assert batch == Batch("b", "s", model="m" * 200, created_at=1.0, expires_at=32503679999.0)
    assert isinstance(batch.expires_at, float)


@pytest.mark.parametrize("status", ["completed", "failed", "expired", "cancelled"])
def test_final_statuses(status: str) -> None:
    """The four final statuses are final, and each has its own time of ending."""
    assert len(FINAL_STATUSES) == 4
    batch = read_batch({"id": "b", "status": status, f"{status}_at": 1711475163, "ended_at": None})
    assert batch.is_final
    assert not batch.is_cancelling
    assert batch.ended_at == 1711475163


@pytest.mark.parametrize("status", ["validating", "pending", "finalizing", "cancelling", "paused"])
def test_other_statuses_are_not_final(status: str) -> None:
    """A status that nobody has heard of is never final; cancelling is not cancelled."""
    batch = Batch("b", status)
    assert not batch.is_final
    assert batch.is_cancelling is (status == "cancelling")


@pytest.mark.parametrize(
    ("counts", "not_run"), [(Counts(100, 23, 1), 76), (Counts(5, 5, 3), 0), (Counts(5, 0, 0), 5)]
)
def test_not_run(counts: Counts, not_run: int) -> None:
    """What is neither completed nor failed has not run, and is never negative."""
    assert counts.not_run == not_run


def test_running_since() -> None:
    """It runs since it began, or else since it was made."""
    assert Batch("b", "s", created_at=1.0, in_progress_at=2.0).running_since == 2.0
    assert Batch("b", "s", created_at=1.0).running_since == 1.0
    assert Batch("b", "s").running_since is None


@given(any_json)
def test_any_json_at_all(data: object) -> None:
    """Whatever Respan sends is a batch with clean fields, or a NotABatch; nothing else happens."""
    try:
        batch = read_batch(data)
    except NotABatch:
        return
    assert batch.id
    assert batch.status
    assert batch.counts is None or batch.counts.total > 0
    assert read_batch(batch.as_dict()) == batch


def test_only_a_final_batch_has_ended() -> None:
    """Our own note of the end comes first, and counts for nothing while the batch goes on."""
    times = {"ended_at": 1711475163, "cancelled_at": 1711475170}
    assert read_batch({"id": "b", "status": "cancelled", **times}).ended_at == 1711475163
    assert read_batch({"id": "b", "status": "cancelling", **times}).ended_at is None


@pytest.mark.parametrize("batch", [BATCH, ended_as("cancelled"), ended_as("completed")])
def test_the_row_gives_back_what_it_was_given(batch: Batch) -> None:
    """A batch survives its way through the database."""
    assert read_batch(batch.as_dict()) == batch


@pytest.mark.parametrize(
    ("spelled", "status"),
    [
        ("canceled", "cancelled"),
        ("CANCELED", "cancelled"),
        ("Cancelled", "cancelled"),
        (" cancelled ", "cancelled"),
        ("Canceling", "cancelling"),
        ("CANCELLING", "cancelling"),
        ("In Progress", "in_progress"),
        ("in-progress", "in_progress"),
        ("inProgress", "in_progress"),
        ("COMPLETED", "completed"),
        ("Failed", "failed"),
        ("Expired", "expired"),
        ("VALIDATING", "validating"),
        ("Pending", "pending"),
        ("Finalizing", "finalizing"),
    ],
)
def test_a_status_is_read_however_it_is_spelled(spelled: str, status: str) -> None:
    """The status is theirs, the spelling ours."""
    assert read_batch({"id": "b", "status": spelled}).status == status


@pytest.mark.parametrize("status", ["done", "Stopped", "cancel", "cancelledd", "not cancelled"])
def test_an_unknown_status_stays_as_it_came(status: str) -> None:
    """It is never final, and shown as it is."""
    batch = read_batch({"id": "b", "status": status})
    assert (batch.status, batch.is_final, batch.is_cancelling) == (status, False, False)


@pytest.mark.parametrize("name", ["cancelled_at", "canceled_at", "ended_at"])
def test_the_end_of_a_cancelled_batch(name: str) -> None:
    """Its time is found under either spelling."""
    data = {"id": "b", "status": "canceled", "failed_at": 5, name: 7}
    assert read_batch(data).ended_at == 7.0


def test_another_ending_has_no_cancelled_time() -> None:
    """A time that belongs to another status is not taken."""
    assert read_batch({"id": "b", "status": "failed", "canceled_at": 7}).ended_at is None


@pytest.mark.parametrize(
    ("errors", "told"),
    [
        (None, None),
        ([], None),
        ("broken", None),
        ({"data": None}, None),
        ({"data": [None, {}, {"message": ""}]}, None),
        ({"object": "list", "data": [{"code": "c", "message": "Bad line", "line": 3}]}, "Bad line"),
        ({"data": [{"code": "invalid_json"}, {"message": "second"}]}, "invalid_json"),
        ([{"message": "a bare list"}], "a bare list"),
        ({"data": [{"message": "two\nlines\t and \x1b[31m codes"}]}, "two lines and [31m codes"),
        ({"data": [{"message": "x" * 200}]}, "x" * 200),
        ({"data": [{"message": "x" * 201}]}, "x" * 199 + "…"),
        ({"data": [{"message": " " * 800 + "far"}]}, None),
    ],
)
def test_the_first_error_is_told(errors: object, told: str | None) -> None:
    """In one line that can be shown, its code where it has no words."""
    batch = read_batch({"id": "b", "status": "failed", "errors": errors})
    assert batch.error == told
    assert read_batch(batch.as_dict()) == batch


@pytest.mark.parametrize(
    ("metadata", "pairs"),
    [
        ({"name": "nightly", "run": "7"}, (("name", "nightly"), ("run", "7"))),
        ({"name": "two\nlines", "": "x", "y": ""}, (("name", "two lines"),)),
        ({"name": 7, "list": [1], "x": None, 3: "y"}, ()),
        ({f"k{n:02}": "v" for n in range(99)}, tuple((f"k{n:02}", "v") for n in range(16))),
        ("no object", ()),
        ([["name", "x"]], ()),
        (None, ()),
    ],
)
def test_metadata(metadata: object, pairs: tuple[tuple[str, str], ...]) -> None:
    """Pairs of texts in one line each, as many as OpenAI takes; all else is left out."""
    batch = read_batch({"id": "batch_a", "status": "in_progress", "metadata": metadata})
    assert batch.metadata == pairs
    assert read_batch(batch.as_dict()) == batch


@pytest.mark.parametrize(
    ("metadata", "owner"),
    [
        ({"name": "x"}, None),
        ({"email": "ana@example.com", "name": "x"}, "ana@example.com"),
        ({"user": "ben", "Owner": "ana"}, "ana"),
        ({"slack_user": "U0ANA", "email": "ana@example.com"}, "U0ANA"),
    ],
)
def test_whose_it_is(metadata: dict[str, str], owner: str | None) -> None:
    """One of the usual names tells it, the plainest first."""
    batch = read_batch({"id": "batch_a", "status": "in_progress", "metadata": metadata})
    assert batch.owner == owner

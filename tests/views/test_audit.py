"""The audit's lines, and what is said about its chain."""

import csv
import json
from typing import Any

import pytest

from bot.domain.audit import Event, Record, chained
from bot.domain.audit_chain import Ends, Fault, Place, Wrong
from bot.views.audit import FIELDS, broken, csv_header, csv_line, iso, jsonl, whole

AT = 1_711_475_100.000001


def columns(**changes: Any) -> dict[str, Any]:
    """Return a record as it is stored."""
    record = Record(
        Event.INTENT,
        "U0ANA",
        "T0",
        "C0BATCHES",
        "c" * 32,
        ("batch_a", "batch_b"),
        "ana@example.com",
        "key",
        {"rule": None},
    )
    return chained(record, 7, AT, "before") | changes


def test_a_line_of_json() -> None:
    """Every field in its order, the time as people read it beside the number that is hashed."""
    line = jsonl(columns())
    assert line.endswith("}\n")
    assert line.count("\n") == 1
    told = json.loads(line)
    assert tuple(told) == FIELDS
    assert told == columns() | {
        "time": "2024-03-26T17:45:00.000001Z",
        "batch_ids": ["batch_a", "batch_b"],
        "details": {"rule": None},
    }


def test_what_was_tampered_with_is_exported_all_the_same() -> None:
    """Nobody can keep the rest from being read."""
    told = json.loads(jsonl(columns(at="yesterday", details="{", user_id=b"\xff")))
    assert (told["time"], told["at"], told["details"]) == (None, "yesterday", "{")
    assert iso(float("inf")) is iso(1e300) is iso(None) is None


def test_a_line_of_csv() -> None:
    """The same fields; several batches with a space between, the details as JSON."""
    header, line = csv.reader([csv_header(), csv_line(columns())])
    assert tuple(header) == FIELDS
    told = dict(zip(header, line, strict=True))
    assert told["batch_ids"] == "batch_a batch_b"
    assert json.loads(told["details"]) == {"rule": None}
    assert float(told["at"]) == AT
    assert csv_line(columns(user_id=None)).count("\n") == 1


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "＝"])  # noqa: RUF001 - it too
def test_no_cell_is_a_formula(sign: str) -> None:
    """What somebody else has chosen is text in a spreadsheet."""
    email = f"{sign}HYPERLINK(1)@example.com"
    (line,) = csv.reader([csv_line(columns(identifier=email))])
    assert f"'{email}" in line
    assert columns(identifier=email)["identifier"] == email


def test_what_is_said_of_a_whole_chain() -> None:
    """How many records, of which time, and the hash that is to be kept elsewhere."""
    ends = Ends(Place(0, ""), Place(7, "f" * 64))
    said = whole(ends, columns(seq=1), columns())
    assert said.startswith(
        "The audit is whole: 7 records, number 1 to 7, from 2024-03-26T17:45:00."
    )
    assert said.endswith(f"\nNewest hash: 7 {'f' * 64}")
    assert "retention" not in said
    cut = whole(Ends(Place(6, "e"), Place(7, "f")), columns(), columns())
    assert "1 record, number 7 to 7" in cut
    assert "What came before, 6 records, retention has forgotten (KEEP_AUDIT_DAYS)." in cut
    assert whole(Ends(Place(0, ""), Place(0, "")), None, None) == (
        "The audit is whole, and has no record."
    )
    gone = whole(Ends(Place(7, "f"), Place(7, "f")), None, None)
    assert gone.endswith("retention has forgotten (KEEP_AUDIT_DAYS). Newest hash: f")


@pytest.mark.parametrize(
    ("wrong", "good", "said"),
    [
        (Wrong.REMOVED, 0, "Record 7 was removed: it is not there any more."),
        (Wrong.CHANGED, 1, "Record 7 was changed after it was written. 1 record before it is as"),
        (Wrong.PUT_IN, 6, "Record 7 was put in: the chain has no place for it. 6 records before"),
        (Wrong.REPLACED, 6, "Record 7 does not follow the one before it: one of the two was writ"),
    ],
)
def test_what_is_said_of_a_broken_one(wrong: Wrong, good: int, said: str) -> None:
    """Which record is the first that is wrong, how, and how many before it are right."""
    sentence = broken(Fault(wrong, 7), good)
    assert sentence.startswith(f"The audit is not whole. {said}")

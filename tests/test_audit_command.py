"""`python -m bot audit`: what it prints, and what it finds."""

import asyncio
import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.audit import _LINES
from bot.clock import SteadyClock
from bot.domain.audit import Event, Record
from bot.sandbox.event_bus import SandboxClock
from bot.store.audit import append
from bot.store.database import Database
from bot.store.stores import stores_on
from tests.store.test_audit import tamper

ROOT = Path(__file__).parents[1]
DAY = 86400.0
FIRST = 1_793_491_200.0
"""2026-11-01 in UTC."""

SNIPPET = re.compile(r"```python\n(.*?)```", re.DOTALL)


async def _fill(url: str, days: Sequence[float] = (0, 1, 2, 3)) -> None:
    clock = SandboxClock(runs=False)
    clock.advance(FIRST - clock.time())
    async with Database(url, clock, own_time=True) as database:
        for number, day in enumerate(days):
            clock.advance(FIRST + day * DAY - clock.time())
            user, batch = ("U0ANA", "U0BEN")[number % 2], f"batch_{number}"
            details = {"rule": None, "total": number, "until": 1.5}
            record = Record(Event.ASKED, user, batch_ids=(batch, "batch_x"), details=details)
            async with database.writing() as connection:
                await append(connection, [record], database.now())


@pytest.fixture
def filled(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Give a database with four records of four days, and nothing else in the environment."""
    for name in [*os.environ]:
        if name.startswith(("SLACK_", "RESPAN_")):
            monkeypatch.delenv(name)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("LOG_LEVEL", "nonsense")  # other settings are none of its business
    asyncio.run(_fill(database_url))
    return database_url


def seqs(out: str) -> list[int]:
    """Return the numbers of the records in lines of JSON."""
    return [json.loads(line)["seq"] for line in out.splitlines()]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], [1, 2, 3, 4]),
        (["--since", "2026-11-02"], [2, 3, 4]),
        (["--until", "2026-11-02"], [1]),
        (["--since", "2026-11-01T00:00:01", "--until", "2026-11-03T00:00:00Z"], [2]),
        (["--since", "2026-11-02T01:00:00+01:00", "--until", "2026-11-02T00:00:01"], [2]),
        (["--user", "U0BEN"], [2, 4]),
        (["--batch", "batch_x", "--user", "U0ANA"], [1, 3]),
        (["--batch", "batch_2", "--format", "jsonl"], [3]),
        (["--user", "W0NOBODY"], []),
        (["--batch", "batch_X"], []),
    ],
)
def test_which_records_are_printed(
    filled: str,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    expected: list[int],
) -> None:
    """In order, from one time on and before another, of a person, about a batch."""
    assert main(["audit", *arguments]) == 0
    assert seqs(capsys.readouterr().out) == expected


def test_csv(filled: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A header, and a line for each record."""
    assert main(["audit", "--format", "csv"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [row["seq"] for row in rows] == ["1", "2", "3", "4"]
    assert rows[0]["time"] == "2026-11-01T00:00:00.000000Z"
    assert rows[0]["batch_ids"] == "batch_0 batch_x"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--since", "yesterday"], "must be a day such as 2026-11-01 or a time"),
        (["--until", "2026-13-01"], "must be a day such as 2026-11-01 or a time"),
        (["--format", "xml"], "invalid choice: 'xml'"),
        (["--user", "ana"], "must be a person's id such as U012ABCDEF"),
        (["--batch", "abc"], "must be a batch's id such as batch_abc123"),
        (["--verify", "--user", "U0ANA"], "--verify looks at all records: give it alone"),
    ],
)
def test_what_is_no_choice(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """A sentence says what it should be, and the exit code is 2."""
    with pytest.raises(SystemExit) as ended:
        main(["audit", *arguments])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_whole_chain(filled: str, capsys: pytest.CaptureFixture[str]) -> None:
    """How many, of which time, and the newest hash, which the export has too."""
    assert main(["audit", "--verify"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(
        "The audit is whole: 4 records, number 1 to 4, from 2026-11-01T00:00:00.000000Z to"
        " 2026-11-04T00:00:00.000000Z."
    )
    main(["audit"])
    newest = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said.endswith(f"Newest hash: 4 {newest['hash']}\n")


async def _do(url: str, statement: str) -> None:
    async with Database(url, SteadyClock()) as database:
        await tamper(stores_on(database, 6000), statement)


async def _prune(url: str, days: float) -> None:
    clock = SandboxClock(runs=False)
    clock.advance(FIRST + 10 * DAY - clock.time())
    async with Database(url, clock, own_time=True) as database:
        await stores_on(database, 6000).audit.prune(days * DAY, 100)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE audit SET user_id = 'U0EVE' WHERE seq = 2", "Record 2 was changed after it was"),
        ("DELETE FROM audit WHERE seq = 3", "Record 3 was removed"),
        ("DELETE FROM audit WHERE seq = 4", "Record 4 was removed"),
        ("UPDATE audit_chain SET last_seq = 3", "Record 4 was put in"),
    ],
)
def test_a_broken_chain(
    filled: str, capsys: pytest.CaptureFixture[str], statement: str, said: str
) -> None:
    """The first record that is wrong is named, and the exit code is 1."""
    asyncio.run(_do(filled, statement))
    assert main(["audit", "--verify"]) == 1
    assert f"The audit is not whole. {said}" in capsys.readouterr().out


def test_a_chain_whose_beginning_is_forgotten(
    filled: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is whole; where nothing is left of it, too."""
    asyncio.run(_prune(filled, 8.5))
    assert main(["audit", "--verify"]) == 0
    assert "2 records, number 3 to 4" in (said := capsys.readouterr().out)
    assert "What came before, 2 records, retention has forgotten" in said
    asyncio.run(_prune(filled, 0))
    assert main(["audit", "--verify"]) == 0
    assert "The audit is whole, and has no record. What came before, 4" in capsys.readouterr().out
    assert main(["audit"]) == 0
    assert capsys.readouterr().out == ""


def test_where_there_is_nothing_to_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sentence, code 2, and no file that was not there before."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "none.db"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{path}")
    assert main(["audit"]) == 2
    assert f"There is no database {path}" in capsys.readouterr().err
    assert not path.exists()
    path.touch()
    assert main(["audit", "--verify"]) == 2
    assert "This database has no audit" in capsys.readouterr().err
    monkeypatch.setattr("os.geteuid", lambda: -1)
    assert main(["audit"]) == 2
    assert f"Run it as the user whose file {path} is" in capsys.readouterr().err
    monkeypatch.setenv("DATABASE_URL", "mysql://u:pw@h/d")
    assert main(["audit"]) == 2
    said = capsys.readouterr().err
    assert "DATABASE_URL must begin with" in said
    assert "pw" not in said
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:pw@127.0.0.1:9/d")
    assert main(["audit"]) == 1
    assert "no PostgreSQL listens at 127.0.0.1:9" in capsys.readouterr().err


def test_the_address_stands_in_env_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As for the bot itself; a file that can't be read is a sentence."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / ".env").write_text("DATABASE_URL=sqlite:///of-env.db\n")
    assert main(["audit"]) == 2
    assert "There is no database of-env.db" in capsys.readouterr().err
    (tmp_path / ".env").write_bytes(b"DATABASE_URL=\xff\n")
    assert main(["audit"]) == 2
    assert "The file .env can't be read" in capsys.readouterr().err


def _command(url: str, *arguments: str) -> list[str]:
    return ["env", f"DATABASE_URL={url}", sys.executable, "-m", "bot", "audit", *arguments]


def test_a_reader_who_has_enough(database_url: str) -> None:
    """`| head` ends it quietly, in the middle of a line."""
    asyncio.run(_fill(database_url, [n / 1000 for n in range(1500)]))
    with subprocess.Popen(  # noqa: S603 - our own command
        _command(database_url), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["seq"] == 1
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(20) == 0
    assert said == b""


def test_a_stranger_can_verify_it(filled: str, tmp_path: Path) -> None:
    """The twenty lines in docs/audit.md recompute each hash, and find what was changed."""
    (code,) = SNIPPET.findall((ROOT / "docs/audit.md").read_text())
    assert len(code.splitlines()) <= 20
    script = tmp_path / "verify.py"
    script.write_text(code)
    export = subprocess.run(  # noqa: S603 - our own command
        _command(filled), capture_output=True, check=True, cwd=ROOT
    ).stdout
    lines = export.decode().splitlines(keepends=True)

    def verify(*of: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(script)]
        return subprocess.run(  # noqa: S603 - the lines of docs/audit.md
            command, input="".join(of), capture_output=True, text=True, check=False
        )

    good = verify(*lines)
    newest = json.loads(lines[-1])["hash"]
    assert (good.returncode, good.stdout) == (0, f"4 records follow one another: {newest}\n")
    assert verify(*lines[1:]).returncode == 0
    changed = [lines[0], lines[1].replace("U0BEN", "U0EVE"), *lines[2:]]
    for bad, number in ((changed, 2), ([lines[0], *lines[2:]], 3), (lines[::-1], 3)):
        found = verify(*bad)
        assert found.returncode == 1
        assert f"record {number}" in found.stderr


def test_whoever_interrupts_it(filled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends it with the exit code that shells know, without a traceback."""

    def interrupt(_columns: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setitem(_LINES, "jsonl", interrupt)
    assert main(["audit"]) == 130

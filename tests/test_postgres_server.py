"""The tests' own PostgreSQL: whoever runs them, wherever, it is one, and leaves nothing behind."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil
import psycopg
import pytest

from tests import postgres
from tests.inner_run import ROOT, inner_run, outside
from tests.postgres import kept_server

PROBE = """
import time
from pathlib import Path

import psycopg
import pytest

@pytest.mark.parametrize("number", range(2))
def test_one(number, postgres, kept_postgres):
    with psycopg.connect(postgres) as connection:
        connection.execute("SELECT 1")
    (Path(__file__).parent / f"{number}.new").write_text(f"{postgres} {kept_postgres}")
    (Path(__file__).parent / f"{number}.new").rename(Path(__file__).parent / f"{number}.urls")
    time.sleep(SECONDS)
"""

HOSTILE = {
    f"PG{name}": "/nowhere" for name in ("HOST", "PORT", "DATA", "OPTIONS", "SERVICE", "USER")
}


def folder_of(url: str) -> Path:
    """Return the folder of the server at such a URL."""
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def processes_of(folder: Path) -> list[psutil.Process]:
    """Return the server's processes."""
    number = int((folder / "data/postmaster.pid").read_text().split()[0])
    server = psutil.Process(number)
    return [server, *server.children()]


def is_dead(process: psutil.Process) -> bool:
    """Return whether a process has ended, be it that nobody has asked yet how."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def eventually(is_so: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Return whether it becomes so in time."""
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.02)
    return is_so()


@pytest.mark.seconds(3)
def test_it_is_in_one_folder() -> None:
    """Its files, its socket and its memory; it never runs as root, and takes no name or port."""
    with kept_server() as server:
        folder = folder_of(server.start())
        processes = processes_of(folder)
        owner = folder.stat().st_uid
        assert {process.uids().effective for process in processes} == {owner}
        assert owner == (os.geteuid() or owner) != 0
        assert folder.stat().st_mode & 0o777 == 0o700
        mapped = {entry.path for process in processes for entry in process.memory_maps()}
        opened = {entry.path for process in processes for entry in process.open_files()}
        assert not [path for path in mapped | opened if "/shm/" in path]
        assert not [path for path in opened if not Path(path).is_relative_to(folder)]
        assert not [process for process in processes if process.net_connections("inet")]
    assert not folder.exists()
    assert not [process for process in processes if process.is_running()]


@pytest.mark.seconds(3)
def test_it_starts_again() -> None:
    """At the same URL and with what it held, after a stop as after a crash."""
    with kept_server() as server:
        url = server.start()
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept (number integer)")
        server.stop()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url)
        assert server.start() == server.start() == url
        for process in (killed := processes_of(folder_of(url))):
            process.kill()
        assert eventually(lambda: all(map(is_dead, killed)))
        assert server.start() == url
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT * FROM kept").fetchall() == []


@pytest.mark.seconds(2)
@pytest.mark.parametrize("name", ["d" * 90, "a,b", "nowhere", "with spaces & 100%"])
def test_any_temporary_folder_will_do(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One too deep for a socket, one of root's that nobody else reaches, one that is missing."""
    if name != "nowhere":
        (tmp_path / name).mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / name))
    with kept_server() as server, psycopg.connect(server.start()) as connection:
        assert connection.execute("SELECT 1").fetchall() == [(1,)]
    assert [*tmp_path.glob("*/*")] == []


@pytest.mark.seconds(2)
def test_binaries_out_of_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clone in root's home, into which the server's user can't look, gets by on a copy."""
    installed = postgres._installed()
    assert installed is not None
    for part in installed.parents[1].glob(f"{installed.parent.name}*"):
        (tmp_path / part.name).symlink_to(part)
    there = tmp_path / installed.parent.name / installed.name
    tmp_path.chmod(0o700)
    monkeypatch.setattr(postgres, "_installed", lambda: there)
    with kept_server() as server, psycopg.connect(server.start()) as connection:
        assert connection.execute("SELECT 1").fetchall() == [(1,)]


def test_what_went_wrong_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that can't be made says so itself, each time it is asked."""
    initdb = tmp_path / "package/install/bin/initdb"
    initdb.parent.mkdir(parents=True)
    initdb.write_text("#!/bin/sh\necho 'no room' >&2\nexit 1\n")
    initdb.chmod(0o755)
    monkeypatch.setattr(postgres, "_installed", lambda: initdb.parents[1])
    with kept_server() as server:
        for _ in range(2):
            with pytest.raises(RuntimeError, match="initdb: no room"):
                server.start()


def test_without_binaries(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests that need it are skipped, and say what it takes."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(postgres, "find_spec", lambda _: None)
    with pytest.raises(pytest.skip.Exception, match="TEST_DATABASE_URL"), kept_server():
        pass


def _hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def run_of_tests(
    folder: Path, workers: tuple[str, ...], seconds: int
) -> Iterator["subprocess.Popen[bytes]"]:
    """Give pytest, running tests that keep a server for so long, in a hostile environment."""
    with subprocess.Popen(  # noqa: S603 - our own probe
        inner_run(folder, PROBE.replace("SECONDS", str(seconds)), workers),
        cwd=ROOT,
        env={k: v for k, v in outside().items() if k != "TEST_DATABASE_URL"} | HOSTILE,
        stdout=subprocess.DEVNULL,
        # A shell that runs us in the background lets its children ignore SIGINT.
        preexec_fn=_hear_interrupts,  # noqa: PLW1509 - it touches nothing of ours
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.seconds(8)
@pytest.mark.parametrize("workers", [("-n", "2"), ()])
def test_one_for_the_whole_run(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """All workers share it, each with a database of its own, and at the end it is gone."""
    with run_of_tests(tmp_path, workers, 0) as process:
        assert process.wait(60) == 0
    urls = [path.read_text().split() for path in tmp_path.glob("*.urls")]
    assert len(urls) == 2
    assert len({server for server, _ in urls}) == 1
    assert len({database for _, database in urls}) == (2 if workers else 1)
    assert not folder_of(urls[0][0]).exists()


@pytest.mark.seconds(8)
@pytest.mark.parametrize(
    ("how", "workers"),
    [(signal.SIGKILL, ("-n", "2")), (signal.SIGINT, ("-n", "2")), (signal.SIGTERM, ())],
)
def test_it_ends_with_the_run(
    how: signal.Signals, workers: tuple[str, ...], tmp_path: Path
) -> None:
    """However that ends: no process and no file outlives it."""
    with run_of_tests(tmp_path, workers, 600) as process:
        assert eventually(lambda: [*tmp_path.glob("*.urls")] != [])
        folder = folder_of(next(tmp_path.glob("*.urls")).read_text().split()[0])
        processes = processes_of(folder)
        process.send_signal(how)
        assert eventually(lambda: not folder.exists())
        assert not [one for one in processes if one.is_running()]
        assert process.wait(30) != 0

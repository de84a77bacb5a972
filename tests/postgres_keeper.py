"""The tests' PostgreSQL, kept by a process that ends it when whoever started that is gone.

Run as `python -I postgres_keeper.py FOLDER`, where FOLDER holds PostgreSQL's `bin`, `lib` and
`share`. It prints the path of a socket: who connects and sends `start` or `stop` gets `ok` and the
server's URL, or `failed` and why. The end of its standard input is the end of everything: even a
`kill -9` of the tests leaves no server and no file.

PostgreSQL does not run as root, and initdb needs a user with a name, so that root's becomes one of
`nobody`, or of any other user of the machine. All files are in one folder that belongs to it.
"""

import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

_LONGEST = 80
"""Bytes of the folder's path: the path of a socket in it may have a hundred."""

_PATIENCE = 60.0
"""Seconds that a start may take on a busy machine."""

_INITDB = ("--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
_ENDINGS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "300",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "dynamic_shared_memory_type": "mmap",  # in the folder, where /dev/shm is anybody's
}


class Server:
    """PostgreSQL in a folder, run as the account to which the folder belongs."""

    def __init__(self, installed: Path, folder: Path, account: pwd.struct_passwd | None) -> None:
        """Start nothing yet."""
        self._installed, self._folder, self._account = installed, folder, account
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return the URL of the database that each server has."""
        return f"postgresql://postgres@/postgres?host={quote(str(self._folder))}"

    def start(self) -> None:
        """Start it unless it runs, and wait until it takes connections."""
        if self._process is None or self._process.poll() is not None:
            if not (self._folder / "data").exists():
                self._make()
            self._process = self._launch()
        self._wait(self._process)

    def stop(self) -> None:
        """Stop it: fast, then at once, then without asking."""
        if self._process is None:
            return
        for how, seconds in ((signal.SIGINT, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, None)):
            self._process.send_signal(how)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
                return

    def _launch(self) -> "subprocess.Popen[bytes]":
        settings = _OPTIONS | {"unix_socket_directories": str(self._folder)}
        options = [part for pair in settings.items() for part in ("-c", "=".join(pair))]
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - PostgreSQL itself
                [str(self._installed / "bin/postgres"), "-D", "data", *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **self._as_account(),
            )

    def _make(self) -> None:
        """Make the files of a new server, from a copy where the account can't reach the original.

        RuntimeError with what initdb said.
        """
        if not _can(self._account, "-x", self._installed / "bin/initdb"):
            self._installed = _copy(self._installed, self._folder / "copy", self._account)
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own
            [str(self._installed / "bin/initdb"), "-D", "data", "-U", "postgres", *_INITDB],
            capture_output=True,
            check=False,
            **self._as_account(),
        )
        if done.returncode:
            shutil.rmtree(self._folder / "data", ignore_errors=True)
            raise RuntimeError(f"initdb: {done.stderr.decode(errors='replace').strip()}")

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        """Wait for the word that PostgreSQL writes into its own file; RuntimeError with its log."""
        deadline = time.monotonic() + _PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            with suppress(OSError):
                said = (self._folder / "data/postmaster.pid").read_text().split()
                if said[:1] == [str(process.pid)] and said[-1] == "ready":
                    return
            time.sleep(0.01)
        log = (self._folder / "log").read_text(errors="replace")
        raise RuntimeError(f"postgres did not start: {log[-2000:].strip()}")

    def _as_account(self) -> dict[str, Any]:
        """Return how its processes are run: nothing of the machine's environment counts."""
        environment = {"PATH": os.defpath, "HOME": str(self._folder), "LC_ALL": "C", "TZ": "UTC"}
        return {"cwd": self._folder, "env": environment, **_identity(self._account)}


def _account() -> pwd.struct_passwd | None:
    """Return whom PostgreSQL is to be run as; None for the user who runs the tests."""
    if os.geteuid() != 0:
        return None
    others = [account for account in pwd.getpwall() if account.pw_uid != 0]
    return min(others, key=lambda account: account.pw_name != "nobody", default=None)


def _identity(account: pwd.struct_passwd | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _can(account: pwd.struct_passwd | None, what: str, path: Path) -> bool:
    """Return whether the account passes such a `test` of a path, with the kernel's own answer."""
    asked = ["/bin/sh", "-c", 'test "$1" "$2"', "sh", what, str(path)]
    done = subprocess.run(asked, cwd="/", check=False, **_identity(account))  # noqa: S603 - our own words
    return done.returncode == 0


def _copy(installed: Path, to: Path, account: pwd.struct_passwd | None) -> Path:
    """Copy what is needed, with the libraries beside it, for an account that can't reach it."""
    package = installed.parent
    few = shutil.ignore_patterns("include", "*.a", "*.py", "__pycache__", "pginstall18")
    for part in package.parent.glob(f"{package.name}*"):
        if part.suffix != ".dist-info":
            shutil.copytree(part, to / part.name, ignore=few, symlinks=True)
    if account is not None:
        for path in (to, *to.rglob("*")):
            os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
    return to / package.name / installed.name


def _folder(account: pwd.struct_passwd | None) -> Path:
    """Return a new folder that the account reaches, with a path short enough for a socket.

    The temporary folder is the first choice; that of root may be out of others' reach, or deep.
    """
    for parent in dict.fromkeys((tempfile.gettempdir(), "/tmp", "/var/tmp")):  # noqa: S108 - mkdtemp is safe there
        if len(os.fsencode(parent)) > _LONGEST - 20 or "," in parent:
            continue
        with suppress(OSError):
            folder = Path(tempfile.mkdtemp(prefix="bot-pg-", dir=parent))
            if account is not None:
                os.chown(folder, account.pw_uid, account.pw_gid)
            if _can(account, "-w", folder):
                return folder
            folder.rmdir()
    raise RuntimeError("no temporary folder was found that PostgreSQL can use: set TMPDIR")


def _serve(server: Server, at: Path) -> None:
    """Answer whoever asks, one after the other, until the standard input ends."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(at))
        listener.listen(100)
        sys.stdout.write(f"{at}\n")
        sys.stdout.flush()
        while sys.stdin not in select.select([sys.stdin, listener], [], [])[0]:
            connection, _ = listener.accept()
            # Somebody who is gone or says nothing keeps nobody else waiting.
            with connection, suppress(OSError):
                connection.settimeout(5.0)
                word = connection.recv(100).decode()
                connection.sendall(_answer(server, word).encode())


def _answer(server: Server, word: str) -> str:
    try:
        {"start": server.start, "stop": server.stop}[word]()
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        return f"failed {error}"
    except KeyError:
        return f"failed {word!r} is not known here"
    return f"ok {server.url}"


def main(installed: Path) -> None:
    """Keep a server, and leave nothing of it in the end."""
    for number in _ENDINGS:
        signal.signal(number, lambda *_: sys.exit(0))
    account = _account()
    folder = _folder(account)
    server = Server(installed, folder, account)
    try:
        _serve(server, folder / "control")
    finally:
        for number in _ENDINGS:
            signal.signal(number, signal.SIG_IGN)
        server.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""The demo, started and stopped as a user does it: `python -m bot demo`."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from urllib.parse import urlsplit

from bot.sandbox.process import reserve_port

ROOT = Path(__file__).resolve().parents[2]
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
_START, _STOP = 30.0, 15.0


@contextmanager
def running_demo() -> Iterator[str]:
    """Give the address that the demo prints; afterwards it must stop by itself with code 0."""
    outside = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    with (
        reserve_port() as mark,
        subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "bot", "demo", "--port", str(mark.getsockname()[1])],
            cwd=ROOT,
            env=outside,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        try:
            yield _printed_address(process)
        except BaseException:
            process.terminate()
            raise
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=_STOP)
        assert process.returncode == 0, rest


def _printed_address(process: "subprocess.Popen[str]") -> str:
    """Return the address once it is printed; a demo that is late is killed, and so says no more."""
    late = Timer(_START, process.kill)
    late.start()
    said = ""
    try:
        for line in process.stdout or ():
            said += line
            if found := _ADDRESS.search(line):
                return found[0]
    finally:
        late.cancel()
    raise RuntimeError(f"the demo printed no address:\n{said}")


def post(address: str, action: str, **body: str | bool) -> None:
    """Do what a button of the page does, without the page."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    headers = {"Content-Type": "application/json"}
    connection.request("POST", f"/api/{action}", json.dumps(body), headers)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    connection.close()

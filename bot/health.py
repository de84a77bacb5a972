"""`python -m bot health`: whether the bot that runs on this machine is alive; for a container."""

import sys
from http.client import HTTPConnection, HTTPException
from os import environ

_WITHIN = 4.0
_OK = 200
_PORT, _ADDRESS = "3000", "127.0.0.1"
"""What is asked where the environment has neither PORT nor BIND_ADDRESS."""


def main() -> int:
    """Ask `/healthz`; return 0 where it answers 200, else 1 with a line on standard error.

    It reads PORT and BIND_ADDRESS of the environment, as the bot beside it does, asks past every
    proxy, and loads nothing else: it is run every half minute.
    """
    port, address = environ.get("PORT") or _PORT, environ.get("BIND_ADDRESS") or _ADDRESS
    try:
        connection = HTTPConnection(address, int(port), timeout=_WITHIN)
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, HTTPException, ValueError) as error:
        return _complain(f"no answer at {address}, port {port}: {error}")
    return 0 if status == _OK else _complain(f"/healthz answers {status}")


def _complain(text: str) -> int:
    print(text, file=sys.stderr)  # noqa: T201 - the command's answer
    return 1

"""What the event loop reports by itself floods no log."""

import asyncio

from structlog.testing import capture_logs

from bot.telemetry.loop_errors import said_once_a_minute


async def test_a_flood_is_two_lines() -> None:
    """One at once, one with the count of the rest; another kind has its own."""
    loop = asyncio.get_running_loop()
    with capture_logs() as logs, said_once_a_minute():
        for _ in range(1000):
            error = OSError(24, "Too many open files")
            loop.call_exception_handler({"message": "out of files", "exception": error})
        loop.call_exception_handler({"message": "something else"})
    assert [(line["detail"], line.get("count")) for line in logs] == [
        ("out of files", None),
        ("something else", None),
        ("out of files", 999),
    ]
    assert isinstance(logs[0]["exc_info"], OSError)


async def test_the_loop_gets_its_own_handler_back() -> None:
    """What comes after is not ours."""
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    with said_once_a_minute():
        assert loop.get_exception_handler() is not before
    assert loop.get_exception_handler() is before

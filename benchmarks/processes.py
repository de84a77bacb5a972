"""Processes that are measured: until when they are ready, their memory, their processor time."""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Protocol, Self

import aiohttp
import psutil

from bot.sandbox.process import reserve_port

_ROOT = Path(__file__).resolve().parents[1]
_KEPT = ("PATH", "HOME", "LANG")
_LOOKS = 0.004
"""Seconds between two looks whether a process is ready: what a start is measured to."""


class Subject(Protocol):
    """A process that takes Slack's requests at `url`, and says at /readyz when it does."""

    @property
    def url(self) -> str:
        """Return the address of its HTTP server."""
        ...  # pragma: no cover - a protocol has no body

    @property
    def pid(self) -> int:
        """Return the number of the process."""
        ...  # pragma: no cover - a protocol has no body

    async def launch(self) -> None:
        """Start it without waiting for it."""
        ...  # pragma: no cover - a protocol has no body

    async def kill(self) -> None:
        """Kill it, and wait until it is gone."""
        ...  # pragma: no cover - a protocol has no body


class Rival:
    """A module of `benchmarks.rivals` as a process, with further variables of the environment."""

    def __init__(self, module: str, folder: Path, **environment: str) -> None:
        """Start nothing yet; its port stays its own."""
        self._mark = reserve_port()
        self._module, self._folder = module, folder
        self._port = str(self._mark.getsockname()[1])
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        own = {"PYTHONPATH": str(_ROOT), "PORT": self._port}
        self._environment = kept | own | environment
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        """Start it, and wait until it is ready."""
        await seconds_until_ready(self)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Kill it."""
        await self.kill()
        self._mark.close()

    @property
    def url(self) -> str:
        """Return the address of its HTTP server."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """Return the number of the process."""
        return 0 if self._process is None else self._process.pid

    async def launch(self) -> None:
        """Start it without waiting for it; what it prints goes to a file beside its database."""
        with (self._folder / f"{self._module}.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", f"benchmarks.rivals.{self._module}"),
                env=self._environment,
                cwd=self._folder,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
            )

    async def kill(self) -> None:
        """Kill it, and wait until it is gone."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()


async def seconds_until_ready(subject: Subject, patience: float = 60.0) -> float:
    """Start a process; return after how many seconds it was ready. Raises TimeoutError."""
    began = perf_counter()
    await subject.launch()
    async with asyncio.timeout(patience), aiohttp.ClientSession() as http:
        while not await _is_ready(http, subject.url):  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(_LOOKS)
    return perf_counter() - began


async def _is_ready(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(f"{url}/readyz") as response:
            return response.status == 200
    except (aiohttp.ClientError, OSError):
        return False


def megabytes(subject: Subject) -> float:
    """Return the memory that a process holds (resident), in MB of 2^20 bytes."""
    return float(psutil.Process(subject.pid).memory_info().rss) / 2**20


def processor_seconds(subject: Subject) -> float:
    """Return the processor time that a process has used."""
    times = psutil.Process(subject.pid).cpu_times()
    return float(times.user + times.system)


async def processor_share(subject: Subject, seconds: float) -> float:
    """Return how much of a core a process uses for so many seconds, in per cent."""
    before, began = processor_seconds(subject), perf_counter()
    await asyncio.sleep(seconds)
    used = processor_seconds(subject) - before
    return 100 * used / (perf_counter() - began)

"""The real bot as a process of its own: started, killed, and started again."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Self
from weakref import finalize

import aiohttp

_KEPT = ("PATH", "HOME", "LANG", "SYSTEMROOT", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
"""What a child process inherits: no token that may stand in the environment is among it."""

_PORTS = range(20_000, 32_000)

_ROOT = Path(__file__).resolve().parents[2]


def reserve_port() -> socket.socket:
    """Return a UDP socket whose number is a free TCP port: nobody gets it here while that is open.

    A bot that is dead for a moment would lose its port to the next world otherwise.
    """
    for port in Random().sample(_PORTS, min(50, len(_PORTS))):
        mark = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            mark.bind(("127.0.0.1", port))
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            mark.close()
        else:
            return mark
    raise RuntimeError("no free port was found")


class BotProcess:
    """`python -m bot` with settings of its own, in a folder of its own."""

    def __init__(
        self,
        settings: dict[str, str],
        folder: Path,
        name: str = "bot",
        command: str = "run",
        arguments: Sequence[str] = (),
    ) -> None:
        """Start nothing yet; without a `PORT` among the settings, it gets one of its own."""
        self._command = (command, *arguments)
        self.port = int(settings.get("PORT") or self._reserved())
        self._settings = {"BIND_ADDRESS": "127.0.0.1"} | settings | {"PORT": str(self.port)}
        self._folder = folder
        self._log = folder / f"{name}.log"
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        """Start it, and wait until it is ready."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Kill it."""
        await self.kill()

    def _reserved(self) -> int:
        """Return a port that stays its own through all its lives."""
        mark = reserve_port()
        finalize(self, mark.close)
        return int(mark.getsockname()[1])

    @property
    def url(self) -> str:
        """Return the address of its HTTP server."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        """Return whether the process lives."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """Return the number of the process."""
        return 0 if self._process is None else self._process.pid

    def change(self, **settings: str) -> None:
        """Let it have these settings from its next start on."""
        self._settings |= settings

    def log_text(self) -> str:
        """Return everything that it has printed, over all its lives."""
        return self._log.read_text("utf-8", errors="replace") if self._log.exists() else ""

    async def launch(self) -> None:
        """Start it without waiting for it."""
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        path = {"PYTHONPATH": str(_ROOT), "PYTHONUNBUFFERED": "1"}
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                *self._command,
                env=kept | path | self._settings,
                cwd=self._folder,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
            )

    async def start(self, seconds: float = 60.0) -> None:
        """Start it, and wait until it says that it is ready."""
        await self.launch()
        await self.wait_ready(seconds)

    async def wait_ready(self, seconds: float = 60.0) -> None:
        """Wait until it is ready; RuntimeError with the end of its log when it isn't in time."""
        deadline = asyncio.get_running_loop().time() + seconds
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=4)) as http:
            while self.running and asyncio.get_running_loop().time() < deadline:
                if await _answers(http, f"{self.url}/readyz"):
                    return
                await asyncio.sleep(0.03)
        code = None if self._process is None else self._process.returncode
        raise RuntimeError(f"the bot is not ready (exit code {code}):\n{self.log_text()[-3000:]}")

    async def kill(self) -> None:
        """Kill it, as kill -9 does, and wait until it is gone."""
        await self._end(signal.SIGKILL)

    def kill_now(self) -> None:
        """Kill it without waiting: nothing else happens in between."""
        if self.running:
            os.kill(self.pid, signal.SIGKILL)

    async def terminate(self) -> int:
        """Ask it to stop, and return its exit code."""
        await self._end(signal.SIGTERM)
        return await self.exit_code()

    async def exit_code(self) -> int:
        """Wait for its end, and return its exit code."""
        return 0 if self._process is None else await self._process.wait()

    async def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        if self.running:
            self._process.send_signal(how)
        await self._process.wait()


async def _answers(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(url) as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False

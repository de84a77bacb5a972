"""Both services, and `check` between them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.checks import check
from bot.sandbox.world import SandboxWorld
from bot.settings import load_settings
from tests.checks.services import Run


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SandboxWorld]:
    """Give both services, and their settings in the environment."""
    made = SandboxWorld(tmp_path)
    async with AsyncExitStack() as stack:
        await made.open(stack)
        for name, value in made.environment().items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def run(world: SandboxWorld, capsys: pytest.CaptureFixture[str]) -> Run:
    """Give what checks with channels, and returns the exit code and the lines by their names."""

    async def checked(*channels: str) -> tuple[int, dict[str, str]]:
        code = await check(load_settings(), channels)
        said = capsys.readouterr().out.splitlines()
        pairs = [line.partition(": ") for line in said if "[debug" not in line]
        return code, {name: rest for name, _, rest in pairs if not rest.startswith("note: ")}

    return checked

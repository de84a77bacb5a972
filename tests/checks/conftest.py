"""Both services, and `check` between them."""

import pytest

from bot.checks import check
from bot.sandbox.world import SandboxWorld
from bot.setting_reading import load_settings
from tests.checks.services import Run


@pytest.fixture
def world(prepared_world: SandboxWorld) -> SandboxWorld:
    """Give both services, and their settings in the environment."""
    return prepared_world


@pytest.fixture
def run(world: SandboxWorld, capsys: pytest.CaptureFixture[str]) -> Run:
    """Give what checks with channels, and returns the exit code and the lines by their names."""

    async def checked(*channels: str) -> tuple[int, dict[str, str]]:
        code = await check(load_settings(), channels)
        said = capsys.readouterr().out.splitlines()
        pairs = [line.partition(": ") for line in said if "[debug" not in line]
        return code, {name: rest for name, _, rest in pairs if not rest.startswith("note: ")}

    return checked

"""What stands around the code says the same as the code."""

import re
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from bot import __version__
from bot.listeners.shortcut import SHORTCUT
from bot.sandbox.slack.web_api import SCOPES
from bot.sandbox.slack.workspace import Ephemeral, buttons_of
from bot.settings import Settings
from bot.views.approval import APPROVE_ACTION, DISAPPROVE_ACTION
from bot.views.confirmation import CONFIRM_ACTION, DECLINE_ACTION
from bot.views.follow import TELL_ACTION
from bot.views.picker import REVIEW_ACTION
from bot.views.private import shortcut_not_recorded
from bot.views.undo import NOW_ACTION, UNDO_ACTION
from bot.views.unsent import WITHDRAW_ACTION
from bot.views.words import COMMAND
from tests.simulation import BATCH, Simulation
from tests.views.catalogue import catalogue

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = tuple(
    f"docs/{name}.md"
    for name in (
        *("architecture", "audit", "benchmarks", "glossary", "monitoring", "operating", "promises"),
        "running",
    )
)
SECRETS = {"slack_bot_token", "slack_app_token", "slack_signing_secret", "respan_api_key"}

OPTIONAL = {
    "usergroups.users.list": {"usergroups:read"},
    "conversations.history": {"channels:history", "groups:history", "im:history"},
    "conversations.replies": {"channels:history", "groups:history", "im:history"},
}
"""What is only called by a setting, or where the installation has the scope anyway."""

OPTIONAL_SCOPES = {"users:read.email"}.union(*OPTIONAL.values())
"""Their scopes, and what a setting only reads by: an address stands in what `users.info` says."""


def read(name: str) -> str:
    """Return a file of the top level."""
    return (ROOT / name).read_text()


@pytest.fixture(scope="module")
def manifest() -> Any:
    """Return the manifest."""
    return yaml.safe_load(read("manifest.yml"))


async def _play(sim: Simulation) -> set[str]:
    """Cancel a batch, with a message whose answer is lost; return the Web API methods called."""
    sim.respan.add_batch(BATCH, cancel_seconds=20.0)
    sim.slack.workspace.usergroups["S0ML"] = ["U0ANA"]
    sim.slack.faults.add("chat.postMessage", "drop_after", times=1)
    await sim.confirm()
    await sim.pass_time(5)
    sim.slack.faults.add("chat.postMessage", "drop_after", times=1)
    await sim.pass_time(120)
    assert await sim.stage() == "reported"
    return {exchange.name for exchange in sim.slack.exchanges} & set(SCOPES)


@pytest.fixture
async def called(tmp_path: Path) -> set[str]:
    """Return the methods that the bot calls with the manifest's scopes and no further setting."""
    async with Simulation(f"sqlite:///{tmp_path / 'bot.db'}") as sim:
        return await _play(sim)


@pytest.fixture
async def called_with_all(tmp_path: Path) -> set[str]:
    """Return those that it calls with every scope that the README names, and every setting."""
    scopes = tuple(OPTIONAL_SCOPES)
    url = f"sqlite:///{tmp_path / 'all.db'}"
    settings: dict[str, Any] = {"customer_identifier": "email", "allowed_usergroups": "S0ML"}
    async with Simulation(url, scopes=scopes, **settings) as sim:
        return await _play(sim)


def test_the_scopes_are_those_of_the_methods(
    manifest: Any, called: set[str], called_with_all: set[str]
) -> None:
    """The manifest asks for no scope that no call needs, and for each that one does."""
    needed = {"commands", "chat:write.public"}
    for method in called:
        needed |= set(SCOPES[method])
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == needed
    assert called_with_all - called == set(OPTIONAL)


def test_optional_scopes_are_explained() -> None:
    """Each scope that only a setting needs stands in the manifest's comments, and in the README."""
    for scope in OPTIONAL_SCOPES:
        assert re.search(rf"#.*\b{re.escape(scope)}\b", read("manifest.yml"))
        assert f"`{scope}`" in read("README.md")


def test_the_manifest_says_what_slack_needs(manifest: Any) -> None:
    """What Slack's schema does not catch: the URLs, the tab for direct messages, the switches."""
    features, settings = manifest["features"], manifest["settings"]
    (command,) = features["slash_commands"]
    assert command["command"] == COMMAND
    assert command["should_escape"] is False
    (shortcut,) = features["shortcuts"]
    assert (shortcut["callback_id"], shortcut["type"]) == (SHORTCUT, "message")
    assert shortcut["name"] in shortcut_not_recorded().text
    assert len(shortcut["name"]) <= 24
    assert len(shortcut["description"]) <= 150
    assert command["url"] == settings["interactivity"]["request_url"]
    assert command["url"].endswith("/slack/events")
    assert settings["interactivity"]["is_enabled"] is True
    assert features["app_home"]["messages_tab_enabled"] is True
    assert settings["token_rotation_enabled"] is False
    assert settings["socket_mode_enabled"] is False
    assert len(manifest["display_information"]["name"]) <= 35
    assert len(manifest["display_information"]["description"]) <= 140


async def test_every_action_is_handled(tmp_path: Path) -> None:
    """Each button that is shown has a listener of its own; any other one says that it has none."""
    messages = catalogue().values()
    shown = {button["action_id"] for message in messages for button in buttons_of(message.blocks)}
    assert shown == {
        *(CONFIRM_ACTION, DECLINE_ACTION, WITHDRAW_ACTION, TELL_ACTION, REVIEW_ACTION),
        *(APPROVE_ACTION, DISAPPROVE_ACTION, UNDO_ACTION, NOW_ACTION),
    }
    async with Simulation(f"sqlite:///{tmp_path / 'bot.db'}") as sim:
        on = sim.slack.workspace.show(Ephemeral("U0ANA", "C0BATCHES", "1.0", "old", []))
        for action in [*shown, "made_up"]:
            assert (await sim.press(on, action, value="made-up")).acked
            await sim.pass_time()
            said = [on.text, *on.history, *sim.private()]
            is_unknown = any("That button does nothing any more" in text for text in said)
            assert is_unknown is (action == "made_up"), action


def test_the_procfile() -> None:
    """Web for HTTP, worker for Socket Mode, and the schema before a release."""
    lines = dict(line.split(": ", 1) for line in read("Procfile").splitlines())
    assert lines == {
        "web": "python -m bot",
        "worker": "python -m bot",
        "release": "python -m bot migrate",
    }


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    """`.env.example` and the README's table know each setting, with its default."""
    assert re.search(rf"^#? ?{name.upper()}=", read(".env.example"), re.MULTILINE)
    row = re.search(rf"^\| `{name.upper()}` \| ([^|]*) \|", read("README.md"), re.MULTILINE)
    assert row is not None, name
    field = Settings.model_fields[name]
    default = field.get_default()
    if field.is_required():
        assert "required" in row[1]
    elif name not in SECRETS and default not in {None, frozenset()} and name != "log_format":
        shown = default.get_secret_value() if name == "database_url" else str(default)
        assert f"`{shown.lower() if isinstance(default, bool) else shown}`" in row[1]


def test_no_setting_is_made_up() -> None:
    """The README's table and `.env.example` name nothing else."""
    known = {name.upper() for name in Settings.model_fields}
    assert set(re.findall(r"^#? ?([A-Z_]+)=", read(".env.example"), re.MULTILINE)) == known
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", read("README.md"), re.MULTILINE)) == known


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_pinned(name: str) -> None:
    """Every package has its version and its hashes; no registry is named, by host or by option."""
    text = read(name)
    pins = re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==\S+", text, re.MULTILINE)
    assert len(pins) > 20
    assert text.count("--hash=sha256:") > len(pins)
    assert "://" not in text
    assert re.findall(r"^ *(-(?!-hash=).*)", text, re.MULTILINE) == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_extras_are_pinned_with_their_package(name: str) -> None:
    """Where `coverage` is pinned and `coverage[toml]` asked for, pip 23 refuses what it finds.

    That is the newest one: a fresh machine could install until the next release, and not after.
    """
    pins = re.findall(r"^([\w.-]+)((?:\[[\w,-]+\])?)==", read(name), re.MULTILINE)
    pinned = {package: Requirement(package + extras).extras for package, extras in pins}
    asked = [
        (needed.name.lower(), needed.extras)
        for package in pinned
        if installed(package)
        for needed in map(Requirement, metadata.requires(package) or [])
        if needed.extras and (needed.marker is None or needed.marker.evaluate({"extra": ""}))
    ]
    assert [(n, extras) for n, extras in asked if not extras <= pinned.get(n, set())] == []
    assert name == "requirements.txt" or ("coverage", {"toml"}) in asked


def installed(package: str) -> bool:
    """Tell whether this machine has it: some are for another system only."""
    try:
        metadata.distribution(package)
    except metadata.PackageNotFoundError:
        return False
    return True


def test_the_python_that_is_promised() -> None:
    """The file for tools, the package and the Makefile agree."""
    project = tomllib.loads(read("pyproject.toml"))["project"]
    assert project["requires-python"] == ">=3.11"
    assert read(".python-version").strip().startswith("3.")
    assert "(3, 11)" in read("Makefile")


def test_the_version() -> None:
    """The package and the code, which tells it to Respan, name the same one."""
    project = tomllib.loads(read("pyproject.toml"))["project"]
    assert project["version"] == __version__


def test_the_two_commands() -> None:
    """CI runs what everybody runs."""
    assert "make test" in read(".ci/run")
    assert re.search(r"^stages: .*lint types imports .*tests", read("Makefile"), re.MULTILINE)
    assert re.search(
        r"^test: .*\n(\t.*\n)*\t.*\$\(MAKE\) .*\bstages;", read("Makefile"), re.MULTILINE
    )
    assert re.search(r"^demo:", read("Makefile"), re.MULTILINE)
    for command in ("make demo", "make test", "make run"):
        assert f"`{command}`" in read("README.md") or f"\n{command}" in read("README.md")


def test_every_module_is_under_the_contracts() -> None:
    """A new room or module can't be left out of what the local Slack and Respan may not import."""
    parts = {path.stem for path in (ROOT / "bot").iterdir() if not path.name.startswith("_")}
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    (own,) = [one for one in contracts if one["name"].startswith("The sandbox")]
    assert {f"bot.{part}" for part in parts - {"sandbox"}} == set(own["forbidden_modules"])


def test_every_promise_names_its_test() -> None:
    """Each line of the table leads to files that are there."""
    rows = [line for line in read("docs/promises.md").splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 30
    for row in rows:
        names = re.findall(r"`([\w/*.]+)`", row.rsplit("|", 2)[1])
        assert names, row
        for name in names:
            assert [*(ROOT / "tests").glob(name.rstrip("/"))], name


def test_the_documents_name_what_is_there() -> None:
    """Every path of ours in the documents leads to a file or a room."""
    for document in ("README.md", "CONTRIBUTING.md", "SECURITY.md", *DOCUMENTS):
        for name in re.findall(
            r"`((?:benchmarks|bot|tests|docs|deploy)/[\w/.-]+)`", read(document)
        ):
            assert (ROOT / name).exists(), f"{document}: {name}"

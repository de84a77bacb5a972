"""`docs/running.md`, the unit, the Dockerfile and compose say the same as the code."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg.conninfo import conninfo_to_dict

from bot.__main__ import _parser
from bot.clock import SteadyClock
from bot.sandbox.world import SandboxWorld
from bot.settings import Settings
from bot.store.database import Database
from tests.inner_run import ROOT
from tests.postgres import kept_server
from tests.promises.test_rolling_restart import role_variables

KNOWN = {name.upper() for name in Settings.model_fields}
OTHERS = {
    "BATCH_BOT_PASSWORD",
    "BATCH_BOT_PROCESSES",
    "PATH",
    "PGHOST",
    "PGUSER",
    "POSTGRES_PASSWORD",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONUNBUFFERED",
    "SQLITE_TMPDIR",
}
"""What is set for others than the bot: the shell, Python, SQLite, PostgreSQL."""


def read(name: str) -> str:
    """Return a file of ours."""
    return (ROOT / name).read_text()


def blocks(language: str = "") -> list[str]:
    """Return the code of the document."""
    text = read("docs/running.md")
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [code for named, code in found if named == language]


def commands() -> list[list[str]]:
    """Return the words of each command of the document."""
    lines = "".join(blocks()).replace(" && ", "\n").splitlines()
    return [shlex.split(line) for line in lines if line.strip()]


def _bots(words: list[str]) -> list[int]:
    """Return where `-m bot` stands in a command."""
    return [at for at, pair in enumerate(pairwise(words)) if pair == ("-m", "bot")]


def steps(word: str) -> list[str]:
    """Return what stands after each such word of the Dockerfile, a line each."""
    text = re.sub(r"^#.*\n", "", read("Dockerfile"), flags=re.MULTILINE).replace("\\\n", " ")
    found = re.findall(rf"^{word} +(.*)$", text, re.MULTILINE)
    return [" ".join(one.split()) for one in found]


def environment() -> dict[str, str]:
    """Return the image's own variables."""
    return dict(re.findall(r"(\w+)=(\S+)", " ".join(steps("ENV"))))


@pytest.fixture(scope="module")
def unit() -> dict[str, list[str]]:
    """Return the unit's settings."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", read("deploy/batch-bot.service"), re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


@pytest.fixture(scope="module")
def compose() -> Any:
    """Return compose.yaml."""
    return yaml.safe_load(read("compose.yaml"))


def test_every_variable_is_one() -> None:
    """What the document, the unit, the image and compose set is a setting, or somebody else's."""
    names = set(environment())
    for text in (*blocks(), read("deploy/batch-bot.service"), read("compose.yaml")):
        names |= set(re.findall(r"\b([A-Z][A-Z_]{3,})=", text))
        names |= set(re.findall(r"^ +([A-Z_]+): ", text, re.MULTILINE))
        names |= set(re.findall(r"\$\{([A-Z_]+)", text))
    assert len(names & KNOWN) >= 6
    assert names - KNOWN == OTHERS - {"BATCH_BOT_CONNECTIONS"}
    in_words = set(re.findall(r"`([A-Z]+_[A-Z_]+)[`=]", read("docs/running.md")))
    assert in_words - KNOWN - OTHERS == set()


def test_every_command_is_there() -> None:
    """What `python -m bot` is told to do, it can; what `make` makes, the Makefile has."""
    told = [words[at + 2 :] for words in commands() for at in _bots(words)]
    assert {("check",), ("backup",)} <= {tuple(words[:1]) for words in told}
    for words in told:
        _parser().parse_args(words)  # exits where it is no such command
    targets = [words[-1] for words in commands() if words[0] == "make"]
    assert {"check", "run", ".venv/.ready"} == set(targets)
    assert re.search(r"^check: ", read("Makefile"), re.MULTILINE)
    assert re.search(r"^run: ", read("Makefile"), re.MULTILINE)
    assert re.search(r"^\$\(VENV\)/\.ready: ", read("Makefile"), re.MULTILINE)


def test_every_file_is_there() -> None:
    """What the document copies and names is in the repository."""
    text = read("docs/running.md")
    for name in re.findall(r"\bdeploy/[\w.-]+", text):
        assert (ROOT / name).is_file(), name
    copied = next(words for words in commands() if words[:2] == ["cp", "-r"])
    for name in (*copied[2:-1], ".env.example", "compose.yaml", "Dockerfile", "Procfile"):
        assert (ROOT / name).exists(), name
        assert name in text
    for anchor in re.findall(r"\]\(#([\w-]+)\)", text):
        titles = [t.lower().replace(" ", "-") for t in re.findall(r"^## (.*)$", text, re.MULTILINE)]
        assert anchor in titles


def test_the_paths_of_the_service(unit: dict[str, list[str]]) -> None:
    """The document installs to where the unit looks, and the state is where it may write."""
    text = read("docs/running.md")
    (start,), (folder,), (file,) = (
        unit["ExecStart"],
        unit["WorkingDirectory"],
        unit["EnvironmentFile"],
    )
    (state,) = unit["StateDirectory"]
    assert start == f"{folder}/.venv/bin/python -m bot"
    assert f"mkdir {folder}\n" in text
    assert f"make -C {folder} .venv/.ready" in text
    assert f"install -m 0600 .env.example {file}\n" in text
    assert f" {unit['User'][0]}\n" in next(b for b in blocks() if b.startswith("useradd"))
    url = f"DATABASE_URL=sqlite:////var/lib/{state}/batch-bot.db"
    assert url in unit["Environment"][0].split()
    assert f"--setenv={url} {start} check" in text


def test_the_service_is_closed(unit: dict[str, list[str]]) -> None:
    """Nothing that the bot doesn't need is open; code 2 is not started again, all else is."""
    assert unit["ProtectSystem"] == ["strict"]
    assert unit["CapabilityBoundingSet"] == [""]
    assert unit["RestrictAddressFamilies"] == ["AF_INET AF_INET6 AF_UNIX"]
    for name in ("NoNewPrivileges", "PrivateTmp", "PrivateUsers", "MemoryDenyWriteExecute"):
        assert unit[name] == ["yes"]
    assert (unit["Restart"], unit["RestartPreventExitStatus"]) == (["always"], ["2"])
    assert int(unit["TimeoutStopSec"][0]) > 10


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """Systemd knows every word of it, and finds little to fear."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd-analyze was found (apt-get install systemd)")
    text = read("deploy/batch-bot.service")
    own = tmp_path / "batch-bot.service"
    own.write_text(re.sub(r"(?<=^ExecStart=)\S+", sys.executable, text, flags=re.MULTILINE))
    for words in (["verify"], ["security", "--offline=true", "--threshold=20"]):
        done = subprocess.run(  # noqa: S603 - systemd's own judgement
            [analyze, *words, own], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stderr == ""


def test_the_image_is_what_the_makefile_makes() -> None:
    """The same packages in the same way, and the command of the Procfile."""
    install = re.search(r"pip install -q (.*-r requirements\.txt)", read("Makefile"))
    assert install is not None
    assert any(
        "pip install" in step and all(word in step for word in install[1].split())
        for step in steps("RUN")
    )
    (start,) = steps("CMD")
    assert f"web: {' '.join(yaml.safe_load(start))}\n" in read("Procfile")
    ignored = read(".dockerignore").splitlines()
    assert "*" in ignored
    for source in steps("COPY"):
        name = source.split()[0]
        assert name.startswith("--from=") or f"!{name}" in ignored
    assert {line[1:] for line in ignored if line.startswith("!")} == {"bot", "requirements.txt"}


def test_the_image_runs_as_nobody_much() -> None:
    """Its user is made in it and is not root; it writes to its volume only."""
    (user,), (volume,) = steps("USER"), steps("VOLUME")
    made = next(step for step in steps("RUN") if "useradd" in step)
    number = re.search(r"--uid (\d+) --gid (\d+) ", made)
    assert number is not None
    assert number[1] == number[2]
    assert f"-o {user} -g {user} -m 0700 {volume}" in made
    assert f"chown {number[1]}:{number[1]}" in read("docs/running.md")
    own = environment()
    assert own["DATABASE_URL"] == f"sqlite:///{volume}/batch-bot.db"
    assert own["SQLITE_TMPDIR"] == volume
    assert [own["PORT"]] == steps("EXPOSE") == [str(Settings.model_fields["port"].default)]
    (run,) = [words for words in commands() if words[:3] == ["docker", "run", "--detach"]]
    assert {"--read-only", "--init", f"batch-bot:{volume}"} <= set(run)


def test_compose(compose: Any) -> None:
    """Closed as the image is, on the database that the script makes, and waiting for it."""
    bot, postgres = compose["services"]["bot"], compose["services"]["postgres"]
    assert (bot["read_only"], bot["cap_drop"], bot["init"]) == (True, ["ALL"], True)
    assert bot["security_opt"] == ["no-new-privileges:true"]
    assert bot["ports"] == [f"127.0.0.1:${{PORT:-3000}}:{bot['environment']['PORT']}"]
    assert int(bot["stop_grace_period"].removesuffix("s")) > 10
    assert bot["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert bot["environment"]["POSTGRES_PASSWORD"] == ""
    url = re.sub(r"\$\{(\w+):\?[^}]*\}", r"\1", bot["environment"]["DATABASE_URL"])
    given = conninfo_to_dict(url)
    assert given["host"] == "postgres"
    assert f"CREATE ROLE {given['user']}'" in read("deploy/postgres-role.sh")
    assert f"CREATE DATABASE {given['dbname']}'" in read("deploy/postgres-role.sh")
    mounts = [one for one in postgres["volumes"] if "postgres-role.sh" in one]
    assert mounts == ["./deploy/postgres-role.sh:/docker-entrypoint-initdb.d/postgres-role.sh:ro"]
    named = [one.split(":")[0] for s in (bot, postgres) for one in s["volumes"]]
    assert {name for name in named if not name.startswith(".")} == set(compose["volumes"])


async def test_health_asks_the_bot(tmp_path: Path) -> None:
    """The image's health check: 0 while it lives, past a proxy of the environment, else 1."""
    (check,) = steps("HEALTHCHECK")
    words = yaml.safe_load(check.partition(" CMD ")[2])
    assert words[:3] == ["python", "-m", "bot"]

    def ask(port: int) -> int:
        variables = {"PORT": str(port), "HTTP_PROXY": "http://127.0.0.1:9"}
        command = [sys.executable, *words[1:]]
        return subprocess.run(  # noqa: S603 - our own command
            command, env=os.environ | variables, cwd=ROOT, check=False, capture_output=True
        ).returncode

    async with SandboxWorld(tmp_path) as world:
        assert ask(world.bot.port) == 0
        assert ask(int(world.slack.url.rpartition(":")[2])) == 1  # somebody else, who answers 404
        assert await world.bot.terminate() == 0
        assert ask(world.bot.port) == 1


def test_the_proxy_lets_in_what_is_served() -> None:
    """The two addresses that others call, and nothing else."""
    (nginx,) = blocks("nginx")
    served = re.findall(r"location = (\S+) ", nginx)
    assert served == ["/slack/events", "/openai/webhook"]
    code = read("bot/transports/http.py")
    for path in served:
        assert f'"{path}"' in code
    assert f"127.0.0.1:{Settings.model_fields['port'].default};" in nginx


def connections(processes: int) -> int:
    """Return what the processes may have at once, and the successor of one."""
    pool: Any = Database("postgresql://u@h/d", SteadyClock())._engine.pool
    return int(pool.size() + pool._max_overflow) * (processes + 1)


def test_the_role_has_room_and_few_rights() -> None:
    """The script makes it, and again; its limit fits the pools, and its database is closed."""
    with kept_server() as kept:
        server = kept.start()
        for processes in (1, 2, 5):
            given = role_variables(server, processes, 'it\'s "odd" $1')
            subprocess.run([ROOT / "deploy/postgres-role.sh"], env=given, check=True)  # noqa: S603
            with psycopg.connect(server) as connection:
                row = connection.execute(
                    "SELECT rolconnlimit, rolsuper, rolcreatedb, rolcreaterole, rolreplication,"
                    " rolbypassrls, has_database_privilege('public', 'batch_bot', 'connect')"
                    " FROM pg_roles WHERE rolname = 'batch_bot'"
                ).fetchone()
            assert row == (connections(processes) + 4, *[False] * 6)
    assert "CONNECTION LIMIT 40" in read("SECURITY.md")
    assert connections(2) + 4 == 40

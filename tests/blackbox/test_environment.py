"""What the machine's environment holds: proxies, passwords, certificates, and odd files."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.process import BotProcess
from bot.sandbox.world import SandboxWorld
from tests.proxy import CERTIFICATE, LoopbackProxy, behind_tls

BATCH = "batch_abc123"
DEAD = "http://127.0.0.1:9"
NETRC = "default login anybody password s3cret\n" + "".join(
    f"machine {host} login somebody password s3cret\n" for host in ("127.0.0.1", "localhost")
)


async def cancel_one(world: SandboxWorld) -> None:
    """Go the whole way, from the command to the reply in the thread."""
    world.respan.add_batch(BATCH, cancel_seconds=0.1)
    await world.cancel(BATCH)
    await world.reply(BATCH)


@pytest.mark.seconds(10)
async def test_nothing_reads_the_passwords_in_netrc(tmp_path: Path, transport: str) -> None:
    """Neither ~/.netrc nor NETRC sends a password anywhere, least of all to a response URL."""
    for name in (".netrc", "netrc"):
        (tmp_path / name).write_text(NETRC)
        (tmp_path / name).chmod(0o600)
    own: dict[str, Any] = {"HOME": str(tmp_path), "NETRC": str(tmp_path / "netrc")}
    async with SandboxWorld(tmp_path, transport=transport, **own) as world:
        await cancel_one(world)
        shown = {(e.name, e.headers.get("authorization", "")) for e in world.outbound()}
        schemes = {(name, value.partition(" ")[0]) for name, value in shown}
        assert ("response_url", "") in schemes
        assert {scheme for name, scheme in schemes if name != "response_url"} == {"Bearer"}


class Abroad(SandboxWorld):
    """Both services behind TLS, at hosts that only a proxy knows."""

    def __init__(self, folder: Path, transport: str, *, tls: bool = False) -> None:
        """Start nothing yet."""
        super().__init__(
            folder,
            transport=transport,
            SLACK_API_URL="https://slack.test/api/",
            RESPAN_BASE_URL="https://respan.test/api",
            SSL_CERT_FILE=str(CERTIFICATE),
        )
        self.proxy = LoopbackProxy({}, tls=tls)

    async def open(self, stack: AsyncExitStack) -> None:
        """Put the services behind TLS, and start the proxy."""
        await stack.enter_async_context(self.proxy)
        scheme = "https" if self.proxy.tls else "http"
        where = f"{scheme}://us%40er:s3c%3Aret@localhost:{self.proxy.port}"
        self._more = {"HTTPS_PROXY": where} | self._more
        await super().open(stack)
        for server, host in ((self.slack, "slack.test"), (self.respan, "respan.test")):
            secure = await stack.enter_async_context(behind_tls(int(server.url.rpartition(":")[2])))
            self.proxy.hosts[host] = secure.port
            server.url = f"https://{host}"


@pytest.fixture(params=["http", "https"])
async def abroad(
    request: pytest.FixtureRequest, tmp_path: Path, transport: str
) -> AsyncIterator[Abroad]:
    """Give a bot whose only way out is a proxy of each kind, once for each way in."""
    async with Abroad(tmp_path, transport, tls=request.param == "https") as made:
        yield made


@pytest.mark.seconds(10)
async def test_everything_goes_through_the_proxy(abroad: Abroad) -> None:
    """Both APIs, WebSockets and response URLs: with its password, which no log line shows."""
    await cancel_one(abroad)
    assert {passage.method for passage in abroad.proxy.seen} == {"CONNECT"}
    assert {passage.login for passage in abroad.proxy.seen} == {"us@er:s3c:ret"}
    assert {passage.host for passage in abroad.proxy.seen} == {"slack.test", "respan.test"}
    assert abroad.slack.calls("response_url")
    assert await abroad.bot.terminate() == 0
    assert "s3c" not in abroad.bot.log_text()


@pytest.mark.parametrize("no_proxy", ["127.0.0.1,localhost", "::1,fe80::/10,[fd00::1]:80,*", ""])
async def test_a_dead_proxy_that_nobody_needs(
    tmp_path: Path, transport: str, no_proxy: str
) -> None:
    """What NO_PROXY names, and this machine, are reached without it."""
    names = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "http_proxy")
    dead: dict[str, Any] = dict.fromkeys(names, DEAD)
    async with SandboxWorld(tmp_path, transport=transport, **dead, NO_PROXY=no_proxy) as world:
        await cancel_one(world)


@pytest.mark.parametrize(
    ("name", "value"),
    [("ALL_PROXY", "socks5://u:s3cret@proxy:1"), ("HTTPS_PROXY", "http://u:s3cret@proxy:port")],
)
@pytest.mark.parametrize("command", ["run", "check"])
async def test_a_proxy_that_can_not_be_used(
    tmp_path: Path, name: str, value: str, command: str
) -> None:
    """One sentence that names the variable, and code 2; none at all where nobody needs it."""
    far: dict[str, Any] = {"SLACK_API_URL": "https://slack.test/api/", name: value}
    world = SandboxWorld(tmp_path, **far)
    async with AsyncExitStack() as stack:
        await world.open(stack)
        bot = BotProcess(world.environment(), tmp_path, command, command=command)
        await bot.launch()
        assert await bot.exit_code() == 2
        said = bot.log_text()
        assert said.startswith(f"{name} can't be used: ")
        assert said.count("\n") == 1
        assert "s3cret" not in said


async def test_a_proxy_that_refuses_is_named(tmp_path: Path) -> None:
    """Whoever reads the log of a start that waits learns that it is the proxy."""
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(LoopbackProxy({}))
        where = f"http://localhost:{proxy.port}"
        far: dict[str, Any] = {"SLACK_API_URL": "https://slack.test/api/", "HTTPS_PROXY": where}
        world = SandboxWorld(tmp_path, **far)
        await world.open(stack)
        await world.bot.launch()
        await said(world.bot, "Slack can't be reached (the proxy refused with 502)")


async def said(bot: BotProcess, words: str) -> None:
    """Wait until the log holds these words."""
    async with asyncio.timeout(20):
        while words not in bot.log_text():  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_a_file_of_certificates_that_is_none(tmp_path: Path, content: str | None) -> None:
    """SSL_CERT_FILE is named, with code 2."""
    path = tmp_path / "certificates.pem"
    if content is not None:
        path.write_text(content)
    world = SandboxWorld(tmp_path, SSL_CERT_FILE=str(path))
    async with AsyncExitStack() as stack:
        await world.open(stack)
        await world.bot.launch()
        assert await world.bot.exit_code() == 2
        assert world.bot.log_text().startswith("SSL_CERT_FILE names no file of certificates")


@pytest.mark.parametrize(
    "form", ["\ufeff{}={}\n", "{}={}\r\n", "export {}={}\n", "\n# {0}\n{0} = {1}\n"]
)
async def test_a_file_env_as_editors_leave_it(tmp_path: Path, form: str) -> None:
    """A byte order mark, the other line ends, `export`, comments and spaces are all understood."""
    world = SandboxWorld(tmp_path)
    async with AsyncExitStack() as stack:
        await world.open(stack)
        first, *rest = [form.format(*setting) for setting in world.environment().items()]
        text = first + "".join(rest).replace("\ufeff", "")
        (tmp_path / ".env").write_bytes(text.encode())
        async with BotProcess({}, tmp_path, "from_file"):
            pass


@pytest.mark.parametrize(
    ("encoding", "sentence"),
    [
        ("utf-16", "The file .env can't be read (UnicodeDecodeError)."),
        ("utf-16-le", "SLACK_BOT_TOKEN is missing"),
    ],
)
async def test_a_file_env_in_another_encoding(tmp_path: Path, encoding: str, sentence: str) -> None:
    """It is a sentence, and code 2."""
    (tmp_path / ".env").write_bytes("SLACK_BOT_TOKEN=xoxb-1\n".encode(encoding))
    bot = BotProcess({}, tmp_path)
    await bot.launch()
    assert await bot.exit_code() == 2
    assert sentence in bot.log_text()
    assert "Traceback" not in bot.log_text()


POOR: list[dict[str, Any]] = [
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "latin-1"},
    {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]


@pytest.mark.parametrize("environment", POOR, ids=["ascii", "latin-1", "LANG=C"])
async def test_a_log_without_utf_8(tmp_path: Path, environment: dict[str, Any]) -> None:
    """What people write is escaped where the log's encoding lacks it, and no line is lost."""
    async with SandboxWorld(tmp_path, LOG_FORMAT="console", **environment) as world:
        await world.slack.command("日…", command="/日…")
        await world.slack.command("help")
        assert await world.bot.terminate() == 0
        assert "Logging error" not in world.bot.log_text()
        for command in ("check", "migrate"):
            bot = BotProcess(world.environment(), tmp_path, command, command=command)
            await bot.launch()
            assert await bot.exit_code() == 0

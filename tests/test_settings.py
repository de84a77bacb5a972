"""The settings: what they default to, and what is said about wrong ones."""

import os
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.addresses import respan_address
from bot.domain.policy import Policy
from bot.errors import SettingsError
from bot.setting_names import PREFIXES, readable_by_others
from bot.setting_reading import load_settings
from bot.settings import Settings
from bot.telemetry.masking import Masker

REQUIRED = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_SIGNING_SECRET": "s3cret-of-the-app",
    "RESPAN_API_KEY": "k3y",
}


@pytest.fixture(autouse=True)
def only_these(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Begin with the required settings, and no file."""
    for name in [*os.environ]:
        if name.startswith(PREFIXES) or name.lower() in Settings.model_fields:
            monkeypatch.delenv(name)
    for name, value in REQUIRED.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)


def test_without_further_settings() -> None:
    """Everyone may, everywhere, and requests come over HTTP; the defaults are the README's."""
    settings = load_settings()
    assert not settings.socket_mode
    assert settings.policy == Policy()
    assert settings.listen_on is None


@pytest.mark.parametrize(
    ("copied", "expected"),
    [
        ("https://api.respan.ai", "https://api.respan.ai/api"),
        ("https://api.respan.ai/", "https://api.respan.ai/api"),
        ("https://api.respan.ai/api", "https://api.respan.ai/api"),
        ("https://api.respan.ai/api/", "https://api.respan.ai/api"),
        ("https://gateway.example.com/respan", "https://gateway.example.com/respan/api"),
        ("https://api.respan.ai/api/v1", "https://api.respan.ai/api"),
        ("https://api.respan.ai/api/v1/", "https://api.respan.ai/api"),
        ("https://api.respan.ai/v1/", "https://api.respan.ai/api"),
        ("https://api.respan.ai/api/v1/batches", "https://api.respan.ai/api"),
        ("https://api.respan.ai/api/v1/batches/", "https://api.respan.ai/api"),
        ("https://api.respan.ai/api/v1/batches/batch_1/cancel/", "https://api.respan.ai/api"),
        ("https://api.respan.ai//api//v1//", "https://api.respan.ai/api"),
        ("HTTPS://API.Respan.AI/API/V1", "https://api.respan.ai/api"),
        ("https://api.respan.ai:8443/v1", "https://api.respan.ai:8443/api"),
        ("https://p.example/respan/api/v1", "https://p.example/respan/api"),
        ("https://p.example/v1/respan", "https://p.example/v1/respan/api"),
        ("https://[2001:DB8::1]/api", "https://[2001:db8::1]/api"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/api"),
        ("http://localhost:8080", "http://localhost:8080/api"),
    ],
)
def test_respan_addresses(monkeypatch: pytest.MonkeyPatch, copied: str, expected: str) -> None:
    """Every form in which people copy it means the same."""
    monkeypatch.setenv("RESPAN_BASE_URL", copied)
    assert load_settings().respan_base_url == expected


@pytest.mark.parametrize(
    "copied", ["https://slack.com", "https://Slack.com/", "https://slack.com/api"]
)
def test_slack_addresses(monkeypatch: pytest.MonkeyPatch, copied: str) -> None:
    """Slack's own address is understood without the path of its Web API."""
    monkeypatch.setenv("SLACK_API_URL", copied)
    assert load_settings().slack_api_url == "https://slack.com/api/"


@given(
    st.lists(st.sampled_from(["api", "API", "v1", "V1", "batches", "", "x", "batch_1"])),
    st.sampled_from(["", "/"]),
)
def test_a_respan_address_stays_as_it_is(folders: list[str], end: str) -> None:
    """What comes out of any address is read as itself, and names the API's root."""
    address = respan_address("/".join(["https://h.example:8443", *folders]) + end)
    assert respan_address(address) == address
    assert address.startswith("https://h.example:8443/")
    assert address.endswith("/api")
    assert "//" not in address.removeprefix("https://")


@pytest.mark.parametrize("name", ["SLACK_API_URL", "RESPAN_BASE_URL"])
@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("https://h.example/api?", "take out ? or #"),
        ("https://h.example/api?key=s3cret", "take out ? or #"),
        ("https://h.example/api#", "take out ? or #"),
        ("https://u:s3cret@h.example/api", "user name"),
        ("https://@h.example/api", "user name"),
        ("https://h.example/a\tb", "without spaces"),
        ("https://h.example/a\nb", "without spaces"),
        ("https://h.example/a\x1bb", "without spaces"),
        ("https://h.example\\api", "without spaces"),
        ("https://h.example/../api", "/../"),
        ("https://h..example/", "a host"),
        ("https://h.example:0/", "a host"),
        ("https://[::1", "must be a URL"),
    ],
)
def test_addresses_that_are_more_than_an_address(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    """A query, a fragment, a user or control characters are refused, and told what to do."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert said in str(caught.value)
    assert str(caught.value).count("\n") == 1
    assert "s3cret@" not in str(caught.value)


@pytest.mark.parametrize("quotes", ['""', "''", "``", "“”", "„“", "\u2018\u2019", "«»"])
@pytest.mark.parametrize("name", [name.upper() for name in Settings.model_fields])
def test_quotes_are_told(monkeypatch: pytest.MonkeyPatch, name: str, quotes: str) -> None:
    """Whatever the setting: `docker --env-file` and copied pages leave quotes in the value."""
    for value in (f"{quotes[0]}3000{quotes[1]}", f" {quotes} "):
        monkeypatch.setenv(name, value)
        with pytest.raises(SettingsError) as caught:
            load_settings()
        assert f"\n  {name} has quotes around it: remove them" in str(caught.value)
        assert "3000" not in str(caught.value)


_SIGNING = "is too short to be the signing secret: copy it from Basic Information → App Credentials"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SLACK_SIGNING_SECRET", "q", _SIGNING),
        ("SLACK_SIGNING_SECRET", "0123456789abcde", f"{_SIGNING}, 32 characters"),
        ("SLACK_SIGNING_SECRET", "xapp-1-A-2-b", "it belongs in SLACK_APP_TOKEN"),
        ("SLACK_APP_TOKEN", "xoxb-1-2-abc", "it belongs in SLACK_BOT_TOKEN"),
        ("SLACK_APP_TOKEN", "0123456789abcdef", "App-Level Tokens"),
        ("SLACK_BOT_TOKEN", "xapp-1-A-2-b", "it belongs in SLACK_APP_TOKEN"),
        ("SLACK_BOT_TOKEN", "xoxp-1-2-abc", "copy the Bot User OAuth Token"),
        ("SLACK_BOT_TOKEN", "xoxe.xoxb-1-abc", "turn token rotation off"),
        ("SLACK_BOT_TOKEN", "0123456789abcdef", "from OAuth & Permissions"),
        ("RESPAN_API_KEY", "xoxb-1-2-abc", "it belongs in SLACK_BOT_TOKEN"),
    ],
)
def test_secrets_in_the_wrong_place(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    """It is said what the value is, and where the right one is found, without the value."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert f"{name} " in str(caught.value)
    assert said in str(caught.value)
    assert len(value) == 1 or value not in str(caught.value)


def test_lists_of_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are separated by commas, with spaces where people put them."""
    monkeypatch.setenv("ALLOWED_USERS", " U0ANA, W0BEN ,,")
    monkeypatch.setenv("ALLOWED_USERGROUPS", "S0ML")
    monkeypatch.setenv("ALLOWED_CHANNELS", "C0BATCHES,G0OLD,D0ANA")
    policy = load_settings().policy
    assert policy.users == {"U0ANA", "W0BEN"}
    assert policy.usergroups == {"S0ML"}
    assert policy.channels == {"C0BATCHES", "G0OLD", "D0ANA"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_BOT_TOKEN", "xoxp-1"),
        ("SLACK_BOT_TOKEN", "xoxb-with space"),
        ("SLACK_APP_TOKEN", "xoxb-1"),
        ("SLACK_SIGNING_SECRET", "ä"),
        ("SLACK_API_URL", "slack.com/api"),
        ("SLACK_API_URL", "http://slack.com/api/"),
        ("RESPAN_API_KEY", "two\nlines"),
        ("RESPAN_API_KEY", "kéy"),
        ("RESPAN_BASE_URL", "ftp://api.respan.ai"),
        ("RESPAN_BASE_URL", "http://api.respan.ai"),
        ("RESPAN_BASE_URL", "https://"),
        ("RESPAN_BASE_URL", "https://a b"),
        ("RESPAN_BASE_URL", "https://x:port/"),
        ("RESPAN_PARAMS_ENCODING", "xml"),
        ("RESPAN_PROVIDER_ID", "open ai"),
        ("RESPAN_CALLS_PER_MINUTE", "0"),
        ("RESPAN_CALLS_PER_MINUTE", "many"),
        ("CUSTOMER_IDENTIFIER", "name"),
        ("ALLOWED_USERS", "ana"),
        ("ALLOWED_USERS", "S0ML"),
        ("ALLOWED_USERGROUPS", "U0ANA"),
        ("ALLOWED_CHANNELS", "#batches"),
        ("DATABASE_URL", "mysql://u:pw@h/d"),
        ("DATABASE_URL", "bot.db"),
        ("PORT", "70000"),
        ("BIND_ADDRESS", "everywhere"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_wrong_values_are_named_but_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """The message names the variable; a value that may be a secret is not in it."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    said = str(caught.value)
    assert said.count("\n") == 1
    assert name in said
    if name.startswith(("SLACK_BOT", "SLACK_APP_", "SLACK_SIGNING", "RESPAN_API", "DATABASE")):
        assert value not in said


@pytest.mark.parametrize("value", ["0", "0.075", " 12.5 ", "1000000"])
def test_a_contracts_prices(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """They are decimals, for nothing is lost then between what was agreed on and what is told."""
    monkeypatch.setenv("PRICE_INPUT_PER_MTOK", value)
    monkeypatch.setenv("PRICE_OUTPUT_PER_MTOK", "0.3")
    settings = load_settings()
    assert settings.price_input_per_mtok == Decimal(value.strip())
    assert settings.price_output_per_mtok == Decimal("0.3")


@pytest.mark.parametrize("name", ["PRICE_INPUT_PER_MTOK", "PRICE_OUTPUT_PER_MTOK"])
@pytest.mark.parametrize("value", ["-0.01", "a lot", "NaN", "Infinity", "1000001", "$1", "1e999"])
def test_prices_that_are_none(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """What can't be a price ends the start, with its name."""
    monkeypatch.setenv("PRICE_INPUT_PER_MTOK", "1")
    monkeypatch.setenv("PRICE_OUTPUT_PER_MTOK", "1")
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"\n  {name} ") as raised:
        load_settings()
    assert str(raised.value).count("\n") == 1


@pytest.mark.parametrize("name", ["PRICE_INPUT_PER_MTOK", "PRICE_OUTPUT_PER_MTOK"])
@pytest.mark.parametrize("other", [None, ""])
def test_half_a_price(monkeypatch: pytest.MonkeyPatch, name: str, other: str | None) -> None:
    """One without the other ends the start: the cost would be of neither."""
    both = {"PRICE_INPUT_PER_MTOK", "PRICE_OUTPUT_PER_MTOK"}
    monkeypatch.setenv(name, "1")
    if other is not None:
        monkeypatch.setenv((both - {name}).pop(), other)
    with pytest.raises(SettingsError, match="both be set, or neither") as raised:
        load_settings()
    assert all(each in str(raised.value) for each in both)


def test_a_price_from_both_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty variable is none, so that the file's price counts, as for every setting."""
    (tmp_path / ".env").write_text("PRICE_INPUT_PER_MTOK=1\nPRICE_OUTPUT_PER_MTOK=2\n")
    monkeypatch.setenv("PRICE_INPUT_PER_MTOK", "")
    assert load_settings().price_input_per_mtok == Decimal(1)


@pytest.mark.parametrize(
    "url", ["postgresql://u:p%40ss@h/d", "postgresql://u@h/d?password=p%40ss&sslmode=require"]
)
def test_a_databases_password_is_a_secret(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """As it stands in the URL, and as the driver tells it when something fails."""
    monkeypatch.setenv("DATABASE_URL", url)
    masked = Masker(load_settings().secrets).mask(f"{url} refused p@ss")
    assert "p%40ss" not in masked
    assert "p@ss" not in masked


def test_a_password_that_should_be_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a secret as the driver takes it, though the URL's parts are not what they seem."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:w0rd#with/signs@h/d")
    assert "w0rd#with/signs" in load_settings().secrets


@pytest.mark.parametrize("missing", ["SLACK_BOT_TOKEN", "RESPAN_API_KEY", "SLACK_SIGNING_SECRET"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_missing_values_are_named(
    monkeypatch: pytest.MonkeyPatch, missing: str, value: str | None
) -> None:
    """Empty is missing."""
    monkeypatch.delenv(missing)
    if value is not None:
        monkeypatch.setenv(missing, value)
    with pytest.raises(SettingsError, match=missing):
        load_settings()


def test_all_problems_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to start it five times to mend five settings."""
    for name in REQUIRED:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PORT", "x")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    for name in (*REQUIRED, "SLACK_APP_TOKEN", "PORT"):
        assert name in str(caught.value)


def test_an_app_token_makes_it_socket_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    """The signing secret isn't needed then."""
    monkeypatch.delenv("SLACK_SIGNING_SECRET")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    assert load_settings().socket_mode


def test_a_file_of_settings_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.env` in the working directory; the environment is stronger."""
    (tmp_path / ".env").write_text("RESPAN_API_KEY=from-file\nPORT=4000\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("PORT", "5000")
    monkeypatch.delenv("RESPAN_API_KEY")
    settings = load_settings()
    assert settings.respan_api_key.get_secret_value() == "from-file"
    assert settings.port == 5000


def test_an_unreadable_file_is_told(tmp_path: Path) -> None:
    """A file that is no text is a wrong setting."""
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"\.env"):
        load_settings()


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in the text of the settings nor in its parts; all are known to the log's mask."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://bot:p4ssword@h/d")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    settings = load_settings()
    for secret in ("xoxb-1", "xapp-1", "s3cret-of-the-app", "k3y", "p4ssword"):
        assert secret not in repr(settings)
        assert secret in settings.secrets


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        (
            "ALLOWED_USER",
            "U1",
            "is no setting of this bot: did you mean ALLOWED_USERS?",
        ),
        ("ALLOWED_USER_GROUPS", "S1", "did you mean ALLOWED_USERGROUPS?"),
        ("allowed_chanels", "C1", "ALLOWED_CHANELS is no setting of this bot: did you mean"),
        ("BIND_ADRESS", "127.0.0.1", "did you mean BIND_ADDRESS?"),
        ("CUSTOMER_IDENTIFER", "email", "did you mean CUSTOMER_IDENTIFIER?"),
        ("KEEP_FINISHED", "7", "did you mean KEEP_FINISHED_DAYS?"),
        ("PRICE_INPUT", "1", "did you mean PRICE_INPUT_PER_MTOK?"),
        ("RESPAN_KEY", "k", "did you mean RESPAN_API_KEY?"),
        ("SLACK_BOT_TOKN", "xoxb-1", "did you mean SLACK_BOT_TOKEN?"),
        ("SLACK_QQ", "1", "SLACK_QQ is no setting of this bot; remove it"),
    ],
)
@pytest.mark.parametrize("where", ["environment", "file"])
def test_a_name_that_is_no_setting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, where: str, name: str, value: str, told: str
) -> None:
    """What was meant to restrict or to set something ends the start, with the right name."""
    if where == "file":
        (tmp_path / ".env").write_text(f"{name}={value}\n")
    else:
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert told in str(raised.value)
    assert "xoxb-1" not in str(raised.value)


@pytest.mark.parametrize("value", [",", "", " ", " , ,", ",,"])
@pytest.mark.parametrize("name", ["ALLOWED_USERS", "ALLOWED_USERGROUPS", "ALLOWED_CHANNELS"])
def test_a_list_that_names_nobody(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """It would let everybody do what it was meant to restrict."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"{name} is set and names nobody"):
        load_settings()


def test_names_of_others_are_none_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """What platforms set by themselves, and what is empty, ends no start."""
    for name in (
        "LOG_DIR",
        "DATABASE_PRIVATE_URL",
        "PORTS",
        "SLACKER",
        "MY_ALLOWED_USERS",
        "SLACK_CLIENT_ID",
    ):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("SLACK_OLD", "")
    assert load_settings().allowed_users == frozenset()


def test_a_file_that_others_can_read(tmp_path: Path) -> None:
    """It holds secrets."""
    assert readable_by_others() is None
    file = tmp_path / ".env"
    for mode, told in ((0o600, None), (0o400, None), (0o640, ".env"), (0o604, ".env")):
        file.touch()
        file.chmod(mode)
        assert readable_by_others() == told

"""The settings: what they default to, and what is said about wrong ones."""

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.masking import Masker
from bot.settings import Settings, load_settings

REQUIRED = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_SIGNING_SECRET": "s3cret",
    "RESPAN_API_KEY": "k3y",
}


@pytest.fixture(autouse=True)
def only_these(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Begin with the required settings, and no file."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in REQUIRED.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)


def test_the_defaults() -> None:
    """What isn't said is as documented."""
    settings = load_settings()
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.respan_base_url == "https://api.respan.ai/api"
    assert (settings.respan_params_encoding, settings.customer_identifier) == ("json", "user_id")
    assert (settings.respan_provider_id, settings.respan_calls_per_minute) == (None, 30)
    assert settings.database_url.get_secret_value() == "sqlite:///batch-bot.db"
    assert (settings.port, settings.log_level, settings.log_format) == (3000, "INFO", "json")
    assert not settings.socket_mode
    assert settings.permissions.denial("U1", "C1") is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://api.respan.ai", "https://api.respan.ai/api"),
        ("https://api.respan.ai/", "https://api.respan.ai/api"),
        ("https://api.respan.ai/api", "https://api.respan.ai/api"),
        ("https://api.respan.ai/api/", "https://api.respan.ai/api"),
        ("https://gateway.example.com/respan", "https://gateway.example.com/respan/api"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/api"),
        ("http://localhost:8080", "http://localhost:8080/api"),
    ],
)
def test_respan_addresses(monkeypatch: pytest.MonkeyPatch, given: str, expected: str) -> None:
    """With or without /api, with or without a trailing slash."""
    monkeypatch.setenv("RESPAN_BASE_URL", given)
    assert load_settings().respan_base_url == expected


def test_lists_of_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are separated by commas, with spaces where people put them."""
    monkeypatch.setenv("ALLOWED_USERS", " U0ANA, W0BEN ,,")
    monkeypatch.setenv("ALLOWED_USERGROUPS", "S0ML")
    monkeypatch.setenv("ALLOWED_CHANNELS", "C0BATCHES,G0OLD,D0ANA")
    permissions = load_settings().permissions
    assert permissions.users == {"U0ANA", "W0BEN"}
    assert permissions.usergroups == {"S0ML"}
    assert permissions.channels == {"C0BATCHES", "G0OLD", "D0ANA"}


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


@pytest.mark.parametrize(
    "url", ["postgresql://u:p%40ss@h/d", "postgresql://u@h/d?password=p%40ss&sslmode=require"]
)
def test_a_databases_password_is_a_secret(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """As it stands in the URL, and as the driver tells it when something fails."""
    monkeypatch.setenv("DATABASE_URL", url)
    masked = Masker(load_settings().secrets).mask(f"{url} refused p@ss")
    assert "p%40ss" not in masked
    assert "p@ss" not in masked


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
    for secret in ("xoxb-1", "xapp-1", "s3cret", "k3y", "p4ssword"):
        assert secret not in repr(settings)
        assert secret in settings.secrets

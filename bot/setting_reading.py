"""Reads the settings from the environment and `.env`; all that is wrong is told at once."""

from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings

from bot.errors import SettingsError
from bot.setting_names import given_settings, misspelled, names_nobody
from bot.settings import DEFAULT_DATABASE, DatabaseUrl, Settings

_LISTS = (
    "allowed_users",
    "allowed_usergroups",
    "allowed_channels",
    "approvers",
    "approver_usergroups",
)


class _Database(BaseSettings):
    """The one setting that a command needs which only reads the database."""

    model_config = Settings.model_config

    database_url: DatabaseUrl = DEFAULT_DATABASE


def load_database_url() -> str:
    """Return DATABASE_URL whatever else is set or not; raises SettingsError where it is wrong."""
    try:
        return _Database().database_url.get_secret_value()
    except ValidationError as error:
        raise SettingsError("\n".join(_problems(error))) from None
    except (UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"The file .env can't be read ({type(error).__name__}).") from None


def load_settings() -> Settings:
    """Return the settings; raises SettingsError with one message that names each wrong one."""
    problems: list[str] = []
    settings: Settings | None = None
    try:
        apart, given = _Apart(), given_settings()
        problems += misspelled(given, Settings.model_fields)
        problems += names_nobody(given, _LISTS)
        settings = Settings()
    except ValidationError as error:
        problems += _problems(error)
    except (UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"The file .env can't be read ({type(error).__name__}).") from None
    problems += apart.problems()
    if settings is None or problems:
        lines = "".join(f"\n  {problem}" for problem in problems)
        raise SettingsError(f"The bot can't start, some settings are missing or wrong:{lines}")
    return settings


class _Apart(BaseSettings):
    """The settings that depend on one another, read apart so that all problems are told at once."""

    model_config = Settings.model_config

    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    price_input_per_mtok: str | None = None
    price_output_per_mtok: str | None = None
    approval_for_others: str | None = None
    owner_metadata_key: str | None = None

    def problems(self) -> list[str]:
        """Return a line for each that lacks another."""
        found = []
        if self.slack_app_token is None and self.slack_signing_secret is None:
            way_in = "SLACK_APP_TOKEN (for Socket Mode) or SLACK_SIGNING_SECRET (for HTTP)"
            found.append(f"{way_in} must be set")
        if (self.price_input_per_mtok is None) != (self.price_output_per_mtok is None):
            found.append(
                "PRICE_INPUT_PER_MTOK and PRICE_OUTPUT_PER_MTOK must both be set, or neither"
            )
        others = (self.approval_for_others or "").strip().lower()
        if others in {"1", "on", "t", "true", "y", "yes"} and not self.owner_metadata_key:
            found.append(
                "APPROVAL_FOR_OTHERS needs OWNER_METADATA_KEY: nothing else says whose a batch is"
            )
        return found


def _problems(error: ValidationError) -> list[str]:
    """Return a line for each setting, without the value that it has."""
    return [
        f"{str(problem['loc'][0]).upper()} "
        + ("is missing" if problem["type"] == "missing" else _in_words(problem["msg"]))
        for problem in error.errors(include_input=False, include_url=False, include_context=False)
    ]


def _in_words(text: str) -> str:
    """Return pydantic's sentence as the end of ours."""
    text = text.removeprefix("Value error, ")
    for theirs, ours in (("Input should be", "must be"), ("String should match", "must match")):
        text = text.replace(theirs, ours)
    return text

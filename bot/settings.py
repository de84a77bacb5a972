"""Every setting: its type, its default and what it means."""

import re
from contextlib import suppress
from typing import Annotated, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot import shapes
from bot.addresses import respan_address, slack_address
from bot.domain.policy import Policy
from bot.setting_types import (
    ChannelIds,
    Dollars,
    GroupIds,
    LogLevel,
    UserIds,
    database,
    default_log_format,
    ip,
    lower,
    secret,
    strip,
    upper,
)

DatabaseUrl = Annotated[SecretStr, strip, AfterValidator(database)]
DEFAULT_DATABASE = SecretStr("sqlite:///batch-bot.db")


class Settings(BaseSettings):
    """The settings of one process. Secrets never show in its text."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        str_strip_whitespace=True,
    )

    slack_bot_token: Annotated[SecretStr, strip, secret(shapes.bot_token)] = Field(
        description="The bot's token, `xoxb-…`"
    )
    slack_app_token: Annotated[SecretStr, strip, secret(shapes.app_token)] | None = Field(
        None, description="The app-level token, `xapp-…`: Socket Mode when set"
    )
    slack_signing_secret: Annotated[SecretStr, strip, secret(shapes.signing_secret)] | None = Field(
        None, description="HTTP mode when there is no app token; one of the two is required"
    )
    slack_api_url: Annotated[str, AfterValidator(slack_address)] = Field(
        "https://slack.com/api/", description="Where Slack's Web API is"
    )
    respan_api_key: Annotated[SecretStr, strip, secret(shapes.api_key)] = Field(
        description="The Respan API key that all cancellations use"
    )
    respan_base_url: Annotated[str, AfterValidator(respan_address)] = Field(
        "https://api.respan.ai/api",
        description="Where Respan is; with or without `/api` or `/api/v1`, and a trailing slash",
    )
    respan_params_encoding: Annotated[Literal["json", "base64"], BeforeValidator(lower)] = Field(
        "json", description="How the `X-Data-Respan-Params` header is written: `json` or `base64`"
    )
    respan_provider_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}$")] | None = Field(
        None, description="Sent as `?provider_id=` when set"
    )
    respan_calls_per_minute: Annotated[int, Field(ge=1, le=60_000)] = Field(
        30, description="The budget for polling and looking up, over all processes"
    )
    openai_webhook_secret: Annotated[SecretStr, strip, secret(shapes.webhook_secret)] | None = (
        Field(None, description="`POST /openai/webhook` hears when a batch ends, when set")
    )
    price_input_per_mtok: Dollars | None = Field(
        None, description="What a million input tokens cost in a batch, in US dollars, by contract"
    )
    price_output_per_mtok: Dollars | None = Field(
        None, description="The same for output tokens; both are set, or neither"
    )
    customer_identifier: Annotated[Literal["user_id", "email"], BeforeValidator(lower)] = Field(
        "user_id", description="What Respan is told about who cancelled: `user_id` or `email`"
    )
    allowed_users: UserIds = Field(
        frozenset(),
        description="Slack user ids that may ask and click; unset: every full member of the"
        " workspace, no guest, bot or person of another organization",
    )
    allowed_usergroups: GroupIds = Field(
        frozenset(),
        description="Slack user groups whose full members may, beside the allowed users",
    )
    allowed_channels: ChannelIds = Field(
        frozenset(), description="Channels in which the command may be used; unset: all"
    )
    owner_metadata_key: Annotated[str, Field(pattern=r"^[ -~]{1,64}$")] | None = Field(
        None,
        description="The key of a batch's metadata that names its owner, by Slack id or e-mail",
    )
    approval_over_requests: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = Field(
        None, description="A second person must agree where more requests than this have not run"
    )
    approval_for_others: bool = Field(
        default=False,
        description="The same for batches that are not the person's own: `true` or `false`",
    )
    approvers: UserIds = Field(
        frozenset(), description="Slack user ids that may agree; unset: whoever may cancel"
    )
    approver_usergroups: GroupIds = Field(
        frozenset(), description="Slack user groups whose full members may agree as well"
    )
    approval_valid_minutes: Annotated[int, Field(ge=1, le=1440)] = Field(
        60, description="How long a request waits for the second person"
    )
    undo_seconds: Annotated[int, Field(ge=0, le=300)] = Field(
        0, description="How long a confirmed cancellation can be undone before it is sent; 0: off"
    )
    database_url: DatabaseUrl = Field(
        DEFAULT_DATABASE,
        description="`sqlite:///…`, `postgres://…` or `postgresql://…`",
    )
    keep_finished_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        90, description="After how many days a finished cancellation is forgotten"
    )
    keep_audit_days: Annotated[int, Field(ge=1, le=36_500)] = Field(
        730,
        description="After how many days a record of the audit is forgotten; never before what it"
        " is about",
    )
    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        3000, description="The HTTP port: Slack's requests, health and metrics"
    )
    bind_address: Annotated[str, AfterValidator(ip)] | None = Field(
        None,
        description="The one IP address to listen on; unset: every address of the machine, in"
        " Socket Mode 127.0.0.1 unless there is a webhook",
    )
    log_level: Annotated[LogLevel, BeforeValidator(upper)] = Field(
        "INFO", description="`DEBUG`, `INFO`, `WARNING` or `ERROR`"
    )
    log_format: Annotated[Literal["console", "json"], BeforeValidator(lower)] = Field(
        default_factory=default_log_format, description="`console` or `json`"
    )

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_quotes(cls, value: object) -> object:
        return shapes.unquoted(value)

    @property
    def socket_mode(self) -> bool:
        """Return whether requests come over a WebSocket."""
        return self.slack_app_token is not None

    @property
    def listen_on(self) -> str | None:
        """Return the address to listen on, None for all.

        Socket Mode needs nobody from outside, unless OpenAI is to reach the webhook.
        """
        is_inside = self.socket_mode and self.openai_webhook_secret is None
        return self.bind_address or ("127.0.0.1" if is_inside else None)

    @property
    def policy(self) -> Policy:
        """Return who may cancel what, where, and who must agree."""
        return Policy(
            users=self.allowed_users,
            usergroups=self.allowed_usergroups,
            channels=self.allowed_channels,
            owner_key=self.owner_metadata_key,
            approval_over=self.approval_over_requests,
            approval_for_others=self.approval_for_others,
            approvers=self.approvers,
            approver_usergroups=self.approver_usergroups,
            approval_valid=60.0 * self.approval_valid_minutes,
            undo=float(self.undo_seconds),
        )

    @property
    def secrets(self) -> frozenset[str]:
        """Return every value that must not stand in a log."""
        values = [self.slack_bot_token, self.slack_app_token, self.slack_signing_secret]
        values.append(self.openai_webhook_secret)
        texts = {v.get_secret_value() for v in [*values, self.respan_api_key] if v is not None}
        return frozenset(texts | _passwords(self.database_url.get_secret_value()))


def _passwords(url: str) -> set[str]:
    """Return the password of a database's URL as it stands there and as the driver knows it.

    Where it holds characters that should be encoded, the URL's parts are not what they seem.
    """
    given = re.findall(r"://[^:/@]*:(.+)@", url)
    with suppress(ValueError):
        parts = urlsplit(url)
        given += [parts.password, *parse_qs(parts.query).get("password", [])]
    return {form for word in given if word for form in (word, unquote(word))}

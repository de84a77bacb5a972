"""Every exception of the bot, on one page. `str()` of each is a sentence for the log.

BotError
├── SettingsError            a setting is missing or wrong: exit code 2
├── RespanError              Respan did not do what was asked
│   ├── RespanUnreachable        no connection was made: the request had no effect
│   ├── RespanUnavailable        time-out, reset or 5xx: a request may have had its effect
│   ├── RespanRateLimited        429: had no effect, ask again later
│   ├── RespanUnreadable         an answer that is no batch: may have had its effect
│   ├── RespanKeyRefused         401 or 403 that speaks of credentials
│   ├── BatchNotFound            404
│   └── RespanRefused            any other 4xx: a definite no
│       ├── PermissionMissing        401 or 403: the key is valid and may not do this
│       ├── RespanBlocked            4xx of a firewall or a proxy, before it came to Respan
│       ├── ProviderIdNeeded         Respan asks for RESPAN_PROVIDER_ID
│       └── OpenAIKeyMissing         no OpenAI key is set in Respan, or no valid one
├── SlackError               Slack did not do what was asked
│   ├── SlackUnreachable         no connection was made: the request had no effect
│   ├── SlackOutcomeUnknown      reset, 5xx, internal_error: it may have been done
│   │   └── SlackTimedOut            no answer in time: it may still be done
│   ├── SlackRateLimited         429: had no effect, ask again later
│   ├── CannotPostHere           the bot may not post in that channel, or not in that thread
│   ├── CannotLook               no history scope for that channel: nothing can be found again
│   ├── ResponseUrlGone          the response URL is used up or too old
│   └── SlackRefused             any other definite no
│       └── InstallationRefused      of the token or its scopes, until an administrator acts
└── StoreError               the database did not do what was asked
    ├── StoreUnavailable         it can't be reached, or is too busy
    │   └── DatabaseRefused          a definite no: the setting or the database must be mended
    ├── NotStorable              a value fits into no column
    ├── LeaseLost                another process owns the row now
    └── RowUnreadable            this version of the bot can't read the row
"""

from typing import ClassVar


class BotError(Exception):
    """The root of the tree. What an error means stands on its class, for whoever meets it.

    `is_outage`: it says something about the other side, and nothing about this one request.
    `is_definite`: the request was refused, had no effect, and never will have one.
    `had_no_effect`: the request certainly had none, and may be made again.
    `for_administrator`: nothing mends it but a setting, here or at the other side.
    `retry_after`: after how many seconds the other side wants to be asked again, where it said so.
    """

    is_outage: ClassVar[bool] = False
    is_definite: ClassVar[bool] = False
    had_no_effect: ClassVar[bool] = False
    for_administrator: ClassVar[bool] = False
    retry_after: float | None = None


class SettingsError(BotError):
    """One or more settings are missing or wrong; the text names each and says what it should be."""


class RespanError(BotError):
    """Respan did not do what was asked."""


class RespanUnreachable(RespanError):
    """No connection to Respan was made, so nothing was asked of it."""

    is_outage = True
    had_no_effect = True


class RespanUnavailable(RespanError):
    """Respan timed out, hung up or answered 5xx: what was asked may have been done."""

    is_outage = True


class RespanRateLimited(RespanError):
    """Respan answered 429; `retry_after` is in seconds, None where it named no time."""

    is_outage = True
    had_no_effect = True

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        """Keep the waiting time beside the sentence."""
        super().__init__(message)
        self.retry_after = retry_after


class RespanUnreadable(RespanError):
    """Respan's answer is no batch that can be read: what was asked may have been done."""

    is_outage = True


class RespanKeyRefused(RespanError):
    """Respan refused the API key, in words that name it (401 or 403)."""

    is_definite = True
    had_no_effect = True
    for_administrator = True

    def __init__(self, message: str, status: int = 401) -> None:
        """Keep the HTTP status beside the sentence."""
        super().__init__(message)
        self.status = status


class BatchNotFound(RespanError):
    """Respan knows no batch of that id behind this API key (404).

    `names_batch` is False where the answer's words may as well be about a path that nobody serves.
    """

    is_definite = True
    had_no_effect = True

    def __init__(self, message: str, *, names_batch: bool = True) -> None:
        """Keep beside the sentence what the answer was about."""
        super().__init__(message)
        self.names_batch = names_batch


class RespanRefused(RespanError):
    """Respan said no for good; `status` is the HTTP status."""

    is_definite = True
    had_no_effect = True

    def __init__(self, message: str, status: int) -> None:
        """Keep the status beside the sentence."""
        super().__init__(message)
        self.status = status


class PermissionMissing(RespanRefused):
    """The API key is valid, and lacks the permission or scope for this."""

    for_administrator = True


class RespanBlocked(RespanRefused):
    """A firewall or a proxy refused the request: it did not come to Respan."""

    for_administrator = True


class ProviderIdNeeded(RespanRefused):
    """Respan asks for a `provider_id`, or for another one than RESPAN_PROVIDER_ID."""

    for_administrator = True


class OpenAIKeyMissing(RespanRefused):
    """Respan has no OpenAI key of the customer's, or none that OpenAI takes."""

    for_administrator = True


class SlackError(BotError):
    """Slack did not do what was asked; `code` is Slack's own word, or one of ours."""

    def __init__(self, message: str, code: str = "unknown") -> None:
        """Keep the code beside the sentence."""
        super().__init__(message)
        self.code = code


class SlackUnreachable(SlackError):
    """No connection to Slack was made, so nothing was asked of it."""

    is_outage = True
    had_no_effect = True


class SlackOutcomeUnknown(SlackError):
    """Slack may have done it: the answer was lost, or says nothing about it."""

    is_outage = True


class SlackTimedOut(SlackOutcomeUnknown):
    """Slack did not answer in time: it may have done it, or may still do it."""


class SlackRateLimited(SlackError):
    """Slack answered 429; `retry_after` is in seconds."""

    is_outage = True
    had_no_effect = True

    def __init__(self, message: str, retry_after: float) -> None:
        """Keep the waiting time beside the sentence."""
        super().__init__(message, "ratelimited")
        self.retry_after = retry_after


class CannotPostHere(SlackError):
    """The bot may not post in that channel or thread, now or later."""

    is_definite = True
    had_no_effect = True


class CannotLook(SlackError):
    """The installation has no history scope for that channel, or is no member of it."""

    is_definite = True
    had_no_effect = True


class ResponseUrlGone(SlackError):
    """The response URL was used five times or is older than thirty minutes."""

    is_definite = True
    had_no_effect = True


class SlackRefused(SlackError):
    """Slack said no for another reason, and for good."""

    is_definite = True
    had_no_effect = True


class InstallationRefused(SlackRefused):
    """Slack said no to the token or its scopes: what waits can be done once that is mended."""

    is_definite = False
    for_administrator = True


class StoreError(BotError):
    """The database did not do what was asked."""


class StoreUnavailable(StoreError):
    """The database can't be reached or is too busy; what was asked may be asked again."""


class DatabaseRefused(StoreUnavailable):
    """The database says no until somebody mends the setting or the database.

    `patience` is for how many seconds a start tries again, for somebody may be at it.
    """

    def __init__(self, message: str, patience: float = 0.0) -> None:
        """Keep the patience beside the sentence."""
        super().__init__(message)
        self.patience = patience


class NotStorable(StoreError):
    """A value can't be stored as it is: too long, too big, or no text; a defect of ours."""


class LeaseLost(StoreError):
    """The row was claimed by another process meanwhile: what this one knew of it is out of date."""


class RowUnreadable(StoreError):
    """This version can't read a row: another one wrote it, or something broke it.

    `row_id` is its key, `reason` names the place, `batch_id` is None where it can't be read.
    """

    def __init__(self, row_id: str, reason: str, batch_id: str | None = None) -> None:
        """Keep the parts beside the sentence."""
        super().__init__(f"this version can't read a row ({reason})")
        self.row_id, self.reason, self.batch_id = row_id, reason, batch_id

"""Which of the bot's own reasons each error of Respan's is, and how a definite no is logged."""

import structlog

from bot.domain.refusal import Refusal
from bot.errors import (
    BatchNotFound,
    OpenAIKeyMissing,
    PermissionMissing,
    ProviderIdNeeded,
    RespanBlocked,
    RespanError,
    RespanKeyRefused,
    RespanRateLimited,
    RespanRefused,
    RespanUnavailable,
    RespanUnreachable,
    RespanUnreadable,
)

log = structlog.get_logger(__name__)

REFUSALS: dict[type[RespanError], Refusal] = {
    BatchNotFound: Refusal.NOT_FOUND,
    OpenAIKeyMissing: Refusal.NO_OPENAI_KEY,
    PermissionMissing: Refusal.NO_PERMISSION,
    ProviderIdNeeded: Refusal.NO_PROVIDER_ID,
    RespanBlocked: Refusal.BLOCKED,
    RespanKeyRefused: Refusal.KEY_REFUSED,
    RespanRateLimited: Refusal.RATE_LIMITED,
    RespanRefused: Refusal.REFUSED,
    RespanUnavailable: Refusal.UNAVAILABLE,
    RespanUnreachable: Refusal.UNAVAILABLE,
    RespanUnreadable: Refusal.UNREADABLE,
}
"""Every error has its own line here: none gets another's sentence by default."""


def refusal_of(error: RespanError) -> Refusal:
    """Return the reason that a person reads for an error of Respan's."""
    return REFUSALS[type(error)]


def log_rejection(event: str, error: RespanError, **more: object) -> None:
    """Log a definite no with Respan's words: as an error where only a setting mends it."""
    (log.error if error.for_administrator else log.warning)(event, error=str(error), **more)

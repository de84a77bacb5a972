"""Why a batch is not cancelled: its own state, the word of Respan, or a rule of this app."""

from enum import StrEnum


class Refusal(StrEnum):
    """The reasons that a person reads. A word has at most 32 letters: so wide is its column."""

    FINAL = "final"
    ALREADY_CANCELLING = "already_cancelling"
    NOT_FOUND = "not_found"
    KEY_REFUSED = "key_refused"
    NO_PERMISSION = "no_permission"
    BLOCKED = "blocked"
    NO_PROVIDER_ID = "no_provider_id"
    NO_OPENAI_KEY = "no_openai_key"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"
    RATE_LIMITED = "rate_limited"
    UNREADABLE = "unreadable"
    WRONG_CHANNEL = "wrong_channel"
    NOT_ALLOWED = "not_allowed"
    GUEST = "guest"
    STRANGER = "stranger"
    BOT = "bot"
    DEACTIVATED = "deactivated"
    PERSON_UNKNOWN = "person_unknown"
    GROUPS_UNKNOWN = "groups_unknown"
    OWN_REQUEST = "own_request"
    NOT_APPROVER = "not_approver"
    NOT_INVITED = "not_invited"
    INTERRUPTED = "interrupted"
    NOT_STORED = "not_stored"
    CHANGED = "changed"


DENIALS = frozenset(
    {
        Refusal.WRONG_CHANNEL,
        Refusal.NOT_ALLOWED,
        Refusal.GUEST,
        Refusal.STRANGER,
        Refusal.BOT,
        Refusal.DEACTIVATED,
        Refusal.PERSON_UNKNOWN,
        Refusal.GROUPS_UNKNOWN,
        Refusal.OWN_REQUEST,
        Refusal.NOT_APPROVER,
    }
)
"""Those by which the policy denies something to a person: `domain/policy.py`."""

UNCHECKED = frozenset({Refusal.PERSON_UNKNOWN, Refusal.GROUPS_UNKNOWN})
"""Those denials that may pass in a minute: Slack did not tell."""

OF_APPROVER = frozenset({Refusal.OWN_REQUEST, Refusal.NOT_APPROVER})
"""Those denials that are never about who asked."""

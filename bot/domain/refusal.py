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
    NOT_ALLOWED = "not_allowed"
    GROUPS_UNKNOWN = "groups_unknown"
    INTERRUPTED = "interrupted"
    NOT_STORED = "not_stored"
    CHANGED = "changed"

"""Which workspace and which app the bot belongs to, and whose requests it may carry out."""

from dataclasses import dataclass
from enum import StrEnum, auto


class Foreign(StrEnum):
    """Why a request is none of this installation's."""

    WORKSPACE = auto()
    APP = auto()
    ORGANIZATION = auto()


@dataclass(frozen=True, slots=True)
class Installation:
    """The installation that a bot token belongs to; "" for what Slack did not say.

    An organization-wide one serves every workspace of its organization.
    """

    team_id: str
    app_id: str = ""
    enterprise_id: str = ""
    is_org_wide: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request says that it comes from; "" for what it does not say."""

    team_id: str = ""
    app_id: str = ""
    enterprise_id: str = ""
    is_org_wide: bool = False


def foreign(own: Installation, origin: Origin) -> Foreign | None:
    """Return why a request must not be carried out, None for one of this installation's.

    What either side does not say can't be compared; the request is signed by Slack all the same.
    """
    if _differ(own.app_id, origin.app_id):
        return Foreign.APP
    if own.is_org_wide:
        return Foreign.ORGANIZATION if _differ(own.enterprise_id, origin.enterprise_id) else None
    if origin.is_org_wide:
        return Foreign.ORGANIZATION
    return Foreign.WORKSPACE if _differ(own.team_id, origin.team_id) else None


def _differ(own: str, given: str) -> bool:
    return bool(own) and bool(given) and own != given

"""What `users.info` says about a person, compared with the bot's own installation."""

from typing import Any

from bot.domain.installation import Installation
from bot.domain.person import Kind, Person

_SLACKBOT = "USLACKBOT"


def person_of(own: Installation, user_id: str, data: object) -> Person | None:
    """Return a person from the `user` of `users.info`, None where it is none.

    Flags may be null or left out, and are not set then (https://docs.slack.dev, user object).
    """
    if not isinstance(data, dict):
        return None
    profile = data.get("profile")
    email = profile.get("email") if isinstance(profile, dict) else None
    address = email.strip() if isinstance(email, str) else ""
    return Person(user_id, _kind(own, user_id, data), email=address or None)


def _kind(own: Installation, user_id: str, user: dict[str, Any]) -> Kind:
    if user.get("deleted"):
        return Kind.DEACTIVATED
    if user.get("is_bot") or user_id == _SLACKBOT:
        return Kind.BOT
    if user.get("is_stranger") or _is_elsewhere(own, user):
        return Kind.STRANGER
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return Kind.GUEST
    return Kind.MEMBER


def _is_elsewhere(own: Installation, user: dict[str, Any]) -> bool:
    """Return whether somebody belongs to another workspace, or organization, than the app.

    On Enterprise Grid `team_id` may name the organization, or another of a person's workspaces:
    `enterprise_user` lists all of them. What neither side says can't be compared.
    """
    team, enterprise = _word(user.get("team_id")), _enterprise(user)
    listed = user.get("enterprise_user")
    named = listed.get("teams") if isinstance(listed, dict) else None
    teams = named if isinstance(named, list) else []
    if own.team_id and (team == own.team_id or own.team_id in teams):
        return False
    if own.is_org_wide and own.enterprise_id:
        return bool(enterprise or team) and own.enterprise_id not in {enterprise, team}
    if own.team_id and teams:
        return True  # it says of which workspaces they are, and ours is none of them
    if not team or not own.team_id:
        return bool(own.enterprise_id and enterprise) and own.enterprise_id != enterprise
    return not own.enterprise_id or team != own.enterprise_id


def _enterprise(user: dict[str, Any]) -> str:
    listed = user.get("enterprise_user")
    named = listed.get("enterprise_id") if isinstance(listed, dict) else None
    return _word(named) or _word(user.get("enterprise_id"))


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""

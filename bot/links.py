"""Addresses of messages in Slack, for people who may open them."""

from bot.domain.clicks import is_direct
from bot.domain.message import MessageState
from bot.domain.request import Request
from bot.ports import MessageRef, Slack


def link_to(slack: Slack, post: MessageState, parent_ts: str | None = None) -> str | None:
    """Return the address of a message, None where it is not in Slack, or Slack's is unknown.

    `parent_ts` is the message in whose thread it stands.
    """
    if post.channel is None or post.ts is None:
        return None
    return slack.link_to(MessageRef(post.channel, post.ts, parent_ts))


def link_for(slack: Slack, post: MessageState, owner: str, viewer: str) -> str | None:
    """Return the same for a certain person: what went to `owner` directly nobody else can open."""
    return link_to(slack, post) if viewer == owner or not is_private(post) else None


def is_private(post: MessageState) -> bool:
    """Return whether a message stands in one person's direct messages."""
    return post.direct or is_direct(post.channel or "")


def announcement_for(slack: Slack, request: Request, viewer: str) -> str | None:
    """Return the address of a request's announcement for a certain person."""
    post, is_theirs = request.announcement, viewer == request.user_id
    return link_to(slack, post, request.parent_ts) if is_theirs or not is_private(post) else None

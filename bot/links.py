"""Addresses of messages in Slack, for people who may open them."""

from bot.domain.clicked import is_direct
from bot.domain.message import MessageState
from bot.domain.request import Request
from bot.ports import MessageRef, Slack


def link_to(slack: Slack, post: MessageState, thread_ts: str | None) -> str | None:
    """Return the address of a message, None where it is not in Slack, or Slack's is unknown.

    `thread_ts` is the message in whose thread it stands, where it was not sent directly.
    """
    if post.channel is None or post.ts is None:
        return None
    return slack.link_to(MessageRef(post.channel, post.ts, None if post.direct else thread_ts))


def link_for(
    slack: Slack, post: MessageState, thread_ts: str | None, owner: str, viewer: str
) -> str | None:
    """Return the same for a certain person: what went to `owner` directly nobody else can open."""
    return link_to(slack, post, thread_ts) if viewer == owner or not is_private(post) else None


def is_private(post: MessageState) -> bool:
    """Return whether a message stands in one person's direct messages."""
    return post.direct or is_direct(post.channel or "")


def announcement_for(slack: Slack, request: Request, viewer: str) -> str | None:
    """Return the address of a request's announcement for a certain person."""
    return link_for(slack, request.announcement, request.thread_ts, request.user_id, viewer)

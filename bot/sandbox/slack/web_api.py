"""Slack's Web API, as far as an app like this one may want to use it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.slack.blocks import problem_of
from bot.sandbox.slack.messages import shown
from bot.sandbox.slack.refused import Refused
from bot.sandbox.slack.scheduled import Scheduled
from bot.sandbox.slack.workspace import (
    APP,
    BOT_ID,
    BOT_USER,
    TEAM,
    Channel,
    Person,
    SandboxMessage,
    Workspace,
)

Json = dict[str, Any]

SCOPES: dict[str, frozenset[str]] = {
    "auth.test": frozenset(),
    "bots.info": frozenset({"users:read"}),
    "chat.postMessage": frozenset({"chat:write"}),
    "chat.update": frozenset({"chat:write"}),
    "chat.postEphemeral": frozenset({"chat:write"}),
    "chat.getPermalink": frozenset(),
    "chat.scheduleMessage": frozenset({"chat:write"}),
    "chat.deleteScheduledMessage": frozenset({"chat:write"}),
    "chat.scheduledMessages.list": frozenset(),
    "conversations.history": frozenset({"channels:history", "groups:history", "im:history"}),
    "conversations.replies": frozenset({"channels:history", "groups:history", "im:history"}),
    "conversations.open": frozenset({"im:write"}),
    "users.info": frozenset({"users:read"}),
    "users.lookupByEmail": frozenset({"users:read.email"}),
    "usergroups.users.list": frozenset({"usergroups:read"}),
}
"""The scopes of which a method needs one."""

_OWN = Person(BOT_USER, "batch-bot", "Batch bot", bot=True)

_HISTORY = {"public": "channels:history", "private": "groups:history", "im": "im:history"}


@dataclass(slots=True)
class WebApi:
    """The methods, on one workspace. `scopes` are what the bot was installed with."""

    workspace: Workspace
    scopes: set[str]
    scheduled: Scheduled = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nothing scheduled."""
        self.scheduled = Scheduled(self.workspace)

    def call(self, method: str, args: Json) -> Json:
        """Return the answer of a method."""
        self.scheduled.post_due()
        needed = SCOPES.get(method)
        if needed is None:
            return {"ok": False, "error": "unknown_method"}
        if needed and not needed & self.scopes:
            provided = ",".join(sorted(self.scopes))
            lacks = {"needed": min(needed), "provided": provided}
            return {"ok": False, "error": "missing_scope", **lacks}
        handler: Callable[[Json], Json] = getattr(self, "_" + method.replace(".", "_").lower())
        try:
            return {"ok": True} | handler(args)
        except Refused as refused:
            return refused.answer

    def _auth_test(self, _args: Json) -> Json:
        return {
            "url": "https://sandbox.slack.com/",
            "team": "Sandbox",
            "team_id": TEAM,
            "user": "batch-bot",
            "user_id": BOT_USER,
            "bot_id": BOT_ID,
            "is_enterprise_install": False,
        }

    def _chat_postmessage(self, args: Json) -> Json:
        channel = self._postable(str(args.get("channel", "")))
        text, blocks, thread_ts = self._content(args), args.get("blocks"), args.get("thread_ts")
        if thread_ts is not None and self.workspace.find(channel.id, thread_ts) is None:
            raise Refused("thread_not_found")
        message = self.workspace.add(
            SandboxMessage(
                channel=channel.id,
                ts=self.workspace.new_ts(),
                text=text,
                blocks=_listed(blocks),
                thread_ts=thread_ts,
                metadata=_object(args.get("metadata")),
            )
        )
        return {"channel": channel.id, "ts": message.ts, "message": shown(message, metadata=True)}

    def _content(self, args: Json) -> str:
        text, blocks = args.get("text") or "", _listed(args.get("blocks"))
        if not text and not blocks:
            raise Refused("no_text")
        if len(text) > 40_000:
            raise Refused("msg_too_long")
        problem = problem_of(blocks)
        if problem is not None:
            raise Refused("invalid_blocks", response_metadata={"messages": [f"[ERROR] {problem}"]})
        return str(text)

    def _postable(self, channel_id: str) -> Channel:
        """Return the channel that the bot may post to."""
        person = self.workspace.people.get(channel_id)
        if person is not None:
            if not person.dms:
                raise Refused("messages_tab_disabled")
            return self.workspace.direct(person.id)
        channel = self._known(channel_id)
        if channel.archived:
            raise Refused("is_archived")
        if channel.restricted:
            raise Refused("restricted_action")
        if not channel.member and "chat:write.public" not in self.scopes:
            raise Refused("not_in_channel")
        return channel

    def _chat_schedulemessage(self, args: Json) -> Json:
        channel, text = self._postable(str(args.get("channel", ""))), self._content(args)
        blocks = _listed(args.get("blocks"))
        return self.scheduled.add(channel.id, text, blocks, args.get("post_at"))

    def _chat_deletescheduledmessage(self, args: Json) -> Json:
        channel = self._known(str(args.get("channel", "")))
        return self.scheduled.delete(channel.id, str(args.get("scheduled_message_id")))

    def _chat_scheduledmessages_list(self, args: Json) -> Json:
        if args.get("channel"):
            self._known(str(args["channel"]))
        return self.scheduled.listed(args)

    def _chat_update(self, args: Json) -> Json:
        message = self.workspace.find(str(args.get("channel")), str(args.get("ts")))
        if message is None:
            raise Refused("message_not_found")
        if message.user != BOT_USER:
            raise Refused("cant_update_message")
        message.text, message.blocks = self._content(args), _listed(args.get("blocks"))
        message.metadata = _object(args.get("metadata")) or message.metadata
        message.edits += 1
        self.workspace.bus.publish("edit", message=message)
        return {"channel": message.channel, "ts": message.ts, "text": message.text}

    def _chat_getpermalink(self, args: Json) -> Json:
        channel, ts = str(args.get("channel")), str(args.get("message_ts"))
        message = self.workspace.find(channel, ts)
        if message is None:
            raise Refused("message_not_found")
        place = f"{channel}/p{ts.replace('.', '')}"
        if message.thread_ts is not None:
            place += f"?thread_ts={message.thread_ts}&cid={channel}"
        return {"channel": channel, "permalink": f"https://sandbox.slack.com/archives/{place}"}

    def _known(self, channel_id: str) -> Channel:
        """Return a channel that the bot can see."""
        channel = self.workspace.channels.get(channel_id)
        if channel is None or (channel.kind == "private" and not channel.member):
            raise Refused("channel_not_found")
        return channel

    def _readable(self, args: Json) -> Channel:
        channel = self._known(str(args.get("channel")))
        if _HISTORY[channel.kind] not in self.scopes:
            raise Refused("missing_scope", needed=_HISTORY[channel.kind])
        if not channel.member:
            raise Refused("not_in_channel")
        return channel

    def _conversations_history(self, args: Json) -> Json:
        channel = self._readable(args)
        found = [m for m in self.workspace.messages if m.channel == channel.id and not m.thread_ts]
        return _page(found, args)

    def _conversations_replies(self, args: Json) -> Json:
        channel, ts = self._readable(args), str(args.get("ts"))
        parent = self.workspace.find(channel.id, ts)
        if parent is None:
            raise Refused("thread_not_found")
        return _page([parent, *self.workspace.thread(channel.id, ts)], args)

    def _conversations_open(self, args: Json) -> Json:
        person = self.workspace.people.get(str(args.get("users")))
        if person is None:
            raise Refused("user_not_found")
        return {"channel": {"id": self.workspace.direct(person.id).id}}

    def _bots_info(self, args: Json) -> Json:
        if args.get("bot") != BOT_ID:
            raise Refused("bot_not_found")
        return {"bot": {"id": BOT_ID, "user_id": BOT_USER, "app_id": APP, "name": "batch-bot"}}

    def _users_info(self, args: Json) -> Json:
        person = {**self.workspace.people, BOT_USER: _OWN}.get(str(args.get("user")))
        if person is None:
            raise Refused("user_not_found")
        return {"user": self._user(person)}

    def _users_lookupbyemail(self, args: Json) -> Json:
        email = str(args.get("email")).casefold()
        for person in self.workspace.people.values():
            if (person.email or "").casefold() == email and not person.deleted:
                return {"user": self._user(person)}
        raise Refused("users_not_found")

    def _user(self, person: Person) -> Json:
        """Return the user object, with the address where the app may see it."""
        user = person.as_user()
        if "users:read.email" in self.scopes:
            user["profile"]["email"] = person.email
        return user

    def _usergroups_users_list(self, args: Json) -> Json:
        group = str(args.get("usergroup"))
        if group not in self.workspace.usergroups:
            raise Refused("no_such_subteam")
        return {"users": self.workspace.usergroups[group]}


def _page(messages: list[SandboxMessage], args: Json) -> Json:
    """Return a page of messages, newest first, as conversations.history does."""
    oldest = float(args.get("oldest") or 0)
    recent = [m for m in messages if float(m.ts) >= oldest]
    start, limit = int(args.get("cursor") or 0), int(args.get("limit") or 100)
    page = sorted(recent, key=lambda m: m.ts, reverse=True)[start : start + limit]
    more = start + limit < len(recent)
    metadata = str(args.get("include_all_metadata")).lower() in {"1", "true"}
    return {
        "messages": [shown(message, metadata=metadata) for message in page],
        "has_more": more,
        "response_metadata": {"next_cursor": str(start + limit) if more else ""},
    }


def _listed(value: Any) -> list[Json]:
    decoded = json.loads(value) if isinstance(value, str) and value else value
    return decoded if isinstance(decoded, list) else []


def _object(value: Any) -> Json | None:
    decoded = json.loads(value) if isinstance(value, str) and value else value
    return decoded if isinstance(decoded, dict) else None

"""Slack: posting, updating, finding again, answering privately. No call is ever sent twice here."""

from contextlib import suppress
from typing import Any, Self
from uuid import uuid4

import aiohttp
import structlog
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.clients.kept import Kept
from bot.clients.people import person_of
from bot.clients.response_urls import ResponseUrls, stand_in_of
from bot.clients.slack_errors import (
    BAD_BLOCKS,
    FOREIGN,
    error_of,
    look_error_of,
)
from bot.clients.slack_tokens import start_error_of
from bot.clients.web_client import web_client
from bot.clock import Clock
from bot.domain.installation import Installation
from bot.domain.message import Message
from bot.domain.person import Person
from bot.errors import (
    CannotLook,
    CannotPostHere,
    SlackError,
    SlackOutcomeUnknown,
    SlackRateLimited,
    SlackRefused,
)
from bot.ports import Marker, MessageRef, Observe
from bot.proxies import ProxyFor, direct

log = structlog.get_logger(__name__)

Json = dict[str, Any]

_TIMEOUT = aiohttp.ClientTimeout(total=4.5)
_EVENT = "batch_cancellation"
_HISTORY = frozenset({"channels:history", "groups:history", "im:history", "mpim:history"})
_NO: frozenset[str] = frozenset()
_KEEP_MEMBERS, _KEEP_PEOPLE = 60.0, 300.0
"""Seconds for which an answer of Slack's is kept."""

_EARLIER = 60.0
_PAGES = 5


class SlackClient:
    """The workspace, through one bot token. Raises SlackError, and nothing else.

    Who the bot is, its scopes and the workspace's address are known after `start`; the scopes
    only where Slack said them: `scopes_known`.
    """

    def __init__(
        self,
        token: str,
        api_url: str,
        clock: Clock,
        observe: Observe = lambda _call, _error: None,
        proxy_for: ProxyFor = direct,
    ) -> None:
        """Prepare nothing that needs a running loop; `observe` hears of each call."""
        self._token, self._api_url, self._proxy_for = token, api_url, proxy_for
        self._clock = clock
        self._observe = observe
        self._not_before: dict[tuple[str, str], float] = {}
        self._members = Kept(self._read_members, clock, _KEEP_MEMBERS)
        self._people = Kept(self._read_person, clock, _KEEP_PEOPLE)
        self._by_email = Kept(self._read_id, clock, _KEEP_PEOPLE)
        self.bot_id = self.bot_user_id = self.team_id = self.workspace_url = ""
        self.app_id = self.enterprise_id = ""
        self.is_org_wide = False
        self.scopes: frozenset[str] = frozenset()
        self.scopes_known = False

    async def __aenter__(self) -> Self:
        """Open the connections."""
        # The session's own time-out: slack-sdk's is ignored once a session is passed.
        # Its trust in the environment would send the passwords of ~/.netrc along.
        proxy = self._proxy_for(self._api_url)
        self.session = aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=False)
        self.web = web_client(self._token, self._api_url, self.session, proxy)
        stand_in = stand_in_of(self._api_url)
        self._urls = ResponseUrls(self.session, self._observe, self._proxy_for, stand_in)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self.session.close()

    async def start(self) -> None:
        """Learn who the bot is and what it may; raises SettingsError for a refused token."""
        try:
            answer = await self._call("auth.test", "")
        except SlackError as error:
            raise start_error_of(error, "SLACK_BOT_TOKEN") from None
        data = _data(answer)
        names = ("bot_id", "user_id", "team_id", "url")
        words = [str(data.get(name) or "") for name in names]
        self.bot_id, self.bot_user_id, self.team_id, self.workspace_url = words
        self.app_id = _app_id(data)
        self.enterprise_id = str(data.get("enterprise_id") or "")
        self.is_org_wide = data.get("is_enterprise_install") is True
        scopes = next((v for k, v in answer.headers.items() if k.lower() == "x-oauth-scopes"), "")
        self.scopes = frozenset(scope.strip() for scope in scopes.split(",") if scope.strip())
        self.scopes_known = bool(self.scopes)  # stand-ins and proxies leave the header out

    async def reads_people(self) -> bool:
        """Return whether the app may ask who somebody is; raises SlackError.

        Where Slack did not say the scopes, only its own word for a missing one says no.
        """
        if self.scopes_known:
            return "users:read" in self.scopes
        try:
            await self._read("users.info", {"user": self.bot_user_id})
        except (SlackRefused, CannotPostHere) as error:
            return error.code != "missing_scope"
        return True

    async def own_app(self) -> str:
        """Return the id of the bot's own app, "" where Slack doesn't say it."""
        if not self.app_id and (not self.scopes_known or "users:read" in self.scopes):
            with suppress(SlackError):
                bot = (await self._read("bots.info", {"bot": self.bot_id})).get("bot")
                self.app_id = _app_id(bot)
        return self.app_id

    async def ping(self) -> None:
        """Raise SlackError unless Slack answers a question that changes nothing."""
        await self._call("auth.test", "")

    async def post(
        self, channel: str, message: Message, mark: Marker, thread_ts: str | None = None
    ) -> MessageRef:
        """Post a message once; a user's id as `channel` opens the direct message with them."""
        arguments = {"channel": channel, "metadata": _metadata(mark)} | (
            {} if thread_ts is None else {"thread_ts": thread_ts}
        )
        quiet = {"unfurl_links": False, "unfurl_media": False}
        answer = await self._say("chat.postMessage", channel, message, arguments | quiet)
        where, ts = answer.get("channel"), answer.get("ts")
        if not isinstance(where, str) or not isinstance(ts, str):
            raise SlackOutcomeUnknown("Slack did not say where the message is", "no_answer")
        return MessageRef(where, ts)

    async def update(self, posted: MessageRef, message: Message, mark: Marker) -> None:
        """Replace a message of the bot's own."""
        arguments = {"channel": posted.channel, "ts": posted.ts, "metadata": _metadata(mark)}
        await self._say("chat.update", posted.channel, message, arguments)

    async def _say(self, method: str, channel: str, message: Message, arguments: Json) -> Json:
        """Call with text and blocks; with the text alone where the blocks are refused."""
        text = arguments | {"text": message.text}
        try:
            blocks = {"blocks": fresh_blocks(message)}
            return _data(await self._call(method, channel, json=text | blocks))
        except SlackRefused as error:
            if error.code not in BAD_BLOCKS:
                raise
            log.warning("Slack refused a message's blocks, its text is sent alone", method=method)
            return _data(await self._call(method, channel, json=text))

    async def find(
        self, channel: str, mark: Marker, since: float, thread_ts: str | None = None
    ) -> MessageRef | None:
        """Return the post that carries `mark`, None when it isn't there.

        Where Slack did not say the scopes, nobody looks: who leaves that out may leave the marks
        out too, and a post that is there would be sent again and again.
        """
        if not self.scopes & _HISTORY or channel.startswith(("U", "W")):
            raise CannotLook("the installation has no history scope for that", "missing_scope")
        method = "conversations.history" if thread_ts is None else "conversations.replies"
        where = {} if thread_ts is None else {"ts": thread_ts}
        arguments = {"oldest": f"{max(0.0, since - _EARLIER):.6f}", "include_all_metadata": True}
        cursor = ""
        for _ in range(_PAGES):
            page = await self._page(method, channel, arguments | where | {"cursor": cursor})
            for message in page.get("messages") or ():
                if self._carries(message, mark):
                    return MessageRef(channel, message["ts"])
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return None
        raise CannotLook("too much was said since", "too_many_messages")

    async def _page(self, method: str, channel: str, arguments: Json) -> Json:
        try:
            every = {"channel": channel, "limit": 200}
            return await self._read(method, every | arguments, channel)
        except SlackError as error:
            raise look_error_of(error) from None

    def _carries(self, message: object, mark: Marker) -> bool:
        """Return whether a message is the bot's own and carries the mark."""
        if not isinstance(message, dict) or not isinstance(message.get("ts"), str):
            return False
        return message.get("bot_id") == self.bot_id and message.get("metadata") == _metadata(mark)

    async def answer(self, response_url: str, message: Message, *, replace: bool) -> None:
        """Answer privately by a response URL; `replace` puts it in place of the clicked message."""
        await self._urls.answer(response_url, message, replace=replace)

    async def person(self, user_id: str, *, fresh: bool = False) -> Person:
        """Return what somebody is in the workspace, as it was five minutes ago at most, or is now.

        Their groups are not read by this.
        """
        return await self._people.of(user_id, fresh=fresh)

    def known_person(self, user_id: str) -> Person | None:
        """Return the same as far as it was read in the last five minutes, without asking Slack."""
        return self._people.known(user_id)

    async def _read_person(self, user_id: str) -> Person:
        answer = await self._read("users.info", {"user": user_id})
        person = person_of(self.installation, user_id, answer.get("user"))
        if person is None:
            raise SlackOutcomeUnknown("Slack's answer holds no person", "no_answer")
        return person

    async def id_of_email(self, email: str) -> str | None:
        """Return the id of the person with that address, None where there is none.

        It is what Slack said five minutes ago at most.
        """
        return await self._by_email.of(email, fresh=False) or None

    async def _read_id(self, email: str) -> str:
        """Return the same, "" where there is none."""
        try:
            answer = await self._read("users.lookupByEmail", {"email": email})
        except SlackRefused as error:
            if error.code == "users_not_found":
                return ""
            raise
        user = answer.get("user")
        found = user.get("id") if isinstance(user, dict) else None
        return found if isinstance(found, str) else ""

    @property
    def installation(self) -> Installation:
        """Return the installation that the bot's token belongs to."""
        return Installation(self.team_id, self.app_id, self.enterprise_id, self.is_org_wide)

    async def members_of(self, usergroup_id: str, *, fresh: bool = False) -> frozenset[str]:
        """Return the user ids of a user group, as they were a minute ago at most.

        `fresh` reads them now; who asks while they are being read gets what that brings.
        """
        return await self._members.of(usergroup_id, fresh=fresh)

    def known_members_of(self, usergroup_id: str) -> frozenset[str] | None:
        """Return the same as far as they were read in the last minute, without asking Slack."""
        return self._members.known(usergroup_id)

    async def _read_members(self, usergroup_id: str) -> frozenset[str]:
        answer = await self._read("usergroups.users.list", {"usergroup": usergroup_id})
        users = answer.get("users")
        return frozenset(u for u in users if isinstance(u, str)) if isinstance(users, list) else _NO

    def link_to(self, posted: MessageRef) -> str | None:
        """Return the address of a message, None while the workspace's own is unknown.

        That of a reply names its thread, in which Slack then opens it, as chat.getPermalink does.
        """
        if not self.workspace_url.startswith("https://"):
            return None
        place = f"{posted.channel}/p{posted.ts.replace('.', '')}"
        if posted.thread_ts is not None:
            place += f"?thread_ts={posted.thread_ts}&cid={posted.channel}"
        return f"{self.workspace_url.rstrip('/')}/archives/{place}"

    async def _read(self, method: str, arguments: Json, channel: str = "") -> Json:
        """Call a method that reads: Slack takes the arguments of those as a form only."""
        return _data(await self._call(method, channel, http_verb="GET", params=arguments))

    async def _call(self, method: str, channel: str, **request: Any) -> AsyncSlackResponse:  # noqa: ANN401 - slack-sdk's own arguments
        """Call the Web API once; nobody asks a place again that answered 429, before its time."""
        place = (method, channel)
        wait = self._not_before.get(place, 0.0) - self._clock.time()
        if wait > 0:
            raise SlackRateLimited("Slack asked for fewer requests a moment ago", wait)
        try:
            answer = await self.web.api_call(method, **request)
        except FOREIGN as error:
            raise self._error(method, place, error) from None
        if _data(answer).get("ok") is not True:  # slack-sdk takes any other word for a yes
            neither = SlackOutcomeUnknown("Slack's answer says neither yes nor no", "no_answer")
            self._observe(method, neither)
            raise neither
        self._observe(method, None)
        return answer

    def _error(self, method: str, place: tuple[str, str], error: Exception) -> SlackError:
        """Return our error for a failed call; a 429 is kept in mind for that place."""
        ours = error_of(error)
        self._observe(method, ours)
        if isinstance(ours, SlackRateLimited):
            self._not_before[place] = self._clock.time() + (ours.retry_after or 0.0)
        return ours


def fresh_blocks(message: Message) -> list[Json]:
    """Return the blocks with new ids: clients keep an old block where its id is the same."""
    return [{"block_id": uuid4().hex, **block} for block in message.blocks]


def _app_id(value: object) -> str:
    """Return the id of an app that an object of Slack's names, "" where it names none."""
    app_id = value.get("app_id") if isinstance(value, dict) else None
    return app_id if isinstance(app_id, str) else ""


def _data(answer: AsyncSlackResponse) -> Json:
    """Return the answer's JSON object."""
    return answer.data if isinstance(answer.data, dict) else {}


def _metadata(mark: Marker) -> Json:
    payload = {"id": mark.owner_id, "kind": mark.kind}
    return {"event_type": _EVENT, "event_payload": payload}

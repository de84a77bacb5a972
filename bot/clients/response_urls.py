"""Private answers by response URLs. One answer is one request; nothing is sent twice here."""

from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.clients.slack_errors import FOREIGN, error_of, wait_of
from bot.domain.message import Message
from bot.errors import (
    ResponseUrlGone,
    SettingsError,
    SlackError,
    SlackOutcomeUnknown,
    SlackRateLimited,
    SlackRefused,
)
from bot.ports import Observe
from bot.proxies import ProxyFor

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SLACK = frozenset({"slack.com", "slack-gov.com"})
_BELOW_SLACK = tuple(f".{host}" for host in sorted(_SLACK))
_HOOKS = frozenset(f"hooks.{host}" for host in _SLACK)
_HTTPS = 443


class ResponseUrls:
    """Posts to the URLs that came with interactions. Raises SlackError, and nothing else."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        observe: Observe,
        proxy_for: ProxyFor,
        stand_in: str,
    ) -> None:
        """Use that session; `observe` hears of each call.

        `stand_in` is the host that stands in for Slack, "" where it is Slack itself.
        """
        self._stand_in = stand_in
        self._session, self._observe, self._proxy_for = session, observe, proxy_for

    async def answer(self, response_url: str, message: Message, *, replace: bool) -> None:
        """Answer privately by a response URL; `replace` puts it in place of the clicked message."""
        if not _may_be_posted_to(response_url, self._stand_in):
            raise ResponseUrlGone("the request carried no response URL that can be used", "bad_url")
        content = {"text": message.text} | ({"blocks": message.blocks} if message.blocks else {})
        body = content | {"response_type": "ephemeral", "replace_original": replace}
        try:
            outcome = await self._post_answer(response_url, body)
        except SettingsError as error:
            outcome = SlackRefused(str(error), "no_proxy")
        except FOREIGN as error:
            # The exception's own text names the URL, which is a secret.
            outcome = error_of(error)
        self._observe("response_url", outcome)
        if outcome is not None:
            raise outcome from None

    async def _post_answer(self, url: str, body: dict[str, Any]) -> SlackError | None:
        proxy = self._proxy_for(url)
        async with self._session.post(
            url, json=body, allow_redirects=False, proxy=proxy
        ) as response:
            status = response.status
            text = (await response.content.read(2000)).decode(errors="replace")
            wait = wait_of(response.headers)
        if status == 429:  # noqa: PLR2004 - the HTTP status is its own name
            return SlackRateLimited("Slack asked for fewer answers", wait)
        if status >= 500:  # noqa: PLR2004 - the same
            return SlackOutcomeUnknown(f"Slack is in trouble ({status})", "server_error")
        if status == 200 and '"ok":false' not in text.replace(" ", ""):  # noqa: PLR2004 - the same
            return None
        if status in {404, 410} or "used_url" in text or "expired_url" in text:
            return ResponseUrlGone(f"the response URL is used up or too old ({status})", "url_gone")
        return SlackRefused(f"Slack refused an answer ({status})", "refused_answer")


def _may_be_posted_to(url: str, stand_in: str) -> bool:
    """Return whether an answer may be sent there: to Slack's own hosts, or to its stand-in.

    Who can forge a request, with the signing secret, must not learn what is answered. Plain http is
    for this machine alone.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if parts.username is not None or parts.password is not None:
        return False
    if stand_in:
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
        return is_safe and host == stand_in
    return parts.scheme == "https" and host in _HOOKS and port in {None, _HTTPS}


def stand_in_of(api_url: str) -> str:
    """Return the host of a Web API that isn't Slack's own, "" for Slack's own."""
    host = urlsplit(api_url).hostname or ""
    return "" if host in _SLACK or host.endswith(_BELOW_SLACK) else host

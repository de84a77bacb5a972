"""Private answers by response URLs. One answer is one request; nothing is sent twice here."""

from collections.abc import Callable
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
from bot.proxies import ProxyFor

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class ResponseUrls:
    """Posts to the URLs that came with gestures. Raises SlackError, and nothing else."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        observe: Callable[[str, str], None],
        proxy_for: ProxyFor,
    ) -> None:
        """Use that session; `observe` hears of each call."""
        self._session, self._observe, self._proxy_for = session, observe, proxy_for

    async def answer(self, response_url: str, message: Message, *, replace: bool) -> None:
        """Answer privately by a response URL; `replace` puts it in place of the clicked message."""
        if not _may_be_posted_to(response_url):
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
        self._observe("response_url", "ok" if outcome is None else type(outcome).__name__)
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


def _may_be_posted_to(url: str) -> bool:
    """Return whether an answer may be sent there: https, or plain http on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    )

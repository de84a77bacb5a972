"""slack-sdk's client of the Web API, without what it would do by itself."""

from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient


class WebClient(AsyncWebClient):
    """Follows no redirect: slack-sdk would follow a 307 with the message in its hands."""

    async def _request(
        self, *, http_verb: str, api_url: str, req_args: dict[str, Any]
    ) -> dict[str, Any]:
        stay = {"allow_redirects": False}
        return await super()._request(
            http_verb=http_verb, api_url=api_url, req_args=req_args | stay
        )


def web_client(
    token: str, api_url: str, session: aiohttp.ClientSession | None, proxy: str | None = None
) -> AsyncWebClient:
    """Return slack-sdk's client without its retries: they would post a message twice.

    It goes through that proxy, and not by its own reading of the environment.
    """
    client = WebClient(token=token, base_url=api_url, session=session, retry_handlers=[])
    client.proxy = proxy
    return client

"""No redirect is followed: what goes to Slack goes nowhere else, whoever answers in its place."""

from types import SimpleNamespace

import aiohttp


class Redirected(aiohttp.ClientError):
    """A server answered that what was asked for is elsewhere."""


def no_redirects() -> aiohttp.TraceConfig:
    """Return what makes a session of aiohttp's raise Redirected instead of following.

    Needed where no argument says so, as for WebSockets.
    """
    config = aiohttp.TraceConfig()
    config.on_request_redirect.append(_refuse)
    config.freeze()
    return config


async def _refuse(
    _session: aiohttp.ClientSession, _context: SimpleNamespace, _redirect: object
) -> None:
    raise Redirected("the answer leads elsewhere")

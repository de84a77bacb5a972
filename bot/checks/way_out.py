"""The proxies that the environment names, as every check takes them."""

import os

from bot.proxies import Proxies


def proxies() -> Proxies:
    """Return what the environment says now."""
    return Proxies.from_environment(os.environ)

"""The addresses of Slack and Respan, in every form in which people copy them."""

import re
from itertools import pairwise
from urllib.parse import SplitResult, urlsplit

_SLACK = "https://slack.com"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST = re.compile(r"(?:(?!-)[a-z0-9_-]{1,63}\.)*(?!-)[a-z0-9_-]{1,63}\.?|[0-9a-f:.]*:[0-9a-f:.]*")


def slack_address(value: str) -> str:
    """Return the root of Slack's Web API, with a slash at its end; raises ValueError."""
    root, folders = _split(value)
    if not folders and root == _SLACK:
        folders = ["api"]
    return _joined(root, folders) + "/"


def respan_address(value: str) -> str:
    """Return the root of Respan's API, which ends in `/api`; raises ValueError.

    The same address comes of the host alone, of `/api`, `/api/v1`, `/v1` and of what lies below.
    """
    root, folders = _split(value)
    low = [folder.lower() for folder in folders]
    below = [at for at, pair in enumerate(pairwise(low)) if pair == _BATCHES]
    if below:
        del folders[below[0] :]
    elif low[-1:] == ["v1"]:
        folders.pop()
    if folders and folders[-1].lower() == "api":
        folders.pop()
    return _joined(root, [*folders, "api"])


_BATCHES = ("v1", "batches")


def _joined(root: str, folders: list[str]) -> str:
    return "/".join([root, *folders])


def _split(value: str) -> tuple[str, list[str]]:
    """Return `scheme://host:port` and the folders of a URL that a key may be sent to.

    That is https, or plain http on this machine only, and nothing beside the address.
    """
    if not re.fullmatch(r"[!-~]+", value) or "\\" in value:
        raise ValueError("must be a URL without spaces, line breaks and other special characters")
    try:
        url = urlsplit(value)
        host, port = url.hostname or "", url.port
    except ValueError:
        raise ValueError("must be a URL such as https://host.example:443/path") from None
    if url.scheme not in {"http", "https"} or not _HOST.fullmatch(host) or port == 0:
        raise ValueError("must be a URL that begins with https:// and a host")
    _refuse_extras(url, value)
    if url.scheme == "http" and host not in _LOOPBACK:
        raise ValueError("must begin with https://, or the key would travel in the clear")
    at = f"[{host}]" if ":" in host else host
    root = f"{url.scheme}://{at}" + ("" if port is None else f":{port}")
    return root, [folder for folder in url.path.split("/") if folder]


def _refuse_extras(url: SplitResult, value: str) -> None:
    """Raise ValueError for what the calls' own paths would be lost behind."""
    if "@" in url.netloc:
        raise ValueError("must not hold a user name or a password: take out what stands before @")
    if "?" in value or "#" in value:
        raise ValueError("must be the address alone: take out ? or # and what follows")
    if ".." in url.path.split("/"):
        raise ValueError("must not hold /../")

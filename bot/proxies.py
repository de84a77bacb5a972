"""Which proxy leads to an address: one reading of the environment, for every client alike.

The libraries' own readings differ: slack-sdk's knows no NO_PROXY, httpx's fails at an IPv6 entry
in it, and aiohttp's brings the passwords of `~/.netrc` along.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self
from urllib.parse import SplitResult, quote, unquote, urlsplit

from bot.errors import SettingsError

ProxyFor = Callable[[str], str | None]
"""Returns the proxy for an address, None where the way is direct."""

_KINDS = {"http": "http", "ws": "http", "https": "https", "wss": "https"}
_PORTS = {"http": 80, "https": 443}
_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*\.?")
_ENTRY = re.compile(r"(?:\[(?P<v6>[^]]+)\](?P<mask>/\d+)?|(?P<name>[^:]+))(?::(?P<port>\d{1,5}))?")


def direct(_url: str) -> str | None:
    """Return None: the way to every address is direct."""
    return None


@dataclass(frozen=True, slots=True)
class _Exception:
    """One entry of NO_PROXY: a name with all below it, a network, or `*`; perhaps at one port."""

    name: str
    network: IPv4Network | IPv6Network | None
    port: int | None

    def covers(self, host: str, port: int) -> bool:
        """Return whether the way to that host and port is direct."""
        if self.port not in {None, port}:
            return False
        address = _ip(host)
        if self.name == "*" or address is None:
            return self.name in {"*", host} or host.endswith(f".{self.name}")
        return self.network is not None and address in self.network


class Proxies:
    """The proxies of an environment. No password stands in its text, nor in what it raises."""

    def __init__(self, variables: Mapping[str, tuple[str, str]], no_proxy: str) -> None:
        """Know, for `http`, `https` and `all`, the name of a variable and its value."""
        self._variables = variables
        entries = map(_exception, re.split(r"[,\s]+", no_proxy))
        self._exceptions = [entry for entry in entries if entry is not None]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, as curl does.

        A name in lower case wins over the same in upper case; an empty variable is not set.
        """

        def read(kind: str) -> tuple[str, str]:
            names = (f"{kind}_proxy", f"{kind}_proxy".upper())
            found = ((name, environment.get(name, "").strip()) for name in names)
            return next((pair for pair in found if pair[1]), ("", ""))

        variables = {kind: read(kind) for kind in ("http", "https", "all")}
        return cls({k: v for k, v in variables.items() if v[1]}, read("no")[1])

    def for_url(self, url: str) -> str | None:
        """Return the proxy for an address, None where the way is direct, as it is on this machine.

        Raises SettingsError for a proxy that can't be used, ValueError for what is no address.
        """
        parts = urlsplit(url)
        kind, host = _KINDS.get(parts.scheme), (parts.hostname or "").rstrip(".")
        if kind is None or not host or _is_loopback(host):
            return None
        found = self._variables.get(kind) or self._variables.get("all")
        port = parts.port or _PORTS[kind]
        if found is None or any(entry.covers(host, port) for entry in self._exceptions):
            return None
        return _usable(*found)

    @property
    def secrets(self) -> frozenset[str]:
        """Return the passwords in all forms in which they may stand in a log."""
        values = (value for _, value in self._variables.values())
        logins = (value.rpartition("://")[2].rpartition("@")[0] for value in values)
        passwords = {login.partition(":")[2] for login in logins} - {""}
        return frozenset(
            form for word in passwords for form in (word, unquote(word), quote(unquote(word), ""))
        )


def usable_proxies(environment: Mapping[str, str], *urls: str) -> Proxies:
    """Return an environment's proxies; raises SettingsError for one that can't be used.

    One that the way to none of these addresses leads through is nobody's mistake.
    """
    proxies = Proxies.from_environment(environment)
    for url in urls:
        proxies.for_url(url)
    return proxies


def _ip(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a host is written as, None for a name."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_loopback(host: str) -> bool:
    address = _ip(host)
    return host == "localhost" if address is None else address.is_loopback


def _exception(entry: str) -> _Exception | None:
    """Return an entry of NO_PROXY as it is understood, None for an empty one."""
    text = entry.lower().rpartition("://")[2].rstrip("/")
    match = _ENTRY.fullmatch(text)
    host = text if match is None else (match["v6"] or match["name"]) + (match["mask"] or "")
    port = None if match is None or match["port"] is None else int(match["port"])
    try:
        network = ip_network(host, strict=False)
    except ValueError:
        network = None
    name = host if host == "*" else host.lstrip("*.").rstrip(".")
    return _Exception(name, network, port) if name else None


def _usable(variable: str, value: str) -> str:
    """Return the proxy as every client understands it; raises SettingsError where none would."""
    parts = _split(variable, value if "://" in value else f"http://{value}")
    host, port = parts.hostname or "", parts.port
    if parts.scheme not in _PORTS:
        raise _unusable(variable, f"a proxy of the kind {parts.scheme}:// is not supported")
    if not host:
        raise _unusable(variable, "it names no host")
    if not isinstance(_ip(host), IPv6Address) and not _NAME.fullmatch(host):
        raise _unusable(variable, "its host is not valid")
    place = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{_login(variable, parts)}{place}" + (f":{port}" if port else "")


def _split(variable: str, text: str) -> SplitResult:
    if not re.fullmatch(r"[!-~]+", text):
        raise _unusable(variable, "it holds spaces, or letters that no address has")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _unusable(variable, "its host or port is not valid") from None
    if port == 0:
        raise _unusable(variable, "its port is not valid")
    return parts


def _login(variable: str, parts: SplitResult) -> str:
    """Return the user and the password of an address with nothing in them that needs quoting."""
    if parts.username is None:
        return ""
    user, password = unquote(parts.username), unquote(parts.password or "")
    if ":" in user or not f"{user}{password}".isprintable() or not _is_latin(user + password):
        raise _unusable(variable, "its user or password holds letters that no proxy takes")
    return f"{quote(user, '')}:{quote(password, '')}@"


def _is_latin(text: str) -> bool:
    """Return whether a header can carry it: aiohttp writes nothing else there."""
    return all(ord(letter) < 256 for letter in text)  # noqa: PLR2004 - the size of latin-1


def _unusable(variable: str, why: str) -> SettingsError:
    return SettingsError(
        f"{variable} can't be used: {why}. It must be http://host:port or https://host:port; "
        "hosts that are reached without a proxy are named in NO_PROXY."
    )

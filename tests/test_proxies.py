"""The proxies of the environment are read once, by rules that hold for every client."""

import pytest

from bot.errors import SettingsError
from bot.proxies import Proxies, usable_proxies

PROXY = "http://proxy.example.com:3128"
SLACK = "https://slack.com/api/"
RESPAN = "https://api.respan.ai/api"


def proxy_for(url: str, **environment: str) -> str | None:
    return Proxies.from_environment(environment).for_url(url)


@pytest.mark.parametrize(
    ("environment", "url", "expected"),
    [
        ({}, SLACK, None),
        ({"HTTPS_PROXY": PROXY}, SLACK, PROXY),
        ({"HTTPS_PROXY": PROXY}, "wss://wss-primary.slack.com/link", PROXY),
        ({"HTTPS_PROXY": PROXY}, "http://example.com/", None),
        ({"HTTP_PROXY": PROXY}, SLACK, None),
        ({"HTTP_PROXY": PROXY}, "ws://example.com/", PROXY),
        ({"ALL_PROXY": PROXY}, SLACK, PROXY),
        ({"all_proxy": PROXY}, "http://example.com/", PROXY),
        ({"HTTPS_PROXY": PROXY, "ALL_PROXY": "http://other"}, SLACK, PROXY),
        ({"HTTPS_PROXY": "http://other", "https_proxy": PROXY}, SLACK, PROXY),
        ({"HTTPS_PROXY": PROXY, "https_proxy": ""}, SLACK, PROXY),
        ({"HTTPS_PROXY": "  "}, SLACK, None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "slack.com", "no_proxy": "x"}, SLACK, PROXY),
        ({"HTTPS_PROXY": "proxy.example.com:3128"}, SLACK, PROXY),
        ({"HTTPS_PROXY": "HTTP://proxy.example.com:3128/"}, SLACK, PROXY),
        ({"HTTPS_PROXY": "https://proxy:443"}, SLACK, "https://proxy:443"),
        ({"HTTPS_PROXY": "http://proxy"}, SLACK, "http://proxy"),
        ({"HTTPS_PROXY": "http://[fd00::1]:3128"}, SLACK, "http://[fd00::1]:3128"),
        ({"HTTPS_PROXY": "http://u:p%40%3a@proxy:1"}, SLACK, "http://u:p%40%3A@proxy:1"),
        ({"HTTPS_PROXY": "u:p@ss@proxy:1"}, SLACK, "http://u:p%40ss@proxy:1"),
        ({"HTTPS_PROXY": "http://u@proxy:1"}, SLACK, "http://u:@proxy:1"),
    ],
)
def test_the_variables(environment: dict[str, str], url: str, expected: str | None) -> None:
    """A scheme has a variable, ALL_PROXY stands in for both, lower case wins, empty is not set."""
    assert proxy_for(url, **environment) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:1/",
        "https://LocalHost./",
        "http://127.0.0.1:80/",
        "http://127.9.9.9/",
        "http://[::1]:1/",
        "http://[::ffff:127.0.0.1]/",
    ],
)
def test_this_machine_is_reached_directly(url: str) -> None:
    """No proxy leads back to where it was called from: the demo works behind any."""
    assert proxy_for(url, ALL_PROXY=PROXY) is None
    assert proxy_for(url, ALL_PROXY="socks5://nowhere") is None


@pytest.mark.parametrize(
    ("entry", "host", "is_direct"),
    [
        ("slack.com", "slack.com", True),
        ("slack.com", "hooks.slack.com", True),
        (".slack.com", "slack.com", True),
        ("*.slack.com", "hooks.slack.com", True),
        ("SLACK.com.", "slack.com", True),
        ("slack.com", "notslack.com", False),
        ("slack.com", "slack.com.example.org", False),
        ("hooks.slack.com", "slack.com", False),
        ("https://slack.com/", "slack.com", True),
        ("slack.com:443", "slack.com", True),
        ("slack.com:8443", "slack.com", False),
        ("*", "slack.com", True),
        ("*", "10.1.2.3", True),
        (" , ,,slack.com ,", "slack.com", True),
        ("localhost 10.0.0.0/8\tslack.com", "slack.com", True),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3:443", "10.1.2.3", True),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("2.3", "10.1.2.3", False),
        ("fd00::/8", "[fd00::1]", True),
        ("[fd00::]/8", "[fd00::1]", True),
        ("fd00::1", "[fd00::1]", True),
        ("FD00:0:0::1", "[fd00::1]", True),
        ("[fd00::1]:443", "[fd00::1]", True),
        ("[fd00::1]:1", "[fd00::1]", False),
        ("::1,[::1],fe80::/10,[broken,999.1.1.1/99,:,:80,/", "slack.com", False),
    ],
)
def test_no_proxy(entry: str, host: str, *, is_direct: bool) -> None:
    """Names with all below them, networks of both kinds, ports, and entries that are none."""
    found = proxy_for(f"https://{host}/", HTTPS_PROXY=PROXY, NO_PROXY=entry)
    assert found == (None if is_direct else PROXY)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("socks5://user:s3cret@proxy:1080", "a proxy of the kind socks5:// is not supported"),
        ("socks4://proxy", "a proxy of the kind socks4:// is not supported"),
        ("ftp://user:s3cret@proxy", "a proxy of the kind ftp:// is not supported"),
        ("http://", "it names no host"),
        ("http://user:s3cret@", "it names no host"),
        (":3128", "it names no host"),
        ("http://user:s3cret@proxy:port", "its host or port is not valid"),
        ("http://user:s3cret@proxy:99999", "its host or port is not valid"),
        ("http://user:s3cret@proxy:0", "its port is not valid"),
        ("http://user:s3cret#1@proxy:1", "its host or port is not valid"),
        ("http://[::1", "its host or port is not valid"),
        ("http://pro..xy:1", "its host is not valid"),
        ("http://<proxy>:1", "its host is not valid"),
        ("user:s3cret@pro xy:1", "it holds spaces, or letters that no address has"),
        ("http://pröxy:1", "it holds spaces, or letters that no address has"),
        ("http://us%3Aer:s3cret@proxy", "its user or password holds letters that no proxy takes"),
        ("http://user:s3cret%0A@proxy", "its user or password holds letters that no proxy takes"),
        ("http://user:s3cret%E2%82%AC@p", "its user or password holds letters that no proxy takes"),
    ],
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_what_can_not_be_used(name: str, value: str, why: str) -> None:
    """The sentence names the variable and what to do, and no password; else nobody minds it."""
    with pytest.raises(SettingsError) as caught:
        usable_proxies({name: value}, RESPAN, "http://127.0.0.1:1/api/")
    said = str(caught.value)
    assert said.startswith(f"{name} can't be used: {why}. It must be http://host:port")
    assert "s3cret" not in said
    unneeded = {name: value, "NO_PROXY": "respan.ai,slack.com"}
    assert usable_proxies(unneeded, RESPAN, SLACK).for_url(SLACK) is None


def test_the_passwords_are_known_to_the_logs() -> None:
    """As they stand there, as they are meant, and as the clients write them."""
    proxies = Proxies.from_environment(
        {"HTTPS_PROXY": "http://u:p@%73s@h", "ALL_PROXY": "socks5://u:other@h", "HTTP_PROXY": "h:1"}
    )
    assert proxies.secrets == {"p@%73s", "p@ss", "p%40ss", "other"}

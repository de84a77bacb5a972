"""Where private answers may be posted."""

import pytest

from bot.clients.response_urls import _may_be_posted_to, stand_in_of

SLACK, STAND_IN, LOCAL = "", "slack.example", "127.0.0.1"


@pytest.mark.parametrize(
    ("url", "stand_in"),
    [
        ("https://hooks.slack.com/actions/T1/2/x", SLACK),
        ("https://HOOKS.slack.com:443/commands/T1/2/x", SLACK),
        ("https://hooks.slack-gov.com/commands/T1/2/x", SLACK),
        ("https://slack.example/response/x", STAND_IN),
        ("https://slack.example:8443/response/x", STAND_IN),
        ("http://127.0.0.1:4000/response/x", LOCAL),
        ("https://127.0.0.1:4000/response/x", LOCAL),
    ],
)
def test_slacks_own_and_its_stand_in(url: str, stand_in: str) -> None:
    """Slack's hook hosts, or the host that stands in for Slack."""
    assert _may_be_posted_to(url, stand_in)


@pytest.mark.parametrize(
    ("url", "stand_in"),
    [
        ("https://evil.test/commands/T1/2/x", SLACK),
        ("https://hooks.slack.com.evil.test/x", SLACK),
        ("https://evil.test/hooks.slack.com", SLACK),
        ("https://xhooks.slack.com/x", SLACK),
        ("https://slack.com/api/x", SLACK),
        ("https://hooks.slack.com@evil.test/x", SLACK),
        ("https://me@hooks.slack.com/x", SLACK),
        ("https://me:pw@hooks.slack.com/x", SLACK),
        ("https://:@hooks.slack.com/x", SLACK),
        ("https://hooks.slack.com:8443/x", SLACK),
        ("https://hooks.slack.com:99999/x", SLACK),
        ("http://hooks.slack.com/x", SLACK),
        ("http://127.0.0.1:4000/x", SLACK),
        ("http://localhost/x", SLACK),
        ("https://hooks.slack.com/x", STAND_IN),
        ("http://slack.example/x", STAND_IN),
        ("https://me@slack.example/x", STAND_IN),
        ("http://127.0.0.1/x", STAND_IN),
        ("http://localhost:4000/x", LOCAL),
        ("https://evil.test/x", LOCAL),
        ("", LOCAL),
        ("http://[", LOCAL),
        ("ftp://127.0.0.1/x", LOCAL),
    ],
)
def test_nobody_elses(url: str, stand_in: str) -> None:
    """Another host, another port, somebody's name in it, or in the clear."""
    assert not _may_be_posted_to(url, stand_in)


@pytest.mark.parametrize(
    ("api_url", "expected"),
    [
        ("https://slack.com/api/", ""),
        ("https://www.slack.com/api/", ""),
        ("https://slack-gov.com/api/", ""),
        ("https://notslack.com/api/", "notslack.com"),
        ("https://slack.com.evil.test/api/", "slack.com.evil.test"),
        ("http://127.0.0.1:4000/api/", "127.0.0.1"),
    ],
)
def test_what_stands_in_for_slack(api_url: str, expected: str) -> None:
    """Any host that is not one of Slack's."""
    assert stand_in_of(api_url) == expected

"""What Slack tells of somebody, and for how long that is kept."""

import asyncio
from typing import Any

import pytest

from bot.clients import kept
from bot.clients.kept import Kept
from bot.clients.people import person_of
from bot.domain.installation import Installation
from bot.domain.person import Kind
from bot.errors import SlackError, SlackOutcomeUnknown
from bot.sandbox.event_bus import SandboxClock

HOME = Installation("T0HOME", "A0APP")
IN_ORG = Installation("T0HOME", "A0APP", "E0ORG")
ORG_WIDE = Installation("", "A0APP", "E0ORG", is_org_wide=True)
ORG_OF_A_TEAM = Installation("T0HOME", "A0APP", "E0ORG", is_org_wide=True)


def _in_org(org: str | None, *teams: str) -> dict[str, Any]:
    return {"enterprise_user": {"id": "W0ANA", "enterprise_id": org, "teams": list(teams)}}


KINDS: list[tuple[Installation, dict[str, Any], Kind]] = [
    (HOME, {"team_id": "T0HOME"}, Kind.MEMBER),
    (HOME, {}, Kind.MEMBER),
    (HOME, dict.fromkeys(("team_id", "deleted", "is_bot", "is_restricted")), Kind.MEMBER),
    (HOME, {"team_id": "T0HOME", "is_stranger": None, "is_ultra_restricted": None}, Kind.MEMBER),
    (HOME, {"team_id": "T0HOME", "is_restricted": True}, Kind.GUEST),
    (HOME, {"team_id": "T0HOME", "is_ultra_restricted": True}, Kind.GUEST),
    (HOME, {"team_id": "T0HOME", "is_stranger": True}, Kind.STRANGER),
    (HOME, {"team_id": "T0OTHER"}, Kind.STRANGER),
    (HOME, {"team_id": "T0OTHER", "is_restricted": True}, Kind.STRANGER),
    (HOME, {"team_id": "E0OTHER", **_in_org("E0OTHER", "T0OTHER")}, Kind.STRANGER),
    (HOME, {"team_id": "T0HOME", "is_bot": True}, Kind.BOT),
    (HOME, {"team_id": "T0HOME", "is_bot": True, "deleted": True}, Kind.DEACTIVATED),
    (HOME, {"team_id": "T0OTHER", "deleted": True}, Kind.DEACTIVATED),
    (HOME, {"team_id": "T0HOME", "is_app_user": True, "is_bot": False}, Kind.MEMBER),
    (IN_ORG, {"team_id": "T0HOME"}, Kind.MEMBER),
    (IN_ORG, {"team_id": "E0ORG"}, Kind.MEMBER),
    (IN_ORG, {"team_id": "T0SECOND", **_in_org("E0ORG", "T0SECOND", "T0HOME")}, Kind.MEMBER),
    (IN_ORG, {"team_id": "T0SECOND", **_in_org("E0ORG", "T0SECOND")}, Kind.STRANGER),
    (IN_ORG, {"enterprise_id": "E0OTHER"}, Kind.STRANGER),
    (IN_ORG, _in_org("E0OTHER", "T0X"), Kind.STRANGER),
    (IN_ORG, _in_org("E0ORG"), Kind.MEMBER),
    (ORG_WIDE, {"team_id": "T0ANY", **_in_org("E0ORG", "T0ANY")}, Kind.MEMBER),
    (ORG_WIDE, {"team_id": "E0ORG"}, Kind.MEMBER),
    (ORG_WIDE, {"team_id": "T0ANY", **_in_org("E0OTHER", "T0ANY")}, Kind.STRANGER),
    (ORG_WIDE, {"team_id": "T0ANY"}, Kind.STRANGER),
    (ORG_WIDE, {}, Kind.MEMBER),
    (ORG_OF_A_TEAM, {"team_id": "T0HOME"}, Kind.MEMBER),
    (HOME, {"team_id": 7, "enterprise_user": "x"}, Kind.MEMBER),
    (HOME, {"team_id": "T0OTHER", "enterprise_user": {"teams": None}}, Kind.STRANGER),
    (HOME, {"team_id": "T0OTHER", "enterprise_user": {"teams": 7}}, Kind.STRANGER),
    (HOME, {"team_id": "T0OTHER", "enterprise_user": {"teams": "T0HOME"}}, Kind.STRANGER),
    (HOME, {"team_id": None, **_in_org("E0OTHER", "T0OTHER")}, Kind.STRANGER),
    (IN_ORG, {"team_id": None, **_in_org("E0ORG", "T0SECOND")}, Kind.STRANGER),
    (IN_ORG, {"team_id": "E0ORG", **_in_org("E0ORG", "T0SECOND")}, Kind.STRANGER),
    (IN_ORG, {"team_id": "E0ORG", **_in_org("E0ORG", "T0HOME")}, Kind.MEMBER),
]


@pytest.mark.parametrize(("own", "user", "kind"), KINDS)
def test_what_somebody_is(own: Installation, user: dict[str, Any], kind: Kind) -> None:
    """By the flags, which may be null or left out, and by where they belong."""
    found = person_of(own, "W0ANA", user)
    assert found is not None
    assert (found.id, found.kind, found.groups) == ("W0ANA", kind, None)


def test_slackbot() -> None:
    """It says of itself that it is no bot."""
    found = person_of(HOME, "USLACKBOT", {"team_id": "T0HOME", "is_bot": False})
    assert found is not None
    assert found.kind is Kind.BOT


@pytest.mark.parametrize("data", [None, [], "user", 7])
def test_what_is_no_person(data: object) -> None:
    """Nothing is made up."""
    assert person_of(HOME, "U0ANA", data) is None


class Source:
    """Things that are counted as they are read."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.go = asyncio.Event()
        self.error: SlackError | None = None
        self.go.set()

    async def __call__(self, name: str) -> str:
        """Read one, as soon as that may go on."""
        self.read.append(name)
        await self.go.wait()
        if self.error is not None:
            raise self.error
        return f"{name}{len(self.read)}"


@pytest.fixture
def source() -> Source:
    """Give something to be read."""
    return Source()


async def test_it_is_kept_for_a_while(source: Source) -> None:
    """Then it is read anew; and at once where it has to be fresh."""
    clock = SandboxClock()
    things = Kept(source, clock, 300.0)
    assert things.known("a") is None
    for seconds, expected in ((0, "a1"), (299, "a1"), (1, "a2")):
        clock.advance(seconds)
        assert await things.of("a", fresh=False) == expected
    assert things.known("a") == "a2"
    assert await things.of("a", fresh=True) == "a3"
    clock.advance(300)
    assert things.known("a") is None


async def test_who_asks_together_shares_one_reading(source: Source) -> None:
    """Also the one who needs it fresh; whoever is cut off takes it from nobody."""
    source.go.clear()
    things = Kept(source, SandboxClock(), 300.0)
    asking = [asyncio.ensure_future(things.of("a", fresh=n % 2 == 0)) for n in range(100)]
    await asyncio.sleep(0)
    asking[0].cancel()
    source.go.set()
    assert set(await asyncio.gather(*asking[1:])) == {"a1"}
    assert source.read == ["a"]


async def test_an_error_is_not_kept(source: Source) -> None:
    """All who wait hear it; what was known before stays known."""
    things = Kept(source, SandboxClock(), 300.0)
    assert await things.of("a", fresh=False) == "a1"
    source.error = SlackOutcomeUnknown("no", "no_answer")
    asking = [things.of("a", fresh=True) for _ in range(3)]
    outcomes = await asyncio.gather(*asking, return_exceptions=True)
    assert outcomes == [source.error] * 3
    assert things.known("a") == "a1"
    source.error = None
    assert await things.of("a", fresh=True) == "a3"


async def test_it_is_bounded(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of people costs no memory: who was read first goes first."""
    monkeypatch.setattr(kept, "_MOST", 3)
    things = Kept(source, SandboxClock(), 300.0)
    for name in "abcad":
        await things.of(name, fresh=name == "a")
    assert [name for name in "abcd" if things.known(name) is not None] == ["a", "c", "d"]

"""Whose requests the bot carries out."""

import pytest

from bot.domain.installation import Foreign, Installation, Origin, foreign

ONE = Installation("T1", "A1", "E1")
ORG = Installation("T1", "A1", "E1", is_org_wide=True)


@pytest.mark.parametrize(
    ("own", "origin", "expected"),
    [
        (ONE, Origin("T1", "A1", "E1"), None),
        (ONE, Origin("T1", "A1"), None),
        (ONE, Origin(), None),
        (ONE, Origin("T2", "A1"), Foreign.WORKSPACE),
        (ONE, Origin("T2"), Foreign.WORKSPACE),
        (ONE, Origin("T1", "A2"), Foreign.APP),
        (ONE, Origin("T2", "A2", is_org_wide=True), Foreign.APP),
        (ONE, Origin("T1", "A1", "E1", is_org_wide=True), Foreign.ORGANIZATION),
        (ONE, Origin("", "A1", "E1", is_org_wide=True), Foreign.ORGANIZATION),
        (ORG, Origin("T1", "A1", "E1", is_org_wide=True), None),
        (ORG, Origin("T2", "A1", "E1", is_org_wide=True), None),
        (ORG, Origin("", "A1", "E1"), None),
        (ORG, Origin("T1", "A1", "E2", is_org_wide=True), Foreign.ORGANIZATION),
        (ORG, Origin("T1", "A2", "E1"), Foreign.APP),
        (Installation("T1"), Origin("T1", "A2"), None),
        (Installation("T1"), Origin("T2", "A2"), Foreign.WORKSPACE),
        (Installation(""), Origin("T2", "A2"), None),
    ],
)
def test_whose_request_it_is(own: Installation, origin: Origin, expected: Foreign | None) -> None:
    """What both sides say must be the same; an organization's app serves all its workspaces."""
    assert foreign(own, origin) is expected


def test_what_is_not_said() -> None:
    """Nothing is made up for it."""
    for one in (Installation("T1"), Origin("T1")):
        assert (one.app_id, one.enterprise_id, one.is_org_wide) == ("", "", False)
    assert not Origin().team_id
    assert Installation("T1").is_org_wide is Origin().is_org_wide is False
    assert Origin().team_id == ""

"""The question says before the button that a second person must agree, and why."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.batch import Counts
from bot.domain.policy import NO_POLICY, Policy, Reason
from bot.domain.refusal import DENIALS, Refusal
from bot.domain.request import Request, Target
from bot.views.approval_answers import may_not_approve
from bot.views.confirmation import (
    CONFIRM_ACTION,
    asked_after_change,
    confirmation,
    question_again,
)
from bot.views.refusals import denial_words
from bot.views.second_person import second_person, who_may_agree
from tests.rows import ASKED_AT, BATCH, request_in, several_in

BIG = replace(BATCH, counts=Counts(20_000, 100, 0), metadata=(("owner", "U0BEN"),))
OVER = Policy(approval_over=10_000)
OTHERS = Policy(approval_for_others=True, owner_key="owner")
OF_ONE = {
    Reason.OVER_REQUESTS: "more than 10,000 requests have not run",
    Reason.SIZE_UNKNOWN: "its size is not known",
    Reason.OF_OTHERS: "it is somebody else's",
    Reason.OWNER_UNKNOWN: "nobody knows whose it is",
}


def _label(request: Request, policy: Policy) -> str:
    blocks = confirmation(request, ASKED_AT, {}, policy).blocks
    elements: list[dict[str, Any]] = next(b for b in blocks if b["type"] == "actions")["elements"]
    return next(str(e["text"]["text"]) for e in elements if e["action_id"] == CONFIRM_ACTION)


@pytest.mark.parametrize(
    ("policy", "batch", "reason"),
    [
        (OVER, BIG, Reason.OVER_REQUESTS),
        (OVER, None, Reason.SIZE_UNKNOWN),
        (OTHERS, BIG, Reason.OF_OTHERS),
        (OTHERS, BATCH, Reason.OWNER_UNKNOWN),
    ],
)
def test_why_a_second_person_must_agree(policy: Policy, batch: Any, reason: Reason) -> None:
    """It stands before the button, which asks for approval; in the text too."""
    request = request_in("asked", batch=batch)
    told = f"A second person must agree before anything is sent: {OF_ONE[reason]}."
    assert second_person(request, policy) == told
    for message in question_again(request, ASKED_AT, {}, policy):
        assert told in message.text
        assert "Choose “Cancel batch if approved” or Keep running." in message.text
    assert _label(request, policy) == "Cancel batch if approved"


def test_it_is_asked_once_more_because_a_second_person_must_agree() -> None:
    """Perhaps nothing has run on: it is not said then that it has."""
    request = request_in("asked", batch=BIG)
    told = asked_after_change(request, ASKED_AT, {}, OVER).text
    assert "run on since you looked, or a second person must agree by now, so nothing" in told
    assert "by now" not in asked_after_change(request, ASKED_AT).text


def test_all_reasons_together() -> None:
    """Several batches are spoken of as some."""
    request = several_in("asked")
    targets = (Target("batch_a", BIG), Target("batch_b"))
    policy = replace(OVER, approval_for_others=True, owner_key="owner")
    assert second_person(replace(request, targets=targets), policy) == (
        "A second person must agree before anything is sent: more than 10,000 requests have not"
        " run, the size of some is not known, some are somebody else's and nobody knows whose some"
        " are."
    )


@pytest.mark.parametrize("policy", [NO_POLICY, replace(OVER, approval_over=76)])
def test_nobody_has_to(policy: Policy) -> None:
    """Then the question is as it was."""
    request = request_in("asked")
    assert second_person(request, policy) == ""
    assert confirmation(request, ASKED_AT, {}, policy) == confirmation(request, ASKED_AT)
    assert _label(request, policy) == "Cancel batch"


@pytest.mark.parametrize(
    ("users", "groups", "told"),
    [
        ("", "", "anyone else who may cancel batches here"),
        ("U0BEN", "", "<@U0BEN>"),
        ("U0ANA U0BEN", "", "<@U0BEN>"),
        ("U0BEN U0CAT", "S0OPS", "<!subteam^S0OPS>, <@U0BEN> or <@U0CAT>"),
        ("U0ANA", "", "nobody: the app's administrator has named no one else"),
        ("U1 U2 U3 U4 U5 U6 U7", "", "<@U1>, <@U2>, <@U3>, <@U4>, <@U5> or 2 more"),
    ],
)
def test_who_may_agree(users: str, groups: str, told: str) -> None:
    """Who asked is not among them, and never more than a few are mentioned."""
    policy = Policy(
        approvers=frozenset(users.split()), approver_usergroups=frozenset(groups.split())
    )
    assert who_may_agree(policy, "U0ANA") == told


@pytest.mark.parametrize("why", sorted(set(Refusal) - DENIALS))
def test_what_no_policy_says(why: Refusal) -> None:
    """What has nothing to do with a person has no words as a denial: it is a defect."""
    with pytest.raises(ValueError, match=f"the policy never says {why}"):
        denial_words(why)


@pytest.mark.parametrize("why", [Refusal.FINAL, Refusal.NOT_ALLOWED, Refusal.WRONG_CHANNEL])
def test_what_is_never_said_of_who_agrees(why: Refusal) -> None:
    """A reason that the policy has for nobody who agrees has no words: it is a defect."""
    with pytest.raises(ValueError, match=f"the policy never says {why} of who agrees"):
        may_not_approve(why)

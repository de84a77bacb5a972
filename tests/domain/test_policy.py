"""Who may, and who must agree: a table of people, batches, policies and moments, and properties."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.batch import Batch, Counts
from bot.domain.person import Kind, Person
from bot.domain.policy import (
    Allowed,
    Case,
    Denied,
    Moment,
    NeedsApproval,
    Owned,
    Policy,
    Role,
    approval_ahead,
    case_of,
    may,
    nobody_could_agree,
    owned,
)
from bot.domain.refusal import DENIALS, Refusal
from bot.domain.request import Target
from tests.domain.policy_cases import (
    ANA,
    BATCHES,
    BEN,
    HERE,
    ML,
    PEOPLE,
    THERE,
    WHAT_NEEDS_APPROVAL,
    WHO_AGREES,
    WHO_MAY,
    person,
    why_approval,
    why_asker_may_not,
    why_may_not_agree,
)
from tests.rows import BATCH, request_in

ASKERS = list(product(WHO_MAY, PEOPLE, Moment))


@pytest.mark.parametrize(("policy", "who", "moment"), ASKERS)
def test_who_may_ask(policy: str, who: str, moment: Moment) -> None:
    """Each kind of person under each policy, at each moment."""
    why = why_asker_may_not(policy, who, moment)
    verdict = may(WHO_MAY[policy], moment, Case(person(who), HERE))
    assert verdict == (Allowed() if why is None else Denied(why))


@pytest.mark.parametrize(("policy", "who"), list(product(WHO_AGREES, PEOPLE)))
def test_who_may_agree(policy: str, who: str) -> None:
    """Each kind of person who presses Approve; what Slack did not tell is a no."""
    settings, how = WHO_AGREES[policy]
    why = why_may_not_agree(how, who)
    case = Case(person("member in none", BEN), HERE, BATCHES["another's, big"], person(who))
    for moment in (Moment.APPROVAL, Moment.CALL):
        verdict = may(replace(settings, approval_over=1), moment, case)
        assert verdict == (Allowed() if why is None else Denied(why, Role.APPROVER))


@pytest.mark.parametrize(("policy", "batches"), list(product(WHAT_NEEDS_APPROVAL, BATCHES)))
def test_what_needs_a_second_person(policy: str, batches: str) -> None:
    """Each kind of batch under each policy: the reasons are all there, and no other."""
    settings = replace(
        WHAT_NEEDS_APPROVAL[policy],
        approvers=frozenset({BEN}),
        approver_usergroups=frozenset({ML}),
    )
    why = why_approval(policy, batches)
    needed = NeedsApproval(why, frozenset({BEN}), frozenset({ML})) if why else Allowed()
    for moment in Moment:
        case = Case(person("member in none"), HERE, BATCHES[batches])
        assert may(settings, moment, case) == needed


@pytest.mark.parametrize(("policy", "batches"), list(product(WHAT_NEEDS_APPROVAL, BATCHES)))
@pytest.mark.parametrize("who", ["guest in none", "silent", "member in none"])
def test_who_may_not_needs_no_approval(policy: str, batches: str, who: str) -> None:
    """A no comes before the question who must agree."""
    verdict = may(
        WHAT_NEEDS_APPROVAL[policy], Moment.CLICK, Case(person(who), HERE, BATCHES[batches])
    )
    assert isinstance(verdict, Denied) is (who != "member in none")


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize("who", PEOPLE)
def test_where_nobody_may(moment: Moment, who: str) -> None:
    """The channel comes first, also for who is listed by name and for who agrees."""
    policy = Policy(users=frozenset({ANA}), channels=frozenset({HERE}))
    case = Case(person(who), THERE, (), person(who, BEN))
    assert may(policy, moment, case) == Denied(Refusal.WRONG_CHANNEL)
    assert may(policy, moment, replace(case, channel=HERE, approver=None)) == Allowed()


def test_the_table_is_long() -> None:
    """Some hundreds of rows, each of them a test."""
    rows = len(ASKERS) + len(WHO_AGREES) * len(PEOPLE) + len(WHAT_NEEDS_APPROVAL) * len(BATCHES)
    assert rows > 500


USERS = ("U0ANA", "U0BEN", "U0CAT")
GROUPS = ("S0ML", "S0OPS")
ids = st.frozensets(st.sampled_from(USERS))
groups = st.frozensets(st.sampled_from(GROUPS))
policies = st.builds(
    Policy,
    users=ids,
    usergroups=groups,
    channels=st.frozensets(st.sampled_from((HERE, THERE))),
    approval_over=st.none() | st.integers(0, 20),
    approval_for_others=st.booleans(),
    approvers=ids,
    approver_usergroups=groups,
)
people = st.builds(
    Person,
    st.sampled_from(USERS),
    st.none() | st.sampled_from(Kind),
    st.none() | groups,
    is_read=st.booleans(),
)
batches = st.lists(
    st.builds(
        Owned,
        st.none() | st.integers(0, 30),
        st.none() | st.sampled_from(USERS),
        is_own=st.booleans(),
    ),
    max_size=3,
).map(tuple)
cases = st.builds(Case, people, st.sampled_from((HERE, THERE)), batches, st.none() | people)
moments = st.sampled_from(Moment)


@given(policies, moments, cases)
def test_adding_somebody_to_a_list_takes_no_right_from_them(
    policy: Policy, moment: Moment, case: Case
) -> None:
    """Nor from anybody else, where the list was there before."""
    if isinstance(may(policy, moment, case), Denied):
        return
    for listed in USERS:
        if policy.users or policy.usergroups or listed == case.person.id:
            added = replace(policy, users=policy.users | {listed})
            if case.approver is None:
                assert not isinstance(may(added, moment, case), Denied)
        if policy.narrows_approvers:
            added = replace(policy, approvers=policy.approvers | {listed})
            assert not isinstance(may(added, moment, case), Denied)
    if policy.channels:
        everywhere = replace(policy, channels=frozenset({HERE, THERE}))
        assert not isinstance(may(everywhere, moment, case), Denied)


@given(policies, moments, cases)
def test_nobody_approves_their_own(policy: Policy, moment: Moment, case: Case) -> None:
    """Whatever the lists say."""
    own = replace(case, approver=case.person)
    verdict = may(policy, moment, own)
    assert isinstance(verdict, Denied)
    assert verdict.why in {Refusal.OWN_REQUEST, Refusal.WRONG_CHANNEL}


@given(policies, cases)
def test_who_is_not_known_never_passes_at_the_call(policy: Policy, case: Case) -> None:
    """Only a name in a list lets somebody pass of whom Slack told nothing."""
    unknown = replace(case, person=Person(case.person.id), approver=None)
    verdict = may(policy, Moment.CALL, unknown)
    if case.person.id not in policy.users:
        assert isinstance(verdict, Denied)


@given(policies, moments, cases)
def test_who_agrees_is_always_known(policy: Policy, moment: Moment, case: Case) -> None:
    """Whenever it is asked: nobody agrees of whom Slack told nothing, and who is not listed."""
    approver = Person("U0DAN")
    verdict = may(policy, moment, replace(case, approver=approver))
    assert isinstance(verdict, Denied)


@given(policies, moments, cases, st.integers(0, 50))
def test_more_requests_never_need_less(
    policy: Policy, moment: Moment, case: Case, more: int
) -> None:
    """Who needs a second person still does with a bigger batch, and for the same reasons."""
    alone = replace(case, approver=None)
    before = may(policy, moment, alone)
    bigger = replace(alone, batches=(*alone.batches, Owned(more, case.person.id, is_own=True)))
    after = may(policy, moment, bigger)
    if isinstance(before, NeedsApproval):
        assert isinstance(after, NeedsApproval)
        assert before.reasons <= after.reasons
    else:
        assert isinstance(after, NeedsApproval) or after == before


@given(policies, moments, cases, st.integers(0, 20))
def test_a_lower_limit_never_needs_less(
    policy: Policy, moment: Moment, case: Case, lower: int
) -> None:
    """A stricter setting asks at least as much."""
    alone = replace(case, approver=None)
    if isinstance(may(policy, moment, alone), NeedsApproval):
        limit = lower if policy.approval_over is None else min(lower, policy.approval_over)
        assert isinstance(may(replace(policy, approval_over=limit), moment, alone), NeedsApproval)


@given(policies, cases)
def test_later_moments_are_stricter(policy: Policy, case: Case) -> None:
    """Who may at the call may before it; every no has words of its own."""
    verdicts = {moment: may(policy, moment, case) for moment in Moment}
    assert verdicts[Moment.COMMAND] == verdicts[Moment.CLICK] == verdicts[Moment.APPROVAL]
    if not isinstance(verdicts[Moment.CALL], Denied):
        assert verdicts[Moment.CALL] == verdicts[Moment.COMMAND]
    assert all(v.why in DENIALS for v in verdicts.values() if isinstance(v, Denied))


def test_the_case_of_a_request() -> None:
    """It is of the batches that it would cancel; whose id was found out is theirs too."""
    policy = Policy(owner_key="owner", approval_over=50, approval_for_others=True)
    mine = replace(BATCH, metadata=(("owner", "ana@example.com"),), counts=Counts(100, 20, 5))
    request = replace(
        request_in("asked"),
        targets=(
            Target("batch_a", mine, owner_id="U0ANA"),
            Target("batch_b", None),
            Target("batch_c", mine, Refusal.FINAL),
        ),
    )
    case = case_of(policy, Person("U0ANA"), HERE, request)
    assert case.batches == (Owned(75, "ana@example.com", is_own=True), Owned(None))
    assert [str(reason) for reason in sorted(approval_ahead(policy, request))] == [
        "over_requests",
        "owner_unknown",
        "size_unknown",
    ]
    assert owned(policy, Batch("batch_abc123", "in_progress"), Person("U0ANA")) == Owned(None)


@pytest.mark.parametrize("counts", [Counts(100, 101, 0), Counts(100, 60, 41)])
def test_numbers_that_do_not_add_up(counts: Counts) -> None:
    """Nobody knows how much has not run: it is not nothing."""
    batch = Batch("batch_abc123", "in_progress", counts=counts)
    assert owned(Policy(), batch, Person("U0ANA")) == Owned(None)
    whole = replace(batch, counts=Counts(100, 60, 40))
    assert owned(Policy(), whole, Person("U0ANA")) == Owned(0)


@pytest.mark.parametrize(
    ("user_id", "role", "asks", "groups"),
    [
        ("U0ANA", Role.ASKER, False, frozenset()),
        ("U0BEN", Role.ASKER, True, frozenset({"S0ML"})),
        ("U0EVA", Role.APPROVER, False, frozenset()),
        ("U0BEN", Role.APPROVER, True, frozenset({"S0OPS"})),
    ],
)
def test_what_is_read(user_id: str, role: Role, asks: bool, groups: frozenset[str]) -> None:
    """Slack is asked only about people whom no list names already."""
    policy = Policy(
        users=frozenset({"U0ANA"}),
        usergroups=frozenset({"S0ML"}),
        approvers=frozenset({"U0EVA"}),
        approver_usergroups=frozenset({"S0OPS"}),
    )
    assert policy.reads_kind_of(user_id, role) is asks
    assert policy.groups_for(user_id, role) == groups


def test_who_could_agree() -> None:
    """Nobody, where only the one who may ask could."""
    one = Policy(users=frozenset({"U0ANA"}), approval_over=1)
    assert nobody_could_agree(one)
    assert not nobody_could_agree(replace(one, approval_over=None))
    assert not nobody_could_agree(replace(one, approver_usergroups=frozenset({"S0OPS"})))
    assert not nobody_could_agree(replace(one, approvers=frozenset({"U0BEN"})))

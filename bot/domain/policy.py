"""Who may cancel what, and who must agree: the one place that decides it, as a pure function.

It is asked at the command, at the click, at the approval, and once more before the cancel call.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum, auto

from bot.domain.batch import Batch
from bot.domain.owner import is_own, owner_of
from bot.domain.person import Kind, Person
from bot.domain.refusal import Refusal
from bot.domain.request import Request, Target


class Moment(StrEnum):
    """When it is asked. What nobody has read yet may be read later until APPROVAL and CALL."""

    COMMAND = auto()
    CLICK = auto()
    APPROVAL = auto()
    CALL = auto()


class Role(StrEnum):
    """Whom a denial is about."""

    ASKER = auto()
    APPROVER = auto()


class Reason(StrEnum):
    """Why a second person must agree."""

    OVER_REQUESTS = auto()
    SIZE_UNKNOWN = auto()
    OF_OTHERS = auto()
    OWNER_UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Policy:
    """What the administrator has set.

    Without `users` and `usergroups`, which add up, it is every full member of the workspace;
    without `channels` it is every channel.

    `owner_key` is the key of a batch's metadata that names its owner. More requests than
    `approval_over` that have not run need a second person, and so do the batches of others with
    `approval_for_others`. `approvers` and `approver_usergroups` are who may agree, whoever may
    cancel where both are empty. `approval_valid` is for how many seconds a request waits for them.
    `undo` is how many seconds a confirmed cancellation waits before it is sent.
    """

    users: frozenset[str] = frozenset()
    usergroups: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    owner_key: str | None = None
    approval_over: int | None = None
    approval_for_others: bool = False
    approvers: frozenset[str] = frozenset()
    approver_usergroups: frozenset[str] = frozenset()
    approval_valid: float = 3600.0
    undo: float = 0.0

    @property
    def asks_for_approval(self) -> bool:
        """Return whether anything needs a second person."""
        return self.approval_over is not None or self.approval_for_others

    @property
    def narrows_approvers(self) -> bool:
        """Return whether only some may agree."""
        return bool(self.approvers or self.approver_usergroups)

    def reads_kind_of(self, user_id: str, role: Role) -> bool:
        """Return whether what somebody is in the workspace decides about them."""
        if role is Role.APPROVER and self.narrows_approvers:
            return user_id not in self.approvers and bool(self.approver_usergroups)
        return user_id not in self.users and bool(self.usergroups or not self.users)

    def groups_for(self, user_id: str, role: Role) -> frozenset[str]:
        """Return the user groups whose members decide about somebody, none where none do."""
        if role is Role.APPROVER and self.narrows_approvers:
            return frozenset() if user_id in self.approvers else self.approver_usergroups
        return frozenset() if user_id in self.users else self.usergroups


NO_POLICY = Policy()
"""Nothing is set: every full member of the workspace may, and nobody must agree."""


@dataclass(frozen=True, slots=True)
class Owned:
    """A batch as far as the policy looks at it.

    `not_run` are its requests that have not run, None where its numbers are not known. `owner` is
    whose it is by its metadata, `is_own` tells that this is the person who asks.
    """

    not_run: int | None
    owner: str | None = None
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """Who wants to cancel which batches, where; and who agrees, where somebody does."""

    person: Person
    channel: str
    batches: tuple[Owned, ...] = ()
    approver: Person | None = None


@dataclass(frozen=True, slots=True)
class Allowed:
    """They may."""


@dataclass(frozen=True, slots=True)
class NeedsApproval:
    """A second person must agree: one of `users`, or of the `usergroups`; whoever may, if empty."""

    reasons: frozenset[Reason]
    users: frozenset[str] = frozenset()
    usergroups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Denied:
    """They may not. Whom to ask is said with the reason's words."""

    why: Refusal
    role: Role = Role.ASKER


Verdict = Allowed | NeedsApproval | Denied

_OF_KIND = {
    Kind.GUEST: Refusal.GUEST,
    Kind.STRANGER: Refusal.STRANGER,
    Kind.BOT: Refusal.BOT,
    Kind.DEACTIVATED: Refusal.DEACTIVATED,
}


def may(policy: Policy, moment: Moment, case: Case) -> Verdict:
    """Return whether somebody may cancel these batches there, as far as it can be known."""
    if policy.channels and case.channel not in policy.channels:
        return Denied(Refusal.WRONG_CHANNEL)
    if case.approver is not None:
        # They come first: whoever may not agree changes nothing, and hears nothing of the other.
        why = _why_not_approve(policy, case.person, case.approver)
        if why is not None:
            return Denied(why, Role.APPROVER)
    must_know = moment is Moment.CALL
    why = _why_not(policy, case.person, Role.ASKER, must_know=must_know)
    if why is not None:
        return Denied(why)
    if case.approver is not None:
        return Allowed()
    reasons = frozenset(_reasons(policy, case.batches))
    if not reasons:
        return Allowed()
    return NeedsApproval(reasons, policy.approvers, policy.approver_usergroups)


def _why_not_approve(policy: Policy, asker: Person, approver: Person) -> Refusal | None:
    """Return why somebody may not agree to what `asker` wants: never one without being known."""
    if approver.id == asker.id:
        return Refusal.OWN_REQUEST
    return _why_not(policy, approver, Role.APPROVER, must_know=True)


def _why_not(policy: Policy, person: Person, role: Role, *, must_know: bool) -> Refusal | None:
    """Return why somebody may not, as a list, Slack, or its silence says.

    What only Slack can tell denies nobody before it was asked, unless it has to be known now.
    """
    stranger = Refusal.NOT_ALLOWED if role is Role.ASKER else Refusal.NOT_APPROVER
    if not policy.reads_kind_of(person.id, role):
        return None if _is_listed(policy, person.id, role) else stranger
    if person.kind is not None and person.kind is not Kind.MEMBER:
        return _OF_KIND[person.kind]
    groups = policy.groups_for(person.id, role)
    if groups and person.groups is not None and not groups & person.groups:
        return stranger
    if not must_know and not person.is_read:
        return None
    if person.kind is None:
        return Refusal.PERSON_UNKNOWN
    return Refusal.GROUPS_UNKNOWN if groups and person.groups is None else None


def _is_listed(policy: Policy, user_id: str, role: Role) -> bool:
    """Return whether somebody is listed by name for what they want to do."""
    is_narrowed = role is Role.APPROVER and policy.narrows_approvers
    return user_id in (policy.approvers if is_narrowed else policy.users)


def _reasons(policy: Policy, batches: Iterable[Owned]) -> Iterable[Reason]:
    """Yield why a second person must agree; what is not known is not small, and not one's own."""
    known = [batch.not_run for batch in batches]
    if policy.approval_over is not None:
        if None in known:
            yield Reason.SIZE_UNKNOWN
        if sum(number for number in known if number is not None) > policy.approval_over:
            yield Reason.OVER_REQUESTS
    if policy.approval_for_others:
        others = [batch for batch in batches if not batch.is_own]
        if any(batch.owner is not None for batch in others):
            yield Reason.OF_OTHERS
        if any(batch.owner is None for batch in others):
            yield Reason.OWNER_UNKNOWN


def nobody_could_agree(policy: Policy) -> bool:
    """Return whether approval is asked for, and only the one person who may ask could give it."""
    if not policy.asks_for_approval or policy.usergroups or policy.approver_usergroups:
        return False
    return len(policy.users) == 1 and (policy.approvers or policy.users) == policy.users


def approval_ahead(policy: Policy, request: Request) -> frozenset[Reason]:
    """Return why a second person will have to agree to a request as it was shown, if one has to."""
    person = Person(request.user_id)
    return frozenset(_reasons(policy, case_of(policy, person, request.channel_id, request).batches))


def case_of(
    policy: Policy, person: Person, channel: str, request: Request, approver: Person | None = None
) -> Case:
    """Return the case of a request: of the batches that it would cancel, as they were shown."""
    batches = tuple(_as_shown(policy, target, person) for target in request.open_targets)
    return Case(person, channel, batches, approver)


def _as_shown(policy: Policy, target: Target, person: Person) -> Owned:
    seen = owned(policy, target.batch, person)
    return replace(seen, is_own=seen.is_own or target.owner_id == person.id)


def owned(policy: Policy, batch: Batch | None, person: Person) -> Owned:
    """Return a batch, None for one that could not be read, as the policy looks at it."""
    counts = None if batch is None else batch.counts
    owner = owner_of(policy.owner_key, batch)
    not_run = counts.not_run if counts is not None and counts.adds_up else None
    return Owned(not_run, owner, is_own(owner, person))

"""People, batches and policies by name, and what must come of them: rules written down apart.

`expected` is the administrator's reading of the settings, as sentences that come first, not the
code's own order of questions. It knows nothing of `bot.domain.policy` but its words.
"""

from bot.domain.person import Kind, Person
from bot.domain.policy import Moment, Owned, Policy, Reason
from bot.domain.refusal import Refusal

ANA, BEN, EVA = "U0ANA", "U0BEN", "U0EVA"
HERE, THERE = "C0BATCHES", "C0OTHER"
ML, OPS = "S0ML", "S0OPS"
LISTED = frozenset({ANA})


def person(word: str, user_id: str = ANA) -> Person:
    """Return a person by a word such as "guest", "unread", "silent" or "member in S0ML"."""
    who, _, group = word.partition(" in ")
    groups = {"": None, "none": frozenset[str](), "unknown": None}.get(group, frozenset({group}))
    if who == "unread":
        return Person(user_id, groups=groups)
    if who == "silent":
        return Person(user_id, groups=groups, is_read=True)
    return Person(user_id, Kind(who), groups, is_read=True)


PEOPLE = (
    "member in none",
    f"member in {ML}",
    f"member in {OPS}",
    "member in unknown",
    "guest in none",
    f"guest in {ML}",
    "stranger in none",
    f"bot in {ML}",
    "deactivated in none",
    f"deactivated in {ML}",
    "unread",
    "unread in none",
    f"unread in {ML}",
    "silent",
    f"silent in {ML}",
)

WHO_MAY = {
    "unset": Policy(),
    "listed": Policy(users=LISTED),
    "others listed": Policy(users=frozenset({BEN})),
    "group": Policy(usergroups=frozenset({ML})),
    "listed, and a group": Policy(users=LISTED, usergroups=frozenset({ML})),
    "others listed, and a group": Policy(users=frozenset({BEN}), usergroups=frozenset({ML})),
}

KINDS = {
    "guest": Refusal.GUEST,
    "stranger": Refusal.STRANGER,
    "bot": Refusal.BOT,
    "deactivated": Refusal.DEACTIVATED,
}


def why_asker_may_not(policy_word: str, who: str, moment: Moment) -> Refusal | None:
    """Return what an administrator would say of somebody who asks under such a policy.

    1. Who is listed by name may, whatever they are.
    2. Where only names are listed, nobody else may, whatever they are.
    3. Of the others no guest, stranger, bot or deactivated person may.
    4. Where a group is named, who is in none of them may not.
    5. Who is not known may not at the call, nor where Slack was asked and did not tell; before it
       was asked they are not refused.
    """
    if policy_word in {"listed", "listed, and a group"}:
        return None
    if policy_word == "others listed":
        return Refusal.NOT_ALLOWED
    what, _, group = who.partition(" in ")
    if what in KINDS:
        return KINDS[what]
    by_group = "group" in policy_word
    if by_group and group not in {"", "unknown", ML}:
        return Refusal.NOT_ALLOWED
    is_asked_for = moment is Moment.CALL or what != "unread"
    if what in {"unread", "silent"}:
        return Refusal.PERSON_UNKNOWN if is_asked_for else None
    return Refusal.GROUPS_UNKNOWN if by_group and group in {"", "unknown"} else None


WHO_AGREES = {
    "anybody who may": (Policy(), None),
    "a listed approver": (Policy(approvers=LISTED), "a name"),
    "another approver": (Policy(approvers=frozenset({EVA})), "no name"),
    "a group": (Policy(approver_usergroups=frozenset({OPS})), "a group"),
    "another, or a group": (
        Policy(approvers=frozenset({EVA}), approver_usergroups=frozenset({OPS})),
        "a group",
    ),
    "listed, or a group": (
        Policy(approvers=LISTED, approver_usergroups=frozenset({OPS})),
        "a name",
    ),
}


def why_may_not_agree(how: str | None, who: str) -> Refusal | None:
    """Return the same of somebody who agrees: they must be known, whenever it is.

    `how` is by what they may: "a name", "a group", "no name", or None for whatever lets them
    cancel, which here is that they are full members.
    """
    if how == "a name":
        return None
    if how == "no name":
        return Refusal.NOT_APPROVER
    what, _, group = who.partition(" in ")
    if what in KINDS:
        return KINDS[what]
    if how == "a group" and group not in {"", "unknown", OPS}:
        return Refusal.NOT_APPROVER
    if what in {"unread", "silent"}:
        return Refusal.PERSON_UNKNOWN
    return Refusal.GROUPS_UNKNOWN if how == "a group" and group in {"", "unknown"} else None


OWN = Owned(5, ANA, is_own=True)
BATCHES = {
    "own, small": (OWN,),
    "own, at the limit": (Owned(10, ANA, is_own=True),),
    "own, one more": (Owned(11, ANA, is_own=True),),
    "own, unknown size": (Owned(None, ANA, is_own=True),),
    "own, done": (Owned(0, ANA, is_own=True),),
    "another's, small": (Owned(5, BEN),),
    "another's, big": (Owned(999, BEN),),
    "nobody's, small": (Owned(5),),
    "two own, small together": (OWN, OWN),
    "two own, big together": (OWN, Owned(6, ANA, is_own=True)),
    "own and another's": (Owned(1, ANA, is_own=True), Owned(1, BEN)),
    "another's and nobody's": (Owned(1, BEN), Owned(1)),
    "own of unknown size, big": (Owned(11, ANA, is_own=True), Owned(None, ANA, is_own=True)),
    "none": (),
}

_BIG = {"own, one more", "another's, big", "two own, big together", "own of unknown size, big"}
_UNSIZED = {"own, unknown size", "own of unknown size, big"}
_OTHERS = {"another's, small", "another's, big", "own and another's", "another's and nobody's"}
_NOBODYS = {"nobody's, small", "another's and nobody's"}

WHAT_NEEDS_APPROVAL = {
    "nothing": Policy(),
    "over 10": Policy(approval_over=10),
    "of others": Policy(approval_for_others=True),
    "both": Policy(approval_over=10, approval_for_others=True),
}


def why_approval(policy_word: str, batches: str) -> frozenset[Reason]:
    """Return why a second person must agree, from the names alone."""
    by_size, by_owner = policy_word in {"over 10", "both"}, policy_word in {"of others", "both"}
    found = {
        Reason.OVER_REQUESTS: by_size and batches in _BIG,
        Reason.SIZE_UNKNOWN: by_size and batches in _UNSIZED,
        Reason.OF_OTHERS: by_owner and batches in _OTHERS,
        Reason.OWNER_UNKNOWN: by_owner and batches in _NOBODYS,
    }
    return frozenset(reason for reason, holds in found.items() if holds)

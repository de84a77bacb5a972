"""Nothing that comes from outside becomes markup, a mention, or a trick of the eye."""

import json
import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.batch import Batch, Counts
from bot.domain.cancellation import State
from bot.domain.message import Message
from bot.domain.picker import Choice, Listed
from bot.domain.policy import Policy
from bot.domain.refusal import Refusal
from bot.domain.request import Request, RequestState
from bot.sandbox.slack.blocks import problem_of
from bot.views.approval import approval_question, closed, closed_privately, closed_reply
from bot.views.channel import announcement, slow_note
from bot.views.confirmation import confirmation
from bot.views.look import UnderWay, card
from bot.views.picker import nothing_matches, picker
from bot.views.receipt import reply
from bot.views.status import current_status, refused, where_to_follow
from bot.views.words import code, escape
from tests.rows import ASKED_AT, STAGES, request_in, row_in, several_in

NASTY = [
    "<!channel>",
    "<@U0BEN> & <https://evil.test|click>",
    "`code` *bold* _it_ ~no~",
    "right\u202eto\u200fleft\u2066x\u2069",
    "\u0000\u001b[31m\ud800",
    "&amp;lt;!here&gt;",
    "batch_" + "x" * 128,
    "a" * 200,
    "\u2603\ufe0f\U0001f525" * 60,
]

KEYED = Policy(owner_key="owner")
SECOND = Policy(owner_key="owner", approval_over=1, approval_for_others=True)

OWN_MARKUP = re.compile(
    r"<@U0ANA>|<@U0BEN>|<#C0BATCHES>|<!date\^\d+\^\{date_short_pretty\} at \{time\}\|[^<>]*>"
)


def _messages(nasty: str) -> list[Message]:
    asked, cancelling, ended = (
        _nasty(request, nasty)
        for request in (*(request_in("asked"), request_in("cancelling"), request_in("reported")),)
    )
    several = [_nasty(several_in(stage), nasty) for stage in ("asked", "cancelling", "ended")]
    return [
        *(confirmation(request, ASKED_AT) for request in (asked, several[0])),
        *(announcement(request) for request in (cancelling, ended, *several[1:])),
        *(slow_note(request) for request in (cancelling, several[1])),
        *(reply(request) for request in (ended, several[2])),
        reply(_nasty(request_in("abandoned"), nasty)),
        *(where_to_follow(request, None) for request in (cancelling, several[1])),
        *(refused(_nasty(request_in("refused", refusal=why), nasty)) for why in Refusal),
        *(refused(_nasty(several_in("refused", refusal=why), nasty)) for why in Refusal),
        *(current_status(_nasty(request_in(s), nasty), "U0BEN", None) for s in STAGES),
        *(current_status(_nasty(several_in(s), nasty), "U0BEN", None) for s in STAGES),
        nothing_matches(nasty, 2, Listed()),
        *(confirmation(request, ASKED_AT, policy=KEYED) for request in (asked, several[0])),
        *(card(request, UnderWay({}), ASKED_AT, KEYED) for request in (asked, several[0])),
        _without_menu(_list(nasty)),
        *(_of_approvals(request) for request in (asked, several[0])),
        *(made(_closing(nasty, stage)) for stage in ("asked", "refused") for made in CLOSED),
    ]


CLOSED = (closed, closed_reply, closed_privately)


def _of_approvals(request: Request) -> Message:
    return approval_question(request, SECOND, {})


def _closing(nasty: str, stage: str) -> Request:
    """Return one that is closing: declined, or approved and not sent for a reason."""
    rows = (row_in(State.REFUSED, refusal=Refusal.FINAL, approved_by="U0BEN"),)
    ends_as = RequestState.DECLINED if stage == "asked" else RequestState.REFUSED
    request = request_in(stage, state=RequestState.CLOSING, decided_by="U0BEN", ends_as=ends_as)
    return _nasty(replace(request, cancellations=rows), nasty)


def _list(nasty: str) -> Message:
    batches = (_batch(nasty), replace(_batch(nasty), counts=None, model=None))
    asked = replace(request_in("picking"), words=nasty)
    return picker(asked, Listed(batches), Choice(batches, 2, 2), ASKED_AT)


def _without_menu(message: Message) -> Message:
    return replace(message, blocks=[b for b in message.blocks if b["type"] != "input"])


def _nasty(request: Request, nasty: str) -> Request:
    """Return the request with such words wherever Respan or a person could have put them."""
    batch = _batch(nasty)
    return replace(
        request,
        targets=tuple(
            replace(target, batch_id=nasty, batch=batch, owner=nasty) for target in request.targets
        ),
        cancellations=tuple(
            replace(row, batch_id=nasty, batch=batch) for row in request.cancellations
        ),
    )


def _batch(nasty: str) -> Batch:
    return Batch(
        id=nasty,
        status=nasty,
        endpoint=nasty,
        model=nasty,
        counts=Counts(10**12 - 1, 10**12 - 1, 10**12 - 1),
        output_file_id=nasty,
        error_file_id=nasty,
        metadata=((nasty, nasty), ("owner", nasty)),
    )


def _check(message: Message) -> None:
    everything = json.dumps([message.text, message.blocks], ensure_ascii=False)
    known = (
        r"<@U0ANA>|<@U0BEN>|<#C0BATCHES>|<!date\^\d+\^\{date_short_pretty\} at \{time\}\|[^<>]*>"
    )
    assert "<" not in re.sub(known, "", everything)
    assert not any(unicodedata.category(c)[0] == "C" for c in everything.replace("\n", ""))
    assert problem_of(message.blocks) is None
    assert len(message.text) <= 4000


@pytest.mark.parametrize("nasty", NASTY)
def test_nothing_is_injected(nasty: str) -> None:
    """Whatever stands in a batch, messages hold no markup but their own, within Slack's limits."""
    for message in _messages(nasty):
        _check(message)


@pytest.mark.parametrize("nasty", NASTY)
def test_a_menu_is_plain_text(nasty: str) -> None:
    """Nothing in it is markup, so nothing is escaped; it has no tricks of the eye, and fits."""
    (menu,) = (block for block in _list(nasty).blocks if block["type"] == "input")
    for option in menu["element"]["options"]:
        for words in (option["text"], option["description"]):
            assert words["type"] == "plain_text"
            assert not any(unicodedata.category(c)[0] == "C" for c in words["text"])
            assert 1 <= len(words["text"]) <= 75


@pytest.mark.seconds(10)
@given(st.text(max_size=250))
def test_nothing_at_all_is_injected(text: str) -> None:
    """The same for any text."""
    for message in _messages(text):
        _check(message)


@given(st.text(max_size=400))
def test_code_marks_stay_closed(text: str) -> None:
    """What is put in code marks can't leave them."""
    shown = code(text)
    assert shown[0] == shown[-1] == "`"
    assert "`" not in shown[1:-1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a<b>&c", "a&lt;b&gt;&amp;c"),
        ("a\u202eb\u200bc\x00", "abc"),
        ("x" * 300, "x" * 200),
        ("naïve ✓", "naïve ✓"),
    ],
)
def test_escape(text: str, expected: str) -> None:
    """Three characters are escaped, invisible ones are left out, long texts are cut."""
    assert escape(text) == expected

"""What must hold at any time, and when everything has come to its end."""

from collections import Counter

from bot.domain.cancellation import LIVE, State
from bot.domain.request import REQUEST_MOVES, Request, RequestState
from bot.domain.schedule import UNSENT_ASKED_AGAIN
from bot.engine.runner import LEASE
from bot.sandbox.event_bus import Exchange
from bot.sandbox.respan.server import batch_of
from bot.sandbox.slack.workspace import SandboxMessage
from tests.promises.orders.stage import Confirmed, Stage

_POINTS, _LEFT = 20, 5


def check_cancel_calls(stage: Stage) -> None:
    """Each call since the last check was confirmed, not long ago, by a click on what was shown."""
    calls = stage.sim.respan.exchanges
    for place in range(stage.checked, len(calls)):
        if calls[place].name == "cancel":
            _check_cancel_call(stage, place)
    stage.checked = len(calls)


def _check_cancel_call(stage: Stage, place: int) -> None:
    call = stage.sim.respan.exchanges[place]
    who = stage.sim.respan._identifier(call.headers.get("x-data-respan-params")) or ""
    given = stage.confirmed.get((batch_of(call) or "", who), [])
    in_time = [
        one
        for one in given
        if call.at - one.at <= UNSENT_ASKED_AGAIN + LEASE and stage.explains(one, call.at)
    ]
    assert in_time, (call.path, who)
    before = stage.sim.respan.exchanges[:place]
    assert any(_are_the_numbers(one, before, call) for one in in_time), (call.path, in_time)


def _are_the_numbers(one: Confirmed, before: list[Exchange], call: Exchange) -> bool:
    """Return whether the batch is as it was shown, or could not be seen, or was asked about twice.

    Whose call may have been taken before is carried through.
    """
    since = [e for e in before[one.calls :] if batch_of(e) == batch_of(call)]
    was_tried = any(e.name == "cancel" for e in since)
    is_seen = all(e.fault is None and e.status == 200 for e in since)
    if one.after_change or one.ran is None or was_tried or not is_seen:
        return True
    counts = since[-1].answer["request_counts"]
    total, ran = counts["total"], counts["completed"] + counts["failed"]
    was_little = 100 * (one.total - one.ran) < _LEFT * one.total
    is_little = 100 * (total - ran) < _LEFT * total
    return 100 * (ran - one.ran) < _POINTS * total and (was_little or not is_little)


def check_rows(stage: Stage) -> None:
    """One live row a batch, one list a person and place; none ended without a final status."""
    requests = stage.requests()
    rows = [c for request in requests for c in request.own]
    live = Counter(row.batch_id for row in rows if row.state in LIVE)
    assert all(count == 1 for count in live.values())
    for row in rows:
        if row.state is State.ENDED:
            assert row.batch is not None
            assert row.batch.is_final
    assert all(r.is_over for r in requests if r.state is RequestState.REPORTED)
    _check_lists(requests)


def _check_lists(requests: list[Request]) -> None:
    """Assert that a list closes those that were shown there before it was asked for."""
    shown: dict[tuple[str, str], float] = {}
    for r in requests:
        if r.state is RequestState.PICKING and r.shown_at is not None:
            before = shown.get((r.user_id, r.channel_id))
            # Two that were typed before either was shown are both answered, and stay.
            assert before is None or before >= r.asked_at, r
            shown[r.user_id, r.channel_id] = r.shown_at


def check_messages(stage: Stage) -> None:
    """Each is there once by its mark; a direct one may be there twice, for nobody can look.

    The end of a question that was asked again has the question's mark: it is told in its place
    where that has not gone out yet. So what an answer says counts too.
    """
    marks = Counter(
        (mark, message.text if mark[1] == "answer" else "")
        for mark, message in _marked(stage)
        if not message.channel.startswith("D") or not stage.troubled
    )
    assert all(count == 1 for count in marks.values()), marks


def _marked(stage: Stage) -> list[tuple[tuple[str, str], SandboxMessage]]:
    """Return the bot's messages, each after its request (or answer) and its kind."""
    found = []
    for message in stage.sim.slack.workspace.messages:
        if message.metadata:
            payload = message.metadata["event_payload"]
            found.append(((payload["id"], payload["kind"]), message))
    return found


def check_end(stage: Stage) -> None:
    """Everything has come to its end, and everyone has an answer."""
    requests = stage.requests()
    assert [r.state for r in requests if REQUEST_MOVES[r.state]] == []
    assert stage.run(stage.sim.crew[0].stores.answers.wait_seconds()) is None
    _check_answers(stage)
    _check_changed(requests)
    for request in requests:
        _check_place(stage, request)
        _check_followers(stage, request)


def _check_answers(stage: Stage) -> None:
    """Who was answered directly may have been for anything, unless Slack and the bot always ran."""
    urls = Counter(
        stage.sim.slack.url + call.path
        for call in stage.sim.slack.calls("response_url")
        if call.processed
    )
    direct = set() if stage.troubled else {m.channel for m in stage.sim.slack.workspace.messages}
    for interaction in stage.interactions:
        payload = interaction.payload
        user = payload.get("user_id") or payload["user"]["id"]
        is_answered = interaction.response_url in urls or f"D0{user[2:]}" in direct
        assert is_answered or not interaction.acked or stage.troubled, interaction
        if interaction.transport != "" and not stage.troubled and "command" in payload:
            assert urls[interaction.response_url] <= 2, interaction


def _check_changed(requests: list[Request]) -> None:
    """Assert that what had changed is asked about once more, once."""
    if any(request.asked_again for request in requests):
        return
    changed = Counter(c.batch_id for r in requests if r.changed_told for c in r.changed)
    assert changed == Counter(b for r in requests if r.after_change for b in r.batch_ids)


def _check_place(stage: Stage, request: Request) -> None:
    """Assert that an announcement and what belongs to it stand in one thread."""
    own = [m for (owner, _), m in _marked(stage) if owner == request.id]
    if request.announcement.direct or request.announcement.ts is None:
        return
    parent = request.thread_ts or request.announcement.ts
    for message in own:
        is_parent = message.ts == request.announcement.ts and request.thread_ts is None
        assert message.thread_ts == (None if is_parent else parent) or message.channel[0] == "D"


def _check_followers(stage: Stage, request: Request) -> None:
    """Whoever follows is mentioned in the reply or told directly, once."""
    messages = _marked(stage)
    replies = [m for mark, m in messages if mark == (request.id, "reply")]
    told = [m.text for (_, kind), m in messages if kind == "answer"]
    for who in stage.run(stage.sim.crew[0].stores.follows.followers(request.id)):
        mentions = sum(m.text.count(f"<@{who}>") for m in replies)
        assert mentions <= max(1, len(replies))
        if not stage.troubled and not request.asked_again:
            direct = [
                m.text
                for (_, kind), m in messages
                if kind == "answer" and m.channel == f"D0{who[2:]}" and _is_about(m.text, request)
            ]
            assert mentions + len(direct) >= 1, (who, told)


def _is_about(text: str, request: Request) -> bool:
    return text.startswith("You wanted to be told how") and f"<@{request.user_id}>" in text

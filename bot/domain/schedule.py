"""When the bot looks again, and how long it is patient. All figures are seconds."""

CONFIRMATION_VALID = 10 * 60.0
"""How long a confirmation may be clicked."""

LOOK_UP_PATIENCE = 8.0
"""How long a batch that can't be read is tried for before its question is asked without numbers."""

UNSENT_ASKED_AGAIN = 30 * 60.0
"""A confirmation that could not be sent for so long is asked again: much may have changed."""

BLIND_AFTER = 60.0
"""How long reads of a followed batch fail before its thread is told: within two minutes."""

MOST_OPEN_QUESTIONS = 5
"""How many questions one person may have open at once."""

WORTH_REPEATING = 60.0
"""Who asks the same again gets the same question, if it can be answered for so long yet."""

COMMAND_STALE = 25 * 60.0
"""A command this old gets no confirmation any more: its response URL lives for 30 minutes."""

SLOW_AFTER = 10 * 60.0
"""Respan: "up to 10 minutes"; 25 were seen."""

GIVE_UP_AFTER = 48 * 3600.0
"""A batch lives for 24 hours; after twice that, nobody waits any more."""

FIRST_POLL, LONGEST_POLL, POLL_GROWTH = 2.0, 60.0, 1.5
SHORTEST_SWEEP = 2.0
"""A page of the list is looked at no more often than so, whoever is on it."""

SAFETY_NET = 300.0
"""How often a watch is looked at whose end OpenAI's webhooks are known to tell."""

SURE_POLLS = 4
"""Polls before that: what ends while it is confirmed, or is told too early, is seen soon."""

PROOF_LASTS = 24 * 3600.0
"""For how long a webhook shows that the next ones will arrive."""

DISTRUST_LASTS = 6 * 3600.0
"""For how long webhooks are only a help after an end that none of them told."""

PUSH_COMES_WITHIN = 60.0
"""An end that is older than this and was told by no webhook will not be told by one in time."""

LIST_REFUSED = 600.0
"""How long a list that is not there is left alone, and batches that it lacks are not looked for."""

FIRST_RETRY, LONGEST_RETRY, RETRY_GROWTH = 1.0, 60.0, 2.0
_ENOUGH_DOUBLINGS = 32  # every gap is at its longest by then, and no power overflows


def poll_gap(polls: int, jitter: float) -> float:
    """Return the gap before the next poll, after `polls` of them: 2 s growing to 60 s.

    `jitter` (0 to 1) spreads the gaps by a tenth, so that watches begun together don't poll
    together for ever.
    """
    gap = FIRST_POLL * POLL_GROWTH ** min(polls, _ENOUGH_DOUBLINGS)
    return min(LONGEST_POLL, gap * (1 + jitter / 10))


def gap_at(age: float) -> float:
    """Return the gap before the next poll after so many seconds of polls: their sum grows with it.

    It is the same as by `poll_gap` where each poll came when it was due.
    """
    return min(LONGEST_POLL, FIRST_POLL + age * (POLL_GROWTH - 1))


def retry_gap(attempts: int, jitter: float, at_least: float | None = None) -> float:
    """Return the gap before the next try, after `attempts` failed ones: 1 s growing to 60 s.

    `at_least` is what the other side asked for (Retry-After), and is kept even if it is longer.
    """
    gap = FIRST_RETRY * RETRY_GROWTH ** min(max(attempts - 1, 0), _ENOUGH_DOUBLINGS)
    gap = min(LONGEST_RETRY, gap) * (1 + jitter / 4)
    return gap if at_least is None else max(gap, at_least)

"""Whether a batch has changed so much since a person looked that they are asked once more."""

from bot.domain.batch import Batch, Counts

_POINTS = 20
"""So many points of a hundred have run since: the person decided about something else."""

_LEFT = 5
"""Less than so much of a hundred is left: it may be worth to let it end."""


def has_changed(shown: Batch | None, now: Batch) -> bool:
    """Return whether much has run since the batch was shown, or little is left of it by now.

    What was shown without numbers, or has none now, has not changed. Little that was left when it
    was shown is no news.
    """
    if shown is None or shown.counts is None or now.counts is None:
        return False
    before, after = _ran(shown.counts), _ran(now.counts)
    points = 100 * (after * shown.counts.total - before * now.counts.total)
    if points >= _POINTS * shown.counts.total * now.counts.total:
        return True
    return _is_almost_over(now.counts) and not _is_almost_over(shown.counts)


def _ran(counts: Counts) -> int:
    return counts.total - counts.not_run


def _is_almost_over(counts: Counts) -> bool:
    return 100 * counts.not_run < _LEFT * counts.total

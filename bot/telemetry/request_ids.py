"""One id through the log: each line about a request carries its `request_id`, whoever says it."""

from contextlib import AbstractContextManager, nullcontext

from structlog.contextvars import bound_contextvars


def about(request_id: str | None) -> AbstractContextManager[None]:
    """Return a context in which every line carries `request_id`; tasks begun in it inherit that.

    None is for what belongs to no request: its lines carry none.
    """
    if request_id is None:
        return nullcontext()
    return bound_contextvars(request_id=request_id)

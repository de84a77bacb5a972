"""What can go wrong between two computers, on demand and by chance."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from random import Random
from typing import Any

KINDS = frozenset(
    {
        "delay",
        "drop_before",
        "drop_after",
        "half_body",
        "status",
        "rate_limited",
        "garbage",
        "wrong_types",
        "empty",
        "huge",
        "redirect",
        "slack_error",
    }
)


@dataclass(slots=True)
class Fault:
    """One kind of trouble for the requests whose name and path match the two globs.

    `then` are the troubles that follow once this one has happened for the first time.
    """

    name: str
    kind: str
    times: int | None = 1
    probability: float = 1.0
    path: str = "*"
    then: tuple["Fault", ...] = ()
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def after_processing(self) -> bool:
        """Return whether the request has its effect before it goes wrong."""
        processed = {"drop_after", "half_body"}
        return self.kind in processed or bool(self.options.get("processed"))


class Faults:
    """The troubles that are waiting. The same seed gives the same ones again."""

    def __init__(self, seed: int = 0) -> None:
        """Begin without any."""
        self._random = Random(seed)
        self._faults: list[Fault] = []

    def add(
        self,
        name: str,
        kind: str,
        *,
        times: int | None = 1,
        probability: float = 1.0,
        **options: Any,
    ) -> None:
        """Let requests named like that go wrong, so many times (None: until `clear`)."""
        self.put(Fault(name, kind, times, probability, options=options))

    def put(self, *faults: Fault) -> None:
        """Let these go wrong; each is counted down on its own, so give it a fresh copy."""
        for fault in faults:
            if fault.kind not in KINDS:
                raise ValueError(f"no such fault: {fault.kind}")
            self._faults.append(fault)

    def clear(self) -> None:
        """Let everything go right again."""
        self._faults.clear()

    def take(self, name: str, path: str = "/") -> Fault | None:
        """Return what goes wrong with this request, None when nothing does."""
        for fault in self._faults:
            meant = fnmatchcase(name, fault.name) and fnmatchcase(path, fault.path)
            if meant and self._random.random() < fault.probability:
                self._count(fault)
                return fault
        return None

    def _count(self, fault: Fault) -> None:
        follow, fault.then = fault.then, ()
        self.put(*follow)
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._faults.remove(fault)

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
    """One kind of trouble for the requests whose name matches the glob `name`."""

    name: str
    kind: str
    times: int | None = 1
    probability: float = 1.0
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
        if kind not in KINDS:
            raise ValueError(f"no such fault: {kind}")
        self._faults.append(Fault(name, kind, times, probability, options))

    def clear(self) -> None:
        """Let everything go right again."""
        self._faults.clear()

    def take(self, name: str) -> Fault | None:
        """Return what goes wrong with this request, None when nothing does."""
        for fault in self._faults:
            if fnmatchcase(name, fault.name) and self._random.random() < fault.probability:
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                return fault
        return None

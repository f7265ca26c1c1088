"""What was put into the outbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from patron.engines.state import State
from patron.pipeline.project import Project


@dataclass(frozen=True, kw_only=True)
class Filled:
    """How many deliveries were put in by destination, and how many were not, by reason."""

    made: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)


class Filler(Protocol):
    """Puts what is to leave into the outbox. Again does no harm: what is there is not put in twice."""

    def __call__(self, project: Project, state: State, *, now: datetime) -> Filled:
        """Fill, as of `now` (aware)."""


__all__ = ["Filled", "Filler"]

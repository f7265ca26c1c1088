"""What starts and stops with a process of the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from patron.server.access.access import Access
from patron.server.ahead import Ahead
from patron.server.clockwork import Clockwork
from patron.server.decisions import Counter, DecisionLog
from patron.server.delivery import DeliveryWorker, ReadingBack
from patron.server.figures import FigureBook
from patron.server.intake.committer import Committer
from patron.server.metrics import Meter
from patron.server.preferences import LinkDesk
from patron.server.services import Services
from patron.server.stream import StreamWorker


class Part(Protocol):
    """Something with a thread or a file of its own; `services.part(ItsClass)` finds it."""

    def start(self) -> None:
        """Begin; return when it can be used."""

    def stop(self) -> None:
        """End what was begun, and return when it is done."""


@runtime_checkable
class Checked(Protocol):
    """A part that can tell whether it still works; `/ready` asks it."""

    def alive(self) -> bool:
        """Tell whether it works."""
        ...


PARTS: tuple[Callable[[Services], Part], ...] = (
    Meter, Access, Committer, FigureBook.made, Ahead, Counter, DecisionLog, LinkDesk,
)  # fmt: skip
"""Made in every process, in this order; started in this order, stopped in the other."""

WORKERS: tuple[Callable[[Services], Part], ...] = (StreamWorker, DeliveryWorker, ReadingBack, Clockwork)
"""Made only where work is done besides answering (`create_app(..., workers_inside=True)`)."""

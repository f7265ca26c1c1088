"""Into the outbox: frozen audiences."""

from __future__ import annotations

from datetime import datetime

from patron.engines.state import State
from patron.pipeline.filling.filled import Filled
from patron.pipeline.project import Project


def lists(project: Project, state: State, *, now: datetime) -> Filled:  # noqa: ARG001 - not built yet
    """Put in frozen audiences."""
    return Filled()

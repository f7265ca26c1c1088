"""Into the outbox: messages that were decided, live or by a run."""

from __future__ import annotations

from datetime import datetime

from patron.engines.state import State
from patron.pipeline.filling.filled import Filled
from patron.pipeline.project import Project


def messages(project: Project, state: State, *, now: datetime) -> Filled:  # noqa: ARG001 - not built yet
    """Put in messages that were decided, live or by a run."""
    return Filled()

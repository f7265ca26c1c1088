"""Into the outbox: what is known of customers, for systems that work with it."""

from __future__ import annotations

from datetime import datetime

from patron.engines.state import State
from patron.pipeline.filling.filled import Filled
from patron.pipeline.project import Project


def profiles(project: Project, state: State, *, now: datetime) -> Filled:  # noqa: ARG001 - not built yet
    """Put in what is known of customers, for systems that work with it."""
    return Filled()

"""Into the outbox: audiences of ad platforms."""

from __future__ import annotations

from datetime import datetime

from patron.engines.state import State
from patron.pipeline.filling.filled import Filled
from patron.pipeline.project import Project


def ad_audiences(project: Project, state: State, *, now: datetime) -> Filled:  # noqa: ARG001 - not built yet
    """Put in audiences of ad platforms."""
    return Filled()

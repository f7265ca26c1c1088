"""A process that works the stream until it is killed: for tests of what is left behind."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

SHORT = timedelta(seconds=1)
"""A lease that passes on while a test waits."""


def work(folder: str, database: str, triggers: str) -> None:
    """Work the stream of a project as fast as possible, for ever."""
    from stream_support import services_of

    from patron.engines import lease_state
    from patron.engines.state import State
    from patron.pipeline import Project
    from patron.server.stream import StreamWorker

    lease_state.LEASE = SHORT
    state = State.open(database)
    worker = StreamWorker(services_of(Project(Path(folder)), state, lambda: datetime.now(UTC), triggers))
    while True:
        if not worker.turn().more:
            time.sleep(0.01)  # nothing to do: let the others come to the processor

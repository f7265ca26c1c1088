"""A process that writes files until it is killed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4


def write(database: str, folder: str) -> None:
    """Write what is due into CSV, Parquet and print files, a few at a time, for ever."""
    from patron.activation.delivery import Courier, Couriers, Terms
    from patron.activation.destinations.files import Files
    from patron.activation.destinations.folder import Folder
    from patron.activation.destinations.letters import Letters
    from patron.engines import lease_state
    from patron.engines.state import State

    lease_state.LEASE = timedelta(seconds=1)
    state, holder = State.open(database), uuid4().hex

    def clock() -> datetime:
        return datetime.now(UTC)

    into = Folder(folder)
    destinations = [
        Files("csv", into, rows=7), Files("parquet", into, form="parquet", rows=7),
        Letters("post", into, home="GB", rows=7),
    ]  # fmt: skip
    terms = Terms(per_second=10_000, at_once=10_000)
    Couriers(
        [Courier(state, one, terms=terms, holder=holder, clock=clock) for one in destinations], clock=clock
    ).start()
    threading.Event().wait()

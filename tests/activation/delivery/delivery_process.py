"""A process that delivers until it is killed: for tests of what is left behind."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

SHORT = timedelta(seconds=1)
"""A lease that passes on while a test waits."""

SECRET = bytes(32)


def work(database: str, url: str) -> None:
    """Deliver to a webhook, which recognises what comes twice, and to plain calls, which do not, for ever."""
    from plain_calls import PlainCalls

    from patron.activation.delivery import Courier, Couriers, Terms
    from patron.activation.destinations.webhook import Webhook
    from patron.engines import lease_state
    from patron.engines.state import State

    lease_state.LEASE = SHORT
    state, holder = State.open(database), uuid4().hex

    def clock() -> datetime:
        return datetime.now(UTC)

    terms = Terms(per_second=10_000, at_once=10_000, timeout_s=5)
    destinations = [Webhook("hook", f"{url}/hook", secrets=[SECRET], timeout_s=5), PlainCalls("plain", f"{url}/plain")]
    couriers = [Courier(state, one, terms=terms, holder=holder, clock=clock) for one in destinations]
    Couriers(couriers, clock=clock).start()
    threading.Event().wait()

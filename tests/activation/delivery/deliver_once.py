"""Deliver once to a webhook, as `patron activate` does: a process that a test tells to end."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from patron.activation.delivery import Courier, Couriers, Terms
from patron.activation.destinations.webhook import Webhook
from patron.cli.stopping import told_to_stop
from patron.engines.state import State


def clock() -> datetime:
    """Return the moment that it is."""
    return datetime.now(UTC)


if __name__ == "__main__":
    with State.open(sys.argv[1]) as state, told_to_stop() as stop:
        hook = Webhook("hook", sys.argv[2], secrets=[bytes(32)], timeout_s=5)
        courier = Courier(state, hook, terms=Terms(), holder="once", clock=clock)
        Couriers([courier], clock=clock).run_once(stop=stop)

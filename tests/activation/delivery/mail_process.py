"""A process that hands e-mails over until it is killed: for tests of what is left behind."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from uuid import uuid4

from delivery_process import SHORT


def work_mail(database: str, port: int) -> None:
    """Deliver e-mails to a server on the loopback, for ever."""
    from patron.activation.delivery import Courier, Couriers, Terms
    from patron.engines import lease_state
    from patron.engines.state import State
    from patron.pipeline.destinations.smtp import SmtpSection

    lease_state.LEASE = SHORT
    state, holder = State.open(database), uuid4().hex

    def clock() -> datetime:
        return datetime.now(UTC)

    section = SmtpSection(type="smtp", host="127.0.0.1", port=port, security="none", sender="Shop <news@shop.example>")
    terms = Terms(per_second=10_000, at_once=10_000, timeout_s=5)
    Couriers([Courier(state, section.opened_as("mail"), terms=terms, holder=holder, clock=clock)], clock=clock).start()
    threading.Event().wait()

"""The audit of reads, as a route writes it."""

from __future__ import annotations

from collections.abc import Sequence

from patron.server.access.access import Access
from patron.server.access.read_log import Read
from patron.server.access.who import Who
from patron.server.services import Services


def audit_read(services: Services, who: Who, customer_id: str | Sequence[str], what: str) -> None:
    """Write down that somebody reads something of a customer, or of several, before it is answered.

    It returns when the entry is on the disk, so a route that is a coroutine calls it in a thread
    (``await run_in_threadpool(audit_read, ...)``).

    Parameters
    ----------
    services : Services
    who : Who
        Who reads.
    customer_id : str, or several
        Of customers who are there: an unknown id would be remembered by being asked for.
    what : str
        One word, such as ``profile``.

    Raises
    ------
    SQLAlchemyError
        The database refused: then nothing may be answered.
    """
    ids = [customer_id] if isinstance(customer_id, str) else list(dict.fromkeys(customer_id))
    now = services.clock()
    services.part(Access).reads.note([Read(who.actor, one, what, now) for one in ids])

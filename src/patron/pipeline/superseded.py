"""Has a destination been told something newer of somebody since?"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from patron.activation.destinations import Delivery
from patron.engines.written_profile_state import newest

SUPERSEDED = "superseded"


def superseded(connection: Connection, deliveries: Sequence[Delivery], *, destination: str) -> dict[str, str]:
    """Return the id and the reason of each delivery after which the destination was told something newer.

    Parameters
    ----------
    connection : Connection
        To the operational database.
    deliveries : sequence of Delivery
        Of one destination; only those of kind ``profile`` and ``removal`` are looked at.
    destination : str
        Which.
    """
    own = [one for one in deliveries if one.kind in ("profile", "removal")]
    last = newest(connection, destination, [one.customer_id for one in own])
    return {one.delivery_id: SUPERSEDED for one in own if last.get(one.customer_id, one.delivery_id) != one.delivery_id}


__all__ = ["SUPERSEDED", "superseded"]

"""Loyalty: in which tier was somebody on which day, and with how many points?

In   came.Came   one state of one customer a row
Out  contracts.raw_experience.RAW_LOYALTY
"""

from __future__ import annotations

import ibis

from patron.contracts.raw_experience import RAW_LOYALTY
from patron.sources.people.judging import dated, missing, none_of, unreadable
from patron.sources.people.once import LARGEST, off_scale, once

SOURCE = once(
    RAW_LOYALTY,
    (
        missing("customer_id", "dated"),
        *dated("dated"),
        unreadable("points"),
        none_of("nothing_told", "tier", "points"),
        off_scale(lambda rows: rows.points.abs() > ibis.literal(LARGEST, "float64")),
    ),
    key=["customer_id", "dated"],
)

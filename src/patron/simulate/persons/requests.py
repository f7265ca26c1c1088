"""A handful of people who ask about their data in the last weeks."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from patron.simulate.calendar import Calendar
from patron.simulate.persons.records import Records, person_ids
from patron.simulate.tables import days_column, ids_column, names_column

KINDS = ("access", "erasure", "objection_marketing", "objection_profiling", "correction", "restriction", "portability")
OF_EACH, PER_CUSTOMERS = 3, 500  # requests of each kind, and the records that it takes for one of them
WEEKS = 63  # days before the last one


def requests(rng: np.random.Generator, *, records: Records, calendar: Calendar) -> pa.Table:
    """Draw who asks for what: every other one is somebody with several records, as far as there are such people.

    Nobody asks twice. In a shop with fewer people than kinds, the last kinds are not asked for.
    """
    several = np.unique(records.person[~records.first])
    everybody = rng.permutation(int(records.person.max()) + 1)
    count = len(KINDS) * min(OF_EACH, max(1, len(records) // PER_CUSTOMERS))
    chosen = rng.permutation(several)[: count // 2]
    other = everybody[~np.isin(everybody, chosen)][: count - len(chosen)]
    people = rng.permutation(np.concatenate([chosen, other]))
    record = np.flatnonzero(records.first)[people]
    day = np.maximum(calendar.days - 1 - rng.integers(0, WEEKS, len(people)), records.since[record])
    kind = np.arange(len(people)) % len(KINDS)
    return pa.table(
        {
            "request_id": ids_column("Q", np.arange(1, len(people) + 1), digits=4),
            "kind": names_column(KINDS, kind),
            "record_id": records.ids.take(pa.array(record)),
            "person_id": person_ids(people),
            "received_on": days_column(calendar.first_day, day),
            "law": pa.repeat(pa.scalar("gdpr"), len(people)),
        }
    )

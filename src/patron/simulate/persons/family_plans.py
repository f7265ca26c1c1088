"""The households that the shop itself knows of: families and couples with one plan."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from patron.simulate.persons.persons import Persons
from patron.simulate.persons.records import Records
from patron.simulate.tables import ids_column, names_column

PLANS = 0.2  # share of couples and families with a plan


def family_plans(rng: np.random.Generator, *, records: Records, people: Persons) -> pa.Table:
    """Return the plan and the role of each record that is in one."""
    homes = people.homes
    has = rng.random(homes.count) < PLANS
    inside = has[homes.household] & homes.of("couple", "family")
    record = np.flatnonzero(inside[records.person])
    person = records.person[record]
    return pa.table(
        {
            "customer_id": records.ids.take(pa.array(record)),
            "household_id": ids_column("F", homes.household[person] + 1, digits=6),
            "role": names_column(("holder", "member"), np.minimum(homes.place[person], 1)),
        }
    )

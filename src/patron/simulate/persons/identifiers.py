"""Other ways to know somebody again: loyalty cards, devices, and addresses that were told later."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.calendar import Calendar
from patron.simulate.persons.devices import device_ids
from patron.simulate.persons.persons import Persons
from patron.simulate.persons.records import Records
from patron.simulate.tables import days_column, ids_column, names_column

CARDS = 0.3  # share of people with a loyalty card
SHOWN = 0.6  # share of their records that know of it
TRAINING_CARD, AT_TRAINING = "0000000000", 0.004  # the card in the till's drawer, and the share of records that have it
TOLD_LATER = 0.3  # share of changed addresses that were told to the first account as well

Seen = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def identifiers(
    rng: np.random.Generator, *, records: Records, people: Persons, seen: Seen, calendar: Calendar
) -> pa.Table:
    """Return the identifiers by record; `seen` says which record was on which device first when."""
    owns = rng.random(len(people)) < CARDS
    card = np.flatnonzero(owns[records.person] & (rng.random(len(records)) < SHOWN))
    training = np.flatnonzero(rng.random(len(records)) < AT_TRAINING)
    record, device, day = seen
    told = np.flatnonzero(records.changed_email)
    told = told[rng.random(len(told)) < TOLD_LATER]
    first = np.flatnonzero(records.first)[records.person[told]]
    cards = ids_column("77", records.person[card] + 1, digits=8)
    drawer = pa.array([TRAINING_CARD] * len(training), pa.string())
    whose = np.concatenate([card, training, record, first])
    kinds = np.repeat([0, 0, 1, 2], [len(card), len(training), len(record), len(first)])
    days = np.concatenate([records.since[card], records.since[training], day, records.since[told]])
    values = pa.concat_arrays([cards, drawer, device_ids(device), records.other_email.take(pa.array(told))])
    table = pa.table(
        {
            "customer_id": records.ids.take(pa.array(whose)),
            "kind": names_column(("loyalty_id", "device_id", "email"), kinds),
            "value": values,
            "seen_on": days_column(calendar.first_day, days),
        }
    )
    return table.take(pa.array(np.lexsort((days, kinds, whose))))

"""Which device does somebody take for a visit: an own one, the household's, or the kiosk in a shop?"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.persons.persons import Persons
from patron.simulate.persons.records import person_ids
from patron.simulate.tables import ids_column, names_column

KINDS = ("own", "household", "kiosk")
OWN, HOUSEHOLD, KIOSK = range(3)
SHARING = 0.4  # share of homes of several people that have a device for all
WITHOUT_OWN = 0.25  # share of their people who have no other
BORROWED = 0.2  # share of visits for which the others take it
SECOND = 0.25  # share of visits on the second own device
AT_KIOSK = 0.03  # share of visits from a kiosk
KIOSKS = 2


def devices(
    rng: np.random.Generator, people: Persons, *, person: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the number of the device of each visit by `person`, and the place in `KINDS` of its kind."""
    homes = people.homes
    household = homes.household[person]
    several = np.bincount(homes.household) > 1
    has = several & (rng.random(homes.count) < SHARING)
    bare = rng.random(len(people)) < WITHOUT_OWN
    shared = has[household] & (bare[person] | (rng.random(len(person)) < BORROWED))
    kiosk = rng.random(len(person)) < AT_KIOSK
    own = 2 * person + (rng.random(len(person)) < SECOND)
    number = np.where(shared, 2 * len(people) + household, own)
    stands = 2 * len(people) + homes.count + rng.integers(0, KIOSKS, len(person))
    return np.where(kiosk, stands, number), np.select([kiosk, shared], [KIOSK, HOUSEHOLD], OWN)


def device_ids(number: NDArray[np.int64]) -> pa.Array:
    """Return the ids of devices by their numbers."""
    return ids_column("D", np.arange(1, number.max(initial=0) + 2), digits=7).take(pa.array(number))


def device_truth(number: NDArray[np.int64], kind: NDArray[np.int64]) -> pa.Table:
    """Tell of each device that was used whether it is one person's, and whose."""
    used, first = np.unique(number, return_index=True)
    own = kind[first] == OWN
    owner = person_ids(used // 2)
    return pa.table(
        {
            "device_id": device_ids(used),
            "kind": names_column(KINDS, kind[first]),
            "person_id": owner.take(pa.array(np.arange(len(used)), mask=~own)),
        }
    )

"""Behaviour segments on planted kinds: found at which difficulty, and kept from month to month?

    python benchmarks/behaviour.py [--customers 3000]

Beside them plain k-means on standardised features, which is told the true number.
"""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from time import perf_counter

import ibis
import numpy as np
import pyarrow as pa

from patron.contracts.raw import RAW_CUSTOMERS
from patron.profile import Parts, behaviour, contribution, orders, profiles, rhythm, takings
from patron.segments import BehaviourSegments
from patron.segments.behaviour_features import BEHAVIOUR_FEATURES
from patron.simulate import planted_segments
from patron.stats.agreement import adjusted_rand

DIFFICULTIES = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
SEEDS = (1, 2, 3)
MONTHS = 12


def described(lines: pa.Table, *, as_of: date) -> pa.Table:
    sold = ibis.memtable(lines)
    bought = ibis.memtable(orders(sold, as_of=as_of).to_pyarrow())
    taken = ibis.memtable(takings(sold, as_of=as_of).to_pyarrow())
    money = ibis.memtable(contribution(sold, taken, as_of=as_of).to_pyarrow())
    pace = ibis.memtable(rhythm(bought, as_of=as_of).to_pyarrow())
    parts = Parts(lines=sold, orders=bought, contribution=money, rhythm=pace, customers=RAW_CUSTOMERS.empty())
    people = ibis.memtable(profiles(parts, as_of=as_of).to_pyarrow())
    return behaviour(people, bought, sold, as_of=as_of).to_pyarrow().sort_by("customer_id")


def standardised(table: pa.Table) -> np.ndarray:
    names = [one.name for one in BEHAVIOUR_FEATURES if table[one.name].null_count < table.num_rows]
    plain = np.stack([table[name].to_numpy().astype(np.float64) for name in names], axis=1)
    plain = np.where(np.isfinite(plain), plain, np.nanmean(plain, axis=0))
    plain = plain[:, plain.std(axis=0) > 0]
    return np.asarray((plain - plain.mean(axis=0)) / plain.std(axis=0))


def coded(words: list[str]) -> np.ndarray:
    return np.unique(np.array(words), return_inverse=True)[1]


def curve(customers: int) -> None:
    from sklearn.cluster import KMeans

    print("difficulty  seed  segments  Patron  k-means (true number)  fit, s  assign, s")
    for difficulty in DIFFICULTIES:
        for seed in SEEDS:
            planted = planted_segments(customers=customers, seed=seed, difficulty=difficulty)
            table = described(planted.lines, as_of=planted.as_of)
            truth = dict(zip(*planted.truth.to_pydict().values(), strict=True))
            kinds = coded([truth[one] for one in table["customer_id"].to_pylist()])
            begun = perf_counter()
            model = BehaviourSegments().fit(table)
            fitted = perf_counter()
            found = model.assign(table).sort_by("customer_id")
            done = perf_counter()
            rival = KMeans(8, n_init=10, random_state=1).fit_predict(standardised(table))
            print(
                f"{difficulty:10.2f}  {seed:4d}  {len(model.segments_):8d}  "
                f"{adjusted_rand(kinds, coded(found['segment'].to_pylist())):6.3f}  {adjusted_rand(kinds, rival):21.3f}"
                f"  {fitted - begun:6.2f}  {done - fitted:9.2f}",
                flush=True,
            )


def months(customers: int) -> None:
    for seed in SEEDS:
        planted = planted_segments(customers=customers, seed=seed)
        before, was, kept = None, {}, []
        first, known = {}, {}
        for month in range(MONTHS, -1, -1):
            table = described(planted.lines, as_of=planted.as_of - timedelta(days=30 * month))
            model = BehaviourSegments().fit(table, before=before)
            now = dict(zip(*model.assign(table).select(["customer_id", "segment"]).to_pydict().values(), strict=True))
            if was:
                kept.append(np.mean([now[who] == segment for who, segment in was.items() if who in now]))
            else:
                first, known = (
                    now,
                    dict(zip(*table.select(["customer_id", "order_days"]).to_pydict().values(), strict=True)),
                )
            before, was = model, now
        year = [(first[who] == was[who], known[who]) for who in first if who in was]
        print(
            f"seed {seed}: at least {min(kept):.1%} keep their id in a month, {np.mean(kept):.1%} in the mean; "
            f"over the year {np.mean([same for same, _ in year]):.1%}, of those with ten order days at the beginning "
            f"{np.mean([same for same, days in year if days >= 10]):.1%}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=3_000)
    arguments = parser.parse_args()
    curve(arguments.customers)
    months(arguments.customers)


if __name__ == "__main__":
    main()

"""Behaviour segments on planted kinds: found at which difficulty, and kept from month to month?

    python benchmarks/behaviour.py [--customers 3000]

First in the simulated shop, from its raw files by a run to memberships; then in orders alone. Beside them plain k-means
on standardised features, which is told the true number.
"""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import ibis
import numpy as np
import pyarrow as pa

from patron.cli.demo import SETTINGS
from patron.contracts.raw import RAW_CUSTOMERS
from patron.pipeline import open_project
from patron.profile import Parts, behaviour, contribution, orders, profiles, rhythm, takings
from patron.segments import BehaviourSegments
from patron.segments.behaviour_features import BEHAVIOUR_FEATURES
from patron.simulate import planted_segments, shop
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


def shop_curve(customers: int) -> None:
    """Let the simulated shop plant the kinds, and a run find them."""
    from sklearn.cluster import KMeans

    print("difficulty  seed  segments  Patron, from raw files  k-means (true number)")
    for difficulty in DIFFICULTIES:
        for seed in SEEDS[:2]:
            with TemporaryDirectory() as folder:
                made = shop(customers=customers, seed=seed, kinds=difficulty)
                made.write(folder)
                (Path(folder) / "patron.yaml").write_text(SETTINGS + "\npropensities: []\n", encoding="utf-8")
                project = open_project(folder)
                run = project.run(only="segments", today=date(2025, 6, 1))
                members, features = (run.table(name, project.connection) for name in ("memberships", "behaviour"))
                found = members.filter(members.segmentation == "behaviour").to_pyarrow().sort_by("customer_id")
                table = features.to_pyarrow().sort_by("customer_id")
            truth = dict(zip(*made.truth["behaviour"].to_pydict().values(), strict=True))
            kinds = coded([truth[one] for one in found["customer_id"].to_pylist()])
            groups = coded(found["segment"].to_pylist())
            rival = KMeans(8, n_init=10, random_state=1).fit_predict(standardised(table))
            print(
                f"{difficulty:10.2f}  {seed:4d}  {groups.max() + 1:8d}  {adjusted_rand(kinds, groups):22.3f}  "
                f"{adjusted_rand(kinds, rival):21.3f}",
                flush=True,
            )


def months(customers: int) -> None:
    """Divide every month for a year; who has not moved by the yardstick of the first month keeps her id?"""
    for seed in SEEDS:
        planted = planted_segments(customers=customers, seed=seed)
        table = described(planted.lines, as_of=planted.as_of - timedelta(days=30 * MONTHS))
        first = before = BehaviourSegments().fit(table)
        start = was = ids(first, table)
        known = dict(zip(*table.select(["customer_id", "order_days"]).to_pydict().values(), strict=True))
        kept = []
        for month in range(MONTHS - 1, -1, -1):
            table = described(planted.lines, as_of=planted.as_of - timedelta(days=30 * month))
            before = BehaviourSegments().fit(table, before=before)
            now = ids(before, table)
            kept.append(np.mean([now[who] == segment for who, segment in was.items()]))
            was = now
        same = ids(first, table)
        unmoved = [was[who] == segment for who, segment in start.items() if same[who] == segment]
        well = [was[who] == segment for who, segment in start.items() if known[who] >= 10]
        print(
            f"seed {seed}: at least {min(kept):.1%} keep their id in a month, {np.mean(kept):.1%} in the mean; over "
            f"the year {np.mean([was[who] == segment for who, segment in start.items()]):.1%}, of those with ten order "
            f"days at the beginning {np.mean(well):.1%}, of the {len(unmoved) / len(start):.0%} who have not moved "
            f"{np.mean(unmoved):.1%}",
            flush=True,
        )


def ids(model: BehaviourSegments, table: pa.Table) -> dict[str, str]:
    return dict(zip(*model.assign(table).select(["customer_id", "segment"]).to_pydict().values(), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=3_000)
    arguments = parser.parse_args()
    shop_curve(arguments.customers)
    curve(arguments.customers)
    months(arguments.customers)


if __name__ == "__main__":
    main()

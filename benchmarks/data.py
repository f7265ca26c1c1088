"""Simulated customers and orders, written as Parquet once and kept beside the benchmarks.

    python benchmarks/data.py customers 1000000
    python benchmarks/data.py orders 10000000
    python benchmarks/data.py cycles 5000000
    python benchmarks/data.py habits 1000000
    python benchmarks/data.py cells 1000000
    python benchmarks/data.py tastes 200000
    python benchmarks/data.py behaviours 10000000

`customers` are drawn from BG/NBD with the parameters of the CDNOW sample, in whole days over two years; `orders` are
the purchases of busier customers of the same model (about nine each), in order of time, as a shop's export is. `cycles`
are the order lines of one customer for each 25 of them, who buy 20,000 products again when they are used up; `scores`
are people of a campaign; `habits` are the events of customers with planted habits, `cells` the memberships of customers
in planted cells, with what is known of them beside, as `cells_..._orders` and the like. `tastes` are the order lines of
customers, about 25 each, who like some of 20,000 products; what each bought next lies beside it, as `next_...`.
`behaviours` are the features of customers of eight planted kinds: those of 20,000 whose orders were drawn, over and
over, their amounts a little different each time; of which kind each is stands beside, as `kinds_...`. `units` are the
units of an experiment with one metric, `measured_units` with fifty. `touches` are those of so many paths. `prices` are
order lines at planted prices; the elasticities stand beside, as `elasticities_...`.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from paths import write_touches
from priced import write_prices
from tastes import tastes
from units import write_units

from patron import simulate
from patron.simulate.wordings import planted_texts

FOLDER = Path(__file__).parent / ".data"
AS_OF = date(2024, 12, 31)
DAYS, SECONDS = 730, 86_400
AT_ONCE = 1_000_000  # customers
HABITS = {"r": 0.243, "alpha": 30.9, "a": 0.793, "b": 2.426}  # Fader, Hardie & Lee (2005), in days
BUSY = {"r": 0.8, "alpha": 25.0, "a": 0.5, "b": 9.0}
SPEND_SEED = 20_240_601
SPEND = {"p": 6.25, "q": 3.74, "gamma": 15.44}  # Fader & Hardie (2013)
LINES_EACH, PRODUCTS = 25, 20_000
DRAWN = 20_000  # customers with behaviour whose orders are drawn
ORDERS_EACH = 8.8  # fewer than the busy customers make, so that none is missing at the end


def customers(rows: int, *, seed: int = 20_240_501) -> Path:
    """Return a file of `rows` histories: frequency, recency, T in whole days, and monetary_value."""
    return _kept(f"customers_{rows}", lambda file: _write_customers(file, rows, seed))


def orders(rows: int, *, seed: int = 20_240_502) -> Path:
    """Return a file of `rows` orders: order_id, customer_id, ordered_at, amount."""
    return _kept(f"orders_{rows}", lambda file: _write_orders(file, rows, seed))


def cycles(rows: int, *, seed: int = 20_241_122) -> Path:
    """Return a file of `rows` order lines: customer_id, product_id, ordered_at, quantity, of a customer for each 25."""
    return _kept(f"cycles_{rows}", lambda file: _write_cycles(file, rows, seed))


def habits(rows: int, *, seed: int = 20_240_503) -> Path:
    """Return a file with the events of `rows` customers: customer_id, at, event."""
    return _kept(f"habits_{rows}", lambda file: _write_habits(file, rows, seed))


def clicks(rows: int, *, seed: int = 20_241_201) -> Path:
    """Return a file of `rows` events of a tenth as many visitors, in three visits each, of twenty steps."""
    return _kept(f"clicks_{rows}", lambda file: _write_clicks(file, rows, seed))


def cells(rows: int, *, seed: int = 20_241_124) -> Path:
    """Return a file with the memberships of `rows` customers in 600 cells; what is known of them lies beside it."""
    return _kept(f"cells_{rows}", lambda file: _write_cells(file, rows, seed))


def tastes_of(rows: int, *, seed: int = 20_241_123) -> Path:
    """Return a file with the order lines of `rows` customers: customer_id, product_id, ordered_at, quantity."""
    return _kept(f"tastes_{rows}", lambda file: _write_tastes(file, rows, seed))


def texts(rows: int, *, seed: int = 20_241_130) -> Path:
    """Return a file with `rows` reviews of planted themes; `texts_..._links` and the like lie beside it."""
    return _kept(f"texts_{rows}", lambda file: _write_texts(file, rows, seed))


def profiles(rows: int, *, seed: int = 20_241_124) -> Path:
    """Return a file of `rows` customers with the columns of profiles that `work/own_conditions.py` names."""
    return _kept(f"profiles_{rows}", lambda file: _write_profiles(file, rows, seed))


def behaviours(rows: int, *, seed: int = 20_241_125) -> Path:
    """Return a file with the features of `rows` customers, as in contracts.segment.BEHAVIOUR."""
    return _kept(f"behaviours_{rows}", lambda file: _write_behaviours(file, rows, seed))


def described(rows: int, *, seed: int = 20_241_125) -> Path:
    """Return a file of `rows` customers in eight kinds with 20 attributes: five values each, `a0` to `a3` by kind."""
    return _kept(f"described_{rows}", lambda file: _write_described(file, rows, seed))


def _kept(name: str, write: Callable[[Path], None]) -> Path:
    file = FOLDER / f"{name}.parquet"
    if not file.exists():
        FOLDER.mkdir(exist_ok=True)
        draft = file.with_suffix(".draft")
        write(draft)
        draft.rename(file)
    return file


def _blocks(rows: int) -> list[int]:
    return [min(AT_ONCE, rows - start) for start in range(0, rows, AT_ONCE)]


def _write_customers(file: Path, rows: int, seed: int) -> None:
    kinds = {"frequency": pa.int64(), "recency": pa.int64(), "T": pa.int64(), "monetary_value": pa.float64()}
    with pq.ParquetWriter(file, pa.schema(kinds)) as writer:
        for number, size in enumerate(_blocks(rows)):
            made = _drawn(size, HABITS, seed + number)
            spend = simulate.gamma_gamma(made["frequency"], **SPEND, seed=SPEND_SEED + number)
            cents = pc.round(spend, 2)
            days = [pa.array(np.floor(made[name]).astype(np.int64)) for name in ("frequency", "recency", "T")]
            writer.write_table(pa.table([*days, cents], schema=writer.schema))


def _write_cycles(file: Path, rows: int, seed: int) -> None:
    drawn = simulate.replenishment(
        rows // LINES_EACH, PRODUCTS, seed=seed, days=DAYS, each=12, cycle_days=60.0, stop_first=0.7
    )
    if drawn.order_lines.num_rows < rows:
        raise SystemExit(f"only {drawn.order_lines.num_rows} lines of {rows} were drawn")
    picked = np.sort(np.random.default_rng(seed).choice(drawn.order_lines.num_rows, rows, replace=False))
    pq.write_table(drawn.order_lines.take(pa.array(picked)), file)


def _write_habits(file: Path, rows: int, seed: int) -> None:
    pq.write_table(simulate.planted_habits(rows, seed=seed).events, file)


def _write_clicks(file: Path, rows: int, seed: int) -> None:
    """Write events whose steps, twenty of them, come in no order: the most different ways that there can be."""
    rng = np.random.default_rng(seed)
    steps = pa.array([f"step_{place:02d}" for place in range(20)])
    who, visit, step = (rng.integers(0, most, rows) for most in (rows // 10, 3, 20))
    second = np.datetime64(AS_OF, "s") - rng.integers(1, 180 * SECONDS, rows)
    columns = {
        "customer_id": _named("C", pa.array(who)), "session_id": pa.array(["a", "b", "c"]).take(pa.array(visit)),
        "event": steps.take(pa.array(step)), "occurred_at": pa.array(second.astype("datetime64[us]")),
        "value": np.where(step == 6, np.round(rng.gamma(2.0, 30.0, rows), 2), 0.0),
    }  # fmt: skip
    pq.write_table(pa.table(columns), file)


def _write_cells(file: Path, rows: int, seed: int) -> None:
    drawn = simulate.planted_cells(rows, seed=seed, behaviours=60, stages=10)
    for name in ("before", "profiles", "forecasts", "orders", "takings", "rhythm"):
        pq.write_table(getattr(drawn, name), FOLDER / f"cells_{rows}_{name}.parquet")
    pq.write_table(drawn.truth, FOLDER / f"cells_{rows}_truth.parquet")
    pq.write_table(drawn.memberships, file)


def _write_behaviours(file: Path, rows: int, seed: int) -> None:
    from behaviour import described

    planted = simulate.planted_segments(customers=DRAWN, seed=seed)
    features = described(planted.lines, as_of=planted.as_of).drop_columns(["segment", "certainty"])
    kind = dict(zip(*planted.truth.to_pydict().values(), strict=True))
    kinds = pa.array([kind[one] for one in features["customer_id"].to_pylist()]).dictionary_encode()
    rng = np.random.default_rng(seed)
    amounts = ("average_order_value", "lines_per_order", "expected_interval_days")
    many, schema = features.num_rows, features.schema
    with (
        pq.ParquetWriter(file, schema, compression="zstd") as told,
        pq.ParquetWriter(file.with_name(f"kinds_{rows}.parquet"), pa.schema([("kind", pa.string())])) as truth,
    ):
        for start in range(0, rows, many):
            some = min(many, rows - start)
            part = features.slice(0, some)
            for name in ["customer_id", *amounts]:
                own = (
                    _named("c", pa.array(np.arange(start, start + some)))
                    if name == "customer_id"
                    else pa.array(part[name].to_numpy() * rng.lognormal(0, 0.02, some))
                )
                part = part.set_column(part.column_names.index(name), schema.field(name), own)
            told.write_table(part)
            truth.write_table(pa.table({"kind": kinds.slice(0, some).dictionary_decode()}))


def _write_texts(file: Path, rows: int, seed: int) -> None:
    """Write texts a tenth of which are drawn; the others are the same with a number after them."""
    shares = {"en": 0.85, "de": 0.07, "ru": 0.04, "zh": 0.04}
    drawn = planted_texts(texts=rows // 10, seed=seed, languages=shares)
    many = drawn.texts.num_rows
    numbers = np.arange(rows)
    ids = _named("W", pa.array(numbers))
    people = _named("c", pa.array(numbers * 7919 % (rows // 2)))
    said = drawn.texts["text"].combine_chunks().take(pa.array(numbers % many))
    whole = pc.binary_join_element_wise(said, pa.array(numbers).cast(pa.string()), " ")
    moments = pa.array(np.datetime64(AS_OF, "us") - numbers % 900 * np.timedelta64(86_400_000_000, "us"))
    reviews = pa.table({
        "review_id": ids, "customer_id": people, "order_id": pa.nulls(rows, pa.string()),
        "product_id": pa.nulls(rows, pa.string()), "rating": (numbers % 5 + 1).astype(np.float64),
        "reviewed_at": moments, "text": whole,
    })  # fmt: skip
    known = pc.unique(people)
    links = {"source": "reviews", "record_id": known, "customer_id": known, "rule": "own_id", "confidence": 1.0}
    members = {"customer_id": known, "segmentation": "s", "segment": pc.utf8_slice_codeunits(known, start=-1)}
    worth = {"customer_id": known, "predicted_value": 5.0}
    for name, columns in (("links", links), ("memberships", members), ("forecasts", worth)):
        table = pa.table({
            key: value if isinstance(value, pa.Array) else pa.array([value] * len(known))
            for key, value in columns.items()
        })  # fmt: skip
        pq.write_table(table, FOLDER / f"texts_{rows}_{name}.parquet")
    truth = pa.array(drawn.theme).take(pa.array(numbers % many))
    pq.write_table(pa.table({"text_id": pc.binary_join_element_wise("reviews", ids, ":"), "theme": truth}),
                   FOLDER / f"texts_{rows}_truth.parquet")  # fmt: skip
    pq.write_table(reviews, file)


def _write_described(file: Path, rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 8, rows)
    columns = {"customer_id": _named("C", pa.array(np.arange(rows))), "kind": _named("k", pa.array(kind))}
    for place in range(20):
        values = rng.integers(0, 5, rows)
        if place < 4:
            values = np.where((kind == place) & (rng.random(rows) < 0.2), 0, values)
        columns[f"a{place}"] = _named("v", pa.array(values))
    pq.write_table(pa.table(columns), file)


def _write_tastes(file: Path, rows: int, seed: int) -> None:
    day = np.datetime64(AS_OF) + 1
    lines, following = tastes(rows, products=PRODUCTS, each=LINES_EACH, as_of=day, seed=seed)
    pq.write_table(following, file.with_name(f"next_{rows}.parquet"))
    pq.write_table(lines, file)


def _write_profiles(file: Path, rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    places, ways = np.array(["France", "Spain", "Germany", "Italy", "Greece"]), np.array(["web", "store", "app"])
    cents = pa.decimal128(18, 2)
    columns = {
        "customer_id": _named("c", pa.array(np.arange(rows))),
        "days_since_last": rng.integers(0, 700, rows),
        "orders": rng.geometric(0.2, rows),
        "categories": rng.integers(1, 9, rows),
        "net_revenue": pa.array((rng.random(rows) * 5_000).round(2)).cast(cents),
        "margin": pa.array((rng.random(rows) * 2_000 - 100).round(2)).cast(cents),
        "return_rate": rng.random(rows),
        "discount_rate": rng.random(rows),
        "main_channel": ways[rng.integers(0, 3, rows)],
        "country": places[rng.integers(0, 5, rows)],
        "lateness": pa.array(rng.random(rows) * 5, mask=rng.random(rows) < 0.3),
        "lapsed": rng.random(rows) < 0.3,
    }
    pq.write_table(pa.table(columns), file)


def _drawn(size: int, habits: dict[str, float], seed: int) -> dict[str, np.ndarray]:
    ages = np.random.default_rng([seed, 1]).integers(1, DAYS, size)
    made = simulate.bg_nbd(size, **habits, T=ages, seed=seed)
    return {name: made[name].to_numpy() for name in ("frequency", "recency", "T")}


def _write_orders(file: Path, rows: int, seed: int) -> None:
    """Write blocks of customers first, then sort them together month by month."""
    parts = file.with_suffix(".parts")
    shutil.rmtree(parts, ignore_errors=True)
    parts.mkdir()
    first = 0
    for number, size in enumerate(_blocks(int(rows / ORDERS_EACH) + 1)):
        pq.write_table(_bought(size, first, seed + number), parts / f"{number}.parquet")
        first += size
    _merged(parts, file, rows)
    shutil.rmtree(parts)


def _bought(size: int, first: int, seed: int) -> pa.Table:
    """Return the orders of customers: the first, the last, and between them moments that are uniform given both."""
    rng = np.random.default_rng([seed, 2])
    made = _drawn(size, BUSY, seed)
    repeats = made["frequency"]
    who = np.repeat(np.arange(size), repeats + 1)
    place = np.arange(len(who)) - np.repeat(np.cumsum(repeats + 1) - repeats - 1, repeats + 1)
    share = np.where(place == 0, 0.0, np.where(place == repeats[who], 1.0, rng.random(len(who))))
    after = (DAYS - made["T"])[who] + made["recency"][who] * share
    amount = simulate.gamma_gamma(np.ones(len(who)), **SPEND, seed=SPEND_SEED + seed)
    return pa.table({"who": first + who, "after": (after * SECONDS).astype(np.int64), "amount": amount})


def _merged(parts: Path, file: Path, rows: int) -> None:
    kinds = {
        "order_id": pa.string(),
        "customer_id": pa.string(),
        "ordered_at": pa.timestamp("us"),
        "amount": pa.decimal128(18, 2),
    }
    all_parts, month, written = ds.dataset(parts), 30 * SECONDS, 0
    with pq.ParquetWriter(file, pa.schema(kinds)) as writer:
        for begin in range(0, (DAYS + 1) * SECONDS, month):
            inside = (pc.field("after") >= begin) & (pc.field("after") < begin + month)
            table = all_parts.to_table(filter=inside).sort_by([("after", "ascending"), ("who", "ascending")])
            table = table.slice(0, rows - written)
            writer.write_table(_as_export(table, written, writer.schema))
            written += len(table)
    if written < rows:
        raise SystemExit(f"only {written} orders of {rows} were drawn")


def _as_export(table: pa.Table, first: int, schema: pa.Schema) -> pa.Table:
    begin = pa.scalar(datetime.combine(AS_OF - timedelta(days=DAYS), datetime.min.time()), pa.timestamp("us"))
    seconds = pc.multiply(table["after"], 1_000_000).cast(pa.duration("us"))
    return pa.table(
        {
            "order_id": _named("O", pa.array(np.arange(first, first + len(table)))),
            "customer_id": _named("C", table["who"]),
            "ordered_at": pc.add(begin, seconds),
            "amount": pc.round(table["amount"], 2).cast(pa.decimal128(18, 2)),
        },
        schema=schema,
    )


def _named(letter: str, numbers: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(letter, pc.utf8_lpad(numbers.cast(pa.string()), 9, "0"), "")


def units(rows: int, *, seed: int = 20_240_520) -> Path:
    """Return a file of units of an experiment with one metric."""
    return _kept(f"units_{rows}", lambda file: write_units(file, rows, 1, seed=seed))


def measured_units(rows: int, *, seed: int = 20_240_521) -> Path:
    """Return a file of units of an experiment with fifty metrics."""
    return _kept(f"measured_units_{rows}", lambda file: write_units(file, rows, 50, seed=seed))


def scores(rows: int, *, seed: int = 20_241_123) -> Path:
    """Return a file of `rows` people of a campaign: score, treated, outcome."""
    return _kept(f"scores_{rows}", lambda file: _write_scores(file, rows, seed))


def touches(rows: int, *, seed: int = 20_241_123) -> Path:
    """Return a file of the touches of `rows` paths."""
    return _kept(f"touches_{rows}", lambda file: write_touches(file, rows, seed=seed))


def prices(rows: int, *, seed: int = 20_241_126) -> Path:
    """Return a file of about `rows` order lines at planted prices."""
    return _kept(f"prices_{rows}", lambda file: write_prices(file, rows, seed))


def _write_scores(file: Path, rows: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    score, treated = generator.normal(size=rows), generator.random(rows) < 0.5
    outcome = generator.random(rows) < 0.1 + treated * np.clip(0.02 + 0.02 * score, -0.1, 0.2)
    pq.write_table(pa.table({"score": score, "treated": treated, "outcome": outcome.astype(np.float64)}), file)


KINDS: dict[str, Callable[[int], Path]] = {
    "customers": customers, "orders": orders, "cycles": cycles, "habits": habits, "clicks": clicks, "cells": cells,
    "tastes": tastes_of, "profiles": profiles, "behaviours": behaviours, "texts": texts,
    "described": described, "units": units, "measured_units": measured_units,
    "scores": scores, "touches": touches, "prices": prices,
}  # fmt: skip


def main() -> None:
    """Write one file and print its path."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=KINDS)
    parser.add_argument("rows", type=int)
    chosen = parser.parse_args()
    print(KINDS[chosen.what](chosen.rows))


if __name__ == "__main__":
    main()

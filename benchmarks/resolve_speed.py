"""Who is who among a million customer records, at once and going on with ten thousand new ones.

The measuring processes run this file: python resolve_speed.py TASK ...
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from measure import Reading
from result import Result, Target, at_most

sys.path.insert(0, str(Path(__file__).parent / "work"))

from laps import Laps

FOLDER = Path(__file__).parent / ".data"
FIRST_DAY = date(2023, 1, 1)
DUPLICATES = 0.3
TILL = 0.01  # share of records that carry one and the same e-mail address
GIVEN, FAMILY, STREETS, TOWNS = 2_000, 40_000, 50_000, 3_000
LIMITS = {"at once": 40.0, "new": 2.0}
MEMORY = "2GB"


def identity(*, quick: bool) -> Result:
    """Link all records, then all but the last, then go on with those."""
    known, new = (100_000, 1_000) if quick else (1_000_000, 10_000)
    file = _kept(known, new)
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        before = _child("at_once", file, Path(folder) / "before", known)
        later = _child("going_on", file, Path(folder) / "before", Path(folder) / "later", known)
        _child("at_once", file, Path(folder) / "whole", known + new)
        same = _child("same", Path(folder) / "later", Path(folder) / "whole", Path(folder) / "before")
    facts = before.facts
    return Result(
        name="identity",
        title=f"Identity of {known:,} customer records",
        included=f"Parquet to Parquet, two threads, limit {MEMORY}: normalised identifiers ({facts['identifiers']:,})"
        f" to match keys ({facts['keys']:,}) and links, {DUPLICATES:.0%} of the records are duplicates, {TILL:.0%}"
        f" share one e-mail address; {facts['customers']:,} customers. Then {new:,} new records: what they touch, and"
        f" both tables written whole; {same.facts['moved']} of the known records changed their customer's id.",
        columns=("what", "s", "processor s", "writing both tables, s", "peak memory, GB"),
        rows=[_row(f"{known:,} at once", before), _row(f"{new:,} new ones", later)],
        targets=[
            at_most(f"{known:,} records", _seconds(before), LIMITS["at once"], "s"),
            at_most(f"{new:,} new ones", later.wall["resolve"], LIMITS["new"], "s"),
            at_most("peak memory", max(before.peak_gb, later.peak_gb), 3.0, "GB"),
            _none("rows that differ from all at once", same.facts["different"]),
        ],
    )


def _row(name: str, reading: Reading) -> list[str]:
    wall, processor = reading.wall, sum(reading.processor[lap] for lap in ("resolve", "write"))
    return [name, f"{wall['resolve']:.2f}", f"{processor:.2f}", f"{wall['write']:.2f}", f"{reading.peak_gb:.2f}"]


def _seconds(reading: Reading) -> float:
    return reading.wall["resolve"] + reading.wall["write"]


def _none(what: str, came: int) -> Target:
    return Target(what=what, limit="none", came=str(came), met=came == 0)


def _child(task: str, *words: object) -> Reading:
    command = [sys.executable, "-W", "ignore", __file__, task, *map(str, words)]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
    told = process.stdout.read().decode() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    reading = Reading(peak_gb=usage.ru_maxrss / 2**20, **json.loads(told.splitlines()[-1]))
    print(f"  {task}: {reading.wall}; {reading.peak_gb:.2f} GB", file=sys.stderr, flush=True)
    return reading


def at_once(laps: Laps, file: str, to: str, records: str) -> None:
    """Identifiers of the first records to match keys and links."""
    from patron.identity import resolve

    table, keep = _engine(to, file, records)
    with laps.lap("resolve"):
        made = resolve(table, keep=keep)
    with laps.lap("write"):
        links, keys = keep("links", made.links), keep("match_keys", made.match_keys)
    laps.facts |= {
        "identifiers": table.count().to_pyarrow().as_py(),
        "keys": keys.count().to_pyarrow().as_py(),
        "customers": links.customer_id.nunique().to_pyarrow().as_py(),
    }


def going_on(laps: Laps, file: str, before: str, to: str, known: str) -> None:
    """All identifiers, and what the first records came to, to match keys and links of all."""
    from patron.identity import Resolution, resolve

    table, keep = _engine(to, file, None)
    connection = table.get_backend()
    earlier = Resolution(*(connection.read_parquet(f"{before}/{name}.parquet") for name in ("links", "match_keys")))
    changed = keep("came", table.filter(table.record_id >= _name(int(known))).select("record_id").distinct())
    with laps.lap("resolve"):
        made = resolve(table, keep=keep, before=earlier, changed=changed)
    with laps.lap("write"):
        keep("links", made.links)
        keep("match_keys", made.match_keys)


def same(laps: Laps, one: str, other: str, before: str) -> None:
    """Count the rows that differ, and the known records that have another customer than before."""
    import duckdb

    different = 0
    for name in ("links", "match_keys"):
        left, right = (f"FROM '{folder}/{name}.parquet'" for folder in (one, other))
        query = f"SELECT count(*) FROM (({left} EXCEPT ALL {right}) UNION ALL ({right} EXCEPT ALL {left}))"
        different += duckdb.sql(query).fetchall()[0][0]
    moved = duckdb.sql(
        f"SELECT count(*) FROM '{before}/links.parquet' b JOIN '{one}/links.parquet' o USING (source, record_id)"
        " WHERE b.customer_id <> o.customer_id"
    ).fetchall()[0][0]
    laps.facts |= {"different": different, "moved": moved}


def _engine(to: str, file: str, records: str | None) -> tuple[Any, Callable[[str, Any], Any]]:
    """Return the identifiers, read by an engine of its own, and a `keep` that writes beside the results."""
    from patron.engines import connect

    Path(to).mkdir()
    connection = connect(memory=MEMORY, spill=Path(to) / "spill", threads=2)
    table = connection.read_parquet(file)

    def keep(name: str, made: Any) -> Any:
        connection.to_parquet(made, f"{to}/{name}.parquet")
        return connection.read_parquet(f"{to}/{name}.parquet")

    if records:
        table = keep("identifiers", table.filter(table.record_id < _name(int(records))))
    keep("warm", table.limit(1))  # the first call of a process loads Ibis and DuckDB
    return table, keep


def _kept(known: int, new: int) -> Path:
    """Return a file of identifiers; it is written when it is first asked for, in a process of its own."""
    file = FOLDER / f"identifiers_{known}_{new}.parquet"
    if not file.exists():
        FOLDER.mkdir(exist_ok=True)
        subprocess.run([sys.executable, __file__, "data", str(file), str(known), str(new)], check=True)
    return file


def data(_laps: Laps, file: str, known: str, new: str) -> None:
    """Draw people, and records of them; the last records are seen last."""
    rng = np.random.default_rng(20_240_701)
    rows = int(known) + int(new)
    persons = int(rows * (1 - DUPLICATES))
    person = np.where(rng.random(rows) < DUPLICATES, rng.integers(0, persons, rows), np.arange(rows) % persons)
    seen = np.sort(rng.integers(0, 700, rows))
    draft = Path(file).with_suffix(".draft")
    with pq.ParquetWriter(draft, _schema()) as writer:
        for kind, (values, share) in _values(rng, person, persons).items():
            there = rng.random(rows) < share
            writer.write_table(_identifiers(kind, values.filter(pa.array(there)), np.flatnonzero(there), seen[there]))
    draft.rename(file)


def _values(rng: np.random.Generator, person: np.ndarray, persons: int) -> dict[str, tuple[pa.Array, float]]:
    """Return by kind each record's value, and the share of records that have one."""
    rows = len(person)
    given, family = rng.integers(0, GIVEN, persons), (rng.random(persons) ** 2 * FAMILY).astype(int)
    street, town = rng.integers(0, STREETS, persons), rng.integers(0, TOWNS, persons)
    born = rng.integers(0, 25_000, persons)
    another = np.where(rng.random(rows) < 0.3, persons + np.arange(rows), person)
    mail = pc.if_else(pa.array(rng.random(rows) < TILL), "till@example.com", _text("m", another, "@example.com"))
    name = pc.binary_join_element_wise(_text("g", given[person]), _text("f", family[person]), " ")
    days = pc.cast(pa.array(born[person].astype(np.int32), pa.date32()), pa.string())
    address = pc.binary_join_element_wise(_text("s", street[person]), _text("t", town[person]), " ")
    return {
        "email": (mail, 0.9),
        "phone": (_text("+4930", person), 0.6),
        "name": (name, 0.95),
        "given_name": (_text("g", given[person]), 0.95),
        "family_name": (_text("f", family[person]), 0.95),
        "birth_date": (days, 0.3),
        "street": (_text("s", street[person]), 0.6),
        "city": (_text("t", town[person]), 0.6),
        "address": (address, 0.6),
    }


def _schema() -> pa.Schema:
    from patron.contracts.person import IDENTIFIERS

    return IDENTIFIERS.schema.to_pyarrow()


def _identifiers(kind: str, values: pa.Array, records: np.ndarray, seen: np.ndarray) -> pa.Table:
    rows = len(values)
    days = pa.array(seen.astype(np.int32) + (FIRST_DAY - date(1970, 1, 1)).days, pa.int32()).cast(pa.date32())
    columns = {
        "source": pa.repeat("customers", rows),
        "record_id": _text("R", records),
        "kind": pa.repeat(kind, rows),
        "value": values,
        "given": values,
        "seen_on": days,
        "changed_on": pa.nulls(rows, pa.date32()),
        "status": pa.repeat("used", rows),
    }
    return pa.table([columns[name] for name in _schema().names], schema=_schema())


def _text(letter: str, numbers: np.ndarray, end: str = "") -> pa.Array:
    return pc.binary_join_element_wise(letter, pc.utf8_lpad(pa.array(numbers).cast(pa.string()), 8, "0"), end, "")


def _name(number: int) -> str:
    return f"R{number:08d}"


def main() -> None:
    """Do one task."""
    laps = Laps()
    tasks = {"at_once": at_once, "going_on": going_on, "same": same, "data": data}
    tasks[sys.argv[1]](laps, *sys.argv[2:])
    laps.tell()


if __name__ == "__main__":
    main()

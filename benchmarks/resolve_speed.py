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
LIMITS = {"at once": 60.0, "new": 2.0}
MEMORY = "2GB"
SYLLABLES = tuple(f"{start}{sound}" for start in "bdfghklmnprstvwz" for sound in ("a", "e", "i", "o", "u", "an", "er"))


def identity(*, quick: bool) -> Result:
    """Read and link all records but the last, then go on with those, then all at once."""
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
        included=f"Parquet to Parquet, two threads, limit {MEMORY}: customer records as a shop has them (names,"
        f" addresses, telephone numbers) to {facts['identifiers']:,} normalised identifiers, {facts['keys']:,} match"
        f" keys and links; {DUPLICATES:.0%} of the records are duplicates, {TILL:.0%} share one e-mail address;"
        f" {facts['customers']:,} customers. Then {new:,} new records: found among all by comparing them, normalised,"
        f" and linked with all that they touch; {same.facts['moved']} of the known records got another customer's id,"
        f" {same.facts['moved_alone']} of them without a new record beside them.",
        columns=(
            "what",
            "normalised, s",
            "linked, s",
            "both tables written, s",
            "in all, processor s",
            "peak memory, GB",
        ),
        rows=[_row(f"{known:,} at once", before), _row(f"{new:,} new ones", later)],
        targets=[
            at_most(f"{known:,} records, in all", sum(before.wall.values()), LIMITS["at once"], "s"),
            at_most(f"{new:,} new ones, linked", later.wall["resolve"], LIMITS["new"], "s"),
            at_most("peak memory", max(before.peak_gb, later.peak_gb), 3.0, "GB"),
            _none("rows that differ from all at once", same.facts["different"]),
            _none("ids changed where nothing new came", same.facts["moved_alone"]),
        ],
    )


def _row(name: str, reading: Reading) -> list[str]:
    laps = [f"{reading.wall[lap]:.2f}" for lap in ("normalise", "resolve", "write")]
    return [name, *laps, f"{sum(reading.processor.values()):.2f}", f"{reading.peak_gb:.2f}"]


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
    """From the first records to match keys and links."""
    from patron.identity import identifiers, resolve

    raw, keep = _engine(to, file, records)
    with laps.lap("normalise"):
        table = keep("identifiers", identifiers(raw, country="DE", keep=keep))
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
    """All records, and what the first ones came to, to match keys and links of all."""
    from patron.identity import Identified, Resolution, identifiers_again, resolve

    raw, keep = _engine(to, file, None)
    _engine(f"{to}_then", file, known)  # which writes them
    read = {name: _read(raw, f"{before}/{name}.parquet") for name in ("links", "match_keys", "identifiers")}
    with laps.lap("normalise"):
        earlier = Identified(raw={"raw_customers": _read(raw, f"{to}_then/raw.parquet")}, country="DE",
                             identifiers=read["identifiers"])  # fmt: skip
        table = keep("identifiers", identifiers_again(raw, before=earlier, country="DE", keep=keep))
    changed = keep("came", table.filter(table.record_id >= _name(int(known))).select("record_id").distinct())
    with laps.lap("resolve"):
        made = resolve(table, keep=keep, before=Resolution(read["links"], read["match_keys"]), changed=changed)
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
    joined = f"FROM '{before}/links.parquet' b JOIN '{one}/links.parquet' o USING (source, record_id)"
    moved = f"{joined} WHERE b.customer_id <> o.customer_id"
    known = f"(SELECT record_id FROM '{before}/links.parquet')"
    new = f"SELECT n.customer_id FROM '{one}/links.parquet' n WHERE n.record_id NOT IN {known}"
    alone = f"{moved} AND o.customer_id NOT IN ({new})"
    counts = [duckdb.sql(f"SELECT count(*) {query}").fetchall()[0][0] for query in (moved, alone)]
    laps.facts |= {"different": different, "moved": counts[0], "moved_alone": counts[1]}


def _engine(to: str, file: str, records: str | None) -> tuple[dict[str, Any], Callable[[str, Any], Any]]:
    """Return the raw records, read by an engine of its own, and a `keep` that writes beside the results."""
    from patron.engines import connect

    Path(to).mkdir()
    connection = connect(memory=MEMORY, spill=Path(to) / "spill", threads=2)
    table = connection.read_parquet(file)

    def keep(name: str, made: Any) -> Any:
        connection.to_parquet(made, f"{to}/{name}.parquet")
        return connection.read_parquet(f"{to}/{name}.parquet")

    if records:
        table = keep("raw", table.filter(table.customer_id < _name(int(records))))
    keep("warm", table.limit(1))  # the first call of a process loads Ibis and DuckDB
    return {"raw_customers": table}, keep


def _read(raw: dict[str, Any], file: str) -> Any:
    return raw["raw_customers"].get_backend().read_parquet(file)


def _kept(known: int, new: int) -> Path:
    """Return a file of customer records; it is written when it is first asked for, in a process of its own."""
    file = FOLDER / f"records_{known}_{new}.parquet"
    if not file.exists():
        FOLDER.mkdir(exist_ok=True)
        subprocess.run([sys.executable, __file__, "data", str(file), str(known), str(new)], check=True)
    return file


def data(_laps: Laps, file: str, known: str, new: str) -> None:
    """Draw people, and records of them as shops write them down; the last records are seen last."""
    from patron.contracts.raw import RAW_CUSTOMERS

    rng = np.random.default_rng(20_240_701)
    rows = int(known) + int(new)
    persons = int(rows * (1 - DUPLICATES))
    person = np.where(rng.random(rows) < DUPLICATES, rng.integers(0, persons, rows), np.arange(rows) % persons)
    days = np.sort(rng.integers(0, 700, rows)).astype(np.int32) + (FIRST_DAY - date(1970, 1, 1)).days
    columns = {
        "file": pa.repeat("customers.parquet", rows),
        "row": pa.array(np.arange(1, rows + 1)),
        "customer_id": _text("R", np.arange(rows)),
        "acquired_on": pa.array(days, pa.int32()).cast(pa.date32()),
        "country": pa.repeat("Germany", rows),
    }
    for name, (values, share) in _values(rng, person, persons).items():
        columns[name] = pc.if_else(pa.array(rng.random(rows) < share), values, pa.scalar(None, values.type))
    schema = RAW_CUSTOMERS.schema.to_pyarrow()
    whole = [columns[f.name].cast(f.type) if f.name in columns else pa.nulls(rows, f.type) for f in schema]
    draft = Path(file).with_suffix(".draft")
    pq.write_table(pa.table(whole, schema=schema), draft)
    draft.rename(file)


def _values(rng: np.random.Generator, person: np.ndarray, persons: int) -> dict[str, tuple[pa.Array, float]]:
    """Return by column each record's text, and the share of records that have one."""
    rows = len(person)
    given, family = rng.integers(0, GIVEN, persons), (rng.random(persons) ** 2 * FAMILY).astype(int)
    street, town = rng.integers(0, STREETS, persons), rng.integers(0, TOWNS, persons)
    house = rng.integers(1, 150, persons)
    born = rng.integers(0, 20_000, persons).astype(np.int32)
    another = np.where(rng.random(rows) < 0.3, persons + np.arange(rows), person)
    shouted = pa.array(rng.random(rows) < 0.1)
    mail = pc.if_else(pa.array(rng.random(rows) < TILL), "till@example.com", _text("m", another, "@Example.com"))
    first, last = _words(given[person], 3), _words(family[person] + 3 * GIVEN, 3)
    whole = pc.binary_join_element_wise(first, last, " ")
    national = pc.utf8_lpad(pa.array(person).cast(pa.string()), 8, "0")
    number = pc.if_else(
        pa.array(rng.random(rows) < 0.5),
        pc.binary_join_element_wise("+49 151 ", national, ""),
        pc.binary_join_element_wise("0151/", national, ""),
    )
    road = pc.binary_join_element_wise(_words(street[person] + 50_000, 3), "str. ", "")
    homes = pc.binary_join_element_wise(road, pa.array(house[person]).cast(pa.string()), "")
    return {
        "email": (pc.if_else(shouted, pc.utf8_upper(mail), mail), 0.9),
        "phone": (number, 0.6),
        "name": (pc.if_else(shouted, pc.utf8_upper(whole), whole), 0.95),
        "birth_date": (pa.array(born[person], pa.int32()).cast(pa.date32()), 0.3),
        "street": (homes, 0.6),
        "city": (_words(town[person] + 120_000, 2), 0.6),
        "postal_code": (pc.utf8_lpad(pa.array(10_000 + town[person]).cast(pa.string()), 5, "0"), 0.6),
    }


def _words(numbers: np.ndarray, syllables: int) -> pa.Array:
    """Return a name for each number, made of syllables."""
    parts, left = [], numbers.copy()
    for place in range(syllables + 1):
        parts.append(pa.array(SYLLABLES).take(pa.array(left % len(SYLLABLES))))
        left //= len(SYLLABLES)
        if place == syllables - 1 and not left.any():
            break
    return pc.utf8_capitalize(pc.binary_join_element_wise(*parts, ""))


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

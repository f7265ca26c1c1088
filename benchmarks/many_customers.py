"""A shop of as many customers as wanted, in seconds: a small one is run, and its customers are copied."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb
from served_process import patron

SEED_CUSTOMERS = 200


def shop_of(
    customers: int,
    folder: Path,
    *,
    tables: Sequence[str] | None = None,
    seed: Path | None = None,
) -> list[str]:
    """Run a small shop and copy its customers, and what was found of each, until there are enough; return some ids.

    Parameters
    ----------
    customers : int
        How many there are to be.
    folder : Path
        Where the project is made.
    tables : sequence of str, optional
        The tables about one customer that are copied; by default all that the run holds.
    seed : Path, optional
        A project to begin with, instead of a demo.
    """
    if seed is not None:
        shutil.copytree(seed, folder)
    else:
        patron("demo", folder, "--customers", SEED_CUSTOMERS)
    if not (folder / ".patron" / "runs" / "LAST").exists():
        patron("run", folder)
    runs = folder / ".patron" / "runs"
    run = runs / (runs / "LAST").read_text().strip()
    manifest = json.loads((run / "manifest.json").read_text())
    copies = -(-customers // manifest["tables"]["profiles"]["rows"])
    for table in tables or [name for name in manifest["tables"] if _about_one(run / f"{name}.parquet")]:
        names = ["record_id", "customer_id"] if table == "links" else ["customer_id"]
        manifest["tables"][table]["rows"] = _copied(run / f"{table}.parquet", names, copies)
    (run / "manifest.json").write_text(json.dumps(manifest))
    some = duckdb.sql(f"SELECT customer_id FROM '{run / 'profiles.parquet'}' USING SAMPLE 20000 (reservoir, 1)")
    return [row[0] for row in some.fetchall()]


def _copied(file: Path, names: Sequence[str], copies: int) -> int:
    into = file.with_suffix(".larger")
    named = ", ".join(f"{name} || '-' || lpad(n::VARCHAR, 5, '0') AS {name}" for name in names)
    order = names[-1]
    every = f"SELECT * REPLACE ({named}) FROM '{file}', range({copies}) AS r(n) ORDER BY {order}"
    duckdb.sql(f"COPY ({every}) TO '{into}' (FORMAT parquet)")
    into.replace(file)
    return int(duckdb.sql(f"SELECT count(*) FROM '{file}'").fetchall()[0][0])


def _about_one(file: Path) -> bool:
    return file.exists() and "customer_id" in duckdb.sql(f"SELECT * FROM '{file}' LIMIT 0").columns

"""How long do eligibility and the auction take for a million possible messages?

One thread of DuckDB, from memory to memory. Run:   python benchmarks/references/auction_speed.py [ROWS]
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from patron.contracts.trigger import CANDIDATES
from patron.decisions import Circumstances, Holdout, auction, eligible

AS_OF = date(2026, 1, 5)
TRIGGERS = 12
WORDS = {
    "form": "trigger", "kind": "promotion", "subject_kind": "none", "subject": "", "action": "remind",
    "channel": "email", "purpose": "marketing", "evidence": "modelled",
}  # fmt: skip


def possible(rows: int) -> pa.Table:
    """Return about so many possible messages, to two fifths as many customers."""
    rng = np.random.default_rng(0)
    key = np.unique(rng.integers(0, rows * 2 // 5, rows) * TRIGGERS + rng.integers(0, TRIGGERS, rows))
    count, value = len(key), rng.gamma(1.5, 2, len(key))
    days = {"fired_on": AS_OF, "expires_on": date(2026, 1, 9)}
    columns: dict[str, Any] = {
        "customer_id": pa.array(key // TRIGGERS).cast(pa.string()),
        "trigger": pa.array(np.char.add("t", (key % TRIGGERS).astype(str))), "iteration": np.ones(count, np.int64),
        "value": value, "value_low": value, "value_high": value, "cost": np.full(count, 0.05),
        **{name: pa.array([day] * count, pa.date32()) for name, day in days.items()},
        **{name: pa.array([word] * count, pa.string()) for name, word in WORDS.items()},
    }  # fmt: skip
    schema = CANDIDATES.schema.to_pyarrow()
    made = [pa.array(columns[one.name]) if one.name in columns else pa.nulls(count, one.type) for one in schema]
    return pa.table(made, schema=schema)


def timed(name: str, work: Callable[[], Any]) -> Any:
    """Do the work, and print what it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    made = work()
    print(f"{name}: {time.perf_counter() - wall:.1f} s, {time.process_time() - cpu:.1f} s of the processor")
    return made


def main() -> None:
    """Print the seconds of both, and the most memory held."""
    ibis.set_backend(ibis.duckdb.connect(threads=1))
    rows = possible(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
    held = [Holdout(name="global", share=0.05)]
    held += [Holdout(name=f"trigger:t{place}", share=0.1) for place in range(TRIGGERS)]
    known = Circumstances(holdouts=tuple(held))
    print(f"{rows.num_rows:,} messages")
    judged = timed("eligible", lambda: eligible(ibis.memtable(rows), as_of=AS_OF, known=known).to_pyarrow())
    made = timed("auction", lambda: auction(ibis.memtable(judged), contact_budget=2, as_of=AS_OF))
    print(f"{made.chosen.count().to_pyarrow().as_py():,} sent")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()

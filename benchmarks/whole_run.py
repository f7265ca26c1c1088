"""How long does a whole run take, and how much memory?

    python benchmarks/whole_run.py [PROJECT] [--rounds 3]

Runs `patron run` and `patron report` of a project from nothing, in processes of their own, and prints the median wall
seconds and the peak memory of each beside the limits of the plan: 60 s and 2 GB for a million invoice lines.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SECONDS, GIGABYTES = 60.0, 2.0


def measured(words: list[str]) -> tuple[float, float]:
    """Return wall seconds and peak gigabytes of one command."""
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "patron", *words, "--quiet"])
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"patron {' '.join(words)} failed")
    return time.perf_counter() - begun, usage.ru_maxrss / 2**20


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", nargs="?", default="examples/online_retail", type=Path)
    parser.add_argument("--rounds", default=3, type=int)
    chosen = parser.parse_args()
    own = chosen.project / ".patron"
    taken: dict[str, list[tuple[float, float]]] = {"run": [], "run again": [], "report": []}
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "kept"
        if own.exists():
            shutil.move(own, kept)
        try:
            for _ in range(chosen.rounds):
                shutil.rmtree(own, ignore_errors=True)
                taken["run"].append(measured(["run", str(chosen.project)]))
                taken["run again"].append(measured(["run", str(chosen.project)]))
                taken["report"].append(measured(["report", str(chosen.project), "--to", f"{folder}/report.html"]))
        finally:
            shutil.rmtree(own, ignore_errors=True)
            if kept.exists():
                shutil.move(kept, own)
    for name, figures in taken.items():
        seconds = statistics.median(second for second, _ in figures)
        peak = max(gigabytes for _, gigabytes in figures)
        shares = f"{seconds / SECONDS:.2f} and {peak / GIGABYTES:.2f} of the limits"
        print(f"{name:<10} {seconds:6.1f} s {peak:5.2f} GB: {shares}")


if __name__ == "__main__":
    main()

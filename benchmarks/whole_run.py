"""How long does a whole run take, and how much memory?

`patron run` and `patron report` of a shop's two years of invoice lines, from nothing, in processes of their own.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from result import Result, at_most

PROJECT = Path(__file__).parents[1] / "examples" / "online_retail"
SECONDS, GIGABYTES = 60.0, 2.0


def whole_run(*, quick: bool) -> Result | None:
    """Run the shop from nothing, run it again, and draw its report; None where its files are not there."""
    taken: dict[str, list[tuple[float, float]]] = {"run": [], "run again": [], "report": []}
    with tempfile.TemporaryDirectory() as folder:
        project = _copied(Path(folder))
        if project is None:
            return None
        for _ in range(1 if quick else 3):
            shutil.rmtree(project / ".patron", ignore_errors=True)
            taken["run"].append(_measured("run", project))
            taken["run again"].append(_measured("run", project))
            taken["report"].append(_measured("report", project, "--to", project / "report.html"))
    seconds = {name: statistics.median(second for second, _ in figures) for name, figures in taken.items()}
    peaks = {name: max(gigabytes for _, gigabytes in figures) for name, figures in taken.items()}
    return Result(
        name="whole_run",
        title="A whole run of Online Retail II (1,067,371 lines)",
        included="Whole processes: `patron run` from nothing, the same again when nothing has changed, `patron report`."
        f" Medians of {len(taken['run'])}.",
        columns=("command", "s", "peak memory, GB"),
        rows=[[name, f"{seconds[name]:.1f}", f"{peaks[name]:.2f}"] for name in taken],
        targets=[
            at_most("patron run", seconds["run"], SECONDS, "s"),
            at_most("peak memory", max(peaks.values()), GIGABYTES, "GB"),
        ],
    )


def _copied(folder: Path) -> Path | None:
    """Return a copy of the project that reads the same files, if they are there."""
    settings = (PROJECT / "patron.yaml").read_text(encoding="utf-8")
    [path] = re.findall(r"path: (\S+)", settings)
    if not list((PROJECT / path).parent.glob(Path(path).name)):
        return None
    (folder / "patron.yaml").write_text(
        settings.replace(path, str((PROJECT / path).parent.resolve() / Path(path).name))
    )
    return folder


def _measured(*words: object) -> tuple[float, float]:
    """Return wall seconds and peak gigabytes of one command."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "patron", *map(str, words), "--quiet"]
    process = subprocess.Popen(command, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"})
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return time.perf_counter() - begun, usage.ru_maxrss / 2**20

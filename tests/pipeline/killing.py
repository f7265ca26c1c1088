"""Make runs in processes that are killed, and look at what is left.

Called by test_runs_survive.py in a process of its own, which imports everything once and never computes anything: every
run is made in a child that is forked from it, so that it begins warm and can be killed like any process.

``python killing.py BASE PLACE FIRST LAST SEED`` makes copies of the project BASE in the folder PLACE. Of each, a run is
killed at a random moment, and then made again in peace. Prints one line of JSON a try, after a line on an undisturbed
one.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from patron.engines.store import Store
from patron.pipeline import Progress, open_project
from tests_support import TODAY, rounded

EARLIER, DAY = date(2024, 9, 30), date(2024, 12, 31)

Tell = Callable[[Progress], None]


def runs_of(folder: Path) -> Path:
    return folder / ".patron" / "runs"


def begin(folder: Path, told: Path, *, as_of: date = DAY, tell: Tell = lambda _: None) -> int:
    """Make a run in a child process, which writes what it made to `told` at the end; return its number."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        made = open_project(folder).run(as_of, today=TODAY, tell=tell)
        how = {
            name: "resumed" if step.resumed else "reused" if step.reused else "made"
            for name, step in made.manifest.steps.items()
        }
        facts = {"run": made.manifest.run_id, "steps": how, "tables": digests(made.folder)}
        told.write_text(json.dumps(facts), encoding="utf-8")
        code = 0
    except BaseException:  # noqa: BLE001 - the child must end here, whatever it was
        traceback.print_exc()
    finally:
        os._exit(code)


def make(folder: Path, told: Path, *, as_of: date = DAY, tell: Tell = lambda _: None) -> dict[str, Any]:
    """Make a run in a child process and wait for it."""
    _, status = os.waitpid(begin(folder, told, as_of=as_of, tell=tell), 0)
    assert status == 0, f"the run ended with status {status}"
    facts: dict[str, Any] = json.loads(told.read_text(encoding="utf-8"))
    return facts


def kill_after(folder: Path, told: Path, *, seconds: float) -> bool:
    """Make a run in a child process and kill it after a while; tell whether it had ended before."""
    child = begin(folder, told)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or status == 0
    return not os.WIFSIGNALED(status)


def digests(folder: Path) -> dict[str, str]:
    """Return a digest of every table of a run; of floating-point numbers nine digits count."""
    return {
        file.stem: hashlib.sha256(repr([rounded(row) for row in pq.read_table(file).to_pylist()]).encode()).hexdigest()
        for file in sorted(folder.glob("*.parquet"))
    }


def bytes_of(folder: Path) -> dict[str, str]:
    """Return a digest of every file of a folder, byte for byte."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def left_over(folder: Path) -> list[str]:
    """Return what lies beside the runs that is no run."""
    return sorted(file.name for file in runs_of(folder).iterdir() if file.name.startswith("."))


def one_try(base: Path, place: Path, *, seconds: float, expected: dict[str, str]) -> dict[str, Any]:
    """Kill one run, make it again, and say what was seen."""
    shutil.copytree(base, place)
    store, told = Store(runs_of(place)), place / "told.json"
    before = store.last()
    assert before is not None
    whole = bytes_of(before.folder)
    ended = kill_after(place, told, seconds=seconds)
    after = store.last()
    seen = {
        "seconds": round(seconds, 3),
        "ended": ended,
        "published": after is not None and after.manifest.run_id != before.manifest.run_id,
        "listed": after is not None and store.ids()[-1] == after.manifest.run_id,
        "intact": bytes_of(before.folder) == whole,
        "left": left_over(place),
    }
    made = make(place, told)
    seen |= {
        "equal": made["tables"] == expected,
        "clean": left_over(place) == [],
        "resumed": sum(how == "resumed" for how in made["steps"].values()),
        "still_intact": bytes_of(before.folder) == whole,
    }
    shutil.rmtree(place)
    return seen


def main(base: Path, place: Path, first: int, last: int, seed: int) -> None:
    undisturbed = place / f"undisturbed{first}"
    shutil.copytree(base, undisturbed)
    begun = time.perf_counter()
    made = make(undisturbed, place / f"told{first}.json")
    length = time.perf_counter() - begun
    print(json.dumps({"length": length, "steps": made["steps"]}), flush=True)  # noqa: T201 - its result
    for number in range(first, last):
        moment = random.Random(f"{seed} {number}").uniform(0, 1.05 * length)
        seen = one_try(base, place / f"try{number}", seconds=moment, expected=made["tables"])
        print(json.dumps({"try": number, **seen}), flush=True)  # noqa: T201 - its result


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:6]))

"""Publish a second run again and again, and be killed a little later each time.

Called by test_store.py in a process of its own: ``python crash_while_publishing.py FOLDER PARQUET_FILE``. Python tells
a hook of every step that touches the file system (PEP 578); at the n-th one the process kills itself as a power cut
would, with nothing cleaned up. Prints one line a try: the step at which it died, or `done`.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from datetime import date
from pathlib import Path

from patron.engines.manifest import Manifest
from patron.engines.store import Draft, Store

STEPS = {"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "shutil.rmtree", "shutil.copyfile"}
TABLES = ("links", "orders")


def manifest(run_id: str) -> Manifest:
    return Manifest(
        run_id=run_id, as_of=date(2011, 12, 9), today=date(2024, 6, 30), horizon_days=365, code_version="0", inputs={},
        currency="EUR", terms="0",
        settings_hash="0", compared_with=None, rows_in=1, rows_kept=1, rows_rejected=0, rows_later=0, rows_removed=0,
        steps={}, tables={},
    )  # fmt: skip


def make_draft(store: Store, table: Path) -> Draft:
    draft = store.draft()
    for name in TABLES:
        shutil.copyfile(table, draft.folder / f"{name}.parquet")
    (draft.folder / "scratch").mkdir()
    shutil.copyfile(table, draft.folder / "scratch" / "aside.parquet")
    return draft


def publish(draft: Draft) -> None:
    draft.publish(manifest(draft.run_id(date(2011, 12, 9))))


def die_at(step: int, told: int) -> None:
    """Kill this process at its `step`-th step, and tell `told` which one that was."""
    seen = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if event in STEPS:
            seen += 1
            if seen == step:
                os.write(told, f"{event} {Path(os.fsdecode(arguments[0])).name}\n".encode())  # type: ignore[arg-type]
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def attempt(folder: Path, table: Path, step: int) -> bool:
    """Publish one run in peace and a second one until `step`; tell whether the second one lived."""
    store = Store(folder)
    publish(make_draft(store, table))
    draft = make_draft(store, table)
    child = os.fork()
    if child == 0:
        die_at(step, sys.stdout.fileno())
        publish(draft)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFEXITED(status)


if __name__ == "__main__":
    where, parquet = Path(sys.argv[1]), Path(sys.argv[2])
    for number in range(1, 100):
        if attempt(where / f"{number:03d}", parquet, number):
            os.write(sys.stdout.fileno(), b"done\n")
            break

"""Erase a person in processes that die at one step each. Called by test_erasure.py in a process of its own.

``python killing_erasure.py BASE PLACE CUSTOMER`` makes a copy of the project BASE in PLACE for every step of `STEPS`,
and erases CUSTOMER there in a child that ends, as if it were killed, when it comes to that step. Prints one line of
JSON a step: its name, and whether the child died there.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from patron.pipeline import erased_lists, erased_runs, erasure, open_project
from patron.privacy import state_store
from patron.privacy.requests import Register
from patron.privacy.tombstones import Tombstones

DIED = 9

STEPS: dict[str, tuple[Any, str, int]] = {
    "before the plan is written": (Register, "work", 1),
    "before the tombstones": (Tombstones, "add", 1),
    "before the first table": (erased_runs, "write_without", 1),
    "amid the tables": (erased_runs, "write_without", 9),
    "before the first manifest": (erased_runs.RunsStore, "_note", 1),
    "before the second manifest": (erased_runs.RunsStore, "_note", 2),
    "before a list": (erased_lists, "_write", 1),
    "before the database": (state_store.StateStore, "erase", 1),
    "before the database is cleaned": (state_store, "clean", 1),
    "before the certificate": (erasure, "Certificate", 1),
    "before it is closed": (Register, "close", 1),
}
"""By name: where what is called, and at which call the process dies."""


def dying(function: Callable[..., Any], call: int) -> Callable[..., Any]:
    calls = iter(range(1, call))

    def called(*args: Any, **options: Any) -> Any:
        if next(calls, None) is None:
            os._exit(DIED)
        return function(*args, **options)

    return called


def main(base: Path, place: Path, customer: str) -> None:
    for number, (name, (where, what, call)) in enumerate(STEPS.items()):
        folder = place / str(number)
        shutil.copytree(base, folder)
        with closing(sqlite3.connect(folder / ".patron" / "state.db")) as database:  # its lists are those of the copy
            database.execute("UPDATE audiences SET file = replace(file, ?, ?)", (str(base), str(folder)))
            database.commit()
        child = os.fork()
        if not child:
            setattr(where, what, dying(getattr(where, what), call))
            try:
                erasure.erase(open_project(folder), customer, today=date(2025, 1, 15))
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        died = os.waitstatus_to_exitcode(status) == DIED
        print(json.dumps({"step": name, "folder": str(folder), "died": died}), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])

"""Simulated files for the benchmarks, made in a process of their own so that the measuring one stays small."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def file_of(kind: str, rows: int) -> Path:
    """Return the file of so many simulated rows; it is written when it is first asked for."""
    made = subprocess.run(
        [sys.executable, HERE / "data.py", kind, str(rows)], check=True, stdout=subprocess.PIPE, text=True
    )
    return Path(made.stdout.strip())

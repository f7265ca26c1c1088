"""A path as DuckDB's readers want it when one file is meant."""

from __future__ import annotations

import re
from pathlib import Path

_PATTERN_MARKS = re.compile(r"[\[*?]")


def exact_path(path: Path) -> str:
    """Return `path` so that its brackets, stars and question marks are letters, not a pattern.

    DuckDB's readers look for files that match what they are given: ``o[1].csv`` reads ``o1.csv``. What is written
    (``to_parquet``) is not matched, and takes the path as it is.

    Examples
    --------
    >>> exact_path(Path("orders [1].csv"))
    'orders [[]1].csv'
    """
    return _PATTERN_MARKS.sub(r"[\g<0>]", str(path))

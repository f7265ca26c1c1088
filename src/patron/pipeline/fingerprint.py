"""What decides whether a step has to run again."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path

_COMPUTING = ("duckdb", "ibis-framework", "numpy", "scipy")


@cache
def code_version() -> str:
    """Return the version and a digest of the package's own files and of the versions of what computes for it.

    The version alone would let a run reuse tables that an edited function, or another engine, would compute otherwise.
    """
    digest = hashlib.sha256("".join(version(name) for name in _COMPUTING).encode())
    root = Path(str(resources.files("patron")))
    for file in sorted(root.rglob("*")):
        if file.suffix in {".py", ".po"}:
            digest.update(file.relative_to(root).as_posix().encode())
            digest.update(file.read_bytes())
    return f"{version('patron')}+{digest.hexdigest()[:12]}"


def fingerprint(**facts: object) -> str:
    """Return one digest of facts, independent of their order."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()

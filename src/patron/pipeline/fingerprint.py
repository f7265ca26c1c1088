"""What decides whether a step has to run again."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path


@cache
def code_version() -> str:
    """Return the version and a digest of the installed package's own files.

    The version alone would let a run reuse tables that an edited function would now compute differently.
    """
    digest = hashlib.sha256()
    root = Path(str(resources.files("patron")))
    for file in sorted(root.rglob("*")):
        if file.suffix in {".py", ".po"}:
            digest.update(file.relative_to(root).as_posix().encode())
            digest.update(file.read_bytes())
    return f"{version('patron')}+{digest.hexdigest()[:12]}"


def fingerprint(**facts: object) -> str:
    """Return one digest of facts, independent of their order."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()

"""From one URL to one connection."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ibis
from ibis.backends import BaseBackend

from patron.errors import SettingsError
from patron.language import failure, listing

SCHEMES = ("duckdb", "spark", "pyspark")

MEGABYTES_A_THREAD = 250
"""With less, a thread that reads a file of a million rows and writes another has no room for both."""


def connect(
    url: str = "duckdb://", *, spill: Path | None = None, memory: str | None = None, threads: int | None = None
) -> BaseBackend:
    """Open the engine that does the relational work.

    Parameters
    ----------
    url : str
        ``duckdb://`` (embedded, the default) or ``spark://host:port`` (needs the extra ``[spark]`` and Java 17).
    spill : Path, optional
        Where DuckDB puts what does not fit into memory.
    memory : str, optional
        DuckDB's limit, for example ``2GB``.
    threads : int, optional
        DuckDB's number of threads; all cores by default.

    Raises
    ------
    SettingsError
        The URL's scheme is not known.
    """
    scheme = url.partition("://")[0]
    if scheme not in SCHEMES:
        # The scheme alone: the rest of a URL may hold a password.
        raise failure(
            SettingsError, "errors.engine_scheme", key="engine", came=f"{scheme}://", allowed=listing(SCHEMES)
        )
    if scheme != "duckdb":
        return ibis.connect(url)
    options: dict[str, object] = {
        "temp_directory": str(spill) if spill else None,
        "memory_limit": memory,
        "threads": threads,
    }
    from patron.engines.compiler import Compiler  # Ibis loads its compilers when the first engine is opened

    connection = ibis.duckdb.connect(":memory:", **{key: value for key, value in options.items() if value is not None})
    connection.compiler = Compiler()
    return connection


@contextmanager
def connected(url: str, *, spill: Path, memory: str | None = None) -> Iterator[BaseBackend]:
    """Open the engine for one piece of work, and close it at the end, so that its memory and files are free again.

    Parameters are those of `connect`. Little memory is shared by few threads: what one of them reads and writes must
    fit, and cannot be put on the disk. A Spark session stays open: it belongs to the process.
    """
    connection = connect(url, spill=spill, memory=memory, threads=_threads(memory) if memory else None)
    try:
        yield connection
    finally:
        if url.startswith("duckdb:"):
            connection.disconnect()


def _threads(memory: str) -> int | None:
    """Return how many threads a limit such as ``4GB`` is enough for; none, all of them, where it cannot be read."""
    found = re.fullmatch(r"\s*([\d.]+)\s*([KMGT])i?B\s*", memory, re.IGNORECASE)
    if found is None:
        return None
    megabytes = float(found[1]) * 1000.0 ** ("KMGT".index(found[2].upper()) - 1)
    return max(1, min(os.cpu_count() or 1, int(megabytes // MEGABYTES_A_THREAD)))

"""The one door to Splink, which the extra `[linkage]` brings."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from patron.errors import RunError
from patron.language import failure

EXTRA = 'pip install "patron[linkage]"'


def splink() -> ModuleType:
    """Return Splink.

    Raises
    ------
    RunError
        It is not installed.
    """
    try:
        import splink as found
    except ImportError as absent:
        raise failure(RunError, "linkage.not_installed", command=EXTRA) from absent
    return found


@contextmanager
def database(connection: Any) -> Iterator[Any]:
    """Give Splink a DuckDB connection, and remove the tables that it made there."""
    module = splink()
    logger = logging.getLogger("splink")
    level = logger.level
    logger.setLevel(logging.ERROR)  # it tells its users how to train; ours have nothing to do
    api = module.DuckDBAPI(connection)
    try:
        yield api
    finally:
        api.delete_tables_created_by_splink_from_db()
        logger.setLevel(level)


def linker(api: Any, table: str, settings: dict[str, Any]) -> Any:
    """Return a linker over a table of the connection."""
    return splink().Linker(api.register(table), settings, log_level=None)

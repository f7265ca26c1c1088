"""One engine for the tables, one database for the operational state, and what both are asked with."""

from __future__ import annotations

from patron.engines.condition import condition
from patron.engines.connect import connect
from patron.engines.state import State
from patron.engines.store import Run, Store

__all__ = ["Run", "State", "Store", "condition", "connect"]

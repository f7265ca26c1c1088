"""What a child process measures and tells: wall and processor seconds of named laps, and facts. Standard library only.

Each script of this folder runs in a process of its own, in the environment of the library that it measures.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Laps:
    """Laps and facts of one process."""

    def __init__(self) -> None:
        self.wall: dict[str, float] = {}
        self.processor: dict[str, float] = {}
        self.facts: dict[str, Any] = {}

    @contextmanager
    def lap(self, name: str) -> Iterator[None]:
        """Measure what happens inside; laps of one name add up."""
        wall, processor = time.perf_counter(), _processor()
        yield
        self.wall[name] = self.wall.get(name, 0.0) + time.perf_counter() - wall
        self.processor[name] = self.processor.get(name, 0.0) + _processor() - processor

    def tell(self) -> None:
        """Print all as one line, the last of the process."""
        print(json.dumps({"wall": self.wall, "processor": self.processor, "facts": self.facts}), flush=True)


def _processor() -> float:
    """Return the processor seconds of this process, of all its threads and of the children that have ended."""
    return sum(os.times()[:4])

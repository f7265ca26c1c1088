"""How long does a process take, and how much memory? Contestants are measured in turn, so that drift hits all alike."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from peers import python_of

WORK = Path(__file__).parent / "work"
SCRIPTS = {"patron": "with_patron.py", "sql": "with_sql.py", "lifetimes": "with_lifetimes.py", "pymc": "with_pymc.py",
           "implicit": "with_implicit.py", "gbstats": "with_gbstats.py",
           "uplift": "with_uplift.py", "response": "with_response.py", "econml": "with_response.py",
           "attribution": "with_attribution.py", "channel_attribution": "with_attribution.py"}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What one process told of itself, and the memory that the system saw it use."""

    wall: dict[str, float]
    processor: dict[str, float]
    peak_gb: float
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Readings:
    """All processes of one contestant, in the order of the rounds."""

    each: list[Reading]

    def wall(self, *laps: str) -> float:
        """Return the median of the wall seconds of some laps together."""
        return statistics.median(_sums(self.each, "wall", laps))

    def processor(self, *laps: str) -> float:
        """Return the median of the processor seconds of some laps together."""
        return statistics.median(_sums(self.each, "processor", laps))

    @property
    def peak_gb(self) -> float:
        """The largest memory of all processes."""
        return max(reading.peak_gb for reading in self.each)

    @property
    def facts(self) -> dict[str, Any]:
        """What the last process told."""
        return self.each[-1].facts

    def over(self, other: Readings, *laps: str, clock: str = "wall") -> float:
        """Return the median over the rounds of this one's seconds over the other's.

        Where one of them ran in fewer rounds, its last reading stands for the missing ones.

        Examples
        --------
        >>> def took(*seconds):
        ...     return Readings(each=[Reading(wall={"a": s}, processor={"a": s}, peak_gb=0.0) for s in seconds])
        >>> took(2.0, 9.0, 4.0).over(took(1.0, 3.0, 4.0), "a")
        2.0
        >>> took(8.0).over(took(1.0, 2.0, 4.0), "a")
        4.0
        """
        mine, theirs = _sums(self.each, clock, laps), _sums(other.each, clock, laps)
        rounds = max(len(mine), len(theirs))
        padded = [seconds + seconds[-1:] * (rounds - len(seconds)) for seconds in (mine, theirs)]
        return statistics.median(a / b for a, b in zip(*padded, strict=True))


def _sums(each: Sequence[Reading], clock: str, laps: Sequence[str]) -> list[float]:
    return [sum(getattr(reading, clock).get(lap, 0.0) for lap in laps) for reading in each]


def child(contestant: str, *words: object) -> Reading:
    """Run one script of `work/` in its library's environment and return what it told.

    Raises
    ------
    SystemExit
        The child failed; its own words follow.
    """
    command = [python_of(contestant), "-W", "ignore", str(WORK / SCRIPTS[contestant]), *map(str, words)]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryFile() as trouble:
        # The parent is a small process: on Linux a child's peak starts at the memory of the process that made it.
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=trouble, env=environment)
        told = process.stdout.read().decode() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if status:
            trouble.seek(0)
            raise SystemExit(f"{' '.join(command)} failed:\n{trouble.read().decode()}")
    return Reading(peak_gb=usage.ru_maxrss / 2**20, **json.loads(told.splitlines()[-1]))


def in_turn(rounds: dict[str, int], calls: dict[str, Callable[[], Reading]]) -> dict[str, Readings]:
    """Measure contestants a, b, c, a, b, c, ..., each for its number of rounds.

    Examples
    --------
    >>> seen = []
    >>> def call(name):
    ...     return lambda: seen.append(name) or Reading(wall={}, processor={}, peak_gb=0.0)
    >>> _ = in_turn({"a": 2, "b": 1}, {"a": call("a"), "b": call("b")})
    >>> seen
    ['a', 'b', 'a']
    """
    taken: dict[str, list[Reading]] = {name: [] for name in calls}
    for number in range(max(rounds.values())):
        for name, call in calls.items():
            if number < rounds[name]:
                taken[name].append(call())
                print(f"  {name} {number + 1}: {_told(taken[name][-1])}", file=sys.stderr, flush=True)
    return {name: Readings(each=readings) for name, readings in taken.items()}


def _told(reading: Reading) -> str:
    laps = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in reading.wall.items())
    return f"{laps}; {reading.peak_gb:.2f} GB"

"""Fits of purchase and spend models against lifetimes and pymc-marketing."""

from __future__ import annotations

from collections.abc import Sequence

from files import file_of
from measure import Readings, child, in_turn
from result import Result, Target, at_least, at_most, digits

COLUMNS = (
    "contestant", "rounds", "start, s", "read, s", "fit, s", "processor s", "peak memory, GB", "Patron is faster by",
    "by processor time", "by the fit alone", "parameters",
)  # fmt: skip
INCLUDED = (
    "From a Parquet file of histories in whole days to parameters and standard errors, in a fresh process. `start` is "
    "the import of libraries and, for Patron, the engine's first call; it is in no ratio. "
    "`read` is reading the table and, for Patron, counting its patterns. The peers fit in memory, row by row. "
    "pymc-marketing climbs to the maximum a posteriori with flat priors and gives no standard errors; its cache of "
    "compiled code is filled by a run before. lifetimes gives none for Pareto/NBD. Medians of rounds in turn."
)
NAMES = {"patron": "Patron", "lifetimes": "lifetimes", "pymc": "pymc-marketing"}


def bg_nbd(*, quick: bool) -> Result:
    """Fit BG/NBD on a million customers."""
    size = 100_000 if quick else 1_000_000
    taken = _compared("fit", "bg_nbd", size, {"patron": 3, "lifetimes": 3, "pymc": 3} if not quick else None)
    return _result("bg_nbd", f"BG/NBD on {size:,} customers", taken, [
        _faster(taken, "lifetimes", 10), _faster(taken, "pymc", 5), *_agreeing(taken),
    ])  # fmt: skip


def large_bg_nbd(*, quick: bool) -> Result:
    """Fit BG/NBD on ten million customers."""
    size = 100_000 if quick else 10_000_000
    taken = _compared("fit", "bg_nbd", size, {"patron": 3, "lifetimes": 1})
    return _result("large_bg_nbd", f"BG/NBD on {size:,} customers", taken, [
        _faster(taken, "lifetimes", 40), at_most("peak memory", taken["patron"].peak_gb, 1.0, "GB"), *_agreeing(taken),
    ])  # fmt: skip


def mbg_nbd(*, quick: bool) -> Result:
    """Fit MBG/NBD on a million customers."""
    size = 100_000 if quick else 1_000_000
    taken = _compared("fit", "mbg_nbd", size, {"patron": 3, "lifetimes": 1, "pymc": 1} if not quick else None)
    return _result("mbg_nbd", f"MBG/NBD on {size:,} customers", taken, _agreeing(taken))


def pareto_nbd(*, quick: bool) -> Result:
    """Fit Pareto/NBD on a hundred thousand customers."""
    size = 10_000 if quick else 100_000
    rounds = {"patron": 5, "lifetimes": 2, "pymc": 2}
    taken = _compared("fit", "pareto_nbd", size, rounds if not quick else None)
    return _result("pareto_nbd", f"Pareto/NBD on {size:,} customers", taken, [
        _faster(taken, "lifetimes", 25), _faster(taken, "pymc", 25), *_agreeing(taken),
    ])  # fmt: skip


def gamma_gamma(*, quick: bool) -> Result:
    """Fit Gamma-Gamma on the repeaters among a million customers."""
    size = 100_000 if quick else 1_000_000
    taken = _compared("spend", None, size, {"patron": 3, "lifetimes": 3, "pymc": 3} if not quick else None)
    return _result("gamma_gamma", f"Gamma-Gamma on the repeaters among {size:,} customers", taken, _agreeing(taken))


def _compared(task: str, kind: str | None, size: int, rounds: dict[str, int] | None) -> dict[str, Readings]:
    rounds = rounds or {"patron": 2, "lifetimes": 2, "pymc": 1}
    file = file_of("customers", size)
    words = [task, *([kind] if kind else []), file]
    if "pymc" in rounds:
        child("pymc", *words[:-1], file_of("customers", 10_000))
    return in_turn(rounds, {name: lambda name=name: child(name, *words) for name in rounds})  # type: ignore[misc]


def _result(name: str, title: str, taken: dict[str, Readings], targets: Sequence[Target]) -> Result:
    rows = [_row(contestant, taken) for contestant in taken]
    return Result(name=name, title=title, included=INCLUDED, columns=COLUMNS, rows=rows, targets=targets)


def _row(contestant: str, taken: dict[str, Readings]) -> list[str]:
    readings = taken[contestant]
    faster = thrifty = alone = ""
    if contestant != "patron":
        faster = f"{readings.over(taken['patron'], 'read', 'fit'):.1f} x"
        thrifty = f"{readings.over(taken['patron'], 'read', 'fit', clock='processor'):.1f} x"
        alone = f"{readings.over(taken['patron'], 'fit'):.1f} x"
    parameters = ", ".join(f"{name} {value:.5g}" for name, value in sorted(readings.facts["parameters"].items()))
    read = f"{readings.wall('read'):.2f}" if readings.wall("read") else "in fit"
    return [
        NAMES[contestant], str(len(readings.each)), f"{readings.wall('import'):.1f}", read,
        f"{readings.wall('fit'):.2f}", f"{readings.processor('read', 'fit'):.2f}", f"{readings.peak_gb:.2f}", faster,
        thrifty, alone, parameters,
    ]  # fmt: skip


def _faster(taken: dict[str, Readings], peer: str, limit: float) -> Target:
    ratio = taken[peer].over(taken["patron"], "read", "fit")
    return at_least(f"faster than {NAMES[peer]}", ratio, limit, "x")


def _agreeing(taken: dict[str, Readings]) -> list[Target]:
    ours = taken["patron"].facts["parameters"]
    peers = [name for name in taken if name != "patron"]
    return [digits(f"parameters equal to {NAMES[p]}'s", ours, taken[p].facts["parameters"]) for p in peers]

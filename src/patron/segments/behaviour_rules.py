"""Which short rule, over columns in their own units, says best who is in a segment?

All thresholds are round numbers. The rule grows by the condition that raises F1 most (the harmonic mean of precision
and recall), from several beginnings at once (a beam), and ends when no further condition is worth its words. Half of
the customers finds the rule, the other one counts its precision and recall.

Ref  van Rijsbergen (1979), Information Retrieval, 2nd ed., chapter 7: F1
     Clark & Niblett (1989), Machine Learning 3, 261-283: section 3, rules by beam search
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LONGEST = 3  # conditions
BEAM = 6
WORTH_ITS_WORDS = 0.015  # of F1
STEPS = np.linspace(0.04, 0.96, 24)  # quantiles that thresholds are near


@dataclass(frozen=True, kw_only=True)
class Term:
    """One condition: a column lies at or above a round number, or below it."""

    column: str
    above: bool
    threshold: float

    def holds(self, columns: Mapping[str, Floats]) -> Flags:
        """Tell of each customer whether it holds; where the value is missing it does not."""
        values = columns[self.column]
        with np.errstate(invalid="ignore"):
            return np.asarray(values >= self.threshold if self.above else values < self.threshold)

    @property
    def sql(self) -> str:
        """The same as a condition over the table's columns."""
        return f"{self.column} {'>=' if self.above else '<'} {self.threshold:g}"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Conditions that hold together; precision and recall on customers that they were not learned from."""

    terms: tuple[Term, ...]
    precision: float | None
    recall: float | None


def find_rules(columns: Mapping[str, Floats], groups: NDArray[np.int64], *, number: int) -> list[Rule]:
    """Find a rule for each group.

    Parameters
    ----------
    columns : mapping of name to array
        What a rule may name, in its own units; NaN where it is missing.
    groups : array of int
        Each customer's group, from 0 on.
    number : int
        How many groups there are.
    """
    terms = [term for name, values in columns.items() for term in _terms(name, values)]
    learn = np.arange(len(groups)) % 2 == 0
    if not terms:
        return [Rule(terms=(), precision=None, recall=None)] * number
    holds = np.stack([term.holds(columns) for term in terms])
    table = holds[:, learn].astype(np.float32)
    rules = []
    for group in range(number):
        inside = groups == group
        chosen = _search(table, inside[learn], [term.column for term in terms], [term.above for term in terms])
        rules.append(_judged(tuple(terms[place] for place in chosen), holds[list(chosen)], inside, ~learn))
    return rules


def round_number(value: float, *, share: bool) -> float:
    """Return a number that a person would say: shares to a twentieth, others to two digits.

    Examples
    --------
    >>> round_number(0.3312, share=True), round_number(1234.5, share=False), round_number(0.0, share=False)
    (0.35, 1200.0, 0.0)
    """
    if share:
        return round(round(value * 20) / 20, 2)
    return 0.0 if value == 0 else float(f"{value:.2g}")


def _terms(name: str, values: Floats) -> list[Term]:
    known = values[np.isfinite(values)]
    if not len(known):
        return []
    share = bool(known.min() >= 0 and known.max() <= 1)
    marks = {round_number(float(value), share=share) for value in np.quantile(known, STEPS)}
    useful = sorted(mark for mark in marks if known.min() < mark <= known.max())
    return [Term(column=name, above=above, threshold=mark) for mark in useful for above in (True, False)]


def _search(
    table: NDArray[np.float32], inside: Flags, columns: Sequence[str], above: Sequence[bool]
) -> tuple[int, ...]:
    """Return the places of the conditions whose conjunction names the group best."""
    weights = np.stack([inside, ~inside], axis=1).astype(np.float32)
    total = float(inside.sum())
    beam: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    best: tuple[float, tuple[int, ...]] = (0.0, ())
    for _ in range(LONGEST):
        found: dict[frozenset[int], tuple[float, tuple[int, ...]]] = {}
        for score, chosen in beam:
            rows = table[list(chosen)].prod(axis=0)[:, None] if chosen else np.ones((table.shape[1], 1), np.float32)
            counts = table @ (weights * rows)
            hits, misses = counts[:, 0], counts[:, 1]
            f1 = 2 * hits / np.maximum(hits + misses + total, 1.0)
            for place in np.argsort(-f1, kind="stable")[: 2 * BEAM].tolist():
                taken = {(columns[one], above[one]) for one in chosen}
                if f1[place] > score and (columns[place], above[place]) not in taken:
                    found.setdefault(frozenset((*chosen, place)), (float(f1[place]), (*chosen, place)))
        if not found:
            break
        beam = sorted(found.values(), key=lambda one: (-one[0], one[1]))[:BEAM]
        if beam[0][0] < best[0] + WORTH_ITS_WORDS:
            break
        best = beam[0]
    return best[1]


def _judged(terms: tuple[Term, ...], holds: Flags, inside: Flags, held_out: Flags) -> Rule:
    named = np.asarray(holds.all(axis=0))[held_out]
    there = inside[held_out]
    hits = int((named & there).sum())
    return Rule(
        terms=terms,
        precision=hits / int(named.sum()) if named.any() and terms else None,
        recall=hits / int(there.sum()) if there.any() and terms else None,
    )

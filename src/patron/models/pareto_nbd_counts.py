"""How likely is each number of purchases within a horizon under Pareto/NBD, given a customer's history?

N >= m needs a customer who is still there, and who stays until the m-th purchase, if that comes within the horizon t.
For one who is there, the moment W of that purchase follows W / (alpha + T + W) ~ Beta(m, r + x), and the chance to stay
until W is ((beta + T) / (beta + T + W))^s. So the chance is the mean of the latter over the W up to t, here taken by
Gauss-Legendre quadrature in v with W = c (exp(v^2) - 1), in which W is spread about equally wide for every m.

Ref  derived from Fader & Hardie (2005), A note on deriving the Pareto/NBD model; the chances of the exact numbers are
     those of Fader & Hardie (2014), Deriving the conditional PMF of the Pareto/NBD model
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from patron.models.distinct import distinct_rows
from patron.models.pareto_nbd_scores import ParetoNbdParams, probability_alive
from patron.models.purchase_counts import Rows, shared_out

Floats = NDArray[np.float64]

NODES, WEIGHTS = np.polynomial.legendre.leggauss(32)
PANEL = 1.5  # of v, at most: the integrand is analytic beyond
SPREADS = 12.0  # standard deviations of a W in one panel, at most
TAIL = 1e-7  # the chance of still more purchases at which a table is cut
CELLS = 1 << 17  # counts x nodes that are visited at once: they stay in fast memory
FEWEST = 64  # counts that are visited at once
BUSY = 4  # panels from which on most nodes add nothing to most counts
NOTHING = -45.0  # the logarithm of a density that adds nothing
ROWS = 4096  # customers of a table


@dataclass(frozen=True, kw_only=True)
class ParetoNbdOutlook:
    """All that the number of purchases ahead depends on, one value a customer (`s` and `horizon` are common to all)."""

    alive: Floats  # chance of being there now
    shape: Floats  # of the purchase rate: r + x
    a: Floats  # rate of its gamma distribution: alpha + T
    s: float  # shape of the rate of leaving
    b: Floats  # rate of its gamma distribution: beta + T
    horizon: float

    def take(self, rows: Rows) -> Self:
        """Return the outlook of some of the customers."""
        chosen = {name: getattr(self, name)[rows] for name in ("alive", "shape", "a", "b")}
        return replace(self, **chosen)

    def rescaled(self, factor: Floats) -> Self:
        """Return the outlook whose expected count is `factor` times as large.

        Fewer purchases than expected mean fewer customers who are there, more mean more of them; and where all of them
        are there already, a faster rate: the count is proportional to it.
        """
        alive, pace = shared_out(self.alive, factor)
        return replace(self, alive=alive, a=self.a / pace)

    def at_least(self, count: ArrayLike) -> Floats:
        """Return P(N >= count), one count a customer."""
        m = np.asarray(count, dtype=np.float64)
        chance = np.ones(len(self.alive))
        asked = np.flatnonzero(m > 0)
        panels = self._panels()[asked]
        for number in np.unique(panels):
            chosen = asked[panels == number]
            size = max(CELLS // (len(NODES) * int(number)), 1)
            for start in range(0, len(chosen), size):
                rows = chosen[start : start + size]
                chance[rows] = self.alive[rows] * self.take(rows)._stay_until(m[rows, None], int(number))[:, 0]
        return chance

    def tables(self) -> Iterator[tuple[Rows, Floats]]:
        """Yield the distributions in blocks; see `Outlook`.

        Customers of the same x and T share one distribution, given that they are there.
        """
        case, shown_by = distinct_rows([self.shape, self.a, self.b])
        cases = self.take(shown_by)
        kinds, kind_of = np.unique(np.stack([cases._widths(), cases._panels()]), axis=1, return_inverse=True)
        order = np.lexsort((case, kind_of.ravel()[case]))
        kind_of = kind_of.ravel()[case[order]]
        for kind, rows in zip(kinds.T, np.split(order, np.flatnonzero(np.diff(kind_of)) + 1), strict=True):
            width, panels = int(kind[0]), int(kind[1])
            yield from self._blocks(rows, case, cases, width=width, panels=panels)

    def _blocks(
        self, rows: Rows, case: NDArray[np.int64], cases: ParetoNbdOutlook, *, width: int, panels: int
    ) -> Iterator[tuple[Rows, Floats]]:
        """Yield tables of customers, sorted by case, whose cases need as many counts and nodes."""
        size = 1 if panels > BUSY else max(CELLS // (len(NODES) * panels * width), 1)
        changes = np.r_[0, np.flatnonzero(np.diff(case[rows])) + 1, len(rows)]
        for first in range(0, len(changes) - 1, size):
            begin = changes[first : first + size + 1]
            shown = case[rows[begin[:-1]]]
            stay = cases.take(shown)._stay_until(np.arange(1.0, width + 1)[None, :], panels)
            stay = np.minimum.accumulate(stay, axis=1)
            for start in range(int(begin[0]), int(begin[-1]), ROWS):
                block = rows[start : min(start + ROWS, int(begin[-1]))]
                known = stay[np.searchsorted(shown, case[block])]
                yield block, np.hstack([np.ones((len(block), 1)), self.alive[block][:, None] * known])

    def _stay_until(self, m: Floats, panels: int) -> Floats:
        """Return the chance of at least m purchases of customers who are there now.

        `m` has one row a customer, or one for all.
        """
        least = np.minimum(self.a, self.b)[:, None]
        end = np.sqrt(np.log1p(self.horizon / least))
        grid = (np.arange(panels)[:, None] + (NODES + 1) / 2).ravel() / panels
        v = end * grid
        w = least * np.expm1(v * v)
        a, k = self.a[:, None], self.shape[:, None]
        weight = np.tile(WEIGHTS, panels) / panels * end * v * (least + w) / (a + w)
        log_p, log_rest = np.log(np.maximum(w / (a + w), 1e-300)), -np.log1p(w / a)
        base = k * log_rest - self.s * np.log1p(w / self.b[:, None])
        scale = special.betaln(m, k)
        stay = np.empty(np.broadcast(m, k).shape)
        size = max(CELLS // base.size, FEWEST)
        for start in range(0, m.shape[1], size):
            counts = slice(start, start + size)
            few, norm = m[:, counts] - 1, scale[:, counts]
            near = _near(base, log_p, few, norm) if panels > BUSY else slice(None)
            density = np.exp(base[:, None, near] + few[:, :, None] * log_p[:, None, near] - norm[:, :, None])
            stay[:, counts] = (density * weight[:, None, near]).sum(axis=2)
        return np.minimum(stay, 1.0)

    def _panels(self) -> Rows:
        """Return how many panels of nodes each customer needs."""
        z = np.log1p(self.horizon / np.minimum(self.a, self.b))
        spreads = 2 * z * np.sqrt(self.shape / np.maximum(-np.expm1(-z), 1e-300))
        return np.maximum(np.ceil(np.maximum(np.sqrt(z) / PANEL, spreads / SPREADS)), 1).astype(np.intp)

    def _widths(self) -> Rows:
        """Return how many counts to tabulate, one of a few widths so that tables can be shared."""
        reach = self.horizon / (self.a + self.horizon)
        width = np.full(len(self.shape), 16)
        short = np.arange(len(width))
        while len(short):
            short = short[special.betainc(width[short], self.shape[short], reach[short]) > TAIL]
            width[short] += width[short] // 4
        return width


def _near(base: Floats, log_p: Floats, few: Floats, norm: Floats) -> slice:
    """Return between which nodes the densities of some counts, the fewest first, are more than nothing."""
    ends = base + few[:, [0]] * log_p - norm[:, [0]], base + few[:, [-1]] * log_p - norm[:, [-1]]
    told = np.flatnonzero((np.maximum(*ends) > NOTHING).any(axis=0))
    return slice(int(told[0]), int(told[-1]) + 1) if len(told) else slice(0, 0)


def outlook(params: ParetoNbdParams, x: Floats, t_x: Floats, T: Floats, horizon: float) -> ParetoNbdOutlook:
    """Return what the number of purchases within `horizon` after T depends on."""
    return ParetoNbdOutlook(
        alive=probability_alive(params, x, t_x, T), shape=params.r + x, a=params.alpha + T, s=params.s,
        b=params.beta + T, horizon=horizon,
    )  # fmt: skip

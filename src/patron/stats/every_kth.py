"""How often does every k-th event count before a random dropout, safely for every size of history?

Events come at a rate lambda ~ Gamma(shape, scale), and every k-th of them counts; after each that counts the stream may
end, with a chance p ~ Beta(a, b). The phase j says how many events have come since the last one that counted: with M
more events within t the count is floor((j + M) / k), unless the stream ends before. M is negative binomial, and each
phase has its own shape + j, since the events that it says have come tell something of the rate.

For few events the mean is summed event by event; no term is negative, so no digit is lost. For many it is averaged over
p, where the generating function of floor((j + M) / k) is a sum over the k-th roots of unity.

Ref  Erlang renewal process: Cox (1962), Renewal Theory, sections 1.3 and 3.3
     Generating function of every k-th term: Riordan (1968), Combinatorial Identities, section 4.3 (multisection)
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from patron.stats.special import arrival_chances, count_until_dropout, mean_over_dropout

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

WIDTHS = (24, 36, 54, 80, 120, 180, 270, 400, 600, 900, 1350, 2000)  # events that a sum may go over
TAIL = 1e-14  # of the mean, left out beyond
ROWS_AT_ONCE = 1 << 20  # rows x events
NODE_ROWS = 512
SURE = 0.01  # chance to stay, below which a power series of SURE_TERMS terms gives all digits
SURE_TERMS = 9


def counts_until_dropout(k: int, shape: ArrayLike, odds: ArrayLike, a: float, b: ArrayLike) -> Floats:
    """Return the mean count of every k-th event before dropout, in each phase.

    Parameters
    ----------
    k : int
        Every how manieth event counts.
    shape : array of float
        Shape of the rate's gamma distribution in phase 0, positive; it is `shape` + j in phase j.
    odds : array of float
        Time ahead over the scale of that distribution, not negative.
    a : float
        First parameter of the dropout's beta distribution; 0 means that nobody ever leaves.
    b : array of float
        Its second parameter, positive.

    Returns
    -------
    array of float, with one more axis, of length k: the phases 0 to k - 1
        To about 1e-11 of its size; finite for every finite input.

    Examples
    --------
    >>> one = counts_until_dropout(1, 0.6, 2.0, 0.8, 3.0)  # each event counts: as `count_until_dropout`
    >>> bool(one[0] == count_until_dropout(0.6, 2.0, 0.8, 3.0))
    True
    >>> rare = counts_until_dropout(2, 1.0, 1e-6, 1.0, 1.0) * 1e6  # the second event of two, or the very next
    >>> rare.round(3).tolist()
    [0.0, 2.0]
    """
    if k == 1:
        return count_until_dropout(shape, odds, a, b)[..., None]
    inputs = np.broadcast_arrays(shape, odds, b)
    flat_s, flat_w, flat_b = (np.asarray(v, dtype=np.float64).ravel() for v in inputs)
    result = np.empty((flat_s.size, k))
    widths = _widths(k, flat_s, flat_w)
    for rows, width in _alike(flat_s, flat_b, widths):
        if width:
            result[rows] = _by_event(k, flat_s[rows[0]], flat_w[rows], a, flat_b[rows[0]], width)
        else:
            result[rows] = _by_roots(k, flat_s[rows], flat_w[rows], a, flat_b[rows])
    return result.reshape(*inputs[0].shape, k)


def _widths(k: int, shape: Floats, odds: Floats) -> NDArray[np.int64]:
    """Return over how many events each sum goes so that only a `TAIL` of it is left; 0 where none of `WIDTHS` does.

    A row's width depends on that row alone, so its sum is the same in every company.
    """
    reach = odds / (1 + odds)
    widths = np.zeros(len(shape), dtype=np.int64)
    least = TAIL * special.betainc(k, shape, reach)  # no phase has a smaller mean than the chance of one from phase 0
    open_rows = np.arange(len(shape))
    for width in WIDTHS:
        if width <= 2 * k:
            continue
        still = open_rows
        # More than m events count for at most m / k; the sum of the tail is m P(M >= m) and what falls beyond it.
        beyond = 2 * width * special.betainc(width, shape[still] + (k - 1), reach[still])
        done = beyond <= least[still]
        widths[still[done]] = width
        open_rows = still[~done]
        if not open_rows.size:
            break
    return widths


def _alike(shape: Floats, b: Floats, widths: NDArray[np.int64]) -> Iterator[tuple[Rows, int]]:
    """Yield the rows in blocks of one shape, b and width; those without a width in blocks of their own."""
    summed = np.flatnonzero(widths)
    summed = summed[np.lexsort((widths[summed], b[summed], shape[summed]))]
    keys = np.column_stack([shape[summed], b[summed], widths[summed]])
    for rows in np.split(summed, np.flatnonzero((np.diff(keys, axis=0) != 0).any(axis=1)) + 1):
        at_once = ROWS_AT_ONCE // int(widths[rows[0]]) if rows.size else 1
        for start in range(0, len(rows), at_once):
            yield rows[start : start + at_once], int(widths[rows[0]])
    wide = np.flatnonzero(widths == 0)
    for start in range(0, len(wide), NODE_ROWS):
        yield wide[start : start + NODE_ROWS], 0


def _by_event(k: int, shape: float, odds: Floats, a: float, b: float, width: int) -> Floats:
    """Sum over the number of events M: its chance times the mean count that it leads to."""
    events = np.arange(width)
    chance = arrival_chances(shape, odds / (1 + odds), width)
    stay = np.cumprod(np.append(1.0, (b + events[:-1]) / (a + b + events[:-1])))
    counted = np.append(0.0, np.cumsum(stay))  # the mean count where so many would count without dropout
    means = np.empty((len(odds), k))
    rise = np.ones(width)
    for j in range(k):
        means[:, j] = (chance * (rise * counted[(j + events) // k])).sum(axis=1) * np.exp(-j * np.log1p(odds))
        rise = rise * (shape + j + events) / (shape + j)
    return means


def _by_roots(k: int, shape: Floats, odds: Floats, a: float, b: Floats) -> Floats:
    """Average over the dropout chance; where nobody leaves it is none."""
    means = np.empty((len(shape), k))
    for j in range(k):
        case = _Phase(k, j, shape[:, None] + j, odds[:, None])
        if a == 0:
            means[:, j] = case.count(np.array(-np.inf), np.array(0.0))[:, 0]
        else:
            events = np.maximum((shape + j) * odds, odds)
            means[:, j] = mean_over_dropout(case.count, a, b, events=events)
    return means


class _Phase:
    """The mean count in phase j, given the dropout chance: (1 - G(q)) / p with G the count's generating function.

    G(q) is the mean over the k-th roots v of q of v^j E[v^M] (v^0 + v^-1 + ... + v^-(k - 1)).
    """

    def __init__(self, k: int, j: int, shape: Floats, odds: Floats) -> None:
        self.k, self.j, self.shape, self.odds = k, j, shape, odds
        reach = odds / (1 + odds)
        self.at_least = [special.betainc(k * m - j, shape, reach) for m in range(1, SURE_TERMS + 1)]

    def count(self, log_p: Floats, log_q: Floats) -> Floats:
        """Return the mean count at dropout chances p = 1 - q, of which there are logs."""
        # Below SURE the roots' powers cancel, while the sum of q^(m - 1) P(count >= m) needs few terms.
        safe = np.maximum(log_q, np.log(SURE))
        q = np.exp(np.minimum(log_q, np.log(SURE)))
        series = sum(at_least * q**m for m, at_least in enumerate(self.at_least))
        return np.asarray(np.where(log_q > np.log(SURE), self._by_roots(log_p, safe), series))

    def _by_roots(self, log_p: Floats, log_q: Floats) -> Floats:
        k, log_v = self.k, log_q / self.k
        shorter = -np.expm1(log_v) * self.odds
        inverse = sum(np.expm1(-i * log_v) for i in range(1, k)) / k
        log_main = self.j * log_v - self.shape * np.log1p(shorter) + np.log1p(inverse)
        with np.errstate(divide="ignore", invalid="ignore"):
            main = np.where(log_p > -700, -np.expm1(log_main) / np.exp(log_p), self._slope())
        return np.asarray(main - self._other_roots(log_v, log_q))

    def _slope(self) -> Floats:
        """Return the limit of the main root's part where p is nothing."""
        return np.asarray((self.j + self.shape * self.odds - (self.k - 1) / 2) / self.k)

    def _other_roots(self, log_v: Floats, log_q: Floats) -> Floats:
        total = np.zeros(np.broadcast(log_v, self.shape).shape)
        for i in range(1, self.k // 2 + 1):
            turn = 2j * np.pi * i / self.k
            v = np.exp(log_v + turn)
            log_term = (self.j + 1) * (log_v + turn) - self.shape * np.log1p((1 - v) * self.odds) - log_q
            pair = 1 if 2 * i == self.k else 2  # a root and its mirror image
            total += pair * (np.exp(log_term) / (1 - v)).real / self.k
        return total

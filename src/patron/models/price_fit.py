"""Residual prices against residual sales: double machine learning where sales are counts.

A row's units are expected to be exp(elasticity x log price + what else moves sales). Both sides lose what other blocks
of time foretell of them (`price_nuisance.py`) and their levels (`price_levels.py`), the price weighted as a Poisson
regression weighs, so that a small error in either does not reach the elasticity: the orthogonal score for this mean is
(units - expected) x residual price.

An elasticity of one product is a step from the best guess of before, along its own score; steps are repeated until they
are small. So a product with few sales has an estimate that is right on average, with an error to match.

Ref  Chernozhukov et al. (2018), The Econometrics Journal 21(1), C1-C68: the orthogonal score, and iterating it
     Robinson (1988), Root-n-consistent semiparametric regression, Econometrica 56(4), 931-954: residual on residual
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from patron.models.price_levels import Levels, levels_of
from patron.models.price_nuisance import Blocks, line, own_answers, trees
from patron.models.price_past import Past, past_demand
from patron.models.price_rows import PriceRows
from patron.models.price_scores import LEARNED, Counted, Residuals, Scores, pooled, scores_of, status_of
from patron.stats.nested_normal import NestedNormal

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STEPS = 5
YEAR_DAYS, WAVES = 365.25, 2
LEAST_WEIGHT = 1e-6
LEAST_KEPT = 1e-3  # share of a column's squares


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How it is fitted."""

    blocks: int
    trees: bool
    seed: int
    threads: int


@dataclass(frozen=True, kw_only=True)
class FittedPrices:
    """Residual prices and units of the rows that were of use, and each product's score at the last best guess."""

    kept: Ints  # places of the rows
    levels: Levels
    residuals: Residuals
    guess: Floats  # elasticity of each product, at which `expected` and scores are
    scores: Scores
    status: Ints
    drawn: NestedNormal | None  # None: of no product can anything be learned
    learned: Ints  # places of the products that it is about


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What else than prices moves sales, in logarithms: all of it, and without what past sales and trees say."""

    all: Floats
    plain: Floats

    @classmethod
    def none(cls, rows: int) -> Beside:
        """Return what is known before the first step."""
        return cls(all=np.zeros(rows), plain=np.zeros(rows))


@dataclass(frozen=True, kw_only=True)
class _Base:
    """Sales, prices and what else moves them, where a step begins; columns have the shape (columns, rows)."""

    past: Floats
    columns: Floats
    sales: Floats  # logarithms, without their levels
    flat: Floats  # `columns` without theirs
    slopes: Floats
    weight: Floats
    news: Floats


class PriceFit:
    """One fit, step by step."""

    def __init__(self, rows: PriceRows, counts: Counted, terms: Terms) -> None:
        self.rows, self.counts, self.terms = rows, counts, terms
        usable = np.flatnonzero(counts.enough[rows.product])
        self.levels, self.kept = levels_of(rows, usable, blocks=terms.blocks, seed=terms.seed)
        self.product, self.units = rows.product[self.kept], rows.units[self.kept]
        self.price = rows.log_price[self.kept]
        self.blocks = Blocks(block=self.levels.block, count=terms.blocks, seed=terms.seed, threads=terms.threads)

    def run(self) -> FittedPrices | None:
        """Return the fit; None where no rows are left."""
        if not len(self.kept):
            return None
        guess, beside = np.zeros(len(self.rows.products)), Beside.none(len(self.kept))
        for step in range(STEPS):
            found, beside = self._step(guess, beside, with_trees=self.terms.trees and step == STEPS - 1)
            if found.drawn is None:
                return found
            guess = np.full(len(guess), found.drawn.mean)
            guess[found.learned] = found.drawn.unit
        return found

    @cached_property
    def _beside(self) -> Floats:
        """Covariates and waves of the year, the same in every step."""
        known = [*self.rows.covariates[self.kept].T, *self._waves()]
        return np.array(known).reshape(len(known), len(self.kept))

    def _waves(self) -> list[Floats]:
        days = self.rows.days
        if not days or (days[-1] - days[0]).days < YEAR_DAYS:
            return []
        angle = np.array([(day - days[0]).days for day in days]) * (2 * np.pi / YEAR_DAYS)
        angle = angle[self.rows.period[self.kept]]
        return [wave(k * angle) for k in range(1, WAVES + 1) for wave in (np.sin, np.cos)]

    def _past(self, expected: Floats, group: Ints | None = None) -> Past:
        rows, days = self.rows, self.rows.days
        if len(days) < 2:
            return Past(demand=np.empty((0, len(self.kept))), price=np.empty((0, len(self.kept))))
        gap = max(1.0, (days[-1] - days[0]).days / (len(days) - 1))
        price = self.levels.without_own(self.price, np.maximum(expected, LEAST_WEIGHT))
        return past_demand(
            self.product if group is None else group, rows.period[self.kept], self.units, expected, price,
            periods_a_week=max(7 / gap, 1e-3),
        )  # fmt: skip

    def _step(self, guess: Floats, beside: Beside, *, with_trees: bool) -> tuple[FittedPrices, Beside]:
        """Fit what else moves prices and sales, and move each product's elasticity along its score."""
        priced = guess[self.product] * self.price
        base, start = self._base(priced, beside)
        residual, within, other = self._sides(base, with_trees=with_trees)
        expected = self.levels.fitted(self.units, priced + other)
        residuals = Residuals(
            news=base.news, within=within, residual=residual, expected=expected,
            told=self.levels.answer(base.news, expected, self.product), **self._followed(priced, base.weight),
        )  # fmt: skip
        scores = scores_of(self.rows, self.kept, self.levels, residuals)
        status = status_of(self.counts, scores)
        learned = np.flatnonzero(status == LEARNED)
        found = FittedPrices(
            kept=self.kept, levels=self.levels, residuals=residuals, guess=guess, scores=scores, status=status,
            drawn=pooled(self.rows, scores, guess, learned), learned=learned,
        )  # fmt: skip
        return found, start

    def _base(self, priced: Floats, beside: Beside) -> tuple[_Base, Beside]:
        """Return sales and what else moves them without their levels, and what the next step starts from."""
        # Past demand is what came against what the price and the calendar let expect, not against a forecast that
        # knows the past: that would be news alone.
        past = self._past(self.levels.fitted(self.units, priced + beside.plain))
        expected = self.levels.fitted(self.units, priced + beside.all)
        weight = np.maximum(expected, LEAST_WEIGHT)
        columns, many = np.vstack([past.demand, self._beside]), len(past.demand)
        wanted = (self.units - expected) / weight + beside.all  # the working response, less the price's part
        swept = self.levels.without(np.vstack([wanted, columns]), weight)
        # What levels take up whole, such as the season where weeks have levels, has nothing left to be learned from.
        whole = np.array([self.levels.without_own(one, weight) ** 2 @ weight for one in columns])
        flat = swept[1:] * (swept[1:] ** 2 @ weight >= LEAST_KEPT * whole)[:, None]
        slopes = line(swept[0], flat, weight, self.blocks)
        # The next step starts from what all rows say: what the others say of a block need not lead anywhere.
        start = Beside(all=slopes[-1] @ columns, plain=slopes[-1, many:] @ columns[many:])
        # Had an elasticity been another, past demand would have been, too: what a price tells is its news.
        news = self.price - slopes[-1, :many] @ past.price
        return _Base(
            past=past.demand, columns=columns, sales=swept[0], flat=flat, slopes=slopes, weight=weight, news=news
        ), start

    def _sides(self, base: _Base, *, with_trees: bool) -> tuple[Floats, Floats, Floats]:
        """Return the residual price, the price without its levels, and what else moves sales, told by other blocks."""
        block, weight, flat = self.levels.block, base.weight, base.flat
        slopes = base.slopes[block].T
        other = (slopes * base.columns).sum(axis=0)
        within = self.levels.without(base.news[None], weight)[0]
        told = (line(within, flat, weight, self.blocks)[block].T * flat).sum(axis=0)
        told += self._answers(within - told, flat[: len(base.past)], weight)
        if with_trees:
            features = self._features(base.past)
            other += trees(base.sales - (slopes * flat).sum(axis=0), features, weight, self.blocks)
            told += trees(within - told, features, weight, self.blocks)
        return self.levels.without((within - told)[None], weight)[0], within, other

    def _followed(self, priced: Floats, weight: Floats) -> dict[str, Floats]:
        """Return log prices about their levels, and the part that demand explains: the season's is demand, too."""
        usual = self.levels.fitted(self.units, priced, weeks=False)
        # A price may answer to what its whole category sold, of which one product's few sales tell little.
        told = self.rows.covariates[self.kept].T[self.rows.covariates.shape[1] - self.rows.told :]
        past = np.vstack([
            self._past(usual).demand, self._past(usual, self.rows.category[self.product]).demand, told,
        ])  # fmt: skip
        flat = np.array([self.levels.without_own(one, weight) for one in past]).reshape(past.shape)
        price = self.levels.without_own(self.price, weight)
        return {"price": price, "followed": self._answers(price, flat, weight)}

    def _answers(self, target: Floats, past: Floats, weight: Floats) -> Floats:
        """Return the part of a price that past demand explains by the product's own habits."""
        if not len(past):
            return np.zeros(len(target))
        return own_answers(target, past, weight, self.product, self.blocks)

    def _features(self, past: Floats) -> NDArray[np.float32]:
        rows = self.rows
        columns = [*past, *self._beside, rows.category[self.product].astype(np.float64)]
        if rows.timed:
            columns.append(rows.period[self.kept].astype(np.float64))
        return np.column_stack(columns).astype(np.float32)

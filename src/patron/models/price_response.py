"""By how many per cent do sales change when a price changes by one?

Double machine learning on counts: what calendar, past demand, promotions and other prices foretell of a price is taken
out of it, what they foretell of sales is taken out of these, and the elasticity is that of residual on residual, each
product within itself. Products are then drawn to their category, and categories to the shop.

Ref  Chernozhukov et al. (2018), The Econometrics Journal 21(1), C1-C68: double machine learning
     Semenova, Goldman, Chernozhukov & Taddy (2023), Quantitative Economics 14(2), 471-510: for prices of many products
     Montgomery & Rossi (1999), Estimating price elasticities with theory-based priors, Journal of Marketing Research
     36(4), 413-423: why one product's elasticity is drawn to those of its like
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from patron.errors import ArgumentError, NotEnoughData
from patron.language import failure
from patron.models.estimator import fitted_state, read_json
from patron.models.price_cross import cross_rows
from patron.models.price_customers import customer_shifts, pulls_of
from patron.models.price_fit import PriceFit, Terms
from patron.models.price_rows import Asked, read_prices
from patron.models.price_scores import STATUS, counted, status_of
from patron.models.price_segments import segment_rows, shifts_of
from patron.models.price_table import SCHEMA, own_rows

MOST_BLOCKS = 20


@dataclass(frozen=True, kw_only=True)
class PriceParams:
    """What was fitted: rows of `elasticities`, how many products have which status, and what a purchase tells."""

    as_of: date | None
    statuses: dict[str, int]
    table: pa.Table
    pulls: pa.Table | None  # None: customers cannot be compared


class PriceResponse:
    """How sales answer to prices.

    Parameters
    ----------
    blocks : int
        Stretches of time for cross-fitting: what else moves a block's prices and sales is learned from the others.
    trees : bool
        Whether small boosted trees look for what a line does not see (steps, interactions), given rows enough.
    cross : int
        How many products of a category are looked at for what one's price does to another; 0: none.
    seed, threads : int
        The same rows in any order, the same seed: the same elasticities.

    Examples
    --------
    >>> from patron.simulate import planted_prices
    >>> planted = planted_prices(categories=2, products=8, weeks=104, seed=1)
    >>> model = PriceResponse(trees=False).fit(planted.rows, as_of=planted.as_of, segments=["segment"])
    >>> model
    <PriceResponse: 16 of 16 products learned>
    """

    def __init__(
        self, *, blocks: int = 4, trees: bool = True, cross: int = 20, seed: int = 1, threads: int = 1
    ) -> None:
        if isinstance(blocks, bool) or not 2 <= blocks <= MOST_BLOCKS:
            raise failure(ArgumentError, "price.blocks", came=blocks, allowed=MOST_BLOCKS)
        self._terms = Terms(blocks=int(blocks), trees=trees, seed=seed, threads=threads)
        self._cross = cross
        self._state: PriceParams | None = None

    def fit(
        self, rows: Any, *, as_of: date | None, segments: Sequence[str] = (), covariates: Sequence[str] = (),
        prices: Sequence[str] = (), demand: Sequence[str] = (),
    ) -> Self:  # fmt: skip
        """Learn from what was sold at which price.

        Parameters
        ----------
        rows : Table, one row per product and period (and segment, or store)
            Ibis, Arrow, pandas or Polars: ``product_id, units, price``; ``period`` (its first day) and ``category``
            where there are any. Periods in which a product was for sale and nobody bought it have a row with 0 units.
            Without ``period`` rows are taken to be independent of each other.
        as_of : date, or None
            The last day we may know about; None only where rows have no ``period``.
        segments : sequence of str
            Columns that divide customers, each by itself: their elasticities are told apart.
        covariates : sequence of str
            Columns of numbers, or yes and no, that move sales besides: promotions, holidays. Values may be missing.
        prices : sequence of str
            Columns of other prices, taken as logarithms: a competitor's.
        demand : sequence of str
            Columns that tell how much the market buys, taken as logarithms: the category's index. Prices that follow
            them follow demand.

        Raises
        ------
        ContractError
            A column is missing or of another type.
        ArgumentError
            There are no rows; units are negative or prices not above 0; `as_of` is lacking; a product has two
            categories.
        """
        asked = Asked(
            segments=tuple(segments), covariates=tuple(covariates), prices=tuple(prices), demand=tuple(demand)
        )
        read = read_prices(rows, as_of=as_of, asked=asked)
        counts = counted(read)
        fit = PriceFit(read, counts, self._terms).run()
        status = status_of(counts, None) if fit is None else fit.status
        shifts = {name: shifts_of(read, fit, name) for name in read.segments}
        table = pa.concat_tables(
            [
                own_rows(read, counts, fit, status),
                *(
                    segment_rows(read, counts, fit, status=status, name=name, shifts=one)
                    for name, one in shifts.items()
                ),
                cross_rows(read, counts, fit, most=self._cross),
            ]
        )
        known = fit is not None and fit.drawn is not None and read.timed
        many = np.bincount(status, minlength=len(STATUS)).tolist()
        self._state = PriceParams(
            as_of=as_of, statuses=dict(zip(STATUS, many, strict=True)), table=table,
            pulls=pulls_of(read, fit) if fit is not None and known else None,
        )  # fmt: skip
        return self

    def customers(self, purchases: Any) -> ir.Table:
        """Return how much more, or less, than others each customer heeds prices.

        Parameters
        ----------
        purchases : Table
            ``customer_id, product_id, period, units``: what each bought, in the periods of the fit. Others, as those
            later than `as_of`, and products whose elasticity was not learned, are left out.

        Returns
        -------
        Table, one row per customer with such a purchase
            ``customer_id, purchases, shift, low, high, own_weight``: `shift` is added to a product's elasticity; below
            nought she heeds prices more than others do.

        Raises
        ------
        ContractError
            A column is missing.
        NotEnoughData
            No product was learned, or rows had no time.
        """
        state = self._fitted("customers")
        if state.pulls is None:
            raise failure(NotEnoughData, "price.no_customers", products=sum(state.statuses.values()))
        return customer_shifts(purchases, state.pulls)

    @property
    def elasticities_(self) -> pa.Table:
        """All that was learned, and what was not with the reason: rows of `elasticities`, without ``customers``."""
        return self._fitted("elasticities_").table

    @property
    def statuses_(self) -> dict[str, int]:
        """How many products have which status."""
        return dict(self._fitted("statuses_").statuses)

    def to_json(self) -> str:
        """Return what was learned as plain JSON text."""
        state = self._fitted("to_json")
        facts = {
            "model": "PriceResponse", "as_of": state.as_of, "statuses": state.statuses,
            "table": state.table.to_pydict(), "pulls": None if state.pulls is None else state.pulls.to_pydict(),
        }  # fmt: skip
        return json.dumps(facts, default=str, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the model that `to_json` described; it says exactly what it said before.

        Raises
        ------
        ArgumentError
            The text describes another model, or none.
        """
        facts = read_json(text, "PriceResponse")
        model = cls()
        try:
            pulls = facts["pulls"]
            if pulls is not None:
                days = [date.fromisoformat(day) for day in pulls["period"]]
                pulls = pa.table({**pulls, "period": pa.array(days, pa.date32())})
            model._state = PriceParams(
                as_of=None if facts["as_of"] is None else date.fromisoformat(facts["as_of"]),
                statuses=facts["statuses"], table=pa.table(facts["table"], schema=SCHEMA), pulls=pulls,
            )  # fmt: skip
        except (KeyError, TypeError, ValueError) as error:
            raise failure(ArgumentError, "models.json_broken", model="PriceResponse", came=str(error)) from error
        return model

    def _fitted(self, asked: str) -> PriceParams:
        return fitted_state(self._state, model="PriceResponse", asked=asked)

    def __repr__(self) -> str:
        if self._state is None:
            return "PriceResponse()"
        many = self.statuses_
        return f"<PriceResponse: {many['learned']} of {sum(many.values())} products learned>"

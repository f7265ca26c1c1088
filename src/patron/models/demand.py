"""How many units of each product will be sold in each of the next weeks, and to whom?

Lines become weeks of units (`demand_lines.py`); all products are fitted together (`demand_fit.py`), and told ahead
(`demand_ahead.py`). The products that sell most are divided among segments (`demand_segments.py`). What rises and falls
is what the forecast made a horizon ago did not expect (`demand_trends.py`).
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import Any, Self

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.errors import ArgumentError, NotEnoughData, NotFitted
from patron.language import failure
from patron.models.demand_before import KINDS, Before, Known, coded, told_before
from patron.models.demand_filter import first_week
from patron.models.demand_fit import NEW_WEEKS, FittedSeries, fit_series
from patron.models.demand_lines import Weeks, read_weeks, sold_days, sold_weeks
from patron.models.demand_peers import Judged, judge
from patron.models.demand_rows import DemandParams, forecast_rows, plain_value, read_params, trend_rows
from patron.models.demand_segments import DISCOUNT, Shares, segment_shares
from patron.models.estimator import fitted_state, read_json
from patron.models.replenishment_lines import check_lines, order_line_table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HORIZON = 8  # weeks
LONGEST = 26  # weeks
LEAST_WEEKS = 8
JUDGED = 1_000  # products, evenly spread, by which the last forecast is judged
TOP = 200  # products that are divided among segments
GONE = 0.5  # chance of being on the shelf below which a product has left it
VERDICTS = ("sold", "new", "off_shelf")
OPTIONAL = ("category", "segment")


class Demand:
    """What will be sold in the next weeks.

    Parameters
    ----------
    horizon_weeks : int
        The farthest week that is told; 1 to 26.

    Examples
    --------
    >>> from patron.simulate import shelf
    >>> shop = shelf(60, 110, seed=1)
    >>> model = Demand().fit(shop.order_lines, as_of=shop.last_day)
    >>> model.forecast().column_names
    ['product_id', 'segment', 'week', 'from_day', 'to_day', 'units', 'low', 'middle', 'high']
    """

    _state: DemandParams | None = None
    _known: Known | None = None

    def __init__(self, *, horizon_weeks: int = HORIZON) -> None:
        self.horizon_weeks = _check_weeks(horizon_weeks, LONGEST)

    def fit(self, order_lines: Any, *, as_of: date) -> Self:
        """Learn how each product sells.

        Parameters
        ----------
        order_lines : Table, one row per order line
            ``customer_id, product_id, ordered_at`` (date or timestamp) and ``quantity``. What a customer gives back on
            the day of the purchase is taken off; what comes back later had left the shelf, and is not. ``category``
            may be there; so may ``segment``, the customer's on the day of the line, else it is how many purchase days
            the customer had by then.
        as_of : date
            The last day we may know about; later lines are not looked at.

        Raises
        ------
        NotEnoughData
            Less than 8 weeks of sales, or nothing sold in the last 26.
        ContractError
            A column is missing.
        ArgumentError
            The table is of no known kind, a column of a wrong type or with holes, or no line is known on the day.
        """
        lines = order_line_table(order_lines, optional=OPTIONAL)
        check_lines(lines, as_of=as_of)
        days = sold_days(lines, as_of=as_of)
        category: dict[str, str] = {}
        if "category" in lines.columns:
            named = days.group_by("product_id").aggregate(category=days.category.max()).to_pyarrow()
            category = dict(zip(named["product_id"].to_pylist(), named["category"].to_pylist(), strict=True))
        return self.fit_weeks(sold_weeks(days, as_of=as_of), as_of=as_of, category=category)

    def fit_weeks(self, sold: ir.Table, *, as_of: date, category: dict[str, str] | None = None) -> Self:
        """Do as `fit`, on what `demand_lines.sold_weeks` made; `category` is that of each product."""
        weeks = read_weeks(sold)
        of = category or {}
        known = Known(weeks=weeks, category=tuple(of.get(one) for one in weeks.product_id))
        sales = weeks.sales(
            weeks.product, len(weeks.product_id), category=coded(known.category)[1], as_of=as_of
        ) if weeks.weeks >= LEAST_WEEKS else None  # fmt: skip
        if sales is None or not sales.kept.any():
            raise failure(
                NotEnoughData, "demand.too_little", weeks=weeks.weeks, products=len(weeks.product_id),
                allowed=LEAST_WEEKS,
            )  # fmt: skip
        kept = np.flatnonzero(sales.kept)
        fitted = fit_series(sales.only(kept), horizon=self.horizon_weeks)
        divided = _largest(fitted)
        self._known = known
        self._state = DemandParams(
            as_of=as_of, product_id=tuple(weeks.product_id[one] for one in kept.tolist()),
            verdict=_verdicts(fitted, first_week(sales.units[:, kept]), sales.weeks), fitted=fitted,
            segments=weeks.segments, divided=divided,
            shares=_shares(weeks, kept[divided], sales.group[kept[divided]]),
        )  # fmt: skip
        return self

    def forecast(self, horizon_weeks: int | None = None) -> pa.Table:
        """Return the units of the weeks ahead.

        Parameters
        ----------
        horizon_weeks : int, optional
            How many; all that the model was made for when absent.

        Returns
        -------
        Arrow table, one row per product, segment and week
            ``product_id`` (those that sold something in the last 26 weeks); ``segment``: `all`, and of the 200 products
            that will sell most each segment; ``week`` 1 to the horizon, and 0 for all of them together (whose quantiles
            are no sums); ``from_day, to_day``; ``units``, the mean; ``low, middle, high``: quantiles of 10, 50 and
            90 %.

        Raises
        ------
        ArgumentError
            More weeks than the model was made for, or fewer than 1.
        """
        state = self._fitted("forecast")
        ahead = self.horizon_weeks if horizon_weeks is None else _check_weeks(horizon_weeks, self.horizon_weeks)
        return forecast_rows(state, ahead)

    def trends(self) -> pa.Table:
        """Return what sold more or less in the last weeks than a forecast made before them told.

        Returns
        -------
        Arrow table, one row per product, category and segment that could be told then
            ``kind, item, purchases`` (customers and days), ``expected, low, high, p_value, q_value, found`` and
            ``rising``. What the shop as a whole sold more or less is in ``expected``. No rows where fewer than 56 weeks
            were known then: no season can be told of them.

        Raises
        ------
        NotFitted
            Nothing was fitted, or the model was loaded: it knows no past.
        """
        self._fitted("trends")
        found = {kind: self._before(kind, of_units=False) for kind in KINDS}
        return trend_rows({kind: one for kind, one in found.items() if one is not None})

    def judged(self) -> list[Judged]:
        """Return how good the forecast that was made a horizon ago was, beside simpler ones; none of short data."""
        self._fitted("judged")
        before = self._before("product", of_units=True, most=JUDGED)
        return [] if before is None else judge(before.fitted, before.sold, before.came)

    @property
    def products_(self) -> pa.Table:
        """One row per product that is forecast.

        ``product_id``; ``verdict`` (sold; new: first sold in the last 8 weeks; off_shelf: silent for too long for its
        rate); ``on_shelf``, the chance that it still is; ``level``, units a week at season 1; ``unevenness``, variance
        over mean of a week's units.
        """
        state = self._fitted("products_")
        return pa.table({
            "product_id": pa.array(state.product_id, pa.string()),
            "verdict": pa.array(state.verdict, pa.string()),
            "on_shelf": state.fitted.state.there,
            "level": state.fitted.state.level,
            "unevenness": state.fitted.unevenness,
        })  # fmt: skip

    @property
    def params_(self) -> dict[str, float]:
        """What is common to all products: how levels move, and how far they wander in a week and in the horizon."""
        fitted = self._fitted("params_").fitted
        return {**asdict(fitted.dynamics), "week_spread": fitted.of_week.spread, "total_spread": fitted.of_total.spread}

    def to_json(self) -> str:
        """Return the fitted model as plain JSON text."""
        state = self._fitted("to_json")
        plain = asdict(state)
        return json.dumps({"model": "Demand", "horizon_weeks": self.horizon_weeks, **plain}, default=plain_value)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the model that `to_json` described; `forecast` gives exactly what it gave before.

        Raises
        ------
        ArgumentError
            The text describes another model, or none.
        """
        facts = read_json(text, cls.__name__)
        try:
            model = cls(horizon_weeks=facts["horizon_weeks"])
            model._state = read_params(facts)
        except (KeyError, TypeError, ValueError) as error:
            raise failure(ArgumentError, "models.json_broken", model=cls.__name__, came=repr(error)) from error
        return model

    def _before(self, kind: str, *, of_units: bool, most: int = 0) -> Before | None:
        """Return what was told a horizon ago; none where too little was known then."""
        if self._known is None:
            raise failure(NotFitted, "models.not_fitted", model="Demand", asked="trends")
        as_of = self._fitted("trends").as_of
        return told_before(self._known, kind, of_units=of_units, horizon=self.horizon_weeks, as_of=as_of, most=most)

    def _fitted(self, asked: str) -> DemandParams:
        return fitted_state(self._state, model="Demand", asked=asked)

    def __repr__(self) -> str:
        if self._state is None:
            return f"Demand(horizon_weeks={self.horizon_weeks})"
        return f"<Demand horizon_weeks={self.horizon_weeks}; {len(self._state.product_id)} products>"


def _check_weeks(came: int, longest: int) -> int:
    if isinstance(came, bool) or not isinstance(came, int) or not 1 <= came <= longest:
        raise failure(ArgumentError, "demand.horizon", came=came, allowed=longest)
    return came


def _verdicts(fitted: FittedSeries, first: Ints, weeks: int) -> tuple[str, ...]:
    new = first >= weeks - NEW_WEEKS
    gone = fitted.state.there < GONE
    return tuple(np.where(gone, VERDICTS[2], np.where(new, VERDICTS[1], VERDICTS[0])).tolist())


def _largest(fitted: FittedSeries) -> Ints:
    """Return the places of the products that will sell most, in their order."""
    _, told = fitted.ahead(len(fitted.season))
    expected = told.mean * told.chance
    return np.asarray(np.sort(np.argsort(-expected, kind="stable")[:TOP]))


def _shares(weeks: Weeks, products: Ints, category: Ints) -> Shares:
    """Return the shares of the segments in each of these products."""
    place = np.full(len(weeks.product_id), -1)
    place[products] = np.arange(len(products))
    mine = place[weeks.product] >= 0
    segments = len(weeks.segments)
    at = place[weeks.product[mine]] * segments + weeks.segment[mine]
    weight = weeks.purchases[mine] * DISCOUNT ** (weeks.weeks - 1 - weeks.place[mine])
    sums = np.bincount(at, weight, minlength=len(products) * segments).astype(np.float64)
    return segment_shares(sums.reshape(len(products), segments), category)

"""When will each customer need each product again?

The logarithms of a customer's intervals between purchases of a product vary around a middle of the customer's own,
which varies around the product's; more bought lasts longer, as far as the data say so; and after each purchase the
customer may have stopped. The running interval is part of the likelihood: who has not bought since either takes longer
or has stopped. The likelihood is that of `replenishment_likelihood.py`, a catalogue's products are fitted together by
`replenishment_fit.py`, and dates are told in the engine by `replenishment_scores.py`.

Ref  Searle, Casella & McCulloch (1992), Variance Components, chapters 3 and 7: a customer's own intervals shrunk to all
     Morris (1983), JASA 78(381), 47-55: parametric empirical Bayes
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Self

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import special

from patron.errors import ArgumentError, NotEnoughData, NotFitted
from patron.language import failure
from patron.models.estimator import check_number, fitted_state, frozen, read_json
from patron.models.replenishment_fit import Catalogue, fit_catalogue
from patron.models.replenishment_likelihood import NAMES
from patron.models.replenishment_lines import check_lines, cycles_of, of_customers, purchase_days, read_lines
from patron.models.replenishment_rows import LEAST_CUSTOMERS, LEAST_INTERVALS, Evidence, count_products, read_rows
from patron.models.replenishment_scores import NO_RHYTHM, due

VERDICTS = ("replenished", "no_rhythm", "few", "once")
LEVEL = 0.8


def parameters(fitted: Catalogue) -> NDArray[np.float64]:
    """Return mu, beta, S, T, p, q and the variance of mu of each product, on their own scales."""
    theta = fitted.theta
    error = fitted.covariance[:, 0, 0]
    return np.column_stack([theta[:, :2], np.exp(theta[:, 2:4]), special.expit(theta[:, 4:6]), error])


def verdicts(evidence: Evidence, within: NDArray[np.float64]) -> list[str]:
    """Say of each product whether it is replenished.

    Parameters
    ----------
    evidence : Evidence
        What there is of each product.
    within : array
        S of the products that were fitted.
    """
    found = np.where(evidence.intervals == 0, "once", "few").astype(object)
    found[evidence.enough] = np.where(within < NO_RHYTHM, "replenished", "no_rhythm")
    return [str(one) for one in found]


@dataclass(frozen=True, kw_only=True)
class ReplenishmentParams:
    """Of each product the counts and the verdict, and in `values` what was fitted; none where it was not."""

    product_id: tuple[str, ...]
    customers: tuple[int, ...]
    repeaters: tuple[int, ...]
    intervals: tuple[int, ...]
    verdict: tuple[str, ...]
    values: tuple[tuple[float, ...] | None, ...]  # mu, beta, S, T, p, q, variance of mu
    log_likelihood: float


class Replenishment:
    """When customers run out of what they buy again and again.

    Parameters
    ----------
    level : float
        How often the next purchase, if one comes, shall lie between ``due_low`` and ``due_high``.

    Examples
    --------
    >>> from patron.simulate import replenishment
    >>> shop = replenishment(400, 4, seed=1)
    >>> model = Replenishment().fit(shop.order_lines, as_of=shop.last_day)
    >>> model.left_out_
    {'no_rhythm': 0, 'few': 0, 'once': 0}
    >>> model.due(customers=["C000001"]).column_names[:5]
    ['customer_id', 'product_id', 'last_bought_on', 'interval_days', 'due_on']
    """

    _state: ReplenishmentParams | None = None
    _lines: tuple[Any, date] | None = None

    def __init__(self, *, level: float = LEVEL) -> None:
        self.level = check_number("level", level, high=1.0, open_ended=True)

    def fit(self, order_lines: Any, *, as_of: date) -> Self:
        """Learn each product's cycle.

        Parameters
        ----------
        order_lines : Table, one row per order line
            ``customer_id``, ``product_id``, ``ordered_at`` (date or timestamp) and ``quantity``. What a customer buys
            of a product on one day is one purchase, less what came back that day; a negative day is none. An
            ``order_id`` may be there and is not needed.
        as_of : date
            The last day we may know about; later lines are not looked at.

        Raises
        ------
        NotEnoughData
            Not one product has 10 intervals of 5 customers.
        ContractError
            A column is missing.
        ArgumentError
            The table is of no known kind, a column of a wrong type or with holes, or no line is known on the day.
        """
        lines = read_lines(order_lines)
        check_lines(lines, as_of=as_of)
        self.fit_cycles(cycles_of(purchase_days(lines, as_of=as_of), as_of=as_of))
        self._lines = order_lines, as_of
        return self

    def fit_cycles(self, cycles: ir.Table) -> Self:
        """Do as `fit`, on what `replenishment_lines.cycles_of` made."""
        evidence = count_products(cycles)
        _check_evidence(evidence)
        rows = read_rows(cycles, evidence)
        fitted = fit_catalogue(rows, int(evidence.enough.sum()))
        values = parameters(fitted)
        of_each: list[tuple[float, ...] | None] = [None] * len(evidence.product)
        for place, one in zip(np.flatnonzero(evidence.enough), values.tolist(), strict=True):
            of_each[place] = tuple(one)
        self._lines = None
        self._state = ReplenishmentParams(
            product_id=tuple(evidence.product),
            customers=tuple(evidence.customers.tolist()),
            repeaters=tuple(evidence.repeaters.tolist()),
            intervals=tuple(evidence.intervals.tolist()),
            verdict=tuple(verdicts(evidence, values[:, 2])),
            values=tuple(of_each),
            log_likelihood=fitted.log_likelihood,
        )
        return self

    def due(self, customers: Sequence[str] | None = None) -> Any:
        """Return when the customers of the fitted lines run out of what.

        As `predict`, on the lines and the day of `fit`. `NotFitted` for a loaded model, which knows no lines.
        """
        self._fitted("due")
        if self._lines is None:
            raise failure(NotFitted, "models.not_fitted", model="Replenishment", asked="due")
        order_lines, as_of = self._lines
        return self.predict(order_lines, as_of=as_of, customers=customers)

    def predict(self, order_lines: Any, *, as_of: date, customers: Sequence[str] | None = None) -> Any:
        """Return when customers run out of what.

        Parameters
        ----------
        order_lines, as_of
            As for `fit`.
        customers : sequence of str, optional
            Only of these.

        Returns
        -------
        Table, one row per customer and replenished product that the customer has bought
            ``customer_id, product_id, last_bought_on``; ``interval_days``, how long the last purchase lasts;
            ``due_on``, the last purchase and that; ``due_low`` and ``due_high``, between which the next purchase comes
            with chance `level` where one comes, given that none has come by `as_of` (so for a late customer they are
            after ``due_on``); ``days_left`` to ``due_on``, negative where it is over; ``purchases`` (days); ``chance``
            that the customer still buys it; ``grade`` (A: four intervals of the customer's own and regular; B: two; C:
            mostly the product's; D: the chance is below a quarter, or the interval as wide as chance makes it) and
            ``sentence``. An Ibis table for an Ibis table, else an Arrow table by customer and product.

        Raises
        ------
        ContractError, ArgumentError
            As for `fit`.
        """
        self._fitted("predict")
        lines = read_lines(order_lines)
        check_lines(lines, as_of=as_of)
        found = self.predict_cycles(cycles_of(purchase_days(of_customers(lines, customers), as_of=as_of), as_of=as_of))
        if isinstance(order_lines, ir.Table):
            return found
        return found.order_by("customer_id", "product_id").to_pyarrow()

    def predict_cycles(self, cycles: ir.Table) -> ir.Table:
        """Do as `predict`, on what `replenishment_lines.cycles_of` made."""
        state = self._fitted("predict")
        chosen = [place for place, verdict in enumerate(state.verdict) if verdict == VERDICTS[0]]
        values = np.array([state.values[place] for place in chosen], dtype=np.float64).reshape(-1, len(NAMES) + 1)
        columns = {name: values[:, place] for place, name in enumerate((*NAMES, "error"))}
        ids = pa.array([state.product_id[place] for place in chosen], pa.string())
        return due(cycles, pa.table({"product_id": ids, **columns}), level=self.level)

    @property
    def products_(self) -> pa.Table:
        """One row per product: what there was, the verdict, and what was fitted.

        ``product_id, customers, repeaters, intervals, verdict`` (replenished; no_rhythm: as irregular as chance; few:
        too few intervals; once: nobody bought it twice); null where not fitted: ``interval_days`` (one unit, the middle
        customer), ``between`` and ``within`` (standard deviations of the logarithm), ``quantity_exponent`` (1: two last
        twice as long), ``stop_first`` and ``stop_later`` (chances).
        """
        state = self._fitted("products_")
        counts = {name: getattr(state, name) for name in ("customers", "repeaters", "intervals")}
        return _product_table(state.product_id, counts, state.verdict, state.values)

    @property
    def left_out_(self) -> dict[str, int]:
        """How many products have no date, by reason."""
        found = self._fitted("left_out_").verdict
        return {reason: found.count(reason) for reason in VERDICTS[1:]}

    @property
    def log_likelihood_(self) -> float:
        """Of the fitted products' intervals, without constants."""
        return self._fitted("log_likelihood_").log_likelihood

    def to_json(self) -> str:
        """Return the fitted model as plain JSON text: the parameters of each product."""
        facts = {"model": "Replenishment", "level": self.level, **asdict(self._fitted("to_json"))}
        return json.dumps(facts, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the model that `to_json` described; `predict` gives exactly what it gave before.

        Raises
        ------
        ArgumentError
            The text describes another model, or none.
        """
        facts = read_json(text, cls.__name__)
        try:
            model = cls(level=facts.pop("level"))
            height = facts.pop("log_likelihood")
            columns = {name: tuple(frozen(one) for one in column) for name, column in facts.items()}
            model._state = ReplenishmentParams(log_likelihood=height, **columns)
        except (KeyError, TypeError) as error:
            raise failure(ArgumentError, "models.json_broken", model=cls.__name__, came=repr(error)) from error
        return model

    def _fitted(self, asked: str) -> ReplenishmentParams:
        return fitted_state(self._state, model="Replenishment", asked=asked)

    def __repr__(self) -> str:
        if self._state is None:
            return f"Replenishment(level={self.level})"
        count = self._state.verdict.count(VERDICTS[0])
        return f"<Replenishment level={self.level}; {count} of {len(self._state.verdict)} products>"


def without_cycles(evidence: Evidence) -> ir.Table:
    """Return what `products_` is for a shop whose products are all bought too seldom to be fitted."""
    verdict = np.where(evidence.intervals == 0, "once", "few").tolist()
    counts = {name: getattr(evidence, name).tolist() for name in ("customers", "repeaters", "intervals")}
    return ibis.memtable(_product_table(evidence.product, counts, verdict, [None] * len(verdict)))


def _product_table(
    product: Sequence[str],
    counts: Mapping[str, Sequence[int]],
    verdict: Sequence[str],
    values: Sequence[tuple[float, ...] | None],
) -> pa.Table:
    missing = (math.nan,) * (len(NAMES) + 1)
    of = np.array([missing if one is None else one for one in values], dtype=np.float64).reshape(-1, len(missing))
    figures = {
        "interval_days": np.exp(of[:, 0]), "between": np.sqrt(of[:, 3]), "within": np.sqrt(of[:, 2]),
        "quantity_exponent": of[:, 1], "stop_first": of[:, 4], "stop_later": of[:, 5],
    }  # fmt: skip
    return pa.table({
        "product_id": pa.array(product, pa.string()),
        **{name: pa.array(numbers, pa.int64()) for name, numbers in counts.items()},
        "verdict": pa.array(verdict, pa.string()),
        **{name: pa.array(numbers, mask=np.isnan(numbers)) for name, numbers in figures.items()},
    })  # fmt: skip


def _check_evidence(evidence: Evidence) -> None:
    if evidence.enough.any():
        return
    once = int((evidence.intervals == 0).sum())
    raise failure(
        NotEnoughData, "replenishment.no_cycle", products=len(evidence.product), once=once,
        few=len(evidence.product) - once, allowed=LEAST_INTERVALS, customers=LEAST_CUSTOMERS,
    )  # fmt: skip

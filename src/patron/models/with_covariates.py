"""How do acquisition channel, first category or country change how often customers buy, and how soon they leave?

Any model of purchases that declares `covariate_effects`, with covariates that do not change over time. A customer with
few purchases of its own is then expected to do as others of its cell do, not as all customers: the fewer purchases, the
more so.

Ref  Fader & Hardie (2007), Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models (note)
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, NoReturn, Self

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray
from scipy import special

from patron.errors import ArgumentError
from patron.language import failure, listing
from patron.models.bg_nbd import BgNbd
from patron.models.by_cell import ByCell
from patron.models.covariate_cells import CovariateCells, Mix, cells_of, check_not_collinear, without_cells
from patron.models.covariate_effects import CovariateEffects
from patron.models.covariate_fit import Moved, fit_jointly, parameters_by_cell
from patron.models.covariate_learning import learn_covariates
from patron.models.estimator import NORMAL_95, Fitted, check_number, read_json
from patron.models.formula import parse_formula
from patron.models.mbg_nbd import MbgNbd
from patron.models.pareto_nbd import ParetoNbd
from patron.models.patterns import Patterns, read_patterns
from patron.models.purchase_model import ALL, COLUMNS, PurchaseModel, columns_of

Floats = NDArray[np.float64]

KINDS: dict[str, type[PurchaseModel]] = {kind.__name__: kind for kind in (BgNbd, MbgNbd, ParetoNbd)}


@dataclass(frozen=True, kw_only=True)
class LikelihoodRatio:
    """Do the covariates pay? `p_value` is the chance of such a gain were all coefficients 0 (chi-squared)."""

    statistic: float  # twice the gain in log-likelihood
    degrees: int  # coefficients
    p_value: float


@dataclass(frozen=True, kw_only=True)
class _Learned:
    """What a fit leaves behind besides the parameters."""

    cells: CovariateCells
    mix: Mix
    without: PurchaseModel


def _refused(asked: str) -> Callable[..., Any]:
    """Return a method that refuses: x, t_x and T without covariates have no answer; `among` gives it."""

    def refuse(self: PurchaseModel, *columns: object) -> NoReturn:  # noqa: ARG001 - what all models are asked with
        raise failure(ArgumentError, "covariates.arrays", asked=asked)

    return refuse


class WithCovariates(PurchaseModel):
    """A model of purchases whose parameters depend on covariates.

    Parameters
    ----------
    model : type or PurchaseModel
        The model that is given covariates, as ``BgNbd`` or ``BgNbd(dropout=False)``; it is not changed.
    purchases : str, optional
        Names of columns joined by ``+``: what changes how often customers buy.
    dropout : str, optional
        The same for what changes how soon they leave.
    least_share : float
        Levels that a smaller share of the customers shows are pooled.

    Notes
    -----
    A parameter of a customer is the baseline's times exp(sign x coefficient x covariate). In BG/NBD and MBG/NBD the
    coefficients are ``gamma1``, which divides alpha (a positive one means buying more often), ``gamma2``, which
    multiplies a, and ``gamma3``, which multiplies b. Text and boolean columns are categories, each level against the
    most frequent one; the effect of a number is that of one unit, against the mean. So the baseline is a customer of
    the most frequent levels and the mean numbers.

    Levels with fewer than 30 customers, or none who came back, are pooled into ``(other)``, or where all of them
    together are too few into the most frequent level; so are levels that the fit has not seen. What is missing is a
    level of its own. Numbers are cut at the range of the fit. `pooled_` and `strange` count whom that concerns.

    On the side of the purchases a number may have as many values as there are customers. On the side of the dropout
    each value is asked for by itself: thousands of values take seconds to score, so round such a column.

    Examples
    --------
    >>> from patron.simulate import bg_nbd, levels
    >>> channel = levels(4_000, {"web": 0.7, "shop": 0.3}, seed=1)
    >>> alpha = np.where(np.array(channel.to_pylist()) == "shop", 10 * np.exp(-0.8), 10.0)
    >>> history = bg_nbd(4_000, r=0.8, alpha=alpha, a=0.9, b=4.0, T=52.0, seed=1).append_column("channel", channel)
    >>> model = WithCovariates(BgNbd, "channel").fit(history)
    >>> low, high = model.confidence_intervals_["gamma1[channel=shop]"]
    >>> low < 0.8 < high, model.likelihood_ratio_.p_value < 0.001
    (True, True)
    """

    def __init__(
        self, model: type[PurchaseModel] | PurchaseModel, purchases: str | None = None, *, dropout: str | None = None,
        least_share: float = 0.0,
    ) -> None:  # fmt: skip
        self.model = model() if isinstance(model, type) else copy(model)
        effects = self.model.covariate_effects
        if effects is None:
            raise failure(ArgumentError, "covariates.model", came=type(self.model).__name__, allowed=listing(KINDS))
        self.effects: CovariateEffects = effects
        self.purchases, self.dropout = parse_formula(purchases), parse_formula(dropout)
        if not self.purchases + self.dropout:
            raise failure(ArgumentError, "covariates.none")
        self.least_share = check_number("least_share", least_share, high=1)
        self.title, self.short_name = self.model.title, f"{self.model.short_name}+covariates"
        self._learned: _Learned | None = None

    def fit(self, history: Any) -> Self:
        """Find the most likely parameters and coefficients.

        Parameters
        ----------
        history : Table, one row per customer
            Columns ``frequency``, ``recency``, ``T`` and those of the formulas.

        Raises
        ------
        ContractError
            A column is missing.
        ArgumentError
            The history holds values that cannot be, or a covariate that does not differ, that says what another one
            says, or of a type that is none of text, boolean and number.
        NotEnoughData, FitError
            As the model without covariates does; also where the data do not determine a coefficient.
        """
        cells = CovariateCells(covariates=learn_covariates(history, self._names(), least_share=self.least_share))
        patterns = read_patterns(cells.add_to(history), (*COLUMNS, *cells.columns))
        return self._fit(cells, patterns)

    def fit_patterns(self, patterns: Patterns) -> Self:
        """Do as `fit`, on patterns that are counted already, by the `pattern_columns` of a fitted model."""
        return self._fit(self._known_cells("fit_patterns").cells, patterns)

    def _fit(self, cells: CovariateCells, patterns: Patterns) -> Self:
        customers = patterns.customers.astype(np.float64)
        without = copy(self.model).fit_patterns(without_cells(patterns))
        codes, cell = cells_of(patterns, cells, ALL)
        for names in (self.purchases, self.dropout):
            check_not_collinear(cells, names, codes)
        given = () if without.has_dropout_ else tuple(effect.parameter for effect in self.effects.dropout)
        if given and self.dropout:
            raise failure(ArgumentError, "covariates.no_dropout", column=listing(self.dropout))
        height = self.effects.tabulate(columns_of(patterns), customers, cell, len(codes[0]))
        top = fit_jointly(height, without.params_, given, self._moved(cells, codes), customers=patterns.total)
        self._state = Fitted(
            params=top.params, covariance=top.covariance.tolist(), log_likelihood=top.log_likelihood,
            customers=patterns.total,
        )  # fmt: skip
        mix = cells.usual(codes, np.bincount(cell, customers).astype(np.float64))
        self._learned = _Learned(cells=cells, mix=mix, without=without)
        return self

    @property
    def names(self) -> tuple[str, ...]:  # type: ignore[override]
        """The parameters' names, which depend on the levels."""
        return tuple(self._fitted("names").params)

    @property
    def has_dropout_(self) -> bool:
        """Whether the fitted customers leave at all."""
        return self.without_.has_dropout_

    @property
    def without_(self) -> PurchaseModel:
        """The same model, fitted to the same customers without covariates."""
        return self._known_cells("without_").without

    @property
    def likelihood_ratio_(self) -> LikelihoodRatio:
        """The test of all coefficients against the model without covariates."""
        degrees = len(self.params_) - len(self.without_.params_)
        statistic = max(0.0, 2 * (self.log_likelihood_ - self.without_.log_likelihood_))
        p_value = float(special.chdtrc(degrees, statistic))
        return LikelihoodRatio(statistic=statistic, degrees=degrees, p_value=p_value)

    @property
    def pooled_(self) -> pa.Table:
        """By covariate: how many ``levels`` of few customers the fit pooled, and how many ``customers`` show these."""
        items = self._known_cells("pooled_").cells.covariates
        return pa.table({
            "covariate": [item.column for item in items],
            "levels": [item.pooled_levels for item in items],
            "customers": [item.pooled_customers for item in items],
        })  # fmt: skip

    def strange(self, history: Any) -> dict[str, int]:
        """Count, by covariate, the customers who show a level that the fit pooled or never saw, or a number beyond."""
        cells = self._known_cells("strange").cells
        return cells.strange(history if isinstance(history, ir.Table) else ibis.memtable(pa.table(history)))

    @property
    def standard_errors_(self) -> dict[str, float]:
        """Standard errors from the curvature of the log-likelihood; of the baseline by the delta method."""
        spread = self._log_errors("standard_errors_")
        return {name: spread[name] * (1 if _is_slope(name) else value) for name, value in self.params_.items()}

    @property
    def confidence_intervals_(self) -> dict[str, tuple[float, float]]:
        """95 % intervals; of the baseline made on the log scale, so that they stay positive."""
        spread = self._log_errors("confidence_intervals_")
        intervals = {}
        for name, value in self.params_.items():
            reach = NORMAL_95 * spread[name]
            around = (value - reach, value + reach), (value * math.exp(-reach), value * math.exp(reach))
            intervals[name] = around[0] if _is_slope(name) else around[1]
        return intervals

    def moved(self, steps: Floats) -> Self:
        """Return the model with the logarithm of each baseline parameter, and each coefficient, moved by a step."""
        state = self._fitted("moved")
        params = {
            name: value + step if _is_slope(name) else value * math.exp(step)
            for (name, value), step in zip(state.params.items(), steps.tolist(), strict=True)
        }
        other = copy(self)
        other._state = replace(state, params=params)
        return other

    @property
    def pattern_columns(self) -> tuple[str, ...]:
        """What patterns are counted by for a score."""
        return (*COLUMNS, *self._known_cells("pattern_columns").cells.columns)

    def prepared(self, history: Any) -> Any:
        """Return a history with all `pattern_columns`."""
        return self._known_cells("prepared").cells.add_to(history)

    def among(self, patterns: Patterns, rows: slice = ALL) -> ByCell:
        """Return what answers for some of the patterns."""
        learned = self._known_cells("among")
        codes, cell = cells_of(patterns, learned.cells, rows)
        return ByCell(self._model, self._by_cell(codes), cell, scale=self.effects.scale)

    def expected_purchases_of_new(self, t: ArrayLike, *, like: Mapping[str, object] | None = None) -> Floats:
        """Return the repeat purchases of a new customer's first time `t`, E[X(t)].

        Parameters
        ----------
        t : array of float
            In the unit of T.
        like : mapping, optional
            Covariates of the new customer, as ``{"acquisition_channel": "email"}``. The others, or without it all, are
            as usual among the customers of the fit who are like that (numbers as the means of their tenths).

        Raises
        ------
        ArgumentError
            `like` names what is no covariate of the model, or gives it another type than at the fit.
        """
        learned = self._known_cells("expected_purchases_of_new")
        mix = learned.mix if like is None else learned.cells.like(learned.mix, like)
        by_cell = self._by_cell([np.array(code) for code in mix.codes])
        mean = np.zeros(np.shape(t))
        for number, share in enumerate(mix.share):
            cell = self._model(**{name: float(values[number]) for name, values in by_cell.items()})
            mean = mean + share * cell.expected_purchases_of_new(t)
        return mean

    def to_json(self) -> str:
        """Return the fitted model as plain JSON text."""
        state, learned = self._fitted("to_json"), self._known_cells("to_json")
        facts = {
            "model": type(self).__name__,
            "purchases": list(self.purchases),
            "dropout": list(self.dropout),
            "least_share": self.least_share,
            "covariates": learned.cells.to_facts(),
            "mix": asdict(learned.mix),
            "without": json.loads(learned.without.to_json()),
            **asdict(state),
        }
        return json.dumps(facts, indent=2, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the model that `to_json` described; it predicts exactly as before.

        Raises
        ------
        ArgumentError
            The text describes another model, or none.
        """
        facts = read_json(text, cls.__name__)
        try:
            without = KINDS[facts["without"]["model"]].from_json(json.dumps(facts["without"]))
            formulas = (" + ".join(facts[side]) or None for side in ("purchases", "dropout"))
            purchases, dropout = formulas
            model = cls(without, purchases, dropout=dropout, least_share=facts["least_share"])
            cells = CovariateCells.from_facts(facts["covariates"])
            model._learned = _Learned(cells=cells, mix=Mix(**facts["mix"]), without=without)
            model._state = Fitted(**{field.name: facts[field.name] for field in fields(Fitted)})
        except (KeyError, TypeError) as error:
            raise failure(ArgumentError, "models.json_broken", model=cls.__name__, came=repr(error)) from error
        return model

    alive = _refused("alive")
    ahead = _refused("ahead")
    outlook = _refused("outlook")
    scores = _refused("scores")

    def _names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.purchases + self.dropout))

    def _known_cells(self, asked: str) -> _Learned:
        self._fitted(asked)
        assert self._learned is not None
        return self._learned

    def _model(self, **params: float) -> PurchaseModel:
        return type(self.model)._known(**params)

    def _moved(self, cells: CovariateCells, codes: list[Floats]) -> list[Moved]:
        """Return what the covariates move in each of some cells."""
        sides = (self.purchases, self.effects.purchases), (self.dropout, self.effects.dropout)
        moved = []
        for names, effects in sides:
            labels, design, scales = cells.labels(names), cells.design(names, codes), cells.scales(names)
            moved += [Moved(effect=effect, labels=labels, design=design, scales=scales) for effect in effects if names]
        return moved

    def _by_cell(self, codes: list[Floats]) -> dict[str, Floats]:
        cells = self._known_cells("parameters").cells
        return parameters_by_cell(self.params_, tuple(self.without_.params_), self._moved(cells, codes))

    def _slopes(self, patterns: Patterns) -> Floats:
        """Return the gradient of each pattern's log-likelihood in the baseline's logs and the coefficients."""
        codes, cell = cells_of(patterns, self._known_cells("scores").cells, ALL)
        slopes = self.among(patterns).scores(*columns_of(patterns))
        baseline = list(self.without_.params_)
        parts = [slopes]
        for one in self._moved(self._known_cells("scores").cells, codes):
            column = slopes[:, baseline.index(one.effect.parameter)]
            parts.append(one.effect.sign * one.design[cell] * column[:, None])
        return np.hstack(parts)


def _is_slope(name: str) -> bool:
    return "[" in name

"""What all models of customers share: being fitted, showing parameters with their errors, and being saved as JSON.

A model file has three parts in order: pure functions on arrays, a frozen parameter dataclass, and the estimator. The
estimator reads a table to counted patterns (`patterns.py`), calls the pure functions and gives the scores back.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from copy import copy
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from patron.errors import ArgumentError, NotEnoughData, NotFitted
from patron.language import failure
from patron.stats.maximise import Maximum

State = TypeVar("State")

MIN_CUSTOMERS = 30
NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """What a fit leaves behind; `covariance` is that of the parameters' logarithms."""

    params: dict[str, float]
    covariance: list[list[float]]
    log_likelihood: float | None
    customers: int
    left_out: int = 0


class Estimator:
    """The base of the models: parameters, errors, saving and loading.

    A fitted attribute ends with an underscore. Before `fit` it raises `NotFitted`.
    """

    names: ClassVar[tuple[str, ...]]  # of the estimated parameters; `params_` may have more, chosen from a list
    _state: Fitted | None = None

    @property
    def params_(self) -> dict[str, float]:
        """The fitted parameters, by the paper's names."""
        return dict(self._fitted("params_").params)

    @property
    def standard_errors_(self) -> dict[str, float]:
        """Standard errors of the parameters, from the curvature of the log-likelihood (delta method).

        A parameter that is chosen from a list has none.
        """
        params = self._fitted("standard_errors_").params
        return {name: params[name] * spread for name, spread in self._log_errors("standard_errors_").items()}

    @property
    def confidence_intervals_(self) -> dict[str, tuple[float, float]]:
        """95 % intervals of the parameters; made on the log scale, so that they stay positive."""
        params = self._fitted("confidence_intervals_").params
        return {
            name: (params[name] * math.exp(-NORMAL_95 * spread), params[name] * math.exp(NORMAL_95 * spread))
            for name, spread in self._log_errors("confidence_intervals_").items()
        }

    @property
    def log_covariance_(self) -> NDArray[np.float64]:
        """The covariance of the logarithms of the estimated parameters, in the order of `names`."""
        return np.array(self._fitted("log_covariance_").covariance)

    def moved(self, steps: NDArray[np.float64]) -> Self:
        """Return the model with the logarithm of each estimated parameter moved by a step; one that is 0 stays."""
        state = self._fitted("moved")
        moved = {name: state.params[name] * math.exp(s) for name, s in zip(self.names, steps.tolist(), strict=True)}
        other = copy(self)
        other._state = replace(state, params=state.params | moved)
        return other

    @property
    def log_likelihood_(self) -> float:
        """The log-likelihood at the top, in the unit of the caller's T (or money); `NotFitted` where there is none."""
        state = self._fitted("log_likelihood_")
        if state.log_likelihood is None:
            raise failure(NotFitted, "models.not_fitted", model=type(self).__name__, asked="log_likelihood_")
        return state.log_likelihood

    @property
    def customers_(self) -> int:
        """How many customers were fitted on."""
        return self._fitted("customers_").customers

    @property
    def left_out_(self) -> int:
        """How many customers of the table the fit left out, because they tell it nothing."""
        return self._fitted("left_out_").left_out

    def to_json(self) -> str:
        """Return the fitted model as plain JSON text."""
        return json.dumps({"model": type(self).__name__, **asdict(self._fitted("to_json"))}, indent=2, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the model that `to_json` described; it predicts exactly as before.

        Raises
        ------
        ArgumentError
            The text describes another model, or none.
        """
        facts = read_json(text, cls.__name__)
        model = cls()
        try:
            model._state = Fitted(**facts)
        except TypeError as error:
            raise failure(ArgumentError, "models.json_broken", model=cls.__name__, came=str(error)) from error
        return model

    @classmethod
    def _known(cls, **params: float) -> Self:
        """Return a model whose parameters are given, not estimated."""
        model = cls()
        nothing = np.zeros((len(cls.names), len(cls.names))).tolist()
        model._state = Fitted(params=params, covariance=nothing, log_likelihood=None, customers=0)
        return model

    def _fitted(self, asked: str) -> Fitted:
        return fitted_state(self._state, model=type(self).__name__, asked=asked)

    def _log_errors(self, asked: str) -> dict[str, float]:
        self._fitted(asked)
        return dict(zip(self.names, np.sqrt(np.diag(self.log_covariance_)).tolist(), strict=True))

    def _keep(self, top: Maximum, units: NDArray[np.float64], *, shift: float, customers: int, left_out: int) -> Self:
        """Keep a fit, with the factors that lead back to the caller's units and the log-likelihood's `shift`."""
        self._state = Fitted(
            params=dict(zip(self.names, (top.values * units).tolist(), strict=True)),
            covariance=top.covariance.tolist(),
            log_likelihood=top.log_likelihood + shift,
            customers=customers,
            left_out=left_out,
        )
        return self

    def __repr__(self) -> str:
        if self._state is None:
            return f"{type(self).__name__}()"
        values = ", ".join(f"{name}={value:.4g}" for name, value in self._state.params.items())
        return f"<{type(self).__name__} {values}; {self._state.customers} customers>"


def fitted_state(state: State | None, *, model: str, asked: str) -> State:
    """Return what a fit left behind.

    Raises
    ------
    NotFitted
        Nothing was fitted; `asked` is what was asked for.
    """
    if state is None:
        raise failure(NotFitted, "models.not_fitted", model=model, asked=asked)
    return state


def frozen(value: Any) -> Any:
    """Return a list of JSON as the tuple that it was; anything else as it is."""
    return tuple(value) if isinstance(value, list) else value


def read_json(text: str, model: str) -> dict[str, Any]:
    """Return what the JSON of a `model` says, without its name.

    Raises
    ------
    ArgumentError
        The text describes another model, or none.
    """
    try:
        facts = json.loads(text)
    except ValueError as error:
        raise failure(ArgumentError, "models.json_broken", model=model, came=str(error)) from error
    if not isinstance(facts, dict) or facts.get("model") != model:
        came = facts.get("model") if isinstance(facts, dict) else type(facts).__name__
        raise failure(ArgumentError, "models.json_model", came=came, allowed=model)
    return {name: value for name, value in facts.items() if name != "model"}


def check_number(key: str, came: float, *, high: float = math.inf, open_ended: bool = False) -> float:
    """Return `came` when it lies between 0 and `high`, else raise the sentence `models.<key>`.

    `open_ended` forbids the two ends themselves. Infinity and NaN are never allowed.

    Raises
    ------
    ArgumentError
        With `came` in its data.
    """
    inside = 0 < came < high if open_ended else 0 <= came <= high
    if not (inside and math.isfinite(came)):
        raise failure(ArgumentError, f"models.{key}", came=came)
    return float(came)


def check_enough(model: str, customers: int, columns: Sequence[tuple[str, NDArray[np.float64]]]) -> None:
    """Refuse to fit on fewer than 30 customers, or on customers that do not differ.

    Raises
    ------
    NotEnoughData
        With `customers` or `came` in its data.
    """
    if customers < MIN_CUSTOMERS:
        raise failure(NotEnoughData, "models.too_few_customers", model=model, came=customers, allowed=MIN_CUSTOMERS)
    if all(np.ptp(values) <= 1e-12 * np.abs(values).max() for _, values in columns):
        names = " and ".join(name for name, _ in columns)
        raise failure(NotEnoughData, "models.all_equal", model=model, customers=customers, column=names)

"""What do customers like this one spend, and how much of it is missing here?

Capacity is a high quantile of what peers spent over an equal period, given what is known of a customer other than the
spend itself; the trees that a capacity comes from have not seen that customer's spend. Headroom = capacity - current
spend, never below zero. Where a survey told which share of the need a customer buys here, capacity is current / share
instead.

It is what alike customers show to be possible, not what an action would bring: that only an experiment tells.

Ref  as `quantile_trees.py`
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.errors import ArgumentError, ContractError, NotEnoughData
from patron.language import did_you_mean, failure, listing
from patron.models.estimator import check_number, fitted_state, read_json
from patron.models.peer_rows import GIVEN, as_ibis, categories, checked, coded, digest, fold, key
from patron.models.quantile_trees import PRIOR, QuantileTrees, Rows, fit_quantile_trees, predict_quantiles

Floats = NDArray[np.float64]

MIN_CUSTOMERS = 500  # a quantile of .9 then rests on forty held-out customers
SAMPLE = 50_000  # customers to learn from; more would move a quantile by less than a point


def headroom_of(current: Floats, capacity: Floats) -> Floats:
    """Return how much is missing to a capacity; 0 for who spends as much already.

    Examples
    --------
    >>> headroom_of(np.array([10.0, 50.0]), np.array([30.0, 30.0])).tolist()
    [20.0, 0.0]
    """
    return np.maximum(capacity - current, 0.0)


@dataclass(frozen=True, kw_only=True)
class HeadroomParams:
    """A fitted model: the columns it reads, how it codes them, and the trees of each fold and quantile."""

    columns: tuple[str, ...]
    categories: dict[str, tuple[str, ...]]  # of each column of text, the code is the place
    group: str | None
    quantiles: tuple[float, ...]
    unit: float  # the outcome is log(1 + spend / unit)
    trees: tuple[tuple[QuantileTrees, ...], ...]
    customers: int


class Headroom:
    """Capacity and headroom of customers, from what their peers spend.

    Parameters
    ----------
    quantiles : sequence of float
        Ascending, between 0.5 and 1. The first is the capacity, the last its upper end.
    group : str, optional
        A column of text: capacities are drawn towards those of the same group where peers are few; without one towards
        those of all.

    Notes
    -----
    A table of features has one row per customer: ``customer_id`` (text), ``current`` (spend over a period that is the
    same for all, in money) and any other columns of numbers, text or booleans, which may be missing. All kinds of table
    are taken: Ibis, Arrow, pandas, Polars.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> size = rng.integers(1, 5, 1_000)
    >>> features = pa.table({
    ...     "customer_id": [f"c{i}" for i in range(1_000)], "household": size,
    ...     "current": size * rng.gamma(2.0, 50.0, 1_000),
    ... })
    >>> found = Headroom().fit(features).predict(features)
    >>> capacity, households = found["capacity"].to_numpy(), found["household"].to_numpy()
    >>> bool(capacity[households == 4].mean() > 2 * capacity[households == 1].mean())
    True
    """

    def __init__(self, *, quantiles: Sequence[float] = (0.8, 0.9), group: str | None = None) -> None:
        self.quantiles = tuple(check_number("quantile", q, high=1, open_ended=True) for q in quantiles)
        if not self.quantiles or list(self.quantiles) != sorted(set(self.quantiles)) or self.quantiles[0] < 0.5:
            raise failure(ArgumentError, "headroom.quantiles", came=listing(self.quantiles))
        self.group = group
        self._state: HeadroomParams | None = None

    def fit(self, features: Any) -> Self:
        """Learn from customers what those like them spend; from at most 50,000, drawn by their id.

        Raises
        ------
        NotEnoughData
            Fewer than 500 customers, or all spend the same.
        ContractError
            ``customer_id``, ``current`` or the group is missing.
        ArgumentError
            A spend is missing or no number, or there is nothing else to know a customer by.
        """
        table = checked(as_ibis(features), self.group)
        hashed = digest(table)
        drawn = table.mutate(_digest=hashed, _fold=fold(hashed)).order_by("_digest").limit(SAMPLE).to_pyarrow()
        current = drawn["current"].cast(pa.float64()).to_numpy()
        _check_spend(current)
        columns = tuple(name for name in table.columns if name not in GIVEN)
        words = {name: categories(drawn[name]) for name in columns if table[name].type().is_string()}
        spend = np.maximum(current, 0.0)
        unit = float(spend.mean())
        known = HeadroomParams(
            columns=columns, categories=words, group=self.group, quantiles=self.quantiles, unit=unit, trees=(),
            customers=len(current),
        )  # fmt: skip
        trees = fit_quantile_trees(
            _coded(drawn, known), np.log1p(spend / unit), quantiles=self.quantiles,
            categorical=[place for place, name in enumerate(columns) if name in words],
        )  # fmt: skip
        self._state = replace(known, trees=trees)
        return self

    def predict(self, features: Any, *, shares: Any = None) -> Any:
        """Return each customer's capacity and headroom.

        Parameters
        ----------
        features : Table
            With the columns that were fitted on.
        shares : Table, optional
            From surveys: ``customer_id`` and ``share``, the share of the need that is bought here, above 0 and up to 1.

        Returns
        -------
        Table
            `features` and the columns ``capacity``, ``capacity_high`` (money, the first and the last quantile),
            ``headroom`` (money), ``quantile`` (none with a survey), ``peers`` (customers), ``grade`` (A: a survey, or
            200 peers and more; B: 50 and more; C: fewer, so mostly the group's), ``basis`` (survey, peers or group).
            For an Ibis table an Ibis table, else an Arrow table in row order.
        """
        known = self._known("predict")
        table = checked(as_ibis(features), known.group, wanted=known.columns)
        if isinstance(features, ir.Table):
            return _predicted(table, known, shares)
        numbered = ibis.memtable(pa.table(features).append_column("_row", pa.array(np.arange(len(features)))))
        return _predicted(numbered, known, shares).order_by("_row").drop("_row").to_pyarrow()

    @property
    def customers_(self) -> int:
        """How many customers it was fitted on."""
        return self._known("customers_").customers

    def to_json(self) -> str:
        """Return the fitted model as plain JSON text; the trees are LightGBM's own text."""
        return json.dumps({"model": "Headroom", **asdict(self._known("to_json"))}, indent=2, allow_nan=False)

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
            trees = tuple(tuple(QuantileTrees(**one) for one in fold) for fold in facts.pop("trees"))
            coding = {name: tuple(words) for name, words in facts.pop("categories").items()}
            columns, quantiles = (tuple(facts.pop(name)) for name in ("columns", "quantiles"))
            model = cls(quantiles=quantiles, group=facts["group"])
            model._state = HeadroomParams(columns=columns, quantiles=quantiles, categories=coding, trees=trees, **facts)
        except (KeyError, TypeError, AttributeError) as error:
            raise failure(ArgumentError, "models.json_broken", model=cls.__name__, came=repr(error)) from error
        return model

    def _known(self, asked: str) -> HeadroomParams:
        return fitted_state(self._state, model="Headroom", asked=asked)

    def __repr__(self) -> str:
        fitted = "" if self._state is None else f"; {self._state.customers} customers"
        return f"<Headroom {listing(self.quantiles)}{fitted}>"


def _coded(table: pa.Table, known: HeadroomParams) -> Rows:
    return coded(table, known.columns, known.categories, known.group)


def _predicted(table: ir.Table, known: HeadroomParams, shares: Any) -> ir.Table:
    """Score each pattern of the columns and the fold once, and join the scores in the engine."""
    keys = {f"_key_{name}": key(table[name]) for name in known.columns}
    keyed = table.mutate(_fold=fold(digest(table)), **keys)
    names = ["_fold", *keys]
    patterns = keyed.select(names).distinct().order_by(names).to_pyarrow()
    plain = patterns.rename_columns(["_fold", *known.columns])
    logs, peers = predict_quantiles(known.trees, _coded(plain, known))
    money = np.maximum(np.expm1(logs), 0.0) * known.unit
    scored = pa.table({name: patterns[name] for name in names}).rename_columns([f"_of{name}" for name in names])
    scored = scored.append_column("capacity", pa.array(money[:, 0]))
    scored = scored.append_column("capacity_high", pa.array(money[:, -1])).append_column("peers", pa.array(peers))
    right = ibis.memtable(scored)
    row = keyed.left_join(right, [keyed[name] == right[f"_of{name}"] for name in names])
    row = row.drop(*names, *[f"_of{name}" for name in names])
    return _judged(row, known, shares)


def _judged(row: ir.Table, known: HeadroomParams, shares: Any) -> ir.Table:
    """Put what surveys say in the place of what peers do, and say how sure it is."""
    current = row.current.cast("float64")
    share = ibis.null("float64")
    if shares is not None:
        told = _checked_shares(as_ibis(shares))
        row = row.left_join(told, [("customer_id", "_told")]).drop("_told")
        current, share = row.current.cast("float64"), row._share
    asked = share.notnull() & (current > 0)
    needed = current / share
    few = row.peers < PRIOR
    capacity = ibis.ifelse(asked, needed, row.capacity)
    judged = row.mutate(
        capacity=capacity,
        capacity_high=ibis.ifelse(asked, needed, row.capacity_high),
        headroom=ibis.greatest(capacity - current, ibis.literal(0.0, "float64")),
        quantile=ibis.ifelse(asked, ibis.null("float64"), ibis.literal(known.quantiles[0], "float64")),
        peers=row.peers.round().cast("int64"),
        grade=ibis.cases((asked | (row.peers >= 4 * PRIOR), "A"), (~few, "B"), else_="C"),
        basis=ibis.cases((asked, "survey"), (few, "group"), else_="peers"),
    )
    return judged.drop("_share") if shares is not None else judged


def _check_spend(current: Floats) -> None:
    if len(current) < MIN_CUSTOMERS:
        raise failure(
            NotEnoughData, "models.too_few_customers", model="Headroom", came=len(current), allowed=MIN_CUSTOMERS
        )  # fmt: skip
    unknown = int((~np.isfinite(current)).sum())
    if unknown:
        raise failure(ArgumentError, "headroom.spend", came=unknown, customers=len(current))
    if np.ptp(np.maximum(current, 0.0)) == 0:
        raise failure(NotEnoughData, "models.all_equal", model="Headroom", customers=len(current), column="current")


def _checked_shares(shares: ir.Table) -> ir.Table:
    for name in ("customer_id", "share"):
        if name not in shares.columns:
            raise failure(
                ContractError, "errors.contract_column_missing", table="shares", column=name, allowed="float64",
                came=listing(shares.columns), hint=did_you_mean(name, shares.columns),
            )  # fmt: skip
    share = shares.share.cast("float64")
    wrong = shares.filter(share.isnull() | share.isnan() | (share <= 0) | (share > 1)).count().to_pyarrow().as_py()
    if wrong:
        raise failure(ArgumentError, "headroom.share", came=int(wrong))
    return shares.group_by(_told=shares.customer_id.cast("string")).aggregate(_share=share.mean())

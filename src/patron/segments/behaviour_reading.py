"""Which columns are customers divided by, and the customers who are looked at to learn how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.errors import ArgumentError, ContractError
from patron.language import did_you_mean, failure, listing
from patron.segments.behaviour_features import BEHAVIOUR_FEATURES, BehaviourFeature

Floats = NDArray[np.float64]

MOST_SAMPLE = 20_000  # customers that the groups are fitted on
DIGITS = 8  # hex digits of the hash that count
TOLD = ("order_days",)
"""What rules may name: who has ordered once is soon said, but how much is known of somebody is no behaviour."""

KNOWN = {one.name: one for one in BEHAVIOUR_FEATURES}


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Customers in the order of their ids, with their features and what shares are shares of, NaN where missing."""

    features: tuple[BehaviourFeature, ...]
    columns: dict[str, Floats]
    told: tuple[str, ...]  # columns that rules may name, though nobody is divided by them
    customers: int


def read_sample(table: ir.Table, features: Sequence[str | BehaviourFeature] | None) -> Sample:
    """Read the features of at most about 20,000 customers, whom the hash of their ids draws.

    Raises
    ------
    ContractError
        There is no ``customer_id``, or no such feature.
    ArgumentError
        The table has no column of numbers.
    """
    if "customer_id" not in table.columns:
        raise failure(
            ContractError, "errors.contract_column_missing", table="profiles", column="customer_id",
            came=listing(table.columns), allowed="string", hint=did_you_mean("customer_id", table.columns),
        )  # fmt: skip
    wanted = _wanted(table, features)
    also = [name for name in TOLD if name in table.columns and features is None]
    names = list(dict.fromkeys(
        name for one in wanted for name in (_name(one), one.evidence if isinstance(one, BehaviourFeature) else None)
        if name is not None
    ))  # fmt: skip
    names += [name for name in also if name not in names]
    for name in names:
        if name not in table.columns:
            raise failure(
                ContractError, "errors.contract_column_missing", table="profiles", column=name,
                came=listing(table.columns), allowed="float64", hint=did_you_mean(name, table.columns),
            )  # fmt: skip
    some = _drawn(table).select(
        customer_id=table.customer_id.cast("string"), **{name: table[name].cast("float64") for name in names}
    )
    rows = some.to_pyarrow()
    rows = rows.take(pa.compute.sort_indices(rows, [("customer_id", "ascending")]))
    columns = {name: _finite(rows[name].to_numpy()) for name in names}
    chosen = tuple(_spec(one, columns) for one in wanted)
    return Sample(features=chosen, columns=columns, told=tuple(also), customers=rows.num_rows)


def _wanted(table: ir.Table, features: Sequence[str | BehaviourFeature] | None) -> list[str | BehaviourFeature]:
    if features is not None:
        return [KNOWN.get(one, one) if isinstance(one, str) and _has_evidence(table, one) else one for one in features]
    ours: list[str | BehaviourFeature] = [one for one in BEHAVIOUR_FEATURES if one.name in table.columns]
    ours = [one for one in ours if _has_evidence(table, _name(one))] + [
        _name(one) for one in ours if not _has_evidence(table, _name(one))
    ]
    if ours:
        return ours
    numbers: list[str | BehaviourFeature] = [
        name for name, kind in table.schema().items() if name != "customer_id" and kind.is_numeric()
    ]
    if not numbers:
        raise failure(ArgumentError, "behaviour.no_numbers", came=listing(table.columns))
    return numbers


def _has_evidence(table: ir.Table, name: str) -> bool:
    """Tell whether a feature that is ours can be read as it is, with what its share is a share of."""
    evidence = KNOWN[name].evidence if name in KNOWN else None
    return name in KNOWN and (evidence is None or evidence in table.columns)


def _name(one: str | BehaviourFeature) -> str:
    return one if isinstance(one, str) else one.name


def _drawn(table: ir.Table) -> ir.Table:
    """Return about as many customers as are looked at, whoever stands where in the table."""
    people = table.count().to_pyarrow().as_py()
    if people <= MOST_SAMPLE:
        return table
    mark = f"{int(MOST_SAMPLE / people * 16**DIGITS):0{DIGITS}x}"
    return table.filter(table.customer_id.cast("string").hexdigest("md5").substr(0, DIGITS) < ibis.literal(mark))


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, np.nan)


def _spec(one: str | BehaviourFeature, columns: dict[str, Floats]) -> BehaviourFeature:
    """Return a feature; of one that was only named, what kind of number it holds is seen from its values."""
    if isinstance(one, BehaviourFeature):
        return one
    known = columns[one][np.isfinite(columns[one])]
    if not len(known) or known.min() < 0:
        return BehaviourFeature(name=one, kind="number")
    return BehaviourFeature(name=one, kind="share" if known.max() <= 1 else "amount")

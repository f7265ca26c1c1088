"""How many customers of each cohort came to each renewal, and how many were lost there, in a table that counts them?

In   one row per cohort and period: `cohort`, `period` (1 is the first renewal), `customers` who came to it, `lost`
"""

from __future__ import annotations

import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from patron.errors import ArgumentError
from patron.language import failure
from patron.models.renewals import Renewals, check_columns, check_numbers

Floats = NDArray[np.float64]

COHORTS = ("cohort", "period", "customers", "lost")


def cohort_renewals(rows: ir.Table) -> Renewals:
    """Add up the renewals of all cohorts, in one engine call; a cohort's rows may stop on any period.

    Raises
    ------
    ContractError, ArgumentError
        The table lacks a column or has no rows, or holds values that cannot be.
    """
    check_columns(rows, COHORTS, "cohorts")
    check_numbers(rows, COHORTS[1:])
    numbers = {name: rows[name].cast("float64") for name in COHORTS[1:]}
    table = rows.select("cohort", **numbers).to_pyarrow()
    if not table.num_rows:
        raise failure(ArgumentError, "renewals.no_cohorts")
    columns = {name: np.asarray(table[name].to_numpy(zero_copy_only=False), dtype=np.float64) for name in COHORTS[1:]}
    for key, column, wrong in _cohort_faults(columns):
        if wrong.any():
            raise failure(ArgumentError, f"renewals.{key}", column=column, came=int(wrong.sum()), customers=len(wrong))
    cohorts = np.unique(np.array([str(name) for name in table["cohort"].to_pylist()]), return_inverse=True)[1]
    return _added_up(cohorts, **columns)


def _cohort_faults(columns: dict[str, Floats]) -> list[tuple[str, str, NDArray[np.bool_]]]:
    faults = [("missing", name, np.isnan(value)) for name, value in columns.items()]
    faults += [
        ("count", name, (value < 0) | (value != np.floor(value)) | np.isinf(value)) for name, value in columns.items()
    ]
    return [
        *faults,
        ("first", "period", columns["period"] < 1),
        ("too_many", "lost", columns["lost"] > columns["customers"]),
    ]


def _added_up(cohorts: NDArray[np.intp], period: Floats, customers: Floats, lost: Floats) -> Renewals:
    """Add up the rows of each cohort and period, refuse cohorts that grow, and add up the cohorts."""
    cells, at = np.unique(np.column_stack([cohorts, period]), axis=0, return_inverse=True)
    came, failed = np.bincount(at.ravel(), customers), np.bincount(at.ravel(), lost)
    same = cells[1:, 0] == cells[:-1, 0]
    grown = same & (came[1:] > came[:-1] - failed[:-1])
    if grown.any():
        raise failure(ArgumentError, "renewals.grown", column="customers", came=int(grown.sum()), customers=len(cells))
    periods, number = np.unique(cells[:, 1], return_inverse=True)
    at_risk, lost_at = (np.bincount(number, values).astype(np.float64) for values in (came, failed))
    entered = came[np.append(True, ~same)].sum()
    return Renewals(period=periods, at_risk=at_risk, lost=lost_at, customers=int(entered))

"""On which day did the people of a cell last buy? What was bought after a report's day, the report could not know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import ibis.expr.types as ir

from patron.contracts.micro import MICRO

Key = tuple[Any, ...]
Evidence = Mapping[Key, Mapping[date, int]]
"""By cell: how many of its people bought last on each day."""


def evidence(kind: str, tables: Mapping[str, ir.Table]) -> Evidence:
    """Return when the people of each cell last bought.

    Parameters
    ----------
    kind : str
        Which cells: a key of `KINDS`, or empty for nothing.
    tables : mapping of str to Table
        The run's tables.
    """
    if not kind:
        return {}
    rows = KINDS[kind](tables).to_pyarrow().to_pylist()
    found: dict[Key, dict[date, int]] = defaultdict(dict)
    for row in rows:
        day, people = row.pop("last"), row.pop("people")
        found[tuple(row.values())][day] = people
    return found


def moved(found: Evidence, key: Key, since: date) -> int:
    """Count the people of a cell who bought after `since`.

    Examples
    --------
    >>> moved({("stars",): {date(2025, 1, 1): 3, date(2025, 1, 9): 2}}, ("stars",), date(2025, 1, 5))
    2
    """
    return sum(people for day, people in found.get(key, {}).items() if day > since)


def _last(tables: Mapping[str, ir.Table], *by: str) -> ir.Table:
    """Return each customer's last day with an order, in each of the groups `by` of `_dated`."""
    dated = _dated(tables)
    return dated.group_by(["customer_id", *by]).aggregate(last=dated.day.max())


def _dated(tables: Mapping[str, ir.Table]) -> ir.Table:
    orders = tables["orders"]
    day = orders.ordered_at.cast("date")
    return orders.select("customer_id", day=day, month=day.truncate("M"))


def _counted(people: ir.Table, *by: str) -> ir.Table:
    counted = people.group_by([*by, "last"]).aggregate(people=people.customer_id.nunique())
    return counted.select(*by, "last", "people")


def _everyone(tables: Mapping[str, ir.Table]) -> ir.Table:
    return _counted(_last(tables))


def _months(tables: Mapping[str, ir.Table]) -> ir.Table:
    return _counted(_last(tables, "month"), "month")


def _aged(tables: Mapping[str, ir.Table]) -> ir.Table:
    dated = _dated(tables)
    first = dated.group_by("customer_id").aggregate(cohort=dated.month.min())
    joined = dated.join(first, "customer_id").select("customer_id", "day", "month", "cohort")
    age = (joined.month.year() - joined.cohort.year()) * 12 + joined.month.month() - joined.cohort.month()
    aged = joined.mutate(age_months=age.cast("int64"))
    return aged.group_by(["customer_id", "cohort", "age_months"]).aggregate(last=aged.day.max())


def _cohorts(tables: Mapping[str, ir.Table]) -> ir.Table:
    return _counted(_aged(tables), "cohort", "age_months")


def _ages(tables: Mapping[str, ir.Table]) -> ir.Table:
    return _counted(_aged(tables), "age_months")


def _segments(tables: Mapping[str, ir.Table]) -> ir.Table:
    members = tables["memberships"].select("customer_id", "segmentation", "segment")
    members = members.filter(members.segmentation != MICRO)  # those of thousands of cells are no rows of `segments`
    return _counted(members.join(_last(tables), "customer_id"), "segmentation", "segment")


def _steps(tables: Mapping[str, ir.Table]) -> ir.Table:
    members = tables["memberships"]
    tiers = members.filter(members.segmentation == "past_tier").select("customer_id", tier="segment")
    groups = members.filter(members.segmentation == "rfm").select("customer_id", "segment")
    joined = tiers.join(groups, "customer_id").select("customer_id", "tier", "segment")
    return _counted(joined.join(_last(tables), "customer_id"), "tier", "segment")


def _arms(tables: Mapping[str, ir.Table]) -> ir.Table:
    """Count buyers of the control group: it is the smaller arm, so that the other changed for as many at least."""
    listed = tables["assignments"]
    return _counted(listed.filter(listed.arm == "control").join(_last(tables), "customer_id"), "experiment")


def _grades(tables: Mapping[str, ir.Table]) -> ir.Table:
    graded = tables["forecasts"].select("customer_id", "grade", "model")
    return _counted(graded.join(_last(tables), "customer_id"), "grade", "model")


KINDS: Mapping[str, Callable[[Mapping[str, ir.Table]], ir.Table]] = {
    "everyone": _everyone,
    "months": _months,
    "cohorts": _cohorts,
    "ages": _ages,
    "segments": _segments,
    "steps": _steps,
    "arms": _arms,
    "grades": _grades,
}

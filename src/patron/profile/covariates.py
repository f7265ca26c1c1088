"""How did each customer begin? What does not change later, for models that tell customers apart by it.

In   raw order lines and customer records, with the customer's id
Out  contracts.customer.COVARIATES
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts.customer import COVARIATE_NAMES, COVARIATES
from patron.profile.known import day_of, known_by


def covariates(
    lines: ir.Table, customers: ir.Table, *, as_of: date, among: Collection[str] = COVARIATE_NAMES
) -> ir.Table:  # fmt: skip
    """Return what brought each customer, and with what she began.

    Parameters
    ----------
    lines : Table, one row per line
        contracts.raw.RAW_ORDER_LINES, with the customer's id.
    customers : Table, one row per record
        contracts.raw.RAW_CUSTOMERS, with the customer's id.
    as_of : date
        The last day we may know about.
    among : collection of str
        Which of the covariates are wanted; the others stay empty.

    Returns
    -------
    Table, one row per customer with a sale
        Keeps the contract COVARIATES. The first category is the one of which most was bought on the first day, in
        money, whatever came back of it later, so that no later day changes it.

    Examples
    --------
    >>> import ibis
    >>> moment = ibis.timestamp("2024-03-01 10:00:00")
    >>> line = ibis.memtable({"customer_id": ["ann", "ann"], "category": ["tea", "cups"], "amount": [8.0, 20.0]})
    >>> line = line.mutate(ordered_at=moment, kind=ibis.literal("sale"))
    >>> record = ibis.memtable({"customer_id": ["ann"], "acquisition_channel": ["referral"]})
    >>> covariates(line, record, as_of=date(2024, 3, 31)).to_pyarrow().to_pylist()
    [{'customer_id': 'ann', 'acquisition_channel': 'referral', 'first_category': 'cups'}]
    """
    sales = known_by(lines.filter((lines.kind == "sale") & lines.customer_id.notnull()), as_of=as_of)
    dated = sales.select("customer_id", "category", "amount", day=day_of(sales.ordered_at))
    first = dated.group_by("customer_id").aggregate(day=dated.day.min())
    came = customers.group_by("customer_id").aggregate(acquisition_channel=customers.acquisition_channel.min())
    both = first.left_join(came, "customer_id").drop("customer_id_right")
    both = both.left_join(_most_bought(dated, first), "customer_id").drop("customer_id_right")
    nothing = {name: ibis.null("string") for name in COVARIATE_NAMES if name not in among}
    return COVARIATES.shape(both.mutate(**nothing))


def join_covariates(history: ir.Table, covariates: ir.Table | None) -> ir.Table:
    """Return a history with the columns of its customers' covariates; as it is where there are none."""
    if covariates is None:
        return history
    return history.left_join(covariates, "customer_id").drop("customer_id_right")


def _most_bought(dated: ir.Table, first: ir.Table) -> ir.Table:
    """Return the category that most was spent on on the first day; of equal ones the first by name."""
    began = dated.filter(dated.category.notnull()).semi_join(first, ["customer_id", "day"])
    spent = began.group_by("customer_id", "category").aggregate(amount=began.amount.sum())
    most = spent.group_by("customer_id").aggregate(most=spent.amount.max())
    top = spent.inner_join(most, [spent.customer_id == most.customer_id, spent.amount == most.most])
    return top.group_by("customer_id").aggregate(first_category=top.category.min())

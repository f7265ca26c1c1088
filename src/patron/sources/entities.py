"""Customers, products, spend and rates: small tables, cleaned the same way.

In   read.Read.table   text, as it came
Out  contracts.raw.RAW_CUSTOMERS, RAW_PRODUCTS, RAW_SPEND, RAW_RATES, and the rows refused
"""

from __future__ import annotations

from datetime import date
from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir

from patron.contracts import Column, Contract
from patron.contracts.raw import FIELDS, RAW_CUSTOMERS, RAW_PRODUCTS, RAW_RATES, RAW_SPEND
from patron.sources.convert import moment

ENTITIES: dict[str, Contract] = {
    "customers": RAW_CUSTOMERS,
    "products": RAW_PRODUCTS,
    "spend": RAW_SPEND,
    "rates": RAW_RATES,
}

OUTCOMES = {
    "broken_row": "rejected",
    "missing_key": "rejected",
    "unreadable_value": "rejected",
    "repeated_key": "removed",
}
"""What becomes of the rows that each rule decides."""

YES, NO = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")

_DETAILS = ("birth_date", "updated_on")
"""Days that say more of a customer, but whose faults are no reason to lose one."""

_OLDEST = date(1900, 1, 1)


def judged(rows: ir.Table, *, source: str, today: date) -> ir.Table:
    """Type the trimmed rows of `source` and add `rule`, null for a row that is kept.

    A day of birth, or of the last change, that cannot be is left out; `blanked` says where.

    Of rows with the same key the one stays that was changed last, as far as they say, else the first in reading order;
    spend of the same day and channel is added up instead (`collected`), for two bills of one day are two bills.
    """
    contract, fields = ENTITIES[source], FIELDS[source]
    values = {field.name: _typed(rows[field.name], field) for field in fields}
    details = {name: _possible(values[name], today) for name in _DETAILS if name in values}
    values |= details
    lost = {name: rows[name].notnull() & value.isnull() for name, value in values.items()}
    bad = reduce(or_, (one for name, one in lost.items() if name not in details))
    blanked = reduce(or_, (lost[name] for name in details), ibis.literal(value=False))
    missing = reduce(or_, (rows[field.name].isnull() for field in fields if not field.nullable))
    typed = rows.mutate(**values, unreadable=bad, missing=missing, blanked=blanked)
    refused = typed.mutate(
        rule=ibis.cases(
            (typed.broken, "broken_row"),
            (typed.missing, "missing_key"),
            (typed.unreadable, "unreadable_value"),
            else_=ibis.null("string"),
        )
    )
    if source == "spend":
        return refused
    # By rule too: a row that is refused must not stand in the way of a good one with the same key.
    newest = [refused.updated_on.desc()] if "updated_on" in refused.columns else []
    same_key = ibis.window(group_by=[*contract.key, "rule"], order_by=[*newest, refused.file_number, refused.row])
    repeated = refused.rule.isnull() & (ibis.row_number().over(same_key) > 0)
    return refused.mutate(rule=ibis.ifelse(repeated, "repeated_key", refused.rule))


def _possible(day: ir.DateValue, today: date) -> ir.DateValue:
    """Keep a day that can be, of a person who lives; 1900-01-01 and what lies before it stands for unknown."""
    can_be = (day > ibis.literal(_OLDEST)) & (day <= ibis.literal(today))
    return ibis.ifelse(can_be, day, ibis.null("date"))


def _typed(text: ir.StringValue, field: Column) -> ir.Value:
    if field.type == "date":
        return moment(text).date()
    if field.name == "currency":
        return text.upper()
    if field.name == "rate":  # a rate of nothing, or less, is none
        value = text.try_cast(field.type)
        return ibis.ifelse(value > 0, value, ibis.null(field.type))
    if field.type == "boolean":
        return _flag(text)
    return text if field.type == "string" else text.try_cast(field.type)


def _flag(text: ir.StringValue) -> ir.BooleanValue:
    """Read yes or no; engines differ in the words that they take."""
    word = text.lower()
    return ibis.cases((word.isin(YES), True), (word.isin(NO), False), else_=ibis.null("boolean"))


def collected(rows: ir.Table, *, source: str) -> ir.Table:
    """Return the kept rows in the shape of their contract."""
    good = rows.filter(rows.rule.isnull())
    if source == "spend":
        good = good.group_by("day", "channel").aggregate(amount=good.amount.sum())
    return ENTITIES[source].shape(good)


def of_one_person(customers: ir.Table) -> ir.Table:
    """Return the customer records of persons who have several."""
    same = ibis.window(group_by=customers.person_id)
    counted = customers.filter(customers.person_id.notnull()).mutate(records=lambda t: t.count().over(same))
    return counted.filter(counted.records > 1).drop("records")

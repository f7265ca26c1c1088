"""How long is each table's data kept?

A row that is older than its table's window is cut while the sources are loaded, and counted. Where a row's day is not
known it stays: nothing says that it is old.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.errors import ContractError, SettingsError
from patron.language import did_you_mean, failure, listing

INBOX = "inbox"
"""What the server was told, as it came: no table of a run, but kept as long as the settings say."""

DAYS: Mapping[str, str] = {
    "raw_order_lines": "ordered_at",
    "raw_orders": "ordered_at",
    "raw_customers": "updated_on",
    "raw_identifiers": "seen_on",
    "raw_events": "occurred_at",
    "raw_traits": "dated",
    "raw_tickets": "opened_at",
    "raw_subscriptions": "ended_on",
    "raw_prospects": "first_seen_on",
    "raw_reviews": "reviewed_at",
    "raw_surveys": "answered_at",
    "raw_referrals": "referred_on",
    "raw_loyalty": "dated",
    "raw_market": "day",
    "raw_mix_model": "period_start",
    "raw_messages": "sent_at",
    "raw_invitations": "asked_at",
    "raw_assignments": "assigned_at",
}
"""The tables that a window can be set for, and the column that says how old a row is: what still runs is not old.

Statements of consent are not among them: they prove what may be done with everything else (GDPR Article 7(1)).
"""


def retained(table: ir.Table, *, name: str, as_of: date, days: int) -> ir.Table:
    """Return the rows of `table` that are not older than `days` days on the day `as_of`.

    Parameters
    ----------
    table : Table
        With the column that `DAYS` names.
    name : str
        The table's name.
    as_of : date
        The run's day.
    days : int
        The window, in days: a row of the day ``as_of - days`` stays, one of the day before is cut.

    Raises
    ------
    SettingsError
        No window can be set for this table, or it is shorter than a day.
    ContractError
        The table has no such column.

    Examples
    --------
    >>> import ibis
    >>> events = ibis.memtable({"occurred_at": [date(2025, 1, 1), date(2025, 1, 2)]})
    >>> retained(events, name="raw_events", as_of=date(2025, 1, 31), days=29).count().to_pyarrow().as_py()
    1
    """
    return table.filter(~_old(table, name, as_of, days))


def outlived(table: ir.Table, *, name: str, as_of: date, days: int) -> ir.IntegerScalar:
    """Return how many rows `retained` cuts, as an expression."""
    return table.count(where=_old(table, name, as_of, days))


def check_windows(windows: Mapping[str, int]) -> Mapping[str, int]:
    """Return `windows`, days by table, when each can be kept.

    Raises
    ------
    SettingsError
        A table has no day to go by, or a window is shorter than a day.
    """
    for name, days in windows.items():
        _check(name, days, besides=(INBOX,))
    return windows


def _old(table: ir.Table, name: str, as_of: date, days: int) -> ir.BooleanValue:
    _check(name, days)
    column = DAYS[name]
    if column not in table.columns:
        raise failure(ContractError, "privacy.retention_column", table=name, column=column, came=listing(table.columns))
    day = table[column].cast("date")
    return (day < ibis.literal(as_of - timedelta(days=days))).fill_null(False)


def _check(name: str, days: int, *, besides: tuple[str, ...] = ()) -> None:
    known = (*DAYS, *besides)
    if name not in known:
        raise failure(SettingsError, "privacy.retention_table", came=name, hint=did_you_mean(name, known))
    if days < 1:
        raise failure(SettingsError, "privacy.retention_days", table=name, came=days)

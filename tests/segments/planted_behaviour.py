"""From planted order lines to the features of their customers, by the functions that a run uses."""

from __future__ import annotations

from datetime import date

import ibis
import pyarrow as pa

from patron.contracts.raw import RAW_CUSTOMERS
from patron.profile import Parts, behaviour, contribution, orders, profiles, rhythm, takings


def described(lines: pa.Table, *, as_of: date, **more: ibis.Table) -> pa.Table:
    sold = ibis.memtable(lines)
    bought = _kept(orders(sold, as_of=as_of))
    money = _kept(contribution(sold, _kept(takings(sold, as_of=as_of)), as_of=as_of))
    nobody = RAW_CUSTOMERS.empty()
    parts = Parts(
        lines=sold, orders=bought, contribution=money, rhythm=_kept(rhythm(bought, as_of=as_of)), customers=nobody
    )
    return behaviour(_kept(profiles(parts, as_of=as_of)), bought, sold, as_of=as_of, **more).to_pyarrow()


def _kept(table: ibis.Table) -> ibis.Table:
    return ibis.memtable(table.to_pyarrow())

"""May the customers without a new line be carried over from the run before?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.identity import with_customer
from patron.profile import Before, shop_costs

CARRIED = ("orders", "takings", "history", "links")
"""The tables of the run before that are looked into."""


@dataclass(frozen=True)
class Grew:
    """The run whose cleaned lines this one took over, and the lines that it added.

    `tables` are those of `CARRIED`, made by the same code with the same settings; `lines` keeps
    contracts.raw.RAW_ORDER_LINES.
    """

    as_of: date
    tables: Mapping[str, ir.Table]
    lines: ir.Table


def carried(grew: Grew, lines: ir.Table, links: ir.Table, *, as_of: date) -> Before | None:
    """Return what `profile.grown` starts from, or None where a new line moves what was said of everybody.

    Parameters
    ----------
    grew : Grew
        The run before, and what came since.
    lines : Table
        All raw order lines, with the customer's id.
    links : Table
        contracts.customer.LINKS of this run: who is who must be as it was.
    as_of : date
        The last day we may know about.
    """
    if as_of < grew.as_of or _any(grew.tables["links"].anti_join(links, links.columns)):
        return None
    if _costs_move(grew.tables["takings"], lines, as_of=as_of):
        return None
    new = with_customer(grew.lines, links, source="order_lines")
    tables = {name: grew.tables[name] for name in ("orders", "takings", "history")}
    return Before(as_of=grew.as_of, touched=new.select("customer_id").distinct(), **tables)


def _costs_move(takings: ir.Table, lines: ir.Table, *, as_of: date) -> bool:
    """Tell whether the shop's rate of cost is used, or it tells something else than before: margins, or revenue."""
    shop = shop_costs(lines, as_of=as_of)
    lacking = lines.filter((lines.kind != "adjustment") & lines.cost.isnull())
    told = takings.aggregate(before=takings.basis.max())
    now = told.cross_join(shop).cross_join(lacking.aggregate(lacking=lacking.count()))
    found = now.select("before", "basis", lacking=now.lacking).to_pyarrow().to_pylist()[0]
    return bool(found["before"] != found["basis"] or (found["basis"] == "margin" and found["lacking"]))


def _any(table: ir.Table) -> bool:
    return bool(table.aggregate(any=table.count() > ibis.literal(0)).to_pyarrow()["any"][0].as_py())

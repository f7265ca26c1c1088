"""Order lines: trimmed, typed, compared with each other, judged by the rules.

In   read.Read.table              text, as it came
Out  contracts.raw.RAW_ORDER_LINES (before reversals are linked), and the rows refused
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir

from patron.contracts import MONEY, PRICE
from patron.contracts.raw import FIELDS
from patron.engines.condition import condition
from patron.sources.convert import QUANTITY, moment, number
from patron.sources.copies import content_of
from patron.sources.spec import SourceSpec

_WIDE = "decimal(38, 4)"
_FILE_STRIDE = 10**12  # rows that a file may have before line numbers of two files could meet
# Words that programs write for a missing value. "NA" is not among them: it is Namibia.
NOTHING = ("", "nan", "NaN", "NAN", "null", "NULL", "Null", "none", "None", "NONE", "n/a", "N/A", "#N/A")
_NUMBERS = ("quantity", "unit_price", "amount", "discount", "unit_cost")


def trimmed(rows: ir.Table, fields: Sequence[str]) -> ir.Table:
    """Trim every mapped field, make what means nothing null, and say in `trimmed` whether anything changed."""
    stripped = {name: rows[name].strip() for name in fields}
    clean = {name: ibis.ifelse(text.isin(NOTHING), ibis.null("string"), text) for name, text in stripped.items()}
    # Only an empty text that was empty before is unchanged though it becomes null.
    changed = [(text != clean[name].fill_null("")) for name, text in ((n, rows[n]) for n in fields)]
    return rows.mutate(**clean, trimmed=reduce(or_, (change.fill_null(False) for change in changed)))


def typed(lines: ir.Table, *, mapped: Sequence[str], files_before: int = 0) -> ir.Table:
    """Convert the fields; `bad_number` marks a row whose number could not be read.

    `files_before` files of the source stand before the first of these, and are not read again.
    """
    kinds = {"quantity": QUANTITY, "unit_price": PRICE, "amount": MONEY, "discount": MONEY, "unit_cost": PRICE}
    values = {name: number(lines[name], kinds[name]) for name in _NUMBERS}
    bad = reduce(or_, (lines[name].notnull() & values[name].isnull() for name in _NUMBERS))
    amount = values["amount"]
    # Without a column for quantity, a line is one unit, and a negative amount is a return.
    sign = ibis.ifelse(amount < 0, -1, 1).cast(QUANTITY)
    quantity = values["quantity"] if "quantity" in mapped else sign
    # A return's amount may stand with or without its minus; a sale's must be positive, or its price is negative too.
    signed = ibis.ifelse(quantity < 0, -amount.abs(), amount)
    unit_price = ibis.coalesce(
        values["unit_price"], (signed.cast("float64") / quantity.cast("float64").nullif(0)).try_cast(PRICE)
    )
    # 18 digits times 18 digits need more; what no money column holds is no number, and is refused as one.
    product = values["unit_price"].cast(_WIDE) * quantity.cast(_WIDE)
    total = ibis.coalesce(product.round(2).try_cast(MONEY), signed)
    return lines.mutate(
        line_id=(lines.file_number + files_before) * _FILE_STRIDE + lines.row,
        ordered_at=moment(lines.ordered_at),
        quantity=quantity.cast("float64"),
        unit_price=unit_price,
        amount=total,
        discount=values["discount"].abs(),
        unit_cost=values["unit_cost"],
        derived_price=values["unit_price"].isnull(),
        currency=lines.currency.upper(),
        bad_number=bad,
    )


def kept(lines: ir.Table, spec: SourceSpec, *, source: str) -> ir.Table:
    """Return the lines that no rule refused, with their kind and an order id."""
    good = lines.filter(lines.rule.isnull())
    adjustment = ibis.literal(value=False)
    if spec.adjustments is not None:
        adjustment = condition(spec.adjustments, good, where=f"sources.{source}.adjustments").compile(good)
    kind = ibis.cases((adjustment, "adjustment"), (good.quantity < 0, "return"), else_="sale")
    own_id = good.customer_id.concat("/", good.ordered_at.date().cast("string"))
    return good.mutate(kind=kind, order_id=ibis.coalesce(good.order_id, own_id))


def rejected(judged: ir.Table, told: ir.Table, *, fields: Sequence[str], source: str, rules: Sequence[str]) -> ir.Table:
    """Return the rows that one of `rules` refused, as they came.

    Parameters
    ----------
    judged : Table
        With `file_number, row, rule`.
    told : Table
        The same rows as `trimmed` returned them: `file_number, file, row` and the mapped `fields` as text.
    fields, source, rules : sequence of str, str, sequence of str
        The mapped fields, the source, and the rules that refuse.
    """
    refused = judged.filter(judged.rule.isin(rules)).select("file_number", "row", "rule")
    texts = told.inner_join(refused, ["file_number", "row"])
    content = content_of({name: texts[name] for name in fields}).re_replace(r" \| $", "")
    return texts.select(ibis.literal(source).name("source"), "file", "row", "rule", content=content)


ORDER_LINE_FIELDS = FIELDS["order_lines"]

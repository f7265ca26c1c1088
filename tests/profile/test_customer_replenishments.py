"""From cleaned lines to the tables of a run: returns are taken off their purchase; without a cycle there is no date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pytest
from lines_of import AS_OF, line, lines, rows

from patron.contracts.raw import RAW_ORDER_LINES
from patron.contracts.wants import PRODUCT_CYCLES, REPLENISHMENTS
from patron.models import customer_replenishments
from patron.models.replenishment_lines import cycles_of, purchase_days
from patron.models.replenishment_scores import due

Keep = Callable[[str, ir.Table], ir.Table]
EVERY = 20


def bought(customers: int = 30, **facts: Any) -> list[dict[str, Any]]:
    """Customers who buy a mug every 20 days; the last time on days that differ."""
    return [
        line(100 * who + turn, f"c{who:02d}", AS_OF - timedelta(days=who % EVERY + EVERY * (5 - turn)), **facts)
        for who in range(customers)
        for turn in range(6)
    ]


def tables(made: list[dict[str, Any]], keep: Keep) -> dict[str, list[dict[str, Any]]]:
    found = customer_replenishments(lines(*made), as_of=AS_OF, keep=keep)
    assert list(found) == ["replenishments", "product_cycles"]
    for contract in (REPLENISHMENTS, PRODUCT_CYCLES):
        contract.check(keep("made", found[contract.name]))
    return {name: rows(table) for name, table in found.items()}


def test_what_a_run_writes(keep: Keep) -> None:
    found = tables(bought(product_name="Mug", discount=1), keep)
    assert len(found["replenishments"]) == 30
    one = found["replenishments"][4]
    assert (one["customer_id"], one["product_id"], one["purchases"]) == ("c04", "mug", 6)
    assert one["last_bought_on"] == AS_OF - timedelta(days=4)
    assert one["days_left"] == pytest.approx(16, abs=1)
    assert float(one["usual_amount"]) == 9.0
    assert one["grade"] == "A"
    [mug] = found["product_cycles"]
    assert (mug["product_name"], mug["customers"], mug["repeaters"], mug["intervals"]) == ("Mug", 30, 30, 150)
    assert mug["verdict"] == "replenished"
    assert mug["interval_days"] == pytest.approx(EVERY, rel=0.05)


def test_a_purchase_that_came_back_is_none_from_the_day_on_which_it_did(keep: Keep) -> None:
    last = 100 * 4 + 5
    back = line(9_001, "c04", AS_OF - timedelta(days=1), quantity=-1, reverses=last)
    later = line(9_002, "c05", AS_OF + timedelta(days=1), quantity=-1, reverses=100 * 5 + 5)
    unknown = line(9_003, "c06", AS_OF - timedelta(days=1), quantity=-1)
    plain, found = (tables(made, keep)["replenishments"] for made in (bought(), [*bought(), back, later, unknown]))
    assert found[4]["last_bought_on"] == AS_OF - timedelta(days=4 + EVERY)
    assert found[4]["purchases"] == 5
    assert [row["last_bought_on"] for row in found[5:]] == [row["last_bought_on"] for row in plain[5:]]


def test_lines_without_a_product_and_adjustments_are_left_out(keep: Keep) -> None:
    more = [
        line(9_001, "c01", AS_OF, product_id=None),
        line(9_002, "c01", AS_OF, kind="adjustment"),
        line(9_003, "c01", AS_OF + timedelta(days=1)),
    ]
    assert tables([*bought(), *more], keep) == tables(bought(), keep)


@pytest.mark.parametrize("made", [[], bought(3), [line(1, "c1", AS_OF)], [line(1, "c1", AS_OF, product_id=None)]])
def test_without_a_cycle_there_is_no_date_but_a_verdict(made: list[dict[str, Any]], keep: Keep) -> None:
    found = tables(made, keep)
    assert found["replenishments"] == []
    verdicts = [row["verdict"] for row in found["product_cycles"]]
    assert verdicts == ([] if not made or made[0]["product_id"] is None else ["few" if len(made) > 1 else "once"])


def test_it_compiles_for_spark() -> None:
    assert ibis.pyspark
    kept = RAW_ORDER_LINES.unbound().filter(lambda t: t.product_id.notnull())
    cycles = cycles_of(purchase_days(kept, as_of=date(2024, 6, 30)), as_of=date(2024, 6, 30))
    names = ("mu", "beta", "S", "T", "p", "q", "error")
    fitted = ibis.memtable({"product_id": ["mug"], **{name: [0.1] for name in names}}).to_pyarrow()
    assert "LEAD" in ibis.to_sql(cycles, dialect="pyspark")
    assert "JOIN" in ibis.to_sql(due(cycles, fitted, level=0.8), dialect="pyspark")

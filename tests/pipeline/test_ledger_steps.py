"""The step `ledger` on the sources of a simulated shop, and where nothing was done to customers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from patron.contracts import TABLES
from patron.contracts.customer import TAKINGS
from patron.pipeline.ledger_steps import LEDGER_STEP
from patron.pipeline.step import Context
from patron.simulate import Shop, shop

LAST = date(2024, 12, 31)
SOURCES = ("loyalty", "referrals", "messages")
Row = dict[str, Any]


@pytest.fixture(scope="module")
def told() -> Shop:
    return shop(customers=800, seed=3, mess=False, experience=True, dealings=True)


@pytest.fixture(scope="module")
def tables(told: Shop) -> dict[str, ir.Table]:
    """What the step needs: the sources as they came, customers by the number of their record, and takings."""
    made = {name: TABLES[name].empty() for name in LEDGER_STEP.needs}
    made |= {f"raw_{name}": _raw(f"raw_{name}", getattr(told, name)) for name in (*SOURCES, "spend")}
    lines = ibis.memtable(told.order_lines).filter(lambda t: t.customer_id.notnull())
    amount = (lines.quantity * lines.unit_price.cast("float64")).round(2).cast("decimal(18, 2)")
    sums = lines.mutate(day=lines.ordered_at.date(), amount=amount).group_by("customer_id", "day")
    takings = sums.aggregate(margin=lambda t: t.amount.sum(), revenue=lambda t: t.amount.sum()).to_pyarrow()
    made["takings"] = _raw("takings", takings.append_column("discount", pa.nulls(len(takings)).cast("float64")))
    ids = pc.unique(takings["customer_id"]).to_pylist()
    links = [
        {"record_id": who, "customer_id": f"p-{who}", "source": name, "rule": "own_id"}
        for name in SOURCES
        for who in ids
    ]
    made["links"] = ibis.memtable(pa.Table.from_pylist(links))
    made["takings"] = made["takings"].mutate(customer_id=ibis.literal("p-").concat(made["takings"].customer_id))
    return {name: ibis.memtable(table.to_pyarrow()) for name, table in made.items()}


def _raw(name: str, rows: pa.Table) -> ir.Table:
    """Return rows in the columns of a contract; what they do not have is none."""
    contract = TAKINGS if name == "takings" else TABLES[name]
    own = ibis.memtable(rows)
    return own.select(**{
        column.name: (own[column.name] if column.name in own.columns else ibis.null()).cast(column.dtype)
        for column in contract.columns
    })  # fmt: skip


def made_of(tables: Mapping[str, ir.Table], *, as_of: date = LAST, **changes: ir.Table) -> dict[str, list[Row]]:
    asked = Context(
        settings=None, as_of=as_of, tables={**tables, **changes},  # type: ignore[arg-type]
        keep=lambda _name, table: ibis.memtable(table.to_pyarrow()), earlier=None, kept=None,  # type: ignore[arg-type]
    )  # fmt: skip
    made = dict(LEDGER_STEP.function(asked))  # type: ignore[arg-type]
    return {name: TABLES[name].check(made[name]).to_pyarrow().to_pylist() for name in LEDGER_STEP.makes}


@pytest.fixture(scope="module")
def rows(tables: Mapping[str, ir.Table]) -> dict[str, Row]:
    return {row["entry"]: row for row in made_of(tables)["ledger"]}


def test_each_source_has_its_rows(told: Shop, rows: Mapping[str, Row]) -> None:
    campaigns = {name for name in told.messages["campaign"].to_pylist() if name}
    clicked = {entry.removeprefix("clicks: ") for entry in rows if entry.startswith("clicks: ")}
    assert clicked
    assert clicked <= campaigns
    assert set(rows) - {f"clicks: {name}" for name in clicked} == {"loyalty", "referral"}
    assert {row["evidence"] for row in rows.values()} == {"assumed", "modelled"}


def test_referred_customers_are_the_sources(told: Shop, rows: Mapping[str, Row]) -> None:
    came = {row["referred_id"] for row in told.referrals.to_pylist() if row["referred_id"] and row["converted_on"]}
    assert rows["referral"]["customers"] == len(came)
    spent = sum(
        row["amount"] for row in told.spend.to_pylist()
        if row["channel"] == "referral" and rows["referral"]["from_day"] <= row["day"] <= LAST
    )  # fmt: skip
    assert rows["referral"]["cost"] == pytest.approx(float(spent))
    assert rows["referral"]["cost_source"] == "spend"


def test_joining_changes_nothing_in_the_simulated_shop(rows: Mapping[str, Row]) -> None:
    member = rows["loyalty"]
    assert member["status"] == "unchecked"  # all join within the quarter in which they came
    assert member["effect_low"] < 0 < member["effect_high"]


def test_without_anything_done_to_customers_there_is_no_account(tables: Mapping[str, ir.Table]) -> None:
    nothing = {f"raw_{name}": tables[f"raw_{name}"].limit(0) for name in SOURCES}
    assert made_of(tables, **nothing) == {name: [] for name in LEDGER_STEP.makes}


def test_what_is_known_only_later_changes_nothing(tables: Mapping[str, ir.Table]) -> None:
    day = date(2024, 6, 30)
    moments = {"raw_loyalty": "dated", "raw_messages": "sent_at", "raw_spend": "day", "takings": "day"}
    known = {name: tables[name].filter(tables[name][moment].cast("date") <= day) for name, moment in moments.items()}
    messages = known["raw_messages"]
    late = messages.clicked_at.cast("date") > day
    known["raw_messages"] = messages.mutate(clicked_at=ibis.ifelse(late, ibis.null(), messages.clicked_at))
    assert made_of(tables, as_of=day) == made_of(tables, as_of=day, **known)

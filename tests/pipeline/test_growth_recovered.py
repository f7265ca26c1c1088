"""Campaigns of a shop whose truth is known are read from its files: growth where it was planted, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from patron.contracts.person import LINKS
from patron.contracts.raw_experiments import RAW_ASSIGNMENTS
from patron.experiments import effects, growth_by
from patron.experiments.acts import Sources, acts
from patron.experiments.elsewhere import elsewhere, elsewhere_arms
from patron.experiments.findings import arm_counts
from patron.experiments.growth_by import where
from patron.experiments.known import experiment_tables, known_elsewhere
from patron.experiments.known_then import bought, known_then
from patron.experiments.units import drawn, units
from patron.pipeline import open_project
from patron.simulate import Shop, shop
from patron.simulate.campaigns.plans import PLANS, TIERS
from tests_support import LEAN, TODAY

LAST = date(2024, 12, 31)
CUSTOMERS, SEED = 6_000, 4
MONEY = "decimal(18, 2)"

SETTINGS = """\
name: Shop
currency: EUR
sources:
""" + "".join(
    f"  {name}: {{path: data/{name}.parquet}}\n"
    for name in ("order_lines", "customers", "products", "tickets", "messages", "assignments")
)  # fmt: skip

Read = tuple[ir.Table, ir.Table]


def read_from(made: Shop) -> Read:
    """Return effects and experiments, by the functions that the run's steps call, without the run around them."""
    sold = _lines(made)
    raw = RAW_ASSIGNMENTS.shape(
        ibis.memtable(made.assignments).mutate(anonymous_id=ibis.null("string"), drawn_id=ibis._.customer_id)
    )
    nobody = LINKS.empty()
    rows = elsewhere_arms(raw, as_of=LAST)
    known = [known_elsewhere([row for row in rows if row["experiment"] == name]) for name in
             sorted({row["experiment"] for row in rows})]  # fmt: skip
    assigned = ibis.memtable(elsewhere(raw, nobody, as_of=LAST).to_pyarrow())
    orders = ibis.memtable(
        sold.filter(sold.kind == "sale").group_by("customer_id", "order_id").agg(ordered_at=ibis._.ordered_at.min())
        .to_pyarrow()
    )  # fmt: skip
    experiments, _ = experiment_tables(known, arm_counts(assigned, orders, as_of=LAST), as_of=LAST)
    everyone = drawn(experiments, assigned, as_of=LAST)
    started = {row["experiment"]: row["started_on"] for row in experiments.to_pyarrow().to_pylist()}
    then = known_then(everyone, bought(sold), started)
    done = acts(Sources(orders=orders, takings=_takings(sold)), as_of=LAST)
    read_units = ibis.memtable(units(everyone, done, then).to_pyarrow())
    return effects(read_units, experiments, as_of=LAST), experiments


def _lines(made: Shop) -> ir.Table:
    table = made.order_lines
    kind = pc.if_else(pc.starts_with(table["order_id"], "S"), "sale", "return")
    lines = ibis.memtable(table.append_column("kind", kind))
    costs = ibis.memtable(made.products.select(["product_id", "unit_cost"]))
    priced = lines.inner_join(costs, "product_id")
    return ibis.memtable(
        priced.select(
            "customer_id", "order_id", "ordered_at", "kind", "discount", "channel",
            amount=(priced.unit_price * priced.quantity.cast("int64")).cast(MONEY),
            cost=(priced.unit_cost * priced.quantity.cast("int64")).cast(MONEY),
        ).to_pyarrow()
    )  # fmt: skip


def _takings(sold: ir.Table) -> ir.Table:
    """Return money by customer and day, each return on its own day."""
    net = sold.mutate(day=sold.ordered_at.date(), net=sold.amount - sold.discount)
    back = (net.kind == "return").ifelse(-net.net, 0).cast(MONEY)
    return net.group_by("customer_id", "day").aggregate(
        revenue=(net.kind == "sale").ifelse(net.net, 0).cast(MONEY).sum().cast(MONEY), returns=back.sum().cast(MONEY),
        net_revenue=net.net.sum().cast(MONEY), margin=(net.net - net.cost).sum().cast(MONEY),
    )  # fmt: skip


def rows_of(table: ir.Table, **wanted: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = table.to_pyarrow().to_pylist()
    return [row for row in found if all(row[name] == value for name, value in wanted.items())]


def made_for(growth: Any) -> Shop:
    return shop(customers=CUSTOMERS, seed=SEED, mess=False, dealings=True, campaigns=True, growth=growth)


def said_where(read: Read) -> list[str]:
    return where(growth_by(*read))


ELSEWHERE = [pytest.param(tier, marks=pytest.mark.slow) for tier in TIERS if tier != "middle"]


@pytest.fixture(scope="module", params=["middle", "nowhere", *ELSEWHERE])
def planted(request: pytest.FixtureRequest) -> tuple[str, Shop, Read]:
    made = made_for(request.param)
    return request.param, made, read_from(made)


def test_growth_is_found_where_it_was_planted_and_nowhere_is_said_where_there_is_none(
    planted: tuple[str, Shop, Read],
) -> None:
    growth, _, read = planted
    assert said_where(read) == ([] if growth == "nowhere" else [growth])


def test_intervals_of_all_arms_hold_the_truth_as_often_as_they_say(planted: tuple[str, Shop, Read]) -> None:
    """Nine arms a shop: of 99 % intervals one may miss, were there no nulls; none of them is called a win."""
    _, made, (effect, _) = planted
    truth = _mean_effects(made.truth["campaign_effects"])
    missed = []
    for row in rows_of(effect, metric="orders", segmentation="all"):
        if row["experiment"] in {plan.name for plan in PLANS}:
            error = (row["effect_high"] - row["effect_low"]) / 2 / 1.96
            assert row["status"] == "read"
            if abs(row["effect"] - truth[row["experiment"], row["arm"]]) > 2.58 * error:
                missed.append(row["experiment"])
    assert len(missed) <= 1


def _mean_effects(table: pa.Table) -> Mapping[tuple[str, str], float]:
    means = table.group_by(["campaign", "arm"]).aggregate([("orders", "mean")]).to_pylist()
    return {(row["campaign"], row["arm"]): row["orders_mean"] for row in means}


@pytest.mark.slow
@pytest.mark.parametrize("growth", ["middle", "nowhere"])
def test_from_raw_files_through_the_run(growth: str, tmp_path: Path) -> None:
    made = shop(customers=CUSTOMERS, seed=SEED, dealings=True, campaigns=True, growth=growth)  # type: ignore[arg-type]
    made.write(tmp_path)
    (tmp_path / "patron.yaml").write_text(SETTINGS + LEAN, encoding="utf-8")
    project = open_project(tmp_path)
    ran = project.run(today=TODAY, only="effects")
    read = ran.table("effects", project.connection), ran.table("experiments", project.connection)
    assert said_where(read) == ([] if growth == "nowhere" else [growth])
    ends = {row["experiment"]: row["ends_on"] for row in rows_of(read[1])}
    assert {plan.name for plan in PLANS} == {name for name, day in ends.items() if day is not None}
    assert {row["status"] for row in rows_of(read[0], segmentation="all", metric="margin")} == {"read"}

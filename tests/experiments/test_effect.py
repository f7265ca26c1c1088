"""What an audience brought, and when nothing may be said."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import numpy as np
import pyarrow as pa
import pytest

from patron.activation import Members, audience
from patron.contracts.effect import EFFECTS
from patron.contracts.experiment import ASSIGNMENTS
from patron.decisions import assignment
from patron.engines.state import State
from patron.errors import ArgumentError
from patron.experiments import assignments_table, audiences_table, effects
from patron.experiments.acts import Sources, acts
from patron.experiments.effect_compared import measured
from patron.experiments.known_then import VALUE_TIERS
from patron.experiments.units import drawn as drawn_of
from patron.experiments.units import units
from patron.stats.difference import ClusterMoments, Moments, difference, relative_difference

DAY = date(2024, 3, 1)
MONTH = DAY + timedelta(days=30)
FIGURES = [
    "mean", "mean_control", "effect", "effect_low", "effect_high", "relative", "relative_low", "relative_high",
    "p_value", "total", "total_low", "total_high",
]  # fmt: skip


def drawn(n, *, holdout=0.2, name="spring", day=DAY):
    """Return assignments of n customers by the salted hash."""
    customers = ibis.memtable({"customer_id": [f"c{i}" for i in range(n)]})
    table = assignment(customers, salt=name, holdout=holdout)
    return ASSIGNMENTS.shape(
        table.mutate(experiment=ibis.literal(name), segment=ibis.literal("rfm.champions"),
                     assigned_on=ibis.literal(day),
                     purpose=ibis.literal("marketing"), unit=ibis.null("int64"), contaminated=False,
                     propensity=ibis.null("float64"), stratum=ibis.null("string"))
    )  # fmt: skip


def bought(customers, margins, day=DAY + timedelta(days=1)):
    """Return one order a customer."""
    return ibis.memtable(
        pa.table({
            "customer_id": pa.array(customers, pa.string()),
            "ordered_at": pa.array([day] * len(customers), pa.date32()),
            "margin": pa.array(np.round(margins, 2), pa.float64()).cast(pa.decimal128(18, 2)),
        })
    )  # fmt: skip


def taken(orders):
    """Return the takings of orders of which a customer has one a day; all were sold for twice their margin."""
    money = {"revenue": 2 * orders.margin, "net_revenue": 2 * orders.margin, "returns": 0 * orders.margin}
    return orders.select("customer_id", "margin", day="ordered_at", **money)


NOTHING = bought([], [])


def planned(**holdouts):
    """Return the plans of frozen lists: by name, the share held out."""
    arms = [f"control {share}, treated {1 - share}" for share in holdouts.values()]
    return ibis.memtable({"experiment": list(holdouts), "arms": arms, "kind": ["audience"] * len(arms)})


PLANNED = planned(spring=0.2)


def unknown_before(everyone):
    """Return what was known of them: nothing."""
    return everyone.select(
        "experiment", "customer_id", value_tier=ibis.literal(VALUE_TIERS.index("new")), channel=ibis.literal("none")
    )


def made(assignments, orders, *, as_of=MONTH, experiments=PLANNED):
    """Return the units of experiments."""
    everyone = drawn_of(experiments, assignments, as_of=as_of)
    done = acts(Sources(orders=orders, takings=taken(orders)), as_of=as_of)
    return ibis.memtable(units(everyone, done, unknown_before(everyone)).to_pyarrow())


def read(assignments, orders, experiments=PLANNED, *, as_of=MONTH):
    """Return the effects of everybody by experiment and metric, after the contract was checked."""
    found = made(assignments, orders, as_of=as_of, experiments=experiments)
    table = EFFECTS.check(effects(found, experiments, as_of=as_of))
    assert table.columns == EFFECTS.names
    everybody = table.filter(table.segmentation == "all")
    return {(row["experiment"], row["metric"]): row for row in everybody.to_pyarrow().to_pylist()}


def shopping(assignments, *, lift, seed):
    """Let a third of the customers buy for a log-normal amount, and those treated for `lift` times as much."""
    who = assignments.order_by("customer_id").to_pyarrow()
    rng = np.random.default_rng(seed)
    buys = rng.random(who.num_rows) < 1 / 3
    factor = np.where(np.array(who["arm"].to_pylist()) == "treated", lift, 1.0)
    margins = np.exp(rng.normal(3, 1, who.num_rows)) * factor
    return bought(np.array(who["customer_id"].to_pylist())[buys], margins[buys])


def test_figures_are_those_of_the_arms_counted_by_hand():
    assignments = drawn(4_000)
    orders = shopping(assignments, lift=1.2, seed=1)
    row = read(assignments, orders)["spring", "margin"]
    spent = dict.fromkeys(assignments.to_pyarrow()["customer_id"].to_pylist(), 0.0)
    spent |= {o["customer_id"]: float(o["margin"]) for o in orders.to_pyarrow().to_pylist()}
    arms = {"treated": [], "control": []}
    for record in assignments.to_pyarrow().to_pylist():
        arms[record["arm"]].append(spent[record["customer_id"]])
    treated, control = Moments.of(arms["treated"]), Moments.of(arms["control"])
    found, relative = difference(treated, control), relative_difference(treated, control)
    assert (row["n"], row["n_control"]) == (treated.n, control.n)
    assert [row[name] for name in FIGURES] == pytest.approx([
        treated.mean, control.mean, found.estimate, found.low, found.high,
        relative.estimate, relative.low, relative.high, found.p_value,
        found.estimate * treated.n, found.low * treated.n, found.high * treated.n,
    ])  # fmt: skip
    assert (row["status"], row["arm"]) == ("read", "treated")
    assert (row["from_day"], row["to_day"]) == (DAY + timedelta(days=1), MONTH)
    assert 0.001 < row["sample_ratio_p"] <= 1


def test_a_planted_effect_is_found_through_the_whole_path(tmp_path):
    """From members to a frozen list, to orders in which those on the list spend a quarter more, to the reading."""
    ids = [f"c{i}" for i in range(20_000)]
    table = ibis.memtable(pa.table({
        "customer_id": ids, "segment": ["rfm.champions"] * len(ids), "days_since_last": [3] * len(ids),
        "expected_orders": [1.5] * len(ids), "predicted_value": [9.5] * len(ids), "basis": ["margin"] * len(ids),
    }))  # fmt: skip
    chosen = Members(segmentation="rfm", segment="champions", as_of=DAY, run_id="r1", table=table)
    with State.open(tmp_path / "state.db") as state:
        audience(chosen, name="spring", file=tmp_path / "list.csv", state=state, holdout="30%")
        assignments, lists = ASSIGNMENTS.check(assignments_table(state)), audiences_table(state)
    assert lists.holdout.to_pyarrow().to_pylist() == [0.3]
    found = read(assignments, shopping(assignments, lift=1.25, seed=5), planned(spring=0.3))
    margin, orders = found["spring", "margin"], found["spring", "orders"]
    truth = 0.25 * np.exp(3.5) / 3
    assert margin["effect_low"] < truth < margin["effect_high"]
    assert margin["relative_low"] < 0.25 < margin["relative_high"]
    assert margin["effect_low"] > 0
    assert margin["total_low"] < truth * margin["n"] < margin["total_high"]
    assert orders["effect_low"] < 0 < orders["effect_high"]


def test_without_an_effect_one_reading_in_twenty_says_otherwise():
    """Fifty audiences of one shop, drawn with salts of their own: their p-values are as luck would have it."""
    names = [f"a{i}" for i in range(50)]
    every = [drawn(1_000, holdout=0.4, name=name).to_pyarrow() for name in names]
    assignments = ibis.memtable(pa.concat_tables(every))
    orders = shopping(drawn(1_000, name="a0"), lift=1.0, seed=2)
    found = read(assignments, orders, planned(**dict.fromkeys(names, 0.4)))
    p_values = [row["p_value"] for (_, metric), row in found.items() if metric == "orders"]
    assert len(p_values) == 50
    assert sum(p < 0.05 for p in p_values) <= 8  # more comes by luck once in two thousand times


@pytest.mark.parametrize("as_of", [DAY, DAY - timedelta(days=3)])
def test_before_the_first_day_it_is_too_early(as_of):
    assignments = drawn(500)
    found = read(assignments, shopping(assignments, lift=1, seed=1), as_of=as_of)
    assert {row["status"] for row in found.values()} == {"too_early"}
    assert all(row[name] is None for row in found.values() for name in FIGURES)
    assert found["spring", "margin"]["n"] + found["spring", "margin"]["n_control"] == 500


def test_arms_that_were_not_planned_block_the_reading():
    assignments = drawn(2_000)
    lost = assignments.filter((assignments.arm == "treated") | (assignments.customer_id > "c4"))
    found = read(lost, shopping(assignments, lift=1, seed=1))
    assert {row["status"] for row in found.values()} == {"sample_ratio"}
    assert all(row["sample_ratio_p"] < 0.001 for row in found.values())
    assert all(row[name] is None for row in found.values() for name in FIGURES)


@pytest.mark.parametrize(
    ("n", "holdout", "status"),
    [(60, 0.2, "too_few"), (400, 0.0, "no_control"), (500, 0.01, "too_few")],
)
def test_too_few_customers_in_an_arm_are_not_read(n, holdout, status):
    assignments = drawn(n, holdout=holdout)
    found = read(assignments, shopping(assignments, lift=1, seed=1), planned(spring=holdout))
    assert {row["status"] for row in found.values()} == {status}
    assert all(row[name] is None for row in found.values() for name in FIGURES)


def test_without_any_order_there_is_nothing_to_read():
    found = read(drawn(500), bought([], []))
    assert {name: row["status"] for (_, name), row in found.items()} == {
        "orders": "no_spread", "revenue": "no_spread", "margin": "no_spread", "conversion": "no_spread",
        "order_value": "no_base", "margin_per_order": "no_base", "returns": "no_base",
    }  # fmt: skip


def test_a_control_group_that_bought_nothing_gives_no_percentages():
    assignments = drawn(500)
    treated = assignments.filter(assignments.arm == "treated").to_pyarrow()["customer_id"].to_pylist()
    row = read(assignments, bought(treated, np.linspace(1, 2, len(treated))))["spring", "margin"]
    assert row["status"] == "read"
    assert row["effect_low"] > 0
    assert row["relative"] is row["relative_low"] is row["relative_high"] is None


def test_the_order_of_rows_does_not_matter():
    assignments = drawn(300)
    orders = shopping(assignments, lift=1.1, seed=4)
    upside_down = [
        ibis.memtable(t.to_pyarrow().take(list(range(t.to_pyarrow().num_rows))[::-1])) for t in (assignments, orders)
    ]
    assert read(*upside_down) == read(assignments, orders)


def test_every_audience_and_metric_has_a_row():
    assignments = drawn(300).union(drawn(200, name="autumn"))
    found = read(assignments, bought([], []), planned(spring=0.2, autumn=0.2))
    metrics = measured(made(assignments, NOTHING).columns)
    assert len(metrics) == 7, "tickets, messages and surveys are not there"
    assert list(found) == [(name, metric) for name in ("autumn", "spring") for metric in metrics]


def test_without_an_audience_the_table_is_empty(tmp_path):
    with State.open(tmp_path / "state.db") as state:
        table = effects(made(assignments_table(state), NOTHING), PLANNED, as_of=MONTH)
    assert EFFECTS.check(table).count().to_pyarrow().as_py() == 0


def test_an_audience_without_a_plan_is_refused():
    with pytest.raises(ArgumentError, match="spring"):
        effects(made(drawn(10), NOTHING), planned(autumn=0.2), as_of=MONTH)


def test_an_audience_that_was_added_to_is_refused():
    both = drawn(10).union(drawn(10, day=DAY + timedelta(days=1)))
    with pytest.raises(ArgumentError, match="1 March 2024, 2 March 2024"):
        effects(made(both, NOTHING), PLANNED, as_of=MONTH)


def test_intervals_of_households_hold_where_members_act_alike():
    """Families of one to five who buy together: by the customer, the intervals would hold too seldom."""
    rng, homes, times = np.random.default_rng(7), 400, 400
    held = {"customer": 0, "household": 0}
    sizes = rng.integers(1, 6, homes)
    owner = np.repeat(np.arange(homes), sizes)
    for _ in range(times):
        arm = rng.random(homes) < 0.5
        buys = rng.random(homes) * sizes.max() / 5 < 0.3  # no effect: the truth is 0
        spent = np.round(np.where(buys[owner], rng.lognormal(1, 0.5, homes)[owner], 0.0), 2)
        by_customer = (Moments.of(spent[arm[owner]]), Moments.of(spent[~arm[owner]]))
        totals = np.bincount(owner, spent)
        by_home = tuple(
            ClusterMoments.of(zip(sizes[side].tolist(), totals[side].tolist(), strict=True)) for side in (arm, ~arm)
        )
        for unit, pair in (("customer", by_customer), ("household", by_home)):
            found = difference(*pair)
            held[unit] += found.low <= 0 <= found.high
    assert 0.92 <= held["household"] / times <= 0.975
    assert held["customer"] / times < 0.85


def test_a_reading_by_household_is_that_of_its_totals():
    """Through the engine: 300 homes of two, of which both members order the same."""
    people = [f"h{home:03d}{member}" for home in range(300) for member in "ab"]
    customers = ibis.memtable({"customer_id": people, "home": [who[:4] for who in people]})
    drawn = assignment(customers, salt="spring", holdout=0.5, by="home")
    assigned = ASSIGNMENTS.shape(
        drawn.mutate(experiment=ibis.literal("spring"), segment=ibis.literal("rfm.champions"),
                     purpose=ibis.literal("m"),
                     assigned_on=ibis.literal(DAY), contaminated=False, unit=drawn.home.right(3).cast("int64"),
                     propensity=ibis.null("float64"), stratum=ibis.null("string"))
    )  # fmt: skip
    spends = {who: float(int(who[1:4]) % 7) for who in people}
    orders = bought(list(spends), list(spends.values()))
    row = read(assigned, orders, planned(spring=0.5))["spring", "margin"]
    arms = dict(zip(*drawn.select("customer_id", "arm").to_pyarrow().to_pydict().values(), strict=True))
    homes = {
        arm: [(2, 2 * spends[who]) for who in people if who.endswith("a") and arms[who] == arm]
        for arm in ("treated", "control")
    }
    wanted = difference(ClusterMoments.of(homes["treated"]), ClusterMoments.of(homes["control"]))
    assert (row["metric"], row["unit"], row["status"]) == ("margin", "household", "read")
    assert (row["n"], row["units"]) == (2 * len(homes["treated"]), len(homes["treated"]))
    assert row["units_control"] == len(homes["control"])
    assert (row["effect"], row["effect_low"]) == pytest.approx((wanted.estimate, wanted.low))
    # Two who act alike are one piece of evidence: the interval is that of one of them.
    alone = difference(*(Moments.of(total / 2 for _, total in homes[arm]) for arm in ("treated", "control")))
    assert row["effect_high"] - row["effect_low"] == pytest.approx(alone.high - alone.low)

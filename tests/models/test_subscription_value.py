"""What subscribers will pay: against the days it is due, simulated truth, and the fallbacks."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from models.subscribers import BASIC, DAY, PRO, YEARLY, Plan, subscriptions
from patron.contracts.customer import FORECASTS
from patron.contracts.person import HOUSEHOLDS
from patron.errors import ArgumentError, ContractError
from patron.models import (
    PlanRetention,
    ShiftedBetaGeometric,
    fit_plan_retention,
    running_subscriptions,
    subscription_value,
    with_subscribers,
)
from patron.models.subscription_renewals import renewal_groups

COLUMNS = ("subscription_id", "customer_id", "started_on", "ended_on", "plan", "period_days", "amount")
KNOWN = PlanRetention(
    plans={
        ("basic", 30): ShiftedBetaGeometric.from_params(alpha=0.8, beta=4.0),
        ("yearly", 365): ShiftedBetaGeometric.from_params(alpha=1.0, beta=3.0),
    },
    lengths={30: ShiftedBetaGeometric.from_params(alpha=2.0, beta=8.0)},
    daily_loss=0.002,
)


def table(*rows: tuple[str, int, date | None, str | None, int, float]) -> pa.Table:
    """Subscriptions by customer, age in days, end, plan, length of period, amount."""
    who, age, ended, plan, days, amount = zip(*rows, strict=True)
    return pa.table({
        "subscription_id": [f"s{i}" for i in range(len(rows))],
        "customer_id": list(who),
        "started_on": pa.array([DAY - timedelta(days=a) for a in age], pa.date32()),
        "ended_on": pa.array(ended, pa.date32()),
        "plan": pa.array(plan, pa.string()),
        "period_days": pa.array(days, pa.int64()),
        "amount": pa.array([f"{value:.2f}" for value in amount]).cast(pa.decimal128(18, 2)),
    })  # fmt: skip


def value(
    rows: pa.Table, *, retention: PlanRetention = KNOWN, horizon_days: int = 365, discount_rate: float = 0.0
) -> dict[str, dict[str, object]]:
    found = subscription_value(
        rows, retention=retention, as_of=DAY, horizon_days=horizon_days, discount_rate=discount_rate
    )
    return {row["customer_id"]: row for row in found.to_pyarrow().to_pylist()}


# By hand


def test_payments_are_those_that_fall_due_within_the_horizon() -> None:
    """Begun 75 days ago with periods of 30: two renewals passed, the next ones in 15, 45 and 75 days."""
    one = value(table(("a", 75, None, "basic", 30, 10.0)), horizon_days=89)["a"]
    model = KNOWN.plans["basic", 30]
    assert one["expected_orders"] == pytest.approx(model.expected_periods(2, horizon=3)[0], rel=1e-9)
    assert one["probability_subscribed"] == pytest.approx(model.probability_subscribed(2, horizon=3)[0], rel=1e-12)
    assert one["predicted_value"] == pytest.approx(10 * one["expected_orders"], rel=1e-9)
    low, high = model.periods_interval(2, horizon=3)[0]
    assert (one["orders_low"], one["orders_high"]) == (low, high)
    assert (one["value_low"], one["value_high"]) == (10 * low, 10 * high)
    assert (one["grade"], one["model"], one["basis"]) == ("B", "shifted_beta_geometric", "revenue")
    assert one["probability_alive"] == 1


def test_each_payment_is_discounted_from_its_day() -> None:
    one = value(table(("a", 75, None, "basic", 30, 10.0)), horizon_days=89, discount_rate=0.5)["a"]
    model = KNOWN.plans["basic", 30]
    chances = [model.probability_subscribed(2, horizon=k)[0] for k in (1, 2, 3)]
    exact = sum(10 * chance * 1.5 ** -(day / 365) for chance, day in zip(chances, (15, 45, 75), strict=True))
    assert one["predicted_value"] == pytest.approx(exact, rel=1e-9)


def test_a_year_that_is_paid_already_brings_nothing_within_a_shorter_horizon() -> None:
    one = value(table(("a", 100, None, "yearly", 365, 90.0)), horizon_days=200)["a"]
    assert (one["expected_orders"], one["predicted_value"], one["value_high"]) == (0, 0, 0)
    assert one["probability_subscribed"] == 1
    assert one["expected_spend"] == 90


def test_all_subscriptions_of_a_customer_add_up() -> None:
    rows = [("a", 75, None, "basic", 30, 10.0), ("a", 400, None, "yearly", 365, 90.0)]
    both = value(table(*rows))["a"]
    apart = [value(table(row))["a"] for row in rows]
    for name in ("expected_orders", "orders_low", "orders_high", "predicted_value", "value_low", "value_high"):
        assert both[name] == pytest.approx(sum(one[name] for one in apart), rel=1e-9)
    assert both["probability_subscribed"] == max(one["probability_subscribed"] for one in apart)
    assert both["expected_spend"] == pytest.approx(both["predicted_value"] / both["expected_orders"], rel=1e-9)
    assert both["model"] == "shifted_beta_geometric"


def test_only_customers_with_a_running_subscription_are_there() -> None:
    found = value(table(
        ("runs", 75, None, "basic", 30, 10.0),
        ("ended", 75, DAY - timedelta(days=16), "basic", 30, 10.0),
        ("ends later", 75, DAY + timedelta(days=14), "basic", 30, 10.0),
        ("starts later", -3, None, "basic", 30, 10.0),
    ))  # fmt: skip
    assert set(found) == {"runs", "ends later"}
    assert found["ends later"]["expected_orders"] == found["runs"]["expected_orders"]


@pytest.mark.parametrize(
    ("age", "plan", "days", "grade", "model"),
    [
        (130, "basic", 30, "A", "shifted_beta_geometric"),
        (31, "basic", 30, "B", "shifted_beta_geometric"),
        (3, "basic", 30, "C", "shifted_beta_geometric"),
        (130, "unknown", 30, "A", "shifted_beta_geometric+pooled"),
        (130, None, 30, "A", "shifted_beta_geometric+pooled"),
        (130, "weekly", 7, "D", "constant_rate"),
    ],
)
def test_grades_and_fallbacks(age: int, plan: str | None, days: int, grade: str, model: str) -> None:
    one = value(table(("a", age, None, plan, days, 10.0)))["a"]
    assert (one["grade"], one["model"]) == (grade, model)


def test_the_last_resort_is_one_rate_a_day_for_all() -> None:
    one = value(table(("a", 130, None, "weekly", 7, 10.0)), horizon_days=70)["a"]
    stays = np.exp(-0.002 * 7)
    assert one["probability_subscribed"] == pytest.approx(stays**10, rel=1e-4)
    assert one["expected_orders"] == pytest.approx((stays ** np.arange(1, 11)).sum(), rel=1e-4)


def test_two_models_are_called_mixed_and_a_guess_makes_the_grade() -> None:
    rows = table(("a", 130, None, "basic", 30, 10.0), ("a", 130, None, "weekly", 7, 10.0))
    one = value(rows)["a"]
    assert (one["grade"], one["model"]) == ("D", "mixed")


def test_margin_is_a_share_of_what_is_paid() -> None:
    rows = table(("a", 75, None, "basic", 30, 10.0))
    revenue = value(rows)["a"]
    margin = subscription_value(rows, retention=KNOWN, as_of=DAY, horizon_days=365, discount_rate=0, margin_rate=0.4)
    one = margin.to_pyarrow().to_pylist()[0]
    assert one["basis"] == "margin"
    for name in ("predicted_value", "value_low", "value_high"):
        assert one[name] == pytest.approx(0.4 * revenue[name])
    assert one["expected_spend"] == revenue["expected_spend"]


def test_the_contract_is_kept_whatever_the_engine_gets() -> None:
    rows = subscriptions(400, seed=1).select(COLUMNS)
    retention = fit_plan_retention(rows, as_of=DAY)
    for kind in (rows, ibis.memtable(rows), rows.to_pandas()):
        found = subscription_value(kind, retention=retention, as_of=DAY, horizon_days=365)
        assert found.columns == (
            *(name for name in FORECASTS.names if "household" not in name and name != "expected_payments"),
            "probability_subscribed",
        )
        empty = FORECASTS.empty()
        assert FORECASTS.check(with_subscribers(empty, found)).count().execute() == found.count().execute()


def test_subscribers_and_other_customers_stand_in_one_table() -> None:
    first = subscription_value(
        table(("a", 75, None, "basic", 30, 10.0), ("b", 75, None, "basic", 30, 99.0)),
        retention=KNOWN, as_of=DAY, horizon_days=365,
    )  # fmt: skip
    second = subscription_value(
        table(("b", 75, None, "basic", 30, 10.0), ("c", 75, None, "basic", 30, 10.0)),
        retention=KNOWN, as_of=DAY, horizon_days=365,
    )  # fmt: skip
    both = with_subscribers(with_subscribers(FORECASTS.empty(), first), second)
    rows = {row["customer_id"]: row for row in FORECASTS.check(both).to_pyarrow().to_pylist()}
    assert set(rows) == {"a", "b", "c"}
    # Of who is in both, value and payments are added, and nobody else changes.
    a, b = rows["a"], rows["b"]
    assert b["predicted_value"] == pytest.approx(a["predicted_value"] * (99 + 10) / 10)
    assert b["expected_payments"] == pytest.approx(2 * a["expected_payments"])
    assert (b["expected_orders"], b["orders_high"]) == (0, 0)  # a payment is no order
    assert b["value_high"] == pytest.approx(a["value_high"] * (99 + 10) / 10)
    once = with_subscribers(FORECASTS.empty(), first)
    (alone,) = once.filter(once.customer_id == "a").to_pyarrow().to_pylist()
    assert a == alone | {"expected_spend": pytest.approx(10)}
    people = pa.table({"customer_id": ["a", "b"], "household_id": ["h", "h"]})
    homes = HOUSEHOLDS.shape(ibis.memtable(people).mutate(**{
        column.name: ibis.null(column.dtype) for column in HOUSEHOLDS.columns if column.name not in people.column_names
    }))  # fmt: skip
    together = with_subscribers(FORECASTS.empty(), first, households=homes).to_pyarrow().to_pylist()
    total = sum(row["predicted_value"] for row in together)
    assert [row["household_value"] for row in together] == pytest.approx([total, total])


def test_one_engine_call_each(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ibis.memtable(subscriptions(400, seed=1))
    calls = []
    execute = ir.Table.to_pyarrow
    monkeypatch.setattr(ir.Table, "to_pyarrow", lambda self, **kwargs: calls.append(1) or execute(self, **kwargs))
    retention = fit_plan_retention(rows, as_of=DAY)
    assert len(calls) == 1
    subscription_value(rows, retention=retention, as_of=DAY, horizon_days=365)
    assert len(calls) == 2


def test_the_order_of_the_rows_does_not_matter() -> None:
    rows = subscriptions(600, seed=2)
    mixed = rows.take(pa.array(np.random.default_rng(1).permutation(rows.num_rows)))
    one, other = (value(t, retention=fit_plan_retention(t, as_of=DAY)) for t in (rows, mixed))
    assert one == other


def test_compiles_for_spark() -> None:
    assert ibis.pyspark
    kinds = {
        "customer_id": "string",
        "started_on": "date",
        "ended_on": "date",
        "plan": "string",
        "period_days": "int64",
    }
    unbound = ibis.table(kinds, name="subscriptions")
    for made in (running_subscriptions(unbound, as_of=DAY), renewal_groups(unbound, as_of=DAY, by=("plan",))):
        assert "DATEDIFF" in ibis.to_sql(made, dialect="pyspark").upper()


# Which model a plan gets


def test_each_plan_has_its_own_model_and_the_simplest_that_the_data_allow() -> None:
    rows = pa.concat_tables([subscriptions(6_000, plan=plan, seed=3).select(COLUMNS) for plan in (BASIC, PRO, YEARLY)])
    found = fit_plan_retention(rows, as_of=DAY)
    names = {key: model.short_name for key, model in found.plans.items()}
    assert names == {
        ("basic", 30): "shifted_beta_geometric",
        ("pro", 30): "beta_discrete_weibull",
        ("yearly", 365): "shifted_beta_geometric",
    }
    truth = {"alpha": 0.8, "beta": 4.0}
    for name, right in truth.items():
        model = found.plans["basic", 30]
        assert abs(model.params_[name] - right) < 3 * model.standard_errors_[name]


def test_a_small_plan_borrows_from_the_others_and_a_new_length_from_the_days() -> None:
    small, new = Plan("small", 30, 0.8, 4.0, 10.0), Plan("new", 90, 1.0, 3.0, 20.0)
    rows = pa.concat_tables([
        subscriptions(2_000, seed=4).select(COLUMNS),
        subscriptions(60, plan=small, seed=5).select(COLUMNS),
        subscriptions(40, plan=new, seed=6, oldest_days=80).select(COLUMNS),
    ])  # fmt: skip
    found = fit_plan_retention(rows, as_of=DAY)
    assert set(found.plans) == {("basic", 30)}
    assert set(found.lengths) == {30}
    assert found.model_of("small", 30)[1] == "shifted_beta_geometric+pooled"
    guess, name = found.model_of("new", 90)
    assert name == "constant_rate"
    lost, days = 0.0, 0.0
    for row in rows.to_pylist():
        if row["period_days"] == 30:
            end = row["ended_on"]
            lost += end is not None
            days += 30 * (((end - row["started_on"]).days + 1) // 30 if end else (DAY - row["started_on"]).days // 30)
    assert guess.retention_rate(5) == pytest.approx(np.exp(-90 * (lost + 0.5) / (days + 365)), rel=1e-4)


def test_all_stay_or_all_leave_is_a_rate_and_no_wall() -> None:
    stay = subscriptions(300, seed=7).select(COLUMNS)
    ends = pa.nulls(300, pa.date32())
    stay = stay.set_column(3, "ended_on", ends)
    found = fit_plan_retention(stay, as_of=DAY)
    assert not found.plans
    assert not found.lengths
    for one in value(stay, retention=found).values():
        assert one["grade"] == "D"
        assert 0 < one["predicted_value"] < 130
        assert 0.8 < one["probability_subscribed"] < 1


# Simulated truth


@pytest.mark.parametrize("plan", [BASIC, PRO, YEARLY], ids=lambda plan: plan.name)
def test_forecasts_are_what_comes(plan: Plan) -> None:
    """Fit and forecast as of a day; the same subscriptions, read 400 days later, say how many payments came."""
    size, horizon = 30_000, 400
    later = subscriptions(size, plan=plan, seed=8, ahead_days=horizon)
    known = later.select(COLUMNS)
    found = value(known, retention=fit_plan_retention(known, as_of=DAY), horizon_days=horizon)
    came, expected, low, high, stays, stayed = ([] for _ in range(6))
    for row in later.to_pylist():
        one = found.get(row["customer_id"])
        if one is None:
            continue
        age = (DAY - row["started_on"]).days
        passed, due = age // plan.period_days, (age + horizon) // plan.period_days
        paid = min(row["lifetime"] - 1, due) - passed
        came.append(paid)
        expected.append(one["expected_orders"])
        low.append(one["orders_low"])
        high.append(one["orders_high"])
        stays.append(one["probability_subscribed"])
        stayed.append(row["lifetime"] > due)
    came, expected, stays = np.array(came), np.array(expected), np.array(stays)
    assert expected.mean() == pytest.approx(came.mean(), abs=4 * came.std() / np.sqrt(len(came)))
    assert ((np.array(low) <= came) & (came <= np.array(high))).mean() >= 0.95
    for part in np.array_split(np.argsort(stays, kind="stable"), 4):
        assert stays[part].mean() == pytest.approx(np.array(stayed)[part].mean(), abs=0.025)


# What cannot be


@pytest.mark.parametrize("column", ["customer_id", "amount", "started_on", "ended_on", "period_days"])
def test_a_missing_column_is_named(column: str) -> None:
    rows = table(("a", 75, None, "basic", 30, 10.0)).drop_columns([column])
    with pytest.raises(ContractError) as caught:
        subscription_value(rows, retention=KNOWN, as_of=DAY, horizon_days=365)
    assert caught.value.data["column"] == column


def test_an_unknown_amount_or_period_is_no_silent_nothing() -> None:
    rows = table(("a", 75, None, "basic", 30, 10.0), ("b", 75, None, "basic", 30, 10.0))
    nothing = pa.array([None, "10.00"]).cast(pa.decimal128(18, 2))
    with pytest.raises(ArgumentError, match="missing") as caught:
        subscription_value(rows.set_column(6, "amount", nothing), retention=KNOWN, as_of=DAY, horizon_days=365)
    assert (caught.value.data["column"], caught.value.data["came"], caught.value.data["customers"]) == ("amount", 1, 2)
    for days in (0, -30, None):
        broken = rows.set_column(5, "period_days", pa.array([30, days], pa.int64()))
        for act in (
            lambda t: subscription_value(t, retention=KNOWN, as_of=DAY, horizon_days=365),
            lambda t: fit_plan_retention(t, as_of=DAY),
        ):
            with pytest.raises(ArgumentError) as caught:
                act(broken)
            assert (caught.value.data["column"], caught.value.data["came"]) == ("period_days", 1)


@pytest.mark.parametrize(("argument", "came"), [("discount_rate", -0.1), ("margin_rate", 1.4), ("horizon_days", -1)])
def test_arguments_out_of_range_are_refused(argument: str, came: float) -> None:
    rows = table(("a", 75, None, "basic", 30, 10.0))
    with pytest.raises(ArgumentError) as caught:
        subscription_value(rows, **({"retention": KNOWN, "as_of": DAY, "horizon_days": 30} | {argument: came}))
    assert caught.value.data["came"] == came


def test_before_the_first_subscription_there_is_nothing_to_learn() -> None:
    with pytest.raises(ArgumentError, match="no customers"):
        fit_plan_retention(table(("a", 75, None, "basic", 30, 10.0)), as_of=date(2000, 1, 1))


def test_customers_count_once_by_plan() -> None:
    rows = subscriptions(500, seed=9).select(COLUMNS)
    running = pc.sum(pc.is_null(rows["ended_on"])).as_py()
    assert len(value(rows)) == running

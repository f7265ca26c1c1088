"""Headroom: coverage on customers that were not seen, truth recovered, and the laws that its arithmetic keeps."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from scipy import stats

from patron.errors import ArgumentError, ContractError, NotEnoughData, NotFitted
from patron.models import Headroom
from patron.models.headroom import headroom_of
from patron.models.headroom_backtest import foretold, headroom_backtest
from patron.models.peer_rows import digest, fold
from patron.models.quantile_trees import FOLDS, Rows, fit_quantile_trees, predict_quantiles
from patron.simulate import Shop, shop

KINDS = {"arrow": lambda t: t, "pandas": lambda t: t.to_pandas(), "polars": pl.from_arrow, "ibis": ibis.memtable}
CHANNELS = np.array(["search", "social", "referral"])
SIZE_OF = {"search": 1.0, "social": 0.6, "referral": 1.8}


def features(customers: int, *, seed: int, prefix: str = "c") -> tuple[pa.Table, np.ndarray]:
    """Customers whose spend is a share of a need that depends on what is known; and the need that 80 % stay below."""
    rng = np.random.default_rng(seed)
    channel, household = rng.choice(CHANNELS, customers), rng.integers(1, 6, customers)
    months = rng.integers(1, 13, customers)
    need = 40.0 * months * household**0.7 * np.array([SIZE_OF[name] for name in channel])
    spread = rng.gamma(2.0, 0.5, customers)
    table = pa.table({
        "customer_id": [f"{prefix}{i}" for i in range(customers)],
        "current": need * spread,
        "months": months,
        "household": pa.array(np.where(rng.random(customers) < 0.05, np.nan, household), from_pandas=True),
        "channel": pa.array(channel, mask=rng.random(customers) < 0.03),
        "seen": np.where(months < 4, "new", "old"),
    })  # fmt: skip
    return table, need * stats.gamma.ppf(0.8, 2.0, scale=0.5)


TABLE, TRUE = features(4_000, seed=1)


@pytest.fixture(scope="module")
def model() -> Headroom:
    return Headroom(group="seen").fit(TABLE)


@pytest.fixture(scope="module")
def found(model: Headroom) -> pa.Table:
    return model.predict(TABLE)


def numbers(table: pa.Table, name: str) -> np.ndarray:
    return np.asarray(table[name].to_numpy(zero_copy_only=False), dtype=float)


def test_as_many_customers_as_said_stay_below_the_capacity_on_customers_not_seen(model: Headroom) -> None:
    others, _ = features(6_000, seed=2, prefix="other")
    judged = model.predict(others)
    current = numbers(others, "current")
    for name, quantile in (("capacity", 0.8), ("capacity_high", 0.9)):
        assert (current <= numbers(judged, name)).mean() == pytest.approx(quantile, abs=0.02)


def test_own_customers_stay_below_as_often_because_their_own_spend_has_no_say(found: pa.Table) -> None:
    assert (numbers(TABLE, "current") <= numbers(found, "capacity")).mean() == pytest.approx(0.8, abs=0.02)


def test_the_true_capacity_is_recovered(found: pa.Table) -> None:
    capacity = numbers(found, "capacity")
    assert stats.spearmanr(capacity, TRUE).statistic > 0.93
    assert np.median(capacity / TRUE) == pytest.approx(1, abs=0.06)
    true = headroom_of(numbers(TABLE, "current"), TRUE)
    assert stats.spearmanr(numbers(found, "headroom"), true).statistic > 0.85


def test_a_customer_s_own_spend_is_not_in_the_own_trees() -> None:
    rng = np.random.default_rng(6)
    rows = Rows(columns=rng.normal(size=(800, 2)), group=np.full(800, ""), fold=np.arange(800) % FOLDS)
    outcome = rows.columns[:, 0] + rng.normal(size=800)
    other = np.where(rows.fold == 3, rng.normal(0, 5, 800), outcome)
    one, two = (fit_quantile_trees(rows, came, quantiles=(0.8,), categorical=[]) for came in (outcome, other))
    assert [a[0].text == b[0].text for a, b in zip(one, two, strict=True)] == [fold == 3 for fold in range(FOLDS)]
    assert one[3][0].groups == two[3][0].groups
    assert one[3][0].shift == pytest.approx(two[3][0].shift, abs=0.5)  # the trees of other folds have a part in it


def test_headroom_is_never_negative_and_zero_only_where_the_capacity_is_reached(found: pa.Table) -> None:
    room, capacity, current = (numbers(found, name) for name in ("headroom", "capacity", "current"))
    assert (room >= 0).all()
    assert ((room == 0) == (current >= capacity)).all()
    assert room[room > 0] == pytest.approx((capacity - current)[room > 0])


def test_quantiles_never_cross(found: pa.Table) -> None:
    assert (numbers(found, "capacity_high") >= numbers(found, "capacity")).all()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "arrow"])
def test_all_kinds_of_table_give_the_same(model: Headroom, found: pa.Table, kind: str) -> None:
    part = TABLE.slice(0, 600)
    other = Headroom(group="seen").fit(KINDS[kind](TABLE)).predict(KINDS[kind](part))
    if kind == "ibis":
        order = np.argsort(part["customer_id"].to_pylist())
        other = other.order_by("customer_id").to_pyarrow()
    else:
        order = np.arange(part.num_rows)
    assert numbers(other, "capacity") == pytest.approx(numbers(found, "capacity")[:600][order], rel=1e-12)


def test_row_order_does_not_matter(model: Headroom) -> None:
    order = np.random.default_rng(3).permutation(TABLE.num_rows)
    mixed = TABLE.take(pa.array(order))
    again = Headroom(group="seen").fit(mixed)
    assert again.to_json() == model.to_json()


def test_what_is_saved_predicts_the_same(model: Headroom, found: pa.Table) -> None:
    loaded = Headroom.from_json(model.to_json())
    assert loaded.to_json() == model.to_json()
    assert loaded.predict(TABLE).equals(found)
    assert loaded.customers_ == 4_000


@pytest.mark.parametrize("text", ["", "[]", '{"model": "Other"}', '{"model": "Headroom"}'])
def test_a_broken_save_is_refused(text: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        Headroom.from_json(text)
    assert caught.value.remedy


def test_a_survey_stands_before_peers(model: Headroom) -> None:
    part = TABLE.slice(0, 4)
    shares = pa.table({"customer_id": ["c0", "c1", "stranger"], "share": [0.25, 1.0, 0.5]})
    judged = model.predict(part, shares=shares)
    current = numbers(part, "current")
    assert numbers(judged, "headroom")[:2] == pytest.approx([3 * current[0], 0.0])
    assert judged["basis"].to_pylist()[:2] == ["survey", "survey"]
    assert judged["quantile"].to_pylist()[:2] == [None, None]
    assert "survey" not in judged["basis"].to_pylist()[2:]


@pytest.mark.parametrize("share", [0.0, -0.1, 1.2, None, float("nan")])
def test_a_share_that_cannot_be_is_refused(model: Headroom, share: float | None) -> None:
    shares = pa.table({"customer_id": ["c0", "c1"], "share": pa.array([0.5, share], pa.float64())})
    with pytest.raises(ArgumentError) as caught:
        model.predict(TABLE, shares=shares)
    assert caught.value.data["came"] == 1


def test_where_peers_are_few_the_group_counts() -> None:
    """Two hundred customers of a rare kind have a large spend; with few peers they are drawn towards all."""
    rng = np.random.default_rng(4)
    columns = np.zeros((1_000, 1))
    columns[:25] = 1.0
    outcome = np.where(columns[:, 0] == 1, 5.0, 0.0) + rng.normal(0, 0.1, 1_000)
    rows = Rows(columns=columns, group=np.full(1_000, ""), fold=np.arange(1_000) % FOLDS)
    trees = fit_quantile_trees(rows, outcome, quantiles=(0.8,), categorical=[])
    told, peers = predict_quantiles(trees, rows)
    assert peers[:25].max() < 50
    assert told[:25].max() < 3
    assert told[25:].mean() == pytest.approx(np.quantile(outcome[25:], 0.8), abs=0.05)


def test_words_and_numbers_never_seen_are_answered(model: Headroom) -> None:
    strange = pa.table({
        "customer_id": ["x", "y"], "current": [10.0, 0.0], "months": [400, None],
        "household": pa.array([None, 3.0]), "channel": ["satellite", None], "seen": ["odd", None],
    })  # fmt: skip
    judged = model.predict(strange)
    assert np.isfinite(numbers(judged, "capacity")).all()
    assert (numbers(judged, "peers") > 0).all()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda t: t.slice(0, 499), NotEnoughData),
        (lambda t: t.set_column(1, "current", pa.array(np.full(t.num_rows, 9.0))), NotEnoughData),
        (lambda t: t.drop_columns(["current"]), ContractError),
        (lambda t: t.drop_columns(["customer_id"]), ContractError),
        (lambda t: t.drop_columns(["seen"]), ContractError),
        (lambda t: t.set_column(1, "current", pa.array([None, *t["current"].to_pylist()[1:]])), ArgumentError),
        (lambda t: t.append_column("day", pa.array(np.zeros(t.num_rows, "datetime64[D]"))), ArgumentError),
        (lambda t: 7, ArgumentError),
    ],
)  # fmt: skip
def test_what_cannot_be_fitted_is_said(change: Any, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        Headroom(group="seen").fit(change(TABLE))
    assert caught.value.remedy


def test_nothing_but_the_spend_tells_of_no_peers() -> None:
    with pytest.raises(ArgumentError, match="peers"):
        Headroom().fit(TABLE.select(["customer_id", "current"]))


@pytest.mark.parametrize("quantiles", [(), (0.9, 0.8), (0.8, 0.8), (0.3,), (1.0,), (float("nan"),)])
def test_quantiles_that_cannot_be(quantiles: tuple[float, ...]) -> None:
    with pytest.raises(ArgumentError, match="uantile"):
        Headroom(quantiles=quantiles)


def test_asking_before_the_fit_is_an_error() -> None:
    for ask in (lambda m: m.predict(TABLE), lambda m: m.to_json(), lambda m: m.customers_):
        with pytest.raises(NotFitted):
            ask(Headroom())


def test_the_backtest_sees_a_headroom_that_foretells_and_one_that_does_not() -> None:
    rng = np.random.default_rng(5)
    current, room = rng.gamma(2.0, 50.0, 5_000), rng.gamma(2.0, 20.0, 5_000)
    grows = foretold(room, current, current + 0.5 * room + rng.normal(0, 20, 5_000))
    chance = foretold(room, current, current + rng.normal(0, 20, 5_000))
    assert grows is not None
    assert chance is not None
    assert grows.low > 0.2
    assert grows.lift > 1.1
    assert chance.low < 0.0 < chance.high
    assert chance.lift == pytest.approx(1, abs=0.05)
    assert foretold(room[:50], current[:50], current[:50]) is None


def test_its_rows_say_how_many_stayed_within_capacity_and_how_it_ranked() -> None:
    rng = np.random.default_rng(6)
    size, origin = 2_000, date(2023, 12, 31)
    current, room = rng.gamma(2.0, 50.0, size).round(2), rng.gamma(2.0, 20.0, size)
    known = rng.random(size) < 0.9  # a survey tells of the others
    within = rng.random(size) < 0.8
    ids = [f"c{number:04d}" for number in range(size)]
    found = ibis.memtable(pa.table({
        "customer_id": ids, "current": current, "headroom": room,
        "capacity": np.where(within, current + room, current - 1),
        "quantile": pa.array(np.full(size, 0.8), mask=~known),
    }))  # fmt: skip
    spent = (current + 2 * room).round(2)
    days = [origin, date(2024, 5, 1), date(2024, 12, 31)]  # the last one is beyond 365 days, the first one known
    takings = ibis.memtable(pa.table({
        "customer_id": ids * 3, "day": [day for day in days for _ in ids],
        "net_revenue": np.r_[spent * 9, spent, -spent],
    }))  # fmt: skip
    rows = headroom_backtest(found, takings, origin=origin, horizon_days=365).to_pyarrow().to_pylist()
    inside, ranked = sorted(rows, key=lambda row: str(row["metric"]))
    assert (inside["customers"], ranked["customers"]) == (known.sum(), size)
    assert inside["value"] == inside["actual"] == pytest.approx(within[known].mean())
    assert inside["predicted"] == pytest.approx(0.8)
    assert inside["low"] < 0.8 < inside["high"]
    assert ranked["value"] == foretold(room, current, spent).correlation  # type: ignore[union-attr]
    assert ranked["value"] > 0.9
    assert headroom_backtest(found.limit(0), takings, origin=origin, horizon_days=365).count().to_pyarrow().as_py() == 0


def _of_shop(made: Shop) -> tuple[pa.Table, np.ndarray]:
    """The last year's customers with what a shop knows of them, and a hidden potential: rate x their type's order."""
    lines = ibis.memtable(made.order_lines)
    lines = lines.filter(lines.quantity > 0)
    day, amount = lines.ordered_at.date(), lines.quantity * lines.unit_price.cast("float64")
    goods = ibis.memtable(made.products).select("product_id", "category")
    kept = lines.mutate(day=day, amount=amount - lines.discount.cast("float64").fill_null(0.0))
    kept = kept.inner_join(goods, "product_id")
    since = made.last_day - timedelta(days=365)
    sums = kept.group_by("customer_id").aggregate(
        current=ibis.ifelse(kept.day > since, kept.amount, 0.0).sum(), total=kept.amount.sum(),
        days=kept.day.nunique(), months=(ibis.literal(made.last_day).delta(kept.day.min(), unit="day") / 30).floor(),
        channels=kept.channel.nunique(), country=kept.country.max(), categories=kept.category.nunique(),
        first=kept.day.min(), last=kept.day.max(),
    )  # fmt: skip
    origin = ibis.memtable(made.customers).select("customer_id", "acquisition_channel")
    hidden = ibis.memtable(made.truth["customers"])
    row = sums.inner_join(origin, "customer_id").inner_join(hidden, "customer_id")
    row = row.filter((row.last > since) & (row.lifetime_end >= made.last_day)).order_by("customer_id")
    order = ibis.window(group_by="type")
    potential = row.rate * 365 * (row.total.sum().over(order) / row.days.sum().over(order))
    gaps = (row.days - 1).nullif(0)
    rhythm = (row.last.delta(row["first"], unit="day").cast("float64") / gaps).nullif(0.0).log2().round()
    table = row.mutate(potential=potential, rhythm=rhythm).to_pyarrow()
    known = [
        "customer_id", "current", "months", "channels", "country", "acquisition_channel", "categories", "rhythm"
    ]  # fmt: skip
    return table.select(known), numbers(table, "potential")


def test_in_the_simulated_shop_headroom_ranks_the_hidden_potential_of_those_who_spend_alike() -> None:
    """No model made the shop. Weak, and surely there, as long as rhythm and categories are known."""
    known, potential = _of_shop(shop(customers=12_000, seed=8, mess=False))
    found = Headroom().fit(known).predict(known)
    current = numbers(found, "current")
    assert (current <= numbers(found, "capacity")).mean() == pytest.approx(0.8, abs=0.02)
    told = foretold(numbers(found, "headroom"), current, potential)
    assert told is not None
    assert told.low > 0.05
    assert told.lift > 1.1


def test_the_engine_s_expressions_compile_for_spark(model: Headroom) -> None:
    _ = ibis.pyspark
    schema = ibis.memtable(TABLE).schema()
    table = ibis.table(schema, name="features")
    assert "sha2" in ibis.to_sql(table.mutate(_fold=fold(digest(table))), dialect="pyspark").lower()

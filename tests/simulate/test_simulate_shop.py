"""The simulated shop: the same for the same seed, shaped like a shop, and true to its truth."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from patron.contracts.raw import FIELDS
from patron.errors import ArgumentError
from patron.simulate import Shop, shop
from patron.simulate.calendar import CAMPAIGNS, Calendar
from patron.simulate.catalogue import BRANDS, CATEGORIES, NAMES
from patron.simulate.habits import ACQUISITION_CHANNELS, ORDER_CHANNELS
from patron.simulate.types import TYPES

NAMED = ("order_lines", "customers", "products", "spend")


@pytest.fixture(scope="module")
def messy() -> Shop:
    return shop(customers=4000, seed=11)


@pytest.fixture(scope="module")
def clean() -> Shop:
    return shop(customers=4000, seed=11, mess=False)


@pytest.fixture(scope="module")
def ask(clean: Shop) -> Callable[[str], list[tuple[Any, ...]]]:
    """Answer SQL over the clean shop; `lines` joins each line to its product and its customer's truth."""
    connection = duckdb.connect()
    for name in NAMED:
        connection.register(name, getattr(clean, name))
    connection.register("truth", clean.truth["customers"])
    connection.execute("""
        create table lines as
        select *, ordered_at::date as day, quantity < 0 as back,
               (quantity * unit_price)::decimal(18, 2) - discount as net
        from order_lines join products using (product_id) join truth using (customer_id)
    """)
    return lambda sql: connection.execute(sql).fetchall()


def fingerprints(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*.parquet"))
    }


# The same and not the same


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    places = [shop(customers=150, seed=seed).write(tmp_path / str(turn)) for turn, seed in enumerate((3, 3, 4))]
    first, again, other = (fingerprints(place) for place in places)
    assert first == again
    assert set(first) == {*(f"data/{name}.parquet" for name in NAMED), "truth/customers.parquet", "truth/types.parquet"}
    assert all(first[name] != other[name] for name in first if name != "truth/types.parquet")


def test_what_is_written_is_what_there_was(tmp_path: Path, messy: Shop) -> None:
    folder = messy.write(tmp_path / "shop")
    for name in NAMED:
        assert pq.read_table(folder / "data" / f"{name}.parquet").equals(getattr(messy, name))
    assert pq.read_table(folder / "truth" / "customers.parquet").equals(messy.truth["customers"])


def test_batches_do_not_share_customers_or_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(shop.__globals__, "BATCH", 40)
    parts = shop(customers=200, seed=5, mess=False)
    owners = parts.order_lines.group_by("order_id").aggregate([("customer_id", "count_distinct")])
    assert pc.max(owners["customer_id_count_distinct"]).as_py() == 1
    assert pc.count_distinct(parts.order_lines["customer_id"]).as_py() > 160


# Contract


@pytest.mark.parametrize("name", NAMED)
def test_columns_are_the_source_fields(messy: Shop, name: str) -> None:
    fields = {column.name: column for column in FIELDS[name]}
    schema = ibis.Schema.from_pyarrow(getattr(messy, name).schema)
    assert set(schema) <= set(fields)
    assert {column.name for column in FIELDS[name] if not column.nullable} <= set(schema)
    assert [column for column in schema if not fields[column].accepts(schema[column])] == []


def test_keys_are_unique_and_lead_somewhere(clean: Shop) -> None:
    for name, key in (("customers", "customer_id"), ("products", "product_id")):
        ids = getattr(clean, name)[key]
        assert pc.count_distinct(ids).as_py() == len(ids)
        assert pc.all(pc.is_in(clean.order_lines[key], value_set=ids.combine_chunks())).as_py()
    assert clean.truth["customers"]["customer_id"].equals(clean.customers["customer_id"])
    assert all(table.null_count == 0 for name in NAMED for table in getattr(clean, name).itercolumns())


def test_money_is_exact_to_the_cent(ask: Callable[[str], list[tuple[Any, ...]]]) -> None:
    assert ask("select count(*) from lines where unit_price <> round(unit_price, 2) or unit_price < 0.49") == [(0,)]
    assert ask("select count(*) from lines where quantity <> round(quantity) or quantity = 0") == [(0,)]
    assert ask("select count(*) from lines where abs(discount) > 0.2501 * abs(quantity * unit_price) + 0.01") == [(0,)]
    assert ask("select count(*) from lines where discount * quantity < 0") == [(0,)]
    assert ask("select count(*) from spend where amount <= 0") == [(0,)]


def test_every_day_lies_in_the_window(ask: Callable[[str], list[tuple[Any, ...]]]) -> None:
    assert ask("select min(day), max(day) from lines") == [(date(2022, 1, 1), date(2024, 12, 31))]
    assert ask("select min(day), max(day), count(*) from spend") == [(date(2022, 1, 1), date(2024, 12, 31), 1096 * 5)]


# A shop like others


def test_the_dozen_is_a_dozen_and_its_words_are_known() -> None:
    assert len(TYPES) == len({kind.name for kind in TYPES}) == 12
    assert sum(kind.share for kind in TYPES) == pytest.approx(1)
    assert {name for kind in TYPES for name in kind.categories} <= set(NAMES)
    assert {name for campaign in CAMPAIGNS for name in campaign.categories} <= set(NAMES)
    assert all(set(kind.arrives_by) == set(ACQUISITION_CHANNELS) for kind in TYPES)
    assert all(set(kind.orders_by) == set(ORDER_CHANNELS) for kind in TYPES)


def test_products_fill_twelve_shelves(ask: Callable[[str], list[tuple[Any, ...]]]) -> None:
    assert ask(
        "select count(*), count(distinct product_name), count(distinct category), count(distinct brand) from products"
    ) == [(sum(shelf.products for shelf in CATEGORIES), sum(shelf.products for shelf in CATEGORIES), 12, len(BRANDS))]
    sold = ask("select count(*) n from lines where not back group by product_id order by n desc")
    top = sum(count for (count,) in sold[: len(sold) // 5]) / sum(count for (count,) in sold)
    assert 0.4 < top < 0.8  # a fifth of the products, about two thirds of the lines


def test_the_size_is_that_of_a_shop(ask: Callable[[str], list[tuple[Any, ...]]]) -> None:
    ((lines,),) = ask("select count(*) / 4000 from lines")
    assert 12 < lines < 20
    ((mean, middle, top),) = ask("""
        select avg(net), median(net), quantile_cont(net, .999)
        from (select sum(net)::double net from lines where not back group by order_id)
    """)
    assert 50 < mean < 72
    assert 0.5 < middle / mean < 0.85
    assert 5 < top / mean < 25
    ((once,),) = ask("""
        select avg((bought = 1)::int)
        from (select count(distinct day) bought from lines where not back group by customer_id)
    """)
    assert 0.35 < once < 0.50
    ((back,),) = ask("select -sum(net) filter (back) / sum(net) filter (not back) from lines")
    assert 0.02 < back < 0.10


def test_the_shop_grows_by_the_year(ask: Callable[[str], list[tuple[Any, ...]]]) -> None:
    sales = [value for (value,) in ask("select sum(net)::double from lines group by year(day) order by year(day)")]
    assert 1.1 < sales[1] / sales[0] < 2
    assert 1.1 < sales[2] / sales[1] < 2


def test_christmas_is_the_peak_and_the_week_has_its_pattern(ask: Callable[[str], list[tuple[Any, ...]]]) -> None:
    ((december, june),) = ask(
        "select sum(net) filter (month(day) = 12), sum(net) filter (month(day) = 6) from lines where not back"
    )
    assert 1.6 < december / june < 3
    orders = dict(ask("select isodow(day), count(distinct order_id) from lines where not back group by 1"))
    assert orders[7] > orders[6]
    ((share,),) = ask("""
        select avg((isodow(day) > 5)::int) from lines where not back and type = 'business buyer'
    """)
    assert share < 0.06
    ((share,),) = ask("select avg((month(day) > 10)::int) from lines where not back and type = 'christmas shopper'")
    assert share > 0.6


def test_seasons_have_a_mean_of_one() -> None:
    calendar = Calendar(first_day=date(2022, 1, 1), days=1096)
    assert calendar.clocks().mean(axis=1) == pytest.approx(1)
    assert (calendar.clocks() > 0).all()
    assert calendar.weekdays[:2].tolist() == [5, 6]  # 1 January 2022 was a Saturday


def test_types_come_in_their_shares(clean: Shop) -> None:
    arrived = pc.greater_equal(clean.customers["acquired_on"], date(2022, 1, 1))
    counts = clean.truth["customers"].filter(arrived)["type"].value_counts()
    total = pc.sum(arrived).as_py()
    found = {entry["values"]: entry["counts"] / total for entry in counts.to_pylist()}
    for kind in TYPES:
        error = (kind.share * (1 - kind.share) / total) ** 0.5
        assert found[kind.name] == pytest.approx(kind.share, abs=4.5 * error)


@pytest.mark.parametrize(
    ("question", "most"),
    [
        ("sum(net) filter (not back) / count(distinct order_id) filter (not back)", "business buyer"),
        ("-sum(net) filter (back) / sum(net) filter (not back)", "serial returner"),
        ("sum(discount) filter (not back) / sum(quantity * unit_price) filter (not back)", "bargain hunter"),
        ("count(distinct order_id) / count(distinct customer_id)", "weekly family"),
    ],
)
def test_each_type_is_what_it_says(ask: Callable[[str], list[tuple[Any, ...]]], question: str, most: str) -> None:
    ranked = ask(f"select type, ({question})::double q from lines group by type order by q desc")
    assert ranked[0][0] == most
    assert ranked[0][1] > 1.2 * ranked[1][1]


def test_replenishers_come_at_regular_times_and_buy_the_same_again(
    ask: Callable[[str], list[tuple[Any, ...]]],
) -> None:
    spread = dict(
        ask("""
        with days as (select distinct customer_id, type, day from lines where not back),
        gaps as (select *, day - lag(day) over (partition by customer_id order by day) gap from days)
        select type, median(v) from (
            select type, stddev(gap) / avg(gap) v from gaps where gap is not null
            group by customer_id, type having count(*) > 5
        ) group by type
    """)
    )
    assert spread["regular replenisher"] < 0.55 < spread["serial returner"]
    again = dict(
        ask("""
        with bought as (select customer_id, type, product_id, count(*) n from lines where not back group by all)
        select type, sum(n) filter (n > 1) / sum(n) from bought group by type
    """)
    )
    assert again["regular replenisher"] > 0.6
    assert again["gift buyer"] < 0.1


def test_sleepers_come_back(ask: Callable[[str], list[tuple[Any, ...]]]) -> None:
    share = dict(
        ask("""
        with days as (select distinct customer_id, type, day from lines where not back),
        gaps as (select *, day - lag(day) over (partition by customer_id order by day) gap from days)
        select type, avg((longest > 200)::int) from (
            select type, max(gap) longest from gaps group by customer_id, type having max(day) - min(day) > 600
        ) group by type
    """)
    )
    assert share["returning sleeper"] > 0.75
    assert share["brand loyalist"] < 0.6


def test_channels_cost_and_bring_different_things(ask: Callable[[str], list[tuple[Any, ...]]]) -> None:
    cost = dict(
        ask("""
        select channel, sum(amount)::double / (
            select count(*) from customers
            where acquisition_channel = channel and acquired_on >= date '2022-01-01'
        ) from spend group by channel
    """)
    )
    assert "organic" not in cost
    assert cost["catalogue"] > 1.2 * cost["search"] > 1.2 * cost["referral"] > 0
    families = dict(
        ask("""
        select acquisition_channel, avg((type in ('weekly family', 'business buyer'))::int)
        from customers join truth using (customer_id) group by 1
    """)
    )
    assert families["referral"] > 2 * families["affiliate"]


# Returns and truth


def test_a_return_points_back_to_what_was_sold(ask: Callable[[str], list[tuple[Any, ...]]]) -> None:
    assert ask("select count(*) from lines where back <> (order_id like 'R%')") == [(0,)]
    ((returned, found),) = ask("""
        select count(*), count(*) filter (exists (
            from lines s where not s.back and s.customer_id = r.customer_id and s.product_id = r.product_id
            and s.unit_price = r.unit_price and s.quantity >= -r.quantity and s.ordered_at < r.ordered_at
            and s.discount >= -r.discount
        )) from lines r where back
    """)
    assert returned == found > 500


def test_no_one_buys_after_the_end_or_before_the_beginning(ask: Callable[[str], list[tuple[Any, ...]]]) -> None:
    assert ask("select count(*) from lines where not back and day > lifetime_end") == [(0,)]
    assert ask("select count(*) from lines join customers using (customer_id) where day < acquired_on") == [(0,)]
    assert ask("""
        select count(*) from truth
        where lifetime_end <= date '2024-12-31' and (value_next_year <> 0 or orders_next_year <> 0)
    """) == [(0,)]
    assert ask("select count(*) from truth where orders_next_year = 0 and value_next_year <> 0") == [(0,)]
    ((some,),) = ask("select avg((value_next_year > 0)::int) from truth")
    assert 0.2 < some < 0.5


def test_types_differ_in_what_they_will_bring(ask: Callable[[str], list[tuple[Any, ...]]]) -> None:
    value = dict(ask("select type, avg(value_next_year)::double from truth group by type"))
    assert min(value["weekly family"], value["business buyer"]) > 2 * value["growing newcomer"] > 0
    assert value["growing newcomer"] > 2 * value["bargain hunter"] > 4 * value["gift buyer"] > 0


def test_the_year_after_goes_on_at_each_customers_rate() -> None:
    everyone = shop(customers=6000, seed=2).truth["customers"]
    alive = everyone.filter(pc.greater(everyone["lifetime_end"], date(2026, 1, 1)))
    for kind in ("regular replenisher", "brand loyalist", "serial returner"):
        mine = alive.filter(pc.equal(alive["type"], kind))
        assert pc.mean(mine["orders_next_year"]).as_py() == pytest.approx(365 * pc.mean(mine["rate"]).as_py(), rel=0.12)


# Faults of a real extract


def test_the_mess_comes_on_top(messy: Shop, clean: Shop) -> None:
    lines = messy.order_lines
    count = lines.num_rows
    assert 0.002 < lines["customer_id"].null_count / count < 0.01
    assert 1 <= pc.sum(pc.equal(lines["quantity"], 0)).as_py() < 0.001 * count
    assert 1 <= pc.sum(pc.less_equal(lines["unit_price"], pa.scalar(0))).as_py() < 0.001 * count
    typo = pc.equal(pc.year(lines["ordered_at"]), 2099)
    assert 1 <= pc.sum(typo).as_py() < 0.001 * count
    assert (
        pc.sum(pc.greater(lines["ordered_at"], pa.scalar(messy.last_day + timedelta(1)))).as_py()
        == pc.sum(typo).as_py()
    )
    distinct = lines.group_by(lines.column_names).aggregate([]).num_rows
    assert 1 <= count - distinct < 0.002 * count
    assert messy.truth["customers"].equals(clean.truth["customers"])
    assert 0 < count - clean.order_lines.num_rows < 0.015 * count
    assert all(getattr(messy, name).equals(getattr(clean, name)) for name in ("customers", "products", "spend"))


# Arguments


@pytest.mark.parametrize("customers", [1, 2, 30])
@pytest.mark.parametrize("days", [1, 40])
def test_small_shops_open_too(customers: int, days: int) -> None:
    first = date(2024, 2, 29)
    small = shop(customers=customers, seed=1, first_day=first, last_day=first + timedelta(days - 1), currency="GBP")
    assert small.customers.num_rows == customers
    assert small.spend.num_rows == 5 * days
    assert small.currency == "GBP"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"customers": 0}, "customers"),
        ({"customers": 2.5}, "customers"),
        ({"seed": -1}, "seed"),
        ({"last_day": date(2021, 12, 31)}, "last_day"),
        ({"currency": "euro"}, "currency"),
    ],
)
def test_what_cannot_be_is_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ArgumentError, match=words) as caught:
        shop(**{"customers": 10, "seed": 1, **arguments})
    assert caught.value.remedy

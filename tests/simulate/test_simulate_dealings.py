"""Tickets, subscriptions and prospects of the simulated shop: drawn apart, known to its last day, and true."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import ibis
import numpy as np
import pyarrow.compute as pc
import pytest

from patron.contracts.raw import FIELDS
from patron.simulate import Shop, shop
from patron.simulate.dealings.subscriptions import PLANS, SHAPE
from patron.simulate.dealings.tickets import MOST_BAD, SHORTLY
from patron.simulate.shop import SOURCES

NEW = ("tickets", "subscriptions", "prospects", "messages")
LAST = date(2024, 12, 31)


@pytest.fixture(scope="module")
def made() -> Shop:
    return shop(customers=30_000, seed=4, mess=False, dealings=True)


@pytest.fixture(scope="module")
def asked(made: Shop) -> duckdb.DuckDBPyConnection:
    """The shop's tables, and its truth under names that begin with `true_`."""
    connection = duckdb.connect()
    for name in ("order_lines", "customers", *NEW):
        connection.register(name, getattr(made, name))
        if name in made.truth:
            connection.register(f"true_{name}", made.truth[name])
    return connection


def rows(asked: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return asked.execute(sql).fetchall()


def near(found: float, expected: float, variance: float, *, sigmas: float = 4.5) -> bool:
    return abs(found - expected) < sigmas * np.sqrt(variance)


# The same and not the same


@pytest.mark.parametrize("identity", [False, True])
@pytest.mark.parametrize("seed", [3, 8])
def test_what_was_there_stays_as_it_was(tmp_path: Path, seed: int, identity: bool) -> None:
    """Every file that there was before is there with the same bytes."""
    folders = [
        shop(customers=200, seed=seed, identity=identity, dealings=more).write(tmp_path / str(more))
        for more in (False, True)
    ]
    before, after = (
        {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.rglob("*.*")}
        for folder in folders
    )
    assert before.items() <= after.items()
    new = {f"{place}/{name}.parquet" for place in ("data", "truth") for name in NEW}
    assert set(after) - set(before) == new | {"truth/texts.parquet"}


def test_the_same_seed_gives_the_same_bytes() -> None:
    first, again, other = (shop(customers=200, seed=seed, dealings=True) for seed in (3, 3, 4))
    for name in NEW:
        assert getattr(first, name).equals(getattr(again, name))
        assert first.truth[name].equals(again.truth[name])
        assert not getattr(first, name).equals(getattr(other, name))


@pytest.mark.parametrize(
    ("customers", "first", "last"),
    [(1, date(2022, 1, 1), LAST), (60, date(2024, 12, 31), LAST), (60, date(2024, 11, 1), LAST)],
)
def test_the_smallest_shops(customers: int, first: date, last: date) -> None:
    small = shop(customers=customers, seed=1, first_day=first, last_day=last, dealings=True)
    assert small.truth["tickets"].num_rows == customers
    for name in ("subscriptions", "prospects"):
        assert getattr(small, name).num_rows == small.truth[name].num_rows


# Contract, and nothing of what comes later


@pytest.mark.parametrize("name", NEW)
def test_columns_are_the_source_fields(made: Shop, name: str) -> None:
    assert name in SOURCES
    # Messages come one a row, so without the two fields of events; what one cost only campaigns tell.
    fields = {column.name: column for column in FIELDS[name] if column.name not in ("event", "occurred_at", "cost")}
    table = getattr(made, name)
    schema = ibis.Schema.from_pyarrow(table.schema)
    assert list(schema) == list(fields)
    assert [column for column in schema if not fields[column].accepts(schema[column])] == []
    assert [column for column in schema if not fields[column].nullable and table[column].null_count] == []
    key = table.column_names[0]
    assert pc.count_distinct(table[key]).as_py() == table.num_rows > 1000


def test_the_extract_ends_with_its_last_day(asked: duckdb.DuckDBPyConnection) -> None:
    for name, columns in {
        "tickets": ("opened_at", "closed_at"), "subscriptions": ("started_on", "ended_on"),
        "prospects": ("first_seen_on", "converted_on"), "messages": ("sent_at", "clicked_at"),
    }.items():  # fmt: skip
        begin, end = columns
        [(first, last, ends, backwards)] = rows(
            asked,
            f"""
            select min({begin})::date, max({begin})::date, max({end})::date, count(*) filter ({end} < {begin})
            from {name}
            """,
        )
        assert first >= date(2022, 1, 1)
        assert last <= LAST
        assert ends <= LAST
        assert backwards == 0
    assert rows(asked, "select count(*) from tickets where closed_at is null and satisfaction is not null") == [(0,)]
    assert rows(asked, "select count(*) from prospects where (customer_id is null) <> (converted_on is null)") == [(0,)]


def test_tickets_lead_to_orders_of_their_customers(asked: duckdb.DuckDBPyConnection) -> None:
    """The order is a sale of the same customer, made before the ticket was opened."""
    [(about, matched)] = rows(
        asked,
        """
        select count(*), count(*) filter (o.customer_id = t.customer_id and o.at < t.opened_at and o.units > 0)
        from tickets t left join (
            select order_id, customer_id, min(ordered_at) as at, min(quantity) as units from order_lines group by all
        ) o using (order_id) where t.order_id is not null
        """,
    )
    assert about == matched > 5000
    assert rows(asked, "select count(*) from tickets anti join customers using (customer_id)") == [(0,)]


# Tickets


def test_the_truth_tells_how_many_tickets_are_to_come(asked: duckdb.DuckDBPyConnection) -> None:
    [(expected, came)] = rows(asked, "select sum(expected_next_year), sum(tickets_next_year) from true_tickets")
    assert near(float(came), expected, expected)
    for expected, came in rows(
        asked,
        """
        select sum(expected_next_year), sum(tickets_next_year) from (
            select *, ntile(5) over (order by expected_next_year) as fifth from true_tickets
        ) group by fifth having sum(expected_next_year) > 20
        """,
    ):
        assert near(float(came), expected, expected)


def test_who_asks_readily_asks_more_often(asked: duckdb.DuckDBPyConnection) -> None:
    [(mean, spread)] = rows(asked, "select avg(proneness), var_samp(proneness) from true_tickets")
    assert mean == pytest.approx(1, abs=0.03)
    assert spread == pytest.approx(1 / 0.9, rel=0.1)
    tickets = rows(
        asked,
        """
        select avg(n) from (
            select ntile(4) over (order by proneness) as quarter, coalesce(n, 0) as n
            from true_tickets left join (select customer_id, count(*) as n from tickets group by 1) using (customer_id)
        ) group by quarter order by quarter
        """,
    )
    (least,), _, _, (most,) = tickets
    assert most > 10 * least


def test_a_ticket_is_more_likely_after_returns(asked: duckdb.DuckDBPyConnection) -> None:
    """Of sales, by how many returns their customers had shortly before, the share about which somebody asked."""
    share = dict(
        rows(
            asked,
            f"""
            with sold as (
                select order_id, customer_id, min(ordered_at) as at, min(quantity) < 0 as back
                from order_lines group by 1, 2
            ), bad as (
                select s.order_id, least(count(r.order_id), {MOST_BAD}) as bad
                from sold s left join sold r
                  on r.back and r.customer_id = s.customer_id and r.at < s.at and r.at >= s.at - interval {SHORTLY} day
                where not s.back group by 1
            )
            select bad, avg((t.order_id is not null)::int)
            from bad left join (
                select distinct order_id from tickets where topic in ('delivery', 'product', 'payment')
            ) t using (order_id) group by 1
            """,
        )
    )
    assert share[2] > 1.4 * share[0]
    assert share[1] > 1.2 * share[0]


def test_a_return_gives_more_reason_to_ask_than_an_order(asked: duckdb.DuckDBPyConnection) -> None:
    [(returns, orders)] = rows(
        asked,
        """
        select count(*) filter (topic in ('refund', 'return'))
                 / (select count(distinct order_id) from order_lines where quantity < 0),
               count(*) filter (topic in ('delivery', 'product', 'payment'))
                 / (select count(distinct order_id) from order_lines where quantity > 0)
        from tickets
        """,
    )
    assert returns > 4 * orders > 0.1


def test_slow_answers_and_complaints_leave_people_less_content(asked: duckdb.DuckDBPyConnection) -> None:
    slow = rows(
        asked,
        """
        select avg(satisfaction) from tickets where satisfaction is not null
        group by datediff('hour', opened_at, closed_at) > 48 order by 1
        """,
    )
    assert slow[0][0] < slow[1][0] - 0.3
    topics = dict(rows(asked, "select topic, avg(satisfaction) from tickets group by 1"))
    assert topics["complaint"] < topics["product"] - 1
    assert set(rows(asked, "select distinct satisfaction from tickets")) == {
        (None,),
        *((float(n),) for n in range(1, 6)),
    }
    [(still_open,)] = rows(asked, "select avg((closed_at is null)::int) from tickets where opened_at < '2024-12-01'")
    assert 0.02 < still_open < 0.04


# Subscriptions


def test_subscribers_leave_as_the_beta_discrete_weibull_says(made: Shop, asked: duckdb.DuckDBPyConnection) -> None:
    """Of those who begin, the share that is left after t periods is the mean of (1 - churn) ** (t ** shape)."""
    truth = made.truth["subscriptions"].to_pandas()
    table = made.subscriptions.to_pandas()
    days = truth["ends_on"].map(date.toordinal) - table["started_on"].map(date.toordinal) + 1
    periods = (days / table["period_days"]).to_numpy()
    assert (periods == np.floor(periods)).all()
    assert (truth["shape"] == SHAPE).all()
    churn = truth["churn"].to_numpy()
    for t in (1, 2, 5, 12):
        stays = (1 - churn) ** (t**SHAPE)
        assert near((periods > t).sum(), stays.sum(), (stays * (1 - stays)).sum())
    for plan in PLANS:
        # Of first subscriptions: who comes back has left before, and so a higher chance to leave.
        mine = (table["plan"] == plan.name) & ~table["customer_id"].duplicated()
        mean = plan.a / (plan.a + plan.b)
        variance = mean * (1 - mean) / (plan.a + plan.b + 1)
        assert near(churn[mine].mean(), mean, variance / mine.sum())


def test_the_end_is_told_when_it_has_come(made: Shop) -> None:
    truth, told = made.truth["subscriptions"].to_pylist(), made.subscriptions.to_pylist()
    for true, row in zip(truth, told, strict=True):
        assert true["subscription_id"] == row["subscription_id"]
        assert row["ended_on"] == (true["ends_on"] if true["ends_on"] <= LAST else None)
        begins = row["started_on"]
        coming = 0
        while begins <= true["ends_on"] and begins <= LAST + timedelta(days=365):
            coming += begins > LAST
            begins += timedelta(days=row["period_days"])
        assert true["periods_next_year"] == coming
        assert true["value_next_year"] == true["margin"] * coming
        assert 0 < true["margin"] < row["amount"]


def test_what_subscribers_pay_is_in_no_order(made: Shop) -> None:
    without = shop(customers=30_000, seed=4, mess=False)
    assert made.order_lines.equals(without.order_lines)
    assert made.truth["customers"].equals(without.truth["customers"])


# Prospects


def test_who_became_a_customer_is_that_customer(asked: duckdb.DuckDBPyConnection) -> None:
    [(became, matched, twice)] = rows(
        asked,
        """
        select count(*), count(*) filter (c.acquired_on = p.converted_on and c.acquisition_channel = p.channel),
               count(*) - count(distinct p.customer_id)
        from prospects p left join customers c using (customer_id) where p.customer_id is not null
        """,
    )
    assert became == matched > 5000
    assert twice == 0
    [(days,)] = rows(asked, "select min(converted_on - first_seen_on) from prospects")
    assert days >= 1


def test_the_hidden_chance_is_the_share_that_comes(asked: duckdb.DuckDBPyConnection) -> None:
    """By channel, by chance and by year: as if everybody had been drawn forwards."""
    joined = "prospects join true_prospects using (prospect_id)"
    for group in ("channel", "floor(chance * 10)", "year(first_seen_on)", "floor(interest)"):
        cells = rows(
            asked,
            f"""
            select count(converts_on), sum(chance), sum(chance * (1 - chance)) from {joined}
            group by {group} having count(*) > 100
            """,
        )
        assert len(cells) > 2
        for came, expected, variance in cells:
            # A channel's number of those who never come is drawn around its chance: that varies, too.
            assert near(came, expected, 2 * variance + 25), (group, came, expected)


def test_who_comes_later_is_nobodys_yet(asked: duckdb.DuckDBPyConnection) -> None:
    [(later, known, interest)] = rows(
        asked,
        f"""
        select count(*) filter (converts_on > '{LAST}'), count(customer_id) filter (converts_on > '{LAST}'),
               var_samp(interest)
        from prospects join true_prospects using (prospect_id)
        """,
    )
    assert later > 200
    assert known == 0
    assert interest == pytest.approx(1, abs=0.03)


# Messages


def test_a_message_that_brought_an_order_was_clicked_before_it(made: Shop, asked: duckdb.DuckDBPyConnection) -> None:
    """And nobody hears more after unsubscribing, nor opens what bounced."""
    [(brought, sound)] = rows(
        asked,
        """
        with sold as (select order_id, min(customer_id) as who, min(ordered_at) as moment from order_lines group by 1)
        select count(*),
               count(*) filter (who = m.customer_id and m.clicked_at < moment and moment < m.sent_at + interval 3 day)
        from true_messages t join messages m using (message_id) join sold on order_id = brought
        """,
    )
    assert brought == sound > 100
    later = """
        select count(*) from messages m join messages b using (customer_id)
        where b.unsubscribed_at < m.sent_at or (m.bounced_at is not null and m.opened_at is not null)
    """
    assert rows(asked, later) == [(0,)]


def test_messages_are_opened_as_readily_as_the_truth_says(asked: duckdb.DuckDBPyConnection) -> None:
    [(opened, meant, spread)] = rows(
        asked,
        """
        select sum((opened_at is not null)::int), sum(openness), sqrt(sum(openness * (1 - openness)))
        from messages join true_messages using (message_id)
        where campaign = 'Newsletter' and bounced_at is null and sent_at < timestamp '2024-12-01'
        """,
    )
    assert abs(opened - meant) < 4 * spread
    [(dull, dear)] = rows(
        asked,
        """
        select avg((opened_at is not null)::int) filter (variant = 'a'),
               avg((opened_at is not null)::int) filter (variant = 'b')
        from messages where campaign = 'Newsletter'
        """,
    )
    assert 1.15 < dear / dull < 1.4

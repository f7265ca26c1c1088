"""What simulated customers say: planted types who say and do what they should, apart from everything else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from patron.contracts.raw import FIELDS
from patron.simulate import Shop, shop
from patron.simulate.experiences.attitudes import ATTITUDES

NEW = ("reviews", "surveys", "referrals", "loyalty", "market", "invitations")


@pytest.fixture(scope="module")
def made() -> Shop:
    return shop(customers=3_000, seed=5, experience=True)


def rows(made: Shop, query: str) -> list[tuple[object, ...]]:
    connection = duckdb.connect()
    for name in (*NEW, "traits", "order_lines", "customers", "tickets"):
        if getattr(made, name).num_columns:
            connection.register(name, getattr(made, name))
    for name, table in made.truth.items():
        connection.register(f"true_{name}", table)
    found: list[tuple[object, ...]] = connection.execute(query).fetchall()
    return found


def test_everything_else_is_as_it_was(made: Shop) -> None:
    plain = shop(customers=3_000, seed=5)
    for name in ("order_lines", "customers", "products", "spend"):
        assert getattr(made, name).equals(getattr(plain, name))
    assert not any(getattr(plain, name).num_columns for name in NEW)
    assert set(made.truth) - set(plain.truth) == {"attitudes", "known", "silence", "texts"}


def test_sources_deliver_fields_that_are_known_up_to_the_last_day(made: Shop) -> None:
    for name in NEW:
        assert set(getattr(made, name).column_names) <= {field.name for field in FIELDS[name]}
    days = {"reviews": "reviewed_at", "surveys": "answered_at", "referrals": "referred_on", "loyalty": "dated",
            "market": "day", "traits": "dated"}  # fmt: skip
    for name, day in days.items():
        [(last,)] = rows(made, f"select max({day})::date from {name}")
        assert isinstance(last, date)
        assert date(2024, 11, 1) < last < date(2025, 1, 1)
    assert rows(made, "select count(*) from reviews anti join order_lines using (order_id)") == [(0,)]
    assert rows(
        made, "select count(*) from reviews join order_lines using (order_id) where ordered_at > reviewed_at"
    ) == [(0,)]


def test_each_type_says_what_it_thinks(made: Shop) -> None:
    for name, source in (("rating", "reviews"), ("nps", "surveys"), ("ces", "surveys"), ("csat", "surveys")):
        asked = "true" if source == "reviews" else f"question = '{name}'"
        value = "r.rating" if source == "reviews" else "r.score"
        found = dict(rows(made, f"select attitude, avg({value}) from {source} r "
                                f"join true_attitudes using (customer_id) where {asked} group by 1"))  # fmt: skip
        for one in ATTITUDES:  # a little less, for what was sent back and for the ends of the scale
            assert getattr(one, name) - 0.7 < found[one.name] < getattr(one, name) + 0.3, (name, one.name)


def test_the_types_differ_in_what_they_do_and_are(made: Shop) -> None:
    found = {
        str(attitude): (back, member)
        for attitude, back, member in rows(made, """
            select attitude, avg(back), avg(member) from true_attitudes join (
                select customer_id, avg((quantity < 0)::int) back from order_lines group by 1
            ) using (customer_id) left join (
                select c.customer_id, (l.customer_id is not null)::int member
                from customers c left join (select distinct customer_id from loyalty) l using (customer_id)
            ) using (customer_id) group by 1
        """)
    }  # fmt: skip
    assert found["critic"][0] > 1.5 * found["enthusiast"][0], "critics send more back"
    assert found["enthusiast"][1] > found["content"][1] > found["critic"][1], "and are no members"
    styles = dict(rows(made, """
        select attitude, mode(value) from true_known join true_attitudes using (customer_id)
        where trait = 'lifestyle' group by 1
    """))  # fmt: skip
    assert styles == {one.name: one.lifestyle for one in ATTITUDES}


def test_who_recommends_was_there_before_and_is_mostly_an_enthusiast(made: Shop) -> None:
    early = "select count(*) from referrals join customers using (customer_id) where acquired_on >= referred_on"
    assert rows(made, early) == [(0,)]
    came = (
        "select count(*), count(*) filter (where c.acquisition_channel = 'referral' and c.acquired_on = converted_on) "
    )
    [(won, right)] = rows(made, came + "from referrals r join customers c on c.customer_id = r.referred_id")
    assert won == right
    assert int(str(won)) > 50
    by = dict(rows(made, "select attitude, count(*) from referrals join true_attitudes using (customer_id) group by 1"))
    assert by["enthusiast"] > by["content"] > by.get("critic", 0)


def test_with_identity_there_are_events_of_sharing_after_the_others(tmp_path: Path) -> None:
    whole = shop(customers=300, seed=5, identity=True, experience=True)
    plain = shop(customers=300, seed=5, identity=True)
    assert whole.events.slice(0, plain.events.num_rows).equals(plain.events)
    shared = whole.events.slice(plain.events.num_rows)
    assert set(shared["event"].to_pylist()) == {"share"}
    assert whole.traits.slice(0, plain.traits.num_rows).select(plain.traits.column_names).equals(plain.traits)
    whole.write(tmp_path)
    assert pa.parquet.read_table(tmp_path / "data" / "surveys.parquet").equals(whole.surveys)


def test_texts_say_what_their_writers_think(made: Shop) -> None:
    themes = dict(rows(made, """
        select theme, avg(rating) from true_texts join reviews on text_id = 'reviews:' || review_id group by 1
    """))  # fmt: skip
    assert max(themes[name] for name in ("late", "broken", "wrong", "service")) < 3.2
    assert min(themes[name] for name in ("quality", "quick")) > 3.8
    [(silent, of)] = rows(made, "select count(*) filter (where text is null), count(*) from reviews")
    assert 0.35 < int(str(silent)) / int(str(of)) < 0.45
    assert rows(made, "select count(*) from true_texts where language = 'en'") > [(1_000,)]


def test_tickets_are_written_about_their_topic() -> None:
    made = shop(customers=400, seed=5, dealings=True)
    plain = shop(customers=400, seed=5)
    assert made.order_lines.equals(plain.order_lines)
    found = rows(made, """
        select topic, theme, count(*) from tickets join true_texts on text_id = 'tickets:' || ticket_id
        where theme <> 'other' group by 1, 2
    """)  # fmt: skip
    told = {topic: theme for topic, theme, _ in found}
    assert len(told) == len(found), "each topic has one theme"
    assert told["delivery"] == "late"
    assert told["refund"] == told["return"] == "refund"

"""What each customer has experienced: by hand, as of the day, and missing where no source tells."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from patron.contracts import Contract
from patron.contracts.customer import ORDERS, PROFILES
from patron.contracts.experience import EXPERIENCE, TOLD_BY
from patron.contracts.person import TRAITS
from patron.contracts.raw_dealings import RAW_TICKETS
from patron.contracts.raw_experience import RAW_LOYALTY, RAW_REFERRALS, RAW_REVIEWS, RAW_SURVEYS
from patron.contracts.raw_people import RAW_EVENTS
from patron.profile import actionability, experience, with_own_traits

AS_OF = date(2024, 6, 30)
PEOPLE = ibis.memtable({"customer_id": ["ann", "bob"], "return_rate": [0.25, None]})
Row = dict[str, Any]


def at(days: int, hour: int = 12) -> datetime:
    """So many days after the run's day."""
    return datetime(2024, 6, 30, hour) + timedelta(days=days)  # noqa: DTZ001


def table(contract: Contract, rows: list[Row]) -> ir.Table:
    return ibis.memtable(pa.Table.from_pylist(rows, schema=contract.schema.to_pyarrow()))


SAID: dict[str, tuple[Contract, list[Row]]] = {
    "reviews": (RAW_REVIEWS, [
        {"review_id": "1", "customer_id": "ann", "rating": 5.0, "reviewed_at": at(-9)},
        {"review_id": "2", "customer_id": "ann", "rating": 2.0, "reviewed_at": at(0)},
        {"review_id": "3", "customer_id": "ann", "rating": 1.0, "reviewed_at": at(1)},
    ]),
    "surveys": (RAW_SURVEYS, [
        {"survey_id": "1", "customer_id": "ann", "question": "nps", "kind": "nps",
         "score": 9.0, "scale": 10.0, "answered_at": at(-9)},
        {"survey_id": "2", "customer_id": "ann", "question": "nps", "kind": "nps",
         "score": 6.0, "scale": 10.0, "answered_at": at(-1)},
        {"survey_id": "3", "customer_id": "ann", "question": "nps", "kind": "nps",
         "score": 9.0, "scale": 10.0, "answered_at": at(1)},
        {"survey_id": "4", "customer_id": "ann", "question": "ces", "kind": "ces",
         "score": 3.0, "scale": 7.0, "answered_at": at(-2)},
    ]),
    "tickets": (RAW_TICKETS, [
        {"ticket_id": "1", "customer_id": "ann", "opened_at": at(-9), "closed_at": at(-9, 16), "topic": "refund",
         "satisfaction": 2.0},
        {"ticket_id": "2", "customer_id": "ann", "opened_at": at(-8), "closed_at": at(-7), "topic": "refund"},
        {"ticket_id": "3", "customer_id": "ann", "opened_at": at(-1), "closed_at": at(2), "topic": "delivery",
         "satisfaction": 5.0},
        {"ticket_id": "4", "customer_id": "ann", "opened_at": at(1)},
    ]),
    "referrals": (RAW_REFERRALS, [
        {"referral_id": "1", "customer_id": "ann", "referred_on": at(-9).date(), "referred_id": "bob",
         "converted_on": at(-5).date()},
        {"referral_id": "2", "customer_id": "ann", "referred_on": at(-9).date(), "referred_id": "cid",
         "converted_on": at(5).date()},
        {"referral_id": "3", "customer_id": "bob", "referred_on": at(1).date()},
    ]),
    "loyalty": (RAW_LOYALTY, [
        {"customer_id": "ann", "dated": at(-90).date(), "tier": "silver", "points": 100.0},
        {"customer_id": "ann", "dated": at(0).date(), "tier": "gold", "points": 900.0},
        {"customer_id": "ann", "dated": at(1).date(), "tier": "bronze", "points": 0.0},
    ]),
    "events": (RAW_EVENTS, [
        {"event_id": "1", "customer_id": "ann", "event": "Product Shared", "occurred_at": at(-3)},
        {"event_id": "2", "customer_id": "ann", "event": "page_view", "occurred_at": at(-3)},
        {"event_id": "3", "customer_id": "ann", "event": "mention", "occurred_at": at(3)},
    ]),
}  # fmt: skip


def told(*names: str) -> dict[str, Row]:
    given = {name: table(*SAID[name]) for name in names}
    made = EXPERIENCE.check(experience(PEOPLE, as_of=AS_OF, **given))
    return {row["customer_id"]: row for row in made.to_pyarrow().to_pylist()}


def test_what_was_known_on_the_day_by_hand() -> None:
    """Of everything that came the day after nothing is here: half of the rows above lie in the future."""
    found = told(*SAID)
    ann = {name: value for name, value in found["ann"].items() if value is not None}
    assert ann == {
        "customer_id": "ann", "reviews": 2, "rating": 3.5, "last_rating": 2.0, "last_review_on": AS_OF, "answers": 3,
        "nps_score": 6.0, "nps_group": "detractor", "nps_on": date(2024, 6, 29), "ces_score": 3.0,
        "ces_on": date(2024, 6, 28), "tickets": 3, "open_tickets": 1, "hours_to_close": 14.0,
        "ticket_satisfaction": 2.0, "main_topic": "refund", "last_ticket_on": date(2024, 6, 29), "return_rate": 0.25,
        "referrals_made": 2, "referrals_won": 1, "referrals_received": 0, "loyalty_tier": "gold",
        "loyalty_points": 900.0, "loyalty_on": AS_OF, "shares": 1,
    }  # fmt: skip
    bob = {name: value for name, value in found["bob"].items() if value is not None}
    counts = ("reviews", "answers", "tickets", "open_tickets", "referrals_made", "referrals_won", "shares")
    assert bob == {"customer_id": "bob", "referrals_received": 1, **dict.fromkeys(counts, 0)}


@pytest.mark.parametrize("source", SAID)
def test_what_has_no_source_is_missing_and_not_zero(source: str) -> None:
    found = told(*(name for name in SAID if name != source))
    of_source = set(TOLD_BY[source])
    for row in found.values():
        assert all(row[name] is None for name in of_source)
    assert all(
        found["ann"][name] is not None for name in set(told(*SAID)["ann"]) - of_source - {"csat_score", "csat_on"}
    )


def test_every_column_says_which_source_tells_it() -> None:
    columns = [name for names in TOLD_BY.values() for name in names]
    assert sorted([*columns, "customer_id"]) == sorted(EXPERIENCE.names)


def test_the_table_compiles_for_spark() -> None:
    assert ibis.pyspark
    given = {name: contract.unbound() for name, (contract, _) in SAID.items()}
    sql = ibis.to_sql(experience(PROFILES.unbound(), as_of=AS_OF, **given), dialect="pyspark")
    assert all(f"`{name}`" in sql for name in EXPERIENCE.names)
    own = actionability(ORDERS.unbound(), as_of=AS_OF, events=RAW_EVENTS.unbound())
    assert ibis.to_sql(with_own_traits(TRAITS.unbound(), own, people=PROFILES.unbound()), dialect="pyspark")


def orders(*made: tuple[str, int, str | None, int]) -> ir.Table:
    """Orders by customer, days after the run's day, channel and discount."""
    return ibis.memtable(
        {
            "customer_id": [who for who, _, _, _ in made], "ordered_at": [at(days) for _, days, _, _ in made],
            "channel": [channel for _, _, channel, _ in made], "discount": [saved for _, _, _, saved in made],
        },
        schema={"customer_id": "string", "ordered_at": "timestamp(6)", "channel": "string", "discount": "int64"},
    )  # fmt: skip


def own(made: ir.Table, events: list[Row] | None = None) -> dict[tuple[str, str], tuple[str, date]]:
    seen = None if events is None else table(RAW_EVENTS, events)
    rows = actionability(made, as_of=AS_OF, events=seen).to_pyarrow().to_pylist()
    assert len({(row["customer_id"], row["trait"]) for row in rows}) == len(rows)
    return {(row["customer_id"], row["trait"]): (row["value"], row["dated"]) for row in rows}


def test_how_customers_can_be_reached_is_told_of_those_who_showed_it() -> None:
    made = orders(
        ("ann", -9, "web", 1), ("ann", -8, "web", 1), ("ann", -7, "app", 0), ("ann", 1, "app", 0),
        ("bob", -9, "phone", 0), ("bob", -8, "phone", 0), ("bob", -7, "phone", 0),
        ("cid", -9, "web", 1),
        ("dan", -9, "web", 1), ("dan", -8, "app", 0), ("dan", -7, None, 0), ("dan", -6, "web", 0),
        ("dan", -5, "app", 0),
    )  # fmt: skip
    week_ago = date(2024, 6, 23)
    assert own(made) == {
        ("ann", "coupons"): ("yes", week_ago), ("ann", "preferred_channel"): ("web", date(2024, 6, 22)),
        ("bob", "coupons"): ("no", week_ago), ("bob", "preferred_channel"): ("phone", week_ago),
        ("bob", "post_or_email"): ("post", week_ago),
    }  # fmt: skip


def test_who_opens_messages_is_for_email_and_what_was_read_last_is_known() -> None:
    made = orders(*[("bob", -days, "phone", 0) for days in (9, 8, 7)])
    events = [
        {"event_id": str(place), "customer_id": "bob", "event": event, "occurred_at": at(days)}
        for place, (event, days) in enumerate(
            [
                ("email_click", -20),
                ("email_open", 1),
                ("catalogue_read", -30),
                ("blog_view", -10),
                ("newsletter_read", 1),
            ]
        )
    ]
    found = own(made, events)
    assert found["bob", "post_or_email"] == ("email", date(2024, 6, 10))
    assert found["bob", "reads"] == ("blog", date(2024, 6, 20))
    old = [events[0] | {"occurred_at": at(-400)}]
    assert own(made, old)["bob", "post_or_email"][0] == "post", "a click of more than a year ago says nothing of today"


def test_what_a_source_tells_stands_before_what_orders_say() -> None:
    made = orders(*[(who, -days, "web", 0) for who in ("ann", "bob") for days in (9, 8, 7)])
    said = {
        "customer_id": "ann", "trait": "preferred_channel", "value": "store", "source": "sign-up",
        "purpose": "marketing", "sensitive": False, "provenance": "t.csv#1", "confidence": 1.0, "match_rate": 0.5,
    }  # fmt: skip
    both = with_own_traits(table(TRAITS, [said]), actionability(made, as_of=AS_OF), people=PEOPLE)
    rows = TRAITS.check(both).filter(both.trait == "preferred_channel").order_by("customer_id").to_pyarrow().to_pylist()
    assert [(row["customer_id"], row["value"], row["source"], row["match_rate"]) for row in rows] == [
        ("ann", "store", "sign-up", 0.5), ("bob", "web", "own", 1.0),
    ]  # fmt: skip

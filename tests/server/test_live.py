"""One person as known now: who did what since the run, and what is laid over the run."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from patron.engines.database import writing
from patron.engines.live_tables import LIVE_EVENTS
from patron.errors import ArgumentError, ConditionError
from patron.pipeline.serving import open_published
from patron.profile.live_columns import BY_RUN, EXACT, OrderEvent, OrderLine, live_profile, orders_now
from patron.server.live import OwnSegments, fold, own_segments_now, own_signals_now, person
from patron.server.live.rows import event_of, row_of
from patron.sources.stream import StreamEvent, StreamProduct
from published_run import publish_run
from server_project import empty_project

DAY = date(2026, 3, 1)
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
BEFORE = datetime(2026, 2, 20, 10)  # noqa: DTZ001 - as tables hold it

TABLES = {
    "links": [
        {"source": "order_lines", "record_id": record, "customer_id": customer, "rule": "email", "confidence": 1.0}
        for record, customer in (("ann", "ann"), ("ann2", "ann"), ("bob", "bob"), ("eve", "eve"))
    ],
    "raw_events": [
        {"event_id": "1", "event": "product_view", "occurred_at": BEFORE, "customer_id": "ann", "anonymous_id": "b1",
         "session_id": "s1", "product_id": "p9"},
    ],
    "profiles": [
        {"customer_id": "ann", "orders": 1, "purchase_days": 1, "units": 2.0, "first_order_on": BEFORE.date(),
         "last_order_on": BEFORE.date(), "days_since_last": 9, "tenure_days": 9, "net_revenue": Decimal("30.00"),
         "average_order_value": 30.0, "as_of": DAY, "expected_interval_days": 6.0, "country": "FR"},
        {"customer_id": "bob", "as_of": DAY},
    ],
    "orders": [
        {"order_id": "o1", "customer_id": "ann", "ordered_at": BEFORE, "units": 2.0, "amount": Decimal("30.00")},
    ],
    "rhythm": [{"customer_id": "ann", "lapse_after_days": 11.0}],
    "memberships": [{"customer_id": "ann", "segmentation": "rfm", "segment": "loyal"}],
    "propensities": [{"customer_id": "ann", "target": "lapses", "horizon_days": 90, "probability": 0.25}],
}  # fmt: skip

numbers = count(1)


def event(name="product_view", *, hours=1.0, number=None, kind="track", **said):
    """Return an event of so many hours ago; one without a number has the next one."""
    number = next(numbers) if number is None else number
    return StreamEvent(
        number=number, message_id=f"m{number}", source="web", kind=kind, event=name, name=name,
        occurred_at=NOW - timedelta(hours=hours), received_at=NOW, **said,
    )  # fmt: skip


def bought(order_id, *, hours=1.0, user="ann", price="15", units="2", **said):
    product = StreamProduct(product_id="p1", price=Decimal(price), quantity=Decimal(units))
    return event("order", hours=hours, user_id=user, order_id=order_id, products=(product,), **said)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    project = empty_project(tmp_path_factory.mktemp("live"), "server: {orders: true}\n")
    publish_run(project, TABLES, as_of=DAY)
    return open_published(project)


@pytest.fixture
def told(database, published):
    """Return a function that folds events and returns a person."""

    def tell(*events, now=NOW, of=published, **who):
        with writing(database.engine) as connection:
            fold(connection, events, published=of)
        with database.engine.connect() as connection:
            return person(connection, of, now=now, **who)

    return tell


def test_the_day_moves_without_events(told):
    ann = told(user_id="ann2")
    assert (ann.key, ann.customer_id, ann.user_ids, ann.anonymous_ids) == (
        "customer:ann",
        "ann",
        ("ann", "ann2"),
        ("b1",),
    )
    assert (ann.row["as_of"], ann.row["days_since_last"], ann.row["tenure_days"]) == (NOW.date(), 12, 12)
    assert (ann.row["lateness"], ann.row["lapsed"]) == (2.0, True), "by the rhythm that the run found"
    assert (ann.row["orders"], ann.row["country"], ann.row["rfm"]) == (1, "FR", "loyal")
    assert (ann.row["lapses_90d"], ann.row["propensities.lapses_90d"], ann.row["headroom.grade"]) == (0.25, 0.25, None)
    with pytest.raises(KeyError):
        ann.row["nonsense"]


def test_an_order_since_the_run_is_laid_over_it(told):
    ann = told(bought("o2"), bought("o2", hours=0.5), bought("o1"), user_id="ann")
    assert {name: ann.row[name] for name in ("orders", "purchase_days", "units", "days_since_last")} == {
        "orders": 2, "purchase_days": 2, "units": 4.0, "days_since_last": 0,
    }, "o1 is the run's, and o2 came twice"  # fmt: skip
    assert (ann.row["net_revenue"], ann.row["average_order_value"]) == (Decimal("60.00"), 30.0)
    assert (ann.row["lapsed"], ann.row["first_order_on"]) == (False, BEFORE.date())
    condition = ann.published.condition("orders = 2 AND net_revenue = 60 AND rfm = 'loyal'", where="segments.x")
    assert ann.holds(condition)
    assert not told(bought("o3"), user_id="ann").holds(condition)


def test_who_orders_for_the_first_time_is_a_customer(told, published):
    anybody = published.condition("orders >= 0 OR orders IS NULL", where="segments.x")
    before = told(event(user_id="new"), user_id="new")
    assert (before.key, before.customer_id, before.is_customer, before.holds(anybody)) == (
        "user:new",
        None,
        False,
        False,
    )
    assert not told(user_id="eve").is_customer, "a record without an order"
    after = told(bought("n1", user="new"), user_id="new")
    assert (after.is_customer, after.row["orders"], after.row["customer_id"], after.row["rfm"]) == (
        True,
        1,
        "new",
        None,
    )
    assert after.holds(anybody)
    assert after.row["lapsed"] is False


def test_whose_an_event_is(told):
    seen, at_till = event(anonymous_id="b7"), event(anonymous_id="b1", session_id="s2")
    nobody = told(seen, at_till, anonymous_id="b7")
    assert (nobody.key, [one.number for one in nobody.since]) == ("anonymous:b7", [seen.number])
    ann = told(event("identify", kind="identify", user_id="ann2", anonymous_id="b7", hours=0.5), anonymous_id="b7")
    assert ann.key == "customer:ann"
    assert [one.number for one in ann.since][:2] == [seen.number, at_till.number], (
        "also what she did before she signed in"
    )
    shared = told(event("identify", kind="identify", user_id="bob", anonymous_id="b7", session_id="s9"), user_id="ann")
    assert seen.number not in [one.number for one in shared.since], "it may have been bob"
    bob = told(event(anonymous_id="b7", session_id="s9"), anonymous_id="b7", session_id="s9")
    assert bob.customer_id == "bob"
    assert len(bob.since) == 2
    assert told(anonymous_id="b7").key == "anonymous:b7"


def test_an_alias_says_whose_a_browser_was(told):
    before = event("search", anonymous_id="b5")
    bob = told(before, event("alias", kind="alias", user_id="bob", previous_id="b5"), customer_id="bob")
    assert before.number in [one.number for one in bob.since]


def test_conditions_about_events_see_those_of_the_run_and_those_since(told, published):
    viewed = published.condition("event = 'product_view' AND product_id = 'p9' AND orders < 3", where="signals.x")
    assert told(user_id="ann").holds(viewed), "twelve days ago, as the run knows"
    assert not told(user_id="ann").holds(viewed, fresh_days=11)
    assert not told(user_id="bob").holds(viewed)
    assert told(event(user_id="bob", product_id="p9"), user_id="bob").holds(viewed) is True
    searched = published.condition("marketing_channel = 'paid_search' AND amount >= 3.5", where="signals.x")
    tagged = event(user_id="bob", utm_source="google", utm_medium="cpc", amount=Decimal("3.499"))
    assert told(tagged, user_id="bob").holds(searched), "to the cent, as in the batch"
    with pytest.raises(ConditionError, match="nonsense"):
        published.condition("nonsense = 1", where="signals.x")


def test_signs_of_privacy_and_the_cart(told):
    milk = (StreamProduct(product_id="milk", quantity=Decimal(3)),)
    ann = told(event("cart_add", user_id="ann", products=milk, hours=5), user_id="ann")
    assert (ann.cart, ann.gpc) == ({"milk": 3}, False)
    ann = told(
        event("cart_remove", user_id="ann", products=(StreamProduct(product_id="milk"),), gpc=True), user_id="ann"
    )
    assert (ann.cart, ann.gpc) == ({"milk": 2}, True)
    assert told(bought("o5", hours=0.1), user_id="ann").cart == {}


def test_nothing_later_than_now_is_known(told):
    later = bought("o2", hours=-3)
    assert told(later, user_id="ann").row["orders"] == 1
    assert told(user_id="ann", now=NOW + timedelta(hours=4)).row["orders"] == 2
    to_come = event("identify", kind="identify", user_id="ann", anonymous_id="b8", hours=-1)
    assert told(to_come, anonymous_id="b8").key == "anonymous:b8"


def test_nobody_is_no_person(told):
    with pytest.raises(ArgumentError, match="user_id"):
        told()


def test_an_event_is_written_once(told, database):
    events = [bought("o2"), event(anonymous_id="b9")]
    told(*events, user_id="ann")
    told(*reversed(events), user_id="ann")
    with database.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(LIVE_EVENTS)).scalar() == 2


def test_what_a_run_collected_leaves(told, database, tmp_path):
    old, late, new = bought("o2", hours=100, number=5), bought("o3", hours=1, number=6), bought("o4", number=90)
    ann = told(old, late, user_id="ann")
    assert ann.row["orders"] == 3
    project = empty_project(tmp_path, "server: {orders: true}\n")
    publish_run(project, TABLES, as_of=DAY, collected_to=50)
    after = open_published(project)
    with database.engine.connect() as connection:
        assert [one.order_id for one in person(connection, after, user_id="ann", now=NOW).since] == ["o3"], (
            "the run is about an earlier day, and does not hold it"
        )
    assert [one.order_id for one in told(new, bought("o5", number=7, hours=90), of=after, user_id="ann").since] == [
        "o3",
        "o4",
    ]
    with database.engine.connect() as connection:
        assert list(connection.execute(select(LIVE_EVENTS.c.number).order_by(LIVE_EVENTS.c.number)).scalars()) == [
            6,
            90,
        ]


def test_a_person_s_state_is_bounded(told, database, monkeypatch):
    folding = sys.modules[fold.__module__]
    monkeypatch.setattr(folding, "MOST", 10)
    monkeypatch.setattr(folding, "SLACK", 5)
    first = bought("o2", hours=50)
    signed = event("identify", kind="identify", user_id="ann", anonymous_id="b3", session_id="s", hours=49)
    ann = told(first, signed, *(event(user_id="ann", hours=40 - n / 10) for n in range(60)), user_id="ann")
    assert len(ann.since) == 12, "ten, the order, and who was on the browser"
    assert {first.number, signed.number} <= {one.number for one in ann.since}
    assert ann.row["orders"] == 2
    with writing(database.engine) as connection:
        fold(connection, [event(anonymous_id="bot") for _ in range(40)], published=ann.published)
        counted = select(func.count()).where(LIVE_EVENTS.c.anonymous_id == "bot")
        assert connection.execute(counted).scalar() == 11


def test_a_row_holds_the_whole_event():
    sent = event(
        "cart_add", user_id="ann", anonymous_id="b1", session_id="s", channel="web", product_id="p", cart_id="c",
        amount=Decimal("1.50"), currency="EUR", decision_id="d", gpc=True, utm_source="x", utm_medium="y",
        utm_campaign="z", products=(StreamProduct(product_id="p", price=Decimal("1.5"), quantity=Decimal("0.3")),),
    )  # fmt: skip
    read = event_of(row_of(sent))
    same = [name for name in type(read).__slots__ if name not in ("done", "lines")]
    assert {name: getattr(read, name) for name in same} == {name: getattr(sent, name) for name in same}
    assert read.done
    assert not event_of(row_of(event("Email Opened", user_id="ann"))).done, "what happens to a message is no visit"


EVENTS = st.lists(
    st.builds(
        OrderEvent, event=st.sampled_from(["order", "order_cancel", "refund"]), order_id=st.sampled_from("abc"),
        day=st.dates(DAY, date(2026, 3, 9)),
        lines=st.lists(
            st.builds(OrderLine, product_id=st.sampled_from("pq"), units=st.integers(1, 3).map(Decimal),
                      amount=st.integers(1, 500).map(lambda cents: Decimal(cents) / 100)), max_size=2,
        ).map(tuple),
    ), max_size=8,
)  # fmt: skip


@given(EVENTS)
def test_laws_of_orders(events):
    orders = orders_now([], events)
    assert orders_now([], [*events, *(one for one in events if one.event == "order")]) == orders or any(
        one.event != "order" for one in events
    ), "an order that is told again is no second one"
    for one in orders.kept.values():
        assert one.units > 0
    given_back = [*events, *(OrderEvent(event="order_cancel", order_id=name, day=DAY) for name in "abc")]
    assert not orders_now([], given_back).kept
    row = live_profile(None, [], events, as_of=date(2026, 3, 9), lapse_after_days=None)
    if events:
        assert set(row) == {*EXACT, *BY_RUN}
        assert row["orders"] >= row["purchase_days"] >= bool(row["orders"])
        paid = sum((one.amount for one in orders.kept.values()), Decimal())
        assert row["net_revenue"] == paid - orders.unmatched


def test_who_has_entered_or_left_an_own_segment_since_the_run(database, tmp_path):
    settings = (
        "server: {orders: true}\nsegments:\n  once: {where: orders = 1}\n  twice: {where: orders = 2}\n"
        "signals:\n  searched: {condition: \"event = 'search'\", family: growth, fresh: 2d}\n"
    )
    project = empty_project(tmp_path, settings)
    member = {"customer_id": "ann", "segmentation": "once", "segment": "once"}
    publish_run(project, {**TABLES, "memberships": [member]}, as_of=DAY)
    published = open_published(project)
    with writing(database.engine) as connection:
        ann = person(connection, published, user_id="ann", now=NOW)
        assert own_segments_now(ann) == OwnSegments(now=("once",), entered=(), left=())
        assert own_signals_now(ann) == ()
        fold(connection, [bought("o2"), event("search", user_id="ann")], published=published)
        ann = person(connection, published, user_id="ann", now=NOW)
        assert own_segments_now(ann) == OwnSegments(now=("twice",), entered=("twice",), left=("once",))
        assert own_signals_now(ann) == ("searched",)
        stranger = person(connection, published, anonymous_id="b99", now=NOW)
        assert own_segments_now(stranger) == OwnSegments(now=(), entered=(), left=())


def test_a_sign_in_since_the_run_makes_what_was_seen_before_it_hers(database, tmp_path):
    project = empty_project(tmp_path, "server: {orders: true}\n")
    before = {"event_id": "7", "event": "search", "occurred_at": BEFORE, "anonymous_id": "b6", "session_id": "s1"}
    publish_run(project, {**TABLES, "raw_events": [*TABLES["raw_events"], before]}, as_of=DAY)
    published = open_published(project)
    searched = published.condition("event = 'search'", where="signals.x")
    signs_in = event("identify", kind="identify", user_id="ann", anonymous_id="b6", session_id="s2")
    also = event("identify", kind="identify", user_id="bob", anonymous_id="b6", session_id="s3")
    with writing(database.engine) as connection:
        assert not person(connection, published, user_id="ann", now=NOW).holds(searched)
        fold(connection, [signs_in], published=published)
        assert person(connection, published, user_id="ann", now=NOW).holds(searched)
        fold(connection, [also], published=published)
        assert not person(connection, published, user_id="ann", now=NOW).holds(searched), "it may have been bob"

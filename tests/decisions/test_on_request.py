"""What is shown to somebody who is here now: the best, with known chances, and never what may not be shown."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from patron.decisions.eligibility.one import Judged
from patron.decisions.on_request import (
    Chooser,
    Messages,
    Offers,
    Placement,
    Wanted,
    banner,
    chances,
    message,
    next_one,
    offer,
    products,
    read_choices,
)
from patron.decisions.on_request.banner import banner_shares
from patron.errors import ArgumentError

Row = dict[str, Any]
SURE = Chooser("d", 0.0)
NAMES = [f"p{number}" for number in range(12)]
FREE = Judged()


def shelf_of(*names: str, **more: Any) -> Wanted:
    return Wanted(popular=[(name, 0.1) for name in names], **more)


def shown(known: Wanted, chooser: Chooser = SURE, **asked: Any) -> list[str]:
    given = products(Placement(name="home", kind="products", **asked), known, chooser)
    return [one.product_id for one in given.products]


def test_every_choice_has_its_chance_and_is_made_as_often() -> None:
    shares = chances(["a", "b", "c", "a"], floor=0.3)
    assert shares == pytest.approx({"a": 0.8, "b": 0.1, "c": 0.1})
    drawn = [Chooser(f"d{number}", 0.3).best_of(["a", "b", "c"])[0] for number in range(4000)]
    assert [drawn.count(name) / 4000 for name in "abc"] == pytest.approx([0.8, 0.1, 0.1], abs=0.02)
    assert Chooser("d7", 0.3).best_of(["a", "b", "c"]) == Chooser("d7", 0.3).best_of(["a", "b", "c"])
    for floor, options in ((1.5, ["a"]), (0.1, [])):
        with pytest.raises(ArgumentError):
            chances(options, floor=floor)


def test_products_stand_in_their_order_each_with_its_reason() -> None:
    known = Wanted(
        own=[{"product_id": "p1", "again": True, "chance": 0.4}, {"product_id": "p2", "again": False, "chance": 0.3}],
        viewed=["p3", "p4", "p3", "p5"], cart=["p6"], companions={"p6": ["p7"], "p9": ["p8"]},
        popular=[("p10", 0.5), ("p0", 0.2)], products={"p1": {"name": "Tea", "category": "Drinks", "price": 3.5}},
    )  # fmt: skip
    given = products(Placement(name="home", kind="products", n=6), known, SURE)
    told = [(one.product_id, one.why) for one in given.products]
    assert told == [
        ("p3", "viewed"), ("p4", "viewed"), ("p5", "viewed"), ("p1", "again"), ("p2", "next"), ("p7", "with"),
    ]  # fmt: skip
    assert (given.products[3].name, given.products[3].price, given.products[3].chance) == ("Tea", 3.5, 0.4)
    # On a page about a product stands first what goes with it, and never the product itself.
    assert shown(known, n=2, product_id="p9") == ["p8", "p3"]
    assert "p3" not in shown(known, n=9, product_id="p3")
    in_category = Wanted(popular=[("p1", 0.5), ("p2", 0.4)], products={"p2": {"category": "Drinks"}})
    assert shown(in_category, n=2, category="Drinks") == ["p2", "p1"]


@given(
    names=st.lists(st.sampled_from(NAMES), max_size=10), out=st.sets(st.sampled_from(NAMES), max_size=4),
    gone=st.sets(st.sampled_from(NAMES), max_size=4), n=st.integers(1, 6), decision=st.text(min_size=1, max_size=5),
)  # fmt: skip
def test_what_may_not_be_shown_never_is_and_nothing_twice(
    names: list[str], out: set[str], gone: set[str], n: int, decision: str
) -> None:
    known = Wanted(
        own=[{"product_id": name} for name in names[:3]], viewed=names[3:6], cart=names[6:7], bought=names[7:8],
        left_out=out, companions=dict.fromkeys(names, NAMES[:4]), popular=[(name, 0.1) for name in NAMES],
        gone=gone,
    )  # fmt: skip
    given = products(Placement(name="home", kind="products", n=n), known, Chooser(decision, 0.5))
    ids = [one.product_id for one in given.products]
    free = set(NAMES) - out - gone - set(names[6:8])
    assert len(ids) == len(set(ids)) == min(n, len(free))
    assert set(ids) <= free
    if given.choice is not None:
        assert given.choice == ids[-1]
        assert given.propensity == given.shares[given.choice]
        assert sum(given.shares.values()) == pytest.approx(1.0)
    assert (given.outcome == "nothing") == (not free)


def test_only_the_last_place_is_drawn() -> None:
    rows = [shown(shelf_of(*NAMES), Chooser(f"d{number}", 1.0), n=3) for number in range(60)]
    assert {tuple(row[:2]) for row in rows} == {("p0", "p1")}
    assert len({row[2] for row in rows}) > 5


def row_of(trigger: str, value: float, **more: Any) -> Row:
    return {
        "trigger": trigger, "kind": "promotion", "channel": "email", "value": value, "cost": 1.0, "iteration": 2,
        "action": "offer", "offer": None, "subject": "", "subject_kind": "none", "signal": "s", "step": None,
        "expires_on": date(2026, 3, 9), "outcome": "queued", "bid": value - 1.0, "reason": "outbid",
        "evidence": "assumed", **more,
    }  # fmt: skip


def messages(rows: list[Row], **judged: Judged) -> Messages:
    def judge(row: Any) -> Judged:
        assert row["channel"] == "web"  # the channel by which it is shown
        return judged.get(row["trigger"], FREE)

    return Messages(rows=rows, judge=judge, variant=lambda row: ("warm", 0.25) if row["trigger"] == "b" else None)


def test_the_best_message_that_may_be_shown_is() -> None:
    rows = [row_of("a", 5.0), row_of("b", 4.0), row_of("c", 3.0), row_of("bill", 9.0, kind="transactional")]
    refused = Judged(outcome="refused", reason="open_case")
    given = message(messages(rows, a=refused), SURE)
    assert (given.trigger, given.iteration, given.variant, given.variant_propensity) == ("b", 2, "warm", 0.25)
    assert given.shares == {"b": 1.0, "c": 0.0}
    explored = {message(messages(rows), Chooser(f"d{number}", 0.9)).trigger for number in range(40)}
    assert explored == {"a", "b", "c"}


def test_without_a_free_message_it_is_said_why() -> None:
    refused, held = Judged(outcome="refused", reason="open_case"), Judged(outcome="held_out", held_by="trigger:b")
    none = message(messages([row_of("a", 5.0)], a=refused), SURE)
    assert (none.outcome, none.reason, none.facts["why"]) == ("nothing", "refused", "open_case")
    kept = message(messages([row_of("a", 5.0), row_of("b", 1.0)], a=refused, b=held), SURE)
    assert (kept.outcome, kept.held_by, kept.trigger) == ("held_out", "trigger:b", "b")
    assert message(messages([]), SURE).reason == "no_message"


def price_row(**more: Any) -> Row:
    base = {"level": "category", "category": "tea", "product_id": "all", "segmentation": "rfm", "segment": "loyal",
            "status": "lower", "change": -0.1, "price": 4.0}  # fmt: skip
    return {**base, **more}


def test_an_offer_is_the_highest_discount_that_pays_for_her_segments() -> None:
    known = Offers.of([
        price_row(), price_row(segment="new", change=-0.2), price_row(segment="lost", status="keep", change=0.0),
        price_row(level="product", product_id="p1", segmentation="all", segment="all", status="raise", change=0.1),
    ])  # fmt: skip
    loyal, both = {("rfm", "loyal")}, {("rfm", "loyal"), ("rfm", "new")}
    assert offer("p1", None, known, segments=loyal).price == pytest.approx(3.6)
    assert offer(None, "tea", known, segments=both).discount == pytest.approx(0.2)
    plain = offer("p1", None, known, segments=set())
    assert (plain.outcome, plain.reason, plain.price) == ("nothing", "no_discount", 4.0)
    assert offer("p1", None, known, segments={("rfm", "lost")}).outcome == "nothing"
    assert offer(None, None, known, segments=loyal).reason == "no_subject"


def test_a_banner_that_is_clicked_more_is_shown_more_and_each_sometimes() -> None:
    shares = banner_shares(["a", "b", "c"], {"a": (500, 10), "b": (500, 60)}, floor=0.1)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert min(shares.values()) >= 0.1 / 3
    # Of c nothing is known: it is tried more often than what is known to be worse.
    assert shares["a"] == pytest.approx(0.1 / 3, abs=1e-3)
    assert shares["c"] > 0.5
    known = banner_shares(["a", "b"], {"a": (500, 10), "b": (500, 60)}, floor=0.1)
    assert known["b"] == pytest.approx(0.95, abs=1e-3)
    assert banner(known, SURE).propensity == known[str(banner(known, SURE).choice)]
    assert banner({}, SURE).outcome == "nothing"


SENT: Row = {
    "customer_id": "ann", "does": "send", "trigger": "a", "signal": "s", "action": "offer", "channel": "email",
    "send_on": date(2026, 3, 3), "send_at": None, "until": date(2026, 3, 9), "variant": None, "product": "p1",
    "offer": None, "discount": 0.1, "price": 3.6, "gain": 4.0, "evidence": "assumed", "in_budget": None,
    "reason": None, "held_by": None,
}  # fmt: skip


def next_of(rows: list[Row], suggested: Row | None = SENT, **found: Judged) -> Row:
    return next_one(suggested, rows, lambda row: found.get(row["trigger"], FREE), customer_id="ann")


def test_the_next_action_is_the_runs_unless_something_has_come_between() -> None:
    rows = [row_of("b", 9.0), row_of("a", 5.0, outcome="sent")]
    assert next_of(rows) == SENT
    held, no = Judged(outcome="held_out", held_by="global"), Judged(outcome="refused", reason="said_no")
    instead = next_of(rows, a=no)
    assert (instead["does"], instead["trigger"], instead["gain"], instead["reason"]) == ("wait", "b", 8.0, "outbid")
    about = next_of([row_of("a", 5.0, outcome="sent"), row_of("b", 2.0, subject_kind="product", subject="p2")], a=no)
    assert (about["product"], about["price"]) == ("p2", None)
    stopped = next_of(rows, a=no, b=no)
    assert (stopped["does"], stopped["trigger"], stopped["reason"]) == ("refused", "a", "said_no")
    assert next_of(rows, a=held, b=no)["held_by"] == "global"
    over = next_of(rows, a=Judged(outcome="expired", reason="stale"), b=no)
    assert over["does"] == "nothing"
    # What has passed is not told.
    assert {name: value for name, value in over.items() if value is not None} == {
        "customer_id": "ann", "does": "nothing", "gain": 0.0,
    }  # fmt: skip


def test_who_has_no_action_gets_none_and_a_suggestion_stands() -> None:
    assert next_of([], None)["does"] == "nothing"
    suggested = {**SENT, "does": "suggested", "trigger": None}
    assert next_of([row_of("b", 9.0)], suggested) == suggested


def logged(people: int, rates: dict[str, float], best: str, floor: float) -> list[Row]:
    draw = default_rng(5)
    names = [best, *(name for name in rates if name != best)]
    rows = []
    for number in range(people):
        choice, shares = Chooser(f"d{number}", floor).best_of(names)
        answered = bool(draw.random() < rates[choice])
        rows.append({
            "placement": "home", "person": f"c{number // 2}", "choice": choice, "shares": shares, "answered": answered,
        })  # fmt: skip
    return rows


def test_a_reading_recovers_what_other_rules_would_have_brought() -> None:
    rates = {"a": 0.10, "b": 0.30, "c": 0.20}
    found = {one.rule: one for one in read_choices(logged(6000, rates, "a", 0.5))}
    for rule, truth in {"drawn": 0.5 * 0.1 + 0.5 * 0.2, "best": 0.1, "even": 0.2}.items():
        one = found[rule]
        assert one.low is not None
        assert one.high is not None
        assert one.low < truth < one.high
        assert one.high - one.low < 0.06
        assert (one.decisions, one.people) == (6000, 3000)
    # What is chosen is not the best here, and the log says so: an even choice would have brought more.
    assert (found["even"].low or 0) > (found["best"].high or 1)


def test_what_was_no_choice_tells_nothing() -> None:
    rows = logged(40, {"a": 0.5}, "a", 0.5)
    assert read_choices(rows) == []
    silent = [{**row, "answered": False} for row in logged(40, {"a": 0.5, "b": 0.5}, "a", 0.5)]
    assert {one.finding for one in read_choices(silent)} <= {"no_spread", "too_few"}

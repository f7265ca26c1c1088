"""One row per customer: what was decided before what could be, prices under their fences, and the words."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts import TABLES
from patron.contracts.next_action import NEXT_ACTIONS
from patron.decisions import next_actions
from patron.decisions.budget.possible import possible
from patron.decisions.next_action import worded

DAY = date(2025, 1, 2)

Row = dict[str, Any]


def table(name: str, rows: list[Row]) -> ir.Table:
    """Rows as a table of the run; what is not told is empty, nought or none."""
    schema = TABLES[name].schema
    zero = {"string": "", "float64": 0.0, "int64": 0, "boolean": False}
    filled = [
        {key: row.get(key, None if kind.nullable else zero.get(str(kind).lstrip("!"))) for key, kind in schema.items()}
        for row in rows
    ]
    return ibis.memtable(pa.Table.from_pylist(filled, schema=schema.to_pyarrow()))


def decision(customer: str, outcome: str, **facts: Any) -> Row:
    return {
        "customer_id": customer, "trigger": "cart", "signal": "cart_abandoned", "subject_kind": "cart", "subject": "1",
        "action": "remind", "channel": "email", "kind": "promotion", "value": 5.0, "value_low": 1.0, "value_high": 9.0,
        "cost": 0.5, "evidence": "measured", "fired_on": DAY, "expires_on": DAY, "outcome": outcome,
    } | facts  # fmt: skip


def signal(customer: str, name: str, **facts: Any) -> Row:
    return {"customer_id": customer, "signal": name, "family": "price", "subject_kind": "none", "subject": "",
            "fired_on": DAY, "fresh_until": DAY, "facts": "{}"} | facts  # fmt: skip


def effect(name: str, gain: float, **facts: Any) -> Row:
    return {
        "signal": name, "action": "discount", "channel": "email", "segmentation": "all", "segment": "all", "gain": gain,
        "gain_low": -gain, "gain_high": 3 * gain, "cost": 0.2, "evidence": "assumed",
    } | facts  # fmt: skip


def options(decisions: list[Row], signals: list[Row], effects: list[Row], reach: list[str]) -> ir.Table:
    members = [{"customer_id": name, "segmentation": "tier", "segment": "top"} for name in ("ann", "bob")]
    reachable = ibis.memtable({"customer_id": reach, "channel": ["email"] * len(reach)})
    return possible(
        table("decisions", decisions), table("signals", signals), table("memberships", members),
        table("action_effects", effects), reachable,
    )  # fmt: skip


def test_a_trigger_answers_its_signal_alone_and_a_segment_knows_better_than_everybody() -> None:
    rows = options(
        [decision("ann", "sent"), decision("bob", "held_out")],
        [signal("ann", "cart_abandoned"), signal("bob", "cart_abandoned"), signal("ann", "win_back"),
         signal("eve", "win_back"), signal("far", "win_back"), signal("bob", "price_drop", subject_kind="product",
                                                                      subject="p7")],
        [effect("cart_abandoned", 9.0), effect("win_back", 2.0), effect("price_drop", 1.0),
         effect("win_back", 4.0, segmentation="tier", segment="top"), effect("price_drop", -3.0, action="announce")],
        ["ann", "bob", "eve"],
    ).order_by("customer_id", "source", "name").to_pyarrow().to_pylist()  # fmt: skip
    told = [(row["customer_id"], row["source"], row["name"], row["value"], row["product"]) for row in rows]
    assert told == [
        ("ann", "play", "win_back", 4.0, None),
        ("ann", "trigger", "cart", 4.5, None),
        ("bob", "play", "price_drop", 1.0, "p7"),  # the held out get no play for the signal that holds them out
        ("eve", "play", "win_back", 2.0, None),
    ]
    (sent,) = [row for row in rows if row["source"] == "trigger"]
    assert (sent["low"], sent["high"], sent["cost"]) == (0.5, 8.5, 0.5)


def chosen(people: list[str], decisions: list[Row], plan: ir.Table | None = None) -> dict[str, Row]:
    plays = options(decisions, [signal("eve", "win_back")], [effect("win_back", 2.0)], ["eve"])
    offers = [
        {"level": "product", "category": "tea", "product_id": "p1", "segmentation": "all", "segment": "all",
         "price": 10.0, "status": "keep"},
        {"level": "category", "category": "tea", "product_id": "all", "segmentation": "tier", "segment": "top",
         "price": 9.0, "status": "lower", "change": -0.1},
    ]  # fmt: skip
    members = [{"customer_id": "ann", "segmentation": "tier", "segment": "top"}]
    wanted = [{"customer_id": "eve", "rank": 1, "product_id": "p1", "price": None},
              {"customer_id": "bob", "rank": 1, "product_id": "p9", "price": None}]  # fmt: skip
    wants = table("next_products", [row | {"price": 7} for row in wanted])
    found = next_actions(
        ibis.memtable({"customer_id": people}), decisions=table("decisions", decisions), options=plays, wanted=wants,
        offers=table("price_offers", offers), memberships=table("memberships", members), plan=plan,
    )  # fmt: skip
    return {row["customer_id"]: row for row in NEXT_ACTIONS.check(found).to_pyarrow().to_pylist()}


DECIDED = [
    decision("ann", "queued", trigger="later", bid=9.0, reason="outbid"),
    decision("ann", "sent", subject_kind="product", subject="p1", bid=3.5, send_on=DAY, send_at=datetime(2025, 1, 2, 9),  # noqa: DTZ001
             variant="v2", offer="free_shipping"),
    decision("bob", "refused", reason="no_consent"), decision("dan", "expired", reason="stale"),
    decision("flo", "held_out", reason="holdout", held_by="trigger:cart"),
]  # fmt: skip
EVERYBODY = ["ann", "bob", "dan", "eve", "flo", "gus"]


def test_everybody_has_one_row_and_what_was_decided_comes_first() -> None:
    rows = chosen(EVERYBODY, DECIDED)
    assert {name: row["does"] for name, row in rows.items()} == {
        "ann": "send", "bob": "refused", "dan": "nothing", "eve": "suggested", "flo": "held_out", "gus": "nothing",
    }  # fmt: skip
    ann = rows["ann"]
    assert (ann["trigger"], ann["variant"], ann["offer"], ann["gain"]) == ("cart", "v2", "free_shipping", 3.5)
    assert (ann["product"], ann["discount"], round(ann["price"], 6)) == ("p1", 0.1, 9.0)
    eve = rows["eve"]
    assert (eve["product"], eve["discount"], eve["price"], eve["gain"]) == ("p1", None, 10.0, 2.0)
    assert (rows["bob"]["gain"], rows["bob"]["price"], rows["bob"]["in_budget"]) == (0.0, 7.0, None)


def test_one_customer_alone_gets_the_same_answer() -> None:
    rows = chosen(EVERYBODY, DECIDED)
    mine = [row for row in DECIDED if row["customer_id"] == "ann"]
    assert chosen(["ann"], mine)["ann"] == rows["ann"]


def test_the_sentence_says_what_why_and_what_for() -> None:
    plan = table("budget_plan", [{"customer_id": "ann", "source": "trigger", "evidence": "measured"}])
    rows = chosen(EVERYBODY, DECIDED, plan)
    texts = {name: worded(row, currency="EUR", why="She said no.") for name, row in rows.items()}
    assert texts["ann"].startswith("Send remind by email on 2 January 2025: the trigger cart answers")
    assert "€3.50" in texts["ann"]
    assert "10% less than others pay" in texts["ann"]
    assert texts["eve"].endswith("The budget is better spent on others.")
    assert "trigger:cart" in texts["flo"]
    assert texts["gus"].startswith("Do nothing")
    assert texts["bob"] == "Do not send remind by email: She said no."

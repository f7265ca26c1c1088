"""The step `learning`: what is counted for which plan, what is learned, planned and handed on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest
import yaml

from patron.contracts import TABLES
from patron.decisions import variant_among, with_variants
from patron.decisions.learning.variant_counts import variant_counts
from patron.pipeline.learning_steps import LEARNING_STEP, MADE
from patron.pipeline.settings import Settings
from patron.pipeline.step import Handed

TODAY = date(2026, 3, 1)
SALT = "Shop"

YAML = """
name: Shop
currency: EUR
sources: {order_lines: {path: x.csv}}
triggers:
  cart: {signal: cart_abandoned, action: remind, holdout: 10%}
  browse: {signal: browse_abandoned, action: remind, holdout: 10%}
messages:
  cart:
    parts:
      headline: {short: Left behind, long: You left something behind}
      offer: {none: Nothing, ten: {text: Ten off, discount: 0.1}}
  browse:
    parts:
      headline: {short: Seen, long: You have seen something}
      offer: {none: Nothing, ten: {text: Ten off, discount: 0.1}}
"""
RATES = {"short/none": 0.05, "short/ten": 0.07, "long/none": 0.09, "long/ten": 0.16}


def of(name: str, rows: list[dict[str, Any]]) -> ir.Table:
    return ibis.memtable(pa.Table.from_pylist(rows, schema=TABLES[name].schema.to_pyarrow()))


def variant(short: str) -> str:
    headline, offer = short.split("/")
    return f"headline={headline}/offer={offer}"


def message(number: int, which: str, *, on: date, click: int | None = None, **more: Any) -> dict[str, Any]:
    sent = datetime.combine(on, datetime.min.time())
    clicked = None if click is None else sent + timedelta(days=click)
    return {
        "message_id": f"m{number}", "customer_id": f"c{number % 400}", "sent_at": sent, "channel": "email",
        "campaign": "cart", "message": "cart", "variant": which, "clicked_at": clicked, **more,
    }  # fmt: skip


def sent_out(
    count: int, *, on: date = TODAY - timedelta(days=20), first: int = 0, seed: int = 1
) -> list[dict[str, Any]]:
    rng, names = np.random.default_rng(seed), list(RATES)
    picked = rng.integers(0, 4, count)
    clicked = rng.random(count) < np.array([RATES[name] for name in names])[picked]
    return [
        message(first + number, variant(names[which]), on=on, click=1 if click else None)
        for number, (which, click) in enumerate(zip(picked.tolist(), clicked.tolist(), strict=True))
    ]


@dataclass(frozen=True)
class Given:
    """As much of a run's context as the step asks for."""

    tables: dict[str, ir.Table]
    settings: Settings
    as_of: date = TODAY
    handed: Handed | None = None

    def __getitem__(self, name: str) -> ir.Table:
        return self.tables[name]

    def of_customers(self, source: str) -> ir.Table:
        return self.tables[f"raw_{source}"]

    def known_at(self, _day: date) -> None:
        return None


def given(messages: list[dict[str, Any]], *, text: str = YAML, **more: Any) -> Given:
    ids = [f"c{number}" for number in range(400)]
    tables = {name: TABLES[name].empty() for name in LEARNING_STEP.needs}
    tables["raw_messages"] = of("raw_messages", messages)
    tables["orders"] = ibis.memtable({"customer_id": ["c1"], "ordered_at": [datetime.fromisoformat("2026-02-12")]})
    tables["memberships"] = ibis.memtable({
        "customer_id": ids, "segmentation": ["tier"] * 400,
        "segment": ["gold" if number % 4 == 0 else "silver" for number in range(400)],
    })  # fmt: skip
    tables["signal_states"] = ibis.memtable({
        "signal": ["cart_abandoned", "browse_abandoned"], "family": ["abandonment", "abandonment"],
    })  # fmt: skip
    return Given(tables, Settings.model_validate(yaml.safe_load(text)), **more)


def run(context: Given) -> dict[str, list[dict[str, Any]]]:
    made = LEARNING_STEP.function(context)  # type: ignore[arg-type]
    return {one.name: one.check(made[one.name]).to_pyarrow().to_pylist() for one in MADE}  # type: ignore[index]


def handed(tables: dict[str, list[dict[str, Any]]], *, day: date = TODAY) -> Handed:
    nothing = TABLES["firings"].empty()
    return Handed(
        run_id="one", as_of=day, firings=nothing, triggers=TABLES["triggers"].empty(),
        learning=of("learning", tables["learning"]), plans=of("variant_plan", tables["variant_plan"]),
    )  # fmt: skip


@pytest.fixture(scope="module")
def learned() -> dict[str, list[dict[str, Any]]]:
    return run(given(sent_out(4_000)))


def test_a_trigger_learns_from_its_messages(learned: dict[str, list[dict[str, Any]]]) -> None:
    row = next(row for row in learned["learning"] if row["trigger"] == "cart")
    assert (row["state"], row["sends"], row["iteration"]) == ("learned", 4_000, 1)
    assert row["best"] == '{"headline": "long", "offer": "ten"}'
    assert row["share_had"] > 0.9
    best = next(row for row in learned["learning_variants"] if row["trigger"] == "cart" and row["recommended"])
    assert best["variant"] == variant("long/ten")
    assert best["low"] < 0.16 < best["high"]
    options = {(row["part"], row["option"]): row for row in learned["learning_options"] if row["trigger"] == "cart"}
    long = options["headline", "long"]
    assert long["read_low"] < 0.125 < long["read_high"]  # sent evenly before there was a plan: so it may be read
    assert sum(row["sends"] for row in options.values()) == 2 * 4_000


def test_a_trigger_without_messages_expects_what_the_other_has_seen(learned: dict[str, list[dict[str, Any]]]) -> None:
    row = next(row for row in learned["learning"] if row["trigger"] == "browse")
    assert (row["state"], row["sends"], row["reason"]) == ("nothing_sent", 0, "begin")
    expected = {row["option"]: row for row in learned["learning_options"] if row["trigger"] == "browse"}
    assert expected["long"]["expected"] > 0.05 > -0.05 > expected["short"]["expected"]
    assert expected["long"]["past_triggers"] == 1
    own = {row["option"]: row["expected"] for row in learned["learning_options"] if row["trigger"] == "cart"}
    assert set(own.values()) == {0.0}  # nobody has told it anything: what it taught does not come back to it


def test_a_plan_stands_until_its_days_are_over_and_earlier_ones_are_kept() -> None:
    first = run(given(sent_out(2_000)))
    later = TODAY + timedelta(days=3)
    same = run(given(sent_out(2_000), as_of=later, handed=handed(first)))
    shares = [(row["trigger"], row["variant"], row["share"]) for row in first["variant_plan"] if row["standing"]]
    assert [(row["trigger"], row["variant"], row["share"]) for row in same["variant_plan"] if row["standing"]] == shares
    after = TODAY + timedelta(days=14)
    more = sent_out(2_000) + sent_out(1_000, on=TODAY + timedelta(days=2), first=9_000, seed=2)
    new = run(given(more, as_of=after, handed=handed(first)))
    rows = [row for row in new["variant_plan"] if row["trigger"] == "cart"]
    sends = {number: sum(row["sends"] for row in rows if row["iteration"] == number) for number in (0, 1, 2)}
    assert sends == {0: 2_000, 1: 1_000, 2: 0}
    assert {row["iteration"] for row in rows if row["standing"]} == {2}
    assert sorted(row["iteration"] for row in new["learning"] if row["trigger"] == "cart") == [1, 2]
    assert [row["sends"] for row in new["learning"] if row["trigger"] == "cart" and row["iteration"] == 1] == [2_000]


def test_what_was_not_known_on_the_day_changes_nothing() -> None:
    """No leak: messages too young to be answered, answers that came too late, and what came back."""
    known = sent_out(1_000)
    late = [
        message(5_000, variant("short/none"), on=TODAY - timedelta(days=6), click=1),
        message(
            5_001, variant("short/none"), on=TODAY - timedelta(days=20), bounced_at=datetime.fromisoformat("2026-02-10")
        ),
        message(5_002, "B", on=TODAY - timedelta(days=20), click=1),
        message(5_003, variant("short/none"), on=TODAY - timedelta(days=20), click=1, campaign="newsletter"),
    ]
    assert run(given(known + late)) == run(given(known))
    slow = [message(5_004, variant("short/none"), on=TODAY - timedelta(days=20), click=8)]
    row, with_slow = (run(given(rows))["learning"][0] for rows in (known, known + slow))
    assert with_slow["sends"] == row["sends"] + 1
    assert with_slow["responses"] == row["responses"]


def test_orders_can_be_the_answer() -> None:
    text = YAML + "learning: {response: order, within: 5d}\n"
    day = date(2026, 2, 9)
    messages = [message(number, variant("long/ten"), on=day) for number in range(400)]
    row = run(given(messages, text=text))["learning"][0]
    assert (row["sends"], row["responses"]) == (400, 1)


def test_segments_have_plans_of_their_own() -> None:
    text = YAML + "learning: {segmentation: tier}\n"
    made = run(given(sent_out(2_000), text=text))
    plans = [row for row in made["variant_plan"] if row["trigger"] == "cart" and row["standing"]]
    assert {row["segment"] for row in plans} == {"gold", "silver", "other"}
    for segment in ("gold", "silver", "other"):
        assert sum(row["share"] for row in plans if row["segment"] == segment) == pytest.approx(1.0)
    sends = {row["segment"]: 0 for row in plans}
    for row in made["learning_variants"]:
        sends[row["segment"]] += row["sends"]
    assert sends == {"gold": 500, "silver": 1_500, "other": 0}


def test_a_discount_that_eats_the_margin_is_not_learned_to_be_best() -> None:
    context = given(sent_out(4_000))
    taken = {"customer_id": ["c1"], "day": [TODAY], "net_revenue": ["100"], "margin": ["15"]}
    takings = ibis.memtable(taken).cast({"net_revenue": "decimal(18,2)", "margin": "decimal(18,2)"})
    context.tables["takings"] = takings
    row = run(context)["learning"][0]
    assert row["best"] == '{"headline": "long", "offer": "none"}'  # ten off fifteen leaves a third


def test_uneven_sends_of_unknown_chances_are_learned_from_and_not_read() -> None:
    favoured = [message(number, variant("long/ten"), on=TODAY - timedelta(days=20)) for number in range(9_000, 12_000)]
    made = run(given(sent_out(1_000) + favoured))
    cart = [row for row in made["learning_options"] if row["trigger"] == "cart"]
    assert {row["read_rate"] for row in cart} == {None}
    assert {row["share"] for row in made["variant_plan"] if row["iteration"] == 0} == {None}


def test_no_messages_no_rows_and_one_message_says_so() -> None:
    bare = yaml.safe_load(YAML)
    bare.pop("messages")
    assert run(given([], text=yaml.safe_dump(bare))) == {one.name: [] for one in MADE}
    bare["messages"] = {"cart": {"parts": {"headline": {"short": "Left behind"}}}}
    rows = run(given([], text=yaml.safe_dump(bare)))
    assert [row["state"] for row in rows["learning"]] == ["one_message"]


def test_customers_are_drawn_into_variants_as_planned(learned: dict[str, list[dict[str, Any]]]) -> None:
    plan = of("variant_plan", learned["variant_plan"])
    ids = [f"c{number}" for number in range(20_000)]
    chosen = ibis.memtable({
        "customer_id": [*ids, "c1"], "trigger": ["cart"] * 20_000 + ["other"], "bid": list(range(20_001)),
    })  # fmt: skip
    rows = with_variants(chosen, plan, salt=SALT).order_by("bid").to_pyarrow().to_pylist()
    assert len(rows) == 20_001
    assert rows[-1]["variant"] is None
    standing = [row for row in learned["variant_plan"] if row["standing"] and row["trigger"] == "cart"]
    for row in standing:
        many = sum(one["variant"] == row["variant"] for one in rows)
        assert abs(many / 20_000 - row["share"]) < 5 * np.sqrt(row["share"] / 20_000)
    shares = {row["variant"]: row["share"] for row in sorted(standing, key=lambda row: row["place"])}
    for one in rows[:50]:
        assert one["variant"] == variant_among(
            one["customer_id"], trigger="cart", iteration=1, shares=shares, salt=SALT
        )  # fmt: skip
        assert one["variant_propensity"] == shares[one["variant"]]


def test_counts_go_to_the_plan_that_they_were_sent_by() -> None:
    day = date(2026, 2, 1)
    messages = of("raw_messages", [
        message(1, "a", on=day), message(2, "a", on=day + timedelta(days=1), click=0),
        message(3, "a", on=day + timedelta(days=8), click=3), message(4, "b", on=day + timedelta(days=8), click=4),
    ])  # fmt: skip
    counted = variant_counts(
        messages, TABLES["orders"].empty(), plans={"cart": [(1, day), (2, day + timedelta(days=7))]},
        as_of=TODAY, within_days=3,
    )  # fmt: skip
    rows = counted.order_by("iteration", "variant").to_pyarrow().to_pylist()
    assert [(row["iteration"], row["variant"], row["sends"], row["responses"]) for row in rows] == [
        (0, "a", 1, 0), (1, "a", 1, 1), (2, "a", 1, 1), (2, "b", 1, 0),
    ]  # fmt: skip


def test_steps_of_sequences_are_told_apart() -> None:
    rows = [
        message(1, "a", on=date(2026, 2, 1), campaign="welcome", message="hello"),
        message(2, "a", on=date(2026, 2, 1), campaign="welcome", message="again"),
    ]
    counted = variant_counts(
        of("raw_messages", rows), TABLES["orders"].empty(), plans={"welcome/hello": []}, as_of=TODAY, within_days=3
    )  # fmt: skip
    assert [row["trigger"] for row in counted.to_pyarrow().to_pylist()] == ["welcome/hello"]

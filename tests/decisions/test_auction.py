"""The auction: the best wins, budgets hold whatever came before, what is owed passes, and the same comes out again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest
from decision_rows import DAY, contacts_of, found, messages
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts import TABLES
from patron.decisions import Auction, ContactBudget, Fatigue, auction, eligible
from patron.errors import ArgumentError, ContractError

Row = dict[str, Any]
FRESH = {"email": Fatigue(channel="email", unsubscribe=0.0, habituation=0.0)}


def held(rows: ir.Table, **more: Any) -> Auction:
    asked: dict[str, Any] = {"contact_budget": 1, "as_of": DAY, "fatigue": FRESH, "reserve": False, **more}
    return auction(rows, **asked)


def outcomes(made: Auction) -> Mapping[tuple[str, str], tuple[str, str | None]]:
    return {key: (row["outcome"], row["reason"]) for key, row in found(made.decisions).items()}


def of(who: str, **values: float) -> list[Row]:
    return [{"customer_id": who, "trigger": name, "value": value, "cost": 0.0} for name, value in values.items()]


def test_the_best_wins_the_rest_waits_with_its_reason_and_what_it_lost_by() -> None:
    rows = [
        *of("ann", cart=5.0, review=1.0, gift=4.0), *of("bob", cart=2.0), *of("eve", cart=2.0, news=3.0),
        {**of("ann", tip=2.0)[0], "channel": "sms"}, *of("zoe", cart=-1.0),
    ]  # fmt: skip
    budget = ContactBudget(most=2, per_channel={"sms": 0})
    sent = contacts_of(("bob", DAY), ("bob", DAY - timedelta(days=5)), ("eve", DAY), ("ann", DAY - timedelta(days=7)))
    tired = {**FRESH, "sms": FRESH["email"]}
    made = held(messages(*rows), contact_budget=budget, contacts=sent, fatigue=tired)
    assert outcomes(made) == {
        ("ann", "cart"): ("sent", None), ("ann", "gift"): ("sent", None), ("ann", "review"): ("queued", "outbid"),
        ("ann", "tip"): ("queued", "channel_budget"), ("bob", "cart"): ("queued", "contact_budget"),
        ("eve", "news"): ("sent", None), ("eve", "cart"): ("queued", "outbid"), ("zoe", "cart"): ("queued", "price"),
    }  # fmt: skip
    for name in ("decisions", "attention", "attention_prices", "fatigue"):
        kept = {"attention_prices": "shadow_prices"}.get(name, name)
        TABLES[name].check(getattr(made, kept))
    by_name = {(row["part"], row["name"]): row for row in made.displaced.to_pyarrow().to_pylist()}
    # Without the cart or the gift, the review would have been sent; without the news, eve's cart.
    assert (by_name["trigger", "cart"]["displaced"], by_name["trigger", "cart"]["displaced_value"]) == (1, 1.0)
    assert (by_name["trigger", "gift"]["displaced"], by_name["trigger", "gift"]["displaced_value"]) == (1, 1.0)
    assert by_name["trigger", "news"]["displaced_value"] == 2.0
    # Each of bob's two earlier messages keeps his cart from being sent.
    assert (by_name["sent_before", "news"]["sent"], by_name["sent_before", "news"]["displaced"]) == (3, 1)
    assert by_name["sent_before", "news"]["displaced_value"] == 2.0


def test_of_one_group_one_is_sent_and_of_one_channel_as_many_as_it_may() -> None:
    group = [{**row, "exclusive": "loyal"} for row in of("ann", gift=3.0, thanks=5.0)]
    texts = [{**row, "channel": "sms"} for row in of("ann", s1=4.0, s2=6.0)]
    budget = ContactBudget(most=9, per_channel={"sms": 1})
    made = held(
        messages(*group, *texts, *of("ann", cart=1.0)), contact_budget=budget, fatigue={**FRESH, "sms": FRESH["email"]}
    )
    assert outcomes(made) == {
        ("ann", "thanks"): ("sent", None), ("ann", "gift"): ("queued", "group_today"), ("ann", "s2"): ("sent", None),
        ("ann", "s1"): ("queued", "channel_budget"), ("ann", "cart"): ("sent", None),
    }  # fmt: skip


def test_what_is_owed_is_sent_whatever_it_brings_and_uses_up_nothing() -> None:
    owed = [{**row, "kind": kind} for kind in ("transactional", "legal") for row in of("ann", **{kind: -1.0})]
    made = held(messages(*owed, *of("ann", cart=1.0)), contacts=contacts_of(("eve", DAY)))
    assert {outcome for outcome, _ in outcomes(made).values()} == {"sent"}
    rows = found(made.decisions)
    assert [rows["ann", name]["bid"] for name in ("transactional", "legal")] == [None, None]


def test_service_needs_no_margin_but_ranks_behind_what_brings_more() -> None:
    help_ = [{**row, "kind": "service"} for who in ("ann", "bob") for row in of(who, help=0.0)]
    made = held(messages(*help_, *of("ann", cart=1.0)), reserve=True)
    assert outcomes(made) == {
        ("ann", "cart"): ("sent", None), ("ann", "help"): ("queued", "outbid"), ("bob", "help"): ("sent", None),
    }  # fmt: skip


def test_what_eligibility_refused_stays_refused_and_does_not_bid() -> None:
    rows = [*of("ann", cart=5.0, review=3.0)]
    rows[0]["capped"] = "every"
    made = held(eligible(messages(*rows), as_of=DAY))
    assert outcomes(made) == {("ann", "cart"): ("refused", "capped"), ("ann", "review"): ("sent", None)}
    assert found(made.decisions)["ann", "cart"]["bid"] is None


def test_a_contact_is_kept_for_what_brings_more() -> None:
    often = [{**row, "fired_on": DAY, "expires_on": DAY} for number in range(40) for row in of(f"c{number}", big=9.0)]
    often += [
        {**row, "fired_on": DAY, "expires_on": DAY} for number in range(40) for row in of(f"d{number}", small=0.1)
    ]
    made = held(messages(*often), reserve=True)
    rows = found(made.decisions)
    assert {row["reason"] for (_, name), row in rows.items() if name == "small"} == {"price"}
    assert {row["outcome"] for (_, name), row in rows.items() if name == "big"} == {"sent"}
    price = made.shadow_prices.to_pyarrow().to_pylist()[0]["price"]
    assert 0.1 < price < 9.0
    assert rows["d0", "small"]["price"] == pytest.approx(price)
    assert {outcome for outcome, _ in outcomes(held(messages(*often))).values()} == {"sent"}


def test_a_level_of_customers_has_prices_of_its_own() -> None:
    rows = [row for number in range(20) for row in of(f"rich{number}", big=50.0) + of(f"poor{number}", big=1.0)]
    levels = ibis.memtable(
        {"customer_id": [f"{kind}{number}" for kind in ("poor", "rich") for number in range(20)],
         "level": [1] * 20 + [2] * 20}
    )  # fmt: skip
    one, two = (
        held(messages(*rows), levels=levels, reserve=True).shadow_prices.order_by("level").to_pyarrow().to_pylist()
    )
    assert two["price"] == pytest.approx(50 * one["price"])
    assert (one["customers"], one["contacts"], one["window_days"]) == (20, 1, 7)


def test_fatigue_lowers_the_bid_of_whoever_had_much_and_of_every_further_message() -> None:
    tired = {"email": Fatigue(channel="email", unsubscribe=0.01, growth=1.5, habituation=0.2)}
    rows = [row for who in ("ann", "bob") for row in of(who, a=4.0, b=4.0)]
    sent = contacts_of(("bob", DAY), ("bob", DAY - timedelta(days=1)))
    rows_of = found(held(messages(*rows), contact_budget=5, contacts=sent, fatigue=tired).decisions)
    first, second = rows_of["ann", "a"], rows_of["ann", "b"]
    assert first["fatigue_cost"] > 0
    assert first["bid"] == pytest.approx(4.0 - first["fatigue_cost"])
    assert second["bid"] == pytest.approx(4.0 * 0.8 - second["fatigue_cost"])
    assert rows_of["bob", "a"]["bid"] == pytest.approx(4.0 * 0.8**2 - rows_of["bob", "a"]["fatigue_cost"])
    assert rows_of["bob", "a"]["fatigue_cost"] > second["fatigue_cost"] > first["fatigue_cost"]


def test_equal_bids_and_shuffled_rows_give_the_same_decisions() -> None:
    rows = [row for number in range(30) for row in of(f"c{number}", a=1.0, b=1.0, c=1.0)]
    rows = [{**row, "expires_on": DAY + timedelta(days=1)} if row["trigger"] == "b" else row for row in rows]
    first = found(held(messages(*rows), reserve=True, contact_budget=2).decisions)
    order = np.random.default_rng(3).permutation(len(rows)).tolist()
    assert found(held(messages(*(rows[place] for place in order)), reserve=True, contact_budget=2).decisions) == first
    sent = {name for (_, name), row in first.items() if row["outcome"] == "sent"}
    assert "b" in sent  # it expires first
    assert "c" not in sent


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000), most=st.integers(0, 4), window=st.integers(1, 10), texts=st.integers(0, 2))
def test_no_history_makes_it_exceed_a_budget(seed: int, most: int, window: int, texts: int) -> None:
    rng = np.random.default_rng(seed)
    people = [f"c{number}" for number in range(60)]
    budget = ContactBudget(most=most, window_days=window, per_channel={"sms": texts})
    history = [
        (who, DAY + timedelta(days=int(rng.integers(-12, 4))), "any", str(rng.choice(["email", "sms", "post"])))
        for who in people
        for _ in range(int(rng.integers(0, 5)))
    ]
    rows = [
        {
            "customer_id": who, "trigger": f"t{place}", "value": float(rng.gamma(1, 3)),
            "channel": str(rng.choice(["email", "sms"])), "exclusive": rng.choice([None, "one", "two"]),
        }
        for who in people
        for place in range(int(rng.integers(0, 7)))
    ]  # fmt: skip
    made = held(
        messages(*rows), contact_budget=budget, contacts=contacts_of(*history), reserve=bool(seed % 2),
        fatigue={**FRESH, "sms": FRESH["email"]},
    )  # fmt: skip
    tomorrow = DAY + timedelta(days=1)
    since = tomorrow - timedelta(days=window)
    before = Counter((who, by) for who, on, _, by in history if on > since)
    chosen = made.chosen.to_pyarrow().to_pylist()
    for who in people:
        own = [row for row in chosen if row["customer_id"] == who]
        used = sum(many for (one, _), many in before.items() if one == who)
        assert len(own) <= max(most - used, 0)
        assert sum(row["channel"] == "sms" for row in own) <= max(texts - before[who, "sms"], 0)
        assert max(Counter(row["exclusive"] for row in own if row["exclusive"]).values(), default=1) == 1
        if not own and used < most:  # whoever has contacts left and something that pays by e-mail gets something
            assert not [row for row in rows if row["customer_id"] == who and row["channel"] == "email"] or seed % 2


@pytest.mark.slow
def test_day_after_day_no_window_holds_more_than_the_budget() -> None:
    rng = np.random.default_rng(8)
    budget = ContactBudget(most=2, window_days=5, per_channel={"sms": 1})
    log: list[tuple[str, date, str, str]] = []
    for day in range(20):
        today = DAY + timedelta(days=day)
        rows = [
            {"customer_id": f"c{who}", "trigger": f"t{place}", "value": float(rng.gamma(1, 3)), "fired_on": today,
             "channel": str(rng.choice(["email", "sms"])), "expires_on": today + timedelta(days=3)}
            for who in range(40) for place in range(int(rng.integers(0, 4)))
        ]  # fmt: skip
        made = auction(
            messages(*rows), contact_budget=budget, as_of=today, contacts=contacts_of(*log) if log else None
        )  # fmt: skip
        sent = made.chosen.select("customer_id", "send_on", "trigger", "channel").to_pyarrow().to_pylist()
        log += [(row["customer_id"], row["send_on"], row["trigger"], row["channel"]) for row in sent]
    for end in range(25):
        last = DAY + timedelta(days=end)
        window = [row for row in log if last - timedelta(days=5) < row[1] <= last]
        assert max(Counter(who for who, *_ in window).values(), default=0) <= 2
        assert max(Counter(who for who, _, _, by in window if by == "sms").values(), default=0) <= 1
    assert len(log) > 200


def test_a_budget_that_cannot_be_and_a_missing_column_are_refused() -> None:
    for wrong in (-1, True):
        with pytest.raises(ArgumentError, match="most"):
            auction(messages(*of("ann", cart=1.0)), contact_budget=wrong, as_of=DAY)
    with pytest.raises(ArgumentError, match="window_days"):
        ContactBudget(window_days=0)
    with pytest.raises(ContractError, match="cost"):
        auction(messages(*of("ann", cart=1.0)).drop("cost"), contact_budget=1, as_of=DAY)


def test_nobody_to_write_to_gives_empty_tables() -> None:
    made = held(messages(), contacts=contacts_of(("ann", DAY)))
    assert not made.decisions.count().to_pyarrow().as_py()
    assert not made.shadow_prices.count().to_pyarrow().as_py()
    assert isinstance(made.attention.to_pyarrow(), pa.Table)

"""What customers cost and are worth by channel: by hand, adding up, whatever comes later, and where spend is wrong."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from channel_shop import ChannelShop, cents, of
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from kpis_shop import Order, read_orders

FIRST, LAST = date(2024, 1, 1), date(2024, 12, 31)


def steady(*, days: int = 300) -> list[Order]:
    """Orders of a customer a day, so that nobody looks as if she had bought before the data begin."""
    return [Order(f"s{day:03d}", FIRST + timedelta(days=day), Decimal("10.00"), cost=Decimal("4.00"))
            for day in range(days)]  # fmt: skip


BY_HAND = read_orders("""
    customer day         revenue returns cost
    ann      2024-02-03  30.00   0       10.00
    ann      2024-02-20  30.00   0       10.00
    bob      2024-02-10  50.00   10.00   10.00
    cat      2024-02-11  25.00   0       5.00
    cat      2024-11-30  25.00   0       5.00
    dan      2024-03-05  10.00   0       4.00
""")
SHOP = ChannelShop(
    orders=[*BY_HAND, *steady()], as_of=LAST,
    origins={"ann": "search", "bob": "search", "dan": "social"} | {f"s{day:03d}": "walk in" for day in range(150)},
    values={"ann": 12.5, "bob": 7.25, "cat": 3.0, "dan": 1.0},
    segments={"ann": "gold", "bob": "basic", "cat": "gold", "dan": "basic"},
    credits={2: {"email": 0.7, "social": 0.3}, 3: {"email": 0.7, "social": 0.3}, 5: {"none": 1.0}},
    spend=[(date(2024, 2, 1), "search", "60.00"), (date(2024, 2, 29), "social", "8.00"),
           (date(2024, 3, 1), "social", "20.00"), (date(2024, 3, 9), "display", "9.99")],
)  # fmt: skip


@pytest.fixture(scope="module")
def made() -> list[dict[str, Any]]:
    return SHOP.acquisition()


def test_a_cohort_by_hand(made: list[dict[str, Any]]) -> None:
    found = made
    search = of(found, channel="search", cohort="2024-02")
    assert (search["won"], search["people"], search["known_by"]) == (2.0, 2, "told")
    assert search["spend"] == Decimal("60.00")
    assert search["cac"] == 30.0
    assert search["margin"] == Decimal("40.00") + Decimal("30.00")  # ann, and bob less what came back
    assert search["predicted"] == Decimal("19.75")
    assert search["ltv"] == pytest.approx(89.75 / 2)
    assert search["ltv_cac"] == pytest.approx(89.75 / 60)
    assert (search["watched"], search["return_rate"]) == (2.0, 0.5)  # ann came back within 90 days
    # cat's record names nothing: her touches share her out
    email, social = (of(found, channel=name, cohort="2024-02") for name in ("email", "social"))
    assert (email["won"], email["known_by"], email["status"], email["cac"]) == (0.7, "credited", "no_spend", None)
    assert social["won"] == pytest.approx(0.3)
    assert email["margin"] + social["margin"] == Decimal("40.00")
    assert email["margin"] == Decimal("28.00")
    assert of(found, channel="social")["spend"] == Decimal("28.00")
    assert of(found, channel="social")["won"] == pytest.approx(1.3)


def test_intervals_lie_around_their_figures(made: list[dict[str, Any]]) -> None:
    for row in made:
        for name in ("cac", "ltv", "ltv_cac", "return"):
            middle = row["return_rate" if name == "return" else name]
            if middle is not None:
                assert row[f"{name}_low"] <= middle <= row[f"{name}_high"], (name, row)


def test_money_for_nobody_has_a_lower_end_only(made: list[dict[str, Any]]) -> None:
    display = of(made, channel="display")
    assert (display["won"], display["status"], display["cac"], display["cac_high"]) == (0.0, "nobody_won", None, None)
    assert display["cac_low"] == pytest.approx(9.99 / 3.689, rel=1e-3)  # 0 came; 3.7 may have been expected
    assert display["ltv"] is None
    assert display["ltv_cac"] is None


def test_credit_notes_above_the_bills_leave_no_cost() -> None:
    wrong = ChannelShop(orders=SHOP.orders, as_of=LAST, origins=SHOP.origins, spend=[
        (date(2024, 2, 1), "search", "5.00"), (date(2024, 2, 2), "search", "-9.00"), (date(2024, 3, 1), "social", "0"),
    ])  # fmt: skip
    told = wrong.acquisition()
    search, social = (of(told, channel=name) for name in ("search", "social"))
    assert (search["spend"], search["status"], search["cac"], search["ltv_cac"]) == (
        Decimal("-4.00"), "negative_spend", None, None,
    )  # fmt: skip
    assert (social["status"], social["cac"]) == ("nothing_spent", None)
    assert of(told, channel="walk in")["status"] == "no_spend"
    whole = of(told, channel="all")
    assert (whole["status"], whole["cac"]) == ("negative_spend", None)


def test_segments_share_the_cost_of_their_cohort_evenly(made: list[dict[str, Any]]) -> None:
    parts = [of(made, channel="search", cohort="2024-02", segmentation="tier", segment=name)
             for name in ("gold", "basic")]  # fmt: skip
    assert [part["spend"] for part in parts] == [Decimal("30.00"), Decimal("30.00")]
    assert [part["payback_days"] for part in parts] == [None, None]


def test_nothing_of_a_later_day_is_used() -> None:
    day = date(2024, 10, 31)
    later = [Order("ann", date(2024, 11, 1), Decimal("99.00")), Order("new", date(2024, 11, 2), Decimal("1.00"))]
    credited = SHOP.credits | {len(SHOP.orders) + 1: {"email": 1.0}}
    spent = [*SHOP.spend, (date(2024, 11, 3), "search", "70.00")]
    more = ChannelShop(
        orders=[*SHOP.orders, *later], as_of=day, origins=SHOP.origins, values=SHOP.values, segments=SHOP.segments,
        credits=credited, spend=spent,
    )  # fmt: skip
    kept = [order for order in SHOP.orders if order.day <= day]
    cut = ChannelShop(
        orders=kept, as_of=day, origins=SHOP.origins, values=SHOP.values, segments=SHOP.segments,
        credits={2: SHOP.credits[2], 3: SHOP.credits[3], 4: SHOP.credits[5]}, spend=SHOP.spend,
    )  # fmt: skip
    assert [order.customer for order in kept[:4]] == ["ann", "ann", "bob", "cat"]
    assert kept[4].customer == "dan"
    for name in ("acquisition", "channels"):
        theirs = {key: row for key, row in _by_key(getattr(more, name)()).items() if "new" not in key}
        assert theirs == _by_key(getattr(cut, name)()), name


def _by_key(found: list[dict[str, object]]) -> dict[tuple[object, ...], dict[str, object]]:
    names = ("channel", "cohort", "period", "began_with", "item", "month", "segmentation", "segment")
    return {tuple(row[name] for name in names if name in row): row for row in found}


def shared(parts: tuple[int, ...]) -> dict[str, float]:
    return {name: part / sum(parts) for name, part in zip(("email", "search", "social"), parts, strict=True)}


shops = st.builds(
    lambda made, told, parts, spend: ChannelShop(
        orders=[
            *(Order(f"c{who}", FIRST + timedelta(days=40 + day), cents(money / 100)) for who, day, money in made),
            *steady(days=60),
        ],
        as_of=LAST,
        origins={f"c{who}": channel for who, channel in told.items()},
        values={f"c{who}": 3.337 * who for who in range(6)},
        segments={f"c{who}": "odd" if who % 2 else "even" for who in range(6)},
        credits={place: shared(one) for place, one in enumerate(parts[: len(made)])},
        spend=[(FIRST + timedelta(days=day), channel, str(Decimal(money).scaleb(-2))) for day, channel, money in spend],
    ),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 200), st.integers(1, 90_000_000)), min_size=1, max_size=12),
    st.dictionaries(st.integers(0, 5), st.sampled_from(["email", "search", "organic"]), max_size=4),
    st.lists(st.tuples(*[st.integers(1, 7)] * 3), min_size=12, max_size=12),
    st.lists(st.tuples(st.integers(0, 200), st.sampled_from(["search", "social"]), st.integers(0, 50_000)), max_size=6),
)  # fmt: skip


@settings(max_examples=4, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # shrinking takes minutes
@given(shops)
def test_everything_adds_up_to_the_cent(shop: ChannelShop) -> None:
    found = shop.acquisition()
    sums: dict[tuple[str, str, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in found:
        if row["channel"] != "all":
            for name in ("margin", "predicted", "spend"):
                sums[row["cohort"], row["segmentation"], row["segment"]][name] += row[name] or 0
            sums[row["cohort"], row["segmentation"], row["segment"]]["won"] += Decimal(str(row["won"]))
    for (cohort, segmentation, segment), parts in sums.items():
        whole = of(found, channel="all", cohort=cohort, segmentation=segmentation, segment=segment)
        assert whole["margin"] == parts["margin"]
        assert whole["predicted"] == parts["predicted"]
        assert float(parts["won"]) == pytest.approx(whole["won"], abs=1e-9)
        if segmentation == "all":
            assert (whole["spend"] or 0) == parts["spend"]
    whole = of(found, channel="all")
    cohorts = [
        row for row in found if row["channel"] == "all" and row["segmentation"] == "all" and row["cohort"] != "all"
    ]
    assert whole["margin"] == sum(row["margin"] for row in cohorts)
    assert whole["won"] == len(shop.customers)

"""From money to customers by channel and period: by hand, what is not told, and how an effect is known."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from channel_shop import ChannelShop, Row, of
from kpis_shop import read_orders, table

from patron.contracts.raw_mix import RAW_MIX_MODEL
from patron.contracts.touch import ATTRIBUTION
from patron.kpis.channel_causes import Caused, incremental, measured, modelled
from patron.kpis.periods import Period

# Two halves: 1 January to 9 April, and 10 April to 18 July.
ORDERS = read_orders("""
    customer day         revenue cost
    ann      2024-01-01  20.00   5.00
    bob      2024-01-20  20.00   5.00
    cat      2024-02-01  20.00   5.00
    ann      2024-04-20  40.00   10.00
    ann      2024-05-02  40.00   10.00
    bob      2024-05-03  10.00   5.00
    dan      2024-06-01  30.00   10.00
    eve      2024-07-18  10.00   0.00
""")
LATE = {3: {"email": 1.0}, 4: {"search": 1.0}, 5: {"search": 0.5, "email": 0.5}, 6: {"search": 1.0}, 7: {"none": 1.0}}
EARLY = {0: {"none": 1.0}, 1: {"none": 1.0}, 2: {"none": 1.0}}
SHOP = ChannelShop(
    orders=ORDERS, as_of=date(2024, 7, 18), credits=EARLY | LATE,
    segments={"ann": "gold", "bob": "basic", "dan": "gold"},
    values={"dan": 5.0}, spend=[(date(2024, 5, 1), "search", "30.00"), (date(2024, 3, 1), "search", "11.00"),
                                (date(2024, 5, 1), "display", "9.00")],
)  # fmt: skip


@pytest.fixture(scope="module")
def found() -> list[Row]:
    return SHOP.channels()


def test_the_latest_period_by_hand(found: list[Row]) -> None:
    search, email, whole = (of(found, channel=name, period="latest") for name in ("search", "email", "all"))
    assert (search["from_day"], search["to_day"]) == (date(2024, 4, 10), date(2024, 7, 18))
    assert search["spend"] == Decimal("30.00")
    assert search["won"] == 1.0  # dan
    assert search["kept"] == pytest.approx(0.5 + 0.5)  # half of ann's two orders, half of bob's one
    assert search["grown"] == pytest.approx(0.5)  # ann brought 60 after 15; bob 5 after 15
    assert search["orders"] == pytest.approx(2.5)
    assert search["revenue"] == Decimal("40.00") + Decimal("5.00") + Decimal("30.00")
    assert search["margin"] == Decimal("30.00") + Decimal("2.50") + Decimal("20.00")
    assert search["roas"] == pytest.approx(75 / 30)
    assert search["roi"] == pytest.approx(52.5 / 30 - 1)
    assert search["evidence"] == "assumed"
    assert (search["cac"], search["ltv_cac"]) == (30.0, pytest.approx(25 / 30))
    assert (email["spend"], email["status"], email["roas"], email["evidence"]) == (None, "no_spend", None, None)
    assert (whole["kept"], whole["grown"], whole["won"]) == (2.0, 1.0, 2.0)
    assert whole["margin"] == Decimal("30.00") * 2 + Decimal("5.00") + Decimal("20.00") + Decimal("10.00")
    assert of(found, channel="search", period="2024-03")["spend"] == Decimal("11.00")
    assert of(found, channel="search", period="2024-05")["grown"] is None


def test_channels_of_a_period_add_up(found: list[Row]) -> None:
    for row in (row for row in found if row["channel"] == "all"):
        parts = [one for one in found if one["channel"] != "all" and all(
            one[name] == row[name] for name in ("period", "segmentation", "segment"))]  # fmt: skip
        for name in ("revenue", "margin"):
            assert sum(one[name] or 0 for one in parts) == (row[name] or 0)
        for name in ("orders", "won", "kept"):
            assert sum(one[name] or 0 for one in parts) == pytest.approx(row[name] or 0)


def test_a_channel_without_a_touch_has_no_nought(found: list[Row]) -> None:
    display = of(found, channel="display", period="latest")
    assert display["credit_status"] == "no_touch"
    assert display["status"] == "nobody_won"
    assert {display[name] for name in ("orders", "revenue", "margin", "roas", "roi", "incremental_roi")} == {None}


def test_periods_before_the_first_touch_are_not_credited() -> None:
    late = ChannelShop(orders=ORDERS, as_of=SHOP.as_of, credits=LATE, spend=SHOP.spend)
    found = late.channels()
    assert of(found, channel="search", period="2024-03")["credit_status"] == "too_early"
    assert of(found, channel="search", period="2024-03")["margin"] is None
    latest = of(found, channel="search", period="latest")
    assert (latest["from_day"], latest["credit_status"]) == (date(2024, 4, 20), "credited")


def test_without_touches_cost_and_customers_are_told() -> None:
    none = ChannelShop(orders=ORDERS, as_of=SHOP.as_of, origins={"dan": "search"}, spend=SHOP.spend)
    latest = of(none.channels(), channel="search", period="latest")
    assert (latest["won"], latest["cac"], latest["margin"], latest["credit_status"]) == (1.0, 30.0, None, "no_touch")


def test_how_an_effect_is_known() -> None:
    half = Caused(ratio=0.5, low=0.2, high=0.9, evidence="measured")
    mix = Caused(ratio=1.5, low=1.0, high=2.0, evidence="modelled", of_credit=False)
    found = SHOP.channels(caused={"search": half, "display": mix})
    search, display = (of(found, channel=name, period="latest") for name in ("search", "display"))
    assert search["incremental_roi"] == pytest.approx(0.5 * 52.5 / 30 - 1)
    assert search["incremental_low"] == pytest.approx(0.2 * 52.5 / 30 - 1)
    assert search["evidence"] == "measured"
    assert (display["incremental_roi"], display["evidence"]) == (0.5, "modelled")  # a mix model needs no touch
    assert of(found, channel="display", period="2024-05")["evidence"] is None
    # what an experiment found to lose money keeps its order
    assert (
        incremental(10.0, 1_000, Caused(ratio=-1.0, low=-2.0, high=0.5, evidence="measured"))["incremental_low"] == -3
    )


def test_ratios_come_from_the_calibrated_model() -> None:
    common = {"segmentation": "all", "segment": "all", "channel": "search", "ratio_low": 0.1, "ratio_high": 0.5}
    rows = [common | {"model": "markov calibrated", "ratio": 0.3}, common | {"model": "last calibrated", "ratio": 0.9},
            common | {"model": "markov", "ratio": None}]  # fmt: skip
    assert measured(table(ATTRIBUTION, rows), model="markov") == {
        "search": Caused(ratio=0.3, low=0.1, high=0.5, evidence="measured")
    }


def test_a_mix_model_counts_whole_periods_and_its_own_level() -> None:
    def week(day: int, **more: object) -> dict[str, object]:
        return {
            "model": "m", "channel": "search", "period_start": date(2024, 5, day), "period_days": 7, "level": 0.95,
            "contribution": Decimal(100), "low": Decimal(80), "high": Decimal(130), "spend": Decimal(50),
        } | more  # fmt: skip

    rows = [
        week(1),
        week(8),
        week(28),
        week(1, channel="baseline"),
        week(1, channel="display", level=0.5),
        week(1, channel="mail", spend=None),
        week(1, model="old", fitted_on=date(2024, 1, 1), contribution=Decimal(1)),
    ]
    mix = table(RAW_MIX_MODEL, rows).to_pyarrow().to_pylist()
    found = modelled(mix, within=Period(date(2024, 5, 1), date(2024, 5, 31)), margin_rate=0.4, aliases={})
    assert sorted(found) == ["display", "search"]
    assert (found["search"].ratio, found["search"].low, found["search"].high) == pytest.approx((0.8, 0.64, 1.04))
    assert found["display"].low < found["search"].low  # half of the belief, widened to nineteen twentieths
    assert found["display"].evidence == "modelled"


def test_a_shop_without_customers_has_no_channels() -> None:
    empty = ChannelShop(orders=[], as_of=SHOP.as_of, spend=SHOP.spend)
    assert (empty.acquisition(), empty.payback(), empty.channels()) == ([], [], [])

"""Which channels bring customers who come back: planted differences are found, chance is not, months are kept apart."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
from channel_shop import ChannelShop, rows
from kpis_shop import Order, table

from patron.contracts.touch import TOUCHES
from patron.kpis.comebacks import comebacks

FIRST, AS_OF = date(2022, 1, 1), date(2023, 12, 31)
RATES = {"referral": 0.6, "search": 0.4, "social": 0.4, "display": 0.15}


def shop(seed: int = 3) -> ChannelShop:
    rng = np.random.default_rng(seed)
    orders, origins = [], {}
    for who in range(900):
        day = FIRST + timedelta(days=int(rng.integers(0, 500)))
        channel = str(rng.choice(list(RATES)))
        name = f"c{who:04d}"
        origins[name] = channel
        orders.append(Order(name, day, Decimal("10.00")))
        if rng.random() < RATES[channel]:
            orders.append(Order(name, day + timedelta(days=int(rng.integers(1, 180))), Decimal("10.00")))
    return ChannelShop(orders=orders, as_of=AS_OF, origins=origins)


def test_what_is_planted_is_found_and_told() -> None:
    found = {row["item"]: row for row in rows("comebacks", comebacks(shop().won()))}
    assert set(found) == set(RATES)
    assert found["display"]["found"]
    assert found["referral"]["found"]
    assert not found["search"]["found"]
    assert found["display"]["low"] < 0.15 - (0.6 + 0.4 + 0.4) / 3 < found["display"]["high"]
    assert abs(found["display"]["shrunk"]) < abs(found["display"]["difference"])
    assert "by the channel 'referral'" in found["referral"]["sentence"]
    assert found["referral"]["horizon_days"] == 180


def test_campaigns_are_those_of_the_last_touch_before_the_first_order() -> None:
    made = shop()
    firsts = {order.customer: order.day for order in reversed(made.orders)}
    touched = []
    for place, (who, day) in enumerate(sorted(firsts.items())):
        spring = place % 2 == 0
        for days, campaign in ((5, "spring" if spring else "autumn"), (9, "old"), (-3, "later"), (60, "long ago")):
            when = datetime.combine(day - timedelta(days=days), time(9))
            touched.append({"touch_id": f"{who}{days}", "visitor": who, "customer_id": who, "touched_at": when,
                            "channel": "email", "campaign": campaign, "kind": "visit"})  # fmt: skip
    found = rows("comebacks", comebacks(made.won(), touches=table(TOUCHES, touched)))
    campaigns = {row["item"]: row for row in found if row["kind"] == "campaign"}
    assert set(campaigns) == {"spring", "autumn"}
    watched = sum(row["customers"] for row in found if row["kind"] == "channel")
    assert sum(row["customers"] for row in campaigns.values()) == watched


def test_nothing_is_said_of_few_or_of_short_data() -> None:
    made = shop()
    few = ChannelShop(orders=made.orders[:60], as_of=AS_OF, origins=made.origins)
    assert rows("comebacks", comebacks(few.won())) == []
    short = ChannelShop(
        orders=[order for order in made.orders if order.day < FIRST + timedelta(days=60)],
        as_of=FIRST + timedelta(days=60), origins=made.origins,
    )  # fmt: skip
    assert rows("comebacks", comebacks(short.won())) == []

"""A made-up shop in which each signal has one customer for whom it fires, and one for whom it hardly does not."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts import TABLES
from patron.decisions.signals import SOURCES

AS_OF = date(2024, 6, 30)

BLANK = {
    "string": "", "int64": 0, "float64": 0.0, "date": AS_OF - timedelta(days=900), "boolean": False,
    "timestamp": datetime.combine(AS_OF, time()),
}  # fmt: skip

PLAIN = {
    "first_order_on": AS_OF - timedelta(days=400), "last_order_on": AS_OF - timedelta(days=30), "purchase_days": 4,
    "orders": 4, "household_members": 1, "expected_interval_days": 60.0, "tenure_days": 400, "lapsed": False,
}  # fmt: skip

ALONE = {
    "second_order_window": {"first_order_on": AS_OF - timedelta(days=20), "purchase_days": 1},
    "second_order_window_not": {"first_order_on": AS_OF - timedelta(days=5), "purchase_days": 1},
    "stuck_at_n": {"purchase_days": 3, "last_order_on": AS_OF - timedelta(days=65)},
    "stuck_at_n_not": {"purchase_days": 3, "last_order_on": AS_OF - timedelta(days=55)},
    "first_90_days": {"first_order_on": AS_OF - timedelta(days=90), "purchase_days": 2},
    "first_90_days_not": {"first_order_on": AS_OF - timedelta(days=91), "purchase_days": 2},
    "high_value_quiet": {"last_order_on": AS_OF - timedelta(days=80)},
    "high_value_quiet_not": {"last_order_on": AS_OF - timedelta(days=70)},
    "household_lapsing": {"household_id": "H1", "household_members": 2},
    "household_member": {"household_id": "H1", "household_members": 2},
    "anniversary": {"first_order_on": date(2022, 6, 25)},
    "anniversary_not": {"first_order_on": date(2022, 7, 1)},
    "anniversary_before": {"first_order_on": date(2022, 6, 25)},
    "category_next": {"last_order_on": AS_OF - timedelta(days=3)},
    "tier_at_risk_not": {"last_order_on": AS_OF - timedelta(days=20)},
}  # fmt: skip
"""What the profiles of some say that is not `PLAIN`."""

OTHERS = (
    "browse_abandoned", "browse_abandoned_not", "cart_abandoned", "cart_abandoned_not", "payment_failed",
    "payment_failed_not", "replenishment_due", "replenishment_due_not", "category_next_not", "new_affinity",
    "new_affinity_looked", "new_affinity_not", "price_drop", "price_drop_not", "back_in_stock", "back_in_stock_not",
    "brand_offer", "brand_offer_not", "discount_addict", "discount_addict_not", "full_price_buyer",
    "full_price_buyer_not", "lapse_risk", "lapse_risk_not", "win_back", "win_back_not", "subscription_ending",
    "subscription_ending_not", "tier_reached", "tier_reached_not", "tier_at_risk", "nps_promoter", "nps_promoter_not",
    "nps_detractor", "nps_detractor_not", "referral_made", "referral_made_not", "social_mention", "social_mention_not",
    "review_given", "review_given_not", "return_made", "return_made_not", "case_resolved", "case_resolved_not",
    "birthday", "birthday_not", "fatigue", "fatigue_not", "channel_changed", "channel_changed_not", "plain",
)  # fmt: skip

ALSO = {
    "first_90_days": {"second_order_window", "second_order_window_not"}, "lapse_risk": {"household_member"},
    "new_affinity": {"new_affinity_looked"}, "category_next": set(),
}  # fmt: skip
"""For whom else a signal rightly fires."""


def ago(days: int, hour: int = 12) -> datetime:
    """Return a moment so many days before the day."""
    return datetime.combine(AS_OF - timedelta(days=days), time(hour))


def day(days: int) -> date:
    """Return the day so many days before the day."""
    return AS_OF - timedelta(days=days)


class Planted:
    """Rows by table; what a row does not say is blank."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}

    def add(self, table: str, **row: Any) -> None:
        """Add a row."""
        self.rows.setdefault(table, []).append(row)

    def tables(self) -> dict[str, ir.Table]:
        """Return the tables, each as its contract has it."""
        return {name: ibis.memtable(self.arrow(name)) for name in self.rows}

    def arrow(self, name: str) -> pa.Table:
        """Return one table."""
        contract = TABLES[f"raw_{name}" if name in SOURCES else name]
        blank = {column.name: None if column.nullable else _blank(str(column.dtype)) for column in contract.columns}
        rows = [blank | {key: _exact(value) for key, value in row.items()} for row in self.rows[name]]
        return pa.Table.from_pylist(rows, schema=contract.schema.to_pyarrow())


def _blank(kind: str) -> Any:
    return BLANK.get(kind.removeprefix("!").partition("(")[0], Decimal(0))


def _exact(value: Any) -> Any:
    return Decimal(value[1:]) if isinstance(value, str) and value.startswith("€") else value


def planted() -> Planted:
    """Return the shop."""
    shop = Planted()
    for name in (*ALONE, *OTHERS):
        shop.add("profiles", customer_id=name, **(PLAIN | ALONE.get(name, {})))
        shop.add("forecasts", customer_id=name, predicted_value=100.0, probability_alive=0.75,
                 began_before=0.9 if name == "anniversary_before" else 0.1)  # fmt: skip
        shop.add("stages", customer_id=name, stage="developing", since=day(30))
        shop.add("experience", customer_id=name)
    for part in (_events, _bought, _products, _stood, _said, _reached, _filling):
        part(shop)
    return shop


def _events(shop: Planted) -> None:
    def event(who: str, kind: str, days: int, *, product: str | None = None, hour: int = 12) -> None:
        place = len(shop.rows.get("events", []))
        shop.add("events", event_id=f"e{place}", event=kind, occurred_at=ago(days, hour), customer_id=who,
                 product_id=product, session_id=f"s-{who}")  # fmt: skip

    event("browse_abandoned", "Product Viewed", 2, product="lamp")
    event("browse_abandoned_not", "Product Viewed", 2, product="lamp")
    event("cart_abandoned", "add_to_cart", 1, product="lamp")
    event("cart_abandoned", "add_to_cart", 1, product="rug")
    event("cart_abandoned_not", "add_to_cart", 1, product="lamp")
    event("payment_failed", "payment_error", 1, product="rug")
    event("payment_failed_not", "payment_error", 1, product="rug")
    event("social_mention", "share", 3)
    event("social_mention_not", "share", 11)
    event("price_drop", "view_item", 20, product="sofa")
    event("price_drop_not", "view_item", 2, product="sofa", hour=9)
    event("back_in_stock", "add_to_wishlist", 20, product="vase")
    event("back_in_stock_not", "add_to_wishlist", 20, product="bowl")
    for product in ("fern", "moss"):
        event("new_affinity_looked", "view_item", 10, product=product)
    event("new_affinity_not", "view_item", 10, product="fern")
    for who in ("browse_abandoned_not", "cart_abandoned_not", "payment_failed_not", "price_drop_not"):
        order(shop, who, 0, hour=13)


def order(shop: Planted, who: str, days: int, *, hour: int = 12, **row: Any) -> None:
    """Add an order."""
    name = f"o{len(shop.rows.get('orders', []))}"
    shop.add("orders", order_id=name, customer_id=who, ordered_at=ago(days, hour), **row)


def line(shop: Planted, who: str, days: int, product: str, **row: Any) -> None:
    """Add a line of something that costs 10."""
    place = len(shop.rows.get("order_lines", []))
    shop.add("order_lines", **({
        "line_id": place, "order_id": f"l{place}", "customer_id": who, "ordered_at": ago(days), "product_id": product,
        "quantity": 1.0, "unit_price": "€10", "amount": "€10", "kind": "sale",
    } | row))  # fmt: skip


def _bought(shop: Planted) -> None:
    line(shop, "new_affinity", 5, "oak", category="Trees")
    line(shop, "new_affinity_not", 80, "oak", category="Trees")
    line(shop, "return_made", 30, "rug")
    back = {"kind": "return", "quantity": -1.0, "amount": "€-10"}
    line(shop, "return_made", 4, "rug", reverses=2, **back)
    line(shop, "return_made_not", 40, "rug", reverses=2, **back)
    line(shop, "category_next_not", 200, "pan", category="Kitchen")
    for product, category in {"lamp": "Light", "rug": "Home", "sofa": "Home", "vase": "Home", "bowl": "Home"}.items():
        line(shop, "plain", 200, product, category=category, brand="Nord")
    for name, reduced in {"discount_addict": 4, "discount_addict_not": 2, "full_price_buyer": 0,
                          "full_price_buyer_not": 1}.items():  # fmt: skip
        for n in range(4):
            order(shop, name, 30 + 40 * n, discount="€1" if n < reduced else "€0")
    for name, channels in {"channel_changed": ("app", "app", "web", "web", "web"),
                           "channel_changed_not": ("app", "app", "web", "app", "web")}.items():  # fmt: skip
        for n, channel in enumerate(channels):
            order(shop, name, 30 + 40 * n, channel=channel, discount="€1" if n == 0 else "€0")


def _products(shop: Planted) -> None:
    shop.add("products", product_id="vase", stock=3.0, restocked_on=day(4))
    shop.add("products", product_id="bowl", stock=0.0, restocked_on=day(4))
    shop.add("products", product_id="lamp", brand="Nord", offer_from=day(3), offer_until=AS_OF)
    shop.add("products", product_id="rug", brand="Sud", offer_from=day(20), offer_until=day(1))
    for product in ("fern", "moss"):
        shop.add("products", product_id=product, category="Plants")
    for n, price in ((40, 100), (5, 80), (1, 80)):
        shop.add("market", day=day(n), series=f"sofa-{n}", product_id="sofa", price=f"€{price}")
    for who, brand in {"brand_offer": "Nord", "brand_offer_not": "Sud"}.items():
        shop.add(
            "affinity", customer_id=who, kind="brand", within="", value=brand, name=brand, place=1, shrunk=0.5, lift=2.0
        )
    for who, due in {"replenishment_due": -3, "replenishment_due_not": 8}.items():
        shop.add("replenishments", customer_id=who, product_id="rug", last_bought_on=day(40), due_on=day(-due),
                 due_low=day(0), due_high=day(0), chance=0.8, grade="B", usual_amount="€12.5")  # fmt: skip
    for who in ("category_next", "category_next_not"):
        shop.add("next_products", customer_id=who, rank=1, product_id="pan", category="Kitchen", again=False,
                 chance=0.2, price="€30")  # fmt: skip


def _stood(shop: Planted) -> None:
    placed = {
        "lapse_risk": ("at_risk", 10), "lapse_risk_not": ("at_risk", 31), "household_member": ("at_risk", 5),
        "win_back": ("lapsed", 90), "win_back_not": ("lapsed", 91),
    }  # fmt: skip
    for row in shop.rows["stages"]:
        if row["customer_id"] in placed:
            stage, days = placed[row["customer_id"]]
            row.update(stage=stage, since=day(days))
    for name in ("high_value_quiet", "high_value_quiet_not"):
        shop.add("memberships", customer_id=name, segmentation="past_tier", segment="gold")
    shop.add("stuck_points", orders=3, found=True, share=0.3)
    shop.add("stuck_points", orders=4, found=False, share=0.3)
    shop.add("subscriptions", subscription_id="s1", customer_id="subscription_ending", started_on=day(55), plan="Box",
             period_days=60, amount="€9.9")  # fmt: skip
    shop.add("subscriptions", subscription_id="s2", customer_id="subscription_ending_not", started_on=day(30),
             plan="Box", period_days=60, amount="€9.9")  # fmt: skip
    standing = {
        "tier_reached": (("bronze", 50, 100), ("silver", 200, 5)),
        "tier_reached_not": (("silver", 300, 100), ("silver", 320, 5)),
        "tier_at_risk": (("silver", 400, 100), ("silver", 205, 5)),
        "tier_at_risk_not": (("silver", 400, 100), ("silver", 300, 5)),
        "plain": (("bronze", 50, 100), ("bronze", 40, 5)),
    }  # fmt: skip
    for who, rows in standing.items():
        for tier, points, days in rows:
            shop.add("loyalty", customer_id=who, dated=day(days), tier=tier, points=float(points))


def _said(shop: Planted) -> None:
    said = {
        "nps_promoter": ("promoter", 10, 3), "nps_promoter_not": ("passive", 8, 3),
        "nps_detractor": ("detractor", 2, 3), "nps_detractor_not": ("detractor", 2, 22),
    }  # fmt: skip
    for row in shop.rows["experience"]:
        if row["customer_id"] in said:
            group, score, days = said[row["customer_id"]]
            row.update(nps_group=group, nps_score=float(score), nps_on=day(days))
    shop.add("referrals", referral_id="r1", customer_id="referral_made", referred_on=day(3), referred_id="friend",
             converted_on=day(1))  # fmt: skip
    shop.add("referrals", referral_id="r2", customer_id="referral_made_not", referred_on=day(30))
    shop.add("reviews", review_id="v1", customer_id="review_given", rating=5.0, reviewed_at=ago(4), product_id="rug")
    shop.add("reviews", review_id="v2", customer_id="review_given_not", rating=5.0, reviewed_at=ago(15))
    closed = {"closed_at": ago(3), "satisfaction": 4.0, "topic": "delivery"}
    shop.add("tickets", ticket_id="t1", customer_id="case_resolved", opened_at=ago(9), **closed)
    shop.add("tickets", ticket_id="t2", customer_id="case_resolved_not", opened_at=ago(9), **closed)
    shop.add("tickets", ticket_id="t3", customer_id="case_resolved_not", opened_at=ago(2))


def _reached(shop: Planted) -> None:
    shop.add("golden_records", customer_id="birthday", attribute="birth_date", value="1980-07-05")
    shop.add("golden_records", customer_id="birthday_not", attribute="birth_date", value="1980-07-09")
    for who, opens in {"fatigue": (), "fatigue_not": (1,)}.items():
        for n in range(9):
            sent = ago(10 + n if n < 5 else 60 + n)
            shop.add("messages", message_id=f"{who}{n}", customer_id=who, sent_at=sent,
                     opened_at=sent if n >= 5 or n in opens else None)  # fmt: skip


def _filling(shop: Planted) -> None:
    """Add customers without a profile, who tell the usual time to a second order: 16 to 28 days for half of them."""
    for n in range(24):
        order(shop, f"other{n}", 300)
        order(shop, f"other{n}", 300 - (10 + n))

"""A hundred conditions as projects write them, on the columns of profiles; as text they are SQL by hand, too."""

from __future__ import annotations

FORMS = (
    "days_since_last > {days} AND country IN ('France', 'Spain') AND lapsed",
    "orders >= {orders} AND margin > {money}",
    "main_channel = 'web' AND return_rate < 0.{days:02d} AND categories > 5",
    "country LIKE 'G%' AND lateness > {orders} / 10",
    "net_revenue - margin > {money} AND discount_rate > 0.8 AND orders > {orders}",
)


def conditions() -> dict[str, str]:
    """Return name and condition of a hundred own segments."""
    return {
        f"own_{n}": FORMS[n % len(FORMS)].format(days=10 + 3 * n % 90, orders=8 + n % 20, money=1000 + 10 * n)
        for n in range(100)
    }

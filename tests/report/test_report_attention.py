"""The report's section about what is sent: what attention is spent on, why not, what a contact is worth."""

from __future__ import annotations

from typing import Any

from fake_run import AS_OF, empty_run, table

from patron.report.blocks import Note, Table, Tiles
from patron.report.facts import Facts
from patron.report.sections.attention import attention
from patron.report.source import Source

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip
NEWS: dict[str, Any] = {
    "part": "trigger", "name": "news", "customers": 200, "sent": 120, "queued": 30, "refused": 40, "held_out": 10,
    "bids": 600.0, "fatigue_cost": 60.0, "displaced": 25, "displaced_value": 90.0,
}  # fmt: skip
BEFORE = NEWS | {
    "part": "sent_before", "name": "sale", "sent": 150, "queued": 0, "refused": 0, "held_out": 0, "bids": None,
    "fatigue_cost": None,
}  # fmt: skip
REASONS = [
    {"outcome": "sent", "reason": "none", "messages": 120, "customers": 120, "gain": 660.0},
    {"outcome": "queued", "reason": "outbid", "messages": 30, "customers": 30, "gain": 100.0},
    {"outcome": "refused", "reason": "said_no", "messages": 40, "customers": 40, "gain": 200.0},
]
PRICES = [
    {"level": 1, "used": used, "customers": 300, "contacts": 2, "window_days": 7, "arrivals": 0.2, "mean_bid": 2.0,
     "price": price, "daily_worth": 0.1}
    for used, price in enumerate((0.5, 1.25))
]  # fmt: skip
FATIGUE: dict[str, Any] = {
    "channel": "email", "messages": 9_000, "customers": 300, "unsubscribe_rate": 0.002, "unsubscribe_low": 0.001,
    "unsubscribe_high": 0.003, "unsubscribe_growth": 1.2, "habituation": 0.05, "habituation_low": 0.01,
    "habituation_high": 0.09, "mean_used": 0.5, "evidence": "modelled", "prior_weight": 0.1,
}  # fmt: skip


def blocks(reasons: list[dict[str, Any]], spent: list[dict[str, Any]]) -> Any:
    tables = {
        **empty_run(), "decision_reasons": table("decision_reasons", reasons), "attention": table("attention", spent),
        "attention_prices": table("attention_prices", PRICES if reasons else []),
        "fatigue": table("fatigue", [FATIGUE] if reasons else []),
    }  # fmt: skip
    return attention(Source(tables=tables, facts=Facts(**FACTS))).blocks


def test_what_is_sent_what_waits_and_what_a_contact_is_worth() -> None:
    tiles, spent, before, why, prices, tired = blocks(REASONS, [NEWS, BEFORE])
    assert isinstance(tiles, Tiles)
    assert [tile.value for tile in tiles.items] == ["120", "€600", "30", "40"]
    assert [cell.text for cell in spent.rows[0]] == ["news", "120", "€600", "30", "40", "10", "25 messages, €90.00"]
    assert "sale, sent before" in before.text
    assert [row[0].text for row in why.rows] == ["a better one is sent", "she said no"]
    assert [cell.text for cell in prices.rows[0]] == ["1", "€0.50", "€1.25", "€36.50"]
    assert isinstance(prices, Table)
    assert "0.20%" in tired.text


def test_what_is_about_few_people_is_withheld() -> None:
    small = [row | {"messages": 3, "customers": 3} for row in REASONS]
    _, spent, *_ = blocks(small, [NEWS | {"customers": 3, "sent": 3}])
    assert all(cell.tone == "withheld" for cell in spent.rows[0][1:])


def test_without_anything_to_send_it_says_so() -> None:
    (note,) = blocks([], [])
    assert isinstance(note, Note)
    assert "patron plan" in note.text

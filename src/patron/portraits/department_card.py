"""What should sales and service, e-commerce and merchandising do for a segment, and leave alone?

Each line is a rule of the trade with its evidence: a finding that tells the segment apart, or a pain. What tells nobody
apart leads to nothing. Advice is no measured effect; that is what a trigger with a hold-out is for.

In   `SegmentFacts`
Out  contracts.portrait.DEPARTMENT_CARDS
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from patron.contracts.portrait import DEPARTMENT_CARDS, DEPARTMENTS, SILENT
from patron.portraits.pains import Pain
from patron.portraits.segment_facts import Row, SegmentFacts

MOST = 6  # lines of one card
ENOUGH, FEW = 0.15, 0.10
"""Share of a segment who must have what is acted on, and who may have what is left alone."""

CHOICES = ("category", "brand", "next_category", "main_topic")
"""Attributes of many values, of which none is the choice of many."""


@dataclass(frozen=True)
class Rule:
    """One line: whose, do or do not, what is said, and the finding that it follows from.

    `value` none is any; `less` asks for findings that are less frequent than among others.
    """

    department: str
    act: str
    statement: str
    attribute: str
    value: str | None = None
    less: bool = False


SALES, SHOP, GOODS = DEPARTMENTS

RULES = (
    Rule(SALES, "do", "ask_to_recommend", "nps_group", "promoter"),
    Rule(SALES, "do", "call_back", "nps_group", "detractor"),
    Rule(SALES, "dont", "no_offer_first", "nps_group", "detractor"),
    Rule(SALES, "do", "look_up_tickets", "tickets", "several"),
    Rule(SALES, "dont", "ask_again", "tickets", "several"),
    Rule(SALES, "dont", "no_help_unasked", "tickets", "none"),
    Rule(SALES, "do", "prepare_topic", "main_topic"),
    Rule(SALES, "do", "one_step_less", "effort", "hard"),
    Rule(SALES, "do", "know_tier", "loyalty_tier"),
    Rule(SALES, "dont", "no_discount_to_keep", "discount", "none"),
    Rule(SALES, "do", "advise_size", "returns", "much"),
    Rule(SHOP, "do", "first_channel", "channel"),
    Rule(SHOP, "dont", "not_this_channel", "channel", less=True),
    Rule(SHOP, "do", "send_then", "part_of_day"),
    Rule(SHOP, "do", "send_on", "weekday"),
    Rule(SHOP, "dont", "no_coupons", "discount", "none"),
    Rule(SHOP, "do", "show_reduced", "discount", "much"),
    Rule(SHOP, "dont", "no_wider_discounts", "discount", "much"),
    Rule(SHOP, "do", "reorder_button", "next_known", "yes"),
    Rule(SHOP, "do", "show_new", "next_known", "no"),
    Rule(SHOP, "do", "first_category", "next_category"),
    Rule(SHOP, "do", "better_pictures", "returns", "much"),
    Rule(SHOP, "do", "buy_there", "acquisition_channel"),
    Rule(SHOP, "dont", "not_bought_there", "acquisition_channel", less=True),
    Rule(GOODS, "do", "keep_in_stock", "category"),
    Rule(GOODS, "dont", "not_for_them", "category", less=True),
    Rule(GOODS, "do", "keep_brand", "brand"),
    Rule(GOODS, "dont", "brand_not_for_them", "brand", less=True),
    Rule(GOODS, "do", "plan_next", "next_category"),
    Rule(GOODS, "do", "never_out", "refills", "yes"),
    Rule(GOODS, "dont", "no_reduction", "discount", "none"),
    Rule(GOODS, "do", "enough_reduced", "discount", "much"),
    Rule(GOODS, "do", "look_at_returns", "returns", "much"),
)

PAINS = {
    SALES: {
        "ticket": "solve_ticket",
        "detractor": "call_detractors",
        "hard": "make_easier",
        "low_rating": "answer_reviews",
    },
    SHOP: {"drop_off": "mend_step", "hard": "shorten", "theme": "mend_theme"},
    GOODS: {"return": "why_returned", "low_rating": "check_quality"},
}
"""By department, what is done about each pain."""


def department_cards(facts: Iterable[SegmentFacts]) -> pa.Table:
    """Return the cards of each segment.

    Returns
    -------
    Table, one row per line
        contracts.portrait.DEPARTMENT_CARDS; a department without a line has a silent one.
    """
    rows = [
        {"segmentation": one.segmentation, "segment": one.segment, "department": department, "rank": rank} | line
        for one in facts
        for department in DEPARTMENTS
        for rank, line in enumerate(_card(one, department), start=1)
    ]
    return pa.Table.from_pylist(rows, schema=DEPARTMENT_CARDS.schema.to_pyarrow())


def _card(of: SegmentFacts, department: str) -> list[dict[str, Any]]:
    """Return the lines of one card: what costs money first, then by rank of the finding; each statement once."""
    lines: dict[str, dict[str, Any]] = {}
    hurts = list(_from_pains(of, department))
    costly, others = ([line for line in hurts if (line["value"] is None) == free] for free in (False, True))
    for line in (*costly, *_from_findings(of, department), *others):
        lines.setdefault(line["statement"], line)
    chosen = list(lines.values())[:MOST]
    ordered = sorted(chosen, key=lambda line: bool(line["act"] != "do"))
    return ordered or [{"act": "do", "statement": SILENT, "people": 0, "of": 0}]


def _from_pains(of: SegmentFacts, department: str) -> Iterator[dict[str, Any]]:
    for one in of.pains:
        if (statement := PAINS[department].get(one.pain)) and (one.item or one.pain not in ("drop_off", "theme")):
            yield _of_pain(one, statement)


def _from_findings(of: SegmentFacts, department: str) -> Iterator[dict[str, Any]]:
    rules = [rule for rule in RULES if rule.department == department]
    for less, rows in ((False, of.more), (True, of.less)):
        for row in rows:
            for rule in rules:
                if rule.less == less and _fits(rule, row):
                    yield _of_finding(row, rule)


def _fits(rule: Rule, row: Row) -> bool:
    if rule.attribute != row["attribute"] or rule.value not in (None, row["value"]):
        return False
    if rule.less:
        return bool(row["share"] <= FEW)
    return bool(row["value"] != "none" or rule.value) and bool(row["share"] >= ENOUGH or row["attribute"] in CHOICES)


def _of_finding(row: Row, rule: Rule) -> dict[str, Any]:
    return {
        "act": rule.act, "statement": rule.statement, "attribute": row["attribute"], "item": row["value"],
        "people": row["people"], "of": row["known"], "share": row["share"], "share_others": row["share_others"],
        "lift": row["lift"],
    }  # fmt: skip


def _of_pain(one: Pain, statement: str) -> dict[str, Any]:
    return {
        "act": "do", "statement": statement, "attribute": one.pain, "item": one.item or None, "people": one.people,
        "of": one.of, "share": one.people / one.of if one.of else None, "value": one.value,
    }  # fmt: skip

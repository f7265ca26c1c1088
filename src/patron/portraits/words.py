"""Rows of portraits, personas and department cards as a person says them: all of it from the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from patron.contracts.portrait import PARTS, SILENT
from patron.language import has, money, number, percent, say
from patron.portraits.kinds import OWN, TRAIT

Row = Mapping[str, Any]

NOT_APART = ("common", "leading")
"""Statements about what a segment has, which others need not have less often."""


def says(attribute: str, value: str) -> str:
    """Return a value of an attribute as what people do or are.

    Examples
    --------
    >>> says("category", "Tea"), says("discount", "none"), says("trait:leisure", "travel")
    ('buy most in Tea', 'buy at full price', 'leisure: travel')
    """
    for key in (f"portraits.says.{attribute}.{value}", f"portraits.says.{attribute}"):
        if attribute in OWN and has(key):
            return say(key, value=value.capitalize() if attribute == "weekday" else value)
    return say("portraits.says_other", attribute=attribute_words(attribute), value=value)


def attribute_words(attribute: str) -> str:
    """Return what an attribute is called; one that the catalogue does not know by its own name."""
    if attribute in OWN and has(f"portraits.called.{attribute}"):
        return say(f"portraits.called.{attribute}")
    return attribute.removeprefix(TRAIT).replace("_", " ")


def sentence(row: Row) -> str:
    """Return a row of `portraits` as a sentence with its counts, lift and interval.

    Examples
    --------
    >>> print(sentence({"attribute": "category", "value": "Tea", "people": 61, "known": 120, "share": 0.508,
    ...     "others": 20, "others_known": 200, "share_others": 0.1, "lift": 5.08, "lift_low": 3.2, "lift_high": 8.0,
    ...     "found": True, "defines": False}))
    Buy most in Tea: 51% of them (61 of 120), 10% of the others; 5.1 times as often (95% interval 3.2 to 8.0).
    """
    facts = {
        "what": _large(says(row["attribute"], row["value"])), "share": percent(row["share"]),
        "people": number(row["people"]), "known": number(row["known"]), "share_others": percent(row["share_others"]),
    }  # fmt: skip
    if row["lift"] is None:
        return say("portraits.sentence_alone", **facts)
    ends = {"lift": _times(row["lift"]), "low": _times(row["lift_low"]), "high": _times(row["lift_high"] or 0)}
    text = say("portraits.sentence", **facts, **ends)
    if row["defines"]:
        return f"{text} {say('portraits.by_making')}"
    return text if row["found"] else f"{text} {say('portraits.may_be_chance')}"


def statement(row: Row) -> str:
    """Return a row of `personas`, without the count behind it."""
    if row["statement"] == SILENT:
        return say(f"portraits.silent.{row['part']}")
    return _said(row, "persona")


def line(row: Row) -> str:
    """Return a row of `department_cards`, without the count behind it."""
    if row["statement"] == SILENT:
        return say("portraits.silent.card")
    return _said(row, "card")


def card(rows: Iterable[Row], *, currency: str = "") -> str:
    """Return the rows of one persona as a card of plain text, each line with the count behind it."""
    found: dict[str, list[str]] = {}
    for row in sorted(rows, key=lambda row: (PARTS.index(row["part"]), row["rank"])):
        count = evidence(row, currency)
        found.setdefault(row["part"], []).append(f"  {statement(row)}" + (f" ({count})" if count else ""))
    return "\n".join(f"{say(f'portrait_report.{part}')}\n" + "\n".join(lines) for part, lines in found.items())


def evidence(row: Row, currency: str = "") -> str:
    """Return the count behind a row of `personas` or `department_cards`, and what is lost; empty where it is silent.

    Examples
    --------
    >>> evidence({"people": 61, "of": 120, "lift": 5.08, "value": None})
    '61 of 120, 5.1 × as often as others'
    """
    if not row["people"]:
        return ""
    text = say("portraits.count", people=number(row["people"]), of=number(row["of"]))
    if row["lift"] is not None and row.get("statement") not in NOT_APART:
        text = say("portraits.as_often", counted=text, lift=_times(row["lift"]))
    elif row["value"] is None and row.get("share_others") == 0:
        text = say("portraits.nobody_else", counted=text)
    return text if row["value"] is None else f"{text}; {_lost(row, currency)}"


def _said(row: Row, kind: str) -> str:
    """Return a sentence; with the row's item, where it has one and the catalogue no form without."""
    item, name = row["item"] or "", row["statement"]
    if not item and has(f"portraits.{kind}.{name}.bare"):
        return say(f"portraits.{kind}.{name}.bare")
    what = says(row["attribute"], item)
    return _large(say(f"portraits.{kind}.{name}", item=_item(row["attribute"], item), what=what))


def _large(text: str) -> str:
    """Begin with a large letter."""
    return text[:1].upper() + text[1:]


def _item(attribute: str, item: str) -> str:
    if attribute in ("ticket", "drop_off", "main_topic"):
        return item.replace("_", " ")
    return item.capitalize() if attribute == "weekday" else item


def _lost(row: Row, currency: str) -> str:
    amount = money(float(row["value"]), currency) if currency else number(float(row["value"]), digits=2)
    basis = row.get("basis")
    return say(f"portraits.lost.{basis}", amount=amount) if basis else say("portraits.lost.it", amount=amount)


def _times(value: float) -> str:
    return number(value, digits=0 if value >= 10 else 1 if value >= 0.95 else 2)

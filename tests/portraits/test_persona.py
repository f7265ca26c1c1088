"""Personas and department cards: a count behind each line, silence where nothing is known, and a sentence for all."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from portrait_rows import facts, finding, pain, theme

from patron.contracts.portrait import DEPARTMENT_CARDS, DEPARTMENTS, PARTS, PERSONAS, SILENT
from patron.portraits import department_cards, evidence, line, personas, segment_facts, statement
from patron.portraits.counted import Counted
from patron.portraits.department_card import PAINS, RULES
from patron.portraits.pains import lost_steps
from patron.portraits.persona import MESSAGES
from patron.portraits.portrait import portrait_rows
from patron.portraits.segment_facts import SegmentFacts

Row = dict[str, Any]

RICH = facts(
    more=(
        finding("trait:leisure", "garden", kind="psychographics"),
        finding("category", "Tea", kind="categories"),
        finding("channel", "app", kind="channels", defines=True),
        finding("discount", "none", kind="discounts"),
        finding("weekday", "monday", kind="timing"),
        finding("next_category", "Coffee", kind="next"),
    ),
    less=(finding("category", "Toys", kind="categories", more=False, share=0.05, people=5),),
    pains=(pain("drop_off", "checkout", value="900.00"), pain("ticket", "delivery", value="120.00"), pain("hard")),
    themes=(theme("kind help", rating=4.6), theme("late parcel", rating=1.8), theme("tea", rating=3.5)),
    quotes=(
        {"theme": "late parcel", "text_id": "t7", "closeness": 0.9},
        {"theme": "late parcel", "text_id": "t8", "closeness": 0.5},
    ),
)  # fmt: skip


def parts(of: SegmentFacts) -> dict[str, list[Row]]:
    table = personas([of])
    rows = table.to_pylist()
    assert table.schema == PERSONAS.schema.to_pyarrow()
    return {part: [row for row in rows if row["part"] == part] for part in PARTS}


def test_each_part_is_told_by_what_it_is_about() -> None:
    told = parts(RICH)
    assert [statement(row) for row in told["who"]] == ["Leisure: garden"]
    assert [statement(row) for row in told["goal"]] == ["Buy most in Tea"]
    assert [statement(row) for row in told["emotion"]] == ["They praise: kind help", "They complain: late parcel"]
    assert [row["statement"] for row in told["channels"]] == ["made_by"]
    assert [row["item"] for row in told["pain"]] == ["checkout", "delivery", None]
    assert [row["text_id"] for row in told["quote"]] == ["t7"], "the nearest words, a theme once"
    assert [row["statement"] for row in told["message"]] == ["praised", "full_price", "person"]
    assert [row["rank"] for row in told["pain"]] == [1, 2, 3]
    assert evidence(told["pain"][0], "EUR") == "12 of 100; €900.00 less predicted than of members alike without it"
    assert evidence(told["who"][0]) == "40 of 100, 2.0 × as often as others"


def test_silence_is_said_and_counts_nobody() -> None:
    for part, rows in parts(facts()).items():
        assert [row["statement"] for row in rows] == [SILENT], part
        assert rows[0]["people"] == 0
        assert statement(rows[0]).startswith("No"), "Nothing tells, or nobody's words"
        assert evidence(rows[0]) == ""
    assert [row["statement"] for row in department_cards([facts()]).to_pylist()] == [SILENT] * len(DEPARTMENTS)


def test_emotions_come_from_what_people_said_alone() -> None:
    behaved = facts(more=(finding("discount", "much", kind="discounts"), finding("trait:mood", "gay", kind="other")))
    assert [row["statement"] for row in parts(behaved)["emotion"]] == [SILENT]
    said = facts(more=(finding("nps_group", "detractor", kind="experience"),))
    assert [statement(row) for row in parts(said)["emotion"]] == ["Would not recommend the shop"]


def test_what_most_of_them_have_is_not_told_as_theirs_alone() -> None:
    told = parts(facts(top={"channel": finding("channel", "web", kind="channels", share=0.7, found=False)}))
    assert [row["statement"] for row in told["channels"]] == ["common"]
    assert "as often" not in evidence(told["channels"][0])
    assert statement(told["channels"][0]) == "Order mostly by web (more than half of them)"


def test_cards_say_what_to_do_and_what_to_leave_alone() -> None:
    table = department_cards([RICH])
    assert table.schema == DEPARTMENT_CARDS.schema.to_pyarrow()
    said = {(row["department"], row["act"], row["statement"]) for row in table.to_pylist()}
    assert ("ecommerce", "do", "mend_step") in said
    assert ("ecommerce", "do", "first_channel") in said
    assert ("merchandising", "do", "keep_in_stock") in said
    assert ("merchandising", "dont", "not_for_them") in said
    assert ("sales_service", "dont", "no_discount_to_keep") in said
    for department in DEPARTMENTS:
        mine = [row for row in table.to_pylist() if row["department"] == department]
        assert [row["rank"] for row in mine] == list(range(1, len(mine) + 1))
        assert [row["act"] for row in mine] == sorted((row["act"] for row in mine), key=("do", "dont").index)
        assert all(row["people"] for row in mine)


def test_what_hardly_anybody_has_describes_nobody() -> None:
    rare = facts(more=(finding("country", "DE", kind="demographics", share=0.03, lift=4.0),))
    assert [row["statement"] for part in ("who", "targeting") for row in parts(rare)[part]] == [SILENT] * 2


def test_nothing_is_left_alone_that_many_of_them_have() -> None:
    many = facts(less=(finding("channel", "web", kind="channels", more=False, share=0.41),))
    assert {row["statement"] for row in department_cards([many]).to_pylist()} == {SILENT}


def test_few_have_it_so_nothing_is_built_on_it() -> None:
    few = facts(more=(finding("next_known", "no", kind="next", share=0.1, people=10),))
    assert "show_new" not in {row["statement"] for row in department_cards([few]).to_pylist()}
    assert [row["statement"] for row in parts(few)["message"]] == [SILENT]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.department}-{rule.statement}")
def test_every_rule_has_a_sentence(rule: Any) -> None:
    row = finding(rule.attribute, rule.value or "some", more=not rule.less, share=0.05 if rule.less else 0.5)
    made = department_cards([facts(**{"less" if rule.less else "more": (row,)})]).to_pylist()
    (mine,) = [one for one in made if (one["department"], one["statement"]) == (rule.department, rule.statement)]
    assert mine["act"] == rule.act
    assert line(mine)[0].isupper()


def test_every_pain_and_message_has_a_sentence() -> None:
    names = {name for pains in PAINS.values() for name in pains} | {"return", "not_content", "theme", "drop_off"}
    for name in sorted(names):
        for item in ("", "a thing") if name not in ("theme", "drop_off") else ("a thing",):
            of = facts(pains=(pain(name, item, value="5.00"),))
            told = parts(of)
            assert all(statement(row) for part in ("pain", "service") for row in told[part])
            assert all(line(row) for row in department_cards([of]).to_pylist())
    for attribute, value in MESSAGES:
        told = parts(facts(more=(finding(attribute, value),)))
        assert told["message"][0]["statement"] == MESSAGES[attribute, value]
        assert statement(told["message"][0])[0].isupper()


def edge(step: str, to: str, people: int, stake: str, **more: Any) -> Row:
    return {
        "segmentation": "behaviour", "segment": "b1", "from_step": step, "to_step": to, "people": people,
        "value_at_stake": Decimal(stake), **more,
    }  # fmt: skip


def test_steps_that_lose_money_for_certain_are_pains_of_those_who_left() -> None:
    edges = [
        edge("cart", "drop_off", 60, "10.00"), edge("cart", "order", 40, "-3.00"), edge("few", "drop_off", 4, "9.00"),
        edge("gain", "drop_off", 60, "-2.00"), edge("chance", "drop_off", 60, "8.00", stake_low=Decimal("-1.00")),
        edge("sure", "drop_off", 60, "8.00", stake_low=Decimal("1.00")),
        edge("unknown", "drop_off", 9, "8.00", stake_low=None),
    ]  # fmt: skip
    found = lost_steps(edges, least=5)
    assert [(one.item, one.people, one.of, one.value_low) for one in found] == [
        ("cart", 60, 100, None), ("sure", 60, 60, Decimal("1.00")),
    ]  # fmt: skip
    assert {one.basis for one in found} == {"at_stake"}


def test_facts_are_those_of_the_segment_and_of_enough_people() -> None:
    nobody = portrait_rows_of_nothing()
    (known,) = segment_facts(
        nobody, keys=[("behaviour", "b1")], pains=[pain("hard"), pain("ticket", "x", value="3.00")],
        themes=[theme("few", rating=5.0, customers=4), theme("many", rating=5.0), {**theme("else"), "segment": "b2"}],
        least=5,
    )  # fmt: skip
    assert [row["theme"] for row in known.themes] == ["many"]
    assert [one.pain for one in known.pains] == ["ticket", "hard"], "what costs comes first"


def portrait_rows_of_nothing() -> Any:
    none = np.zeros((0, 0))
    return portrait_rows(
        Counted(segments=(), sizes=np.zeros(0, int), values=(), everybody=np.zeros(0), everybody_known=np.zeros(0),
                people=none, known=none)
    )  # fmt: skip

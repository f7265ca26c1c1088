"""Mix model, attribution and tests side by side: who is believed, what agrees, what adds up, and what may be known."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import ibis
import numpy as np
import pytest

from evidence_support import LAST, Row, credits_of, lift, members, orders, table, weeks
from patron.contracts import TABLES
from patron.contracts.channel_evidence import CHANNEL_EVIDENCE, CHANNEL_VERDICTS
from patron.contracts.touch import ORDER_CREDITS
from patron.kpis.channel_evidence import ChannelEvidence, Touched, channel_evidence
from patron.kpis.credited_sales import as_credits, counted
from patron.kpis.evidence_rows import Money, evidence_rows
from patron.kpis.mix_contributions import Contribution, Stretch, cents
from patron.kpis.settling_test import moments
from patron.models.estimator import NORMAL_95

MIX = weeks({"Paid Search": 200, "TV": 150, "baseline": 900})


@cache
def placed() -> tuple[Row, ...]:
    return tuple(orders())


def touched(*lifts: Row) -> Touched:
    return Touched(credits=table("order_credits", credits_of(list(placed()))), rule="markov", lifts=lifts)


def made(**given: Any) -> ChannelEvidence:
    given = {"mix": MIX, "as_of": LAST} | given
    return channel_evidence(table("orders", list(placed())), table("memberships", members()), **given)


def rows_of(found: ChannelEvidence) -> tuple[list[Row], dict[str, Row]]:
    verdicts = CHANNEL_VERDICTS.check(found.verdicts).to_pyarrow().to_pylist()
    return CHANNEL_EVIDENCE.check(found.evidence).to_pyarrow().to_pylist(), {row["channel"]: row for row in verdicts}


def everybody(rows: list[Row], channel: str) -> dict[str, Row]:
    return {row["source"]: row for row in rows if (row["channel"], row["segmentation"]) == (channel, "all")}


def test_all_four_sources_stand_side_by_side_and_a_test_settles_it() -> None:
    rows, verdicts = rows_of(made(touched=touched(lift("paid_search", raw=0.4, error=0.05, ratio=0.5))))
    found = everybody(rows, "paid_search")
    assert list(found) == ["experiment", "calibrated", "mix_model", "attribution"], "by weight"
    credit = found["attribution"]["contribution"]
    assert found["experiment"]["contribution"] == cents(float(credit) * 0.4)
    assert found["experiment"]["high"] == cents(float(credit) * (0.4 + NORMAL_95 * 0.05))
    assert {name: row["agrees"] for name, row in found.items()} == {
        "experiment": "reference", "calibrated": None, "attribution": "no",
        "mix_model": "yes",
    }  # fmt: skip
    assert found["mix_model"]["contribution"] == 52 * 200
    assert {row["evidence"] for row in found.values()} == {"measured", "modelled", "assumed"}
    verdict = verdicts["paid_search"]
    assert (verdict["verdict"], verdict["reference"], verdict["sources"]) == ("settled", "experiment", 3)
    assert (verdict["weeks"], verdict["test_status"]) == (None, "not_needed")
    assert "attribution says is 2.5 times what the lift test says" in verdict["sentence"]
    tv = verdicts["tv"]
    assert (tv["verdict"], tv["reference"], tv["least"]) == ("one_source", "mix_model", 52 * 150)
    assert tv["weeks"] > 0
    assert "email" not in verdicts, "a channel without spend of which attribution alone speaks is nothing to weigh"


def test_a_test_that_tells_nothing_is_passed_over() -> None:
    rows, verdicts = rows_of(made(touched=touched(lift("paid_search", raw=-3.0, error=4.0, ratio=0.5))))
    found = everybody(rows, "paid_search")
    assert found["mix_model"]["agrees"] == "reference"
    assert found["experiment"]["agrees"] == "cannot_tell"
    assert verdicts["paid_search"]["least"] == found["mix_model"]["contribution"], (
        "a claim nobody believes counts little"
    )
    sure = everybody(rows_of(made(touched=touched(lift("paid_search", raw=0.0, error=0.01))))[0], "paid_search")
    assert sure["experiment"]["agrees"] == "reference", "that a channel brings nothing is a finding"


def test_contributions_add_up_over_segments_to_the_cent() -> None:
    rows, _ = rows_of(made(touched=touched()))
    whole = {(row["channel"], row["source"]): row for row in rows if row["segmentation"] == "all"}
    assert {row["segmentation"] for row in rows} == {"all", "customer", "tier"}
    for name in ("contribution", "low", "high"):
        for way in ("customer", "tier"):
            for key, row in whole.items():
                parts = [one for one in rows if (one["channel"], one["source"], one["segmentation"]) == (*key, way)]
                told = [one[name] for one in parts if one[name] is not None]
                assert sum(told) == (row[name] or 0)
                assert {one["evidence"] for one in parts} <= {row["evidence"]}
    credit = table("order_credits", credits_of(list(placed()))).to_pyarrow().to_pylist()
    days = (rows[0]["from_day"], rows[0]["to_day"])
    own = [row for row in credit if row["channel"] == "paid_search" and days[0] <= row["ordered_on"] <= days[1]]
    tiers = {row["segment"]: row["contribution"] for row in rows if row["segmentation"] == "tier"
             and (row["channel"], row["source"]) == ("paid_search", "attribution")}  # fmt: skip
    tier_of = {row["customer_id"]: row["segment"] for row in members()}
    for tier, amount in tiers.items():
        assert amount == sum(row["revenue"] for row in own if tier_of[row["customer_id"]] == tier)


def test_spend_is_that_of_the_source_spend_before_that_of_the_model() -> None:
    spend = table("raw_spend", [
        {"day": LAST, "channel": "paid-search", "amount": Decimal("1000")},
        {"day": LAST - timedelta(days=900), "channel": "paid-search", "amount": Decimal("7")},
    ])  # fmt: skip
    rows, _ = rows_of(made(spend=spend))
    search, tv = (everybody(rows, channel)["mix_model"] for channel in ("paid_search", "tv"))
    assert (search["spend"], tv["spend"]) == (Decimal("1000.00"), Decimal("5200.00"))
    assert search["roas"] == pytest.approx(10.4)
    assert search["roi"] == pytest.approx(10.4 * 0.5 - 1, abs=1e-3)
    assert (search["pays"], tv["pays"]) == ("yes", "no")


def test_without_touches_segments_share_as_sales_do_and_without_a_model_the_year_is_compared() -> None:
    rows, verdicts = rows_of(made())
    assert {row["source"] for row in rows} == {"mix_model"}
    assert {row["segmentation"] for row in rows} == {"all", "customer", "tier"}
    assert verdicts["tv"]["customers"] > 250
    spend = table("raw_spend", [{"day": LAST, "channel": "paid search", "amount": Decimal(10)}])
    alone, _ = rows_of(made(mix=(), touched=touched(), spend=spend))
    assert {row["channel"] for row in alone} == {"paid_search"}
    assert (alone[0]["to_day"] - alone[0]["from_day"]).days == 364


def test_days_that_only_one_source_knows_are_not_compared() -> None:
    late = [row for row in credits_of(list(placed())) if row["ordered_on"] > LAST - timedelta(days=100)]
    known = Touched(credits=table("order_credits", late), rule="markov")
    rows, _ = rows_of(made(touched=known))
    assert rows[0]["from_day"] == LAST - timedelta(days=97)
    few = Touched(credits=table("order_credits", [row for row in late if row["ordered_on"] == LAST]), rule="markov")
    rows, _ = rows_of(made(touched=few))
    assert {row["source"] for row in rows} == {"mix_model"}, "a day of touches is no year to compare with"


def test_nothing_that_is_known_later_moves_anything() -> None:
    day = LAST - timedelta(days=60)
    before = [row for row in placed() if row["ordered_at"].date() <= day]
    early = [row for row in MIX if row["period_start"] + timedelta(days=6) <= day]
    cut = channel_evidence(
        table("orders", before), table("memberships", members()), as_of=day, mix=early,
        touched=Touched(credits=table("order_credits", credits_of(before)), rule="markov"),
    )  # fmt: skip
    made_later = MIX[0] | {"period_start": early[0]["period_start"], "channel": "Radio", "fitted_on": LAST}
    whole = channel_evidence(
        table("orders", list(placed())), table("memberships", members()), as_of=day, mix=[*MIX, made_later],
        touched=Touched(
            credits=table("order_credits", [
                row for row in credits_of(list(placed())) if row["ordered_on"] > day
            ] + credits_of(before)), rule="markov",
        ),
    )  # fmt: skip
    assert rows_of(whole) == rows_of(cut)


def test_nothing_to_compare_is_no_row() -> None:
    none = made(mix=(), touched=None)
    assert rows_of(none) == ([], {})
    early = [row | {"period_start": LAST - timedelta(days=3)} for row in MIX[:2]]
    assert rows_of(made(mix=early)) == ([], {}), "a week that is not over is not known"


def claim(source: str, amount: float, half: float | None, channel: str = "tv") -> Contribution:
    ends = {} if half is None else {"low": cents(amount - half), "high": cents(amount + half)}
    return Contribution(channel=channel, source=source, model=source, amount=cents(amount), **ends)


FREE = Money(spend={}, margin_rate=None)


def test_sources_that_say_the_truth_are_seldom_held_to_disagree_and_wrong_ones_mostly() -> None:
    rng = np.random.default_rng(4)
    wrong = {1.0: 0, 3.0: 0}
    for factor in wrong:
        said = [
            claim(source, rng.normal(1_000 * times, 100), NORMAL_95 * 100, channel=f"c{place}")
            for place in range(1_000)
            for source, times in (("experiment", 1.0), ("mix_model", factor))
        ]
        rows = evidence_rows(said, FREE)
        wrong[factor] = sum(row["agrees"] == "no" for row in rows)
        assert sum(row["agrees"] == "yes" for row in rows) > (500 if factor == 1.0 else -1)
    assert wrong[1.0] <= 5, "of a thousand that say the same, false discoveries are few"
    assert wrong[3.0] >= 990


def test_wide_intervals_are_no_agreement_and_two_claims_without_intervals_say_nothing() -> None:
    wide = {row["source"]: row["agrees"] for row in evidence_rows(
        [claim("experiment", 1_000, 900), claim("mix_model", 1_000, 900)], FREE)}  # fmt: skip
    assert wide == {"experiment": "reference", "mix_model": "cannot_tell"}
    bare = {row["source"]: row["agrees"] for row in evidence_rows(
        [claim("mix_model", 10, None), claim("attribution", 900, None)], FREE)}  # fmt: skip
    assert bare == {"mix_model": "reference", "attribution": "cannot_tell"}


def test_it_compiles_for_spark() -> None:
    ibis.pyspark  # noqa: B018 - loads the dialect
    stretch = Stretch(from_day=LAST - timedelta(days=363), to_day=LAST)
    placed_, shares, of = (
        ibis.table(TABLES[name].schema, name=name) for name in ("orders", "order_credits", "memberships")
    )
    for expression in (
        moments(placed_, as_of=LAST), *counted(shares, of, stretch), *counted(as_credits(placed_), of, stretch)
    ):  # fmt: skip
        assert "SELECT" in ibis.to_sql(expression, dialect="pyspark")
    assert set(as_credits(placed_).columns) <= set(ORDER_CREDITS.names)


def test_credit_that_tests_bring_to_nothing_still_has_an_upper_end() -> None:
    told = lift("paid_search", raw=-0.2, error=0.3, ratio=0.0) | {"ratio_low": 0.0, "ratio_high": 0.4}
    shares = credits_of(list(placed()))
    none = [row | {"calibrated": 0.0} if row["channel"] == "paid_search" else row for row in shares]
    known = Touched(credits=table("order_credits", none), rule="markov", lifts=[told])
    found = everybody(rows_of(made(touched=known))[0], "paid_search")
    assert found["calibrated"]["contribution"] == found["calibrated"]["low"] == 0
    assert found["calibrated"]["high"] == cents(0.4 * float(found["attribution"]["contribution"]))

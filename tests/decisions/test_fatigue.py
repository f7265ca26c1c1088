"""Fatigue from messages: the truth is recovered, the prior stands where there is nothing, nothing later is known."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest

from patron.contracts import TABLES
from patron.decisions import Fatigue, FatiguePrior, fatigue
from patron.decisions.attention.fatigue import fatigue_table

LAST = date(2026, 6, 30)
START = datetime.fromisoformat("2026-01-01T09:00")
LEAVES, GROWS, FALLS = 0.01, 1.25, 0.18


def written(seed: int = 3, people: int = 3000, days: int = 180) -> pa.Table:
    """Write to people at random; who clicks more is written to more, as shops do."""
    rng = np.random.default_rng(seed)
    keen = rng.gamma(2.0, 0.5, people)
    here = np.ones(people, bool)
    sent = np.zeros((people, 7), np.int64)
    rows = []
    for day in range(days):
        goes = here & (rng.random(people) < 0.12 * keen)
        load = sent[:, :6].sum(axis=1)
        clicked = goes & (rng.random(people) < 0.08 * keen * np.exp(-FALLS * load))
        left = goes & (rng.random(people) < LEAVES * GROWS**load)
        here &= ~left
        sent = np.concatenate([goes[:, None].astype(np.int64), sent[:, :6]], axis=1)
        at = START + timedelta(days=day)
        rows += [(who, at, clicked[who], left[who]) for who in np.flatnonzero(goes).tolist()]
    who, at, clicks, leaves = zip(*rows, strict=True)
    moment = pa.timestamp("us")
    return pa.table(
        {
            "customer_id": pa.array([f"c{one}" for one in who]), "channel": pa.array(["email"] * len(who)),
            "sent_at": pa.array(at, moment), "bounced_at": pa.nulls(len(who), moment),
            "clicked_at": pa.array([when if yes else None for when, yes in zip(at, clicks, strict=True)], moment),
            "unsubscribed_at": pa.array([when if yes else None for when, yes in zip(at, leaves, strict=True)], moment),
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def table() -> ir.Table:
    return ibis.memtable(written())


def learned(messages: ir.Table, *, as_of: date = LAST) -> Fatigue:
    return fatigue(messages, as_of=as_of, window_days=7)["email"]


def test_the_truth_is_recovered_though_the_keen_are_written_to_more(table: ir.Table) -> None:
    found = learned(table)
    assert found.unsubscribe == pytest.approx(LEAVES, rel=0.12)
    assert found.unsubscribe_low < found.unsubscribe < found.unsubscribe_high < 1.3 * found.unsubscribe
    assert found.growth == pytest.approx(GROWS, rel=0.08)
    assert found.habituation_low < 1 - np.exp(-FALLS) < found.habituation_high
    assert found.habituation_high - found.habituation_low < 0.1
    assert found.prior_weight < 0.05
    # The plain comparison over all customers has it the wrong way round: that is what is avoided.
    assert found.mean_used > 0.5
    TABLES["fatigue"].check(fatigue_table({"email": found}))


def test_without_messages_the_prior_stands_and_says_so() -> None:
    found = fatigue(None, as_of=LAST, window_days=7, channels=("sms",), prior=FatiguePrior(unsubscribe=0.01))
    one = found["sms"]
    assert (one.unsubscribe, one.growth, one.habituation) == pytest.approx((0.01, 1.1, 0.05))
    assert one.row()["evidence"] == "assumed"
    assert (one.prior_weight, one.messages) == (1.0, 0)


def test_a_source_that_tells_of_nobody_who_left_leaves_the_prior_alone(table: ir.Table) -> None:
    silent = table.mutate(unsubscribed_at=ibis.null("timestamp(6)"), clicked_at=ibis.null("timestamp(6)"))
    found = learned(silent)
    assert found.unsubscribe == pytest.approx(FatiguePrior().unsubscribe)
    assert found.habituation == pytest.approx(FatiguePrior().habituation)
    assert found.messages > 10_000


def test_what_came_later_is_not_known(table: ir.Table) -> None:
    day = date(2026, 3, 31)
    past = table.filter(table.sent_at.date() <= ibis.literal(day))
    unknown = past.mutate(
        **{
            name: ibis.ifelse(past[name].date() <= ibis.literal(day), past[name], ibis.null("timestamp(6)"))
            for name in ("clicked_at", "unsubscribed_at")
        }
    )
    assert learned(table, as_of=day) == learned(unknown, as_of=day)

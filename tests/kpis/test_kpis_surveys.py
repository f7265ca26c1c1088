"""NPS, effort and satisfaction by segment and month: by hand, and only where somebody answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from patron.contracts.customer import FORECASTS, MEMBERSHIPS, ORDERS, PROFILES, RHYTHM, TAKINGS
from patron.contracts.raw_experience import RAW_SURVEYS
from patron.kpis import kpis
from patron.kpis.survey_answers import survey_answers
from patron.privacy.shared_tables import SHARED

AS_OF = date(2024, 2, 29)


def surveys(*said: tuple[str, str, float, datetime]) -> ir.Table:
    rows = [
        {"survey_id": f"s{place}", "customer_id": who, "question": question, "kind": question, "score": score,
         "scale": 10.0, "answered_at": moment}
        for place, (who, question, score, moment) in enumerate(said)
    ]  # fmt: skip
    return ibis.memtable(pa.Table.from_pylist(rows, schema=RAW_SURVEYS.schema.to_pyarrow()))


def on(month: int, day: int) -> datetime:
    return datetime(2024, month, day, 12)  # noqa: DTZ001


NAMES = [name for asked in ("nps", "effort", "satisfaction") for name in (asked, f"{asked}_answers")]
SAID = surveys(
    ("ann", "nps", 3.0, on(1, 5)), ("ann", "nps", 10.0, on(1, 6)), ("bob", "nps", 9.0, on(1, 7)),
    ("cid", "nps", 7.0, on(1, 7)), ("dan", "nps", 6.0, on(1, 7)), ("ann", "nps", 0.0, on(2, 1)),
    ("ann", "ces", 2.5, on(1, 5)), ("bob", "ces", 6.0, on(1, 5)), ("ann", "csat", 4.0, on(1, 5)),
    ("bob", "csat", 3.9, on(1, 5)), ("dan", "csat", 5.0, on(3, 1)),
)  # fmt: skip


def made(said: ir.Table | None) -> dict[tuple[Any, ...], float]:
    people = ["ann", "bob", "cid", "dan"]
    profiles = ibis.memtable(
        pa.Table.from_pylist(
            [{"customer_id": who, "first_order_on": date(2024, 1, 1)} for who in people],
            schema=PROFILES.schema.to_pyarrow(),
        )
    )
    members = ibis.memtable(
        pa.Table.from_pylist(
            [
                {"customer_id": who, "segmentation": "s", "segment": "a" if who in ("ann", "dan") else "b"}
                for who in people
            ],
            schema=MEMBERSHIPS.schema.to_pyarrow(),
        )
    )
    sold = [{"customer_id": "ann", "day": date(2024, 1, 1), "revenue": 1, "returns": 0, "net_revenue": 1, "margin": 1}]
    takings = ibis.memtable(pa.Table.from_pylist(sold, schema=TAKINGS.schema.to_pyarrow()))
    more = {} if said is None else {"surveys": survey_answers(said, as_of=AS_OF)}
    table = kpis(ORDERS.empty(), takings, profiles, RHYTHM.empty(), members, FORECASTS.empty(), as_of=AS_OF, more=more)
    rows = table.filter(table.metric.isin(NAMES)).to_pyarrow().to_pylist()
    return {(row["month"].month, row["segment"], row["metric"]): row["value"] for row in rows if row["value"]}


def test_the_scores_of_a_month_by_hand() -> None:
    """Each customer counts once a month, by the last answer; what came after the run's day does not count."""
    found = made(SAID)
    january = {name: found[1, "all", name] for name in NAMES}
    assert january == {
        "nps": 25.0, "nps_answers": 4, "effort": 4.25, "effort_answers": 2, "satisfaction": 0.5,
        "satisfaction_answers": 2,
    }  # fmt: skip
    assert found[1, "b", "nps"] == 50.0
    assert (1, "a", "nps") not in found, "zero: one for, one against"
    assert {key: value for key, value in found.items() if key[0] == 2} == {
        (2, segment, name): value for segment in ("all", "a") for name, value in (("nps", -100.0), ("nps_answers", 1))
    }


def test_without_surveys_there_is_no_such_metric() -> None:
    assert made(None) == {}


def test_behind_a_score_are_those_who_answered() -> None:
    """A month in which a thousand bought and three answered tells an NPS of three people."""
    month = date(2024, 1, 1)
    people = {("active", month, "all", "all"): 1000, ("nps_answers", month, "all", "all"): 3}
    row = {"month": month, "segmentation": "all", "segment": "all", "value": 20.0}
    behind = SHARED["kpis"].people
    assert behind(row | {"metric": "nps"}, people) == 3
    assert behind(row | {"metric": "effort"}, people) == 0
    assert behind(row | {"metric": "revenue"}, people) == 1000
    assert behind(row | {"metric": "nps_answers"}, people) == 20


@pytest.mark.parametrize(("score", "points"), [(0.0, -100), (6.99, -100), (7.0, 0), (8.99, 0), (9.0, 100), (10.0, 100)])
def test_who_is_a_promoter(score: float, points: int) -> None:
    (row,) = survey_answers(surveys(("ann", "nps", score, on(1, 5))), as_of=AS_OF).to_pyarrow().to_pylist()
    assert (row["nps_points"], row["nps_answers"], row["effort_answers"]) == (points, 1, 0)

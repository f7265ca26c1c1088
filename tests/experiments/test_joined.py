"""Members of the loyalty programme against comparable customers: recovery, no effect, selection, leakage."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest
from ledger_tables import listed, takings_of

from patron.contracts.customer import TAKINGS
from patron.experiments.influence import joint_variances
from patron.experiments.joined import Joined, earlier_of, joined, joined_influence, joined_panel
from patron.experiments.ledger import Deeds, ledger

AS_OF = date(2024, 12, 31)
FIRST = date(2023, 1, 1)
JOINED = date(2024, 3, 15)
DAYS = (AS_OF - FIRST).days


def shop(*, gain: float, customers: int = 3000, chosen: str = "lot", seed: int = 1) -> tuple[ir.Table, ir.Table, float]:
    """Customers who buy at their own rates; a third joins, and then brings `gain` more a month for three months."""
    rng = np.random.default_rng(seed)
    rates = rng.gamma(2.0, 0.01, customers)
    growing = rng.random(customers) < 0.3
    chance = np.full(customers, 0.33) if chosen == "lot" else np.where(growing, 0.6, 0.15)
    member = rng.random(customers) < chance
    rows, states, truth = [], [{"customer_id": "old", "dated": FIRST + timedelta(days=30)}], 0.0
    for number in range(customers):
        who = f"c{number:04d}"
        for day in np.flatnonzero(rng.random(DAYS) < rates[number]):
            grown = 1 + (0.004 * day if growing[number] and chosen != "lot" else 0.0)
            rows.append((who, FIRST + timedelta(days=int(day)), float(rng.gamma(2, 10)) * grown))
        if member[number]:
            states += [{"customer_id": who, "dated": JOINED + timedelta(days=91 * place)} for place in range(4)]
            for month in (4, 5, 6):
                brought = float(rng.gamma(1.0, gain)) if gain else 0.0
                if brought:
                    rows.append((who, date(2024, month, 7), brought))
    sums: dict[tuple[str, date], float] = {}
    for who, day, amount in rows:
        sums[who, day] = sums.get((who, day), 0.0) + amount
    truth = 3 * gain
    return listed(states), takings_of([(who, day, amount) for (who, day), amount in sums.items()]), truth


def compared(loyalty: ir.Table, takings: ir.Table, *, as_of: date = AS_OF) -> tuple[Joined, float, float]:
    """The comparison with the standard errors of the effect and of the difference before."""
    panel = ibis.memtable(joined_panel(loyalty, takings, as_of=as_of).to_pyarrow())
    found = joined(panel)
    assert found is not None
    names = ("loyalty", earlier_of("loyalty"))
    spread = joint_variances(joined_influence(panel, found, entry="loyalty"), {name: {name: 1.0} for name in names})
    return found, *(float(np.sqrt(spread[name])) for name in names)


@pytest.mark.parametrize("gain", [10.0])
def test_what_joining_brings_is_recovered(gain: float) -> None:
    loyalty, takings, truth = shop(gain=gain)
    found, error, earlier = compared(loyalty, takings)
    assert abs(found.effect / found.members - truth) < 2.6 * error / found.members
    assert error / found.members < 5
    assert abs(found.earlier) < 2.6 * earlier
    assert found.members > 600


@pytest.mark.slow
def test_errors_are_those_of_repetition() -> None:
    """The standard error is that of the effect over shops that differ by chance alone."""
    found = [compared(*shop(gain=0.0, customers=400, seed=seed)[:2]) for seed in range(30)]
    each = np.array([(one.effect / error, error) for one, error, _ in found])
    assert 0.7 < each[:, 0].std() < 1.35  # 1 within the chance of 30 repetitions


def test_members_who_were_growing_anyway_are_seen_to_differ_before() -> None:
    loyalty, takings, _ = shop(gain=0.0, chosen="growing", customers=4000)
    found, _error, earlier = compared(loyalty, takings)
    assert found.effect > 0  # the model is wrong here,
    assert abs(found.earlier) > 1.96 * earlier  # and says so


def test_the_programme_has_a_row_that_is_modelled() -> None:
    loyalty, takings, truth = shop(gain=10.0, customers=1500)
    nothing = [listed([dict.fromkeys(names)]).limit(0) for names in (
        ("experiment", "kind", "started_on"), ("experiment", "customer_id", "arm", "assigned_on", "propensity"),
        ("experiment", "metric"),
    )]  # fmt: skip
    experiments, assignments, effects = (
        table.cast({name: "date" if name.endswith("_on") else "string" for name in table.columns}) for table in nothing
    )
    found = ledger(experiments, assignments, effects, takings, as_of=AS_OF, deeds=Deeds(loyalty=loyalty))
    row = found.ledger.to_pyarrow().to_pylist()[0]
    assert (row["evidence"], row["rests_on"], row["status"]) == ("modelled", "matched_change", "read")
    assert row["effect_low"] < truth * row["customers"] < row["effect_high"]
    total = {part["part"]: part for part in found.totals.to_pyarrow().to_pylist()}
    assert total["modelled"]["effect_low"] == pytest.approx(row["effect_low"])
    assert total["measured"]["status"] == "nothing"


def test_who_is_on_record_from_the_first_day_on_joined_nobody_knows_when() -> None:
    loyalty, takings, _ = shop(gain=0.0, customers=300)
    snapshot = loyalty.mutate(dated=ibis.literal(JOINED))
    assert joined(ibis.memtable(joined_panel(snapshot, takings, as_of=AS_OF).to_pyarrow())) is None


def test_what_is_known_only_later_changes_nothing() -> None:
    loyalty, takings, _ = shop(gain=10.0, customers=400)
    day = date(2024, 8, 3)
    known = (loyalty.filter(loyalty.dated <= day), takings.filter(takings.day <= day))
    panels = [
        joined_panel(*tables, as_of=day).order_by("customer_id", "joined").to_pyarrow().to_pylist()
        for tables in ((loyalty, takings), known)
    ]
    assert panels[0] == panels[1]
    assert panels[0]


def test_months_that_are_not_over_do_not_count() -> None:
    loyalty, takings, _ = shop(gain=0.0, customers=200)
    panel: Any = joined_panel(loyalty, takings, as_of=date(2024, 6, 30)).to_pyarrow()
    assert isinstance(panel, pa.Table)
    assert panel.num_rows == 0  # June may not be whole: the data end there


def test_it_compiles_for_spark() -> None:
    assert ibis.pyspark
    loyalty = ibis.table({"customer_id": "string", "dated": "date"}, name="loyalty")
    sql = ibis.to_sql(joined_panel(loyalty, TAKINGS.unbound(), as_of=AS_OF), dialect="pyspark")
    assert "LEFT OUTER JOIN" in sql

"""The ledger on a small shop whose truth is known: rows, sums, the gap to the hold-out, costs, and what is refused."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
from ledger_tables import AS_OF, Campaign, Shop, listed, on, shop, takings_of

from patron.contracts.customer import TAKINGS
from patron.contracts.experiment import ASSIGNMENTS
from patron.contracts.ledger import LEDGER, LEDGER_TOTALS, LEDGER_WEEKS
from patron.contracts.price_offer import PRICE_CHANGES
from patron.experiments import Costs, Deeds, LedgerTables, ledger
from patron.experiments.claim_outcomes import Claim, claim_outcomes
from patron.experiments.ledger_words import account, entry_title, fading

CAMPAIGNS = [
    Campaign(name="spring", day=40, brings=30, programme="crm"),
    Campaign(name="luck", day=80, brings=0, fixed=100.0),
    Campaign(name="summer", day=120, brings=25, cost=None),
]
Row = dict[str, Any]


@pytest.fixture(scope="module")
def drawn() -> Shop:
    return shop(CAMPAIGNS, customers=1000)


@pytest.fixture(scope="module")
def made(drawn: Shop) -> LedgerTables:
    return ledger(*drawn.tables, as_of=AS_OF)


@pytest.fixture(scope="module")
def rows(made: LedgerTables) -> dict[str, Row]:
    return {row["entry"]: row for row in LEDGER.check(made.ledger).to_pyarrow().to_pylist()}


@pytest.fixture(scope="module")
def totals(made: LedgerTables) -> dict[tuple[str, str], Row]:
    found = LEDGER_TOTALS.check(made.totals).to_pyarrow().to_pylist()
    return {(row["scope"], row["part"]): row for row in found}


def experiments_of(drawn: Shop, *, global_on: int) -> Any:
    later = [row | {"started_on": on(global_on)} if row["kind"] == "holdout" else row for row in drawn.experiments]
    columns = {"programme": "string", "stopped_on": "date32", "fixed_cost": "float64", "cost_per_contact": "float64"}
    return listed(later, **columns)


def moves(drawn: Shop, name: str) -> dict[str, float]:
    """By how much each customer moves a claim, written out."""
    arms = drawn.brought(name)
    n, m = len(arms["treated"]), len(arms["control"])
    weights = {"treated": np.sqrt(n / (n - 1)), "control": -n / m * np.sqrt(m / (m - 1))}
    places = {"treated": 0, "control": 0}
    found = {}
    for row in drawn.assignments:
        if row["experiment"] == name:
            arm = row["arm"]
            found[row["customer_id"]] = weights[arm] * (arms[arm][places[arm]] - np.mean(arms[arm]))
            places[arm] += 1
    return found


def spread(*parts: dict[str, float]) -> float:
    sums: dict[str, float] = {}
    for part in parts:
        for customer, moved in part.items():
            sums[customer] = sums.get(customer, 0.0) + moved
    return float(np.sqrt(sum(moved**2 for moved in sums.values())))


def test_rows_stand_as_effects_reads_them(drawn: Shop, rows: dict[str, Row]) -> None:
    assert set(rows) == {"spring", "luck", "summer"}
    for reading in drawn.tables[2].to_pyarrow().to_pylist():
        if reading["experiment"] in rows:
            row = rows[reading["experiment"]]
            assert (row["effect"], row["effect_low"], row["effect_high"]) == pytest.approx(
                tuple(reading[name] for name in ("total", "total_low", "total_high"))
            )
            assert (row["evidence"], row["rests_on"], row["status"]) == ("measured", "random_arms", "read")


def test_intervals_hold_the_truth(drawn: Shop, rows: dict[str, Row]) -> None:
    for name, truth in drawn.truth.items():
        assert rows[name]["effect_low"] <= truth <= rows[name]["effect_high"]


def test_costs_are_counted_once_and_never_guessed(rows: dict[str, Row]) -> None:
    spring, luck, summer = (rows[name] for name in ("spring", "luck", "summer"))
    assert spring["cost"] == pytest.approx(0.5 * spring["customers"])
    assert luck["cost"] == pytest.approx(0.5 * luck["customers"] + 100)
    assert (summer["cost"], summer["net"], summer["return_status"]) == (None, None, "unknown_cost")
    assert spring["net"] == pytest.approx(spring["effect"] - spring["cost"])
    assert spring["return_low"] == pytest.approx((spring["effect_low"] - spring["cost"]) / spring["cost"])


def test_a_free_campaign_has_a_net_and_no_return() -> None:
    free = ledger(*shop([Campaign(name="free", day=20, brings=5, cost=0.0)], customers=200).tables, as_of=AS_OF)
    row = free.ledger.to_pyarrow().to_pylist()[0]
    assert (row["cost"], row["return_status"], row["return_on_cost"]) == (0.0, "no_cost", None)
    assert row["net"] == row["effect"]


def test_the_sum_allows_for_claims_on_the_same_customers(
    drawn: Shop, rows: dict[str, Row], totals: dict[tuple[str, str], Row]
) -> None:
    total = totals["all", "measured"]
    parts = [moves(drawn, name) for name in rows]
    reach = (total["effect_high"] - total["effect_low"]) / 2
    assert total["effect"] == pytest.approx(sum(row["effect"] for row in rows.values()))
    assert reach == pytest.approx(1.96 * spread(*parts), rel=1e-2)  # readings are by Student's t
    assert total["unknown_costs"] == 1
    assert total["net"] is None


def test_two_names_of_one_experiment_are_no_two_measurements(drawn: Shop) -> None:
    """Its error counts twice, where independent claims would count only the root of two times."""
    again = [row | {"experiment": "again"} for row in drawn.experiments if row["experiment"] == "spring"]
    twice = Shop(
        experiments=[*drawn.experiments, *again], takings=drawn.takings, truth={},
        assignments=[*drawn.assignments,
                     *(row | {"experiment": "again"} for row in drawn.assignments if row["experiment"] == "spring")],
    )  # fmt: skip
    only = [row for row in twice.experiments if row["experiment"] in ("spring", "again")]
    found = ledger(*Shop(experiments=only, takings=twice.takings, truth={}, assignments=twice.assignments).tables,
                   as_of=AS_OF)  # fmt: skip
    one = found.ledger.to_pyarrow().to_pylist()[0]
    both = next(row for row in found.totals.to_pyarrow().to_pylist() if row["part"] == "measured")
    wide = both["effect_high"] - both["effect_low"]
    assert wide == pytest.approx(2 * (one["effect_high"] - one["effect_low"]), rel=1e-3)


def test_the_gap_is_between_the_claims_and_everybody_elses_gain(
    drawn: Shop, rows: dict[str, Row], totals: dict[tuple[str, str], Row]
) -> None:
    arms = drawn.brought("global")
    gain = len(arms["treated"]) * (np.mean(arms["treated"]) - np.mean(arms["control"]))
    held, gap = totals["all", "holdout"], totals["all", "gap"]
    assert held["effect"] == pytest.approx(gain)
    assert gap["effect"] == pytest.approx(sum(row["effect"] for row in rows.values()) - gain)
    against = {customer: -moved for customer, moved in moves(drawn, "global").items()}
    reach = (gap["effect_high"] - gap["effect_low"]) / 2
    assert reach == pytest.approx(1.96 * spread(*(moves(drawn, name) for name in rows), against), rel=1e-2)
    assert gap["status"] == "agree"  # the claims are true and add up
    assert gap["effect_low"] <= 0 <= gap["effect_high"]


def test_a_campaign_before_the_hold_out_is_not_set_against_it(drawn: Shop) -> None:
    _, *rest = drawn.tables
    found = ledger(experiments_of(drawn, global_on=60), *rest, as_of=AS_OF).totals.to_pyarrow().to_pylist()
    assert next(row["entries"] for row in found if row["part"] == "claims") == 2


def test_hold_outs_that_list_the_held_out_alone_have_everybody_else_beside(drawn: Shop) -> None:
    _, _, effects, takings = drawn.tables
    alone = [row for row in drawn.assignments if row["experiment"] != "global" or row["arm"] == "control"]
    held = {row["customer_id"] for row in alone if row["experiment"] == "global"}
    planned = experiments_of(drawn, global_on=60)
    found = ledger(planned, listed(alone), effects, takings, as_of=AS_OF).totals.to_pyarrow().to_pylist()
    known = {who for who, day, _ in drawn.takings if day <= on(60)}
    sums = dict.fromkeys(known, 0.0)
    for who, day, amount in drawn.takings:
        if who in known and day > on(60):
            sums[who] += round(amount, 2)
    rest = [amount for who, amount in sums.items() if who not in held]
    gain = len(rest) * (np.mean(rest) - np.mean([amount for who, amount in sums.items() if who in held]))
    told = next(row for row in found if row["part"] == "holdout")
    assert (told["status"], told["customers"]) == ("read", len(held & known))
    assert told["effect"] == pytest.approx(gain)


def test_a_programme_is_checked_against_its_own_hold_out(drawn: Shop) -> None:
    name = "programme:crm"
    planned = [row | {"experiment": name} for row in drawn.experiments if row["kind"] == "holdout"]
    own = [row | {"experiment": name} for row in drawn.assignments if row["experiment"] == "global"]
    both = Shop(experiments=[*drawn.experiments, *planned], assignments=[*drawn.assignments, *own],
                takings=drawn.takings, truth={})  # fmt: skip
    found = ledger(*both.tables, as_of=AS_OF).totals.to_pyarrow().to_pylist()
    claims = next(row for row in found if (row["scope"], row["part"]) == (name, "claims"))
    assert claims["entries"] == 1  # of the three campaigns one belongs to it


def test_discoveries_and_what_to_expect_of_them(rows: dict[str, Row], totals: dict[tuple[str, str], Row]) -> None:
    total = totals["all", "measured"]
    assert total["false_winners"] == pytest.approx(0.025 * 3)
    assert total["winners"] == sum(row["effect_low"] > 0 for row in rows.values()) >= 1
    assert all(row["q_value"] >= row["p_value"] for row in rows.values())
    best = max(rows.values(), key=lambda row: row["effect"] / row["customers"])
    assert best["shrunk"] < best["effect"]  # the largest of several is drawn down
    assert rows["luck"]["status"] == "read"
    assert rows["luck"]["q_value"] > 0.1


def test_effects_by_week_and_how_they_fade(drawn: Shop, made: LedgerTables, rows: dict[str, Row]) -> None:
    weeks = [row for row in LEDGER_WEEKS.check(made.weeks).to_pyarrow().to_pylist() if row["entry"] == "spring"]
    assert [(row["from_week"], row["to_week"]) for row in weeks] == [
        (1, 1), (2, 2), (3, 3), (4, 4), (5, 8), (9, 13),
    ]  # fmt: skip
    assert all(row["effect_low"] < 15 < row["effect_high"] for row in weeks[:2])  # 30 a customer, within two weeks
    assert rows["spring"]["decay"] in ("fades", "other_shape")
    assert rows["luck"]["decay"] == "cannot_tell"
    spring = rows["spring"]
    assert spring["early_low"] < drawn.truth["spring"] < spring["early_high"]  # all of it came within two weeks
    assert spring["early_high"] - spring["early_low"] < 0.9 * (spring["effect_high"] - spring["effect_low"])
    assert rows["summer"]["early"] is not None
    assert rows["luck"]["half_life_days"] is None


def test_what_is_known_only_later_changes_nothing(drawn: Shop) -> None:
    experiments, assignments, effects, _ = drawn.tables
    day = on(150)
    before = [row for row in drawn.takings if row[1] <= day]
    readings = effects.filter(effects.experiment != "global")
    all_known, cut = (
        ledger(experiments, assignments, readings, takings_of(rows), as_of=day) for rows in (drawn.takings, before)
    )
    for name in ("totals", "weeks", "ledger"):
        assert getattr(all_known, name).to_pyarrow().to_pylist() == getattr(cut, name).to_pyarrow().to_pylist()


@pytest.mark.parametrize("status", ["sample_ratio"])
def test_what_cannot_be_read_is_listed_and_not_counted(drawn: Shop, status: str) -> None:
    experiments, assignments, effects, takings = drawn.tables
    refused = effects.mutate(
        status=ibis.literal(status), **{f"total{end}": ibis.null("float64") for end in ("", "_low", "_high")}
    )
    found = ledger(experiments, assignments, refused, takings, as_of=AS_OF)
    for row in LEDGER.check(found.ledger).to_pyarrow().to_pylist():
        assert (row["status"], row["effect"], row["counted"], row["net"]) == (status, None, False, None)
    total = next(row for row in found.totals.to_pyarrow().to_pylist() if row["part"] == "measured")
    assert (total["status"], total["effect"]) == ("nothing", None)


def test_arms_that_nobody_says_how_they_were_drawn_are_modelled(drawn: Shop) -> None:
    experiments, assignments, effects, takings = drawn.tables
    elsewhere = experiments.mutate(kind=ibis.ifelse(experiments.kind == "holdout", "holdout", "elsewhere"))
    unknown = assignments.mutate(propensity=ibis.null("float64"))
    for arms, evidence in ((unknown, "modelled"),):
        found = ledger(elsewhere, arms, effects, takings, as_of=AS_OF).ledger.to_pyarrow().to_pylist()
        assert {row["evidence"] for row in found} == {evidence}


def test_costs_of_the_source_and_of_a_channel(drawn: Shop) -> None:
    experiments, *rest = drawn.tables
    unknown = experiments.mutate(cost_per_contact=ibis.null("float64"), fixed_cost=ibis.null("float64"))
    spend = [{"day": on(50), "channel": "Luck", "amount": Decimal("70.00")},
             {"day": on(70), "channel": "luck", "amount": Decimal("999.00")}]  # fmt: skip
    costs = Costs(treated={("spring", "treated"): 321.0}, spend=[spend[0] | {"day": on(90)}, spend[1]])
    found = {
        row["entry"]: row for row in ledger(unknown, *rest, as_of=AS_OF, costs=costs).ledger.to_pyarrow().to_pylist()
    }
    assert (found["spring"]["cost"], found["spring"]["cost_source"]) == (321.0, "source")
    assert (found["luck"]["cost"], found["luck"]["cost_source"]) == (70.0, "spend")  # day 70 is before it began
    assert (found["summer"]["cost"], found["summer"]["cost_source"]) == (None, "unknown")


def test_discounts_given_in_a_campaign_are_a_part_of_it(drawn: Shop) -> None:
    experiments, assignments, effects, _ = drawn.tables
    treated = {row["customer_id"] for row in drawn.assignments
               if (row["experiment"], row["arm"]) == ("spring", "treated")}  # fmt: skip
    given = {(who, day): 4.0 for who, day, _ in drawn.takings if who in treated and on(40) < day < on(70)}
    found = ledger(experiments, assignments, effects, takings_of(drawn.takings, given), as_of=AS_OF)
    rows = {row["entry"]: row for row in found.ledger.to_pyarrow().to_pylist()}
    part = rows["discount: spring"]
    assert (part["kind"], part["status"], part["counted"]) == ("price_change", "within", False)
    assert part["effect"] == pytest.approx(-sum(given.values()), rel=0.01)  # its control was given none
    assert entry_title(part) == "Discounts of spring"
    total = next(row for row in found.totals.to_pyarrow().to_pylist() if row["part"] == "measured")
    assert total["entries"] == 3


def test_what_is_claimed_stands_apart(drawn: Shop) -> None:
    clicks = pa.table({
        "customer_id": ["c00001", "c00002", "c00003"], "campaign": ["spring", "News", None],
        "message": ["m", "m", None],
        "clicked_at": pa.array([datetime.combine(on(50), time(9))] * 3, pa.timestamp("us")),
    })  # fmt: skip
    rows = [*drawn.takings, ("c00001", on(52), 7.0), ("c00002", on(57), 11.0), ("c00002", on(58), 500.0)]
    sums: dict[tuple[str, Any], float] = {}
    for who, day, amount in rows:
        sums[who, day] = sums.get((who, day), 0.0) + amount
    takings = takings_of([(who, day, amount) for (who, day), amount in sums.items()])
    referrals = listed(
        [{"referred_id": "c00009", "converted_on": on(100)}, {"referred_id": None, "converted_on": None}]
    )
    experiments, assignments, effects, _ = drawn.tables
    deeds = Deeds(messages=ibis.memtable(clicks), referrals=referrals)
    found = ledger(experiments, assignments, effects, takings, as_of=AS_OF, deeds=deeds)
    by_entry = {row["entry"]: row for row in LEDGER.check(found.ledger).to_pyarrow().to_pylist()}
    near = [amount for (who, day), amount in sums.items() if who == "c00001" and on(50) <= day <= on(57)]
    assert by_entry["spring"]["last_click"] == pytest.approx(round(sum(near), 2), abs=0.02)
    news, referral = by_entry["clicks: News"], by_entry["referral"]
    own = sum(amount for (who, day), amount in sums.items() if who == "c00009" and day >= on(100))
    assert referral["effect"] == pytest.approx(own, abs=0.05)
    assert news["effect"] >= 11
    assert {(row["evidence"], row["effect_low"], row["q_value"]) for row in (news, referral)} == {
        ("assumed", None, None)
    }
    parts = {row["part"]: row for row in found.totals.to_pyarrow().to_pylist() if row["scope"] == "all"}
    assert parts["assumed"]["entries"] == 2
    assert parts["claims"]["entries"] == 3
    said = " ".join(account(found.totals.to_pyarrow().to_pylist(), lambda amount: f"{amount:.0f}"))
    assert "not added to the rest" in said
    assert "Global hold-out" in said
    assert "luck alone" in said


def test_prices_are_modelled_and_never_held_against_the_holdout(drawn: Shop, made: LedgerTables) -> None:
    """Everybody pays a new price, the held-out too; that two categories are both wrong at once is allowed for."""
    told = {"from_day": on(0), "to_day": AS_OF, "products": 2, "revenue": 900.0, "change": 0.05, "chance": 0.99}
    rows = [
        {
            "category": name, "customers": 300, "effect": middle, "effect_low": middle - 98,
            "effect_high": middle + 98, **told,
        }
        for name, middle in (("tea", 120.0), ("", -20.0))
    ]  # fmt: skip
    changes = ibis.memtable(pa.Table.from_pylist(rows, schema=PRICE_CHANGES.schema.to_pyarrow()))
    found = ledger(*drawn.tables, as_of=AS_OF, deeds=Deeds(price_changes=changes))
    by_entry = {row["entry"]: row for row in LEDGER.check(found.ledger).to_pyarrow().to_pylist()}
    tea = by_entry["prices: tea"]
    assert (tea["kind"], tea["evidence"], tea["rests_on"]) == ("price_change", "modelled", "price_response")
    assert tea["net"] == 120.0
    assert tea["p_value"] == pytest.approx(0.02)
    assert [entry_title(by_entry[f"prices: {name}"]) for name in ("tea", "")] == ["Prices of tea", "Prices"]
    before, after = (
        {(row["scope"], row["part"]): row for row in one.totals.to_pyarrow().to_pylist()} for one in (made, found)
    )
    modelled = after["all", "modelled"]
    assert modelled["effect"] == pytest.approx(100.0)
    assert modelled["effect_high"] - modelled["effect_low"] == pytest.approx(4 * 98)
    whole, measured = after["all", "measured_and_modelled"], before["all", "measured"]
    reach = [(row["effect_high"] - row["effect_low"]) / 2 for row in (whole, measured)]
    assert reach[0] == pytest.approx((reach[1] ** 2 + (2 * 98) ** 2) ** 0.5)
    for part in ("claims", "gap", "holdout", "measured"):
        assert after["all", part] == before["all", part]


def test_nothing_at_all_is_said_to_be_nothing(drawn: Shop) -> None:
    tables = [table.limit(0) for table in drawn.tables]
    found = ledger(*tables, as_of=AS_OF)
    assert found.ledger.count().to_pyarrow().as_py() == 0
    assert {row["status"] for row in found.totals.to_pyarrow().to_pylist()} == {"nothing", "no_holdout"}
    said = account(found.totals.to_pyarrow().to_pylist(), str)
    assert said[0].startswith("Nothing is measured yet")
    assert said[1].startswith("No global hold-out")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"decay": "fades", "half_life_days": 12.2, "half_life_low": None, "half_life_high": 30.0},
         "halves in 12 days (0 to 30)"),
        ({"decay": "lasts", "half_life_low": 80.0}, "lasts so far (half-life over 80 days)"),
        ({"decay": "cannot_tell"}, "cannot tell"), ({"decay": "too_short"}, "too early to tell"),
        ({"decay": "other_shape"}, "no steady fading: sales may only be moved forward"), ({"decay": None}, ""),
    ],
)  # fmt: skip
def test_fading_in_words(row: Row, words: str) -> None:
    assert fading(row) == words


def test_the_day_after_the_assignment_is_the_first_that_counts(drawn: Shop, rows: dict[str, Row]) -> None:
    assert rows["spring"]["from_day"] == on(40) + timedelta(days=1)
    assert rows["spring"]["to_day"] == AS_OF


def test_what_everybody_brought_compiles_for_spark() -> None:
    assert ibis.pyspark
    claim = Claim(entry="a", experiment="a", arm="treated", control="control", from_day=on(1), to_day=on(9))
    outcomes = claim_outcomes([claim], ASSIGNMENTS.unbound(), TAKINGS.unbound(), as_of=AS_OF)
    assert "stretch_6" in ibis.to_sql(outcomes, dialect="pyspark")


def test_households_that_act_alike_widen_what_the_first_weeks_say(drawn: Shop) -> None:
    experiments, assignments, effects, takings = drawn.tables
    middle = (effects.total_low + effects.total_high) / 2
    wide = effects.mutate(
        unit=ibis.literal("household"), total_low=2 * effects.total_low - middle,
        total_high=2 * effects.total_high - middle,
    )  # fmt: skip
    one, other = (
        ledger(experiments, assignments, readings, takings, as_of=AS_OF).ledger.to_pyarrow().to_pylist()[0]
        for readings in (effects, wide)
    )
    assert one["entry"] == other["entry"]
    ratio = (other["early_high"] - other["early_low"]) / (one["early_high"] - one["early_low"])
    assert ratio == pytest.approx(2, rel=1e-2)

"""Micro-segments on planted cells: the truth is found, nobody and no cent is lost, and nothing later is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from patron.contracts.customer import FORECASTS, MEMBERSHIPS, ORDERS, PROFILES, RHYTHM, TAKINGS
from patron.contracts.micro import MEMBERSHIPS_BEFORE, MICRO_AXES, MICRO_SEGMENTS
from patron.errors import ArgumentError
from patron.segments import Tables, micro_members, micro_segments
from patron.segments.micro_counts import patterns_now, patterns_since
from patron.simulate import PlantedCells, planted_cells

AXES = ("behaviour", "stage")
TERMS: dict[str, Any] = {"holdout": 0.2, "detectable": 0.25}
LEAST = 197

Row = dict[str, Any]


def rows_of(drawn: PlantedCells, *, axes: Sequence[str] = AXES, before: bool = True, **terms: Any) -> dict[str, Row]:
    tables, told = tables_of(drawn, axes=axes, before=before)
    used = [row["axis"] for row in sorted(told, key=lambda row: row["position"]) if row["used"]]
    given = {"as_of": drawn.as_of, "horizon_days": 365, **TERMS, **terms}
    found = MICRO_SEGMENTS.check(micro_segments(tables, axes=used, **given)).to_pyarrow().to_pylist()
    return {row["cell"]: row for row in found}


def tables_of(
    drawn: PlantedCells, *, axes: Sequence[str] = AXES, before: bool = True
) -> tuple[Tables, list[Row]]:  # fmt: skip
    members, people = ibis.memtable(drawn.memberships), ibis.memtable(drawn.profiles)
    micro = micro_members(members, people, axes=axes, **TERMS)
    placed = ibis.memtable(MEMBERSHIPS.check(micro.memberships).to_pyarrow())
    told: list[Row] = MICRO_AXES.check(micro.axes).to_pyarrow().to_pylist()
    names = ("profiles", "forecasts", "orders", "takings", "rhythm")
    return Tables(
        memberships=members.union(placed), before=ibis.memtable(drawn.before) if before else None,
        **{name: ibis.memtable(getattr(drawn, name)) for name in names},
    ), told  # fmt: skip


@pytest.fixture(scope="module")
def drawn() -> PlantedCells:
    return planted_cells(12_000, seed=1, behaviours=6, stages=7)


@pytest.fixture(scope="module")
def found(drawn: PlantedCells) -> dict[str, Row]:
    return rows_of(drawn)


def standing(found: dict[str, Row]) -> list[Row]:
    return [row for row in found.values() if row["merged_into"] is None]


def test_every_customer_and_cent_is_in_one_segment_and_in_one_cell(drawn: PlantedCells, found: dict[str, Row]) -> None:
    cells = [row for row in found.values() if row["level"] == len(AXES)]
    for part in (standing(found), cells):
        assert sum(row["customers"] for row in part) == 12_000
        assert sum(row["margin"] for row in part) == pc.sum(drawn.profiles["margin"]).as_py()
        assert sum(row["watched"] for row in part) == 12_000
        assert sum(row["margin_since"] for row in part) == brought(drawn)
        assert sum(row["ordered"] for row in part) == drawn.orders.num_rows - 12_000
    for rest in (row for row in found.values() if row["level"] < len(AXES)):
        parts = [row for row in cells if row["merged_into"] == rest["cell"]]
        for name in ("customers", "margin", "margin_last", "predicted_value", "watched", "at_risk", "lapsed"):
            assert rest[name] == sum(row[name] for row in parts), name


def brought(drawn: PlantedCells) -> Decimal:
    later = drawn.takings.filter(pc.greater(drawn.takings["day"], pa.scalar(drawn.as_of - timedelta(days=30))))
    return pc.sum(later["margin"]).as_py()


def test_small_cells_are_merged_and_say_so(found: dict[str, Row]) -> None:
    for row in found.values():
        assert (row["reason"] == "too_few") == (row["customers"] < LEAST)
        if row["level"] == len(AXES):
            assert (row["merged_into"] is None) == (row["customers"] >= LEAST)
        assert row["rank"] is None or row["reason"] is None
    assert {row["rank"] for row in found.values()} - {None} == set(
        range(1, sum(row["rank"] is not None for row in found.values()) + 1)
    )
    ranked = sorted((row for row in found.values() if row["rank"]), key=lambda row: row["rank"])
    stakes = [row["value_at_stake"] for row in ranked]
    assert stakes == sorted(stakes, reverse=True)
    assert all(row["evidence"] == "assumed" for row in found.values())


def test_rates_are_nearer_the_truth_than_raw_cells_and_the_mean_of_all(
    drawn: PlantedCells, found: dict[str, Row]
) -> None:
    truth = {f"{row['behaviour']}/{row['stage']}": row for row in drawn.truth.to_pylist()}
    watched = [row for row in found.values() if row["level"] == len(AXES) and row["watched"]]
    sums = {"order_rate": ("ordered", "watched"), "lapse_rate": ("lapsed", "at_risk"),
            "average_margin": ("margin_since", "watched")}  # fmt: skip
    for name, (part, whole) in sums.items():
        real = np.array([truth[row["cell"]][name] for row in watched])
        raw = np.array([float(row[part]) / row[whole] for row in watched])
        everybody = sum(float(row[part]) for row in watched) / sum(row[whole] for row in watched)
        own = np.array([row[name] for row in watched])
        errors = [np.sqrt(np.mean((guess - real) ** 2)) for guess in (own, raw, everybody)]
        assert errors[0] < 0.9 * errors[1], name
        assert errors[0] < 0.7 * errors[2], name
        inside = [row[f"{name}_low"] <= one <= row[f"{name}_high"] for row, one in zip(watched, real, strict=True)]
        assert np.mean(inside) >= 0.85, name  # of 42 cells; `test_tree_shrinkage` asks many more


def test_stability_is_the_share_that_stayed(drawn: PlantedCells, found: dict[str, Row]) -> None:
    truth = {f"{row['behaviour']}/{row['stage']}": row for row in drawn.truth.to_pylist()}
    for row in standing(found):
        if row["level"] == len(AXES):
            one = truth[row["cell"]]
            stays = one["stays"] + (1 - one["stays"]) * one["share"]  # some who move come to the same cell
            assert row["stability"] == pytest.approx(stays, abs=4.5 * np.sqrt(0.25 / row["watched"]))


def test_what_is_at_stake_is_the_gap_to_peers_of_the_same_stage(drawn: PlantedCells, found: dict[str, Row]) -> None:
    truth = drawn.truth.to_pylist()
    near = []
    for row in (row for row in standing(found) if row["peers_by"] == "behaviour" and row["level"] == len(AXES)):
        behaviour, stage = row["cell"].split("/")
        others = [one for one in truth if one["stage"] == stage and one["behaviour"] != behaviour]
        peers = sum(one["predicted_value"] * one["share"] for one in others) / sum(one["share"] for one in others)
        mine = next(one for one in truth if (one["behaviour"], one["stage"]) == (behaviour, stage))
        near.append(row["gap_low"] <= peers - mine["predicted_value"] <= row["gap_high"])
        assert abs(row["gap_shrunk"]) <= abs(row["gap"])
        assert row["value_at_stake"] == pytest.approx(max(row["customers"] * row["gap_shrunk"], 0))
    assert len(near) > 10
    assert np.mean(near) > 0.8


def test_order_of_rows_and_names_decide_nothing(drawn: PlantedCells, found: dict[str, Row]) -> None:
    rng = np.random.default_rng(1)

    def shuffled(table: pa.Table) -> pa.Table:
        return table.take(pa.array(rng.permutation(table.num_rows)))

    def renamed(table: pa.Table) -> pa.Table:
        names = table["segment"].to_pylist()
        other = [f"{name[:-1]}{9 - int(name[-1])}" for name in names]
        return table.set_column(table.column_names.index("segment"), "segment", pa.array(other))

    tables = {name: shuffled(getattr(drawn, name)) for name in ("profiles", "forecasts", "orders", "takings", "rhythm")}
    members = {name: renamed(shuffled(getattr(drawn, name))) for name in ("memberships", "before")}
    again = rows_of(replace(drawn, **tables, **members))
    plain = rows_of(replace(drawn, **tables))
    assert plain == found
    assert len(again) == len(found)
    for name, row in found.items():
        other = again["/".join(f"{part[:-1]}{9 - int(part[-1])}" if part != "*" else part for part in name.split("/"))]
        for column in set(row) - {"cell", "title", "parent", "merged_into", "rank"}:
            assert other[column] == (pytest.approx(row[column], rel=1e-6, abs=1e-9) if isinstance(row[column], float)
                                     else row[column]), column  # fmt: skip


def test_nothing_that_comes_later_is_known(drawn: PlantedCells, found: dict[str, Row]) -> None:
    later = drawn.as_of + timedelta(days=1)

    def moved(table: pa.Table, column: str) -> pa.Table:
        some = table.slice(0, 500)
        kind = table.schema.field(column).type
        return pa.concat_tables([
            table, some.set_column(table.column_names.index(column), column, pa.array([later] * 500).cast(kind))
        ])  # fmt: skip

    with_later = replace(drawn, orders=moved(drawn.orders, "ordered_at"), takings=moved(drawn.takings, "day"))
    assert rows_of(with_later) == found


def test_without_an_earlier_day_rates_are_not_told(drawn: PlantedCells, found: dict[str, Row]) -> None:
    rows = rows_of(drawn, before=False)
    assert rows.keys() == found.keys()
    for name, row in rows.items():
        assert (
            row["stability"] is row["order_rate"] is row["better"] is row["smallest_margin"] is row["from_day"] is None
        )
        assert row["value_at_stake"] == found[name]["value_at_stake"]
        expected = 2.8016 * 0.5 / np.sqrt(row["customers"] * 0.16)
        assert row["smallest_rate"] == (pytest.approx(expected, rel=1e-3) if expected <= 1 else None)


def test_where_an_axis_was_not_known_then_nobody_was_in_any_cell(drawn: PlantedCells) -> None:
    known = drawn.before.filter(pc.equal(drawn.before["segmentation"], "stage"))
    rows = rows_of(replace(drawn, before=known))
    assert {row["watched"] for row in rows.values()} == {0}
    assert {row["order_rate"] for row in rows.values()} == {row["from_day"] for row in rows.values()} == {None}


def test_fifty_customers_are_one_group_that_cannot_be_tested() -> None:
    rows = rows_of(planted_cells(50, seed=2, behaviours=4, stages=4))
    assert [row["cell"] for row in standing(rows)] == ["*"]
    assert rows["*"]["reason"] == "too_few"
    assert rows["*"]["customers"] == 50
    assert not any(row["rank"] for row in rows.values())


def test_one_cell_has_no_axis_and_no_peers() -> None:
    drawn = planted_cells(300, seed=3, behaviours=1, stages=2)
    rows = rows_of(drawn)
    assert {row["level"] for row in rows.values()} <= {0, 1}  # all have the same behaviour, so it cuts nothing
    _, told = tables_of(planted_cells(300, seed=3, behaviours=1, stages=1))
    assert [row["reason"] for row in told] == ["one_value", "one_value"]


def test_axes_without_members_or_with_too_many_values_are_left_out_and_values_may_be_missing() -> None:
    drawn = planted_cells(3_000, seed=4, behaviours=3, stages=2)
    ids = drawn.profiles["customer_id"]
    many = pa.array([f"v{number}" for number in range(3_000)])
    none = pc.if_else(pa.array(np.arange(3_000) % 3 == 0), pa.scalar(None, pa.string()), pa.array(["DE"] * 3_000))
    names = drawn.profiles.column_names
    people = drawn.profiles.set_column(names.index("country"), "country", none)
    people = people.set_column(names.index("acquisition_channel"), "acquisition_channel", many)
    changed = replace(drawn, profiles=people)
    axes = ("behaviour", "tier", "acquisition_channel", "country")
    _, told = tables_of(changed, axes=axes)
    assert [(row["axis"], row["used"], row["reason"]) for row in told] == [
        ("behaviour", True, None), ("tier", False, "no_members"), ("acquisition_channel", False, "too_many_values"),
        ("country", True, None),
    ]  # fmt: skip
    assert told[3]["values"] == 2
    rows = rows_of(changed, axes=axes)
    nowhere = [row for row in rows.values() if row["cell"].endswith("/(none)")]
    assert sum(row["customers"] for row in nowhere) == 1_000
    assert {row["title"].partition(", ")[2] for row in nowhere} == {"no country"}
    assert len(ids) == sum(row["customers"] for row in standing(rows))


@pytest.mark.parametrize("axes", [(), ("rfm", "rfm"), "rfm", ("micro",), tuple("abcdefg")])
def test_axes_that_cannot_be_are_refused(drawn: PlantedCells, axes: Any) -> None:
    with pytest.raises(ArgumentError):
        micro_members(ibis.memtable(drawn.memberships), ibis.memtable(drawn.profiles), axes=axes, **TERMS)


@pytest.mark.parametrize("terms", [{"holdout": 0.0}, {"detectable": 0.0}, {"level": 1.0}, {"horizon_days": 0}])
def test_terms_that_cannot_be_are_refused(drawn: PlantedCells, terms: dict[str, Any]) -> None:
    tables, _ = tables_of(drawn)
    given = {"as_of": drawn.as_of, "horizon_days": 365, **TERMS, **terms}
    with pytest.raises(ArgumentError):
        micro_segments(tables, axes=AXES, **given)


def test_an_earlier_day_lies_before(drawn: PlantedCells) -> None:
    tables, _ = tables_of(drawn)
    with pytest.raises(ArgumentError, match="2024-12-01"):
        micro_segments(tables, axes=AXES, as_of=drawn.as_of - timedelta(days=30), horizon_days=365, **TERMS)


def test_nobody_is_in_no_cell() -> None:
    empty: dict[str, ir.Table] = {
        "memberships": MEMBERSHIPS.empty(), "profiles": PROFILES.empty(), "forecasts": FORECASTS.empty(),
        "orders": ORDERS.empty(), "takings": TAKINGS.empty(), "rhythm": RHYTHM.empty(),
        "before": MEMBERSHIPS_BEFORE.empty(),
    }  # fmt: skip
    micro = micro_members(empty["memberships"], empty["profiles"], axes=AXES, **TERMS)
    assert micro.memberships.count().to_pyarrow().as_py() == 0
    assert [row["reason"] for row in micro.axes.to_pyarrow().to_pylist()] == ["no_members", "no_members"]
    day = planted_cells(1, seed=1).as_of
    rows = micro_segments(Tables(**empty), axes=AXES, as_of=day, horizon_days=365, **TERMS)
    assert rows.count().to_pyarrow().as_py() == 0


def test_it_compiles_for_spark(drawn: PlantedCells) -> None:
    ibis.pyspark  # noqa: B018 - loads the dialect's options
    unbound = {
        contract.name: contract.unbound() for contract in (MEMBERSHIPS, PROFILES, FORECASTS, ORDERS, TAKINGS, RHYTHM)
    }
    tables = Tables(**unbound, before=MEMBERSHIPS_BEFORE.unbound())
    day = drawn.as_of
    assert ibis.to_sql(patterns_now(tables, ["mail"], as_of=day, horizon_days=365), dialect="pyspark")
    since = patterns_since(tables, ["mail"], [("a/b", "a/*")], AXES, origin=day - timedelta(days=30), as_of=day)
    assert ibis.to_sql(since, dialect="pyspark")

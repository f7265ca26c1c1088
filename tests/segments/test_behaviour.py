"""Behaviour segments against planted truth, their ids from run to run, and tables that cannot be divided."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from growing_behaviour import months
from numpy.typing import NDArray
from planted_behaviour import described
from sklearn.cluster import KMeans

from patron.contracts import TABLES
from patron.contracts.segment import BEHAVIOUR, BEHAVIOUR_SEGMENTS
from patron.engines.condition import condition
from patron.errors import ArgumentError, ContractError, NotEnoughData, NotFitted
from patron.segments import BehaviourSegments, behaviour_memberships
from patron.segments.behaviour_features import BEHAVIOUR_FEATURES
from patron.segments.behaviour_reading import read_sample
from patron.simulate import PlantedSegments, planted_segments
from patron.stats.agreement import adjusted_rand

CUSTOMERS = 2_000
Truth = dict[str, str]


@pytest.fixture(scope="module")
def planted() -> PlantedSegments:
    return planted_segments(customers=CUSTOMERS, seed=2)


@pytest.fixture(scope="module")
def table(planted: PlantedSegments) -> pa.Table:
    return described(planted.lines, as_of=planted.as_of)


@pytest.fixture(scope="module")
def model(table: pa.Table) -> BehaviourSegments:
    return BehaviourSegments().fit(table, as_of=date(2024, 12, 31))


def agreement(found: pa.Table, planted: PlantedSegments) -> float:
    truth: Truth = dict(zip(*planted.truth.to_pydict().values(), strict=True))
    return adjusted_rand(
        coded([truth[one] for one in found["customer_id"].to_pylist()]), coded(found["segment"].to_pylist())
    )


def coded(words: list[str]) -> NDArray[np.int64]:
    return np.unique(np.array(words), return_inverse=True)[1]


def test_planted_segments_are_found_where_k_means_with_the_true_number_fails(
    planted: PlantedSegments, table: pa.Table, model: BehaviourSegments
) -> None:
    assert agreement(model.assign(table), planted) >= 0.9
    assert len(model.segments_) == 8
    ordered = table.sort_by("customer_id")
    names = [one.name for one in BEHAVIOUR_FEATURES if ordered[one.name].null_count < table.num_rows]
    plain = np.stack([ordered[name].to_numpy().astype(np.float64) for name in names], axis=1)
    plain = np.where(np.isfinite(plain), plain, np.nanmean(plain, axis=0))
    plain = plain[:, plain.std(axis=0) > 0]
    plain = (plain - plain.mean(axis=0)) / plain.std(axis=0)
    groups = KMeans(8, n_init=5, random_state=1).fit_predict(plain)
    rival = pa.table({"customer_id": ordered["customer_id"], "segment": [f"k{group}" for group in groups]})
    assert agreement(rival, planted) < 0.7


def test_features_keep_the_contract_and_see_nothing_of_later_days(planted: PlantedSegments, table: pa.Table) -> None:
    BEHAVIOUR.check(ibis.memtable(table))
    day = planted.as_of - timedelta(days=400)
    earlier = planted.lines.filter(pc.less_equal(planted.lines["ordered_at"].cast(pa.date32()), pa.scalar(day)))
    some = pc.field("customer_id") < "C000300"
    then = described(planted.lines.filter(some), as_of=day).sort_by("customer_id")
    known = described(earlier.filter(some), as_of=day).sort_by("customer_id")
    pace = "expected_interval_days"  # from means of logarithms, whose last digits hang on the order of the rows
    assert then.drop_columns(pace).equals(known.drop_columns(pace))
    np.testing.assert_allclose(then[pace].to_numpy(), known[pace].to_numpy(), rtol=1e-12)


def test_visits_and_opinions_are_features_where_they_are_there_and_later_ones_are_not_known(
    planted: PlantedSegments,
) -> None:
    day = planted.as_of - timedelta(days=30)
    noon, later = (datetime.combine(one, time(12)) for one in (day, planted.as_of))

    def rows(name: str, *facts: dict[str, Any]) -> ibis.Table:
        schema = TABLES[name].schema.to_pyarrow()
        return ibis.memtable(pa.Table.from_pylist([dict.fromkeys(schema.names) | one for one in facts], schema=schema))

    told = {
        "sessions": rows("sessions", *(
            {"session_id": str(place), "customer_id": "C000001", "started_at": at, "engagement": depth}
            for place, (at, depth) in enumerate(((noon, 0.2), (noon, 0.6), (later, 1.0)))
        )),
        "reviews": rows("raw_reviews", *(
            {"review_id": str(place), "customer_id": "C000001", "rating": rating, "reviewed_at": at}
            for place, (at, rating) in enumerate(((noon, 5.0), (noon, 4.0), (later, 1.0)))
        )),
        "surveys": rows("raw_surveys", *(
            {"survey_id": str(place), "customer_id": "C000001", "question": "nps", "kind": "nps", "score": score,
             "answered_at": at}
            for place, (at, score) in enumerate(((noon, 8.0), (later, 0.0)))
        )),
    }  # fmt: skip
    some = planted.lines.filter(pc.field("customer_id") < "C000005")
    found = BEHAVIOUR.check(ibis.memtable(described(some, as_of=day, **told))).to_pyarrow().to_pylist()
    first, *others = sorted(found, key=lambda row: row["customer_id"])
    told_of_her = [first[name] for name in ("visits", "visit_depth", "rating", "nps_score")]
    assert told_of_her == [2, pytest.approx(0.4), 4.5, 8.0]
    assert all(row[name] is None for row in others for name in ("visits", "visit_depth", "rating", "nps_score"))


def test_segments_are_described_by_rules_that_hold_in_the_engine(table: pa.Table, model: BehaviourSegments) -> None:
    found = model.assign(table)
    sizes = {row["values"]: row["counts"] for row in pc.value_counts(found["segment"]).to_pylist()}
    rows = BEHAVIOUR_SEGMENTS.check(ibis.memtable(model.described(sizes))).to_pyarrow().to_pylist()
    assert sum(row["customers"] for row in rows) == table.num_rows
    assert len({row["title"] for row in rows}) == len(rows)
    assert {row["born_on"] for row in rows} == {date(2024, 12, 31)}
    own = ibis.memtable(table.drop_columns(["segment"]).join(found.select(["customer_id", "segment"]), "customer_id"))
    for row in rows:
        named = own.filter(condition(row["condition"], own, where="test")).segment.to_pyarrow().to_pylist()
        assert named.count(row["segment"]) / len(named) == pytest.approx(row["precision"], abs=0.12)
        assert row["condition"].count(" AND ") <= 2
    assert np.mean([row["precision"] for row in rows]) > 0.85
    assert np.mean([row["recall"] for row in rows]) > 0.85
    assert any("Discount hunters" in row["title"] for row in rows)


def test_engine_and_numpy_assign_alike_and_the_order_of_rows_does_not_matter(
    table: pa.Table, model: BehaviourSegments
) -> None:
    state = model._state
    assert state is not None
    sample = read_sample(ibis.memtable(table), None)
    rows = np.stack([scale.scaled(sample.columns) for scale in state.scales], axis=1)
    by_hand = [state.segments[group].id for group in state.mixture.assign(rows)]
    assert model.assign(table).sort_by("customer_id")["segment"].to_pylist() == by_hand
    mixed = table.take(np.random.default_rng(1).permutation(table.num_rows))
    again = BehaviourSegments().fit(mixed, as_of=date(2024, 12, 31))
    assert again.to_json() == model.to_json()


def test_a_model_is_plain_json(table: pa.Table, model: BehaviourSegments) -> None:
    back = BehaviourSegments.from_json(model.to_json())
    assert back.assign(table).equals(model.assign(table))
    assert back.to_json() == model.to_json()
    with pytest.raises(ArgumentError, match="not a saved BehaviourSegments"):
        BehaviourSegments.from_json('{"model": "BehaviourSegments", "scales": 3}')
    with pytest.raises(NotFitted):
        BehaviourSegments().assign(table)


def test_missing_values_count_for_nothing_and_nobody_is_divided_by_nothing(
    model: BehaviourSegments, table: pa.Table
) -> None:
    few = table.slice(0, 2)
    names = [scale.name for scale in model._state.scales] if model._state else []
    for name in names:
        few = few.set_column(few.column_names.index(name), name, pa.array([None, few[name][1].as_py()], pa.float64()))
    found = model.assign(few).sort_by("customer_id").to_pylist()
    empty = few["customer_id"][0].as_py()
    assert [row for row in found if row["segment"] is None] == [
        {"customer_id": empty, "segment": None, "certainty": None}
    ]
    assert all(0 < row["certainty"] <= 1 for row in found if row["segment"])


def groups(*middles: float, each: int = 150, seed: int = 1, first: int = 0) -> pa.Table:
    """Groups of customers around middles of two columns."""
    rng = np.random.default_rng(seed)
    spend = np.concatenate([rng.normal(100 * (1 + middle), 4, each) for middle in middles])
    visits = np.concatenate([rng.normal(20 + 15 * (middle % 3), 1, each) for middle in middles])
    ids = [f"C{first + number:05d}" for number in range(len(spend))]
    return pa.table({"customer_id": ids, "spend": spend, "visits": visits})


def test_ids_stay_a_new_segment_gets_a_new_one_and_a_dead_id_is_not_used_again() -> None:
    first = BehaviourSegments(segments=3).fit(groups(0, 1, 2))
    assert [one.id for one in first.segments_] == ["b1", "b2", "b3"]
    was = dict(zip(*first.assign(groups(0, 1, 2)).select(["customer_id", "segment"]).to_pydict().values(), strict=True))
    fewer = groups(0, 1)
    second = BehaviourSegments(segments=2).fit(fewer, before=first)
    now = dict(zip(*second.assign(fewer).select(["customer_id", "segment"]).to_pydict().values(), strict=True))
    assert all(was[who] == segment for who, segment in now.items())
    dead = {"b1", "b2", "b3"} - set(now.values())
    third = BehaviourSegments(segments=3).fit(groups(0, 1, 9), before=second)
    ids = {one.id for one in third.segments_}
    assert "b4" in ids
    assert not ids & dead


def test_names_from_the_settings_replace_the_made_ones() -> None:
    named = BehaviourSegments(segments=2, names={"b2": "Gift givers"}).fit(groups(0, 1))
    assert [one.title == "Gift givers" for one in named.segments_] == [False, True]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_customers_keep_their_ids_over_twelve_monthly_runs(seed: int) -> None:
    every = months(1_000, seed)
    table = next(every)
    first = model = BehaviourSegments().fit(table)
    start = was = ids(model, table)
    kept = []
    for table in every:
        model = BehaviourSegments().fit(table, before=model)
        now = ids(model, table)
        kept.append(np.mean([now[who] == segment for who, segment in was.items()]))
        was = now
    assert len(kept) == 12
    assert min(kept) >= 0.95
    # By the yardstick of the first month she is where she was.
    still = ids(first, table)
    unmoved = [who for who, segment in start.items() if still[who] == segment]
    assert len(unmoved) > 0.85 * len(start)
    assert np.mean([was[who] == start[who] for who in unmoved]) >= 0.95


def ids(model: BehaviourSegments, table: pa.Table) -> dict[str, str]:
    return dict(zip(*model.assign(table).select(["customer_id", "segment"]).to_pydict().values(), strict=True))


def test_what_is_missing_or_constant_is_left_out_and_said() -> None:
    table = groups(0, 1)
    n = table.num_rows
    table = table.append_column("empty", pa.nulls(n, pa.float64())).append_column("same", pa.array([1.0] * n))
    table = table.append_column("noise", pa.array(np.random.default_rng(2).normal(size=n)))
    model = BehaviourSegments(segments=2).fit(table)
    assert {(one.name, one.reason) for one in model.left_out_} == {
        ("empty", "missing"), ("same", "constant"), ("noise", "no_help"),
    }  # fmt: skip


def test_one_huge_customer_does_not_make_the_segments() -> None:
    table = groups(0, 1)
    huge = pa.table({"customer_id": ["Z"], "spend": [1e9], "visits": [1e6]})
    both = pa.concat_tables([table, huge])
    plain = BehaviourSegments(segments=2).fit(table).assign(table).sort_by("customer_id")
    other = BehaviourSegments(segments=2).fit(both).assign(table).sort_by("customer_id")
    assert adjusted_rand(coded(plain["segment"].to_pylist()), coded(other["segment"].to_pylist())) > 0.97


def test_too_few_and_all_equal_are_told() -> None:
    with pytest.raises(NotEnoughData, match="50 customers") as error:
        BehaviourSegments().fit(groups(0, each=50))
    assert error.value.data["least"] == 200
    same = pa.table({"customer_id": [f"C{n}" for n in range(300)], "spend": [5.0] * 300})
    with pytest.raises(NotEnoughData, match="do not differ"):
        BehaviourSegments().fit(same)


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ArgumentError, match="13; 2 to 12"):
        BehaviourSegments(segments=13)
    with pytest.raises(ContractError, match="'spent'"):
        BehaviourSegments(features=["spent"]).fit(groups(0, 1))
    with pytest.raises(ContractError, match="'customer_id'"):
        BehaviourSegments().fit(pa.table({"spend": [1.0]}))
    with pytest.raises(ArgumentError, match="no column of numbers"):
        BehaviourSegments().fit(pa.table({"customer_id": ["a"], "name": ["b"]}))


def test_memberships_are_of_those_with_a_segment(table: pa.Table, model: BehaviourSegments) -> None:
    placed = table.drop_columns(["segment", "certainty"]).join(model.assign(table), "customer_id")
    placed = placed.set_column(
        placed.column_names.index("segment"), "segment",
        pc.if_else(pc.equal(placed["customer_id"], "C000001"), None, placed["segment"]),
    )  # fmt: skip
    rows = behaviour_memberships(ibis.memtable(placed), ibis.memtable(model.described({}))).to_pyarrow()
    assert rows.num_rows == table.num_rows - 1
    assert set(rows["segmentation"].to_pylist()) == {"behaviour"}


def test_a_segment_that_is_still_apart_keeps_its_name() -> None:
    first = BehaviourSegments(segments=2).fit(groups(0, 1))
    state = first._state
    assert state is not None
    renamed = replace(state.segments[0], named_by=state.segments[0].named_by[::-1])
    first._state = replace(state, segments=(renamed, *state.segments[1:]))
    second = BehaviourSegments(segments=2).fit(groups(0, 1, seed=2), before=first)
    assert second.segments_[0].named_by == renamed.named_by

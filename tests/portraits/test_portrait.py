"""Portraits: planted differences are found, chance is not, few are never told of, bad input says what is wrong."""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts.portrait import PORTRAITS
from patron.errors import ArgumentError, SettingsError
from patron.portraits import attributes, portrait, portrait_rows, sentence
from patron.portraits.counted import Counted

Row = dict[str, Any]


def drawn(seed: int = 1, people: int = 600) -> pd.DataFrame:
    """Two kinds of people: `a` likes Tea twice as much, is never in Ulm, and is as old as the others."""
    rng = np.random.default_rng(seed)
    kind = np.where(rng.random(people) < 0.4, "a", "b")
    tea = rng.random(people) < np.where(kind == "a", 0.6, 0.3)
    town = np.where(kind == "a", "Bonn", np.where(rng.random(people) < 0.5, "Ulm", "Bonn"))
    return pd.DataFrame({
        "customer_id": [f"c{place}" for place in range(people)], "kind": kind, "category": np.where(tea, "Tea", "Toys"),
        "town": town, "age": rng.normal(45, 12, people).round(), "drawn": rng.choice(["x", "y", "z"], people),
    })  # fmt: skip


@pytest.fixture(scope="module")
def made() -> ibis.Table:
    return portrait(drawn(), by="kind")


def rows(table: ibis.Table) -> list[Row]:
    return PORTRAITS.check(table).order_by("segment", "rank").to_pyarrow().to_pylist()


def test_planted_differences_are_found_with_their_counts(made: ibis.Table) -> None:
    people = drawn()
    told = {(row["segment"], row["attribute"], row["value"]): row for row in rows(made)}
    tea = told["a", "category", "Tea"]
    inside = people[people.kind == "a"]
    assert (tea["people"], tea["known"]) == ((inside.category == "Tea").sum(), len(inside))
    assert tea["found"]
    assert tea["lift_low"] < 2 < tea["lift_high"]
    assert tea["kind"] == "categories"
    assert told["a", "town", "Bonn"]["found"]
    assert ("a", "town", "Ulm") not in told, "nobody of them: too few to be told of"
    assert told["b", "town", "Ulm"]["lift"] is None, "nobody else has it"
    assert sentence(told["b", "town", "Ulm"]).endswith("and nobody else.")
    assert not any(row["found"] for (_, attribute, _), row in told.items() if attribute in ("age", "drawn"))


def test_ranks_begin_with_what_is_found(made: ibis.Table) -> None:
    found = rows(made)
    for segment in ("a", "b"):
        mine = [row for row in found if row["segment"] == segment]
        assert [row["rank"] for row in mine] == list(range(1, len(mine) + 1))
        assert [row["found"] for row in mine] == sorted((row["found"] for row in mine), reverse=True)


def test_the_order_of_the_people_is_no_matter(made: ibis.Table) -> None:
    people = drawn()
    assert rows(made) == rows(portrait(people.sample(frac=1, random_state=3), by="kind"))


def cells(rng: np.random.Generator, effect: np.ndarray, people: int = 4_000) -> Counted:
    """Draw a division into five segments, and values whose share is `effect` times as large in the first one."""
    values, segments = len(effect), 5
    sizes = np.full(segments, people // segments)
    share = rng.uniform(0.05, 0.3, values)
    ratio = np.ones((segments, values))
    ratio[0] = effect
    counts = rng.binomial(sizes[:, None], np.minimum(share * ratio, 1.0)).astype(float)
    return Counted(
        segments=tuple(("kind", f"s{place}") for place in range(segments)), sizes=sizes,
        values=tuple((f"a{place}", "yes") for place in range(values)), everybody=counts.sum(axis=0),
        everybody_known=np.full(values, float(sizes.sum())), people=counts,
        known=np.repeat(sizes[:, None].astype(float), values, axis=1),
    )  # fmt: skip


def test_false_discoveries_are_as_few_as_promised() -> None:
    rng = np.random.default_rng(4)
    nothing = [any(portrait_rows(cells(rng, np.ones(60)))["found"].to_pylist()) for _ in range(120)]
    assert np.mean(nothing) <= 0.05, "where nothing is planted, hardly ever anything is found"
    effect = np.where(np.arange(60) < 15, 2.0, 1.0)
    false, power = [], []
    for _ in range(30):
        found = [row for row in portrait_rows(cells(rng, effect)).to_pylist() if row["found"]]
        # With a value that the first segment has more often, all others have it less often: no false discovery.
        wrong = [row for row in found if int(row["attribute"][1:]) >= 15]
        false.append(len(wrong) / max(len(found), 1))
        power.append(sum(row["segment"] == "s0" for row in found) / 15)
    assert np.mean(false) <= 0.05
    assert np.mean(power) > 0.8


@given(st.lists(st.tuples(*(st.integers(0, most) for most in (60, 60, 300, 300))), min_size=1), st.integers(2, 30))
@settings(max_examples=40)
def test_few_people_are_never_told_of(drawn_cells: list[tuple[int, int, int, int]], least: int) -> None:
    a, gap, b, rest = (np.array(column, dtype=float) for column in zip(*drawn_cells, strict=True))
    made = Counted(
        segments=(("kind", "s"),), sizes=np.array([60]), values=tuple((f"a{place}", "yes") for place in range(len(a))),
        everybody=a + b, everybody_known=a + gap + b + rest, people=a[None, :], known=(a + gap)[None, :],
    )  # fmt: skip
    for row in portrait_rows(made, least=least).to_pylist():
        assert row["people"] >= least
        assert row["known"] >= max(20, least)
        assert row["others_known"] >= max(20, least)


def test_whether_a_value_is_tested_depends_on_no_outcome() -> None:
    """A value that 60 people have is tested whether few of the segment have it or many."""
    people = drawn()
    q_values = []
    for mine in (0, 3, 30):
        chosen = [*people.index[people.kind == "a"][:mine], *people.index[people.kind == "b"][: 60 - mine]]
        marked = people.assign(rare=np.where(people.index.isin(chosen), "yes", "no"))
        found = rows(portrait(marked[["customer_id", "kind", "category", "rare"]], by="kind"))
        q_values.append(next(row["q_value"] for row in found if row["value"] == "Toys") > 0)
        assert ("a", "yes") in {(row["segment"], row["value"]) for row in found} or mine < 5
    assert all(q_values)


def test_what_a_segment_is_made_by_is_marked() -> None:
    found = rows(portrait(drawn(), by="kind", defined_by={"segment": ("town",)}))
    assert {row["attribute"] for row in found if row["defines"]} == {"town"}
    assert sentence(next(row for row in found if row["defines"] and row["lift"])).endswith(
        "The segment is made by this."
    )


# Bad input


def test_a_segment_of_three_people_is_told_nothing_of() -> None:
    people = drawn()
    people.loc[:2, "kind"] = "few"
    assert "few" not in {row["segment"] for row in rows(portrait(people, by="kind"))}


def test_a_segment_that_is_everybody_has_nobody_to_be_compared_with() -> None:
    assert rows(portrait(drawn().assign(kind="all"), by="kind")) == []


def test_what_is_not_known_or_the_same_of_all_sets_nobody_apart() -> None:
    people = drawn().assign(gone=None, same="yes", none=np.nan, empty="")
    people["gone"] = people["gone"].astype("string")
    assert not {"gone", "same", "none", "empty"} & {row["attribute"] for row in rows(portrait(people, by="kind"))}


def test_no_people_at_all() -> None:
    assert rows(portrait(drawn().iloc[:0], by="kind")) == []


def test_numbers_that_are_none_are_not_known() -> None:
    people = drawn()
    people.loc[:299, "age"] = np.nan
    people.loc[300:302, "age"] = np.inf
    told = attributes(people, leave_out=("kind",)).to_pyarrow().to_pandas()
    ages = told[told.attribute == "age"]
    assert len(ages) == len(people) - 303
    assert ages.value.nunique() == 4


def test_somebody_in_two_segments_at_once_is_refused() -> None:
    people = pd.concat([drawn(), drawn().head(5)])
    with pytest.raises(ArgumentError, match="5 rows are too many"):
        portrait(people, by="kind")


def test_arguments_that_cannot_be_are_named() -> None:
    people = drawn()
    with pytest.raises(ArgumentError, match="Exactly one"):
        portrait(people)
    with pytest.raises(ArgumentError, match="sort, which people"):
        portrait(people, by="sort")
    with pytest.raises(ArgumentError, match="customer_id"):
        portrait(people.drop(columns="customer_id"), by="kind")
    with pytest.raises(ArgumentError, match="nothing of anybody"):
        portrait(people[["customer_id", "kind"]], by="kind")
    with pytest.raises(ArgumentError):
        portrait(people, by="kind", least=1)


def test_protected_attributes_are_refused_unless_they_are_allowed() -> None:
    people = drawn().assign(religion="none")
    with pytest.raises(SettingsError, match="religion"):
        portrait(people, by="kind")
    assert rows(portrait(people, by="kind", allowed=("religion",)))


def test_it_reads_what_is_long_already_and_memberships(made: ibis.Table) -> None:
    people = drawn()
    members = pa.table({"customer_id": people.customer_id, "segmentation": ["s"] * len(people), "segment": people.kind})
    facts = attributes(people, leave_out=("kind",))
    both = rows(portrait(facts, members=members)), rows(made)
    assert [{**row, "segmentation": ""} for row in both[0]] == [{**row, "segmentation": ""} for row in both[1]]


def test_it_compiles_for_spark() -> None:
    assert ibis.pyspark
    people = ibis.table(
        {"customer_id": "string", "kind": "string", "town": "string", "member": "boolean"}, name="people"
    )
    assert "SELECT" in ibis.to_sql(attributes(people, leave_out=("kind",)), dialect="pyspark")

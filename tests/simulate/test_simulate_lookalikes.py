"""People whose traits tell who is ideal: as often as they should, and drawn apart from everything else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from patron.contracts.raw import FIELDS
from patron.errors import ArgumentError
from patron.simulate import lookalikes, shop
from patron.simulate.dealings.market_traits import TRAPS
from patron.simulate.lookalikes import IDEAL_CUSTOMERS, IDEAL_PROSPECTS, KNOWN, TRAITS


def test_traits_are_as_common_as_they_should_be() -> None:
    drawn = lookalikes(60_000, 60_000, seed=1)
    for people, truth, share in (
        (drawn.people, drawn.truth, IDEAL_CUSTOMERS), (drawn.prospects, drawn.prospect_truth, IDEAL_PROSPECTS)
    ):  # fmt: skip
        ideal = truth["ideal"].to_numpy() == 1
        assert ideal.mean() == pytest.approx(share, abs=0.006)
        for name, trait in TRAITS.items():
            values = np.asarray(people[name].to_pylist(), dtype=object)
            known = values != None  # noqa: E711
            assert known.mean() == pytest.approx(KNOWN, abs=0.01)
            for value, often, seldom in zip(trait.values, trait.ideal, trait.others, strict=True):
                assert (values[known & ideal] == value).mean() == pytest.approx(often, abs=0.03)
                assert (values[known & ~ideal] == value).mean() == pytest.approx(seldom, abs=0.015)


def test_the_log_ratio_is_what_the_counts_say() -> None:
    """Among people of about the same log-ratio, the odds to be ideal are the prior odds times the ratio."""
    truth = lookalikes(200_000, 1, seed=2).truth
    ideal, logs = truth["ideal"].to_numpy(), truth["log_ratio"].to_numpy()
    prior = IDEAL_CUSTOMERS / (1 - IDEAL_CUSTOMERS)
    for low in (-1.5, -0.5, 0.5, 1.5):
        near = (logs >= low) & (logs < low + 0.2)
        expected = (prior * np.exp(logs[near]) / (1 + prior * np.exp(logs[near]))).mean()
        assert ideal[near].mean() == pytest.approx(expected, abs=0.02)


def test_without_an_effect_nothing_tells() -> None:
    drawn = lookalikes(20_000, 1, seed=3, effect=0.0)
    assert np.abs(drawn.truth["log_ratio"].to_numpy()).max() < 1e-12


def test_the_same_seed_gives_the_same_people_and_bad_numbers_are_refused() -> None:
    assert lookalikes(50, 50, seed=4).people.equals(lookalikes(50, 50, seed=4).people)
    for wrong in ({"customers": 0}, {"prospects": 0}, {"effect": -1.0}, {"seed": -1}):
        with pytest.raises(ArgumentError):
            lookalikes(**{"customers": 5, "prospects": 5, "seed": 1, **wrong})  # type: ignore[arg-type]


# In the shop


@pytest.mark.parametrize("identity", [False, True])
def test_what_was_there_stays_as_it_was(tmp_path: Path, identity: bool) -> None:
    folders = [
        shop(customers=200, seed=3, identity=identity, dealings=True, market=more).write(tmp_path / str(more))
        for more in (False, True)
    ]
    there = sorted(file.relative_to(folders[0]) for file in folders[0].rglob("*.parquet"))
    for file in there:
        if file.name != "traits.parquet":
            assert (folders[0] / file).read_bytes() == (folders[1] / file).read_bytes(), file
    new = sorted(file.relative_to(folders[1]) for file in folders[1].rglob("*.parquet"))
    assert set(new) - set(there) == {Path("truth/market.parquet")} | (
        set() if identity else {Path("data/traits.parquet")}
    )


def test_customers_and_prospects_have_traits_and_who_became_one_has_the_same() -> None:
    made = shop(customers=2_000, seed=2, identity=True, dealings=True, market=True)
    assert set(made.traits.column_names) == {field.name for field in FIELDS["traits"]}
    panel = made.traits.filter(pc.is_in(made.traits["trait"], pa.array([*TRAITS, "age", *TRAPS])))
    assert set(panel["trait"].to_pylist()) == {*TRAITS, "age", *TRAPS}
    came = {row["prospect_id"]: row["customer_id"] for row in made.prospects.to_pylist() if row["customer_id"]}
    told: dict[tuple[str, str], str] = {
        (row["customer_id"] or row["prospect_id"], row["trait"]): row["value"] for row in panel.to_pylist()
    }
    same = [told.get((who, "home")) == told.get((customer, "home")) for who, customer in came.items()]
    assert len(same) > 200
    assert all(same)
    truth = made.truth["market"]
    customers = truth.filter(pc.is_valid(truth["customer_id"]))
    assert customers.num_rows == 2_000
    assert customers["ideal"].to_numpy().mean() == pytest.approx(IDEAL_CUSTOMERS, abs=0.01)


def test_the_ideal_are_those_who_bring_most() -> None:
    made = shop(customers=2_000, seed=2, dealings=True, market=True)
    value = np.array([float(one) for one in made.truth["customers"]["value_next_year"].to_pylist()])
    ideal = made.truth["market"]["ideal"].to_numpy()[:2_000] == 1
    assert value[ideal].mean() > 5 * value[~ideal].mean()


def test_a_market_wants_prospects() -> None:
    with pytest.raises(ArgumentError, match="dealings=True"):
        shop(customers=20, seed=1, market=True)

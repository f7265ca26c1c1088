"""Responses: planted effects are found, nothing is found where nothing is, and what cannot be answered is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from patron.errors import ArgumentError, LeakError, NotEnoughData, NotFitted
from patron.models import Response
from patron.models.response_bins import Shape
from patron.models.response_groups import GROUPS, groups
from patron.models.response_learners import EFFECT, OUTCOME, Recipe
from patron.models.response_scores import clipped

Floats = NDArray[np.float64]
TIERS = ("top", "middle", "bottom")
QUICK = Recipe(effect=replace(EFFECT, trees=40, rate=0.1), outcome=replace(OUTCOME, trees=25, rate=0.15))


@dataclass(frozen=True, kw_only=True)
class Tried:
    """Customers of an experiment, and what is true of them."""

    table: pa.Table
    effect: Floats
    tier: NDArray[np.str_]

    def frame(self) -> pd.DataFrame:
        return self.table.to_pandas()


def tried(where: str, *, customers: int = 8_000, seed: int = 1, size: float = 1.0, binary: bool = False) -> Tried:
    """Draw an experiment whose effect is planted in one tier of past spend, or nowhere."""
    rng = np.random.default_rng(seed)
    spend = np.exp(rng.normal(size=customers))
    place = np.searchsorted(np.quantile(spend, [0.5, 0.8]), spend)
    tier = np.array(["bottom", "middle", "top"])[place]
    other = rng.normal(size=(customers, 4))
    treated = rng.random(customers) < 0.5
    effect = np.where(tier == where, size, 0.0)
    base = 0.3 * np.log(spend) + 0.3 * other[:, 0]
    if binary:
        chance = np.clip(0.3 + 0.1 * base, 0.05, 0.9)
        effect = np.clip(chance + 0.4 * effect, 0, 0.95) - chance
        came = (rng.random(customers) < chance + treated * effect).astype(float)
    else:
        came = base + rng.normal(size=customers) + treated * effect
    columns: dict[str, Any] = {f"x{one}": other[:, one] for one in range(4)}
    words = np.array(["web", "shop", None], dtype=object)[rng.integers(0, 3, customers)]
    table = pa.table({
        "customer_id": [f"c{one:06d}" for one in range(customers)], "spend": spend, "channel": pa.array(words.tolist()),
        **columns, "arm": np.where(treated, "mail", "control"), "came": came,
    })  # fmt: skip
    return Tried(table=table, effect=effect, tier=tier)


def fitted(one: Tried, **terms: Any) -> Response:
    return Response(threads=1, recipe=QUICK, **terms).fit(one.table, treatment="arm", outcome="came", propensity=0.5)


@pytest.fixture(scope="module")
def top() -> tuple[Tried, Response]:
    one = tried("top")
    return one, fitted(one, costs=0.1)


@pytest.mark.parametrize("where", ["middle", "bottom"])
def test_growth_is_found_where_it_was_planted(where: str) -> None:
    one = tried(where)
    said = fitted(one, held_out=False).predict(one.table)[:, 0]
    means = {tier: said[one.tier == tier].mean() for tier in TIERS}
    assert max(means, key=lambda tier: means[tier]) == where
    assert means[where] > 0.5
    assert all(means[tier] < 0.35 for tier in TIERS if tier != where)


def test_growth_at_the_top_is_found_with_its_groups_and_its_worth(top: tuple[Tried, Response]) -> None:
    one, model = top
    said, (low, high) = model.predict(one.table)[:, 0], model.interval(one.table)
    assert said[one.tier == "top"].mean() > 0.7
    assert ((low[:, 0] <= one.effect) & (one.effect <= high[:, 0])).mean() > 0.9
    grouped = model.groups(one.table)[:, 0]
    won = grouped == "would_be_won"
    assert won.sum() > 0.1 * len(won)
    assert (one.effect[won] > 0).mean() > 0.9
    assert (grouped == "cannot_tell").sum() > 0
    held = model.held_out_
    assert held.targeted is not None
    truth = ((one.effect - 0.1) * (said > 0.1)).mean()
    assert held.targeted.low < truth < held.targeted.high
    assert held.targeted.low > 0


def test_nothing_is_found_where_nothing_is() -> None:
    one = tried("nowhere", seed=5)
    model = fitted(one, costs=0.1)
    assert np.isin(model.groups(one.table)[:, 0], ["would_be_won", "driven_away"]).mean() < 0.05
    held = model.held_out_
    assert held.targeted is None or held.targeted.low < 0 < held.targeted.high
    assert held.everybody is not None
    assert held.everybody.high < 0.1  # acting on everybody costs a tenth and brings nothing


def test_several_actions_are_compared_with_the_control_that_is_named() -> None:
    one = tried("nowhere", customers=9_000)
    rng = np.random.default_rng(3)
    arm = rng.choice(["0-none", "a-letter", "b-call"], len(one.effect), p=[0.4, 0.3, 0.3])
    came = one.table["came"].to_numpy() + 1.5 * (arm == "b-call") * (one.tier == "top") + 0.5 * (arm == "a-letter")
    table = one.table.drop_columns(["arm", "came"])
    chances = {"b-call": 0.3, "a-letter": np.full(len(arm), 0.3)}
    model = Response(control="0-none", costs={"a-letter": 0.1, "b-call": 0.6}, threads=1, recipe=QUICK)
    model.fit(table, treatment=arm, outcome=came, propensity=chances)
    assert model.actions_ == ("a-letter", "b-call")
    assert model.mean_effect_["a-letter"] == pytest.approx(0.5, abs=0.1)
    assert model.predict(table).shape == (len(arm), 2)
    best = model.best(table)
    assert (best[one.tier == "top"] == "b-call").mean() > 0.6
    assert (best[one.tier == "bottom"] == "a-letter").mean() > 0.6
    rows = model.responses(table).to_pandas()
    assert (rows.groupby("customer_id").best.sum() <= 1).all()
    assert (rows.gain - (rows.effect - rows.cost)).abs().max() < 1e-12
    assert rows[rows.action == "b-call"].sort_values("rank").gain.is_monotonic_decreasing


def test_a_yes_or_no_outcome_is_worth_what_one_says_it_is() -> None:
    one = tried("top", binary=True)
    model = fitted(one, costs=5.0, worth=20.0)
    said = model.predict(one.table)[:, 0]
    assert said[one.tier == "top"].mean() == pytest.approx(one.effect[one.tier == "top"].mean(), abs=0.15)
    best = model.best(one.table) == "mail"
    assert best[one.tier == "top"].mean() > 0.8
    assert best[one.tier == "bottom"].mean() < 0.1
    assert model.held_out_.targeted is not None
    assert model.held_out_.targeted.value == pytest.approx(((one.effect * 20 - 5) * best).mean(), abs=0.4)


def test_every_kind_of_table_gives_the_same(top: tuple[Tried, Response]) -> None:
    one, model = top
    expected = model.predict(one.table)
    frame = one.frame()
    assert (model.predict(frame) == expected).all()
    assert (model.predict(pl.from_arrow(one.table)) == expected).all()
    scored = model.predict(ibis.memtable(one.table)).to_pyarrow().sort_by("customer_id")
    assert scored["effect_mail"].to_numpy().tolist() == expected[:, 0].tolist()
    assert (model.predict(one.table.drop_columns(["customer_id", "arm", "came"])) == expected).all()


def test_the_order_of_the_rows_changes_nothing(top: tuple[Tried, Response]) -> None:
    one, _ = top
    plain = fitted(one, learner="doubly_robust", held_out=False)
    turned = one.table.take(np.random.default_rng(2).permutation(one.table.num_rows))
    again = fitted(replace(one, table=turned), learner="doubly_robust", held_out=False)
    assert (plain.predict(one.table) == again.predict(one.table)).all()


def test_a_model_is_saved_as_text_and_says_the_same_after(top: tuple[Tried, Response]) -> None:
    one, model = top
    again = Response.from_json(model.to_json())
    assert again.responses(one.table).equals(model.responses(one.table))
    assert again.held_out_ == model.held_out_
    assert again.weights_ == model.weights_
    assert again.to_json() == model.to_json()
    with pytest.raises(ArgumentError):
        Response.from_json(model.to_json().replace('"Response"', '"Propensity"'))
    with pytest.raises(ArgumentError):
        Response.from_json('{"model": "Response"}')


@pytest.mark.parametrize("told", [True, False])
def test_a_chance_that_depends_on_the_features_does_not_fool_it(told: bool) -> None:
    one = tried("nowhere", customers=10_000, seed=9)
    rng = np.random.default_rng(4)
    spend = np.log(one.table["spend"].to_numpy())
    chance = np.clip(1 / (1 + np.exp(-1.2 * spend)), 0.1, 0.9)
    treated = rng.random(len(chance)) < chance
    came = spend + rng.normal(size=len(chance)) * 0.5 + 0.3 * treated
    assert came[treated].mean() - came[~treated].mean() > 1.0  # what a plain comparison would say
    table = one.table.drop_columns(["arm", "came"])
    model = Response("doubly_robust", threads=1, held_out=False).fit(
        table, treatment=treated, outcome=came, propensity=chance if told else None
    )
    assert model.mean_effect_["true"] == pytest.approx(0.3, abs=0.08)


@pytest.mark.parametrize(
    ("error", "changes"),
    [
        (NotEnoughData, {"treatment": np.zeros(8_000)}),
        (NotEnoughData, {"treatment": np.arange(8_000) < 50}),
        (NotEnoughData, {"outcome": np.ones(8_000)}),
        (ArgumentError, {"outcome": np.where(np.arange(8_000) == 7, np.nan, 1.0)}),
        (ArgumentError, {"outcome": np.array(["a"] * 8_000)}),
        (ArgumentError, {"outcome": np.arange(10.0)}),
        (ArgumentError, {"outcome": "revenues"}),
        (ArgumentError, {"treatment": np.array([None, "control"] * 4_000, dtype=object)}),
        (ArgumentError, {"treatment": np.array(["a", "b"] * 4_000)}),
        (ArgumentError, {"propensity": 1.0}),
        (ArgumentError, {"propensity": 0.0}),
        (ArgumentError, {"propensity": np.where(np.arange(8_000) == 7, np.nan, 0.5)}),
        (ArgumentError, {"propensity": np.where(np.arange(8_000) == 7, 1.0, 0.5)}),
        (ArgumentError, {"propensity": {"letter": 0.5}}),
        (LeakError, {"knows": "arm"}),
        (LeakError, {"knows": "came"}),
    ],
)
def test_what_cannot_be_answered_is_refused(error: type[Exception], changes: dict[str, Any]) -> None:
    one = tried("top", binary=changes.get("knows") == "came")
    table = one.table
    if knows := changes.pop("knows", None):
        known = table[knows].to_pandas()
        table = table.append_column("later", pa.array((known == "mail") * 1.0 if knows == "arm" else known * 2.0))
    asked = {"treatment": "arm", "outcome": "came", "propensity": 0.5} | changes
    with pytest.raises(error):
        Response(threads=1, recipe=QUICK).fit(table, **asked)


@pytest.mark.parametrize(
    "terms",
    [
        {"learner": "s"}, {"recipe": Recipe(folds=1)}, {"recipe": Recipe(clip=0.5)}, {"worth": 0.0},
        {"costs": {"letter": 1.0}}, {"costs": -1.0}, {"control": "nobody"},
    ],
)  # fmt: skip
def test_terms_that_cannot_be_are_refused(terms: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError):
        Response(**terms).fit(tried("top", customers=1_000).table, treatment="arm", outcome="came")


def test_what_was_not_fitted_is_not_told(top: tuple[Tried, Response]) -> None:
    one, _ = top
    for ask in ("predict", "interval", "groups", "best", "responses"):
        with pytest.raises(NotFitted):
            getattr(Response(), ask)(one.table)
    tiny = Shape(trees=2, leaves=3, rate=0.1, rows_a_leaf=100, l2=1.0)
    plain = Response("x", held_out=False, recipe=Recipe(effect=tiny))
    plain.fit(one.table, treatment="arm", outcome="came", propensity=0.5)
    with pytest.raises(NotFitted):
        plain.interval(one.table)
    with pytest.raises(NotFitted):
        _ = plain.held_out_


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0, 5), st.floats(-5, 5)), min_size=1), st.floats(0, 2))
def test_groups_follow_from_the_interval(rows: list[tuple[float, float, float]], negligible: float) -> None:
    low, width, baseline = np.array(rows).T
    high = low + width
    found = np.array(GROUPS)[groups(low, high, baseline, negligible=negligible, usual=0.0)]
    assert ((found == "would_be_won") == (low > 0)).all()
    assert ((found == "driven_away") == ((high < 0) & ~(low > 0))).all()
    still = np.isin(found, ["buys_anyway", "not_moved"])
    assert ((baseline >= 0) == (found == "buys_anyway"))[still].all()
    assert (np.abs(np.stack([low, high]))[:, still] <= negligible).all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(-1, 2), st.floats(-1, 2), st.floats(-1, 2)), min_size=1))
def test_clipped_chances_are_chances(rows: list[tuple[float, float, float]]) -> None:
    found = clipped(np.array(rows), 0.01)
    assert np.allclose(found.sum(axis=1), 1)
    assert (found > 0.003).all()

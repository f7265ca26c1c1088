"""Reasons: they add up to the score, equal customers have equal ones, and they say what is so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from test_propensity import CAME, TABLE, fitted

from patron.contracts.propensity import FEATURES, OUTLOOK
from patron.errors import ArgumentError
from patron.language import has
from patron.models import Propensity
from patron.models.feature_table import read_features
from patron.models.reasons import THEMES, by_theme, in_words


def test_contributions_add_up_to_the_raw_score() -> None:
    contributions = fitted().contributions(TABLE)
    assert contributions.shape == (TABLE.num_rows, len(fitted().features_) + 1)
    assert contributions.sum(axis=1) == pytest.approx(fitted().raw_score(TABLE), abs=1e-9)
    _, added = by_theme(contributions, read_features(TABLE).features)
    assert added.sum(axis=1) + contributions[:, -1] == pytest.approx(fitted().raw_score(TABLE), abs=1e-9)


def test_equal_customers_have_equal_reasons() -> None:
    twins = TABLE.slice(0, 200)
    others = twins.set_column(0, "customer_id", pa.array([f"other{place}" for place in range(200)]))
    assert (fitted().reasons(twins) == fitted().reasons(others)).all()
    assert (fitted().predict(twins) == fitted().predict(others)).all()


def test_the_first_reason_weighs_most_and_its_sign_is_that_of_its_weight() -> None:
    table = read_features(TABLE)
    themes, added = by_theme(fitted().contributions(TABLE), table.features)
    first = fitted().reasons(TABLE, top=1)[:, 0]
    heaviest = np.abs(added).argmax(axis=1)
    more = added[np.arange(len(added)), heaviest] > 0
    assert all(text.startswith("More likely: ") == sign for text, sign in zip(first, more, strict=True))
    rhythm = heaviest == themes.index("rhythm")
    assert all("last purchase" in text for text in first[rhythm])


def words(features: dict[str, list[Any]], weights: dict[str, float], *, top: int = 3) -> list[str | None]:
    """The reasons of one customer for whom each feature adds what is given."""
    table = read_features(pa.table({"customer_id": ["ann"], **features}))
    added = np.array([[weights.get(one.name, 0.0) for one in table.features] + [0.0]])
    return [column[0].as_py() for column in in_words(table, lambda _rows: added, top=top)]


SENTENCES = [
    ({"days_since_last": [12], "median_interval_days": [30.2]}, {"days_since_last": 0.5},
     "More likely: last purchase 12 days ago, usually every 30."),
    ({"days_since_last": [1]}, {"days_since_last": -0.5}, "Less likely: last purchase 1 day ago."),
    ({"days_since_last": [12], "median_interval_days": pa.nulls(1, pa.float64())}, {"days_since_last": 0.5},
     "More likely: last purchase 12 days ago."),
    ({"purchase_days": [1], "purchase_days_365": [1]}, {"purchase_days_365": -0.2},
     "Less likely: 1 purchase so far, 1 in the last 365 days."),
    ({"revenue": [1234.5], "revenue_365": [0.0]}, {"revenue_365": -0.2},
     "Less likely: spent 1,234 so far, 0 in the last 365 days."),
    ({"return_rate": [0.256]}, {"return_rate": -0.2}, "Less likely: 26% of what was bought came back."),
    ({"return_rate": pa.nulls(1, pa.float64())}, {"return_rate": -0.2}, "Less likely: what came back."),
    ({"channel": ["web"]}, {"channel": 0.2}, "More likely: last bought by web."),
    ({"channel": pa.nulls(1, pa.string())}, {"channel": 0.2},
     "More likely: the channel of the last purchase is not known."),
    ({"expected_orders_90": [1.26], "probability_alive": [0.93]}, {"probability_alive": 0.3},
     "More likely: the purchase model expects 1.3 purchases in 90 days, and a chance of 93% that the customer is still "
     "one."),
    ({"tickets_365": [2], "open_tickets": [1]}, {"open_tickets": 0.3},
     "More likely: 2 support tickets in the last 365 days, 1 open."),
    ({"visit_days_90": [4], "days_since_visit": [3]}, {"visit_days_90": 0.3},
     "More likely: 4 days with a visit in the last 90, the last one 3 days ago."),
    ({"own_score": [0.123456]}, {"own_score": 0.3}, "More likely: own_score is 0.123."),
    ({"own_score": pa.nulls(1, pa.float64())}, {"own_score": 0.3}, "More likely: own_score is not known."),
    ({"colour": ["red"]}, {"colour": 0.3}, "More likely: colour is red."),
    ({"lateness": [2.5], "median_interval_days": [9]}, {"lateness": 0.3}, "More likely: lateness is 2.5."),
]  # fmt: skip


@pytest.mark.parametrize(("features", "weights", "sentence"), SENTENCES, ids=[case[2][13:40] for case in SENTENCES])
def test_it_says_what_is_so(features: dict[str, list[Any]], weights: dict[str, float], sentence: str) -> None:
    assert words(features, weights) == [sentence, None, None]


def test_what_hardly_weighs_and_what_tells_of_others_is_no_reason() -> None:
    features = {"days_since_last": [12], "household_members": [3], "season_sine": [0.5]}
    assert words(features, {"days_since_last": 0.01, "household_members": 2.0, "season_sine": 1.0}) == [None] * 3


def test_features_of_one_theme_are_one_reason() -> None:
    features = {"days_since_last": [12], "lateness": [0.4], "purchase_days": [5]}
    told = words(features, {"days_since_last": 0.3, "lateness": 0.3, "purchase_days": 0.5}, top=5)
    assert [text for text in told if text] == [
        "More likely: last purchase 12 days ago.",
        "More likely: 5 purchases so far.",
    ]


def test_every_feature_of_ours_has_a_theme_and_every_theme_its_sentences() -> None:
    ours = {column.name for column in (*FEATURES.columns, *OUTLOOK)} - set(FEATURES.key)
    assert ours <= {name for theme in THEMES.values() for name in theme.features}
    for name, theme in THEMES.items():
        if theme.facts:
            assert has(f"propensity.reason.{name}"), name
            assert has(f"propensity.reason.{name}_unknown"), name


@pytest.mark.parametrize("top", [0, 11])
def test_a_number_of_reasons_that_cannot_be(top: int) -> None:
    with pytest.raises(ArgumentError, match="reasons"):
        fitted().reasons(TABLE, top=top)


def test_trees_that_learned_nothing_give_no_reason() -> None:
    noise = TABLE.select(["customer_id", "as_of", "own"])
    flat = noise.set_column(2, "own", pa.array(np.zeros(TABLE.num_rows)))
    model = Propensity("buys", horizon=90).fit(flat, CAME)
    assert set(model.reasons(flat).ravel()) == {None}
    assert set(model.importance_.values()) == {0.0}

"""Why this probability, in words, from the trees' own contributions.

Features that say the same thing in several ways share what they add to the log-odds, so contributions are added up by
theme: what a customer is told about is "last purchase 12 days ago, usually every 30", not one of five columns. Equal
customers have equal reasons. Two things are used and never put in words: the season, which is everybody's, and what the
rows of others tell of a customer (the household).

In   features, and the contributions of `Trees` (a row sums to its log-odds)
Out  one sentence a reason, the weightiest first
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.language import number, percent, say
from patron.models.distinct import distinct_rows
from patron.models.feature_table import Feature, FeatureTable, Matrix
from patron.models.trees import BLOCK

Floats = NDArray[np.float64]

LEAST = 0.02  # log-odds: what moves a probability by less than half a point is no reason
DIGITS = 3  # of a feature that has no sentence of its own


@dataclass(frozen=True, kw_only=True)
class Theme:
    """Features that say one thing, and the facts of the sentence: feature and how it is written.

    The first fact decides between singular and plural. Where a fact is missing, the sentence `bare` tells the first
    alone; a theme without facts is never put in words.
    """

    features: tuple[str, ...]
    facts: tuple[tuple[str, str], ...] = ()


THEMES: dict[str, Theme] = {
    "rhythm": Theme(
        features=("days_since_last", "lateness", "median_interval_days", "last_interval_days",
                  "expected_interval_days"),
        facts=(("days_since_last", "count"), ("median_interval_days", "count")),
    ),
    "often": Theme(
        features=("purchase_days", "purchase_days_30", "purchase_days_90", "purchase_days_365", "purchase_trend_30",
                  "purchase_trend_90", "purchase_trend_365"),
        facts=(("purchase_days", "count"), ("purchase_days_365", "count")),
    ),
    "money": Theme(
        features=("revenue", "revenue_30", "revenue_90", "revenue_365", "revenue_trend_30", "revenue_trend_90",
                  "revenue_trend_365", "average_order_value", "last_order_value", "repeat_value"),
        facts=(("revenue", "count"), ("revenue_365", "count")),
    ),
    "season": Theme(
        features=("season_days_30", "season_days_90"),
        facts=(("season_days_90", "count"),),
    ),
    "tenure": Theme(features=("tenure_days",), facts=(("tenure_days", "count"),)),
    "weekend": Theme(features=("weekend_share",), facts=(("weekend_share", "share"),)),
    "returned": Theme(features=("return_rate", "returns_365"), facts=(("return_rate", "share"),)),
    "discount": Theme(features=("discount_share",), facts=(("discount_share", "share"),)),
    "breadth": Theme(
        features=("products", "categories", "brands", "lines_per_order"),
        facts=(("products", "count"), ("categories", "count")),
    ),
    "channel": Theme(features=("channel", "channels"), facts=(("channel", "word"),)),
    "origin": Theme(features=("acquisition_channel",), facts=(("acquisition_channel", "word"),)),
    "tickets": Theme(
        features=("tickets_90", "tickets_365", "open_tickets"),
        facts=(("tickets_365", "count"), ("open_tickets", "count")),
    ),
    "visits": Theme(
        features=("visit_days_30", "visit_days_90", "days_since_visit"),
        facts=(("visit_days_90", "count"), ("days_since_visit", "count")),
    ),
    "outlook": Theme(
        features=("expected_orders_90", "probability_alive", "predicted_value_365"),
        facts=(("expected_orders_90", "tenths"), ("probability_alive", "share")),
    ),
    "seen": Theme(features=("days_since_seen",), facts=(("days_since_seen", "count"),)),
    "day": Theme(features=("season_sine", "season_cosine", "weekday")),
    "home": Theme(features=("household_members", "household_days_since_last")),
}  # fmt: skip

_SCALE = {"count": 1.0, "share": 100.0, "tenths": 10.0, "word": 1.0}
_WRITE: dict[str, Callable[[float], str]] = {
    "count": number,
    "share": lambda value: percent(value / 100),
    "tenths": lambda value: number(value / 10, digits=1),
}


def themes_of(features: Sequence[Feature]) -> dict[str, list[int]]:
    """Return the places of each theme's features; a feature without a theme is one by its own name.

    So is a feature whose theme has nothing to tell, because the first of its facts is not among the features.
    """
    there = {feature.name for feature in features}
    told = {theme: one for theme, one in THEMES.items() if not one.facts or one.facts[0][0] in there}
    homes = {name: theme for theme, one in told.items() for name in one.features}
    found: dict[str, list[int]] = {}
    for place, feature in enumerate(features):
        found.setdefault(homes.get(feature.name, feature.name), []).append(place)
    return found


def by_theme(contributions: Floats, features: Sequence[Feature]) -> tuple[list[str], Floats]:
    """Return the themes, and what each adds to a row's log-odds: one column a theme."""
    themes = themes_of(features)
    return list(themes), np.column_stack([contributions[:, places].sum(axis=1) for places in themes.values()])


def in_words(table: FeatureTable, contributions: Callable[[Matrix], Floats], *, top: int) -> list[pa.Array]:
    """Return the `top` reasons of each row, one array of sentences a rank; null where no more is worth saying.

    Parameters
    ----------
    table : FeatureTable
        The rows.
    contributions : callable
        `Trees.contributions`: asked block by block, so that memory does not grow with rows times features.
    top : int
        How many.
    """
    blocks = [table.matrix[start : start + BLOCK] for start in range(0, table.rows, BLOCK)]
    themes, added = (
        list(themes_of(table.features)),
        np.concatenate([by_theme(contributions(block), table.features)[1] for block in blocks]),
    )
    told = [place for place, theme in enumerate(themes) if theme not in THEMES or THEMES[theme].facts]
    added, themes = np.round(added[:, told], 9), [themes[place] for place in told]
    ranked = np.argsort(-np.abs(added), axis=1, kind="stable")[:, :top]
    pool: list[str] = []
    codes = np.full((table.rows, ranked.shape[1]), -1, dtype=np.int64)
    for place, theme in enumerate(themes):
        rows, ranks = np.nonzero(ranked == place)
        heavy = np.abs(added[rows, place]) >= LEAST
        rows, ranks = rows[heavy], ranks[heavy]
        if len(rows):
            sentences, which = _sentences(theme, table, rows, added[rows, place] > 0)
            codes[rows, ranks] = len(pool) + which
            pool += sentences
    words = pa.array(pool, pa.string())
    ranks_of = [pa.array(codes[:, rank], mask=codes[:, rank] < 0) for rank in range(codes.shape[1])]
    return [words.take(code) for code in ranks_of] + [pa.nulls(table.rows, pa.string())] * (top - len(ranks_of))


def _sentences(
    theme: str, table: FeatureTable, rows: NDArray[np.int64], more: NDArray[np.bool_]
) -> tuple[list[str], NDArray[np.int64]]:
    """Return the different sentences of a theme, and which of them each row has."""
    places = {feature.name: place for place, feature in enumerate(table.features)}
    facts = (
        [(name, how) for name, how in THEMES[theme].facts if name in places] if theme in THEMES else [(theme, "own")]
    )
    columns = [_rounded(table.matrix[rows, places[name]].astype(np.float64), how) for name, how in facts]
    which, shown_by = distinct_rows([*columns, more.astype(np.float64)])
    written = [
        _said(theme, facts, [column[one] for column in columns], table.features, more=bool(more[one]))
        for one in shown_by
    ]
    return written, which


def _rounded(values: Floats, how: str) -> Floats:
    """Return what the sentence will show, and -1e15 where there is nothing (NaN is not equal to itself)."""
    if how == "own":
        size = 10.0 ** (DIGITS - 1 - np.floor(np.log10(np.maximum(np.abs(values), 1e-12))))
        shown = np.round(values * size) / size
    else:
        shown = np.round(values * _SCALE[how])
    return np.nan_to_num(shown + 0.0, nan=_NOTHING)


_NOTHING = -1e15


def _said(
    theme: str, facts: Sequence[tuple[str, str]], values: Sequence[float], features: Sequence[Feature], *, more: bool
) -> str:
    text = _fact(theme, facts, values, {feature.name: feature for feature in features})
    return say("propensity.more", fact=text) if more else say("propensity.less", fact=text)


def _fact(
    theme: str, facts: Sequence[tuple[str, str]], values: Sequence[float], features: dict[str, Feature]
) -> str:  # fmt: skip
    if theme not in THEMES:
        return _plain(features[theme], values[0])
    known = [value != _NOTHING for value in values]
    if not known or not known[0]:
        return say(f"propensity.reason.{theme}_unknown")
    words = {
        name: features[name].words[int(value)] if how == "word" else _WRITE[how](value)
        for (name, how), value, there in zip(facts, values, known, strict=True)
        if there
    }
    whole = len(facts) == len(THEMES[theme].facts) and all(known)
    key = f"propensity.reason.{theme}" if whole else f"propensity.reason.{theme}_bare"
    return say(key, count=int(values[0]), **words)


def _plain(feature: Feature, value: float) -> str:
    """Say a feature that has no sentence of its own."""
    if value == _NOTHING:
        return say("propensity.reason.other_unknown", feature=feature.name)
    shown = feature.words[int(value)] if feature.kind == "word" else f"{value:.{DIGITS}g}"
    return say("propensity.reason.other", feature=feature.name, value=shown)

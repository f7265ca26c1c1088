"""The curve of uplift: its lines, its band, and its colours."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from patron import charts
from patron.charts.theme import swaps
from patron.experiments import Ranking, uplift_curve
from uplift_support import campaign


def _rankings() -> dict[str, Ranking]:
    score, treated, outcome = campaign(np.random.default_rng(1), 2_000)
    found = {"Model <1>": uplift_curve(score, treated, outcome), "Rule": uplift_curve(score > 0, treated, outcome)}
    assert all(isinstance(one, Ranking) for one in found.values())
    return found  # type: ignore[return-value]


def test_it_draws_a_line_a_score_with_a_band_for_the_first() -> None:
    rankings = _rankings()
    figure = charts.uplift(rankings, unit="Visits per 1,000", per=1000)
    band, chance, model, rule = figure.data
    curve = rankings["Model <1>"].curve
    assert list(model.y) == pytest.approx((1000 * curve.gain).tolist())
    assert chance.y[1] == pytest.approx(1000 * curve.gain[-1])
    assert max(band.y) >= max(model.y)
    assert len(band.x) == 2 * int((~np.isnan(curve.low)).sum())
    assert (model.name, rule.name) == ("Model &lt;1&gt;", "Rule")
    assert "the first 50% of people" in model.hovertext[50].replace("\u202f", "").replace(" %", "%")
    assert figure.layout.yaxis.title.text == "Visits per 1,000"


def test_every_colour_has_a_dark_one() -> None:
    figure = json.loads(charts.uplift(_rankings(), unit="Visits").to_json())
    figure["layout"].pop("template")
    colours = set(re.findall(r"#[0-9a-fA-F]{3,8}\b", json.dumps(figure)))
    assert colours
    assert colours <= set(swaps())


def test_nothing_to_draw_is_a_sentence() -> None:
    figure = charts.uplift({}, unit="Visits")
    assert len(figure.data) == 0
    assert figure.layout.annotations[0].text.endswith(".")

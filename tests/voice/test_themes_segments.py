"""Who speaks of what, counted by hand, against SciPy, and only up to the day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import fisher_exact

from patron.contracts.customer import FORECASTS, MEMBERSHIPS
from patron.contracts.theme import THEME_TEXTS, THEME_WORDS, THEMES
from patron.stats.wilson import wilson
from patron.voice import themes_by_segment
from patron.voice.themes_segments import fisher

DAY = date(2024, 6, 30)


def filled(contract: Any, rows: list[dict[str, Any]]) -> Any:
    return ibis.memtable(pa.Table.from_pylist(rows, schema=contract.schema.to_pyarrow()))


def made(texts: list[tuple[str, str, float | None, float | None]], segment: dict[str, str], *, on: date = DAY) -> Any:
    rows = [
        {"text_id": f"t{place}", "customer_id": who, "source": "reviews", "theme": theme, "said_on": on,
         "closeness": 0.5, "rating": rating, "nps_score": nps}
        for place, (who, theme, rating, nps) in enumerate(texts)
    ]  # fmt: skip
    told = {"language": "en", "stability": 0.9, "x": 0.5, "y": -0.5, "born_on": DAY}
    return (
        filled(THEME_TEXTS, rows),
        filled(THEME_WORDS, [{"theme": "late-parcel", "words": "late, parcel", **told}]),
        filled(
            MEMBERSHIPS, [{"customer_id": who, "segmentation": "s", "segment": one} for who, one in segment.items()]
        ),
        filled(FORECASTS, [{"customer_id": who, "predicted_value": 10.5} for who in segment]),
    )


def rows_of(*tables: Any, as_of: date = DAY) -> dict[tuple[str, str], dict[str, Any]]:
    table = THEMES.check(themes_by_segment(*tables, as_of=as_of)).to_pyarrow()
    return {(row["segment"], row["theme"]): row for row in table.to_pylist()}


def test_people_are_counted_once_and_money_stands_beside() -> None:
    texts = [
        ("a", "late-parcel", 1.0, None), ("a", "late-parcel", 2.0, None), ("a", "other", None, None),
        ("b", "late-parcel", None, 10.0), ("b", "late-parcel", None, 3.0), ("c", "other", 5.0, None),
        ("d", "late-parcel", 3.0, None), ("e", "other", None, None),
    ]  # fmt: skip
    found = rows_of(*made(texts, {"a": "x", "b": "x", "c": "x", "d": "y", "e": "y", "silent": "y"}))
    late = found["x", "late-parcel"]
    assert (late["texts"], late["customers"], late["writers"]) == (4, 2, 3)
    assert (late["rating"], late["nps"], late["value"]) == (1.5, 0.0, Decimal("21.00"))
    assert late["share"] == pytest.approx(2 / 3)
    assert (late["share_low"], late["share_high"]) == pytest.approx(wilson(2.0, 3.0))
    assert late["lift"] == pytest.approx((2 / 3) / (1 / 2))
    half = 1.959964 * np.sqrt(1 / 2 - 1 / 3 + 1 / 1 - 1 / 2)
    assert late["lift_low"] == pytest.approx(late["lift"] * np.exp(-half), rel=1e-5)
    assert (late["words"], late["x"]) == ("late, parcel", 0.5)
    everybody = found["all", "late-parcel"]
    assert (everybody["customers"], everybody["writers"], everybody["lift"]) == (3, 5, None)
    assert everybody["p_value"] is None
    assert not everybody["found"]
    assert found["all", "other"]["words"] == ""


def test_the_exact_test_is_that_of_scipy() -> None:
    rng = np.random.default_rng(1)
    for _ in range(60):
        of, others = rng.integers(1, 400, 2)
        did, rest = rng.integers(0, of + 1), rng.integers(0, others + 1)
        expected = fisher_exact([[did, of - did], [rest, others - rest]]).pvalue
        (ours,) = fisher(*(np.array([float(one)]) for one in (did, of, rest, others)))
        assert ours == pytest.approx(expected, rel=1e-6, abs=1e-12)
    (large,) = fisher(*(np.array([one]) for one in (30_000.0, 300_000.0, 70_000.0, 700_000.0)))
    assert large == pytest.approx(1.0, abs=0.01)


def test_a_segment_that_differs_is_found_and_chance_seldom() -> None:
    rng = np.random.default_rng(3)
    people = {f"c{number:04d}": f"s{number % 8}" for number in range(1_600)}
    late = [(who, "late-parcel" if rng.random() < (0.5 if segment == "s0" else 0.2) else "other", None, None)
            for who, segment in people.items()]  # fmt: skip
    found = rows_of(*made(late, people))
    assert {key for key, row in found.items() if row["found"]} == {("s0", "late-parcel"), ("s0", "other")}
    even = [(who, "late-parcel" if rng.random() < 0.2 else "other", None, None) for who in people]
    assert not [row for row in rows_of(*made(even, people)).values() if row["found"]]


def test_nothing_that_is_written_later_counts() -> None:
    texts = [("a", "late-parcel", 1.0, None), ("b", "other", None, None)]
    tables = made(texts, {"a": "x", "b": "y"}, on=DAY + timedelta(days=1))
    assert rows_of(*tables) == {}
    assert rows_of(*tables, as_of=DAY + timedelta(days=1))

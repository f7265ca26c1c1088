from __future__ import annotations

from importlib import resources

import pytest
from babel.messages.pofile import read_po

from patron.contracts.outcome import GOALS, TERMS
from patron.errors import ArgumentError
from patron.kpis import METRICS, Metric, metric
from patron.kpis.drivers import FORMULAS
from patron.language import has, say

SENTENCES = ("title", "meaning", "formula")


def catalogue_keys() -> set[str]:
    path = resources.files("patron") / "locale" / "en" / "kpis.po"
    with path.open("rb") as file:
        return {str(message.id) for message in read_po(file) if message.id}


def test_every_metric_has_its_sentences_and_every_such_sentence_its_metric() -> None:
    three_parts = {key for key in catalogue_keys() if key.endswith(SENTENCES) and key.count(".") == 2}
    assert three_parts == {f"kpis.{one.name}.{sentence}" for one in METRICS for sentence in SENTENCES}


def test_every_driver_has_its_title() -> None:
    told = {key for key in catalogue_keys() if ".driver." in key}
    wanted = {
        f"kpis.growth.{formula.name}.driver.{name}"
        for formula in FORMULAS
        for name in (*formula.chain, *formula.unknown, "total", *(["acquisition_cost"] if formula.less_spend else []))
    }
    assert told == wanted


@pytest.mark.parametrize("one", METRICS, ids=lambda one: one.name)
def test_a_metric_is_whole(one: Metric) -> None:
    assert one.goal in GOALS
    assert one.term in TERMS
    assert one.title
    assert one.meaning.endswith(".")
    assert one.formula[0].isupper()
    assert one.unit_title
    assert has(f"kpis.goal.{one.goal}")
    assert has(f"kpis.term.{one.term}")
    assert ("/" in one.formula) == (one.denominator is not None)


def test_names_are_unique() -> None:
    assert len({one.name for one in METRICS}) == len(METRICS)
    assert metric("margin").name == "margin"


def test_an_unknown_metric_offers_the_nearest() -> None:
    with pytest.raises(ArgumentError, match="retention_rate") as caught:
        metric("retention")
    assert caught.value.data["metric"] == "retention"


def test_what_a_source_would_tell_is_said() -> None:
    for source in ("spend", "events", "products"):
        assert source in say(f"kpis.needs.{source}")

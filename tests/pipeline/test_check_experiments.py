"""What no run can have is refused before an experiment is designed, with what was probably meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from patron.errors import PatronError
from patron.pipeline import open_project
from patron.pipeline.experiment_settings import ExperimentSettings
from patron.pipeline.experimenting import promise_changes

YAML = """name: shop
currency: EUR
sources: {order_lines: {path: lines.csv}}
segments: {big: {where: margin > 500}}
holdouts: {triggers: {cart: {programme: winback, share: 10%}}}
experiments:
  first:
    hypothesis: Cards bring customers back sooner.
    arms: {card: 50%, control: 50%}
    exclusive: spring
  second:
    hypothesis: Cards bring customers back sooner.
    arms: {card: 50%, control: 50%}
"""


@pytest.mark.parametrize(
    ("more", "key", "words"),
    [
        ("segment: rmf.champions", "segment", "Did you mean 'rfm'"),
        ("segment: tier.gold+rfm.champion", "segment", "Did you mean 'champions'"),
        ("segment: big.small", "segment", "Known: big"),
        ("strata: [rfm, tears]", "strata.1", "Did you mean 'tier'"),
        ("trigger: carts", "trigger", "Did you mean 'cart'"),
        ("{exclusive: spring, unit: household}", "unit", "Draw by customer"),
        ("condition: ordrs > 1", "condition", "Did you mean 'orders'"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(tmp_path: Path, more: str, key: str, words: str) -> None:
    lines = more.strip("{}").split(", ") if more.startswith("{") else [more]
    (tmp_path / "patron.yaml").write_text(YAML + "".join(f"    {line}\n" for line in lines))
    with pytest.raises(PatronError) as caught:
        open_project(tmp_path)
    assert caught.value.data["key"] == f"experiments.second.{key}"
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "more",
    [
        "segment: champions",
        "segment: behaviour.b3+big.big",
        "strata: [past_tier, behaviour]",
        "condition: orders > 1 AND rfm = 'champions'",
        "trigger: cart",
    ],
)
def test_what_can_be_is_taken(tmp_path: Path, more: str) -> None:
    (tmp_path / "patron.yaml").write_text(YAML + f"    {more}\n")
    assert set(open_project(tmp_path).settings.experiments) == {"first", "second"}


def test_any_promise_that_changes_is_told() -> None:
    """Of every setting of an experiment: what it was, and what it is now."""
    before = ExperimentSettings.model_validate({"hypothesis": "Cards bring them back.", "arms": {"a": 0.5, "b": 0.5},
                                                "control": "a"})  # fmt: skip
    changed = {
        "hypothesis": "Cards bring nobody back.", "segment": "rfm.lost", "arms": {"a": 0.4, "b": 0.6}, "control": "b",
        "unit": "household", "metric": "orders", "guardrails": ["nps"], "stop": "sequential", "duration": 14,
        "smallest_effect": 0.1, "cost_per_contact": 1.0, "fixed_cost": 9.0, "programme": "x", "trigger": "y",
        "exclusive": "z", "part": 0.5, "strata": ["rfm"], "purpose": "analytics", "channel": "email",
        "condition": "orders > 1",
    }  # fmt: skip
    assert changed.keys() == ExperimentSettings.model_fields.keys()
    for key, value in changed.items():
        after = before.model_copy(update={key: value})
        assert list(promise_changes(before.promised(), after.promised())), key
    assert not list(promise_changes(before.promised(), before.promised()))

"""Triggers that cannot be, alone or beside each other, are refused before anything is computed, with their key."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from patron.errors import ConditionError, SettingsError
from patron.pipeline.check_triggers import check_triggers
from patron.pipeline.settings import Settings

HEAD = """
name: Shop
currency: EUR
sources: {order_lines: {path: x.csv}}
"""
ONE = "{signal: cart_abandoned, action: remind, holdout: 10%"


def settings(text: str) -> Settings:
    return Settings.model_validate(yaml.safe_load(HEAD + text))


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        (f"triggers: {{a: {ONE}, gives_way_to: [b]}}, b: {ONE}, gives_way_to: [a]}}}}", "triggers.a.gives_way_to",
         "exclusive: NAME"),
        (f"triggers: {{a: {ONE}, gives_way_to: [b]}}, b: {ONE}, gives_way_to: [c]}}, c: {ONE}, gives_way_to: [a]}}}}",
         "triggers.a.gives_way_to", "a, b, c"),
        (f"triggers: {{a: {ONE}, gives_way_to: [a]}}}}", "triggers.a.gives_way_to", "none of them"),
        (f"triggers: {{cart: {ONE}}}, news: {ONE}, gives_way_to: [crt]}}}}", "triggers.news.gives_way_to.0", "'cart'"),
        (f"triggers: {{global: {ONE}}}}}", "triggers.global", "not 'global'"),
        (f"triggers: {{'a b': {ONE}}}}}", "triggers.a b", "letters, digits"),
        (f"triggers: {{a: {ONE}}}}}\ncampaigns: {{a: {{action: gift, first_day: 2026-01-01, last_day: 2026-01-02, "
         "holdout: 5%}}", "triggers.a", "name of two"),
        (f"triggers: {{a: {ONE}}}}}\nholdouts: {{triggers: {{a: {{programme: p, share: 20%}}}}}}", "triggers.a.holdout",
         "in one place"),
        (f"triggers: {{a: {ONE}, experiment: spring}}}}", "triggers.a.experiment", "spring"),
        ("triggers: {a: {signal: cart_abandond, action: remind, holdout: 10%}}", "triggers.a.signal",
         "cart_abandoned"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_key(text: str, key: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        check_triggers(settings(text))
    assert caught.value.data["key"] == key


@pytest.mark.parametrize("part", ["audience", "exit"])
def test_conditions_are_checked_where_they_stand(part: str) -> None:
    text = f"sequences: {{a: {{signal: birthday, holdout: 10%, {part}: ordrs > 1, steps: [{{name: one, action: w}}]}}}}"
    with pytest.raises(ConditionError, match="orders") as caught:
        check_triggers(settings(text))
    assert caught.value.data["where"] == f"sequences.a.{part}"


def test_triggers_of_one_group_and_one_way_of_stepping_back_are_fine() -> None:
    check_triggers(settings(f"triggers: {{a: {ONE}, exclusive: g, gives_way_to: [b]}}, b: {ONE}, exclusive: g}}}}"))


def test_hold_outs_begin_when_a_trigger_goes_live_and_end_with_it() -> None:
    said = settings(f"triggers: {{a: {ONE}, programme: p}}}}\nholdouts: {{programmes: {{p: 5%}}}}")
    states: dict[str, Any] = {"draft": False, "pilot": True, "scaled": True, "paused": True, "retired": False}
    for state, there in states.items():
        assert ("trigger:a" in said.holdout_shares({"a": state})) == there
    assert said.holdout_shares({"a": "pilot"})["trigger:a"] == (0.1, "p")
    assert "programme:p" in said.holdout_shares()


def test_what_was_read_can_be_written_and_read_again() -> None:
    said = settings(
        f"triggers: {{a: {ONE}, caps: {{every: 30d, per_day: 9}}, expires: 3d, state: pilot}}}}\n"
        "sequences: {b: {signal: x, holdout: none, within: 60d, steps: [{name: one, action: w, wait: 0d}]}}\n"
        "campaigns: {c: {action: gift, first_day: 2026-01-01, last_day: 2026-01-02, holdout: 5%}}"
    )
    assert Settings.model_validate_json(said.model_dump_json()) == said

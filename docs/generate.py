"""Write the pages that are read off the code: docs/tables.md, docs/settings.md and docs/metrics.md.

Run by `make docs`; a test fails when a page is not what this script would write.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from patron.contracts import TABLES, Contract
from patron.contracts.raw import FIELDS
from patron.decisions.triggers.live_rule import EVERY_DAY
from patron.kpis import METRICS
from patron.language import say
from patron.pipeline.attribution_settings import AttributionSettings
from patron.pipeline.behaviour_settings import BehaviourSettings, StageSettings
from patron.pipeline.budget_settings import BudgetSettings
from patron.pipeline.cost_settings import Costs
from patron.pipeline.destinations import kinds
from patron.pipeline.destinations.ads_section import AdAudience
from patron.pipeline.destinations.section import DestinationSection
from patron.pipeline.experiment_settings import ExperimentSettings, HoldoutSettings, TriggerHoldout
from patron.pipeline.journey_settings import JourneySettings
from patron.pipeline.live_settings import LiveSettings, span_written
from patron.pipeline.market_settings import IdealSegment, MarketSettings, Population
from patron.pipeline.message_settings import MessageSettings, OptionSettings, SenderSettings
from patron.pipeline.micro_settings import MicroSettings
from patron.pipeline.opportunity_settings import ActionSettings, OpportunitySettings, TriedSettings
from patron.pipeline.price_settings import PriceSettings
from patron.pipeline.propensity_settings import PropensityTarget
from patron.pipeline.segment_settings import OwnSegment, Target
from patron.pipeline.server_settings import ServerSettings
from patron.pipeline.settings import Settings
from patron.pipeline.signal_settings import SignalSettings
from patron.pipeline.team_settings import GoalSettings, TeamSettings
from patron.pipeline.trigger_settings import (
    CampaignSettings,
    Goal,
    SequenceSettings,
    StepSettings,
    TriggerCaps,
    TriggerSettings,
)
from patron.pipeline.voice_settings import VoiceSettings
from patron.sources.rules import CLEANING
from patron.sources.spec import CleaningSwitches, SourceSpec

HERE = Path(__file__).parent


def pages() -> dict[str, str]:
    """Return every generated page by its file name."""
    return {
        "tables.md": "\n".join(_tables()) + "\n",
        "settings.md": "\n".join(_settings()) + "\n",
        "metrics.md": "\n".join(_metrics()) + "\n",
    }


def _tables() -> Iterator[str]:
    yield "# The tables of a run"
    yield ""
    yield "Read off the contracts in `src/patron/contracts` by `make docs`. A run is a folder of Parquet files, one a"
    yield 'table; `patron.open("shop/").table(NAME)` returns it as an Ibis table. Columns in bold are the key.'
    yield ""
    yield " · ".join(f"[{name}](#{name})" for name in TABLES)
    for contract in TABLES.values():
        yield from _table(contract)


def _table(contract: Contract) -> Iterator[str]:
    yield ""
    yield f"## {contract.name}"
    yield ""
    yield f"One row: {contract.grain}. Purpose: {contract.purpose}.{' ' + contract.note if contract.note else ''}"
    yield ""
    yield "| column | type | unit | missing | meaning |"
    yield "|---|---|---|---|---|"
    for column in contract.columns:
        name = f"**{column.name}**" if column.key else column.name
        values = f" One of: {', '.join(f'`{value}`' for value in column.values)}." if column.values else ""
        missing = "may be" if column.nullable else ""
        yield f"| {name} | {column.type} | {column.unit} | {missing} | {column.meaning}{values} |"


def _settings() -> Iterator[str]:
    yield "# The settings: patron.yaml"
    yield ""
    yield "Read off the settings model by `make docs`. Every mistake in the file is named with its line and key."
    sections: tuple[tuple[str, type[BaseModel], str], ...] = (
        ("At the top", Settings, ""),
        ("sources.NAME", SourceSpec, "NAME is `order_lines` (required), `customers`, `products` or `spend`."),
        ("sources.NAME.clean", CleaningSwitches, "Switches of cleaning rules."),
        ("signals.NAME", SignalSettings, "A signal of the library or of your own: [signals.md](signals.md)."),
        ("segments.NAME", OwnSegment, "A segment of your own; NAME is a word."),
        ("targets", Target, "A list of targets."),
        ("propensities", PropensityTarget, "A list of what to foretell of each customer."),
        ("journeys", JourneySettings, "What a step is; [journeys.md](journeys.md) shows how."),
        ("attribution", AttributionSettings, "Touches and what they are given; [touches.md](touches.md) shows how."),
        (
            "opportunities",
            OpportunitySettings,
            "What could be launched; [opportunities.md](opportunities.md) shows how.",
        ),
        ("opportunities.actions.NAME", ActionSettings, "One action."),
        ("opportunities.tried.NAME", TriedSettings, "What one experiment or list was."),
        ("market", MarketSettings, "Whom to win; [lookalike.md](lookalike.md) shows how."),
        ("market.ideal", IdealSegment, ""),
        ("market.population", Population, "A list of the segments of the market."),
        (
            "micro_segments",
            MicroSettings,
            "Cells of several segmentations; [micro_segments.md](micro_segments.md) shows how.",
        ),
        ("behaviour", BehaviourSettings, "Segments by how customers buy; [segments.md](segments.md) shows how."),
        ("stages", StageSettings, "Where the stages of a customer's way begin."),
        ("budget", BudgetSettings, "What may be spent, and what else is scarce; [budget.md](budget.md) shows how."),
        ("prices", PriceSettings, "Prices and discounts; [offers.md](offers.md) shows how."),
        (
            "experiments",
            ExperimentSettings,
            "What is promised before anybody is treated; [experiments.md](experiments.md) shows how.",
        ),
        ("holdouts", HoldoutSettings, "Whom nothing is sent to; [experiments.md](experiments.md) shows how."),
        ("holdouts.triggers", TriggerHoldout, ""),
        ("triggers.NAME", TriggerSettings, "What is done when a signal fires; [triggers.md](triggers.md) shows how."),
        ("triggers.NAME.goal", Goal, "Of sequences and campaigns, too."),
        ("triggers.NAME.caps", TriggerCaps, "Of sequences and campaigns, too."),
        ("triggers.NAME.live", LiveSettings, "Of sequences, too; [live_triggers.md](live_triggers.md) shows how."),
        (
            "sequences.NAME",
            SequenceSettings,
            "Several messages after one signal; [triggers.md](triggers.md) shows how.",
        ),
        ("sequences.NAME.steps", StepSettings, "A list of its steps."),
        ("campaigns.NAME", CampaignSettings, "One message to an audience between two days."),
        ("sender", SenderSettings, "Who writes; [messages.md](messages.md) shows how."),
        ("messages", MessageSettings, "By trigger, what it says; [messages.md](messages.md) shows how."),
        ("messages.NAME.parts.PART.OPTION", OptionSettings, "Or only its words."),
        ("teams", TeamSettings, "By name; [teams.md](teams.md) shows how."),
        ("teams.NAME.goal", GoalSettings, ""),
        ("voice", VoiceSettings, "Surveys; [voice.md](voice.md) shows how."),
        ("server", ServerSettings, "How `patron serve` answers; [server.md](server.md) shows how."),
        ("costs", Costs, "What serving a customer costs."),
        ("destinations.NAME", DestinationSection, "Of every type; [destinations.md](destinations.md) shows how."),
        *((f"destinations.NAME, type: {kind}", model, "") for kind, model in kinds().items()),
        ("destinations.NAME.audiences.NAME", AdAudience, "Of `google_ads` and `meta_ads`; [ads.md](ads.md) shows how."),
    )
    for title, model, note in sections:
        yield ""
        yield f"## {title}"
        yield ""
        if note:
            yield note
            yield ""
        yield "| key | value | default | meaning |"
        yield "|---|---|---|---|"
        for name, field in _own_fields(model).items():
            kind = "whole number" if _counts(field) else _kind(field.annotation)
            yield f"| {field.alias or name} | {kind} | {_default(name, field)} | {field.description} |"
    yield from _fields()
    yield from _rules()


def _own_fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return a section's fields; of a type of destination what it adds to all others, or does otherwise."""
    fields = {name: field for name, field in model.model_fields.items() if name != "type"}
    if model is DestinationSection or not issubclass(model, DestinationSection):
        return dict(model.model_fields)
    usual = DestinationSection.model_fields
    return {name: field for name, field in fields.items() if name not in usual or field.default != usual[name].default}


def _fields() -> Iterator[str]:
    yield ""
    yield "## sources.NAME.columns: the fields of each source"
    for source, fields in FIELDS.items():
        yield ""
        yield f"### {source}"
        yield ""
        yield "| field | type | required | meaning |"
        yield "|---|---|---|---|"
        for field in fields:
            yield f"| {field.name} | {field.type} | {'' if field.nullable else 'yes'} | {field.meaning} |"
    yield ""
    yield "`order_lines` needs a price: `unit_price` or `amount`."


def _rules() -> Iterator[str]:
    yield ""
    yield "## The cleaning rules for order lines"
    yield ""
    yield "In this order; the first that applies decides. Rows read = kept + rejected + later + removed, always."
    yield ""
    yield "| rule | the rows are | finding |"
    yield "|---|---|---|"
    for rule in CLEANING:
        finding = say(f"quality.rule.{rule.name}", rows="N", share="N%", count=2)
        yield f"| {rule.name} | {rule.outcome} | {finding} |"


def _counts(field: FieldInfo) -> bool:
    """Tell a whole number from days, which are read from a text such as 365d."""
    return field.annotation in (int, int | None) and not any(
        isinstance(rule, BeforeValidator) for rule in field.metadata
    )


def _kind(annotation: Any) -> str:
    """Return what a person writes for a value of this type."""
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return " or ".join(_kind(part) for part in get_args(annotation) if part is not type(None))
    if origin is Literal:
        return " or ".join(map(str, get_args(annotation)))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "section"
    if origin is Annotated and get_args(annotation)[0] in (time, SecretStr):
        return _WORDS[get_args(annotation)[0].__name__]
    return _WORDS[(origin or annotation).__name__]


_WORDS = {
    "Decimal": "number",
    "Path": "path",
    "SecretStr": "text, best as ${NAME}",
    "Annotated": "days, for example 365d",
    "bool": "true or false",
    "date": "day",
    "dict": "keys and values",
    "float": "number",
    "int": "days, for example 365d",
    "list": "list",
    "str": "text",
    "time": "time of day, for example 09:00",
    "timedelta": "duration, for example 30m, 4h or 7d",
    "tuple": "list",
}


def _default(name: str, field: Any) -> str:
    if name == "horizon":
        return "365d"
    if field.default is PydanticUndefined:
        made = field.default_factory() if field.default_factory else None
        if isinstance(made, dict) and made:
            return ", ".join(f"{key}: {value}" for key, value in made.items())
        return "" if field.default_factory else "required"
    if isinstance(field.default, list):
        return ", ".join(map(str, field.default))
    if isinstance(field.default, tuple):
        return "daily" if field.default == EVERY_DAY else ", ".join(map(str, field.default))
    return "" if field.default is None else str(span_written(field.default))


def _metrics() -> Iterator[str]:
    yield "# The metrics"
    yield ""
    yield "Each is defined once, in the registry `src/patron/kpis/metrics.py`; this page is read off it by `make docs`."
    yield ""
    yield "| metric | unit | formula | goal | counts as | better | meaning |"
    yield "|---|---|---|---|---|---|---|"
    for metric in METRICS:
        texts = {part: say(f"kpis.{metric.name}.{part}") for part in ("title", "meaning", "formula")}
        yield (
            f"| {texts['title']} (`{metric.name}`) | {metric.unit} | {texts['formula']} | {metric.goal} "
            f"| {metric.term} | {metric.better} | {texts['meaning']} |"
        )


if __name__ == "__main__":
    for name, text in pages().items():
        (HERE / name).write_text(text, encoding="utf-8")

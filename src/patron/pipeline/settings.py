"""The settings of a project: one model, every default visible, every mistake with its file, line and key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from babel.numbers import list_currencies
from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from patron.contracts import TABLES
from patron.contracts.customer import COVARIATE_NAMES
from patron.errors import ConditionError, PatronError, SettingsError
from patron.language import did_you_mean, failure, listing, say
from patron.pipeline.attribution_settings import AttributionSettings
from patron.pipeline.behaviour_settings import BehaviourSettings, StageSettings
from patron.pipeline.experiment_settings import ExperimentSettings, HoldoutSettings, TriggerHoldout, checked_names
from patron.pipeline.fingerprint import fingerprint
from patron.pipeline.journey_settings import JourneySettings
from patron.pipeline.leavable import LeavableStep
from patron.pipeline.market_settings import IdealSegment, MarketSettings, Population
from patron.pipeline.micro_settings import MicroSettings
from patron.pipeline.people_settings import IdentitySettings, PrivacySettings
from patron.pipeline.price_settings import PriceSettings
from patron.pipeline.propensity_settings import PropensityTarget
from patron.pipeline.section import Days, Section
from patron.pipeline.segment_settings import OwnSegment, Purpose, Target
from patron.pipeline.voice_settings import VoiceSettings
from patron.pipeline.wants_settings import NextProductSettings
from patron.pipeline.yaml_file import KeyPath, YamlFile, read_yaml
from patron.profile import LAPSE_FACTOR, ServiceCosts
from patron.segments.rules import TAKEN
from patron.segments.tiers import CUTS
from patron.sources.currency import Exchange
from patron.sources.rules import EARLIEST
from patron.sources.sold import SALES
from patron.sources.spec import SourceName, SourceSpec

FILE = "patron.yaml"
CovariateName = Literal["acquisition_channel", "first_category"]


def by_day(value: Any) -> dict[date, Decimal]:
    """Read what a currency is worth: one rate for all days, or a list or mapping of days from which another holds."""
    if isinstance(value, list):
        if any(not isinstance(step, dict) or set(step) != {"day", "rate"} for step in value):
            raise ValueError(say("orders.rate"))
        steps = [(step["day"], step["rate"]) for step in value]
    elif isinstance(value, dict) and value:
        steps = list(value.items())
    else:
        steps = [(EARLIEST, value)]
    read: dict[date, Decimal] = {}
    for day, rate in steps:
        at = _day(day)
        if at in read:
            raise ValueError(say("orders.rate_day", came=at))
        read[at] = _rate(rate)
    return read


def _day(value: Any) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError as error:
        raise ValueError(say("orders.rate")) from error


def _rate(value: Any) -> Decimal:
    """Read a rate, with as many digits as the contract of rates holds."""
    try:
        rate = Decimal(str(value)).quantize(Decimal("1e-8")) if not isinstance(value, bool) else Decimal(0)
    except ArithmeticError as error:  # no number, or endless
        raise ValueError(say("orders.rate")) from error
    if not 0 < rate < _HIGHEST_RATE:
        raise ValueError(say("orders.rate"))
    return rate


_HIGHEST_RATE = 10**9
Rates = Annotated[dict[date, Decimal], BeforeValidator(by_day)]


class Costs(Section):
    """What handling costs the shop, in the project's currency."""

    per_order: float | None = Field(default=None, ge=0, description="Picking, packing, postage, payment of one order.")
    per_line: float | None = Field(default=None, ge=0, description="Handling one line.")
    per_return: float | None = Field(default=None, ge=0, description="Taking back one line.")
    subscription_margin: float | None = Field(
        default=None, ge=0, le=1,
        description="Share of a subscription's payment that is margin; without it the shop's own margin rate.",
    )  # fmt: skip

    def service(self) -> ServiceCosts:
        """Return them as the profile takes them."""
        return ServiceCosts(per_order=self.per_order, per_line=self.per_line, per_return=self.per_return)


class Settings(Section):
    """Everything that `patron.yaml` may say."""

    name: str = Field(min_length=1, description="The shop's name, as the report shows it.")
    currency: str = Field(description="ISO 4217 code, for example EUR.")
    timezone: str = Field(
        "UTC",
        description="The shop's time zone, for example Europe/London. Times in the data are read as they stand.",
    )
    as_of: date | None = Field(
        None, description="The last day to know about; by default the last plausible one in the data."
    )
    horizon: Days = Field(365, description="How far ahead to predict, for example 365d.", validate_default=False)
    engine: str = Field("duckdb://", description="The engine's URL: duckdb:// or spark://host:port.")
    memory: str | None = Field(None, description="DuckDB's memory limit, for example 4GB; it spills to disk beyond.")
    sources: dict[SourceName, SourceSpec] = Field(
        description="Where the data is; one of order_lines, orders and customers is required."
    )
    rates: dict[str, Rates] = Field(
        default_factory=dict,
        description="What one unit of another currency is worth in the project's: a rate, or days and the rate from "
        "each of them on. They stand before those of the source `rates`.",
    )
    segments: dict[str, OwnSegment] = Field(default_factory=dict, description="Segments of your own, by name.")
    targets: list[Target] = Field(
        default_factory=list, description="Targets; elsewhere a segment's own history sets them."
    )
    costs: Costs = Field(default_factory=lambda: Costs(), description="Cost to serve, to be taken off the margin.")
    discount_rate: float = Field(
        0.10, ge=0, lt=1, description="What a year of waiting costs: future money is worth less."
    )
    covariates: list[CovariateName] = Field(
        default_factory=lambda: list(COVARIATE_NAMES),  # type: ignore[arg-type]
        description="By how they began models of the purchases may tell customers apart, where that pays: "
        "`acquisition_channel`, `first_category`. Both by default; an empty list: neither.",
    )
    lapse_factor: float = Field(
        LAPSE_FACTOR, gt=1, description="Expected intervals of silence that make a lapsed customer."
    )
    tiers: dict[str, float] = Field(
        default_factory=lambda: dict(CUTS), description="Tiers, best first, and their shares."
    )
    value_map_split: float = Field(0.8, gt=0, lt=1, description="Customers above this quantile count as high.")
    micro_segments: MicroSettings = Field(
        default_factory=lambda: MicroSettings(), description="Cells of several segmentations at once."
    )
    propensities: list[PropensityTarget] | None = Field(
        None,
        description="What to foretell of each customer; by default all that the data can tell. An empty list: nothing.",
    )
    next_products: NextProductSettings = Field(
        default_factory=lambda: NextProductSettings(), description="Which products are recommended to customers."
    )
    own_labels: list[str] = Field(
        default_factory=list, description="Brands that are the shop's own, where `products` does not say so."
    )
    behaviour: BehaviourSettings = Field(
        default_factory=lambda: BehaviourSettings(), description="Into which segments customers fall by how they buy."
    )
    stages: StageSettings = Field(
        default_factory=lambda: StageSettings(), description="Where the stages of a customer's way begin."
    )
    journeys: JourneySettings = Field(
        default_factory=lambda: JourneySettings(), description="Which steps customers take, and when one is the last."
    )
    market: MarketSettings = Field(
        default_factory=lambda: MarketSettings(), description="Whom to win: who is ideal, and how large the market is."
    )
    voice: VoiceSettings = Field(
        default_factory=lambda: VoiceSettings(), description="Surveys: what counts, and whom to leave in peace."
    )
    experiments: dict[str, ExperimentSettings] = Field(
        default_factory=dict, description="Experiments, by name: what is promised before anybody is treated."
    )
    attribution: AttributionSettings = Field(
        default_factory=lambda: AttributionSettings(), description="Which touches count towards an order, and how."
    )
    holdouts: HoldoutSettings = Field(
        default_factory=lambda: HoldoutSettings(), description="Whom nothing is sent to, so that all can be measured."
    )
    prices: PriceSettings = Field(
        default_factory=lambda: PriceSettings(), description="Whose prices may differ, and how far they may move."
    )
    identity: IdentitySettings = Field(
        default_factory=lambda: IdentitySettings(), description="Which records are one customer."
    )
    privacy: PrivacySettings = Field(
        default_factory=lambda: PrivacySettings(), description="What may be done with whose data."
    )
    purposes: dict[str, Purpose] = Field(
        default_factory=dict, description="What a table may be used for, if not its default."
    )
    state: str | None = Field(None, description="URL of the operational database; by default SQLite in .patron/.")
    leave_out: list[LeavableStep] = Field(
        default_factory=list, description="Steps that the shop does not want: their tables stay empty, runs are faster."
    )
    sampled: bool = Field(
        default=False, description="The rows are a sample of the shop's: no propensity is made of them."
    )
    simulated: bool = Field(default=False, description="The shop is made up: the report says so.")

    @field_validator("currency")
    @classmethod
    def _currency(cls, value: str) -> str:
        if value not in list_currencies():
            raise ValueError(say("settings.currency", came=value))
        return value

    @field_validator("rates")
    @classmethod
    def _codes(cls, value: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        for code in value:
            if code not in list_currencies():
                raise ValueError(say("settings.currency", came=code))
            if code == info.data.get("currency"):
                raise ValueError(say("orders.rate_own", came=code))
        return value

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(say("settings.timezone", came=value, hint=did_you_mean(value, available_timezones())))
        return ZoneInfo(value).key

    @field_validator("tiers")
    @classmethod
    def _whole(cls, value: dict[str, float]) -> dict[str, float]:
        if any(share <= 0 for share in value.values()) or abs(sum(value.values()) - 1) > 1e-9:
            raise ValueError(say("settings.tiers", total=f"{sum(value.values()):g}"))
        return value

    @field_validator("segments")
    @classmethod
    def _names(cls, value: dict[str, OwnSegment]) -> dict[str, OwnSegment]:
        for name in value:
            if not name.isidentifier() or name in TAKEN:
                raise ValueError(say("segments.own_name", came=name, taken=listing(TAKEN)).partition("\n")[0])
        return value

    @field_validator("experiments")
    @classmethod
    def _experiments(cls, value: dict[str, ExperimentSettings]) -> dict[str, ExperimentSettings]:
        checked_names(value)
        return value

    @field_validator("micro_segments")
    @classmethod
    def _axes(cls, value: MicroSettings, info: ValidationInfo) -> MicroSettings:
        return value.among(info.data.get("segments", {}))

    @field_validator("prices")
    @classmethod
    def _prices(cls, value: PriceSettings, info: ValidationInfo) -> PriceSettings:
        return value.among(info.data.get("segments", {}))

    @field_validator("purposes")
    @classmethod
    def _tables(cls, value: dict[str, str]) -> dict[str, str]:
        for table in value:
            if table not in TABLES:
                raise ValueError(say("settings.table", came=table, hint=did_you_mean(table, TABLES)))
        return value

    @field_validator("identity")
    @classmethod
    def _rules(cls, value: IdentitySettings) -> IdentitySettings:
        try:
            value.chosen()
        except PatronError as error:
            raise ValueError(error.problem) from error
        return value

    @field_validator("privacy")
    @classmethod
    def _policy(cls, value: PrivacySettings) -> PrivacySettings:
        try:
            value.policy()
        except PatronError as error:
            raise ValueError(error.problem) from error
        return value

    @model_validator(mode="after")
    def _somebody(self) -> Settings:
        if not {*SALES, "customers"} & set(self.sources):
            raise ValueError(say("orders.wanted"))
        return self

    @property
    def sells(self) -> bool:
        """Whether a source says who bought what, when; otherwise customers can only be listed."""
        return bool(set(SALES) & set(self.sources))

    def exchange(self) -> Exchange:
        """Return the project's currency and what others are worth in it."""
        return Exchange(self.currency, self.rates)

    def purpose_of(self, table: str) -> str:
        """Return what a table may be used for: as `purposes` says, else its source, else its contract."""
        source = self.sources.get(table.removeprefix("raw_"))  # type: ignore[call-overload]
        return self.purposes.get(table) or (source.purpose if source else TABLES[table].purpose)

    def terms(self) -> str:
        """Return a fingerprint of what money and value mean; only runs with the same can be compared in money."""
        return fingerprint(**self.model_dump(include={"currency", "horizon", "discount_rate", "costs"}))

    def digest(self) -> str:
        """Return a hash of all settings, defaults included."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def read_settings(folder: Path) -> Settings:
    """Read a project's `patron.yaml`.

    Raises
    ------
    SettingsError
        With `file`, `line` and `key` in its data.
    """
    file = read_yaml(folder / FILE)
    try:
        return Settings.model_validate(file.content)
    except ValidationError as error:
        raise _first(error, file) from error


@contextmanager
def pointing_at(folder: Path) -> Iterator[None]:
    """Add the file and line of the setting behind an error that is found only when the setting is used.

    Sources and conditions meet the data long after the file was read; they know the key, this knows the line.
    """
    try:
        yield
    except (SettingsError, ConditionError) as error:
        key = str(error.data.get("key") or error.data.get("where") or "")
        if "line" in error.data or not key:
            raise
        file = read_yaml(folder / FILE)
        facts = {**error.data, "key": key, "file": str(file.path), "line": file.line_of(_path(key))}
        text = say(
            "settings.located", file=facts["file"], line=facts["line"], problem=error.problem, remedy=error.remedy
        )
        raise type(error)(text, **facts) from error


def _path(key: str) -> KeyPath:
    """Split a key as it is written; a part of digits is a place in a list."""
    return tuple(int(part) if part.isdigit() else part for part in key.split("."))


def _first(error: ValidationError, file: YamlFile) -> SettingsError:
    """Turn the first fault that pydantic found into ours; one at a time is what a person can mend."""
    # An unknown key explains a missing one: it is often the same key, misspelt.
    fault = min(error.errors(include_url=False), key=lambda fault: fault["type"] != "extra_forbidden")
    key: KeyPath = tuple(part for part in fault["loc"] if part != "[key]")
    facts = {"file": str(file.path), "line": file.line_of(key), "key": ".".join(map(str, key)) or FILE}
    kind = fault["type"]
    if kind == "extra_forbidden" or "[key]" in fault["loc"]:
        return failure(SettingsError, "settings.unknown", **facts, hint=did_you_mean(str(key[-1]), _siblings(key)))
    if kind == "missing":
        return failure(SettingsError, "settings.missing", **facts)
    came = fault["input"] if not isinstance(fault["input"], dict) else "..."
    wanted = str(fault["ctx"]["error"]) if kind == "value_error" else fault["msg"]
    return failure(SettingsError, "settings.value", **facts, came=str(came)[:80], wanted=wanted)


_SECTIONS: dict[KeyPath, type[BaseModel]] = {
    (): Settings,
    ("attribution",): AttributionSettings,
    ("behaviour",): BehaviourSettings,
    ("costs",): Costs,
    ("stages",): StageSettings,
    ("experiments", "*"): ExperimentSettings,
    ("holdouts",): HoldoutSettings,
    ("holdouts", "triggers", "*"): TriggerHoldout,
    ("identity",): IdentitySettings,
    ("next_products",): NextProductSettings,
    ("prices",): PriceSettings,
    ("privacy",): PrivacySettings,
    ("market",): MarketSettings,
    ("micro_segments",): MicroSettings,
    ("market", "ideal"): IdealSegment,
    ("market", "population", "*"): Population,
    ("segments", "*"): OwnSegment,
    ("propensities", "*"): PropensityTarget,
    ("targets", "*"): Target,
    ("sources", "*"): SourceSpec,
    ("sources", "*", "clean"): SourceSpec.model_fields["clean"].annotation,  # type: ignore[dict-item]
    ("sources", "*", "format"): SourceSpec.model_fields["format"].annotation,  # type: ignore[dict-item]
}


_FLAT = ("costs", "holdouts", "market", "micro_segments", "prices")
"""Sections whose keys are not names that the project chose."""


def _siblings(key: KeyPath) -> Sequence[str]:
    """Return the keys that could stand where `key` stands."""
    if key[:-1] == ("sources",):
        return SourceName.__args__  # type: ignore[attr-defined,no-any-return]
    parent = key[:-1]
    shape: KeyPath = tuple(
        "*" if isinstance(part, int) or (place == 1 and parent[0] not in _FLAT) else part
        for place, part in enumerate(parent)
    )
    section = _SECTIONS.get(shape)
    return [field.alias or name for name, field in section.model_fields.items()] if section else []


__all__ = ["FILE", "Costs", "OwnSegment", "Settings", "Target", "read_settings"]

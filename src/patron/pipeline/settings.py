"""The settings of a project: one model, every default visible."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from babel.numbers import list_currencies
from pydantic import (
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from patron.contracts import TABLES
from patron.contracts.customer import COVARIATE_NAMES
from patron.errors import PatronError
from patron.language import did_you_mean, listing, say
from patron.pipeline.attribution_settings import AttributionSettings
from patron.pipeline.behaviour_settings import BehaviourSettings, StageSettings
from patron.pipeline.budget_settings import BudgetSettings
from patron.pipeline.contact_settings import ContactSettings
from patron.pipeline.cost_settings import Costs
from patron.pipeline.destinations import AnyDestination
from patron.pipeline.experiment_settings import ExperimentSettings, HoldoutSettings, checked_names
from patron.pipeline.fingerprint import fingerprint
from patron.pipeline.journey_settings import JourneySettings
from patron.pipeline.learning_settings import LearningSettings
from patron.pipeline.leavable import LeavableStep
from patron.pipeline.market_settings import MarketSettings
from patron.pipeline.message_settings import MessageSettings, SenderSettings
from patron.pipeline.micro_settings import MicroSettings
from patron.pipeline.opportunity_settings import OpportunitySettings
from patron.pipeline.people_settings import IdentitySettings, PrivacySettings
from patron.pipeline.price_settings import PriceSettings
from patron.pipeline.propensity_settings import PropensityTarget
from patron.pipeline.rate_settings import Rates
from patron.pipeline.schedule_settings import BackupSettings, ScheduleSettings
from patron.pipeline.section import Days, Section
from patron.pipeline.segment_settings import OwnSegment, Purpose, Target
from patron.pipeline.server_settings import ServerSettings
from patron.pipeline.signal_settings import SignalSettings, checked_signals
from patron.pipeline.team_settings import TeamSettings
from patron.pipeline.trigger_settings import (
    CampaignSettings,
    SequenceSettings,
    TriggerSettings,
    holdout_shares,
)
from patron.pipeline.voice_settings import VoiceSettings
from patron.pipeline.wants_settings import NextProductSettings
from patron.profile import LAPSE_FACTOR
from patron.segments.rules import TAKEN
from patron.segments.tiers import CUTS
from patron.sources.currency import Exchange
from patron.sources.sold import SALES
from patron.sources.spec import SourceName, SourceSpec

FILE = "patron.yaml"
CovariateName = Literal["acquisition_channel", "first_category"]


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
    triggers: dict[str, TriggerSettings] = Field(
        default_factory=dict, description="What is done when a signal fires, for whom, and who is held out, by name."
    )
    sequences: dict[str, SequenceSettings] = Field(
        default_factory=dict, description="Several messages after one signal, with waits and exits, by name."
    )
    campaigns: dict[str, CampaignSettings] = Field(
        default_factory=dict, description="One message to an audience between two days, by name."
    )
    opportunities: OpportunitySettings = Field(
        default_factory=lambda: OpportunitySettings(),
        description="What could be done when a signal fires, at what cost.",
    )
    contact: ContactSettings = Field(
        default_factory=lambda: ContactSettings(), description="How much a customer is written to, and when not."
    )
    prices: PriceSettings = Field(
        default_factory=lambda: PriceSettings(), description="Whose prices may differ, and how far they may move."
    )
    sender: SenderSettings = Field(
        default_factory=lambda: SenderSettings(), description="Who writes: language, links and footers of all messages."
    )
    learning: LearningSettings = Field(
        default_factory=lambda: LearningSettings(), description="How the variants of messages are learned."
    )
    messages: dict[str, MessageSettings] = Field(
        default_factory=dict, description="By trigger, sequence or campaign: the parts and options of its message."
    )
    teams: dict[str, TeamSettings] = Field(
        default_factory=dict, description="Teams by name: their goals, their triggers, and whose word they need."
    )
    signals: dict[str, SignalSettings] = Field(
        default_factory=dict,
        description="Signals: which of the library are not wanted, and those of your own, by name.",
    )
    budget: BudgetSettings = Field(
        default_factory=lambda: BudgetSettings(), description="What may be spent on customers, and what else is scarce."
    )
    identity: IdentitySettings = Field(
        default_factory=lambda: IdentitySettings(), description="Which records are one customer."
    )
    privacy: PrivacySettings = Field(
        default_factory=lambda: PrivacySettings(), description="What may be done with whose data."
    )
    server: ServerSettings = Field(
        default_factory=lambda: ServerSettings(), description="How `patron serve` answers: limits, sites, proxies."
    )
    schedule: ScheduleSettings = Field(
        default_factory=lambda: ScheduleSettings(), description="What `patron serve` does by the clock."
    )
    backup: BackupSettings = Field(default_factory=lambda: BackupSettings(), description="Where backups are kept.")
    destinations: dict[str, AnyDestination] = Field(
        default_factory=dict,
        description="Where messages, lists and scores go, by name: what stands first is preferred.",
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

    @field_validator("signals")
    @classmethod
    def _signals(cls, value: dict[str, SignalSettings]) -> dict[str, SignalSettings]:
        return checked_signals(value)

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
        if not {*SALES, "customers"} & set(self.sources) and "server" not in self.model_fields_set:
            raise ValueError(say("orders.wanted"))
        if self.server.orders and {*SALES} & set(self.sources):
            raise ValueError(say("inbox.orders_twice"))
        return self

    @property
    def sells(self) -> bool:
        """Whether a source says who bought what, when; otherwise customers can only be listed."""
        return self.server.orders or bool(set(SALES) & set(self.sources))

    @property
    def launched(self) -> dict[str, TriggerSettings | SequenceSettings | CampaignSettings]:
        """Triggers, sequences and campaigns by name."""
        return {**self.triggers, **self.sequences, **self.campaigns}

    def holdout_shares(self, states: Mapping[str, str] | None = None) -> dict[str, tuple[float, str | None]]:
        """Return share and programme of each hold-out by its name, as `patron.pipeline.trigger_settings` says."""
        return holdout_shares(self.holdouts, self.launched, states=states)

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


__all__ = ["FILE", "OwnSegment", "Settings", "Target"]

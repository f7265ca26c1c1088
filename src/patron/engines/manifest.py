"""What a run was made from, and what came of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class _Record(BaseModel):
    # What a later version adds is passed over, so that going back one version still reads its runs.
    model_config = ConfigDict(frozen=True, extra="ignore")


class TableFacts(_Record):
    """One table of a run."""

    rows: int
    purpose: str


class StepFacts(_Record):
    """One step of a run."""

    seconds: float
    reused: bool = Field(
        description="Its inputs and settings were those of an earlier run, so its tables were taken over."
    )
    fingerprint: str
    tables: tuple[str, ...]
    resumed: bool = Field(default=False, description="A run that was not published had made its tables.")
    models: dict[str, dict[str, float]] = Field(default_factory=dict, description="Parameters that it fitted.")
    batches: tuple[dict[str, Any], ...] = Field(
        default=(),
        description="Of loading: files that were cleaned together, and what a later run must know of them.",
    )


class Manifest(_Record):
    """One run."""

    run_id: str
    as_of: date
    today: date = Field(description="The day on which the run was made; nothing after it is plausible.")
    made_at: datetime | None = Field(default=None, description="When it was published.")
    asked: date | None = Field(
        default=None, description="The day that was asked for; without one it is the last plausible day in the data."
    )
    horizon_days: int
    currency: str
    terms: str = Field(description="Fingerprint of what money and value mean: currency, horizon, discounting, costs.")
    code_version: str
    settings_hash: str
    settings: dict[str, Any] = Field(
        default_factory=dict, description="The settings that decide what comes out, defaults included, as they were."
    )
    inputs: dict[str, str] = Field(description="Fingerprint of every source file.")
    collected_to: int = Field(
        default=0, description="The greatest number of an event of the server that it was made from."
    )
    compared_with: str | None = Field(description="The earlier run that movements were measured against.")
    goes_on_from: str | None = Field(
        default=None, description="The earlier run by whose models segments of behaviour keep their ids."
    )
    only: str | None = Field(
        default=None, description="The step that was wanted: the run holds its tables and those that it needs, no more."
    )
    replay_of: str | None = Field(default=None, description="The run that this one made again.")
    audiences: tuple[str, ...] = Field(default=(), description="The frozen lists that were known.")
    notes: tuple[str, ...] = Field(default=(), description="What a person should know of how it was made.")
    erased: str = Field(default="", description="Fingerprint of the list of the erased whose people are not in it.")
    erasures: dict[str, dict[str, int]] = Field(
        default_factory=dict, description="Requests by which rows were erased from it later, and how many by table."
    )
    rows_in: int
    rows_kept: int
    rows_rejected: int
    rows_later: int
    rows_removed: int
    steps: dict[str, StepFacts]
    tables: dict[str, TableFacts]
    models: dict[str, dict[str, float]] = Field(default_factory=dict, description="Parameters by model.")

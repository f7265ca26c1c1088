"""What `patron.yaml` says about one source."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

SourceName = Literal["order_lines", "customers", "products", "spend"]


class CleaningSwitches(BaseModel):
    """Rules that a shop may switch off because its data means it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    non_positive_price: Literal["reject", "keep"] = Field(
        default="reject", description="Lines at no or a negative price. Keep them where gifts are real orders."
    )
    repeated_across_files: Literal["remove", "keep"] = Field(
        default="remove", description="Lines that stand in two files. Keep them where files never overlap."
    )


class SourceSpec(BaseModel):
    """One source: where its files are and what their columns mean."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str | list[str] = Field(
        description="A file, folder or pattern (CSV, gzipped CSV, Parquet), or several of them."
    )
    columns: dict[str, str] = Field(
        default_factory=dict,
        description="Our field: the file's column. Left out: columns that are called like our fields.",
    )
    cancelled: str | None = Field(None, description="SQL condition: lines of cancelled orders.")
    adjustments: str | None = Field(
        None, description="SQL condition: lines that are no goods (postage, fees, corrections)."
    )
    exclude: str | None = Field(None, description="SQL condition: lines to reject (tests, staff, one's own shops).")
    clean: CleaningSwitches = Field(default_factory=CleaningSwitches, description="Switches of the cleaning rules.")
    purpose: Literal["analytics", "marketing", "measurement", "operations"] = Field(
        "analytics", description="What the rows may be used for."
    )

    @property
    def paths(self) -> tuple[str, ...]:
        """The patterns, always as several."""
        return (self.path,) if isinstance(self.path, str) else tuple(self.path)

"""What `patron.yaml` says about one source."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_serializer, field_validator, model_validator

from patron.errors import ArgumentError
from patron.language import listing, say
from patron.sources.formats.date_styles import patterns
from patron.sources.staging.url_secrets import shown

SourceName = Literal[
    "order_lines", "orders", "customers", "products", "spend", "rates", "identifiers", "events", "households",
    "consents", "traits", "tickets", "subscriptions", "prospects", "reviews", "surveys", "referrals",
    "loyalty", "market", "messages", "invitations", "assignments", "mix_model",
]  # fmt: skip

_SEPARATORS = {"whitespace": "whitespace", "tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


def _separator(value: Any) -> Any:
    mark = _SEPARATORS.get(value, value) if isinstance(value, str) else value
    if isinstance(mark, str) and mark != "whitespace" and (len(mark) != 1 or mark in '\n\r"\0' or not mark.isascii()):
        raise ValueError(say("sources.separator", allowed=listing(_SEPARATORS)))
    return mark


def _encoding(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        name = codecs.lookup(value).name
        fits = "a\n".encode(name).decode(name) == "a\n"
    except (LookupError, UnicodeError, TypeError) as error:
        raise ValueError(say("sources.encoding")) from error
    if not fits:
        raise ValueError(say("sources.encoding"))
    return "utf-8" if name == "utf-8-sig" else name


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class FormatSpec(BaseModel):
    """How a source's files are written; what is left out is found, and reported."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    separator: Annotated[str | None, BeforeValidator(_separator)] = Field(
        default=None, description="What stands between columns: one character, or `tab`, `pipe`, `whitespace`."
    )
    quote: str | None = Field(default=None, max_length=1, description="What stands around texts; empty for nothing.")
    encoding: Annotated[str | None, BeforeValidator(_encoding)] = Field(
        default=None, description="For example utf-8, utf-16, cp1252 or latin-1."
    )
    decimal: Literal[".", ","] | None = Field(default=None, description="The mark before the fraction of a number.")
    thousands: Literal["", ",", ".", " ", "'"] | None = Field(default=None, description="The mark between thousands.")
    dates: Annotated[list[str] | None, BeforeValidator(_several)] = Field(
        default=None,
        description="How days are written: iso, day first, month first, month by name, seconds, milliseconds, "
        'a pattern such as "%d/%m/%Y %H:%M", or several of them.',
    )
    header: bool | None = Field(default=None, description="Whether the first line names the columns.")
    names: list[str] | None = Field(
        default=None, min_length=1, description="The columns' names, for files without a header."
    )
    sheet: str | None = Field(default=None, description="Which sheet of an Excel file.")
    table: str | None = Field(default=None, description="Which table of a database.")
    query: str | None = Field(default=None, description="A SQL query to a database, instead of a table.")

    @field_validator("dates")
    @classmethod
    def _dates(cls, value: list[str] | None) -> list[str] | None:
        try:
            for style in value or ():
                patterns(style)
        except ArgumentError as error:
            raise ValueError(error.problem) from error
        return value

    @field_validator("names")
    @classmethod
    def _names(cls, value: list[str] | None) -> list[str] | None:
        if value is not None and (len({name.lower() for name in value}) < len(value) or not all(value)):
            raise ValueError(say("sources.names_twice"))
        return value

    @field_validator("quote")
    @classmethod
    def _quote(cls, value: str | None) -> str | None:
        if value is not None and (not value.isascii() or (value in "\r\n\0" and value)):
            raise ValueError(say("sources.quote"))
        return value

    @model_validator(mode="after")
    def _consistent(self) -> FormatSpec:
        if self.decimal is not None and self.decimal == self.thousands:
            raise ValueError(say("sources.same_marks"))
        if self.separator is not None and self.separator == self.quote:
            raise ValueError(say("sources.same_marks"))
        if self.table is not None and self.query is not None:
            raise ValueError(say("sources.table_or_query"))
        return self

    def told(self) -> Iterable[str]:
        """Return the names of the facets that are told."""
        return [name for name, value in self if value is not None]


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
        description="A file, folder or pattern (CSV, JSON lines, Excel, Parquet, gzipped or in a zip file), the URL of "
        "a database or of a file elsewhere, or several of them."
    )
    format: FormatSpec = Field(
        default_factory=FormatSpec, description="How the files are written; what is left out is found."
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
    purpose: Literal["analytics", "profiling", "marketing", "advertising", "measurement", "operations"] = Field(
        "analytics", description="What the rows may be used for."
    )

    @property
    def paths(self) -> tuple[str, ...]:
        """The patterns, always as several."""
        return (self.path,) if isinstance(self.path, str) else tuple(self.path)

    @field_serializer("path")
    def _without_passwords(self, path: str | list[str]) -> str | list[str]:
        """Leave passwords out of whatever is kept, such as the fingerprint of the settings."""
        return shown(path) if isinstance(path, str) else [shown(one) for one in path]

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        for name, value in super().__repr_args__():
            yield name, self._without_passwords(value) if name == "path" else value

"""What is proposed, with its reasons: for a person to read, and for `patron.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from patron.contracts import MOMENT
from patron.contracts.raw import FIELDS
from patron.sources.people.consents import WIDE
from patron.sources.recognition.looked import Looked
from patron.sources.systems import Condition, Signature


@dataclass(frozen=True)
class Mapped:
    """Which column is one of our fields, why, and which others it could be."""

    column: str
    reasons: tuple[str, ...]
    others: tuple[str, ...] = ()
    sure: bool = False
    """The others are known not to be meant."""


@dataclass(frozen=True)
class Hint:
    """A condition for a setting, with its evidence; one that is not `sure` is written as a comment."""

    setting: str
    condition: str
    reason: str
    sure: bool = False


@dataclass(frozen=True)
class SourceProposal:
    """One source: its table, the meaning of its columns, and what else was seen."""

    source: str
    table: Looked
    columns: Mapping[str, Mapped]
    hints: tuple[Hint, ...] = ()
    notes: tuple[str, ...] = ()
    system: Signature | None = None
    conditions: tuple[Condition, ...] = ()
    supplied: frozenset[str] = field(default_factory=frozenset)
    """Fields that another source supplies."""

    @property
    def missing(self) -> tuple[str, ...]:
        """The required fields for which no column was found."""
        required = [one.name for one in FIELDS[self.source] if not one.nullable]
        found = tuple(name for name in required if name not in self.columns and name not in self.supplied)
        wanted = _ONE_OF.get(self.source, ())
        if wanted and not {*wanted} & {*self.columns, *self.supplied}:
            found = (*found, wanted[0])
        return found

    @property
    def unused(self) -> tuple[str, ...]:
        """The columns that no field takes, in their order."""
        used = {mapped.column for mapped in self.columns.values()}
        return tuple(name for name in self.table.header if name not in used)

    @property
    def days(self) -> dict[str, tuple[str, ...]]:
        """The styles in which the columns of days may be written, by field."""
        kinds = {one.name for one in FIELDS[self.source] if one.type in ("date", MOMENT)}
        columns = {name: self.table.columns[one.column] for name, one in self.columns.items() if name in kinds}
        return {name: facts.styles for name, facts in columns.items() if facts.styles}

    @property
    def unclear_days(self) -> tuple[str, ...]:
        """The fields whose days can be read in two ways."""
        return tuple(name for name, styles in self.days.items() if len(styles) > 1)

    @property
    def format(self) -> dict[str, object]:
        """How the files are written, as far as it is unusual and not left to a person."""
        form = self.table.form
        if not self.table.alike:
            return {}
        told = {name: getattr(form, name) for name in _FACETS if name in form.found}
        styles = sorted({style for styles in self.days.values() for style in styles})
        if styles not in ([], ["iso"]) and not self.unclear_days:
            told["dates"] = styles
        return told

    def with_reason(self, name: str, reason: str) -> SourceProposal:
        """Return the same with one more reason for a field."""
        mapped = self.columns[name]
        return replace(self, columns={**self.columns, name: replace(mapped, reasons=(*mapped.reasons, reason))})

    def without(self, *names: str) -> SourceProposal:
        """Return the same without some fields."""
        return replace(self, columns={name: mapped for name, mapped in self.columns.items() if name not in names})


_ONE_OF = {
    "order_lines": ("unit_price", "amount"),
    "orders": ("amount",),
    "consents": ("status", *WIDE),
}
"""Fields of which one must be there."""

_FACETS = ("separator", "encoding", "decimal", "thousands", "sheet")


@dataclass(frozen=True)
class LeftOut:
    """A table or file that is no source, and why."""

    name: str
    why: str


@dataclass(frozen=True)
class Answer:
    """A setting that a person should confirm: what is proposed, and on what ground."""

    name: str
    value: str
    reason: str
    known: bool


@dataclass(frozen=True)
class Recognised:
    """All that was made of a set of files."""

    sources: tuple[SourceProposal, ...]
    left_out: tuple[LeftOut, ...]
    answers: tuple[Answer, ...]

    def source(self, name: str) -> SourceProposal | None:
        """Return the proposal for a source."""
        return next((one for one in self.sources if one.source == name), None)

    @property
    def missing(self) -> tuple[str, ...]:
        """The required fields, over all sources, for which no column was found."""
        return tuple(dict.fromkeys(name for one in self.sources for name in one.missing))

    @property
    def asked(self) -> tuple[str, ...]:
        """The settings that the data does not tell."""
        days = (f"sources.{one.source}.format.dates" for one in self.sources if one.unclear_days)
        return (*(answer.name for answer in self.answers if not answer.known), *days)

"""What the settings say of who is who, and of what may be done with whose data."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_serializer, field_validator

from patron.contracts import TABLES
from patron.errors import PatronError
from patron.identity import DEFAULT_RULES, Rule, Rules
from patron.identity.normalise.country import region
from patron.identity.rules import MANUAL, PROBABLE
from patron.language import did_you_mean, say
from patron.pipeline.section import Days, Section, as_written, days
from patron.privacy import Policy, check_windows
from patron.privacy.retention import INBOX

Basis = Literal[
    "consent", "contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests"
]  # fmt: skip
_OWN = (MANUAL, PROBABLE)  # rules that no setting can name: their keys come from elsewhere


class OwnRule(Section):
    """A rule of one's own: records that agree in all of the kinds are one customer."""

    kinds: list[str] = Field(min_length=1, description="Kinds of `identifiers`; `a|b` where one of the two will do.")
    most_records: int = Field(10, ge=2, description="A key that more records carry links nobody.")


class IdentitySettings(Section):
    """Which records are one customer."""

    country: str | None = Field(
        None, description="Whose phone numbers and postal codes are meant where a record says no country; code or name."
    )
    rules: list[str] | None = Field(
        None, description="Rules that link, strongest first; all of Patron's own by default. [] links by ids alone."
    )
    own_rules: dict[str, OwnRule] = Field(default_factory=dict, description="Rules of one's own, by name.")
    most_records: dict[str, int] = Field(
        default_factory=dict, description="By rule: a key that more records carry links nobody."
    )
    largest: int = Field(DEFAULT_RULES.largest, ge=2, description="Records of a cluster; a larger one is cut.")
    trust: list[str] = Field(
        default_factory=list, description="Sources whose values stand first in the golden record, best first."
    )
    probable: float | None = Field(
        None, ge=0.5, lt=1,
        description="Link probable matches, too, as long as this share of them is right; needs patron[linkage].",
    )  # fmt: skip

    @field_validator("country")
    @classmethod
    def _country(cls, value: str | None) -> str | None:
        if value is not None and region(value) is None:
            raise ValueError(say("settings.country", came=value))
        return value

    @field_validator("most_records")
    @classmethod
    def _limits(cls, value: dict[str, int]) -> dict[str, int]:
        for name, most in value.items():
            if name not in DEFAULT_RULES or name in _OWN:
                raise ValueError(say("settings.identity_rule", came=name, hint=did_you_mean(name, _choices())))
            if most < 2:
                raise ValueError(say("settings.identity_most", came=most))
        return value

    def chosen(self) -> Rules:
        """Return the rules as identity takes them.

        Raises
        ------
        ValueError
            A rule is named that is not there.
        """
        own = {name: Rule(name, tuple(rule.kinds), rule.most_records) for name, rule in self.own_rules.items()}
        known = {rule.name: rule for rule in DEFAULT_RULES.rules if rule.name not in _OWN} | own
        known |= {name: replace(known[name], most_records=most) for name, most in self.most_records.items()}
        wanted = list(known) if self.rules is None else self.rules
        for name in wanted:
            if name not in known:
                raise ValueError(say("settings.identity_rule", came=name, hint=did_you_mean(name, known)))
        named = [name for name in known if name in DEFAULT_RULES and name not in wanted and "." in name]
        # What a source says by itself of who is who holds also where other rules were chosen.
        return Rules(tuple(known[name] for name in (*named, *wanted)), self.largest).complete()

    @field_validator("rules")
    @classmethod
    def _once(cls, value: list[str] | None) -> list[str] | None:
        if value is not None and len(set(value)) < len(value):
            raise ValueError(say("settings.identity_twice"))
        return value


def _choices() -> list[str]:
    return [name for name in DEFAULT_RULES.names if name not in _OWN]


def _windows(value: Any) -> Any:
    return {name: days(window) for name, window in value.items()} if isinstance(value, dict) else value


class PrivacySettings(Section):
    """What may be done with whose data."""

    basis: dict[Literal["analytics", "profiling", "marketing", "advertising", "measurement", "operations"], Basis] = (
        Field(
            default_factory=dict,
            description="The lawful basis of a purpose. Marketing stands on consent as soon as any consent is known.",
        )
    )
    double_opt_in: list[str] | None = Field(
        None, description="Channels whose consents count only once confirmed; e-mail where a jurisdiction asks for it."
    )
    consent_age: Days | None = Field(None, description="A consent older than this no longer holds, for example 730d.")
    sensitive: list[str] = Field(
        default_factory=list, description="Specially protected attributes that may be used all the same."
    )
    jurisdictions: list[str] = Field(default_factory=list, description="Whose law holds, for example DE or US-CA.")
    smallest_cell: int = Field(
        5, ge=1, description="A group of fewer people is not shown in anything that is shared; 1 shows everything."
    )
    retention: Annotated[dict[str, int], BeforeValidator(_windows)] = Field(
        default_factory=dict,
        description="By raw table, and `inbox` for what the server was told: how long it is kept, for example 395d.",
    )

    @field_serializer("retention")
    def _windows_as_written(self, value: dict[str, int]) -> dict[str, str]:
        return {name: as_written(window) for name, window in value.items()}

    @field_validator("retention")
    @classmethod
    def _tables(cls, value: dict[str, int]) -> dict[str, int]:
        for name in value:
            if name != INBOX and (name not in TABLES or not name.startswith("raw_")):
                choices = [*(table for table in TABLES if table.startswith("raw_")), INBOX]
                raise ValueError(say("settings.table", came=name, hint=did_you_mean(name, choices)))
        try:
            check_windows(value)
        except PatronError as error:
            raise ValueError(error.problem) from error
        return value

    def policy(self) -> Policy:
        """Return them as privacy takes them.

        Raises
        ------
        SettingsError
            A channel that there is not.
        """
        confirmed = None if self.double_opt_in is None else frozenset(self.double_opt_in)
        return Policy(
            **{str(purpose): basis for purpose, basis in self.basis.items()},
            double_opt_in=confirmed,
            consent_days=self.consent_age,
            sensitive=frozenset(self.sensitive),
            jurisdictions=tuple(self.jurisdictions),
        )

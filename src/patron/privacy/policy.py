"""On which lawful basis does the shop use its customers' data, purpose by purpose?

Ref  GDPR Articles 6, 7, 9, 18, 21; Directive 2002/58/EC Article 13; Cal. Civ. Code 1798.120, 1798.121
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from patron.contracts.raw_people import CHANNELS, LAWFUL_BASES
from patron.errors import ArgumentError, SettingsError
from patron.language import did_you_mean, failure, say
from patron.privacy.sensitive import normal_name

OPT_IN = ("consent",)
"""Bases on which only those may be used who said yes."""

OPT_OUT = ("legitimate_interests", "public_task")
"""Bases on which all may be used who did not say no: the two that Article 21(1) lets a person object to."""

CONFIRMING = ("DE", "AT")
"""Where courts ask for double opt-in, as the proof that the address is the consenting person's own."""


class Purpose(StrEnum):
    """What data may be used for: `patron.contracts.PURPOSES` as a type, so that a wrong one does not pass mypy."""

    ANALYTICS = "analytics"
    PROFILING = "profiling"
    MARKETING = "marketing"
    ADVERTISING = "advertising"
    MEASUREMENT = "measurement"
    OPERATIONS = "operations"


CONTACT = (Purpose.MARKETING, Purpose.ADVERTISING)
"""Purposes that reach a person by a channel; for the others a channel only says where the data comes from."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What the shop decided, or what the law makes the careful choice.

    Analytics, profiling and measurement stand on the shop's legitimate interest (Article 6(1)(f)) in knowing its own
    trade, which a person may object to. Operations stand on the contract (6(1)(b)): an order cannot be sent without
    the buyer's data, so only a restriction of processing (Article 18) stops them. Advertising hands people to others,
    which wants consent in Europe (the platforms ask for it, too).

    Marketing has two lawful ways. Consent is one. The other is the soft opt-in for a shop's own customers and similar
    goods (Directive 2002/58/EC Article 13(2), with legitimate interest, GDPR recital 47): everybody who has not
    objected. Which one a shop goes is seen by whether it keeps statements of consent at all: who asks for consent must
    keep the answers (Article 7(1)), and may not fall back on another basis where the answer was no (EDPB Guidelines
    05/2020, 121 to 123). None leaves it to that; `settled` decides and says so.

    Parameters
    ----------
    analytics, profiling, marketing, advertising, measurement, operations : str
        One of `patron.contracts.raw_people.LAWFUL_BASES`.
    double_opt_in : frozenset of str, optional
        Channels whose marketing consents count only once confirmed. None: email, where a jurisdiction asks for it.
    consent_days : int, optional
        A consent older than this no longer holds. None: until it is withdrawn or its own last day.
    sensitive : frozenset of str
        Names of specially protected attributes that may be used all the same (Article 9(2), usually explicit consent).
    jurisdictions : tuple of str
        Whose law the shop lives under, for example DE or US-CA.

    Raises
    ------
    SettingsError
        A basis, channel or number that cannot be.
    """

    analytics: str = "legitimate_interests"
    profiling: str = "legitimate_interests"
    marketing: str | None = None
    advertising: str = "consent"
    measurement: str = "legitimate_interests"
    operations: str = "contract"
    double_opt_in: frozenset[str] | None = None
    consent_days: int | None = None
    sensitive: frozenset[str] = frozenset()
    jurisdictions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        for purpose in Purpose:
            basis = getattr(self, purpose)
            if basis is not None or purpose is not Purpose.MARKETING:
                _among("basis", purpose, basis, LAWFUL_BASES)
        for channel in self.double_opt_in or ():
            _among("double_opt_in", "channel", channel, CHANNELS[1:])
        if self.consent_days is not None and self.consent_days < 1:
            raise failure(SettingsError, "privacy.consent_days", came=self.consent_days)

    def basis(self, purpose: Purpose) -> str:
        """Return the lawful basis of `purpose`.

        Raises
        ------
        ArgumentError
            Marketing was left open, and `settled` has not decided it.
        """
        basis: str | None = getattr(self, purpose)
        if basis is None:
            raise failure(ArgumentError, "privacy.unsettled", argument="policy")
        return basis

    def asks_consent(self, purpose: Purpose) -> bool:
        """Tell whether only those may be used for `purpose` who said yes."""
        return self.basis(purpose) in OPT_IN

    def heeds_objection(self, purpose: Purpose) -> bool:
        """Tell whether a no keeps a person out of `purpose`; where it does not, only a restriction does."""
        return self.basis(purpose) in OPT_IN + OPT_OUT

    @property
    def confirmed_channels(self) -> frozenset[str]:
        """Channels whose marketing consents count only once confirmed."""
        if self.double_opt_in is not None:
            return self.double_opt_in
        asked = any(place.upper().split("-")[0] in CONFIRMING for place in self.jurisdictions)
        return frozenset({"email"}) if asked else frozenset()

    def allows_sensitive(self, name: str) -> bool:
        """Tell whether the settings allow the specially protected attribute `name`."""
        return normal_name(name) in {normal_name(allowed) for allowed in self.sensitive}

    def settled(self, *, statements_kept: bool) -> Settled:
        """Decide what was left open by whether any statement of consent is kept, and say what was decided.

        Examples
        --------
        >>> Policy().settled(statements_kept=True).policy.marketing
        'consent'
        >>> Policy(marketing="consent").settled(statements_kept=False).notes
        ()
        """
        if self.marketing is not None:
            return Settled(policy=self, notes=())
        if statements_kept:
            policy = replace(self, marketing="consent")
            return Settled(policy=policy, notes=(say("privacy.note.marketing_consent"),))
        policy = replace(self, marketing="legitimate_interests")
        return Settled(policy=policy, notes=(say("privacy.note.marketing_soft_opt_in"),))


@dataclass(frozen=True, kw_only=True)
class Settled:
    """A policy with nothing left open, and what to say aloud about how it was decided."""

    policy: Policy
    notes: tuple[str, ...]


def _among(setting: str, name: str, came: str | None, choices: Collection[str]) -> None:
    if came not in choices:
        raise failure(
            SettingsError, "privacy.policy", setting=setting, name=name, came=came,
            hint=did_you_mean(str(came), choices),
        )  # fmt: skip

"""The TC string of IAB Europe's Transparency and Consent Framework 2.

Ref  IAB Europe, Consent string and vendor list formats v2 (TCF v2.2); CMP API v2, section on in-app values
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from patron.privacy.signals.bits import Reader, Writer
from patron.privacy.signals.said import Said, refuse

KIND = "TCF"
VERSION = 2
DISCLOSED, ALLOWED, PUBLISHER = 1, 2, 3  # segments after the core, by their type

NONE: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Which of the purposes 1 to 24 a person agreed to, and for which a legitimate interest stands unopposed."""

    consents: frozenset[int] = NONE
    interests: frozenset[int] = NONE
    purpose_one: bool = True  # false where the publisher's country does not ask for purpose 1

    def said(self) -> tuple[Said, ...]:
        """Return what it says in our purposes.

        Advertising needs the purposes that build and use advertising profiles (3, 4), and 1 where it was asked. What is
        said about profiling (5, 6), measuring (7, 8) and audience statistics (9) is about what the site itself records:
        channel web. A legitimate interest carries 7 to 9; since v2.2 it carries none of 3 to 6.
        """
        either = self.consents | self.interests
        wanted = {1, 3, 4} if self.purpose_one else {3, 4}
        return (
            Said("advertising", "all", allowed=wanted <= self.consents),
            Said("analytics", "web", allowed=9 in either),
            Said("measurement", "web", allowed={7, 8} <= either),
            Said("profiling", "web", allowed={5, 6} <= self.consents),
        )


@dataclass(frozen=True, kw_only=True)
class Restriction:
    """A publisher's restriction of one purpose for some vendors: 0 not at all, 1 by consent, 2 by interest only."""

    purpose: int
    kind: int
    vendors: frozenset[int]


@dataclass(frozen=True, kw_only=True)
class PublisherTc:
    """What the person said to the publisher itself; custom purposes are the publisher's own."""

    consents: frozenset[int] = NONE
    interests: frozenset[int] = NONE
    custom: int = 0  # how many custom purposes there are
    custom_consents: frozenset[int] = NONE
    custom_interests: frozenset[int] = NONE


@dataclass(frozen=True, kw_only=True)
class Tcf:
    """One TC string, every field of it.

    Examples
    --------
    >>> tc = Tcf.decode("CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA")
    >>> tc.cmp_id, tc.language, sorted(tc.consents)
    (31, 'EN', [])
    """

    created: datetime
    updated: datetime
    cmp_id: int = 0
    cmp_version: int = 0
    screen: int = 0
    language: str = "EN"
    vendor_list: int = 0
    policy: int = 4
    service_specific: bool = True
    own_texts: bool = False
    special_features: frozenset[int] = NONE
    consents: frozenset[int] = NONE
    interests: frozenset[int] = NONE
    purpose_one_treatment: bool = False
    country: str = "AA"
    vendors: frozenset[int] = NONE
    vendor_interests: frozenset[int] = NONE
    restrictions: tuple[Restriction, ...] = ()
    disclosed: frozenset[int] | None = None
    allowed_vendors: frozenset[int] | None = None
    publisher: PublisherTc | None = field(default=None)

    @classmethod
    def decode(cls, text: str) -> Tcf:
        """Read a TC string.

        Raises
        ------
        ArgumentError
            A character is not base64url, it is cut off or too long, of another version, or a segment comes twice.
        """
        core, *segments = text.strip().split(".")
        return cls(**_core(core), **_segments(segments))  # type: ignore[arg-type]

    def encode(self) -> str:
        """Write the TC string."""
        segments = [_write_core(self)]
        for kind, vendors in ((DISCLOSED, self.disclosed), (ALLOWED, self.allowed_vendors)):
            if vendors is not None:
                segments.append(Writer().number(kind, 3).vendors(vendors).text())
        if self.publisher is not None:
            segments.append(_write_publisher(self.publisher))
        return ".".join(segments)

    def said(self) -> tuple[Said, ...]:
        """Return what it says in our purposes."""
        return Choices(
            consents=self.consents, interests=self.interests, purpose_one=not self.purpose_one_treatment
        ).said()


def in_app(values: Mapping[str, object]) -> tuple[Said, ...]:
    """Return what an app's stored values say (keys ``IABTCF_...``): the TC string where there is one, else the bits.

    Raises
    ------
    ArgumentError
        They say neither that the GDPR does not apply nor what was chosen, or the bits are not zeros and ones.

    Examples
    --------
    >>> in_app({"IABTCF_gdprApplies": 0})
    ()
    >>> in_app({"IABTCF_PurposeConsents": "10110000000"})[0]
    Said(purpose='advertising', channel='all', allowed=True)
    """
    if str(values.get("IABTCF_gdprApplies", "")) == "0":
        return ()
    if string := values.get("IABTCF_TCString"):
        return Tcf.decode(str(string)).said()
    consents = values.get("IABTCF_PurposeConsents")
    if consents is None:
        refuse(KIND, "privacy.fault.in_app")
    return Choices(
        consents=_stored(str(consents)),
        interests=_stored(str(values.get("IABTCF_PurposeLegitimateInterests", ""))),
        purpose_one=str(values.get("IABTCF_PurposeOneTreatment", 0)) != "1",
    ).said()


def _stored(bits: str) -> frozenset[int]:
    if set(bits) - {"0", "1"}:
        refuse(KIND, "privacy.fault.in_app")
    return frozenset(place for place, bit in enumerate(bits, start=1) if bit == "1")


def _core(text: str) -> dict[str, object]:
    fields = Reader(text, kind=KIND)
    version = fields.number(6)
    if version != VERSION:
        refuse(KIND, "privacy.fault.version", came=version, allowed=VERSION)
    read: dict[str, object] = {
        "created": fields.moment(),
        "updated": fields.moment(),
        "cmp_id": fields.number(12),
        "cmp_version": fields.number(12),
        "screen": fields.number(6),
        "language": fields.letters(2),
        "vendor_list": fields.number(12),
        "policy": fields.number(6),
        "service_specific": fields.flag(),
        "own_texts": fields.flag(),
        "special_features": fields.set_of(12),
        "consents": fields.set_of(24),
        "interests": fields.set_of(24),
        "purpose_one_treatment": fields.flag(),
        "country": fields.letters(2),
        "vendors": fields.vendors(),
        "vendor_interests": fields.vendors(),
        "restrictions": tuple(_restriction(fields) for _ in range(fields.number(12))),
    }
    fields.finish()
    return read


def _restriction(fields: Reader) -> Restriction:
    return Restriction(purpose=fields.number(6), kind=fields.number(2), vendors=fields.ranges())


def _segments(texts: list[str]) -> dict[str, object]:
    read: dict[str, object] = {}
    for text in texts:
        fields = Reader(text, kind=KIND)
        kind = fields.number(3)
        name = {DISCLOSED: "disclosed", ALLOWED: "allowed_vendors", PUBLISHER: "publisher"}.get(kind)
        if name is None or name in read:
            refuse(KIND, "privacy.fault.segment", came=kind)
        read[name] = _publisher(fields) if kind == PUBLISHER else fields.vendors()
        fields.finish()
    return read


def _publisher(fields: Reader) -> PublisherTc:
    consents, interests, custom = fields.set_of(24), fields.set_of(24), fields.number(6)
    return PublisherTc(
        consents=consents,
        interests=interests,
        custom=custom,
        custom_consents=fields.set_of(custom),
        custom_interests=fields.set_of(custom),
    )


def _write_core(tc: Tcf) -> str:
    fields = Writer().number(VERSION, 6).moment(tc.created).moment(tc.updated)
    fields.number(tc.cmp_id, 12).number(tc.cmp_version, 12).number(tc.screen, 6).letters(tc.language)
    fields.number(tc.vendor_list, 12).number(tc.policy, 6).flag(tc.service_specific).flag(tc.own_texts)
    fields.set_of(tc.special_features, 12).set_of(tc.consents, 24).set_of(tc.interests, 24)
    fields.flag(tc.purpose_one_treatment).letters(tc.country).vendors(tc.vendors).vendors(tc.vendor_interests)
    fields.number(len(tc.restrictions), 12)
    for restriction in tc.restrictions:
        fields.number(restriction.purpose, 6).number(restriction.kind, 2).ranges(restriction.vendors)
    return fields.text()


def _write_publisher(said: PublisherTc) -> str:
    fields = Writer().number(PUBLISHER, 3).set_of(said.consents, 24).set_of(said.interests, 24)
    fields.number(said.custom, 6).set_of(said.custom_consents, said.custom)
    return fields.set_of(said.custom_interests, said.custom).text()

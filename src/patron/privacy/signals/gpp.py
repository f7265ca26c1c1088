"""The GPP string of IAB Tech Lab's Global Privacy Platform: a table of contents and one section a jurisdiction.

Ref  IAB Tech Lab, Global Privacy Platform String 1.0; technical specifications of US National (7) and California (8)
"""

from __future__ import annotations

from dataclasses import dataclass

from patron.privacy.signals.bits import Reader, Writer
from patron.privacy.signals.said import NO_ADVERTISING, SENSITIVE, Said, refuse
from patron.privacy.signals.tcf import Tcf
from patron.privacy.signals.us_privacy import UsPrivacy

KIND = "GPP"
HEADER_TYPE, HEADER_VERSION = 3, 1
TCF_EU, US_PRIVACY, US_NATIONAL, US_CALIFORNIA = 2, 6, 7, 8
GPC_SEGMENT = 1
OPTED_OUT = 1  # no consent, where a field asks for consent; 0 does not apply, 2 is the contrary

Layout = tuple[tuple[str, int], ...]

_NOTICES = ("sharing", "sale", "sharing_out", "advertising_out", "sensitive_out", "sensitive_limit")
_TAIL: Layout = (("personal_data", 1), ("covered", 1), ("opt_out_mode", 1), ("service_provider_mode", 1))


def _national(sensitive: int, children: int) -> Layout:
    return (
        *((f"notice_{name}", 1) for name in _NOTICES),
        ("sale", 1), ("sharing", 1), ("advertising", 1), ("sensitive", sensitive), ("children", children), *_TAIL,
    )  # fmt: skip


# Some writers use the later fields of the US National section and still write version 1: they do not fit the first.
LAYOUTS: dict[tuple[int, int], tuple[Layout, ...]] = {
    (US_NATIONAL, 1): (_national(12, 2), _national(16, 3)),
    (US_NATIONAL, 2): (_national(16, 3),),
    (US_CALIFORNIA, 1): (
        (
            ("notice_sale", 1), ("notice_sharing", 1), ("notice_sensitive", 1), ("sale", 1), ("sharing", 1),
            ("sensitive", 9), ("children", 2), *_TAIL,
        ),
    ),
}  # fmt: skip
"""The fields of a US section by its id and version, in their order, two bits each: name and how many."""

Answers = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True)
class UsSection:
    """One US section: the answers of each field, 0 not applicable, 1 opted out or no consent, 2 the contrary."""

    section: int
    version: int
    answers: Answers
    gpc: bool | None = None

    @classmethod
    def decode(cls, text: str, *, section: int) -> UsSection:
        """Read the section's core and its GPC segment.

        Raises
        ------
        ArgumentError
            It is of a version that is not known, cut off, too long, or holds an answer that there is not.
        """
        core, *segments = text.split(".")
        version = Reader(core, kind=KIND).number(6)
        layouts = LAYOUTS.get((section, version))
        if layouts is None:
            refuse(KIND, "privacy.fault.version", came=version, allowed=_versions(section))
        return cls(section=section, version=version, answers=_answers(core, layouts), gpc=_gpc(segments))

    def encode(self) -> str:
        """Write the section."""
        fields = Writer().number(self.version, 6)
        for answer in (answer for field in self.answers for answer in field):
            fields.number(answer, 2)
        segment = [] if self.gpc is None else [Writer().number(GPC_SEGMENT, 2).flag(self.gpc).text()]
        return ".".join([fields.text(), *segment])

    def __getitem__(self, field: str) -> tuple[int, ...]:
        """Return one field's answers; none where the section has no such field."""
        names = [name for name, _ in LAYOUTS[self.section, self.version][0]]  # the same in all layouts
        return self.answers[names.index(field)] if field in names else ()

    def said(self) -> tuple[Said, ...]:
        """Return what it says. Not having opted out says nothing: it is no consent, and lifts no earlier no."""
        # A child's data may not be sold or shared without consent (Cal. Civ. Code 1798.120(c)).
        outs = (*self["sale"], *self["sharing"], *self["advertising"], *self["children"])
        said = [NO_ADVERTISING] if self.gpc or OPTED_OUT in outs else []
        if OPTED_OUT in self["sensitive"]:
            said.append(Said(SENSITIVE, "all", allowed=False))
        return tuple(said)


@dataclass(frozen=True, kw_only=True)
class Gpp:
    """One GPP string.

    Examples
    --------
    >>> gpp = Gpp.decode("DBACNYA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA~1YNN")
    >>> gpp.tcf.cmp_id, gpp.us_privacy.opted_out, gpp.unread
    (31, False, ())
    """

    tcf: Tcf | None = None
    us_privacy: UsPrivacy | None = None
    us: tuple[UsSection, ...] = ()
    unread: tuple[tuple[int, str], ...] = ()  # sections whose fields we do not know

    @classmethod
    def decode(cls, text: str) -> Gpp:
        """Read a GPP string.

        Raises
        ------
        ArgumentError
            Its header is not one, names other sections than follow, or a section that we know is malformed.
        """
        header, *texts = text.strip().split("~")
        ids = _header(header)
        if not ids or len(ids) != len(texts):
            refuse(KIND, "privacy.fault.sections", came=len(texts), allowed=len(ids))
        by_id = dict(zip(ids, texts, strict=True))
        known = (TCF_EU, US_PRIVACY, US_NATIONAL, US_CALIFORNIA)
        return cls(
            tcf=Tcf.decode(by_id[TCF_EU]) if TCF_EU in by_id else None,
            us_privacy=UsPrivacy.decode(by_id[US_PRIVACY]) if US_PRIVACY in by_id else None,
            us=tuple(UsSection.decode(by_id[i], section=i) for i in (US_NATIONAL, US_CALIFORNIA) if i in by_id),
            unread=tuple((i, part) for i, part in by_id.items() if i not in known),
        )

    def encode(self) -> str:
        """Write the GPP string."""
        texts = dict(self.unread) | {part.section: part.encode() for part in self.us}
        texts |= {TCF_EU: self.tcf.encode()} if self.tcf else {}
        texts |= {US_PRIVACY: self.us_privacy.encode()} if self.us_privacy else {}
        header = Writer().number(HEADER_TYPE, 6).number(HEADER_VERSION, 6).fibonacci_ranges(texts)
        return "~".join([header.text(), *(texts[section] for section in sorted(texts))])

    def said(self) -> tuple[Said, ...]:
        """Return what its sections say together; one that we cannot read may hold a no, and is taken for one."""
        parts = [part for part in (self.tcf, self.us_privacy, *self.us) if part is not None]
        said = {word for part in parts for word in part.said()} | ({NO_ADVERTISING} if self.unread else set())
        denied = {(word.purpose, word.channel) for word in said if not word.allowed}
        return tuple(sorted(word for word in said if not word.allowed or (word.purpose, word.channel) not in denied))


def _header(text: str) -> tuple[int, ...]:
    fields = Reader(text, kind=KIND)
    kind, version = fields.number(6), fields.number(6)
    if (kind, version) != (HEADER_TYPE, HEADER_VERSION):
        refuse(KIND, "privacy.fault.header", came=f"{kind}.{version}", allowed=f"{HEADER_TYPE}.{HEADER_VERSION}")
    ids = fields.fibonacci_ranges()
    fields.finish()
    return ids


def _answers(core: str, layouts: tuple[Layout, ...]) -> Answers:
    """Read the fields in the first layout that they fit."""
    for layout in layouts:
        fields = Reader(core, kind=KIND)
        fields.number(6)
        answers = tuple(tuple(fields.number(2) for _ in range(count)) for _, count in layout)
        if fields.at_end():
            break
    fields.finish()
    if any(answer > 2 for field in answers for answer in field):
        refuse(KIND, "privacy.fault.answer")
    return answers


def _gpc(segments: list[str]) -> bool | None:
    if not segments:
        return None
    fields = Reader(segments[0], kind=KIND)
    kind, value = fields.number(2), fields.flag()
    fields.finish()
    if kind != GPC_SEGMENT or len(segments) > 1:
        refuse(KIND, "privacy.fault.segment", came=kind)
    return value


def _versions(section: int) -> str:
    return ", ".join(str(version) for known, version in LAYOUTS if known == section)

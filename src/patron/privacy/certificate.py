"""What was erased where: the proof that the person gets, and that may be kept for ever because it names nobody.

It binds itself to the audit: it holds the head of the chain before it was issued, and the entry that closes the
request holds its SHA-256 (`Register.close`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Self

from patron.language import day, number, say
from patron.privacy.audit import Head
from patron.privacy.stores import Erased


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A certificate of erasure.

    Parameters
    ----------
    request_id, law : str
        Which request.
    pseudonym : str
        Under which name the audit and the register know the person from now on.
    received_on, erased_on : date
        When she asked, and when everything was erased.
    stores : tuple of Erased
        What each store erased, and what it left and why.
    tombstones : mapping
        How many salted tokens by kind keep her from coming back.
    audit : Head
        Where the audit's chain stood.
    notices : tuple of str
        What the shop has to do by itself, as the list of its own source files that hold her. No personal data.
    """

    request_id: str
    law: str
    pseudonym: str
    received_on: date
    erased_on: date
    stores: tuple[Erased, ...]
    audit: Head
    tombstones: Mapping[str, int] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """All rows that were erased."""
        return sum(sum(store.rows.values()) for store in self.stores)

    def to_json(self) -> str:
        """Return the certificate for machines, the same text every time."""
        record = {
            "request_id": self.request_id,
            "law": self.law,
            "pseudonym": self.pseudonym,
            "received_on": self.received_on.isoformat(),
            "erased_on": self.erased_on.isoformat(),
            "stores": [store.as_json() for store in self.stores],
            "audit": str(self.audit),
            "tombstones": dict(self.tombstones),
            "notices": list(self.notices),
        }
        return json.dumps(record, sort_keys=True, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        record = json.loads(text)
        return cls(
            request_id=record["request_id"],
            law=record["law"],
            pseudonym=record["pseudonym"],
            received_on=date.fromisoformat(record["received_on"]),
            erased_on=date.fromisoformat(record["erased_on"]),
            stores=tuple(Erased.from_json(store) for store in record["stores"]),
            audit=Head.parse(record["audit"]),
            tombstones=record["tombstones"],
            notices=tuple(record["notices"]),
        )

    def text(self) -> str:
        """Return the certificate for a person to read."""
        parts = [
            say("requests.certificate.title", request=self.request_id),
            say("requests.certificate.opening", received=day(self.received_on), erased=day(self.erased_on),
                law=say(f"requests.law.{self.law}"), pseudonym=self.pseudonym),
            say("requests.certificate.total", count=self.total, rows=number(self.total)),
            *(_store(store) for store in self.stores),
            *self._left(),
            *_listed("requests.certificate.notices", self.notices),
            say("requests.certificate.tombstones", count=sum(self.tombstones.values())),
            say("requests.certificate.audit", number=self.audit.number, hash=self.audit.hash),
        ]  # fmt: skip
        return "\n\n".join(parts) + "\n"

    def _left(self) -> list[str]:
        left = [
            f"{store.store}, {place}: {why}" for store in self.stores for place, why in sorted(store.exempt.items())
        ]
        return _listed("requests.certificate.exempt", left)


def _store(store: Erased) -> str:
    rows = [
        say("requests.certificate.rows", count=count, rows=number(count), place=place)
        for place, count in sorted(store.rows.items())
    ]
    lines = rows or [say("requests.certificate.nothing")]
    return "\n".join([f"{store.store}:", *(f"  {line}" for line in lines)])


def _listed(heading: str, lines: Sequence[str]) -> list[str]:
    return ["\n".join([say(heading), *(f"  {line}" for line in lines)])] if lines else []

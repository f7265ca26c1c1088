"""What an erasure still has to do, written down so that a killed one goes on where it was.

It stands beside the request while that is being worked on, and is the one place where a request holds personal data;
the store of the operational database takes the person out of it as its last act.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Self

from patron.privacy.stores import Erased, Subject


@dataclass(frozen=True)
class Plan:
    """Whom to erase, and which stores are done. No subject: all of them are, but for the cleaning up."""

    subject: Subject | None
    done: tuple[Erased, ...] = ()

    def with_done(self, done: tuple[Erased, ...]) -> Self:
        """Return the plan with what is erased by now."""
        return replace(self, done=done)

    def without_subject(self) -> Self:
        """Return the plan as it may be kept: it names nobody."""
        return replace(self, subject=None)

    def to_json(self) -> str:
        """Return what `from_json` reads."""
        subject = None if self.subject is None else self.subject.as_json()
        record = {"subject": subject, "done": [erased.as_json() for erased in self.done]}
        return json.dumps(record, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        record = json.loads(text)
        subject = None if record["subject"] is None else Subject.from_json(record["subject"])
        return cls(subject, tuple(Erased.from_json(one) for one in record["done"]))

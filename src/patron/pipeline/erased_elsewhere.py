"""Systems outside that were given data of a person: her places in their audiences end.

A platform knows a member by the hashed keys that it was told, and by nothing else. So her keys cannot go before it has
let her out: her rows and removals stand under a random name from now on, and go when the removal was taken
(`engines.member_state`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from patron.engines.database import writing
from patron.engines.member_state import forget, rows_of
from patron.engines.state import State
from patron.language import number, say
from patron.privacy.stores import Erased, Found, Subject


@dataclass(frozen=True)
class DestinationsStore:
    """Audiences of ad platforms that hold her."""

    state: State
    now: datetime
    name: str = "destinations"

    def find(self, subject: Subject) -> Found:
        """Count her memberships by platform."""
        with self.state.engine.connect() as connection:
            return Found(dict(Counter(one.destination for one in rows_of(connection, subject.ids))))

    def erase(self, subject: Subject) -> Erased:
        """Put in her removals, and forget whose they are."""
        with writing(self.state.engine) as connection:
            counts = forget(connection, subject.ids, now=self.now)
        told = {name: say("ads.erased", count=count, members=number(count)) for name, count in counts.items()}
        return Erased(self.name, counts, told or {"none": say("erasure.no_destinations")})

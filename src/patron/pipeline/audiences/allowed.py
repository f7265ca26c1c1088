"""Who of an audience may be told to a platform now, after what was said since the run.

It is the last check of the delivery itself (`pipeline.last_check`) that is asked: nobody is put in whom it would take
out again, and whoever it would take out leaves the platform, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from sqlalchemy import Connection, select

from patron.activation.destinations import Delivery
from patron.engines.moments import stored
from patron.engines.state import State
from patron.engines.state_tables import CONSENT_STATEMENTS, REQUESTS, RIGHTS
from patron.engines.suppression_tables import SUPPRESSIONS
from patron.pipeline.last_check import LastCheck
from patron.pipeline.project import Project
from patron.pipeline.serving import Published
from patron.privacy.closed_address import address_hash

TOGETHER = 500  # addresses of one question


@dataclass(frozen=True)
class Allowed:
    """Asks for one project and one published run."""

    connection: Connection
    run: Published
    check: LastCheck
    now: datetime

    @classmethod
    def of(cls, project: Project, state: State, run: Published, connection: Connection, *, now: datetime) -> Allowed:
        """Return it, over a connection that may read the operational database."""
        return cls(connection, run, LastCheck(project, state, lambda: run), now)

    def refused(self, ids: Iterable[str]) -> dict[str, str]:
        """Return the reason by customer of those who may not be in an audience."""
        asked = [
            Delivery(
                delivery_id=customer, kind="member", customer_id=customer, content={}, channel="ads",
                purpose="advertising",
            )
            for customer in ids
        ]  # fmt: skip
        return self.check(self.connection, asked, self.now)

    def closed(self, emails: Iterable[str | None]) -> frozenset[str]:
        """Return those of some addresses that mail does not reach, or whose owner complained of it."""
        hashes = {one: address_hash("email", one) for one in emails if one}
        found: set[str] = set()
        rest = iter(set(hashes.values()))
        while part := list(islice(rest, TOGETHER)):
            query = select(SUPPRESSIONS.c.address_hash).where(
                SUPPRESSIONS.c.channel == "email", SUPPRESSIONS.c.address_hash.in_(part)
            )
            found |= set(self.connection.execute(query).scalars())
        return frozenset(one for one, known_by in hashes.items() if known_by in found)

    def spoke_since(self) -> Collection[str]:
        """Return the customers who said or asked for something since the run's day."""
        since = stored(datetime.combine(self.run.as_of, datetime.min.time(), UTC))
        own = CONSENT_STATEMENTS.c
        asked = (
            select(own.customer_id).where(own.given_at >= since),
            select(RIGHTS.c.customer_id).where(RIGHTS.c.since >= self.run.as_of),
            select(REQUESTS.c.subject).where(REQUESTS.c.kind == "erasure", REQUESTS.c.received_on >= self.run.as_of),
        )
        said = {one for query in asked for one in self.connection.execute(query.distinct()).scalars()}
        return {self.run.customer_of(one) or one for one in said}

"""What has to be known of everybody before anybody is told of: consents, hold-outs, preferences, addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from patron.decisions.holdouts import GLOBAL, Holdout, holds
from patron.engines.preference_state import preferences_of
from patron.engines.preference_tables import PREFERENCES
from patron.engines.state import State
from patron.engines.state_tables import CONSENT_STATEMENTS, RIGHTS
from patron.identity.normalise.country import region
from patron.identity.normalise.email import email
from patron.identity.normalise.phone import phone
from patron.identity.normalise.value import USED
from patron.pipeline.deciding import rows_of, settled_policy
from patron.pipeline.serving import Published
from patron.privacy.one import said_of
from patron.privacy.one_since import Heard, heard_of, since_run
from patron.privacy.policy import Policy, Purpose

CHANNELS = ("email", "sms", "push")
"""Of which the systems keep whether somebody left."""

NEVER = "never"

Allowed = Literal["yes", "no", "restricted"]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What holds for everybody, as of a moment."""

    published: Published
    policy: Policy
    holdouts: tuple[Holdout, ...]
    heard: Mapping[str, Heard]  # what was said since the run, by customer
    country: str | None
    local: datetime  # the moment in the project's zone, without it

    def consents(self, customer_id: str, *, has_said: bool) -> Sequence[Mapping[str, Any]]:
        """Return what holds for one customer now."""
        rows = rows_of(self.published, "consents", customer_id) if has_said else []
        known = self.heard.get(customer_id)
        return rows if known is None else since_run(rows, known, as_of=self.published.as_of, now=self.local)

    def allowed(self, consents: Sequence[Mapping[str, Any]]) -> Allowed:
        """Tell whether a customer may be told of, as who leaves the system; or whether processing is restricted."""
        said = said_of(consents, self.policy, Purpose.PROFILING, stage="export")
        if said == "restricted":
            return said
        if self.policy.asks_consent(Purpose.PROFILING):
            return "yes" if said == "yes" else "no"
        return "no" if said == "no" else "yes"

    def left(self, consents: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
        """Return the channels by which a customer said that she wants no marketing."""
        if not consents:
            return ()
        said = {
            channel: said_of(consents, self.policy, Purpose.MARKETING, stage="decision", channel=channel)
            for channel in CHANNELS
        }
        return tuple(channel for channel, word in said.items() if word == "no")

    def held_out(self, customer_id: str) -> bool:
        """Tell whether a customer is kept free of everything, to be compared with."""
        return holds(customer_id, self.holdouts) is not None

    def addresses(self, customer_id: str) -> dict[str, str]:
        """Return a customer's `email` and `phone`, where she has them and they can be hers."""
        known = {row["attribute"]: row["value"] for row in rows_of(self.published, "golden_records", customer_id)}
        made = {}
        if email(known.get("email") or "").status == USED:
            made["email"] = str(known["email"]).strip().lower()
        number = phone(known.get("phone") or "", country=region(known.get("country") or "") or self.country)
        if number.status == USED and number.value.startswith("+"):
            made["phone"] = number.value.partition(";")[0]
        return made


def standing(published: Published, state: State, *, now: datetime) -> Standing:
    """Read what holds for everybody.

    Parameters
    ----------
    published : Published
        The published run.
    state : State
        The operational database.
    now : datetime
        Aware.
    """
    settings = published.settings
    zone = ZoneInfo(settings.timezone)
    country = settings.identity.country
    with state.engine.connect() as connection:
        heard = _heard(connection, published)
    return Standing(
        published=published, policy=settled_policy(published, settings, state), heard=heard,
        holdouts=tuple(
            Holdout(name=name, share=share)
            for name, (share, _) in settings.holdout_shares().items()
            if name == GLOBAL and share > 0
        ),
        country=None if country is None else region(country), local=now.astimezone(zone).replace(tzinfo=None),
    )  # fmt: skip


def preferred(connection: Connection, published: Published) -> dict[str, str]:
    """Return the channel that each customer prefers who said so."""
    asked = select(PREFERENCES.c.customer_id).where(PREFERENCES.c.channel.is_not(None))
    own = _customers(published, connection.execute(asked).scalars())
    chosen = preferences_of(connection, [one for ids in own.values() for one in ids])
    found = {customer: [chosen[one].channel for one in ids if one in chosen] for customer, ids in own.items()}
    return {customer: channel for customer, some in found.items() for channel in some if channel is not None}


def mark_of(connection: Connection) -> list[Any]:
    """Return what changes whenever somebody says or chooses something, and only then."""
    said = connection.execute(select(func.max(CONSENT_STATEMENTS.c.id))).scalar_one()
    held = connection.execute(select(func.count(), func.max(RIGHTS.c.since), func.max(RIGHTS.c.until))).one()
    chosen = connection.execute(select(func.max(PREFERENCES.c.changed_at))).scalar_one()
    return [said or 0, *(str(one) for one in held), NEVER if chosen is None else chosen.isoformat()]


def who_spoke(connection: Connection, published: Published, *, since: Sequence[Any]) -> frozenset[str]:
    """Return the customers of whom something is new since a mark of `mark_of`; of rights all, for they are few."""
    chose = select(PREFERENCES.c.customer_id)
    if since[-1] != NEVER:
        chose = chose.where(PREFERENCES.c.changed_at >= datetime.fromisoformat(since[-1]))
    asked = (
        select(CONSENT_STATEMENTS.c.customer_id).where(CONSENT_STATEMENTS.c.id > since[0]),
        select(RIGHTS.c.customer_id),
        chose,
    )
    ids = {one for query in asked for one in connection.execute(query.distinct()).scalars()}
    return frozenset(_customers(published, ids))


def _heard(connection: Connection, published: Published) -> dict[str, Heard]:
    """Read what was said since the run; what was said on its day may be later than the run."""
    dawn = datetime.combine(published.as_of, time())
    said = select(CONSENT_STATEMENTS.c.customer_id).where(CONSENT_STATEMENTS.c.given_at >= dawn)
    ids = {one for query in (said, select(RIGHTS.c.customer_id)) for one in connection.execute(query).scalars()}
    own = sorted(_customers(published, ids).items())
    found: dict[str, Heard] = {}
    for start in range(0, len(own), 500):
        found |= heard_of(connection, dict(own[start : start + 500]))
    return found


def _customers(published: Published, ids: Iterable[str]) -> dict[str, set[str]]:
    """Return whose these ids are: each customer with all of hers."""
    made: dict[str, set[str]] = {}
    for one in ids:
        customer = published.customer_of(one) or one
        if customer not in made:
            made[customer] = {customer, *published.records_of(customer)}
    return made


__all__ = ["CHANNELS", "Allowed", "Standing", "mark_of", "preferred", "standing", "who_spoke"]

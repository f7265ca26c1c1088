"""How is a customer reached, and what has she put right or told since the run?

In   contracts.person.GOLDEN_RECORDS; corrections; what she told when she signed in since
Out  her attributes as they were written, and by channel the address
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ibis.backends import BaseBackend
from sqlalchemy import Connection, select

from patron.engines.inbox_state import events_numbered
from patron.engines.live_tables import LIVE_EVENTS
from patron.engines.preference_state import Preference, preferences_of
from patron.engines.run_folder import Run
from patron.engines.state_tables import CORRECTIONS
from patron.identity.normalise.country import region
from patron.identity.normalise.email import HASHED, email
from patron.identity.normalise.phone import phone
from patron.sources.collected.persons import persons
from patron.sources.stream import read_event

POSTAL = ("street", "city", "region", "postal_code", "country")
ATTRIBUTES = ("email", "phone", "push_token", "name", "given_name", "family_name", *POSTAL)
"""What is asked of golden records."""

NO_ADDRESS = "no_address"


@dataclass(frozen=True)
class Recipient:
    """One customer."""

    customer_id: str
    attributes: Mapping[str, str] = field(default_factory=dict, repr=False)  # as she, or a source, wrote them
    household_id: str | None = None
    preference: Preference | None = None

    def address(self, channel: str, *, land: str | None = None) -> str | None:
        """Return by what a channel reaches her; none where nothing usable is known.

        A letter needs no address of one line: it is returned as empty, and its lines are among the facts. So is that
        of a list without a channel, whose facts hold all that is known of how she is reached.

        Parameters
        ----------
        channel : str
            One of `contracts.raw_people.CHANNELS`.
        land : str, optional
            Where numbers without a country are at home.
        """
        told = self.attributes
        if channel == "email":
            return _email(told.get("email"))
        if channel in ("sms", "phone"):
            return _phone(told.get("phone"), told.get("country"), land)
        if channel == "push":
            return told.get("push_token")
        if channel == "post":
            return "" if told.get("street") and (told.get("city") or told.get("postal_code")) else None
        return "" if channel == "" and told else None

    def facts(self, channel: str) -> dict[str, str]:
        """Return what a letter or a call needs beside the words; nothing for other channels."""
        named = ("name", "given_name", "family_name")
        names = {"post": (*named, *POSTAL), "phone": (*named, "country"), "": ATTRIBUTES}.get(channel, ())
        found = {name: self.attributes[name] for name in names if self.attributes.get(name)}
        if channel == "post" and self.household_id:
            found["household_id"] = self.household_id
        return found


def _email(text: str | None) -> str | None:
    """Return an address that may be written to as it was written; a hash of one is none."""
    if text is None or email(text).status != "used":
        return None
    bare = text.strip()
    return None if re.fullmatch(HASHED, bare.lower()) else bare


def _phone(text: str | None, country: str | None, land: str | None) -> str | None:
    for where in dict.fromkeys((region(country), land)):
        found = None if text is None else phone(text, country=where)
        if found is not None and found.status == "used" and found.value.startswith("+"):
            return found.value
    return None


def recipients(ids: Iterable[str], *, run: Run, connection: BaseBackend, state: Connection) -> dict[str, Recipient]:
    """Return what is known of customers, of each of them.

    Parameters
    ----------
    ids : iterable of str
        Customers, some hundreds at most.
    run : Run
        The published run.
    connection : BaseBackend
        An embedded engine of one's own.
    state : Connection
        To the operational database.
    """
    wanted = sorted(set(ids))
    found: dict[str, dict[str, str]] = {one: {} for one in wanted}
    for customer_id, name, value in _golden(wanted, run, connection):
        found[customer_id][name] = value
    fresh = _told_since([one for one in wanted if not found[one]], state)
    for one, told in fresh.items():
        found[one].update(told)
    right = select(CORRECTIONS.c.customer_id, CORRECTIONS.c.attribute, CORRECTIONS.c.value)
    for row in state.execute(right.where(CORRECTIONS.c.customer_id.in_(wanted))):
        found[row.customer_id][row.attribute] = row.value
    homes, chosen = _households(wanted, run, connection), preferences_of(state, wanted)
    return {one: Recipient(one, found[one], homes.get(one), chosen.get(one)) for one in wanted}


def _golden(wanted: list[str], run: Run, connection: BaseBackend) -> list[tuple[str, str, str]]:
    if "golden_records" not in run.manifest.tables:
        return []
    golden = run.table("golden_records", connection)
    hers = golden.filter(golden.customer_id.isin(wanted), golden.attribute.isin(ATTRIBUTES))
    rows = hers.select("customer_id", "attribute", "value").to_pyarrow().to_pylist()
    return [(row["customer_id"], row["attribute"], row["value"]) for row in rows]


def _households(wanted: list[str], run: Run, connection: BaseBackend) -> dict[str, str]:
    if "households" not in run.manifest.tables:
        return {}
    every = run.table("households", connection)
    rows = every.filter(every.customer_id.isin(wanted)).select("customer_id", "household_id").to_pyarrow().to_pylist()
    return {row["customer_id"]: row["household_id"] for row in rows}


def _told_since(wanted: list[str], state: Connection) -> dict[str, dict[str, str]]:
    """Return what customers whom the run does not know told of themselves since, the newest of each."""
    if not wanted:
        return {}
    live = LIVE_EVENTS.c
    signed = select(live.user_id, live.number).where(live.user_id.in_(wanted), live.kind == "identify")
    numbers = {row.number: row.user_id for row in state.execute(signed)}
    found: dict[str, dict[str, str]] = {}
    for call in events_numbered(state, numbers):
        hers = found.setdefault(numbers[call.number], {})
        for source, told in persons(read_event(call)):
            if source == "customers":
                hers.update({name: value for name, value in told.items() if name in ATTRIBUTES})
            elif told["kind"] in ATTRIBUTES:
                hers[told["kind"]] = told["value"]
    return found


__all__ = ["ATTRIBUTES", "NO_ADDRESS", "Recipient", "recipients"]

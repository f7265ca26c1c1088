"""What a server asks of a run by other keys than its tables have: made of them once a run, and sorted by the key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.contracts import Column, Contract
from patron.contracts.contract import MOMENT, MONEY
from patron.identity import events_with_customer
from patron.identity.record_owners import record_owners
from patron.identity.visitors import signed_in
from patron.pipeline.own_signals import EVENT_COLUMNS, own_settings
from patron.pipeline.settings import Settings
from patron.pipeline.signal_settings import OWN_DAYS
from patron.profile.known import day_of

Read = Callable[[str], ir.Table]
"""Gives a table of the run by its name."""

OWNERS, RECORDS, BROWSERS, BROWSERS_OF = "owners", "records", "browsers", "browsers_of"
EVENTS, UNSIGNED = "recent_events", "unsigned_events"


@dataclass(frozen=True)
class View:
    """A table made for one key."""

    contract: Contract
    key: str
    make: Callable[[Read, date, Settings], ir.Table]


_CUSTOMER = Column(name="customer_id", type="string", meaning="Who.", key=True)
_RECORD = Column(name="record_id", type="string", meaning="The source's own customer id.", key=True)
_BROWSER = Column(name="anonymous_id", type="string", meaning="The browser or installation.", key=True, direct=True)
_VISIT = Column(name="session_id", type="string", meaning="The visit.", nullable=True, key=True)


def fresh_days(settings: Settings) -> int:
    """Return for how many days an event can count for one of the project's own signals."""
    return max((signal.fresh or OWN_DAYS for signal in own_settings(settings).values()), default=OWN_DAYS)


def _owners(read: Read, _as_of: date, _settings: Settings) -> ir.Table:
    return record_owners(read("links"))


def _browsers(read: Read, as_of: date, _settings: Settings) -> ir.Table:
    seen = signed_in(read("raw_events"), read("links"), as_of=as_of)
    return seen.select("anonymous_id", "session_id", "customer_id").distinct()


def _events(read: Read, as_of: date, settings: Settings) -> ir.Table:
    fresh = _fresh(read, as_of, settings)
    return events_with_customer(fresh.filter(fresh.customer_id.notnull()), read("links"))


def _unsigned(read: Read, as_of: date, settings: Settings) -> ir.Table:
    """Return events that name nobody: whose they are may be known after the run, or not any more."""
    fresh = _fresh(read, as_of, settings)
    return fresh.filter(fresh.customer_id.isnull() & fresh.anonymous_id.notnull())


def _fresh(read: Read, as_of: date, settings: Settings) -> ir.Table:
    raw = read("raw_events")
    first = ibis.literal(as_of - timedelta(days=fresh_days(settings)))
    return raw.filter(day_of(raw.occurred_at).between(first, ibis.literal(as_of)))


def _view(name: str, grain: str, columns: tuple[Column, ...], make: Callable[[Read, date, Settings], ir.Table]) -> View:
    contract = Contract(name=name, grain=grain, purpose="operations", columns=columns)
    return View(contract, columns[0].name, make)


_EVENT = (
    Column(name="occurred_at", type=MOMENT, meaning="When, in the project's time zone.", key=True),
    Column(name="event_id", type="string", meaning="The event.", key=True),
    *(
        Column(name=name, type=MONEY if name == "amount" else "string", meaning="As in `raw_events`.", nullable=True)
        for name in EVENT_COLUMNS
    ),
)

VIEWS: Mapping[str, View] = {
    OWNERS: _view(OWNERS, "one customer record", (_RECORD, _CUSTOMER), _owners),
    RECORDS: _view(RECORDS, "one customer record", (_CUSTOMER, _RECORD), _owners),
    BROWSERS: _view(BROWSERS, "one sign-in of a customer", (_BROWSER, _VISIT, _CUSTOMER), _browsers),
    BROWSERS_OF: _view(BROWSERS_OF, "one sign-in of a customer", (_CUSTOMER, _BROWSER, _VISIT), _browsers),
    UNSIGNED: _view(UNSIGNED, "one event of nobody that may still count", (_BROWSER, _VISIT, *_EVENT), _unsigned),
    EVENTS: _view(EVENTS, "one event of a customer that may still count", (_CUSTOMER, *_EVENT), _events),
}

"""May this message be sent to this customer? What `eligible` says of a table, said of one row.

In   one possible message (a row of contracts.trigger.CANDIDATES) and what is known of its customer (`Hers`)
Out  its outcome, reason, hold-out and moment, in microseconds and without a table

A server asks this while somebody waits. A property test holds it to `eligible`, row by row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from patron.contracts.decision import REFUSALS
from patron.contracts.raw_people import CHANNELS
from patron.decisions.eligibility.quiet import next_moment, sending_moment
from patron.decisions.eligibility.rules import NOT_OF, UNHELD, ContactRules
from patron.decisions.holdouts import GLOBAL, PROGRAMME, TRIGGER, Holdout, holds
from patron.identity.normalise.country import region
from patron.privacy.one import Said, said_of
from patron.privacy.policy import CONTACT, Policy
from patron.privacy.purpose import purpose_of

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Hers:
    """What is known of one customer; what is not there is empty, and what it would forbid is not forbidden.

    `consents` are her rows of contracts.person.CONSENTS, `messages` and `tickets` those of contracts.raw_messages and
    raw_dealings, `contacts` those of contracts.decision.CONTACTS, what was sent since the run among them. `sensitive`:
    she is in a situation that silences promotion; `paused`: she wants a break from it. `country` is where she lives,
    as her profile writes it.
    """

    customer_id: str
    consents: Sequence[Row] = ()
    messages: Sequence[Row] = ()
    contacts: Sequence[Row] = ()
    tickets: Sequence[Row] = ()
    sensitive: bool = False
    paused: bool = False
    country: str | None = None


@dataclass(frozen=True, kw_only=True)
class House:
    """What holds for every customer: rules, lawful bases (none: nobody said anything), hold-outs, stock, groups.

    `sold_out` are the products of which none is left; `groups` says of each trigger to which exclusive group it
    belongs.
    """

    rules: ContactRules = field(default_factory=ContactRules)
    policy: Policy | None = None
    holdouts: tuple[Holdout, ...] = ()
    sold_out: Container[str] = frozenset()
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What became of one possible message: no outcome where it may be sent."""

    outcome: str | None = None
    reason: str | None = None
    held_by: str | None = None
    send_on: date | None = None
    send_at: datetime | None = None

    @property
    def free(self) -> bool:
        """Whether it may be sent."""
        return self.outcome is None


def judged(candidate: Row, hers: Hers, house: House, *, as_of: date, now: datetime | None = None) -> Judged:
    """Judge one possible message.

    Parameters
    ----------
    candidate : mapping
        A row of contracts.trigger.CANDIDATES.
    hers : Hers
        What is known of its customer.
    house : House
        What holds for everybody.
    as_of : date
        The last day we may know about.
    now : datetime, optional
        The moment, with its time zone, at which it is decided: it is sent from then on. Without it, it is decided at
        the end of `as_of` and sent the day after, as `eligible` does.

    Raises
    ------
    SettingsError
        The candidate's purpose is unknown.
    """
    owed = candidate["kind"] in UNHELD
    if candidate["expires_on"] < as_of:
        return Judged(outcome="expired", reason="stale")
    if (found := refusal(candidate, hers, house, as_of=as_of)) is not None:
        return Judged(outcome="refused", reason=found)
    first = as_of + timedelta(days=1) if now is None else now.astimezone(ZoneInfo(house.rules.hours.zone)).date()
    moment = _owed_at(first, house, now) if owed else _moment(candidate, hers, house, first, now)
    if moment is None or (not owed and candidate["expires_on"] < moment[0] and moment[0] > first):
        return Judged(outcome="expired", reason="quiet")
    if not owed and (name := held_by(candidate, house.holdouts)) is not None:
        return Judged(outcome="held_out", reason="holdout", held_by=name)
    return Judged(send_on=moment[0], send_at=moment[1])


def refusal(candidate: Row, hers: Hers, house: House, *, as_of: date) -> str | None:
    """Return the gravest of contracts.decision.REFUSALS that speaks against a message; none where none does."""
    kind = candidate["kind"]
    for name in REFUSALS:
        if name not in NOT_OF[kind] and _SPEAKS[name](candidate, hers, house, as_of):
            return name
    return None


def held_by(candidate: Row, holdouts: Sequence[Holdout]) -> str | None:
    """Return the widest hold-out that holds the customer of a row: the shop's, its programme's, its trigger's."""
    by_name: dict[str, Holdout] = {}
    for one in holdouts:
        by_name.setdefault(one.name, one)
    programme = candidate["programme"]
    names = (GLOBAL, None if programme is None else f"{PROGRAMME}{programme}", f"{TRIGGER}{candidate['trigger']}")
    return holds(candidate["customer_id"], [by_name[name] for name in names if name in by_name])


def _owed_at(first: date, house: House, now: datetime | None) -> tuple[date, datetime]:
    if now is None:
        return first, datetime.combine(first, time(0))
    return first, now.astimezone(ZoneInfo(house.rules.hours.zone)).replace(tzinfo=None)


def _moment(
    candidate: Row, hers: Hers, house: House, first: date, now: datetime | None
) -> tuple[date, datetime] | None:
    land, channel, hours = region(hers.country) or "", candidate["channel"], house.rules.hours
    if now is None:
        return sending_moment(hours, country=land, channel=channel, on=first)
    return next_moment(hours, country=land, channel=channel, after=now)


def _said(row: Row, hers: Hers, house: House) -> Said | None:
    if house.policy is None:
        return None
    channel = row["channel"] if row["channel"] in CHANNELS else None
    wanted = purpose_of(row["purpose"], stage="decision")
    return said_of(hers.consents, house.policy, wanted, stage="decision", channel=channel)


def _unasked(row: Row, hers: Hers, house: House, _as_of: date) -> bool:
    if house.policy is None or not house.policy.asks_consent(purpose_of(row["purpose"], stage="decision")):
        return False
    return _said(row, hers, house) is None


def _by_channel(row: Row, hers: Hers, as_of: date) -> Iterable[Row]:
    return (one for one in hers.messages if one["channel"] == row["channel"] and _day(one["sent_at"]) <= as_of)


def _unsubscribed(row: Row, hers: Hers, _house: House, as_of: date) -> bool:
    if row["purpose"] not in CONTACT:
        return False
    left = [_day(one["unsubscribed_at"]) for one in _by_channel(row, hers, as_of) if one["unsubscribed_at"] is not None]
    left = [day for day in left if day <= as_of]
    if not left:
        return False
    back = [
        one["since"]
        for one in hers.consents
        if one["allowed"] and one["channel"] == row["channel"] and one["purpose"] in CONTACT
    ]
    return not (back and max(back) > max(left))


def _bounced(row: Row, hers: Hers, house: House, as_of: date) -> bool:
    came_back, arrived = [], []
    for one in _by_channel(row, hers, as_of):
        if one["bounced_at"] is not None and _day(one["bounced_at"]) <= as_of:
            came_back.append(one["sent_at"])
        elif any(one[name] is not None for name in ("delivered_at", "opened_at", "clicked_at")):
            arrived.append(one["sent_at"])
    last = max(arrived, default=None)
    times = sum(1 for at in came_back if last is None or at > last)
    return times >= house.rules.bounces


def _open_case(_row: Row, hers: Hers, _house: House, as_of: date) -> bool:
    return any(one["closed_at"] is None or _day(one["closed_at"]) > as_of for one in _opened(hers, as_of))


def _cool_down(_row: Row, hers: Hers, house: House, as_of: date) -> bool:
    since = as_of - timedelta(days=house.rules.cool_down_days)
    return any(
        (one["topic"] in house.rules.complaints and _day(one["opened_at"]) > since)
        or (one["closed_at"] is not None and since < _day(one["closed_at"]) <= as_of)
        for one in _opened(hers, as_of)
    )


def _opened(hers: Hers, as_of: date) -> Iterable[Row]:
    return (one for one in hers.tickets if _day(one["opened_at"]) <= as_of)


def _under_margin(row: Row, _hers: Hers, house: House, _as_of: date) -> bool:
    gain = float(row["value"]) - float(row["cost"])
    return math.isnan(gain) or gain < house.rules.least_gain


def _already_sent(row: Row, hers: Hers, _house: House, _as_of: date) -> bool:
    if row["form"] == "sequence":
        return False
    sent = [one["sent_on"] for one in hers.contacts if one["campaign"] == row["trigger"]]
    return bool(sent) and bool(max(sent) >= row["fired_on"])


def _group_lately(row: Row, hers: Hers, house: House, as_of: date) -> bool:
    if row["exclusive"] is None:
        return False
    since = as_of - timedelta(days=house.rules.group_days)
    return any(
        house.groups.get(one["campaign"]) == row["exclusive"] and one["sent_on"] > since for one in hers.contacts
    )


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


_SPEAKS: Mapping[str, Callable[[Row, Hers, House, date], bool]] = {
    "restricted": lambda row, hers, house, _: _said(row, hers, house) == "restricted",
    "said_no": lambda row, hers, house, _: _said(row, hers, house) == "no",
    "no_consent": _unasked,
    "unsubscribed": _unsubscribed,
    "bounced": _bounced,
    "paused": lambda _row, hers, _house, _: hers.paused,
    "sensitive": lambda _row, hers, _house, _: hers.sensitive,
    "open_case": _open_case,
    "cool_down": _cool_down,
    "out_of_stock": lambda row, _hers, house, _: row["subject_kind"] == "product" and row["subject"] in house.sold_out,
    "margin_floor": _under_margin,
    "already_sent": _already_sent,
    "yields": lambda row, _hers, _house, _: row["yields_to"] is not None,
    "capped": lambda row, _hers, _house, _: row["capped"] is not None,
    "group_lately": _group_lately,
}
"""What speaks against a message, by its name: looked for from the gravest on."""

__all__ = ["Hers", "House", "Judged", "held_by", "judged", "refusal"]

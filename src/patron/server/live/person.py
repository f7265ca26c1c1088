"""One person as known now: the published run with what happened since laid over it, in one read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from patron.engines.condition import Condition
from patron.pipeline.serving import Published
from patron.pipeline.signal_settings import OWN_DAYS
from patron.profile.live_columns import OrderEvent, live_profile
from patron.server.live.cart import cart
from patron.server.live.channels import channel_of_tags
from patron.server.live.columns import MAIN, EventColumns, PersonColumns
from patron.server.live.rows import ORDERING, LiveEvent
from patron.server.live.whose import Browsers, known_since


@dataclass(frozen=True, kw_only=True)
class LivePerson:
    """One person now.

    `row` has the columns that conditions of the settings may name (`orders`, `headroom.grade`, `rfm`), with those that
    are live laid over those of the run; it looks into a table when a column of it is asked for.
    """

    published: Published = field(repr=False, compare=False)
    key: str  # customer:ID, user:ID or anonymous:ID
    customer_id: str | None  # none of somebody whom the run does not know
    user_ids: tuple[str, ...] = ()
    anonymous_ids: tuple[str, ...] = ()
    today: date  # the day that it is in the project's time zone
    row: PersonColumns = field(repr=False, compare=False)
    browsers: Browsers = field(repr=False, compare=False)
    since: tuple[LiveEvent, ...] = ()  # the newest last

    @property
    def is_customer(self) -> bool:
        """Whether the run knows her as a customer, or she has ordered since."""
        return bool(self.row.live)

    @property
    def gpc(self) -> bool:
        """Whether a browser of hers has said Sec-GPC since the run."""
        return any(one.gpc for one in self.since)

    @cached_property
    def cart(self) -> Mapping[str, int]:
        """Units by product: put into the cart since the run, and neither taken out nor ordered since."""
        return cart(self.since)

    def holds(self, condition: Condition, *, fresh_days: int = OWN_DAYS) -> bool:
        """Tell whether a condition is true of her, as the batch would find it; of nobody but customers it is.

        Parameters
        ----------
        condition : Condition
            From `Published.condition`.
        fresh_days : int
            One that asks of events holds where it does for an event of the last so many days.

        Raises
        ------
        ConditionError
            The condition is from elsewhere, and names a column that is not there.
        """
        if not self.is_customer:
            return False
        if not self.published.names.asks_events(condition):
            return condition.holds(self.row)
        events = self._events_since(self.today - timedelta(days=fresh_days))
        return any(condition.holds(EventColumns(self.row, event)) for event in events)

    def _events_since(self, day: date) -> Iterator[Mapping[str, Any]]:
        """Yield her events from a day on, of the run and since, as rows of `events`."""
        zone = self.published.zone
        for one in reversed(self.since):
            if one.done and day <= one.occurred_at.astimezone(zone).date() <= self.today:
                yield _EventRow(one)
        for row in self._events_of_the_run():
            if day <= row["occurred_at"].date() <= self.today:
                yield row

    def _events_of_the_run(self) -> Iterator[Mapping[str, Any]]:
        """Yield those that name her, and those of nobody on her browsers that are hers by what is known now."""
        label = self.row.customer_id
        if label is not None:
            yield from self.published.events_of(label)
            for browser in self.anonymous_ids:
                for row in self.published.unsigned_events(browser):
                    if self.browsers.owner(browser, row["session_id"]) == label:
                        yield row


class _EventRow(Mapping[str, Any]):
    """A live event as a row of `events`; what brought the visit is found out only where it is asked for."""

    def __init__(self, event: LiveEvent) -> None:
        self._event = event

    def __getitem__(self, name: str) -> Any:
        one = self._event
        if name == "marketing_channel":
            return channel_of_tags(one.utm_source, one.utm_medium, one.utm_campaign)
        return getattr(one, "utm_campaign" if name == "campaign" else name)

    def __iter__(self) -> Iterator[str]:
        return iter(("event", "channel", "product_id", "order_id", "amount", "marketing_channel", "campaign"))

    def __len__(self) -> int:
        return len(tuple(iter(self)))


def person(
    connection: Connection, published: Published, *, user_id: str | None = None, anonymous_id: str | None = None,
    customer_id: str | None = None, session_id: str | None = None, now: datetime,
) -> LivePerson:  # fmt: skip
    """Return one person now.

    Parameters
    ----------
    connection : Connection
        To the operational database.
    published : Published
        The published run.
    user_id, anonymous_id, customer_id : str, optional
        One of them: the shop's own id, a browser's or installation's, or the run's.
    session_id : str, optional
        The visit, where several people share a browser.
    now : datetime
        Aware. Nothing that happened later is taken in.

    Raises
    ------
    ArgumentError
        None of the ids was given.
    """
    known = known_since(
        connection, published, user_id=user_id, anonymous_id=anonymous_id, customer_id=customer_id,
        session_id=session_id, now=now,
    )  # fmt: skip
    keys, today = known.keys, now.astimezone(published.zone).date()
    return LivePerson(
        published=published, key=keys.name, customer_id=keys.customer_id, user_ids=keys.user_ids,
        anonymous_ids=keys.anonymous_ids, today=today, since=known.events, browsers=known.browsers,
        row=PersonColumns(published, keys.label, _live(published, keys.customer_id, known.events, today)),
    )  # fmt: skip


def _live(
    published: Published, customer_id: str | None, since: tuple[LiveEvent, ...], today: date
) -> Mapping[str, Any]:
    """Return the live columns of profiles; none of somebody who never ordered."""
    found = None if customer_id is None else published.find(MAIN, customer_id)
    orders = [_order(one, published) for one in since if one.event in ORDERING and one.kind == "track"]
    if found is None and not any(one.event == "order" and one.lines for one in orders):
        return {}
    known = published.rows("orders", customer_id) if customer_id is not None and orders else []
    rhythm = published.find("rhythm", customer_id) if customer_id is not None else None
    lapse = None if rhythm is None else rhythm["lapse_after_days"]
    return live_profile(found, known, orders, as_of=today, lapse_after_days=lapse)


def _order(one: LiveEvent, published: Published) -> OrderEvent:
    day = one.occurred_at.astimezone(published.zone).date()
    order_id = one.order_id or f"{one.user_id}/{day}"  # as a line without an order is named by a run
    return OrderEvent(event=one.event, order_id=order_id, day=day, lines=one.lines)

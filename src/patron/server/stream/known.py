"""What is known of one customer when it is decided about a message to her: the run, and what happened since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from patron.decisions.eligibility.contacts import DECIDED, KEPT_DAYS
from patron.decisions.eligibility.one import Hers
from patron.engines.known_since import known_since_run
from patron.engines.preference_state import NOTHING_CHOSEN, Preference, preference_of
from patron.engines.send_state import LEAVING, Send, sends_of
from patron.pipeline.deciding import hers_of, rows_of
from patron.privacy.one_since import Heard, heard, since_run
from patron.server.live import LivePerson
from patron.server.stream.desk import Desk

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Known:
    """Of one customer."""

    hers: Hers
    level: int
    segments: frozenset[tuple[str, str]]
    preference: Preference
    sends: tuple[Send, ...]  # messages that left or are to leave, as far as they count

    def variant(self, desk: Desk, trigger: str, step: str | None) -> tuple[str, float] | None:
        """Return which variant of a message she gets, and its chance."""
        wanted = desk.deciding.segmentation
        segment = next((one for segmentation, one in self.segments if segmentation == wanted), None)
        return desk.deciding.variant(self.hers.customer_id, trigger=trigger, step=step, segment=segment)


def known_of(connection: Connection, desk: Desk, who: LivePerson, customer_id: str, *, now: datetime) -> Known:
    """Read what is known of a customer.

    Parameters
    ----------
    connection : Connection
        Of the transaction in which it is decided: what others decided before is in it.
    desk : Desk
        What holds for everybody.
    who : LivePerson
        Who she is now.
    customer_id : str
        By what the run knows her, or will.
    now : datetime
        Aware.
    """
    run = desk.published
    local = now.astimezone(desk.zone).replace(tzinfo=None)
    ids, kept_since = {customer_id, *who.user_ids}, now - timedelta(days=KEPT_DAYS)
    there = known_since_run(connection, customer_id, ids, since=kept_since)
    told = heard(connection, ids) if there.said else Heard()
    consents = since_run(rows_of(run, "consents", customer_id), told, as_of=run.as_of, now=local, gpc=who.gpc)
    chosen = preference_of(connection, ids) if there.chose else NOTHING_CHOSEN
    sends = sends_of(connection, customer_id, since=kept_since) if there.sends else ()
    left = [one for one in sends if one.outcome in LEAVING]
    hers = hers_of(
        run, customer_id, consents=consents, contacts=_contacts(desk, customer_id, left),
        sensitive=any(who.holds(one) for one in desk.sensitive), paused=chosen.paused(local.date()),
    )  # fmt: skip
    forecast = run.find("forecasts", customer_id) if run.holds("forecasts") else None
    foretold = None if forecast is None else forecast["predicted_value"]
    return Known(
        hers=hers, level=desk.deciding.level(foretold, consents), sends=tuple(left), preference=chosen,
        segments=frozenset(
            (row["segmentation"], row["segment"]) for row in rows_of(run, "memberships", customer_id)
        ),
    )  # fmt: skip


def _contacts(desk: Desk, customer_id: str, sends: Sequence[Send]) -> list[Row]:
    """Return what the run decided for days to come, and what was decided since; each message once.

    What has come back by way of a source stands among the run's own contacts, on the same day and by the same name.
    """
    told = {(row["campaign"], row["sent_on"]) for row in rows_of(desk.published, "contacts", customer_id)}
    decided = [
        (row["channel"], row["trigger"], row["send_on"])
        for row in rows_of(desk.published, "decisions", customer_id)
        if row["outcome"] == "sent"
    ]
    live = [(one.channel, one.trigger, _day(desk, one)) for one in sends]
    return [
        {"channel": channel, "campaign": campaign, "sent_on": day, "messages": 1, "source": DECIDED}
        for channel, campaign, day in (*decided, *live)
        if (campaign, day) not in told
    ]


def _day(desk: Desk, send: Send) -> date:
    return desk.local(send.send_at or send.decided_at)


__all__ = ["Known", "known_of"]

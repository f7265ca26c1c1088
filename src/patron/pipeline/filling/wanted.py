"""Which messages are due: those that were decided live, and those of the published run.

In   the table `sends`, contracts.decision.DECISIONS
Out  Wanted, each with the name under which it is delivered once
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import pyarrow.parquet as pq
from ibis.backends import BaseBackend
from sqlalchemy import Connection, or_, select, update

from patron.engines.moments import aware, stored
from patron.engines.run_folder import Run
from patron.engines.timer_tables import SENDS

AHEAD = timedelta(minutes=15)
"""So long before its time a message is written down with its words, which takes a while where there are many."""

ON_SITE = "web"
"""What is shown where somebody asks for it leaves by no destination."""

TOGETHER = 500  # messages worded and put in at a time

_OF_SENDS = (
    "send_id", "customer_id", "trigger", "iteration", "step", "kind", "channel", "subject_kind", "subject", "purpose",
    "variant", "send_at", "expires_at", "bid", "run_id",
)  # fmt: skip
_OF_DECISIONS = (
    "customer_id", "trigger", "iteration", "step", "kind", "channel", "subject_kind", "subject", "purpose", "variant",
    "send_on", "send_at", "expires_on", "bid",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One message that is due. Moments are aware."""

    delivery_id: str
    source: str  # live, decision or audience
    customer_id: str
    channel: str
    purpose: str
    kind: str
    trigger: str | None = None
    iteration: int | None = None
    step: str | None = None
    variant: str | None = None
    subject_kind: str = "none"
    subject: str = ""
    audience: str | None = None
    message: str | None = None  # whose words it has; by default those of the trigger
    priority: float | None = None
    due_at: datetime
    expires_at: datetime | None = None
    run_id: str | None = None


def any_live(connection: Connection, *, now: datetime) -> bool:
    """Tell whether a live message is due, or over without having been put in."""
    table = SENDS.c
    due = or_(table.send_at <= stored(now + AHEAD), table.expires_at <= stored(now))
    asked = select(table.send_id).where(table.outcome == "waiting", due, table.channel != ON_SITE)
    return connection.execute(asked.limit(1)).first() is not None


def live_wanted(connection: Connection, *, now: datetime) -> list[Wanted]:
    """Return live messages whose time has come or is near, `TOGETHER` at most, the first due first."""
    table = SENDS.c
    query = select(*(table[name] for name in _OF_SENDS)).where(
        table.outcome == "waiting", table.send_at <= stored(now + AHEAD), table.expires_at > stored(now),
        table.channel != ON_SITE,
    )  # fmt: skip
    rows = connection.execute(query.order_by(table.send_at, table.send_id).limit(TOGETHER))
    return [_live(dict(row._mapping)) for row in rows]


def let_expire(connection: Connection, *, now: datetime) -> int:
    """Let live messages go whose time passed while nobody put them in, and return how many they were."""
    table = SENDS.c
    over = update(SENDS).where(
        table.outcome == "waiting", table.expires_at <= stored(now), table.channel != ON_SITE,
    )  # fmt: skip
    return connection.execute(over.values(outcome="expired", reason="stale")).rowcount


def run_wanted(
    run: Run, connection: BaseBackend, *, zone: ZoneInfo, now: datetime, aside: Path
) -> Iterator[list[Wanted]]:
    """Yield the messages that the run decided to send by today, in parts of `TOGETHER`.

    Parameters
    ----------
    run : Run
        The published run; one without decisions yields nothing.
    connection : BaseBackend
        An embedded engine of one's own.
    zone : ZoneInfo
        The project's.
    now : datetime
        Aware. A message may leave up to the end of the later of its two days: that on which it is sent, and the last
        on which it makes sense.
    aside : Path
        A folder that stands as long as this is read.
    """
    if "decisions" not in run.manifest.tables:
        return
    today = now.astimezone(zone).date()
    decided = run.table("decisions", connection)
    day = ibis.literal(today)
    due = decided.filter(
        decided.outcome == "sent", decided.channel != ON_SITE, decided.send_on <= day,
        ibis.greatest(decided.send_on, decided.expires_on) >= day,
    )  # fmt: skip
    file = aside / "due.parquet"
    # Through a file: Ibis 12's own batches fail on DuckDB 2.0, and a run may have decided a million.
    connection.to_parquet(due.select(*_OF_DECISIONS).order_by("customer_id", "trigger"), str(file))
    with pq.ParquetFile(file) as read:
        for batch in read.iter_batches(batch_size=TOGETHER):
            yield [_decided(row, run.manifest.run_id, zone) for row in batch.to_pylist()]


def decision_delivery(trigger: str, iteration: int, step: str | None, customer_id: str, send_on: date) -> str:
    """Return the name of a message that a run decided: a run of the same day that decides it again means the same.

    Examples
    --------
    >>> len(decision_delivery("cart", 1, None, "ann", date(2026, 3, 1)))
    32
    """
    text = "\x1f".join(("run", trigger, str(iteration), step or "", customer_id, send_on.isoformat()))
    return sha256(text.encode()).hexdigest()[:32]


def _live(row: dict[str, Any]) -> Wanted:
    return Wanted(
        delivery_id=row.pop("send_id"), source="live", priority=row.pop("bid"), due_at=aware(row.pop("send_at")),
        expires_at=aware(row.pop("expires_at")), **row,
    )  # fmt: skip


def _decided(row: dict[str, Any], run_id: str, zone: ZoneInfo) -> Wanted:
    send_on, last = row.pop("send_on"), row.pop("expires_on")
    over = max(send_on, last) + timedelta(days=1)
    delivery_id = decision_delivery(row["trigger"], row["iteration"], row["step"], row["customer_id"], send_on)
    return Wanted(
        delivery_id=delivery_id, source="decision", priority=row.pop("bid"),
        due_at=row.pop("send_at").replace(tzinfo=zone), expires_at=datetime.combine(over, time(), zone), run_id=run_id,
        **row,
    )  # fmt: skip


__all__ = [
    "AHEAD",
    "ON_SITE",
    "TOGETHER",
    "Wanted",
    "any_live",
    "decision_delivery",
    "let_expire",
    "live_wanted",
    "run_wanted",
]

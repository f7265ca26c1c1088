"""Who is in which audience of an ad platform, as far as is known: what the next comparison starts from.

A row holds what a removal has to name: hashed keys as they were told, because a platform knows nobody by another name.
It is written in the transaction that puts the delivery into the outbox, and goes when the platform took the removal.

Of somebody who is erased the row stays until then, under a name that says nothing (`forget`): without her keys nobody
could take her out.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Literal

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from patron.engines.delivery_tables import OUTBOX
from patron.engines.destination_tables import AUDIENCE_SYNCS, DESTINATION_MEMBERS
from patron.engines.moments import stored
from patron.engines.outbox_state import Entry, put
from patron.engines.sealed_text import open_text, seal_texts

STATES = ("adding", "member", "unsure", "refused", "removing", "stuck")
"""adding    The outbox holds a delivery that makes her a member.
member    The platform took it.
unsure    It was given up after it had been tried: she may be one.
refused   The platform did not take her keys; it is not asked again with the same.
removing  The outbox holds a removal.
stuck     A removal was given up; it is made again a day later."""

AGAIN = timedelta(days=1)
"""After so long a removal that was given up is made again."""

FORGOTTEN = "erased:"
"""Before the name of somebody who was erased, and whose removal the platform has yet to take."""

SOURCE = "ad_audience"
COLUMN = "destination_members.keys"
NOT_WANTED = "no_longer_wanted"

TOGETHER = 500  # ids of one question

End = Literal["gone", "told", "later"]
"""What ends a membership: nothing more, because nobody was told; a removal; or what is under way, first."""

_MEMBERS = DESTINATION_MEMBERS.c
_UNDER_WAY = ("waiting", "handing")
_KEY = ("destination", "audience", "customer_id")


@dataclass(frozen=True, kw_only=True)
class Held:
    """One row."""

    destination: str
    audience: str
    customer_id: str
    keys: str = field(repr=False)  # JSON of the content of a delivery
    state: str
    delivery_id: str | None
    changed_at: datetime  # UTC without a zone


def written(content: Mapping[str, Any]) -> str:
    """Return a content as it is compared and kept."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def held(connection: Connection, destination: str, audience: str, ids: Iterable[str]) -> dict[str, Held]:
    """Return the rows of some customers."""
    found: dict[str, Held] = {}
    rest = iter(ids)
    while part := list(islice(rest, TOGETHER)):
        query = _rows(destination).where(_MEMBERS.audience == audience, _MEMBERS.customer_id.in_(part))
        found |= {row.customer_id: _held(row) for row in connection.execute(query)}
    return found


def ids_of(connection: Connection, destination: str, audience: str) -> Iterator[str]:
    """Yield the customers of an audience, in order."""
    query = select(_MEMBERS.customer_id).where(_MEMBERS.destination == destination, _MEMBERS.audience == audience)
    yield from connection.execute(query.order_by(_MEMBERS.customer_id)).scalars()


def audiences_of(connection: Connection, destination: str) -> list[str]:
    """Return the audiences of which a destination may hold somebody."""
    query = select(_MEMBERS.audience).where(_MEMBERS.destination == destination).distinct()
    return sorted(connection.execute(query).scalars())


def rows_of(connection: Connection, ids: Collection[str]) -> list[Held]:
    """Return all rows of some customers, wherever they are members."""
    found: list[Held] = []
    rest = iter(sorted(ids))
    while part := list(islice(rest, TOGETHER)):
        query = select(*DESTINATION_MEMBERS.columns).where(_MEMBERS.customer_id.in_(part))
        found += [_held(row) for row in connection.execute(query)]
    return found


def under_way(connection: Connection, destination: str, audience: str) -> bool:
    """Tell whether somebody is just coming or going."""
    query = _rows(destination).where(_MEMBERS.audience == audience, _MEMBERS.state.in_(("adding", "removing")))
    return connection.execute(query.limit(1)).first() is not None


def stuck(connection: Connection, destination: str, *, now: datetime) -> list[Held]:
    """Return whose removal was given up, and is to be made again."""
    query = _rows(destination).where(_MEMBERS.state == "stuck", _MEMBERS.changed_at <= stored(now - AGAIN))
    return [_held(row) for row in connection.execute(query)]


def settle(connection: Connection, destination: str, *, now: datetime) -> None:
    """Take over what came of deliveries since the last time."""
    box = OUTBOX.c
    query = (
        select(*(_MEMBERS[name] for name in _KEY), _MEMBERS.state, box.state.label("came"), box.attempts)
        .join(OUTBOX, box.delivery_id == _MEMBERS.delivery_id)
        .where(_MEMBERS.destination == destination, _MEMBERS.state.in_(("adding", "removing")))
        .where(box.state.not_in(_UNDER_WAY))
    )
    changed: list[dict[str, Any]] = []
    gone: list[dict[str, Any]] = []
    for row in connection.execute(query).all():
        place = {f"own_{name}": getattr(row, name) for name in _KEY}
        state = _after(row.state, row.came, tried=row.attempts > 0)
        if state is None:
            gone.append(place)
        else:
            changed.append(place | {"new_state": state, "new_moment": stored(now)})
    _set(connection, changed)
    _drop(connection, gone)


def _after(state: str, came: str, *, tried: bool) -> str | None:
    """Return the state after a delivery is over; none where nothing is left to know."""
    if state == "removing":
        return None if came == "delivered" else "stuck"
    if came in ("delivered", "rejected"):
        return {"delivered": "member", "rejected": "refused"}[came]
    return "unsure" if tried else None


def add(connection: Connection, wanted: Sequence[Held], *, run_id: str | None, now: datetime) -> int:
    """Make customers members: write their rows, and put the deliveries into the outbox; return how many."""
    if not wanted:
        return 0
    _drop(connection, [_place(one) for one in wanted])
    return _begin(connection, wanted, kind="member", state="adding", run_id=run_id, now=now)


def remove(connection: Connection, unwanted: Sequence[Held], *, run_id: str | None, now: datetime) -> int:
    """End memberships, and return how many removals were put into the outbox.

    Who was never told to the platform is forgotten at once. Whoever is just being told is left for the next time: what
    came of it is known in seconds.
    """
    ends = _ends(connection, unwanted, now=now)
    told = [one for one, end in zip(unwanted, ends, strict=True) if end == "told"]
    _drop(connection, [_place(one) for one, end in zip(unwanted, ends, strict=True) if end in ("told", "gone")])
    return _begin(connection, told, kind="removal", state="removing", run_id=run_id, now=now)


def forget(connection: Connection, ids: Collection[str], *, now: datetime) -> dict[str, int]:
    """End every membership of somebody who is erased, and return how many there were by destination.

    Her rows and removals stand under a random name from now on, which leads to nobody.
    """
    found = rows_of(connection, ids)
    counts: dict[str, int] = {}
    box = OUTBOX.c
    for one, end in zip(found, _ends(connection, found, now=now), strict=True):
        counts[one.destination] = counts.get(one.destination, 0) + 1
        _drop(connection, [_place(one)])
        name = f"{FORGOTTEN}{secrets.token_hex(16)}"
        hers = replace(one, customer_id=name)
        if one.state == "removing":
            connection.execute(update(OUTBOX).where(box.delivery_id == one.delivery_id).values(customer_id=name))
            connection.execute(insert(DESTINATION_MEMBERS), _sealed([hers.__dict__]))
        elif end != "gone":
            _begin(connection, [hers], kind="removal", state="removing", run_id=None, now=now)
    return counts


def synced(connection: Connection, destination: str, audience: str) -> str | None:
    """Return the version by which an audience was last compared; none where it never was."""
    columns = AUDIENCE_SYNCS.c
    query = select(columns.version).where(columns.destination == destination, columns.audience == audience)
    return connection.execute(query).scalar_one_or_none()


def note_synced(
    connection: Connection, destination: str, audience: str, *, version: str, run_id: str, wanted: int, now: datetime
) -> None:
    """Remember that an audience was compared."""
    columns = AUDIENCE_SYNCS.c
    connection.execute(delete(AUDIENCE_SYNCS).where(columns.destination == destination, columns.audience == audience))
    row = {
        "destination": destination, "audience": audience, "version": version, "run_id": run_id, "wanted": wanted,
        "synced_at": stored(now),
    }  # fmt: skip
    connection.execute(insert(AUDIENCE_SYNCS), row)


def _begin(
    connection: Connection, some: Sequence[Held], *, kind: str, state: str, run_id: str | None, now: datetime
) -> int:
    rows = [
        {**one.__dict__, "state": state, "delivery_id": _delivery_id(one, kind, now), "changed_at": stored(now)}
        for one in some
    ]
    if rows:
        connection.execute(insert(DESTINATION_MEMBERS), _sealed(rows))
    return put(
        connection,
        (
            Entry(
                delivery_id=row["delivery_id"], destination=row["destination"], kind=kind, source=SOURCE,
                customer_id=row["customer_id"], content=_content(row["keys"], kind), purpose="advertising",
                channel="ads", audience=row["audience"], run_id=run_id, made_at=now, due_at=now,
            )
            for row in rows
        ),
    )  # fmt: skip


def _content(keys: str, kind: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(keys)
    return content if kind == "member" else {name: value for name, value in content.items() if name != "value"}


def _delivery_id(one: Held, kind: str, now: datetime) -> str:
    named = "\0".join((one.destination, one.audience, one.customer_id, kind, now.isoformat()))
    return hashlib.sha256(named.encode()).hexdigest()[:32]


def _under_way(connection: Connection, some: Sequence[Held]) -> dict[str, tuple[str, int]]:
    """Return state and tries of the deliveries that make somebody a member and are not over."""
    box = OUTBOX.c
    found: dict[str, tuple[str, int]] = {}
    rest = iter(some)
    while part := list(islice(rest, TOGETHER)):
        query = select(box.delivery_id, box.state, box.attempts).where(
            box.delivery_id.in_([one.delivery_id for one in part]), box.state.in_(_UNDER_WAY)
        )
        found |= {row.delivery_id: (row.state, row.attempts) for row in connection.execute(query)}
    return found


def _ends(connection: Connection, some: Sequence[Held], *, now: datetime) -> list[End]:
    """Stop what waits to make somebody a member, and return what is left to do to end each membership."""
    adding = [one for one in some if one.state == "adding"]
    came = _under_way(connection, adding)
    stopped = _cancel(connection, adding, now=now)
    return [_end(one, came.get(str(one.delivery_id)), stopped=one.delivery_id in stopped) for one in some]


def _end(one: Held, came: tuple[str, int] | None, *, stopped: bool) -> End:
    if one.state in ("refused", "removing"):
        return "gone" if one.state == "refused" else "later"
    if one.state != "adding" or came is None:
        return "told"
    if not stopped:
        return "later"
    return "gone" if came[1] == 0 else "told"


def _cancel(connection: Connection, some: Sequence[Held], *, now: datetime) -> frozenset[str]:
    """Stop deliveries that wait, and return those that were stopped."""
    box = OUTBOX.c
    stopped: set[str] = set()
    rest = iter(some)
    while part := list(islice(rest, TOGETHER)):
        done = {"state": "cancelled", "reason": NOT_WANTED, "done_at": stored(now), "address": None, "content": None}
        ids = [one.delivery_id for one in part]
        stop = update(OUTBOX).where(box.delivery_id.in_(ids), box.state == "waiting").values(done)
        stopped |= set(connection.execute(stop.returning(box.delivery_id)).scalars())
    return frozenset(stopped)


def _sealed(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    sealed = seal_texts([row["keys"] for row in rows], COLUMN)
    return [{**row, "keys": keys} for row, keys in zip(rows, sealed, strict=True)]


def _rows(destination: str) -> Any:
    return select(*DESTINATION_MEMBERS.columns).where(_MEMBERS.destination == destination)


def _held(row: Row[Any]) -> Held:
    facts = dict(row._mapping)
    return Held(**facts | {"keys": open_text(facts["keys"], COLUMN)})


def _place(one: Held) -> dict[str, Any]:
    return {f"own_{name}": getattr(one, name) for name in _KEY}


def _own() -> Any:
    return [_MEMBERS[name] == bindparam(f"own_{name}") for name in _KEY]


def _set(connection: Connection, changed: Sequence[Mapping[str, Any]]) -> None:
    if changed:
        values: dict[str, Any] = {
            "state": bindparam("new_state"),
            "changed_at": bindparam("new_moment"),
            "delivery_id": None,
        }
        connection.execute(update(DESTINATION_MEMBERS).where(*_own()).values(values), list(changed))


def _drop(connection: Connection, places: Sequence[Mapping[str, Any]]) -> None:
    if places:
        connection.execute(delete(DESTINATION_MEMBERS).where(*_own()), list(places))


__all__ = [
    "FORGOTTEN",
    "STATES",
    "Held",
    "add",
    "audiences_of",
    "forget",
    "held",
    "ids_of",
    "note_synced",
    "remove",
    "rows_of",
    "settle",
    "stuck",
    "synced",
    "under_way",
    "written",
]

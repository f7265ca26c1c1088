"""Into the outbox: messages that were decided, live or by a run.

A live message changes its outcome in the transaction that puts it in, and one that a run decided has a name that the
same decision always has: so each is put in once, whoever fills and how often. What cannot be put in is left out with
the reason: nobody's arm changes by it, for effects are read among all for whom a trigger fired.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ibis.backends import BaseBackend
from sqlalchemy import Connection, select, update

from patron.engines.connect import connected
from patron.engines.database import writing
from patron.engines.delivery_tables import OUTBOX
from patron.engines.outbox_state import Entry, draining, put
from patron.engines.run_folder import Run
from patron.engines.state import State
from patron.engines.timer_tables import SENDS
from patron.identity.normalise.country import region
from patron.pipeline.check_messages import messages_of, sender_of
from patron.pipeline.filling.filled import Filled
from patron.pipeline.filling.recipients import NO_ADDRESS, Recipient, recipients
from patron.pipeline.filling.wanted import TOGETHER, Wanted, any_live, let_expire, live_wanted, run_wanted
from patron.pipeline.filling.worded import Facts, Words, facts_of
from patron.pipeline.holding import holding
from patron.pipeline.project import Project
from patron.pipeline.public_links import links_of
from patron.pipeline.settings import Settings
from patron.privacy.closed_address import address_hash

NO_DESTINATION, DRAINING = "no_destination", "draining"


class Messages:
    """The filler of messages. It remembers of which run it has put everything in, and then only asks what is new."""

    def __init__(self) -> None:
        self._done: dict[Path, object] = {}

    def __call__(self, project: Project, state: State, *, now: datetime) -> Filled:
        """Put in messages that were decided, live or by a run, and whose time has come or is near.

        Parameters
        ----------
        project : Project
            One without destinations, or without a run, has nothing to put in.
        state : State
            Its operational database.
        now : datetime
            Aware.
        """
        settings = project.settings
        run = project.store.last() if settings.destinations else None
        if run is None:
            return Filled()
        mark = _mark(state, settings, run, now)
        with state.engine.connect() as connection:
            waits = any_live(connection, now=now)
        known = self._done.get(project.folder) == mark
        if not waits and known:
            return Filled()
        with (
            tempfile.TemporaryDirectory(dir=project.own) as aside,
            connected("duckdb://", spill=project.own / "spill", memory=settings.memory) as engine,
        ):
            made = Putting(
                settings=settings, state=state, run=run, engine=engine, aside=Path(aside), now=now,
                words=words_of(project, settings, now=now),
            )  # fmt: skip
            _live(made)
            if not known:
                zone = ZoneInfo(settings.timezone)
                for some in run_wanted(run, engine, zone=zone, now=now, aside=Path(aside)):
                    made.put(some)
                self._done[project.folder] = mark
        return made.filled()


messages = Messages()
"""Put in messages that were decided, live or by a run."""


def _mark(state: State, settings: Settings, run: Run, now: datetime) -> object:
    """Return what changes when there may be more to put in: the run, the day, the settings, what takes nothing new."""
    with state.engine.connect() as connection:
        closed = draining(connection)
    today = now.astimezone(ZoneInfo(settings.timezone)).date()
    said = settings.model_dump_json(include={"destinations", "messages", "sender", "server"})
    return str(state.engine.url), run.manifest.run_id, today, said, closed


def words_of(project: Project, settings: Settings, *, now: datetime) -> Words:
    """Return what the messages of a project are made of."""
    links = links_of(project, now=now) if settings.server.public_url else None
    return Words(messages=messages_of(settings), sender=sender_of(settings), links=links)


def _live(made: Putting) -> None:
    """Put in what live triggers decided, until nothing more is due."""
    with writing(made.state.engine) as connection:
        made.left_out["stale"] += let_expire(connection, now=made.now)
    while True:
        with made.state.engine.connect() as connection:
            some = live_wanted(connection, now=made.now)
        if not some or not made.put(some) or len(some) < TOGETHER:
            return


@dataclass(kw_only=True)
class Putting:
    """What putting messages in needs, and what was put in so far."""

    settings: Settings
    state: State
    run: Run
    engine: BaseBackend
    aside: Path
    now: datetime
    words: Words
    held: bool = False  # whether the hold-outs of the settings are recorded
    to: str | None = None  # the one destination of a list; otherwise the first that has the channel
    made: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def filled(self) -> Filled:
        """Return what was done."""
        return Filled(made=dict(+self.made), left_out=dict(+self.left_out))

    def put(self, wanted: Sequence[Wanted]) -> int:
        """Put messages in, those that are there already left alone; return for how many something was done."""
        with self.state.engine.connect() as connection:
            closed = draining(connection)
            new = self._new(wanted, connection)
            if not new:
                return 0
            people = recipients(
                [one.customer_id for one in new], run=self.run, connection=self.engine, state=connection
            )  # fmt: skip
        facts = facts_of(new, run=self.run, connection=self.engine, aside=self.aside)
        told = [(one, self._entry(one, people[one.customer_id], facts[one.delivery_id], closed)) for one in new]
        if not self.held and any(isinstance(came, Entry) for _, came in told):
            # Before the first of them leaves, so that what they bring can be read.
            holding(self.state, self.settings, day=self.run.manifest.as_of)
            self.held = True
        with writing(self.state.engine) as connection:
            self._write(told, connection)
        return sum(came != DRAINING for _, came in told)

    def _new(self, wanted: Sequence[Wanted], connection: Connection) -> list[Wanted]:
        ids = [one.delivery_id for one in wanted]
        known = set(connection.execute(select(OUTBOX.c.delivery_id).where(OUTBOX.c.delivery_id.in_(ids))).scalars())
        return [one for one in wanted if one.delivery_id not in known or one.source == "live"]

    def _entry(self, one: Wanted, to: Recipient, facts: Facts, closed: frozenset[str]) -> Entry | str:
        """Return what is put in, or the reason why it is not."""
        content = self.words.content(one, to, facts)
        if isinstance(content, str):
            return content
        said, channel = content
        destination = self.to or destination_of(self.settings, channel)
        if destination is None:
            return NO_DESTINATION
        if destination in closed:
            return DRAINING
        address = to.address(channel, land=region(self.settings.identity.country))
        if address is None:
            return NO_ADDRESS
        return Entry(
            delivery_id=one.delivery_id, destination=destination, kind="message", source=one.source,
            customer_id=one.customer_id, content=said, made_at=self.now, due_at=one.due_at, purpose=one.purpose,
            channel=channel or None, address=address or None, trigger=one.trigger, iteration=one.iteration,
            step=one.step,
            address_hash=address_hash(channel, address) if address else None, variant=one.variant,
            audience=one.audience, run_id=one.run_id, expires_at=one.expires_at,
        )  # fmt: skip

    def _write(self, told: Sequence[tuple[Wanted, Entry | str]], connection: Connection) -> None:
        entries = [came for _, came in told if isinstance(came, Entry)]
        put(connection, entries)
        self.made.update(one.destination for one in entries)
        self.left_out.update(came for _, came in told if isinstance(came, str))
        live = [(one.delivery_id, came) for one, came in told if one.source == "live" and came != DRAINING]
        _decided(connection, [name for name, came in live if isinstance(came, Entry)], outcome="sent")
        for reason in {came for _, came in live if isinstance(came, str)}:
            _decided(connection, [name for name, came in live if came == reason], outcome="refused", reason=reason)


def _decided(connection: Connection, ids: Sequence[str], **values: str) -> None:
    if ids:
        mine = update(SENDS).where(SENDS.c.send_id.in_(ids), SENDS.c.outcome == "waiting")
        connection.execute(mine.values(**values))


def destination_of(settings: Settings, channel: str) -> str | None:
    """Return the first destination of the settings that has a channel."""
    return next((name for name, one in settings.destinations.items() if channel in one.channels), None)


__all__ = ["Putting", "destination_of", "messages", "words_of"]

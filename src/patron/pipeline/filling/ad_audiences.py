"""Into the outbox: audiences of ad platforms, as the difference to what each platform is known to hold.

A whole comparison is made when a run was published, or when the settings of an audience have changed. In between
whoever says no is taken out at the next filling; who says yes comes in with the next run, which weighs all that she has
said.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Literal

from sqlalchemy import Connection

from patron.decisions.holdouts import Holdout, applying
from patron.engines import member_state
from patron.engines.database import writing
from patron.engines.member_state import Held
from patron.engines.moments import stored
from patron.engines.outbox_state import draining
from patron.engines.state import State
from patron.pipeline.audiences import Allowed, told_keys, wanted
from patron.pipeline.deciding import deciding
from patron.pipeline.destinations.ads_section import AdAudience, AdsSection
from patron.pipeline.filling.filled import Filled
from patron.pipeline.project import Project
from patron.pipeline.serving import Published, open_published
from patron.privacy import guard

WITHOUT_KEYS = "no_match_key"
DRAINING = "draining"
TOGETHER = 10_000  # customers of one transaction

AGAIN = ":again"
"""Behind a version: somebody has to come in by other keys, as soon as the platform has let her out by the old ones."""

Way = Literal["in", "out", "later", "stays"]


def ad_audiences(project: Project, state: State, *, now: datetime) -> Filled:
    """Put in who came into an audience of an ad platform and who left one, since the last time.

    Raises
    ------
    PatronError
        The published run cannot be read, or an audience asks for what it does not hold.
    """
    settings = project.settings
    platforms = {name: one for name, one in settings.destinations.items() if isinstance(one, AdsSection)}
    if not platforms or project.store.last() is None:
        return Filled()
    run = open_published(project, settings=settings, alone=False)
    with state.engine.connect() as reading:
        closed = draining(reading)
    work = _Filling(project, state, run, now)
    for name, platform in platforms.items():
        if name in closed:
            work.left_out[DRAINING] += len(platform.audiences)
        else:
            work.fill(name, platform)
    return Filled(made=dict(work.made), left_out=dict(work.left_out))


@dataclass
class _Filling:
    """One filling."""

    project: Project
    state: State
    run: Published
    now: datetime
    made: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def fill(self, name: str, platform: AdsSection) -> None:
        """Fill in all audiences of one platform."""
        with writing(self.state.engine) as connection:
            member_state.settle(connection, name, now=self.now)
            self._end(connection, name, member_state.stuck(connection, name, now=self.now))
            known = member_state.audiences_of(connection, name)
        for audience in known:
            if audience not in platform.audiences:
                self._remove_all(name, audience)
        for audience, said in platform.audiences.items():
            version = self._version(said)
            with self.state.engine.connect() as reading:
                compared = member_state.synced(reading, name, audience)
            if compared != version and not (compared == f"{version}{AGAIN}" and self._under_way(name, audience)):
                self._compare(name, platform, audience, version)
        self._who_said_no(name)

    def _version(self, said: AdAudience) -> str:
        """Return what changes when an audience has to be compared as a whole."""
        holdouts = self.run.settings.holdouts.model_dump_json()
        named = (self.run.folder.name, said.model_dump_json(), holdouts, self.run.settings.privacy.model_dump_json())
        return hashlib.sha256("\n".join(named).encode()).hexdigest()[:16]

    def _compare(self, name: str, platform: AdsSection, audience: str, version: str) -> None:
        """Bring in who is missing, and take out who is there and should not be."""
        hers: set[str] = set()
        later = False
        for part in self._allowed_parts(name, platform, audience):
            hers |= part.keys()
            with writing(self.state.engine) as connection:
                later |= self._bring_in(connection, name, audience, part)
        with self.state.engine.connect() as reading:
            others = [one for one in member_state.ids_of(reading, name, audience) if one not in hers]
        for ids in _together(others):
            with writing(self.state.engine) as connection:
                self._end(connection, name, list(member_state.held(connection, name, audience, ids).values()))
        with writing(self.state.engine) as connection:
            member_state.note_synced(
                connection,
                name,
                audience,
                version=f"{version}{AGAIN}" if later else version,
                run_id=self.run.run_id,
                wanted=len(hers),
                now=self.now,
            )

    def _allowed_parts(self, name: str, platform: AdsSection, audience: str) -> Iterator[dict[str, str]]:
        """Yield the contents of deliveries by customer, of those who may be told."""
        said = platform.audiences[audience]
        where = f"destinations.{name}.audiences.{audience}.condition"
        known = deciding(self.run, self.run.settings, self.state, as_of=self.now.astimezone(self.run.zone).date())
        watch = guard(self.run.table("consents"), policy=known.policy)
        holdouts = _holdouts(said, known.house.holdouts)
        with self.state.engine.connect() as reading:
            allowed = Allowed.of(self.project, self.state, self.run, reading, now=self.now)
            for rows in wanted(self.run, said, where=where, guard=watch, holdouts=holdouts):
                refused = allowed.refused(row["customer_id"] for row in rows)
                self.left_out.update(refused.values())
                free = (row for row in rows if row["customer_id"] not in refused)
                closed = allowed.closed(row["email"] for row in rows)
                yield self._contents(free, said, platform, closed)

    def _contents(
        self, rows: Iterator[Mapping[str, Any]], said: AdAudience, platform: AdsSection, closed: frozenset[str]
    ) -> dict[str, str]:
        found: dict[str, str] = {}
        for row in rows:
            content = told_keys(row, said, platform=platform.platform, closed=closed)
            if content is None:
                self.left_out[WITHOUT_KEYS] += 1
            else:
                found[row["customer_id"]] = member_state.written(content)
        return found

    def _bring_in(self, connection: Connection, name: str, audience: str, part: Mapping[str, str]) -> bool:
        """Make members, and return whether somebody has to wait until she is out by other keys."""
        there = member_state.held(connection, name, audience, part)
        ways = {customer: _way(there.get(customer), keys) for customer, keys in part.items()}
        coming = [self._held(name, audience, customer, part[customer]) for customer in _of(ways, "in")]
        self.made[name] += member_state.add(connection, coming, run_id=self.run.run_id, now=self.now)
        self._end(connection, name, [there[customer] for customer in _of(ways, "out")])
        return any(way in ("out", "later") for way in ways.values())

    def _under_way(self, name: str, audience: str) -> bool:
        with self.state.engine.connect() as reading:
            return member_state.under_way(reading, name, audience)

    def _held(self, name: str, audience: str, customer: str, keys: str) -> Held:
        return Held(
            destination=name, audience=audience, customer_id=customer, keys=keys, state="adding", delivery_id=None,
            changed_at=stored(self.now),
        )  # fmt: skip

    def _who_said_no(self, name: str) -> None:
        """Take out who may not be told any more, of those who said something since the run."""
        with self.state.engine.connect() as reading:
            allowed = Allowed.of(self.project, self.state, self.run, reading, now=self.now)
            rows = [one for one in member_state.rows_of(reading, allowed.spoke_since()) if one.destination == name]
            rows = [one for one in rows if one.state != "stuck"]  # made again a day later
            refused = allowed.refused({one.customer_id for one in rows})
        if refused:
            with writing(self.state.engine) as connection:
                self._end(connection, name, [one for one in rows if one.customer_id in refused])

    def _remove_all(self, name: str, audience: str) -> None:
        """End an audience that the settings do not name any more."""
        with self.state.engine.connect() as reading:
            ids = list(member_state.ids_of(reading, name, audience))
        for part in _together(ids):
            with writing(self.state.engine) as connection:
                rows = member_state.held(connection, name, audience, part).values()
                self._end(connection, name, [one for one in rows if one.state != "stuck"])

    def _end(self, connection: Connection, name: str, some: list[Held]) -> None:
        self.made[name] += member_state.remove(connection, some, run_id=self.run.run_id, now=self.now)


def _way(there: Held | None, keys: str) -> Way:
    """Return what is to be done with somebody who should be a member by some keys."""
    if there is None:
        return "in"
    if there.state in ("adding", "removing"):
        return "stays" if there.state == "adding" and there.keys == keys else "later"
    if there.keys == keys:
        return "in" if there.state in ("unsure", "stuck") else "stays"
    # Who is told by the same keys with another value is changed; by other keys she would be two.
    return "in" if there.state == "refused" or _same_keys(there.keys, keys) else "out"


def _same_keys(before: str, after: str) -> bool:
    ours, theirs = json.loads(before), json.loads(after)
    return bool(ours["keys"] == theirs["keys"] and ours["list"] == theirs["list"])


def _of(ways: Mapping[str, Way], way: Way) -> list[str]:
    return [customer for customer, own in ways.items() if own == way]


def _holdouts(said: AdAudience, all_of_shop: tuple[Holdout, ...]) -> tuple[Holdout, ...]:
    """Return the hold-outs that an audience keeps: the shop's, its programme's and its own use's."""
    return applying(all_of_shop, programme=said.programme, trigger=said.trigger)


def _together(ids: list[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while part := list(islice(rest, TOGETHER)):
        yield part

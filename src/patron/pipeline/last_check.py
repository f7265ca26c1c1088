"""May it still leave? Asked of every delivery in the moment before it is handed over.

Between a decision and its delivery lie minutes or days. In them somebody says no, asks to be erased or is, her address
turns out to be dead, a hold-out grows, a trigger is paused. What must not leave any more is cancelled with the reason.

In   deliveries of the outbox, the published run, what the operational database has heard since
Out  why some of them are not handed over
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, select

from patron.activation.destinations import Delivery
from patron.decisions.eligibility.one import held_by
from patron.decisions.eligibility.rules import UNHELD
from patron.engines.delivery_tables import OUTBOX
from patron.engines.preference_state import preferences_of
from patron.engines.state import State
from patron.engines.state_tables import ASSIGNMENTS, REQUESTS
from patron.engines.suppression_tables import SUPPRESSIONS
from patron.pipeline.deciding import Deciding, changes, deciding, rows_of
from patron.pipeline.project import Project
from patron.pipeline.serving import Published
from patron.pipeline.settings import Settings
from patron.pipeline.superseded import superseded
from patron.privacy.one import may_use, said_of
from patron.privacy.one_since import Heard, heard_of, since_run
from patron.privacy.policy import CONTACT
from patron.privacy.purpose import Stage, purpose_of
from patron.privacy.requests import UNANSWERED

ERASED, ERASING, CLOSED, HELD = "erased", "erasure_asked", "closed_address", "holdout"
RESTRICTED, SAID_NO, NO_CONSENT, PAUSED, STOPPED = "restricted", "said_no", "no_consent", "paused", "trigger_paused"
REASONS = (ERASED, ERASING, RESTRICTED, SAID_NO, NO_CONSENT, CLOSED, PAUSED, HELD, STOPPED)
"""Why a delivery is cancelled, the gravest first."""

ALWAYS = "removal"
"""The kind that nothing keeps back: somebody's place on a list ends, which only ever protects her."""

Reasons = dict[str, str]
Gone = Callable[[str, str], bool]


class LastCheck:
    """Asks whether deliveries may still leave. For one project, one thread at a time; what is read once a run is kept.

    Parameters
    ----------
    project : Project
        Whose.
    state : State
        Its operational database.
    published : callable
        Gives the published run as a server reads it (`pipeline.serving.published_of`).
    """

    def __init__(self, project: Project, state: State, published: Callable[[], Published]) -> None:
        self._project, self._state, self._published = project, state, published
        self._standing: tuple[object, _Standing] | None = None
        self._erased: tuple[object, Gone | None] | None = None

    def __call__(self, connection: Connection, deliveries: Sequence[Delivery], now: datetime) -> Reasons:
        """Return the id and the reason of each delivery that must not leave.

        Parameters
        ----------
        connection : Connection
            To the operational database; a fixed number of questions is asked, however many deliveries there are.
        deliveries : sequence of Delivery
            As they are about to be handed over.
        now : datetime
            Aware.

        Raises
        ------
        RunError
            There is no published run, or it cannot be read: what is not known is not sent.
        """
        older = _superseded(connection, deliveries)
        asked = [one for one in deliveries if one.kind != ALWAYS and one.delivery_id not in older]
        if not asked:
            return older
        standing = self._stands(connection, now)
        own = {one.customer_id: standing.ids(one.customer_id) for one in asked}
        found = _Found(
            standing, own, heard_of(connection, own), self._gone(), _erasing(connection, own),
            _paused(connection, own, standing.today),
            *_of_outbox(connection, [one.delivery_id for one in asked]), now,
        )  # fmt: skip
        told = ((one.delivery_id, found.reason(one)) for one in asked)
        return older | {delivery_id: reason for delivery_id, reason in told if reason is not None}

    def _stands(self, connection: Connection, now: datetime) -> _Standing:
        """Return what holds for everybody; made anew when a run, a day or a command has changed it."""
        published = self._published()
        zone = published.zone
        today = now.astimezone(zone).date()
        version = (published.run_id, today, *changes(connection))
        if self._standing is None or self._standing[0] != version:
            known = deciding(published, published.settings, self._state, as_of=today)
            self._standing = version, _Standing(published, published.settings, known, zone, today)
        return self._standing[1]

    def _gone(self) -> Gone | None:
        """Return what tells who was erased; the list is read again when it has changed."""
        path = self._project.erased.path
        facts = path.stat() if path.exists() else None
        mark = None if facts is None else (facts.st_mtime_ns, facts.st_size)
        if self._erased is None or self._erased[0] != mark:
            self._erased = mark, self._project.erased.asker()
        return self._erased[1]


@dataclass(frozen=True)
class _Standing:
    """What holds for everybody."""

    published: Published
    settings: Settings
    deciding: Deciding
    zone: ZoneInfo
    today: date

    def ids(self, customer_id: str) -> tuple[str, ...]:
        """Return the ids of a customer's records, and her own."""
        return (customer_id, *self.published.records_of(customer_id))


@dataclass(frozen=True)
class _Found:
    """What was found of a batch."""

    standing: _Standing
    own: Mapping[str, tuple[str, ...]]
    heard: Mapping[str, Heard]
    gone: Gone | None
    erasing: frozenset[str]
    paused: frozenset[str]  # ids of who wants no messages for a while
    closed: frozenset[str]  # deliveries to addresses that are closed
    control: frozenset[str]  # deliveries of a list to those who are compared with it
    now: datetime

    def reason(self, one: Delivery) -> str | None:
        """Return the gravest of `REASONS` that speaks against a delivery."""
        return self._leaving(one) or self._refused(one) or self._kept_back(one)

    def _leaving(self, one: Delivery) -> str | None:
        """Tell whether she is gone, or has asked to be."""
        ids = self.own[one.customer_id]
        if self.gone is not None and any(self.gone("customer_id", value) for value in ids):
            return ERASED
        return None if self.erasing.isdisjoint(ids) else ERASING

    def _kept_back(self, one: Delivery) -> str | None:
        """Return what keeps it back although she allows it."""
        contact = one.kind == "message" and one.purpose in CONTACT
        held = one.delivery_id in self.control or (one.kind != "profile" and self._held(one))
        trigger = self.standing.deciding.triggers.get(one.trigger or "")
        speaks = {
            CLOSED: one.delivery_id in self.closed,
            PAUSED: contact and not self.paused.isdisjoint(self.own[one.customer_id]),
            HELD: held,
            STOPPED: trigger is not None and trigger.state == "paused",
        }
        return next((reason for reason, does in speaks.items() if does), None)

    def _refused(self, one: Delivery) -> str | None:
        """Return what her consents say, as decisions ask them."""
        # For a list without a channel nobody can tell how she will be reached: every way has to be open.
        stage: Stage = "decision" if one.kind == "message" and one.channel is not None else "export"
        purpose = purpose_of(one.purpose, stage=stage)
        channel = "ads" if one.kind == "member" else one.channel
        launched = self.standing.settings.launched.get(one.trigger or "")
        if launched is not None and launched.kind == "legal":
            return None
        policy, consents = self.standing.deciding.policy, self._consents(one.customer_id)
        if may_use(consents, policy, purpose, stage=stage, channel=channel):
            return None
        said = said_of(consents, policy, purpose, stage=stage, channel=channel)
        return {"restricted": RESTRICTED, "no": SAID_NO}.get(said or "", NO_CONSENT)

    def _consents(self, customer_id: str) -> list[Mapping[str, Any]]:
        run = self.standing.published
        rows = rows_of(run, "consents", customer_id)
        known = self.heard.get(customer_id)
        if known is None:
            return list(rows)
        local = self.now.astimezone(self.standing.zone).replace(tzinfo=None)
        return since_run(rows, known, as_of=run.as_of, now=local)

    def _held(self, one: Delivery) -> bool:
        launched = self.standing.settings.launched.get(one.trigger or "")
        if launched is not None and launched.kind in UNHELD:
            return False
        row = {
            "customer_id": one.customer_id, "trigger": one.trigger,
            "programme": None if launched is None else launched.programme,
        }  # fmt: skip
        return held_by(row, self.standing.deciding.house.holdouts) is not None


def _superseded(connection: Connection, deliveries: Sequence[Delivery]) -> Reasons:
    """Return which profiles are older than what their destination was told since; all of them go to one."""
    written = [one for one in deliveries if one.kind in ("profile", ALWAYS)]
    if not written:
        return {}
    box = OUTBOX.c
    to = connection.execute(select(box.destination).where(box.delivery_id == written[0].delivery_id)).scalar()
    return {} if to is None else superseded(connection, written, destination=to)


def _erasing(connection: Connection, own: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Return the ids under which somebody has asked to be erased, and is not yet."""
    ids = sorted({one for ids in own.values() for one in ids})
    asked = select(REQUESTS.c.subject).where(
        REQUESTS.c.subject.in_(ids), REQUESTS.c.kind == "erasure", REQUESTS.c.status.in_(UNANSWERED)
    )
    return frozenset(connection.execute(asked).scalars())


def _paused(connection: Connection, own: Mapping[str, Iterable[str]], today: date) -> frozenset[str]:
    """Return the ids under which somebody wants no messages for a while."""
    chosen = preferences_of(connection, {one for ids in own.values() for one in ids})
    return frozenset(one for one, choice in chosen.items() if choice.paused(today))


def _of_outbox(connection: Connection, ids: Sequence[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return which deliveries go to closed addresses, and which to the control arm of their list."""
    box, shut, arms = OUTBOX.c, SUPPRESSIONS.c, ASSIGNMENTS.c
    here = and_(shut.address_hash == box.address_hash, shut.channel == box.channel)
    closed = select(box.delivery_id).join(SUPPRESSIONS, here).where(box.delivery_id.in_(ids))
    same = and_(arms.audience == box.audience, arms.customer_id == box.customer_id, arms.arm == "control")
    control = select(box.delivery_id).join(ASSIGNMENTS, same).where(box.delivery_id.in_(ids))
    return frozenset(connection.execute(closed).scalars()), frozenset(connection.execute(control).scalars())


__all__ = ["REASONS", "LastCheck"]

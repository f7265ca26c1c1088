"""Whatever was decided, and whatever the settings: who is held out, suppressed or has not consented is never reached.

Upstream is wrong on purpose: everybody was decided about, fired for and listed. What leaves is exactly what may.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from delivering_shop import DAY, MORNING, SETTINGS, decided, delivering_shop, live
from patron.activation.delivery import Courier, Couriers, Terms
from patron.activation.destinations.memory import Memory
from patron.decisions.holdouts import Holdout, holds
from patron.engines.database import writing
from patron.engines.preference_state import Preference, keep_preference
from patron.engines.state import State
from patron.engines.state_tables import ASSIGNMENTS, AUDIENCES, REQUESTS, RIGHTS
from patron.engines.suppression_tables import SUPPRESSIONS
from patron.pipeline.filling.lists import lists
from patron.pipeline.filling.messages import Messages
from patron.pipeline.last_check import LastCheck
from patron.pipeline.serving import published_of
from patron.privacy.closed_address import address_hash
from patron.privacy.statements import Statement, state_consent

PEOPLE = [f"p{number:02d}" for number in range(24)]

_numbers = count()


@dataclass(frozen=True)
class World:
    """One random state of things, drawn by its seed."""

    everywhere: float  # the shop's hold-out
    own: float  # the trigger's
    consent: dict[str, bool | None]  # for all channels, in the run
    by_mail: dict[str, bool | None]  # for e-mail alone, in the run
    since: dict[str, str | None]  # the channel of a no since the run
    right: dict[str, str | None]
    gone: frozenset[str]
    erasing: frozenset[str]
    closed: frozenset[str]
    paused: frozenset[str]
    control: frozenset[str]

    @classmethod
    def drawn(cls, seed: int) -> World:
        random = Random(seed)

        def some(share: float) -> frozenset[str]:
            return frozenset(one for one in PEOPLE if random.random() < share)

        def each(*choices):
            return {one: random.choice(choices) for one in PEOPLE}

        return cls(
            everywhere=random.choice([0, 0.1, 0.5]), own=random.choice([0.05, 0.3]),
            consent=each(True, True, True, False, None), by_mail=each(None, None, None, True, False),
            since=each(None, None, None, None, "email", "all", "sms"),
            right=each(None, None, None, None, None, "restriction", "objection_marketing"), gone=some(0.1),
            erasing=some(0.1), closed=some(0.1), paused=some(0.1), control=some(0.3),
        )  # fmt: skip

    def allowed(self, who: str, trigger: str | None) -> bool:
        """Tell whether an e-mail may reach somebody: written down anew, from the rules alone."""
        said = self.by_mail[who] if self.by_mail[who] is not None else self.consent[who]
        if said is not True or self.since[who] in ("email", "all") or self.right[who] is not None:
            return False
        if who in self.gone | self.erasing | self.closed | self.paused:
            return False
        if trigger is None and who in self.control:
            return False
        holdouts = [Holdout(name="global", share=self.everywhere)]
        holdouts += [Holdout(name=f"trigger:{trigger}", share=self.own)] if trigger == "half" else []
        return holds(who, holdouts) is None

    def text(self) -> str:
        """Return the settings."""
        held = f"holdouts: {{global: {self.everywhere}}}\n" if self.everywhere else ""
        return SETTINGS.replace("holdout: 50%", f"holdout: {self.own:.0%}") + held

    def consents(self) -> list[dict[str, object]]:
        told = [(one, "all", self.consent[one]) for one in PEOPLE] + [
            (one, "email", self.by_mail[one]) for one in PEOPLE
        ]
        return [
            {"customer_id": who, "purpose": "marketing", "channel": channel, "allowed": said, "since": DAY}
            for who, channel, said in told
            if said is not None
        ]


def write(world: World, state: State) -> None:
    """Put what happened since the run into the database."""
    naive = MORNING.replace(tzinfo=None)
    state_consent(state, [
        Statement(customer_id=who, purpose="marketing", channel=channel, status="revoked", given_at=naive)
        for who, channel in world.since.items() if channel is not None
    ], today=MORNING.date())  # fmt: skip
    rows = {
        RIGHTS: [{"customer_id": who, "right": right, "since": DAY} for who, right in world.right.items() if right],
        REQUESTS: [{"request_id": f"r-{who}", "kind": "erasure", "subject": who, "law": "gdpr", "received_on": DAY,
                    "due_on": DAY, "extended": False, "status": "open"} for who in sorted(world.erasing)],
        SUPPRESSIONS: [{"address_hash": address_hash("email", f"{who}@example.com"), "channel": "email",
                        "reason": "bounced", "since": naive} for who in sorted(world.closed)],
        AUDIENCES: [{"name": "half", "segmentation": "s", "segment": "s", "purpose": "marketing", "assigned_on": DAY,
                     "run_id": "r", "salt": "s", "holdout": 0.3, "treated": 1, "control": 1, "published": True}],
        ASSIGNMENTS: [{"audience": "half", "customer_id": who,
                       "arm": "control" if who in world.control else "treated"} for who in PEOPLE],
    }  # fmt: skip
    with writing(state.engine) as connection:
        for table, some in rows.items():
            if some:
                connection.execute(insert(table), some)
        for who in sorted(world.paused):
            keep_preference(connection, who, Preference(paused_until=MORNING.date()), now=MORNING)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000).map(World.drawn))
def test_exactly_those_are_reached_who_may_be(world):
    with tempfile.TemporaryDirectory() as base, State.open(Path(base) / "state.db") as state:
        tables = {
            "golden_records": [
                {"customer_id": who, "attribute": "email", "value": f"{who}@example.com"} for who in PEOPLE
            ],
            "consents": world.consents(), "decisions": [decided(who, trigger="half") for who in PEOPLE],
        }  # fmt: skip
        shop = delivering_shop(Path(base) / "tea", settings=world.text(), more_people=PEOPLE, **tables)
        write(world, state)
        for who in PEOPLE:
            live(state, who, send_id=f"live-{who}")
        Messages()(shop, state, now=MORNING)
        lists(shop, state, audience="half", to="mail", now=MORNING)
        if world.gone:  # erased after they were put in
            shop.erased.add("c1", {"customer_id": sorted(world.gone)}, day=DAY)
        memory = Memory("mail", repeats="never")
        clock = lambda: MORNING + timedelta(minutes=1)  # noqa: E731
        courier = Courier(
            state, memory, terms=Terms(per_second=1e4, at_once=10_000), holder=f"h{next(_numbers)}", clock=clock,
            check=LastCheck(shop, state, published_of(shop)),
        )  # fmt: skip
        Couriers([courier], clock=clock).run_once()
    reached = {(one.customer_id, one.trigger) for one in memory.handed}
    assert reached == {
        (who, trigger) for who in PEOPLE for trigger in ("half", "cart", None) if world.allowed(who, trigger)
    }
    assert len(memory.handed) == len(reached)

"""What somebody said since the run: a no holds at once, a yes waits for the next run."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from patron.engines.database import writing
from patron.engines.state import STATE_FILE, State
from patron.privacy import Policy, Purpose, Statement, state_consent
from patron.privacy.one import may_use
from patron.privacy.one_since import Heard, heard, since_run
from patron.privacy.rights import exercise

RUN, NOW = date(2026, 3, 1), datetime.fromisoformat("2026-03-03T12:00")
YES = [{"purpose": "marketing", "channel": channel, "allowed": True, "since": RUN} for channel in ("all", "email")]


def said(status: str, at: str, *, purpose: str = "marketing", channel: str = "all") -> dict[str, Any]:
    return {"purpose": purpose, "channel": channel, "status": status, "given_at": datetime.fromisoformat(at)}


def open_to(known: Heard, *, gpc: bool = False, channel: str = "email", purpose: Purpose = Purpose.MARKETING) -> bool:
    rows = since_run(YES, known, as_of=RUN, now=NOW, gpc=gpc)
    policy = Policy(marketing="consent", advertising="legitimate_interests")
    return may_use(rows, policy, purpose, stage="decision", channel=channel)


def test_a_no_since_the_run_holds_at_once_for_what_it_is_about() -> None:
    assert open_to(Heard())
    assert not open_to(Heard(statements=(said("revoked", "2026-03-02T09:00"),)))
    assert open_to(Heard(statements=(said("revoked", "2026-03-02T09:00", channel="sms"),)))
    assert not open_to(Heard(statements=(said("denied", "2026-03-02T09:00", purpose="*"),)))
    # Before the run's day it is in the run's rows; later than now it is not known.
    assert open_to(Heard(statements=(said("revoked", "2026-02-28T09:00"), said("denied", "2026-03-03T12:01"))))
    # The run may have been made before its day was over.
    assert not open_to(Heard(statements=(said("revoked", "2026-03-01T09:00"),)))


def test_the_last_word_counts_and_a_yes_alone_changes_nothing() -> None:
    both = (said("revoked", "2026-03-02T09:00"), said("granted", "2026-03-02T10:00"))
    assert open_to(Heard(statements=both))
    assert not open_to(Heard(statements=both[::-1]))
    new = Heard(statements=(said("granted", "2026-03-02T10:00", purpose="advertising"),))
    assert since_run(YES, new, as_of=RUN, now=NOW) == YES


def test_rights_and_browser_signals_forbid() -> None:
    objected = Heard(rights=({"right": "objection_marketing", "since": date(2026, 3, 3), "until": None},))
    assert not open_to(objected)
    over = Heard(rights=({"right": "restriction", "since": RUN, "until": date(2026, 3, 2)},))
    assert open_to(over)
    assert open_to(Heard(), gpc=True)
    assert not open_to(Heard(), gpc=True, purpose=Purpose.ADVERTISING)


def test_it_is_read_by_all_ids_of_a_person_and_of_nobody_else(tmp_path: Path) -> None:
    with State.open(tmp_path / STATE_FILE) as state:
        stated = [
            Statement(
                customer_id=who,
                purpose="marketing",
                status="revoked",
                given_at=datetime.fromisoformat("2026-03-02T09:00"),
            )
            for who in ("r1", "other")
        ]
        state_consent(state, stated, today=NOW.date())

        def restrict(connection: Connection) -> None:
            exercise(connection, "c1", "restriction", since=NOW.date())

        with writing(state.engine) as connection:
            restrict(connection)
        with state.engine.connect() as connection:
            known, nobody = heard(connection, ["c1", "r1"]), heard(connection, ["c2"])
    assert (len(known.statements), len(known.rights)) == (1, 1)
    assert nobody == Heard()
    assert not open_to(known)
    assert open_to(nobody)

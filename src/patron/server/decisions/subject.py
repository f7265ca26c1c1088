"""Who is asked about, and what may be used of her."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from patron.decisions.eligibility.one import Hers, Judged, judged
from patron.decisions.holdouts import GLOBAL, holds
from patron.pipeline.deciding import rows_of
from patron.privacy import Purpose
from patron.privacy.one import may_use
from patron.server.decisions.counter import Standing
from patron.server.live import LivePerson, person
from patron.server.stream.known import Known, known_of

Row = dict[str, Any]

NO_PROFILING, NO_ADVERTISING = "no_profiling", "no_advertising"
"""Why something is not made for her: she objected, or did not agree, to that use of her data."""

OF_THE_RUN = (("yields", "yields_to"), ("capped", "capped"))
"""Refusals that rest on what fired beside a message, and the column of a candidate that says so."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One person, as she is known now.

    `customer_id` is none of somebody whom the run does not know. `gpc` says whether her browser refuses the sale and
    sharing of her data, now or since the run.
    """

    standing: Standing
    who: LivePerson
    known: Known | None  # none of somebody whom the run does not know
    now: datetime
    gpc: bool = False

    @property
    def customer_id(self) -> str | None:
        """The customer, where the run knows her."""
        return self.who.customer_id

    @property
    def consents(self) -> Sequence[Any]:
        """What she said, as far as it is known."""
        return () if self.known is None else self.known.hers.consents

    def refuses(self, purpose: Purpose) -> str | None:
        """Return why a placement may not be made for her; none where it may."""
        policy = self.standing.desk.deciding.policy
        if not may_use(self.consents, policy, Purpose.PROFILING, stage="decision"):
            return NO_PROFILING
        if purpose is Purpose.ADVERTISING:
            open_to = may_use(self.consents, policy, Purpose.ADVERTISING, stage="decision")
            if self.gpc or not open_to:
                return NO_ADVERTISING
        return None

    @property
    def held_by(self) -> str | None:
        """The shop's own hold-out, where it holds her: nothing of ours is shown to her."""
        if self.customer_id is None:
            return None
        every = self.standing.desk.deciding.house.holdouts
        return holds(self.customer_id, [one for one in every if one.name == GLOBAL])

    @cached_property
    def decisions(self) -> list[Row]:
        """Her possible messages of the run, each with what only the run could tell: that it gives way, or is capped."""
        if self.customer_id is None:
            return []
        rows = rows_of(self.standing.published, "decisions", self.customer_id)
        return [
            {**row, **{column: row["reason"] if row["reason"] == reason else None for reason, column in OF_THE_RUN}}
            for row in rows
        ]

    @cached_property
    def segments(self) -> Collection[tuple[str, str]]:
        """Her segments."""
        return frozenset() if self.known is None else self.known.segments

    def judge(self, row: Mapping[str, Any]) -> Judged:
        """Judge one of her possible messages by what holds now."""
        assert self.known is not None  # whoever has a row is known
        return self._judged(row, self.known.hers)

    def judge_again(self, row: Mapping[str, Any]) -> Judged:
        """Judge a message of the run by what holds now, that it was decided itself not counted against it."""
        assert self.known is not None
        own = (row["trigger"], row["send_on"])
        others = [one for one in self.known.hers.contacts if (one["campaign"], one["sent_on"]) != own]
        return self._judged(row, replace(self.known.hers, contacts=others))

    def variant(self, row: Mapping[str, Any]) -> tuple[str, float] | None:
        """Return which variant of a message she gets, and its chance."""
        if self.known is None:
            return None
        return self.known.variant(self.standing.desk, row["trigger"], row["step"])

    def _judged(self, row: Mapping[str, Any], hers: Hers) -> Judged:
        desk = self.standing.desk
        return judged(row, hers, desk.deciding.house, as_of=desk.local(self.now), now=self.now)


def subject_of(
    connection: Connection, standing: Standing, *, now: datetime, gpc: bool = False, user_id: str | None = None,
    anonymous_id: str | None = None, customer_id: str | None = None, session_id: str | None = None,
) -> Subject:  # fmt: skip
    """Return who is asked about.

    Parameters
    ----------
    connection : Connection
        To the operational database.
    standing : Standing
        What holds for everybody.
    now : datetime
        Aware.
    gpc : bool
        Whether this very request carries ``Sec-GPC: 1``.
    user_id, anonymous_id, customer_id, session_id : str, optional
        As for `patron.server.live.person`; the first that says who she is counts: the customer's, the user's, the
        browser's.

    Raises
    ------
    ArgumentError
        None of the ids was given.
    """
    named = customer_id is not None or user_id is not None
    who = person(
        connection, standing.published, user_id=user_id if customer_id is None else None, customer_id=customer_id,
        anonymous_id=None if named else anonymous_id, session_id=session_id, now=now,
    )  # fmt: skip
    known = None
    if who.customer_id is not None:
        known = known_of(connection, standing.desk, who, who.customer_id, now=now)
    return Subject(standing=standing, who=who, known=known, now=now, gpc=gpc or who.gpc)


__all__ = ["NO_ADVERTISING", "NO_PROFILING", "Subject", "subject_of"]

"""Whether one person may be used for a purpose: what `patron.privacy.permitted` says of a table, on one's own rows.

In   the rows of contracts.person.CONSENTS of one customer, and the run's Policy
Out  a plain yes or no, without a table: for a server that answers one person in microseconds
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from patron.privacy.policy import CONTACT, Policy, Purpose
from patron.privacy.purpose import EVERY, Stage

Said = Literal["yes", "no", "restricted"]


@dataclass(frozen=True, slots=True)
class _Verdict:
    own_yes: bool
    own_no: bool
    all_yes: bool
    all_no: bool
    any_yes: bool
    any_no: bool


def said_of(
    consents: Iterable[Mapping[str, Any]], policy: Policy, purpose: Purpose, *, stage: Stage, channel: str | None = None
) -> Said | None:
    """Return what one customer said that counts for a purpose; none where she said nothing.

    Parameters
    ----------
    consents : iterable of mapping
        Her rows of contracts.person.CONSENTS: ``purpose, channel, allowed`` are read.
    policy : Policy
        With nothing left open.
    purpose : Purpose
        For what.
    stage : str
        One of `patron.privacy.STAGES`.
    channel : str, optional
        One of `patron.contracts.raw_people.CHANNELS`.
    """
    own = [row for row in consents if row["purpose"] in (purpose.value, EVERY)]
    if any(row["purpose"] == EVERY and not row["allowed"] for row in own):
        return "restricted"
    known = _verdict([row for row in own if row["purpose"] != EVERY], channel)
    if policy.heeds_objection(purpose) and _no(known, purpose, stage, channel):
        return "no"
    return "yes" if policy.asks_consent(purpose) and _yes(known, purpose, stage, channel) else None


def may_use(
    consents: Iterable[Mapping[str, Any]], policy: Policy, purpose: Purpose, *, stage: Stage, channel: str | None = None
) -> bool:
    """Tell whether a customer passes `patron.privacy.permitted`; the parameters are those of `said_of`.

    Examples
    --------
    >>> no = [{"purpose": "profiling", "channel": "all", "allowed": False}]
    >>> may_use(no, Policy(), Purpose.PROFILING, stage="decision")
    False
    """
    found = said_of(consents, policy, purpose, stage=stage, channel=channel)
    return found == "yes" if policy.asks_consent(purpose) else found is None


def _verdict(rows: list[Mapping[str, Any]], channel: str | None) -> _Verdict:
    yes = {row["channel"] for row in rows if row["allowed"]}
    no = {row["channel"] for row in rows if not row["allowed"]}
    own = channel or "all"
    return _Verdict(
        own_yes=own in yes, own_no=own in no, all_yes="all" in yes, all_no="all" in no, any_yes=bool(yes),
        any_no=bool(no),
    )  # fmt: skip


def _yes(known: _Verdict, purpose: Purpose, stage: Stage, channel: str | None) -> bool:
    if channel not in (None, "all"):
        return known.own_yes or (not known.own_no and known.all_yes)
    if purpose not in CONTACT:
        return known.all_yes
    return known.all_yes and not known.any_no if stage == "export" else known.any_yes


def _no(known: _Verdict, purpose: Purpose, stage: Stage, channel: str | None) -> bool:
    if channel not in (None, "all"):
        return known.own_no or (not known.own_yes and known.all_no)
    if purpose not in CONTACT:
        return known.all_no
    return known.any_no if stage == "export" else known.all_no and not known.any_yes

"""Who may be in this table, for this purpose?

In   any table with a customer_id, and the run's Guard (contracts.person.CONSENTS under a Policy)
Out  its rows, without those of the customers who may not be used so

The one filter that every segment, model and export passes: what states no purpose, or one that Patron does not know,
does not pass. On a basis that asks for consent, only customers pass whose yes is known; on one that heeds objections,
all but those whose no is known; on any other, all but those who had processing restricted.

What is said of one channel stands before what is said of all. Where a table is made for no channel in particular:

- evaluated and decided for marketing or advertising, a customer passes who may be reached in some way;
- exported for them, a customer passes who may be reached in every way, for nobody can tell how the list will be used;
- for any other purpose a channel says only where data comes from, and what is said of all of them decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

import ibis
import ibis.expr.types as ir

from patron.contracts import PURPOSES
from patron.contracts.raw_people import CHANNELS
from patron.errors import ArgumentError, ContractError, SettingsError
from patron.language import did_you_mean, failure, listing
from patron.privacy.policy import CONTACT, Policy, Purpose

Stage = Literal["evaluation", "decision", "export"]

STAGES: tuple[Stage, ...] = get_args(Stage)
"""Where the filter stands: what is computed, what is decided, what leaves the system."""

EVERY = "*"
"""Stands in `consents` for every purpose: processing was restricted."""


@dataclass(frozen=True, kw_only=True)
class Guard:
    """What the filter knows in one run; made once by `guard`.

    `denied` counts, by purpose, the customers who are kept out of something: where there are none and no yes is asked
    for, a table passes untouched and nothing is computed.
    """

    consents: ir.Table
    policy: Policy
    denied: Mapping[str, int] = field(default_factory=dict)

    def keeps_out(self, purpose: Purpose) -> bool:
        """Tell whether anybody at all may be kept out of `purpose`."""
        if self.policy.asks_consent(purpose) or self.denied.get(EVERY):
            return True
        return self.policy.heeds_objection(purpose) and bool(self.denied.get(purpose))

    def passing(self, purpose: Purpose, *, stage: Stage, channel: str | None = None) -> ir.Table:
        """Return the customers of whom it is known that they may be used so: column ``held_id``, each once."""
        verdicts = _verdicts(self.consents, purpose, channel)
        held = verdicts.filter(_yes(verdicts, purpose, stage, channel) & (verdicts.restricted == 0))
        return held.select(held_id=held.customer_id)

    def refused(self, purpose: Purpose, *, stage: Stage, channel: str | None = None) -> ir.Table:
        """Return the customers of whom it is known that they may not be used so: column ``held_id``, each once."""
        verdicts = _verdicts(self.consents, purpose, channel)
        no = verdicts.restricted == 1
        if self.policy.heeds_objection(purpose):
            no |= _no(verdicts, purpose, stage, channel)
        held = verdicts.filter(no)
        return held.select(held_id=held.customer_id)


def guard(consents: ir.Table, *, policy: Policy) -> Guard:
    """Make the run's guard. This counts, once, who is kept out of what.

    Parameters
    ----------
    consents : Table, one row per customer, purpose and channel
        contracts.person.CONSENTS.
    policy : Policy
        With nothing left open (`Policy.settled`).

    Raises
    ------
    ArgumentError
        The policy leaves the basis of marketing open.

    Examples
    --------
    >>> from patron.contracts.person import CONSENTS
    >>> guard(CONSENTS.empty(), policy=Policy(marketing="consent")).keeps_out(Purpose.MARKETING)
    True
    """
    policy.basis(Purpose.MARKETING)
    no = consents.filter(~consents.allowed)
    counted = no.group_by("purpose").aggregate(customers=no.customer_id.nunique()).to_pyarrow().to_pylist()
    return Guard(consents=consents, policy=policy, denied={row["purpose"]: row["customers"] for row in counted})


def permitted(
    table: ir.Table,
    *,
    purpose: str,
    stage: Stage,
    guard: Guard | None = None,
    channel: str | None = None,
    links: ir.Table | None = None,
) -> ir.Table:
    """Return the rows of `table` whose customers may be used for `purpose` at `stage`.

    Parameters
    ----------
    table : Table, one or more rows per customer
        Column ``customer_id``. A row without one (a visitor who was not known) passes where no yes is asked for.
    purpose : str
        One of `patron.contracts.PURPOSES`.
    stage : str
        One of `STAGES`: what is computed, what is decided, what leaves the system.
    guard : Guard, optional
        What is known in this run. Without one nothing is known and every row passes: for tables that are nobody's yet.
    channel : str, optional
        One of `patron.contracts.raw_people.CHANNELS`: the way in which the customers are to be reached.
    links : Table, optional
        contracts.person.LINKS, for a raw table whose ``customer_id`` is still the source's own id.

    Raises
    ------
    SettingsError
        The purpose is missing or unknown.
    ArgumentError
        The stage or the channel is unknown.
    ContractError
        The rows do not say whose they are.

    Examples
    --------
    >>> import ibis
    >>> table = ibis.memtable({"customer_id": ["ann"]})
    >>> permitted(table, purpose="marketing", stage="export").count().to_pyarrow().as_py()
    1
    """
    wanted = purpose_of(purpose, stage=stage)
    if stage not in STAGES:
        raise failure(ArgumentError, "privacy.stage_unknown", came=stage, hint=did_you_mean(stage, STAGES))
    if channel is not None and channel not in CHANNELS:
        raise failure(ArgumentError, "privacy.channel_unknown", came=channel, hint=did_you_mean(channel, CHANNELS))
    if "customer_id" not in table.columns:
        raise failure(ContractError, "privacy.nobody_named", stage=stage, came=listing(table.columns))
    if guard is None or not guard.keeps_out(wanted):
        return table
    # By names: a table that was made of filtered tables holds these ids already, and a column of them is ambiguous.
    if guard.policy.asks_consent(wanted):
        held = _own_ids(guard.passing(wanted, stage=stage, channel=channel), links)
        return table.semi_join(held, [("customer_id", "held_id")])
    held = _own_ids(guard.refused(wanted, stage=stage, channel=channel), links)
    return table.anti_join(held, [("customer_id", "held_id")])


def purpose_of(text: str, *, stage: str) -> Purpose:
    """Read a purpose.

    Raises
    ------
    SettingsError
        It is missing, or Patron does not know it.
    """
    if not text:
        raise failure(SettingsError, "privacy.purpose_missing", stage=stage, choices=listing(PURPOSES))
    if text not in PURPOSES:
        raise failure(SettingsError, "privacy.purpose_unknown", came=text, hint=did_you_mean(text, PURPOSES))
    return Purpose(text)


def _own_ids(held: ir.Table, links: ir.Table | None) -> ir.Table:
    """Return the customers, and with `links` their records' own ids as well."""
    if links is None:
        return held
    records = links.select(record_id=links.record_id, owner_id=links.customer_id).distinct()
    theirs = records.semi_join(held, [("owner_id", "held_id")])
    return theirs.select(held_id=theirs.record_id).union(held, distinct=True)


def _verdicts(consents: ir.Table, purpose: Purpose, channel: str | None) -> ir.Table:
    """Put what is known of each customer into one row of zeros and ones."""
    known = consents.filter(consents.purpose.isin([purpose.value, EVERY]))
    every = known.purpose == EVERY
    of_all = ~every & (known.channel == "all")
    own = ~every & (known.channel == (channel or "all"))

    def there(condition: ir.BooleanValue) -> ir.IntegerValue:
        return ibis.ifelse(condition, 1, 0).max()

    return known.group_by("customer_id").aggregate(
        restricted=there(every & ~known.allowed),
        own_yes=there(own & known.allowed),
        own_no=there(own & ~known.allowed),
        all_yes=there(of_all & known.allowed),
        all_no=there(of_all & ~known.allowed),
        any_yes=there(~every & known.allowed),
        any_no=there(~every & ~known.allowed),
    )


def _yes(known: ir.Table, purpose: Purpose, stage: Stage, channel: str | None) -> ir.BooleanValue:
    """Tell whether what was said is a yes."""
    if channel not in (None, "all"):
        return (known.own_yes == 1) | ((known.own_no == 0) & (known.all_yes == 1))
    if purpose not in CONTACT:
        return known.all_yes == 1
    return (known.all_yes == 1) & (known.any_no == 0) if stage == "export" else known.any_yes == 1


def _no(known: ir.Table, purpose: Purpose, stage: Stage, channel: str | None) -> ir.BooleanValue:
    """Tell whether what was said is a no."""
    if channel not in (None, "all"):
        return (known.own_no == 1) | ((known.own_yes == 0) & (known.all_no == 1))
    if purpose not in CONTACT:
        return known.all_no == 1
    return known.any_no == 1 if stage == "export" else (known.all_no == 1) & (known.any_yes == 0)

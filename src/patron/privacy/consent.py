"""What does each customer allow, for which purpose and in which channel, on the run's day?

In   contracts.raw_people.RAW_CONSENTS   what sources say, one row per statement
     statements.SCHEMA                   what the shop itself wrote down
     rights.SCHEMA                       rights that were exercised
     contracts.person.LINKS              which records are one customer
     signals.SIGNALS                     what privacy signals say
Out  contracts.person.CONSENTS           one row per customer, purpose and channel

The rules, in their order (the cases are in tests/privacy/consent_cases.txt):

1. Only what was said, confirmed and exercised up to `as_of` counts.
2. What a record last said about a channel holds. In the same second the most restrictive holds: a conflict.
3. What is said of all channels covers each of them. What is said of one channel later than that replaces it there,
   whichever way. What is said of all later than of one replaces it there, but a yes to all never lifts a no to one:
   a general box that is ticked at a checkout is no answer to somebody who left the newsletter.
4. A grant that should have been confirmed and was not counts only where the record says nothing else.
5. A grant ends with its last day or its greatest age. A no never ends by itself.
6. A row that carries a signal grants only what the signal grants; a signal that cannot be read is a no to advertising.
7. Over the records of a customer the most restrictive holds.
8. A right that is exercised stands above everything that was said, before or after, as long as it is exercised.
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts import PURPOSES
from patron.contracts.person import CONSENTS
from patron.privacy.policy import Policy
from patron.privacy.purpose import EVERY
from patron.privacy.signals import SENSITIVE, SIGNALS
from patron.privacy.statements import SCHEMA

RESTRICTIVE = (
    "restricted", "objected", "opted_out", "signal", "revoked", "denied", "expired", "unconfirmed", "granted",
)  # fmt: skip
"""Reasons, the most restrictive first: of two that forbid, this one is named."""

MEANING: dict[str, tuple[tuple[str, str], ...]] = {
    "restriction": ((EVERY, "restricted"),),
    "objection_marketing": (("marketing", "objected"), ("advertising", "objected")),
    "objection_profiling": (("profiling", "objected"),),
    "opt_out_sale": (("advertising", "opted_out"),),
    "limit_sensitive": ((SENSITIVE, "opted_out"),),
}
"""What each right forbids, and how `consents` calls it."""

LIFTABLE = tuple(purpose for purpose in PURPOSES if purpose != "operations")
"""What a statement for every purpose is about: the contract's own purpose cannot be consented to or denied."""


def consents(
    raw_consents: ir.Table,
    statements: ir.Table,
    rights: ir.Table,
    links: ir.Table,
    *,
    as_of: date,
    policy: Policy,
    signals: ir.Table | None = None,
) -> ir.Table:
    """Return what holds for each customer of whom something is known.

    Parameters
    ----------
    raw_consents, statements : Table, one row per statement
        contracts.raw_people.RAW_CONSENTS and `patron.privacy.statements.SCHEMA`; ``customer_id`` is a record's own id.
    rights : Table, one row per customer and right
        Columns ``customer_id, right, since, until``.
    links : Table, one row per record
        contracts.person.LINKS. A record that no source links is its own customer.
    as_of : date
        The last day we may know about.
    policy : Policy
        Which channels are confirmed, how long a consent holds.
    signals : Table, optional
        `patron.privacy.signals.SIGNALS`, decoded from the same statements. A signal that is not in it is a no to
        advertising.

    Returns
    -------
    Table, one row per customer, purpose and channel
        contracts.person.CONSENTS. `sensitive` stands as a purpose for the right to limit sensitive attributes. A
        customer's right takes the place of what was said about its purposes; a restriction of everything.
    """
    decoded = SIGNALS.empty() if signals is None else signals
    said = _said(_statements(raw_consents, statements, as_of), as_of, policy, decoded)
    spoken = _owned(said, links).distinct()  # what was delivered twice was said once
    holding = _over_records(_per_record(_candidates(spoken, policy)))
    return CONSENTS.shape(_under_rights(holding, _exercised(_owned(rights, links), as_of)))


def _statements(raw_consents: ir.Table, statements: ir.Table, as_of: date) -> ir.Table:
    """Return all statements up to the day, with a confirmation of a later day taken away."""
    every = _with_schema(raw_consents).union(_with_schema(statements))
    day = ibis.literal(as_of)
    known = every.filter(every.given_at.cast("date") <= day)
    return known.select(
        "customer_id", "purpose", "channel", "status", "lawful_basis", "expires_on",
        at=known.given_at.truncate("s"),
        confirmed=(known.confirmed_at.cast("date") <= day).fill_null(False),
        signal=known.signal.strip().nullif(""),
    )  # fmt: skip


def _with_schema(table: ir.Table) -> ir.Table:
    return table.select(**{name: table[name].cast(kind) for name, kind in SCHEMA.items()})


def _said(came: ir.Table, as_of: date, policy: Policy, signals: ir.Table) -> ir.Table:
    """Return one row per record, purpose, channel and time: a yes or a no, and why."""
    plain = came.filter(came.signal.isnull() | (came.status != "granted"))
    about = ibis.ifelse(plain.purpose == EVERY, ibis.array(list(LIFTABLE)), ibis.array([plain.purpose]))
    words = plain.mutate(purpose=about.unnest())
    words = words.mutate(yes=words.status == "granted", reason=words.status, by_signal=ibis.literal(False))
    columns = (
        "customer_id", "purpose", "channel", "at", "lawful_basis", "confirmed", "expires_on", "yes", "reason",
        "by_signal",
    )  # fmt: skip
    return _ending(words.select(columns).union(_by_signal(came, signals).select(columns)), as_of, policy)


def _by_signal(came: ir.Table, signals: ir.Table) -> ir.Table:
    """Return what the signals say; who carries one that is not known says no to advertising."""
    carried = came.filter(came.signal.notnull())
    known = signals.select(
        text=signals.signal, said_purpose=signals.purpose, said_channel=signals.channel, said_yes=signals.allowed,
        silent=signals.purpose.isnull(),
    )  # fmt: skip
    read = carried.left_join(known, carried.signal == known.text)
    read = read.filter(~read.silent.fill_null(False))
    return read.select(
        "customer_id", "at", "expires_on",
        purpose=ibis.coalesce(read.said_purpose, ibis.literal("advertising")),
        channel=ibis.coalesce(read.said_channel, ibis.literal("all")),
        lawful_basis=ibis.null("string"),
        confirmed=ibis.literal(True),
        yes=ibis.coalesce(read.said_yes, ibis.literal(False)),
        reason=ibis.literal("signal"),
        by_signal=ibis.literal(True),
    )  # fmt: skip


def _ending(said: ir.Table, as_of: date, policy: Policy) -> ir.Table:
    """Find each grant's last day, and turn those that are past it into what they are: expired."""
    ends = said.expires_on
    if policy.consent_days is not None:
        # DuckDB makes a time of a day and an interval, which Ibis takes for a day: so from the time, and cast.
        aged = (said.at + ibis.interval(days=policy.consent_days)).cast("date")
        ends = ibis.ifelse(ends.isnull() | (aged < ends), aged, ends)
    dated = said.mutate(expires_on=ibis.ifelse(said.yes, ends, ibis.null("date")), no=~said.yes)
    over = (dated.expires_on < ibis.literal(as_of)).fill_null(False)
    return dated.mutate(yes=dated.yes & ~over, reason=ibis.ifelse(over, ibis.literal("expired"), dated.reason))


def _owned(rows: ir.Table, links: ir.Table) -> ir.Table:
    """Add the customer as ``owner``, beside the record's own id."""
    owners = links.select(own_id=links.record_id, owner_id=links.customer_id).distinct()
    joined = rows.left_join(owners, rows.customer_id == owners.own_id)
    return joined.select(
        owner=ibis.coalesce(joined.owner_id, joined.customer_id),
        record=joined.customer_id,
        **{name: joined[name] for name in rows.columns if name != "customer_id"},
    )


def _candidates(spoken: ir.Table, policy: Policy) -> ir.Table:
    """Lay each statement beside every channel that it may decide: `target`.

    A target is a channel that one of the customer's records spoke of, or one that asks for confirmation: an
    unconfirmed yes to all channels is none there, and must be seen to be none.
    """
    targets = spoken.select(target_owner=spoken.owner, target_purpose=spoken.purpose, target=spoken.channel).distinct()
    confirmed = sorted(policy.confirmed_channels)
    if confirmed:
        marketing = targets.filter((targets.target_purpose == "marketing") & (targets.target == "all"))
        asked = marketing.mutate(target=ibis.array(confirmed).unnest())
        targets = targets.union(asked, distinct=True)
    laid = spoken.join(
        targets,
        [
            spoken.owner == targets.target_owner,
            spoken.purpose == targets.target_purpose,
            (spoken.channel == targets.target) | (spoken.channel == "all"),
        ],
    )
    must = (
        laid.target.isin(confirmed) & (laid.purpose == "marketing") & (laid.lawful_basis == "consent") & ~laid.by_signal
        if confirmed
        else ibis.literal(False)
    )
    open_grant = must.fill_null(False) & ~laid.no & ~laid.confirmed if confirmed else ibis.literal(False)
    marked = laid.mutate(specific=laid.channel == laid.target, unconfirmed=open_grant)
    return marked.mutate(
        yes=marked.yes & ~marked.unconfirmed,
        reason=ibis.ifelse(marked.unconfirmed & marked.yes, ibis.literal("unconfirmed"), marked.reason),
    )


def _per_record(laid: ir.Table) -> ir.Table:
    """Return what holds of what each record said about each target: rules 2, 3 and 4."""
    place = ["owner", "record", "purpose", "target"]
    last = _last(laid, [*place, "specific"])
    window = ibis.window(group_by=place)

    def of(condition: ir.BooleanValue) -> ir.BooleanValue:
        """Tell whether it is so of the one row of this place that is meant."""
        return ibis.ifelse(condition, 1, 0).max().over(window) == 1

    general = ~last.specific
    pairs = last.mutate(
        s_at=ibis.ifelse(last.specific, last["at"], ibis.null(last["at"].type())).max().over(window),
        g_at=ibis.ifelse(general, last["at"], ibis.null(last["at"].type())).max().over(window),
        s_yes=of(last.specific & last.yes),
        s_no=of(last.specific & last.no),
        s_unconfirmed=of(last.specific & last.unconfirmed),
        g_yes=of(general & last.yes),
        g_unconfirmed=of(general & last.unconfirmed),
    )
    alone = pairs.s_at.isnull() | pairs.g_at.isnull()
    replaces = ((pairs.s_at > pairs.g_at) | (pairs.g_yes & pairs.s_no)).fill_null(False)
    takes_specific = pairs.g_unconfirmed | (~pairs.s_unconfirmed & replaces)
    at_once = (pairs.s_at == pairs.g_at).fill_null(False) & (pairs.s_yes != pairs.g_yes)
    held = pairs.mutate(conflict=pairs.conflict | at_once).filter(alone | (pairs.specific == takes_specific))
    return held.select(*place, "at", "yes", "reason", "lawful_basis", "expires_on", "conflict")


def _last(laid: ir.Table, place: list[str]) -> ir.Table:
    """Keep one row per place: confirmed before open, then the latest, then the most restrictive."""
    alike = ibis.window(group_by=[*place, "at", "unconfirmed"])
    marked = laid.mutate(
        conflict=ibis.ifelse(laid.yes, 1, 0).max().over(alike) != ibis.ifelse(laid.yes, 1, 0).min().over(alike),
        rank=_rank(laid.reason),
    )
    order = [
        marked.unconfirmed, marked.at.desc(), marked.yes, marked.rank, marked.expires_on.isnull(), marked.expires_on,
        marked.lawful_basis.isnull(), marked.lawful_basis,
    ]  # fmt: skip
    numbered = marked.mutate(number=ibis.row_number().over(ibis.window(group_by=place, order_by=order)))
    return numbered.filter(numbered.number == 0).drop("number")


def _over_records(held: ir.Table) -> ir.Table:
    """Let the most restrictive of a customer's records hold: rule 7."""
    place = ["owner", "purpose", "target"]
    whole = ibis.window(group_by=place)
    yes = ibis.ifelse(held.yes, 1, 0)
    marked = held.mutate(
        rank=_rank(held.reason),
        records=held.count().over(whole),
        differing=yes.max().over(whole) != yes.min().over(whole),
        clash=ibis.ifelse(held.conflict, 1, 0).max().over(whole) == 1,
    )
    order = [
        marked.yes, marked.rank, marked.at.desc(), marked.expires_on.isnull(), marked.expires_on,
        marked.lawful_basis.isnull(), marked.lawful_basis, marked.record,
    ]  # fmt: skip
    numbered = marked.mutate(number=ibis.row_number().over(ibis.window(group_by=place, order_by=order)))
    first = numbered.filter(numbered.number == 0)
    return first.select(
        customer_id=first.owner,
        purpose=first.purpose,
        channel=first.target,
        allowed=first.yes,
        reason=first.reason,
        lawful_basis=first.lawful_basis,
        since=first.at.cast("date"),
        expires_on=first.expires_on,
        records=first.records.cast("int64"),
        conflict=first.differing | first.clash,
    )


def _exercised(rights: ir.Table, as_of: date) -> ir.Table:
    """Return what the rights that hold on the day forbid."""
    day = ibis.literal(as_of)
    held = rights.filter((rights.since <= day) & (rights.until.isnull() | (rights.until >= day)))
    parts = [
        held.filter(held.right == right).mutate(purpose=ibis.literal(purpose), reason=ibis.literal(reason))
        for right, forbids in MEANING.items()
        for purpose, reason in forbids
    ]
    every = ibis.union(*parts)
    barred = every.group_by("owner", "purpose").aggregate(
        rank=_rank(every.reason).min(),
        since=every.since.min(),
        open_end=ibis.ifelse(every.until.isnull(), 1, 0).max(),
        until=every.until.max(),
        records=every.record.nunique(),
    )
    return barred.select(
        customer_id=barred.owner,
        purpose=barred.purpose,
        channel=ibis.literal("all"),
        allowed=ibis.literal(False),
        reason=barred["rank"].cases(*enumerate(RESTRICTIVE), else_=RESTRICTIVE[0]),
        lawful_basis=ibis.null("string"),
        since=barred.since,
        expires_on=ibis.ifelse(barred.open_end == 1, ibis.null("date"), barred.until),
        records=barred.records.cast("int64"),
        conflict=ibis.literal(False),
    )


def _under_rights(holding: ir.Table, exercised: ir.Table) -> ir.Table:
    """Let a right take the place of what was said: rule 8."""
    barred = exercised.select(barred_id=exercised.customer_id, barred_purpose=exercised.purpose)
    left = holding.anti_join(
        barred,
        (holding.customer_id == barred.barred_id)
        & ((holding.purpose == barred.barred_purpose) | (barred.barred_purpose == EVERY)),
    )
    return left.union(exercised.select(left.columns))


def _rank(reason: ir.StringValue) -> ir.IntegerValue:
    """Turn a reason into its place, the most restrictive first."""
    return reason.cases(*((name, place) for place, name in enumerate(RESTRICTIVE)), else_=len(RESTRICTIVE))

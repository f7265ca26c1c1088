"""Which of the possible messages may be sent at all, and if not, why not?

In   contracts.trigger.CANDIDATES, and what is known of the customers (`Circumstances`)
Out  the same rows with `outcome` (none of what may be sent), `reason`, `held_by`, `send_on`, `send_at`

Everything that speaks against a message is looked for, and the gravest is named (contracts.decision.REFUSALS is the
order). Hold-outs come last, so that the held out are exactly those who would have been written to: the group with which
the others may be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.contract import MOMENT
from patron.contracts.decision import REFUSALS
from patron.contracts.trigger import CANDIDATES
from patron.decisions.eligibility import facts
from patron.decisions.eligibility.circumstances import Circumstances
from patron.decisions.eligibility.quiet import sending_moment
from patron.decisions.eligibility.rules import NOT_OF, UNHELD, ContactRules
from patron.decisions.hash_space import digits, place_column
from patron.decisions.holdouts import GLOBAL, PROGRAMME, TRIGGER, Holdout
from patron.identity.normalise.country import region
from patron.privacy.policy import CONTACT, Purpose

Keep = Callable[[str, ir.Table], ir.Table]
Flags = Mapping[str, ir.BooleanValue]

ADDED = ("outcome", "reason", "held_by", "send_on", "send_at")
_REACHING = [purpose.value for purpose in CONTACT]


def eligible(
    candidates: ir.Table,
    *,
    as_of: date,
    rules: ContactRules | None = None,
    known: Circumstances | None = None,
    keep: Keep = lambda _name, table: table,
) -> ir.Table:
    """Judge every possible message.

    Parameters
    ----------
    candidates : Table, one row per customer and trigger
        contracts.trigger.CANDIDATES.
    as_of : date
        The last day we may know about. What is decided at its end is sent the day after.
    rules : ContactRules, optional
        What the shop keeps to.
    known : Circumstances, optional
        What is known of the customers; where nothing is, nothing is forbidden by it.
    keep : callable
        Writes a table and returns it as it is read again.

    Returns
    -------
    Table
        The candidates with `ADDED`. ``outcome`` is `refused`, `held_out` or `expired`, or none where the message may
        be sent; a refusal has its ``reason``.

    Raises
    ------
    ContractError
        A column of the candidates is missing, or a value may not be.
    SettingsError
        A candidate's purpose is unknown.
    """
    rules, known = rules or ContactRules(), known or Circumstances()
    rows = keep("candidates", CANDIDATES.check(candidates, rows=False))
    on = as_of + timedelta(days=1)
    asked = _asked(rows)
    joined = _with_facts(rows, rules, known, asked, as_of=as_of)
    joined = _with_moments(joined, rules, known, [channel for _, channel in asked], on=on)
    return _judged(joined, rules, known, as_of=as_of).select(*CANDIDATES.names, *ADDED)


def _asked(rows: ir.Table) -> list[tuple[str, str]]:
    pairs = rows.select("purpose", "channel").distinct().order_by("purpose", "channel").to_pyarrow().to_pylist()
    return [(pair["purpose"], pair["channel"]) for pair in pairs]


def _beside(rows: ir.Table, facts: ir.Table | None, on: Mapping[str, str], empty: Mapping[str, str]) -> ir.Table:
    """Lay `facts` beside the rows by ``{column of rows: column of facts}``; `empty` are the types of what it tells."""
    if facts is None:
        return rows.mutate(**{f"_{name}": ibis.null(kind) for name, kind in empty.items()})
    told = facts.select(
        **{f"_on_{name}": facts[name] for name in on.values()}, **{f"_{name}": facts[name] for name in empty}
    )
    joined = rows.left_join(told, [(mine, f"_on_{theirs}") for mine, theirs in on.items()])
    return joined.select(*rows.columns, *(f"_{name}" for name in empty))


def _with_facts(
    rows: ir.Table, rules: ContactRules, known: Circumstances, asked: list[tuple[str, str]], *, as_of: date
) -> ir.Table:
    """Lay beside each candidate what may speak against it."""
    customer, by_channel = {"customer_id": "customer_id"}, {"customer_id": "customer_id", "channel": "channel"}
    sent = facts.last_sent(known.contacts)
    home = facts.of_customers(known, rules, as_of=as_of)
    rows = _beside(rows, home, customer, dict.fromkeys(facts.AT_HOME, "int64"))
    dead = facts.of_channels(known, rules, as_of=as_of)
    rows = _beside(rows, dead, by_channel, {"left_on": "date", "bounced": "boolean"})
    back = facts.granted_since(known.guard) if known.messages is not None else None
    rows = _beside(rows, back, by_channel, {"granted_on": "date"})
    words = facts.said(known.guard, asked)
    rows = _beside(rows, words, {**by_channel, "purpose": "purpose"}, {"said": "string"})
    gone = facts.sold_out(known.products)
    rows = _beside(
        rows, None if gone is None else gone.mutate(gone=ibis.literal(True)), {"subject": "product_id"},
        {"gone": "boolean"},
    )  # fmt: skip
    rows = _beside(rows, sent, {"customer_id": "customer_id", "trigger": "campaign"}, {"sent_on": "date"})
    return _beside(
        rows,
        _group_sent(sent, known.groups),
        {"customer_id": "customer_id", "exclusive": "group"},
        {"group_on": "date"},
    )


def _group_sent(sent: ir.Table | None, groups: Mapping[str, str]) -> ir.Table | None:
    """Return ``customer_id, group, group_on``: when she last got a message of an exclusive group."""
    if sent is None or not groups:
        return None
    named = sent.filter(sent.campaign.isin(list(groups)))
    group = ibis.cases(*((named.campaign == name, of) for name, of in groups.items()), else_=ibis.null("string"))
    told = named.mutate(group=group)
    return told.group_by("customer_id", "group").aggregate(group_on=told.sent_on.max())


def _with_moments(
    rows: ir.Table, rules: ContactRules, known: Circumstances, channels: list[str], *, on: date
) -> ir.Table:
    """Say of each candidate on which day, and from when on, it may be sent; nothing where it may not be."""
    lands: list[str | None] = [None]
    if known.people is not None:
        found = known.people.filter(known.people.country.notnull()).select("country").distinct().order_by("country")
        lands += found.to_pyarrow()["country"].to_pylist()
        rows = _beside(rows, known.people, {"customer_id": "customer_id"}, {"country": "string"})
    else:
        rows = rows.mutate(_country=ibis.null("string"))
    rows = rows.mutate(_land=rows["_country"].fill_null(""))
    table = _moments(rules, lands, sorted(set(channels)), on)
    return _beside(rows, table, {"_land": "land", "channel": "channel"}, {"send_on": "date", "send_at": MOMENT})


def _moments(rules: ContactRules, lands: list[str | None], channels: list[str], on: date) -> ir.Table:
    rows = []
    for land in lands:
        for channel in channels:
            found = sending_moment(rules.hours, country=region(land) or "", channel=channel, on=on)
            rows.append((land or "", channel, *(found or (None, None))))
    kinds = {"land": pa.string(), "channel": pa.string(), "send_on": pa.date32(), "send_at": pa.timestamp("us")}
    columns = zip(*rows, strict=True) if rows else ((),) * len(kinds)
    return ibis.memtable(
        pa.table(
            {name: pa.array(list(values), kind) for (name, kind), values in zip(kinds.items(), columns, strict=True)}
        )
    )


def _judged(rows: ir.Table, rules: ContactRules, known: Circumstances, *, as_of: date) -> ir.Table:
    """Put what speaks against each message into one outcome and reason."""
    flags = _flags(rows, rules, known, as_of=as_of)
    spared = {name: [kind for kind, free in NOT_OF.items() if name in free] for name in REFUSALS}
    refusal = ibis.cases(
        *((flags[name] & rows.kind.notin(spared[name]) if spared[name] else flags[name], name) for name in REFUSALS),
        else_=ibis.null("string"),
    )
    held = held_by(rows, known.holdouts)
    asked = rows.mutate(_refusal=refusal, held_by=ibis.ifelse(rows.kind.isin(UNHELD), ibis.null("string"), held))
    # A message whose last day is `as_of` leaves on the morning after; one that has to wait longer does not.
    stale = asked.expires_on < ibis.literal(as_of)
    late = asked["_send_on"].isnull() | (
        (asked["_send_on"] > asked.expires_on) & (asked["_send_on"] > ibis.literal(as_of + timedelta(days=1)))
    )
    owed = asked.kind.isin(UNHELD)
    quiet = late & ~owed
    first = ibis.literal(as_of + timedelta(days=1))
    none = ibis.null("string")
    may = asked.mutate(
        outcome=ibis.cases(
            (stale, "expired"), (asked["_refusal"].notnull(), "refused"), (quiet, "expired"),
            (asked.held_by.notnull(), "held_out"), else_=none,
        ),
        reason=ibis.cases(
            (stale, "stale"), (asked["_refusal"].notnull(), asked["_refusal"]), (quiet, "quiet"),
            (asked.held_by.notnull(), "holdout"), else_=none,
        ),
        send_on=ibis.ifelse(owed, first, asked["_send_on"]),
        send_at=ibis.ifelse(owed, first.cast(MOMENT), asked["_send_at"]),
    )  # fmt: skip
    gone = may.outcome.notnull()
    return may.mutate(
        held_by=ibis.ifelse(may.outcome == "held_out", may.held_by, none),
        send_on=ibis.ifelse(gone, ibis.null("date"), may.send_on),
        send_at=ibis.ifelse(gone, ibis.null(MOMENT), may.send_at),
    )


def _flags(rows: ir.Table, rules: ContactRules, known: Circumstances, *, as_of: date) -> Flags:
    """Return of each refusal whether it speaks against a message, whatever its kind."""
    since = ibis.literal(as_of - timedelta(days=rules.group_days))
    back = rows["_granted_on"].notnull() & (rows["_granted_on"] > rows["_left_on"])
    gain = rows.value - rows.cost
    once = (rows.form != "sequence") & (rows["_sent_on"] >= rows.fired_on)
    found = {
        "restricted": rows["_said"] == "restricted",
        "said_no": rows["_said"] == "no",
        "no_consent": rows["_said"].isnull() & rows.purpose.isin(_by_consent(known)),
        "unsubscribed": rows["_left_on"].notnull() & ~back & rows.purpose.isin(_REACHING),
        "bounced": rows["_bounced"],
        **{name: rows[f"_{name}"] == 1 for name in facts.AT_HOME},
        "out_of_stock": rows["_gone"] & (rows.subject_kind == "product"),
        "margin_floor": gain.isnan() | ~(gain >= rules.least_gain),
        "already_sent": once,
        "yields": rows.yields_to.notnull(),
        "capped": rows.capped.notnull(),
        "group_lately": rows["_group_on"] > since,
    }
    return {name: told.fill_null(False) for name, told in found.items()}


def _by_consent(known: Circumstances) -> list[str]:
    """Return the purposes for which a yes is needed."""
    if known.guard is None:
        return [""]
    asking = [purpose.value for purpose in Purpose if known.guard.policy.asks_consent(purpose)]
    return asking or [""]


def held_by(rows: ir.Table, holdouts: tuple[Holdout, ...]) -> ir.StringValue:
    """Return the widest hold-out that holds each row: the shop's, its programme's, its trigger's; none is free.

    Parameters
    ----------
    rows : Table
        ``customer_id, programme, trigger``.
    holdouts : sequence of Holdout
        All of the shop.
    """
    none = ibis.null("string")
    by_level = (
        (GLOBAL, ibis.literal(GLOBAL)),
        (PROGRAMME, ibis.literal(PROGRAMME).concat(rows.programme)),
        (TRIGGER, ibis.literal(TRIGGER).concat(rows.trigger)),
    )
    found = []
    for level, name in by_level:
        own = [one for one in holdouts if one.name == level or (level != GLOBAL and one.name.startswith(level))]
        if own:
            below = ibis.cases(*((name == one.name, digits(one.share)) for one in own), else_=none)
            held = (place_column(rows, salt=ibis.literal("holdout:").concat(name)) < below).fill_null(False)
            found.append((held, name))
    return ibis.cases(*found, else_=none) if found else none


__all__ = ["ADDED", "eligible", "held_by"]

"""Consents: who said yes or no, to what, when?

In   came.Came   one statement a row (status, channel), or one column a channel, as customer exports have them
Out  contracts.raw_people.RAW_CONSENTS

Every statement is kept. A word that nobody here knows is refused, never guessed. What has no moment is read the careful
way: a yes counts as older than every other statement, a no as said on the run's day, and who was never asked as older
again, so that no undated yes outweighs a dated no and no undated no is overlooked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from operator import and_, or_

import ibis
import ibis.expr.types as ir

from patron.contracts import MOMENT
from patron.contracts.raw import FIELDS
from patron.contracts.raw_people import RAW_CONSENTS
from patron.sources.came import Came
from patron.sources.people.judging import (
    People,
    dated,
    judge,
    missing,
    outcomes_of,
    repeated,
    typed,
    unreadable,
    with_marks,
)
from patron.sources.people.words import (
    BASIS_WORDS,
    CHANNEL_WORDS,
    OPT_OUT_WORDS,
    PURPOSE_WORDS,
    STATUS_WORDS,
    Words,
    plain,
    spelt,
)
from patron.sources.quality import Finding
from patron.sources.rules import BROKEN, EARLIEST, EXCLUDED, Rule, Setting
from patron.sources.tally import flag

_WIDE: Mapping[str, tuple[str, Words]] = {
    "email_status": ("email", STATUS_WORDS),
    "sms_status": ("sms", STATUS_WORDS),
    "phone_status": ("phone", STATUS_WORDS),
    "post_status": ("post", STATUS_WORDS),
    "email_opt_out": ("email", OPT_OUT_WORDS),
    "sms_opt_out": ("sms", OPT_OUT_WORDS),
}
"""Fields that say something about one channel: which, and in which words."""

WIDE = tuple(_WIDE)
_SPELT: Mapping[str, Words] = {
    "purpose": PURPOSE_WORDS,
    "channel": CHANNEL_WORDS,
    "lawful_basis": BASIS_WORDS,
    "status": STATUS_WORDS,
    **{name: words for name, (_, words) in _WIDE.items()},
}
_STRICTEST = ("revoked", "denied", "never", "granted")


def _unknown(rule: str, *names: str) -> Rule:
    """Refuse a row that says one of the fields `names` in a word that is not known."""

    def applies(rows: ir.Table, _setting: Setting) -> ir.BooleanValue:
        return reduce(or_, (rows[name].notnull() & rows[f"said_{name}"].isnull() for name in names))

    return Rule(rule, "rejected", applies)


def _silent(rows: ir.Table, _setting: Setting) -> ir.BooleanValue:
    """Leave out a row in whose columns no channel is said anything about."""
    return reduce(and_, (rows[f"said_{name}"].fill_null("") == "" for name in ("status", *WIDE)))


def _no_status(rows: ir.Table, setting: Setting) -> ir.BooleanValue:
    return _silent(rows, setting) & rows.is_log


_RULES = (
    missing("customer_id"),
    *dated("given_at"),
    _unknown("unknown_status", "status", *WIDE),
    _unknown("unknown_purpose", "purpose"),
    _unknown("unknown_channel", "channel"),
    _unknown("unknown_basis", "lawful_basis"),
    unreadable("confirmed_at", "expires_on"),
)
RULES = (*_RULES, Rule("missing_key", "rejected", _no_status), Rule("no_statement", "removed", _silent))
_REPEATED = Rule("repeated_row", "removed", lambda rows, _: rows.repeats)


def judged(came: Came, setting: Setting) -> ir.Table:
    """Judge the rows; only one that says what an earlier one says, word for word, is removed."""
    rows = typed(with_marks(came.table, came.marks), FIELDS["consents"])
    said = {f"said_{name}": spelt(plain(rows[name]), words) for name, words in _SPELT.items()}
    told = rows.mutate(**said, is_log=ibis.literal(not set(WIDE) & set(came.mapped)))
    return repeated(judge(told, setting, RULES), ["mark", "seal"], "repeated_row")


def collected(rows: ir.Table, setting: Setting) -> ir.Table:
    """Return the statements of the kept rows in the shape of their contract, one a row and channel."""
    good = rows.filter(rows.rule.isnull())
    said = ibis.union(
        _said(good, "status", ibis.coalesce(good.said_channel, ibis.literal("all"))),
        *(_said(good, name, ibis.literal(channel)) for name, (channel, _) in _WIDE.items()),
    )
    strict = ibis.cases(*((said.status == word, place) for place, word in enumerate(_STRICTEST)), else_=9)
    # Of one row that says two things about one channel, the strictest counts.
    one = ibis.window(group_by=["file_number", "row", "channel"], order_by=strict)
    best = said.mutate(place=ibis.row_number().over(one)).filter(lambda t: t.place == 0)
    return RAW_CONSENTS.shape(
        best.mutate(
            status=ibis.ifelse(best.status == "never", "denied", best.status),
            given_at=ibis.coalesce(best.given_at, _careful(best.status, setting)),
            purpose=ibis.coalesce(best.said_purpose, ibis.literal("marketing")),
            lawful_basis=ibis.coalesce(best.said_lawful_basis, ibis.literal("consent")),
        )
    )


def _said(rows: ir.Table, name: str, channel: ir.StringValue) -> ir.Table:
    """Return what the rows say in one field, for one channel."""
    told = rows.mutate(status=rows[f"said_{name}"], channel=channel)
    return told.filter(told.status.fill_null("") != "").select(
        "file_number", "said_purpose", "said_lawful_basis", *(n for n in RAW_CONSENTS.names if n not in _DERIVED)
    )


_DERIVED = ("purpose", "lawful_basis")


def _careful(status: ir.StringValue, setting: Setting) -> ir.TimestampValue:
    """Return the moment that a statement without one counts from."""
    at_once = ibis.literal(setting.as_of).cast(MOMENT)
    return ibis.ifelse(status.isin(["denied", "revoked"]), at_once, ibis.literal(EARLIEST).cast(MOMENT))


def contradictory(kept: ir.Table) -> ir.Table:
    """Return the statements of one customer, purpose and channel that say yes and no in the same second."""
    said = kept.mutate(second=kept.given_at.truncate("s"), yes=(kept.status == "granted").cast("int64"))
    same = ibis.window(group_by=["customer_id", "purpose", "channel", "second"])
    both = said.mutate(some=said.yes.max().over(same), every=said.yes.min().over(same))
    return both.filter((both.some == 1) & (both.every == 0))


def undated(rows: ir.Table) -> ir.Table:
    """Return the kept rows without a moment."""
    return rows.filter(rows.rule.isnull() & rows.given_at.isnull())


def _flags(rows: ir.Table, kept: ir.Table) -> list[Finding]:
    both = flag("consents", "contradictory_consents", contradictory(kept))
    return [
        replace(both, severity="warning" if both.rows else None),
        flag("consents", "undated_consents", undated(rows)),
    ]


SOURCE = People(
    outcomes={**outcomes_of(BROKEN, EXCLUDED, *RULES), **outcomes_of(_REPEATED)},
    judged=judged,
    collected=collected,
    flags=_flags,
)

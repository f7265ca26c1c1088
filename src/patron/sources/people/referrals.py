"""Referrals: who recommended the shop, and who of those came?

In   came.Came   one referral a row, or one state of a referral
Out  contracts.raw_experience.RAW_REFERRALS
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.contracts.raw_experience import RAW_REFERRALS
from patron.sources.came import Came
from patron.sources.customer_ids import customer_id
from patron.sources.people.as_known import as_known, ends_before
from patron.sources.people.judging import dated, missing, unreadable
from patron.sources.people.once import once
from patron.sources.rules import Setting


def _known(rows: ir.Table, _came: Came, setting: Setting) -> ir.Table:
    """Leave out who became a customer later; one without a day is not known to have come by the run's day."""
    spelt = rows.mutate(referred_id=customer_id(rows.referred_id))
    known = as_known(spelt, setting, end="converted_on", told=["referred_id"])
    return known.mutate(referred_id=ibis.ifelse(known.converted_on.isnull(), ibis.null("string"), known.referred_id))


SOURCE = once(
    RAW_REFERRALS,
    (
        missing("customer_id", "referred_on"),
        *dated("referred_on"),
        unreadable("converted_on"),
        ends_before("referred_on", "converted_on"),
    ),
    key=["referral_id"], named="referral_id", ready=_known,
)  # fmt: skip

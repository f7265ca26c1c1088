"""Invitations to surveys: who was asked, when, by which way?

In   came.Came   one invitation a row
Out  contracts.raw_experience.RAW_INVITATIONS
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.contracts.raw_experience import RAW_INVITATIONS
from patron.sources.came import Came
from patron.sources.people.judging import dated, missing
from patron.sources.people.once import once
from patron.sources.people.words import CHANNEL_WORDS, plain, spelt
from patron.sources.rules import Setting


def _by_way(rows: ir.Table, _came: Came, _setting: Setting) -> ir.Table:
    return rows.mutate(channel=ibis.coalesce(spelt(plain(rows.channel), CHANNEL_WORDS), rows.channel))


SOURCE = once(
    RAW_INVITATIONS,
    (missing("customer_id", "asked_at"), *dated("asked_at")),
    key=["invitation_id"], named="invitation_id", ready=_by_way,
)  # fmt: skip

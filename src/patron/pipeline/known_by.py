"""Which customers are known by an e-mail address, a phone number or another of their own signs?"""

from __future__ import annotations

from typing import Literal

import ibis.expr.types as ir

from patron.errors import ArgumentError
from patron.identity.normalise import USED, email, phone
from patron.identity.normalise.country import region
from patron.language import failure
from patron.pipeline.people_settings import IdentitySettings

Sign = Literal["email", "phone"]

MOST = 100
"""So many customers are named; an address of more is nobody's."""


def known_by(
    identifiers: ir.Table, links: ir.Table, *, kind: Sign, text: str, settings: IdentitySettings
) -> list[str]:  # fmt: skip
    """Return the ids of the customers one of whose records carries a sign, sorted.

    The sign is normalised as those of the records were, so that it is found however it is written. One that belongs
    to nobody in particular (a made-up number, the shop's own address) finds nobody.

    Parameters
    ----------
    identifiers, links : Table
        contracts.person.IDENTIFIERS and LINKS of one run.
    kind : {"email", "phone"}
        What the sign is.
    text : str
        The sign as somebody writes it.
    settings : IdentitySettings
        Whose numbers are meant that say no country.

    Raises
    ------
    ArgumentError
        It is no such sign.
    """
    normal = email(text) if kind == "email" else phone(text, country=region(settings.country or ""))
    if not normal.value or normal.status != USED:
        raise failure(ArgumentError, "read.no_sign", argument=kind)
    same = (identifiers.kind == kind) & (identifiers.value == normal.value) & (identifiers.status == USED)
    carrying = identifiers.filter(same).select("record_id").distinct()
    found = links.semi_join(carrying, "record_id").select("customer_id").distinct().order_by("customer_id").limit(MOST)
    return [row["customer_id"] for row in found.to_pyarrow().to_pylist()]

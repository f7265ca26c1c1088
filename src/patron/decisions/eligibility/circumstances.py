"""What is known of customers on the day on which it is decided what to send them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import ibis.expr.types as ir

from patron.decisions.holdouts import Holdout
from patron.privacy import Guard


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """Tables of the run; what is not there is None, and what it would forbid is not forbidden.

    `messages` and `tickets` are the raw tables with the customer's id, `products` are contracts.raw.RAW_PRODUCTS.
    `contacts` has a row for each message as `patron.decisions.contacts` returns them. `sensitive` names customers in
    a situation that silences promotion: ``customer_id``; `paused`, the same, those who want a break from it. `people`
    says where they live: ``customer_id, country``.
    `groups` says of each trigger to which exclusive group it belongs.
    """

    guard: Guard | None = None
    holdouts: tuple[Holdout, ...] = ()
    messages: ir.Table | None = None
    contacts: ir.Table | None = None
    tickets: ir.Table | None = None
    products: ir.Table | None = None
    sensitive: ir.Table | None = None
    paused: ir.Table | None = None
    people: ir.Table | None = None
    groups: Mapping[str, str] = field(default_factory=dict)

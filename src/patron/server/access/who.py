"""Who asks, and what may they do?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import ibis.expr.types as ir

from patron.privacy.roles import Permission
from patron.server.access.rows import RowRule


@dataclass(frozen=True, kw_only=True)
class Who:
    """A program with a token, or a person who has signed in."""

    name: str
    kind: Literal["token", "user"]
    role: str | None  # of a user
    permissions: frozenset[Permission]
    rows: RowRule | None = None  # none: all customers

    @property
    def actor(self) -> str:
        """What the audit calls them."""
        return f"{self.kind}:{self.name}"

    def may(self, permission: Permission) -> bool:
        """Tell whether they hold a permission."""
        return permission in self.permissions

    def sees(self, row: Mapping[str, Any]) -> bool:
        """Tell whether they may see one customer, given a row with her `customer_id` at least.

        What the rule asks for and the row lacks is looked up in the published run. A row without a customer that the
        run knows is seen by those only who may see all customers.
        """
        return self.rows is None or self.rows.sees(row)

    def rows_of(self, table: ir.Table) -> ir.Table:
        """Return the rows of a table with `customer_id` that they may see."""
        return table if self.rows is None else self.rows.rows_of(table)

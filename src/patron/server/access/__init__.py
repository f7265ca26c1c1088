"""Who asks, what may they do, and how often?

::

    needs.py       what every route declares: the permission that it needs
    who.py         who asks: a token, or a person who has signed in
    rows.py        which customers they may see
    token_book.py  the tokens that are good now, in memory
    write_keys.py  the same for the intake
    limits.py      how often somebody may ask
"""

from __future__ import annotations

from patron.privacy.roles import ROLES, SCOPES, Permission
from patron.server.access.access import Access
from patron.server.access.audit import audit_read
from patron.server.access.limits import Limiter
from patron.server.access.needs import Needs, needs
from patron.server.access.rows import RowRule
from patron.server.access.token_book import TokenBook
from patron.server.access.who import Who
from patron.server.access.write_keys import WriteKeys

__all__ = [
    "ROLES",
    "SCOPES",
    "Access",
    "Limiter",
    "Needs",
    "Permission",
    "RowRule",
    "TokenBook",
    "Who",
    "WriteKeys",
    "audit_read",
    "needs",
]

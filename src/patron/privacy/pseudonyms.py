"""Under which name does the audit know a customer?

A random one, that says nothing of her. The one row that ties both together is deleted when she is erased: from then on
nobody can tell whom the audit's entries are about, and no entry was changed.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Collection

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from patron.engines.state_tables import PSEUDONYMS

Draw = Callable[[], str]
"""Makes one pseudonym."""

PART = 500  # looked for in one statement

_FORM = re.compile(r"p-[0-9a-f]{32}")


def random_pseudonym() -> str:
    """Return a pseudonym from the operating system's own randomness: no seed may ever tell it again."""
    return f"p-{secrets.token_hex(16)}"


def is_pseudonym(text: str) -> bool:
    """Tell whether `text` has the form of a pseudonym."""
    return _FORM.fullmatch(text) is not None


def pseudonym(connection: Connection, customer_id: str, *, draw: Draw = random_pseudonym) -> str:
    """Return the customer's pseudonym, and make it when there is none, in the caller's transaction."""
    found = known_pseudonym(connection, customer_id)
    if found is not None:
        return found
    made = draw()
    try:
        with connection.begin_nested():
            connection.execute(insert(PSEUDONYMS).values(customer_id=customer_id, pseudonym=made))
    except IntegrityError:
        # Two at once on PostgreSQL: the other's stands. On SQLite there is one writer only.
        found = known_pseudonym(connection, customer_id)
        if found is None:
            raise
        return found
    return made


def pseudonyms(connection: Connection, customer_ids: Collection[str]) -> dict[str, str]:
    """Return the pseudonyms of many customers, made where there is none, in the caller's transaction."""
    found: dict[str, str] = {}
    wanted = sorted(customer_ids)  # in one order: two transactions that make the same ones cannot wait for each other
    for start in range(0, len(wanted), PART):
        part = wanted[start : start + PART]
        query = select(PSEUDONYMS.c.customer_id, PSEUDONYMS.c.pseudonym).where(PSEUDONYMS.c.customer_id.in_(part))
        found |= {row.customer_id: row.pseudonym for row in connection.execute(query)}
    return {one: found.get(one) or pseudonym(connection, one) for one in wanted}


def known_pseudonym(connection: Connection, customer_id: str) -> str | None:
    """Return the customer's pseudonym where there is one."""
    query = select(PSEUDONYMS.c.pseudonym).where(PSEUDONYMS.c.customer_id == customer_id)
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found

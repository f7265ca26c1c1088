"""One customer, one id: e-mail addresses are ids in any case, so they are written in one."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

_EMAIL = "^[^@\\s]+@[^@\\s]+$"
_BLANKS = "[\u00a0\u200b\u2060\ufeff]"  # blanks that trimming does not know; copied out of web pages


def customer_id(text: ir.StringValue) -> ir.StringValue:
    """Write an id that is an e-mail address in small letters, whole; any other id stays as it is.

    RFC 5321 lets a host tell Anna@ from anna@; none that shops write to does, and people type both.

    Examples
    --------
    >>> import ibis
    >>> ids = ibis.memtable({"id": ["Anna@X.de", "A7", "a7"]})
    >>> ids.select(id=customer_id(ids.id)).to_pyarrow()["id"].to_pylist()
    ['anna@x.de', 'A7', 'a7']
    """
    is_email = text.contains("@") & text.re_search(_EMAIL)
    return ibis.ifelse(is_email, text.re_replace(_BLANKS, "").lower(), text)


def with_customer_id(rows: ir.Table) -> ir.Table:
    """Write the ids of a source's rows, and say in `respelt` which changed; null where there is none."""
    if "customer_id" not in rows.columns:
        return rows
    one = customer_id(rows.customer_id)
    return rows.mutate(customer_id=one, respelt=one != rows.customer_id)

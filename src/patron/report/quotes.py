"""What may be quoted of each theme: masked texts, the nearest to its middle first."""

from __future__ import annotations

from collections.abc import Collection

import ibis.expr.types as ir


def quotes(texts: ir.Table, themes: Collection[str]) -> dict[str, list[str]]:
    """Return the quotes of some themes.

    Parameters
    ----------
    texts : Table
        Keeps the contract THEME_TEXTS.
    themes : collection of str
        Those of which enough people speak.
    """
    quoted = texts.filter(texts.quote.notnull() & texts.theme.isin(sorted(themes)))
    rows = (
        quoted.order_by("theme", quoted.closeness.desc(), "text_id").select("theme", "quote").to_pyarrow().to_pylist()
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["theme"], []).append(row["quote"])
    return found

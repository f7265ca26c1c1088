"""Names in tables: told apart where they come whole, put together where they come in parts."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.identity.normalise.distinct import Asker
from patron.identity.normalise.name import family_name, given_name, whole_name
from patron.identity.normalise.name_words import NOBODY
from patron.identity.normalise.rows import made_rows
from patron.identity.normalise.value import BLOCKED

_KINDS = ("name", "given_name", "family_name")
_MADE = tuple(f"{kind}_{part}" for kind in _KINDS for part in ("value", "status", "text"))


def whole_rows(rows: ir.Table, *, asker: Asker) -> ir.Table:
    """Return three rows for one whole name: the name, the given and the family name."""
    known = asker.ask(rows.select(asked="text"), _told, makes=_MADE, name="names")
    return made_rows(rows.join(known, rows.text == known.asked), _KINDS)


def _told(text: str) -> tuple[str, ...]:
    found = whole_name(text)
    return (*found.whole, text, *found.given, found.written.given, *found.family, found.written.family)


def apart_rows(wide: ir.Table, *, asker: Asker) -> ir.Table:
    """Return three rows for each record that tells given from family name."""
    records = wide.filter(wide.given_name.notnull(), wide.family_name.notnull())
    records = records.select(
        "source", "record_id", "seen_on", "changed_on", given_name_text="given_name", family_name_text="family_name"
    )
    given = asker.ask(
        records.select(asked_given="given_name_text"), given_name, makes=("given_name_value", "given_name_status"),
        name="given_names",
    )  # fmt: skip
    family = asker.ask(
        records.select(asked_family="family_name_text"), family_name,
        makes=("family_name_value", "family_name_status"), name="family_names",
    )  # fmt: skip
    return put_together(records, given, family)


def put_together(records: ir.Table, given: ir.Table, family: ir.Table) -> ir.Table:
    """Make whole names of their normalised parts, all words in alphabetical order, as `name.together` does."""
    joined = records.join(given, records.given_name_text == given.asked_given)
    joined = joined.join(family, joined.family_name_text == family.asked_family)
    both = (joined.given_name_value != "") & (joined.family_name_value != "")
    words = (joined.given_name_value + " " + joined.family_name_value).split(" ").sort().join(" ")
    told = joined.mutate(
        name_value=ibis.ifelse(both, words, ""), name_text=joined.given_name_text + " " + joined.family_name_text
    )
    status = ibis.least(told.given_name_status, told.family_name_status)
    judged = ibis.ifelse(told.name_value.re_search(NOBODY), BLOCKED, status)
    return made_rows(told.mutate(name_status=judged), _KINDS)

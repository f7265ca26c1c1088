"""CAST to a day or a moment in conditions.

A text is read in one form, that of ISO 8601 with hyphens and colons; everything else is unknown. Engines read many
other forms, each its own (``2011-1-1``, ``20110101``, ``epoch``).
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import ibis
import ibis.expr.types as ir

from patron.engines.condition_kinds import DAY, INSTANT, MOMENT, NOTHING, TEXT, Kind
from patron.engines.condition_terms import Term, alike, known, written
from patron.language import say

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?"
_FORMS = {DAY: _DAY, MOMENT: f"{_DAY}([ T]{_CLOCK})?"}


def cast(term: Term, kind: Kind) -> Term:
    """Return a text, day or moment as a day or a moment.

    Raises
    ------
    TypeError
        The term is something else, or an instant, whose day depends on the zone.
    ValueError
        A text that is written out is no such day or moment.
    """
    if term.kind is TEXT:
        return _read(term, kind)
    if term.kind is INSTANT:
        raise TypeError(say("errors.kind.day_of_instant"))
    if term.kind not in (DAY, MOMENT, NOTHING):
        raise TypeError(say("errors.kind.no_day", kind=term.kind.title))
    if kind is MOMENT or term.kind is not MOMENT:
        return alike(term, written(None), _sample(kind))[0]
    return Term(kind, lambda table: term.engine(table).cast("date"), known(term, datetime.date))


def _sample(kind: Kind) -> Term:
    return written(date(1970, 1, 1) if kind is DAY else datetime(1970, 1, 1))  # noqa: DTZ001 - without a zone, as meant


def _read(term: Term, kind: Kind) -> Term:
    """Read a text."""
    form = _FORMS[kind]
    if term.is_written:
        if not _is_form(term.value, form):
            raise ValueError(say("errors.kind.form", came=term.value))
        return written(_value(term.value, kind))

    def engine(table: ir.Table) -> ir.Value:
        text = term.engine(table)
        # Python knows no year 0.
        is_form = (text.re_extract(form, 0) == text) & ~text.startswith("0000") & (text != "")
        return ibis.ifelse(is_form, text, ibis.null("string")).try_cast(kind.dtype)

    def read(text: str) -> Any:
        try:
            return _value(text, kind) if _is_form(text, form) else None
        except ValueError:
            return None

    return Term(kind, engine, known(term, read))


def _is_form(text: str, form: str) -> bool:
    return re.fullmatch(form, text) is not None


def _value(text: str, kind: Kind) -> date | datetime:
    return date.fromisoformat(text) if kind is DAY else datetime.fromisoformat(text)

"""The settings that a person must know: proposed where the data tells them, asked where it does not."""

from __future__ import annotations

from collections.abc import Sequence

from babel.numbers import list_currencies
from ibis.backends import BaseBackend

from patron.language import listing, number, say
from patron.sources.recognition import evidence
from patron.sources.recognition.proposal import Answer, SourceProposal

_CURRENCY, _TIMEZONE = "EUR", "UTC"


def answers(sources: Sequence[SourceProposal], connection: BaseBackend) -> tuple[Answer, ...]:
    """Return what is proposed for the currency and the time zone, and on what ground."""
    sold = [evidence.rows_of(one, connection) for one in sources if one.source in ("orders", "order_lines")]
    return _currency(sold), _timezone(sold)


def _currency(sold: Sequence[evidence.Rows]) -> Answer:
    found: dict[str, int] = {}
    for rows in sold:
        found = found or {code: n for code, n in evidence.currencies(rows).items() if code in list_currencies()}
    if not found:
        return Answer("currency", _CURRENCY, say("init.answer.no_currency"), known=False)
    first, *others = found
    if others:
        told = listing(f"{code} ({number(count)})" for code, count in found.items())
        return Answer("currency", first, say("init.answer.currencies", currencies=told), known=False)
    return Answer("currency", first, say("init.answer.currency", rows=number(found[first])), known=True)


def _timezone(sold: Sequence[evidence.Rows]) -> Answer:
    if not sold:
        return Answer("timezone", _TIMEZONE, say("init.answer.no_times"), known=True)
    found = next((offsets for rows in sold if (offsets := evidence.offsets(rows)) != {}), {})
    if found is None:
        return Answer("timezone", _TIMEZONE, say("init.answer.days"), known=True)
    if not found:
        return Answer("timezone", _TIMEZONE, say("init.answer.no_timezone"), known=False)
    told = listing(f"{offset} ({number(count)})" for offset, count in found.items())
    return Answer("timezone", _TIMEZONE, say("init.answer.offsets", offsets=told), known=False)

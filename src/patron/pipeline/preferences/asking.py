"""Somebody asks for what is held of her, or to be erased: a request in the register, to be answered by a person.

The link shows that she has the message, not who she is: nothing is handed out or erased by it. Whoever answers the
request makes sure of her identity first (GDPR Article 12(6)).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from patron.engines.state import State
from patron.privacy.requests import Register, Request
from patron.privacy.statements import CENTRE

ASKED_FOR = ("access", "portability", "erasure")
"""Kinds of requests that the page offers."""


def ask_for(state: State, customer_id: str, kind: str, *, law: str, today: date, now: datetime) -> Request:
    """Take in a request; asked for again before it is answered, it is the same one.

    Parameters
    ----------
    state : State
        The open database.
    customer_id : str
        Who asks.
    kind : str
        One of `ASKED_FOR`.
    law : str
        ``gdpr`` or ``ccpa``.
    today : date
        The day in the project's time zone.
    now : datetime
        Aware.
    """
    return Register(state, CENTRE).open(kind, customer_id, known=True, law=law, received_on=today, now=now)


def waiting_of(state: State, ids: Iterable[str]) -> list[Request]:
    """Return the requests of a person that are not answered yet."""
    return [one for one in Register(state, CENTRE).of(ids) if not one.answered]


def law_of(jurisdictions: Iterable[str]) -> str:
    """Return under which law she asks: California's where the shop lives under it alone, else the GDPR's terms.

    Examples
    --------
    >>> law_of(["US-CA"]), law_of(["US-CA", "DE"]), law_of([])
    ('ccpa', 'gdpr', 'gdpr')
    """
    places = {place.upper() for place in jurisdictions}
    return "ccpa" if places and all(place.startswith("US") for place in places) else "gdpr"


__all__ = ["ASKED_FOR", "ask_for", "law_of", "waiting_of"]

"""Streets in tables: nearly all differ by the house number alone, which the engine takes out and puts back.

Streets are then as few as a town's, and Python is asked about each of them with one number in the place of all. Where
the number is not simply the house's (Flat 3, a box, none at all), it is asked about the text as it stands.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.identity.normalise.distinct import Asker
from patron.identity.normalise.street import house
from patron.identity.normalise.value import USED

ANY = "7357"
"""Stands for every house number."""

_LETTERS = "[ -/:-~À-ÖØ-öø-ſ]"
"""Printable ASCII and Latin letters, but no digit: these mean the same in every engine."""

BEHIND = f"^({_LETTERS}*[!-/:-~À-ÖØ-öø-ſ]) +([1-9][0-9]{{0,3}}[a-zA-Z]?)$"
AHEAD = f"^([1-9][0-9]{{0,3}})([ ,]{_LETTERS}+)$"


def with_house(records: ir.Table, *, asker: Asker) -> ir.Table:
    """Add to each record with a ``street_text`` the columns ``house, street_value, street_status``."""
    framed = _framed(records)
    frames = asker.ask(
        framed.select(asked_frame="frame"), _frame, makes=("plain", "street", "suffix", "unit", "frame_status"),
        name="streets",
    )  # fmt: skip
    known = framed.join(frames, framed.frame == frames.asked_frame)
    by_number = (known.number != "") & (known.plain == "yes")
    rest = known.filter(~by_number)
    odd = asker.ask(
        rest.select(asked_text="street_text"), _whole, makes=("house", "street_value", "street_status"),
        name="odd_streets",
    )  # fmt: skip
    columns = [*records.columns, "house", "street_value", "street_status"]
    asked = rest.join(odd, rest.street_text == odd.asked_text)
    return ibis.union(_numbered(known.filter(by_number)).select(columns), asked.select(columns))


def _framed(records: ir.Table) -> ir.Table:
    """Take the house number out, where it is the first or the last word and the only digits."""
    text = records.street_text
    behind, ahead = text.re_search(BEHIND), text.re_search(AHEAD)
    frame = ibis.cases(
        (behind, text.re_extract(BEHIND, 1).concat(f" {ANY}")),
        (ahead, ibis.literal(ANY).concat(text.re_extract(AHEAD, 2))),
        else_=text,
    )
    number = ibis.cases((behind, text.re_extract(BEHIND, 2).lower()), (ahead, text.re_extract(AHEAD, 1)), else_="")
    return records.mutate(frame=frame, number=number)


def _numbered(known: ir.Table) -> ir.Table:
    number = known.number.concat(known.suffix)
    house_key = known.street.concat(" ", number)
    return known.mutate(
        house=ibis.ifelse(known.frame_status == USED, house_key, ""),
        street_value=house_key.concat(ibis.ifelse(known.unit == "", "", ibis.literal(" unit ").concat(known.unit))),
        street_status=known.frame_status,
    )


def _frame(text: str) -> tuple[str, str, str, str, str]:
    found = house(text)
    plain = found.number.startswith(ANY) and found.street != "" and ANY not in found.street and ANY not in found.unit
    return "yes" if plain else "no", found.street, found.number[len(ANY) :], found.unit, found.status


def _whole(text: str) -> tuple[str, str, str]:
    found = house(text)
    return found.key, found.value, found.status

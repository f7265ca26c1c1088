"""Streets and towns in tables, and the addresses that they make."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.identity.normalise.city import city
from patron.identity.normalise.distinct import Asker
from patron.identity.normalise.houses import with_house
from patron.identity.normalise.postal_code import postal_code
from patron.identity.normalise.rows import made_rows
from patron.identity.normalise.value import BLOCKED, INVALID, USED

_KINDS = ("street", "postal_code", "city", "address")


def address_rows(wide: ir.Table, *, asker: Asker) -> ir.Table:
    """Return street, postal code, town and address of each record that has a street."""
    told = wide.filter(wide.street.notnull())
    records = told.select(
        "source", "record_id", "seen_on", "changed_on", "land", street_text="street", postal_code_text="postal_code",
        city_text="city",
    )  # fmt: skip
    codes = asker.ask(
        records.filter(records.postal_code_text.notnull()).select(asked_code="postal_code_text", asked_land="land"),
        _code, makes=("postal_code_value", "postal_code_status"), name="postal_codes",
    )  # fmt: skip
    towns = asker.ask(
        records.filter(records.city_text.notnull()).select(asked_city="city_text"), city,
        makes=("city_value", "city_status"), name="cities",
    )  # fmt: skip
    return put_together(with_house(records, asker=asker), codes, towns)


def _code(text: str, land: str) -> tuple[str, str]:
    return postal_code(text, country=land or None)


def put_together(records: ir.Table, codes: ir.Table, towns: ir.Table) -> ir.Table:
    """Make addresses of houses and places, as `street.address` does."""
    joined = records.left_join(codes, [records.postal_code_text == codes.asked_code, records.land == codes.asked_land])
    joined = joined.left_join(towns, joined.city_text == towns.asked_city)
    place = ibis.coalesce(
        _used(joined.postal_code_value, joined.postal_code_status), _used(joined.city_value, joined.city_status), ""
    )
    behind = (ibis.coalesce(ibis.literal(", ").concat(joined[f"{part}_text"]), "") for part in ("postal_code", "city"))
    told = joined.mutate(place=place, address_text=joined.street_text.concat(*behind))
    which = ibis.ifelse(told.house != "", told.house, told.street_value)
    value = ibis.ifelse(told.place == "", which, which.concat(", ", told.place))
    status = ibis.cases(
        (told.street_status == BLOCKED, BLOCKED), ((told.house != "") & (told.place != ""), USED), else_=INVALID
    )
    return made_rows(told.mutate(address_value=value, address_status=status), _KINDS)


def _used(value: ir.StringValue, status: ir.StringValue) -> ir.StringValue:
    return ibis.ifelse(status == USED, value, ibis.null("string"))

"""What may be said of each customer: one value a variable, for those whom a message is for.

In   profiles, golden_records, traits      who she is
     next_products                         what she may buy next, where the signal speaks of no product
     product_cycles, raw_products          what products are called
Out  one row per row of `people`, with the variables that a customer's facts tell
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

NEEDS = ("profiles", "golden_records", "traits", "next_products", "product_cycles", "raw_products")
"""Tables that the facts are read from."""

NAMED = ("given_name", "family_name", "city")
"""What golden records tell, by the attribute's own name."""

LANGUAGE = "language"
"""The trait that tells which language a customer speaks."""

OF_PROFILES = (
    "country", "orders", "days_since_last", "first_order_on", "last_order_on", "average_order_value",
)  # fmt: skip

PRODUCT, CATEGORY, BRAND = "product", "category", "brand"


def message_facts(people: ir.Table, tables: Mapping[str, ir.Table], *, said: ir.Table | None = None) -> ir.Table:
    """Return what a message may say of each customer.

    Parameters
    ----------
    people : Table
        Column ``customer_id``; where a signal speaks of something, ``subject_kind`` and ``subject``. Further columns
        are handed on.
    tables : mapping of name to Table
        `NEEDS`.
    said : Table, optional
        ``customer_id, language``: in which language somebody herself wants to be written to, whatever a source says.

    Returns
    -------
    Table, one row per row of `people`
        Columns ``language`` (as a source tells it), `NAMED`, `OF_PROFILES`, ``product_id, product, category, brand``;
        missing where nobody knows.
    """
    about = people
    if "subject" not in people.columns:
        about = people.mutate(subject_kind=ibis.literal("none"), subject=ibis.literal(""))
    about = _joined(about, _named(tables["golden_records"]))
    about = _joined(about, _told(tables["traits"], said))
    profiles = tables["profiles"]
    about = _joined(about, profiles.select("customer_id", **{name: profiles[name] for name in OF_PROFILES}))
    about = _joined(about, _next(tables["next_products"]))
    return _named_products(about, tables["product_cycles"], tables["raw_products"]).drop(
        "subject_kind", "subject", "next_id", "next_name", "next_category"
    )


def _joined(about: ir.Table, more: ir.Table) -> ir.Table:
    return about.left_join(more, "customer_id").drop("customer_id_right")


def _named(golden: ir.Table) -> ir.Table:
    told = golden.filter(golden.attribute.isin(NAMED))
    return told.group_by("customer_id").aggregate(
        **{name: told.value.max(where=told.attribute == name) for name in NAMED}
    )


def _told(traits: ir.Table, said: ir.Table | None) -> ir.Table:
    told = traits.filter(traits.trait == LANGUAGE)
    told = told.select("customer_id", language="value")
    if said is None:
        return told
    own = said.filter(said.language.notnull()).select("customer_id", "language")
    return told.anti_join(own, "customer_id").union(own)


def _next(next_products: ir.Table) -> ir.Table:
    first = next_products.filter(next_products["rank"] == 1)
    return first.select("customer_id", next_id="product_id", next_name="product_name", next_category="category")


def _named_products(about: ir.Table, cycles: ir.Table, products: ir.Table) -> ir.Table:
    """Add the product: the signal's where it speaks of one, else the one that she may buy next."""
    of_signal = about.subject_kind == "product"
    chosen = about.mutate(product_id=ibis.ifelse(of_signal, about.subject, about.next_id))
    called = cycles.select(cycle_id="product_id", cycle_name="product_name")
    kept = products.select(
        own_id="product_id", own_name="product_name", own_category="category", own_brand="brand"
    )  # fmt: skip
    joined = chosen.left_join(called, chosen.product_id == called.cycle_id)
    joined = joined.left_join(kept, joined.product_id == kept.own_id)
    next_one = joined.product_id == joined.next_id
    category = ibis.coalesce(joined.own_category, ibis.ifelse(next_one, joined.next_category, ibis.null("string")))
    about_brand = joined.subject_kind == "brand"
    return joined.mutate(
        product=ibis.coalesce(
            joined.own_name, joined.cycle_name, ibis.ifelse(next_one, joined.next_name, ibis.null("string"))
        ),
        category=ibis.ifelse(joined.subject_kind == "category", joined.subject, category),
        brand=ibis.ifelse(about_brand, joined.subject, joined.own_brand),
    ).drop("cycle_id", "cycle_name", "own_id", "own_name", "own_category", "own_brand")

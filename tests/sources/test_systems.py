"""The exports of known systems are recognised by their headers, and by nothing less."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from patron.contracts.raw import FIELDS
from patron.language import has
from patron.sources.systems import SIGNATURES, known_export

EXPORTS = Path(__file__).parent / "exports"
NAMES = {
    "shopify_orders": "Shopify: orders",
    "shopify_orders_repeating": "Shopify: orders",
    "shopify_customers": "Shopify: customers",
    "woocommerce_customers": "WooCommerce: customers (analytics)",
    "woocommerce_orders": "WooCommerce: orders (analytics)",
    "woocommerce_suite_orders": "WooCommerce: orders (Import Export Suite)",
    "woocommerce_advanced_orders": "WooCommerce: orders (Advanced Order Export)",
    "hubspot_deals": "HubSpot: deals",
    "hubspot_contacts": "HubSpot: contacts",
    "klaviyo_profiles": "Klaviyo: profiles",
    "klaviyo_placed_orders": "Klaviyo: events of Placed Order",
}


def header(name: str) -> list[str]:
    with (EXPORTS / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return next(csv.reader(stream))


@pytest.mark.parametrize(("file", "name"), NAMES.items(), ids=list(NAMES))
def test_an_export_is_recognised_in_any_order_and_spelling(file: str, name: str) -> None:
    columns = header(file)
    for spelt in (columns, columns[::-1], [column.lower() for column in columns], [*columns, "Our own column"]):
        found = known_export(spelt)
        assert found is not None
        assert found.name == name


@pytest.mark.parametrize("file", list(NAMES))
def test_without_a_column_that_must_be_there_it_is_not_that_export(file: str) -> None:
    columns = header(file)
    found = known_export(columns)
    assert found is not None
    for choice in found.must:
        rest = [column for column in columns if column not in choice]
        assert not found.fits(rest), choice


def test_every_signature_has_its_example() -> None:
    assert {signature.name for signature in SIGNATURES} == set(NAMES.values())


@pytest.mark.parametrize("signature", SIGNATURES, ids=lambda signature: signature.name)
def test_a_signature_speaks_of_our_fields_and_says_where_it_was_seen(signature) -> None:  # type: ignore[no-untyped-def]
    assert signature.pages
    assert all(page.startswith("https://") for page in signature.pages)
    assert all(map(has, signature.notes))
    for part in signature.parts:
        fields = {field.name for field in FIELDS[part.source]}
        assert set(part.columns) <= fields
        assert {one.field for one in part.conditions} <= set(part.columns)
        assert part.first_row is None or part.first_row in part.columns
        assert set(part.one_of) <= set(part.columns)
        assert all(has(one.reason) for one in part.conditions)


@pytest.mark.parametrize(
    "columns",
    [
        ["customer_id", "order_id", "date", "amount"],
        ["timestamp", "email", "value", "event_id"],  # anybody's events; Klaviyo writes $value and $event_id
        ["Name", "Email", "Total", "Created at"],
        ["Record ID", "Company name", "Website URL"],
        ["Date", "Status", "Customer", "Net Sales"],
        [],
    ],
)
def test_what_only_looks_like_one_is_none(columns: list[str]) -> None:
    assert known_export(columns) is None

"""What the checks say of shops that nobody here made: true, and no more than is of use."""

from __future__ import annotations

import duckdb
import ibis
import pytest
from faulty_shop import keep

from patron.contracts import MONEY, PRICE
from patron.contracts.raw import RAW_ORDER_LINES
from patron.sources.checks import order_findings

pytestmark = pytest.mark.real_data


def found(query: str):
    """Check rows of order_id, customer_id, ordered_at, product_id, quantity and unit_price."""
    lines = ibis.memtable(duckdb.sql(query).to_arrow_table())
    typed = lines.mutate(
        ordered_at=lines.ordered_at.cast(RAW_ORDER_LINES.schema["ordered_at"]),
        unit_price=lines.unit_price.cast(PRICE),
        amount=(lines.quantity * lines.unit_price.cast("float64")).round(2).cast(MONEY),
        discount=ibis.literal(0).cast(MONEY),
        file=ibis.literal("one"),
        kind=ibis.ifelse(lines.quantity < 0, "return", "sale"),
    )
    others = {name: ibis.null(kind).cast(kind) for name, kind in RAW_ORDER_LINES.schema.items() if name not in typed}
    whole = RAW_ORDER_LINES.shape(typed.mutate(**others))
    last = typed.ordered_at.date().max().to_pyarrow().as_py()
    return {one.check: one for one in order_findings(keep("lines", whole), as_of=last, keep=keep)}


def severities(findings):
    return {check: finding.severity for check, finding in findings.items()}


def test_cdnow_is_a_closed_cohort_without_times(shared_data):
    findings = found(f"""
        SELECT line[1] || '/' || line[2] AS order_id, line[1] AS customer_id, NULL::VARCHAR AS product_id,
               strptime(line[2], '%Y%m%d') AS ordered_at, 1.0::DOUBLE AS quantity, line[4]::DECIMAL(18, 4) AS unit_price
        FROM (SELECT string_split_regex(trim(text), '\\s+') AS line
              FROM read_csv('{shared_data("cdnow")}/CDNOW_master.txt', delim='|', header=true,
                            columns={{'text': 'VARCHAR'}}))
        WHERE line[4]::DOUBLE > 0
    """)
    assert severities(findings) == {"closed_cohort": "warning", "days_only": "info"}
    assert findings["closed_cohort"].facts["last"] == "25 March 1997"


def test_olist_begins_twice_and_stops_at_noon(shared_data):
    folder = shared_data("olist")
    findings = found(f"""
        SELECT i.order_id, c.customer_unique_id AS customer_id, o.order_purchase_timestamp AS ordered_at, i.product_id,
               1.0::DOUBLE AS quantity, i.price::DECIMAL(18, 4) AS unit_price
        FROM '{folder}/olist_order_items_union.csv.gz' i
        JOIN '{folder}/olist_orders_union.csv.gz' o USING (order_id)
        JOIN '{folder}/olist_customers_union.csv.gz' c USING (customer_id)
    """)
    assert severities(findings) == {
        "ragged_start": "warning",
        "last_day_stops": "warning",
        "sudden_spikes": "info",
    }
    assert findings["ragged_start"].facts["start"] == "5 January 2017"
    assert "24 November 2017" in str(findings["sudden_spikes"].facts["named"]), "Black Friday, the only spike"


def test_online_retail_has_a_past_bank_holidays_and_half_a_last_day(shared_data):
    findings = found(f"""
        SELECT DISTINCT ON (Invoice, StockCode, Quantity, Price, InvoiceDate) Invoice AS order_id,
               "Customer ID"::VARCHAR AS customer_id, StockCode AS product_id, InvoiceDate::TIMESTAMP AS ordered_at,
               Quantity::DOUBLE AS quantity, Price::DECIMAL(18, 4) AS unit_price
        FROM read_csv('{shared_data("online_retail_ii")}/*.csv.gz',
                      types={{'Invoice': 'VARCHAR', 'StockCode': 'VARCHAR'}})
        WHERE "Customer ID" IS NOT NULL AND Price > 0
          AND StockCode NOT IN ('POST', 'DOT', 'C2', 'M', 'D', 'S', 'B', 'ADJUST', 'BANK CHARGES')
    """)
    told = severities(findings)
    assert {check for check, severity in told.items() if severity != "info"} == {
        "last_day_stops",
        "known_before",
        "huge_amounts",
    }
    assert told["missing_days"] == "info", "a shop that closes on bank holidays"
    assert findings["last_day_stops"].facts["before"] == "2011-12-08"
    assert findings["huge_amounts"].rows == 4

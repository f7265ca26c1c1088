"""Which themes of Olist's reviews go with late delivery? What docs/themes.md says of it is what comes out here."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pytest

from patron.contracts.customer import FORECASTS
from patron.contracts.theme import THEME_TEXTS
from patron.voice import Themes, themes_by_segment

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "olist"
QUERY = """
    select r.review_id || ':' || r.order_id text_id, c.customer_unique_id customer_id,
        r.review_comment_message as text, r.review_score::double rating,
        if(o.order_delivered_customer_date::date > o.order_estimated_delivery_date::date, 'late', 'in_time') segment,
        r.review_creation_date::timestamp < o.order_delivered_customer_date waiting
    from read_csv('{0}/olist_order_reviews_union.csv.gz', all_varchar=true) r
    join read_csv('{0}/olist_orders_union.csv.gz') o using (order_id)
    join read_csv('{0}/olist_customers_union.csv.gz') c using (customer_id)
    where trim(coalesce(r.review_comment_message, '')) <> '' and o.order_delivered_customer_date is not null
    order by 1
"""

pytestmark = [pytest.mark.real_data, pytest.mark.skipif(not DATA.exists(), reason="the public data set is not here")]


@pytest.fixture(scope="module")
def rows() -> dict[tuple[str, str], dict[str, Any]]:
    texts = duckdb.connect().sql(QUERY.format(DATA)).to_arrow_table()
    model = Themes().fit(texts)
    found = model.assign(texts).select(["text_id", "theme", "closeness", "language"])
    day, many = date(2018, 8, 29), texts.num_rows
    facts = {"source": pa.array(["reviews"] * many), "said_on": pa.array([day] * many), "rating": texts["rating"]}
    whole = pa.table({name: found[name] for name in found.column_names} | facts | {
        "customer_id": texts["customer_id"], "nps_score": pa.nulls(many, pa.float64()),
        "quote": pa.nulls(many, pa.string()),
    })  # fmt: skip
    came = texts.group_by(["customer_id", "segment"]).aggregate([])
    members = came.append_column("segmentation", pa.array(["delivery"] * len(came)))
    table = themes_by_segment(
        THEME_TEXTS.shape(ibis.memtable(whole)), ibis.memtable(model.themes_), ibis.memtable(members),
        FORECASTS.empty(), as_of=day,
    )  # fmt: skip
    return {(row["segment"], row["theme"]): row for row in table.to_pyarrow().to_pylist()}


def test_the_page_says_what_the_files_say() -> None:
    """The themes' own figures may move in a digit with the linear algebra of a machine; these cannot."""
    page = " ".join((ROOT / "docs" / "themes.md").read_text(encoding="utf-8").split())
    facts = {
        (segment, waiting): (many, stars)
        for segment, waiting, many, stars in duckdb.sql(
            f"select segment, waiting, count(*), avg(rating) from ({QUERY.format(DATA)}) group by 1, 2"
        ).fetchall()
    }
    asked, stars = facts["late", True]
    late = asked + facts["late", False][0]
    assert f"{sum(many for many, _ in facts.values()):,} texts of a sample" in page
    assert f"Of the {late} reviews of late orders {asked} were asked for before the parcel was there" in page
    assert f"{stars:.1f} stars on average, against {facts['late', False][1]:.1f} from the {late - asked}" in page


def test_waiting_goes_with_late_orders_and_praise_with_orders_in_time(
    rows: dict[tuple[str, str], dict[str, Any]],
) -> None:
    late = [row for (segment, theme), row in rows.items() if segment == "late" and theme != "other"]
    waiting = next(row for row in late if {"recebi", "ainda"} <= set(row["words"].split(", ")))
    assert waiting["lift_low"] > 2
    assert waiting["found"]
    assert waiting["rating"] < 2
    praise = next(row for row in late if {"recomendo", "super"} <= set(row["words"].split(", ")))
    assert praise["lift_high"] < 0.6
    assert praise["found"]

"""One name for a channel however it is spelt, and what the tags of a link say of it."""

from __future__ import annotations

import random

import ibis
import pyarrow as pa
import pytest

from patron.kpis.channel_key import channel_key, channel_key_of
from patron.sources.marketing_channel import MARKETING_CHANNELS, channel_of, channel_word_of, tagged_channel

# source, medium, campaign -> channel
TAGS = (
    ("google", "cpc", "brand", "paid_search"),
    ("google", "organic", None, "organic_search"),
    ("google", None, None, "organic_search"),
    ("www.google.de", "CPC", None, "paid_search"),
    ("task-manager.example", "referral", None, "referral"),
    ("facebook", "paid", None, "paid_social"),
    ("m.facebook.com", "referral", None, "organic_social"),
    ("ig", "paid_social", None, "paid_social"),
    ("tiktok.com", "cpm", None, "paid_social"),
    ("newsletter", "e-mail", None, "email"),
    ("klaviyo", "sms", None, "sms"),
    ("firebase", None, None, "push"),
    ("criteo", "retargeting", None, "paid_other"),
    ("criteo", "display", None, "display"),
    ("exchange.example", "cpm", None, "display"),
    ("google", "cpc", "summer shopping", "paid_shopping"),
    ("google", "cpc", "workshop", "paid_search"),
    ("google", "cpc", "EU cross-network", "cross_network"),
    ("youtube.com", "cpv", None, "paid_video"),
    ("youtube.com", "referral", None, "organic_video"),
    ("awin", "affiliate", None, "affiliates"),
    ("(direct)", "(none)", None, "direct"),
    ("(not set)", "(not set)", None, None),
    (None, None, "spring", None),
    ("bus stop", None, None, "bus_stop"),
    ("agency", "influencer", None, "influencer"),
)


def test_the_tags_of_a_link_are_grouped() -> None:
    names = ("source", "medium", "campaign")
    rows = pa.table({name: pa.array([row[at] for row in TAGS], pa.string()) for at, name in enumerate(names)})
    table = ibis.memtable(rows)
    said = table.select(word=tagged_channel(table.source, table.medium, table.campaign)).to_pyarrow()["word"]
    assert said.to_pylist() == [row[3] for row in TAGS]


def test_the_own_word_stands_before_the_tags() -> None:
    table = ibis.memtable(pa.table({"told": ["Paid Social", None], "source": ["google"] * 2, "medium": ["cpc"] * 2,
                                    "campaign": ["x"] * 2}))  # fmt: skip
    said = table.select(word=channel_of(table.told, table.source, table.medium, table.campaign))
    assert said.to_pyarrow()["word"].to_pylist() == ["paid_social", "paid_search"]


def test_a_column_and_one_name_are_spelt_alike() -> None:
    rng = random.Random(7)
    names = ["".join(rng.choices("aAbZ-_ 9é漢.", k=rng.randint(1, 8))) for _ in range(2_000)]
    aliases = {"ab": "paid search"}
    table = ibis.memtable(pa.table({"name": [*names, "AB", "a-b"]}))
    keys = table.select("name", key=channel_key(table.name, aliases)).to_pyarrow().to_pylist()
    assert [row["key"] for row in keys] == [channel_key_of(row["name"], aliases) for row in keys]
    assert keys[-2]["key"] == "paid_search"
    assert keys[-1]["key"] == "a_b"


@pytest.mark.parametrize("name", [*MARKETING_CHANNELS, "Bus stops", "漢字", "  "])
def test_a_name_is_its_own_name(name: str) -> None:
    assert channel_word_of(channel_word_of(name)) == channel_word_of(name)


def test_aliases_hold_for_every_spelling() -> None:
    spelt = ["Google Ads", "google-ads", "GOOGLE_ADS"]
    assert {channel_key_of(one, {"google ads": "Paid search"}) for one in spelt} == {"paid_search"}
    assert channel_key_of("Bus", {}) == "bus"


def test_it_is_an_expression_for_spark_too() -> None:
    assert ibis.pyspark
    table = ibis.table({"a": "string", "b": "string", "c": "string", "d": "string"}, name="t")
    assert "paid_search" in ibis.to_sql(table.select(w=channel_of(table.a, table.b, table.c, table.d)), "pyspark")

"""From the request to the parts that a run reads: acknowledged events are collected once, dead letters are not."""

from __future__ import annotations

import pyarrow.parquet as pq

from patron.engines.inbox_parts import RAW, Parts
from patron.pipeline.collecting import collect
from patron.privacy import Tombstones


def test_what_was_acknowledged_is_collected_once(site, tmp_path):
    parts, nobody = Parts(tmp_path / "inbox"), Tombstones(tmp_path / "erased.jsonl")
    page = {"type": "page", "messageId": "one", "anonymousId": "A", "name": "Home"}
    bought = {"type": "track", "messageId": "two", "userId": "u1", "event": "Order Completed",
              "properties": {"order_id": "o1", "total": 30}}  # fmt: skip
    assert site.send("batch", {"batch": [page, bought, {"type": "track", "messageId": "bad"}]}).status_code == 200
    assert collect(site.state, parts, erased=nobody).events == 2
    assert (site.rows(), len(site.dead())) == ([], 1)
    assert site.send("batch", {"batch": [bought, {**page, "messageId": "three"}]}).status_code == 200
    assert collect(site.state, parts, erased=nobody).events == 1, (
        "messageId two was collected, and is known all the same"
    )
    ids = [one for file in parts.files(RAW) for one in pq.read_table(file)["message_id"].to_pylist()]
    assert ids == ["one", "two", "three"]
    told = [one for file in parts.files("events") for one in pq.read_table(file)["event"].to_pylist()]
    assert told == ["page_view", "order", "page_view"]

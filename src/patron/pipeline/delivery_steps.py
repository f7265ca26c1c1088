"""The step `deliveries`: what left for whom, what it cost, what came back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from patron.activation.deliveries import deliveries_of, messages_of
from patron.contracts.delivery import DELIVERIES, MESSAGES
from patron.identity.record_owners import by_todays_ids
from patron.pipeline.step import Context, Step, has_rows

Tables = Mapping[str, ir.Table]

RAW = "raw_messages"


def _deliveries(context: Context) -> Tables:
    made = DELIVERIES.empty()
    if context.kept.deliveries.num_rows:
        outbox = ibis.memtable(_local(context.kept.deliveries, context.settings.timezone))
        made = deliveries_of(by_todays_ids(outbox, context["links"]), as_of=context.as_of)
    made = context.keep("deliveries", made)
    if not has_rows(context[RAW]):
        return {"deliveries": made, "messages": MESSAGES.empty()}
    sent = context.of_customers("messages")
    return {"deliveries": made, "messages": messages_of(sent, made, context["orders"], as_of=context.as_of)}


def _local(outbox: pa.Table, timezone: str) -> pa.Table:
    """Return what the database holds in UTC with the moments of the project's time zone."""
    for place, field in enumerate(outbox.schema):
        if pa.types.is_timestamp(field.type):
            aware = pc.assume_timezone(outbox[field.name], "UTC").cast(pa.timestamp("us", timezone))
            outbox = outbox.set_column(place, field.name, pc.local_timestamp(aware))
    return outbox


def deliveries_print(outbox: pa.Table) -> str:
    """Return a fingerprint of deliveries: the step is made again when it changes."""
    found = hashlib.sha256()
    for name in ("delivery_id", "customer_id", "state", "attempts", "cost"):
        for value in outbox[name].to_pylist():
            found.update(f"{value}\x1f".encode())
    return found.hexdigest()


DELIVERY_STEP = Step(
    "deliveries", (RAW, "links", "orders"), ("deliveries", "messages"), _deliveries, ("timezone",),
    state=lambda context: deliveries_print(context.kept.deliveries),
)  # fmt: skip

"""The exports of known systems, one file a system; to know one more is to add one more file."""

from __future__ import annotations

from collections.abc import Sequence

from patron.sources.systems import hubspot, klaviyo, shopify, woocommerce
from patron.sources.systems.signature import Condition, Part, Signature, plain

SIGNATURES: tuple[Signature, ...] = (
    *shopify.SIGNATURES,
    *woocommerce.SIGNATURES,
    *hubspot.SIGNATURES,
    *klaviyo.SIGNATURES,
)


def known_export(header: Sequence[str]) -> Signature | None:
    """Return the export that has this header, if one of the known systems writes it.

    Examples
    --------
    >>> known_export(["Timestamp", "Email", "$value", "$event_id"]).name
    'Klaviyo: events of Placed Order'
    >>> known_export(["customer_id", "amount"]) is None
    True
    """
    fitting = [signature for signature in SIGNATURES if signature.fits(header)]
    return max(fitting, key=lambda signature: signature.weight, default=None)


__all__ = ["SIGNATURES", "Condition", "Part", "Signature", "known_export", "plain"]

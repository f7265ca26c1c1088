"""Global Privacy Control: a browser's standing opt-out of the sale and sharing of its user's data.

Ref  W3C, Global Privacy Control (GPC), sections 3 and 4; Cal. Code Regs. title 11, 7025
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from patron.privacy.signals.said import NO_ADVERTISING, Said, refuse

KIND = "GPC"
HEADER = "Sec-GPC"

_VALUES = {"1": True, "true": True, "0": False, "false": False}


@dataclass(frozen=True)
class Gpc:
    """The signal of one request."""

    opted_out: bool

    @classmethod
    def decode(cls, text: str) -> Gpc:
        """Read a value that somebody wrote down: 1 or true, 0 or false.

        Raises
        ------
        ArgumentError
            It is neither.
        """
        value = _VALUES.get(text.strip().lower())
        if value is None:
            refuse(KIND, "privacy.fault.gpc")
        return cls(value)

    @classmethod
    def of_request(cls, headers: Mapping[str, str]) -> Gpc:
        """Read a request's headers: only ``Sec-GPC: 1`` is the signal, anything else is to be taken as none.

        Examples
        --------
        >>> Gpc.of_request({"sec-gpc": "1"}), Gpc.of_request({})
        (Gpc(opted_out=True), Gpc(opted_out=False))
        """
        values = [value.strip() for name, value in headers.items() if name.lower() == HEADER.lower()]
        return cls(values == ["1"])

    def encode(self) -> str:
        """Write it as a statement's signal."""
        return f"gpc={int(self.opted_out)}"

    def said(self) -> tuple[Said, ...]:
        """Return what it says. Without the signal nothing is said: that lifts no earlier no."""
        return (NO_ADVERTISING,) if self.opted_out else ()


@dataclass(frozen=True, kw_only=True)
class GpcSupport:
    """What a site says at ``/.well-known/gpc.json``: whether it honours the signal."""

    honoured: bool
    updated: date | None = None

    @classmethod
    def decode(cls, text: str) -> GpcSupport:
        """Read the resource; a site that gives no true there says nothing, and is read as not honouring it.

        Raises
        ------
        ArgumentError
            It is not a JSON object, or its day is none.
        """
        found = _object(text)
        try:
            updated = date.fromisoformat(found["lastUpdate"]) if "lastUpdate" in found else None
        except (TypeError, ValueError):
            refuse(KIND, "privacy.fault.gpc_json")
        return cls(honoured=found.get("gpc") is True, updated=updated)

    def encode(self) -> str:
        """Write the resource.

        Examples
        --------
        >>> GpcSupport(honoured=True, updated=date(2026, 1, 2)).encode()
        '{"gpc": true, "lastUpdate": "2026-01-02"}'
        """
        day = {} if self.updated is None else {"lastUpdate": self.updated.isoformat()}
        return json.dumps({"gpc": self.honoured, **day})


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        refuse(KIND, "privacy.fault.gpc_json")
    return found

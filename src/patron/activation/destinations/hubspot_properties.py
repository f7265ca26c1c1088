"""The properties of HubSpot's contacts that are written: they must be there first, and are made where they are not.

Ref  developers.hubspot.com: properties (names of small letters, digits and underscores; `type` and `fieldType`; groups)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from patron.activation.destinations.destination import Outcome
from patron.activation.destinations.http import Http
from patron.activation.destinations.profile_fields import FIELDS, FieldKind
from patron.language import say

PROPERTIES = "/crm/v3/properties/contacts"
GROUP = "patron"

_TYPES: dict[FieldKind, tuple[str, str]] = {
    "number": ("number", "number"), "text": ("string", "text"), "date": ("date", "date"),
    "yes_no": ("bool", "booleancheckbox"),
}  # fmt: skip


@dataclass(kw_only=True)
class HubSpotProperties:
    """The properties of one account.

    Parameters
    ----------
    fields : sequence of str
        Which of `FIELDS` are written.
    prefix : str
        What their names begin with.
    make : bool
        Whether those that are missing are made.
    """

    fields: Sequence[str]
    prefix: str
    make: bool
    _there: bool = field(default=False, repr=False)

    def written(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Return values as HubSpot takes them: texts, of which an empty one clears the property."""
        return {f"{self.prefix}{name}": _text(values[name]) for name in self.fields if name in values}

    def ready(self, http: Http, now: datetime) -> Outcome | None:
        """See that all properties are there; return what comes of all deliveries where they are not."""
        if self._there or not self.fields:
            return None
        answer = http.call("GET", PROPERTIES, now=now, params={"archived": "false"})
        if answer.outcome.status != "accepted":
            return _later(answer.outcome)
        known = _names(answer.json())
        missing = [name for name in self.fields if f"{self.prefix}{name}" not in known]
        if missing and not self.make:
            return Outcome(status="retry", reason=f"no_property_{self.prefix}{missing[0]}"[:40])
        lacking = self._made(http, missing, now) if missing else None
        self._there = lacking is None
        return lacking

    def forget(self) -> None:
        """Look again before the next deliveries."""
        self._there = False

    def _made(self, http: Http, missing: Sequence[str], now: datetime) -> Outcome | None:
        group = http.call("POST", f"{PROPERTIES}/groups", now=now, json={"name": GROUP, "label": say("crm.group")})
        if group.outcome.status != "accepted" and group.status != 409:  # 409: it is there
            return _later(group.outcome)
        inputs = [self._definition(name) for name in missing]
        answer = http.call("POST", f"{PROPERTIES}/batch/create", now=now, json={"inputs": inputs})
        if answer.outcome.status != "accepted":
            return _later(answer.outcome)
        told = answer.json()
        if not isinstance(told, dict) or told.get("errors"):
            return Outcome(status="retry", reason="properties_not_made")
        return None

    def _definition(self, name: str) -> dict[str, Any]:
        kind, shown = _TYPES[FIELDS[name]]
        made: dict[str, Any] = {
            "name": f"{self.prefix}{name}", "label": say(f"crm.field.{name}"), "groupName": GROUP, "type": kind,
            "fieldType": shown,
        }  # fmt: skip
        if kind == "bool":
            made["options"] = [{"label": label, "value": label} for label in ("true", "false")]
        return made


def _later(outcome: Outcome) -> Outcome:
    """Return what comes of deliveries that were not handed over, for what had to come first failed."""
    return Outcome(status="retry", reason=outcome.reason, retry_after_s=outcome.retry_after_s)


def _names(told: Any) -> set[str]:
    results = told.get("results") if isinstance(told, dict) else None
    return {str(one.get("name")) for one in results or () if isinstance(one, dict)}


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


__all__ = ["GROUP", "PROPERTIES", "HubSpotProperties"]

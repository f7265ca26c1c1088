"""What linking records to customers comes to."""

from __future__ import annotations

from dataclasses import dataclass

import ibis.expr.types as ir

from patron.identity.rules import DEFAULT_RULES, Rules


@dataclass(frozen=True)
class Resolution:
    """Who is who, and why.

    `links` and `match_keys` are what counts. The rest is needed to go on from here when records come, change or go:
    `identifiers` and `people` only where nobody says which records these are.
    """

    links: ir.Table  # contracts.person.LINKS, of the sources that were given
    match_keys: ir.Table  # contracts.person.MATCH_KEYS
    identifiers: ir.Table | None = None  # contracts.person.IDENTIFIERS
    people: ir.Table | None = None  # source, record_id, seen_on: also those without any identifier
    rules: Rules = DEFAULT_RULES

    @property
    def shared(self) -> ir.Table:
        """The keys that too many records carry: ``rule, key, records``."""
        return self._lost("shared").select("rule", "key", "records").distinct()

    @property
    def giants(self) -> ir.Table:
        """What was cut out of clusters that grew too large, by rule: ``rule, keys, records``."""
        cut = self._lost("giant")
        return cut.group_by("rule").aggregate(keys=cut.key.nunique(), records=cut.record_id.nunique())

    def _lost(self, reason: str) -> ir.Table:
        return self.match_keys.filter((self.match_keys.reason == reason).fill_null(False))

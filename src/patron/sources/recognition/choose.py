"""Choose, of all tables that could be a source, the one that is, and say how the chosen ones meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ibis.backends import BaseBackend

from patron.language import percent, say
from patron.sources.recognition.proposal import LeftOut, Mapped, SourceProposal
from patron.sources.recognition.references import Meeting, best_key

_MEETS = 0.05
"""Tables of which fewer rows meet are not about the same things."""
_SOME = 1e-9
"""What is known of a few customers only is about the same customers as long as any is met."""
_PEOPLE = ("customers", "orders", "order_lines")
_SUPPLIED = ("customer_id", "ordered_at", "currency", "channel", "country")
"""What lines take from their order."""


@dataclass(frozen=True)
class Link:
    """A source's key, and the sources whose rows must meet it, the best first."""

    key: str
    holders: tuple[str, ...]
    least: float = _MEETS
    """Share of the holder's rows that must be met."""


LINKS: dict[str, Link | None] = {
    "order_lines": None,
    "orders": Link("order_id", ("order_lines",)),
    "customers": Link("customer_id", ("orders", "order_lines")),
    "products": Link("product_id", ("order_lines",)),
    "spend": None,
    "rates": None,
    "identifiers": Link("customer_id", _PEOPLE, least=_SOME),
    "events": Link("customer_id", _PEOPLE, least=0.0),  # all visitors may be unknown
    "households": Link("customer_id", _PEOPLE, least=_SOME),
    "consents": Link("customer_id", _PEOPLE, least=_SOME),
    "traits": Link("customer_id", _PEOPLE, least=_SOME),
    "tickets": Link("customer_id", _PEOPLE, least=_SOME),
    "subscriptions": Link("customer_id", _PEOPLE, least=_SOME),
    "messages": Link("customer_id", _PEOPLE, least=_SOME),
    "prospects": Link("customer_id", _PEOPLE, least=0.0),  # none may have become a customer yet
    "reviews": Link("customer_id", _PEOPLE, least=_SOME),
    "surveys": Link("customer_id", _PEOPLE, least=_SOME),
    "referrals": Link("customer_id", _PEOPLE, least=_SOME),
    "loyalty": Link("customer_id", _PEOPLE, least=_SOME),
    "market": None,
    "mix_model": None,
    "invitations": Link("customer_id", _PEOPLE, least=_SOME),
    "assignments": Link("customer_id", _PEOPLE, least=0.0),  # all may be visitors whom nobody knew
}
"""All sources in the order in which they are chosen: everything must meet what was sold."""


@dataclass(frozen=True)
class _Fit:
    """How a proposal meets the rows of its holder, if there is one."""

    proposal: SourceProposal
    holder: SourceProposal | None = None
    meeting: Meeting | None = None

    @property
    def share(self) -> float:
        return 1.0 if self.meeting is None else self.meeting.share


def choose(
    proposed: Sequence[SourceProposal], *, connection: BaseBackend
) -> tuple[list[SourceProposal], list[LeftOut]]:
    """Choose one table a source, and add to each why it fits the others.

    Of several tables the one is taken that the rows of the sources before it meet most; of those that are met
    equally, the largest.
    """
    chosen: dict[str, SourceProposal] = {}
    left_out: list[LeftOut] = []
    for source, link in LINKS.items():
        fits = [_fit(one, link, chosen, connection) for one in proposed if one.source == source]
        ranked = sorted(fits, key=lambda fit: (-round(fit.share, 2), -fit.proposal.table.rows, fit.proposal.table.name))
        best = next((fit for fit in ranked if fit.share >= (link.least if link else 0)), None)
        left_out += [LeftOut(fit.proposal.table.name, _why(fit)) for fit in ranked if fit is not best]
        if best is not None:
            chosen |= _told(best, link)
    return list(chosen.values()), left_out


def _fit(one: SourceProposal, link: Link | None, chosen: dict[str, SourceProposal], connection: BaseBackend) -> _Fit:
    holder = next(
        (chosen[name] for name in (link.holders if link else ()) if link and link.key in _columns(chosen.get(name))),
        None,
    )
    if link is None or holder is None or link.key not in one.columns:
        return _Fit(one)
    column, mapped = holder.columns[link.key].column, one.columns[link.key]
    keys = (mapped.column, *(other for other in mapped.others if one.table.columns[other].is_unique))
    met = best_key(holder.table, column, one.table, candidates=keys, connection=connection)
    return _Fit(one, holder, met or Meeting(holder.table, column, one.table, mapped.column, 1, 0))


def _columns(proposal: SourceProposal | None) -> tuple[str, ...]:
    return tuple(proposal.columns) if proposal else ()


def _why(fit: _Fit) -> str:
    source = say(f"init.kind.{fit.proposal.source}")
    link = LINKS[fit.proposal.source]
    if fit.meeting is None or link is None or fit.share >= link.least:
        return say("init.left.another", kind=source)
    share = percent(fit.share, digits=1)
    return say("init.left.meets_nothing", kind=source, column=fit.meeting.key, holder=fit.meeting.column, share=share)


def _told(fit: _Fit, link: Link | None) -> dict[str, SourceProposal]:
    """Return the proposal and its holder, each with what their meeting says."""
    proposal = fit.proposal
    if link is None or fit.holder is None or fit.meeting is None:
        return {proposal.source: proposal}
    proposal = _keyed(proposal, link.key, fit.meeting.key)
    share = percent(fit.share, digits=0 if fit.share in (0, 1) else 1)
    reason = say("init.reason.meets", key=f"{proposal.source}.{link.key}", share=share)
    # That two sources from one file meet says nothing.
    holder = fit.holder if fit.holder.table is proposal.table else fit.holder.with_reason(link.key, reason)
    if proposal.source == "orders":
        holder = replace(holder, supplied=frozenset(_SUPPLIED) & frozenset(proposal.columns))
        proposal = replace(proposal, supplied=frozenset({"amount"}))
    return {holder.source: holder, proposal.source: proposal}


def _keyed(proposal: SourceProposal, field: str, column: str) -> SourceProposal:
    """Take the column that is met most for the key; what the name said first becomes the alternative."""
    mapped = proposal.columns[field]
    if mapped.column == column:
        return proposal
    others = (mapped.column, *(other for other in mapped.others if other != column))
    swapped = Mapped(column, (say("init.reason.met_most"), *mapped.reasons), others)
    return replace(proposal, columns={**proposal.columns, field: swapped})

"""What are these tables, and which of their columns are our fields?

By the exports of known systems first, then by the words of the header, and always held against the values: what they
look like, which column names a row, which column of one table meets the key of another. What stays unclear is said and
left to a person: a wrong mapping costs more than a question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ibis.backends import BaseBackend

from patron.contracts.raw import FIELDS
from patron.language import say
from patron.sources.people.consents import WIDE
from patron.sources.recognition import evidence
from patron.sources.recognition.answers import answers
from patron.sources.recognition.choose import choose
from patron.sources.recognition.columns import by_part, by_values, by_words
from patron.sources.recognition.kinds import kind_of
from patron.sources.recognition.looked import Looked
from patron.sources.recognition.proposal import Hint, LeftOut, Recognised, SourceProposal
from patron.sources.systems import Part, Signature, known_export


def recognise(tables: Sequence[Looked], *, connection: BaseBackend) -> Recognised:
    """Say which tables are sources, and propose the mapping of each with its reasons.

    Parameters
    ----------
    tables : sequence of Looked
        As `recognition.look` returns them.
    connection : BaseBackend
        Where their rows stand.
    """
    candidates = {table.name: _candidates(table) for table in tables}
    left_out = [LeftOut(table.name, _why_not(table)) for table in tables if not candidates[table.name]]
    chosen, others = choose([one for group in candidates.values() for one in group], connection=connection)
    if not {one.source for one in chosen} & set(_ENOUGH):
        chosen, left_out = _with_stub(chosen, tables, left_out)
    told = tuple(_with_evidence(one, connection) for one in _paid(chosen, connection))
    return Recognised(told, (*left_out, *others), answers(told, connection))


_ENOUGH = ("order_lines", "orders", "customers")
"""A project needs one of these."""


def _with_stub(
    chosen: list[SourceProposal], tables: Sequence[Looked], left_out: list[LeftOut]
) -> tuple[list[SourceProposal], list[LeftOut]]:
    """Propose the largest table that is not known as order lines, with all that its header tells, to be filled in."""
    unknown = [table for table in tables if table.name in {one.name for one in left_out}]
    largest = max(unknown or tables, key=lambda table: (table.rows, table.name))
    columns = by_words(largest, "order_lines")
    stub = SourceProposal(
        "order_lines",
        largest,
        {**columns, **by_values(largest, "order_lines", columns)},
        notes=(say("init.no_source"),),
    )
    return [stub, *chosen], [one for one in left_out if one.name != largest.name]


def _candidates(table: Looked) -> list[SourceProposal]:
    """Return what a table could be: all parts of a known export, else what its header and values allow."""
    signature = known_export(table.header)
    if signature is not None:
        found = [_of_part(table, part, signature) for part in signature.parts]
        return [one for one, part in zip(found, signature.parts, strict=True) if _tells(one, part.one_of)]
    kind = kind_of(table)
    if kind is None or kind not in FIELDS:
        return []
    columns = by_words(table, kind)
    proposed = [SourceProposal(kind, table, {**columns, **by_values(table, kind, columns)})]
    return [*proposed, *_beside_customers(table)] if kind == "customers" else proposed


def _beside_customers(table: Looked) -> list[SourceProposal]:
    """Return what columns of a list of customers say beside: who wants which messages, and who lives together."""
    told = by_words(table, "consents")
    said = {name: told[name] for name in ("customer_id", *WIDE) if name in told}
    homes = by_words(table, "households")
    consents = SourceProposal("consents", table, said, notes=(say("init.note.consent_columns"),))
    found = [one for one in (consents, SourceProposal("households", table, homes)) if "customer_id" in one.columns]
    return [one for one in found if _tells(one, WIDE if one.source == "consents" else ("household_id",))]


def _tells(proposal: SourceProposal, one_of: Sequence[str]) -> bool:
    return not one_of or any(name in proposal.columns for name in one_of)


def _why_not(table: Looked) -> str:
    if not table.rows:
        return say("init.left.empty")
    return say("init.left.returns") if kind_of(table) == "returns" else say("init.left.unknown")


def _of_part(table: Looked, part: Part, signature: Signature) -> SourceProposal:
    columns = by_part(table, part, export=signature.name)
    first_row = Hint("exclude", f"{part.first_row} IS NULL", say("init.reason.first_row"), sure=True)
    return SourceProposal(
        part.source,
        table,
        columns,
        hints=(first_row,) if part.first_row in columns else (),
        # What is to be known of an export is said once, where it is told first.
        notes=tuple(map(say, signature.notes)) if part is signature.parts[0] else (),
        system=signature,
        conditions=part.conditions,
    )


def _paid(chosen: Sequence[SourceProposal], connection: BaseBackend) -> list[SourceProposal]:
    """Leave out the discounts that the rows show to be taken off already, or told twice."""
    sources = {one.source: one for one in chosen}
    rows = {name: evidence.rows_of(one, connection) for name, one in sources.items()}
    lines = sources.get("order_lines")
    if lines and evidence.is_after_discount(rows["order_lines"]):
        note = say("init.note.net", column=lines.columns["discount"].column, amount=lines.columns["amount"].column)
        sources["order_lines"] = replace(lines.without("discount"), notes=(*lines.notes, note))
    elif lines and "orders" in sources and evidence.is_told_twice(rows["order_lines"], rows["orders"]):
        orders = sources["orders"]
        note = say("init.note.told_twice", column=orders.columns["discount"].column)
        sources["orders"] = replace(orders.without("discount"), notes=(*orders.notes, note))
    return list(sources.values())


def _with_evidence(proposal: SourceProposal, connection: BaseBackend) -> SourceProposal:
    """Add what the rows say beyond the header."""
    if proposal.source not in ("order_lines", "orders"):
        return proposal
    rows = evidence.rows_of(proposal, connection)
    found = [*evidence.by_status(rows, proposal.conditions), *(hint for find in evidence.HINTS for hint in find(rows))]
    notes = (*proposal.notes, *evidence.spelt_apart(rows))
    return replace(proposal, hints=(*proposal.hints, *found), notes=notes)

"""Whose e-mail address or number is it, by the published run?"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from patron.engines.connect import connected
from patron.identity.normalise.email import email
from patron.identity.normalise.phone import phone
from patron.pipeline.project import Project
from patron.pipeline.serving import published_of
from patron.privacy.closed_address import address_hash

KINDS = ("email", "phone")


def whose_addresses(project: Project, *, ids: Collection[str], addresses: Sequence[str]) -> dict[str, str]:
    """Return customers by their ids and by the hashes of their addresses, where the published run knows them.

    An address that two customers have is nobody's.

    Parameters
    ----------
    project : Project
        Whose.
    ids : collection of str
        Ids of customers, or of records of theirs.
    addresses : sequence of str
        E-mail addresses and numbers with their country.

    Raises
    ------
    RunError
        The run cannot be read.
    """
    if not (ids or addresses) or project.store.last() is None:
        return {}
    published = published_of(project)()
    found = {}
    for one in ids:
        customer = published.customer_of(one) or (one if published.row("profiles", one) else None)
        if customer is not None:
            found[one] = customer
    return found | _owners(project, addresses)


def _owners(project: Project, addresses: Sequence[str]) -> dict[str, str]:
    """Look all of them up at once, among the values that records are linked by."""
    wanted: dict[str, set[str]] = {}
    for one in addresses:
        value = email(one).value if "@" in one else phone(one).value
        wanted.setdefault(value or one, set()).add(one)
    run = project.last()
    if not addresses or not {"identifiers", "links"} <= run.manifest.tables.keys():
        return {}
    with connected("duckdb://", spill=project.own / "spill", memory=project.settings.memory) as engine:
        said, links = run.table("identifiers", engine), run.table("links", engine)
        own = said.filter(said.kind.isin(KINDS) & (said.status == "used") & said.value.isin(sorted(wanted)))
        owners = links.select("record_id", "customer_id").distinct()
        rows = own.select("record_id", "value").inner_join(owners, "record_id").to_pyarrow().to_pylist()
    people: dict[str, set[str]] = {}
    for row in rows:
        people.setdefault(row["value"], set()).add(row["customer_id"])
    return {
        address_hash("email" if "@" in one else "sms", one): min(customers)
        for value, customers in people.items()
        if len(customers) == 1
        for one in wanted[value]
    }


__all__ = ["whose_addresses"]

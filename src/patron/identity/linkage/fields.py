"""What linkage compares of each record.

In   contracts.person.IDENTIFIERS     one row per value of a record
Out  FIELDS                           one row per record: one value of each kind, the latest confirmed
"""

from __future__ import annotations

from functools import reduce

import ibis
import ibis.expr.types as ir

KINDS = ("given_name", "family_name", "birth_date", "email", "phone", "street", "postal_code", "address")

NAMES = ("given_name", "family_name")

LEAST_HANDLE = 3
"""Consonants and digits that an e-mail address must have beside its owner's name to tell namesakes apart."""

_CONSONANTS = "bdfgklmnpqrstvxz"  # no c: schaefer and shafer

FIELDS = ibis.schema(
    {
        "unique_id": "string",
        "given_name": "string",
        "family_name": "string",
        "given_name_records": "int64",
        "family_name_records": "int64",
        "birth_date": "string",
        "email": "string",
        "mailbox": "string",
        "phone": "string",
        "street": "string",
        "postal_code": "string",
        "address": "string",
    }
)

BLOCKS = {
    "mailbox": ("mailbox",),
    "phone": ("phone",),
    "names": ("given_name", "family_name"),
    "family_born": ("family_name", "birth_date"),
    "given_born": ("given_name", "birth_date"),
    "family_near": ("family_name", "postal_code"),
    "given_near": ("given_name", "postal_code"),
    "born_near": ("birth_date", "postal_code"),
}
"""Records that agree in one of these are compared: whatever single field was misspelt or changed, some pair remains."""


def fields(identifiers: ir.Table) -> ir.Table:
    """Return one row per record with what is compared; `FIELDS` names the columns.

    A record with several values of a kind is compared by the one that its source confirmed last.
    """
    used = identifiers.filter((identifiers.status == "used") & identifiers.kind.isin(KINDS))
    order = [used.changed_on.isnull(), used.changed_on.desc(), used.seen_on.isnull(), used.seen_on.desc(), used.value]
    latest = used.mutate(
        place=ibis.row_number().over(ibis.window(group_by=[used.record_id, used.kind], order_by=[*order, used.source]))
    )
    latest = latest.filter(latest.place == 0)
    wide = latest.group_by("record_id").aggregate(
        **{kind: ibis.ifelse(latest.kind == kind, latest.value, ibis.null("string")).max() for kind in KINDS},
        **{
            f"{kind}_given": ibis.ifelse(latest.kind == kind, latest.given, ibis.null("string")).max() for kind in NAMES
        },
    )
    of_name = {f"{name}_records": wide.count().over(ibis.window(group_by=wide[name])).cast("int64") for name in NAMES}
    return wide.select(
        unique_id=wide.record_id,
        given_name=wide.given_name,
        family_name=wide.family_name,
        **of_name,
        birth_date=wide.birth_date,
        email=wide.email,
        mailbox=_mailbox(wide),
        phone=wide.phone,
        street=wide.street,
        postal_code=wide.postal_code,
        address=ibis.coalesce(wide.address, wide.street.concat("\n", wide.postal_code)),
    )


def _mailbox(wide: ir.Table) -> ir.StringValue:
    """Return what stands before the @, where it says more than the name: namesakes have ann.jones@ everywhere."""
    whole = wide.email.re_extract(r"^([^@]+)@", 1).nullif("")
    rest = _sounds(whole)
    # As it was written, too: a normalised name may be another spelling than that of the address.
    written = wide.given_name_given.fill_null(""), wide.family_name_given.fill_null("")
    normal = wide.given_name.fill_null(""), wide.family_name.fill_null("")
    # Both together first, for what ends one of them may begin the other: Thomas Schmidt.
    whole_names = (
        left + right for given, family in (written, normal) for left, right in ((given, family), (family, given))
    )
    for name in (*whole_names, *written[::-1], *normal[::-1]):
        rest = rest.replace(_sounds(name).nullif("").fill_null(" "), "")
    return ibis.ifelse(rest.length() >= LEAST_HANDLE, whole, ibis.null("string"))


def _sounds(text: ir.StringValue) -> ir.StringValue:
    """Return digits and consonants, none of these twice in a row: Mueller, Müller and muler are one name."""
    heard = text.lower().replace("w", "v").replace("ph", "f").replace("ck", "k")
    heard = heard.re_replace(f"[^{_CONSONANTS}0-9]", "")
    return reduce(lambda said, letter: said.replace(letter * 2, letter), _CONSONANTS, heard)


def blocked(table: ir.Table, *, most: int) -> ir.Table:
    """Add a column for each of `BLOCKS`, empty where more than `most` records would be compared with each other.

    So a common name alone costs nothing, and there are never more pairs than records x blocks x `most`.
    """
    keys = {
        f"block_{name}": reduce(lambda left, right: left.concat("\n", right), (table[kind] for kind in kinds))
        for name, kinds in BLOCKS.items()
    }
    keyed = table.mutate(**keys)
    sizes = {name: keyed.count().over(ibis.window(group_by=keyed[name])) for name in keys}
    return keyed.mutate(
        **{name: ibis.ifelse(size <= most, keyed[name], ibis.null("string")) for name, size in sizes.items()}
    )

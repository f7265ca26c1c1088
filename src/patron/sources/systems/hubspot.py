"""HubSpot's exports of deals and contacts.

HubSpot exports the properties that the person who exports has chosen, under their labels; the labels below are those
of the default properties in HubSpot's documentation, and exports write them with changing capitals (`Close Date`,
`Close date`), which does not matter here. `Record ID` (once `Record ID - Contact`) and `Associated Contact IDs` were
seen in published files of this shape. A deal may have several contacts; their ids then stand in one field. Who wants no
e-mail stands in `Unsubscribed from all email`; the opt-outs from single kinds of e-mail have the names that a shop gave
them, and are not read.
"""

from __future__ import annotations

from patron.sources.systems.signature import Condition, Part, Signature

DEALS = Signature(
    system="HubSpot",
    export="deals",
    must=(("Deal Name",), ("Deal Stage",), ("Amount",), ("Close Date",)),
    parts=(
        Part(
            source="orders",
            columns={
                "order_id": ("Record ID", "Record ID - Deal", "Deal ID"),
                "customer_id": (
                    "Associated Contact IDs",
                    "Associated Company IDs",
                    "Associated Contact",
                    "Associated Company",
                ),
                "ordered_at": ("Close Date",),
                "amount": ("Amount",),
                "currency": ("Currency", "Deal currency"),
                "status": ("Deal Stage",),
                "channel": ("Original Traffic Source", "Original Source"),
            },
            conditions=(Condition("status", ("closed won", "closedwon", "won"), "init.reason.only_won", only=True),),
        ),
    ),
    notes=("init.note.hubspot_deals",),
    pages=("https://knowledge.hubspot.com/crm-deals/hubspots-default-deal-properties",),
)

CONTACTS = Signature(
    system="HubSpot",
    export="contacts",
    must=(
        ("Record ID", "Record ID - Contact", "Contact ID"),
        ("First Name",),
        ("Last Name",),
        ("Email",),
        ("Contact owner", "Lifecycle Stage", "Lead Status", "Marketing contact status"),
    ),
    parts=(
        Part(
            source="customers",
            columns={
                "customer_id": ("Record ID", "Record ID - Contact", "Contact ID", "Email"),
                "acquired_on": ("Create Date",),
                "acquisition_channel": ("Original Traffic Source", "Original Source"),
                "country": ("Country/Region",),
                "email": ("Email",),
                "phone": ("Phone Number", "Mobile Phone Number"),
                "given_name": ("First Name",),
                "family_name": ("Last Name",),
                "birth_date": ("Date of birth",),
                "street": ("Street Address",),
                "city": ("City",),
                "region": ("State/Region",),
                "postal_code": ("Postal Code",),
                "updated_on": ("Last Modified Date",),
            },
        ),
        Part(
            source="consents",
            columns={
                "customer_id": ("Record ID", "Record ID - Contact", "Contact ID", "Email"),
                "email_opt_out": ("Unsubscribed from all email",),
            },
            one_of=("email_opt_out",),
        ),
    ),
    notes=("init.note.hubspot_opt_outs",),
    pages=(
        "https://knowledge.hubspot.com/contacts/hubspots-default-contact-properties",
        "https://community.hubspot.com/t5/CRM/Handling-Marketing-Contact-Status-and-Opt-Outs-when-importing/m-p/623337",
    ),
)

SIGNATURES = (DEALS, CONTACTS)

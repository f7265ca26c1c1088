"""Klaviyo's exports of profiles, and of the event `Placed Order`.

The header of a list's or segment's export was seen in published files of this shape (the person who exports chooses
the columns; `Email` and `Klaviyo ID` lead). For events, only the layout in which Klaviyo takes them in could be
verified (`Timestamp`, `Email`, `$value`, `$event_id`); files written for that are recognised, a file of another
layout goes by the words of its header, like any other.
"""

from __future__ import annotations

from patron.sources.systems.signature import Part, Signature

PROFILES = Signature(
    system="Klaviyo",
    export="profiles",
    must=(
        ("Email",),
        ("Klaviyo ID", "Person ID"),
        ("First Active", "Profile Created On", "Date Added", "Email Marketing Consent"),
    ),
    parts=(
        Part(
            source="customers",
            columns={
                "customer_id": ("Email", "Klaviyo ID", "Person ID"),
                "acquired_on": ("First Active", "Profile Created On", "Date Added"),
                "acquisition_channel": ("Source",),
                "country": ("Country",),
                "email": ("Email",),
                "phone": ("Phone Number",),
                "given_name": ("First Name",),
                "family_name": ("Last Name",),
                "street": ("Address",),
                "city": ("City",),
                "region": ("State / Region",),
                "postal_code": ("Zip Code",),
            },
        ),
        Part(
            source="consents",
            columns={
                "customer_id": ("Email", "Klaviyo ID", "Person ID"),
                "given_at": ("Email Marketing Consent Timestamp",),
                "email_status": ("Email Marketing Consent",),
            },
            one_of=("email_status",),
        ),
    ),
    notes=("init.note.klaviyo_profiles", "init.note.klaviyo_consents"),
    pages=("https://help.klaviyo.com/hc/en-us/articles/115005078687",),
)

PLACED_ORDERS = Signature(
    system="Klaviyo",
    export="events of Placed Order",
    must=(("Timestamp",), ("Email",), ("$value",), ("$event_id",)),
    parts=(
        Part(
            source="orders",
            columns={
                "order_id": ("$event_id",),
                "customer_id": ("Email",),
                "ordered_at": ("Timestamp",),
                "amount": ("$value",),
            },
        ),
    ),
    notes=("init.note.klaviyo_events",),
    pages=("https://help.klaviyo.com/hc/en-us/articles/115005081247-Manually-Import-Historical-Event-Data",),
)

SIGNATURES = (PROFILES, PLACED_ORDERS)

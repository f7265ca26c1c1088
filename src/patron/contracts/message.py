"""What a trigger's messages are made of, and what the checks of them found."""

from __future__ import annotations

from patron.contracts.contract import Column, Contract

PARTS = ("image", "headline", "copy", "offer", "channel", "time")
"""What a message is put together from, in this order."""

KINDS = ("promotion", "service", "transactional", "legal")

CONTENT_ERRORS = (
    "template_syntax", "template_unsafe", "unknown_variable", "unknown_filter", "unsubscribe_missing",
    "subject_long", "subject_lines", "subject_missing", "url_broken", "placeholder_foreign",
)  # fmt: skip
"""Faults of the words themselves, which stop a message."""

CONTENT_WARNINGS = ("untranslated", "shouting", "text_long")
FIT_CHECKS = ("value_missing", "language", "price_band", "category", "stock", "consent")
"""How a message fits those it is for."""

CHECKS = (*CONTENT_ERRORS, *CONTENT_WARNINGS, *FIT_CHECKS)
AUDIENCES = ("fired", "signal", "everybody")
SEVERITIES = ("error", "warning", "info")

VARIANTS = Contract(
    name="variants",
    grain="one part of one variant of a trigger's message",
    purpose="operations",
    note="A variant is a combination: one option of each part. Its name says which, so that what came back under that name can be read even after the settings have changed.",
    columns=(
        Column(name="trigger", type="string", meaning="The trigger whose message it is.", key=True),
        Column(
            name="variant",
            type="string",
            meaning="The combination, as `headline=warm/offer=none`; this is what a sender gives back in `messages.variant`.",
            key=True,
        ),
        Column(name="part", type="string", meaning="Which part.", key=True, values=PARTS),
        Column(name="option", type="string", meaning="Which of its options."),
        Column(
            name="value",
            type="string",
            meaning="What the option says, in the language of texts without one: a template, an address of a picture, a channel or a time of day.",
            nullable=True,
        ),
        Column(
            name="languages",
            type="string",
            meaning="In which languages it is written, parted by commas; empty where it has no words.",
            nullable=True,
        ),
        Column(
            name="discount",
            type="float64",
            meaning="Of an offer: what is taken off the price.",
            unit="share",
            nullable=True,
        ),
        Column(
            name="cost",
            type="float64",
            meaning="What this option adds to the cost of one message.",
            unit="money",
            nullable=True,
        ),
    ),
)

MESSAGE_CHECKS = Contract(
    name="message_checks",
    grain="one finding about one message",
    purpose="operations",
    people="audience",
    note="Errors of the words stand in the settings and stop a run before it begins, so that those found here are of how the message fits its audience. A message without a finding fits.",
    columns=(
        Column(name="trigger", type="string", meaning="The trigger whose message it is.", key=True),
        Column(
            name="place",
            type="string",
            meaning="Where, as a key below the message in the settings, for example `parts.headline.warm`; empty for the whole message.",
            key=True,
        ),
        Column(name="check", type="string", meaning="What was looked at.", key=True, values=CHECKS),
        Column(
            name="detail",
            type="string",
            meaning="Of what: a variable, language, channel, category or product; empty where there is none.",
            key=True,
        ),
        Column(name="severity", type="string", meaning="How grave it is.", values=SEVERITIES),
        Column(
            name="customers",
            type="int64",
            meaning="Customers of the audience whom it concerns; none for faults of the words.",
            unit="customers",
            nullable=True,
        ),
        Column(
            name="audience", type="int64", meaning="Customers whom the message is for.", unit="customers", nullable=True
        ),
        Column(
            name="audience_of",
            type="string",
            meaning="Who that is: those for whom the trigger `fired` on the run's day; where it did for nobody, those for whom its `signal` does; else `everybody`.",
            nullable=True,
            values=AUDIENCES,
        ),
        Column(name="share", type="float64", meaning="customers / audience.", unit="share", nullable=True),
        Column(name="finding", type="string", meaning="The same in words."),
        Column(name="advice", type="string", meaning="What to do about it."),
    ),
)

CONTRACTS = (VARIANTS, MESSAGE_CHECKS)

"""Which records are one person, what is known of her for sure, and what she allows."""

from __future__ import annotations

from patron.contracts.contract import Column, Contract
from patron.contracts.raw_people import CHANNELS, LAWFUL_BASES

IDENTIFIERS = Contract(
    name="identifiers",
    grain="one identifier or match field of one customer record, normalised",
    purpose="operations",
    note="What linking, households and the golden record work from. `status` says why a value is not used for linking.",
    columns=(
        Column(name="source", type="string", meaning="Which source.", key=True),
        Column(name="record_id", type="string", meaning="The record: the source's own customer id.", key=True),
        Column(name="kind", type="string", meaning="What it is: email, phone, name, given_name, family_name, birth_date, street, city, region, postal_code, country, address, device_id, loyalty_id, or the name of another system's id.", key=True),
        Column(name="value", type="string", meaning="Normalised, so that equal means the same.", key=True, direct=True),
        Column(name="given", type="string", meaning="As it was written; of several spellings the smallest.", direct=True),
        Column(name="seen_on", type="date", meaning="First day on which the record is known to have had it.", nullable=True),
        Column(name="changed_on", type="date", meaning="Last day on which the source confirmed it.", nullable=True),
        Column(name="status", type="string", meaning="Whether it may link records: used; blocked (a value such as null or 0000); invalid (not what its kind must be).",
               values=("used", "blocked", "invalid")),
    ),
)

MATCH_KEYS = Contract(
    name="match_keys",
    grain="one rule's key of one customer record: an edge between the record and all others with the same key",
    purpose="operations",
    columns=(
        Column(name="record_id", type="string", meaning="The source's own customer id.", key=True),
        Column(name="rule", type="string", meaning="The rule, for example email or name_address.", key=True),
        Column(name="key", type="string", meaning="MD5 of the rule's name and its normalised values, as 32 hexadecimal digits; two records with the same one agree.", key=True),
        Column(name="seen_on", type="date", meaning="First day on which the record is known to have had it.", nullable=True),
        Column(name="records", type="int64", meaning="How many customer records carry the key.", unit="records"),
        Column(name="used", type="boolean", meaning="Whether it links."),
        Column(name="reason", type="string", meaning="Why it does not: shared (by more records than the rule allows), births (its records name several days of birth), apart (taken apart by a person), giant (its cluster grew too large).",
               values=("shared", "births", "apart", "giant"), nullable=True),
    ),
)

LINKS = Contract(
    name="links",
    grain="one record of a source",
    purpose="operations",
    columns=(
        Column(name="source", type="string", meaning="Which source.", key=True),
        Column(name="record_id", type="string", meaning="The record's id in that source.", key=True),
        Column(name="customer_id", type="string", meaning="The customer it belongs to."),
        Column(name="rule", type="string", meaning="Why: the strongest rule that ties it to the customer; own_id where the record is the customer's own."),
        Column(name="key", type="string", meaning="The match key that ties it; none for own_id.", nullable=True),
        Column(name="linked_on", type="date", meaning="First day on which the tie was known.", nullable=True),
        Column(name="confidence", type="float64", meaning="Probability that the tie is right; one for rules, estimated where linkage is probabilistic.", unit="share"),
    ),
)

HOUSEHOLDS = Contract(
    name="households",
    grain="one customer in a household",
    purpose="operations",
    note="Everybody has one: who shares neither a household that a source knows nor an address with somebody of the same family name is a household alone.",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="household_id", type="string", meaning="The household: h: and the id of its first customer."),
        Column(name="members", type="int64", meaning="How many customers it has.", unit="customers"),
        Column(name="rule", type="string", meaning="Why: given (a source knows it), phone, address or alone.", values=("given", "phone", "address", "alone")),
        Column(name="role", type="string", meaning="The customer's part in it, where a source knows.", nullable=True),
    ),
)

GOLDEN_RECORDS = Contract(
    name="golden_records",
    grain="one attribute of one customer",
    purpose="operations",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="attribute", type="string", meaning="Which attribute, by the kinds of `identifiers`.", key=True),
        Column(name="value", type="string", meaning="The one value that stands.", direct=True),
        Column(name="rule", type="string", meaning="Why this one: corrected (by the person), trusted (the source stands first), newest, most_frequent, most_complete, tied (nothing tells them apart; the smallest text stands), only.",
               values=("corrected", "trusted", "newest", "most_frequent", "most_complete", "tied", "only")),
        Column(name="source", type="string", meaning="Which source it comes from."),
        Column(name="record_id", type="string", meaning="Which record it comes from."),
        Column(name="dated", type="date", meaning="Last day on which the source confirmed it.", nullable=True),
        Column(name="others", type="int64", meaning="How many other values there are; they stand in `golden_conflicts`.", unit="values"),
    ),
)

GOLDEN_CONFLICTS = Contract(
    name="golden_conflicts",
    grain="one value of an attribute that does not stand in the golden record",
    purpose="operations",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="attribute", type="string", meaning="Which attribute.", key=True),
        Column(name="value", type="string", meaning="The value that another was preferred to.", key=True, direct=True),
        Column(name="source", type="string", meaning="Which source it comes from."),
        Column(name="record_id", type="string", meaning="Which record it comes from."),
        Column(name="dated", type="date", meaning="Last day on which the source confirmed it.", nullable=True),
    ),
)

CONSENTS = Contract(
    name="consents",
    grain="what holds for one customer, purpose and channel on the run's day",
    purpose="operations",
    note="Only customers of whom something is known. Statements of all of a customer's records count; the most restrictive of what each record last said holds. `*` as purpose is every purpose.",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="purpose", type="string", meaning="For which purpose; * for all.", key=True),
        Column(name="channel", type="string", meaning="For which channel; all for every one.", key=True, values=CHANNELS),
        Column(name="allowed", type="boolean", meaning="Whether the customer's data may be used so."),
        Column(name="reason", type="string", meaning="Why: what was said, or the right that was exercised.",
               values=("granted", "denied", "revoked", "expired", "unconfirmed", "opted_out", "objected", "restricted", "signal")),
        Column(name="lawful_basis", type="string", meaning="On which basis.", values=LAWFUL_BASES, nullable=True),
        Column(name="since", type="date", meaning="From which day on."),
        Column(name="expires_on", type="date", meaning="Last day on which it holds.", nullable=True),
        Column(name="records", type="int64", meaning="How many of the customer's records said something about it.", unit="records"),
        Column(name="conflict", type="boolean", meaning="Whether they contradict each other."),
    ),
)

TRAIT_VALUES = Contract(
    name="trait_values",
    grain="one value of one attribute of one customer, as one source told it on one day",
    purpose="analytics",
    note="What `traits` chooses from: several values that stand together, such as publications that somebody reads, and earlier snapshots, such as of attitudes. What one source tells of one attribute on one day stands until the source's next day. Without what a licence no longer allows on the run's day, what its customer does not allow for its purpose, and sensitive attributes unless the settings allow them.",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="trait", type="string", meaning="Which attribute.", key=True),
        Column(name="value", type="string", meaning="One of its values, as text."),
        Column(name="source", type="string", meaning="Who says so.", nullable=True),
        Column(name="dated", type="date", meaning="The day of the snapshot; none stands until the first with a day.", nullable=True),
        Column(name="replaced_on", type="date", meaning="The day of the source's next snapshot, from which this value no longer stands; none where it stands.", nullable=True),
        Column(name="expires_on", type="date", meaning="Last day on which it may be used.", nullable=True),
        Column(name="purpose", type="string", meaning="What it may be used for."),
        Column(name="sensitive", type="boolean", meaning="Whether the law protects it specially."),
        Column(name="licence", type="string", meaning="Under which licence it was obtained.", nullable=True),
        Column(name="provenance", type="string", meaning="Where it stands: file and row of the source traits.", key=True),
        Column(name="confidence", type="float64", meaning="Probability that it is about this customer: that of the record's link.", unit="share"),
    ),
)

TRAITS = Contract(
    name="traits",
    grain="one attribute of one customer that may be used on the run's day",
    purpose="analytics",
    note="Without what a licence no longer allows, what its customer does not allow for its purpose, and sensitive attributes unless the settings allow them. Of several values the newest stands; what a source tells stands before what the shop's own orders and events say (source: own).",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="trait", type="string", meaning="Which attribute.", key=True),
        Column(name="value", type="string", meaning="Its value, as text."),
        Column(name="source", type="string", meaning="Who says so.", nullable=True),
        Column(name="dated", type="date", meaning="As of which day.", nullable=True),
        Column(name="expires_on", type="date", meaning="Last day on which it may be used.", nullable=True),
        Column(name="purpose", type="string", meaning="What it may be used for."),
        Column(name="sensitive", type="boolean", meaning="Whether the law protects it specially."),
        Column(name="licence", type="string", meaning="Under which licence it was obtained.", nullable=True),
        Column(name="provenance", type="string", meaning="Where it stands: file and row of the source traits, or the table that it was computed from."),
        Column(name="confidence", type="float64", meaning="Probability that it is about this customer: that of the record's link; one for what the shop's own rows say.", unit="share"),
        Column(name="match_rate", type="float64", meaning="Share of the customers with a profile for whom this source tells this attribute.", unit="share"),
    ),
)

REQUESTS = Contract(
    name="requests",
    grain="one request of a person about her data",
    purpose="operations",
    columns=(
        Column(name="request_id", type="string", meaning="The request.", key=True),
        Column(name="kind", type="string", meaning="What was asked for.",
               values=("access", "correction", "restriction", "objection_marketing", "objection_profiling", "portability", "erasure", "opt_out_sale", "limit_sensitive")),
        Column(name="subject", type="string", meaning="Who: the customer, or her pseudonym once erased."),
        Column(name="law", type="string", meaning="Under which law.", values=("gdpr", "ccpa")),
        Column(name="received_on", type="date", meaning="When it came."),
        Column(name="due_on", type="date", meaning="Until when it must be answered."),
        Column(name="status", type="string", meaning="How it stands on the run's day.", values=("open", "late", "done", "refused")),
        Column(name="closed_on", type="date", meaning="When it was answered.", nullable=True),
    ),
)

CONTRACTS = (
    IDENTIFIERS, MATCH_KEYS, LINKS, HOUSEHOLDS, GOLDEN_RECORDS, GOLDEN_CONFLICTS, CONSENTS, TRAIT_VALUES, TRAITS, REQUESTS,
)  # fmt: skip

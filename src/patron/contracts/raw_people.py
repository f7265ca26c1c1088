"""What sources may deliver about people beside what they bought: who they are, what they did, what they agreed to."""

from __future__ import annotations

from patron.contracts.contract import MOMENT, MONEY, Column, Contract

CONSENT_STATUS = ("granted", "denied", "revoked")
LAWFUL_BASES = (
    "consent", "contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests",
)  # fmt: skip
"""GDPR Article 6(1), points a to f."""

CHANNELS = ("all", "email", "sms", "push", "phone", "post", "web", "ads")
"""What a consent may be about; `all` where it is about every way of reaching somebody."""

FIELDS: dict[str, tuple[Column, ...]] = {
    "identifiers": (
        Column(name="customer_id", type="string", meaning="Who, by the source's own id."),
        Column(name="kind", type="string", meaning="What the value is: email, phone, device_id, loyalty_id, or a name of one's own for an id of another system.", nullable=True),
        Column(name="value", type="string", meaning="The identifier; with kind.", nullable=True, direct=True),
        Column(name="email", type="string", meaning="An e-mail address, instead of kind and value.", nullable=True, direct=True),
        Column(name="phone", type="string", meaning="A phone number, instead of kind and value.", nullable=True, direct=True),
        Column(name="device_id", type="string", meaning="A device or browser, instead of kind and value.", nullable=True, direct=True),
        Column(name="loyalty_id", type="string", meaning="A loyalty card, instead of kind and value.", nullable=True, direct=True),
        Column(name="seen_on", type="date", meaning="First day on which it was seen with the customer.", nullable=True),
    ),
    "events": (
        Column(name="occurred_at", type=MOMENT, meaning="When, in the project's time zone."),
        Column(name="event", type="string", meaning="What happened, for example page_view or cart_add."),
        Column(name="event_id", type="string", meaning="The event's own id; an event that comes twice counts once.", nullable=True),
        Column(name="customer_id", type="string", meaning="Who, by the source's own id, where the visitor was known.", nullable=True),
        Column(name="anonymous_id", type="string", meaning="The visitor's cookie or installation, known or not; one of the two ids is needed.", nullable=True, direct=True),
        Column(name="session_id", type="string", meaning="The visit.", nullable=True),
        Column(name="channel", type="string", meaning="Where: web, app, store, phone, catalogue.", nullable=True),
        Column(name="product_id", type="string", meaning="Which product it is about.", nullable=True),
        Column(name="order_id", type="string", meaning="Which order it is about.", nullable=True),
        Column(name="amount", type=MONEY, meaning="How much money it is about.", unit="money", nullable=True),
        Column(name="marketing_channel", type="string", meaning="What brought the visit: paid_search, paid_social, email ..., or the shop's own word.", nullable=True),
        Column(name="utm_source", type="string", meaning="Where the link stood, as its address says, for example google; without marketing_channel the channel is made of it and utm_medium.", nullable=True),
        Column(name="utm_medium", type="string", meaning="What kind of link it was, as its address says, for example cpc or email.", nullable=True),
        Column(name="campaign", type="string", meaning="Which campaign brought the visit: utm_campaign.", nullable=True),
    ),
    "households": (
        Column(name="customer_id", type="string", meaning="Who, by the source's own id."),
        Column(name="household_id", type="string", meaning="The household, family plan or account that the customer belongs to."),
        Column(name="role", type="string", meaning="The customer's part in it, for example holder or member.", nullable=True),
    ),
    "consents": (
        Column(name="customer_id", type="string", meaning="Who, by the source's own id."),
        Column(name="given_at", type=MOMENT, meaning="When this was said, in the project's time zone. Without it a yes is older than all else, a no of the run's day.", nullable=True),
        Column(name="status", type="string", meaning="What was said: granted, denied or revoked.", nullable=True),
        Column(name="email_status", type="string", meaning="What was said about e-mail, instead of status and channel.", nullable=True),
        Column(name="sms_status", type="string", meaning="What was said about text messages, instead of status and channel.", nullable=True),
        Column(name="phone_status", type="string", meaning="What was said about calls, instead of status and channel.", nullable=True),
        Column(name="post_status", type="string", meaning="What was said about letters, instead of status and channel.", nullable=True),
        Column(name="email_opt_out", type="string", meaning="Yes where the customer wants no e-mail; a no says nothing.", nullable=True),
        Column(name="sms_opt_out", type="string", meaning="Yes where the customer wants no text messages; a no says nothing.", nullable=True),
        Column(name="purpose", type="string", meaning="For which purpose; marketing when absent.", nullable=True),
        Column(name="channel", type="string", meaning="For which channel; all of them when absent.", nullable=True),
        Column(name="lawful_basis", type="string", meaning="On which basis of GDPR Article 6(1); consent when absent.", nullable=True),
        Column(name="text_version", type="string", meaning="Which text was agreed to.", nullable=True),
        Column(name="source", type="string", meaning="Where it was said, for example checkout or preference_centre.", nullable=True),
        Column(name="proof", type="string", meaning="What proves it, for example a form's id.", nullable=True),
        Column(name="confirmed_at", type=MOMENT, meaning="When it was confirmed by double opt-in.", nullable=True),
        Column(name="expires_on", type="date", meaning="Last day on which it holds.", nullable=True),
        Column(name="jurisdiction", type="string", meaning="Whose law it was given under, for example EU or US-CA.", nullable=True),
        Column(name="signal", type="string", meaning="A privacy signal as it came: gpc=1, a TCF, GPP or US Privacy string.", nullable=True),
    ),
    "traits": (
        Column(name="customer_id", type="string", meaning="Which customer, by the source's own id; none for a prospect.", nullable=True),
        Column(name="prospect_id", type="string", meaning="Which prospect, by the id that the source `prospects` has; none for a customer.", nullable=True),
        Column(name="trait", type="string", meaning="Which attribute, for example household_income."),
        Column(name="value", type="string", meaning="Its value, as text."),
        Column(name="source", type="string", meaning="Who says so.", nullable=True),
        Column(name="dated", type="date", meaning="As of which day.", nullable=True),
        Column(name="licence", type="string", meaning="Under which licence it was obtained.", nullable=True),
        Column(name="expires_on", type="date", meaning="Last day on which the licence allows its use.", nullable=True),
        Column(name="purpose", type="string", meaning="What it may be used for; analytics when absent.", nullable=True),
    ),
}  # fmt: skip

_FILE = Column(name="file", type="string", meaning="The file it came from.", key=True)
_ROW = Column(name="row", type="int64", meaning="Its number among the rows read from that file, from 1.", key=True)

RAW_IDENTIFIERS = Contract(
    name="raw_identifiers",
    grain="one identifier of one customer record",
    purpose="operations",
    columns=(
        Column(name="customer_id", type="string", meaning="Who, by the source's own id.", key=True),
        Column(name="kind", type="string", meaning="What the value is.", key=True),
        Column(name="value", type="string", meaning="The identifier as it came.", key=True, direct=True),
        Column(name="seen_on", type="date", meaning="First day on which it was seen with the customer.", nullable=True),
    ),
)

RAW_EVENTS = Contract(
    name="raw_events",
    grain="one event, up to and including the run's day",
    purpose="analytics",
    columns=(
        Column(name="event_id", type="string", meaning="The event; file and row where it has no id of its own.", key=True),
        Column(name="event", type="string", meaning="What happened."),
        Column(name="occurred_at", type=MOMENT, meaning="When, in the project's time zone."),
        Column(name="customer_id", type="string", meaning="Who, by the source's own id; none for a visitor who was not known.", nullable=True),
        Column(name="anonymous_id", type="string", meaning="The visitor's cookie or installation.", nullable=True, direct=True),
        Column(name="session_id", type="string", meaning="The visit.", nullable=True),
        Column(name="channel", type="string", meaning="Where.", nullable=True),
        Column(name="product_id", type="string", meaning="Which product it is about.", nullable=True),
        Column(name="order_id", type="string", meaning="Which order it is about.", nullable=True),
        Column(name="amount", type=MONEY, meaning="How much money it is about.", unit="money", nullable=True),
        Column(name="marketing_channel", type="string", meaning="What brought the visit: the source's own word in the spelling of `touches`, else made of utm_source and utm_medium.", nullable=True),
        Column(name="campaign", type="string", meaning="Which campaign brought it.", nullable=True),
    ),
)

RAW_HOUSEHOLDS = Contract(
    name="raw_households",
    grain="one customer record in a household that the source knows",
    purpose="operations",
    columns=(
        Column(name="customer_id", type="string", meaning="Who, by the source's own id.", key=True),
        Column(name="household_id", type="string", meaning="The household, by the source's own id."),
        Column(name="role", type="string", meaning="The customer's part in it.", nullable=True),
    ),
)

RAW_CONSENTS = Contract(
    name="raw_consents",
    grain="one statement of consent, denial or revocation",
    purpose="operations",
    note="Every statement is kept, also those that a later one replaces; `consents` says what holds.",
    columns=(
        _FILE,
        _ROW,
        Column(name="customer_id", type="string", meaning="Who, by the source's own id."),
        Column(name="purpose", type="string", meaning="For which purpose."),
        Column(name="channel", type="string", meaning="For which channel.", values=CHANNELS, key=True),
        Column(name="status", type="string", meaning="What was said.", values=CONSENT_STATUS),
        Column(name="lawful_basis", type="string", meaning="On which basis of GDPR Article 6(1).", values=LAWFUL_BASES),
        Column(name="given_at", type=MOMENT, meaning="When this was said, in the project's time zone."),
        Column(name="text_version", type="string", meaning="Which text was agreed to.", nullable=True),
        Column(name="source", type="string", meaning="Where it was said.", nullable=True),
        Column(name="proof", type="string", meaning="What proves it.", nullable=True),
        Column(name="confirmed_at", type=MOMENT, meaning="When it was confirmed by double opt-in.", nullable=True),
        Column(name="expires_on", type="date", meaning="Last day on which it holds.", nullable=True),
        Column(name="jurisdiction", type="string", meaning="Whose law it was given under.", nullable=True),
        Column(name="signal", type="string", meaning="A privacy signal as it came.", nullable=True),
    ),
)

RAW_TRAITS = Contract(
    name="raw_traits",
    grain="one value of one attribute of one customer record or prospect, from one source and day",
    purpose="operations",
    note="As it came, also what its licence no longer allows to be used.",
    columns=(
        _FILE,
        _ROW,
        Column(name="customer_id", type="string", meaning="Which customer, by the source's own id; none for a prospect.", nullable=True),
        Column(name="prospect_id", type="string", meaning="Which prospect; none for a customer.", nullable=True),
        Column(name="trait", type="string", meaning="Which attribute."),
        Column(name="value", type="string", meaning="Its value, as text."),
        Column(name="source", type="string", meaning="Who says so.", nullable=True),
        Column(name="dated", type="date", meaning="As of which day.", nullable=True),
        Column(name="licence", type="string", meaning="Under which licence it was obtained.", nullable=True),
        Column(name="expires_on", type="date", meaning="Last day on which the licence allows its use.", nullable=True),
        Column(name="purpose", type="string", meaning="What it may be used for."),
    ),
)

CONTRACTS = (RAW_IDENTIFIERS, RAW_EVENTS, RAW_HOUSEHOLDS, RAW_CONSENTS, RAW_TRAITS)

"""What a source may deliver, and what cleaning keeps of it.

A run keeps each cleaned source as `raw_NAME`. `FIELDS` names, for each source, the columns that `patron.yaml` may map.
"""

from __future__ import annotations

from patron.contracts import raw_dealings, raw_experience, raw_experiments, raw_messages, raw_mix, raw_people
from patron.contracts.contract import MOMENT, MONEY, PRICE, Column, Contract

RATE = "decimal(18, 8)"

_PERSON = (
    Column(name="email", type="string", meaning="E-mail address.", nullable=True, direct=True),
    Column(name="phone", type="string", meaning="Phone number, with or without the country's prefix.", nullable=True, direct=True),
    Column(name="name", type="string", meaning="Whole name, where given and family name are not told apart.", nullable=True, direct=True),
    Column(name="given_name", type="string", meaning="Given name.", nullable=True, direct=True),
    Column(name="family_name", type="string", meaning="Family name.", nullable=True, direct=True),
    Column(name="birth_date", type="date", meaning="Day of birth.", nullable=True, direct=True),
    Column(name="street", type="string", meaning="Street and house number.", nullable=True, direct=True),
    Column(name="city", type="string", meaning="Town.", nullable=True),
    Column(name="region", type="string", meaning="State, province or county.", nullable=True),
    Column(name="postal_code", type="string", meaning="Postal code.", nullable=True),
    Column(name="updated_on", type="date", meaning="When the source last changed the record.", nullable=True),
)
"""What a source may know of the person behind a customer record."""

FIELDS: dict[str, tuple[Column, ...]] = {
    "order_lines": (
        Column(name="customer_id", type="string", meaning="Who bought, by the source's own id."),
        Column(name="ordered_at", type=MOMENT, meaning="When, in the project's time zone."),
        Column(name="order_id", type="string", meaning="The order or invoice; customer and day when absent.", nullable=True),
        Column(name="product_id", type="string", meaning="What was bought.", nullable=True),
        Column(name="product_name", type="string", meaning="What it is called.", nullable=True),
        Column(name="category", type="string", meaning="Its category.", nullable=True),
        Column(name="brand", type="string", meaning="Its brand.", nullable=True),
        Column(name="quantity", type="float64", meaning="How many; negative for a return. One when absent.", unit="units", nullable=True),
        Column(name="unit_price", type=PRICE, meaning="Price of one unit before discount.", unit="money", nullable=True),
        Column(name="amount", type=MONEY, meaning="Price of the whole line before discount, instead of unit_price.", unit="money", nullable=True),
        Column(name="discount", type=MONEY, meaning="What was taken off the line.", unit="money", nullable=True),
        Column(name="unit_cost", type=PRICE, meaning="What one unit cost the shop.", unit="money", nullable=True),
        Column(name="currency", type="string", meaning="What it was paid in, as an ISO 4217 code; the project's currency when absent.", nullable=True),
        Column(name="status", type="string", meaning="How the order stands, in the shop's words, for the conditions `cancelled` and `exclude`.", nullable=True),
        Column(name="channel", type="string", meaning="Where it was ordered.", nullable=True),
        Column(name="country", type="string", meaning="Where it went.", nullable=True),
    ),
    "orders": (
        Column(name="order_id", type="string", meaning="The order or invoice."),
        Column(name="customer_id", type="string", meaning="Who bought, by the source's own id."),
        Column(name="ordered_at", type=MOMENT, meaning="When, in the project's time zone."),
        Column(name="amount", type=MONEY, meaning="Price of all goods before discount, without shipping; negative for a refund. Not needed beside order_lines.", unit="money", nullable=True),
        Column(name="discount", type=MONEY, meaning="What was taken off the whole order.", unit="money", nullable=True),
        Column(name="shipping", type=MONEY, meaning="What the customer paid for delivery; kept apart from the goods.", unit="money", nullable=True),
        Column(name="currency", type="string", meaning="What it was paid in, as an ISO 4217 code; the project's currency when absent.", nullable=True),
        Column(name="status", type="string", meaning="How the order stands, in the shop's words, for the conditions `cancelled` and `exclude`.", nullable=True),
        Column(name="channel", type="string", meaning="Where it was ordered.", nullable=True),
        Column(name="country", type="string", meaning="Where it went.", nullable=True),
    ),
    "customers": (
        Column(name="customer_id", type="string", meaning="Who, by the source's own id."),
        Column(name="person_id", type="string", meaning="The person behind the id, where the source knows that several ids are one person.", nullable=True),
        Column(name="acquired_on", type="date", meaning="First known day.", nullable=True),
        Column(name="acquisition_channel", type="string", meaning="What brought the customer.", nullable=True),
        Column(name="country", type="string", meaning="Where the customer lives.", nullable=True),
        *_PERSON,
    ),
    "products": (
        Column(name="product_id", type="string", meaning="What, by the source's own id."),
        Column(name="product_name", type="string", meaning="What it is called.", nullable=True),
        Column(name="category", type="string", meaning="Its category.", nullable=True),
        Column(name="brand", type="string", meaning="Its brand.", nullable=True),
        Column(name="own_label", type="boolean", meaning="Whether the brand is the shop's own: true, yes, y, t or 1, false, no, n, f or 0. The setting `own_labels` says it by brand.", nullable=True),
        Column(name="unit_cost", type=PRICE, meaning="What one unit costs the shop.", unit="money", nullable=True),
        Column(name="stock", type="float64", meaning="How many are there to be sold; what has none left is not recommended.", unit="units", nullable=True),
        Column(name="offer_from", type="date", meaning="First day of a limited-time offer of it.", nullable=True),
        Column(name="offer_until", type="date", meaning="Last day of that offer.", nullable=True),
        Column(name="restocked_on", type="date", meaning="The last day on which it came back after none had been left.", nullable=True),
    ),
    "spend": (
        Column(name="day", type="date", meaning="When the money was spent."),
        Column(name="channel", type="string", meaning="On which acquisition channel."),
        Column(name="amount", type=MONEY, meaning="How much.", unit="money"),
    ),
    "rates": (
        Column(name="day", type="date", meaning="From this day on, until the next one."),
        Column(name="currency", type="string", meaning="An ISO 4217 code."),
        Column(name="rate", type=RATE, meaning="What one unit of it is worth in the project's currency."),
    ),
    **raw_people.FIELDS,
    **raw_dealings.FIELDS,
    **raw_experience.FIELDS,
    **raw_messages.FIELDS,
    **raw_experiments.FIELDS,
    **raw_mix.FIELDS,
}

RAW_ORDER_LINES = Contract(
    name="raw_order_lines",
    grain="one cleaned line of an order or return, up to and including the run's day",
    purpose="analytics",
    columns=(
        Column(name="line_id", type="int64", meaning="Number of the line over all files, in reading order: file number x 10^12 + row.", key=True),
        Column(name="file", type="string", meaning="The file it came from."),
        Column(name="row", type="int64", meaning="Its number among the rows read from that file, from 1."),
        Column(name="order_id", type="string", meaning="The order or invoice."),
        Column(name="customer_id", type="string", meaning="Who, by the source's own id; `links` leads to the customer."),
        Column(name="ordered_at", type=MOMENT, meaning="When, in the project's time zone."),
        Column(name="product_id", type="string", meaning="What.", nullable=True),
        Column(name="product_name", type="string", meaning="What it is called.", nullable=True),
        Column(name="category", type="string", meaning="Its category, from the line or from `products`.", nullable=True),
        Column(name="brand", type="string", meaning="Its brand, from the line or from `products`.", nullable=True),
        Column(name="quantity", type="float64", meaning="How many; negative when returned.", unit="units"),
        Column(name="unit_price", type=PRICE, meaning="Price of one unit before discount.", unit="money"),
        Column(name="amount", type=MONEY, meaning="Price of the line before discount, to the cent; negative when returned.", unit="money"),
        Column(name="discount", type=MONEY, meaning="What was taken off; negative when given back with a return.", unit="money"),
        Column(name="cost", type=MONEY, meaning="What the line cost the shop; negative when the goods came back.", unit="money", nullable=True),
        Column(name="currency", type="string", meaning="What it was paid in; all money here is in the project's currency. None when not told.", nullable=True),
        Column(name="channel", type="string", meaning="Where it was ordered.", nullable=True),
        Column(name="country", type="string", meaning="Where it went.", nullable=True),
        Column(name="kind", type="string", meaning="What the line is.", values=("sale", "return", "adjustment")),
        Column(name="reverses", type="int64", meaning="The line_id that a return takes back; none when it cannot be found.", nullable=True),
        Column(name="repeated", type="boolean", meaning="The same line stood before in the same file; kept, because that is often real."),
    ),
)

RAW_ORDERS = Contract(
    name="raw_orders",
    grain="one cleaned order of the source `orders`, up to and including the run's day",
    purpose="analytics",
    note="Money as it came, in the order's own currency. Everything after loading reads `raw_order_lines`.",
    columns=(
        Column(name="file", type="string", meaning="The file it came from.", key=True),
        Column(name="row", type="int64", meaning="Its number among the rows read from that file, from 1.", key=True),
        Column(name="order_id", type="string", meaning="The order or invoice; twice only where money came back."),
        Column(name="customer_id", type="string", meaning="Who, by the source's own id; `links` leads to the customer."),
        Column(name="ordered_at", type=MOMENT, meaning="When, in the project's time zone."),
        Column(name="amount", type=MONEY, meaning="Price of all goods before discount, without shipping; negative for a refund.", unit="money", nullable=True),
        Column(name="discount", type=MONEY, meaning="What was taken off the whole order.", unit="money", nullable=True),
        Column(name="shipping", type=MONEY, meaning="What the customer paid for delivery.", unit="money", nullable=True),
        Column(name="currency", type="string", meaning="What it was paid in; the project's currency when none is told.", nullable=True),
        Column(name="status", type="string", meaning="How the order stands, in the shop's words.", nullable=True),
        Column(name="channel", type="string", meaning="Where it was ordered.", nullable=True),
        Column(name="country", type="string", meaning="Where it went.", nullable=True),
    ),
)

RAW_RATES = Contract(
    name="raw_rates",
    grain="one day from which a currency has another rate",
    purpose="operations",
    note="From the source `rates` alone; rates in the settings stand in the settings.",
    columns=(
        Column(name="day", type="date", meaning="From this day on, until the next one.", key=True),
        Column(name="currency", type="string", meaning="An ISO 4217 code.", key=True),
        Column(name="rate", type=RATE, meaning="What one unit of it is worth in the project's currency."),
    ),
)

RAW_CUSTOMERS = Contract(
    name="raw_customers",
    grain="one customer record of a source",
    purpose="analytics",
    columns=(
        Column(name="customer_id", type="string", meaning="Who, by the source's own id.", key=True),
        Column(name="person_id", type="string", meaning="The person behind the id, where the source knows that several ids are one person.", nullable=True),
        Column(name="acquired_on", type="date", meaning="First known day.", nullable=True),
        Column(name="acquisition_channel", type="string", meaning="What brought the customer.", nullable=True),
        Column(name="country", type="string", meaning="Where the customer lives.", nullable=True),
        *_PERSON,
    ),
)

RAW_PRODUCTS = Contract(
    name="raw_products",
    grain="one product",
    purpose="analytics",
    columns=(
        Column(name="product_id", type="string", meaning="What.", key=True),
        Column(name="product_name", type="string", meaning="What it is called.", nullable=True),
        Column(name="category", type="string", meaning="Its category.", nullable=True),
        Column(name="brand", type="string", meaning="Its brand.", nullable=True),
        Column(name="own_label", type="boolean", meaning="Whether the brand is the shop's own.", nullable=True),
        Column(name="unit_cost", type=PRICE, meaning="What one unit costs the shop.", unit="money", nullable=True),
        Column(name="stock", type="float64", meaning="How many are there to be sold; what has none left is not recommended.", unit="units", nullable=True),
        Column(name="offer_from", type="date", meaning="First day of a limited-time offer of it.", nullable=True),
        Column(name="offer_until", type="date", meaning="Last day of that offer.", nullable=True),
        Column(name="restocked_on", type="date", meaning="The last day on which it came back after none had been left.", nullable=True),
    ),
)

RAW_SPEND = Contract(
    name="raw_spend",
    grain="one day of one acquisition channel",
    purpose="analytics",
    columns=(
        Column(name="day", type="date", meaning="When the money was spent.", key=True),
        Column(name="channel", type="string", meaning="On which acquisition channel.", key=True),
        Column(name="amount", type=MONEY, meaning="How much.", unit="money"),
    ),
)

LINE_MARKS = Contract(
    name="line_marks",
    grain="one content of an order line in one batch of files",
    purpose="operations",
    note="Tells a line that stands in a new file too, without reading the old ones again. Empty for a single file.",
    columns=(
        Column(name="batch", type="int64", meaning="Which batch of files that were cleaned together, from 1.", key=True),
        Column(name="mark", type="int64", meaning="A hash of the line's fields as they came, trimmed.", key=True),
        Column(name="copies", type="int64", meaning="How often it stands in the file that has it most often.", unit="lines"),
    ),
)

REJECTED = Contract(
    name="rejected",
    grain="one row of a source that could not be used",
    purpose="operations",
    note="The values stand as they came, so that nothing is lost.",
    columns=(
        Column(name="source", type="string", meaning="Which source.", key=True),
        Column(name="file", type="string", meaning="Which file.", key=True),
        Column(name="row", type="int64", meaning="Its number among the rows read from that file, from 1; of an undecoded line, its line below the header.", key=True),
        Column(name="rule", type="string", meaning="The cleaning rule that refused it.", key=True),
        Column(name="content", type="string", meaning="The mapped fields as they came: name=value, separated by ' | '.", direct=True),
    ),
)

QUALITY = Contract(
    name="quality",
    grain="one finding about one source",
    purpose="operations",
    columns=(
        Column(name="source", type="string", meaning="Which source.", key=True),
        Column(name="check", type="string", meaning="Which rule or check.", key=True),
        Column(name="outcome", type="string", meaning="What became of the rows; rows read = kept + rejected + later + removed.",
               values=("read", "kept", "rejected", "later", "removed", "changed", "flagged")),
        Column(name="severity", type="string", meaning="How much it matters.", values=("info", "warning", "error")),
        Column(name="rows", type="int64", meaning="How many rows.", unit="rows"),
        Column(name="share", type="float64", meaning="Of the rows read.", unit="share"),
        Column(name="message", type="string", meaning="The finding, in a sentence."),
        Column(name="advice", type="string", meaning="What to do about it.", nullable=True),
    ),
)

CONTRACTS = (
    RAW_ORDER_LINES, RAW_ORDERS, RAW_CUSTOMERS, RAW_PRODUCTS, RAW_SPEND, RAW_RATES, *raw_people.CONTRACTS,
    *raw_dealings.CONTRACTS, *raw_messages.CONTRACTS, *raw_experience.CONTRACTS, *raw_experiments.CONTRACTS,
    *raw_mix.CONTRACTS, LINE_MARKS, REJECTED, QUALITY,
)  # fmt: skip

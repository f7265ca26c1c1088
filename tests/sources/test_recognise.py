"""Tables are recognised by their headers and their rows; what is unclear is said, not guessed."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from patron.contracts.raw import FIELDS
from patron.engines.connect import connect
from patron.sources.files import find_files
from patron.sources.recognise import recognise
from patron.sources.recognition import Recognised, SourceProposal, look
from patron.sources.recognition.words import WORDS
from patron.sources.systems import plain

Rows = Sequence[Sequence[object]]


def write(folder: Path, **tables: Rows) -> Path:
    folder.mkdir(exist_ok=True)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(rows)
    return folder


def recognised(folder: Path) -> Recognised:
    connection = connect()
    with tempfile.TemporaryDirectory() as staging:
        files = find_files(["."], base=folder, source="init")
        tables, unread = look(files, connection=connection, staging=Path(staging))
    assert not unread
    return recognise(tables, connection=connection)


def source(found: Recognised, name: str) -> SourceProposal:
    one = found.source(name)
    assert one is not None, [(each.source, each.table.name) for each in found.sources]
    return one


def mapping(found: Recognised, name: str) -> dict[str, str]:
    return {field: mapped.column for field, mapped in source(found, name).columns.items()}


VALUES = {"string": "a", "decimal(18, 2)": "9.50", "decimal(18, 4)": "9.50", "float64": "2", "date": "2024-01-02"}


def a_row(header: Sequence[str], fields: dict[str, str], name: str, number: int) -> list[str]:
    """Make up a row: in each column, what its field wants; ids differ from row to row."""
    kinds = {field.name: field.type for field in FIELDS[name]}
    types = {column: kinds[field] for field, column in fields.items()}
    ids = [column for field, column in fields.items() if field.endswith("_id")]
    texts = {
        column: f"x{number}" if column in ids else VALUES.get(types[column], "2024-01-02 10:00:00") for column in types
    }
    return [texts.get(column, "?") for column in header]


SHOPS = {
    "online retail": (
        "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
        "order_id product_id product_name quantity ordered_at unit_price customer_id country",
    ),
    "cdnow": ("customer_id,date,number_of_cds,dollar_value", "customer_id ordered_at quantity amount"),
    "olist, joined": (
        "order_id,customer_unique_id,order_purchase_timestamp,product_id,price",
        "order_id customer_id ordered_at product_id unit_price",
    ),
    "complete journey": (
        "household_id,basket_id,product_id,quantity,sales_value,retail_disc,transaction_timestamp",
        "customer_id order_id product_id quantity amount discount ordered_at",
    ),
}


@pytest.mark.parametrize(("columns", "fields"), SHOPS.values(), ids=list(SHOPS))
def test_the_headers_of_public_shops(tmp_path: Path, columns: str, fields: str) -> None:
    header = columns.split(",")
    wanted = dict(zip(fields.split(), header, strict=True))
    found = recognised(write(tmp_path, t=[header, *(a_row(header, wanted, "order_lines", n) for n in range(5))]))
    assert mapping(found, "order_lines") == wanted
    assert found.missing == ()
    assert source(found, "order_lines").unused == ()


def test_a_header_without_rows_goes_by_its_names(tmp_path: Path) -> None:
    found = recognised(write(tmp_path, t=[["Invoice", "Customer ID", "InvoiceDate", "Price", "Quantity"]]))
    assert set(mapping(found, "order_lines")) == {"order_id", "customer_id", "ordered_at", "unit_price", "quantity"}


@pytest.mark.parametrize("name", list(WORDS))
def test_words_belong_to_our_fields_and_are_written_plain(name: str) -> None:
    assert set(WORDS[name]) <= {field.name for field in FIELDS[name]}
    for words in WORDS[name].values():
        assert len(set(words)) == len(words)
        assert all(word == plain(word) for word in words)


KINDS: dict[str, tuple[str | None, str]] = {
    "lines": ("order_lines", "order_id customer date sku price | 1 a 2024-01-01 x 2 | 1 a 2024-01-01 y 3"),
    "orders": ("orders", "order_id customer order_date total | 1 a 2024-01-01 2 | 2 a 2024-01-02 3"),
    "orders without an id": ("order_lines", "customer date amount | a 2024-01-01 2 | a 2024-01-02 3"),
    "customers": ("customers", "customer_id signup_date country | a 2024-01-01 DE | b 2024-01-02 AT"),
    "people": ("customers", "id name email | 1 Ann a@x.test | 2 Bob b@x.test"),
    "products": ("products", "id title category price | 1 Tee Wear 2 | 2 Mug Home 3"),
    "own labels": ("products", "sku brand private_label | 1 Acme yes | 2 House no"),
    "spend": ("spend", "date channel cost | 2024-01-01 search 2 | 2024-01-01 social 3"),
    "returns": (None, "order_id return_date return_reason | 1 2024-01-01 small"),
    "reviews": ("reviews", "review_id order_id score review_date text | 1 1 5 2024-01-02 good | 2 1 4 2024-01-03 ok"),
    "reviews of nobody's day": (None, "review_id order_id score | 1 1 5 | 2 2 4"),
    "ratings of films": (None, "movie rating date | a 5 2024-01-01 | b 4 2024-01-01"),
    "surveys": (
        "surveys",
        "response_id customer_id question score date | 1 c1 nps 9 2024-01-02 | 2 c1 ces 4 2024-01-02",
    ),
    "referrals": ("referrals", "referrer_id created_at friend_id | c1 2024-01-01 c1 | c1 2024-01-02 c1"),
    "loyalty": ("loyalty", "customer_id snapshot_date tier points | c1 2024-01-01 gold 5 | c1 2024-02-01 gold 9"),
    "market": ("market", "date competitor sku competitor_price | 2024-01-01 x 1 9 | 2024-01-02 x 1 8"),
    "an index of the market": ("market", "date category category_index | 2024-01-01 hats 1.1 | 2024-01-02 hats 1.2"),
    "mix model": ("mix_model", "model date channel contribution spend | a 2024-01-01 tv 9 5 | a 2024-01-08 tv 8 5"),
    "payments": (None, "order_id payment_type payment_value | 1 card 5 | 2 card 4"),
    "events": ("events", "user_id event timestamp | c1 view 2024-01-01 | c1 cart 2024-01-02"),
    "visitors": ("events", "event_name event_timestamp client_id | view 2024-01-01 v1 | cart 2024-01-02 v1"),
    "messages": ("messages", "message_id recipient sent_at campaign opened_at | m1 c1 2024-01-01 x 2024-01-02"),
    "events of messages": ("messages", "message_id user_id event timestamp campaign | m1 c1 open 2024-01-01 x"),
    "assignments": (
        "assignments",
        "experiment customer_id arm assigned_at | x c1 mail 2024-01-01 | x c1 none 2024-01-02",
    ),
    "exposures": (
        "assignments",
        "experiment_id visitor_id variation_id timestamp | x v1 0 2024-01-01 | x v2 1 2024-01-02",
    ),
    "a log of messages with variants": (
        "messages",
        "message_id recipient sent_at campaign variant opened_at | m1 c1 2024-01-01 x b 2024-01-02",
    ),
    "groups of a campaign": (None, "campaign group date | x a 2024-01-01 | x b 2024-01-02"),
    "web events with message ids": ("events", "message_id user_id event timestamp | m1 c1 view 2024-01-01"),
    "events without anybody": (None, "event timestamp | view 2024-01-01 | cart 2024-01-02"),
    "identifiers": ("identifiers", "customer_id kind value | c1 email a@x.test | c1 phone 017"),
    "households": ("households", "customer_id household_id role | c1 h1 holder | c2 h1 member"),
    "consents": ("consents", "email consent_date consent purpose | c1 2024-01-01 yes marketing | c1 2024-01-02 no ads"),
    "states of orders": (None, "user status date | c1 open 2024-01-01 | c1 shut 2024-01-02"),
    "traits": ("traits", "customer_id attribute value license | c1 income 50k L1 | c1 age 30 L1"),
    "traits of prospects, too": (
        "traits",
        "prospect_id customer_id attribute value date | l1 c1 income 50k 2024-01-01 | l2 c1 age 30 2024-01-01",
    ),
    "tickets": ("tickets", "ticket_id customer_id created_at order_id type | t1 c1 2024-01-01 o1 refund"),
    "tickets of a till": (
        "order_lines",
        "ticket_id customer date sku price | 1 c1 2024-01-01 x 2 | 1 c1 2024-01-01 y 3",
    ),
    "subscriptions": ("subscriptions", "subscription_id user_id start_date interval price | s1 c1 2024-01-01 30 5"),
    "orders of subscriptions": ("orders", "order_id user_id created_at subscription_id total | 1 c1 2024-01-01 s1 5"),
    "prospects": ("prospects", "lead_id created_at source converted_date | l1 2024-01-01 search 2024-01-09"),
    "leads who are customers": ("prospects", "lead_id created_at customer_id | l1 2024-01-01 c1 | l2 2024-01-02 c2"),
    "other people's tickets": (None, "ticket_id customer_id created_at | t1 x1 2024-01-01 | t2 x2 2024-01-02"),
    "other people's traits": (None, "customer_id attribute value license | x1 income 50k L1 | x2 age 30 L1"),
    "a campaign's members": (None, "campaign household_id | 1 7 | 2 7"),
    "translations": (None, "word english | Hut hat | Schuh shoe"),
}
SOLD: Rows = [["customer", "date", "amount", "sku", "quantity"], *(["c1", "2024-01-01", 1, 1, 1] for _ in range(9))]


@pytest.mark.parametrize(("kind", "rows"), KINDS.values(), ids=list(KINDS))
def test_what_a_table_is(tmp_path: Path, kind: str | None, rows: str) -> None:
    beside = {} if kind in ("order_lines", "orders", "customers") else {"sold": SOLD}
    found = recognised(write(tmp_path, it=[row.split() for row in rows.split("|")], **beside))
    named = {one.source for one in found.sources if one.table.name == "it.csv"}
    if kind is None:
        assert not named
        assert [left.name for left in found.left_out] == ["it.csv"]
    else:
        assert named == {kind}


PERSON = (
    "customer_id,Email,First Name,Last Name,Phone,Date of Birth,Street,City,Zip,State,updated_at,"
    "household_id,newsletter"
)


def test_what_a_list_of_customers_says_of_persons(tmp_path: Path) -> None:
    rows = [[n, f"c{n}@x.test", "A", "B", "017", "1980-02-01", "Way 1", "Rome", "00100", "RM", "2024-01-01", "h", "yes"]
            for n in range(5)]  # fmt: skip
    orders = [["order_id", "customer", "date", "amount"], *([f"o{n}", n, "2024-01-01", 5] for n in range(5))]
    found = recognised(write(tmp_path, people=[PERSON.split(","), *rows], orders=orders))
    told = mapping(found, "customers")
    person = {"given_name": "First Name", "family_name": "Last Name", "birth_date": "Date of Birth", "region": "State",
              "email": "Email", "phone": "Phone", "street": "Street", "city": "City", "postal_code": "Zip",
              "updated_on": "updated_at"}  # fmt: skip
    assert person.items() <= told.items()
    assert mapping(found, "consents") == {"customer_id": "customer_id", "email_status": "newsletter"}
    assert mapping(found, "households") == {"customer_id": "customer_id", "household_id": "household_id"}
    assert "no day" in source(found, "consents").notes[0]
    assert found.missing == ()


def test_what_beside_a_list_of_customers_is_known_by_the_key_that_the_orders_meet(tmp_path: Path) -> None:
    """Of an export with an own id and an address, customers and consents must take the same one."""
    rows = [[f"{9000 + n}", "A", f"c{n}@x.test", "yes", 5, 1] for n in range(5)]
    header = ["Customer ID", "First Name", "Email", "Accepts Email Marketing", "Total Spent", "Total Orders"]
    for key in ("Email", "Customer ID"):
        ids = [row[header.index(key)] for row in rows]
        orders = [
            ["order_id", "customer", "date", "amount"],
            *([f"o{n}", one, "2024-01-01", 5] for n, one in enumerate(ids)),
        ]
        found = recognised(write(tmp_path / key.replace(" ", ""), people=[header, *rows], orders=orders))
        assert {mapping(found, name)["customer_id"] for name in ("customers", "consents")} == {key}
        assert mapping(found, "customers")["email"] == "Email"


def test_what_brought_a_visit_is_found_by_the_tags_of_its_link(tmp_path: Path) -> None:
    header = ["event_name", "event_timestamp", "client_id", "utm_source", "utm_medium", "utm_campaign", "platform"]
    rows = [["view", f"2024-01-0{n + 1} 10:00:00", f"v{n}", "google", "cpc", "spring", "web"] for n in range(5)]
    told = mapping(recognised(write(tmp_path, it=[header, *rows], sold=SOLD)), "events")
    tags = {"utm_source": "utm_source", "utm_medium": "utm_medium", "campaign": "utm_campaign", "channel": "platform"}
    assert tags.items() <= told.items()


EXPORTS = Path(__file__).parent / "exports"


@pytest.mark.parametrize(
    ("export", "consents"),
    [
        ("shopify_customers", {"email_status": "Accepts Email Marketing", "sms_status": "Accepts SMS Marketing"}),
        (
            "klaviyo_profiles",
            {"given_at": "Email Marketing Consent Timestamp", "email_status": "Email Marketing Consent"},
        ),
        ("hubspot_contacts", None),  # this one was exported without the column
        ("woocommerce_customers", None),
    ],
)
def test_what_exports_of_customers_say_of_persons_and_consent(
    tmp_path: Path, export: str, consents: dict[str, str] | None
) -> None:
    write(tmp_path)
    (tmp_path / "people.csv").write_bytes((EXPORTS / f"{export}.csv").read_bytes())
    found = recognised(tmp_path)
    told = mapping(found, "customers")
    assert told["email"] == "Email"
    assert {"name"} <= set(told) or {"given_name", "family_name"} <= set(told)
    if consents is None:
        assert found.source("consents") is None
    else:
        assert consents.items() <= mapping(found, "consents").items()
        assert all(mapped.reasons for mapped in source(found, "consents").columns.values())
        assert source(found, "consents").missing == ()


def test_who_unsubscribed_in_hubspot_has_opted_out(tmp_path: Path) -> None:
    first, *rest = (EXPORTS / "hubspot_contacts.csv").read_text(encoding="utf-8").splitlines()
    write(tmp_path)
    text = "\n".join([f"{first},Unsubscribed from all email", *(f"{line},true" for line in rest)])
    (tmp_path / "people.csv").write_text(text, encoding="utf-8")
    assert mapping(recognised(tmp_path), "consents") == {
        "customer_id": "Record ID",
        "email_opt_out": "Unsubscribed from all email",
    }


def test_what_is_no_source_at_all_is_proposed_to_be_filled_in(tmp_path: Path) -> None:
    found = recognised(write(tmp_path, t=[["who", "what"], ["ann", "x"]]))
    assert found.missing == ("customer_id", "ordered_at", "unit_price")
    assert "No file looks like orders" in source(found, "order_lines").notes[0]


def test_a_name_whose_values_say_otherwise_is_passed_over(tmp_path: Path) -> None:
    rows = [["order_id", "customer_id", "date", "created_at", "amount"]]
    rows += [[f"o{n}", f"c{n % 3}", "tomorrow", f"2024-01-0{n + 1}", "1.50"] for n in range(6)]
    found = recognised(write(tmp_path, t=rows))
    assert mapping(found, "orders")["ordered_at"] == "created_at"
    assert "date" in source(found, "orders").unused


def test_an_empty_column_is_not_taken(tmp_path: Path) -> None:
    rows = [["order_id", "customer_id", "client", "date", "amount"]]
    rows += [[f"o{n}", "", f"c{n}", f"2024-01-0{n + 1}", "1.50"] for n in range(6)]
    assert mapping(recognised(write(tmp_path, t=rows)), "orders")["customer_id"] == "client"


def test_what_is_unclear_is_said(tmp_path: Path) -> None:
    rows = [["customer_id", "user_id", "date", "total", "mood"], ["a", "b", "2024-01-01", "5", "good"]]
    one = source(recognised(write(tmp_path, t=rows)), "order_lines")
    assert one.columns["customer_id"].column == "customer_id"
    assert one.columns["customer_id"].others == ("user_id",)
    assert one.unused == ("user_id", "mood")


def test_the_only_column_of_days_is_proposed_as_unsure_but_never_the_day_of_delivery(tmp_path: Path) -> None:
    rows = [
        ["order_id", "customer_id", "item", "amount", "when", "shipped_on"],
        ["o", "c", "x", "5", "2024-01-01", "2024-01-03"],
    ]
    one = source(recognised(write(tmp_path, t=rows)), "order_lines")
    assert one.columns["ordered_at"].column == "when"
    assert "unsure" in one.columns["ordered_at"].reasons[0]
    without = [[*row[:4], row[5]] for row in rows]
    assert "ordered_at" in recognised(write(tmp_path / "b", t=without)).missing


def shop(customers: Rows) -> dict[str, Rows]:
    """Return a shop in four tables: lines that know only their order, orders, customers and products."""
    lines = [[f"o{n // 2}", f"p{n % 4}", "2.50", 1] for n in range(20)]
    orders = [[f"o{n}", f"c{n % 5}@x.test", f"2024-01-{n + 1:02}", "paid"] for n in range(10)]
    return {
        "lines": [["order_id", "product_id", "price", "quantity"], *lines],
        "orders": [["order_id", "customer_id", "order_date", "status"], *orders],
        "customers": customers,
        "products": [["product_id", "category"], *([f"p{n}", "Wear"] for n in range(4))],
    }


def test_tables_meet_and_say_in_how_many_rows(tmp_path: Path) -> None:
    people = [["customer_id", "email", "country"], *([n, f"c{n}@x.test", "DE"] for n in range(4))]
    found = recognised(write(tmp_path, **shop(people)))
    assert [one.source for one in found.sources] == ["order_lines", "orders", "customers", "products"]
    assert found.missing == (), "the lines take customer and day from their order"
    assert "meets orders.order_id in 100% of the rows" in source(found, "order_lines").columns["order_id"].reasons
    assert "meets products.product_id in 100% of the rows" in source(found, "order_lines").columns["product_id"].reasons
    assert "meets customers.customer_id in 80% of the rows" in source(found, "orders").columns["customer_id"].reasons[
        -1
    ].replace(".0%", "%")


def test_of_several_keys_the_one_that_the_orders_meet_is_taken(tmp_path: Path) -> None:
    people = [["customer_id", "email", "country"], *([n, f"c{n}@x.test", "DE"] for n in range(5))]
    one = source(recognised(write(tmp_path, **shop(people))), "customers")
    assert one.columns["customer_id"].column == "email"
    assert one.columns["customer_id"].others == ("customer_id",)


def test_addresses_meet_in_any_capitals(tmp_path: Path) -> None:
    people = [["customer_id", "email", "country"], *([n, f"C{n}@X.test", "DE"] for n in range(5))]
    found = recognised(write(tmp_path, **shop(people)))
    assert mapping(found, "customers")["customer_id"] == "email"
    assert any("100%" in reason for reason in source(found, "orders").columns["customer_id"].reasons)


def test_a_list_that_meets_nothing_is_left_out_and_said(tmp_path: Path) -> None:
    people = [["customer_id", "country"], *([f"other-{n}", "DE"] for n in range(5))]
    found = recognised(write(tmp_path, **shop(people)))
    assert found.source("customers") is None
    (left,) = found.left_out
    assert left.name == "customers.csv"
    assert "spelt apart" in left.why


def test_one_source_has_one_set_of_columns(tmp_path: Path) -> None:
    large = [["customer", "date", "amount"], *(["a", f"2024-01-{n + 1:02}", 5] for n in range(20))]
    small = [["client", "order_date", "total"], ["a", "2024-01-01", 5]]
    found = recognised(write(tmp_path, large=large, small=small))
    assert source(found, "order_lines").table.name == "large.csv"
    assert [left.name for left in found.left_out] == ["small.csv"]


def test_files_with_equal_headers_are_one_table(tmp_path: Path) -> None:
    header = ["customer", "date", "amount"]
    found = recognised(write(tmp_path, b=[header, ["a", "2024-02-01", 5]], a=[header, ["a", "2024-01-01", 5]]))
    assert [file.name for file in source(found, "order_lines").table.files] == ["a.csv", "b.csv"]
    assert source(found, "order_lines").table.rows == 2


LINES = ["order_id", "customer_id", "date", "product_id", "quantity", "amount", "discount"]


def hints(found: Recognised) -> dict[str, tuple[str, str, bool]]:
    return {hint.setting: (hint.condition, hint.reason, hint.sure) for one in found.sources for hint in one.hints}


def test_the_letter_of_reversals_is_found_with_its_count(tmp_path: Path) -> None:
    rows = [[n, "c1", "2024-01-01", f"p{n}", 1, 5, 0] for n in range(100)]
    rows += [[f"C{n}", "c1", "2024-01-02", f"p{n}", -1, 5, 0] for n in range(20)]
    rows += [[f"W{n}", "c1", "2024-01-02", f"p{n}", 1, 5, 0] for n in range(30)]
    condition, reason, sure = hints(recognised(write(tmp_path, t=[LINES, *rows])))["cancelled"]
    assert condition == "order_id LIKE 'C%'"
    assert "20 lines" in reason
    assert not sure


def test_codes_unlike_the_others_are_found(tmp_path: Path) -> None:
    rows = [[n, "c1", "2024-01-01", f"{1000 + n}", 1, 5, 0] for n in range(200)]
    rows += [[900 + n, "c1", "2024-01-02", code, 1, 5, 0] for n, code in enumerate(["POST", "POST", "O'DOT"])]
    condition, reason, sure = hints(recognised(write(tmp_path, t=[LINES, *rows])))["adjustments"]
    assert condition == "product_id IN ('POST', 'O''DOT')"
    assert "POST (2)" in reason
    assert not sure


def test_where_codes_have_no_digits_none_is_odd(tmp_path: Path) -> None:
    rows = [[n, "c1", "2024-01-01", "abc"[n % 3] * 3, 1, 5, 0] for n in range(50)]
    assert "adjustments" not in hints(recognised(write(tmp_path, t=[LINES, *rows])))


def test_orders_that_were_called_off_are_left_out_and_unclear_ones_asked_about(tmp_path: Path) -> None:
    states = ["paid"] * 7 + ["Cancelled", "refunded", "cancelled"]
    rows = [[f"o{n}", "c", f"2024-01-{n + 1:02}", 5, state] for n, state in enumerate(states)]
    one = source(
        recognised(write(tmp_path, t=[["order_id", "customer_id", "date", "amount", "status"], *rows])), "orders"
    )
    told = {hint.condition: (hint.reason, hint.sure) for hint in one.hints}
    assert told["lower(status) IN ('cancelled')"] == ("orders that were called off: cancelled (2)", True)
    assert told["lower(status) IN ('refunded')"][1] is False


def test_a_customer_called_test_and_addresses_that_differ_in_capitals(tmp_path: Path) -> None:
    people = ["Test@x.test", "ann@x.test", "Ann@x.test", "tester-no@x.test", "contest@x.test"]
    rows = [[f"o{n}", name, f"2024-01-{n + 1:02}", 5] for n, name in enumerate(people)]
    one = source(recognised(write(tmp_path, t=[["order_id", "email", "date", "amount"], *rows])), "orders")
    assert [hint.condition for hint in one.hints] == ["customer_id ILIKE 'test%'"]
    assert any("1 e-mail address differs" in note for note in one.notes)


@pytest.mark.parametrize("net", [True, False])
def test_whether_an_amount_is_after_its_discount_is_read_off_the_prices(tmp_path: Path, net: bool) -> None:
    rows = []
    for n in range(600):
        product, quantity, off = n % 20, 1 + n % 3, 0.5 * (n // 20 % 4 == 0)
        price = 3 + product
        amount = quantity * price - (off * quantity if net else 0)
        rows.append([n, f"c{n % 9}", "2024-01-01", f"{product}", quantity, f"{amount:.2f}", f"{off * quantity:.2f}"])
    one = source(recognised(write(tmp_path, t=[LINES, *rows])), "order_lines")
    assert ("discount" in one.columns) is not net
    assert bool(one.notes) is net


def test_a_discount_that_tells_nothing_stays_mapped(tmp_path: Path) -> None:
    rows = [[n, "c1", "2024-01-01", f"{n}", 1, 5, 1] for n in range(300)]
    assert "discount" in mapping(recognised(write(tmp_path, t=[LINES, *rows])), "order_lines")


@pytest.mark.parametrize(("of_order", "twice"), [(2.0, True), (5.0, False)])
def test_an_orders_discount_that_is_the_sum_of_its_lines_is_left_out(
    tmp_path: Path, of_order: float, twice: bool
) -> None:
    lines = [["order_id", "product_id", "unit_price", "discount"], *([f"o{n // 2}", f"p{n}", 9, 1] for n in range(20))]
    orders = [
        ["order_id", "customer_id", "date", "discount"],
        *([f"o{n}", "c", "2024-01-01", of_order] for n in range(10)),
    ]
    found = recognised(write(tmp_path, lines=lines, orders=orders))
    assert ("discount" in source(found, "orders").columns) is not twice
    assert "discount" in source(found, "order_lines").columns


def answer(found: Recognised, name: str) -> tuple[str, bool]:
    return next((one.value, one.known) for one in found.answers if one.name == name)


def test_currency_and_time_zone_are_told_only_where_the_data_tells_them(tmp_path: Path) -> None:
    header = ["customer_id", "date", "amount", "currency"]
    one = recognised(write(tmp_path / "one", t=[header, ["a", "2024-01-01", 5, "gbp"], ["a", "2024-01-02", 5, "GBP"]]))
    assert answer(one, "currency") == ("GBP", True)
    assert answer(one, "timezone") == ("UTC", True), "days need no zone"
    several = recognised(
        write(
            tmp_path / "two",
            t=[
                header,
                ["a", "2024-01-01 10:00:00", 5, "GBP"],
                ["a", "2024-01-02", 5, "EUR"],
                ["b", "2024-01-02", 5, "EUR"],
            ],
        )
    )
    assert answer(several, "currency") == ("EUR", False)
    assert answer(several, "timezone") == ("UTC", False)
    none = recognised(write(tmp_path / "none", t=[[*header[:3], "note"], ["a", "2024-01-01 10:00:00 +0200", 5, "x"]]))
    assert none.asked == ("currency", "timezone")
    assert "+0200 (1)" in next(one.reason for one in none.answers if one.name == "timezone")

"""Telephone numbers: what the library phonenumbers says, many times faster."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.identity.normalise.phone import phone
from patron.identity.normalise.phone_plan import plan_of, read

CASES = [
    ("(800)555-0100", "US", "+18005550100", "used"),
    ("1 800 555 0100", "US", "+18005550100", "used"),
    ("+1 650 555 1212", None, "+16505551212", "used"),
    ("030 / 90 18 20", "DE", "+4930901820", "used"),
    ("0049 30 901820", "DE", "+4930901820", "used"),
    ("+49 (0)30 901820", None, "+4930901820", "used"),
    ("49 30 901820", "DE", "+4930901820", "used"),
    ("020 7183 8750", "GB", "+442071838750", "used"),
    ("06 6982 0000", "IT", "+390669820000", "used"),
    ("01 23 45 67 89", "FR", None, "blocked"),
    ("8 (495) 123-45-67", "RU", "+74951234567", "used"),
    ("011 15 1234 5678", "AR", None, "used"),
    ("Tel. 030 901820", "DE", "+4930901820", "used"),
    ("\uff0b\uff14\uff1930901820", None, "+4930901820", "used"),
    ("020 7183 8750 ext. 12", "GB", "+442071838750;ext=12", "used"),
    ("1-800-FLOWERS", "US", "+18003569377", "used"),
    # no prefix, and no country to read it in
    ("030 901820", None, "030 901820", "invalid"),
    ("030 901820", "XX", "030 901820", "invalid"),
    # impossible
    ("12", "DE", "12", "invalid"),
    ("555-0100", "US", None, "invalid"),
    ("+49 123456789012345678", None, None, "invalid"),
    ("+999 12345678", None, None, "invalid"),
    ("anna@example.org", "DE", "anna@example.org", "invalid"),
    # typed to fill a field
    ("0000000000", "DE", None, "blocked"),
    ("1234567890", "US", None, "blocked"),
    ("0123456789", "DE", None, "blocked"),
    ("+49 150 0000000", None, None, "blocked"),
    ("999-999-9999", "US", None, "blocked"),
    ("none", "DE", "none", "blocked"),
    ("-", "DE", "-", "blocked"),
    ("F" * 64, "DE", "f" * 64, "used"),
    (" ", "DE", "", "invalid"),
]


@pytest.mark.parametrize(("text", "country", "value", "status"), CASES)
def test_cases(text, country, value, status):
    found = phone(text, country=country)
    assert found.status == status
    assert value is None or found.value == value


REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


def by_library(text, region):
    """Calling code and national number of a possible number."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    return (str(number.country_code), phonenumbers.national_significant_number(number)) if possible else None


@settings(max_examples=1500)
@given(st.sampled_from(REGIONS), st.integers(0, 5), st.text("0123456789", min_size=4, max_size=15))
def test_the_tables_read_as_the_library_does(region, way, digits):
    code = plan_of(region).code
    text = (digits, "0" + digits, f"+{code}{digits}", f"00{code}{digits}", f"+{code}0{digits}", f"+{digits}")[way]
    known = read(text, region)
    if known is not None:
        assert known == by_library(text, region)


@pytest.mark.parametrize("region", REGIONS)
def test_the_example_of_every_country(region):
    example = phonenumbers.example_number(region)
    e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    for style in ("INTERNATIONAL", "NATIONAL", "E164", "RFC3966"):
        text = phonenumbers.format_number(example, getattr(phonenumbers.PhoneNumberFormat, style))
        assert phone(text, country=region).value == e164


def test_plain_numbers_do_not_need_the_library():
    """Were the tables to give up, nothing would be wrong but the speed."""
    plain = ["+4930901820", "030901820", "+442071838750", "02071838750", "+33142685300", "8005550100"]
    regions = ["DE", "DE", "GB", "GB", "FR", "US"]
    assert all(read(text, region) for text, region in zip(plain, regions, strict=True))


@given(st.text(max_size=25), st.sampled_from([None, "DE", "US", "IT"]))
def test_what_is_normal_stays_so(text, country):
    once = phone(text, country=country)
    if once.status == "used":
        assert phone(once.value, country=country) == once

"""What a written telephone number means under the numbering plan of its country.

Plain numbers are read here by the tables of the library phonenumbers, eight times faster than by the library
itself; it reads the rest. Both give the same answer (a property test over all countries holds them together).

Ref  ITU-T E.164; libphonenumber, `PhoneNumberUtil.parseHelper` and `testNumberLength`
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

_SHORTEST, _LONGEST = 4, 17  # digits; shorter and longer ones are left to the library


@dataclass(frozen=True)
class Plan:
    """One country's numbering plan."""

    code: str
    abroad: re.Pattern[str] | None
    trunk: re.Pattern[str] | None
    rewrites: bool
    pattern: re.Pattern[str] | None
    lengths: frozenset[int]
    local_lengths: frozenset[int]

    def national(self, digits: str) -> str | None:
        """Take the trunk prefix (0, 8, 1) off, where it is one. None when the library must tell.

        A prefix stays when the number would no longer be one without it.
        """
        found = self.trunk.match(digits) if self.trunk else None
        if found is None:
            return digits
        if self.rewrites and found.groups() and found.groups()[-1] is not None:
            return None
        rest = digits[found.end() :]
        if self._is_number(digits) and not self._is_number(rest):
            return digits
        return rest if self._may_be_cut_to(len(rest)) else digits

    def _is_number(self, digits: str) -> bool:
        return self.pattern is not None and self.pattern.fullmatch(digits) is not None

    def _may_be_cut_to(self, length: int) -> bool:
        if length in self.local_lengths:
            return False
        return length in self.lengths or length > max(self.lengths)

    @property
    def is_simple(self) -> bool:
        """Whether 00 and nothing else leads abroad."""
        return self.abroad is not None and self.abroad.pattern == "00"


@cache
def plan_of(region: str) -> Plan | None:
    """Return a country's plan by its ISO code."""
    return _plan(PhoneMetadata.metadata_for_region(region, None))


@cache
def plan_of_code(code: str) -> Plan | None:
    """Return the plan behind a calling code (of the largest country that shares it)."""
    regions = COUNTRY_CODE_TO_REGION_CODE.get(int(code))
    if regions is None:
        return None
    return _plan(PhoneMetadata.metadata_for_region_or_calling_code(int(code), regions[0]))


def _plan(metadata: PhoneMetadata | None) -> Plan | None:
    if metadata is None or metadata.general_desc is None:
        return None
    return Plan(
        code=str(metadata.country_code),
        abroad=_compiled(metadata.international_prefix),
        trunk=_compiled(metadata.national_prefix_for_parsing),
        rewrites=bool(metadata.national_prefix_transform_rule),
        pattern=_compiled(metadata.general_desc.national_number_pattern),
        lengths=frozenset(metadata.general_desc.possible_length),
        local_lengths=frozenset(metadata.general_desc.possible_length_local_only),
    )


def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    return re.compile(pattern) if pattern else None


def read(digits: str, region: str | None) -> tuple[str, str] | None:
    """Return calling code and national number of plain digits (with or without +) that make a possible number.

    None says that this is not plain, or not possible: the library is to be asked.
    """
    if digits[0] == "+":
        return _international(digits[1:])
    plan = plan_of(region) if region else None
    if plan is None or plan.abroad is None:
        return None
    if plan.is_simple and digits.startswith("00"):
        return None if digits[2:3] == "0" else _international(digits[2:])
    if digits.startswith(plan.code) or plan.abroad.match(digits):
        return None
    main = plan_of_code(plan.code)
    return _possible(plan, main, digits) if main else None


def _international(digits: str) -> tuple[str, str] | None:
    if digits[:1] == "0" or not digits.isdigit():
        return None
    for length in (1, 2, 3):
        plan = plan_of_code(digits[:length]) if len(digits) > length else None
        if plan is not None:
            return _possible(plan, plan, digits[length:])
    return None


def _possible(plan: Plan, main: Plan, digits: str) -> tuple[str, str] | None:
    if not _SHORTEST <= len(digits) <= _LONGEST:
        return None
    number = plan.national(digits)
    return (plan.code, number) if number is not None and len(number) in main.lengths else None

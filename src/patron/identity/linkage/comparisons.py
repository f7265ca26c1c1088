"""How two records are compared: field by field, each in levels from agreement to difference.

Ref  Fellegi & Sunter (1969), A Theory for Record Linkage, JASA 64(328): m, u and the weight log2(m/u) of a level

What a household shares counts once. Relatives have one address and often one telephone; as two comparisons the two
would be held for independent evidence that they are one person. So address and telephone are one comparison, of which
the better counts. For the same reason a different given name or birth date is not outweighed by anything (`VETOES`):
twins agree in everything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CLOSE = 0.92
"""Jaro-Winkler similarity from which on two names are held to be spellings of one."""

RARE, MUCH_RARER = 3, 10
"""A name that so few records have, or one record for so many of the other name, may be a slip for it."""

HOME = "same_home"
"""The level of `contact` in which the family name agrees, too: two of a household, if they are not one person."""


@dataclass(frozen=True)
class Level:
    """One outcome of a comparison: its name, its condition in DuckDB's SQL, and m before training."""

    name: str
    condition: str
    m: float
    frequency_of: str = ""


@dataclass(frozen=True)
class Comparison:
    """One field, or several that say the same, and what must be there to compare them."""

    name: str
    missing: str
    levels: tuple[Level, ...]
    needs: tuple[str, ...]

    def settings(self) -> dict[str, Any]:
        """Return the comparison as Splink's settings spell it: the first level that holds counts."""
        levels: list[dict[str, Any]] = [
            {"sql_condition": self.missing, "label_for_charts": "missing", "is_null_level": True}
        ]
        for level in (*self.levels, _OTHER):
            spelt: dict[str, Any] = {
                "sql_condition": level.condition, "label_for_charts": level.name, "m_probability": level.m,
            }  # fmt: skip
            if level.frequency_of:
                spelt |= {"tf_adjustment_column": level.frequency_of, "tf_adjustment_weight": 1.0}
            levels.append(spelt)
        return {"output_column_name": self.name, "comparison_levels": levels}


_OTHER = Level("different", "ELSE", 0.02)


def _missing(*columns: str) -> str:
    """Say that none of the columns stands in both records."""
    return " AND ".join(f"({column}_l IS NULL OR {column}_r IS NULL)" for column in columns)


def _alike(column: str, least: float) -> str:
    return f"jaro_winkler_similarity({column}_l, {column}_r) >= {least}"


def _longer(column: str) -> str:
    """Say that one is the other with a further word: Ann and Ann Mary."""
    pairs = (("l", "r"), ("r", "l"))
    return " OR ".join(f"starts_with({column}_{longer}, concat({column}_{short}, ' '))" for longer, short in pairs)


def _one_letter_apart(column: str) -> str:
    """Say that a letter is wrong, missing, too many, or changed places with the next: what a short name needs."""
    likely = f"jaro_winkler_similarity({column}_l, {column}_r) >= 0.7"
    return f"CASE WHEN {likely} THEN damerau_levenshtein({column}_l, {column}_r) ELSE 99 END <= 1"


def _misspelt(column: str) -> str:
    """Say that one may be a slip for the other: rare, or much rarer. Leon and Leonie are alike, and two names."""
    rarer, commoner = (f"{choose}({column}_records_l, {column}_records_r)" for choose in ("least", "greatest"))
    return f"({rarer} <= {RARE} OR {rarer} * {MUCH_RARER} <= {commoner})"


def _initial(column: str) -> str:
    shorter = f"least(length({column}_l), length({column}_r)) = 1"
    return f"{shorter} AND substr({column}_l, 1, 1) = substr({column}_r, 1, 1)"


def _digits_apart(column: str, most: int) -> str:
    """Say that no more than so many characters differ. Quick where it is false, which it nearly always is."""
    same_length = f"length({column}_l) = length({column}_r)"
    return f"CASE WHEN {same_length} THEN hamming({column}_l, {column}_r) ELSE 99 END <= {most}"


def _one_edit_apart() -> str:
    """Say that two e-mail addresses differ by one character. What is slow is asked of those that begin or end alike."""
    sized = "abs(length(email_l) - length(email_r)) <= 1"
    begins = "substr(email_l, 1, 3) = substr(email_r, 1, 3)"
    ends = "substr(split_part(email_l, '@', 1), -3) = substr(split_part(email_r, '@', 1), -3)"
    return f"(CASE WHEN {sized} AND ({begins} OR {ends}) THEN levenshtein(email_l, email_r) ELSE 99 END <= 1)"


def _swapped() -> str:
    """Say that day and month changed places."""
    parts = ((1, 4, 1, 4), (6, 2, 9, 2), (9, 2, 6, 2))
    return " AND ".join(
        f"substr(birth_date_l, {left}, {size}) = substr(birth_date_r, {right}, {same})"
        for left, size, right, same in parts
    )


def _name(column: str) -> Comparison:
    return Comparison(
        column,
        _missing(column),
        (
            Level("same", f"{column}_l = {column}_r", 0.88, frequency_of=column),
            Level("close", f"({_alike(column, CLOSE)} AND {_misspelt(column)}) OR {_longer(column)}", 0.07),
            Level("initial", _initial(column), 0.02),
            Level("similar", f"{_one_letter_apart(column)} AND {_misspelt(column)}", 0.02),
        ),
        (column,),
    )


_SAME_CONTACT = "phone_l = phone_r OR address_l = address_r"

COMPARISONS = (
    _name("given_name"),
    _name("family_name"),
    Comparison(
        "birth_date",
        _missing("birth_date"),
        (
            Level("same", "birth_date_l = birth_date_r", 0.92),
            Level("close", f"({_digits_apart('birth_date', 1)}) OR ({_swapped()})", 0.06),
        ),
        ("birth_date",),
    ),
    Comparison(
        "email",
        _missing("email"),
        (
            Level("same", "email_l = email_r", 0.6),
            Level("close", f"mailbox_l = mailbox_r OR {_one_edit_apart()}", 0.15),
        ),
        ("email", "mailbox"),
    ),
    Comparison(
        "contact",
        _missing("phone", "address"),
        (
            Level(HOME, f"({_SAME_CONTACT}) AND {_alike('family_name', CLOSE)}", 0.75),
            Level("same", _SAME_CONTACT, 0.05),
            Level(
                "close",
                f"({_digits_apart('phone', 2)}) OR (postal_code_l = postal_code_r AND {_alike('street', CLOSE)})",
                0.08,
            ),
            Level("near", "postal_code_l = postal_code_r", 0.05),
        ),
        ("phone", "address"),
    ),
)

VETOES = ("given_name", "birth_date")
"""Where these are different, two records are not linked by probability."""

TRAINING = (
    ("given_name", "birth_date"),
    ("family_name", "birth_date"),
    ("email",),
    ("given_name", "phone"),
)
"""What agrees in the pairs of each training: always something of the person beside what a family shares, or else the
relatives in them would be taken for one person."""

"""Sentences come from catalogues: each that the code asks for is there, with the facts it gives, and none is dead."""

from __future__ import annotations

import ast
import io
import re
from datetime import date
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

from patron import language
from patron.errors import ArgumentError
from patron.language import day, did_you_mean, failure, has, listing, money, month, number, percent, say, short_money

ROOT = Path(__file__).resolve().parents[1] / "src" / "patron"
CATALOGUES = sorted((ROOT / "locale" / language.LANGUAGE).glob("*.po"))
OPENINGS = tuple(rf"{file.stem}\." for file in CATALOGUES)


def sentences() -> dict[str, tuple[str, ...]]:
    """Every key with its forms, as they stand in the files."""
    found: dict[str, tuple[str, ...]] = {}
    for file in CATALOGUES:
        for message in read_po(io.BytesIO(file.read_bytes()), locale=language.LANGUAGE):
            if message.id:
                key = message.id if isinstance(message.id, str) else message.id[0]
                forms = message.string if isinstance(message.string, tuple) else (message.string,)
                assert key not in found, f"{key} stands twice"
                found[key] = forms
    return found


SENTENCES = sentences()


NOT_SAID_YET = (
    "kpis.goal.", "kpis.growth.", "kpis.needs.", "kpis.status.", "kpis.term.", "kpis.unit.orders_per_customer",
    "report.model_mbg_nbd",
)  # fmt: skip
"""Written before the page or model that will say them; take an entry out when it is said, or delete the sentence."""


def wants(key: str) -> set[str]:
    """The facts that a sentence names, in any of its forms."""
    return {field for form in SENTENCES[key] for _, field, _, _ in Formatter().parse(form) if field}


class _Uses(ast.NodeVisitor):
    """What one file says: words in quotes, keys made by f-strings (as patterns), and calls with their facts."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.words: set[str] = set()
        self.patterns: set[str] = set()
        self.calls: list[tuple[str, int, set[str] | None]] = []
        self.visit(ast.parse(file.read_text(encoding="utf-8")))

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.words.add(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.words.add(node.name)  # commands are called like their functions
        self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        parts = [re.escape(str(p.value)) if isinstance(p, ast.Constant) else "([A-Za-z0-9_.]+)" for p in node.values]
        self.patterns.add("".join(parts))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        place = {"say": 0, "failure": 1}.get(name)
        if place is not None and len(node.args) > place:
            argument = node.args[place]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                named = [keyword.arg for keyword in node.keywords]
                facts = None if None in named else {str(fact) for fact in named}
                self.calls.append((argument.value, node.lineno, facts))
        self.generic_visit(node)


USES = [_Uses(file) for file in sorted(ROOT.rglob("*.py"))]
CALLS = [
    pytest.param(key, facts, id=f"{use.file.relative_to(ROOT)}:{line}")
    for use in USES
    for key, line, facts in use.calls
]
TEMPLATES = "\n".join(file.read_text(encoding="utf-8") for file in sorted(ROOT.rglob("*.j2")))


@pytest.mark.parametrize(("key", "facts"), CALLS)
def test_a_sentence_that_is_asked_for_is_there_with_the_facts_it_gets(key, facts):
    assert key in SENTENCES
    if facts is not None:
        assert wants(key) <= facts, "a fact is wanted that is not given: this call would fail"


def test_the_scan_sees_the_calls():
    """Were the scan blind, all of the above would pass."""
    assert len(CALLS) > 100
    assert {"errors.table_missing", "sources.empty"} <= {call.values[0] for call in CALLS}


def test_no_sentence_is_dead():
    """A key is used when it stands in quotes, or when an f-string makes it of words that stand in quotes."""
    words = set().union(*(use.words for use in USES)) | set(re.findall(r"[\w.]+", TEMPLATES))
    patterns = [re.compile(p) for p in set().union(*(use.patterns for use in USES)) if p.startswith(OPENINGS)]

    def is_made(key: str) -> bool:
        for pattern in patterns:
            if (match := pattern.fullmatch(key)) and all(
                filled in words or set(filled.split(".")) <= words for filled in match.groups()
            ):
                return True
        return False

    dead = [key for key in SENTENCES if key not in words and not is_made(key)]
    assert [key for key in dead if not key.startswith(NOT_SAID_YET)] == []


@pytest.mark.parametrize("key", SENTENCES)
def test_a_sentence_is_whole(key):
    for form in SENTENCES[key]:
        assert form, "an empty sentence says nothing"
        in_columns = key.startswith(("cli.", "check.", "runs."))  # the terminal's
        assert in_columns or form == " ".join(form.split(" ")).strip(), "blanks are an accident"
        assert in_columns or "  " not in form
        for _, field, _, conversion in Formatter().parse(form):
            assert field is None or field.isidentifier(), "a fact is named, never taken apart"
            assert not conversion
    if key.partition(".")[0] in ("errors", "sources") and "\n" in SENTENCES[key][0]:
        assert len(SENTENCES[key][0].split("\n")) == 2, "what is wrong, then what to do"


@pytest.mark.parametrize("file", CATALOGUES, ids=[file.stem for file in CATALOGUES])
def test_a_catalogue_holds_its_own_subject_only(file):
    keys = re.findall(r'^msgid "(.+)"$', file.read_text(encoding="utf-8"), re.MULTILINE)
    assert keys
    assert {key.partition(".")[0] for key in keys} == {file.stem}


def test_a_sentence_that_is_not_there():
    with pytest.raises(KeyError, match=r"errors\.nonsense"):
        say("errors.nonsense")
    assert not has("errors.nonsense")
    assert not has("no_such_subject.at_all")
    assert has("errors.table_missing")
    with pytest.raises(FileNotFoundError):
        say("no_such_subject.at_all")


def test_a_fact_that_is_not_given():
    with pytest.raises(KeyError, match="choice"):
        say("errors.did_you_mean")


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0 rows were read."),
        (1, "1 row was read."),
        (2, "2 rows were read."),
        (10**6, "1,000,000 rows were read."),
    ],
)
def test_the_count_chooses_the_form(count, expected):
    assert say("quality.rule.read", count=count, rows=number(count)) == expected


@pytest.mark.parametrize(
    "text",
    ["{table}", "{0}", "{x.__class__.__mro__}", "{", "}", "%s %(run)s", "<b>", "a\nb", "a\tb", "{table!r:>99999999}"],
)
def test_a_hostile_fact_is_text_and_nothing_else(text):
    error = failure(ArgumentError, "errors.table_missing", table=text, run="{table}", hint="{run}")
    assert str(error) == f"Run {{table}} holds no table '{text}'.\n{{run}}"
    assert say("errors.did_you_mean", choice=text) == f"Did you mean '{text}'?"


@pytest.mark.parametrize("mark", [chr(code) for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"])
def test_no_fact_drives_the_terminal(mark):
    """A file may call its column anything, and the error that names it is printed."""
    error = failure(ArgumentError, "errors.table_missing", table=f"a{mark}[2Jb", run=f"{mark}", hint=mark * 3)
    assert str(error) == "Run  holds no table 'a[2Jb'.\n"
    assert error.data["table"] == f"a{mark}[2Jb", "the facts stay as they came"


@pytest.mark.parametrize(
    ("amount", "written", "short"),
    [
        (0, "£0.00", "£0"),
        (-0.0, "£0.00", "£0"),
        (-0.004, "£0.00", "£0"),
        (0.5, "£0.50", "£0.50"),
        (-12.5, "-£12.50", "-£12.50"),
        (999.99, "£999.99", "£999.99"),
        (999.999, "£1,000", "£1K"),
        (1000, "£1,000", "£1K"),
        (-1234.5, "-£1,234", "-£1.2K"),
        (1234567.8, "£1,234,568", "£1.2M"),
        (2.5e9, "£2,500,000,000", "£2.5B"),
        (float("nan"), "–", "–"),
        (float("inf"), "£∞", "£∞"),
    ],
)
def test_money(amount, written, short):
    assert money(amount, "GBP") == written
    assert short_money(amount, "GBP") == short


def test_money_with_decimals_as_told():
    assert money(1234.5, "EUR", digits=2) == "€1,234.50"
    assert money(0.126, "USD", digits=0) == "$0"


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (0, 0, "0"),
        (-0.4, 0, "0"),
        (-0.6, 0, "-1"),
        (12345.678, 1, "12,345.7"),
        (2.5, 2, "2.50"),
        (float("nan"), 1, "–"),
    ],
)
def test_number(value, digits, written):
    assert number(value, digits=digits) == written


@pytest.mark.parametrize(
    ("share", "digits", "written"),
    [
        (0, 0, "0%"),
        (-0.0, 0, "0%"),
        (-0.0004, 0, "0%"),
        (-0.0004, 1, "0.0%"),
        (-0.0006, 1, "-0.1%"),
        (0.256, 0, "26%"),
        (1, 0, "100%"),
        (12.5, 1, "1,250.0%"),
        (float("nan"), 0, "–"),
    ],
)
def test_percent(share, digits, written):
    assert percent(share, digits=digits) == written


def test_days_and_months():
    assert day(date(2024, 2, 29)) == "29 February 2024"
    assert day(date(1990, 1, 1)) == "1 January 1990"
    assert month(date(2024, 2, 29)) == "Feb 2024"


def test_a_listing_of_nothing_is_a_dash():
    assert listing([]) == "–"
    assert listing(("a", 1)) == "a, 1"


@pytest.mark.parametrize(
    ("word", "choices", "expected"),
    [
        ("custmer_id", ["order_id", "customer_id"], "Did you mean 'customer_id'?"),
        ("COUNTRY", ["country", "city"], "Did you mean 'country'?"),
        ("country", ["Country"], "Did you mean 'Country'?"),
        ("xyz", ["b", "a"], "Known: a, b."),
        ("xyz", [], "Known: –."),
    ],
)
def test_did_you_mean(word, choices, expected):
    assert did_you_mean(word, choices) == expected

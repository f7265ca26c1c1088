"""Probable pairs: as precise as was wanted, trained, explained, and honest where nothing can be told."""

from __future__ import annotations

import builtins
import json
import logging
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import ibis
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.people_book import Book, by_rules, people_book
from patron.contracts.person import IDENTIFIERS
from patron.errors import ArgumentError, NotEnoughData, RunError
from patron.identity.linkage import Linkage, Model, explain_pair, linkage
from patron.identity.linkage.fields import blocked, fields
from patron.identity.linkage.threshold import match_share, probabilities, threshold
from patron.identity.resolve import resolve

Pair = tuple[str, str]


@pytest.fixture(scope="module")
def book() -> Book:
    return people_book(6000, seed=7)


@pytest.fixture(scope="module")
def identifiers(book: Book) -> Any:
    return book.identifiers()


@pytest.fixture(scope="module")
def found(book: Book, identifiers: Any) -> Linkage:
    return linkage(identifiers, book.links(by_rules(book)))


def together(owners: Mapping[str, str]) -> set[Pair]:
    """Return all pairs of records that one owner has."""
    groups: dict[str, list[str]] = defaultdict(list)
    for record, owner in sorted(owners.items()):
        groups[owner].append(record)
    return {(a, b) for group in groups.values() for place, a in enumerate(group) for b in group[place + 1 :]}


def accepted(found: Linkage) -> dict[Pair, float]:
    return {(row["left_id"], row["right_id"]): row["probability"] for row in found.pairs.to_pyarrow().to_pylist()}


def test_rules_and_linkage_together_are_precise_and_miss_little(book: Book, identifiers: Any, found: Linkage) -> None:
    truth = together(book.truth)
    alone = together(by_rules(book))
    resolved = resolve(identifiers, pairs=found.pairs).links.to_pyarrow().to_pylist()
    both = together({row["record_id"]: row["customer_id"] for row in resolved})
    assert len(both & truth) / len(both) >= 0.99
    assert len(both & truth) / len(truth) >= 0.95 > len(alone & truth) / len(truth)
    likely = [row for row in resolved if row["rule"] == "probable"]
    assert likely
    assert all(0.5 <= row["confidence"] <= 1 and row["key"] for row in likely)


def test_the_models_own_precision_is_kept(book: Book, found: Linkage) -> None:
    truth, pairs = together(book.truth), accepted(found)
    right = len(pairs.keys() & truth) / len(pairs)
    model = found.model
    assert model.accepted == len(pairs) > 100
    assert model.expected_precision == pytest.approx(np.mean(list(pairs.values())), abs=1e-4)
    assert model.expected_precision >= model.wanted_precision == 0.99
    error = (0.99 * 0.01 / len(pairs)) ** 0.5
    assert right >= 0.99 - 3 * error
    assert min(pairs.values()) >= model.threshold - 1e-6


def test_what_rules_have_linked_is_not_found_again(book: Book, found: Linkage) -> None:
    assert not accepted(found).keys() & together(by_rules(book))
    assert all(left < right for left, right in accepted(found))


def test_weights_are_learnt_from_the_records(found: Linkage) -> None:
    levels = {
        (comparison["output_column_name"], level["label_for_charts"]): level
        for comparison in found.model.settings["comparisons"]
        for level in comparison["comparison_levels"]
    }
    assert len(found.model.trained) == 4
    born = levels["birth_date", "same"]
    assert born["m_probability"] == pytest.approx(0.96, abs=0.03), "4 % are mistyped in a second record"
    assert born["u_probability"] == pytest.approx(1 / (66 * 336), rel=0.5), "days between 1940 and 2005"
    assert levels["email", "same"]["m_probability"] == pytest.approx(0.61, abs=0.08), "35 % changed it, 5 % mistyped it"
    home = levels["contact", "same_home"]
    assert home["u_probability"] > 0.01, "among people of one family name it is not rare to live together"


@pytest.mark.slow
def test_it_is_the_same_every_time(book: Book, identifiers: Any, found: Linkage) -> None:
    shuffled = identifiers.order_by(identifiers.value)
    again = linkage(ibis.memtable(shuffled.to_pyarrow()), book.links(by_rules(book)))
    assert accepted(again) == accepted(found)


@pytest.mark.slow
def test_more_precision_links_less(book: Book, identifiers: Any, found: Linkage) -> None:
    stricter = linkage(identifiers, book.links(by_rules(book)), wanted_precision=0.9999)
    assert 0 < stricter.model.accepted < found.model.accepted
    assert accepted(stricter).keys() < accepted(found).keys()


def test_any_pair_is_explained(book: Book, identifiers: Any, found: Linkage) -> None:
    model = Model.from_json(json.loads(json.dumps(found.model.to_json())))
    assert model == found.model
    for (left, right), probability in sorted(accepted(found).items())[:: len(accepted(found)) // 4]:
        why = explain_pair(left, right, identifiers=identifiers, model=model)
        assert why.accepted
        assert why.probability == pytest.approx(probability, abs=1e-4)
        assert why.weight == pytest.approx(why.prior_weight + sum(part.weight for part in why.comparisons))
        assert why.text.count("\n") == len(why.comparisons) + 1
        values = {value for record in (left, right) for value in book.records[record].values()}
        assert not any(value in why.text for value in values), "no personal data in the words"


def test_relatives_are_not_one_person(book: Book, identifiers: Any, found: Linkage) -> None:
    homes: dict[tuple[str, str], list[str]] = defaultdict(list)
    for record, values in book.records.items():
        if "address" in values:
            homes[values["address"], values["family_name"]].append(record)
    pair = next(
        (a, b)
        for home in homes.values()
        for a in home
        for b in home
        if book.truth[a] != book.truth[b] and book.records[a]["given_name"][:1] != book.records[b]["given_name"][:1]
    )
    why = explain_pair(*pair, identifiers=identifiers, model=found.model)
    assert why.vetoed
    assert why.probability == 0
    assert "given names are different" in why.text


def test_no_duplicates_no_links() -> None:
    book = people_book(1500, seed=3, again=0.0)
    found = linkage(book.identifiers(), book.links({record: record for record in book.records}))
    assert found.model.accepted <= 2
    assert found.pairs.count().to_pyarrow().as_py() == found.model.accepted


def test_fields_that_nobody_filled_are_left_out(book: Book) -> None:
    bare = Book(
        {record: {kind: value for kind, value in values.items() if kind != "birth_date"}
         for record, values in list(book.records.items())[:2000]},
        book.truth,
    )  # fmt: skip
    found = linkage(bare.identifiers(), bare.links(by_rules(bare)))
    assert [comparison["output_column_name"] for comparison in found.model.settings["comparisons"]] == [
        "given_name", "family_name", "email", "contact",
    ]  # fmt: skip


def test_too_little_is_said(book: Book) -> None:
    few = Book(dict(list(book.records.items())[:20]), book.truth)
    with pytest.raises(NotEnoughData, match="20 records"):
        linkage(few.identifiers(), few.links(by_rules(few)))


def test_bad_arguments(identifiers: Any, found: Linkage) -> None:
    with pytest.raises(ArgumentError, match=r"wanted_precision is 1\.5"):
        linkage(identifiers, identifiers, wanted_precision=1.5)
    with pytest.raises(ArgumentError, match="right is 'nobody'"):
        explain_pair("r000000", "nobody", identifiers=identifiers, model=found.model)
    with pytest.raises(ArgumentError, match="left is 'r000000'"):
        explain_pair("r000000", "r000000", identifiers=identifiers, model=found.model)


def test_without_splink_the_command_is_named(identifiers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def absent(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition(".")[0] == "splink":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(RunError, match=r"pip install \"patron\[linkage\]\""):
        linkage(identifiers, identifiers)


def test_it_says_nothing_and_leaves_nothing_behind(caplog: pytest.LogCaptureFixture) -> None:
    book = people_book(600, seed=5)
    identifiers = book.identifiers()
    connection = ibis.get_backend(identifiers).con
    before = connection.sql("SELECT table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
    with caplog.at_level(logging.WARNING):
        linkage(identifiers, book.links(by_rules(book)))
    assert connection.sql("SELECT table_name FROM duckdb_tables() ORDER BY ALL").fetchall() == before
    assert not caplog.records


def test_blocks_are_bounded(book: Book, identifiers: Any) -> None:
    table = blocked(fields(identifiers), most=3)
    sizes = table.filter(table.block_names.notnull()).group_by("block_names").aggregate(size=lambda t: t.count())
    assert sizes["size"].max().to_pyarrow().as_py() == 3
    whole = fields(identifiers).group_by("given_name", "family_name").aggregate(size=lambda t: t.count())
    assert whole["size"].max().to_pyarrow().as_py() > 3


def test_a_mailbox_that_is_only_a_name_says_nothing() -> None:
    ann = {"given_name": "ann", "family_name": "jones"}
    emails = {"a": "ann.jones@x", "b": "ann.jones1977@x", "c": "sunflower@x", "d": "ann_j@x"}
    rows = {record: {**ann, "email": email} for record, email in emails.items()}
    got = {row["unique_id"]: row["mailbox"] for row in fields(Book(rows, {}).identifiers()).to_pyarrow().to_pylist()}
    assert got == {"a": None, "b": "ann.jones1977", "c": "sunflower", "d": None}


@pytest.mark.parametrize(
    ("given", "family", "mailbox", "tells"),
    [
        ("markus", "hofman", "markus.hoffmann", False),
        ("dieter", "muler", "d.mueller", False),
        ("mayke", "van t viel", "vantwiel.maaike", False),
        ("barbel", "shafer", "baerbel.schaefer", False),
        ("tomas", "shmidt", "thomas.schmidt", False),
        ("luca", "rosi", "lucarossi87", False),
        ("luca", "rosi", "lucarossi1987", True),
        ("lukas", "smit", "tigerente", True),
    ],
)
def test_a_name_is_heard_in_a_mailbox_however_it_is_spelt(given: str, family: str, mailbox: str, tells: bool) -> None:
    said = {"given_name": given, "family_name": family, "email": f"{mailbox}@x"}
    [row] = fields(Book({"a": said}, {}).identifiers()).to_pyarrow().to_pylist()
    assert (row["mailbox"] is not None) == tells


def test_fields_compile_for_spark() -> None:
    _ = ibis.pyspark  # loads the dialect's options
    assert "SELECT" in ibis.to_sql(blocked(fields(IDENTIFIERS.unbound()), most=100), dialect="pyspark")


counts = st.lists(st.tuples(st.floats(-5, 40), st.integers(1, 1000)), min_size=1, max_size=12)


@settings(max_examples=50, deadline=None)
@given(counts, st.floats(0.5, 0.9999))
def test_the_line_is_the_lowest_that_keeps_what_was_wanted(pairs: list[tuple[float, int]], wanted: float) -> None:
    weights, numbers = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    share = match_share(weights, numbers, 1e6)
    line = threshold(weights, numbers, share, wanted_precision=wanted)
    likely = probabilities(weights, share)
    above = weights >= line.weight
    if above.any():
        assert likely[above] @ numbers[above] / numbers[above].sum() >= wanted - 1e-9
        assert likely[above].min() >= 0.5
    for lower in weights[(weights < line.weight) & (likely >= 0.5)]:
        more = weights >= lower
        assert likely[more] @ numbers[more] / numbers[more].sum() < wanted


def test_the_share_of_matches_is_recovered() -> None:
    """Six fields, m = .9 and u = .01: how many pairs agree in how many, and what each number weighs."""
    rng = np.random.default_rng(1)
    agreeing = np.bincount(rng.binomial(6, 0.9, 3000), minlength=7) + np.bincount(
        rng.binomial(6, 0.01, 10_000_000), minlength=7
    )
    weights = np.arange(7) * np.log2(0.9 / 0.01) + np.arange(6, -1, -1) * np.log2(0.1 / 0.99)
    compared = weights > 0
    share = match_share(weights[compared], agreeing[compared].astype(float), 10_003_000)
    assert share == pytest.approx(3e-4, rel=0.02)
    assert match_share(np.array([1.0]), np.array([5.0]), 1e9) == 0

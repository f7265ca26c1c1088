"""Themes in free text: planted ones are found again, in several scripts, alike in any order, and nothing in nothing."""

from __future__ import annotations

from collections import Counter
from datetime import date
from statistics import mean

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_mutual_info_score

from patron.contracts.theme import OTHER, THEME_WORDS
from patron.errors import ArgumentError, NotEnoughData, NotFitted
from patron.simulate import shop
from patron.simulate.wordings import PlantedTexts, planted_texts
from patron.voice import Themes
from patron.voice.themes_identity import Before
from patron.voice.themes_words import words

DAY = date(2024, 12, 31)


@pytest.fixture(scope="module")
def planted() -> PlantedTexts:
    return planted_texts(texts=700, seed=4)


@pytest.fixture(scope="module")
def model(planted: PlantedTexts) -> Themes:
    return Themes().fit(planted.texts, as_of=DAY)


def agreed(truth: list[str], found: pa.Table) -> float:
    return float(adjusted_mutual_info_score(truth, found["theme"].to_pylist()))


def plain(planted: PlantedTexts) -> float:
    """What a stranger would try first: words, TF-IDF and k-means, told the true number."""
    rows = TfidfVectorizer(min_df=2).fit_transform(planted.texts["text"].to_pylist())
    groups = KMeans(len(set(planted.theme)), n_init=3, random_state=0).fit_predict(rows)
    return float(adjusted_mutual_info_score(planted.theme, groups))


def test_planted_themes_are_found_again_whatever_the_seed() -> None:
    ours, theirs = [], []
    for seed in range(3):
        texts = planted_texts(texts=700, seed=seed)
        ours.append(agreed(texts.theme, Themes().fit(texts.texts).assign(texts.texts)))
        theirs.append(plain(texts))
    assert min(ours) > 0.75
    assert mean(ours) > 0.85
    assert mean(ours) > mean(theirs) + 0.15


def test_each_language_has_its_own_themes_in_its_own_script() -> None:
    shares = {"en": 0.4, "de": 0.2, "ru": 0.15, "ar": 0.13, "zh": 0.12}
    texts = planted_texts(texts=1_500, seed=5, languages=shares)
    made = Themes().fit(texts.texts)
    found = made.assign(texts.texts)
    assert {row["language"] for row in made.themes_.to_pylist()} == set(shares)
    told = zip(texts.theme, texts.language, found["language"].to_pylist(), strict=True)
    right = [language == guess for theme, language, guess in told if theme != OTHER]
    assert mean(right) > 0.97
    both = [
        f"{theme} {language}" if theme != OTHER else OTHER
        for theme, language in zip(texts.theme, texts.language, strict=True)
    ]
    assert agreed(both, found) > 0.9
    assert agreed(texts.theme, found) > 0.7, "though nothing tells that two languages speak of one thing"


@pytest.mark.slow
def test_the_themes_of_a_shop_are_found_again() -> None:
    said = shop(customers=1_500, seed=3, dealings=True, experience=True)
    keys = {"reviews": ("review_id",), "surveys": ("survey_id", "question"), "tickets": ("ticket_id",)}
    rows = [
        {
            "text_id": ":".join([name, *(row[one] for one in key)]),
            "customer_id": row["customer_id"] or row["invitation_id"],
            "text": row["text"],
        }
        for name, key in keys.items()
        for row in getattr(said, name).to_pylist()
        if row["text"] is not None
    ]
    truth = {row["text_id"]: row["theme"] for row in said.truth["texts"].to_pylist()}
    assert {row["text_id"] for row in rows} == set(truth)
    found = Themes().fit(pa.Table.from_pylist(rows)).assign(pa.Table.from_pylist(rows))
    assert agreed([truth[one] for one in found["text_id"].to_pylist()], found) > 0.7


def test_the_order_of_the_texts_and_their_batches_change_nothing(planted: PlantedTexts, model: Themes) -> None:
    shuffled = planted.texts.take(pa.array(np.random.default_rng(0).permutation(planted.texts.num_rows)))
    again = Themes().fit(shuffled)
    assert again.themes_.drop_columns("born_on").equals(model.themes_.drop_columns("born_on"))
    whole = model.assign(planted.texts)
    parts = [model.assign(planted.texts.slice(place, 1)) for place in range(60)]
    assert pa.concat_tables(parts)["theme"].to_pylist() == whole["theme"].to_pylist()[:60]
    assert np.allclose(pa.concat_tables(parts)["closeness"].to_numpy(), whole["closeness"].to_numpy()[:60])


def test_a_theme_is_described_by_words_that_many_write(planted: PlantedTexts, model: Themes) -> None:
    table = THEME_WORDS.check(ibis.memtable(model.themes_)).to_pyarrow()
    found = model.assign(planted.texts)["theme"].to_pylist()
    for row in table.to_pylist():
        said = zip(planted.texts["text"].to_pylist(), planted.texts["customer_id"].to_pylist(), found, strict=True)
        people = Counter()  # type: ignore[var-annotated]
        for text, who, theme in said:
            if theme == row["theme"]:
                people.update({(word, who) for word in words(text)})
        for word in row["words"].split(", "):
            assert len({who for (one, who) in people if one == word}) >= 2
        assert row["theme"].split("-")[0] in row["words"]
        assert 0 < row["stability"] <= 1
        assert row["born_on"] == DAY


def test_stop_words_are_found_and_words_of_themes_are_not(model: Themes) -> None:
    (english,) = model.spoken_ or ()
    assert {"the", "and", "i"} <= english.stop
    assert not {"delivery", "refund", "quality", "broken", "payment", "late"} & english.stop


def test_names_stay_from_run_to_run(planted: PlantedTexts) -> None:
    """A quarter more texts come."""
    first = planted.texts.slice(0, 560)
    model = Themes().fit(first, as_of=DAY)
    old = model.assign(first)
    before = Before(
        themes={row["theme"]: row["words"].split(", ") for row in model.themes_.to_pylist()},
        texts=dict(zip(old["text_id"].to_pylist(), old["theme"].to_pylist(), strict=True)),
        born_on={row["theme"]: row["born_on"] for row in model.themes_.to_pylist()},
    )
    later = Themes().fit(planted.texts, before={"en": before}, as_of=date(2025, 1, 31))
    born = {row["theme"]: row["born_on"] for row in later.themes_.to_pylist()}
    kept = [name for name in born if name in before.themes]
    assert len(kept) >= len(before.themes) - 1
    assert all(born[name] == DAY for name in kept)
    assert all(day == date(2025, 1, 31) for name, day in born.items() if name not in kept)
    new = later.assign(first)["theme"].to_pylist()
    same = [one == other for one, other in zip(old["theme"].to_pylist(), new, strict=True)]
    assert mean(same) > 0.85


def test_without_common_texts_the_words_tell_which_theme_is_which(planted: PlantedTexts, model: Themes) -> None:
    themes = {row["theme"]: row["words"].split(", ") for row in model.themes_.to_pylist()}
    before = Before(themes={f"own {name}": told for name, told in themes.items()}, texts={})
    again = Themes().fit(planted.texts, before={"en": before})
    assert {row["theme"] for row in again.themes_.to_pylist()} == set(before.themes)


def test_a_theme_of_too_few_customers_is_none(planted: PlantedTexts) -> None:
    alone = planted.texts.set_column(1, "customer_id", pa.array(["C1"] * planted.texts.num_rows))
    with pytest.raises(NotEnoughData):
        Themes().fit(alone)


def test_names_of_people_are_no_words_of_a_theme(planted: PlantedTexts, model: Themes) -> None:
    hidden = Themes().fit(planted.texts, hidden=lambda known: {"parcel", "refund"} & set(known))
    told = {word for row in hidden.themes_.to_pylist() for word in row["words"].split(", ")}
    assert {"parcel", "refund"} & {word for row in model.themes_.to_pylist() for word in row["words"].split(", ")}
    assert not {"parcel", "refund"} & told
    assert not {"parcel", "refund"} & hidden.common_


NOTHING = {
    "empty answers": [""] * 100,
    "missing answers": [None] * 100,
    "no texts": [],
    "one text": ["the parcel came late"],
    "equal texts": ["the parcel came late"] * 500,
    "equal but for order, case and numbers": ["Late came the parcel 17!", "the parcel came LATE"] * 200,
    "only emoji": ["👍", "🙂🙂", "❤️"] * 100,
    "only control characters": ["\x00\x01\u200b", "\u202e"] * 100,
    "only numbers": [str(number) for number in range(300)],
    "words that nobody shares": [chr(97 + n % 26) * 3 + chr(97 + n // 26) * 3 for n in range(59)],
}


@pytest.mark.parametrize("texts", NOTHING.values(), ids=NOTHING)
def test_too_little_text_is_not_enough(texts: list[str | None]) -> None:
    ids = [f"t{place}" for place in range(len(texts))]
    columns = {"text_id": ids, "customer_id": ids, "text": texts}
    table = pa.table({name: pa.array(column, pa.string()) for name, column in columns.items()})
    with pytest.raises(NotEnoughData):
        Themes().fit(table)


def test_odd_texts_are_other(model: Themes) -> None:
    odd = [
        "",
        "👍",
        "\x00\x07",
        "x" * 100_000,
        "the delivery is late " * 20_000,
        "שלום",
        "ありがとう",
        "слово",
        "12345",
    ]
    table = pa.table({"text_id": [f"o{n}" for n in range(len(odd))], "customer_id": ["c"] * len(odd), "text": odd})
    found = model.assign(table)
    late = found["theme"].to_pylist()[4]
    assert late != OTHER
    assert [theme for place, theme in enumerate(found["theme"].to_pylist()) if place != 4] == [OTHER] * 8
    assert found["language"].to_pylist()[5:8] == ["he", "ja", "ru"]
    assert found["closeness"].to_pylist()[0] == 0


def test_what_is_asked_wrongly_is_refused(planted: PlantedTexts) -> None:
    with pytest.raises(ArgumentError, match="numbers"):
        Themes(numbers=())
    with pytest.raises(NotFitted):
        Themes().assign(planted.texts)
    assert repr(Themes()) == "<Themes, not fitted>"


@given(st.text(max_size=200))
@settings(max_examples=40, deadline=None)
def test_any_text_has_words_that_are_stable(text: str) -> None:
    split = words(text)
    assert all(word and word == word.casefold() for word in split)
    assert words(" ".join(split)) == split or any("\u3040" <= one[0] <= "\u9fff" for one in split)


def test_texts_of_nobody_known_are_one_person_s(planted: PlantedTexts) -> None:
    nobody = pa.nulls(planted.texts.num_rows, pa.string())
    with pytest.raises(NotEnoughData):
        Themes().fit(planted.texts.set_column(1, "customer_id", nobody))

"""The steps `theme_texts` and `themes`: what customers speak of in their own words, and which segments speak of what.

Only a sample of the texts comes to Python to learn from, and then all of them a batch at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import fields
from datetime import date
from functools import cache
from itertools import pairwise

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from patron.contracts.theme import CUSTOMER_THEMES, OTHER, SAID, THEME_TEXTS, THEME_WORDS, THEMES
from patron.errors import NotEnoughData
from patron.pipeline.micro_steps import without_cells
from patron.pipeline.step import Context, Step, has_rows
from patron.profile.known import day_of, known_by
from patron.voice import Themes, themes_by_segment
from patron.voice.themes import MOST_TEXTS
from patron.voice.themes_identity import Before
from patron.voice.themes_quotes import Example, quotes
from patron.voice.themes_words import MOST_LETTERS, folded

SOURCES = {"reviews": ("review_id", "reviewed_at"), "surveys": ("survey_id", "answered_at"),
           "tickets": ("ticket_id", "opened_at")}  # fmt: skip
"""Which column names a text of a source, and which says when it was written."""

BATCH = 50_000
CANDIDATES = 60  # texts of a theme, the nearest to its middle, of which some are quoted
SEPARATOR = ", "
NAMES = ("name", "given_name", "family_name")

Tables = Mapping[str, ir.Table]


def said(sources: Mapping[str, ir.Table], *, as_of: date) -> ir.Table:
    """Return everything that customers wrote up to the run's day: contracts.theme.SAID.

    Parameters
    ----------
    sources : mapping of name to Table
        Of ``reviews, surveys, tickets``, with customers in place of the sources' ids.
    as_of : date
        The last day we may know about.
    """
    return ibis.union(
        *(_texts_of(name, known_by(table, as_of=as_of, column=SOURCES[name][1])) for name, table in sources.items())
    )


def _texts_of(name: str, table: ir.Table) -> ir.Table:
    key, when = SOURCES[name]
    own = ibis.literal(f"{name}:") + table[key]
    nothing = ibis.null("float64")
    asked = name == "surveys"
    rows = table.mutate(
        text_id=own + ibis.literal(":") + table.question if asked else own,
        source=ibis.literal(name), said_on=day_of(table[when]),
        rating=table.rating if name == "reviews" else nothing,
        nps_score=ibis.ifelse(table.question == "nps", table.score, nothing) if asked else nothing,
        text=table.text.substr(0, MOST_LETTERS),
    )  # fmt: skip
    written = rows.filter(rows.text.notnull() & (rows.text.strip() != "") & rows.customer_id.notnull())
    return SAID.shape(written)


def _theme_texts(context: Context) -> Tables:
    texts = said({name: context.of_customers(name) for name in SOURCES}, as_of=context.as_of)
    texts = texts.mutate(_digest=texts.text_id.hexdigest("md5"))
    sample = texts.order_by("_digest", "text_id").limit(MOST_TEXTS).drop("_digest").to_pyarrow()
    model = Themes()
    try:
        model.fit(sample, before=_before(context, sample), hidden=_names(context), as_of=context.as_of)
    except NotEnoughData:  # nobody can be told what is spoken of, and it is no failure of the run
        return _nothing()
    if sample.num_rows < MOST_TEXTS:
        parts = [_with_themes(sample, model)]
    else:
        parts = [_with_themes(part, model) for part in _parts(context.keep("said", texts))]
    placed = quoted(pa.concat_tables(parts), common=model.common_)
    return {
        "theme_texts": ibis.memtable(placed.select(THEME_TEXTS.names)), "theme_words": ibis.memtable(model.themes_),
        "customer_themes": ibis.memtable(by_customer(placed)),
    }  # fmt: skip


def _nothing() -> Tables:
    return {
        "theme_texts": THEME_TEXTS.empty(), "theme_words": THEME_WORDS.empty(),
        "customer_themes": CUSTOMER_THEMES.empty(),
    }  # fmt: skip


def _parts(texts: ir.Table) -> Iterator[pa.Table]:
    """Yield all texts, a batch at a time, cut by their digests."""
    number = -(-texts.count().to_pyarrow().as_py() // BATCH)
    steps = [f"{16**4 * place // number:04x}" for place in range(number)] + ["g"]
    for low, high in pairwise(steps):
        yield texts.filter((texts._digest >= low) & (texts._digest < high)).drop("_digest").to_pyarrow()


def _with_themes(part: pa.Table, model: Themes) -> pa.Table:
    """Return texts with their themes; the words themselves are kept of those alone that may be quoted."""
    found = model.assign(part)
    near = found.append_column("_place", pa.array(np.arange(len(found))))
    ranked = near.filter(pc.not_equal(near["theme"], OTHER)).sort_by(
        [("theme", "ascending"), ("closeness", "descending"), ("text_id", "ascending")]
    )
    theme = ranked["theme"].to_numpy()
    first = np.flatnonzero(np.r_[True, theme[1:] != theme[:-1]]) if len(theme) else np.zeros(0, np.int64)
    rank = np.arange(len(theme)) - np.repeat(first, np.diff(np.r_[first, len(theme)]))
    hidden = np.ones(len(found), bool)
    hidden[ranked["_place"].to_numpy()[rank < CANDIDATES]] = False
    text = pc.if_else(pa.array(hidden), pa.scalar(None, pa.string()), part["text"].cast(pa.string()))
    told = {name: found[name] for name in ("theme", "closeness", "language")}
    columns = {name: part[name] for name in part.column_names} | told | {"text": text}
    return pa.table(columns)


def _before(context: Context, sample: pa.Table) -> dict[str, Before]:
    """Return what the run before found, by language, as far as it is about texts of the sample."""
    earlier = context.learned
    if earlier is None or earlier.theme_texts is None or earlier.theme_words is None:
        return {}
    ids = ibis.memtable(sample.select(["text_id"]).rename_columns(["_text"]))
    known = earlier.theme_texts.inner_join(ids, [("text_id", "_text")]).select("text_id", "theme").to_pyarrow()
    texts = dict(zip(known["text_id"].to_pylist(), known["theme"].to_pylist(), strict=True))
    rows = earlier.theme_words.order_by("theme").to_pyarrow().to_pylist()
    return {
        language: Before(
            themes={row["theme"]: row["words"].split(", ") for row in rows if row["language"] == language},
            texts=texts, born_on={row["theme"]: row["born_on"] for row in rows if row["language"] == language},
        )
        for language in sorted({row["language"] for row in rows})
    }  # fmt: skip


def _names(context: Context) -> Callable[[Collection[str]], Collection[str]]:
    """Return what tells which words are names of customers; they are read once, when it is first asked."""

    @cache
    def known() -> frozenset[str]:
        return names_of(context["golden_records"])

    return lambda words: known() & frozenset(words)


def names_of(records: ir.Table) -> frozenset[str]:
    """Return the words that names of customers are made of, folded."""
    named = records.filter(records.attribute.isin(NAMES)).select("value").distinct().to_pyarrow()["value"]
    words = pc.unique(pc.list_flatten(pc.utf8_split_whitespace(named))).to_pylist()
    return frozenset(part for word in words for part in folded(word).replace("-", " ").replace("'", " ").split())


def quoted(texts: pa.Table, *, common: Collection[str]) -> pa.Table:
    """Return texts with what may be quoted of them in place of what was written.

    Parameters
    ----------
    texts : Table
        Columns of contracts.theme.THEME_TEXTS but for ``quote``, and ``text``, of those that come into question.
    common : collection of str
        Words that enough people have written and that are no names.
    """
    some = texts.filter(pc.is_valid(texts["text"])).select([field.name for field in fields(Example)])
    chosen = quotes([Example(**row) for row in some.to_pylist()], common=common)
    mine = pa.array(list(chosen), pa.string())
    shown = pa.array(list(chosen.values()), pa.string())
    quote = shown.take(pc.index_in(texts["text_id"].combine_chunks(), mine))
    return texts.drop_columns("text").append_column("quote", quote)


def by_customer(texts: pa.Table) -> pa.Table:
    """Return what each customer speaks of: contracts.theme.CUSTOMER_THEMES.

    Parameters
    ----------
    texts : Table
        ``customer_id, theme, said_on`` of every text.
    """
    wrote = texts.group_by("customer_id").aggregate([("theme", "count"), ("said_on", "max")])
    about = texts.filter(pc.not_equal(texts["theme"], OTHER))
    each = about.group_by(["customer_id", "theme"]).aggregate([("said_on", "max"), ("said_on", "count")])
    many, last = ("said_on_count", "descending"), ("said_on_max", "descending")
    names = _of_each(each, "list", ("theme", "ascending"))
    spoken = pc.binary_join(names["theme_list"].cast(pa.list_(pa.string())), SEPARATOR)
    told = pa.table({
        "customer_id": names["customer_id"], "themes": spoken,
        "main_theme": _of_each(each, "first", many, last, ("theme", "ascending"))["theme_first"],
        "last_theme": _of_each(each, "first", last, many, ("theme", "ascending"))["theme_first"],
    })  # fmt: skip
    both = wrote.join(told, "customer_id").sort_by("customer_id")
    both = both.rename_columns({"theme_count": "texts_written", "said_on_max": "last_said_on"})
    whole = both.set_column(both.schema.get_field_index("themes"), "themes", pc.fill_null(both["themes"], ""))
    return whole.select(CUSTOMER_THEMES.names).cast(CUSTOMER_THEMES.schema.to_pyarrow())


def _of_each(each: pa.Table, what: str, *order: tuple[str, str]) -> pa.Table:
    """Put each customer's themes in an order, and return the first of them, or the list; all by customer."""
    placed = each.sort_by([("customer_id", "ascending"), *order])
    return placed.group_by("customer_id", use_threads=False).aggregate([("theme", what)])


def _themes(context: Context) -> Tables:
    if not has_rows(context["theme_words"]):
        return {"themes": THEMES.empty()}
    return {
        "themes": themes_by_segment(
            context["theme_texts"], context["theme_words"], without_cells(context["memberships"]),
            context["forecasts"], as_of=context.as_of,
        )
    }  # fmt: skip


THEME_TEXT_STEP = Step(
    "theme_texts", (*(f"raw_{name}" for name in SOURCES), "links", "golden_records"),
    ("theme_texts", "theme_words", "customer_themes"), _theme_texts,
    state=lambda context: context.learned and context.learned.run_id,
)  # fmt: skip
"""Before the segments, whose conditions may ask what customers speak of."""

THEME_STEP = Step("themes", ("theme_texts", "theme_words", "memberships", "forecasts"), ("themes",), _themes)
"""After the segments."""

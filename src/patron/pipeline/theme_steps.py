"""The steps `theme_texts` and `themes`: what customers speak of in their own words, and which segments speak of what.

Only a sample of the texts comes to Python to learn from, and then all of them a batch at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, reduce
from operator import add

import ibis
import ibis.expr.types as ir
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


def said(sources: Mapping[str, ir.Table], context: Context) -> ir.Table:
    """Return everything that customers wrote up to the run's day: contracts.theme.SAID."""
    parts = [_texts_of(name, known_by(table, as_of=context.as_of, column=SOURCES[name][1]))
             for name, table in sources.items()]  # fmt: skip
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


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
    there = {name: context.of_customers(name) for name in SOURCES if _has_text(context[f"raw_{name}"])}
    if not there:
        return _nothing()
    texts = said(there, context)
    texts = context.keep("said", texts.mutate(_digest=texts.text_id.hexdigest("md5")))
    sample = texts.order_by("_digest").limit(MOST_TEXTS).drop("_digest").to_pyarrow()
    model = Themes()
    try:
        model.fit(sample, before=_before(context, sample), hidden=_names(context), as_of=context.as_of)
    except NotEnoughData:  # nobody can be told what is spoken of, and it is no failure of the run
        return _nothing()
    whole = sample.num_rows < MOST_TEXTS
    found = pa.concat_tables([model.assign(part) for part in ([sample] if whole else _parts(texts))])
    placed = context.keep("placed", _placed(texts, ibis.memtable(found.append_column("quote", _quoted(found, texts, model)))))  # fmt: skip
    return {
        "theme_texts": placed, "theme_words": ibis.memtable(model.themes_), "customer_themes": _by_customer(placed, sorted(model.themes_["theme"].to_pylist())),
    }  # fmt: skip


def _has_text(table: ir.Table) -> bool:
    return has_rows(table.filter(table.text.notnull()))


def _nothing() -> Tables:
    return {
        "theme_texts": THEME_TEXTS.empty(), "theme_words": THEME_WORDS.empty(),
        "customer_themes": CUSTOMER_THEMES.empty(),
    }  # fmt: skip


def _parts(texts: ir.Table) -> Iterator[pa.Table]:
    """Yield all texts, a batch at a time, cut by their digests."""
    number = -(-texts.count().to_pyarrow().as_py() // BATCH)
    steps = [f"{16**4 * place // number:04x}" for place in range(number)] + ["g"]
    for low, high in zip(steps, steps[1:], strict=False):
        part = texts.filter((texts._digest >= low) & (texts._digest < high))
        yield part.select("text_id", "text").to_pyarrow()


def _placed(texts: ir.Table, found: ir.Table) -> ir.Table:
    told = found.rename(_text="text_id")
    both = texts.inner_join(told, [("text_id", "_text")])
    return THEME_TEXTS.shape(both)


def _before(context: Context, sample: pa.Table) -> dict[str, Before]:
    """Return what the run before found, by language, as far as it is about texts of the sample."""
    earlier = context.earlier
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


def _quoted(found: pa.Table, texts: ir.Table, model: Themes) -> pa.Array:
    """Return the quote of each text; none of most."""
    near = found.filter(pc.not_equal(found["theme"], OTHER)).sort_by([("closeness", "descending"), ("text_id", "ascending")])  # fmt: skip
    taken: dict[str, int] = {}
    rows: dict[str, tuple[str, float]] = {}
    for one, theme, close in zip(*(near[name].to_pylist() for name in ("text_id", "theme", "closeness")), strict=True):
        taken[theme] = taken.get(theme, 0) + 1
        if taken[theme] <= CANDIDATES:
            rows[one] = (theme, close)
    written = texts.filter(texts.text_id.isin(sorted(rows))).select("text_id", "customer_id", "text").to_pyarrow()
    examples = [
        Example(
            text_id=row["text_id"], customer_id=row["customer_id"], theme=rows[row["text_id"]][0],
            closeness=rows[row["text_id"]][1], text=row["text"],
        )
        for row in written.to_pylist()
    ]  # fmt: skip
    chosen = quotes(examples, common=model.common_)
    return pa.array([chosen.get(one) for one in found["text_id"].to_pylist()], pa.string())


def _by_customer(texts: ir.Table, themes: Sequence[str]) -> ir.Table:
    """Return what each customer speaks of."""
    about = texts.filter(texts.theme != OTHER)
    each = about.group_by("customer_id", "theme").aggregate(times=about.count(), last=about.said_on.max())
    order = [each.times.desc(), each["last"].desc(), each.theme]
    latest = [each["last"].desc(), each.times.desc(), each.theme]
    ranked = each.mutate(
        _main=ibis.row_number().over(ibis.window(group_by="customer_id", order_by=order)),
        _last=ibis.row_number().over(ibis.window(group_by="customer_id", order_by=latest)),
    )
    nothing = ibis.null("string")
    # Said name by name: not every engine puts together texts in an order.
    has = {f"_{place}": (ranked.theme == name).max() for place, name in enumerate(themes)}
    spoken = ranked.group_by(_who="customer_id").aggregate(
        **has, main_theme=ibis.ifelse(ranked._main == 0, ranked.theme, nothing).max(),
        last_theme=ibis.ifelse(ranked._last == 0, ranked.theme, nothing).max(),
    )
    wrote = texts.group_by("customer_id").aggregate(texts_written=texts.count(), last_said_on=texts.said_on.max())
    both = wrote.left_join(spoken, [("customer_id", "_who")])
    named = [ibis.ifelse(both[f"_{place}"].fill_null(False), name + SEPARATOR, "") for place, name in enumerate(themes)]
    joined = both.mutate(_themes=reduce(add, named))
    told = joined._themes.substr(0, joined._themes.length() - len(SEPARATOR))
    return CUSTOMER_THEMES.shape(joined.mutate(themes=ibis.ifelse(joined._themes == "", "", told)))


def _themes(context: Context) -> Tables:
    if not has_rows(context["theme_texts"]):
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
    state=lambda context: context.earlier and context.earlier.run_id,
)  # fmt: skip
"""Before the segments, whose conditions may ask what customers speak of."""

THEME_STEP = Step("themes", ("theme_texts", "theme_words", "memberships", "forecasts"), ("themes",), _themes)
"""After the segments."""

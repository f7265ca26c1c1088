"""The report is one file that needs nothing else, hides nothing, and names nobody."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import ibis
import ibis.expr.types as ir
import plotly.graph_objects as go
import pytest
from fake_run import HOSTILE

from patron.charts.records import records
from patron.contracts import TABLES
from patron.report import Facts, report
from patron.report.blocks import Chart, Page, Section, Tiles
from patron.report.page import page_html
from patron.report.sections import SECTIONS


class Markup(HTMLParser):
    """The elements of a page, their attributes, and the text outside scripts and styles."""

    def __init__(self, page: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._inside = ""
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag if tag in ("script", "style") else self._inside

    def handle_endtag(self, tag: str) -> None:
        self._inside = "" if tag == self._inside else self._inside

    def handle_data(self, data: str) -> None:
        self.text += "" if self._inside else data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def payload(page: Path) -> dict[str, dict[str, dict[str, object]]]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.read_text(encoding="utf-8"))
    assert found
    data: dict[str, dict[str, dict[str, object]]] = json.loads(found.group(1))
    return data


@pytest.mark.parametrize("which", ["full_page", "empty_page"])
def test_nothing_is_loaded_from_anywhere(which: str, request: pytest.FixtureRequest) -> None:
    markup = Markup(request.getfixturevalue(which))
    leading = ("src", "href", "action", "srcset", "data", "poster", "formaction")
    addresses = [value for _, attributes in markup.elements for name, value in attributes.items() if name in leading]
    assert addresses
    assert all((address or "").startswith("#") for address in addresses)
    assert not markup.all("link") + markup.all("iframe") + markup.all("img")
    style = re.findall(r"<style>(.*?)</style>", request.getfixturevalue(which).read_text("utf-8"), flags=re.DOTALL)
    assert len(style) == 1
    assert "url(" not in style[0]
    assert "@import" not in style[0]


def test_the_page_itself_forbids_the_network(full_page: Path) -> None:
    (policy,) = (meta["content"] for meta in Markup(full_page).all("meta") if "http-equiv" in meta)
    assert policy
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy


def test_plotly_is_there_once(full_page: Path) -> None:
    text = full_page.read_text(encoding="utf-8")
    assert (
        len(re.findall(r"<script", re.sub(r"<script>/\*\*\n\* plotly.js.*?</script>", "P", text, flags=re.DOTALL))) == 2
    )


def test_every_figure_has_its_place_and_its_sentence(full_page: Path) -> None:
    figures = payload(full_page)["figures"]
    plots = [one for one in Markup(full_page).all("div") if one.get("role") == "img"]
    assert {one["id"] for one in plots} == set(figures)
    assert len(figures) >= 19
    assert all(len(one["aria-label"] or "") > 20 for one in plots)
    assert all("template" not in figure["layout"] for figure in figures.values())  # type: ignore[operator]


def test_ids_are_unique_and_contents_lead_to_them(full_page: Path) -> None:
    markup = Markup(full_page)
    ids = [attributes["id"] for _, attributes in markup.elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    links = {(link["href"] or "")[1:] for link in markup.all("a")}
    assert len(links) == len(SECTIONS) + 2
    assert links <= set(ids)


def test_tables_have_headers_and_captions(full_page: Path) -> None:
    markup = Markup(full_page)
    assert len(markup.all("table")) == len(markup.all("caption")) >= 10
    assert all(head.get("scope") in ("col", "row") for head in markup.all("th"))


def test_nobody_is_named(full_page: Path, run: dict[str, ir.Table]) -> None:
    text = full_page.read_text(encoding="utf-8")
    names = [row["customer_id"] for row in records(run["profiles"].select("customer_id"))]
    assert names
    assert not any(name in text for name in names)


def test_the_assumed_is_called_so(full_page: Path) -> None:
    text = full_page.read_text(encoding="utf-8")
    assert text.count('<span class="tag assumed">Assumed</span>') == 10
    assert "Assumed, not yet measured." in text


def test_the_command_keeps_a_control_group(full_page: Path, run: dict[str, ir.Table]) -> None:
    first = min(records(run["gaps"]), key=lambda row: row["rank"])
    group = f"past_tier.{first['tier']}+rfm.{first['segment']}"
    command = f"patron audience --segment {group} --channel email --holdout 10% --to {first['step']}.csv"
    assert command in Markup(full_page).text


def test_rows_add_up(full_page: Path) -> None:
    text = Markup(full_page).text
    assert "Read = kept + rejected + later + removed" in text
    assert "10,420" in text
    assert 9_880 + 410 + 100 + 30 == 10_420


def test_every_metric_of_the_registry_is_explained(full_page: Path) -> None:
    from patron.kpis.metrics import METRICS

    text = Markup(full_page).text
    for metric in METRICS:
        assert metric.title in text
        assert metric.formula in text


def test_an_empty_run_is_still_a_report(empty_page: Path) -> None:
    markup = Markup(empty_page)
    assert "There is no customer with an order yet" in markup.text
    for sentence in (
        "No group is large enough to compare",
        "No customers to divide yet.",
        "Nothing to compare with yet",
        "There is no month with figures yet.",
        "No month after a first order yet.",
        "The history is too short",
        "No list has been measured yet.",
        "No source was read.",
    ):
        assert sentence in markup.text
    assert not re.search(r"\b(nan|None|inf)\b", markup.text, flags=re.IGNORECASE)
    assert len(markup.all("section")) == len(SECTIONS) + 1


def test_a_full_run_shows_no_hole(full_page: Path) -> None:
    assert not re.search(r"\b(nan|None|inf)\b|\{[a-z_]+\}", Markup(full_page).text)


def test_names_that_are_markup_stay_text(hostile_page: Path) -> None:
    markup = Markup(hostile_page)
    assert len(markup.all("script")) == 3
    assert not markup.all("img")
    assert HOSTILE in markup.text
    assert not any("onerror" in attributes for _, attributes in markup.elements)


def test_no_figure_brings_markup(hostile_page: Path) -> None:
    figures = json.dumps(payload(hostile_page)["figures"])
    assert "&lt;img" in figures
    assert "<img" not in figures
    assert "<script" not in figures


def test_other_bases_and_horizons_are_worded(hostile_page: Path) -> None:
    text = Markup(hostile_page).text
    assert "next 90 days" in text
    assert "Predicted revenue" in text
    assert "Margin, last 12 months" not in text
    assert "nobody here exists" in text


def test_only_small_tables_come_into_python(run: dict[str, ir.Table], facts: Facts, tmp_path: Path) -> None:
    """Tables with a row for each customer or order are only aggregated: as bare tables they never leave the engine."""
    large = {"orders", "profiles", "forecasts", "memberships", "history", "contribution", "rhythm", "links"}
    large |= {name for name in TABLES if name.startswith("raw_")} | {"rejected"}
    schemas = {name: run[name].schema() for name in large}
    pulled: list[ibis.Schema] = []
    original = ir.Table.to_pyarrow

    def watched(self: ir.Table, **options: object) -> object:
        pulled.append(self.schema())
        return original(self, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ir.Table, "to_pyarrow", watched)
        report(run, facts, to=tmp_path / "report.html")
    assert pulled
    assert not any(schema == pull for schema in schemas.values() for pull in pulled)
    assert not any("customer_id" in pull.names for pull in pulled)


def test_a_figure_cannot_end_its_script(tmp_path: Path) -> None:
    """Even a figure whose text was not made safe stays data."""
    text = "</script><!--<script>& \u2028"
    chart = Chart(name="one", title="x", figure=go.Figure(layout={"title": {"text": text}, "height": 200}), finding="y")
    page = Page(
        title="t",
        subtitle="s",
        headline=("h",),
        tiles=Tiles(items=()),
        sections=(Section(name="n", title="t", lead="l", blocks=(chart,)),),
    )
    path = tmp_path / "page.html"
    path.write_text(page_html(page), encoding="utf-8")
    assert payload(path)["figures"]["one"]["layout"]["title"]["text"] == text  # type: ignore[index]
    assert len(Markup(path).all("script")) == 3

"""One HTML file that needs nothing else: style, script, figures and Plotly stand in it."""

from __future__ import annotations

import json
from dataclasses import fields
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from patron.charts.theme import DARK, FONT, LIGHT, Palette, swaps, template
from patron.language import LANGUAGE, say
from patron.report.blocks import Chart, Page

_UNSAFE = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def page_html(page: Page) -> str:
    """Return the report as one HTML document."""
    environment = Environment(
        loader=PackageLoader("patron.report", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("page.html.j2").render(
        page=page,
        say=say,
        language=LANGUAGE,
        font=Markup(FONT),
        light=_variables(LIGHT),
        dark=_variables(DARK),
        style=Markup(_own("page.css")),
        script=Markup(_own("page.js")),
        plotly=Markup(get_plotlyjs()),
        data=Markup(_script_json(_data(page))),
    )


def _own(name: str) -> str:
    return (resources.files("patron.report") / name).read_text(encoding="utf-8")


def _variables(palette: Palette) -> dict[str, str]:
    """Return the colours that the style sheet uses, by the palette's names."""
    return {field.name: value for field in fields(palette) if isinstance(value := getattr(palette, field.name), str)}


def _data(page: Page) -> dict[str, Any]:
    charts = [chart for section in page.sections for chart in section.charts]
    return {
        "figures": {chart.name: _figure(chart) for chart in charts},
        "templates": {"light": template(LIGHT).to_plotly_json(), "dark": template(DARK).to_plotly_json()},
        "swaps": swaps(),
        "words": {name: say(f"report.{name}") for name in ("copied", "to_dark", "to_light")},
    }


def _figure(chart: Chart) -> dict[str, Any]:
    """Return the figure without its template, which all figures share."""
    figure: dict[str, Any] = json.loads(chart.figure.to_json())
    figure["layout"].pop("template", None)
    return figure


def _script_json(data: dict[str, Any]) -> str:
    """Write JSON such that nothing in it can end the script element it stands in."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_UNSAFE)

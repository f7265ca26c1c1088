"""What the run found of the shop as a whole: key figures, segments, the ledger, opportunities, other tables."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from patron.contracts import TABLES
from patron.engines.condition import condition
from patron.server.answer import UNCHANGED, answer
from patron.server.asking import Viewer, figures_of
from patron.server.figures import FIGURES, Shown, position
from patron.server.pages import AskedPage, Paged, cut
from patron.server.request import Served
from patron.server.shapes import figures_page, page_of

router = APIRouter(tags=["figures"], responses=UNCHANGED)

Where = Annotated[
    str | None,
    Query(
        max_length=2000, description="A SQL condition over the table's columns; rows for which it holds are returned.",
        examples=["customers > 100"],
    ),
]  # fmt: skip
Table = Annotated[str, Path(max_length=100, description="The table's name.", examples=["cohorts"])]
Metric = Annotated[str | None, Query(max_length=100, description="Only this metric.", examples=["revenue"])]
Month = Annotated[date | None, Query(description="Only the month that begins on this day.", examples=["2025-01-01"])]
Segmentation = Annotated[str | None, Query(max_length=200, description="Only this segmentation.", examples=["rfm"])]
Segment = Annotated[str | None, Query(max_length=200, description="Only this segment.", examples=["champions"])]


class TableFacts(BaseModel):
    """One table of figures."""

    table: str = Field(description="Its name.")
    grain: str = Field(description="What one row is.")
    purpose: str = Field(description="What it may be used for.")
    key: list[str] = Field(description="The columns that together name one row.")
    columns: dict[str, str] = Field(description="What each column means.")


@router.get("/v1/kpis", summary="Key figures by month", response_model=figures_page("kpis"))
def kpis(  # noqa: PLR0913 - what may be asked for, each by its name
    request: Request, services: Served, who: Viewer, page: AskedPage, metric: Metric = None, month: Month = None,
    segmentation: Segmentation = None, segment: Segment = None, where: Where = None,
) -> Response:  # fmt: skip
    """Return the key figures, of all months or one."""
    shown = figures_of(services, who).shown("kpis")
    asked = {"metric": metric, "month": month, "segmentation": segmentation, "segment": segment}
    return _answered(request, shown, page, where=where, **asked)


@router.get("/v1/segments", summary="All segments", response_model=figures_page("segments"))
def segments(
    request: Request,
    services: Served,
    who: Viewer,
    page: AskedPage,
    segmentation: Segmentation = None,
    where: Where = None,
) -> Response:
    """Return the segments, of all segmentations or one."""
    shown = figures_of(services, who).shown("segments")
    return _answered(request, shown, page, where=where, segmentation=segmentation)


@router.get("/v1/ledger", summary="What everything brought and cost", response_model=figures_page("ledger"))
def ledger(request: Request, services: Served, who: Viewer, page: AskedPage, where: Where = None) -> Response:
    """Return the ledger: every entry measured, modelled or assumed. Its totals are `/v1/tables/ledger_totals`."""
    return _answered(request, figures_of(services, who).shown("ledger"), page, where=where)


@router.get("/v1/opportunities", summary="What is worth launching", response_model=figures_page("opportunities"))
def opportunities(request: Request, services: Served, who: Viewer, page: AskedPage, where: Where = None) -> Response:
    """Return the opportunities, the best first."""
    return _answered(request, figures_of(services, who).shown("opportunities"), page, where=where)


@router.get("/v1/tables", summary="Which tables of figures there are", response_model=page_of(TableFacts, "TablesPage"))
def tables(request: Request, services: Served, who: Viewer, page: AskedPage) -> Response:
    """Return the tables that `/v1/tables/{name}` knows, by name."""
    held = figures_of(services, who).run.manifest.tables
    rows = [_facts(name) for name in sorted(FIGURES) if name in held]
    found, following = cut(rows, lambda row: (row["table"],), page)
    return answer(request, {"rows": found, "next": following})


@router.get(
    "/v1/tables/{name}", summary="The rows of a table of figures", response_model=page_of(dict[str, Any], "TablePage")
)
def table(
    request: Request, services: Served, who: Viewer, page: AskedPage, name: Table, where: Where = None
) -> Response:
    """Return the rows of a table as they may be shared; `/v1/tables` says which there are."""
    return _answered(request, figures_of(services, who).shown(name), page, where=where)


def _facts(name: str) -> dict[str, Any]:
    contract = TABLES[name]
    columns = {column.name: column.meaning for column in contract.columns}
    return {
        "table": name,
        "grain": contract.grain,
        "purpose": contract.purpose,
        "key": contract.key,
        "columns": columns,
    }


def _answered(request: Request, shown: Shown, page: Paged, *, where: str | None = None, **equal: object) -> Response:
    """Return a page of those rows for which a condition holds and columns have the values that are asked for."""
    contract = TABLES[shown.name]
    rows = [row for row in shown.rows if all(row[name] == value for name, value in equal.items() if value is not None)]
    if where is not None:
        holds = condition(where, contract.unbound(), where="where")
        rows = [row for row in rows if holds(row)]
    found, following = cut(rows, lambda row: position(row, contract.key), page)
    return answer(request, {"rows": found, "next": following})

"""Large tables, which are sorted, filtered and turned over in the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_ag_grid as dag
from dash.development.base_component import Component

Columns = Sequence[Mapping[str, Any]]
"""AG Grid's definitions: ``{"field": "customers", "headerName": "Customers", "type": "rightAligned"}``."""


def grid(name: str, columns: Columns, rows: Sequence[Mapping[str, Any]], *, dark: bool, **options: Any) -> Component:
    """Return a table of any length.

    Parameters
    ----------
    name : str
        Its id.
    columns, rows
        Of AG Grid; text is shown as text, never as HTML.
    dark : bool
        Of `Asked`.
    **options
        Of `dash_ag_grid.AgGrid`, such as ``rowModelType``.
    """
    options.setdefault("columnSize", "responsiveSizeToFit")
    options.setdefault("dashGridOptions", {})
    grid_options = {
        "pagination": True, "paginationPageSize": 25, "paginationPageSizeSelector": [25, 100, 500],
        "domLayout": "autoHeight", "enableCellTextSelection": True, **options.pop("dashGridOptions"),
    }  # fmt: skip
    return dag.AgGrid(
        id=name, columnDefs=[dict(one) for one in columns], rowData=[dict(row) for row in rows],
        defaultColDef={"sortable": True, "filter": True, "resizable": True, "minWidth": 110},
        dashGridOptions=grid_options, style={"height": None, "width": "100%"},
        className="ag-theme-alpine-dark" if dark else "ag-theme-alpine", **options,
    )  # fmt: skip

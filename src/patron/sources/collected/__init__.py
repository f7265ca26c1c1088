"""What the server was told, as rows of the sources that a run reads."""

from patron.sources.collected.collection import PREFIX, Collection, beside, named
from patron.sources.collected.rows import COLUMNS, NUMBER, SCHEMAS, rows_of, tables_of

__all__ = ["COLUMNS", "NUMBER", "PREFIX", "SCHEMAS", "Collection", "beside", "named", "rows_of", "tables_of"]

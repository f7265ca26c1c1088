"""A list whose customers can be told apart, but not named, by whoever gets it.

Each id becomes a keyed hash (HMAC-SHA-256). The key stays in the project, so nobody outside can hash all known ids and
compare. It is mixed with the export's name, so two exports can only be joined where they were given the same name. The
same customer has the same pseudonym in every export of one name; who holds the key can find a customer by hashing her
id again. Under the GDPR the list stays personal data (Article 4(5)).
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from patron.errors import ArgumentError, ContractError
from patron.language import did_you_mean, failure
from patron.privacy.own_key import KEY_BYTES, own_key

KEY_FILE = "export_key"
LENGTH = 32  # hexadecimal digits: 128 bits, so that a billion customers share none


def pseudonymous(
    table: pa.Table, *, key: bytes, export: str, columns: Sequence[str] = ("customer_id",)
) -> pa.Table:  # fmt: skip
    """Return a table with pseudonyms instead of ids.

    Parameters
    ----------
    table : pyarrow Table or RecordBatch
        What is to leave.
    key : bytes
        The project's key (`export_key`).
    export : str
        The export's name; the same name gives the same pseudonyms.
    columns : sequence of str
        The columns that hold ids. The same id has the same pseudonym in all of them.

    Raises
    ------
    ArgumentError
        The key is too short, or the export has no name.
    ContractError
        The table has no such column.

    Examples
    --------
    >>> listed = pseudonymous(pa.table({"customer_id": ["ann", "ann", "bo"]}), key=bytes(32), export="spring")
    >>> one, again, other = listed["customer_id"].to_pylist()
    >>> one == again, one == other, len(one)
    (True, False, 32)
    """
    if len(key) < KEY_BYTES:
        raise failure(ArgumentError, "anonymity.export_key", came=len(key), wanted=KEY_BYTES)
    if not export.strip():
        raise failure(ArgumentError, "anonymity.export_name")
    own = hmac.new(key, b"export\0" + export.encode(), sha256).digest()
    for column in columns:
        if column not in table.column_names:
            raise failure(
                ContractError, "anonymity.export_column", came=column, hint=did_you_mean(column, table.column_names)
            )
        table = table.set_column(table.column_names.index(column), column, _hashed(table.column(column), own))
    return table


def export_key(folder: Path) -> bytes:
    """Return the project's key for exports, which is made once and never leaves the project.

    Parameters
    ----------
    folder : Path
        The project's own folder (``.patron``).

    Raises
    ------
    RunError
        The key cannot be read or made, or is cut off.
    """
    return own_key(folder, KEY_FILE, unreadable="anonymity.export_key_unreadable")


def _hashed(values: pa.ChunkedArray, key: bytes) -> pa.Array:
    """Hash each distinct id once."""
    texts = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    coded = pc.dictionary_encode(texts.cast(pa.string()))
    hashed = [
        None if text is None else hmac.digest(key, text.encode(), "sha256").hex()[:LENGTH]
        for text in coded.dictionary.to_pylist()
    ]
    return pa.array(hashed, pa.string()).take(coded.indices)

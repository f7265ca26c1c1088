"""Bad input, as a person meets it: two clear lines, an exit code, nothing published, nothing lost.

Every case is a small project. Where the input is usable the run succeeds, and its numbers are the true ones.
"""

# ruff: noqa: E501 - a case is a line of a table

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from patron.cli.main import app
from patron.errors import PatronError
from patron.pipeline import open_project
from patron.pipeline.settings_file import read_settings
from tests_support import LEAN

HEADER = "order_id,customer_id,ordered_at,unit_price\n"
SETTINGS = "name: Shop\ncurrency: EUR\nas_of: 2024-06-30\nsources:\n  order_lines:\n    path: orders.csv\n"


def rows(count: int, *, customers: int = 20, day: Callable[[int], str] | None = None) -> str:
    """Orders over a good year, every customer again and again."""
    when = day or (lambda n: f"2024-{1 + n % 6:02}-{1 + n % 28:02}")
    return "".join(f"{n},c{n % customers},{when(n)},{4 + n % 7}\n" for n in range(count))


GOOD = rows(200)


@dataclass(frozen=True)
class Case:
    """A project that is wrong, and what must be said of it."""

    name: str
    says: str
    code: int = 1
    files: Mapping[str, bytes | str] = field(default_factory=dict)
    settings: str = SETTINGS


THREE_STYLES = rows(200, day=lambda n: ["2024-01-{:02}", "{:02}.02.2024", "Mar {} 2024"][n % 3].format(13 + n % 9))
WRONG = SETTINGS + "    columns: {customer_id: Kunde, ordered_at: ordered_at, unit_price: unit_price}\n"
ALIASES = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"

CASES = [
    Case("an empty file", "is empty", files={"orders.csv": ""}),
    Case("nothing but blank lines", "nothing but blank lines", files={"orders.csv": "\n\n\n"}),
    Case("a header only", "has no line with a customer and a day", files={"orders.csv": HEADER}, settings=SETTINGS.replace("as_of: 2024-06-30\n", "")),
    Case("a header only, on a day", "Not one order line", files={"orders.csv": HEADER}),
    Case("a separator that is not there", "format.separator", 2, {"orders.csv": HEADER + GOOD}, SETTINGS + "    format: {separator: \";\"}\n"),
    Case("a missing column", "has no column 'Kunde'", 2, {"orders.csv": HEADER + GOOD}, WRONG),
    Case("a field that no column is mapped to", "needs the field 'ordered_at'", 2, {"orders.csv": HEADER.replace("ordered_at", "when") + GOOD}),
    Case("dates in three formats", "several styles: iso (67 rows", 2, {"orders.csv": HEADER + THREE_STYLES}),
    Case("days that can be either way", "dates: day first", 2, {"orders.csv": HEADER + rows(200, day=lambda n: f"{1 + n % 12:02}/{1 + n % 6:02}/2024")}),
    Case("NUL bytes alone", "bytes that are no letters", files={"orders.csv": b"\0" * 5000}),
    Case("a header twice over", "names a column twice", files={"orders.csv": HEADER.replace("unit_price", "Customer_ID") + GOOD}),
    Case("a gzip that is none", "cannot be read", files={"orders.csv.gz": HEADER + GOOD}, settings=SETTINGS.replace("orders.csv", "orders.csv.gz")),
    Case("a quote that stays open", "is not closed", files={"orders.csv": HEADER + '0,"c0,2024-01-01,4\n' + GOOD}),
    Case("a path that does not exist", "no file at", settings=SETTINGS),
    Case("a kind that cannot be read", "of no kind that can be read", files={"orders.pdf": "x"}, settings=SETTINGS.replace("orders.csv", "orders.pdf")),
    Case("JSON that breaks off at once", "cannot be read", files={"orders.json": "{"}, settings=SETTINGS.replace("orders.csv", "orders.json")),
    Case("Excel that is none", "cannot be read", files={"orders.xlsx": b"PK"}, settings=SETTINGS.replace("orders.csv", "orders.xlsx")),
    Case("a zip file that is none", "no zip file", files={"orders.zip": b"PK"}, settings=SETTINGS.replace("orders.csv", "orders.zip")),
    Case("a variable that is not set", "PATRON_NOT_SET", 2, settings=SETTINGS.replace("orders.csv", "postgresql://ann:${PATRON_NOT_SET}@127.0.0.1:1/shop")),
    Case("a server that does not answer", "cannot be read", settings=SETTINGS.replace("orders.csv", "postgresql://ann:s3cret@127.0.0.1:1/shop")),
    Case("a typo in the settings", "Did you mean 'currency'?", 2, settings=SETTINGS.replace("currency", "curency")),
    Case("a typo in a format", "separater", 2, settings=SETTINGS + "    format: {separater: x}\n"),
    Case("a style of dates that is none", "is no style of dates", 2, settings=SETTINGS + "    format: {dates: dayfirst}\n"),
    Case("a duplicate key", "currency", 2, settings=SETTINGS + "currency: USD\n"),
    Case("a YAML bomb", "patron.yaml", 2, settings=ALIASES + SETTINGS),
    Case("YAML that is none", "patron.yaml", 2, settings="name: [\n"),
    Case("settings that are no text", "patron.yaml", 2, settings="\x00\x01"),
]  # fmt: skip


def project(folder: Path, files: Mapping[str, bytes | str], settings_: str = SETTINGS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "patron.yaml").write_text(settings_, encoding="utf-8")
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def patron(*words: str | Path) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    assert "Traceback" not in result.output
    return result


def told(result: Result) -> list[str]:
    return [line for line in result.stderr.strip().split("\n") if "/10 " not in line]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_cannot_be_used_is_told_in_two_lines(case: Case, tmp_path: Path) -> None:
    folder = project(tmp_path / "shop", case.files, case.settings)
    result = patron("run", folder)
    assert result.exit_code == case.code, result.output
    lines = told(result)
    assert 1 <= len(lines) <= 2, result.stderr
    assert case.says in result.stderr
    assert "s3cret" not in result.output
    assert not (folder / ".patron" / "runs" / "LAST").exists(), "nothing is published"
    assert not list((folder / ".patron" / "runs").glob(".draft-*")), "nothing is left behind"


@pytest.mark.parametrize(
    "case",
    [CASES[0], *(pytest.param(CASES[n], marks=pytest.mark.slow) for n in (5, 7))],
    ids=lambda case: case.name,
)
def test_what_was_published_before_stays(case: Case, tmp_path: Path) -> None:
    folder = project(tmp_path / "shop", {"orders.csv": HEADER + GOOD}, SETTINGS + LEAN)
    assert patron("run", folder, "--quiet").exit_code == 0
    before = open_project(folder).last().manifest
    project(folder, case.files, case.settings)
    assert patron("run", folder).exit_code == case.code
    assert open_project(folder).last().manifest == before


def ran(folder: Path) -> dict[str, int]:
    """Run, hold the law of counting, and return how many rows came in and what became of them."""
    result = patron("run", folder, "--json", "--quiet")
    assert result.exit_code == 0, result.output
    facts = {name: int(value) for name, value in json.loads(result.stdout).items() if name.startswith("rows_")}
    parts = ("kept", "rejected", "later", "removed")
    assert facts["rows_in"] == sum(facts[f"rows_{part}"] for part in parts)
    return {name.removeprefix("rows_"): count for name, count in facts.items() if count}


def quality(folder: Path) -> dict[str, int]:
    table = open_project(folder).table("quality").to_pyarrow().to_pylist()
    return {row["check"]: row["rows"] for row in table}


TEN_THOUSAND = ",".join(f"x{n}" for n in range(10_000))
USABLE: list[tuple[str, dict[str, bytes | str], dict[str, int]]] = [
    ("a file that ends in the middle of a row", {"orders.csv": HEADER + GOOD + "200,c1,2024-0"}, {"in": 201, "kept": 200, "rejected": 1}),
    ("bytes that are no text", {"orders.csv": (HEADER + GOOD + "200,Zoë,2024-06-01,4\n").encode() + b"201,Zo\xeb,2024-06-01,4\n"}, {"in": 202, "kept": 201, "rejected": 1}),
    ("NUL bytes in a row", {"orders.csv": HEADER.encode() + GOOD.encode() + b"200,c\0\0,2024-06-01,4\n"}, {"in": 201, "kept": 201}),
    ("ten thousand columns", {"orders.csv": HEADER.rstrip() + "," + TEN_THOUSAND + "\n" + "\n".join(row + "," * 10_000 for row in rows(40).split("\n")[:-1])}, {"in": 40, "kept": 40}),
    ("negative and huge amounts", {"orders.csv": HEADER + GOOD + "200,c1,2024-06-01,-4\n201,c2,2024-06-01,1e30\n202,c3,2024-06-01,99999999.99\n"}, {"in": 203, "kept": 201, "rejected": 2}),
]  # fmt: skip


LONG = ("ten thousand columns", "negative and huge amounts")


@pytest.mark.parametrize(
    ("files", "expected"),
    [pytest.param(*case[1:], id=case[0], marks=[pytest.mark.slow] * (case[0] in LONG)) for case in USABLE],
)
def test_what_can_be_used_is_counted_truly(
    files: dict[str, bytes | str], expected: dict[str, int], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    # What is computed of huge amounts is part of the question; elsewhere only what is read.
    settings = SETTINGS if "huge" in request.node.name else SETTINGS + LEAN
    assert ran(project(tmp_path / "shop", files, settings)) == expected


def test_the_same_file_twice_counts_once(tmp_path: Path) -> None:
    folder = project(
        tmp_path / "shop",
        {"orders.csv": HEADER + GOOD, "orders_copy.csv": HEADER + GOOD},
        SETTINGS.replace("orders.csv", "'orders*.csv'") + LEAN,
    )
    assert ran(folder) == {"in": 400, "kept": 200, "removed": 200}
    assert quality(folder)["repeated_across_files"] == 200


def test_a_field_of_a_hundred_megabytes(tmp_path: Path) -> None:
    folder = project(tmp_path / "shop", {}, SETTINGS + LEAN)
    with (folder / "orders.csv").open("wb") as stream:
        stream.write((HEADER + GOOD + "200,").encode())
        for _ in range(100):
            stream.write(b"x" * 1_000_000)
        stream.write(b",2024-06-01,4\n201,c1,2024-06-01,4\n")
    assert ran(folder) == {"in": 202, "kept": 201, "rejected": 1}
    assert quality(folder)["undecoded"] == 1


AS_NOBODY = """
import os, sys
from patron.cli.main import app
try:
    app(["run", sys.argv[1], "--quiet"])  # what is imported late must be there before the rights are gone
except SystemExit:
    pass
print("---", file=sys.stderr)
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
app(["run", sys.argv[2]])
"""


@pytest.mark.parametrize("place", ["data/orders.csv", "data", "data/*.csv"])
def test_a_folder_without_permission(place: str) -> None:
    """Tried by somebody without rights: root may read anything."""
    with tempfile.TemporaryDirectory() as name:
        folder = project(Path(name) / "shop", {}, SETTINGS.replace("orders.csv", f"'{place}'"))
        (folder / "data").mkdir()
        (folder / "data" / "orders.csv").write_text(HEADER + GOOD, encoding="utf-8")
        (folder / "data").chmod(0)
        Path(name).chmod(0o755)
        folder.chmod(0o777)
        warm = project(Path(name) / "warm", {})
        words = [sys.executable, "-c", AS_NOBODY, str(warm), str(folder)]
        environment = {**os.environ, "HOME": name, "PYTHONDONTWRITEBYTECODE": "1"}
        said = subprocess.run(words, capture_output=True, text=True, check=False, env=environment, cwd="/")
        (folder / "data").chmod(0o755)
        assert said.returncode == 1, said.stderr
        lines = said.stderr.partition("---\n")[2].strip().split("\n")
        assert "permission denied" in lines[0]
        assert len(lines) == 2, lines
        assert not (folder / ".patron" / "runs" / "LAST").exists()


few = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
yaml_text = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from([*SETTINGS.split("\n"), "    format: {dates: [iso]}", "  orders: 7", "- x", "&a *a", "? [", "    path: [a, 3]", "horizon: 1e999d", "tiers: {a: .nan}"]), max_size=12).map("\n".join),
    st.tuples(st.integers(0, len(SETTINGS)), st.text(max_size=8)).map(lambda cut: SETTINGS[: cut[0]] + cut[1] + SETTINGS[cut[0] :]),
)  # fmt: skip


@few
@given(yaml_text)
def test_no_settings_file_raises_anything_but_our_errors(text: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "patron.yaml").write_text(text, encoding="utf-8", errors="replace")
        with suppress(PatronError):
            read_settings(Path(place))

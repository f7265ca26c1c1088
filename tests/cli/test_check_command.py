"""`patron check`: faults by severity, an exit code for schedules, and not a byte written into the project."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from typer.testing import CliRunner

from patron.cli.main import app


def patron(*words: str | Path) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def files(folder: Path) -> dict[str, tuple[int, int]]:
    found = {str(path): path.stat() for path in folder.rglob("*")}
    return {name: (stat.st_size, stat.st_mtime_ns) for name, stat in found.items()}


def shop(folder: Path, *, without: tuple[date, date] | None = None, after: int = 0) -> Path:
    """Twenty orders a day for two hundred days, each at its own minute."""
    rows = ["customer_id,ordered_at,order_id,amount"]
    for number in range(200 * 20):
        day = date(2024, 1, 1) + timedelta(days=number // 20)
        if without is None or not without[0] <= day <= without[1]:
            hour = 9 + number % 10
            rows.append(f"c{number * 7 % 900},{day} {hour:02}:{number % 60:02}:00,o{number},{5 + number % 17}")
    folder.mkdir(exist_ok=True)
    (folder / "o.csv").write_text("\n".join(rows) + "\n")
    (folder / "patron.yaml").write_text(
        "name: A\ncurrency: EUR\ntimezone: Europe/Paris\nas_of: 2024-07-18\nsources: {order_lines: {path: o.csv}}\n"
    )
    return folder


def test_a_sound_shop_ends_well_and_nothing_is_written(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    before = files(folder)
    result = patron("check", folder)
    assert result.exit_code == 0, result.stdout
    assert "order_lines: 4,000 rows read = 4,000 kept + 0 rejected + 0 later + 0 removed." in result.stdout
    assert "ERROR" not in result.stdout
    assert "Next: patron run" in result.stdout
    assert files(folder) == before


def test_a_missing_month_is_an_error_that_a_schedule_can_see(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop", without=(date(2024, 3, 4), date(2024, 4, 3)))
    result = patron("check", folder)
    assert result.exit_code == 1
    lines = [line for line in result.stdout.splitlines() if line.startswith(("ERROR", "WARNING", "note"))]
    assert lines[0].startswith("ERROR    order_lines: 31 days have no order")
    assert "4 March 2024 to 3 April 2024" in lines[0]
    facts = json.loads(patron("check", folder, "--json").stdout)
    severities = [row["severity"] for row in facts["quality"]]
    assert severities == sorted(severities, key=("error", "warning", "info").index)
    assert facts["quality"][0]["advice"]
    assert patron("check", folder, "--quiet").stdout == ""


@pytest.mark.slow
def test_an_earlier_run_shows_what_came_late(ran: Path) -> None:
    path = ran / "data" / "order_lines.parquet"
    lines = pq.read_table(path)
    last = lines.filter(pa.compute.is_valid(lines["customer_id"])).slice(lines.num_rows - 400, 60)
    moments = pa.compute.add(last["ordered_at"], pa.scalar(timedelta(days=3)))
    ids = pa.array([f"late-{n}" for n in range(last.num_rows)])
    columns = lines.column_names
    late = last.set_column(columns.index("order_id"), "order_id", ids)
    newer = late.set_column(
        columns.index("ordered_at"), "ordered_at", moments.cast(last.schema.field("ordered_at").type)
    )
    newer = newer.set_column(columns.index("order_id"), "order_id", pa.array([f"new-{n}" for n in range(60)]))
    pq.write_table(pa.concat_tables([lines, late, newer]), path)
    with (ran / "patron.yaml").open("a") as settings:
        settings.write("\nas_of: 2025-01-31\n")
    before = files(ran)
    facts = json.loads(patron("check", ran, "--json").stdout)
    found = {row["check"]: row for row in facts["quality"]}
    assert "late_rows" in found
    assert found["late_rows"]["rows"] > 0
    assert files(ran) == before

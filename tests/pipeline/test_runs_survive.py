"""Whatever happens to a run, the published one stays as it was, and the next one succeeds."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from killing import DAY, EARLIER, bytes_of, left_over, runs_of

from patron.cli.demo import SETTINGS
from patron.errors import RunError, SourceError
from patron.pipeline import Progress, Project, open_project
from patron.pipeline.steps import STEPS
from patron.simulate import shop
from tests_support import LEAN, TODAY, tables_of

HERE = Path(__file__).parent
QUIET = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join([str(HERE.parent), *sys.path])}


def _with_a_run_about_september(folder: Path, settings: str) -> Path:
    shop(customers=150, seed=3).write(folder)
    (folder / "patron.yaml").write_text(settings, encoding="utf-8")
    open_project(folder).run(EARLIER, today=TODAY)
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with a published run about September, whose next run has all to do. Not to be written to."""
    return _with_a_run_about_september(tmp_path_factory.mktemp("small") / "shop", SETTINGS + LEAN)


@pytest.fixture(scope="module")
def laden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with every step. Not to be written to."""
    return _with_a_run_about_september(tmp_path_factory.mktemp("laden") / "shop", SETTINGS)


@pytest.fixture
def published(small: Path, tmp_path: Path) -> Project:
    """A copy that a test may change."""
    return open_project(shutil.copytree(small, tmp_path / "shop"))


def _next_of(base: Path, folder: Path) -> dict[str, list[dict[str, object]]]:
    project = open_project(shutil.copytree(base, folder))
    project.run(DAY, today=TODAY)
    return tables_of(project)


@pytest.fixture(scope="module")
def expected(small: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, object]]]:
    """The tables of the next run, undisturbed."""
    return _next_of(small, tmp_path_factory.mktemp("undisturbed") / "shop")


@pytest.fixture
def published_laden(laden: Path, tmp_path: Path) -> Project:
    """A copy that a test may change, of the shop with every step."""
    return open_project(shutil.copytree(laden, tmp_path / "shop"))


@pytest.fixture(scope="module")
def expected_laden(laden: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, object]]]:
    """The tables of its next run, undisturbed."""
    return _next_of(laden, tmp_path_factory.mktemp("undisturbed") / "shop")


class _FaultError(Exception):
    """What a step could run into."""


def failing_at(step: str) -> Callable[[Progress], None]:
    def tell(progress: Progress) -> None:
        if progress.step == step and progress.seconds is None:
            raise _FaultError

    return tell


@pytest.mark.slow
def test_a_run_that_is_killed_at_every_step_in_turn_ends_as_an_undisturbed_one(
    published_laden: Project, expected_laden: dict[str, list[dict[str, object]]]
) -> None:
    """Each attempt dies where the next step begins, in a process of its own; the last one is let live."""
    whole, before = bytes_of(published_laden.last().folder), published_laden.last().manifest.run_id
    command = [sys.executable, "-c", _KILLED_AT_EVERY_STEP, published_laden.folder]
    told = subprocess.run(command, capture_output=True, text=True, check=False, env=QUIET)
    assert told.returncode == 0, told.stderr
    *deaths, end = map(json.loads, told.stdout.splitlines())
    assert [death["step"] for death in deaths] == list(end["steps"])
    resumed = [death["resumed"] for death in deaths]
    assert resumed == [0, *range(len(deaths) - 1)], "no step that any attempt finished is computed again"
    assert all(death["published"] == before for death in deaths)
    assert list(end["steps"].values()) == ["resumed"] * (len(deaths) - 1) + ["made"]
    assert bytes_of(published_laden.store.run(before).folder) == whole
    assert tables_of(published_laden) == expected_laden
    assert left_over(published_laden.folder) == []


_KILLED_AT_EVERY_STEP = """
import json, os, signal, sys
from pathlib import Path
import killing
from patron.engines.store import Store
from patron.pipeline.making import LOAD
from patron.pipeline.steps import STEPS

folder = Path(sys.argv[1])
told, seen = folder / "told.json", folder / "seen"
for step in (LOAD, *(step.name for step in STEPS)):
    seen.write_text("")
    def tell(progress):
        if progress.resumed:
            seen.open("a").write("x")
        if progress.step == step and progress.seconds is None:
            os.kill(os.getpid(), signal.SIGKILL)
    _, status = os.waitpid(killing.begin(folder, told, tell=tell), 0)
    assert os.WIFSIGNALED(status), status
    last = Store(killing.runs_of(folder)).last_id()
    print(json.dumps({"step": step, "published": last, "resumed": len(seen.read_text())}))
print(json.dumps(killing.make(folder, told)))
"""


@pytest.mark.slow
def test_a_run_that_is_killed_two_hundred_times_at_any_moment(laden: Path, tmp_path: Path) -> None:
    """The published run is intact byte for byte, the next one succeeds and equals one that nothing happened to."""
    tries = int(os.environ.get("PATRON_KILLS", "200"))
    halves = [(0, tries // 2), (tries // 2, tries)]
    workers = [
        subprocess.Popen(
            [sys.executable, HERE / "killing.py", laden, tmp_path, str(first), str(last), "20"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=QUIET,
        )
        for first, last in halves
    ]
    seen = []
    for worker in workers:
        out, errors = worker.communicate()
        assert worker.returncode == 0, errors
        seen += [json.loads(line) for line in out.splitlines()[1:]]
    assert len(seen) == tries
    for one in seen:
        assert one["listed"], one
        assert one["intact"], one
        assert one["equal"], one
        assert one["clean"], one
        assert one["still_intact"], one
    killed_before = [one for one in seen if not one["published"]]
    print(f"{len(killed_before)} killed before they were published, {tries - len(killed_before)} after")  # noqa: T201
    # The moments are drawn over a run's time as it was measured; on a busy machine it changes meanwhile.
    assert len(killed_before) > tries / 4, "or the moments were too late to tell anything"
    assert sum(one["resumed"] for one in killed_before) > len(killed_before), "finished steps were taken over"


def test_a_run_that_fails_is_resumed_by_the_next(
    published: Project, expected: dict[str, list[dict[str, object]]]
) -> None:
    before = published.last().manifest.run_id
    with pytest.raises(_FaultError):
        published.run(DAY, today=TODAY, tell=failing_at("kpis"))
    assert published.last().manifest.run_id == before
    assert left_over(published.folder) == [".finished"], "nothing else stays than what the next run takes over"
    told: list[Progress] = []
    made = published.run(DAY, today=TODAY, tell=told.append)
    resumed = [name for name, step in made.manifest.steps.items() if step.resumed]
    before_it = list(takewhile(lambda name: name != "kpis", [step.name for step in STEPS]))
    assert resumed == ["load", *before_it]
    assert [one.step for one in told if one.resumed] == resumed
    assert made.manifest.models, "the parameters of a model that a resumed step fitted are known, too"
    assert tables_of(published) == expected
    assert left_over(published.folder) == []


@pytest.mark.slow
def test_what_a_failed_run_left_is_held_to_its_length_and_its_fingerprint(
    published_laden: Project, expected_laden: dict[str, list[dict[str, object]]]
) -> None:
    with pytest.raises(_FaultError):
        published_laden.run(DAY, today=TODAY, tell=failing_at("segments"))
    shelf = runs_of(published_laden.folder) / ".finished"
    cut = shelf / "history" / "orders.parquet"
    cut.write_bytes(cut.read_bytes()[:-100])
    (shelf / "links" / "step.json").write_text("{")
    settings = published_laden.folder / "patron.yaml"
    settings.write_text(settings.read_text().replace("horizon: 365d", "horizon: 180d"))
    made = published_laden.run(DAY, today=TODAY)
    # The run before means another thing by value, so that movements do not go on from it; who buys like whom does.
    resumed = [name for name, step in made.manifest.steps.items() if step.resumed]
    people = ["identifiers", "golden_records", "households", "consents", "requests"]
    assert resumed == [
        "load",
        *people,
        "covariates",
        "profiles",
        "traits",
        "experience",
        "answers",
        "headroom",
        "sessions",
        "habits",
        "gateways",
        "stages",
        "behaviour",
        "theme_texts",
    ]
    settings.write_text(settings.read_text().replace("horizon: 180d", "horizon: 365d"))
    published_laden.run(DAY, today=TODAY)
    assert tables_of(published_laden) == expected_laden


def test_a_day_that_was_run_before_is_taken_over_whole(published: Project) -> None:
    first = tables_of(published)
    published.run(DAY, today=TODAY)
    again = published.run(EARLIER, today=TODAY)
    assert all(step.reused and not step.resumed for step in again.manifest.steps.values())
    assert tables_of(published) == first


def test_a_table_that_somebody_removed_from_a_run_is_computed_again(published: Project) -> None:
    first = tables_of(published)
    (published.last().folder / "orders.parquet").unlink()
    made = published.run(EARLIER, today=TODAY)
    assert not made.manifest.steps["history"].reused
    assert tables_of(published) == first


@pytest.mark.parametrize("change", ["append", "replace", "remove"])
def test_a_source_that_changes_while_it_is_read_is_refused(published: Project, change: str) -> None:
    before, lines = published.last().manifest.run_id, published.folder / "data" / "order_lines.parquet"

    def tell(progress: Progress) -> None:
        if progress.step != "load" or progress.seconds is not None:
            return
        content = lines.read_bytes()
        if change == "append":
            with lines.open("ab") as stream:
                stream.write(content)
        lines.unlink()
        if change != "remove":
            lines.write_bytes(content)

    with pytest.raises(SourceError) as caught:
        published.run(DAY, today=TODAY, tell=tell)
    assert "order_lines.parquet" in caught.value.problem
    assert published.last().manifest.run_id == before
    assert left_over(published.folder) == []


@pytest.mark.slow
def test_the_second_of_two_runs_says_who_makes_one_or_waits(published: Project) -> None:
    """Three real processes: one is held up in the middle of its run, one gives up, one waits."""
    runs, go = runs_of(published.folder), published.folder / "go"
    os.mkfifo(go)
    first = _held_up(published.folder, go)
    patron, _speaking = [sys.executable, "-m", "patron", "run", published.folder, "--as-of", str(DAY)], subprocess.PIPE
    refused = subprocess.run(patron, capture_output=True, text=True, env=QUIET, check=False)
    assert refused.returncode == 1
    assert f"Another process ({first.pid}) is making a run in {runs}, since 2" in refused.stderr
    assert "patron run --wait" in refused.stderr
    waiting = subprocess.Popen(
        [*patron, "--wait"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=QUIET
    )
    assert waiting.stderr is not None
    assert f"({first.pid})" in waiting.stderr.readline()
    spent = _processor_seconds(waiting.pid)
    time.sleep(0.5)
    assert _processor_seconds(waiting.pid) == spent, "it sleeps until it is woken"
    assert waiting.poll() is None
    go.write_text("go")
    assert first.wait() == 0
    out, errors = waiting.communicate()
    assert waiting.returncode == 0, errors
    assert "-0003 is published" in out
    assert published.store.ids() == ["20240930-0001", "20241231-0002", "20241231-0003"]


def _held_up(folder: Path, go: Path) -> subprocess.Popen[bytes]:
    """Begin a run in a process that stops in the middle of it until `go` is written to."""
    first = subprocess.Popen([sys.executable, "-c", _HELD_UP, folder, go], stdout=subprocess.PIPE, env=QUIET)
    assert first.stdout is not None
    with first.stdout as said:
        assert said.readline() == b"holding\n"
    return first


_HELD_UP = """
import sys
from datetime import date
from patron.pipeline import open_project

def tell(progress):
    if progress.step == "links" and progress.seconds is None:
        print("holding", flush=True)
        open(sys.argv[2]).read()

open_project(sys.argv[1]).run(date(2024, 12, 31), tell=tell)
"""


def _processor_seconds(process: int) -> int:
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return int(user) + int(system)


@pytest.mark.slow
def test_a_run_that_is_waited_for_may_be_killed(published: Project) -> None:
    go = published.folder / "go"
    os.mkfifo(go)
    first = _held_up(published.folder, go)

    def waiting(_holder: object) -> None:
        first.kill()

    made = published.run(DAY, today=TODAY, waiting=waiting)
    assert first.wait() == -signal.SIGKILL
    assert made.manifest.run_id == "20241231-0002"
    assert left_over(published.folder) == []


@pytest.fixture
def little_disk(published: Project) -> Iterator[Callable[[str], None]]:
    """Put the project's own folder on a disk whose size can be changed."""
    own, aside = published.folder / ".patron", published.folder / "aside"
    own.rename(aside)
    own.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=50m", "tmpfs", own], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("needs to mount a small disk, which only root may")
    try:
        shutil.copytree(aside, own, dirs_exist_ok=True)
        yield lambda size: subprocess.run(["mount", "-o", f"remount,size={size}", own], check=True)  # type: ignore[func-returns-value]
    finally:
        subprocess.run(["umount", "-l", own], check=True)


@pytest.mark.parametrize(
    "room",
    [pytest.param(80, marks=pytest.mark.slow), pytest.param(160, marks=pytest.mark.slow), 400],
    ids=lambda room: f"{room} kB of room",
)
def test_a_full_disk_is_said_and_changes_nothing(
    published: Project, little_disk: Callable[[str], None], expected: dict[str, list[dict[str, object]]], room: int
) -> None:
    before = published.last()
    whole, pages = bytes_of(before.folder), os.sysconf("SC_PAGE_SIZE")
    state = os.statvfs(published.own)
    used = (state.f_blocks - state.f_bfree) * state.f_frsize
    little_disk(str((used + room * 1000) // pages * pages))
    with pytest.raises(RunError) as caught:
        open_project(published.folder).run(DAY, today=TODAY)
    assert "no room left" in caught.value.problem
    assert "patron runs prune" in caught.value.remedy
    assert published.last() == before
    assert bytes_of(before.folder) == whole
    assert set(left_over(published.folder)) <= {".finished"}
    little_disk("50m")
    open_project(published.folder).run(DAY, today=TODAY)
    assert tables_of(open_project(published.folder)) == expected
    assert left_over(published.folder) == []


def test_a_quota_on_the_size_of_a_file_is_said(published: Project) -> None:
    """What anybody can try without being root: no file may be longer than so many bytes."""
    before = published.last().manifest.run_id
    told = subprocess.run(
        [sys.executable, "-c", _SHORT_FILES, published.folder], capture_output=True, text=True, env=QUIET, check=False
    )
    assert told.returncode == 0, told.stderr
    assert "There is no room left on the disk" in told.stdout
    assert published.last().manifest.run_id == before
    assert set(left_over(published.folder)) <= {".finished"}


_SHORT_FILES = """
import resource, sys
from datetime import date
from patron.errors import RunError
from patron.pipeline import open_project

project = open_project(sys.argv[1])
project.state().close()
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
try:
    project.run(date(2024, 12, 31))
except RunError as error:
    print(error)
"""


def test_too_little_memory_is_said_with_the_setting(published: Project) -> None:
    before, settings = published.last().manifest.run_id, published.folder / "patron.yaml"
    settings.write_text(settings.read_text() + "memory: 4MB\n")
    with pytest.raises(RunError) as caught:
        published.run(DAY, today=TODAY)
    assert "4MB" in caught.value.problem
    assert "'memory' in patron.yaml" in caught.value.remedy
    assert published.last().manifest.run_id == before
    assert set(left_over(published.folder)) <= {".finished"}


@pytest.mark.slow
def test_a_shop_that_does_not_fit_into_memory_is_put_on_the_disk(tmp_path: Path) -> None:
    """A million lines in 200 MB: the engine spills into the run's own folder, and nothing of it stays."""
    folder = tmp_path / "shop"
    _large_shop(folder, lines=1_000_000)
    (folder / "patron.yaml").write_text(
        "name: Large\ncurrency: EUR\nmemory: 200MB\nsources: {order_lines: {path: lines.parquet}}\n", encoding="utf-8"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", _RUN, folder], env=QUIET, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    spilt = 0
    while child.poll() is None:
        spilt = max(spilt, sum(_length(file) for file in runs_of(folder).glob(".draft-*/scratch/spill/*")))
        time.sleep(0.02)
    _, errors = child.communicate()
    assert child.returncode == 0, errors.decode()
    print(f"at most {spilt / 1e6:.0f} MB were put on the disk")  # noqa: T201
    assert spilt > 0
    assert left_over(folder) == []
    assert not list((folder / ".patron").rglob("*.tmp"))


_RUN = """
import sys
from datetime import date
from patron.pipeline import open_project
open_project(sys.argv[1]).run(today=date(2025, 1, 15))
"""


def _length(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _large_shop(folder: Path, *, lines: int) -> None:
    folder.mkdir()
    random = np.random.default_rng(1)
    orders = random.integers(0, lines // 3, lines)
    days = np.datetime64("2022-01-01") + (orders * 2654435761 % 1090).astype("timedelta64[D]")
    pq.write_table(
        pa.table(
            {
                "order_id": [f"order number {order}" for order in orders],
                "customer_id": [f"customer number {order * 40503 % (lines // 12)}" for order in orders],
                "ordered_at": days.astype(str).tolist(),
                "product_id": [f"product {number}" for number in random.integers(0, 5000, lines)],
                "quantity": random.integers(1, 5, lines).astype(str).tolist(),
                "unit_price": (random.integers(100, 9000, lines) / 100).astype(str).tolist(),
            }
        ),
        folder / "lines.parquet",
    )

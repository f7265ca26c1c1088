"""What is planned is done once when its time has come, never two at once, and made up for once when it was missed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from patron.cli.main import app
from patron.engines.job_state import jobs
from patron.errors import SettingsError
from patron.pipeline import open_project
from patron.pipeline.schedule_settings import cron_of, moments
from patron.pipeline.scheduled import Schedule, free_lock
from server_project import empty_project

CASES = [line.split("|") for line in (Path(__file__).parent / "cron_moments.txt").read_text().splitlines()
         if line and not line.startswith("#")]  # fmt: skip
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("cron", "zone", "after", "wanted"), CASES)
def test_when_it_is_due(cron, zone, after, wanted):
    found = moments(cron_of(cron.strip()), after=datetime.fromisoformat(after.strip()), zone=ZoneInfo(zone.strip()))
    assert [f"{next(found):%Y-%m-%dT%H:%M}" for _ in wanted.split()] == wanted.split()


@pytest.mark.parametrize("written", ["25:00", "3", "* * * *", "61 * * * *", "0 0 31 2 *", "* * * * * *", "@daily"])
def test_what_is_no_time_is_refused_with_its_line(tmp_path, written):
    with pytest.raises(SettingsError, match="neither a time of day"):
        empty_project(tmp_path, f'schedule: {{run: "{written}"}}\n')


PLANNED = 'schedule: {run: "14:00", backup: "14:30"}\n'


@pytest.fixture
def project(tmp_path):
    return empty_project(tmp_path, PLANNED)


@pytest.fixture
def state(project):
    with project.state() as opened:
        yield opened


def planned(project, state, holder, script):
    """A schedule whose jobs are small programs: `script` may use the words NAME and FOLDER."""

    def words(name):
        return lambda folder: ["-c", script.replace("NAME", name).replace("FOLDER", str(folder))]

    return Schedule(project, state, holder, {name: words(name) for name in ("run", "backup")})


@pytest.fixture(autouse=True)
def _python_itself(monkeypatch, tmp_path):
    """Let `python -m patron -c CODE` run the code: a stand-in for the command line."""
    place = tmp_path / "stand_in" / "patron"
    place.mkdir(parents=True)
    (place / "__init__.py").write_text("")
    (place / "__main__.py").write_text("import sys\nexec(sys.argv[2])\n")
    monkeypatch.setenv("PYTHONPATH", str(place.parent))


def known(state):
    with state.engine.connect() as connection:
        return jobs(connection)


def ended(schedule, state, name, now):
    for _ in range(300):
        schedule.turn(now)
        if known(state)[name].outcome != "running":
            return known(state)[name]
        time.sleep(0.02)
    raise AssertionError(known(state))


WRITES = "open('FOLDER/done', 'a').write('NAME ')"


def test_nothing_begins_before_its_time_and_each_once(project, state):
    schedule = planned(project, state, "a", WRITES)
    assert schedule.turn(NOW) is None
    assert known(state)["run"].planned_at == NOW + timedelta(hours=1)
    assert schedule.turn(NOW + timedelta(minutes=59)) is None
    one = NOW + timedelta(hours=1)
    assert schedule.turn(one) == "run"
    assert ended(schedule, state, "run", one).outcome == "done"
    assert schedule.turn(one + timedelta(minutes=1)) is None
    assert known(state)["run"].planned_at == one + timedelta(days=1)
    assert (project.folder / "done").read_text() == "run "


def test_what_was_missed_is_made_up_for_once_however_often(project, state):
    planned(project, state, "a", WRITES).turn(NOW)
    later = NOW + timedelta(days=5)
    schedule = planned(project, state, "b", WRITES)
    later += timedelta(seconds=11)
    assert schedule.turn(later) == "run"
    assert ended(schedule, state, "run", later).missed == 4
    assert ended(schedule, state, "backup", later).outcome == "done"
    assert schedule.turn(later) is None
    assert (project.folder / "done").read_text() == "run backup "


def test_a_job_that_fails_is_seen_and_is_due_again_at_its_time(project, state):
    schedule = planned(project, state, "a", "raise SystemExit(3)")
    schedule.turn(NOW)
    one = NOW + timedelta(hours=1)
    schedule.turn(one)
    job = ended(schedule, state, "run", one)
    assert (job.outcome, job.exit_code) == ("failed", 3)
    assert job.planned_at == one + timedelta(days=1)


WAITS = "import time\nwhile not __import__('os').path.exists('FOLDER/go'): time.sleep(0.02)"


def test_two_servers_and_a_person_never_do_two_jobs_at_once(project, state):
    first, second = (planned(project, state, name, WAITS) for name in "ab")
    first.turn(NOW)
    now = NOW + timedelta(hours=2)  # both are due
    assert first.turn(now) == "run"
    assert second.turn(now) is None  # another one holds the lease
    assert second.turn(now + timedelta(seconds=11)) is None  # it has the lease, and the job's process the lock
    assert free_lock(project) is None
    (project.folder / "go").touch()
    first._child.wait(30)
    assert second.turn(now + timedelta(seconds=12)) == "backup"
    assert ended(second, state, "backup", now + timedelta(seconds=13)).outcome == "done"
    second.stop(now, seconds=10)  # the first job, whose end its own server did not note in time, is done again


def test_a_server_that_stops_stops_its_job_which_is_due_again_at_once(project, state):
    schedule = planned(project, state, "a", WAITS)
    schedule.turn(NOW)
    one = NOW + timedelta(hours=1)
    schedule.turn(one)
    schedule.stop(one, seconds=10)
    job = known(state)["run"]
    assert (job.outcome, job.planned_at) == ("stopped", one)
    (project.folder / "go").touch()
    again = planned(project, state, "b", WAITS)
    assert again.turn(one) == "run"
    assert ended(again, state, "run", one).outcome == "done"


KILLED = """
import sys
from datetime import datetime
from patron.pipeline import open_project
from patron.pipeline.scheduled import Schedule
project = open_project(sys.argv[1])
words = {"run": lambda folder: ["-c", sys.argv[2]], "backup": lambda folder: ["-c", "pass"]}
with project.state() as state:
    schedule = Schedule(project, state, "killed", words)
    import os, patron.pipeline.scheduled as scheduled
    schedule.turn(datetime.fromisoformat(sys.argv[3]))
    os.environ["PYTHONPATH"] = sys.argv[5]
    schedule.turn(datetime.fromisoformat(sys.argv[4]))
    print("begun", flush=True)
    sys.stdin.read()
"""


def test_a_job_whose_server_was_killed_goes_on_alone_and_no_other_begins(project, state, monkeypatch, tmp_path):
    stand_in = os.environ["PYTHONPATH"]
    one = NOW + timedelta(hours=1)
    script = WAITS.replace("FOLDER", str(project.folder))
    source = str(Path(__file__).parents[2] / "src")
    server = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(project.folder), script, NOW.isoformat(), one.isoformat(), stand_in],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": source},
    )  # fmt: skip
    assert server.stdout is not None
    assert server.stdin is not None
    assert server.stdout.readline() == b"begun\n"
    server.send_signal(signal.SIGKILL)
    server.wait()
    server.stdout.close()
    server.stdin.close()
    other = planned(project, state, "b", WAITS)
    later = one + timedelta(minutes=20)
    assert other.turn(later) is None
    assert known(state)["run"].outcome == "running"
    (project.folder / "go").touch()
    for _ in range(300):
        if (lock := free_lock(project)) is not None:
            lock.release()
            break
        time.sleep(0.02)
    assert other.turn(later) == "run"  # nobody saw how it ended, so it is done again
    assert ended(other, state, "run", later).outcome == "done"


def test_the_commands_print_what_cron_and_systemd_read(project):
    runner = CliRunner()
    lines = runner.invoke(app, ["schedule", "cron", "--project", str(project.folder)]).stdout.splitlines()
    assert lines[0] == "CRON_TZ=Europe/Paris"
    assert lines[1].startswith("0 14 * * *  ")
    assert lines[1].endswith(f"schedule run run --quiet --project {project.folder}")
    units = runner.invoke(app, ["schedule", "systemd", "backup", "--project", str(project.folder)]).stdout
    assert "OnCalendar=*-*-* 14:30:00 Europe/Paris" in units
    table = runner.invoke(app, ["schedule", "status", "--project", str(project.folder)])
    assert table.exit_code == 0, table.output
    assert "backup" in table.stdout
    assert runner.invoke(app, ["schedule", "run", "dance", "--project", str(project.folder)]).exit_code == 2
    assert open_project(project.folder)

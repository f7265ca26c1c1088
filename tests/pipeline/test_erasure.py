"""Who is erased is in no decoded table, no byte of the database and no list; and does not come back."""

from __future__ import annotations

import hashlib
import json
import runpy
import shutil
import subprocess
import sys
from collections import defaultdict
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from killing_erasure import STEPS
from typer.testing import CliRunner

from patron.cli.demo import SETTINGS
from patron.cli.main import app
from patron.engines.state_tables import METADATA
from patron.errors import ArgumentError, RunError
from patron.pipeline import clock, open_project
from patron.pipeline.erased_lists import ListsStore
from patron.pipeline.erased_runs import RunsStore
from patron.pipeline.erased_whom import whom
from patron.pipeline.erasure import erase, found, resume, settle, stores_of
from patron.pipeline.held import held
from patron.privacy.audit import verify
from patron.privacy.pseudonymous import export_key, pseudonymous
from patron.privacy.requests import Register
from patron.privacy.state_store import KEPT, PAYLOADS, PERSONAL
from patron.privacy.statements import Statement, state_consent
from patron.privacy.stores import Store
from patron.simulate import shop
from patron.simulate.shop import SOURCES
from tests_support import LEAN

pytestmark = pytest.mark.slow  # whole runs of a shop

TODAY = date(2025, 1, 15)
conforms = runpy.run_path(str(Path(__file__).parents[1] / "privacy" / "store_conformance.py"))["conforms"]
SHARED = "both@shared.example"


def settings():
    """The demo's settings with every source that the simulated shop can deliver."""
    spend = "  spend: {path: data/spend.parquet}\n"
    assert spend in SETTINGS
    more = [name for name in SOURCES if f" {name}:" not in SETTINGS]
    return SETTINGS.replace(spend, spend + "".join(f"  {name}: {{path: data/{name}.parquet}}\n" for name in more))


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A small shop with two runs, a list, consents and requests. Not to be written to."""
    folder = tmp_path_factory.mktemp("erasure") / "shop"
    shop(customers=100, seed=1, identity=True, dealings=True, experience=True, campaigns=True, marketing=True).write(
        folder
    )
    (folder / "patron.yaml").write_text(settings(), encoding="utf-8")
    project = open_project(folder)
    project.run(date(2024, 9, 30), today=TODAY)
    project.run(today=TODAY)
    return folder


@pytest.fixture(scope="module")
def mary(base):
    """The customer with the most records, visits, and a household of several."""
    return chosen(base)[0]


@pytest.fixture(scope="module")
def john(base):
    return chosen(base)[1]


def chosen(folder):
    links, lines = last(folder, "links"), last(folder, "profiles")
    bought = set(lines["customer_id"].to_pylist())
    ties = defaultdict(set)
    for row in links.to_pylist():
        ties[row["customer_id"]].add((row["source"], row["record_id"]))
    return sorted((one for one in ties if one in bought), key=lambda one: (-len({r for _, r in ties[one]}), one))[:2]


@pytest.fixture
def folder(base, mary, john, tmp_path):
    """A copy that a test may change, with a list on which both stand, and what they said and asked for."""
    copy = tmp_path / "shop"
    shutil.copytree(base, copy)
    furnish(copy, mary, john)
    return copy


def furnish(copy, mary, john):
    project = open_project(copy)
    listed = copy / "lists" / "spring.csv"
    listed.parent.mkdir()
    ids = pa.table({"customer_id": sorted([mary, john, "somebody else"]), "segment": ["a,b"] * 3})
    listed.write_text('"customer_id","segment"\n' + "".join(f'"{i}","a,b"\n' for i in ids["customer_id"].to_pylist()))
    pq.write_table(ids, copy / "lists" / "summer.parquet")
    hidden = pseudonymous(ids, key=export_key(project.own), export="hidden")
    pq.write_table(hidden, copy / "lists" / "hidden.parquet")
    with project.state() as state:
        with state.engine.begin() as connection:
            for name, file in (("spring", listed), ("summer", listed.parent / "summer.parquet"),
                               ("hidden", listed.parent / "hidden.parquet"), ("gone", copy / "lists" / "gone.csv"),
                               ("old", None)):  # fmt: skip
                connection.execute(METADATA.tables["audiences"].insert().values(
                    name=name, segmentation="rfm", segment="lost", purpose="marketing", assigned_on=TODAY, run_id="r",
                    salt="s", holdout=0.1, treated=2, control=0, published=True, file=file and str(file)))  # fmt: skip
                for one in (mary, john):
                    connection.execute(
                        METADATA.tables["assignments"].insert().values(audience=name, customer_id=one, arm="treated")
                    )
        said = {"purpose": "marketing", "status": "granted", "given_at": clock.now().replace(tzinfo=None, year=2024)}
        state_consent(state, [Statement(customer_id=one, **said) for one in (mary, john)], today=TODAY)
        register = Register(state, "officer")
        for one in (mary, john):
            register.open("access", one, known=True, law="gdpr", received_on=TODAY, now=clock.now())


def last(folder, table):
    project = open_project(folder)
    files = project.last().files(table)
    return pa.concat_tables([pq.read_table(file) for file in files])


def words_of(folder, customer):
    """Her ids, addresses and numbers, as the sources and the runs have them; but not what others have, too."""
    subject = whom(open_project(folder).store, customer)
    words = {one.partition(":")[2] or one for one in subject.ids}
    return words | {value for kind in ("email", "phone") for value in subject.values.get(f"only:{kind}", ())}


def decoded(folder):
    """Every file below the project that Patron wrote, as text: tables decoded, everything else as its bytes."""
    for file in sorted((*(folder / ".patron").rglob("*"), *(folder / "lists").rglob("*"), folder / "erased.jsonl")):
        if file.is_file():
            yield (
                file,
                str(pq.read_table(file).to_pylist())
                if file.suffix == ".parquet"
                else file.read_bytes().decode("utf-8", "replace"),
            )


def holding(folder, words):
    return sorted({str(file.relative_to(folder)) for file, text in decoded(folder) for word in words if word in text})


def digests(folder):
    return {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.rglob("*")) if file.is_file()}


PUBLISHED = ("segments", "movements", "kpis", "targets", "cohorts", "growth", "gaps", "opportunities",
             "backtest", "effects", "quality")  # fmt: skip


@pytest.mark.slow
def test_she_is_gone_everywhere_and_published_sums_stay(folder, mary, john):
    words, his = words_of(folder, mary), found(open_project(folder), john)
    assert len(words) > 3
    before = holding(folder, words)
    assert len(before) > 30, "the search must find her first"
    sums = {file: digest for file, digest in digests(folder / ".patron").items() if file.stem in PUBLISHED}
    assert len(sums) == 2 * len(PUBLISHED)

    certificate = erase(open_project(folder), mary, today=TODAY)

    assert holding(folder, words) == []
    now = digests(folder / ".patron")
    assert {file: now[file] for file in sums} == sums
    assert found(open_project(folder), john) == his
    assert certificate.total > 100
    assert certificate.tombstones["customer_id"] >= 1
    stores = {one.store: one for one in certificate.stores}
    assert set(stores["lists"].rows) == {"spring", "summer", "hidden"}
    assert set(stores["lists"].exempt) == {"gone", "old"}
    assert len(certificate.notices) == len(open_project(folder).last().manifest.inputs), (
        "the shop's own files are named"
    )
    assert (folder / "lists" / "spring.csv").read_text().count("\n") == 3, "the others' rows stay as they stood"
    with open_project(folder).state() as state:
        assert verify(state, certificate.audit).intact
        assert [r.status for r in Register(state, "x").all() if r.subject == certificate.pseudonym] == ["done", "done"]


def test_what_housemates_say_of_their_household_no_longer_counts_her(folder, mary):
    def said(run):
        """Return what is said of groups, and what the rows that are there add up to."""
        homes, profiles, keys = (
            run.table(name, project.connection).to_pandas() for name in ("households", "profiles", "match_keys")
        )
        sums = profiles.groupby("household_id")[["orders", "margin"]].transform("sum")
        near = profiles.groupby("household_id").days_since_last.transform("min")
        return [
            (homes.members, homes.groupby("household_id").customer_id.transform("count")),
            (profiles.household_members, profiles.groupby("household_id").customer_id.transform("count")),
            (profiles.household_orders, sums.orders), (profiles.household_margin, sums.margin),
            (profiles.household_days_since_last.astype(float), near.astype(float)),
            (keys.records, keys.groupby("key").record_id.transform("count")),
        ]  # fmt: skip

    project = open_project(folder)
    before = [pair for run in project.store.readable() for pair in said(run)]
    erase(project, mary, today=TODAY)
    after = [pair for run in project.store.readable() for pair in said(run)]
    for told, counted in (*before, *after):
        assert told.equals(counted.astype(told.dtype)), told.name
    assert sum(float(told.sum()) for told, _ in after) < sum(float(told.sum()) for told, _ in before)


def test_the_manifests_say_so(folder, mary):
    project = open_project(folder)
    before = {run.manifest.run_id: run.manifest for run in project.store.readable()}
    certificate = erase(project, mary, today=TODAY)
    for run in project.store.readable():
        then = before[run.manifest.run_id]
        noted = run.manifest.erasures[certificate.request_id]
        assert run.manifest.erased == project.erased.digest() != then.erased
        assert noted["raw_order_lines"] > 0
        assert run.manifest.tables["line_marks"].rows == 0
        assert run.manifest.steps["load"].batches == ()
        for name, facts in run.manifest.tables.items():
            assert facts.rows == run.rows(name) == then.tables[name].rows - noted.get(name, 0)
            assert {file.stat().st_mode & 0o77 for file in run.files(name)} == {0}
    runs = next(one for one in certificate.stores if one.store == "runs")
    told = [run.manifest.erasures[certificate.request_id] for run in project.store.readable()]
    gone = {name: sum(one.get(name, 0) for one in told) for name in runs.rows}
    assert runs.rows == gone


def test_again_gives_the_same_certificate_and_writes_nothing(folder, mary):
    project = open_project(folder)
    record = next(iter(sorted(whom(project.store, mary).record_ids - {mary})), mary)
    first = erase(project, mary, today=TODAY)
    before = {k: v for k, v in digests(folder).items() if "state.db" not in k.name and k.suffix != ".lock"}
    assert erase(project, f" {mary} ") == first
    assert erase(project, record) == first
    assert {k: v for k, v in digests(folder).items() if "state.db" not in k.name and k.suffix != ".lock"} == before


def test_nobody_of_that_id(folder):
    project = open_project(folder)
    before = {k: v for k, v in digests(folder).items() if "state.db" not in k.name}
    with pytest.raises(ArgumentError, match="Nothing is held of a customer 'nobody-at-all'"):
        erase(project, "nobody-at-all")
    with project.state() as state:
        assert [one for one in Register(state, "x").all() if one.kind == "erasure"] == []
    after = {k: v for k, v in digests(folder).items() if "state.db" not in k.name and k.suffix != ".lock"}
    assert after == before
    assert not project.erased.path.exists()


@pytest.mark.slow
def test_a_run_made_afterwards_knows_nothing_of_her(folder, mary, john):
    words = words_of(folder, mary)
    certificate = erase(open_project(folder), mary, today=TODAY)
    project = open_project(folder)
    project.run(today=TODAY)
    assert holding(folder, words) == []
    assert mary not in last(folder, "profiles")["customer_id"].to_pylist()
    assert john in last(folder, "profiles")["customer_id"].to_pylist()
    assert project.last().manifest.erased == project.erased.digest()
    assert erase(project, mary) == certificate


def test_a_restored_backup_is_emptied_again(folder, mary, john, tmp_path):
    backup = tmp_path / "backup"
    shutil.copytree(folder / ".patron", backup)
    words = words_of(folder, mary)
    erase(open_project(folder), mary, today=TODAY)
    shutil.rmtree(folder / ".patron")
    shutil.copytree(backup, folder / ".patron")
    assert holding(folder, words), "the backup must bring her back first"
    project = open_project(folder)
    settle(project)
    assert holding(folder, words) == []
    assert found(project, john)["runs"].total
    before = digests(folder / ".patron" / "runs")
    settle(project)
    assert digests(folder / ".patron" / "runs") == before, "the second time there is nothing to do"
    with pytest.raises(RunError, match="certificate"):
        erase(project, mary)
    with project.state() as state:
        assert verify(state).intact


@pytest.fixture(scope="module")
def killed(base, mary, john, tmp_path_factory):
    """By step: the folder in which an erasure died there."""
    place = tmp_path_factory.mktemp("killed")
    furnished = place / "furnished"
    shutil.copytree(base, furnished)
    furnish(furnished, mary, john)
    script = Path(__file__).with_name("killing_erasure.py")
    done = subprocess.run(
        [sys.executable, script, furnished, place, mary], capture_output=True, text=True, check=True, timeout=300
    )
    tries = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["died"] for one in tries] == [True] * len(STEPS)
    words = words_of(furnished, mary)
    return {one["step"]: Path(one["folder"]) for one in tries}, words, erase(open_project(furnished), mary, today=TODAY)


@pytest.mark.parametrize("step", STEPS)
def test_killed_anywhere_it_completes_at_the_next_start(step, killed, mary):
    folders, words, undisturbed = killed
    folder = folders[step]
    project = open_project(folder)
    settle(project)
    # Nothing had been begun at the first step: then she is asked for again.
    certificate = erase(project, mary, today=TODAY)
    with project.state() as state:
        assert [one.status for one in Register(state, "x").all() if one.kind == "erasure"] == ["done"]
        assert verify(state).intact
    assert holding(folder, words) == []
    ours = {one.store: one.rows for one in certificate.stores}
    for one in undisturbed.stores:
        assert ours[one.store] == one.rows
    assert list(folder.rglob("*.part")) == []


@pytest.mark.slow
def test_who_shares_an_address_stays(base, tmp_path):
    folder = tmp_path / "shop"
    shutil.copytree(base, folder)
    shutil.rmtree(folder / ".patron")
    customers = pq.read_table(folder / "data" / "customers.parquet")
    buyers = set(pq.read_table(folder / "data" / "order_lines.parquet")["customer_id"].to_pylist())
    one, two = [i for i in customers["customer_id"].to_pylist() if i in buyers][:2]
    both = pc.is_in(customers["customer_id"], pa.array([one, two]))
    mails = pc.if_else(both, SHARED, customers["email"])
    place = customers.schema.get_field_index("email")
    pq.write_table(customers.set_column(place, "email", mails), folder / "data" / "customers.parquet")
    text = (folder / "patron.yaml").read_text() + "\nidentity: {rules: []}\n" + LEAN
    (folder / "patron.yaml").write_text(text)
    project = open_project(folder)
    project.run(today=TODAY)
    certificate = erase(project, one, today=TODAY)
    assert not project.erased.holds("email", SHARED)
    assert project.erased.holds("customer_id", one)
    project.run(today=TODAY)
    ids = last(folder, "profiles")["customer_id"].to_pylist()
    assert one not in ids
    assert two in ids
    assert SHARED in last(folder, "identifiers")["value"].to_pylist()
    assert certificate.tombstones["customer_id"] >= 1


def test_every_store_keeps_its_promises(folder, mary, john):
    project = open_project(folder)
    subjects = [whom(project.store, one) for one in (mary, john)]
    with project.state() as state:
        (folder / "lists" / "gone.csv").write_text("customer_id\nx\n")
        conforms(ListsStore(state, project.own), subjects[0], subjects[1:])
        conforms(RunsStore(project), subjects[0], subjects[1:])


def test_every_place_is_a_store(folder):
    """A folder or a table of the database that no store knows is found here before a person is."""
    project = open_project(folder)
    with project.state() as state:
        stores = stores_of(project, state)
    assert all(isinstance(one, Store) for one in stores)
    assert [one.name for one in stores] == ["runs", "lists", "models", "destinations", "inbox", "state"]
    assert {file.name for file in (folder / ".patron").iterdir()} <= {
        "runs", "serving", "inbox", "spill", "state.db", "state.db-wal", "state.db-shm", "export_key", "erased.lock",
        "erasure.lock",
    }, "who else writes below .patron?"  # fmt: skip
    assert set(METADATA.tables) == {*PERSONAL, *PAYLOADS, *KEPT}


def test_files_that_runs_share_stay_shared(folder, mary):
    project = open_project(folder)
    first, second = (run.folder for run in project.store.readable())
    shutil.copyfile(second / "raw_customers.parquet", first / "raw_customers.parquet")
    (first / "raw_customers.parquet").unlink()
    (first / "raw_customers.parquet").hardlink_to(second / "raw_customers.parquet")
    erase(project, mary, today=TODAY)
    assert (first / "raw_customers.parquet").samefile(second / "raw_customers.parquet")
    assert mary not in pq.read_table(first / "raw_customers.parquet")["customer_id"].to_pylist()


def test_a_run_of_another_version_is_emptied_too(folder, mary):
    project = open_project(folder)
    words, first = words_of(folder, mary), project.store.readable()[0].folder
    record = json.loads((first / "manifest.json").read_text())
    del record["as_of"]
    (first / "manifest.json").write_text(json.dumps(record))
    pq.write_table(pa.table({"person_id": [mary, "other"]}), first / "unknown_to_us.parquet")
    erase(project, mary, today=TODAY)
    assert holding(folder, words) == []
    assert pq.read_table(first / "unknown_to_us.parquet").num_rows == 1


def test_a_household_is_not_called_after_her(folder, mary, john):
    project = open_project(folder)
    for run in project.store.readable():
        file = run.folder / "households.parquet"
        hers = {"household_id": f"h:{mary}"}
        rows = [row | (hers if row["customer_id"] in (mary, john) else {"household_id": f"h:{row['customer_id']}"})
                for row in pq.read_table(file).to_pylist()]  # fmt: skip
        pq.write_table(pa.Table.from_pylist(rows, pq.read_schema(file)), file)
    erase(project, mary, today=TODAY)
    named = {row["customer_id"]: row["household_id"] for row in last(folder, "households").to_pylist()}
    assert named[john] == f"h:{john}"


@pytest.mark.slow
def test_sealed_runs(base, mary, tmp_path, monkeypatch):
    folder = tmp_path / "shop"
    shutil.copytree(base, folder)
    shutil.rmtree(folder / ".patron")
    monkeypatch.setenv("PATRON_KEY", "A" * 43 + "=")
    with (folder / "patron.yaml").open("a", encoding="utf-8") as settings:
        settings.write(LEAN)
    project = open_project(folder)
    project.run(today=TODAY)
    names = set(pq.read_schema(project.last().files("raw_events")[0]).names)
    assert "anonymous_id" not in names
    visits = found(project, mary)["runs"].rows["raw_events"]
    assert visits > 0
    erase(project, mary, today=TODAY)
    assert set(pq.read_schema(project.last().files("raw_events")[0]).names) == names, "what was sealed stays sealed"
    assert "raw_events" not in found(project, mary)["runs"].rows


def prospects(run):
    return {row["prospect_id"]: row for file in run.files("raw_prospects") for row in pq.read_table(file).to_pylist()}


def test_what_she_was_before_is_hers_in_runs_that_did_not_know(folder):
    project = open_project(folder)
    earlier, later = sorted(project.store.readable(), key=lambda run: run.manifest.as_of)
    then, now = prospects(earlier), prospects(later)
    one = next(key for key, row in now.items() if row["customer_id"] and key in then and not then[key]["customer_id"])
    customer = whom(project.store, now[one]["customer_id"])
    assert f"prospect:{one}" in customer.ids
    assert whom(project.store, f"prospect:{one}") == customer
    certificate = erase(project, customer.customer_id, today=TODAY)
    assert next(store for store in certificate.stores if store.store == "runs").rows["raw_prospects"] >= 2
    for run, before in ((earlier, then), (later, now)):
        assert one not in prospects(run)
        assert len(prospects(run)) >= len(before) - len(customer.ids)
    assert holding(folder, {one}) == []


@pytest.mark.slow
def test_a_prospect_who_never_came_may_ask_too(folder):
    project = open_project(folder)
    one = next(key for key, row in prospects(project.last()).items() if not row["customer_id"])
    access = held(project, f"prospect:{one}", made_on=TODAY)
    assert [(table.name, len(table.rows)) for table in access.held] == [("raw_prospects", 1)]
    before = len(prospects(project.last()))
    backup = pq.read_table(project.last().files("raw_prospects")[0])
    erase(project, f"prospect:{one}", today=TODAY)
    assert holding(folder, {one}) == []
    assert len(prospects(project.last())) == before - 1
    pq.write_table(backup, project.last().files("raw_prospects")[0])
    manifest = project.last().folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace(project.erased.digest(), "restored"))
    settle(open_project(folder))
    assert holding(folder, {one}) == [], "a restored run is emptied again"
    project.run(today=TODAY)
    assert holding(folder, {one}) == [], "and the file does not bring her back"


def test_held(folder, mary):
    access = held(open_project(folder), mary, made_on=TODAY)
    names = {table.name for table in access.held}
    assert {"raw_customers", "profiles", "state_assignments", "state_consent_statements", "state_requests"} <= names
    assert {one.title for one in access.logic} >= {"What you may buy", "Which groups you are in"}
    assert len(access.purposes) == 6
    assert any("spring" in one for one in access.recipients)
    with pytest.raises(ArgumentError, match="Nothing is held"):
        held(open_project(folder), "nobody-at-all", made_on=TODAY)


def told(*words, code=0):
    result = CliRunner().invoke(app, ["privacy", *words])
    assert result.exit_code == code, result.output
    return result.output


def test_the_commands(folder, mary, tmp_path):
    there = ("--project", str(folder))
    assert "Noted" in told("consent", mary, "--purpose", "marketing", "--status", "revoked", *there)
    assert "revoked" in told("consent", mary, *there)
    told("consent", "nobody-at-all", "--purpose", "marketing", "--status", "revoked", *there, code=2)
    told("consent", mary, "--status", "revoked", *there, code=2)
    told("access", mary, "--to", str(tmp_path / "out"), *there)
    assert {file.name for file in (tmp_path / "out").iterdir()} == {"access.html", "access.zip"}
    assert "R-3" in told("requests", "open", "correction", mary, "--law", "ccpa", *there)
    told("requests", "correct", "R-3", "family_name", "Poppins", *there)
    told("requests", "extend", "R-1", "--on", "2025-01-20", *there)
    told("requests", "refuse", "R-2", "--reason", "nonsense", *there, code=2)
    told("requests", "refuse", "R-2", "--reason", "not_identified", *there)
    told("requests", "close", "R-1", *there)
    told("requests", "open", "erasure", mary, *there)
    told("requests", "close", "R-4", *there, code=2)
    listed = json.loads(told("requests", "--all", "--json", *there))["requests"]
    assert [one["status"] for one in listed] == ["done", "refused", "done", "open"]
    assert "R-4" in told("requests", *there)
    assert "Nothing was erased" in told("erase", mary, *there)
    file = tmp_path / "certificate.json"
    told("erase", mary, "--yes", "--certificate", str(file), *there)
    assert json.loads(file.read_text())["request_id"] == "R-4"
    assert "Certificate of erasure R-4" in told("erase", mary, *there)
    told("erase", "nobody-at-all", "--yes", *there, code=2)
    head = json.loads(told("verify", "--json", *there))["head"]
    told("verify", "--head", head, *there)
    with open_project(folder).state() as state, state.engine.begin() as connection:
        connection.execute(METADATA.tables["audit"].update().where(METADATA.tables["audit"].c.number == 1)
                           .values(actor="somebody"))  # fmt: skip
    told("verify", *there, code=1)


def test_nothing_to_settle_costs_nothing(folder):
    project = open_project(folder)
    before = digests(folder)
    settle(project)
    assert {k: v for k, v in digests(folder).items() if "state.db" not in k.name} == {
        k: v for k, v in before.items() if "state.db" not in k.name
    }
    assert resume(project) == []

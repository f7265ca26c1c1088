"""Every route about one person, made from the application's routes: who may not see her learns nothing, and every read
stands in the audit.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from access_routes import declared
from patron.engines.state_tables import AUDIT, PSEUDONYMS
from patron.privacy.audit import verify

PERSON = "{customer_id}"
NOBODY = "nobody-has-this-id"


@pytest.fixture
def persons(app):
    """The routes that read one person."""
    found = sorted(path for method, path in declared(app) if method == "GET" and PERSON in path)
    assert len(found) >= 2
    return found


@pytest.fixture
def somebody(shop):
    """A customer of the shop."""
    profiles = shop.table("profiles")
    return profiles.order_by("customer_id").limit(1).customer_id.to_pyarrow()[0].as_py()


def read_of(database):
    with database.engine.connect() as connection:
        names = dict(connection.execute(select(PSEUDONYMS.c.pseudonym, PSEUDONYMS.c.customer_id)).all())
        rows = connection.execute(select(AUDIT).where(AUDIT.c.action == "customer.read")).all()
    return [(row.actor, names[row.subject]) for row in rows]


def test_whoever_may_not_see_her_gets_what_an_unknown_id_gets(client, persons, somebody, token, database):
    whole = token("admin", name="whole")
    part = token("admin", name="part", rows="country = 'nowhere'")
    unlike = []
    for path in persons:
        answers = [
            client.get(path.replace(PERSON, who), headers=headers)
            for who, headers in ((somebody, part), (NOBODY, part), (NOBODY, whole))
        ]
        told = [{**one.json(), "request_id": ""} for one in answers]
        if [one.status_code for one in answers[:2]] != [404, 404] or told[0] != told[1]:
            unlike.append((path, [one.status_code for one in answers], told[:2]))
    assert unlike == []
    assert read_of(database) == []


def test_every_read_of_a_person_stands_in_the_audit(client, persons, somebody, token, database):
    headers = token("admin", name="whole")
    for path in persons:
        before = len(read_of(database))
        answer = client.get(path.replace(PERSON, somebody), headers=headers)
        assert answer.status_code == 200, path
        assert read_of(database)[before:] == [("token:whole", somebody)], path
    assert verify(database).intact


def test_a_page_of_persons_is_a_read_of_each(client, app, token, database):
    headers = token("admin", name="whole")
    some = client.get("/v1/segments", headers=headers).json()["rows"]
    first = next(one for one in some if one["customers"])
    path = f"/v1/segments/{first['segmentation']}/{first['segment']}/customers"
    listed = [one["customer_id"] for one in client.get(path, headers=headers).json()["rows"]]
    assert sorted(read_of(database)) == sorted(("token:whole", one) for one in listed)
    assert listed
    limited = token("read", name="part", rows="country = 'nowhere'")
    assert client.get(path, headers=limited).json()["rows"] == []

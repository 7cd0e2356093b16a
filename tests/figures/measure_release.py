"""How long a release takes among many people: `./safehand test tests/figures/measure_release.py`.

`PEOPLE` says how many (100,000 if not said); they come as plain rows, each with a case and a referral.
"""

import os
import time
from typing import Any

import pytest
from django.db import connection

from agencies.models import Agency
from demo import builders as make
from figures.models import Cell, Counted
from tests.conftest import owning
from tests.figures import keep
from tests.figures.people import LATER, NOVEMBER, OCTOBER, agencies, release

WANTED = int(os.environ.get("PEOPLE", "100000"))
SHELTERS = 30
PERSONS = """
    INSERT INTO cases_person (id, code, uid, ring_key, wrapped_key, age_band, gender, district,
                              languages, needs_interpreter, access_needs, version)
    SELECT n, 'PR-' || n, gen_random_uuid(), '1', '\\x00', (ARRAY['9-17','18-20','30-38','48+'])[1 + n %% 4],
           (ARRAY['Feminine','Feminine','Masculine'])[1 + n %% 3], 'BY-BR-0' || (1 + n %% 9), '{}', false, '{}', 1
    FROM generate_series(1, %s) n
"""
CASES = """
    INSERT INTO cases_case (id, code, person_id, owner_id, state, risk, source, registered_at, opened_at,
                            closure, follow_ups, version)
    SELECT n, 'SH-' || n, n, (%s::bigint[])[1 + (hashint8(n) & 1048575) %% cardinality(%s::bigint[])], 'open', 'low', 'other',
           '2016-01-01'::timestamptz + n %% 3900 * interval '1 day',
           '2016-01-01'::timestamptz + n %% 3900 * interval '1 day', '', '{}', 1
    FROM generate_series(1, %s) n
"""
REFERRALS = """
    INSERT INTO referral_referral (id, code, case_id, service_id, sender_id, receiver_id, urgency, purpose,
                                   groups, state, decline_reason, outcome, service_received,
                                   withdraw_reason, version, drafted_at, sent_at, sent_by_id)
    SELECT c.id, 'RF-' || c.id, c.id, s.id, c.owner_id, s.agency_id, 'normal', 'service', '{}', 'sent', '',
           '', '', '', 1, c.opened_at, c.opened_at, %s
    FROM cases_case c JOIN agencies_service s ON s.agency_id = (%s::bigint[])[1 + (c.id * 7) %% cardinality(%s::bigint[])]
    WHERE c.owner_id <> s.agency_id
"""


def _fill(land: list[Agency]) -> None:
    keys = [agency.pk for agency in land]
    worker = make.make_member(agency=land[0])
    for agency in land:
        make.make_service(agency=agency)
    with owning(), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(PERSONS, [WANTED])
        cursor.execute(CASES, [keys, keys, WANTED])
        cursor.execute(REFERRALS, [worker.pk, keys, keys])
        cursor.execute("RESET session_replication_role")
        cursor.execute("ANALYZE cases_person, cases_case, referral_referral")


@pytest.mark.django_db
def test_a_first_release_and_a_usual_one(settings: Any) -> None:
    _fill(agencies(SHELTERS))

    begun = time.monotonic()
    made = release(OCTOBER)
    first = time.monotonic() - begun
    begun = time.monotonic()
    release(NOVEMBER, LATER)
    usual = time.monotonic() - begun

    keep(
        "figures", people=WANTED, marks=Counted.objects.count(),
        cells=Cell.objects.filter(release=made).count(), first_s=round(first, 1),
        usual_s=round(usual, 1),
    )  # fmt: skip
    assert Counted.objects.count() > WANTED

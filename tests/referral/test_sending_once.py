"""A send asks and writes each thing once."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.models import Member, Service
from cases import access
from cases.models import CaseAccess
from demo import builders as make
from referral.actions import sending

pytestmark = pytest.mark.django_db
ONCE = ("cases_consentscope", 'UPDATE "referral_referral"', "FOR SHARE", "auth_permission")


def test_consent_lock_permission_and_referral_are_touched_once(
    sender: Member, service: Service
) -> None:
    case = make.make_case(by=sender)
    make.make_consent(case=case, to=service.agency, by=sender)
    draft = make.make_draft(case=case, service=service, by=sender)

    with CaptureQueriesContext(connection) as asked:
        sent = sending.send(code=draft.code, by=sender, at=timezone.now())

    words = [query["sql"] for query in asked.captured_queries]
    assert {part: sum(part in each for each in words) for part in ONCE} == dict.fromkeys(
        ONCE, 1
    )
    due = set(CaseAccess.objects.filter(content_object=case).values_list("due_at", flat=True))
    assert due == {sent.reply_due_at}


def test_a_deadline_that_is_there_already_is_not_written_again(sent: Any) -> None:
    rows = CaseAccess.objects.filter(content_object=sent.case)
    before = places(rows)

    access.copy_due(sent.case, sent.reply_due_at)
    assert places(rows) == before

    access.copy_due(sent.case, None)
    assert set(rows.values_list("due_at", flat=True)) == {None}


def places(rows: Any) -> list[tuple[Any, ...]]:
    """Where each row lies, which changes whenever it is written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, ctid::text FROM cases_caseaccess WHERE id = ANY (%s) ORDER BY id",
            [list(rows.values_list("pk", flat=True))],
        )
        return list(cursor.fetchall())

"""What was seen, changed or refused is written down, or it does not happen."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from agencies.models import Member
from audit.models import AuditEvent
from cases.actions import person
from cases.models import SealedGroup
from config.wall import roles
from demo import builders as make
from kernel.groups import DataGroup
from referral.models import Referral


def events(**wanted: Any) -> list[tuple[str, str, str, list[str]]]:
    rows = AuditEvent.objects.filter(**wanted).order_by("pk")
    return [(row.event, row.actor, row.about, row.groups) for row in rows]


@contextmanager
def log_that_cannot_be_written() -> Iterator[None]:
    """As if the disk of the log were full: our role may not insert any more."""
    _as_owner(f"REVOKE INSERT ON audit_auditevent FROM {roles.APP}")
    try:
        yield
    finally:
        _as_owner(f"GRANT INSERT ON audit_auditevent TO {roles.APP}")


def _as_owner(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(statement)
        cursor.execute(f"SET ROLE {roles.WORKER}")


def test_reading_a_group_is_written_down_with_who_and_what(
    accepted: Referral, receiver: Member, signed_in: Any
) -> None:
    code = accepted.case.person.code
    AuditEvent.objects.count()

    answer = signed_in(receiver).get(f"persons/{code}/groups/identity/")

    assert answer.json()["values"] == make.IDENTITY
    assert events(event="read", actor=receiver.username) == [
        ("read", receiver.username, code, ["identity"])
    ]
    assert AuditEvent.objects.filter(event="read").latest("pk").case == accepted.case.code


def test_the_receivers_reading_of_the_disclosure_names_its_groups(
    accepted: Referral, receiver: Member, signed_in: Any
) -> None:
    signed_in(receiver).get(f"referrals/{accepted.code}/disclosure/")

    assert events(event="read", actor=receiver.username) == [
        ("read", receiver.username, accepted.code, ["triage", "identity", "contact", "safety"])
    ]


def test_notes_messages_and_reasons_are_read_on_the_record(
    accepted: Referral, sender: Member, receiver: Member, signed_in: Any
) -> None:
    ours = signed_in(sender)
    ours.post(f"cases/{accepted.case.code}/notes/", {"text": "Hm.", "visibility": "private"})
    ours.post(f"referrals/{accepted.code}/messages/", {"text": "A red scarf."})

    signed_in(receiver).get(f"referrals/{accepted.code}/messages/")

    about = accepted.case.person.code
    assert events(event="read.notes") == [("read.notes", sender.username, about, [])]
    assert events(event="read.referral", actor=receiver.username) == [
        ("read.referral", receiver.username, about, [])
    ]


@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_is_kept_although_the_request_is_undone(
    status: int, accepted: Referral, receiver: Member, stranger: Member, signed_in: Any
) -> None:
    who = receiver if status == 403 else stranger
    code = accepted.case.person.code

    answer = signed_in(who).get(f"persons/{code}/groups/health/")

    assert answer.status_code == status
    denied = AuditEvent.objects.get(event="denied")
    assert (denied.actor, denied.about, denied.facts["status"]) == (who.username, code, status)
    assert denied.request_id == answer.headers["X-Request-ID"]


def test_every_change_stands_in_the_log_with_its_actor(
    accepted: Referral, sender: Member, receiver: Member
) -> None:
    told = events(about=accepted.code)

    assert [(event, actor) for event, actor, _, _ in told] == [
        ("referral.drafted", sender.username),
        ("referral.send", sender.username),
        ("disclosure.frozen", sender.username),
        ("referral.accept", receiver.username),
    ]


def test_without_the_log_nothing_comes_out_of_the_vault(sent: Referral, sender: Member) -> None:
    with log_that_cannot_be_written(), pytest.raises(DatabaseError), transaction.atomic():
        person.read_groups(case=sent.case, groups=[DataGroup.IDENTITY], by=sender, why="test")


def test_without_the_log_nothing_is_changed(sent: Referral, sender: Member) -> None:
    before = SealedGroup.objects.get(person=sent.case.person, group="identity").version

    with log_that_cannot_be_written(), pytest.raises(DatabaseError), transaction.atomic():
        person.write_group(
            case=sent.case,
            group=DataGroup.IDENTITY,
            values={"prs_FirstName": "X"},
            by=sender,
            at=sent.drafted_at,
        )

    after = SealedGroup.objects.get(person=sent.case.person, group="identity").version
    assert after == before


@pytest.mark.parametrize("role", ["ours", "owner"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_auditevent SET actor = 'nobody'", "DELETE FROM audit_auditevent"],
)
def test_the_log_is_only_added_to(statement: str, role: str, sent: Referral) -> None:
    count = AuditEvent.objects.count()

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        if role == "owner":
            cursor.execute("RESET ROLE")
        cursor.execute(statement)

    assert AuditEvent.objects.count() == count
    _as_owner("SELECT 1")


def test_our_role_owns_nothing(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, count(*) FILTER (WHERE tableowner = current_user),"
            " bool_or(has_table_privilege(schemaname || '.' || tablename, 'TRUNCATE'))"
            " FROM pg_tables WHERE schemaname = 'public'"
        )
        assert cursor.fetchone() == (roles.WORKER, 0, False)

"""Drafts of forms: sealed, their writer's alone, and gone when the case is out of sight."""

import pytest
from django.db import connection
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from audit.models import AuditEvent
from cases import policy, reading
from cases.actions import drafts, lifecycle
from cases.models import Case, FormDraft
from demo import builders as make
from kernel.errors import Denied, Invalid

TYPED = {"prs_FirstName": ["Канарэйка"], "prs_Birthdate": ["not a day"]}


@pytest.fixture
def case(sender: Member) -> Case:
    return make.make_case(by=sender)


def kept(case: Case, by: Member, section: str = "identity") -> FormDraft:
    return drafts.keep(code=case.code, section=section, typed=TYPED, by=by, at=timezone.now())


def test_a_draft_is_read_as_it_was_typed_and_the_reading_is_logged(
    case: Case, sender: Member
) -> None:
    kept(case, sender)

    (draft,) = policy.drafts_visible_to(sender, case)

    assert reading.typed_in(draft, by=sender) == TYPED
    event = AuditEvent.objects.filter(event="read.draft").get()
    assert (event.actor, event.case, event.groups) == (sender.username, case.code, ["identity"])


def test_there_is_one_draft_of_a_section_and_it_is_unreadable_in_the_database(
    case: Case, sender: Member
) -> None:
    kept(case, sender)
    kept(case, sender)

    with connection.cursor() as cursor:
        cursor.execute("SELECT content, cases_formdraft::text FROM cases_formdraft")
        ((content, row),) = cursor.fetchall()
    assert "Канарэйка".encode() not in bytes(content)
    assert "Канарэйка" not in row


def test_nobody_else_reads_it_not_even_the_supervisor(
    case: Case, sender: Member, stranger: Member
) -> None:
    kept(case, sender)
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)

    seen = [list(policy.drafts_visible_to(member, case)) for member in (boss, stranger)]

    assert seen == [[], []]
    with pytest.raises(Denied):
        kept(case, stranger)
    assert drafts.discard(code=case.code, section="identity", by=boss) == 0
    assert drafts.discard(code=case.code, section="identity", by=sender) == 1


def test_a_draft_goes_with_the_case_when_it_changes_hands(case: Case, sender: Member) -> None:
    colleague = make.make_member(agency=sender.agency)
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    kept(case, sender)
    kept(case, boss)

    lifecycle.hand_over(
        code=case.code, to=colleague, note="Please call.", by=sender, at=timezone.now()
    )

    assert list(policy.drafts_visible_to(sender, case)) == []
    assert [draft.member for draft in FormDraft.objects.all()] == [boss]


def test_more_than_a_section_can_hold_is_not_kept(case: Case, sender: Member) -> None:
    with pytest.raises(Invalid):
        drafts.keep(
            code=case.code,
            section="identity",
            typed={"a": ["x" * drafts.LONGEST]},
            by=sender,
            at=timezone.now(),
        )

"""A person whose key was destroyed: nothing opens, the case keeps its codes, the log stays."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from audit.models import AuditEvent
from cases import erasure, vault
from cases.actions import drafts, lifecycle
from cases.actions import person as persons
from cases.models import Case, NameToken
from custody import journal
from custody.models import Tombstone
from demo import builders as make
from kernel.errors import Denied, Refused
from kernel.groups import DataGroup
from referral import restoring

CANARY = "Зязюльканарэйка"


def officers() -> tuple[Member, Member]:
    agency = make.make_agency(is_coordinating=True)
    role = Role.DATA_PROTECTION_OFFICER
    return make.make_member(agency=agency, role=role), make.make_member(
        agency=agency, role=role
    )


def erase(case: Case) -> Tombstone:
    first, second = officers()
    return erasure.destroy_person(
        code=case.person.code, because="adult_5_years", approved_by=second, by=first,
        at=timezone.now(),
    )  # fmt: skip


def filled(sender: Member) -> Case:
    """A draft with a canary in whatever can be written about a person in it."""
    at = timezone.now()
    case = make.make_case(by=sender, open_=False)
    values = {"prs_FirstName": CANARY, "prs_SecondName": CANARY}
    persons.write_group(case=case, group=DataGroup.IDENTITY, values=values, by=sender, at=at)
    lifecycle.note(code=case.code, text=CANARY, visibility="agency", by=sender, at=at)
    drafts.keep(code=case.code, section="health", typed={"needs": [CANARY]}, by=sender, at=at)
    return case


def test_nothing_opens_any_more_and_the_rest_stays(sender: Member, journals: Path) -> None:
    case = filled(sender)
    note = case.notes.get()
    before = AuditEvent.objects.filter(case=case.code).count()

    stone = erase(case)

    case.refresh_from_db()
    case.person.refresh_from_db()
    person = case.person
    assert (person.ring_key, bytes(person.wrapped_key), person.languages) == ("", b"", [])
    assert (person.sealed_groups.count(), person.name_tokens.count(), case.form_drafts.count()) == (
        0, 0, 0,
    )  # fmt: skip
    note.refresh_from_db()
    assert bytes(note.text) == b""
    with pytest.raises(Refused, match="person_was_erased"), transaction.atomic():
        vault.open_groups(person, ["identity"], by=sender, case=case.code, why="test")
    with pytest.raises(Refused, match="person_was_erased"):
        vault.seal_text(person, "more", place="x")
    assert vault.find_by_name(sender.agency, f"{CANARY} {CANARY}") == []
    assert (case.state, person.age_band, person.district) == ("closed", "30-38", "BY-MI-01")
    assert (stone.person, stone.cases) == (person.code, [case.code])
    assert AuditEvent.objects.filter(case=case.code).count() == before + 1
    assert AuditEvent.objects.get(event="person.key_destroyed").about == person.code
    assert list(
        case.timeline.filter(event="person.erased").values_list("about", flat=True)
    ) == [person.code]


def test_no_table_holds_a_word_of_the_person(sender: Member, journals: Path) -> None:
    case = filled(sender)
    key = vault._key(case.person)
    wrapped = bytes(case.person.wrapped_key)
    tokens = [bytes(token) for token in NameToken.objects.values_list("token", flat=True)]
    assert _holding([wrapped, *tokens]) == {"cases_person", "cases_nametoken"}

    erase(case)

    assert _holding([key, wrapped, *tokens, CANARY.encode()]) == set()


def test_two_people_and_no_open_case(sender: Member, journals: Path) -> None:
    first, second = officers()
    case = make.make_case(by=sender)
    at, code = timezone.now(), case.person.code

    def tried(by: Member, approved_by: Member) -> Any:
        try:
            return erasure.destroy_person(
                code=code, because="x", approved_by=approved_by, by=by, at=at
            )
        except (Denied, Refused) as refusal:
            return refusal.code

    assert tried(first, first) == "a_second_person_decides"
    assert tried(sender, second) == "only_data_protection_and_a_second_person_erase"
    assert tried(first, second) == "case_of_the_person_is_open"
    lifecycle.follow_up(code=case.code, by=sender, at=at)
    assert tried(first, second) == "case_of_the_person_is_open"
    Case.objects.filter(pk=case.pk).update(state="closed", closed_at=at, closure="goals_met")
    assert isinstance(tried(first, second), Tombstone)
    assert tried(first, second) == "person_was_erased"


@pytest.mark.parametrize("change", ["UPDATE custody_tombstone SET because = ''",
                                    "DELETE FROM custody_tombstone"])  # fmt: skip
def test_a_tombstone_stays(sender: Member, journals: Path, change: str) -> None:
    erase(make.make_case(by=sender, open_=False))

    with (
        pytest.raises(
            (ProgrammingError, InternalError), match=r"append-only|permission denied"
        ),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)


@pytest.mark.django_db(transaction=True)
def test_it_is_written_outside_the_database_and_done_again_to_an_older_copy(
    sender: Member, journals: Path
) -> None:
    case = filled(sender)
    person = case.person
    older = (person.ring_key, bytes(person.wrapped_key))
    erase(case)
    entries = journal.entries()
    assert [(each["kind"], each["subject"]) for each in entries] == [
        ("person.erased", person.code)
    ]
    assert [entry["facts"]["uid"] for entry in entries] == [str(person.uid)]
    assert journal.waiting() == 0
    # What an older copy brings back.
    type(person).objects.filter(pk=person.pk).update(ring_key=older[0], wrapped_key=older[1])

    done = restoring.replay(entries, by=restoring.RESTORE, at=timezone.now())
    again = restoring.replay(entries, by=restoring.RESTORE, at=timezone.now())

    person.refresh_from_db()
    assert (done.erased, again.erased, person.ring_key) == (1, 0, "")
    assert Tombstone.objects.count() == 1


def test_a_process_killed_before_it_filed_leaves_it_to_the_sweep(
    sender: Member, journals: Path
) -> None:
    """In a test's own transaction nothing is called after the commit: as if it had been killed."""
    erase(make.make_case(by=sender, open_=False))
    assert (journal.waiting(), journal.entries()) == (1, [])
    torn = journals / "tombstones.jsonl"
    torn.write_text('{"kind": "person.era')

    filed = journal.file_waiting(at=timezone.now())

    assert (filed, journal.waiting(), [e["kind"] for e in journal.entries()]) == (
        1, 0, ["person.erased"],
    )  # fmt: skip
    assert uuid.UUID(journal.entries()[0]["facts"]["uid"])


def _holding(secrets: list[bytes]) -> set[str]:
    """The tables in which one of these stands, in any column, as it is or as hexadecimal text."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT convert_to(t::text, 'UTF8') FROM \"{table}\" t")
            rows = b"".join(bytes(row[0]) for row in cursor.fetchall())
            if any(each in rows or each.hex().encode() in rows for each in secrets):
                found.add(table)
    return found

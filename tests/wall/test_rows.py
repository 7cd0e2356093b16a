"""What the row policies let through, as the roles that web and worker log in as."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from agencies.models import Member
from cases.models import Case, CaseAccess
from config.wall import roles
from config.wall.policies import POLICIES
from edge import wall
from referral.models import Referral
from tests.matrix.test_matrix import World

# Hashes of the log and keys that the ring has wrapped are open to every process of ours.
# So is the register of agencies, in their own space: tests/wall/test_spaces.py.
REGISTER = "agencies_agency"
WALLED = [
    table for table, rows in POLICIES.items() if rows.seen != "true" and table != REGISTER
]
# What must hold rows, or that strangers see none of them would say nothing.
TOLD_OF_PEOPLE = (
    "cases_case", "cases_caseaccess", "cases_consent", "cases_consentscope", "cases_nametoken",
    "cases_override", "cases_person", "cases_record", "cases_sealedgroup", "cases_timelineentry",
    "guard_breakglass", "identification_decision", "identification_identification",
    "identification_screening", "notify_clock", "notify_delivery", "notify_rung", "notify_task",
    "referral_disclosure", "referral_referral", "referral_transfer", "reintegration_action",
    "reintegration_alert", "reintegration_checkin", "reintegration_goal", "reintegration_plan",
    "reintegration_review", "audit_auditevent",
)  # fmt: skip


@contextmanager
def said(words: str, role: str = roles.WEB) -> Iterator[None]:
    """A transaction of that role that says these words of itself, signed or not."""
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute(
            "SELECT set_config('role', %s, true), set_config('safehand.identity', %s, true)",
            [role, words],
        )
        yield
        cursor.execute("SELECT set_config('role', %s, true)", [roles.WORKER])
    wall.tell()


def rows_of(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table}"')
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_who_says_nothing_sees_nothing() -> None:
    World(stage="accepted")
    for role in (roles.WEB, roles.WORKER):
        with said("", role):
            assert {table: rows_of(table) for table in WALLED} == dict.fromkeys(WALLED, 0)


@pytest.mark.django_db
def test_the_world_has_rows_for_the_machine_to_see() -> None:
    """Without this the test before it could not fail."""
    World(stage="accepted")
    seen = {table: rows_of(table) for table in POLICIES}
    assert {table for table in TOLD_OF_PEOPLE if not seen[table]} == set()


@pytest.mark.django_db
def test_a_stranger_sees_no_row_of_anybody_else() -> None:
    world = World(stage="accepted")
    for name in ("stranger", "owner_admin", "receiver_worker", "colleague", "system_admin"):
        with wall.acting(wall.member(world.members[name])):
            seen = {table: rows_of(table) for table in WALLED}
        told = {"notify_delivery", "notify_task"}
        # What agencies ask each other, whom to ask, and what is announced: of no person, for all members.
        told |= {"network_question", "network_answer", "network_focalpoint", "network_bulletin"}
        # Clocks of one's own agency name codes alone; a social worker of it may see that they run.
        told |= (
            {"notify_clock", "notify_rung"}
            if name in {"receiver_worker", "colleague"}
            else set()
        )
        # A consent that names one's agency is known to its case workers.
        if name == "receiver_worker":
            told |= {"cases_consent", "cases_consentscope", "cases_override"}
        # Numbers that one's own agency's systems were told; of what they are about no row is seen.
        if name in {"owner_admin", "colleague", "system_admin"}:
            told |= {"notify_endpoint", "notify_call", "notify_announcement"}
        assert {table for table, n in seen.items() if n} <= told, name


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        lambda words: words.replace("|supervisor|", "|data_protection_officer|"),
        lambda words: words.replace("v1|", "v1|1"),
        lambda words: words[:-1] + ("0" if words[-1] != "0" else "1"),
        lambda words: words.partition("~")[0],
        lambda words: words.partition("~")[0] + "~",
        lambda words: "~" + words.partition("~")[2],
    ],
)
def test_an_identity_that_is_not_signed_right_is_nobodys(change: object) -> None:
    world = World(stage="accepted")
    words = wall.member(world.members["supervisor"]).signed()
    with said(words):
        assert Case.objects.count() > 0
    with said(change(words)):  # type: ignore[operator]
        assert Case.objects.count() == 0


@pytest.mark.django_db
def test_the_web_is_never_the_machine() -> None:
    World(stage="accepted")
    with said(wall.MACHINE.signed(), roles.WORKER):
        assert Case.objects.count() > 0
    with said(wall.MACHINE.signed(), roles.WEB):
        assert Case.objects.count() == 0


@pytest.mark.django_db
def test_other_sql_can_say_a_name_but_not_sign_it(accepted: Referral, stranger: Member) -> None:
    """As an injected statement could: it reads what it says of itself, and cannot make more of it."""
    with wall.acting(wall.member(stranger)), connection.cursor() as cursor:
        for table in ("wall.key", "pg_authid"):
            with pytest.raises(ProgrammingError), transaction.atomic():
                cursor.execute(f"SELECT * FROM {table}")
        cursor.execute("SELECT current_setting('safehand.identity')")
        own = str(cursor.fetchone()[0])
        more = own.replace(f"|{stranger.agency_id}|", f"|{accepted.sender_id}|")
        cursor.execute("SELECT set_config('safehand.identity', %s, true)", [more])
        assert more != own
        assert Case.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_an_identity_ends_with_its_transaction(accepted: Referral, receiver: Member) -> None:
    """So that a connection which others use next, as behind a pool, tells them nothing."""
    with wall.acting(wall.member(receiver)):
        with transaction.atomic():
            assert Case.objects.count() == 1
        assert Case.objects.count() == 0, "outside a transaction nobody asks"
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('safehand.identity', true), current_user")
            assert cursor.fetchone() == ("", roles.WEB)
        with pytest.raises(RuntimeError), transaction.atomic():
            raise RuntimeError
        assert Case.objects.count() == 0


@pytest.mark.django_db
def test_the_group_of_data_is_walled_and_not_only_the_case(
    sent: Referral, receiver: Member
) -> None:
    """With a triage card the receiver reaches no sealed group; with the consent those it names."""
    from demo import builders as make  # noqa: PLC0415 -- beside its only use

    person = sent.case.person
    groups = 'SELECT "group" FROM cases_sealedgroup WHERE person_id = %s ORDER BY 1'

    def reached() -> set[str]:
        with wall.acting(wall.member(receiver)), connection.cursor() as cursor:
            cursor.execute(groups, [person.pk])
            return {group for (group,) in cursor.fetchall()}

    held = set(person.sealed_groups.values_list("group", flat=True))
    assert held
    assert reached() == set()
    make.make_accepted(sent=sent, by=receiver)
    scope = (
        CaseAccess.objects.filter(because="referred").values_list("scope", flat=True).first()
    )
    assert reached() == held & set(scope or [])
    assert reached()


@pytest.mark.django_db
def test_what_an_act_holds_is_let_go_with_it(accepted: Referral, receiver: Member) -> None:
    with wall.acting(wall.member(receiver)):
        before = CaseAccess.objects.filter(content_object=accepted.case).count()
        wall.hold([accepted.case_id])
        assert CaseAccess.objects.filter(content_object=accepted.case).count() > before
    with wall.acting(wall.member(receiver)):
        assert CaseAccess.objects.filter(content_object=accepted.case).count() == before

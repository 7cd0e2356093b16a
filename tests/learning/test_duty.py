"""The duty to know: whom it binds, what fulfils it and until when, who is told and who sees it."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import ProgrammingError, connection, transaction
from django.test import override_settings

from agencies.models import Member
from agencies.roles import Role
from audit.models import AuditEvent
from cases import duty as gate
from config import env
from demo import builders as make
from edge import wall
from kernel.errors import Invalid, Stale
from learning import duty, policy, queries, statement, tasks
from learning.actions import signing, watching
from learning.models import Due, DueCount, Signature
from notify.models import Delivery
from tests.conftest import owning
from tests.learning.knowing import knows, passes, signs, sit

pytestmark = pytest.mark.django_db
THEN = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
SHA = "sha256"


@pytest.fixture(autouse=True)
def bound(settings: Any) -> None:
    settings.DUTY_TO_KNOW = ("social_worker",)


def due(member: Member, at: dt.datetime) -> bool:
    return gate.is_due(member, at=at)


def test_all_parts_are_needed_and_nothing_else(sender: Member) -> None:
    told = [due(sender, THEN)]
    passes(sender, "confidentiality", at=THEN)
    told.append(due(sender, THEN))
    signs(sender, at=THEN)
    told.append(due(sender, THEN))
    passes(sender, "children", at=THEN)
    told.append(due(sender, THEN))
    passes(sender, "consent", at=THEN)

    assert [*told, due(sender, THEN)] == [True, True, True, True, False]


def test_it_binds_the_roles_that_are_named_and_no_guest(sender: Member, settings: Any) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    guest = make.make_guest()
    stand_in = Member.objects.get(agency=guest, is_guest=True)
    asked = [due(sender, THEN), due(boss, THEN)]
    settings.DUTY_TO_KNOW = ("focal_point", "supervisor")

    assert [*asked, due(sender, THEN), due(boss, THEN), due(stand_in, THEN)] == [
        True, False, False, True, False,
    ]  # fmt: skip


def test_nobody_is_bound_where_one_practises(settings: Any) -> None:
    learner = make.make_member(agency=make.make_agency(space=1))
    land = make.make_member(agency=make.make_agency(space=1), role=Role.COORDINATOR)

    turn(THEN)
    assert (due(learner, THEN), Due.objects.count()) == (False, 0)
    DueCount.objects.create(bound=11, due=0, counted_on=THEN.date())
    assert policy.due_counts_visible_to(land).count() == 0
    with wall.acting(wall.member(land)), transaction.atomic():
        assert DueCount.objects.count() == 0


def test_where_nobody_could_say_nothing_is_open(sender: Member, monkeypatch: Any) -> None:
    knows(sender, at=THEN)
    monkeypatch.setattr(gate, "questions", [])

    assert due(sender, THEN)


def test_it_counts_for_so_many_days_where_the_agency_is(sender: Member, settings: Any) -> None:
    knows(sender, at=THEN)
    # In Minsk a day begins three hours earlier.
    last = dt.datetime(2027, 3, 1, 20, 59, tzinfo=dt.UTC)
    year = [due(sender, last), due(sender, last + dt.timedelta(minutes=1))]
    settings.DUTY_DAYS = 100
    last = dt.datetime(2026, 6, 9, 20, 59, tzinfo=dt.UTC)

    assert year == [False, True]
    assert [due(sender, last), due(sender, last + dt.timedelta(minutes=1))] == [False, True]
    assert {part.until for part in duty.parts(sender)} == {dt.date(2026, 6, 10)}


def test_a_form_that_was_not_passed_shows_nothing(sender: Member) -> None:
    passes(sender, "confidentiality", at=THEN)
    signs(sender, at=THEN)
    sit(sender, "consent", "before", at=THEN)
    sit(sender, "consent", "after", at=THEN, right=False)
    failed = due(sender, THEN)
    sit(sender, "consent", "refresher", at=THEN + DAY)

    assert (failed, due(sender, THEN + DAY)) == (True, False)


@pytest.mark.parametrize(("days", "days_before", "may"), [(365, 31, ""), (365, 30, "refresher"),
                                             (100, 31, ""), (100, 30, "refresher")])  # fmt: skip
def test_a_topic_may_be_shown_anew_from_thirty_days_before(
    sender: Member, settings: Any, days: int, days_before: int, may: str
) -> None:
    settings.DUTY_DAYS = days
    knows(sender, at=THEN)
    # What is due to be looked at again meanwhile is done.
    for month in (1, 3, 6):
        _refreshed(sender, THEN + dt.timedelta(days=month * 31))
    until = {part.what: part.until for part in duty.parts(sender)}["consent"]
    assert until is not None
    at = dt.datetime.combine(until - days_before * DAY, dt.time(9), tzinfo=dt.UTC)

    stands = queries.standing(sender, "consent", at)
    assert stands is not None
    assert stands.next == may
    if may:
        sit(sender, "consent", "refresher", at=at)
        renewed = {part.what: part.until for part in duty.parts(sender)}["consent"]
        assert renewed == (at + dt.timedelta(days=days)).date()


def _refreshed(member: Member, at: dt.datetime) -> None:
    stands = queries.standing(member, "consent", at)
    if stands is not None and stands.next:
        sit(member, "consent", stands.next, at=at)


# The statement


def test_what_was_signed_is_kept_with_version_and_digest(sender: Member) -> None:
    signs(sender, at=THEN)
    now, kept = statement.current(), Signature.objects.get()

    assert (kept.member, kept.version, kept.sha256, kept.signed_at) == (
        sender, now.version, now.sha256, THEN,
    )  # fmt: skip
    event = AuditEvent.objects.get(event="statement.signed")
    assert (event.actor, event.about, event.facts) == (
        sender.username, kept.code, {"version": now.version, "sha256": now.sha256},
    )  # fmt: skip


def test_a_tick_is_needed_and_the_text_that_was_shown(sender: Member) -> None:
    with pytest.raises(Invalid, match="statement_not_agreed"):
        signing.sign(sha256=statement.current().sha256, agreed=False, by=sender, at=THEN)
    with pytest.raises(Stale, match="changed_meanwhile"):
        signing.sign(sha256="0" * 64, agreed=True, by=sender, at=THEN)

    assert Signature.objects.count() == 0


@pytest.mark.parametrize(
    "act", ["UPDATE learning_signature SET version = '9'", "DELETE FROM learning_signature"]
)
def test_a_signature_is_never_changed(sender: Member, act: str) -> None:
    signs(sender, at=THEN)
    for whose in (wall.acting(wall.member(sender)), owning()):
        with (
            pytest.raises(ProgrammingError, match=r"append-only|permission denied"),
            whose,
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(act)


WORDS = '{ en = "A", ru = "Б", be = "В" }'


def statement_of(version: str, title: str = WORDS) -> str:
    return (
        f'version = "{version}"\nsource = "A test"\ntitle = {title}\n[[sentence]]\n'
        'en = "I keep it."\nru = "Храню."\nbe = "Захоўваю."\n'
    )


def test_a_newer_statement_is_signed_when_the_older_runs_out(
    sender: Member, tmp_path: Any
) -> None:
    knows(sender, at=THEN)
    own = tmp_path / "own.toml"
    own.write_text(statement_of("2027.1"), encoding="utf-8")
    with override_settings(DUTY_STATEMENT=str(own)):
        assert not due(sender, THEN + DAY)
        signs(sender, at=THEN + DAY)

    assert list(Signature.objects.order_by("pk").values_list("version", flat=True)) == [
        "2026.1", "2027.1",
    ]  # fmt: skip


def test_the_digest_is_of_the_words_and_not_of_the_layout(tmp_path: Any) -> None:
    digests = []
    for number, text in enumerate(
        (statement_of("1"), "# Remark\n" + statement_of("1"), statement_of("2"))
    ):
        path = tmp_path / f"{number}.toml"
        path.write_text(text, encoding="utf-8")
        with override_settings(DUTY_STATEMENT=str(path)):
            digests.append(statement.current().sha256)

    assert (digests[0] == digests[1], digests[0] == digests[2]) == (True, False)


# What a start refuses


FAULTS = (
    "bad.toml: version: numbers such as 2026.1, as a text\n"
    "bad.toml: title: needed in en, ru and be, and in no other language"
)


def test_no_command_starts_with_a_duty_that_nobody_could_fulfil(tmp_path: Any) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(statement_of("x", '{ en = "A" }'), encoding="utf-8")
    said = []
    for wrong in (
        {"DUTY_TOPICS": ("consent", "poetry")}, {"DUTY_DAYS": 30},
        {"DUTY_STATEMENT": str(bad)}, {},
    ):  # fmt: skip
        with override_settings(**wrong):
            said.append([str(each.msg) for each in duty.settings_can_be_used()])

    assert said == [
        ["DUTY_TOPICS: there is no topic poetry"],
        ["DUTY_DAYS: more than 30 are needed"],
        [f"DUTY_STATEMENT: {FAULTS}"],
        [],
    ]  # fmt: skip


def test_a_role_that_is_not_known_stops_the_service(monkeypatch: Any) -> None:
    monkeypatch.setenv("DUTY_TO_KNOW", "social_worker, focal_point,social_worker,")
    read = env.words("DUTY_TO_KNOW", "", known=Role.values)
    monkeypatch.setenv("DUTY_TO_KNOW", "social_worker,boss")

    assert read == ("social_worker", "focal_point")
    with pytest.raises(RuntimeError, match="DUTY_TO_KNOW: boss is not known here"):
        env.words("DUTY_TO_KNOW", "", known=Role.values)


# Who is told


def told_to(member: Member) -> list[tuple[str, str]]:
    rows = Delivery.objects.filter(
        member=member, channel="in_app", event__kind__startswith="duty"
    ).order_by("pk")
    return [(each.event.kind, each.event.subject) for each in rows]


def turn(at: dt.datetime) -> None:
    with time_machine.travel(at, tick=False):
        tasks.watch_duty()
        tasks.watch_duty()


def test_one_is_told_once_before_and_once_on_the_day(sender: Member) -> None:
    knows(sender, at=THEN)
    end = THEN + dt.timedelta(days=365)
    turn(end - dt.timedelta(days=31))
    quiet = told_to(sender)
    turn(end - dt.timedelta(days=30))
    turn(end - DAY)
    row = Due.objects.get()
    before = told_to(sender)
    turn(end)
    turn(end + DAY)

    assert quiet == []
    assert before == [("duty.soon", row.code)]
    assert told_to(sender) == [("duty.soon", row.code), ("duty.due", row.code)]
    days = {part.until for part in duty.parts(sender)}
    assert (row.due_on, days) == (end.date(), {end.date()})


def test_who_never_showed_it_is_told_at_once(sender: Member) -> None:
    turn(THEN)
    row = Due.objects.get()

    assert told_to(sender) == [("duty.due", row.code)]
    assert (row.lacks, row.due_on) == (
        [["confidentiality", None], ["consent", None], ["the_statement", None]], None,
    )  # fmt: skip


def test_what_is_left_is_told_anew_when_it_runs_out_in_turn(sender: Member) -> None:
    knows(sender, at=THEN)
    signs(sender, at=THEN + 20 * DAY)
    end = THEN + dt.timedelta(days=365)
    turn(end)
    for topic in ("confidentiality", "consent"):
        sit(sender, topic, "refresher", at=end)
    half = Due.objects.get()
    turn(end + 19 * DAY)
    before = [kind for kind, _ in told_to(sender)]
    turn(end + 20 * DAY)

    assert (half.lacks, half.told) == (
        [["the_statement", (end + 20 * DAY).date().isoformat()]], "soon",
    )  # fmt: skip
    assert before == ["duty.due"]
    assert [kind for kind, _ in told_to(sender)] == ["duty.due", "duty.due"]


def test_what_joins_it_later_is_told_of_too(sender: Member) -> None:
    knows(sender, at=THEN)
    signs(sender, at=THEN + 20 * DAY)
    end = THEN + dt.timedelta(days=365)
    turn(end - dt.timedelta(days=30))
    turn(end - dt.timedelta(days=11))
    first = [kind for kind, _ in told_to(sender)]
    turn(end - dt.timedelta(days=10))
    turn(end - dt.timedelta(days=9))

    assert first == ["duty.soon"]
    assert [kind for kind, _ in told_to(sender)] == ["duty.soon", "duty.soon"]
    assert [what for what, _ in Due.objects.get().lacks] == [
        "confidentiality", "consent", "the_statement",
    ]  # fmt: skip


@pytest.mark.parametrize("last", ["signature", "form"])
def test_showing_it_ends_the_row_at_once(sender: Member, last: str) -> None:
    turn(THEN)
    if last == "form":
        signs(sender, at=THEN)
    passes(sender, "confidentiality", at=THEN)
    passes(sender, "consent", at=THEN)
    before = Due.objects.count()
    if last == "signature":
        signs(sender, at=THEN)

    assert (before, Due.objects.count()) == (int(last == "signature"), 0)


@pytest.mark.parametrize("gone", ["left", "other role", "nobody bound"])
def test_who_is_bound_no_more_is_forgotten(sender: Member, settings: Any, gone: str) -> None:
    turn(THEN)
    held = Due.objects.count()
    if gone == "left":
        Member.objects.filter(pk=sender.pk).update(is_active=False)
    elif gone == "other role":
        Member.objects.filter(pk=sender.pk).update(role=Role.FOCAL_POINT)
    else:
        settings.DUTY_TO_KNOW = ()
    turn(THEN + DAY)

    assert (held, Due.objects.count()) == (1, 0)


def test_of_who_is_not_bound_nothing_is_written(sender: Member, settings: Any) -> None:
    settings.DUTY_TO_KNOW = ()
    knows(sender, at=THEN)

    assert watching.note(member=sender, by=sender, at=THEN) is None
    assert Due.objects.count() == 0


# Who sees it


@pytest.mark.parametrize(
    ("role", "at_home", "seen"),
    [
        (Role.SUPERVISOR, True, 1), (Role.SUPERVISOR, False, 0), (Role.AGENCY_ADMIN, True, 1),
        (Role.AGENCY_ADMIN, False, 0), (Role.FOCAL_POINT, True, 0), (Role.COORDINATOR, False, 0),
        (Role.AUDITOR, False, 0), (Role.DATA_PROTECTION_OFFICER, False, 0),
        (Role.SYSTEM_ADMIN, False, 0),
    ],
)  # fmt: skip
def test_who_leads_or_runs_the_agency_sees_who_is_due(
    sender: Member, role: Role, at_home: bool, seen: int
) -> None:
    turn(THEN)
    signs(sender, at=THEN)
    home = sender.agency if at_home else make.make_agency(is_coordinating=True)
    other = make.make_member(agency=home, role=role)

    with wall.acting(wall.member(other)), transaction.atomic():
        counted = (Due.objects.count(), Signature.objects.count(), DueCount.objects.count())
        assert (counted, policy.due_visible_to(other).count()) == ((seen, 0, 0), seen)


def test_nobody_writes_what_another_owes(sender: Member) -> None:
    turn(THEN)
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    with (
        pytest.raises(ProgrammingError),
        wall.acting(wall.member(boss)),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE learning_due SET told = 'now'")


def test_counts_are_whole_steps_of_eleven(sender: Member) -> None:
    land = make.make_member(
        agency=make.make_agency(is_coordinating=True), role=Role.COORDINATOR
    )
    small = make.make_agency()
    for _ in range(9):
        make.make_member(agency=small)
    ours = [sender, *(make.make_member(agency=sender.agency) for _ in range(12))]
    knows(ours[0], at=THEN)
    turn(THEN)

    with wall.acting(wall.member(land)), transaction.atomic():
        rows = policy.due_counts_visible_to(land).order_by("pk")
        found = [(each.agency and each.agency.code, each.bound, each.due) for each in rows]
    # Thirteen and nine are bound, of whom one has shown it.
    assert sorted(found, key=str) == sorted(
        [(sender.agency.code, 11, 11), (None, 22, 11)], key=str
    )


def test_fewer_than_a_step_are_not_counted(sender: Member) -> None:
    for _ in range(9):
        make.make_member(agency=sender.agency)
    turn(THEN)

    assert (Due.objects.count(), DueCount.objects.count()) == (10, 0)


# By the API


def test_by_the_api(signed_in: Any, sender: Member) -> None:
    client = signed_in(sender)
    first = client.get("learning/duty/").json()
    shown = client.get("learning/statement/").json()
    refused = client.post("learning/statement/", {SHA: shown[SHA], "agreed": False})
    old = client.post("learning/statement/", {SHA: "0" * 64, "agreed": True})
    signed = client.post("learning/statement/", {SHA: shown[SHA], "agreed": True})
    later = client.get("learning/duty/").json()

    assert (first["bound"], first["due"]) == (True, True)
    assert [(each["what"], each["until"], each["due"]) for each in first["parts"]] == [
        ("confidentiality", None, True), ("consent", None, True), ("the_statement", None, True),
    ]  # fmt: skip
    assert (shown["signed_at"], len(shown["sentences"]), shown["version"]) == (
        None,
        7,
        "2026.1",
    )
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (
        400, "statement_not_agreed",
    )  # fmt: skip
    assert (old.status_code, old.json()["code"]) == (412, "changed_meanwhile")
    assert (signed.status_code, signed.json()["signed_version"]) == (201, "2026.1")
    assert [each["due"] for each in later["parts"]] == [True, True, False]


def test_supervisors_read_who_is_due_and_no_number(signed_in: Any, sender: Member) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    land = make.make_member(
        agency=make.make_agency(is_coordinating=True), role=Role.COORDINATOR
    )
    turn(THEN)
    row = Due.objects.get()

    theirs = signed_in(boss).get("learning/due/").json()["results"]

    assert theirs == [
        {
            "code": row.code, "member": sender.username, "name": sender.known_as, "due_on": None,
            "lacks": [
                {"what": what, "until": None}
                for what in ("confidentiality", "consent", "the_statement")
            ],
        }
    ]  # fmt: skip
    assert [
        signed_in(who).get(path).status_code
        for who in (sender, boss, land)
        for path in ("learning/due/", "learning/due/counts/")
    ] == [403, 403, 200, 403, 403, 200]

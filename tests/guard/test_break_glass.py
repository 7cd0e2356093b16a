"""Breaking the glass: forty situations, nothing without its notices, and what it lets one do."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from audit.models import AuditEvent
from cases import policy as case_policy
from cases.apart import Whom
from cases.models import ApartAttempt, CaseAccess
from config.wall import roles
from demo import builders as make
from guard import policy, queries
from guard.actions import glass, reviewing
from guard.models import BreakGlass, GlassRight
from guard.tasks import watch
from identification import policy as identification
from kernel.errors import Denied, Invalid, Refused, SafehandError
from kernel.groups import DataGroup
from notify.models import Clock, Delivery
from referral import queries as referral_queries
from referral.actions import recalling
from seconding import actions as seconding
from seconding.models import TwoPersonAct
from tests.guard.conftest import Cast, make_cast

REASON = "She bleeds, and nobody of her agency answers at night."
NOW = timezone.now()
HEALTHY = [DataGroup.CONTACT, DataGroup.SAFETY]
NAMED = [DataGroup.IDENTITY]


def break_(cast: Cast, **other: Any) -> BreakGlass:
    wanted: dict[str, Any] = {
        "code": cast.case.code, "groups": HEALTHY, "purpose": "medical", "reason": REASON,
        "by": cast.helper, "at": NOW,
    }  # fmt: skip
    return glass.break_glass(**(wanted | other))


def use_up(cast: Cast, times: int, *, ago: dt.timedelta = dt.timedelta(hours=1)) -> None:
    for _ in range(times):
        break_(cast, at=NOW - ago)


def used_in_a_month(cast: Cast) -> None:
    for days in (10, 8, 6, 4, 2):
        use_up(cast, 2, ago=dt.timedelta(days=days))


def suspended(cast: Cast) -> None:
    use = break_(cast, at=NOW - dt.timedelta(days=2))
    reviewing.review(
        code=use.code, verdict="not_justified", remarks=REASON, by=cast.officer, at=NOW
    )


def lifted(cast: Cast) -> None:
    suspended(cast)
    asked = reviewing.ask_to_lift(member=cast.helper, reason=REASON, by=cast.officer, at=NOW)
    seconding.decide(code=asked.code, approve=True, by=cast.other, at=NOW)
    reviewing.lift(member=cast.helper, second=asked.code, by=cast.officer, at=NOW)


def apart(cast: Cast, **whom: Any) -> None:
    recalling.exclude(code=cast.case.code, whom=Whom(**whom), by=cast.worker, at=NOW)


def readmitted(cast: Cast) -> None:
    apart(cast, member=cast.helper)
    recalling.readmit(
        code=cast.case.code, whom=Whom(member=cast.helper), by=cast.worker, at=NOW
    )


def second(
    cast: Cast, *, approve: bool | None = True, by: Member | None = None, minutes: int = 0,
    groups: list[DataGroup] = NAMED, purpose: str = "medical",
) -> str:  # fmt: skip
    before = NOW - dt.timedelta(minutes=minutes)
    asked = glass.ask_second(
        code=cast.case.code, groups=groups, purpose=purpose, reason=REASON, by=cast.helper,
        at=before,
    )  # fmt: skip
    if approve is not None:
        seconding.decide(code=asked.code, approve=approve, by=by or cast.chief, at=before)
    return asked.code


def tried(cast: Cast) -> None:
    for _ in range(10):
        ApartAttempt.objects.create(
            case_code="SH-2222-2222", what="break_glass", by=cast.helper, at=NOW
        )


def gone(member: Member) -> None:
    Member.objects.filter(pk=member.pk).update(is_active=False)


def now_a(member: Member, role: Role) -> None:
    Member.objects.filter(pk=member.pk).update(role=role)


def nobody_watches(cast: Cast) -> None:
    Member.objects.filter(role=Role.DATA_PROTECTION_OFFICER).update(is_active=False)


def owner_is_gone(cast: Cast) -> None:
    Member.objects.filter(agency=cast.boss.agency).update(is_active=False)


def of(role: str) -> Callable[[Cast], dict[str, Any]]:
    return lambda cast: {"by": make.make_member(agency=cast.helper.agency, role=role)}


Given = Callable[[Cast], Any]
OPEN = "open"
# What is so before, how it is asked for, and what comes of it: open, or the code of the refusal.
SITUATIONS: dict[str, tuple[Given | None, Callable[[Cast], dict[str, Any]], str]] = {
    "a social worker of another agency": (None, lambda c: {}, OPEN),
    "a focal point": (None, of("focal_point"), OPEN),
    "a supervisor": (None, lambda c: {"by": c.chief}, OPEN),
    "a colleague of the owner": (
        None, lambda c: {"by": make.make_member(agency=c.worker.agency)}, OPEN,
    ),
    "an administrator": (None, of("agency_admin"), "role_may_not_break_glass"),
    "a co-ordinator": (
        None, lambda c: {"by": make.make_member(agency=c.officer.agency, role="coordinator")},
        "role_may_not_break_glass",
    ),
    "a data protection officer": (
        None, lambda c: {"by": c.officer}, "role_may_not_break_glass",
    ),
    "an auditor": (
        None, lambda c: {"by": make.make_member(agency=c.officer.agency, role="auditor")},
        "role_may_not_break_glass",
    ),
    "who works on it": (None, lambda c: {"by": c.worker}, "case_is_open_to_you"),
    "the owner's supervisor": (None, lambda c: {"by": c.boss}, "case_is_open_to_you"),
    "no case of that code": (None, lambda c: {"code": "SH-2222-2222"}, "not_possible"),
    "no code": (None, lambda c: {"code": "SH-OOPS"}, "not_a_case_code"),
    "another kind of code": (None, lambda c: {"code": "RF-2222-2222"}, "not_a_case_code"),
    "an unlisted purpose": (None, lambda c: {"purpose": "curiosity"}, "unknown_code"),
    "a short reason": (None, lambda c: {"reason": "urgent"}, "reason_too_short"),
    "a reason of blanks": (None, lambda c: {"reason": " " * 40}, "reason_too_short"),
    "no group": (None, lambda c: {"groups": []}, "empty"),
    "a group not of this kind of agency": (
        None, lambda c: {"groups": [DataGroup.WHEREABOUTS]},
        "group_not_for_this_kind_of_agency",
    ),
    "the card alone": (
        None, lambda c: {"groups": [DataGroup.TRIAGE]}, "group_not_for_this_kind_of_agency",
    ),
    "a name, a life in danger": (
        None, lambda c: {"groups": NAMED, "purpose": "danger_to_life"}, OPEN,
    ),
    "a name, alone": (None, lambda c: {"groups": NAMED}, "second_person_needed"),
    "a name, approved": (None, lambda c: {"groups": NAMED, "second": second(c)}, OPEN),
    "a name, refused": (
        None, lambda c: {"groups": NAMED, "second": second(c, approve=False)},
        "second_person_is_done",
    ),
    "a name, not answered": (
        None, lambda c: {"groups": NAMED, "second": second(c, approve=None)},
        "second_person_is_done",
    ),
    "a name, approved too long ago": (
        None, lambda c: {"groups": NAMED, "second": second(c, minutes=11)},
        "second_person_too_late",
    ),
    "more than was approved": (
        None,
        lambda c: {"groups": [DataGroup.IDENTITY, DataGroup.FAMILY], "second": second(c)},
        "second_person_needed",
    ),
    "another case than was approved": (
        None,
        lambda c: {
            "groups": NAMED, "second": second(c), "code": make.make_case(by=c.worker).code,
        },
        "second_person_needed",
    ),
    "another purpose than was approved": (
        None, lambda c: {"groups": NAMED, "second": second(c), "purpose": "child"},
        "second_person_needed",
    ),
    "another's approval": (
        None,
        lambda c: {
            "groups": NAMED, "second": second(c), "by": make.make_member(agency=c.helper.agency),
        },
        "only_the_asker_may_do_this",
    ),
    "two in a day": (lambda c: use_up(c, 2), lambda c: {}, OPEN),
    "three in a day": (lambda c: use_up(c, 3), lambda c: {}, "break_glass_limit_of_a_day"),
    "three on the day before": (
        lambda c: use_up(c, 3, ago=dt.timedelta(hours=25)), lambda c: {}, OPEN,
    ),
    "ten in a month": (
        used_in_a_month,
        lambda c: {}, "break_glass_limit_of_a_month",
    ),
    "many codes tried": (tried, lambda c: {}, "break_glass_limit_of_a_day"),
    "a right that is suspended": (suspended, lambda c: {}, "break_glass_is_suspended"),
    "a right given back": (lifted, lambda c: {}, OPEN),
    "kept apart in person": (
        lambda c: apart(c, member=c.helper), lambda c: {}, "not_possible",
    ),
    "of an agency kept apart": (
        lambda c: apart(c, agency=c.helper.agency), lambda c: {}, "not_possible",
    ),
    "of a place kept apart": (
        lambda c: apart(c, district="BY-BR-01"), lambda c: {}, "not_possible",
    ),
    "kept apart, a life in danger": (
        lambda c: apart(c, member=c.helper), lambda c: {"purpose": "danger_to_life"},
        "not_possible",
    ),
    "let near again": (readmitted, lambda c: {}, OPEN),
    "who has left": (lambda c: gone(c.helper), lambda c: {}, "role_may_not_break_glass"),
    "of another role by now": (
        lambda c: now_a(c.helper, Role.AGENCY_ADMIN), lambda c: {}, "role_may_not_break_glass",
    ),
    "nobody to watch over it": (nobody_watches, lambda c: {}, "not_possible"),
    "nobody of the owner to tell": (owner_is_gone, lambda c: {}, "not_possible"),
}  # fmt: skip


@pytest.mark.parametrize("name", SITUATIONS)
def test_situations(cast: Cast, name: str) -> None:
    given, asked, expected = SITUATIONS[name]
    if given is not None:
        given(cast)
    wanted = asked(cast)
    before = BreakGlass.objects.count()

    try:
        with transaction.atomic():
            use = break_(cast, **wanted)
        found = OPEN
    except SafehandError as refusal:
        found = refusal.code

    opened = CaseAccess.objects.filter(because="break_glass", until__gt=NOW)
    assert (name, found) == (name, expected)
    assert BreakGlass.objects.count() - before == (found == OPEN)
    if found == OPEN:
        by = wanted.get("by", cast.helper)
        assert case_policy.groups(by, use.case) == {DataGroup.TRIAGE, *use.groups}
        assert told(use) >= {use.case.owner_id, cast.officer.agency_id, by.agency_id}
    elif given in (None, nobody_watches, owner_is_gone):
        assert not opened.exists()


def told(use: BreakGlass) -> set[int]:
    """The agencies of all who were told, the bell rung already."""
    rung = Delivery.objects.filter(event__subject=use.code, channel="in_app", state="done")
    return set(rung.values_list("member__agency", flat=True))


def test_forty_situations() -> None:
    assert len(SITUATIONS) >= 40


@pytest.mark.parametrize("table", ["notify_event", "notify_delivery", "notify_clock"])
@pytest.mark.django_db(transaction=True)
def test_no_notice_no_access(table: str) -> None:
    cast = make_cast()
    forbid(table)
    try:
        with pytest.raises(DatabaseError, match="no room for notices"):
            break_(cast)
    finally:
        allow(table)

    assert not CaseAccess.objects.filter(because="break_glass").exists()
    assert not BreakGlass.objects.exists()
    assert not case_policy.visible_to(cast.helper).exists()


def forbid(table: str) -> None:
    """The table takes no more rows, as where a disk is full."""
    as_owner(
        "CREATE OR REPLACE FUNCTION full_up() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE EXCEPTION 'no room for notices'; END$$",
        f"CREATE TRIGGER full_up BEFORE INSERT ON {table} EXECUTE FUNCTION full_up()",
    )


def allow(table: str) -> None:
    as_owner(f"DROP TRIGGER full_up ON {table}")


def as_owner(*statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute(f"SET ROLE {roles.WORKER}")


def test_an_unknown_code_and_one_kept_apart_cost_and_say_the_same(
    cast: Cast, by_session: Any
) -> None:
    apart(cast, member=cast.helper)
    client = by_session(cast.helper)
    # The first request of a session also begins it.
    client.get("break_glass/")
    answers, asked = [], []
    for code in ("SH-2222-2222", cast.case.code):
        body = {"case": code, "groups": ["contact"], "purpose": "medical", "reason": REASON}
        with CaptureQueriesContext(connection) as captured:
            answer = client.post("break_glass/", body)
        answers.append((answer.status_code, answer.json() | {"request_id": ""}))
        asked.append([shape(each["sql"]) for each in captured])

    assert answers[0] == answers[1]
    assert answers[0][1]["code"] == "not_possible"
    assert asked[0] == asked[1]
    rows = ApartAttempt.objects.order_by("pk").values_list("case_code", "what", "by")
    assert list(rows) == [
        ("SH-2222-2222", "break_glass", cast.helper.pk),
        (cast.case.code, "break_glass", cast.helper.pk),
    ]


def shape(sql: str) -> str:
    """Which tables a query is about, and nothing of its values."""
    if "SAVEPOINT" in sql:
        return " ".join(sql.split()[:-1])
    return " ".join(sql.split()[:1] + [w for w in sql.split() if w.startswith('"')][:3])


def test_the_attempt_is_told_to_the_owner_alone(cast: Cast, by_session: Any) -> None:
    apart(cast, member=cast.helper)
    body = {
        "case": cast.case.code,
        "groups": ["contact"],
        "purpose": "medical",
        "reason": REASON,
    }
    client = by_session(cast.helper)
    client.post("break_glass/", body)
    client.post("break_glass/", body | {"case": "SH-2222-2222"})

    watch()
    watch()

    rung = Delivery.objects.filter(event__kind="exclusion.attempted", channel="in_app")
    assert list(rung.values_list("member", "event__subject")) == [
        (cast.boss.pk, cast.case.code)
    ]
    assert AuditEvent.objects.filter(event="exclusion.attempted", actor="clock").count() == 1


def test_it_is_to_look_at_and_nothing_else(cast: Cast) -> None:
    colleague = make.make_member(agency=cast.worker.agency)
    for by in (cast.helper, colleague):
        break_(cast, by=by)
        now, not_now = case_policy.verbs_of_case(by, cast.case)

        assert now == []
        assert set(not_now.values()) == {"only_the_owner_may_do_this"}
        assert not case_policy.owned_and_visible_to(by).exists()
        assert not case_policy.consents_visible_to(by).exists()
        assert not case_policy.explainable_to(by).exists()
        assert not identification.visible_to(by).exists()
        assert not policy.may_reach(by, cast.case)


def test_it_is_neither_printed_nor_exported(cast: Cast, signed_in: Any) -> None:
    colleague = make.make_member(agency=cast.worker.agency)
    break_(cast, by=colleague, groups=[DataGroup.CONTACT])
    client = signed_in(colleague)

    statuses = [
        client.get(f"cases/{cast.case.code}/{path}").status_code
        for path in ("htcds/", "explain/", "timeline/", "consents/", "notes/")
    ]
    assert set(statuses) <= {403, 404}
    assert client.get(f"persons/{cast.case.person.code}/groups/contact/").status_code == 200
    assert client.get(f"persons/{cast.case.person.code}/groups/identity/").status_code == 403


def test_the_hour_ends_by_itself_and_is_written_down(cast: Cast) -> None:
    use = break_(cast, at=NOW - dt.timedelta(minutes=61))

    assert not case_policy.visible_to(cast.helper).exists()
    assert referral_queries.differing(cast.case.pk, at=NOW) == ""
    watch()
    use.refresh_from_db()
    assert use.ended_at is not None
    assert not CaseAccess.objects.filter(because="break_glass").exists()
    assert list(cast.case.timeline.filter(about=use.code).order_by("pk").values_list("event", flat=True)) == [
        "break_glass.opened", "break_glass.ended",
    ]  # fmt: skip


def test_the_table_of_access_agrees_while_it_is_open(cast: Cast) -> None:
    break_(cast)

    assert referral_queries.differing(cast.case.pk, at=NOW) == ""


def test_keeping_apart_ends_what_was_open(cast: Cast) -> None:
    use = break_(cast)

    apart(cast, agency=cast.helper.agency)

    assert not case_policy.visible_to(cast.helper).exists()
    use.refresh_from_db()
    assert use.ended_at == NOW
    assert referral_queries.differing(cast.case.pk, at=NOW) == ""


def test_the_reason_lies_sealed_and_nowhere_else(cast: Cast) -> None:
    code = second(cast, approve=None)
    row = TwoPersonAct.objects.get(code=code)
    assert REASON.encode() not in bytes(row.words or b"")
    use = break_(cast)
    assert REASON.encode() not in bytes(use.reason)
    seconding.take_back(code=code, by=cast.helper, at=NOW)
    row.refresh_from_db()

    assert row.words is None
    assert not AuditEvent.objects.filter(facts__icontains="bleeds").exists()


@pytest.mark.parametrize(
    ("who", "verdict"),
    [("helper", "reviewed_by_another"), ("chief", "role_may_not_review_break_glass"),
     ("worker", "role_may_not_review_break_glass"), ("boss", ""), ("officer", "")],
)  # fmt: skip
def test_who_looks_at_it_was_not_part_of_it(cast: Cast, who: str, verdict: str) -> None:
    use = break_(cast)

    assert policy.may_review(getattr(cast, who), use).reason == verdict


def test_who_approved_the_name_does_not_judge_it(cast: Cast) -> None:
    colleague = make.make_member(agency=cast.worker.agency)
    asked = glass.ask_second(
        code=cast.case.code,
        groups=NAMED,
        purpose="medical",
        reason=REASON,
        by=colleague,
        at=NOW,
    )
    seconding.decide(code=asked.code, approve=True, by=cast.boss, at=NOW)
    use = break_(cast, by=colleague, groups=NAMED, second=asked.code)

    assert policy.may_review(cast.boss, use).reason == "reviewed_by_another"
    assert policy.may_review(cast.officer, use)


@pytest.mark.parametrize(
    ("verdict", "suspends"),
    [("justified", False), ("training", False), ("not_justified", True)],
)
def test_a_no_suspends_the_right_and_ends_what_is_open(
    cast: Cast, verdict: str, suspends: bool
) -> None:
    use = break_(cast)

    reviewing.review(code=use.code, verdict=verdict, remarks=REASON, by=cast.boss, at=NOW)

    assert GlassRight.objects.filter(member=cast.helper).exists() == suspends
    assert case_policy.visible_to(cast.helper).exists() != suspends
    assert not Clock.objects.filter(subject=use.code, stopped_at__isnull=True).exists()
    with pytest.raises(Refused, match="break_glass_is_reviewed"):
        reviewing.review(code=use.code, verdict=verdict, remarks=REASON, by=cast.other, at=NOW)


def test_what_nobody_looked_at_in_time_suspends_the_right(cast: Cast) -> None:
    use_up(cast, 1, ago=dt.timedelta(hours=71))
    watch()
    assert not GlassRight.objects.exists()
    late = break_(cast, by=cast.chief, at=NOW - dt.timedelta(hours=73))

    watch()
    watch()

    right = GlassRight.objects.get()
    assert (right.member, right.because, right.use) == (cast.chief, "unreviewed", late)
    assert cast.case.timeline.filter(event="break_glass.suspended").count() == 1


def test_the_figures(cast: Cast) -> None:
    use_up(cast, 2, ago=dt.timedelta(hours=80))
    break_(cast)
    for use, at in zip(BreakGlass.objects.order_by("pk")[:2], (-70, 1), strict=True):
        reviewing.review(
            code=use.code, verdict="justified", remarks=REASON, by=cast.officer,
            at=NOW + dt.timedelta(hours=at),
        )  # fmt: skip
    with transaction.atomic():
        reads = AuditEvent.objects.filter(event="read").count()

    found = queries.figures(at=timezone.now())

    assert (found.uses, found.openings, found.due, found.in_time, found.not_justified) == (
        3, reads, 2, 1, 0,
    )  # fmt: skip
    assert found.in_time_percent == 50


def test_the_suspended_do_not_lift_their_own(cast: Cast) -> None:
    suspended(cast)
    now_a(cast.helper, Role.SUPERVISOR)
    cast.helper.refresh_from_db()

    for by in (cast.helper, cast.worker):
        with pytest.raises((Refused, Denied, Invalid)):
            reviewing.ask_to_lift(member=cast.helper, reason=REASON, by=by, at=NOW)

"""From the submission to the decision and its telling: who, when, and what must hold."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, InternalError, ProgrammingError, connection, transaction
from django.db.models import F
from django.utils import timezone

from agencies.models import Agency, Member
from agencies.roles import AgencyType, Role
from cases import policy as case_policy
from cases.actions import exclusion, lifecycle, override
from cases.actions.consent import Giving
from cases.apart import Whom
from cases.models import Case, CaseAccess
from demo import builders as make
from identification import policy, queries
from identification.actions import deciding, screening, submitting
from identification.actions.submitting import Anonymous
from identification.models import AnonymousNotice, Decision, Identification, Telling
from identification.tasks import turn
from kernel.errors import Denied, Invalid, Refused
from kernel.groups import DataGroup
from notify import ladder
from notify.models import Clock, Delivery, Rung, Task
from referral.actions import recalling, sending
from referral.queries import expected_access, stored_access

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
REASONS = "Her papers were kept and her wages withheld for a year."
GUARDIAN = Giving(
    given_by="guardian", form="written", language="bel", guardian="An aunt", assent="given"
)


@pytest.fixture
def possible(submitted: Case, officer: Member) -> Case:
    recognise(submitted, officer)
    return submitted


def now() -> dt.datetime:
    return timezone.now()


def of(case: Case) -> Identification:
    return Identification.objects.get(case=case)


def recognise(case: Case, by: Member) -> Identification:
    return deciding.recognise(code=case.code, reasons=REASONS, evidence=[], by=by, at=now())


def confirm(case: Case, by: Member) -> Identification:
    return deciding.confirm(code=case.code, reasons=REASONS, evidence=[], by=by, at=now())


def reject(case: Case, by: Member) -> Identification:
    return deciding.reject(code=case.code, reasons=REASONS, evidence=[], by=by, at=now())


def submit(case: Case, by: Member, authority: Agency, **words: Any) -> Identification:
    return submitting.submit(
        code=case.code, authority=authority, by=by, at=now(), **({"best_interest": ""} | words)
    )


def tell(case: Case, by: Member, **words: Any) -> Decision:
    decision = Decision.objects.filter(identification__case=case).latest("pk")
    said: Any = {
        "whom": "person",
        "told_at": now(),
        "way": "in_person",
        "language": "bel",
    } | words
    return deciding.tell(code=decision.code, **said, proof="She signed.", by=by, at=now())


def running(case: Case) -> dict[str, tuple[int, int]]:
    clocks = Clock.objects.filter(case=case.code, stopped_at__isnull=True)
    return {
        clock.purpose: (clock.sender_id, clock.receiver_id)
        for clock in clocks.exclude(purpose__in=["assessment", "plan"])
    }


def bells(member: Member) -> list[str]:
    rung = Delivery.objects.filter(member=member, channel="in_app").order_by("pk")
    return list(rung.values_list("event__kind", flat=True))


# Submitting


def test_an_officer_sees_submitted_cases_only_and_of_those_the_consented_groups(
    case: Case, sender: Member, authority: Agency, officer: Member, signed_in: Any
) -> None:
    client = signed_in(officer)
    make.make_screening(case=case, by=sender)
    make.make_consent(
        case=case, to=authority, by=sender, groups=[DataGroup.SCREENING, DataGroup.LEGAL],
        purpose="identification",
    )  # fmt: skip
    assert client.get(f"cases/{case.code}/").status_code == 404
    assert client.get("identifications/").json() == {"results": []}

    submit(case, sender, authority)

    assert case_policy.groups(officer, case) == {
        DataGroup.TRIAGE, DataGroup.SCREENING, DataGroup.LEGAL,
    }  # fmt: skip
    shown = client.get(f"cases/{case.code}/").json()
    assert set(shown) == {"code", "owner", "because", "groups", "verbs"}
    assert (shown["because"], shown["groups"]) == (
        "submitted", ["triage", "screening", "legal"],
    )  # fmt: skip
    person = case.person.code
    assert client.get(f"persons/{person}/groups/legal/").status_code == 200
    assert client.get(f"persons/{person}/groups/identity/").status_code == 403
    assert client.get(f"cases/{case.code}/statements/").status_code == 403
    assert client.get(f"cases/{case.code}/notes/").status_code == 404
    form = queries.filled_in(case)[0].code
    assert (
        client.get(f"screenings/{form}/").json()["answers"]["debt_bondage"]["answer"] == "yes"
    )
    (line,) = client.get("identifications/").json()["results"]
    assert (line["case"], line["state"]) == (case.code, "submitted")
    (listed,) = client.get("cases/").json()["results"]
    assert (listed["code"], listed["because"], listed["risk"]) == (
        case.code, "submitted", None,
    )  # fmt: skip


def test_another_authoritys_officer_sees_nothing(submitted: Case, signed_in: Any) -> None:
    stranger = signed_in(make.make_officer(authority=make.make_authority()))

    assert stranger.get(f"cases/{submitted.code}/").status_code == 404
    assert stranger.get(f"cases/{submitted.code}/identification/").status_code == 404
    assert stranger.get("identifications/").json() == {"results": []}
    assert stranger.get("cases/").json()["results"] == []


def test_a_submission_starts_the_clock_of_the_authority_and_tells_it(
    submitted: Case, authority: Agency, officer: Member
) -> None:
    clock = Clock.objects.get(case=submitted.code, purpose="decision")

    assert running(submitted) == {"decision": (submitted.owner_id, authority.pk)}
    assert clock.subject == of(submitted).code
    # Five working days, from any day of a week without holidays, end a week later or sooner.
    assert 5 * DAY <= clock.due_at - clock.started_at <= 9 * DAY
    assert bells(officer) == ["identification.submitted"]


def test_access_is_what_the_rule_says(submitted: Case, officer: Member) -> None:
    assert expected_access(submitted, at=now()) == stored_access(submitted, at=now())
    assert CaseAccess.objects.filter(because="submitted").count() == 1
    recognise(submitted, officer)
    assert expected_access(submitted, at=now()) == stored_access(submitted, at=now())


def refused(act: Any, *words: Any, **more: Any) -> str:
    """The code, and that nothing of it stayed."""
    before = list(Identification.objects.values_list("state", "version"))
    counts = Decision.objects.count(), CaseAccess.objects.count(), Clock.objects.count()
    with pytest.raises((Refused, Denied, Invalid)) as refusal:
        act(*words, **more)
    assert list(Identification.objects.values_list("state", "version")) == before
    assert counts == (
        Decision.objects.count(), CaseAccess.objects.count(), Clock.objects.count(),
    )  # fmt: skip
    return str(refusal.value.code)


def test_an_adult_is_submitted_with_their_own_consent_or_not_at_all(
    case: Case, sender: Member, authority: Agency
) -> None:
    make.make_screening(case=case, by=sender)
    assert refused(submit, case, sender, authority) == "no_consent"
    make.make_consent(case=case, to=authority, by=sender, groups=[DataGroup.SCREENING])
    assert refused(submit, case, sender, authority) == "no_consent"
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    asked = override.ask(
        code=case.code, agency=authority, groups=[DataGroup.TRIAGE, DataGroup.SCREENING],
        ground="legal_obligation", reason="The law is said to ask for it in this land.",
        by=sender, at=now(),
    )  # fmt: skip
    override.decide(code=asked.code, approve=True, by=boss, at=now())
    assert refused(submit, case, sender, authority) == "no_consent"

    make.make_consent(
        case=case, to=authority, by=sender, groups=[DataGroup.SCREENING],
        purpose="identification",
    )  # fmt: skip
    assert submit(case, sender, authority).state == "submitted"


def test_nothing_is_submitted_without_a_screening(
    case: Case, sender: Member, authority: Agency
) -> None:
    make.make_consent(
        case=case, to=authority, by=sender, groups=[DataGroup.SCREENING],
        purpose="identification",
    )  # fmt: skip
    assert refused(submit, case, sender, authority) == "no_screening_submitted"
    screening.begin(
        code=case.code, instrument="forced_labour_11", agreed=True, language="",
        with_interpreter=False, by=sender, at=now(),
    )  # fmt: skip
    assert refused(submit, case, sender, authority) == "no_screening_submitted"


def test_only_a_deciding_body_of_this_land_decides(case: Case, sender: Member) -> None:
    make.make_screening(case=case, by=sender)
    shelter = make.make_agency()
    unsigned = make.make_authority(signed=False)

    assert refused(submit, case, sender, shelter) == "not_a_deciding_body"
    assert refused(submit, case, sender, unsigned) == "no_sharing_protocol"


def test_an_agency_kept_apart_is_asked_for_nothing(
    case: Case, sender: Member, authority: Agency
) -> None:
    make.make_screening(case=case, by=sender)
    exclusion.exclude(code=case.code, whom=Whom(agency=authority), by=sender, at=now())

    assert refused(submit, case, sender, authority) == "not_possible"


def test_a_draft_and_a_closed_case_are_not_submitted(
    sender: Member, authority: Agency, case: Case
) -> None:
    draft = make.make_case(by=sender, open_=False)
    make.make_screening(case=draft, by=sender)
    assert refused(submit, draft, sender, authority) == "case_is_not_open"
    make.make_screening(case=case, by=sender)
    Case.objects.filter(pk=case.pk).update(state="closed", closure="other", closed_at=now())
    assert refused(submit, case, sender, authority) == "case_is_closed"


def test_nobody_but_the_owners_side_submits(
    case: Case, sender: Member, stranger: Member, authority: Agency, officer: Member
) -> None:
    make.make_screening(case=case, by=sender)
    for other in (stranger, officer, make.make_member(agency=sender.agency)):
        assert refused(submit, case, other, authority) == "only_the_owner_may_do_this"


# Consent ends


def test_a_consent_withdrawn_takes_a_waiting_submission_back_at_once(
    submitted: Case, sender: Member, officer: Member, signed_in: Any
) -> None:
    consent = submitted.consents.get(scopes__purpose="identification", scopes__group="triage")

    recalling.withdraw_consent(code=consent.code, by=sender, at=now())

    assert of(submitted).state == "screening"
    assert running(submitted) == {}
    assert case_policy.groups(officer, submitted) == set()
    assert signed_in(officer).get(f"cases/{submitted.code}/").status_code == 404
    assert bells(officer)[-1] == "identification.taken_back"


def test_a_consent_withdrawn_ends_reading_but_no_reflection_period(
    possible: Case, sender: Member, officer: Member, authority: Agency
) -> None:
    consent = possible.consents.get(scopes__purpose="identification", scopes__group="triage")

    recalling.withdraw_consent(code=consent.code, by=sender, at=now())

    assert (of(possible).state, case_policy.groups(officer, possible)) == (
        "possible",
        frozenset(),
    )
    assert "reflection" in running(possible)
    with time_machine.travel(now() + 31 * DAY):
        assert refused(confirm, possible, officer) == "no_consent"
    make.make_consent(
        case=possible, to=authority, by=sender, groups=[DataGroup.SCREENING],
        purpose="identification",
    )  # fmt: skip
    assert case_policy.groups(officer, possible) == {DataGroup.TRIAGE, DataGroup.SCREENING}


def test_the_person_leaves_the_procedure_and_comes_back(
    submitted: Case, sender: Member, authority: Agency, officer: Member
) -> None:
    submitting.take_back(code=submitted.code, by=sender, at=now())
    assert (of(submitted).state, running(submitted)) == ("screening", {})
    assert case_policy.groups(officer, submitted) == set()

    submit(submitted, sender, authority)

    assert (of(submitted).state, list(running(submitted))) == ("submitted", ["decision"])


# Declining


def test_an_adult_declines_and_only_an_anonymous_notice_is_left(
    case: Case, sender: Member, officer: Member, signed_in: Any
) -> None:
    make.make_screening(case=case, by=sender)

    submitting.decline(
        code=case.code, by=sender, at=now(),
        anonymous=Anonymous(with_region=True, exploitation=["ForcedLabour"]),
    )  # fmt: skip

    assert of(case).state == "declined"
    notice = AnonymousNotice.objects.get()
    assert (notice.region, notice.exploitation, notice.month.day) == (
        "BY-MI", ["ForcedLabour"], 1,
    )  # fmt: skip
    fields = {field.name for field in AnonymousNotice._meta.get_fields()}
    assert fields == {"id", "code", "month", "region", "exploitation"}
    assert notice.code not in str(list(case.timeline.values_list("about", "facts"))), (
        "no key leads from the case to the notice"
    )
    (line,) = signed_in(officer).get("anonymous_notices/").json()["results"]
    assert line == {
        "code": notice.code, "month": f"{notice.month:%Y-%m}", "region": "BY-MI",
        "exploitation": ["ForcedLabour"],
    }  # fmt: skip
    assert signed_in(sender).get("anonymous_notices/").json()["results"] == []
    assert bells(officer) == []


def test_who_declined_gets_all_help_and_may_come_back(
    case: Case, sender: Member, receiver: Member, service: Any
) -> None:
    make.make_screening(case=case, by=sender)
    submitting.decline(code=case.code, anonymous=None, by=sender, at=now())
    assert AnonymousNotice.objects.count() == 0

    make.make_consent(case=case, to=service.agency, by=sender)
    draft = make.make_draft(case=case, service=service, by=sender)
    assert sending.send(code=draft.code, by=sender, at=now()).state == "sent"
    assert submitting.resume(code=case.code, by=sender, at=now()).state == "screening"


@pytest.mark.parametrize("band", ["0-8", "9-17", "unknown"])
def test_a_child_does_not_decline(band: str, sender: Member) -> None:
    child = make.make_case(by=sender, age_band=band)
    make.make_screening(case=child, by=sender)

    def decline() -> None:
        submitting.decline(code=child.code, anonymous=Anonymous(), by=sender, at=now())

    assert refused(decline) == "not_for_a_child"
    assert AnonymousNotice.objects.count() == 0


# The child's path


@pytest.mark.parametrize("band", ["9-17", "unknown"])
def test_a_childs_best_interest_is_weighed_and_a_guardian_found(
    band: str, sender: Member, authority: Agency, officer: Member
) -> None:
    child = make.make_case(by=sender, age_band=band)
    make.make_screening(case=child, by=sender)
    make.make_consent(
        case=child, to=authority, by=sender, groups=[DataGroup.SCREENING],
        purpose="identification",
        giving=Giving(given_by="authority_best_interest", form="written", language="bel",
                      assent="given"),
    )  # fmt: skip
    assert refused(submit, child, sender, authority) == "best_interest_missing"

    submit(child, sender, authority, best_interest="The child is safe only if this is decided.")

    assert running(child).keys() == {"decision", "guardian"}
    assert Task.objects.get(kind="appoint_guardian").assignee == sender
    make.make_consent(case=child, to=make.make_agency(), by=sender, giving=GUARDIAN)
    assert running(child).keys() == {"decision"}
    assert Task.objects.get(kind="appoint_guardian").done_at is not None


def test_a_child_is_submitted_by_duty_where_nobody_can_consent(
    sender: Member, authority: Agency, officer: Member
) -> None:
    child = make.make_case(by=sender, age_band="9-17")
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    make.make_screening(case=child, by=sender)
    asked = override.ask(
        code=child.code, agency=authority, groups=[DataGroup.TRIAGE, DataGroup.SCREENING],
        ground="child_protection_duty", reason="The parents are among the suspects here.",
        by=sender, at=now(),
    )  # fmt: skip
    recalling.decide_override(code=asked.code, approve=True, by=boss, at=now())

    submit(child, sender, authority, best_interest="The parents may be the traffickers here.")

    assert case_policy.groups(officer, child) == {DataGroup.TRIAGE, DataGroup.SCREENING}


def test_a_decision_is_told_to_a_childs_guardian_and_not_to_the_child(
    sender: Member, authority: Agency, officer: Member
) -> None:
    child = make.make_case(by=sender, age_band="9-17")
    make.make_submitted(
        case=child, by=sender, authority=authority, giving=GUARDIAN,
        best_interest="The child is safe only if this is decided.",
    )  # fmt: skip
    assert "guardian" not in running(child)

    recognise(child, officer)

    assert list(Telling.objects.values_list("whom", flat=True)) == ["guardian"]
    assert refused(tell, child, sender) == "nobody_to_tell"
    tell(child, sender, whom="guardian")
    assert Telling.objects.get().told_by == sender


# Deciding


@pytest.mark.parametrize("act", [recognise, reject])
def test_who_took_part_does_not_decide(
    act: Any, case: Case, sender: Member, authority: Agency
) -> None:
    insider = make.make_officer(authority=authority)
    make.make_submitted(case=case, by=sender, authority=authority)
    first = of(case)
    assert policy.may_judge(insider, first)

    for took_part in ("interviewer", "submitter", "worker", "writer"):
        with transaction.atomic():
            if took_part == "interviewer":
                case.screenings.model.objects.create(
                    case=case, instrument="x", instrument_version="1", definition_sha256="",
                    content=b"", interviewer=insider, begun_at=now(),
                )  # fmt: skip
            if took_part == "submitter":
                Identification.objects.update(submitted_by=insider)
            if took_part == "worker":
                Case.objects.filter(pk=case.pk).update(worker=insider)
            if took_part == "writer":
                case.statements.create(
                    text=b"", told_on=make.today(), told_to_us=False,
                    written_at=now(), written_by=insider,
                )  # fmt: skip
            assert refused(act, case, insider) == "decider_was_the_interviewer"
            transaction.set_rollback(True)
    assert act(case, insider).state in {"possible", "not_confirmed"}


@pytest.mark.parametrize("act", [recognise, reject, confirm])
@pytest.mark.parametrize("who", ["sender", "stranger", "other_officer", "colleague"])
def test_nobody_but_the_authoritys_officers_decides(
    who: str, act: Any, submitted: Case, sender: Member, stranger: Member, authority: Agency
) -> None:
    others = {
        "sender": sender,
        "stranger": stranger,
        "other_officer": make.make_officer(authority=make.make_authority()),
        "colleague": make.make_member(agency=authority, role=Role.FOCAL_POINT),
    }

    assert refused(act, submitted, others[who]) == "only_an_officer_decides"


@pytest.mark.parametrize("act", [deciding.recognise, deciding.reject])
@pytest.mark.parametrize("reasons", ["", "   ", "Too short.", " " * 40])
def test_no_decision_without_reasons(
    reasons: str, act: Any, submitted: Case, officer: Member
) -> None:
    words: Any = {"code": submitted.code, "reasons": reasons, "evidence": [], "by": officer}

    assert refused(lambda: act(**words, at=now())) == "reason_too_short"


def test_evidence_is_named_by_its_code(
    submitted: Case, officer: Member, sender: Member
) -> None:
    own = queries.filled_in(submitted)[0].code
    other = make.make_screening(case=make.make_case(by=sender), by=sender).code

    def decide(evidence: list[str]) -> Identification:
        return deciding.recognise(
            code=submitted.code, reasons=REASONS, evidence=evidence, by=officer, at=now()
        )

    assert refused(decide, [own, other]) == "unknown_evidence"
    decide([own])
    assert Decision.objects.get().evidence == [own]


def test_a_decision_is_kept_with_its_reasons_and_never_changed(
    possible: Case, officer: Member, sender: Member, signed_in: Any
) -> None:
    decision = Decision.objects.get()

    assert (decision.stage, decision.result, decision.body, decision.decided_by) == (
        "preliminary", "positive", "internal_affairs", officer,
    )  # fmt: skip
    assert REASONS.encode() not in bytes(decision.reasons)
    shown = signed_in(sender).get(f"decisions/{decision.code}/").json()
    assert (shown["reasons"], shown["decided_by"]) == (REASONS, officer.username)
    with (
        pytest.raises((InternalError, ProgrammingError), match="is not changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE identification_decision SET result = 'negative'")


def test_more_information_sends_it_back_and_off_the_desk(
    submitted: Case, officer: Member, sender: Member, authority: Agency
) -> None:
    question = "Which employer kept the papers, and since when?"

    deciding.request_more(code=submitted.code, question=question, by=officer, at=now())

    assert (of(submitted).state, running(submitted)) == ("screening", {})
    assert case_policy.groups(officer, submitted) == set()
    task = Task.objects.get(kind="answer_authority")
    assert (task.assignee, task.case) == (sender, submitted.code)
    assert Telling.objects.count() == 0
    submit(submitted, sender, authority)
    task.refresh_from_db()
    assert task.done_by == sender


# The reflection period


def test_the_reflection_period_lasts_thirty_days_at_least(
    possible: Case, officer: Member
) -> None:
    began = of(possible).reflection_began_at
    assert began is not None
    assert (
        of(possible).reflection_earliest_end
        == of(possible).reflection_ends_at
        == (began + 30 * DAY)
    )
    for after in (0 * DAY, 29 * DAY, 30 * DAY - dt.timedelta(seconds=1)):
        with time_machine.travel(began + after, tick=False):
            assert refused(confirm, possible, officer) == "reflection_period_runs"
            assert refused(reject, possible, officer) == "reflection_period_runs"
    with time_machine.travel(began + 30 * DAY, tick=False):
        assert confirm(possible, officer).state == "confirmed"


def test_the_database_itself_keeps_the_minimum(possible: Case) -> None:
    with (
        pytest.raises(IntegrityError, match="reflection_ends_no_earlier"),
        transaction.atomic(),
    ):
        Identification.objects.update(reflection_ends_at=F("reflection_earliest_end") - DAY)


def test_the_period_warns_at_twenty_and_twenty_five_days(
    possible: Case, officer: Member, sender: Member
) -> None:
    began = of(possible).reflection_began_at
    assert began is not None
    clock = Clock.objects.get(purpose="reflection")

    fires = clock.rungs.order_by("fires_at", "position").values_list("fires_at", "role")

    assert list(fires) == [
        (began + 20 * DAY, "supervisor"), (began + 20 * DAY, "identification_officer"),
        (began + 25 * DAY, "supervisor"), (began + 25 * DAY, "identification_officer"),
    ]  # fmt: skip

    def warned() -> list[int]:
        near = Delivery.objects.filter(
            channel="in_app", event__subject=clock.subject, event__kind="deadline.near"
        )
        return [near.filter(member=member).count() for member in (sender, officer)]

    for after, expected in (
        (20 * DAY - dt.timedelta(seconds=1), 0),
        (20 * DAY, 1),
        (25 * DAY, 2),
    ):
        ladder.fire_due(began + after)
        assert warned() == [expected, expected]


def test_a_period_is_extended_and_never_shortened(possible: Case, officer: Member) -> None:
    began, ends = of(possible).reflection_began_at, of(possible).reflection_ends_at
    assert began is not None
    assert ends is not None

    def extend(until: dt.datetime, reason: str = REASONS) -> Identification:
        return deciding.extend(
            code=possible.code, until=until, reason=reason, by=officer, at=now()
        )

    assert refused(extend, ends) == "reflection_only_gets_longer"
    assert refused(extend, ends - DAY) == "reflection_only_gets_longer"
    assert refused(extend, began + 181 * DAY) == "reflection_too_long"
    assert refused(extend, ends + DAY, "short") == "reason_too_short"
    extend(ends + 15 * DAY)

    assert (of(possible).reflection_ends_at, of(possible).reflection_earliest_end) == (
        ends + 15 * DAY, ends,
    )  # fmt: skip
    clock = Clock.objects.get(purpose="reflection", stopped_at__isnull=True)
    assert clock.due_at == ends + 15 * DAY
    assert sorted(set(clock.rungs.values_list("fires_at", flat=True))) == [
        ends + 5 * DAY, ends + 10 * DAY,
    ]  # fmt: skip
    with time_machine.travel(ends + 14 * DAY, tick=False):
        assert refused(confirm, possible, officer) == "reflection_period_runs"
    with time_machine.travel(ends + 15 * DAY, tick=False):
        assert refused(extend, ends + 16 * DAY) == "reflection_has_ended"


def test_after_the_period_the_authority_owes_its_conclusion(
    possible: Case, officer: Member, sender: Member, authority: Agency
) -> None:
    began = of(possible).reflection_began_at
    assert began is not None
    tell(possible, sender)
    with time_machine.travel(began + 30 * DAY - dt.timedelta(seconds=1), tick=False):
        turn()
        assert running(possible).keys() == {"reflection"}
    with time_machine.travel(began + 30 * DAY, tick=False):
        turn()
        turn()

        assert running(possible) == {"conclusion": (possible.owner_id, authority.pk)}
        clock = Clock.objects.get(purpose="conclusion")
        assert clock.due_at == began + (30 + 90) * DAY
        assert bells(officer).count("identification.reflection_ended") == 1
        assert bells(sender).count("identification.reflection_ended") == 1
        confirm(possible, officer)
    assert running(possible).keys() == {"telling"}
    assert of(possible).decisions.latest("pk").stage == "conclusive"


# Telling, and another look


def test_who_must_be_told_and_the_proof(
    possible: Case, sender: Member, officer: Member, signed_in: Any
) -> None:
    telling = Telling.objects.get()
    assert (telling.whom, telling.told_at) == ("person", None)
    assert running(possible)["telling"] == (possible.owner_id, possible.owner_id)
    assert refused(tell, possible, sender, told_at=now() + DAY) == "told_out_of_time"
    assert refused(tell, possible, sender, told_at=now() - DAY) == "told_out_of_time"
    assert refused(tell, possible, sender, way="by_pigeon") == "unknown_code"
    assert refused(tell, possible, officer) == "only_the_owner_may_do_this"

    decision = tell(possible, sender)

    telling.refresh_from_db()
    assert (telling.told_by, telling.way, telling.language) == (sender, "in_person", "bel")
    assert b"signed" not in bytes(telling.proof or b"")
    shown = signed_in(sender).get(f"decisions/{decision.code}/").json()
    assert shown["proofs"] == {"person": "She signed."}
    assert "telling" not in running(possible)
    assert refused(tell, possible, sender) == "told_already"


def test_a_no_opens_a_window_from_the_day_it_was_told(
    submitted: Case, officer: Member, sender: Member, authority: Agency
) -> None:
    reject(submitted, officer)
    assert (of(submitted).state, of(submitted).reconsider_until) == ("not_confirmed", None)
    told_at = now()
    tell(submitted, sender, told_at=told_at)
    assert of(submitted).reconsider_until == told_at + 30 * DAY
    assert running(submitted).keys() == {"reconsideration"}

    def reconsider(evidence: str = "A colleague has come forward with the contracts.") -> Any:
        return submitting.reconsider(
            code=submitted.code, new_evidence=evidence, by=sender, at=now()
        )

    assert refused(reconsider, "short") == "reason_too_short"
    with time_machine.travel(told_at + 30 * DAY + dt.timedelta(seconds=1), tick=False):
        assert refused(reconsider) == "reconsideration_window_is_over"
        turn()
        assert running(submitted) == {}
    with time_machine.travel(told_at + 30 * DAY, tick=False):
        reconsider()
        assert (of(submitted).state, of(submitted).reconsider_until) == ("submitted", None)
        assert running(submitted).keys() == {"decision"}


def test_another_officer_than_who_said_no_looks_again(
    submitted: Case, officer: Member, sender: Member, authority: Agency
) -> None:
    reject(submitted, officer)
    submitting.reconsider(
        code=submitted.code, new_evidence="A colleague has come forward with contracts.",
        by=sender, at=now(),
    )  # fmt: skip

    assert refused(recognise, submitted, officer) == "reconsidered_by_another"
    other = make.make_officer(authority=authority)
    recognise(submitted, other)

    stages = list(Decision.objects.order_by("pk").values_list("stage", "result"))
    assert stages == [("preliminary", "negative"), ("reconsideration", "positive")]


def test_what_is_decided_is_off_the_desk(
    possible: Case, officer: Member, signed_in: Any
) -> None:
    ends = of(possible).reflection_ends_at
    assert ends is not None
    code = Decision.objects.get().code
    assert signed_in(officer).get(f"decisions/{code}/").status_code == 200
    with time_machine.travel(ends, tick=False):
        client = signed_in(officer)
        done = client.post(
            f"cases/{possible.code}/identification/confirm/", {"reasons": REASONS}
        )

        assert (done.status_code, done.json()) == (200, {"case": possible.code})
        for path in (
            f"cases/{possible.code}/", f"cases/{possible.code}/identification/",
            f"decisions/{code}/",
        ):  # fmt: skip
            assert client.get(path).status_code == 404
        assert client.get("identifications/").json() == {"results": []}


def test_moves_from_the_wrong_state_are_refused(
    possible: Case, sender: Member, authority: Agency
) -> None:
    assert refused(submit, possible, sender, authority) == "cannot_submit_when_possible"
    assert (
        refused(lambda: submitting.take_back(code=possible.code, by=sender, at=now()))
        == "cannot_take_back_when_possible"
    )
    assert (
        refused(
            lambda: submitting.decline(code=possible.code, anonymous=None, by=sender, at=now())
        )
        == "cannot_decline_when_possible"
    )


def test_the_standards_word_for_where_it_stands(
    submitted: Case, sender: Member, officer: Member, signed_in: Any
) -> None:
    path = f"cases/{submitted.code}/identification/"

    before = signed_in(sender).get(path).json()
    recognise(submitted, officer)
    after = signed_in(sender).get(path).json()

    assert (before["state"], before["htcds_status"]) == (
        "submitted", "PossibleVictimOfTrafficking",
    )  # fmt: skip
    assert (after["state"], after["htcds_status"]) == (
        "possible", "PossibleVictimOfTrafficking",
    )  # fmt: skip
    assert after["verbs"]["now"] == []
    assert after["verbs"]["not_now"]["confirm"] == "only_an_officer_decides"
    assert [d["result"] for d in after["decisions"]] == ["positive"]


def test_a_case_without_one_says_so(case: Case, sender: Member, signed_in: Any) -> None:
    shown = signed_in(sender).get(f"cases/{case.code}/identification/").json()

    assert (shown["code"], shown["state"], shown["decisions"]) == (None, "none", [])
    assert shown["retelling"] == {"told": 0, "retold": 0, "questions_asked_again": 0}


def test_help_goes_on_whatever_is_decided(
    submitted: Case, sender: Member, officer: Member
) -> None:
    reject(submitted, officer)
    submitted.refresh_from_db()

    assert submitted.state == "open"
    assert lifecycle.follow_up(code=submitted.code, by=sender, at=now()).state == "follow_up"


def test_rungs_of_a_decision_climb_to_the_nation(submitted: Case) -> None:
    clock = Clock.objects.get(purpose="decision")

    rungs = list(Rung.objects.filter(clock=clock).order_by("position").values_list("role"))

    assert [role for (role,) in rungs] == [
        "identification_officer", "identification_officer", "supervisor", "coordinator",
    ]  # fmt: skip


def test_the_deciding_body_is_a_setting_of_the_land(settings: Any, sender: Member) -> None:
    case = make.make_case(by=sender)
    police = make.make_authority()
    make.make_screening(case=case, by=sender)
    settings.JURISDICTION = "council_of_europe"
    ministry = make.make_authority(type=AgencyType.MINISTRY)

    assert ministry.deciding_body == "competent_authority"
    assert refused(submit, case, sender, police) == "not_a_deciding_body"

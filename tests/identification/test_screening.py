"""A form is filled in by parts, submitted once, corrected by another; nothing is asked twice unseen."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import InternalError, ProgrammingError, connection, transaction
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from audit.models import AuditEvent
from cases.models import Case
from demo import builders as make
from identification import queries, reading
from identification.actions import screening as screenings
from identification.models import Identification, Screening, Statement
from kernel.errors import Denied, Invalid, Refused

pytestmark = pytest.mark.django_db
FORM: dict[str, Any] = {
    "instrument": "forced_labour_11", "agreed": True, "language": "bel",
    "with_interpreter": True,
}  # fmt: skip
TOLD = {"answer": "yes", "basis": "told"}


def begin(case: Case, by: Member, **words: Any) -> Screening:
    return screenings.begin(code=case.code, **(FORM | words), by=by, at=timezone.now())


def answer(form: Screening, by: Member, **answers: Any) -> Screening:
    return screenings.answer(
        code=form.code, answers=answers, remarks=None, version=form.version, by=by,
        at=timezone.now(),
    )  # fmt: skip


def submit(form: Screening, by: Member) -> Screening:
    return screenings.submit(code=form.code, by=by, at=timezone.now())


def contents(form: Screening, by: Member) -> dict[str, Any]:
    return reading.read(form, by=by, why="test")["answers"]


def test_the_first_screening_begins_the_identification(case: Case, sender: Member) -> None:
    form = begin(case, sender)

    assert (form.state, form.interviewer, form.instrument_version) == (
        "draft", sender, "2012.1",
    )  # fmt: skip
    assert Identification.objects.get(case=case).state == "screening"
    events = list(case.timeline.order_by("pk").values_list("event", flat=True))
    assert events[-2:] == ["identification.begin", "screening.begun"]


def test_answers_are_kept_part_by_part(case: Case, sender: Member) -> None:
    form = begin(case, sender)

    form = answer(form, sender, deception=TOLD)
    form = answer(form, sender, isolation={"answer": "unknown", "basis": "seen"})

    today = make.today().isoformat()
    assert contents(form, sender) == {
        "deception": {"answer": "yes", "basis": "told", "on": today},
        "isolation": {"answer": "unknown", "basis": "seen", "on": today},
    }
    assert form.version == 3


def test_two_who_answer_at_once_do_not_overwrite(case: Case, sender: Member) -> None:
    form = begin(case, sender)
    answer(form, sender, deception=TOLD)

    with pytest.raises(Refused, match="changed_meanwhile"):
        screenings.answer(
            code=form.code, answers={"isolation": TOLD}, remarks=None, version=1, by=sender,
            at=timezone.now(),
        )  # fmt: skip


def test_what_was_submitted_stays_as_it_is(case: Case, sender: Member) -> None:
    form = submit(answer(begin(case, sender), sender, deception=TOLD), sender)

    for act in (
        lambda: answer(form, sender, isolation=TOLD),
        lambda: submit(form, sender),
        lambda: screenings.discard(code=form.code, by=sender, at=timezone.now()),
    ):
        with pytest.raises(Refused, match="screening_is_submitted"):
            act()
    assert contents(form, sender)["deception"]["answer"] == "yes"


@pytest.mark.parametrize("column", ["content", "state", "instrument_version"])
def test_the_database_itself_refuses_to_change_it(
    column: str, case: Case, sender: Member
) -> None:
    form = make.make_screening(case=case, by=sender)

    with (
        pytest.raises((InternalError, ProgrammingError), match="is not changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"UPDATE identification_screening SET {column} = {column} WHERE id = %s",
            [form.pk],
        )


def test_a_correction_is_a_new_version_beside_the_old(case: Case, sender: Member) -> None:
    old = make.make_screening(case=case, by=sender, yes=("deception", "isolation"))

    new = screenings.correct(code=old.code, by=sender, at=timezone.now())
    new = answer(new, sender, isolation={"answer": "no", "basis": "told"})
    new = submit(new, sender)

    old.refresh_from_db()
    assert (new.corrects, old.state, new.state) == (old, "submitted", "submitted")
    assert contents(old, sender)["isolation"]["answer"] == "yes"
    assert contents(new, sender)["isolation"]["answer"] == "no"
    assert contents(new, sender)["deception"]["answer"] == "yes"
    assert queries.filled_in(case) == [new]
    # Only what was changed was asked of the person.
    assert (new.asked, new.asked_again) == (1, 0)


def test_a_screening_is_corrected_once(case: Case, sender: Member) -> None:
    old = make.make_screening(case=case, by=sender)
    new = screenings.correct(code=old.code, by=sender, at=timezone.now())

    with pytest.raises(Refused, match="screening_is_corrected"):
        screenings.correct(code=old.code, by=sender, at=timezone.now())
    screenings.discard(code=new.code, by=sender, at=timezone.now())
    assert screenings.correct(code=old.code, by=sender, at=timezone.now()).corrects == old


def test_a_draft_is_not_corrected(case: Case, sender: Member) -> None:
    form = begin(case, sender)

    with pytest.raises(Refused, match="cannot_correct_when_draft"):
        screenings.correct(code=form.code, by=sender, at=timezone.now())


def test_earlier_answers_are_carried_over_with_source_and_day(
    case: Case, sender: Member
) -> None:
    with time_machine.travel(timezone.now() - dt.timedelta(days=9), tick=False):
        first = make.make_screening(case=case, by=sender, yes=("deception",))
        day = make.today().isoformat()
    second = submit(answer(begin(case, sender), sender, isolation=TOLD), sender)

    third = begin(case, sender)

    carried = {"answer": "yes", "basis": "earlier", "from": first.code, "on": day}
    assert contents(second, sender)["deception"] == carried
    # Carried twice, it still names who asked first.
    assert contents(third, sender) == {
        "deception": carried,
        "isolation": {
            "answer": "yes", "basis": "earlier", "from": second.code,
            "on": make.today().isoformat(),
        },
    }  # fmt: skip


def test_how_often_the_person_was_asked_is_counted(case: Case, sender: Member) -> None:
    make.make_screening(case=case, by=sender, yes=("deception", "isolation"))
    assert queries.retelling(case) == queries.Retelling(1, 0, 0)
    form = begin(case, sender)
    again = submit(answer(form, sender, deception=TOLD, debt_bondage=TOLD), sender)

    assert (again.asked, again.asked_again) == (2, 1)
    assert queries.retelling(case) == queries.Retelling(2, 1, 1)
    screenings.state(
        code=case.code, text="She told me.", told_on=make.today(), told_to_us=True,
        language="bel", by=sender, at=timezone.now(),
    )  # fmt: skip
    assert queries.retelling(case) == queries.Retelling(3, 2, 1)


def test_what_nobody_asked_the_person_is_no_retelling(case: Case, sender: Member) -> None:
    seen = {"answer": "yes", "basis": "seen"}
    submit(answer(begin(case, sender), sender, deception=seen), sender)
    submit(begin(case, sender), sender)
    screenings.state(
        code=case.code, text="From the file of the police.", told_on=make.today(),
        told_to_us=False, language="", by=sender, at=timezone.now(),
    )  # fmt: skip

    assert queries.retelling(case) == queries.Retelling(0, 0, 0)


def test_no_narrative_is_needed_but_some_answer_is(case: Case, sender: Member) -> None:
    form = begin(case, sender)

    with pytest.raises(Refused, match="nothing_answered"):
        submit(form, sender)
    form = answer(form, sender, deception={"answer": "not_asked", "basis": "told"})
    with pytest.raises(Refused, match="nothing_answered"):
        submit(form, sender)
    form = answer(form, sender, deception={"answer": "no", "basis": "told"})
    assert submit(form, sender).state == "submitted"


def test_the_person_agrees_to_be_asked(case: Case, sender: Member) -> None:
    with pytest.raises(Invalid) as refusal:
        begin(case, sender, agreed=False)

    assert (refusal.value.code, refusal.value.pointer) == ("person_did_not_agree", "/agreed")
    assert (Screening.objects.count(), Identification.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("answers", "code", "pointer"),
    [
        ({"no_such": TOLD}, "unknown_question", "/answers/no_such"),
        ({"deception": {"answer": "maybe", "basis": "told"}}, "unknown_code",
         "/answers/deception/answer"),
        ({"deception": {"answer": "yes", "basis": "earlier"}}, "unknown_code",
         "/answers/deception/basis"),
    ],
)  # fmt: skip
def test_a_wrong_answer_keeps_nothing_of_its_part(
    answers: Any, code: str, pointer: str, case: Case, sender: Member
) -> None:
    form = begin(case, sender)

    with pytest.raises(Invalid) as refusal:
        answer(form, sender, isolation=TOLD, **answers)

    assert (refusal.value.code, refusal.value.pointer) == (code, pointer)
    form.refresh_from_db()
    assert (contents(form, sender), form.version) == ({}, 1)


@pytest.mark.parametrize("band", ["9-17", "unknown"])
def test_an_adults_instrument_is_not_used_for_a_child(band: str, sender: Member) -> None:
    child = make.make_case(by=sender, age_band=band)

    with pytest.raises(Refused, match="instrument_is_for_adult"):
        begin(child, sender, instrument="ilo_adult_labour")
    assert begin(child, sender).instrument == "forced_labour_11"


def test_somebody_who_turns_out_a_child_is_not_screened_as_an_adult(
    case: Case, sender: Member
) -> None:
    form = answer(begin(case, sender, instrument="ilo_adult_labour"), sender,
                  **{"D1-01": TOLD})  # fmt: skip
    case.person.age_band = "9-17"
    case.person.save()

    with pytest.raises(Refused, match="instrument_is_for_adult"):
        submit(form, sender)


def test_a_structure_without_questions_is_not_filled_in(case: Case, sender: Member) -> None:
    with pytest.raises(Refused, match="instrument_without_questions"):
        begin(case, sender, instrument="ilo_adult_sexual")
    with pytest.raises(Invalid, match="unknown_instrument"):
        begin(case, sender, instrument="no_such")


def test_one_form_at_a_time(case: Case, sender: Member) -> None:
    form = begin(case, sender)

    with pytest.raises(Refused, match="screening_is_begun"):
        begin(case, sender)
    screenings.discard(code=form.code, by=sender, at=timezone.now())
    assert begin(case, sender).state == "draft"


def test_only_the_interviewer_writes(case: Case, sender: Member) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    form = begin(case, sender)

    with pytest.raises(Denied, match="only_the_interviewer_writes"):
        answer(form, boss, deception=TOLD)


def test_answers_and_statements_are_sealed_and_their_reading_is_written_down(
    case: Case, sender: Member, signed_in: Any
) -> None:
    form = make.make_screening(case=case, by=sender)
    screenings.state(
        code=case.code, text="Her very own words.", told_on=make.today(),
        told_to_us=True, language="bel", by=sender, at=timezone.now(),
    )  # fmt: skip
    opened = AuditEvent.objects.filter(case=case.code, event__startswith="read.s")
    before = opened.count()

    shown = signed_in(sender).get(f"screenings/{form.code}/").json()
    told = signed_in(sender).get(f"cases/{case.code}/statements/").json()["results"]

    assert shown["answers"]["debt_bondage"]["answer"] == "yes"
    assert [each["text"] for each in told] == ["Her very own words."]
    for stored in (Screening.objects.get().content, Statement.objects.get().text):
        assert b"debt_bondage" not in bytes(stored)
        assert b"words" not in bytes(stored)
    reads = opened.order_by("pk")
    assert [(e.event, e.groups) for e in list(reads)[before:]] == [
        ("read.screening", ["screening"]), ("read.statements", ["trafficking"]),
    ]  # fmt: skip


def test_the_suggestion_comes_with_its_rule_and_its_signs(
    case: Case, sender: Member, signed_in: Any
) -> None:
    form = make.make_screening(case=case, by=sender, yes=("deception",))

    (suggestion,) = signed_in(sender).get(f"screenings/{form.code}/").json()["suggestions"]

    assert (suggestion["dimension"], suggestion["present"], suggestion["rule"]) == (
        "forced_labour", True, "any_one",
    )  # fmt: skip
    assert suggestion["because"] == ["deception"]
    assert set(suggestion["words"]) == {"en", "ru", "be"}


def test_a_statement_is_not_of_tomorrow(case: Case, sender: Member) -> None:
    with pytest.raises(Invalid) as refusal:
        screenings.state(
            code=case.code, text="x", told_on=make.today() + dt.timedelta(days=2),
            told_to_us=True, language="", by=sender, at=timezone.now(),
        )  # fmt: skip

    assert (refusal.value.code, refusal.value.pointer) == ("date_in_the_future", "/told_on")
    assert Statement.objects.count() == 0


def test_the_form_over_http(case: Case, sender: Member, signed_in: Any) -> None:
    client = signed_in(sender)

    begun = client.post(f"cases/{case.code}/screenings/", FORM)
    code, tag = begun.json()["code"], begun["ETag"]
    kept = client.http.patch(
        f"/api/v1/screenings/{code}/", {"answers": {"deception": {"answer": "yes"}}},
        format="json", HTTP_IF_MATCH=tag,
    )  # fmt: skip
    stale = client.http.patch(
        f"/api/v1/screenings/{code}/", {"answers": {}}, format="json", HTTP_IF_MATCH=tag
    )
    sent = client.post(f"screenings/{code}/submit/")
    corrected = client.post(f"screenings/{code}/correct/")
    listed = client.get(f"cases/{case.code}/screenings/").json()["results"]

    assert [a.status_code for a in (begun, kept, stale, sent, corrected)] == [
        201, 200, 412, 200, 200,
    ]  # fmt: skip
    assert kept.json()["answers"]["deception"]["basis"] == "told"
    assert sent.json()["state"] == "submitted"
    assert corrected.json()["corrects"] == code
    assert [line["code"] for line in listed] == [corrected.json()["code"], code]

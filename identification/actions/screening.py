"""Fill in an indicator form: begin, answer in parts, submit, correct; and keep what was told."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from agencies.models import Member
from agencies.roles import Role
from audit import log
from cases import deadlines, policy, timeline, vault
from cases.actions.lifecycle import locked as locked_case
from cases.models import Case
from cases.policy import Verb as CaseVerb
from identification import instruments, queries
from identification.actions.moving import locked, move
from identification.instruments import Definition
from identification.models import Instrument, Screening, Statement
from identification.policy import may_fill_in, may_publish
from identification.reading import Content, definition_of, read, read_all
from identification.workflow import Answer, Basis, Population, ScreeningState, State, Verb
from kernel.errors import Invalid, Refused
from kernel.fields import EARLIEST

# What a worker may say of an answer; `earlier` is what the service itself carries over.
SAID = frozenset(Basis) - {Basis.EARLIER}
SILENT = frozenset({Answer.NOT_ASKED.value})
LONGEST_REMARKS = 4000


@transaction.atomic
def begin(
    *,
    code: str,
    instrument: str,
    agreed: bool,
    language: str,
    with_interpreter: bool,
    by: Member,
    at: dt.datetime,
) -> Screening:
    """Begin a form with the answers that the person has given before, each with its source and
    day, so that nobody has to tell them twice. The person has agreed to be asked."""
    case = locked_case(code)
    policy.may(by, CaseVerb.SCREEN, case).require()
    definition = instruments.latest(instrument)
    if definition is None:
        raise Invalid("unknown_instrument", pointer="/instrument")
    _check_fits(definition, case)
    if not agreed:
        raise Invalid("person_did_not_agree", pointer="/agreed")
    begun = Screening.objects.filter(
        case=case, instrument=instrument, interviewer=by, state=ScreeningState.DRAFT
    )
    if begun.exists():
        raise Refused("screening_is_begun", state=ScreeningState.DRAFT)
    screening = _new(case, definition, by=by, at=at)
    screening.language, screening.with_interpreter = language, with_interpreter
    earlier = _earlier(case, definition, by=by)
    screening.content = _sealed(screening, {"answers": earlier, "remarks": ""})
    screening.save(force_insert=True)
    identification = locked(case)
    if identification.state == State.NONE:
        move(identification, Verb.BEGIN, by=by, at=at)
    timeline.record(
        case,
        "screening.begun",
        by=by,
        at=at,
        about=screening.code,
        facts={"instrument": instrument, "carried_over": len(earlier)},
    )
    return screening


@transaction.atomic
def answer(
    *,
    code: str,
    answers: Mapping[str, Mapping[str, str]],
    remarks: str | None,
    version: int,
    by: Member,
    at: dt.datetime,
) -> Screening:
    """Keep these answers beside those that are there; nothing else of the form is touched."""
    screening = _draft(code, by=by)
    if screening.version != version:
        raise Refused("changed_meanwhile", state=screening.state)
    definition = definition_of(screening)
    content = read(screening, by=by, why="answer")
    today = deadlines.today(screening.case, at).isoformat()
    for name, said in answers.items():
        content["answers"][name] = _checked(definition, name, said) | {"on": today}
    if remarks is not None:
        if len(remarks) > LONGEST_REMARKS:
            raise Invalid("text_too_long", pointer="/remarks")
        content["remarks"] = remarks
    screening.content = _sealed(screening, content)
    screening.version += 1
    screening.save(update_fields=["content", "version"])
    timeline.record(
        screening.case,
        "screening.answered",
        by=by,
        at=at,
        about=screening.code,
        facts={"n": len(answers)},
    )
    return screening


@transaction.atomic
def submit(*, code: str, by: Member, at: dt.datetime) -> Screening:
    """The form is filled in as far as it will be, and stays as it is."""
    screening = _draft(code, by=by)
    _check_fits(definition_of(screening), screening.case)
    answers = read(screening, by=by, why="submit")["answers"]
    if all(said["answer"] in SILENT for said in answers.values()):
        raise Refused("nothing_answered", state=screening.state)
    before = _told_before(screening, by=by)
    asked = {name for name, said in answers.items() if _was_asked(said)}
    if screening.corrects is not None:
        # A correction asks only what it changes.
        old = read(screening.corrects, by=by, why="submit")["answers"]
        asked = {name for name in asked if old.get(name) != answers[name]}
    screening.state, screening.submitted_at = ScreeningState.SUBMITTED, at
    screening.asked, screening.asked_again = len(asked), len(asked & before)
    screening.version += 1
    screening.save(update_fields=["state", "submitted_at", "asked", "asked_again", "version"])
    timeline.record(
        screening.case,
        "screening.submitted",
        by=by,
        at=at,
        about=screening.code,
        facts={"asked": len(asked), "asked_again": screening.asked_again},
    )
    return screening


@transaction.atomic
def correct(*, code: str, by: Member, at: dt.datetime) -> Screening:
    """A new version with the same answers, to be changed and submitted; the old one stays."""
    old = _held(code)
    policy.may(by, CaseVerb.SCREEN, old.case).require()
    if old.state != ScreeningState.SUBMITTED:
        raise Refused(f"cannot_correct_when_{old.state}", state=old.state)
    if Screening.objects.filter(corrects=old).exists():
        raise Refused("screening_is_corrected", state=old.state)
    new = _new(old.case, definition_of(old), by=by, at=at)
    new.corrects, new.language = old, old.language
    new.with_interpreter = old.with_interpreter
    new.content = _sealed(new, read(old, by=by, why="correct"))
    new.save(force_insert=True)
    timeline.record(
        old.case, "screening.correct", by=by, at=at, about=new.code, facts={"of": old.code}
    )
    return new


@transaction.atomic
def discard(*, code: str, by: Member, at: dt.datetime) -> Screening:
    """Give up a form that was begun. What was submitted cannot be discarded. A supervisor may do it
    for somebody who is gone."""
    screening = _draft(code, by=by, also=Role.SUPERVISOR)
    screening.state, screening.corrects = ScreeningState.DISCARDED, None
    screening.version += 1
    screening.save(update_fields=["state", "corrects", "version"])
    timeline.record(screening.case, "screening.discarded", by=by, at=at, about=screening.code)
    return screening


@transaction.atomic
def state(
    *,
    code: str,
    text: str,
    told_on: dt.date,
    told_to_us: bool,
    language: str,
    by: Member,
    at: dt.datetime,
) -> Statement:
    """Keep what the person told, or what a document says that they told, with its day."""
    case = locked_case(code)
    policy.may(by, CaseVerb.SCREEN, case).require()
    if told_on > deadlines.today(case, at):
        raise Invalid("date_in_the_future", pointer="/told_on")
    if told_on.year < EARLIEST:
        raise Invalid("not_a_date", pointer="/told_on")
    statement = Statement(
        case=case,
        told_on=told_on,
        told_to_us=told_to_us,
        language=language,
        written_at=at,
        written_by=by,
    )
    statement.text = vault.seal_text(case.person, text, place=statement.code)
    statement.save(force_insert=True)
    timeline.record(case, "statement.written", by=by, at=at, about=statement.code)
    return statement


@transaction.atomic
def publish(*, definition: Any, by: Member, at: dt.datetime) -> Definition:
    """Publish a version of a questionnaire. What was published is never changed: the next version
    is another one, and screenings keep theirs."""
    may_publish(by).require()
    read_ = instruments.read(definition)
    if not read_.can_be_filled_in:
        raise Invalid("instrument_without_questions", pointer="/definition/question")
    if instruments.get(read_.code, read_.version) is not None:
        raise Refused("instrument_version_is_there", state=read_.version)
    Instrument.objects.create(
        code=read_.code,
        version=read_.version,
        population=read_.population,
        definition=definition,
        published_at=at,
        published_by=by,
    )
    log.record("instrument.published", by=by, about=read_.code, facts={"n": read_.version})
    return read_


def _new(case: Case, definition: Definition, *, by: Member, at: dt.datetime) -> Screening:
    return Screening(
        case=case,
        instrument=definition.code,
        instrument_version=definition.version,
        definition_sha256=definition.sha256,
        interviewer=by,
        begun_at=at,
    )


def _check_fits(definition: Definition, case: Case) -> None:
    if not definition.can_be_filled_in:
        raise Refused("instrument_without_questions", state=definition.version)
    wanted = Population.CHILD if case.person.is_child else Population.ADULT
    if definition.population not in {Population.ANY, wanted}:
        raise Refused(f"instrument_is_for_{definition.population}", state=wanted)


def _earlier(case: Case, definition: Definition, *, by: Member) -> dict[str, Any]:
    """The newest answer that was given before to each question of this instrument."""
    rows = [each for each in queries.filled_in(case) if each.instrument == definition.code]
    contents = read_all(rows, by=by, why="carry_over")
    found: dict[str, Any] = {}
    for row in rows:
        for name, said in contents[row.code]["answers"].items():
            if name in definition.questions and said["answer"] not in SILENT:
                source = said.get("from") or row.code
                carried = {"basis": Basis.EARLIER.value, "from": source, "on": said["on"]}
                found.setdefault(name, {"answer": said["answer"], **carried})
    return found


def _told_before(screening: Screening, *, by: Member) -> set[str]:
    rows = [
        each
        for each in queries.filled_in(screening.case)
        if each.instrument == screening.instrument and each.pk != screening.corrects_id
    ]
    contents = read_all(rows, by=by, why="submit")
    return {
        name
        for content in contents.values()
        for name, said in content["answers"].items()
        if _was_asked(said)
    }


def _was_asked(said: Mapping[str, str]) -> bool:
    return said["basis"] == Basis.TOLD and said["answer"] not in SILENT


def _checked(definition: Definition, name: str, said: Mapping[str, str]) -> dict[str, str]:
    pointer = f"/answers/{name[:60].replace('~', '~0').replace('/', '~1')}"
    if name not in definition.questions:
        raise Invalid("unknown_question", pointer=pointer)
    if said["answer"] not in Answer.values:
        raise Invalid("unknown_code", pointer=f"{pointer}/answer")
    if said["basis"] not in SAID:
        raise Invalid("unknown_code", pointer=f"{pointer}/basis")
    return {"answer": said["answer"], "basis": said["basis"]}


def _held(code: str) -> Screening:
    """The screening, held with its case against every other change."""
    case_code = Screening.objects.values_list("case__code", flat=True).get(code=code)
    case = locked_case(case_code)
    rows = Screening.objects.select_for_update(of=("self",), no_key=True)
    screening = rows.select_related("interviewer", "corrects").get(code=code)
    screening.case = case
    if screening.corrects is not None:
        screening.corrects.case = case
    return screening


def _draft(code: str, *, by: Member, also: str = "") -> Screening:
    """A form that is still being filled in, by who asks the questions."""
    screening = _held(code)
    policy.may(by, CaseVerb.SCREEN, screening.case).require()
    may_fill_in(by, screening, also=also).require()
    if screening.state != ScreeningState.DRAFT:
        raise Refused("screening_is_submitted", state=screening.state)
    return screening


def _sealed(screening: Screening, content: Content) -> bytes:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return vault.seal_text(screening.case.person, text, place=screening.code)

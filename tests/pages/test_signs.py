"""Signs of a case: forms filled in part by part, so that nobody is made to tell a thing twice."""

import re
from typing import Any

import pytest
from django.utils import timezone
from django.utils.html import escape

from agencies.models import Member
from audit.models import AuditEvent
from cases.models import Case, FormDraft
from demo import builders as make
from identification import instruments
from identification.actions import screening as acts
from identification.models import Screening, Statement
from identification.reading import read
from kernel.groups import DataGroup
from referral.actions import sending
from referral.models import Referral

MOST_BYTES, MOST_QUERIES = 60_000, 12
LARGEST: dict[str, Any] = {"instrument": "ilo_adult_labour", "agreed": True, "language": "bel"}


def begin(case: Case, by: Member) -> Screening:
    return acts.begin(
        code=case.code, **LARGEST, with_interpreter=False, by=by, at=timezone.now()
    )


def told(case: Case, by: Member, text: str = "They took my papers.") -> Statement:
    return acts.state(
        code=case.code, text=text, told_on=make.today(), told_to_us=True,
        language="bel", by=by, at=timezone.now(),
    )  # fmt: skip


def reads(by: Member) -> int:
    opened = AuditEvent.objects.filter(event__startswith="read", actor=by.username)
    return opened.exclude(event="read.case").count()


def answers(screening: Screening, by: Member) -> dict[str, Any]:
    screening.refresh_from_db()
    return {
        name: (said["answer"], said["basis"])
        for name, said in read(screening, by=by, why="test")["answers"].items()
    }


def test_the_tab_lists_forms_and_keeps_words_closed_until_asked(
    visiting: Any, case: Case, sender: Member
) -> None:
    form = make.make_screening(case=case, by=sender)
    told(case, sender)
    visitor, path = visiting(sender), f"/cases/{case.code}/signs/"
    before = reads(sender)

    closed = visitor.see(path).content.decode()
    kept = reads(sender)
    opened = visitor.see(f"{path}?open=told").content.decode()

    assert (f"/screenings/{form.code}/" in closed, "took my papers" in closed) == (True, False)
    assert "The person has told what happened 2 times." in closed
    assert "Telling it again hurts" in closed
    assert ("took my papers" in opened, kept - before, reads(sender) - kept) == (True, 0, 1)


def test_a_stranger_and_a_receiver_without_the_group_learn_nothing(
    visiting: Any, accepted: Referral, receiver: Member, stranger: Member, sender: Member
) -> None:
    form = make.make_screening(case=accepted.case, by=sender)

    seen = [
        visiting(member).see(path).status_code
        for member in (stranger, receiver)
        for path in (
            f"/cases/{accepted.case.code}/signs/", f"/screenings/{form.code}/",
            f"/screenings/{form.code}/check/", f"/screenings/{form.code}/do/correct/",
        )
    ]  # fmt: skip

    assert seen == [404] * 8


def test_a_form_is_begun_with_the_persons_agreement(
    visiting: Any, case: Case, sender: Member
) -> None:
    visitor, path = visiting(sender), f"/cases/{case.code}/signs/new/"

    shown = visitor.see(path).content.decode()
    refused = visitor.do(path, {"instrument": "ilo_adult_labour", "language": "rus"})
    begun = visitor.do(path, LARGEST)

    found = Screening.objects.get(case=case)
    text = refused.content.decode()
    assert "ilo_child_labour" not in shown
    assert "Nobody is asked who has not agreed to be asked." in text
    assert 'value="rus" selected' in text
    assert begun.redirect_chain == [(f"/screenings/{found.code}/", 302)]
    assert (found.language, found.interviewer) == ("bel", sender)


def test_what_the_person_told_is_kept(visiting: Any, case: Case, sender: Member) -> None:
    words = {"text": "I worked at night.", "told_on": "2026-01-02", "told_to_us": "no"}
    path = f"/cases/{case.code}/signs/told/"

    late = visiting(sender).do(path, words | {"told_on": "2999-01-01"}).content.decode()
    kept = visiting(sender).do(path, words)

    assert ("still to come" in late, "I worked at night." in late) == (True, True)
    assert kept.redirect_chain == [(f"/cases/{case.code}/signs/", 302)]
    assert Statement.objects.get(case=case).told_to_us is False


def test_a_part_is_saved_and_the_next_one_follows(
    visiting: Any, case: Case, sender: Member
) -> None:
    form, visitor = begin(case, sender), visiting(sender)
    path = f"/screenings/{form.code}/"

    on = visitor.do(
        path, {"version": 1, "a-D1-01": "yes", "b-D1-01": "seen", "remarks": "Shy."}
    )
    later = visitor.do(f"{path}?part=6", {"version": 2, "remarks": "Shy.", "later": "1"})
    last = visitor.do(f"{path}?part=6", {"version": 3, "remarks": "Shy."})

    assert on.redirect_chain == [(f"{path}?part=2", 302)]
    assert later.redirect_chain == [(f"/cases/{case.code}/signs/", 302)]
    assert last.redirect_chain == [(f"{path}check/", 302)]
    assert answers(form, sender) == {"D1-01": ("yes", "seen")}
    assert read(form, by=sender, why="test")["remarks"] == "Shy."


def test_a_stale_page_says_so_and_loses_nothing(
    visiting: Any, case: Case, sender: Member
) -> None:
    form, visitor = begin(case, sender), visiting(sender)
    path = f"/screenings/{form.code}/"
    visitor.do(path, {"version": 1, "a-D1-01": "no", "remarks": ""})

    typed = {"version": 1, "a-D1-02": "yes", "b-D1-02": "document", "remarks": "Typed."}
    stale = visitor.do(path, typed).content.decode()
    again = visitor.do(path, typed | {"version": 2})

    assert "Somebody changed this meanwhile." in stale
    assert re.findall(r'name="a-D1-02" value="(\w+)"[^>]* checked', stale) == ["yes"]
    assert ("Typed." in stale, 'name="version" value="2"' in stale) == (True, True)
    assert again.redirect_chain == [(f"{path}?part=2", 302)]
    assert answers(form, sender) == {"D1-01": ("no", "told"), "D1-02": ("yes", "document")}


def test_an_earlier_answer_stands_with_its_day_and_is_not_asked_again(
    visiting: Any, case: Case, sender: Member
) -> None:
    old = make.make_screening(
        case=case, by=sender, instrument="ilo_adult_labour", yes=["D1-01"]
    )
    form, visitor = begin(case, sender), visiting(sender)
    path = f"/screenings/{form.code}/"

    text = visitor.see(path).content.decode()
    visitor.do(path, {"version": 1, "b-D1-01": "told", "remarks": ""})

    day = make.today().strftime("%b. %-d, %Y").replace("May.", "May")
    first = text.index("Answered already")
    assert "Earlier answer: <strong>yes</strong>" in text
    assert f'href="/screenings/{old.code}/"' in text
    assert re.search(r"of (\w+\.? \d+, \d{4}|\d+ \w+ \d{4})", text), day
    assert text.index('id="id_a-D1-01"') > first > text.index('id="id_a-D1-02"')
    assert answers(form, sender) == {"D1-01": ("yes", "earlier")}


def test_guidance_is_read_in_the_readers_language(
    visiting: Any, case: Case, sender: Member
) -> None:
    form, visitor = begin(case, sender), visiting(sender)
    visitor.do("/language/", {"language": "be", "next": "/me/"})

    text = visitor.see(f"/screenings/{form.code}/").content.decode()

    assert "Ці падманулі чалавека наконт таго, якая будзе праца" in text
    assert "Абяцалі, напрыклад, месца ў краме" in text
    assert "a shop job was promised" not in text
    assert "strong" not in text.replace("<strong>", "").replace("</strong>", "")


@pytest.mark.parametrize("part", range(1, 7))
def test_no_part_of_the_largest_form_is_heavy(
    visiting: Any, case: Case, sender: Member, part: int
) -> None:
    make.make_screening(case=case, by=sender, instrument="ilo_adult_labour", yes=["D1-01"])
    form, visitor = begin(case, sender), visiting(sender)
    visitor.do("/language/", {"language": "be", "next": "/me/"})

    answer, asked = visitor.asks(f"/screenings/{form.code}/?part={part}")

    assert len(answer.content) < MOST_BYTES
    assert asked <= MOST_QUERIES


def test_the_suggestion_says_why_and_who_decides(
    visiting: Any, case: Case, sender: Member
) -> None:
    form, visitor = begin(case, sender), visiting(sender)
    yes = {"version": 1, "a-D1-01": "yes", "a-D1-02": "yes", "remarks": ""}
    visitor.do(f"/screenings/{form.code}/", yes)

    text = visitor.see(f"/screenings/{form.code}/check/").content.decode()

    assert "This is a suggestion; a human decides." in text
    assert text.count("The signs suggest this") == 1
    assert text.count("The signs do not suggest this") == 5
    assert "<li>Was the person deceived about what the work would be" in text
    assert f'action="/screenings/{form.code}/do/submit/"' in text


def test_a_form_is_handed_in_corrected_and_the_correction_discarded(
    visiting: Any, case: Case, sender: Member
) -> None:
    form, visitor = begin(case, sender), visiting(sender)
    path = f"/screenings/{form.code}/"

    empty = visitor.do(f"{path}do/submit/").content.decode()
    visitor.do(path, {"version": 1, "a-D1-01": "yes", "remarks": ""})
    visitor.do(f"{path}do/submit/")
    closed = visitor.see(path).content.decode()
    opened = visitor.see(f"{path}?open=answers").content.decode()
    visitor.do(f"{path}do/correct/")
    new = Screening.objects.exclude(pk=form.pk).get()
    visitor.do(f"/screenings/{new.code}/do/discard/")

    form.refresh_from_db()
    new.refresh_from_db()
    assert "Nothing is answered yet." in empty
    assert (form.state, new.state) == ("submitted", "discarded")
    told_of = "Was the person deceived"
    assert (told_of in closed, told_of in opened) == (False, True)
    assert "Correct the form" in closed


def test_a_colleague_reads_a_draft_and_does_not_write_it(
    visiting: Any, case: Case, sender: Member
) -> None:
    boss = make.make_member(agency=sender.agency, role="supervisor")
    form, path = begin(case, sender), ""
    path = f"/screenings/{form.code}/"

    text = visiting(boss).see(path).content.decode()
    refused = visiting(boss).do(path, {"version": 1, "a-D1-01": "yes", "remarks": ""})

    assert "Only who asks the questions writes the answers." in text
    assert "Discard the form" in text
    assert (refused.status_code, answers(form, sender)) == (403, {})


def test_a_receiver_with_the_group_sees_what_was_handed_in_and_no_draft(
    visiting: Any, sender: Member
) -> None:
    receiver = make.make_member(agency=make.make_agency(type="legal"), role="focal_point")
    case, groups = make.make_case(by=sender), [DataGroup.IDENTITY, DataGroup.SCREENING]
    service = make.make_service(agency=receiver.agency)
    make.make_consent(case=case, to=receiver.agency, by=sender, groups=groups)
    draft = make.make_draft(case=case, service=service, by=sender, groups=groups)
    sent = sending.send(code=draft.code, by=sender, at=timezone.now())
    make.make_accepted(sent=sent, by=receiver)
    told(case, sender)
    done_, begun = make.make_screening(case=case, by=sender), begin(case, sender)
    visitor = visiting(receiver)

    text = visitor.see(f"/cases/{case.code}/signs/?open=told").content.decode()

    assert (done_.code in text, begun.code in text, "took my papers" in text) == (
        True, False, False,
    )  # fmt: skip
    assert "Restricted" in text
    assert "Begin a form" not in text
    assert visitor.see(f"/screenings/{begun.code}/").status_code == 404


def test_the_tab_asks_the_database_as_often_for_three_forms_as_for_one(
    visiting: Any, case: Case, sender: Member
) -> None:
    visitor, counts = visiting(sender), []
    visitor.see("/me/")
    for more in (1, 2):
        for _ in range(more):
            make.make_screening(case=case, by=sender)
            told(case, sender)
        counts.append(visitor.asks(f"/cases/{case.code}/signs/")[1])

    assert counts[0] == counts[1] <= MOST_QUERIES


def kept_at(form: Screening) -> str:
    return f"/screenings/{form.code}/keep/1/"


def test_what_is_ticked_and_not_saved_waits_on_the_server_for_its_writer(
    visiting: Any, case: Case, sender: Member, supervisor: Member
) -> None:
    form, visitor = begin(case, sender), visiting(sender)
    typed = {"version": 1, "a-D1-01": "yes", "b-D1-01": "seen", "remarks": "Tired.", "x": "y"}

    kept = visitor.do(kept_at(form), typed)
    page = visitor.see(f"/screenings/{form.code}/").content.decode()

    assert kept.content.decode().startswith("Kept as a draft at")
    assert b"Tired." not in bytes(FormDraft.objects.get().content)
    assert "This is your draft from" in page
    assert ticked(page, "a-D1-01") == ["yes"]
    assert ticked(page, "b-D1-01") == ["seen"]
    assert "Tired." in page
    (read,) = AuditEvent.objects.filter(event="read.draft")
    assert read.groups == [DataGroup.SCREENING]
    assert "This is your draft" not in (
        visiting(supervisor).see(f"/screenings/{form.code}/").content.decode()
    )


def ticked(page: str, name: str) -> list[str]:
    """What stands chosen in the group of buttons of this name."""
    buttons = re.findall(rf'<input[^>]*name="{name}"[^>]*>', page)
    return [
        re.sub('.*value="([a-z_]+)".*', r"\1", each) for each in buttons if " checked" in each
    ]


def test_a_draft_of_a_part_goes_when_it_is_saved_discarded_or_the_form_ends(
    visiting: Any, case: Case, sender: Member
) -> None:
    form, visitor = begin(case, sender), visiting(sender)
    typed = {"version": 1, "a-D1-01": "yes", "remarks": ""}

    visitor.do(kept_at(form), typed)
    visitor.do(f"/screenings/{form.code}/", typed)
    after_saving = FormDraft.objects.count()
    visitor.do(kept_at(form), typed)
    visitor.do(kept_at(form), {"forget": "1"})
    after_discarding = FormDraft.objects.count()
    visitor.do(kept_at(form), typed)
    visitor.do(f"/screenings/{form.code}/do/submit/")
    form.refresh_from_db()

    assert (after_saving, after_discarding, FormDraft.objects.count()) == (0, 0, 0)
    assert form.submitted_at is not None
    assert visitor.do(kept_at(form), typed).status_code == 403


def test_nobody_else_keeps_a_draft_of_a_form(
    visiting: Any, case: Case, sender: Member, stranger: Member
) -> None:
    form = begin(case, sender)

    refused = visiting(stranger).do(kept_at(form), {"remarks": "x"})
    unknown = visiting(sender).do(f"/screenings/{form.code}/keep/99/", {"remarks": "x"})

    assert (refused.status_code, unknown.status_code) == (404, 404)
    assert not FormDraft.objects.exists()


@pytest.mark.parametrize("language", ["en", "ru", "be"])
def test_a_form_on_paper_has_every_question_and_names_nothing(
    visiting: Any, sender: Member, language: str
) -> None:
    path = f"/blank/signs/?form=ilo_adult_labour&language={language}"
    page = visiting(sender).see(path).content.decode()
    definition = instruments.latest("ilo_adult_labour")
    assert definition is not None

    assert page.count("☐") == 3 * len(definition.questions)
    assert [
        each.code
        for each in definition.questions.values()
        if escape(each.text[language]) not in page
    ] == []
    assert len(page.encode()) < MOST_BYTES
    sheet = page.split('class="sheet"')[1]
    assert definition.title[language] not in sheet
    assert visiting(sender).see("/blank/signs/?form=none").status_code == 404

"""Taking somebody in: section by section, with drafts, and nothing that was typed is lost."""

import re
from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from audit.models import AuditEvent
from cases.actions import person
from cases.groups import FIELDS
from cases.models import Case, FormDraft, SealedGroup
from demo import builders as make
from kernel.groups import DataGroup
from pages.fieldforms import form_of, initial_of, questions_of
from pages.fieldwords import WORDS
from pages.sections import SECTIONS, slug_of

NEW = {"source": "hotline", "risk": "high", "age_band": "unknown", "languages": ["bel"]}
GROUPS = [section.group for section in SECTIONS.values() if section.group]


@pytest.fixture
def case(sender: Member) -> Case:
    return make.make_case(by=sender, open_=False)


def values_of(case: Case, group: DataGroup, by: Member) -> Any:
    return person.read_groups(case=case, groups=[group], by=by, why="test")[group]


def at(case: Case, section: str, verb: str = "intake") -> str:
    return f"/cases/{case.code}/{verb}/{slug_of(section)}/"


def test_every_field_of_every_group_has_words() -> None:
    assert {group: set(words) for group, words in WORDS.items()} == {
        group: set(fields) for group, fields in FIELDS.items()
    }


def test_a_case_begins_with_few_questions_and_goes_on_to_its_sections(
    visiting: Any, sender: Member
) -> None:
    visitor = visiting(sender)

    page = visitor.see("/cases/new/").content.decode()
    answer = visitor.do("/cases/new/", NEW | {"other_language": "rum"})

    assert "treated as a child" in page
    case = Case.objects.select_related("person").get()
    assert answer.redirect_chain == [(f"/cases/{case.code}/intake/", 302)]
    assert (case.state, case.source, case.risk) == ("draft", "hotline", "high")
    assert (case.person.age_band, case.person.languages) == ("unknown", ["bel", "rum"])
    assert case.worker == sender
    assert answer.content.decode().count("not begun") == len(GROUPS)


def test_what_is_missing_is_said_and_nothing_typed_is_lost(
    visiting: Any, sender: Member
) -> None:
    answer = visiting(sender).do("/cases/new/", NEW | {"source": "", "languages": ["ukr"]})

    text = answer.content.decode()
    assert "Please look at this again" in text
    assert 'value="ukr" id="id_languages_2" checked' in text
    assert not Case.objects.exists()


def test_who_registers_no_cases_is_not_asked_to(visiting: Any, receiver: Member) -> None:
    assert visiting(receiver).see("/cases/new/").status_code == 403


@pytest.mark.parametrize(
    "path", ["intake/", "intake/identity/", "intake/check/", "intake/person/"]
)
def test_a_stranger_learns_nothing(
    visiting: Any, case: Case, stranger: Member, path: str
) -> None:
    visitor = visiting(stranger)

    answers = [
        visitor.see(f"/cases/{case.code}/{path}").status_code,
        visitor.do(at(case, "identity"), {"prs_FirstName": "Eve"}).status_code,
        visitor.do(at(case, "identity", "keep"), {"prs_FirstName": "Eve"}).status_code,
        visitor.do(at(case, "identity", "discard")).status_code,
    ]

    assert answers == [404, 404, 404, 404]


def test_a_section_shows_what_is_written_and_saves_what_is_changed(
    visiting: Any, case: Case, sender: Member
) -> None:
    visitor = visiting(sender)
    events = AuditEvent.objects.filter(event="read", groups=["identity"]).count()

    page = visitor.see(at(case, "identity")).content.decode()
    answer = visitor.do(
        at(case, "identity"),
        {
            "version": "1",
            "prs_FirstName": "Ганна",
            "aliases": "Аня\n\n Hanna ",
            "prs_Citizenship": ["BY", "PL"],
            "prs_Gender": "Feminine",
            "prs_Birthdate": "1990-05-01",
        },
    )

    assert ("Ірына" in page, f"Last written by {sender.username}" in page) == (True, True)
    assert AuditEvent.objects.filter(event="read", groups=["identity"]).count() == events + 1
    assert answer.redirect_chain == [(at(case, "family"), 302)]
    assert values_of(case, DataGroup.IDENTITY, sender) == {
        "prs_FirstName": "Ганна",
        "aliases": ["Аня", "Hanna"],
        "prs_Citizenship": ["BY", "PL"],
        "prs_Gender": "Feminine",
        "prs_Birthdate": "1990-05-01",
    }


@pytest.mark.parametrize("group", GROUPS)
def test_what_the_api_wrote_goes_through_the_form_unchanged(
    visiting: Any, case: Case, sender: Member, group: DataGroup
) -> None:
    person.write_group(
        case=case, group=group, values=EVERYTHING[group], by=sender, at=timezone.now()
    )
    form = form_of(questions_of(group), initial=initial_of(EVERYTHING[group]))
    version = SealedGroup.objects.get(person=case.person, group=group).version
    sent = {name: form[name].value() for name in form.fields}

    visitor = visiting(sender)
    shown = visitor.see(at(case, group))
    answer = visitor.do(
        at(case, group), {n: v for n, v in sent.items() if v} | {"version": version}
    )

    assert shown.status_code == 200
    assert (answer.status_code, len(answer.redirect_chain)) == (200, 1)
    assert values_of(case, group, sender) == EVERYTHING[group]


def test_a_refusal_stands_beside_its_field_and_what_was_typed_stays(
    visiting: Any, case: Case, sender: Member
) -> None:
    answer = visiting(sender).do(
        at(case, "trafficking"),
        {
            "version": "0",
            "account": "She was driven.",
            "vic_LocationOfRecruitment__org_Phone": "none",
        },
    )

    text = answer.content.decode()
    assert 'href="#id_vic_LocationOfRecruitment__org_Phone"' in text
    assert ("She was driven." in text, 'value="none"' in text) == (True, True)
    assert '<details class="more" open>' in text
    assert not SealedGroup.objects.filter(group="trafficking").exists()


def test_who_writes_second_sees_what_the_first_wrote_and_loses_nothing(
    visiting: Any, case: Case, sender: Member
) -> None:
    visitor = visiting(sender)
    late = {"version": "0", "needs": "Insulin."}
    visitor.do(at(case, "health"), {"version": "0", "needs": "A dentist."})

    text = visitor.do(at(case, "health"), late).content.decode()

    assert ("A dentist." in text, "Insulin." in text) == (True, True)
    assert "Somebody changed this meanwhile" in text
    assert '<input type="hidden" name="version" value="1">' in text
    visitor.do(at(case, "health"), late | {"version": "1"})
    assert values_of(case, DataGroup.HEALTH, sender) == {"needs": "Insulin."}


def test_a_section_in_which_nothing_is_said_stays_not_begun(
    visiting: Any, case: Case, sender: Member
) -> None:
    answer = visiting(sender).do(at(case, "health"), {"version": "0", "needs": " "})

    assert answer.redirect_chain == [(at(case, "mental_health"), 302)]
    assert not SealedGroup.objects.filter(group="health").exists()


def test_guardians_are_asked_about_for_a_child_alone(visiting: Any, sender: Member) -> None:
    visitor = visiting(sender)
    pages = {
        band: visitor.see(at(make.make_case(by=sender, age_band=band), "family"))
        for band in ("30-38", "9-17", "unknown", "0-8")
    }

    texts = {band: answer.content.decode() for band, answer in pages.items()}
    assert {band: "guardian_name" in text for band, text in texts.items()} == {
        "30-38": False, "9-17": True, "unknown": True, "0-8": True,
    }  # fmt: skip
    assert {band: "prs_MaritalStatus" in text for band, text in texts.items()} == {
        "30-38": True, "9-17": True, "unknown": True, "0-8": False,
    }  # fmt: skip


def test_a_guardian_who_is_written_stays_when_the_person_is_an_adult(
    visiting: Any, case: Case, sender: Member
) -> None:
    held = {"guardian_name": "Marta"}
    person.write_group(
        case=case, group=DataGroup.FAMILY, values=held, by=sender, at=timezone.now()
    )

    visiting(sender).do(at(case, "family"), held | {"version": "1", "next_of_kin": "Olga"})

    assert values_of(case, DataGroup.FAMILY, sender) == held | {"next_of_kin": "Olga"}


def test_what_stays_in_clear_is_changed_in_its_own_sections(
    visiting: Any, case: Case, sender: Member
) -> None:
    visitor = visiting(sender)

    visitor.do(
        at(case, "person"),
        {
            "version": case.person.version,
            "age_band": "9-17",
            "gender": "Masculine",
            "languages": ["rus"],
            "needs_interpreter": "on",
            "access_needs": ["sight"],
        },
    )
    answer = visitor.do(
        at(case, "beginning") + "?back=check",
        {"version": case.version, "source": "police", "risk": "low"},
    )

    assert answer.redirect_chain == [(f"/cases/{case.code}/intake/check/", 302)]
    case.refresh_from_db()
    case.person.refresh_from_db()
    assert (case.source, case.risk) == ("police", "low")
    assert (case.person.age_band, case.person.is_child) == ("9-17", True)
    assert (case.person.languages, case.person.access_needs) == (["rus"], ["sight"])
    assert (case.person.needs_interpreter, case.person.district) == (True, "")


def test_a_draft_is_kept_by_itself_and_gone_on_with(
    visiting: Any, case: Case, sender: Member
) -> None:
    visitor = visiting(sender)
    typed = {
        "version": "1",
        "prs_FirstName": "Канарэйка",
        "prs_Birthdate": "in May",
        "prs_Citizenship": ["BY"],
        "more": "dropped",
    }

    said = visitor.do(at(case, "identity", "keep"), typed)
    offer = visitor.see(at(case, "identity")).content.decode()
    resumed = visitor.see(at(case, "identity") + "?draft=1").content.decode()

    assert said.content.decode().startswith("Kept as a draft at ")
    assert ("You have a draft from" in offer, "Ірына" in offer) == (True, False)
    assert ("Канарэйка" in resumed, 'value="in May"' in resumed) == (True, True)
    assert '<option value="BY" selected>' in resumed
    assert "error-summary" not in resumed
    assert "Канарэйка".encode() not in bytes(FormDraft.objects.get().content)
    listed = visitor.see(f"/cases/{case.code}/intake/").content.decode()
    assert listed.count("kept as a draft,") == 1


def test_the_button_keeps_a_draft_without_a_script(
    visiting: Any, case: Case, sender: Member
) -> None:
    answer = visiting(sender).do(
        at(case, "health", "keep"), {"version": "0", "needs": "Sleep", "keep": "1"}
    )

    assert answer.redirect_chain == [(f"/cases/{case.code}/intake/", 302)]
    assert "Kept as a draft at" in answer.content.decode()


def test_saving_or_discarding_ends_the_draft(visiting: Any, case: Case, sender: Member) -> None:
    visitor = visiting(sender)
    for section in ("health", "legal"):
        visitor.do(at(case, section, "keep"), {"version": "0", "needs": "Sleep"})

    visitor.do(at(case, "health"), {"version": "0", "needs": "Sleep"})
    answer = visitor.do(at(case, "legal", "discard"))

    assert answer.redirect_chain == [(at(case, "legal"), 302)]
    assert not FormDraft.objects.exists()


def test_a_draft_is_nobody_elses(visiting: Any, case: Case, sender: Member) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    visiting(sender).do(
        at(case, "identity", "keep"), {"version": "1", "prs_FirstName": "Канарэйка"}
    )

    visitor = visiting(boss)
    texts = [
        visitor.see(at(case, "identity") + query).content.decode() for query in ("", "?draft=1")
    ]

    assert ["Канарэйка" in text for text in texts] == [False, False]
    assert ["You have a draft" in text for text in texts] == [False, False]


def test_a_draft_begun_before_somebody_saved_shows_what_they_saved(
    visiting: Any, case: Case, sender: Member
) -> None:
    visitor = visiting(sender)
    boss = visiting(make.make_member(agency=sender.agency, role=Role.SUPERVISOR))
    visitor.do(at(case, "health", "keep"), {"version": "0", "needs": "Insulin."})
    boss.do(at(case, "health"), {"version": "0", "needs": "A dentist."})

    text = visitor.see(at(case, "health") + "?draft=1").content.decode()

    assert ("A dentist." in text, "Insulin." in text) == (True, True)
    assert '<input type="hidden" name="version" value="1">' in text


def test_the_answers_are_checked_in_words_and_the_case_is_opened(
    visiting: Any, case: Case, sender: Member
) -> None:
    visitor = visiting(sender)
    visitor.do(
        at(case, "trafficking"),
        {
            "version": "0",
            "vic_MethodsOfControl": ["DebtBondage"],
            "vic_AgeWhenTrafficked": "19",
        },
    )

    text = visitor.see(f"/cases/{case.code}/intake/check/").content.decode()
    answer = visitor.do(f"/cases/{case.code}/intake/check/")

    assert ("Debt bondage" in text, "DebtBondage" in text, "Казлова" in text) == (
        True, False, True,
    )  # fmt: skip
    assert answer.redirect_chain == [(f"/cases/{case.code}/", 302)]
    case.refresh_from_db()
    assert case.state == "open"
    again = visitor.see(f"/cases/{case.code}/intake/check/").content.decode()
    assert "Open the case" not in again


def test_a_closed_case_is_not_written(visiting: Any, case: Case, sender: Member) -> None:
    Case.objects.filter(pk=case.pk).update(
        state="closed", closure="other", closed_at=timezone.now()
    )

    answers = [
        visiting(sender).see(at(case, "identity")).status_code,
        visiting(sender).do(at(case, "identity", "keep"), {"aliases": "x"}).status_code,
    ]

    assert answers == [403, 403]


@pytest.mark.parametrize("section", [*SECTIONS, "check", ""])
@pytest.mark.parametrize("language", ["en", "be"])
def test_no_page_is_heavy_or_asks_the_database_much(
    visiting: Any, case: Case, sender: Member, section: str, language: str
) -> None:
    sender.language = language
    sender.save(update_fields=["language"])
    for group in GROUPS:
        values = EVERYTHING[group]
        person.write_group(case=case, group=group, values=values, by=sender, at=timezone.now())
    visitor, path = visiting(sender), f"/cases/{case.code}/intake/"
    path += f"{slug_of(section)}/" if section else ""
    visitor.see(path)

    answer, asked = visitor.asks(path)

    assert (answer.status_code, asked <= 12, len(answer.content) < 60_000) == (
        200, True, True,
    ), (asked, len(answer.content))  # fmt: skip
    assert "trafficking" not in re.sub(r"(?s)<main.*</main>", "", answer.content.decode())
    assert "/trafficking/" not in answer.content.decode()
    title = answer.content.decode().split("<title>")[1].split("</title>")[0]
    assert case.code not in title


PLACE = {
    "org_Name": "Ферма",
    "org_Type": "NGO",
    "org_ShippingCity": "Brest",
    "org_ShippingCountry": "BY",
    "org_Phone": "+375291234567",
    "org_ShippingLatitude": 52.1,
    "org_ShippingLongitude": 23.7,
}
EVERYTHING: dict[DataGroup, dict[str, Any]] = {
    DataGroup.IDENTITY: {
        "prs_FirstName": "Ірына",
        "aliases": ["Іра", "Ira"],
        "prs_Birthdate": "1990-05-01",
        "prs_Citizenship": ["BY", "UA"],
        "prs_HighestLevelOfEducation": "PrimaryEducation",
        "migrant_type": "labour",
        "other_category": ["stranded", "returnee"],
        "prs_Deceased": True,
    },
    DataGroup.CONTACT: {
        "safe_channel": "phone",
        "prs_MobilePhone": "+375290000000",
        "never_do": ["voicemail", "post"],
    },
    DataGroup.SAFETY: {"risk_summary": "One.\nTwo.", "exclusions": ["The landlord"]},
    DataGroup.FAMILY: {"prs_MaritalStatus": "Single", "prs_NumberOfChildren": 2},
    DataGroup.TRAFFICKING: {
        "vic_TypeOfExploitation": ["ForcedLabour", "Other"],
        "vic_ForcedLabourIndustry": "F_Construction",
        "vic_RecruitmentWebsitesAndApps": ["Telegram"],
        "vic_RelationshipToTrafficker": "Familial",
        "vic_AgeWhenTrafficked": 20,
        "vic_LocationOfRecruitment": PLACE,
        "vic_LocationOfExploitation": {"org_ShippingCountry": "PL"},
        "account": "Her words.",
    },
    DataGroup.HEALTH: {"needs": "Insulin.", "allergies": "Nuts"},
    DataGroup.MENTAL_HEALTH: {"warning_signs": "No sleep."},
    DataGroup.LEGAL: {"status": "A visa until May.", "lawyer": "T. Ivanova"},
    DataGroup.WHEREABOUTS: {
        "place": "With an aunt",
        "since": "2026-01-05",
        "prs_MailingCountry": "BY",
        "prs_MailingLatitude": 53.9,
    },
}

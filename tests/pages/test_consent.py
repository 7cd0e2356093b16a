"""Asking, recording, printing and withdrawing consent; overrides; agencies kept apart."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import override

from agencies.models import Member, Service
from agencies.roles import AgencyType, Role, most_for
from audit.models import AuditEvent
from cases import policy, queries
from cases.actions import consent as consents
from cases.actions import override as overrides
from cases.actions.consent import Giving, Scope
from cases.models import Consent, Override
from demo import builders as make
from kernel.groups import DataGroup
from pages.consentwords import ASKED
from referral.models import Referral

AN_ADULT_SAYS = {"form": "written", "language": "bel"}
REASON = "The former employer may find her there tonight."


def until(days: int = 90) -> str:
    return (make.today() + dt.timedelta(days=days)).isoformat()


def draft_of(case: Any, agency: Any, by: Member) -> Consent:
    return consents.draft(
        code=case.code,
        scopes=[Scope(agency, group, "service") for group in (DataGroup.TRIAGE, DataGroup.CONTACT)],
        expires_at=None, by=by, at=timezone.now(),
    )  # fmt: skip


@pytest.fixture
def boss(sender: Member) -> Member:
    return make.make_member(agency=sender.agency, role=Role.SUPERVISOR)


@pytest.fixture
def asked(sender: Member, receiver: Member) -> Override:
    case = make.make_case(by=sender)
    return overrides.ask(
        code=case.code, agency=receiver.agency, groups=[DataGroup.SAFETY],
        ground="vital_interests", reason=REASON, by=sender, at=timezone.now(),
    )  # fmt: skip


def test_consent_is_asked_and_recorded_on_one_page(
    visiting: Any, sender: Member, service: Service
) -> None:
    case = make.make_case(by=sender)
    path = f"/cases/{case.code}/consent/new/?service={service.code}&next=/cases/"

    page = visiting(sender).see(path)
    answer = visiting(sender).http.post(
        path, AN_ADULT_SAYS | {"groups": ["contact", "safety"], "expires_at": until(30)}
    )

    assert page.status_code == 200
    assert 'name="given_by"' not in page.content.decode()
    assert (answer.status_code, answer["Location"]) == (302, "/cases/")
    made = Consent.objects.get(case=case)
    assert (made.state, made.given_by, made.form, made.language) == (
        "active", "self", "written", "bel",
    )  # fmt: skip
    assert timezone.localdate(made.expires_at).isoformat() == until(30)
    scopes = made.scopes.values_list("agency", "group", "purpose").order_by("group")
    assert list(scopes) == [
        (service.agency_id, group, "service") for group in ("contact", "safety", "triage")
    ]


def test_an_address_elsewhere_is_not_gone_to(
    visiting: Any, sender: Member, service: Service
) -> None:
    case = make.make_case(by=sender)

    answer = visiting(sender).http.post(
        f"/cases/{case.code}/consent/new/?service={service.code}&next=https://example.org/",
        AN_ADULT_SAYS | {"groups": ["contact"], "expires_at": until()},
    )

    assert answer["Location"] == f"/cases/{case.code}/consent/"


def test_nothing_is_ticked_beforehand_and_nothing_ticked_is_no_consent(
    visiting: Any, sender: Member, service: Service
) -> None:
    case = make.make_case(by=sender)
    path = f"/cases/{case.code}/consent/new/?service={service.code}"

    page = visiting(sender).see(path).content.decode()
    answer = visiting(sender).do(path, AN_ADULT_SAYS | {"expires_at": until()})

    assert 'name="groups"' in page
    assert "checked>" not in page.split("expires_at")[0]
    assert "Please tick what the person says yes to." in answer.content.decode()
    assert not Consent.objects.exists()


def test_it_is_read_out_in_the_persons_language_in_the_frame_of_the_readers(
    visiting: Any, sender: Member, service: Service
) -> None:
    case = make.make_case(by=sender, languages=["rus"])
    path = f"/cases/{case.code}/consent/new/?service={service.code}"

    page = visiting(sender).see(path).content.decode()
    other = visiting(sender).see(f"{path}&speak=be").content.decode()

    assert '<html lang="en"' in page
    assert '<p class="say" lang="ru" dir="ltr">' in page
    assert '<p class="say" lang="be" dir="ltr">' in other
    for text, speak in ((page, "ru"), (other, "be")):
        with override(speak):
            said = str(ASKED[DataGroup.CONTACT][0]) % {"agency": service.agency.name}
        assert f"<strong>{escape(said)}</strong>" in text
    assert "Record the consent" in page
    assert "Yes: how to reach the person safely" in page
    assert '<option value="rus" selected>' in page
    assert 'lang="en"><strong>' not in page


def test_only_the_groups_of_that_kind_of_agency_are_asked_about(
    visiting: Any, sender: Member, service: Service
) -> None:
    case = make.make_case(by=sender)
    path = f"/cases/{case.code}/consent/new/?service={service.code}"

    page = visiting(sender).see(path).content.decode()
    answer = visiting(sender).do(
        path, AN_ADULT_SAYS | {"groups": ["trafficking"], "expires_at": until()}
    )

    offered = {group for group in DataGroup if f'name="groups" value="{group}"' in page}
    assert offered == most_for(AgencyType.SHELTER_NGO)
    assert "error-summary" in answer.content.decode()
    assert not Consent.objects.exists()


def test_what_a_referral_needs_is_asked_first_and_the_rest_is_folded(
    visiting: Any, sender: Member, service: Service
) -> None:
    case = make.make_case(by=sender)

    page = visiting(sender).see(
        f"/cases/{case.code}/consent/new/?service={service.code}&groups=contact"
    ).content.decode()  # fmt: skip

    first, rest = page.split('<details class="more">')
    assert 'value="contact"' in first
    assert 'value="triage"' in first
    assert 'value="health"' in rest
    assert 'value="health"' not in first


def test_a_child_needs_a_guardian_and_says_what_it_thinks(
    visiting: Any, sender: Member, service: Service
) -> None:
    case = make.make_case(by=sender, age_band="9-17")
    path = f"/cases/{case.code}/consent/new/?service={service.code}"
    answered = AN_ADULT_SAYS | {
        "groups": ["contact"], "expires_at": until(), "given_by": "parent",
    }  # fmt: skip
    visitor = visiting(sender)

    alone = visitor.do(path, answered | {"given_by": "self", "assent": "given"})
    no_name = visitor.do(path, answered | {"assent": "given"}).content.decode()
    unasked = visitor.do(path, answered | {"guardian": "Алена"}).content.decode()
    answer = visitor.do(path, answered | {"guardian": "Алена", "assent": "given"})

    assert "a parent, guardian or the authority consents" in alone.content.decode()
    assert '<p class="field-error">Who is the parent or guardian?</p>' in no_name
    assert '<p class="field-error">Please record what the child says.</p>' in unasked
    assert 'value="Алена"' in unasked
    assert answer.redirect_chain == [(f"/cases/{case.code}/consent/", 302)]
    made = Consent.objects.get()
    assert (made.state, made.given_by, made.assent) == ("active", "parent", "given")


def test_a_spoken_consent_needs_a_witness(
    visiting: Any, sender: Member, service: Service
) -> None:
    case = make.make_case(by=sender)

    answer = visiting(sender).do(
        f"/cases/{case.code}/consent/new/?service={service.code}",
        AN_ADULT_SAYS
        | {"groups": ["contact"], "expires_at": until(), "form": "oral_witnessed"},
    )

    assert '<p class="field-error">A spoken consent needs a witness.</p>' in (
        answer.content.decode()
    )
    assert not Consent.objects.exists()


def test_whom_to_ask_about_is_chosen_first(
    visiting: Any, sender: Member, receiver: Member, stranger: Member
) -> None:
    case = make.make_case(by=sender)
    visitor = visiting(sender)
    visitor.do(f"/cases/{case.code}/apart/", {"agency": stranger.agency.code})

    page = visitor.see(f"/cases/{case.code}/consent/new/").content.decode()
    apart = visitor.see(f"/cases/{case.code}/consent/new/?agency={stranger.agency.code}")
    unknown = visitor.see(f"/cases/{case.code}/consent/new/?agency=AG-0000-0000")

    assert f'value="{receiver.agency.code}"' in page
    assert f'value="{stranger.agency.code}"' not in page
    assert f'value="{sender.agency.code}"' not in page
    assert 'name="groups"' not in apart.content.decode()
    assert unknown.status_code == 404


def test_the_tab_says_agency_by_agency_what_is_allowed(
    visiting: Any, sender: Member, receiver: Member, stranger: Member
) -> None:
    case = make.make_case(by=sender)
    given = make.make_consent(case=case, to=receiver.agency, by=sender)
    drafted = draft_of(case, stranger.agency, sender)

    page = visiting(sender).see(f"/cases/{case.code}/consent/").content.decode()

    now, rest = page.split("<h2>Drafts</h2>")
    assert receiver.agency.name in now
    assert stranger.agency.name not in now
    assert "how to reach the person safely" in now
    assert f'href="/consents/{given.code}/withdraw/"' in now
    assert f'href="/consents/{drafted.code}/print/"' in rest
    assert "contact" not in now.split("<h2>Allowed now</h2>")[1]


def test_withdrawing_is_two_clicks_and_ends_what_was_open(
    visiting: Any, sender: Member, accepted: Referral, receiver: Member
) -> None:
    case = accepted.case
    given = Consent.objects.get(case=case)
    assert policy.groups(receiver, case) != frozenset()
    visitor = visiting(sender)

    sure = visitor.see(f"/consents/{given.code}/withdraw/")
    answer = visitor.do(f"/consents/{given.code}/withdraw/")

    assert sure.status_code == 200
    assert answer.redirect_chain == [(f"/cases/{case.code}/consent/", 302)]
    given.refresh_from_db()
    accepted.refresh_from_db()
    assert (given.state, accepted.state) == ("withdrawn", "withdrawn")
    assert policy.groups(receiver, case) == frozenset()
    assert "<summary>Ended consents</summary>" in answer.content.decode()
    again = visitor.do(f"/consents/{given.code}/withdraw/")
    assert "not possible in the present state" in again.content.decode()


def test_a_draft_is_printed_and_then_given(
    visiting: Any, sender: Member, service: Service
) -> None:
    case = make.make_case(by=sender, age_band="9-17")
    visitor = visiting(sender)

    kept = visitor.do(
        f"/cases/{case.code}/consent/new/?service={service.code}",
        {"groups": ["contact"], "expires_at": until(), "form": "written", "language": "bel",
         "later": "1"},
    )  # fmt: skip
    made = Consent.objects.get()
    assert kept.redirect_chain == [(f"/consents/{made.code}/", 302)]
    assert made.state == "draft"

    given = visitor.do(
        f"/consents/{made.code}/give/",
        AN_ADULT_SAYS | {"given_by": "guardian", "guardian": "Алена", "assent": "given"},
    )

    assert given.redirect_chain == [(f"/cases/{case.code}/consent/", 302)]
    made.refresh_from_db()
    assert (made.state, made.given_by) == ("active", "guardian")


def test_the_sheet_bears_no_name_and_is_in_the_persons_language(
    visiting: Any, sender: Member, receiver: Member
) -> None:
    case = make.make_case(by=sender, languages=["bel"])
    drafted = draft_of(case, receiver.agency, sender)

    page = visiting(sender).see(f"/consents/{drafted.code}/print/").content.decode()
    english = visiting(sender).see(f"/consents/{drafted.code}/print/?speak=en").content.decode()

    assert '<article class="sheet" lang="be" dir="ltr">' in page
    assert case.code in page
    assert "☐" in page
    assert "☒" not in page
    for text in (page, english):
        assert [word for word in (*make.IDENTITY.values(), make.CONTACT["prs_MobilePhone"])
                if word in text] == []  # fmt: skip
        assert [
            word for word in ("traffick", "victim", "exploit") if word in text.lower()
        ] == []
    assert "<title>Sheet for signature – Service desk</title>" in english
    assert "Your name, written by hand" in english
    assert f"tell anybody at {sender.agency.name}" in english


def test_names_on_a_consent_come_out_when_asked_for_and_that_is_written_down(
    visiting: Any, sender: Member, receiver: Member
) -> None:
    case = make.make_case(by=sender)
    giving = Giving("self", "oral_witnessed", "rus", witness="Вольга")
    given = make.make_consent(case=case, to=receiver.agency, by=sender, giving=giving)
    reads = AuditEvent.objects.filter(event="read.consent", case=case.code)
    visitor = visiting(sender)

    closed = visitor.see(f"/consents/{given.code}/").content.decode()
    before = reads.count()
    opened = visitor.see(f"/consents/{given.code}/?open=names").content.decode()

    assert "Вольга" not in closed
    assert "Show the names" in closed
    assert "Вольга" in opened
    assert (before, reads.count()) == (0, 1)


def test_a_newer_consent_takes_the_place_of_an_older_one(
    visiting: Any, sender: Member, receiver: Member
) -> None:
    case = make.make_case(by=sender)
    old = make.make_consent(case=case, to=receiver.agency, by=sender)
    new = make.make_consent(case=case, to=receiver.agency, by=sender, groups=[])
    visitor = visiting(sender)

    page = visitor.see(f"/consents/{old.code}/replace/").content.decode()
    answer = visitor.do(f"/consents/{old.code}/replace/", {"by": new.code})

    assert f'value="{new.code}"' in page
    assert f'value="{old.code}"' not in page
    assert answer.redirect_chain == [(f"/cases/{case.code}/consent/", 302)]
    old.refresh_from_db()
    assert old.state == "superseded"
    covered = queries.covered(case, receiver.agency_id, at=timezone.now())
    assert set(covered) == {"triage"}


def test_a_stranger_and_a_receiver_learn_nothing(
    visiting: Any, sender: Member, stranger: Member, receiver: Member, accepted: Referral
) -> None:
    case = accepted.case
    given = Consent.objects.get(case=case)
    found = overrides.ask(
        code=case.code, agency=receiver.agency, groups=[DataGroup.HEALTH],
        ground="court_order", reason=REASON, by=sender, at=timezone.now(),
    )  # fmt: skip
    paths = [
        f"/cases/{case.code}/consent/",
        f"/cases/{case.code}/consent/new/",
        f"/cases/{case.code}/overrides/new/",
        f"/cases/{case.code}/apart/",
        f"/consents/{given.code}/",
        f"/consents/{given.code}/withdraw/",
        f"/consents/{given.code}/give/",
        f"/consents/{given.code}/replace/",
        f"/consents/{given.code}/print/",
        f"/overrides/{found.code}/",
        f"/overrides/{found.code}/approve/",
    ]

    for member in (stranger, receiver):
        assert [path for path in paths if visiting(member).see(path).status_code != 404] == []
        assert visiting(member).do(f"/consents/{given.code}/withdraw/").status_code == 404
    given.refresh_from_db()
    assert given.state == "active"


def test_data_protection_reads_a_consent_without_names_and_changes_nothing(
    visiting: Any, sender: Member, receiver: Member
) -> None:
    case = make.make_case(by=sender)
    giving = Giving("self", "oral_witnessed", "rus", witness="Вольга")
    given = make.make_consent(case=case, to=receiver.agency, by=sender, giving=giving)
    officer = make.make_member(
        agency=make.make_agency(is_coordinating=True), role=Role.DATA_PROTECTION_OFFICER
    )

    page = visiting(officer).see(f"/consents/{given.code}/?open=names")

    assert page.status_code == 200
    assert "Вольга" not in page.content.decode()
    assert f"/consents/{given.code}/withdraw/" not in page.content.decode()
    assert visiting(officer).do(f"/consents/{given.code}/withdraw/").status_code == 403


def test_an_override_is_asked_for_by_one_and_decided_by_another(
    visiting: Any, sender: Member, boss: Member, receiver: Member
) -> None:
    case = make.make_case(by=sender)
    path = f"/cases/{case.code}/overrides/new/"
    wish = {"agency": receiver.agency.code, "groups": ["safety"], "ground": "vital_interests"}

    short = visiting(sender).do(path, wish | {"reason": "Urgent."}).content.decode()
    answer = visiting(sender).do(path, wish | {"reason": REASON})
    found = Override.objects.get()

    assert '<p class="field-error">The reason needs 30 characters at least.</p>' in short
    assert answer.redirect_chain == [(f"/overrides/{found.code}/", 302)]
    assert visiting(sender).do(f"/overrides/{found.code}/approve/").status_code == 403
    decided = visiting(boss).do(f"/overrides/{found.code}/approve/")
    assert decided.redirect_chain == [(f"/overrides/{found.code}/", 302)]
    found.refresh_from_db()
    assert (found.state, found.decided_by) == ("approved", boss)
    ended = visiting(boss).do(f"/overrides/{found.code}/end/")
    found.refresh_from_db()
    assert (ended.status_code, found.state) == (200, "ended")
    assert visiting(boss).see(f"/overrides/{found.code}/nonsense/").status_code == 404


def test_who_asked_does_not_decide(visiting: Any, boss: Member, receiver: Member) -> None:
    case = make.make_case(by=boss)
    found = overrides.ask(
        code=case.code, agency=receiver.agency, groups=[DataGroup.SAFETY],
        ground="vital_interests", reason=REASON, by=boss, at=timezone.now(),
    )  # fmt: skip

    page = visiting(boss).see(f"/overrides/{found.code}/").content.decode()

    assert f"/overrides/{found.code}/approve/" not in page
    assert "Somebody else than who asked must decide." in page
    assert visiting(boss).do(f"/overrides/{found.code}/approve/").status_code == 403


def test_the_reason_of_an_override_is_shown_when_asked_for(
    visiting: Any, boss: Member, asked: Override
) -> None:
    closed = visiting(boss).see(f"/overrides/{asked.code}/").content.decode()
    opened = visiting(boss).see(f"/overrides/{asked.code}/?open=reason").content.decode()

    assert REASON not in closed
    assert REASON in opened
    assert AuditEvent.objects.filter(event="read.override", case=asked.case.code).count() == 1


def test_an_agency_is_kept_apart_and_let_near_again(
    visiting: Any, sender: Member, receiver: Member, accepted: Referral
) -> None:
    case, agency = accepted.case, receiver.agency
    visitor = visiting(sender)

    kept = visitor.do(f"/cases/{case.code}/apart/", {"agency": agency.code})
    assert kept.redirect_chain == [(f"/cases/{case.code}/apart/", 302)]
    assert policy.groups(receiver, case) == frozenset()
    tab = visitor.see(f"/cases/{case.code}/consent/").content.decode()
    assert "Kept apart: it is shown nothing" in tab

    code = case.exclusions.get().code
    sure = visitor.see(f"/cases/{case.code}/apart/{code}/end/")
    near = visitor.do(f"/cases/{case.code}/apart/{code}/end/")

    assert (sure.status_code, near.status_code) == (200, 200)
    assert not queries.is_kept_apart(case, agency.pk)
    assert visitor.see(f"/cases/{case.code}/apart/{code}/end/").status_code == 404


def test_a_closed_case_says_why_nobody_is_asked(
    visiting: Any, sender: Member, receiver: Member
) -> None:
    case = make.make_case(by=sender)
    type(case).objects.filter(pk=case.pk).update(
        state="closed", closure="goals_met", closed_at=timezone.now()
    )

    page = visiting(sender).see(f"/cases/{case.code}/consent/").content.decode()

    assert "The case is closed." in page
    assert visiting(sender).see(f"/cases/{case.code}/consent/new/").status_code == 403


def test_no_page_asks_the_database_more_for_more_consents(
    visiting: Any, sender: Member, service: Service
) -> None:
    case = make.make_case(by=sender)
    given = make.make_consent(case=case, to=service.agency, by=sender)
    make.make_consent(case=case, to=service.agency, by=sender)
    visitor = visiting(sender)
    paths = [
        f"/cases/{case.code}/consent/",
        f"/cases/{case.code}/consent/new/",
        f"/cases/{case.code}/consent/new/?service={service.code}",
        f"/cases/{case.code}/apart/",
        f"/cases/{case.code}/overrides/new/",
        f"/consents/{given.code}/",
        f"/consents/{given.code}/give/",
        f"/consents/{given.code}/print/",
        f"/consents/{given.code}/replace/",
        f"/consents/{given.code}/withdraw/",
    ]

    def counts() -> list[int]:
        found = []
        for path in paths:
            page, asked = visitor.asks(path)
            assert page.status_code == 200
            assert len(page.content) < 60_000
            found.append(asked)
        return found

    visitor.see(paths[0])
    with_few = counts()
    for _ in range(3):
        make.make_consent(case=case, to=make.make_agency(), by=sender)
        overrides.ask(
            code=case.code, agency=make.make_agency(), groups=[DataGroup.SAFETY],
            ground="court_order", reason=REASON, by=sender, at=timezone.now(),
        )  # fmt: skip
    assert counts() == with_few
    assert max(with_few) <= 12

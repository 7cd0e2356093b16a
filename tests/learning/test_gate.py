"""Whoever is due is shown nobody's identity, by whatever way; what is written anew goes on."""

import ast
import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from agencies.clocks import Urgency
from agencies.models import Member, Service
from agencies.roles import Role
from audit.models import AuditEvent
from cases import reading, vault
from cases.actions import drafts, lifecycle, person
from cases.models import Case, FormDraft
from demo import builders as make
from documents import reading as papers
from documents.actions import serving
from exchange import origins
from exchange.actions import exporting
from exchange.actions.exporting import Wanted
from exchange.homes import Reading
from exchange.models import ExportJob
from exchange.sheets.entry import FileKind
from exchange.workflow import ExportReason
from guard.actions import contacting, glass
from kernel.errors import Denied, Refused
from kernel.groups import SEALED, DataGroup
from referral import disclosure
from referral.actions import answering, sending, transferring
from referral.models import Referral
from rights.actions import packing
from tests.learning.knowing import knows
from tests.pages.conftest import visiting
from tests.rights.filled import ready

__all__ = ["visiting"]
pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
NAME = "Zmitrakova"
IDENTITY = {"prs_FirstName": "Volha", "prs_SecondName": NAME}
REASON = "The neighbours called, she is locked in and may be hurt."


NOON = dt.datetime(2026, 3, 4, 9, tzinfo=dt.UTC)


def now() -> dt.datetime:
    return timezone.now()


@dataclass(frozen=True, slots=True)
class World:
    """A worker and a supervisor of one agency, a focal point of another that helps; all are bound."""

    worker: Member
    boss: Member
    focal: Member
    service: Service
    referral: Referral
    export: ExportJob

    @property
    def case(self) -> Case:
        return self.referral.case


@pytest.fixture
def world(sender: Member, receiver: Member, service: Service, settings: Any) -> World:
    """Everything was written while nobody was bound."""
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    make.make_member(
        agency=make.make_agency(is_coordinating=True), role=Role.DATA_PROTECTION_OFFICER
    )
    sent = make.make_sent(by=sender, service=service)
    accepted = make.make_accepted(sent=sent, by=receiver)
    person.write_group(
        case=sent.case, group=DataGroup.IDENTITY, values=IDENTITY, by=sender, at=now()
    )
    made = World(sender, boss, receiver, service, accepted, make.make_export(by=boss))
    settings.DUTY_TO_KNOW = ("social_worker", "supervisor", "focal_point")
    return made


def refused(act: Callable[[], object]) -> str:
    """The code of the refusal, if it is one; what it had written is undone then."""
    try:
        with transaction.atomic():
            act()
    except Denied as denied:
        return denied.code
    return ""


def groups(world: World, group: DataGroup, *, by: Member | None = None) -> Any:
    return person.read_groups(
        case=world.case, groups=[group], by=by or world.worker, why="person"
    )


def consent_of(world: World, who: Member) -> Any:
    """A consent that somebody heard."""
    found = world.case.consents.first()
    assert found is not None
    found.witness = vault.seal_text(
        world.case.person, "A neighbour", place=f"{found.code} witness"
    )
    return reading.names_on(found, by=who)


def document_of(world: World) -> Any:
    found = make.make_clean(case=world.case, by=world.worker)
    secret = serving.issue(document=found, bound_to="here", by=world.worker, at=now())
    return serving.redeem(secret=secret, bound_to="here", by=world.worker, at=now())


def draft_of(world: World) -> Any:
    drafts.keep(
        code=world.case.code, section="identity", typed={"a": ["b"]}, by=world.worker, at=now()
    )
    return reading.typed_in(FormDraft.objects.get(), by=world.worker)


def origin_of(world: World) -> Any:
    origins.write([origins.Came(world.case, {"nick": NAME})], from_="IM-2222-2222", at=now())
    return origins.read(world.case, by=world.worker, why="look")


def asked_export(world: World) -> Any:
    return exporting.ask(
        kind=FileKind.CSV, wanted=Wanted(), strict=False, reason=ExportReason.REPORT,
        by=world.boss, at=now(),
    )  # fmt: skip


def pack_of(world: World) -> Any:
    request = ready(world.case, by=world.worker)
    return packing.make(
        code=request.code, way="paper", language="en", by=world.worker, at=now()
    )


# Every way to be shown who somebody is.
WAYS: dict[str, Callable[[World], object]] = {
    "identity": lambda w: groups(w, DataGroup.IDENTITY),
    "contact": lambda w: groups(w, DataGroup.CONTACT),
    "identity, by the supervisor": lambda w: groups(w, DataGroup.IDENTITY, by=w.boss),
    "a referred case, by its helper": lambda w: groups(w, DataGroup.IDENTITY, by=w.focal),
    "the receipt, by its receiver": lambda w: disclosure.opened(w.referral, by=w.focal),
    "the receipt, by its sender": lambda w: disclosure.opened(w.referral, by=w.worker),
    "the plan for safe contact": lambda w: contacting.read_plan(
        case=w.case, code_word=False, by=w.worker
    ),
    "whose name it is": lambda w: person.find(name=NAME, by=w.worker),
    "names on a consent": lambda w: consent_of(w, w.worker),
    "a document": document_of,
    "a draft over what is held": draft_of,
    "what came in beside": origin_of,
    "a field of the standard": lambda w: Reading(w.case, w.worker, now()).groups,
    "asking for an export": asked_export,
    "fetching an export": lambda w: exporting.fetch(code=w.export.code, by=w.boss, at=now()),
    "the pack": pack_of,
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_who_is_due_is_refused_and_who_knows_is_not(world: World, way: str) -> None:
    before = refused(lambda: WAYS[way](world))
    for member in (world.worker, world.boss, world.focal):
        knows(member, at=now())
    after = refused(lambda: WAYS[way](world))

    assert (before, after) == ("duty_to_know", "")


def test_nothing_is_written_into_the_log_as_read(world: World) -> None:
    before = AuditEvent.objects.filter(event="read").count()
    refused(lambda: groups(world, DataGroup.IDENTITY))

    assert AuditEvent.objects.filter(event="read").count() == before


@pytest.mark.parametrize(
    "group", [DataGroup.SAFETY, DataGroup.HEALTH, DataGroup.TRAFFICKING, DataGroup.SCREENING]
)
def test_what_names_nobody_stays_open(world: World, group: DataGroup) -> None:
    assert refused(lambda: groups(world, group)) == ""


def test_where_nothing_was_written_nothing_is_refused(world: World) -> None:
    """Else a new case could not be begun on its pages."""
    assert groups(world, DataGroup.FAMILY) == {"family": {}}


def test_a_bound_worker_who_is_due_logs_a_case_and_asks_for_help(world: World) -> None:
    new = lifecycle.register(
        source="social_worker", risk="high",
        person={"age_band": "30-38", "gender": "Feminine", "district": "BY-MI-01"},
        by=world.worker, at=now(),
    )  # fmt: skip
    facts: dict[DataGroup, dict[str, Any]] = {
        DataGroup.IDENTITY: IDENTITY | {"prs_Birthdate": "1990-01-01"},
        DataGroup.TRAFFICKING: {"vic_AgeWhenTrafficked": 20},
        DataGroup.CONTACT: make.CONTACT, DataGroup.SAFETY: make.SAFETY,
    }  # fmt: skip
    for group, values in facts.items():
        person.write_group(case=new, group=group, values=values, by=world.worker, at=now())
    opened = lifecycle.open_case(code=new.code, by=world.worker, at=now())
    make.make_consent(case=opened, to=world.service.agency, by=world.worker)
    draft = make.make_draft(
        case=opened, service=world.service, by=world.worker, urgency=Urgency.EMERGENCY
    )
    seen = sending.preview(referral=draft, by=world.worker, at=now())
    sent = sending.send(code=draft.code, by=world.worker, at=now())
    answering.accept(
        code=sent.code, contact=world.focal, first_contact_at=now() + dt.timedelta(hours=1),
        by=world.focal, at=now(),
    )  # fmt: skip
    knows(world.focal, at=now())

    told = disclosure.opened(sent, by=world.focal)["groups"]
    assert set(seen["groups"]) == {"safety"}
    assert set(told) == {"identity", "contact", "safety"}
    assert told["identity"]["prs_SecondName"] == NAME


def test_a_transfer_moves_the_names_and_shows_none(world: World) -> None:
    centre = make.make_agency(type="territorial_centre")
    chief = make.make_member(agency=centre, role=Role.SUPERVISOR)
    case = make.make_case(by=world.worker)
    make.make_consent(case=case, to=chief.agency, by=world.worker, groups=[*SEALED])
    transfer = transferring.propose(
        code=case.code, to=chief.agency, note="", by=world.boss, at=now()
    )
    transferring.answer(code=transfer.code, accept=True, by=chief, at=now())
    case.refresh_from_db()

    assert case.owner == chief.agency
    assert (
        refused(
            lambda: person.read_groups(
                case=case, groups=[DataGroup.IDENTITY], by=chief, why="person"
            )
        )
        == "duty_to_know"
    )


def test_whether_a_way_is_safe_is_said_to_whoever_asks(world: World) -> None:
    """Else somebody would call without asking."""
    plan = make.CONTACT | {"safe_channels": ["call"]}
    person.write_group(
        case=world.case, group=DataGroup.CONTACT, values=plan, by=world.worker, at=now()
    )
    with time_machine.travel(NOON, tick=False):
        contact = contacting.plan_contact(
            code=world.case.code, channel="call", text="how_are_you", by=world.worker, at=NOON
        )
        made = contacting.make_contact(
            code=contact.code, result="reached", made_at=NOON, by=world.worker, at=NOON
        )

    assert (contact.because, made.state) == ("within_safe_hours", "made")


def test_names_of_documents_are_left_out_and_the_rest_is_shown(world: World) -> None:
    named = make.make_clean(case=world.case, by=world.worker)
    other = make.make_clean(case=world.case, by=world.worker, group=DataGroup.LEGAL)

    shown = papers.words_of([named, other], case=world.case, by=world.worker)

    assert list(shown) == [other.code]


def test_the_pages_of_documents_say_why_a_name_is_left_out(visiting: Any, world: World) -> None:
    named = make.make_clean(case=world.case, by=world.worker)
    visitor = visiting(world.worker)
    pages = [
        visitor.see(path).content.decode()
        for path in (
            f"/cases/{world.case.code}/documents/?open=names",
            f"/documents/{named.code}/?open=name",
        )
    ]

    assert [("under Learning" in text, "paper.pdf" in text) for text in pages] == [
        (True, False), (True, False),
    ]  # fmt: skip


def break_glass(world: World, who: Member) -> Any:
    return glass.break_glass(
        code=world.case.code, groups=[DataGroup.IDENTITY], purpose="danger_to_life",
        reason=REASON, by=who, at=now(),
    )  # fmt: skip


def test_breaking_the_glass_opens_it_to_a_stranger_who_is_due(world: World) -> None:
    helper = make.make_member()
    break_glass(world, helper)

    assert groups(world, DataGroup.IDENTITY, by=helper)["identity"] == IDENTITY


def test_whoever_works_on_the_case_may_break_the_glass_while_due(world: World) -> None:
    break_glass(world, world.worker)
    opened = groups(world, DataGroup.IDENTITY)["identity"]
    knows(world.boss, at=now())

    assert opened == IDENTITY
    with pytest.raises(Refused, match="case_is_open_to_you"):
        break_glass(world, world.boss)
    # Only this case, only what it was broken for, and only for who has broken it.
    assert refused(lambda: groups(world, DataGroup.CONTACT)) == "duty_to_know"
    other = make.make_case(by=world.worker)
    assert (
        refused(
            lambda: person.read_groups(
                case=other, groups=[DataGroup.IDENTITY], by=world.worker, why="person"
            )
        )
        == "duty_to_know"
    )
    assert refused(lambda: groups(world, DataGroup.IDENTITY, by=world.focal)) == "duty_to_know"


def test_when_the_hour_is_over_it_is_closed_again(world: World) -> None:
    use = break_glass(world, world.worker)
    glass.end(code=use.code, by=world.worker, at=now())

    assert refused(lambda: groups(world, DataGroup.IDENTITY)) == "duty_to_know"


def test_a_file_that_is_being_made_is_taken_back_from_who_is_due(
    world: World, settings: Any
) -> None:
    bound, settings.DUTY_TO_KNOW = settings.DUTY_TO_KNOW, ()
    job = asked_export(world)
    settings.DUTY_TO_KNOW = bound
    taken = exporting.take(by=exporting.EXPORTER, at=now())
    assert taken is not None
    exporting.write_file(job=taken, by=exporting.EXPORTER, at=now())
    job.refresh_from_db()

    assert job.state == "revoked"


# By the edges


def test_the_api_refuses_with_a_sentence_and_the_log_has_it(
    signed_in: Any, world: World
) -> None:
    path = f"persons/{world.case.person.code}/groups/identity/"
    answer = signed_in(world.worker).get(path)

    assert (answer.status_code, answer.json()["code"]) == (403, "duty_to_know")
    assert "emergency access" in answer.json()["title"]
    denied = AuditEvent.objects.get(event="denied")
    assert (denied.actor, denied.facts["code"]) == (world.worker.username, "duty_to_know")


def test_the_preview_names_what_is_closed(signed_in: Any, world: World) -> None:
    draft = make.make_draft(
        case=make.make_case(by=world.worker), service=world.service, by=world.worker
    )
    shown = signed_in(world.worker).get(f"referrals/{draft.code}/preview/").json()

    assert (sorted(shown["will_see"]["groups"]), shown["closed"]) == (
        ["safety"], ["identity", "contact"],
    )  # fmt: skip


@pytest.mark.parametrize("language", ["en", "ru", "be"])
def test_a_page_says_what_to_do_and_leads_there(
    visiting: Any, world: World, language: str
) -> None:
    words = {"en": "under Learning", "ru": "«Обучение»", "be": "«Навучанне»"}
    world.worker.language = language
    world.worker.save(update_fields=["language"])

    page = visiting(world.worker).see(f"/cases/{world.case.code}/people/?open=identity")
    text = page.content.decode()

    assert page.status_code == 403
    assert (words[language] in text, 'href="/learning/"' in text, NAME in text) == (
        True, True, False,
    )  # fmt: skip


def test_a_search_keeps_what_was_typed_and_is_in_the_log(visiting: Any, world: World) -> None:
    page = visiting(world.worker).do("/cases/", {"name": NAME})
    text = page.content.decode()

    assert page.status_code == 403
    assert (f'value="{NAME}"' in text, "under Learning" in text) == (True, True)
    assert AuditEvent.objects.get(event="denied").facts["code"] == "duty_to_know"
    assert AuditEvent.objects.filter(event="search").count() == 0


def test_a_case_is_begun_and_opened_on_the_pages(visiting: Any, world: World) -> None:
    case = make.make_case(by=world.worker, open_=False)
    visitor = visiting(world.worker)
    check = visitor.see(f"/cases/{case.code}/intake/check/")
    family = visitor.see(f"/cases/{case.code}/intake/family/")
    held = visitor.see(f"/cases/{case.code}/intake/identity/")
    visitor.do(f"/cases/{case.code}/intake/check/")
    case.refresh_from_db()

    assert (check.status_code, "under Learning" in check.content.decode()) == (200, True)
    assert make.IDENTITY["prs_SecondName"] not in check.content.decode()
    assert (family.status_code, held.status_code, case.state) == (200, 403, "open")


def test_what_was_typed_is_kept_where_somebody_wrote_meanwhile(
    visiting: Any, world: World
) -> None:
    page = visiting(world.worker).do(
        f"/cases/{world.case.code}/intake/identity/",
        {"version": "0", "prs_SecondName": "Typed just now"},
    )
    text = page.content.decode()

    assert (page.status_code, "Typed just now" in text, NAME in text) == (200, True, False)


def test_the_preview_on_its_page_can_be_sent(visiting: Any, world: World) -> None:
    case = make.make_case(by=world.worker)
    make.make_consent(case=case, to=world.service.agency, by=world.worker)
    draft = make.make_draft(case=case, service=world.service, by=world.worker)
    visitor = visiting(world.worker)
    text = visitor.see(f"/referrals/{draft.code}/preview/").content.decode()
    visitor.do(f"/referrals/{draft.code}/preview/")
    draft.refresh_from_db()

    assert (">Send<" in text, make.IDENTITY["prs_SecondName"] in text) == (True, False)
    assert draft.state == "sent"


# No way that nobody thought of


@dataclass(frozen=True, slots=True)
class Call:
    """Where the vault is asked, and what is said of groups and of being unseen."""

    where: str
    what: str
    says: str


APPS = (
    "agencies", "audit", "cases", "config", "custody", "demo", "documents", "edge", "exchange",
    "figures", "guard", "guest", "identification", "kernel", "learning", "network", "notify",
    "pages", "practice", "referral", "reintegration", "rights", "seconding", "signin",
)  # fmt: skip
OPENING = {"open_groups", "open_texts", "find_by_name", "named", "tried"}
# Each caller of the vault: "asks" where the groups are named, so that the vault asks for the duty;
# "unseen" where the actor is shown nothing; "both" where its own caller says which; "names nobody" where
# the texts belong to no group by which anybody is named or found.
THOUGHT_OF = {
    "cases.actions.assessing.read open_texts": "names nobody",
    "cases.actions.matching.remake open_groups": "unseen",
    "cases.actions.person._held_value open_groups": "unseen",
    # It asks for the duty itself.
    "cases.actions.person.find find_by_name": "names nobody",
    "cases.actions.person.read_groups open_groups": "asks",
    "cases.actions.records.read open_texts": "asks",
    # Counts what opens, and keeps none of it.
    "cases.keycheck.verify tried": "names nobody",
    "cases.reading.names_on open_texts": "asks",
    "cases.reading.reason_of open_texts": "names nobody",
    "cases.reading.reasons_apart open_texts": "names nobody",
    "cases.reading.reasons_held open_texts": "names nobody",
    "cases.reading.records_of open_texts": "asks",
    "cases.reading.texts_of open_texts": "names nobody",
    # It asks for the duty itself, where the group is held.
    "cases.reading.typed_in open_texts": "unseen",
    "documents.reading.words_of open_texts": "both",
    "documents.store.content_of open_texts": "asks",
    "exchange.homes.texts open_texts": "names nobody",
    "exchange.origins.read open_texts": "asks",
    "guard.actions.contacting._plan open_groups": "both",
    "guard.reading.override_of open_texts": "names nobody",
    "guard.reading.words_of open_texts": "names nobody",
    "identification.api.views.show open_texts": "asks",
    "identification.reading._opened open_texts": "names nobody",
    "identification.reading.read_all open_texts": "asks",
    "identification.reading.told open_texts": "asks",
    # Keeps a name out of a post, and says only that there is one.
    "network.casewords._of_own_people named": "names nobody",
    "pages.screening._texts open_texts": "asks",
    "referral.actions.transferring._move_names open_groups": "unseen",
    "referral.api.onward.shown_onward open_texts": "names nobody",
    "referral.disclosure._read open_groups": "both",
    "referral.disclosure.opened open_texts": "asks",
    "referral.reading._opened open_texts": "names nobody",
    "referral.reading.why_onward open_texts": "names nobody",
    "reintegration.reading.part_of open_texts": "asks",
    "reintegration.reading.remarks_of open_texts": "names nobody",
    "reintegration.reading.resolutions_of open_texts": "names nobody",
    "reintegration.reading.words_of_plan open_texts": "names nobody",
    "rights.pack._opened open_groups": "asks",
    "rights.pack._opened open_texts": "asks",
    "rights.requestreading.reason_of open_texts": "names nobody",
}
# Who may say that the actor is shown nothing, where the callee leaves it open.
UNSEEN = {
    "documents.reading.chosen_of": "words_of unseen=unseen",
    "guard.actions.contacting.make_contact": "_plan unseen=True",
    "guard.actions.contacting.plan_contact": "_plan unseen=True",
    "guard.actions.contacting.read_plan": "_plan unseen=False",
    "referral.disclosure._read": "chosen_of unseen=unseen",
    "referral.disclosure.freeze": "_read unseen=True",
}
# Where a sealed thing is opened without the vault: of no person, or for a machine alone.
SEALED_OTHERWISE = {
    "agencies.importing", "audit.keys", "custody.migrations.0003_keys_of_purposes", "exchange.store",
    "figures.sheets", "guest.proofs", "notify.systemkeys", "seconding.words", "signin.adapter",
    "signin.holding",
}  # fmt: skip


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Every call of our own code: module, function and the call."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield from _inside(ast.parse(path.read_text(encoding="utf-8")), module, "")


def _inside(node: ast.AST, module: str, function: str) -> Iterator[tuple[str, str, ast.Call]]:
    for child in ast.iter_child_nodes(node):
        inner = child.name if isinstance(child, ast.FunctionDef) else function
        if isinstance(child, ast.Call):
            yield module, inner, child
        yield from _inside(child, module, inner)


def called(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def said(call: ast.Call) -> dict[str | None, str]:
    return {each.arg: ast.unparse(each.value) for each in call.keywords}


def judged(call: ast.Call) -> str:
    if (unseen := said(call).get("unseen")) is not None:
        return "unseen" if unseen == "True" else "both"
    named = {"groups", "inside"} & set(said(call))
    return "asks" if named or called(call) == "open_groups" else "names nobody"


def test_every_opening_was_thought_of() -> None:
    found = {
        f"{module}.{function} {called(call)}": judged(call)
        for module, function, call in calls()
        if called(call) in OPENING
        and module != "cases.vault"
        and "vault" in ast.unparse(call.func)
    }

    assert found == THOUGHT_OF


def test_whoever_says_that_nothing_is_seen_was_thought_of() -> None:
    found = {
        f"{module}.{function}": f"{called(call)} unseen={said(call)['unseen']}"
        for module, function, call in calls()
        if "unseen" in said(call) and called(call) not in OPENING
    }

    assert found == UNSEEN


def test_the_vault_is_called_by_its_name_and_nothing_else_opens() -> None:
    opened = {
        module for module, _, call in calls()
        if called(call) == "open_sealed" and module not in {"cases.vault", "kernel.sealing"}
    }  # fmt: skip
    assert opened == SEALED_OTHERWISE
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert "from cases.vault import" not in text, f"{path}: say vault.NAME"
            assert "getattr(vault" not in text, f"{path}: say vault.NAME"

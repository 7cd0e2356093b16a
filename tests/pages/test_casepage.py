"""A case on its pages: how it stands, what happened, its notes, and who can see it."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from audit.models import AuditEvent
from cases import workflow as cases
from cases.actions import lifecycle
from cases.models import Case
from demo import builders as make
from identification import workflow as identification
from notify.models import Task
from pages.happened import EVENTS
from referral import policy as referral_policy
from referral import workflow as referral
from referral.actions import sending
from referral.models import Referral
from reintegration import workflow as support
from rights import requestflow

ROOT = Path(settings.BASE_DIR)
# Where something may be written into a timeline, and how such a word begins.
ACTING = [
    path
    for app in ("cases", "identification", "reintegration", "referral", "rights")
    for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.parts and "api" not in path.parts
]


@pytest.fixture
def protector(db: None) -> Member:
    home = make.make_agency(is_coordinating=True)
    return make.make_member(agency=home, role=Role.DATA_PROTECTION_OFFICER)


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def note(case: Case, by: Member, text: str, visibility: str = "agency") -> None:
    lifecycle.note(code=case.code, text=text, visibility=visibility, by=by, at=timezone.now())


def test_the_overview_says_how_the_case_stands_and_what_comes_next(
    visiting: Any, sender: Member, case: Case
) -> None:
    text = text_of(visiting(sender).see(f"/cases/{case.code}/"))

    shown = [
        words in text
        for words in (
            "Risk: medium", "not judged yet", "not begun", "no plan yet", "A social worker",
            "Assess what the person needs", "due in", "Ask another agency for help",
            "Only a supervisor may do this.",
        )
    ]  # fmt: skip
    assert shown == [True] * 9
    assert f'href="/cases/{case.code}/do/hand_over/"' in text
    assert f'href="/cases/{case.code}/do/open/"' not in text
    assert "Ірына" not in text
    assert "<title>Case – Service desk</title>" in text


@pytest.mark.parametrize("page", ["", "consent/", "plan/", "timeline/"])
def test_every_page_of_a_case_says_when_something_is_due(
    visiting: Any, sender: Member, case: Case, page: str
) -> None:
    text = text_of(visiting(sender).see(f"/cases/{case.code}/{page}"))

    assert "due in" in text.split('class="tabs"')[0]


def test_the_overview_lists_the_tasks_of_the_case_and_takes_back_their_end(
    visiting: Any, sender: Member, supervisor: Member, case: Case
) -> None:
    Member.objects.filter(pk=sender.pk).update(first_name="Anna", last_name="Lis")
    other = make.make_case(by=sender)
    for each in (case, other):
        lifecycle.set_task(
            code=each.code, text="Call the clinic.", assignee=sender, due_at=None,
            by=supervisor, at=timezone.now(),
        )  # fmt: skip
    address, visitor = f"/cases/{case.code}/", visiting(sender)
    task = Task.objects.get(case=case.code)

    mine, theirs = text_of(visitor.see(address)), text_of(visiting(supervisor).see(address))
    after = visitor.do(f"/tasks/{task.code}/done/", {"next": address})

    assert mine.count("/done/") == theirs.count("/done/") == 1
    assert f'action="/tasks/{task.code}/done/"' in mine
    assert "Call the clinic." not in mine
    assert ('class="quiet">you<' in mine, 'class="quiet">Anna Lis<' in theirs) == (True, True)
    assert after.redirect_chain == [(address, 302)]
    assert "/done/" not in text_of(after)


@pytest.mark.parametrize(
    "page", ["", "timeline/", "notes/", "access/", "assessments/", "records/", "do/close/"]
)
def test_a_stranger_learns_nothing(
    visiting: Any, stranger: Member, case: Case, page: str
) -> None:
    answer = visiting(stranger).see(f"/cases/{case.code}/{page}")
    nowhere = visiting(stranger).see(f"/cases/SH-0000-0000/{page}")

    assert (answer.status_code, nowhere.status_code) == (404, 404)
    assert case.owner.name not in text_of(answer)


def test_a_receiver_sees_the_owner_and_what_is_open_to_it(
    visiting: Any, receiver: Member, accepted: Referral
) -> None:
    text = text_of(visiting(receiver).see(f"/cases/{accepted.case.code}/"))

    assert accepted.case.owner.name in text
    assert f'href="/referrals/{accepted.code}/"' in text
    assert [words in text for words in ("name, birth and papers", "risks, in short")] == [
        True
    ] * 2
    assert [words in text for words in ("medium", "What comes next", "health")] == [False] * 3


@pytest.mark.parametrize(
    "page", ["timeline/", "notes/", "access/", "assessments/", "do/close/"]
)
def test_a_receiver_finds_no_page_of_the_owner(
    visiting: Any, receiver: Member, accepted: Referral, page: str
) -> None:
    answer = visiting(receiver).see(f"/cases/{accepted.case.code}/{page}")

    assert answer.status_code == 404


def test_the_timeline_tells_in_words_who_did_what(
    visiting: Any, sender: Member, sent: Referral
) -> None:
    text = text_of(visiting(sender).see(f"/cases/{sent.case.code}/timeline/"))

    assert [
        text.index(words)
        for words in ("A referral was sent.", "Consent was given.", "The case was registered.")
    ] == sorted(
        text.index(words)
        for words in ("A referral was sent.", "Consent was given.", "The case was registered.")
    )
    assert "(name, birth and papers)" in text
    assert f"{sender.username}, {sender.agency.name}" in text
    assert f'href="/referrals/{sent.code}/"' in text


def test_a_long_timeline_has_a_next_page(visiting: Any, sender: Member, case: Case) -> None:
    for n in range(51):
        note(case, sender, f"Note {n}")
    visitor = visiting(sender)

    first = text_of(visitor.see(f"/cases/{case.code}/timeline/"))
    mark = re.search(r'href="\?after=([^"]+)"', first)
    assert mark is not None
    second = text_of(visitor.see(f"/cases/{case.code}/timeline/?after={mark.group(1)}"))

    assert ("The case was registered." in first, "The case was registered." in second) == (
        False,
        True,
    )


def test_notes_are_opened_when_asked_for_and_that_is_written_down(
    visiting: Any, sender: Member, supervisor: Member, case: Case
) -> None:
    note(case, sender, "She likes to be called after ten.")
    note(case, sender, "For me alone.", "private")
    visitor = visiting(supervisor)

    closed = text_of(visitor.see(f"/cases/{case.code}/notes/"))
    opened = text_of(visitor.see(f"/cases/{case.code}/notes/?open=notes"))

    said = "She likes to be called after ten."
    assert (said in closed, said in opened, "For me alone." in opened) == (False, True, False)
    reads = AuditEvent.objects.filter(event="read.notes", actor=supervisor.username)
    assert list(reads.values_list("facts", flat=True)) == [{"n": 1}]


def test_a_note_says_who_will_read_it_and_is_kept(
    visiting: Any, sender: Member, case: Case
) -> None:
    visitor, path = visiting(sender), f"/cases/{case.code}/notes/"

    nothing = visitor.do(path, {"text": "Half a thought"})
    kept = visitor.do(path, {"text": "Half a thought", "visibility": "shared"})

    assert (nothing.status_code, "Half a thought" in text_of(nothing)) == (200, True)
    assert "The note is kept." in text_of(kept)
    readers = "My agency, and an agency to which the case is transferred one day."
    assert readers in text_of(kept)
    assert [n.visibility for n in case.notes.all()] == ["shared"]


def test_who_can_see_a_case_is_told_agency_by_agency(
    visiting: Any, sender: Member, supervisor: Member, receiver: Member, accepted: Referral
) -> None:
    text = text_of(visiting(sender).see(f"/cases/{accepted.case.code}/access/"))

    at = [
        text.index(words)
        for words in (
            "Who can see this case now, and why", sender.agency.name, supervisor.username,
            "supervisor of the agency of this case".capitalize(), receiver.agency.name,
            receiver.username, "Asked for help by a referral", accepted.code,
        )
    ]  # fmt: skip
    assert "Works on this case" in text
    # Named as the contact and a focal point besides: that is one reason, told once.
    assert text.count("Asked for help by a referral") == 1
    assert at[0] < at[4] < at[6] < at[7]


def test_data_protection_reads_the_same_and_nothing_else(
    visiting: Any, protector: Member, accepted: Referral
) -> None:
    visitor, path = visiting(protector), f"/cases/{accepted.case.code}/"

    shown = text_of(visitor.see(f"{path}access/"))

    assert ("Asked for help by a referral" in shown, "medium" in shown) == (True, False)
    assert 'aria-label="Case"' not in shown
    assert visitor.see(path).status_code == 404


@pytest.mark.parametrize(
    ("page", "most"),
    [("", 12), ("timeline/", 12), ("notes/", 12), ("access/", 12), ("do/close/", 12)],
)
def test_a_page_costs_the_same_for_one_and_for_three(
    visiting: Any, sender: Member, supervisor: Member, receiver: Member, page: str, most: int
) -> None:
    case, visitor = make.make_case(by=sender), visiting(supervisor)
    counts = []
    for _ in range(3):
        service = make.make_service(agency=make.make_agency())
        make.make_consent(case=case, to=service.agency, by=sender)
        draft = make.make_draft(case=case, service=service, by=sender)
        sending.send(code=draft.code, by=sender, at=timezone.now())
        note(case, sender, "Something.")
        visitor.see(f"/cases/{case.code}/{page}")
        answer, asked = visitor.asks(f"/cases/{case.code}/{page}")
        counts.append(asked)
        assert len(answer.content) < 60_000

    assert counts == [counts[0]] * 3
    assert counts[0] <= most


def written(path: Path) -> set[str]:
    """The events that this file names; of those made of parts, their beginning."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not re.fullmatch(
            r"(timeline\.record|_log)", ast.unparse(node.func)
        ):
            continue
        event = node.args[1]
        if isinstance(event, ast.Constant):
            found.add(str(event.value))
        elif isinstance(event, ast.JoinedStr):
            assert isinstance(event.values[0], ast.Constant)
            found.add(str(event.values[0].value))
        else:
            assert ast.unparse(event) == "event", f"{path}: name the event in the call"
    return found


def verbs_of(kind: str) -> set[str]:

    return {
        "case.": {*cases.Verb},
        "hold.": {f"{kind}_{what}" for kind in cases.HoldKind for what in ("set", "ended")},
        "consent.": {*cases.ConsentVerb},
        "override.": {*cases.OverrideVerb},
        "referral.": {*referral.Verb, *referral_policy.Act},
        "onward.": {*referral.OnwardState} - {referral.OnwardState.PROPOSED},
        "transfer.": {*referral.TransferState},
        "case_request.": {"granted", "refused"},
        "identification.": {*identification.Verb},
        "review.": {support.ReviewState.HELD, support.ReviewState.NOT_HELD},
        "plan.": {*support.Verb} - {support.Verb.PLAN},
        "goal.": {support.GoalState.MET, support.GoalState.DROPPED},
        "action.": {support.ActionState.DONE, support.ActionState.DROPPED},
        "request.": {*requestflow.Verb, "recorded", "safety", "extended"},
    }[kind]


def test_everything_that_can_happen_has_words() -> None:
    named = set().union(*(written(path) for path in ACTING))
    events = {name for name in named if not name.endswith(".")}
    for beginning in named - events:
        events |= {f"{beginning}{verb}" for verb in verbs_of(beginning)}

    assert len(events) > 80
    assert events - set(EVENTS) == set()

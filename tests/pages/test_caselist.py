"""The list of cases: who sees which line and how much of it, filters, pages, search, own views."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from agencies.actions import MOST_VIEWS
from agencies.models import Member, SavedView
from agencies.roles import Role
from audit.log import digest_of
from audit.models import AuditEvent
from cases import access
from cases.models import Case
from demo import builders as make
from edge.paging import PAGE
from referral.models import Referral


@pytest.fixture
def boss(sender: Member) -> Member:
    return make.make_member(agency=sender.agency, role=Role.SUPERVISOR)


def case_of(by: Member, *, risk: str = "medium", open_: bool = True) -> Case:
    case = make.make_case(by=by, open_=open_)
    Case.objects.filter(pk=case.pk).update(risk=risk)
    return case


def listed(visitor: Any, **query: str) -> set[str]:
    rows = visitor.see("/cases/", query).context["rows"]
    return {row["code"] for row in rows}


def test_the_owner_sees_the_line_and_a_receiver_the_code_and_the_owner(
    visiting: Any, sent: Referral, sender: Member, receiver: Member, stranger: Member
) -> None:
    ours = visiting(sender).see("/cases/").content.decode()
    theirs = visiting(receiver).see("/cases/").content.decode()
    nobodys = visiting(stranger).see("/cases/").content.decode()

    row = theirs.split("<tbody>")[1].split("</tbody>")[0]
    assert (sent.case.code in ours, sender.username in ours.split("<tbody>")[1]) == (True, True)
    assert (sent.case.code in row, f"referred to you by {sender.agency.name}" in row) == (
        True, True,
    )  # fmt: skip
    assert [word for word in (sender.username, "medium", "open", "due in") if word in row] == []
    assert ("0 cases shown" in nobodys, sent.case.code in nobodys) == (True, False)


def test_who_works_with_no_case_has_no_list(visiting: Any, db: None) -> None:
    for role in (Role.AGENCY_ADMIN, Role.COORDINATOR, Role.AUDITOR, Role.SYSTEM_ADMIN):
        assert visiting(make.make_member(role=role)).see("/cases/").status_code == 403


def test_who_may_begin_a_case_finds_the_button(
    visiting: Any, sender: Member, receiver: Member, boss: Member
) -> None:
    found = [
        'href="/cases/new/"' in visiting(member).see("/cases/").content.decode()
        for member in (sender, boss, receiver)
    ]

    assert found == [True, True, False]


def test_filters_combine(visiting: Any, sender: Member, boss: Member) -> None:
    colleague = make.make_member(agency=sender.agency)
    high, low = case_of(sender, risk="high"), case_of(sender, risk="low")
    draft = case_of(sender, risk="high", open_=False)
    other = case_of(colleague, risk="high")
    loose = case_of(colleague, risk="low")
    Case.objects.filter(pk=loose.pk).update(worker=None)
    access.copy_due(high, timezone.now())
    visitor = visiting(boss)

    assert listed(visitor) == {each.code for each in (high, low, draft, other, loose)}
    assert listed(visitor, risk="high") == {high.code, draft.code, other.code}
    assert listed(visitor, risk="high", state="open") == {high.code, other.code}
    assert listed(visitor, risk="high", state="open", worker=sender.username) == {high.code}
    assert listed(visitor, worker="~") == {loose.code}
    assert listed(visitor, late="1") == {high.code}
    assert listed(visitor, late="1", risk="low") == set()
    assert listed(visitor, kind="ours", risk="low") == {low.code, loose.code}
    assert listed(visitor, kind="theirs") == set()


def test_a_receiver_learns_nothing_by_filtering(
    visiting: Any, sent: Referral, receiver: Member
) -> None:
    Case.objects.filter(pk=sent.case_id).update(risk="high", worker=None)
    access.copy_due(sent.case, timezone.now())
    visitor = visiting(receiver)

    seen = [listed(visitor, **query) for query in (
        {}, {"kind": "theirs"}, {"kind": "ours"}, {"risk": "high"}, {"state": "open"},
        {"late": "1"}, {"worker": "~"}, {"risk": "high", "kind": "theirs"},
    )]  # fmt: skip

    assert seen == [{sent.case.code}] * 2 + [set()] * 6


def test_a_filter_that_is_none_shows_nothing_and_says_so(visiting: Any, sender: Member) -> None:
    case_of(sender)

    answer = visiting(sender).see("/cases/", {"state": "asleep", "worker": "somebody"})

    assert (answer.status_code, answer.context["rows"]) == (200, [])
    assert "Please look at this again" in answer.content.decode()


def test_what_is_overdue_is_said_in_words(visiting: Any, sender: Member) -> None:
    case = case_of(sender)
    access.copy_due(case, timezone.now() - 5 * dt.timedelta(days=1))

    assert "overdue by 5 days" in visiting(sender).see("/cases/").content.decode()


def test_pages_follow_each_other_without_gap_or_repeat(
    visiting: Any, sender: Member, boss: Member
) -> None:
    """A supervisor who works on the cases as well has two rows for each of them."""
    codes = [case_of(boss, risk="high").code for _ in range(PAGE + 3)]
    case_of(boss, risk="low")
    visitor = visiting(boss)

    first = visitor.see("/cases/", {"risk": "high"})
    second = visitor.see("/cases/", {"risk": "high", "after": first.context["next"]})

    pages = [[row["code"] for row in page.context["rows"]] for page in (first, second)]
    assert pages[0] + pages[1] == codes[::-1]
    assert (len(pages[0]), second.context["next"]) == (PAGE, None)
    assert f"{PAGE} cases shown" in first.content.decode()
    assert "risk=high&amp;after=" in first.content.decode()
    assert visitor.see("/cases/", {"after": "nonsense"}).status_code == 400
    assert len(first.content) < 60_000


def test_a_code_opens_its_case_however_it_is_typed(
    visiting: Any, sender: Member, stranger: Member
) -> None:
    code = case_of(sender).code
    bare = code.removeprefix("SH-")
    visitor = visiting(sender)

    for typed in (code, code.lower(), f" {bare} ", bare.replace("-", " "), bare.lower()):
        answer = visitor.see("/cases/", {"code": typed})
        assert (answer.status_code, answer["Location"]) == (302, f"/cases/{code}/")
    for member, typed in ((stranger, code), (sender, "SH-2222-2222")):
        said = visiting(member).see("/cases/", {"code": typed}).content.decode()
        assert "There is no such case that you may see." in said
    assert "A code looks like" in visitor.see("/cases/", {"code": "?"}).content.decode()


def test_a_name_is_found_in_another_spelling_and_the_search_is_written_down(
    visiting: Any, sender: Member
) -> None:
    case = case_of(sender)
    visitor = visiting(sender)

    answer = visitor.do("/cases/", {"name": "Irina Kozlova"})

    assert (answer.status_code, answer.redirect_chain) == (200, [])
    assert case.code in answer.content.decode()
    assert "Казлова" not in answer.content.decode()
    event = AuditEvent.objects.filter(event="search").get()
    told = {"by": "name", "hits": 1, "digest": digest_of([case.code])}
    assert (event.actor, event.facts) == (sender.username, told)
    assert "ozlova" not in str(AuditEvent.objects.values())
    assert "0 cases of your own" in visitor.do("/cases/", {"name": "Nobody"}).content.decode()


def test_a_name_finds_no_case_of_another_agency(
    visiting: Any, sent: Referral, receiver: Member
) -> None:
    text = visiting(receiver).do("/cases/", {"name": "Ірына Казлова"}).content.decode()

    assert sent.case.code not in text


def test_a_list_is_saved_under_a_name_and_removed(
    visiting: Any, sender: Member, boss: Member
) -> None:
    visitor = visiting(sender)
    sent = {"name": "Urgent", "query": "?risk=high&late=on&after=x&name=Irina&worker=~"}

    saved = visitor.do("/views/", sent)
    again = visitor.do("/views/", sent)
    view = SavedView.objects.get()

    assert (view.member, view.page, view.query) == (
        sender, "cases", "risk=high&worker=~&late=1".replace("~", "%7E")
        if "%7E" in view.query else "risk=high&worker=~&late=1",
    )  # fmt: skip
    assert 'href="?risk=high&amp;worker=~&amp;late=1"' in saved.content.decode()
    assert "You have a saved list of this name already." in again.content.decode()
    assert 'value="Urgent"' in again.content.decode()
    assert "Urgent" not in visiting(boss).see("/cases/").content.decode()
    assert visiting(boss).do(f"/views/{view.code}/forget/").status_code == 404
    assert visitor.do(f"/views/{view.code}/forget/").redirect_chain == [("/cases/", 302)]
    assert SavedView.objects.count() == 0


def test_there_is_room_for_so_many_lists(visiting: Any, sender: Member) -> None:
    visitor = visiting(sender)
    for n in range(MOST_VIEWS):
        visitor.http.post("/views/", {"name": f"List {n}", "query": "risk=low"})

    answer = visitor.do("/views/", {"name": "One more", "query": "risk=low"})

    assert "Remove one first" in answer.content.decode()
    assert SavedView.objects.count() == MOST_VIEWS


@pytest.mark.parametrize("who", ["sender", "boss", "receiver"])
def test_the_list_takes_the_same_queries_for_one_and_for_three(
    who: str, sent: Referral, visiting: Any, sender: Member, receiver: Member, boss: Member
) -> None:
    visitor = visiting({"sender": sender, "boss": boss, "receiver": receiver}[who])
    wanted = {"kind": "theirs"} if who == "receiver" else {"risk": "medium"}
    visitor.see("/cases/")
    costs = []
    for _ in range(3):
        costs.append(visitor.asks("/cases/", wanted)[1])
        make.make_sent(by=sender, service=sent.service)

    assert (len(set(costs)), max(costs) <= 12) == (1, True), costs

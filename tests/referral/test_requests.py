"""An agency asks for a case by its code: what the owner does, and how little the asker learns."""

import datetime as dt
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from django.db import connection, connections, transaction
from django.utils import timezone

from agencies.models import Agency, Member
from agencies.roles import Role
from audit import log
from audit.models import AuditEvent
from cases.actions import exclusion
from cases.apart import Whom
from cases.models import Case, CaseAccess
from demo import builders as make
from kernel.errors import Denied, Invalid, Refused
from notify.models import Clock, Delivery, Task
from referral.actions import requesting, transferring
from referral.models import CaseRequest, Transfer
from referral.tasks import lapse_requests
from tests.referral.test_race import at_once, held_open

# A Tuesday morning in Minsk, in a week without holidays.
AT = dt.datetime(2026, 3, 3, 7, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
NOWHERE = "SH-2222-2222"


@pytest.fixture(autouse=True)
def the_day() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def case(sender: Member) -> Case:
    return make.make_case(by=sender)


@pytest.fixture
def owner(sender: Member) -> Member:
    """The supervisor whose agency owns the case."""
    return make.make_member(agency=sender.agency, role=Role.SUPERVISOR)


@pytest.fixture
def asker(db: None) -> Member:
    return make.make_member(
        agency=make.make_agency(type="territorial_centre"), role=Role.SUPERVISOR
    )


def now() -> dt.datetime:
    return timezone.now()


def ask(code: str, by: Member) -> CaseRequest:
    return requesting.ask(case_code=code, reason="person_moved", by=by, at=now())


def grant(request: CaseRequest, by: Member) -> CaseRequest:
    return requesting.grant(code=request.code, note="As asked.", by=by, at=now())


def refuse(request: CaseRequest, by: Member) -> CaseRequest:
    return requesting.refuse(code=request.code, by=by, at=now())


def world() -> tuple[Any, ...]:
    return (
        list(CaseRequest.objects.order_by("pk").values_list("state", "refused_at", "transfer")),
        list(Transfer.objects.order_by("pk").values_list("code", "state")),
        list(Clock.objects.order_by("pk").values_list("pk", "stopped_at")),
        list(Task.objects.order_by("pk").values_list("code", "done_at")),
        Delivery.objects.count(),
        CaseAccess.objects.count(),
    )


def refused(act: Any, *words: Any) -> str:
    """The code of the refusal with its place, and that nothing of the act has stayed."""
    before = world()
    with pytest.raises((Refused, Denied, Invalid)) as refusal:
        act(*words)
    assert world() == before
    return f"{refusal.value.code} {refusal.value.pointer}".strip()


def bells(member: Member) -> list[tuple[str, str]]:
    rung = Delivery.objects.filter(member=member, channel="in_app").order_by("pk")
    return list(rung.values_list("event__kind", "event__subject"))


def clocks(request: CaseRequest) -> list[tuple[str, str, bool]]:
    """Who owes an answer to the request, to whom, and whether that still runs."""
    rows = Clock.objects.filter(subject=request.code, purpose="case_request").order_by("pk")
    return [(c.receiver.code, c.sender.code, c.stopped_at is None) for c in rows]


def open_tasks(request: CaseRequest) -> list[str]:
    """The agencies that have still to answer it."""
    rows = Task.objects.filter(subject=request.code, done_at__isnull=True)
    return list(rows.order_by("pk").values_list("agency__code", flat=True))


def moved_to(to: Agency, case: Case, *, ours: Member, theirs: Member, worker: Member) -> None:
    make.make_consent(case=case, to=to, by=worker)
    proposed = transferring.propose(code=case.code, to=to, note="Moves.", by=ours, at=now())
    transferring.answer(code=proposed.code, accept=True, by=theirs, at=now())


# What the asker learns


def test_an_answer_is_the_same_for_a_case_that_is_and_one_that_is_not(
    case: Case, sender: Member, owner: Member, asker: Member, signed_in: Any
) -> None:
    refused_one, client = make.make_case(by=sender), signed_in(asker)
    others = make.make_member(agency=asker.agency, role=Role.SUPERVISOR)
    bodies = [{"case": code, "reason": "person_moved"}
              for code in (case.code, refused_one.code, NOWHERE)]  # fmt: skip
    answers = [client.post("case_requests/", body) for body in bodies]
    assert [answer.status_code for answer in answers] == [201] * 3
    codes = [answer.json()["code"] for answer in answers]
    refuse(CaseRequest.objects.get(code=codes[1]), owner)

    def seen(by: Any) -> list[dict[str, Any]]:
        """As the asker sees each of them, without its own code and the code that was asked for."""
        one_by_one = [by.get(f"case_requests/{code}/").json() for code in codes]
        listed = by.get("case_requests/").json()["results"]
        assert listed == one_by_one[::-1]
        assert [(each.pop("code"), each.pop("case")) for each in one_by_one] == [
            (code, body["case"]) for code, body in zip(codes, bodies, strict=True)
        ]
        return one_by_one

    waiting = {
        "asker": asker.agency.code, "reason": "person_moved", "state": "asked",
        "asked_at": "2026-03-03T07:00:00Z", "waits_until": "2026-03-17T07:00:00Z",
        "transfer": None,
    }  # fmt: skip
    first = [answer.json() for answer in answers]
    for each in first:
        del each["code"], each["case"]
    assert first == [waiting] * 3
    assert seen(client) == [waiting] * 3
    for passed in (13 * DAY, 14 * DAY - dt.timedelta(seconds=1)):
        with time_machine.travel(AT + passed, tick=False):
            lapse_requests()
            assert seen(signed_in(others)) == [waiting] * 3
    for passed in (14 * DAY, 30 * DAY):
        with time_machine.travel(AT + passed, tick=False):
            lapse_requests()
            assert seen(signed_in(others)) == [waiting | {"state": "no_answer"}] * 3
    assert bells(asker) == []
    assert bells(others) == []


def test_asking_tells_nothing_by_being_refused(
    case: Case, sender: Member, owner: Member, asker: Member
) -> None:
    """Asked twice, or asked again after a no: every code is answered alike."""
    declined = make.make_case(by=sender)
    for code in (case.code, declined.code, NOWHERE):
        ask(code, asker)
    refuse(CaseRequest.objects.get(case=declined), owner)

    for code in (case.code, declined.code, NOWHERE):
        assert refused(ask, code, asker) == "case_is_asked_for"
    with time_machine.travel(AT + 14 * DAY, tick=False):
        lapse_requests()
        again = [ask(code, asker).state for code in (case.code, declined.code, NOWHERE)]
    assert again == ["asked"] * 3


def test_who_asks_does_not_answer_and_finds_nothing_to_answer(
    case: Case, asker: Member, signed_in: Any
) -> None:
    asked = [ask(case.code, asker), ask(NOWHERE, asker)]
    client = signed_in(asker)

    for request in asked:
        url = f"case_requests/{request.code}/"
        assert client.post(f"{url}grant/", {"note": "Mine."}).status_code == 404
        assert client.post(f"{url}refuse/").status_code == 404
    assert refused(grant, asked[0], asker) == "only_the_owner_may_do_this"
    assert refused(refuse, asked[0], asker) == "only_the_owner_may_do_this"


def test_a_request_opens_nothing(case: Case, asker: Member, signed_in: Any) -> None:
    rows = CaseAccess.objects.count()

    ask(case.code, asker)

    assert CaseAccess.objects.count() == rows
    assert signed_in(asker).get(f"cases/{case.code}/").status_code == 404


# Who asks


@pytest.mark.parametrize(
    "role",
    [Role.SOCIAL_WORKER, Role.FOCAL_POINT, Role.AGENCY_ADMIN, Role.COORDINATOR,
     Role.IDENTIFICATION_OFFICER],
)  # fmt: skip
def test_only_a_supervisor_asks_and_sees(
    role: Role, case: Case, sender: Member, asker: Member, signed_in: Any
) -> None:
    request = ask(case.code, asker)
    member = make.make_member(agency=asker.agency, role=role)
    colleague = make.make_member(agency=sender.agency, role=role)

    assert refused(ask, case.code, member) == "only_a_supervisor_may_do_this"
    for other in (member, colleague):
        client = signed_in(other)
        assert client.get("case_requests/").json()["results"] == []
        assert client.get(f"case_requests/{request.code}/").status_code == 404
    for act in (grant, refuse):
        assert refused(act, request, colleague) == "only_the_owner_may_do_this"


def test_a_supervisor_of_a_third_agency_sees_no_request(
    case: Case, asker: Member, signed_in: Any
) -> None:
    request = ask(case.code, asker)
    third = make.make_member(role=Role.SUPERVISOR)

    client = signed_in(third)

    assert client.get("case_requests/").json()["results"] == []
    assert client.get(f"case_requests/{request.code}/").status_code == 404
    assert client.post(f"case_requests/{request.code}/refuse/").status_code == 404
    assert refused(refuse, request, third) == "only_the_owner_may_do_this"
    assert ask(case.code, third).state == "asked", "two agencies may ask for one case"


def test_ones_own_case_is_not_asked_for(case: Case, owner: Member) -> None:
    assert refused(ask, case.code, owner) == "owner_already /case"


@pytest.mark.parametrize("code", ["", "SH-2", "RF-2222-2222", "sh-2222-2222", "SH-2222-222U"])
def test_a_code_that_can_be_none_is_refused(code: str, asker: Member) -> None:
    assert refused(ask, code, asker) == "not_a_case_code /case"


def test_an_agency_without_a_protocol_asks_for_nothing(case: Case) -> None:
    unsigned = make.make_member(agency=make.make_agency(signed=False), role=Role.SUPERVISOR)

    assert refused(ask, case.code, unsigned) == "no_sharing_protocol"
    assert refused(ask, NOWHERE, unsigned) == "no_sharing_protocol"


# What the owner does


def test_the_owner_gets_a_clock_a_task_and_a_notice(
    case: Case, sender: Member, owner: Member, asker: Member
) -> None:
    request = ask(case.code, asker)

    home = sender.agency.code
    assert clocks(request) == [(home, home, True)]
    clock = Clock.objects.get(subject=request.code)
    # Three working days of twenty-four hours each, from Tuesday.
    assert (clock.case, clock.due_at) == (case.code, AT + 3 * DAY)
    (task,) = Task.objects.filter(subject=request.code)
    assert (task.kind, task.case, task.agency, task.role, task.assignee) == (
        "answer_case_request", case.code, sender.agency, "supervisor", None,
    )  # fmt: skip
    assert bells(owner) == [("case_request.asked", request.code)]
    assert case.timeline.values_list("event", "about").order_by("id").last() == (
        "case_request.asked", request.code,
    )  # fmt: skip


def test_a_code_that_is_none_asks_nothing_of_anybody(db: None, asker: Member) -> None:
    request = ask(NOWHERE, asker)

    assert (clocks(request), open_tasks(request)) == ([], [])
    assert Delivery.objects.count() == 0
    assert (
        AuditEvent.objects.filter(event="case_request.asked", about=request.code).count() == 1
    )


def test_a_request_is_granted_by_a_transfer_with_consent(
    case: Case, sender: Member, owner: Member, asker: Member, signed_in: Any
) -> None:
    request, home = ask(case.code, asker), sender.agency.code
    assert refused(grant, request, owner) == "no_consent"
    assert open_tasks(request) == [home]
    make.make_consent(case=case, to=asker.agency, by=sender)

    url = f"case_requests/{request.code}/grant/"
    answer = signed_in(owner).post(url, {"note": "As asked."})

    transfer = Transfer.objects.get()
    assert (answer.status_code, answer.json()["state"], answer.json()["transfer"]) == (
        200, "granted", transfer.code,
    )  # fmt: skip
    assert (transfer.state, transfer.case, transfer.receiver, transfer.proposed_by) == (
        "proposed", case, asker.agency, owner,
    )  # fmt: skip
    assert (clocks(request), open_tasks(request)) == ([(home, home, False)], [])
    assert Task.objects.get(subject=request.code).done_by == owner
    assert bells(asker) == [("transfer.proposed", transfer.code)]
    shown = signed_in(asker).get(f"case_requests/{request.code}/").json()
    assert (shown["state"], shown["transfer"]) == ("granted", transfer.code)
    with time_machine.travel(AT + 20 * DAY, tick=False):
        lapse_requests()
    request.refresh_from_db()
    assert request.state == "granted"
    transferring.answer(code=transfer.code, accept=True, by=asker, at=now())
    case.refresh_from_db()
    assert case.owner == asker.agency


def test_a_no_ends_the_clock_and_the_task_of_the_owner(
    case: Case, sender: Member, owner: Member, asker: Member
) -> None:
    request, home = ask(case.code, asker), sender.agency.code

    refuse(request, owner)

    assert (clocks(request), open_tasks(request)) == ([(home, home, False)], [])
    assert Task.objects.get(subject=request.code).done_by == owner
    assert bells(asker) == []


@pytest.mark.parametrize("first", [grant, refuse])
@pytest.mark.parametrize("second", [grant, refuse])
def test_what_is_answered_is_not_answered_again(
    first: Any, second: Any, case: Case, sender: Member, owner: Member, asker: Member
) -> None:
    make.make_consent(case=case, to=asker.agency, by=sender)
    request = ask(case.code, asker)
    first(request, owner)

    assert refused(second, request, owner) == "case_request_is_answered"


def test_what_has_lapsed_is_not_answered(
    case: Case, sender: Member, owner: Member, asker: Member
) -> None:
    make.make_consent(case=case, to=asker.agency, by=sender)
    request = ask(case.code, asker)
    with time_machine.travel(AT + 14 * DAY, tick=False):
        lapse_requests()

        assert refused(grant, request, owner) == "case_request_is_answered"
        assert refused(refuse, request, owner) == "case_request_is_answered"


def test_an_agency_kept_apart_is_given_nothing(
    case: Case, sender: Member, owner: Member, asker: Member
) -> None:
    make.make_consent(case=case, to=asker.agency, by=sender)
    exclusion.exclude(code=case.code, whom=Whom(agency=asker.agency), by=sender, at=now())

    request = ask(case.code, asker)

    assert refused(grant, request, owner) == "not_possible"


def test_the_next_owner_sees_it_and_owes_the_answer(
    case: Case, sender: Member, owner: Member, asker: Member, signed_in: Any
) -> None:
    request, home = ask(case.code, asker), sender.agency.code
    later = make.make_member(
        agency=make.make_agency(type="territorial_centre"), role=Role.SUPERVISOR
    )
    url = f"case_requests/{request.code}/"
    assert signed_in(owner).get(url).json()["case"] == case.code
    assert signed_in(later).get(url).status_code == 404

    moved_to(later.agency, case, ours=owner, theirs=later, worker=sender)

    assert signed_in(owner).get(url).status_code == 404
    assert signed_in(later).get(url).json()["case"] == case.code
    new = later.agency.code
    assert (clocks(request), open_tasks(request)) == ([(new, new, True)], [new])
    assert home != new
    assert refused(refuse, request, owner) == "only_the_owner_may_do_this"
    refuse(request, later)
    assert (clocks(request), open_tasks(request)) == ([(new, new, False)], [])


# The end of the waiting


def test_lapsing_twice_is_as_good_as_once(
    case: Case, sender: Member, owner: Member, asker: Member
) -> None:
    declined = make.make_case(by=sender)
    requests = [ask(code, asker) for code in (case.code, declined.code, NOWHERE)]
    refuse(requests[1], owner)
    later = AT + 14 * DAY
    home = sender.agency.code

    with time_machine.travel(later - DAY, tick=False):
        lapse_requests()
    for each in requests:
        requesting.let_lapse(code=each.code, by=log.CLOCK, at=later - DAY)
    assert list(CaseRequest.objects.values_list("state", flat=True)) == ["asked"] * 3
    for _ in range(2):
        with time_machine.travel(later, tick=False):
            lapse_requests()
        for each in requests:
            requesting.let_lapse(code=each.code, by=log.CLOCK, at=later)

    assert list(CaseRequest.objects.values_list("state", flat=True)) == ["no_answer"] * 3
    assert [clocks(each) for each in requests] == [
        [(home, home, False)], [(home, home, False)], [],
    ]  # fmt: skip
    assert [open_tasks(each) for each in requests] == [[], [], []]
    assert Task.objects.get(subject=requests[0].code).done_by is None
    lapsed = AuditEvent.objects.filter(event="case_request.lapsed").order_by("pk")
    assert list(lapsed.values_list("about", "actor")) == [
        (each.code, "clock") for each in requests
    ]


# At once


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(3))
def test_of_a_yes_and_a_no_at_once_one_wins(
    _round: int, case: Case, sender: Member, owner: Member, asker: Member
) -> None:
    make.make_consent(case=case, to=asker.agency, by=sender)
    request = ask(case.code, asker)

    outcomes = at_once(
        lambda: bool(grant(request, owner).transfer_id),
        lambda: bool(refuse(request, owner).transfer_id),
    )

    request.refresh_from_db()
    won = request.transfer is not None
    assert outcomes == [True, "case_request_is_answered"] if won else [
        "case_request_is_answered", False,
    ]  # fmt: skip
    assert (request.state, request.refused_at is None, Transfer.objects.count()) == (
        ("granted", True, 1) if won else ("asked", False, 0)
    )


@pytest.mark.django_db(transaction=True)
def test_lapsing_waits_for_an_answer_that_is_being_given(
    case: Case, sender: Member, owner: Member, asker: Member
) -> None:
    make.make_consent(case=case, to=asker.agency, by=sender)
    request = ask(case.code, asker)

    held_open(lambda: grant(request, owner).state, then=lambda: lapse(request))

    request.refresh_from_db()
    assert request.state == "granted"


@pytest.mark.django_db(transaction=True)
def test_lapsing_holds_the_case_before_what_hangs_on_it(
    case: Case, sender: Member, owner: Member, asker: Member
) -> None:
    """The order of locks: who holds the case may still take its requests and its clocks."""
    request = ask(case.code, asker)
    free = CaseRequest.objects.select_for_update(skip_locked=True, no_key=True)

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Case.objects.select_for_update(no_key=True).get(pk=case.pk)
            lapsing = pool.submit(lapse, request)
            assert somebody_waits()
            assert list(free.values_list("code", flat=True)) == [request.code]
        lapsing.result()
    request.refresh_from_db()
    assert request.state == "no_answer"


def lapse(request: CaseRequest, at: dt.datetime = AT + 14 * DAY) -> None:
    try:
        requesting.let_lapse(code=request.code, by=log.CLOCK, at=at)
    finally:
        connections.close_all()


def somebody_waits() -> bool:
    """Whether a lock is waited for, now or within two seconds."""
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return True
        time.sleep(0.01)
    return False

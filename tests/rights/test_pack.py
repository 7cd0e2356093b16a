"""The pack of a person holds all that is kept about them, and nothing of others."""

import logging
import re
from typing import Any

import pyrage
import pytest
from django.apps import apps
from django.db import models, transaction
from django.test import Client
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from audit.models import AuditEvent
from audit.queries import seen_by
from cases.models import Case, Consent
from demo import builders as make
from kernel.errors import Refused
from referral.models import Disclosure, Referral
from rights import pack
from rights.actions import packing, requesting
from rights.heldback import HOLDS_NOTHING_MORE, NOT_OF_A_PERSON, WITHHELD
from rights.sealedcolumns import TABLES
from tests.entering import enter
from tests.pages.conftest import Visitor
from tests.rights.filled import LEFT_OUT, TOLD, Filled, fill, mark, ready
from tests.test_canaries import in_the_broker, in_the_tables

MARK = re.compile(r"Zq\w+Qz")


def marks(names: tuple[str, ...]) -> set[str]:
    return {found for name in names for found in MARK.findall(mark(name))}


def made(
    who: Member, code: str, *, language: str = "ru", way: str = "paper"
) -> tuple[Any, str]:
    """The answer to pressing the button on the page, and the passphrase that the page showed."""
    visitor = Visitor(who)
    path = f"/requests/{code}/pack/"
    page = visitor.see(path).content.decode()
    signed = re.search(r'name="passphrase" value="([^"]+)"', page)
    shown = re.search(r'id="passphrase">([^<]+)<', page)
    assert signed
    assert shown
    sent = {"language": language, "way": way, "passphrase": signed.group(1)}
    return visitor.http.post(path, sent), shown.group(1)


def test_everything_that_is_kept_is_in_the_pack_or_counted(
    db: None, caplog: Any, capfd: Any
) -> None:
    filled = fill()
    request = ready(filled.case, by=filled.worker)
    readers = seen_by(filled.case.code, zone="Europe/Minsk", start=0, most=1000)
    caplog.set_level(logging.DEBUG)

    answer, _ = made(filled.worker, request.code)
    text = answer.content.decode()

    assert set(MARK.findall(text)) == marks(TOLD)
    assert len(marks(TOLD)) == len(TOLD)
    assert columns_never_filled() == set()
    _names_agencies_and_no_staff(filled, text)
    _tells_receipts_and_readers(filled, len(readers), text)
    _counts_what_is_left_out(filled, text)
    _is_in_the_log(filled)
    # Nothing of it stays: not in a table in clear, not in the queue, not in what is printed.
    kept = in_the_tables() + in_the_broker() + caplog.text + "".join(capfd.readouterr())
    assert set(MARK.findall(kept)) == set()


def columns_never_filled() -> set[tuple[str, str]]:
    """A column that the marks never fill would not be missed."""
    columns = {(t.model, c.name) for t in TABLES for c in t.sealed}
    columns |= {(w.model, name) for w in WITHHELD for name in w.columns}
    return {
        (model._meta.label, name)
        for model, name in columns
        if not model._default_manager.filter(**{f"{name}__isnull": False}).exists()
    }


def _names_agencies_and_no_staff(filled: Filled, text: str) -> None:
    article = text[text.index("<article") : text.index("</article>")]
    for name in ("Kontora Sorokina", "Centr Buslika", "Prytulak Lastauki"):
        assert name in article
    named = [n for who in filled.staff for n in (who.username, who.known_as) if n in article]
    assert named == []
    assert "staff-" not in article
    # Every code has its words: nothing is told by the name that the machine gives it.
    assert re.findall(r"<dd>\s*[a-z]+_[a-z_]+\s*<", article) == []
    assert re.findall(r"<dt>\s*[a-z]+_[a-z_]+\s*<", article) == []


def _tells_receipts_and_readers(filled: Filled, readers: int, text: str) -> None:
    sheet = text[text.index("<article") : text.index("</article>")]
    receipt = Disclosure.objects.get(referral__case=filled.case)
    assert sheet.count(receipt.referral.code) > 1
    table = sheet[sheet.index("<tbody") : sheet.index("</tbody>")]
    # This look itself is not in it; the page of the form is one row more.
    assert table.count("<tr>") in {readers, readers + 1}
    for consent in Consent.objects.filter(case=filled.case):
        assert consent.code in sheet


def _counts_what_is_left_out(filled: Filled, text: str) -> None:
    made_ = AuditEvent.objects.get(event="pack.made")
    assert made_.facts["left_out"] >= len(LEFT_OUT)
    assert not marks(LEFT_OUT) & set(MARK.findall(text))
    sheet = text[text.rindex("<h2>") :]
    # Each of them once, and the marks made of the name.
    assert sheet.count("<li>") == len(LEFT_OUT) + 1


def _is_in_the_log(filled: Filled) -> None:
    events = AuditEvent.objects.filter(case=filled.case.code, actor=filled.worker.username)
    why = events.filter(facts__why="subject_access")
    assert set(why.values_list("event", flat=True)) == {
        "read", *(f"read.{column.event}" for table in TABLES for column in table.sealed
                  if column.event),
    }  # fmt: skip
    assert len(why.get(event="read").groups) == 11
    said = AuditEvent.objects.get(event="pack.made").facts
    assert (said["way"], said["language"]) == ("paper", "ru")
    assert filled.case.timeline.filter(event="pack.made").count() == 1


def columns_without_a_line(found: Any) -> set[str]:
    """Sealed columns of which no table says what becomes of them, and lines for columns that are
    none."""
    known = {f"{table.name}.{column.name}" for table in TABLES for column in table.sealed}
    known |= {f"{each.model._meta.label}.{name}" for each in WITHHELD for name in each.columns}
    known |= NOT_OF_A_PERSON.keys()
    return known ^ {
        f"{model._meta.label}.{field.name}"
        for model in found
        for field in model._meta.concrete_fields
        if isinstance(field, models.BinaryField)
    }


def test_no_sealed_column_is_without_a_line() -> None:
    everything = apps.get_models()
    assert columns_without_a_line(everything) == set()
    # It can fail: a column that is forgotten, and one that is gone.
    table = models.BinaryField(name="text")
    forgotten = type("Forgotten", (), {})
    forgotten._meta = type("Meta", (), {"label": "x.Forgotten", "concrete_fields": [table]})  # type: ignore[attr-defined]
    assert columns_without_a_line([*everything, forgotten]) == {"x.Forgotten.text"}


def test_no_column_in_clear_is_without_a_line() -> None:
    """What names a member is left out everywhere; the rest is told, or it is said why not."""
    sealed = {f"{w.model._meta.label}.{name}" for w in WITHHELD for name in w.columns}
    sealed |= NOT_OF_A_PERSON.keys()
    forgotten = set()
    for table in TABLES:
        own = {path.split("__")[0] for path in table.told} | set(table.unsaid)
        own |= {column.name for column in table.sealed} | {"id", "version"}
        own.add(table.via.split("__")[0])
        forgotten |= {
            f"{table.name}.{field.name}"
            for field in table.model._meta.concrete_fields
            if field.name not in own
            and field.related_model is not Member
            and f"{table.name}.{field.name}" not in sealed
        }
    assert forgotten == set()


def test_no_table_of_a_person_is_without_a_line() -> None:
    """Whatever hangs on a case, a person, or something of theirs."""
    known = {table.model for table in TABLES} | {each.model for each in WITHHELD}
    forgotten = {
        model._meta.label
        for model in apps.get_models()
        if model not in known
        and any(field.related_model in known for field in model._meta.concrete_fields)
    }
    assert forgotten <= HOLDS_NOTHING_MORE.keys(), (
        "say in rights/sealedcolumns.py what is told of it"
    )


def lines_of(text: str) -> set[str]:
    """All that is said in the lists of facts."""
    facts = re.findall(r"<dd>(.*?)</dd>", text, re.DOTALL)
    return {line for fact in facts for line in fact.split("<br>")}


def test_the_passphrase_opens_the_file_and_another_does_not(sender: Member) -> None:
    case = make.make_case(by=sender)
    request = ready(case, by=sender)

    page, _ = made(sender, request.code, language="be")
    answer, secret = made(sender, request.code, language="be", way="file")

    assert answer["Content-Disposition"] == 'attachment; filename="document.html.age"'
    text = pyrage.passphrase.decrypt(answer.content, secret).decode()
    with pytest.raises(pyrage.DecryptError):
        pyrage.passphrase.decrypt(answer.content, secret[:-1])
    assert len(secret.split()) == 8
    assert lines_of(text) >= {"Ірына", "Казлова", "+375290000000", case.code}
    # All that the page says: the log has grown meanwhile, and nothing else.
    assert lines_of(page.content.decode()) <= lines_of(text)
    assert "<title>Document</title>" in text
    kept = in_the_tables()
    assert secret not in kept
    assert "Ірына" not in kept


def test_a_passphrase_that_was_not_shown_is_not_taken(sender: Member) -> None:
    request = ready(make.make_case(by=sender), by=sender)
    sent = {"language": "en", "way": "file", "passphrase": "my own"}

    answer = Visitor(sender).http.post(f"/requests/{request.code}/pack/", sent)

    assert answer["Content-Type"].startswith("text/html")
    assert AuditEvent.objects.filter(event="pack.made").count() == 0


def refusal(request: Any, by: Member) -> str:
    with pytest.raises(Refused) as refused, transaction.atomic():
        packing.make(code=request.code, way="paper", language="ru", by=by, at=timezone.now())
    return refused.value.code


def test_it_is_made_only_for_a_request_that_may_be_answered(sender: Member) -> None:
    case, at = make.make_case(by=sender), timezone.now()
    request = requesting.record(
        case=case.code, kind="access", way="in_writing", received_on=make.today(), by=sender,
        at=at,
    )  # fmt: skip
    step: dict[str, Any] = {"code": request.code, "by": sender, "at": at}
    path = f"/requests/{request.code}/pack/"

    said = [refusal(request, sender)]
    requesting.confirm_identity(known_by="document", **step)
    said.append(refusal(request, sender))
    requesting.ask_safety(safety="not_safe", **step)
    said.append(refusal(request, sender))
    page = Visitor(sender).see(path)

    said.append(refusal(ready(case, by=sender, kind="correction"), sender))
    requesting.take_back(**step)
    said.append(refusal(request, sender))
    assert said == [
        "identity_not_confirmed", "safety_was_not_asked", "not_safe_to_answer",
        "not_a_request_for_access", "request_has_ended",
    ]  # fmt: skip
    assert page.status_code == 409
    assert AuditEvent.objects.filter(facts__why="subject_access").count() == 0


def test_of_an_erased_person_nothing_is_left_to_show(sender: Member) -> None:
    case = make.make_case(by=sender)
    request = ready(case, by=sender)
    case.person.ring_key, case.person.wrapped_key = "", b""
    case.person.save()

    assert refusal(request, sender) == "person_was_erased"
    page = Visitor(sender).see(f"/requests/{request.code}/").content.decode()
    assert "has been erased for good" in page
    closed = requesting.answer(
        code=request.code, outcome="nothing_kept", by=sender, at=timezone.now()
    )
    assert closed.state == "answered"


def test_nobody_else_makes_it(accepted: Referral, sender: Member, receiver: Member) -> None:
    request = ready(accepted.case, by=sender)
    land = make.make_agency(is_coordinating=True)
    others = [
        receiver, make.make_member(agency=sender.agency, role=Role.AGENCY_ADMIN),
        make.make_member(agency=land, role=Role.AUDITOR),
        make.make_member(agency=land, role=Role.SYSTEM_ADMIN),
        make.make_member(agency=land, role=Role.DATA_PROTECTION_OFFICER),
    ]  # fmt: skip
    path = f"/requests/{request.code}/pack/"

    sent = {"language": "ru", "way": "paper", "passphrase": "x"}
    seen = [Visitor(who).http.post(path, sent).status_code for who in others]

    assert seen == [404, 404, 404, 404, 403]
    assert AuditEvent.objects.filter(event="pack.made").count() == 0


def test_who_one_is_must_have_been_shown_a_moment_ago(sender: Member) -> None:
    request = ready(make.make_case(by=sender), by=sender)
    http = enter(Client(), sender, seconds_ago=600)
    path = f"/requests/{request.code}/pack/"

    answers = [http.get(path), http.post(path, {"language": "ru", "way": "paper"})]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert all(answer["Location"].startswith("/again/") for answer in answers)


def test_so_often_a_day_and_not_more(sender: Member, settings: Any) -> None:
    settings.LIMITS = settings.LIMITS | {"pack": (1, 86400)}
    request = ready(make.make_case(by=sender), by=sender)

    answers = [made(sender, request.code)[0].status_code for _ in range(2)]

    assert answers == [200, 429]


def test_too_much_is_refused_and_never_cut_off(sender: Member, monkeypatch: Any) -> None:
    request = ready(make.make_case(by=sender), by=sender)
    monkeypatch.setattr(pack, "MOST", 1)

    assert refusal(request, sender) == "pack_too_large"


def test_the_questions_to_the_database_do_not_grow(sender: Member) -> None:
    """As many for much as for little: one for each table, and a few around them."""
    from django.db import connection  # noqa: PLC0415 -- beside its only use
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 -- the same

    def asked(case: Case) -> int:
        request = ready(case, by=sender)
        with CaptureQueriesContext(connection) as queries:
            packing.make(
                code=request.code, way="paper", language="ru", by=sender, at=timezone.now()
            )
        return len(queries)

    little = make.make_case(by=sender)
    much = make.make_case(by=sender)
    for _ in range(3):
        make.make_consent(case=much, to=make.make_agency(), by=sender)
    first, second = asked(little), asked(much)
    assert first == second <= 2 * len(TABLES)

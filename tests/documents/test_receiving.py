"""How a file comes in over HTTP, and how it is asked for."""

import os
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from agencies.models import Member
from agencies.roles import Role
from cases.models import Case
from demo import builders as make
from documents import queries, reading
from documents.kinds import LARGEST, plain_name
from documents.models import Document, Piece
from documents.receiving import SealedUpload
from kernel.chunks import PLAIN
from tests.documents import files


def file(name: str = "a.pdf", content: bytes | None = None, declared: str = "") -> Any:
    given = files.paper() if content is None else content
    ending = name.rpartition(".")[2]
    return SimpleUploadedFile(name, given, declared or files.TYPES.get(ending, "text/plain"))


class Uploader:
    """The API with a form of files."""

    def __init__(self, client: Any) -> None:
        self.client, self.count = client, 0

    def upload(self, case: Case, sent: Any, *, key: str = "", **words: str) -> Any:
        self.count += 1
        return self.client.http.post(
            f"/api/v1/cases/{case.code}/documents/",
            {"file": sent, "group": "identity", **words},
            format="multipart",
            HTTP_IDEMPOTENCY_KEY=key or f"key-{self.count}",
        )


@pytest.fixture
def api(signed_in: Any, sender: Member) -> Uploader:
    return Uploader(signed_in(sender))


def test_a_document_is_added_shown_and_taken_back(api: Uploader, case: Case) -> None:
    made = api.upload(case, file("Пашпарт.pdf"), about="A passport")
    body = made.json()
    listed = api.client.get(f"cases/{case.code}/documents/").json()["results"]
    back = api.client.post(f"documents/{body['code']}/retract/", {"reason": "wrong_file"})
    refused = api.client.post(f"documents/{body['code']}/ticket/")

    assert (made.status_code, body["state"], body["kind"]) == (201, "quarantined", "pdf")
    assert (body["name"], body["about"], body["sha256"]) == ("Пашпарт.pdf", "A passport", "")
    assert [each["code"] for each in listed] == [body["code"]]
    assert "name" not in listed[0]
    assert (back.json()["state"], back.json()["retraction"]) == ("retracted", "wrong_file")
    assert (refused.status_code, refused.json()["code"]) == (409, "document_is_retracted")


def test_the_same_request_twice_adds_one_and_another_file_is_another_request(
    api: Uploader, case: Case
) -> None:
    first, second = (api.upload(case, file(), key="one") for _ in range(2))
    third = api.upload(case, file(content=files.paper(pages=2)), key="one")

    assert first.json()["code"] == second.json()["code"]
    assert second["Idempotency-Replayed"] == "true"
    assert third.status_code == 422
    assert Document.objects.count() == 1


WRONG = {
    "a web page": ("a.html", b"<script>alert(1)</script>", "", "document_kind_not_taken"),
    "a drawing": ("a.svg", b"<svg/>", "", "document_kind_not_taken"),
    "a drawing called PNG": ("a.png", b"<svg onload='x'/>", "", "document_is_not_what_it_says"),
    "a program called PDF": ("a.pdf", b"MZ" + bytes(600), "", "document_is_not_what_it_says"),
    "an archive called PDF": (
        "a.pdf", b"PK\x03\x04" + bytes(600), "", "document_is_not_what_it_says",
    ),
    "a PDF called JPEG": ("a.jpg", files.paper(), "image/jpeg", "document_is_not_what_it_says"),
    "a PDF declared as a page": (
        "a.pdf", files.paper(), "text/html", "document_is_not_what_it_says",
    ),
    "no ending": ("passport", files.paper(), "application/pdf", "document_kind_not_taken"),
    "two endings": ("a.pdf.exe", files.paper(), "application/pdf", "document_kind_not_taken"),
    "nothing": ("a.pdf", b"", "", "document_is_empty"),
    "too much": ("a.pdf", b"%PDF-1.4" + bytes(LARGEST), "", "document_too_large"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_taken_is_refused_and_leaves_nothing(
    api: Uploader, case: Case, name: str
) -> None:
    named, content, declared, code = WRONG[name]

    answer = api.upload(case, file(named, content, declared))

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)
    assert (Document.objects.count(), Piece.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\a\\b.pdf", "b.pdf"),
        ("evil\x00.pdf", "evil.pdf"),
        ("inno\u202efdp.exe.pdf", "innofdp.exe.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie: x=1.pdf"),
        ("\u200bа\u0301.pdf", "а\u0301.pdf"),
        ("x" * 400 + ".pdf", "x" * 116 + ".pdf"),
        ("<b>.pdf", "<b>.pdf"),
    ],
)
def test_a_name_is_a_word_and_never_a_path(sent: str, kept: str) -> None:
    assert plain_name(sent) == kept


def test_a_hostile_name_comes_out_nowhere_but_sealed(
    api: Uploader, case: Case, sender: Member
) -> None:
    named = "..%2F%E2%80%AE%0D%0AX%3A%20y%3Cscript%3E%00.pdf"
    parts = (
        '--b\r\nContent-Disposition: form-data; name="group"\r\n\r\nidentity\r\n--b\r\n'
        f"Content-Disposition: form-data; name=\"file\"; filename*=UTF-8''{named}\r\n"
        "Content-Type: application/pdf\r\n\r\n"
    )
    answer = api.client.http.generic(
        "POST",
        f"/api/v1/cases/{case.code}/documents/",
        parts.encode() + files.paper() + b"\r\n--b--\r\n",
        content_type="multipart/form-data; boundary=b",
        HTTP_IDEMPOTENCY_KEY="one",
    )
    document = Document.objects.select_related("case__person").get()
    said = reading.words_of([document], case=case, by=sender)[document.code]

    assert (answer.status_code, said["name"]) == (201, "X: y<script>.pdf")
    assert [sign in said["name"] for sign in ("\u202e", "\r", "\n", "/")] == [False] * 4


def test_room_is_limited_for_a_case_and_for_an_agency(
    api: Uploader, case: Case, settings: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(queries, "MOST_IN_A_CASE", 1)
    api.upload(case, file())
    full = api.upload(case, file())
    monkeypatch.undo()
    settings.DOCUMENTS_QUOTA_MB = 0
    spent = api.upload(case, file())

    assert (full.status_code, full.json()["code"]) == (409, "too_many_documents")
    assert (spent.status_code, spent.json()["code"]) == (409, "document_quota_used_up")


def test_nothing_is_written_to_a_disk_in_clear(monkeypatch: Any, tmp_path: Any) -> None:
    """Larger than what waits in memory: it lies on a disk, and there it is sealed."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    content, upload = os.urandom(5 * PLAIN) * 8 + b"end", SealedUpload()
    upload.new_file("file", "a.pdf", "application/pdf", None)
    for begin in range(0, len(content), PLAIN):
        upload.receive_data_chunk(content[begin : begin + PLAIN], begin)
    with upload.file_complete(len(content)) as received:
        written = upload.spool._file
        assert not isinstance(written, BytesIO)
        written.seek(0)
        raw = written.read()
        opened = b"".join(received.chunks())
        begun = received.read(9)

    assert (opened == content, begun == content[:9]) == (True, True)
    assert content[:32] not in raw
    assert len(raw) == len(content) + 16 * (len(content) // PLAIN + 1)


def test_a_page_takes_a_file_and_hands_it_out_once(
    visiting: Any, case: Case, sender: Member, stranger: Member
) -> None:
    visitor, path = visiting(sender), f"/cases/{case.code}/documents/"
    kept = visitor.do(f"{path}new/", {"file": file("Пашпарт.pdf"), "group": "identity"})
    again = visitor.do(f"{path}new/", {"file": file("a.html"), "group": "identity"})
    document = make.make_clean(case=case, by=sender)
    closed, opened = (
        visitor.see(path, data).content.decode() for data in ({}, {"open": "names"})
    )
    led = visitor.http.post(f"/documents/{document.code}/fetch/")
    first, second = (visitor.see(led.url) for _ in range(2))
    elsewhere = visiting(sender)
    another = elsewhere.http.post(f"/documents/{document.code}/fetch/").url

    assert kept.redirect_chain == [(path, 302)]
    assert "PDF, JPEG, PNG and WebP files can be added." in again.content.decode()
    assert ("Пашпарт.pdf" in closed, "Пашпарт.pdf" in opened) == (False, True)
    assert (first.status_code, second.status_code) == (200, 404)
    assert visitor.see(another).status_code == 404
    assert {name: first[name] for name in HEADERS} == HEADERS | {
        "Content-Disposition": f"attachment; filename*=UTF-8''{document.code}.pdf"
    }
    assert visiting(stranger).see(f"/documents/{document.code}/").status_code == 404
    assert visiting(stranger).http.post(f"/documents/{document.code}/fetch/").status_code == 404


HEADERS = {
    "Content-Type": "application/pdf",
    "Content-Disposition": "",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def test_the_api_hands_out_by_the_same_path(
    api: Uploader, signed_in: Any, case: Case, sender: Member, stranger: Member
) -> None:
    document = make.make_clean(case=case, by=sender)
    got = api.client.post(f"documents/{document.code}/ticket/").json()
    path = f"documents/files/{got['ticket']}/"
    other = signed_in(sender).get(path)
    first = api.client.get(path, HTTP_ACCEPT="application/pdf")

    assert (other.status_code, other.json()["code"]) == (404, "not_found")
    assert (first.status_code, api.client.get(path).status_code) == (200, 404)
    assert {name: first[name] for name in HEADERS} == HEADERS | {
        "Content-Disposition": f"attachment; filename*=UTF-8''{document.code}.pdf"
    }
    assert signed_in(stranger).get(f"documents/{document.code}/").status_code == 404


def test_whoever_may_not_write_the_case_adds_nothing(
    signed_in: Any, case: Case, sender: Member, stranger: Member
) -> None:
    colleague = make.make_member(agency=sender.agency)
    focal = make.make_member(agency=sender.agency, role=Role.FOCAL_POINT)

    found = [
        Uploader(signed_in(member)).upload(case, file()).status_code
        for member in (stranger, colleague, focal)
    ]

    assert found == [404, 404, 404]

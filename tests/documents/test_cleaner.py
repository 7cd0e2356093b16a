"""The cleaner: what comes out of it holds nothing but what is seen, and it lives through anything."""

import random
import subprocess
import sys
from contextlib import suppress
from io import BytesIO

import pikepdf
import pytest
from PIL import Image

from documents import child
from documents.workflow import Fault
from tests.documents import files
from tests.documents.files import CANARY

PICTURES = ("jpeg", "png", "webp")


@pytest.mark.parametrize("kind", PICTURES)
def test_of_a_picture_only_its_pixels_are_kept(kind: str) -> None:
    came = files.telling(kind)
    out, pages = child.cleaned(came, kind=kind)
    seen = Image.open(BytesIO(out))

    assert came.count(CANARY.encode()) >= 3
    assert CANARY.encode() not in out
    assert (seen.format, pages) == (kind.upper(), 1)
    assert {"exif", "icc_profile", "xmp", "comment", "XML:com.adobe.xmp"} & set(
        seen.info
    ) == set()
    # It lay on its side, and the note that said so is gone: it stands upright now.
    assert seen.size == (40, 60)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_a_picture_of_any_mode_is_drawn_anew(mode: str) -> None:
    out = BytesIO()
    Image.new(mode, (30, 20)).save(out, "PNG")

    clean, _ = child.cleaned(out.getvalue(), kind="png")
    marked = child.stamped(clean, kind="png", words="member1 | AG-2345-6789")

    assert Image.open(BytesIO(marked)).size == (30, 20)


def test_a_pdf_is_rebuilt_of_its_pages_alone() -> None:
    came = files.armed_paper()
    out, pages = child.cleaned(came, kind="pdf")
    told = files.text_of(out)

    assert CANARY.encode() in files.text_of(came)
    assert (pages, CANARY.encode() in told) == (1, False)
    names = (b"/JavaScript", b"/JS", b"/OpenAction", b"/AA", b"/AcroForm", b"/XFA", b"/Names",
             b"/EmbeddedFiles", b"/AF", b"/RichMedia", b"/Metadata", b"/Info", b"/Annots",
             b"/PieceInfo", b"/Properties", b"/ICCBased", b"/Filespec", b"/URI")  # fmt: skip
    assert [name for name in names if name in told] == []
    # What was filled in is drawn on the page, as are its text and its photo.
    assert [words in told for words in (b"Filled in", b"Good day", b"/DCTDecode")] == [True] * 3
    with pikepdf.open(BytesIO(out)) as pdf:
        assert set(pdf.Root.keys()) == {"/Type", "/Pages"}
        assert dict(pdf.docinfo) == {}


def test_a_stamp_says_who_and_when_on_every_page() -> None:
    out, _ = child.cleaned(files.paper(pages=3), kind="pdf")
    told = files.text_of(child.stamped(out, kind="pdf", words="member1 | SH-7K3M-Q9TX"))
    plain = child.cleaned(files.picture("jpeg", (600, 400)), kind="jpeg")[0]
    marked = child.stamped(plain, kind="jpeg", words="member1 | SH-7K3M-Q9TX")
    foot = Image.open(BytesIO(marked)).convert("L").crop((0, 385, 600, 400))

    assert told.count(b"member1 | SH-7K3M-Q9TX") >= 1
    with pikepdf.open(BytesIO(child.stamped(out, kind="pdf", words="x"))) as pdf:
        assert [len(page.obj.Resources.XObject.keys()) for page in pdf.pages] == [1, 1, 1]
    assert (min(foot.tobytes()) < 60, max(foot.tobytes()) > 200) == (True, True)


BAD = {
    "400 megapixels": (files.bomb_picture, "png", Fault.TOO_MANY_PIXELS),
    "40 megapixels and one line": (
        lambda: files.picture("png", (8000, 5001), "L"), "png", Fault.TOO_MANY_PIXELS,
    ),
    "a bomb of a PDF": (files.bomb_paper, "pdf", Fault.MALFORMED),
    "201 pages": (lambda: files.paper(pages=201), "pdf", Fault.TOO_MANY_PAGES),
    "a password": (files.locked_paper, "pdf", Fault.LOCKED),
    "half a JPEG": (lambda: files.picture("jpeg", (900, 900))[:700], "jpeg", Fault.MALFORMED),
    "half a PDF": (lambda: files.paper()[:60], "pdf", Fault.MALFORMED),
    "SVG that says PNG": (lambda: b"<svg onload='alert(1)'/>", "png", Fault.MALFORMED),
    "a PNG that says JPEG": (lambda: files.picture("png"), "jpeg", Fault.MALFORMED),
    "nothing": (lambda: b"", "pdf", Fault.MALFORMED),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_bad_is_refused_for_what_it_is(name: str) -> None:
    make, kind, fault = BAD[name]

    with pytest.raises(child.Unfit) as refused:
        child.cleaned(make(), kind=kind)

    assert refused.value.fault == fault


@pytest.mark.parametrize("kind", [*PICTURES, "pdf"])
def test_a_file_of_two_kinds_keeps_only_the_one(kind: str) -> None:
    whole = files.paper() if kind == "pdf" else files.picture(kind)
    zipped = b"PK\x03\x04" + b"evil.exe" + b"<script>alert(1)</script>" + b"PK\x05\x06"

    out, _ = child.cleaned(whole + zipped, kind=kind)

    assert [part in out for part in (b"PK\x03\x04", b"evil.exe", b"<script")] == [False] * 3


@pytest.mark.parametrize("kind", [*PICTURES, "pdf"])
def test_files_with_wrong_bytes_are_cleaned_or_refused_and_never_more(kind: str) -> None:
    dice = random.Random(7731)  # a seed, so that what fails can be looked at again
    whole = files.armed_paper() if kind == "pdf" else files.telling(kind)
    for _ in range(6):
        broken = bytearray(whole)
        for _ in range(dice.randint(1, 60)):
            broken[dice.randrange(8, len(broken))] = dice.randrange(256)
        with suppress(child.Unfit):
            out, _ = child.cleaned(bytes(broken), kind=kind)
            assert CANARY.encode() not in files.text_of(out)


def test_the_cleaner_can_open_nothing() -> None:
    """Run as the cleaner runs: no socket, no file, no program, not so much memory."""
    tries = """
import os, socket, sys; sys.path.insert(0, ".")
from documents.cleaner.__main__ import confine
confine()

failed = []
for name, act in (
    ("socket", lambda: socket.socket()),
    ("read", lambda: os.open("/etc/hostname", os.O_RDONLY)),
    ("write", lambda: os.open("/tmp/from-the-cleaner", os.O_WRONLY | os.O_CREAT)),
    ("pipe", lambda: os.pipe()),
    ("memory", lambda: bytearray(2 * 1024 ** 3)),
):
    try:
        act()
    except (OSError, MemoryError):
        failed.append(name)
print(",".join(failed))
"""
    ended = subprocess.run(
        [sys.executable, "-E", "-s", "-c", tries], capture_output=True, cwd=child.HERE, env={},
        check=False,
    )  # fmt: skip

    assert ended.stdout.decode().strip() == "socket,read,write,pipe,memory"

"""A PDF is taken apart, and a new one is built of what a page needs to be seen and nothing else."""

from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Operator, Pdf, Stream

from documents.cleaner.content import Scrubber
from documents.cleaner.refusal import Unfit

MOST_PAGES = 200
# All that a page of the new file may hold. The root holds its pages only.
BOXES = ("/MediaBox", "/CropBox", "/Rotate")
PAGE = (*BOXES, "/UserUnit", "/Group", "/Resources")
A4 = [0, 0, 595, 842]
INHERITED = frozenset({*BOXES, "/Resources"})
FOOT = 7


def clean(content: bytes) -> tuple[bytes, int]:
    """The PDF built anew, and how many pages it has."""
    try:
        with Pdf.open(BytesIO(content), attempt_recovery=True) as came:
            return _rebuilt(came)
    except pikepdf.PasswordError as fault:
        raise Unfit("locked") from fault
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RecursionError,
            NotImplementedError, RuntimeError) as fault:  # fmt: skip
        raise Unfit("malformed") from fault


def stamped(content: bytes, words: str) -> bytes:
    """The PDF with a line at the foot of each page."""
    with Pdf.open(BytesIO(content)) as pdf:
        feet: dict[tuple[float, float], Any] = {}
        for page in pdf.pages:
            box = [float(side) for side in page.trimbox]
            wide, high = box[2] - box[0], box[3] - box[1]
            if page.obj.get("/Rotate", 0) % 180:
                wide, high = high, wide
            if (wide, high) not in feet:
                feet[wide, high] = _foot(wide, high, words)
            page.add_overlay(feet[wide, high].pages[0], None)
        return _saved(pdf)


def _rebuilt(came: Pdf) -> tuple[bytes, int]:
    count = len(came.pages)
    if count > MOST_PAGES:
        raise Unfit("too_many_pages")
    if not count:
        raise Unfit("malformed")
    # What is filled into a form, or drawn by a note, becomes part of the page; then both can go.
    came.generate_appearance_streams()
    came.flatten_annotations("all")
    built, scrub = Pdf.new(), Scrubber(came)
    for page in came.pages:
        made = _kept_of(page.obj)
        made["/Contents"] = came.make_stream(scrub.content(page))
        scrub.page(made)
        built.pages.append(pikepdf.Page(built.copy_foreign(came.make_indirect(made))))
    return _saved(built), count


def _kept_of(page: Any) -> Dictionary:
    """A page with what it may hold, but for its content."""
    made = Dictionary(Type=Name.Page, MediaBox=Array(A4), Resources=Dictionary())
    for key in PAGE:
        if (value := _of_page(page, key)) is not None:
            made[key] = value
    return made


def _of_page(page: Any, key: str) -> Any:
    """What the page says, or what it takes over from the tree of pages."""
    for _ in range(50):
        if key in page:
            return page[key]
        if key not in INHERITED or "/Parent" not in page:
            return None
        page = page["/Parent"]
    raise Unfit("malformed")


def _foot(wide: float, high: float, words: str) -> Pdf:
    """A page of that size with nothing but the line, on a white ground."""
    foot = Pdf.new()
    page = foot.add_blank_page(page_size=(max(wide, 3), max(high, 3)))
    size = min(FOOT, wide / max(1, len(words)) / 0.55)
    font = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type1,
        BaseFont=Name.Helvetica,
        Encoding=Name.WinAnsiEncoding,
    )
    page.obj["/Resources"] = Dictionary(Font=Dictionary(F1=font))
    drawn: list[tuple[list[Any], Operator]] = [
        ([1], Operator("g")),
        ([0, 0, wide, size * 1.6], Operator("re")),
        ([], Operator("f")),
        ([0], Operator("g")),
        ([], Operator("BT")),
        ([Name.F1, size], Operator("Tf")),
        ([size, size * 0.5], Operator("Td")),
        ([pikepdf.String(words)], Operator("Tj")),
        ([], Operator("ET")),
    ]
    page.obj["/Contents"] = Stream(foot, pikepdf.unparse_content_stream(drawn))
    return foot


def _saved(pdf: Pdf) -> bytes:
    out = BytesIO()
    pdf.save(
        out,
        compress_streams=True,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        deterministic_id=True,
    )
    return out.getvalue()

"""Files that are built here, good ones and bad ones. Nothing of anybody else's is kept."""

import struct
import zlib
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String
from PIL import Image, PngImagePlugin

# Words that must be nowhere in a clean file.
CANARY = "Kanarejka-7731"
TYPES = {
    "pdf": "application/pdf",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
}


def picture(kind: str, size: tuple[int, int] = (60, 40), mode: str = "RGB") -> bytes:
    out = BytesIO()
    Image.new(mode, size, 90 if mode == "L" else (90, 120, 30)).save(out, kind.upper())
    return out.getvalue()


def telling(kind: str) -> bytes:
    """A picture that lies on its side and says who took it where, in every way its kind has."""
    drawn = Image.new("RGB", (60, 40), (200, 10, 10))
    exif = Image.Exif()
    exif[0x0112], exif[0x010E], exif[0x013B] = 6, CANARY, CANARY
    exif.get_ifd(0x8825).update({1: "N", 2: (53.0, 54.0, 27.0), 29: CANARY})
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{CANARY}</x:xmpmeta>".encode()
    options: dict[str, Any] = {
        "exif": exif.tobytes(),
        "icc_profile": b"\0" * 128 + CANARY.encode(),
    }
    if kind == "jpeg":
        options |= {"comment": CANARY.encode(), "xmp": xmp}
    if kind == "webp":
        options |= {"xmp": xmp}
    if kind == "png":
        text = PngImagePlugin.PngInfo()
        text.add_text("Author", CANARY)
        text.add_itxt("XML:com.adobe.xmp", CANARY)
        options |= {"pnginfo": text}
    out = BytesIO()
    drawn.save(out, kind.upper(), **options)
    return out.getvalue() + CANARY.encode()


def paper(pages: int = 1, draw: bytes = b"BT /F1 12 Tf 20 20 Td (Good day) Tj ET") -> bytes:
    out, pdf = BytesIO(), Pdf.new()
    for _ in range(pages):
        page = pdf.add_blank_page(page_size=(200, 200))
        page.obj.Contents = Stream(pdf, draw)
        page.obj.Resources = Dictionary(Font=Dictionary(F1=FONT))
    # The same bytes each time.
    pdf.save(out, deterministic_id=True)
    return out.getvalue()


FONT = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)


def armed_paper() -> bytes:
    """A PDF with everything that acts, hides or tells: scripts, acts, forms, files, words."""
    out, pdf = BytesIO(), Pdf.new()
    script = Dictionary(S=Name.JavaScript, JS=String(f"app.alert('{CANARY}')"))
    page = pdf.add_blank_page(page_size=(200, 200))
    hidden = Stream(pdf, CANARY.encode())
    file = pdf.make_indirect(
        Dictionary(Type=Name.Filespec, F=String(CANARY), EF=Dictionary(F=hidden))
    )
    marks = f"% {CANARY}\n/Span <</ActualText ({CANARY})>> BDC\n".encode()
    page.obj.Contents = Stream(
        pdf, marks + b"BT /F1 9 Tf 9 9 Td (Good day) Tj ET\nEMC\n/I1 Do /X1 Do"
    )
    form = Stream(pdf, b"q Q", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9]))
    form.PieceInfo, form.Metadata = Dictionary(App=Dictionary(Private=String(CANARY))), hidden
    page.obj.Resources = Dictionary(
        Font=Dictionary(F1=FONT), Properties=Dictionary(P=Dictionary(T=String(CANARY))),
        XObject=Dictionary(I1=_photo(pdf), X1=form, PS=Stream(pdf, CANARY.encode(), Subtype=Name.PS)),
    )  # fmt: skip
    page.obj.AA, page.obj.AF, page.obj.Metadata = Dictionary(O=script), Array([file]), hidden
    look = Stream(pdf, b"BT /F1 9 Tf 0 0 Td (Filled in) Tj ET", Subtype=Name.Form,
                  BBox=Array([0, 0, 90, 20]), Resources=Dictionary(Font=Dictionary(F1=FONT)))  # fmt: skip
    field = Dictionary(
        Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("f"), V=String("Filled in"),
        Rect=Array([10, 100, 100, 120]), AP=Dictionary(N=look), A=script, AA=Dictionary(K=script), F=4,
    )  # fmt: skip
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=script)
    media = Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=Array([0, 0, 9, 9]),
                       Contents=String(CANARY))  # fmt: skip
    page.obj.Annots = Array([pdf.make_indirect(each) for each in (field, link, media)])
    root = pdf.Root
    root.OpenAction, root.AA, root.AF = script, Dictionary(WC=script), Array([file])
    root.AcroForm = Dictionary(Fields=Array([page.obj.Annots[0]]), XFA=String(CANARY))
    root.Names = Dictionary(
        JavaScript=Dictionary(Names=Array([String("a"), script])),
        EmbeddedFiles=Dictionary(Names=Array([String(CANARY), file])),
    )
    root.Metadata, root.Lang = hidden, String(CANARY)
    pdf.docinfo["/Author"] = CANARY
    pdf.save(out)
    return out.getvalue() + f"\n%{CANARY}".encode()


def _photo(pdf: Pdf) -> Stream:
    return Stream(
        pdf, telling("jpeg"), Type=Name.XObject, Subtype=Name.Image, Width=60, Height=40,
        ColorSpace=Array([Name.ICCBased, Stream(pdf, CANARY.encode(), N=3)]), BitsPerComponent=8,
        Filter=Name.DCTDecode, Metadata=Stream(pdf, CANARY.encode()),
    )  # fmt: skip


def bomb_paper(size: int = 3_000_000_000) -> bytes:
    """A page whose content is a few MB and would be some GB."""
    squeeze, block = zlib.compressobj(9), b" " * 10_000_000
    parts = [squeeze.compress(block) for _ in range(size // len(block))]
    parts.append(squeeze.flush())
    packed = zlib.compress(b"".join(parts), 9)
    out, pdf = BytesIO(), Pdf.new()
    page = pdf.add_blank_page(page_size=(200, 200))
    page.obj.Contents = Stream(pdf, packed, Filter=Array([Name.FlateDecode, Name.FlateDecode]))
    pdf.save(out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return out.getvalue()


def bomb_picture(side: int = 20_000) -> bytes:
    """A PNG of a few hundred bytes that says it is 400 megapixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        sum_ = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + sum_

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000, 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def locked_paper() -> bytes:
    out = BytesIO()
    with Pdf.open(BytesIO(paper())) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="owner", user="user"))
    return out.getvalue()


def text_of(content: bytes) -> bytes:
    """All that a file holds, with what is packed in a PDF unpacked."""
    if not content.startswith(b"%PDF"):
        return content
    out = BytesIO()
    with Pdf.open(BytesIO(content)) as pdf:
        pdf.save(
            out, compress_streams=False, qdf=True,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )  # fmt: skip
    return out.getvalue()

"""What a page draws with: content, resources, pictures and fonts, each cut down to what is known."""

from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream

from documents.cleaner.streams import bare_jpeg, bare_jpeg2000

# Kinds of resources. Properties of marked content, layers and procedures are none of them.
RESOURCES = frozenset(
    {"/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/XObject", "/Font"}
)
IMAGE = frozenset({
    "/Type", "/Subtype", "/Width", "/Height", "/ColorSpace", "/BitsPerComponent", "/ImageMask",
    "/Mask", "/Decode", "/Interpolate", "/SMask", "/SMaskInData", "/Matte", "/Filter",
    "/DecodeParms", "/Length",
})  # fmt: skip
FORM = frozenset({
    "/Type", "/Subtype", "/FormType", "/BBox", "/Matrix", "/Resources", "/Group", "/Filter",
    "/DecodeParms", "/Length",
})  # fmt: skip
# Never kept in whatever else is reached: acts, files, words about the document, structure.
DROPPED = frozenset({
    "/A", "/AA", "/AF", "/AcroForm", "/Alternates", "/Annots", "/EF", "/EmbeddedFiles", "/F",
    "/HT", "/JS", "/JavaScript", "/LastModified", "/Lang", "/MarkInfo", "/Measure", "/Metadata",
    "/Names", "/OC", "/OPI", "/OpenAction", "/PZ", "/Parent", "/PieceInfo", "/Private",
    "/Properties", "/PtData", "/Ref", "/RichMedia", "/StructParent", "/StructParents", "/Thumb",
    "/URI", "/XFA",
})  # fmt: skip
# Marks in the content, which draw nothing and may carry words.
MARKS = frozenset({"BMC", "BDC", "EMC", "MP", "DP"})
AS_IT_IS = frozenset({"/CCITTFaxDecode", "/JBIG2Decode"})
BARE = {"/DCTDecode": bare_jpeg, "/JPXDecode": bare_jpeg2000}
DEVICE = {1: Name.DeviceGray, 3: Name.DeviceRGB, 4: Name.DeviceCMYK}


class Scrubber:
    """Goes through all that a page reaches, each object once."""

    def __init__(self, pdf: Pdf) -> None:
        self.pdf, self.seen = pdf, set[tuple[int, int]]()

    def page(self, page: Dictionary) -> None:
        self._resources(page["/Resources"])
        if "/Group" in page:
            self._any(page["/Group"])

    def content(self, drawn: Any) -> bytes:
        """The drawing written anew: without marks, remarks, and what nobody could read."""
        kept = [
            instruction
            for instruction in pikepdf.parse_content_stream(drawn)
            if str(instruction.operator) not in MARKS
        ]
        return pikepdf.unparse_content_stream(kept)

    def _new(self, value: Any) -> bool:
        """Whether it is to be gone through still."""
        if not value.is_indirect:
            return True
        fresh = value.objgen not in self.seen
        self.seen.add(value.objgen)
        return fresh

    def _resources(self, held: Any) -> None:
        if not isinstance(held, Dictionary) or not self._new(held):
            return
        for kind in list(held.keys()):
            if kind not in RESOURCES or not isinstance(held[kind], Dictionary):
                del held[kind]
                continue
            # Names are the document's own here: none is dropped for how it is called.
            self._named(held[kind], drop=kind == "/XObject")

    def _named(self, held: Any, *, drop: bool = False, drawn: bool = False) -> None:
        for name in list(held.keys()):
            value = held[name]
            if drop and not _is_drawn(value):
                del held[name]
            elif drawn and isinstance(value, Stream):
                self._write(value, self.content(value))
            elif (better := self._any(value)) is not None:
                held[name] = better

    def _any(self, value: Any) -> Any:
        """Go through a value; what is to stand in its place, if anything is."""
        if isinstance(value, Array):
            return self._array(value)
        if isinstance(value, Stream):
            if self._new(value):
                self._stream(value)
        elif isinstance(value, Dictionary) and self._new(value):
            self._dictionary(value)
        return None

    def _array(self, held: Any) -> Any:
        if len(held) == 2 and held[0] == Name.ICCBased:  # noqa: PLR2004 -- the name and the profile
            return DEVICE.get(int(held[1].get("/N", 3)), Name.DeviceRGB)
        if len(held) == 5 and held[0] == Name.DeviceN:  # noqa: PLR2004 -- with attributes
            del held[4]
        if self._new(held):
            for number, value in enumerate(held):
                if (better := self._any(value)) is not None:
                    held[number] = better
        return None

    def _dictionary(self, held: Any) -> None:
        for key in list(held.keys()):
            if key in DROPPED:
                del held[key]
            elif key == "/Resources":
                self._resources(held[key])
            elif key == "/CharProcs":
                self._named(held[key], drawn=True)
            elif (better := self._any(held[key])) is not None:
                held[key] = better

    def _stream(self, held: Any) -> None:
        subtype = held.get("/Subtype")
        allowed = {Name.Image: IMAGE, Name.Form: FORM}.get(subtype)
        for key in list(held.keys()):
            if allowed is not None and key not in allowed:
                del held[key]
        for key in list(held.keys()):
            if key == "/Resources":
                self._resources(held[key])
            elif key in DROPPED:
                del held[key]
            elif (better := self._any(held[key])) is not None:
                held[key] = better
        if subtype == Name.Form or held.get("/PatternType") == 1:
            self._write(held, self.content(held))
        else:
            self._rewrite(held)

    def _rewrite(self, held: Any) -> None:
        """Decode in full and compress anew, so that nothing is left behind the data's end; what
        only a viewer can decode keeps its compression and loses what is written beside it."""
        filters = _listed(held.get("/Filter"))
        last = str(filters[-1]) if filters else ""
        if last in BARE:
            params = _listed(held.get("/DecodeParms"))
            coded = self._decoded(held.read_raw_bytes(), filters[:-1], params[:-1])
            held.write(BARE[last](coded), filter=filters[-1])
        elif last not in AS_IT_IS:
            self._write(held, held.read_bytes())

    def _decoded(self, raw: bytes, filters: list[Any], params: list[Any]) -> bytes:
        if not filters:
            return raw
        outer = Stream(self.pdf, raw)
        outer["/Filter"] = Array(filters)
        if params:
            outer["/DecodeParms"] = Array(params)
        return outer.read_bytes()

    def _write(self, held: Any, content: bytes) -> None:
        held.write(content)


def _is_drawn(value: Any) -> bool:
    """A picture or a form; a program in PostScript is neither."""
    return isinstance(value, Stream) and value.get("/Subtype") in {Name.Image, Name.Form}


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, Array) else [value]

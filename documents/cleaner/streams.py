"""Pictures inside a PDF, kept as they are compressed and freed of what is written beside them."""

import struct

from documents.cleaner.refusal import Unfit

# JPEG: markers without a length; the scan; what may be kept. Of the application's own segments
# only Adobe's (APP14), which says how the colours are to be read.
ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
START_OF_SCAN, END, FILLING = 0xDA, 0xD9, 0xFF
DROPPED = frozenset({*range(0xE0, 0xEE), 0xEF, 0xFE, FILLING})
# JPEG 2000: the boxes that the picture needs.
BOXES = frozenset({b"jP  ", b"ftyp", b"jp2h", b"jp2c"})


def bare_jpeg(content: bytes) -> bytes:
    """The JPEG without EXIF, XMP, profiles, comments, and whatever follows its end."""
    if content[:2] != b"\xff\xd8":
        raise Unfit("malformed")
    out, at = bytearray(b"\xff\xd8"), 2
    while at + 4 <= len(content) and (marker := _marker(content, at)) != END:
        end = _end_of_segment(content, at, marker)
        if marker not in DROPPED:
            out += content[at:end]
        at = end
    return bytes(out + b"\xff\xd9")


def _marker(content: bytes, at: int) -> int:
    if content[at] != 0xFF:  # noqa: PLR2004 -- every marker begins so
        raise Unfit("malformed")
    return content[at + 1]


def _end_of_segment(content: bytes, at: int, marker: int) -> int:
    if marker == FILLING:
        return at + 1
    if marker in ALONE:
        return at + 2
    end = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return _end_of_scan(content, end) if marker == START_OF_SCAN else end


def _end_of_scan(content: bytes, at: int) -> int:
    """Where the next segment begins after the compressed pixels."""
    while (at := content.find(b"\xff", at)) >= 0 and at + 1 < len(content):
        following = content[at + 1]
        if following != 0 and not 0xD0 <= following <= 0xD7:  # noqa: PLR2004 -- stuffing, restarts
            return at
        at += 2
    return len(content)


def bare_jpeg2000(content: bytes) -> bytes:
    """The JPEG 2000 without boxes of XML and the like; a bare code stream as it is."""
    if content[:4] == b"\xff\x4f\xff\x51":
        return content
    out, at = bytearray(), 0
    while at + 8 <= len(content):
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        if length == 1:
            length = int.from_bytes(content[at + 8 : at + 16], "big")
        end = len(content) if length == 0 else at + length
        if end <= at or end > len(content):
            raise Unfit("malformed")
        if kind in BOXES:
            out += content[at:end]
        at = end
    return bytes(out)

"""A picture is decoded in full and drawn anew: of the file that came in only its pixels are kept."""

from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw, ImageFont, ImageOps

from documents.cleaner.refusal import Unfit

MOST_PIXELS = 40_000_000
FORMATS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP"}
# How each is written: no EXIF, GPS, XMP, comment or ICC profile, because none is handed on.
SAVED: dict[str, dict[str, Any]] = {
    "jpeg": {"quality": 90},
    "png": {"compress_level": 6},
    "webp": {"quality": 90, "method": 2},
}
# What each mode of Pillow's becomes; the rest is drawn in red, green and blue.
PLAIN = {
    "1": "L",
    "L": "L",
    "LA": "LA",
    "La": "LA",
    "RGBA": "RGBA",
    "RGBa": "RGBA",
    "PA": "RGBA",
}
DEEP = ("I", "F")
# Of the picture's height, and in pixels at least.
STAMP_SHARE, STAMP_LEAST = 0.022, 11


def clean(content: bytes, kind: str) -> tuple[bytes, int]:
    """The picture without anything but its pixels, the right way up; and its pages, which is one."""
    return _saved(_decoded(content, kind), kind), 1


def stamped(content: bytes, kind: str, words: str) -> bytes:
    """The picture with a line drawn along its lower edge."""
    picture = _decoded(content, kind)
    if picture.mode in {"L", "LA"}:
        picture = picture.convert("RGB" if picture.mode == "L" else "RGBA")
    size = max(STAMP_LEAST, int(picture.height * STAMP_SHARE))
    font = ImageFont.load_default(size)
    wide = font.getlength(words)
    if wide > picture.width:
        size = max(6, int(size * picture.width / wide))
        font = ImageFont.load_default(size)
    draw, band = ImageDraw.Draw(picture), size + size // 2
    draw.rectangle((0, picture.height - band, picture.width, picture.height), fill="white")
    draw.text((size // 4, picture.height - band + size // 8), words, fill="black", font=font)
    return _saved(picture, kind)


def _decoded(content: bytes, kind: str) -> Image.Image:
    """Every pixel of the first frame, in a mode that can be written."""
    # The limit is our own, and asked before anything is decoded.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(BytesIO(content), formats=[FORMATS[kind]]) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Unfit("too_many_pixels")
            opened.load()
            turned = ImageOps.exif_transpose(opened)
    except (OSError, ValueError, SyntaxError, EOFError, TypeError, KeyError) as fault:
        raise Unfit("malformed") from fault
    return _plain(turned, kind)


def _plain(picture: Image.Image, kind: str) -> Image.Image:
    if picture.mode.startswith(DEEP):
        # 16 bits a pixel: the upper eight.
        picture = picture.convert("I").point(lambda light: light * (1 / 256))
        return picture.convert("L")
    see_through = "transparency" in picture.info
    mode = "RGBA" if see_through else PLAIN.get(picture.mode, "RGB")
    if kind == "jpeg" and mode != "L":
        mode = "RGB"
    plain = picture.convert(mode)
    plain.info = {}
    return plain


def _saved(picture: Image.Image, kind: str) -> bytes:
    out = BytesIO()
    picture.save(out, FORMATS[kind], **SAVED[kind])
    return out.getvalue()

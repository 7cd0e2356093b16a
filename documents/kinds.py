"""Which files are taken, and how much of them: a table, and what a file is by its bytes."""

import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath

import puremagic
from django.db import models
from django.utils.translation import pgettext_lazy

from kernel.errors import Invalid

LARGEST = 25 * 1024 * 1024
MOST_IN_A_CASE = 100
# As much of a beginning as tells what a file is.
HEAD = 4096
LONGEST_NAME = 120
# Control signs, and those that turn the direction of writing or are not seen.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class Kind(models.TextChoices):
    PDF = "pdf", pgettext_lazy("document", "PDF")
    JPEG = "jpeg", pgettext_lazy("document", "photo (JPEG)")
    PNG = "png", pgettext_lazy("document", "picture (PNG)")
    WEBP = "webp", pgettext_lazy("document", "picture (WebP)")


@dataclass(frozen=True, slots=True)
class About:
    """How a kind is called in a name, in HTTP, and how it begins."""

    endings: tuple[str, ...]
    media_type: str


KINDS: dict[Kind, About] = {
    Kind.PDF: About((".pdf",), "application/pdf"),
    Kind.JPEG: About((".jpg", ".jpeg"), "image/jpeg"),
    Kind.PNG: About((".png",), "image/png"),
    Kind.WEBP: About((".webp",), "image/webp"),
}
ACCEPTED = ",".join(ending for about in KINDS.values() for ending in about.endings)


def kind_of(*, name: str, declared: str, head: bytes) -> Kind:
    """The one kind that the ending, the declared type and the bytes agree on; else Invalid."""
    ending = PurePosixPath(name.lower()).suffix
    kind = next((kind for kind, about in KINDS.items() if ending in about.endings), None)
    if kind is None:
        raise Invalid("document_kind_not_taken", pointer="/file")
    wanted = KINDS[kind].media_type
    if declared.partition(";")[0].strip().lower() != wanted or wanted not in _by_bytes(head):
        raise Invalid("document_is_not_what_it_says", pointer="/file")
    return kind


def _by_bytes(head: bytes) -> set[str]:
    """The media types that fit the bytes best."""
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return set()
    best = max((each.confidence for each in found), default=0)
    return {each.mime_type for each in found if each.confidence == best}


def plain_name(name: str) -> str:
    """A file's own name, to be shown and never to be used as a path: one line, all of it seen."""
    last = name.replace("\\", "/").rpartition("/")[2]
    said = "".join(sign for sign in last if unicodedata.category(sign) not in UNSEEN)
    return unicodedata.normalize("NFC", said).strip()[-LONGEST_NAME:]

"""The sealed words of documents: their own names and what they are; logged first."""

import json
from collections.abc import Iterable
from typing import TypedDict

from audit import log
from cases import duty, vault
from cases.models import Case
from documents.models import Document
from documents.workflow import State


class Words(TypedDict):
    """`sha256` is that of the clean content, empty before there is one."""

    name: str
    about: str
    sha256: str


class Chosen(TypedDict):
    """A document as the receipt of a referral names it."""

    code: str
    name: str
    about: str
    kind: str
    pages: int | None
    size: int
    sha256: str


def words_of(
    documents: Iterable[Document],
    *,
    case: Case,
    by: log.Actor,
    why: str = "",
    unseen: bool = False,
) -> dict[str, Words]:
    """The words of these documents of the case, by code; of what was erased, and of what the duty to
    know closes to the actor, there are none. `unseen`: see cases/vault.py."""
    found = [each for each in documents if each.words is not None]
    if not unseen:
        closed = duty.closed({each.group for each in found}, by=by, case=case.code)
        found = [each for each in found if each.group not in closed]
    texts = vault.open_texts(
        case.person,
        {each.place: each.words for each in found},
        by=by,
        case=case.code,
        what="document_words",
        groups={each.group for each in found},
        why=why,
        unseen=unseen,
    )
    return {each.code: json.loads(texts[each.place]) for each in found}


def chosen_of(
    case: Case,
    source: str,
    groups: Iterable[str],
    *,
    by: log.Actor,
    why: str,
    unseen: bool = False,
) -> dict[str, list[Chosen]]:
    """What goes with the referral, by its data group, as the preview and the receipt name it."""
    rows = Document.objects.filter(
        case=case, group__in=list(groups), state=State.CLEAN, ticks__source=source
    )
    found = list(rows.order_by("pk"))
    said = words_of(found, case=case, by=by, why=why, unseen=unseen)
    chosen: dict[str, list[Chosen]] = {}
    for each in found:
        chosen.setdefault(each.group, []).append(_chosen(each, said[each.code]))
    return chosen


def _chosen(document: Document, said: Words) -> Chosen:
    return {
        "code": document.code,
        "name": said["name"],
        "about": said["about"],
        "kind": document.kind,
        "pages": document.pages,
        "size": document.size,
        "sha256": said["sha256"],
    }


def sealed_words(document: Document, words: Words) -> bytes:
    """Seal them for this document."""
    text = json.dumps(words, ensure_ascii=False, sort_keys=True)
    return vault.seal_text(document.case.person, text, place=document.place)

"""Contents of documents: sealed pieces in the database, opened only after that is logged."""

import base64
import os
import uuid
from collections.abc import Iterable

from audit import log
from cases import vault
from documents.models import Document, Piece, StoredFile
from documents.receiving import Received
from kernel.chunks import open_pieces, seal_whole
from kernel.sealing import CannotOpen

# So many pieces are written with one statement: 1 MB.
AT_ONCE = 16


def keep_received(document: Document, received: Received) -> None:
    """What came in, as it was sealed on its way; its key goes under the person's."""
    _keep(document, Form.ORIGINAL, received.uid, received.key, received.pieces())


def keep_clean(document: Document, content: bytes) -> None:
    """What the check has made of it."""
    uid, key = uuid.uuid4(), os.urandom(32)
    _keep(document, Form.CLEAN, uid, key, seal_whole(key, str(uid), content))


def content_of(document: Document, form: StoredFile.Form, *, by: log.Actor, why: str) -> bytes:
    """The plain content. Raises kernel.sealing.CannotOpen rather than give anything doubtful."""
    file = document.files.get(form=form)
    case = document.case
    texts = vault.open_texts(
        case.person,
        {file.place: bytes(file.key)},
        by=by,
        case=case.code,
        what="document",
        groups=[document.group],
        why=why,
    )
    key = base64.b64decode(texts[file.place])
    rows = file.pieces.order_by("number").values_list("content", flat=True)
    # Not read in parts from a cursor of the server: pooled connections have none.
    return b"".join(open_pieces(key, str(file.uid), (bytes(row) for row in rows)))


def forget(document: Document, *forms: StoredFile.Form) -> None:
    """Delete these contents with their keys."""
    document.files.filter(form__in=forms or list(Form)).delete()


def _keep(
    document: Document,
    form: StoredFile.Form,
    uid: uuid.UUID,
    key: bytes,
    pieces: Iterable[bytes],
) -> None:
    file = StoredFile(document=document, form=form, uid=uid)
    text = base64.b64encode(key).decode()
    file.key = vault.seal_text(document.case.person, text, place=file.place)
    file.save(force_insert=True)
    rows = (
        Piece(file=file, number=number, content=piece) for number, piece in enumerate(pieces)
    )
    Piece.objects.bulk_create(rows, batch_size=AT_ONCE)


Form = StoredFile.Form
__all__ = ["CannotOpen", "Form", "content_of", "forget", "keep_clean", "keep_received"]

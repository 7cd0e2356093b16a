"""Contents of files that come in and go out: sealed in the database, opened only after that is logged."""

import hmac
import io
from collections.abc import Iterable, Iterator
from typing import Any

from agencies.models import Agency, Member
from audit import log
from custody.ring import for_one_request, new_key, purpose_key, unwrap
from documents.receiving import Received
from exchange.models import FilePiece, ImportJob, ImportRow, SealedFile
from kernel import sealing
from kernel.chunks import Sealer, open_pieces
from kernel.sealing import CannotOpen

# `for_one_request` for a worker: what is unwrapped is kept for one slice of work.
__all__ = ["CannotOpen", "for_one_request"]

# So many pieces are written with one statement: 1 MB.
AT_ONCE = 16
# So many cases of one agency may have one reference, each hidden from who brought the next.
MARKS = ("reference", *(f"reference, {n} hidden" for n in range(1, 5)))


class Sealing(io.RawIOBase):
    """Takes a file as it is written and keeps it in sealed pieces; nothing of it waits in clear but
    the part of a piece that is not full yet."""

    def __init__(self, file: SealedFile) -> None:
        super().__init__()
        self.file, self._numbers = file, 0
        self._sealer = Sealer(_key(file), str(file.uid))

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        """As a file's own, so that what makes files may write here."""
        plain = bytes(part)
        self._keep(list(self._sealer.take(plain)))
        self.file.size += len(plain)
        return len(plain)

    def finish(self) -> None:
        self._keep([self._sealer.finish()])
        self.file.save(update_fields=["size"])

    def _keep(self, pieces: list[bytes]) -> None:
        first, self._numbers = self._numbers, self._numbers + len(pieces)
        _keep(self.file, pieces, first=first)


def new_file(by: Member) -> SealedFile:
    """An empty file of the member's agency, with a key of its own."""
    file = SealedFile(agency=by.agency, by=by)
    file.ring_key, file.wrapped_key = new_key(file.key_context)
    file.save(force_insert=True)
    return file


def keep_received(received: Received, *, by: Member) -> SealedFile:
    """What came in, sealed anew under a key that the ring wraps; it goes from piece to piece."""
    file = new_file(by)
    sealing_ = Sealing(file)
    for part in received.chunks():
        sealing_.write(part)
    sealing_.finish()
    return file


def parts_of(file: SealedFile, *, by: log.Actor, about: str, why: str) -> Iterator[bytes]:
    """The plain parts in their order; that they are opened is logged first. Raises CannotOpen rather
    than give anything doubtful."""
    log.record("read.file", by=by, about=about, facts={"why": why})
    rows = file.pieces.order_by("number").values_list("content", flat=True)
    # Not read in parts from a cursor of the server: pooled connections have none.
    return open_pieces(_key(file), str(file.uid), (bytes(row) for row in rows))


class Rows:
    """Seals and opens the contents of a job's rows; the key is unwrapped once."""

    def __init__(self, job: ImportJob) -> None:
        assert job.file is not None, "an import that goes on has its file"
        # The key of a file seals its pieces by their numbers; for rows there is another of it.
        self._key = hmac.digest(_key(job.file), b"rows of an import", "sha256")

    def seal(self, row: ImportRow, text: str) -> bytes:
        return sealing.seal(self._key, text, place=row.place)

    def open(self, row: ImportRow) -> str:
        """Its text. Whoever calls has logged that the job's rows are opened."""
        return sealing.open_sealed(self._key, bytes(row.content or b""), place=row.place)


def log_opening(job: ImportJob, *, by: log.Actor, why: str) -> None:
    """That the rows of the import are opened now."""
    log.record("read.import_rows", by=by, about=job.code, facts={"why": why})


def digest_of(agency: Agency, sha256: str) -> bytes:
    """By which the agency's same file is known again: keyed, so that it tells nobody else."""
    return sealing.index_token(purpose_key(f"imported files {agency.code}"), "file", sha256)


class References:
    """By which an agency's own references are known again: keyed like its names."""

    def __init__(self, agency: Agency) -> None:
        self._key = purpose_key(f"references {agency.code}")

    def tokens(self, reference: str) -> list[bytes]:
        """What stands for it: the first, and the next where the case that has it is hidden from
        whoever brings the reference again. None stands for no reference."""
        said = reference.strip().casefold()
        marks = MARKS if said else ()
        return [sealing.index_token(self._key, mark, said) for mark in marks]


def destroy(file: SealedFile | None) -> None:
    """The file and its key, for good."""
    if file is not None:
        SealedFile.objects.filter(pk=file.pk).delete()


def _keep(file: SealedFile, pieces: Iterable[bytes], *, first: int) -> None:
    rows = (
        FilePiece(file=file, number=number, content=piece)
        for number, piece in enumerate(pieces, first)
    )
    FilePiece.objects.bulk_create(rows, batch_size=AT_ONCE)


def _key(file: SealedFile) -> bytes:
    return unwrap(file.ring_key, bytes(file.wrapped_key), context=file.key_context)

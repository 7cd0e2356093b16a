"""A file is sealed while it comes in: what is kept of it between two requests is never in clear.

Django's own handlers would write what is larger than 2.5 MB to a temporary file as it is.
"""

import hashlib
import os
import tempfile
import uuid
from collections.abc import Iterator
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from documents.kinds import HEAD, LARGEST
from kernel.chunks import SEALED, Sealer, open_pieces

# So much of a sealed file waits in memory; more of it on the disk.
IN_MEMORY = 1024 * 1024


class Received(UploadedFile):  # type: ignore[type-arg]  # generic in its types alone
    """A file that came in, sealed under a key that only this object knows. `size` is what was
    sent; of what is too large, nothing was kept."""

    def __init__(self, file: IO[bytes], *, name: str, declared: str, size: int) -> None:
        super().__init__(file, name or "-", declared, size)
        self.own_name = name
        self.uid, self.key = uuid.uuid4(), b""
        self.head, self.sha256 = b"", ""

    @property
    def too_large(self) -> bool:
        return (self.size or 0) > LARGEST

    def pieces(self) -> Iterator[bytes]:
        """The sealed pieces in their order."""
        assert self.file is not None, "received with its file"
        self.file.seek(0)
        while piece := self.file.read(SEALED):
            yield piece

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """What was sent, in clear, for a form of another part of the service."""
        return open_pieces(self.key, str(self.uid), self.pieces())

    def read(self, n: int = -1) -> bytes:
        return b"".join(self.chunks())[: n if n >= 0 else None]


class SealedUpload(FileUploadHandler):
    """Seals each part as it comes."""

    chunk_size = 64 * 1024
    spool: Any = None

    def new_file(self, *args: Any, **options: Any) -> None:
        super().new_file(*args, **options)
        self.uid, self.key = uuid.uuid4(), os.urandom(32)
        self.sealer, self.size, self.head = Sealer(self.key, str(self.uid)), 0, b""
        self.digest = hashlib.sha256()
        self.spool = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 -- closed with the request

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.size += len(raw_data)
        if self.size > 2 * LARGEST:
            # Nobody sends so much by mistake; whoever does is not listened to any longer.
            raise StopUpload(connection_reset=True)
        if self.size > LARGEST:
            return
        self.digest.update(raw_data)
        self.head = self.head or raw_data[:HEAD]
        for piece in self.sealer.take(raw_data):
            self.spool.write(piece)

    def upload_interrupted(self) -> None:
        if self.spool is not None:
            self.spool.close()

    def file_complete(self, file_size: int) -> Received:
        self.spool.write(self.sealer.finish())
        received = Received(
            self.spool,
            name=str(self.file_name or ""),
            declared=str(self.content_type or ""),
            size=file_size,
        )
        received.uid, received.key = self.uid, self.key
        received.head, received.sha256 = self.head, self.digest.hexdigest()
        return received

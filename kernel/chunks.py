"""A long file sealed piece by piece, so that no piece can be changed, moved, left out or cut off.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár, 2015), as the format of age has it:
the nonce of a piece is its number and a flag that only the last one bears. A key seals one file.
"""

from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.sealing import FORMAT, CannotOpen

PLAIN = 64 * 1024
# GCM's tag is all that sealing adds.
SEALED = PLAIN + 16


class Sealer:
    """Takes a file in parts of any length and gives it back in sealed pieces of one length."""

    def __init__(self, key: bytes, file: str) -> None:
        self._cipher, self._file = AESGCM(key), file
        self._waiting, self._number = bytearray(), 0

    def take(self, part: bytes) -> Iterator[bytes]:
        """The pieces that are full now; one is kept back, because it may be the last."""
        self._waiting += part
        while len(self._waiting) > PLAIN:
            piece = bytes(self._waiting[:PLAIN])
            del self._waiting[:PLAIN]
            yield self._sealed(piece, last=False)

    def finish(self) -> bytes:
        """The last piece."""
        return self._sealed(bytes(self._waiting), last=True)

    def _sealed(self, piece: bytes, *, last: bool) -> bytes:
        nonce = _nonce(self._number, last=last)
        self._number += 1
        return self._cipher.encrypt(nonce, piece, _place(self._file))


def seal_whole(key: bytes, file: str, content: bytes) -> Iterator[bytes]:
    """A file that is at hand, in sealed pieces."""
    sealer = Sealer(key, file)
    yield from sealer.take(content)
    yield sealer.finish()


def open_pieces(key: bytes, file: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The plain parts again. Raises CannotOpen at the first piece that is not as it was sealed;
    what was given out before that is genuine, and the file is whole only if nothing is raised."""
    cipher, waiting, number = AESGCM(key), None, 0
    for piece in pieces:
        if waiting is not None:
            yield _opened(cipher, file, waiting, number, last=False)
            number += 1
        waiting = piece
    if waiting is None:
        raise CannotOpen(file)
    yield _opened(cipher, file, waiting, number, last=True)


def _opened(cipher: AESGCM, file: str, piece: bytes, number: int, *, last: bool) -> bytes:
    try:
        return cipher.decrypt(_nonce(number, last=last), piece, _place(file))
    except InvalidTag as fault:
        raise CannotOpen(file) from fault


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _place(file: str) -> bytes:
    return FORMAT + file.encode()

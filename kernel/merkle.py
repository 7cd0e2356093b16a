"""Merkle trees as in RFC 6962: one root over a growing list, with short proofs about it."""

from collections.abc import Callable, Sequence
from hashlib import sha256

# From `low` to below `high`, counted from 0: what one hash of the tree stands for.
Range = tuple[int, int]
HashOf = Callable[[Range], bytes]
EMPTY = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """A leaf and an inner node never hash alike: their first bytes differ."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Growing:
    """A tree that only grows, as the roots of its full subtrees, largest first."""

    def __init__(self, size: int = 0, roots: Sequence[bytes] = ()) -> None:
        self.size, self.roots = size, list(roots)

    def add(self, leaf: bytes) -> list[bytes]:
        """Add a leaf; the roots of all full subtrees that end with it, the leaf itself first."""
        full, index = [leaf], self.size
        while index & 1:
            full.append(node_hash(self.roots.pop(), full[-1]))
            index >>= 1
        self.roots.append(full[-1])
        self.size += 1
        return full

    def root(self) -> bytes:
        return fold(self.roots)


def root_of(leaves: Sequence[bytes]) -> bytes:
    tree = Growing()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def fold(roots: Sequence[bytes]) -> bytes:
    """The root over full subtrees, given largest first."""
    if not roots:
        return EMPTY
    whole = roots[-1]
    for left in reversed(roots[:-1]):
        whole = node_hash(left, whole)
    return whole


def full_parts(part: Range) -> list[Range]:
    """The full subtrees that make up a range of the tree, largest first."""
    low, high = part
    found = []
    while low < high:
        step = 1 << ((high - low).bit_length() - 1)
        found.append((low, low + step))
        low += step
    return found


def inclusion(index: int, size: int) -> list[Range]:
    """Whose hashes prove that a leaf is in the tree of this size, lowest first."""
    low, high, path = 0, size, []
    while high - low > 1:
        middle = low + _split(high - low)
        path.append((middle, high) if index < middle else (low, middle))
        low, high = (low, middle) if index < middle else (middle, high)
    return path[::-1]


def consistency(old: int, size: int) -> list[Range]:
    """Whose hashes prove that the tree of this size begins with the old one (RFC 6962, 2.1.2)."""
    if not 0 < old < size:
        return []
    low, high, known, path = 0, size, True, []
    while high != old:
        middle = low + _split(high - low)
        if old <= middle:
            path.append((middle, high))
            high = middle
        else:
            path.append((low, middle))
            low, known = middle, False
    return ([] if known else [(low, high)]) + path[::-1]


def root_by_inclusion(
    index: int, size: int, leaf: bytes, path: Sequence[bytes]
) -> bytes | None:
    """The root that this proof leads to, or None if it has not the right shape."""
    if not 0 <= index < size:
        return None
    position, last, root = index, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if position & 1 or position == last:
            root = node_hash(step, root)
            position, last = _past_zeros(position, last)
        else:
            root = node_hash(root, step)
        position, last = position >> 1, last >> 1
    return root if last == 0 else None


def is_consistent(
    old: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether the tree only grew from the old one to this one (RFC 9162, 2.1.4.2)."""
    if old == size:
        return not path and old_root == root
    if not 0 < old < size:
        return False
    steps = list(path) if old & (old - 1) else [old_root, *path]
    if not steps:
        return False
    position, last = old - 1, size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            before, after = node_hash(step, before), node_hash(step, after)
            position, last = _past_zeros(position, last)
        else:
            after = node_hash(after, step)
        position, last = position >> 1, last >> 1
    return (before, after, last) == (old_root, root, 0)


def _past_zeros(position: int, last: int) -> Range:
    while position and not position & 1:
        position, last = position >> 1, last >> 1
    return position, last


def _split(size: int) -> int:
    """The largest power of two below the size."""
    return 1 << ((size - 1).bit_length() - 1)

"""Wakes the check once a document has come in."""

from edge import waking


def wake() -> None:
    """Names no document: a worker takes what waits."""
    waking.wake("documents.check")
